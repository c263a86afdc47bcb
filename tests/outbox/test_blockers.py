"""Every reason why a delivery does not go now: when it is named, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.outbox.given import NOW, Outbox

from jposocial.model import BLOCKERS, Identity, Status
from jposocial.outbox import health, record
from jposocial.outbox.claims import would_go
from jposocial.store.tables import DELIVERIES


def publish(outbox: Outbox, post: str = "earlier", **values: object) -> int:
    """A row that is out since now."""
    made = outbox.approved(post, **values)
    claimed = outbox.claimed(made)
    record.accepted(outbox.engine, claimed, (), now=outbox.clock(), actor="jposocial")
    return made


def test_nothing_keeps_an_approved_row(outbox: Outbox):
    """Approved, due, in office hours: no blocker, and the claim takes it."""
    made = outbox.approved()
    assert [] == outbox.blockers(made)
    assert Status.PUBLISHING is outbox.claimed(made).status


def test_approval(outbox: Outbox):
    """A new row waits for approval, and no longer."""
    made = outbox.promise()
    assert ["approval"] == outbox.blockers(made)
    assert outbox.claim(made) is None
    outbox.approve(made)
    assert [] == outbox.blockers(made)


def test_hold(outbox: Outbox):
    """A hold keeps a row until it is released."""
    outbox.clock.move(hours=-1)
    made = outbox.approved(due=NOW)
    hold = outbox.hold()
    outbox.clock.move(hours=1)
    assert ["hold"] == outbox.blockers(made)
    assert outbox.claim(made) is None
    assert [] == outbox.release(hold)
    assert [] == outbox.blockers(made)


def test_cap_counts_the_local_day(outbox: Outbox):
    """Three of a day are three, at 01:00 UTC as at 14:59 UTC; the office's next day is another."""
    outbox.house = replace(outbox.house, calendar=replace(outbox.house.calendar, quiet_hours=None))
    outbox.change("x", daily_cap=3, min_gap=timedelta())
    outbox.clock.now = NOW.replace(hour=15)  # 00:00 of the 14th in Tokyo
    for number in range(3):
        publish(outbox, f"earlier-{number}")
        outbox.clock.move(hours=1)
    made = outbox.approved()
    assert ["cap"] == outbox.blockers(made)
    outbox.clock.now = NOW.replace(day=14, hour=14, minute=59)
    assert ["cap"] == outbox.blockers(made)
    assert outbox.claim(made) is None
    outbox.clock.now = NOW.replace(day=14, hour=15)
    assert [] == outbox.blockers(made)


def test_cap_counts_one_account_in_one_mode(outbox: Outbox):
    """What went to another account, or was practice, takes no room."""
    outbox.change("x", daily_cap=1, min_gap=timedelta())
    outbox.change("facebook", daily_cap=1, min_gap=timedelta())
    publish(outbox, account="x")
    assert ["cap"] == outbox.blockers(outbox.approved("b", account="x"))
    assert [] == outbox.blockers(outbox.approved("b", account="facebook"))
    outbox.change("x", mode="live")
    assert [] == outbox.blockers(outbox.approved("c", account="x"))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(0, ["gap"], id="at once"),
        pytest.param(119, ["gap"], id="a minute short"),
        pytest.param(120, [], id="two hours later"),
    ],
)
def test_gap(outbox: Outbox, minutes: int, expected: list[str]):
    """Two posts on an account are two hours apart, by when they went and not when they were due."""
    publish(outbox)
    made = outbox.approved()
    outbox.clock.move(minutes=minutes)
    assert expected == outbox.blockers(made)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(-119, ["gap"], id="a minute short"),
        pytest.param(-120, [], id="two hours before"),
    ],
)
def test_gap_on_the_other_side(outbox: Outbox, minutes: int, expected: list[str]):
    """After the clock was set back, what is out lies ahead; the gap counts all the same."""
    publish(outbox)
    outbox.clock.move(minutes=minutes)
    assert expected == outbox.blockers(outbox.approved())


def test_no_gap(outbox: Outbox):
    """`min_gap = 0`: one after the other."""
    outbox.change("x", min_gap=timedelta())
    publish(outbox)
    assert [] == outbox.blockers(outbox.approved())


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("20:59", [], id="before"),
        pytest.param("21:00", ["quiet"], id="from the start on"),
        pytest.param("03:00", ["quiet"], id="at night"),
        pytest.param("07:59", ["quiet"], id="to the end"),
        pytest.param("08:00", [], id="after"),
    ],
)
def test_quiet(outbox: Outbox, clock: str, expected: list[str]):
    """From 21:00 to 08:00 of the office nothing goes out."""
    hour, minute = map(int, clock.split(":"))
    made = outbox.approved()
    local = NOW.astimezone(outbox.house.calendar.zone)
    outbox.clock.now = local.replace(hour=hour, minute=minute) + timedelta(days=hour < 10)
    assert expected == outbox.blockers(made)


def test_no_quiet_hours(outbox: Outbox):
    """`quiet_hours = ""`: there are none."""
    outbox.house = replace(outbox.house, calendar=replace(outbox.house.calendar, quiet_hours=None))
    made = outbox.approved()
    outbox.clock.now = NOW.replace(hour=14)
    assert [] == outbox.blockers(made)


def test_what_is_to_come_is_judged_by_its_due_time(outbox: Outbox):
    """The queue says of tonight's post that it falls into the quiet hours, already now."""
    made = outbox.approved(due=NOW.replace(hour=13))
    assert ["quiet"] == outbox.blockers(made)


