from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import (
    NOW,
    make_workspace,
    run_cli,
    run_program,
    tree_digest,
    write_file,
    write_post,
)

from jposocial.app import open_workspace

TOKYO = ZoneInfo("Asia/Tokyo")

#: `NOW` as an instant.
WHEN = datetime.fromisoformat(NOW).replace(tzinfo=TOKYO)

PLACEMENT = ["post", "kind", "moment", "account", "occurrence", "due", "expires", "cost_usd"]
UNPLACED = ["post", "moment", "account", "reason"]


@pytest.fixture
def root(tmp_path):
    """A notice on both accounts, and a seminar on X without a deadline."""
    root = make_workspace(tmp_path)
    write_post(root, "hello", "本文です。")
    write_post(
        root, "talk", kind="seminar", title="題", format="online", accounts=["x"], tags="JPO",
        starts="2027-01-21 19:00", ends="2027-01-21 20:30",
    )  # fmt: skip
    return root


def planned(root, *args, now=NOW):
    ran = run_cli(["plan", "--json", "--now", now, *args], root)
    assert (0, "") == (ran.code, ran.err)
    return json.loads(ran.out)


def test_json(root):
    """`plan --json` has the keys that scripts rely on, and no others."""
    found = planned(root)
    assert ["placements", "unplaced"] == list(found)
    assert [PLACEMENT] * 6 == [list(one) for one in found["placements"]]
    assert [UNPLACED] == [list(one) for one in found["unplaced"]]


def test_what_goes_where_when(root):
    """One line for each placement, in the order of time, and what is not placed with its reason."""
    found = planned(root)
    assert [
        ("announce", "x", "2027-01-07T12:00:00+09:00"),
        ("announce", "facebook", "2027-01-13T10:00:00+09:00"),
        ("announce", "x", "2027-01-13T10:00:00+09:00"),
        ("reminder", "x", "2027-01-14T12:00:00+09:00"),
        ("today", "x", "2027-01-21T09:00:00+09:00"),
        ("report", "x", "2027-01-25T12:00:00+09:00"),
    ] == [(p["moment"], p["account"], in_japan(p["due"])) for p in found["placements"]]
    assert [
        {"post": "talk", "moment": "last_call", "account": "x", "reason": "no_anchor"}
    ] == found["unplaced"]


def in_japan(text):
    """The instant as ISO 8601 writes it in Japan; refuses one without an offset."""
    instant = datetime.fromisoformat(text)
    assert instant.utcoffset() is not None
    return instant.astimezone(TOKYO).isoformat()


def test_types(root):
    """Instants are texts with an offset, the price is a number, an occurrence is `-`."""
    for one in planned(root)["placements"]:
        due, expires = (datetime.fromisoformat(one[name]) for name in ("due", "expires"))
        assert timedelta(0) == due.utcoffset()
        assert due < expires
        assert "-" == one["occurrence"]
        assert (0.015 if one["account"] == "x" else 0.0) == one["cost_usd"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param(["--from", "2027-01-13"], 5, id="from that day on"),
        pytest.param(["--to", "2027-01-13"], 3, id="to that day, whole"),
        pytest.param(["--from", "2027-01-13", "--to", "2027-01-13"], 2, id="that day alone"),
        pytest.param(["--from", "2027-02-01"], 0, id="after all"),
        pytest.param(["--to", "2026-12-31"], 0, id="before all"),
    ],
)
def test_from_to(root, args, expected):
    """`--from` and `--to` are days, both included; what has no time at all is always said."""
    found = planned(root, *args)
    assert (expected, 1) == (len(found["placements"]), len(found["unplaced"]))


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param([], {"late", "no_anchor"}, id="without a range"),
        pytest.param(["--from", "2027-01-14", "--to", "2027-01-14"], {"late", "no_anchor"}, id="on its day"),
        pytest.param(["--from", "2027-01-15"], {"no_anchor"}, id="after it"),
        pytest.param(["--to", "2027-01-13"], {"no_anchor"}, id="before it"),
    ],
)  # fmt: skip
def test_unplaced_from_to(root, args, expected):
    """What would have gone outside the range is not said; the late reminder was of the 14th."""
    found = planned(root, *args, now="2027-01-15 10:00")
    assert expected == {
        u["reason"] for u in found["unplaced"] if u["moment"] in ("reminder", "last_call")
    }


