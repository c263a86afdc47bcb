"""The brake: what a hold reaches, what it waits for, what a release leaves behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.outbox.given import NOW, Outbox, events

from jposocial.errors import Interrupted, Refused
from jposocial.model import Status
from jposocial.outbox import holds, record, rescue
from jposocial.store.engine import reading


@pytest.mark.parametrize(
    ("kind", "value", "scope", "covered"),
    [
        pytest.param("all", "", "all", {"x-a", "x-b", "facebook-a", "x-urgent"}, id="all"),
        pytest.param("account", "x", "account:x", {"x-a", "x-b", "x-urgent"}, id="account"),
        pytest.param("post", "a", "post:a", {"x-a", "facebook-a"}, id="post"),
        pytest.param(
            "category", "routine", "category:routine", {"x-a", "x-b", "facebook-a"}, id="routine"
        ),
        pytest.param("category", "emergency", "category:emergency", {"x-urgent"}, id="emergency"),
        pytest.param("post", "no-such", "post:no-such", set(), id="a post that is not there"),
    ],
)
def test_what_a_hold_reaches(outbox: Outbox, kind: str, value: str, scope: str, covered: set[str]):
    """Each scope keeps exactly the rows that it names."""
    made = {
        "x-a": outbox.approved("a"),
        "x-b": outbox.approved("b"),
        "facebook-a": outbox.approved("a", account="facebook"),
        "x-urgent": outbox.approved("urgent", category="emergency"),
    }
    hold = outbox.hold(kind, value)
    assert scope == hold.scope
    assert covered == {name for name, i in made.items() if "hold" in outbox.blockers(i)}
    assert covered == {name for name, i in made.items() if hold.covers(outbox.row(i))}


def test_holds_are_listed_oldest_first(outbox: Outbox):
    """Those in force, with who set them, when and why."""
    first, second, third = outbox.hold(), outbox.hold("account", "x"), outbox.hold("post", "a")
    outbox.release(second)
    with reading(outbox.engine) as connection:
        assert [first, third] == holds.active(connection)
    assert ("chief", "because", NOW) == (first.by, first.reason, first.since)


def test_a_hold_that_nothing_is_under_returns_at_once(outbox: Outbox):
    """What is published on another account is none of its business."""
    outbox.claimed(outbox.approved(account="facebook"))
    hold = outbox.hold("account", "x")
    assert [] == wait(outbox, hold, pause=pytest.fail)


def wait(outbox: Outbox, hold: holds.Hold, pause, reap=lambda: None, limit: float = 60) -> list:
    def passing(seconds: float) -> None:
        outbox.monotonic.seconds += seconds
        pause(seconds)

    return holds.wait_quiet(
        outbox.engine, hold, pause=passing, monotonic=outbox.monotonic,
        limit=timedelta(seconds=limit), reap=reap,
    )  # fmt: skip


def test_a_hold_waits_for_what_is_being_published(outbox: Outbox):
    """It returns once what was claimed before has ended, and not before."""
    claimed = outbox.claimed(outbox.approved())
    outbox.journal(claimed).begin("part:0")
    waiting, ended = threading.Event(), threading.Event()

    def pause(seconds: float) -> None:
        waiting.set()
        assert ended.wait(20)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(wait, outbox, outbox.hold(), pause)
        assert waiting.wait(20)
        assert not done.done()
        record.accepted(outbox.engine, claimed, (), now=NOW, actor="jposocial")
        ended.set()
        assert [] == done.result(20)


def test_a_hold_names_what_does_not_end(outbox: Outbox):
    """After its limit it says what is still under way; the hold is in force all the same."""
    claimed = outbox.claimed(outbox.approved())
    pauses: list[float] = []
    left = wait(outbox, outbox.hold(), pauses.append)
    assert [claimed.id] == [row.id for row in left]
    assert 60 <= sum(pauses) <= 61
    with pytest.raises(Interrupted):
        outbox.journal(claimed).begin("part:0")


def test_a_hold_that_must_wait_for_the_database_ends_in_time(outbox: Outbox):
    """Each look may take as long as a lock does; then there are fewer of them."""
    claimed = outbox.claimed(outbox.approved())
    looks: list[float] = []

    def slow() -> None:
        looks.append(outbox.monotonic())
        outbox.monotonic.seconds += 20

    assert [claimed.id] == [row.id for row in wait(outbox, outbox.hold(), lambda _: None, slow)]
    assert 3 == len(looks)


def test_a_hold_does_not_wait_for_the_dead(outbox: Outbox):
    """A row whose claimer is gone becomes unconfirmed: nobody is publishing it."""
    made = outbox.approved()
    outbox.claimed(made)
    assert [] == wait(outbox, outbox.hold(), pytest.fail, reap=outbox.sweep)
    assert Status.UNCONFIRMED is outbox.status(made)


def test_nothing_begins_after_a_hold(outbox: Outbox):
    """Neither a new claim nor a visible step of an old one, whatever comes first."""
    claimed = outbox.claimed(outbox.approved())
    other = outbox.approved("other", account="facebook")
    outbox.hold()
    assert outbox.claim(other) is None
    with pytest.raises(Interrupted) as caught:
        outbox.journal(claimed).begin("part:0")
    assert "hold" == caught.value.reason


def test_claims_and_holds_come_one_after_the_other(outbox: Outbox):
    """Of a claim and a hold at the same moment, either the hold sees the claim or stops it."""
    rows = [outbox.approved(f"p-{n}", account=a) for n in range(5) for a in ("x", "facebook")]
    for name in ("x", "facebook"):
        outbox.change(name, min_gap=timedelta(), daily_cap=99)
    started = threading.Barrier(2)

    def claim_all() -> list[int]:
        started.wait(20)
        return [row for row in rows if outbox.claim(row)]

    def hold_all() -> list[int]:
        started.wait(20)
        hold = outbox.hold()
        return [row.id for row in holds.under_way(outbox.engine, hold)]

    with ThreadPoolExecutor(2) as pool:
        claims_done, hold_done = pool.submit(claim_all), pool.submit(hold_all)
        assert claims_done.result(20) == sorted(hold_done.result(20))


# Release.


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param([], Status.MISSED, id="covered by it alone"),
        pytest.param([("account", "x")], Status.SCHEDULED, id="another covers it too"),
        pytest.param([("account", "facebook")], Status.MISSED, id="another covers something else"),
    ],
)
def test_release_misses_what_fell_due(
    outbox: Outbox, others: list[tuple[str, str]], expected: Status
):
    """What fell due under the hold alone is missed with the release, and never sent late."""
    made, hold = outbox.approved(due=NOW + timedelta(hours=1)), outbox.hold("category", "routine")
    for kind, value in others:
        outbox.hold(kind, value)
    outbox.clock.move(hours=2)
    assert ([made] if expected is Status.MISSED else []) == outbox.release(hold)
    assert expected is outbox.status(made)
    assert (expected is Status.MISSED) == ("delivery.missed" in outbox.events(made))


def test_release_leaves_what_is_to_come(outbox: Outbox):
    """A row that is not due yet goes as it was promised."""
    made, hold = outbox.approved(due=NOW + timedelta(hours=3)), outbox.hold()
    outbox.clock.move(hours=2)
    assert [] == outbox.release(hold)
    outbox.clock.move(hours=1)
    assert Status.PUBLISHING is outbox.claimed(made).status


def test_release_leaves_what_it_did_not_cover(outbox: Outbox):
    """An overdue row of another account waits for its own reasons."""
    made, hold = outbox.promise(account="facebook"), outbox.hold("account", "x")
    outbox.clock.move(hours=1)
    assert [] == outbox.release(hold)
    assert Status.SCHEDULED is outbox.status(made)


def test_release_leaves_what_is_partly_out(outbox: Outbox):
    """A delivery with an accepted part is never missed: it is failed, and a person goes on with it."""
    made = outbox.approved(texts=("一", "二"))
    claimed = outbox.claimed(made)
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    outbox.sweep()
    record.disprove(outbox.engine, made, now=NOW, actor="a", how="person")
    hold = outbox.hold()
    outbox.clock.move(hours=1)
    assert [] == outbox.release(hold)
    row = outbox.row(made)
    assert (Status.FAILED, "hold", ["accepted", "none"]) == (
        row.status, row.detail, [part.state for part in row.parts],
    )  # fmt: skip
    assert "delivery.failed" == outbox.events(made)[-1]
    assert made == rescue.retry(
        outbox.engine, made, outbox.house, at=None, by="chief", now=outbox.clock()
    )
    assert [] == outbox.blockers(made)


def test_release_is_one_transaction(outbox: Outbox):
    """Where it fails half-way, the hold is in force and nothing was missed."""
    made, hold = outbox.approved(), outbox.hold()
    outbox.clock.move(hours=1)
    with outbox.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.event = 'hold.released'"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        outbox.release(hold)
    assert (Status.SCHEDULED, ["hold"]) == (outbox.status(made), outbox.blockers(made))


@pytest.mark.parametrize(
    ("kind", "by", "machine", "self_approval", "allowed"),
    [
        pytest.param("all", "chief", False, False, False, id="all by the same"),
        pytest.param("all", "deputy", False, False, True, id="all by another"),
        pytest.param("all", "chief", False, True, True, id="all by the same, where allowed"),
        pytest.param("all", "chief", True, False, True, id="all by a machine"),
        pytest.param("account", "chief", False, False, True, id="an account by the same"),
    ],
)
def test_who_may_release(
    outbox: Outbox, kind: str, by: str, machine: bool, self_approval: bool, allowed: bool
):
    """A hold on everything takes another person to release it; a machine's anyone."""
    value = "x" if kind == "account" else ""
    hold = holds.set_hold(
        outbox.engine, kind, value, reason="r", by="chief", now=NOW, machine=machine
    )

    def release() -> list[int]:
        return holds.release(outbox.engine, hold.id, by=by, now=NOW, self_approval=self_approval)

    if allowed:
        assert [] == release()
    else:
        with pytest.raises(Refused, match="another person"):
            release()
    with reading(outbox.engine) as connection:
        assert ([] if allowed else [hold]) == holds.active(connection)


def test_a_hold_is_released_once(outbox: Outbox):
    """There is no such hold any more, and never was another."""
    hold = outbox.hold("account", "x")
    outbox.release(hold)
    with pytest.raises(Refused, match="no hold 1 is in force"):
        outbox.release(hold)


def test_holds_are_on_record(outbox: Outbox):
    """Who set and who released them, why, and what was missed by it."""
    made, hold = outbox.approved(), outbox.hold("account", "x")
    outbox.clock.move(hours=1)
    outbox.release(hold)
    found = [(e.event, e.actor, e.detail) for e in events(outbox.engine)]
    assert [
        ("hold.set", "chief", {"hold": 1, "scope": "account:x", "reason": "because"}),
        ("delivery.missed", "deputy", {"reason": "hold"}),
        ("hold.released", "deputy", {"hold": 1, "scope": "account:x", "missed": [made]}),
    ] == found[1:]