def test_account_suspended(outbox: Outbox):
    """Refused credentials stop the account until they are verified again."""
    made = outbox.approved()
    account = outbox.house.accounts["x"]
    health.refuse(outbox.engine, account, "f", "401", now=NOW, actor="jposocial")
    assert ["account"] == outbox.blockers(made)
    assert outbox.claim(made) is None
    assert would_go(outbox.engine, made, outbox.house, NOW)
    identity = Identity(id="42", handle="Example_Center")
    health.verified(outbox.engine, account, "f", identity, now=NOW, actor="jposocial")
    assert [] == outbox.blockers(made)


def test_account_told_to_wait(outbox: Outbox):
    """After a 429 the account waits until the platform's time, to the second."""
    made = outbox.approved()
    with outbox.engine.begin() as connection:
        record.limit(connection, "x", NOW + timedelta(minutes=15))
    assert ["account"] == outbox.blockers(made)
    outbox.clock.move(minutes=15)
    assert [] == outbox.blockers(made)


def test_account_not_configured_any_more(outbox: Outbox):
    """A row whose account is gone from the configuration goes nowhere."""
    made = outbox.approved()
    outbox.house = replace(outbox.house, accounts={})
    assert ["account"] == outbox.blockers(made)
    assert outbox.claim(made) is None


def test_file(outbox: Outbox):
    """A file with an error holds its row back, a mended one lets it go."""
    made = outbox.approved()
    for problem, expected in ((True, ["file"]), (False, [])):
        with outbox.engine.begin() as connection:
            connection.execute(update(DELIVERIES).values(file_problem=problem))
        assert expected == outbox.blockers(made)
        assert (outbox.claim(made) is None) == problem


def test_an_emergency_passes_cap_gap_and_quiet(outbox: Outbox):
    """It waits for nobody's calendar."""
    outbox.change("x", daily_cap=1)
    outbox.clock.now = NOW.replace(hour=11, minute=59)  # 20:59 in Tokyo
    publish(outbox)
    outbox.clock.move(minutes=1)
    urgent = outbox.approved("urgent", category="emergency")
    routine = outbox.approved("routine")
    assert (["cap", "gap", "quiet"], []) == (outbox.blockers(routine), outbox.blockers(urgent))
    assert Status.PUBLISHING is outbox.claimed(urgent).status


def test_an_emergency_waits_for_approval(outbox: Outbox):
    """Never without a second person."""
    made = outbox.promise(category="emergency")
    assert ["approval"] == outbox.blockers(made)
    assert outbox.claim(made) is None


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("all", "", ["hold"], id="all"),
        pytest.param("account", "x", ["hold"], id="its account"),
        pytest.param("post", "urgent", ["hold"], id="its post"),
        pytest.param("category", "emergency", ["hold"], id="emergencies"),
        pytest.param("category", "routine", [], id="routine"),
    ],
)
def test_an_emergency_is_held_by_every_hold_but_routine(
    outbox: Outbox, kind: str, value: str, expected: list[str]
):
    """A hold on the category `routine` lets emergencies pass; any other binds them."""
    made = outbox.approved("urgent", category="emergency")
    outbox.hold(kind, value)
    assert expected == outbox.blockers(made)


def test_an_emergency_takes_room_for_the_others(outbox: Outbox):
    """What went out counts for caps and gaps, urgent or not."""
    publish(outbox, "urgent", category="emergency")
    assert ["gap"] == outbox.blockers(outbox.approved())


def test_blockers_come_in_the_order_of_the_contract(outbox: Outbox):
    """All at once, in the order in which the contract names them."""
    outbox.change("x", daily_cap=1)
    outbox.clock.now = NOW.replace(hour=11, minute=59)
    publish(outbox)
    outbox.clock.move(minutes=1)
    made = outbox.promise()
    outbox.hold()
    with outbox.engine.begin() as connection:
        record.suspend(connection, "x", "why", now=NOW, actor="jposocial")
        connection.execute(
            update(DELIVERIES).where(DELIVERIES.c.id == made).values(file_problem=True)
        )
    found = outbox.blockers(made)
    assert ["approval", "hold", "cap", "gap", "quiet", "account", "file"] == found
    assert [name for name in BLOCKERS if name in found] == found


def test_only_what_is_scheduled_has_blockers(outbox: Outbox):
    """What is out, or given up, waits for nothing."""
    made = publish(outbox)
    outbox.hold()
    assert [] == outbox.blockers(made)


@pytest.mark.parametrize("how", ["refused", "deferred", "disproved"])
def test_what_is_not_out_takes_no_room(outbox: Outbox, how: str):
    """A claim that came to nothing counts for no gap and no cap."""
    from jposocial.errors import Rejected, Unavailable

    outbox.change("x", daily_cap=1)
    claimed = outbox.claimed(outbox.approved("earlier"))
    other = outbox.approved("other")
    assert ["cap", "gap"] == outbox.blockers(other)
    if how == "disproved":
        outbox.sweep()
        record.disprove(outbox.engine, claimed.id, now=NOW, actor="a", how="person")
    else:
        error = {"refused": Rejected("403"), "deferred": Unavailable("no route")}[how]
        record.stopped(outbox.engine, claimed, error, now=NOW, actor="a")
    assert [] == outbox.blockers(other)


def test_what_may_be_out_takes_room(outbox: Outbox):
    """Until it is settled, an unconfirmed row counts as out."""
    outbox.unconfirmed("earlier")
    assert ["gap"] == outbox.blockers(outbox.approved())
