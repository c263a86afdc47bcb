"""What a workspace's files say at a moment: load → check → plan → render → check in one walk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import REPOSITORY, make_workspace, write_file, write_post

from jposocial.app import open_workspace
from jposocial.media.images import Images
from jposocial.media.store import MediaStore
from jposocial.model import Part, PastRow, Slot, Status, Variant
from jposocial.outbox.promise import limit, names_day, window
from jposocial.settings import load_settings
from jposocial.survey import Survey, Surveyor

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=TOKYO)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def surveyed(root: Path, now: datetime = NOW) -> Survey:
    return open_workspace(root).survey(now)


def expiries(root: Path) -> dict[str, datetime]:
    return {p.account: p.expires for p in surveyed(root).plan.placements}


@pytest.fixture
def root(tmp_path):
    return make_workspace(tmp_path)


def test_the_samples():
    """The sample posts are without error, and every placement has its promise."""
    found = surveyed(REPOSITORY)
    assert [] == [p for p in found.problems if p.severity == "error"]
    assert [promise.placement for promise in found.promises] == list(found.plan.placements)
    assert len(found.promises) > 20


def test_a_promise(root):
    """A promise is a placement with its text, on the account as it is configured."""
    write_post(root, "hello", "本文です。", accounts=["x"])
    (promise,) = surveyed(root).promises
    assert ("hello", "x", "announce") == (
        promise.post.id, promise.account.name, promise.placement.moment
    )  # fmt: skip
    assert local("2027-01-13 10:00") == promise.placement.due
    assert "【お知らせ】見本のお知らせ\n\n本文です。" == promise.variant.parts[0].text
    assert 0.015 == promise.placement.cost_usd
    assert Slot(mode="sandbox", account="x", post="hello", moment="announce") == promise.slot


def test_a_file_with_an_error_changes_nothing(root):
    """A file with an error is not planned; the others are."""
    write_post(root, "good", "本文です。")
    write_post(root, "bad", "2月30日に開きます。")
    found = surveyed(root)
    assert {"good"} == {p.post for p in found.plan.placements}
    assert {"bad"} == {p.post for p in found.problems if p.severity == "error"}


def test_an_error_on_one_account_holds_the_file(root):
    """What is too long for X does not go to Facebook alone."""
    write_post(root, "long", "国" * 200, text={"x": "国" * 200})
    found = surveyed(root)
    assert ((), ()) == (found.plan.placements, found.plan.unplaced)
    assert [("E06", "x")] == [(p.rule, p.account) for p in found.problems if p.severity == "error"]


def test_a_draft_is_checked_and_not_planned(root):
    """`ready: false`: its text is checked as it will read, and nothing is planned."""
    write_post(root, "draft", "本文です。", ready="false", text={"x": "国" * 141})
    found = surveyed(root)
    assert ((), ()) == (found.plan.placements, found.plan.unplaced)
    assert "E06" in {p.rule for p in found.problems}


def test_a_template_that_is_of_no_use(root):
    """F06 names the template and the post, and holds the file."""
    write_file(root, "templates/notice/announce.txt", "一\n{{ titel }}\n")
    write_post(root, "hello", "本文です。", accounts=["x"])
    found = surveyed(root)
    (problem,) = (p for p in found.problems if p.severity == "error")
    assert ("F06", "templates/notice/announce.txt", 2, "hello") == (
        problem.rule, problem.path, problem.line, problem.post
    )  # fmt: skip
    assert () == found.plan.placements


def test_problems_in_order_and_once(root):
    """Problems come by path and line, and each once for each account."""
    write_post(root, "b", "2月30日\n2月31日", skip=["announce"])
    write_post(root, "a", "2月30日", skip=["announce"])
    found = [(p.path, p.line) for p in surveyed(root).problems if p.severity == "error"]
    assert sorted(set(found)) == found
    assert {"posts/notices/a.md", "posts/notices/b.md"} == {path for path, _line in found}


def seminar(root: Path, **fields: str) -> None:
    write_post(
        root, "talk", "本文です。", kind="seminar", title="見本のセミナー", format="online",
        **{"starts": "2027-01-21 19:00", "ends": "2027-01-21 20:30"} | fields,
    )  # fmt: skip


def test_an_event_that_is_over(root):
    """A seminar of last year is an error when its file first comes, not once it is queued."""
    seminar(root)
    later = local("2027-01-22 09:00")
    assert {"E02"} == {p.rule for p in surveyed(root, later).problems if p.severity == "error"}
    slot = Slot(mode="sandbox", account="x", post="talk", moment="announce")
    row = PastRow(slot=slot, status=Status.PUBLISHED, due=NOW, nominal=NOW, expires=later)
    settings = load_settings(root / "jposocial.toml")
    images = Images(root, MediaStore(root / "var" / "media"))
    walked = Surveyor(root, settings, now=later, images=images, history=[row]).walk()
    assert [] == [p for p in walked.problems if p.severity == "error"]
    assert [("report", "x")] == [(p.moment, p.account) for p in walked.plan.placements]


def test_what_is_unplaced(root):
    """What has no date to hang on, or is late, is named with its reason."""
    seminar(root, accounts="x", tags="JPO")
    found = surveyed(root, local("2027-01-18 09:00")).plan
    assert {"announce", "today", "report"} == {p.moment for p in found.placements}
    assert {"reminder": "late", "last_call": "no_anchor"} == {
        u.moment: u.reason for u in found.unplaced
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1月13日(水)に公開しました。", "2027-01-14 10:00", id="a date: the grace"),
        pytest.param("本日公開しました。", "2027-01-14 00:00", id="本日: the day's end"),
        pytest.param("締切まであと3日です。", "2027-01-14 00:00", id="あとN日: the day's end"),
    ],
)
def test_a_text_that_names_its_day_ends_with_it(root, text, expected):
    """What is wrong tomorrow does not go out tomorrow; the other account's text may."""
    write_post(root, "hello", "本文です。", text={"x": text})
    assert {"x": local(expected), "facebook": local("2027-01-14 10:00")} == expiries(root)


