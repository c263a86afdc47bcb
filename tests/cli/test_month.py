"""`plan` as months: every day, why it is closed, and what goes out, in so many columns."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.workspace import NOW, make_workspace, run_cli, run_program, write_post
from wcwidth import width

from jposocial.cli.month import Month, lines, span
from jposocial.cli.output import fitted
from jposocial.model import Blackout, Calendar, Placement

TOKYO = ZoneInfo("Asia/Tokyo")
CALENDAR = Calendar(
    zone=TOKYO,
    holidays=frozenset({date(2027, 1, 11)}),
    blackout=(Blackout(start=date(2027, 1, 20), end=date(2027, 1, 21), reason="システム点検"),),
)
TITLES = {
    "talk": "国際機関就職セミナー 保健分野：看護師から保健担当官になるまでの道のり",
    "note": "お知らせ",
}


def placement(at: str, post: str = "talk", account: str = "x", moment: str = "announce"):
    due = datetime.fromisoformat(at).replace(tzinfo=TOKYO)
    return Placement(
        post=post, kind="seminar", moment=moment, account=account, due=due, nominal=due,
        expires=due + timedelta(hours=6),
    )  # fmt: skip


PLAN = [
    placement("2027-01-13 15:00", "note", "facebook"),
    placement("2027-01-13 09:00"),
    placement("2027-01-21 09:00", moment="last_call"),
    placement("2027-02-01 12:00", "gone"),
]


def drawn(first="2027-01-09", last="2027-01-14", *, plan=PLAN, **ways):
    ways = {"calendar": CALENDAR, "language": "ja", "columns": 80, "titles": TITLES} | ways
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return list(lines(plan, *days, Month(**ways)))


def test_a_month():
    """A heading, then a line for each day: its weekday, its holiday, and what goes out."""
    assert [
        "2027年1月",
        " 9 土",
        "10 日",
        "11 月  (祝日) 成人の日",
        "12 火",
        "13 水  09:00  x         announce   国際機関就職セミナー 保健分野：看護師から保..",
        "       15:00  facebook  announce   お知らせ",
        "14 木",
    ] == drawn(holiday={date(2027, 1, 11): "成人の日"}.get)


def test_in_english():
    """The same with English weekdays; a title without English stays as it is."""
    found = drawn("2027-01-11", "2027-01-13", language="en")
    assert ["January 2027", "11 Mon  (holiday)", "12 Tue"] == found[:3]
    assert found[4].startswith("        15:00  facebook  announce   お知らせ")


def test_closed_days():
    """The turn of the year is closed, a blackout gives its reason, and posts come below."""
    assert "29 火  閉庁日" in drawn("2026-12-28", "2027-01-04")
    found = drawn("2027-01-20", "2027-01-21")
    assert "20 水  (投稿休止) システム点検" == found[1]
    assert "21 木  (投稿休止) システム点検" == found[2]
    assert found[3].startswith("       09:00  x")


def test_several_months():
    """Each month has its heading, and an empty line before it."""
    found = drawn("2027-01-30", "2027-02-01")
    assert ["2027年1月", "30 土", "31 日", "", "2027年2月"] == found[:5]
    assert found[5].endswith("gone")


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_widths(columns):
    """No line is wider than the terminal, whatever it takes ○ for; a wide one shows all."""
    title = "○○○①※国際機関就職セミナー" * 4
    found = drawn("2026-12-28", "2027-02-02", columns=columns, titles={"talk": title})
    assert all(width(line, ambiguous_width=2) <= columns for line in found)
    assert (columns == 200) == any(title in line for line in found)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.integers(4, 60))
@example("000\U00011438" + "0\xa4", 5)
def test_fitted(text, columns):
    """What is cut fits and says that it is cut; what fits is whole."""
    found = fitted(text, columns)
    assert width(found, ambiguous_width=2, control_codes="ignore") <= columns
    assert found == text or found.endswith("..")


@given(
    st.lists(st.integers(0, 60 * 24 * 60), max_size=12),
    st.sampled_from(["ja", "en"]),
    st.integers(50, 160),
)
def test_everything_is_in_it_once(offsets, language, columns):
    """Each placement is a line under its own day in Japan, in the order of time."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    plan = [placement_at(start + timedelta(minutes=n), f"post-{i}") for i, n in enumerate(offsets)]
    found = drawn("2027-01-01", "2027-03-10", plan=plan, language=language, columns=columns)
    shown = [line.rsplit(" ", 1)[1] for line in found if "post-" in line]
    assert [p.post for p in sorted(plan, key=lambda p: (p.due, p.post))] == shown


