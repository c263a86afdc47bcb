"""Money: what is shown, when a warning comes, and when a post waits for the next month."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.dispatch.office import DUE, MORNING, TOKYO, Office

LINKED = "お知らせです。 https://example.go.jp/"


def budget(office: Office, usd: float) -> None:
    office.configure(accounts={"x": {"monthly_budget_usd": usd}})


def test_what_has_no_room_in_the_budget_waits(office: Office) -> None:
    """It is due and blocked by `budget`: exit 1, nothing sent, and the next month it goes."""
    budget(office, 0.25)
    (first,) = office.promise("x", id="2026-12-first", text=f"一つ目の{LINKED}")
    office.clock.now = DUE
    assert [first] == office.publish()[1]["published"]
    last = datetime(2026, 12, 31, 23, 0, tzinfo=TOKYO)
    (second,) = office.promise("x", id="2026-12-second", text=f"二つ目の{LINKED}", at=last)
    office.clock.now = last
    code, report = office.publish()
    assert (1, [{"id": second, "blockers": ["budget"]}]) == (code, report["blocked"])
    office.clock.move(hours=1)
    code, report = office.publish()
    assert (0, [second]) == (code, report["published"])


def test_publish_warns_when_the_budget_is_nearly_used(office: Office) -> None:
    """With the post that brings it there, and not in every run after it."""
    budget(office, 0.25)
    office.promise("x", text=LINKED)
    office.clock.now = DUE
    said = "x: $0.200 of the $0.250 for 2026-12 are used"
    assert said in office.cli("publish", "--lang", "en").err
    assert said not in office.cli("publish", "--lang", "en").err


@pytest.mark.parametrize("command", ["plan", "queue"])
def test_what_is_to_come_is_held_against_the_budget(command: str, office: Office) -> None:
    """By account and month of the office: what is to come, what is used, and that it is too much."""
    budget(office, 0.3)
    office.promise("x", id="2026-12-first", text=f"一つ目の{LINKED}")
    office.clock.now = DUE
    office.publish()
    office.promise(
        "x", "facebook", id="2026-12-second", text=f"二つ目の{LINKED}",
        at=datetime(2026, 12, 2, 12, 0, tzinfo=TOKYO),
    )  # fmt: skip
    out = office.cli(command, "--lang", "en").out
    assert "x, 2026-12: $0.200 to come, $0.200 of $0.300 used" in out
    assert "more than the budget of the month" in out
    assert "facebook, 2026" not in out, "it costs nothing"


def test_without_a_database_nothing_is_used(office: Office) -> None:
    """`plan` before the first `sync`."""
    from tests.workspace import write_post

    budget(office, 5)
    write_post(office.root, "2026-12-hello", publish="2026-12-01 12:00", accounts=["x"])
    assert not (office.root / "var" / "jposocial.db").exists()
    out = office.cli("plan", "--lang", "en").out
    assert "x, 2026-12: $0.015 to come, $0.000 of $5.000 used" in out
    assert not (office.root / "var" / "jposocial.db").exists()


def test_the_queue_names_the_blocker(office: Office) -> None:
    """In words, and what to do about it."""
    budget(office, 0.01)
    office.promise("x", text=LINKED)
    said = office.cli("queue", "--lang", "en").out
    assert "the month's budget is used up" in said
    assert "raise monthly_budget_usd" in said


def test_the_queue_says_why_an_account_is_stopped(office: Office) -> None:
    """What the platform said, and which command tries again."""
    office.misbehave("status", reason="credits", method="POST")
    office.promise("x", text=LINKED)
    office.clock.now = DUE
    office.publish()
    said = office.cli("queue", "--lang", "en").out
    assert "x is stopped (402 Your enrolled account does not have any credits" in said
    assert "jposocial accounts check" in said


def test_the_queue_says_until_when_an_account_waits(office: Office) -> None:
    """A limit passes by itself."""
    office.misbehave("status", reason="80001", method="POST")
    office.promise("facebook", text=LINKED)
    office.clock.now = DUE
    office.publish()
    said = office.cli("queue", "--lang", "en").out
    assert "facebook: the platform asks to wait until 2026-12-01 (Tue) 10:15" in said
    assert MORNING < office.clock()