def test_the_days_end_is_the_workspaces(tmp_path):
    """The end of the day is that of the workspace's zone."""
    root = make_workspace(tmp_path, workspace={"timezone": "America/New_York"})
    write_post(root, "hello", "本日公開しました。", accounts=["x"])
    midnight = datetime(2027, 1, 14, tzinfo=ZoneInfo("America/New_York"))
    assert {"x": midnight} == expiries(root)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param("announce", "2027-01-08 12:00", id="announce: a day"),
        pytest.param("reminder", "2027-01-14 18:00", id="reminder: six hours"),
        pytest.param("last_call", "2027-01-19 15:00", id="last call: its deadline"),
        pytest.param("today", "2027-01-21 15:00", id="today: six hours, before the event"),
        pytest.param("report", "2027-01-26 12:00", id="report: a day"),
    ],
)
def test_expiry_of_a_seminar(root, moment, expected):
    """Each moment ends with its grace, or with what it comes before."""
    seminar(
        root, accounts="x", apply_deadline="2027-01-19 15:00", apply_url="https://example.go.jp/a"
    )
    text = (root / "posts/seminars/talk.md").read_text(encoding="utf-8")
    assert "apply_deadline" in text
    toml = (root / "jposocial.toml").read_text(encoding="utf-8")
    cadence = (REPOSITORY / "src/jposocial/defaults.toml").read_text(encoding="utf-8")
    row = cadence.partition("[cadence.seminar]")[2].partition("facebook = [")[0]
    same_day = row.replace("apply_deadline-1", "apply_deadline")
    (root / "jposocial.toml").write_text(f"{toml}\n[cadence.seminar]{same_day}", encoding="utf-8")
    found = {p.moment: p.expires for p in surveyed(root).plan.placements}
    assert local(expected) == found[moment]


def test_a_grace_of_its_own(tmp_path):
    """A moment's configured grace holds."""
    row = [{"moment": "announce", "at": "publish", "time": "12:00", "grace": "90m"}]
    root = make_workspace(tmp_path, cadence={"notice": {"x": row}})
    write_post(root, "hello", "本文です。", accounts=["x"], publish="2027-01-13")
    assert {"x": local("2027-01-13 13:30")} == expiries(root)


def test_the_end_of_a_consent(root):
    """Nothing is said with a person's words after the last day of the consent."""
    write_post(
        root, "voice", "本文です。", kind="testimonial", title="見本の声", publish="2027-01-13",
        person={"name": "見本 花子", "org": "UNICEF", "as_of": "2026-12-01"}, quote="見本の言葉です。",
        consent={"id": "C-1", "scope": ["x"], "from": "2026-11-01", "until": "2027-01-13"},
        accounts=["x"], tags=["JPO"],
    )  # fmt: skip
    assert {"x": local("2027-01-14 00:00")} == expiries(root)


def variant(*texts: str) -> Variant:
    parts = tuple(Part(text=text) for text in texts)
    return Variant(post="p", kind="notice", moment="a", account="x", platform="x", parts=parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("本日開催", True, id="today"),
        pytest.param("今日から受付", True, id="today, too"),
        pytest.param("明日が締切です", True, id="tomorrow"),
        pytest.param("締切まであと3日", True, id="days left"),
        pytest.param("あと １４ 日", True, id="days left, full-width"),
        pytest.param("残り2日", True, id="days remaining"),
        pytest.param("Today at 19:00", True, id="today in English"),
        pytest.param("only 3 days left", True, id="days left in English"),
        pytest.param("1月21日(木)に開催", False, id="a date"),
        pytest.param("あと一歩", False, id="no days"),
        pytest.param("yesterdays", False, id="another word"),
    ],
)
def test_texts_that_name_a_day(text, expected):
    """本日, 明日, あとN日 and their English are wrong on any other day, in whichever part."""
    assert expected == names_day(variant(text))
    assert expected == names_day(variant("国際", text))


def test_the_limit_of_a_placement():
    """The earlier of the event and the end of a day that is named; none without either."""
    calendar = load_settings(REPOSITORY / "jposocial.toml").calendar
    due, midnight = local("2027-01-13 10:00"), local("2027-01-14 00:00")
    early, late = due + timedelta(hours=1), due + timedelta(days=2)
    cases = {
        (None, False): None,
        (None, True): midnight,
        (late, False): late,
        (late, True): midnight,
        (early, True): early,
    }
    assert cases == {case: limit(*case, due, calendar) for case in cases}


def test_the_window_of_an_approval():
    """From midnight of the due day, of the workspace, to the expiry."""
    calendar = replace(load_settings(REPOSITORY / "jposocial.toml").calendar)
    due = local("2027-01-13 10:00")
    found = window(due.astimezone(ZoneInfo("America/New_York")), due + timedelta(days=1), calendar)
    assert (local("2027-01-13 00:00"), local("2027-01-14 10:00")) == found