def placement_at(due, post):
    return Placement(
        post=post, kind="notice", moment="announce", account="x", due=due, nominal=due,
        expires=due + timedelta(hours=6),
    )  # fmt: skip


def test_which_days():
    """Those that are asked for; else from today, or from what waits, to the last placement."""
    month = Month(calendar=CALENDAR, language="ja", columns=80)
    now = datetime(2027, 1, 12, 16, 0, tzinfo=UTC)
    last = date(2027, 2, 1)
    assert (date(2027, 1, 13), last) == span(PLAN, None, None, now, month)
    assert (date(2027, 1, 10), last) == span(PLAN, date(2027, 1, 10), None, now, month)
    assert (date(2027, 1, 13), last) == span(PLAN, None, last, now + timedelta(days=9), month)
    assert (date(2027, 1, 13),) * 2 == span([], None, None, now, month)


@pytest.fixture
def root(tmp_path):
    root = make_workspace(tmp_path, workspace={"language": "ja"})
    write_post(root, "hello", "本文です。", title="窓口のお知らせ")
    return root


ARGS = ["plan", "--now", NOW, "--from", "2027-01-12", "--to", "2027-01-14"]


def test_not_a_terminal(root):
    """A list where nobody looks, months where they are asked for."""
    listed, monthly = (run_cli([*ARGS, *form], root).out for form in ([], ["--month"]))
    assert listed == run_cli([*ARGS, "--list"], root).out
    assert "2027-01-13(水) 10:00" in listed
    assert monthly.startswith(
        "2027年1月\n12 火\n13 水  10:00  facebook  announce  窓口のお知らせ\n"
    )
    assert "\x1b" not in listed + monthly


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp932", "euc_jp", "utf-8"])
def test_encodings(root, encoding):
    """Where the terminal has no Japanese, English weekdays and ids; no escapes in either case."""
    done = subprocess.run(
        [sys.executable, "-m", "jposocial", *ARGS, "--month"],
        cwd=root, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True,
        timeout=120, check=True,
    )  # fmt: skip
    # Click writes UTF-8 where a terminal says that it has ASCII alone; the month does not need it.
    text = done.stdout.partition(b"\n\n")[0].decode(encoding)
    assert "\\" not in text
    japanese = encoding in ("cp932", "euc_jp", "utf-8")
    assert ("13 水" in text) == ("窓口のお知らせ" in text) == japanese
    assert ("13 Wed  10:00  facebook  announce  hello" in text) != japanese


def on_a_terminal(root, **env):
    """What the program writes on a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jposocial", *ARGS], cwd=root, stdout=theirs, stderr=theirs,
        env={**os.environ, "COLUMNS": "100", "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **env},
    )  # fmt: skip
    os.close(theirs)
    chunks = []
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            chunk = b""
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    assert 0 == process.wait(timeout=60)
    return b"".join(chunks).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["as a rule", "NO_COLOR", "dumb"],
)
def test_on_a_terminal(root, env, coloured):
    """People see months, in colour unless they asked for none."""
    text = on_a_terminal(root, **env)
    assert coloured == ("\x1b[" in text)
    assert "2027年1月" in text
    assert "10:00  facebook  announce  窓口のお知らせ" in text


def test_json_is_the_same_in_any_form(root):
    """`--json` is what it is, whatever form is asked for beside it."""
    documents = {run_cli([*ARGS, "--json", *form], root).out for form in ([], ["--month"], ["--list"])}  # fmt: skip
    assert 1 == len(documents)


def test_months_under_any_tz(root):
    """The host's zone plays no part."""
    plain = run_cli([*ARGS, "--month"], root).out
    for zone in ("America/New_York", "Pacific/Kiritimati"):
        ran = run_program([*ARGS, "--month"], root, env={"TZ": zone, "PYTHONIOENCODING": "utf-8"})
        assert plain == ran.out
