"""W01 and W12: posting outside the office's hours, and too much on one account."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.checks.office import BOOK, at, post, problems
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.when import crowded, office_time
from jposocial.model import Account, Placement, Post, Publish

CALENDAR = replace(BOOK.calendar, holidays=frozenset({date(2027, 1, 11)}))
OFFICE = replace(BOOK, calendar=CALENDAR)


def published(time: str, **fields: str) -> Post:
    """A notice with an exact time."""
    exact = at(time)
    return post(publish=Publish(day=exact.date(), exact=exact), **fields)


@pytest.mark.parametrize(
    ("time", "fix"),
    [
        ("2027-01-13 08:29", "write 2027-01-13 08:30"),
        ("2027-01-13 17:16", "write 2027-01-14 08:30"),
        ("2027-01-15 22:00", "write 2027-01-18 08:30"),
        ("2027-01-16 10:00", "write 2027-01-18 10:00, the next day at the office"),
        ("2027-01-17 10:00", "write 2027-01-18 10:00, the next day at the office"),
        ("2027-01-11 10:00", "write 2027-01-12 10:00, the next day at the office"),
        ("2026-12-30 10:00", "write 2027-01-04 10:00, the next day at the office"),
    ],
)
def test_outside_the_hours(time: str, fix: str) -> None:
    """Evenings, weekends, holidays and the days around the new year are warned of."""
    seen = problems(published(time), office_time, book=OFFICE)
    assert [("W01", "warning", fix)] == [(p.rule, p.severity, p.fix) for p in seen]


@pytest.mark.parametrize(
    "time",
    [
        "2027-01-13 08:30", "2027-01-13 12:15", "2027-01-13 17:15", "2027-01-04 09:00",
        "2026-12-28 17:00", "2027-01-12 10:00",
    ],
)  # fmt: skip
def test_inside_the_hours(time: str) -> None:
    """From the opening to the closing, both included."""
    assert [] == problems(published(time), office_time, book=OFFICE)


def test_what_nobody_chose() -> None:
    """A day without a time keeps to the calendar by itself, and an emergency does not wait."""
    assert [] == problems(post(publish=Publish(day=date(2027, 1, 16))), office_time, book=OFFICE)
    urgent = published("2027-01-16 22:00", category="emergency")
    assert [] == problems(urgent, office_time, book=OFFICE)
    assert [] == problems(post(), office_time, book=OFFICE)


def placement(name: str, due: str, account: str = "x") -> Placement:
    time = at(due)
    return Placement(
        post=name, kind="notice", moment="announce", account=account, due=time, nominal=time,
        expires=time + timedelta(hours=6),
    )  # fmt: skip


def crowding(*dues: str, exact: str = "", category: str = "routine", cap: int = 4) -> list[str]:
    """The posts that are told of, named a, b, c … by their order."""
    names = "abcdefgh"[: len(dues)]
    posts = {
        name: post(
            id=name,
            category=category,
            publish=Publish(day=at(due).date(), exact=at(due) if name in exact else None),
        )
        for name, due in zip(names, dues, strict=True)
    }
    account = Account(name="x", platform="x", handle="@example_center", daily_cap=cap)
    rows = [placement(name, due) for name, due in zip(names, dues, strict=True)]
    seen = crowded(rows, {"x": account}, CALENDAR, posts)
    return [str(problem.post) for problem in seen]


@pytest.mark.parametrize(
    ("dues", "exact", "cap", "told"),
    [
        (["2027-01-13 10:00", "2027-01-13 10:30"], "", 4, ["b"]),
        (["2027-01-13 10:00", "2027-01-13 10:30"], "a", 4, ["a"]),
        (["2027-01-13 10:00", "2027-01-13 10:30"], "ab", 4, ["b"]),
        (["2027-01-13 10:00", "2027-01-13 10:00"], "ab", 4, ["b"]),
        (["2027-01-13 10:00", "2027-01-13 11:59"], "b", 4, ["b"]),
        (["2027-01-13 08:00", "2027-01-13 10:00", "2027-01-13 12:00"], "", 2, ["c"]),
        (["2027-01-13 08:00", "2027-01-13 10:00", "2027-01-13 12:00"], "a", 2, ["a"]),
        (["2027-01-13 10:00", "2027-01-13 12:00"], "ab", 4, []),
        (["2027-01-13 08:00", "2027-01-13 10:00", "2027-01-13 12:00"], "abc", 3, []),
        (["2027-01-13 10:00", "2027-01-14 10:00", "2027-01-15 10:00"], "abc", 1, []),
        (["2027-01-13 23:00", "2027-01-14 01:00"], "ab", 1, []),
        (["2027-01-13 10:00"], "a", 1, []),
        ([], "", 4, []),
    ],
)
def test_cap_and_gap(dues: list[str], exact: str, cap: int, told: list[str]) -> None:
    """Told of is the one whose time somebody chose, else the later one."""
    assert told == crowding(*dues, exact=exact, cap=cap)


def test_emergencies_neither_wait_nor_count() -> None:
    """They go whatever else goes that day."""
    dues = ["2027-01-13 10:00", "2027-01-13 10:10", "2027-01-13 10:20"]
    assert [] == crowding(*dues, exact="abc", category="emergency", cap=1)


def test_accounts_do_not_touch_each_other() -> None:
    """Two accounts at the same minute are no crowd."""
    rows = [placement("a", "2027-01-13 10:00"), placement("b", "2027-01-13 10:00", "facebook")]
    posts = {name: post(id=name) for name in "ab"}
    assert [] == list(crowded(rows, BOOK.accounts, CALENDAR, posts))


def test_lines_in_a_file(tmp_path: Path) -> None:
    """Both stand at `publish`, as warnings; the plan is as it was."""
    root = make_workspace(tmp_path)
    write_post(root, "a", "一つ目のお知らせです。", publish="2027-01-13 10:00", accounts=["x"])
    write_post(root, "b", "二つ目のご案内をします。", accounts=["x"], publish="2027-01-13 11:00")
    write_post(root, "c", "三つ目のご報告をします。", publish="2027-01-16 10:00")
    seen = [(p["rule"], p["post"], p["line"], p["account"], p["severity"]) for p in checked(root)]
    assert [("W12", "b", 6, "x", "warning"), ("W01", "c", 5, None, "warning")] == seen


def test_the_plan_moves_what_it_may(tmp_path: Path) -> None:
    """Days without a time are spread by themselves, and a seminar may be on a Saturday."""
    root = make_workspace(tmp_path)
    for name in "abcde":
        write_post(root, name, f"お知らせの{name}です。", publish="2027-01-13", title=f"見本{name}")
    write_post(
        root, "f", "土曜日に開きます。", kind="seminar", title="土曜の見本",
        starts="2027-02-13 14:00", ends="2027-02-13 15:30",
    )  # fmt: skip
    assert [] == [p for p in checked(root) if p["rule"] in ("W01", "W12")]