def test_now(root):
    """`--now` decides what is late."""
    found = planned(root, now="2027-01-15 10:00")
    assert {"reminder": "late", "last_call": "no_anchor"} == {
        u["moment"]: u["reason"] for u in found["unplaced"]
    }


def test_a_file_with_an_error_is_left_out(root):
    """A plan speaks of what can go: a file with an error is `check`'s, and the exit code stays 0."""
    write_post(root, "bad", "2月30日に開きます。")
    found = planned(root)
    assert "bad" not in {one["post"] for one in (*found["placements"], *found["unplaced"])}


def test_an_empty_workspace(tmp_path):
    """Without posts the plan is empty."""
    assert {"placements": [], "unplaced": []} == planned(make_workspace(tmp_path))


def test_the_same_plan_twice(root):
    """The same files at the same moment give the same document."""
    assert planned(root) == planned(root)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_the_same_plan_under_any_tz(root, zone):
    """The host's zone plays no part."""
    ran = run_program(["plan", "--json", "--now", NOW], root, env={"TZ": zone})
    assert planned(root) == json.loads(ran.out)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param(["--from", "tomorrow"], 2, id="no day"),
        pytest.param(["--to", "2027-02-30"], 2, id="a day that does not exist"),
        pytest.param(["--now", "noon"], 2, id="no instant"),
        pytest.param(["--until", "2027-01-01"], 2, id="an unknown option"),
        pytest.param(["extra"], 2, id="an argument too many"),
    ],
)
def test_wrong_usage(root, args, code):
    """Wrong usage is 2, with nothing on standard output."""
    ran = run_cli(["plan", *args], root)
    assert (code, "") == (ran.code, ran.out)
    assert ran.err


def test_no_workspace(tmp_path):
    """Without a workspace the exit code is 2."""
    assert 2 == run_cli(["plan"], tmp_path).code


def test_a_wrong_configuration(root):
    """A configuration that cannot be read is 2."""
    write_file(root, "jposocial.toml", "[workspace]\nnmae = 'x'\n")
    assert 2 == run_cli(["plan", "--json"], root).code


def test_it_creates_nothing(root):
    """Without a database, looking ahead makes none: the workspace stays as it is."""
    before = tree_digest(root)
    planned(root)
    assert 0 == run_cli(["plan", "--now", NOW], root).code
    assert before == tree_digest(root)


def test_for_people(root):
    """Local times with the weekday, the price, and the reason in words."""
    lines = run_cli(["plan", "--now", NOW], root).out.splitlines()
    assert ["when", "account", "moment", "post", "cost"] == lines[0].split()
    assert ["2027-01-07", "(Thu)", "12:00", "x", "announce", "talk", "$0.015"] == lines[1].split()
    assert [
        "not planned: talk, last_call on x: the date it hangs on is not in the file",
        "    → write that date in the file, or leave the moment out with skip:",
    ] == lines[-3:-1]
    assert "x, 2027-01: $0.075 to come" == lines[-1]


def test_for_people_in_japanese(root):
    """The same in Japanese."""
    out = run_cli(["plan", "--now", NOW, "--lang", "ja"], root).out
    assert "2027-01-07(木) 12:00" in out


def test_after_a_sync(root):
    """What is queued stays where it is, whether the plan is made at once or weeks later."""
    before = planned(root)["placements"]
    open_workspace(root, clock=lambda: WHEN).sync()
    assert before == planned(root)["placements"]
    assert before == planned(root, now="2026-12-24 09:00")["placements"]


@pytest.mark.parametrize(
    ("drafts", "said"),
    [(0, None), (1, "1 draft is not planned (ready: false)"), (3, "3 drafts are not planned (ready: false)")],
)  # fmt: skip
def test_drafts(root, drafts, said):
    """Drafts are mentioned in one line, in whatever form the plan is shown."""
    for number in range(drafts):
        write_post(root, f"draft-{number}", "下書きです。", ready="false")
    for form in ("--list", "--month"):
        lines = run_cli(["plan", "--now", NOW, form], root).out.splitlines()
        assert ([said] if said else []) == [line for line in lines if "draft" in line]
