"""Claiming: intent before bytes, once; and what becomes of those whose claimer is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.outbox.given import HERE, NOW, Outbox, events

from jposocial.errors import Unavailable
from jposocial.model import Status
from jposocial.outbox import claims, record
from jposocial.store.engine import reading
from jposocial.store.tables import ATTEMPTS

DAY = timedelta(days=1)


def attempts(outbox: Outbox) -> list[tuple]:
    with reading(outbox.engine) as connection:
        c = ATTEMPTS.c
        query = select(c.delivery, c.epoch, c.started, c.host, c.pid, c.process)
        return [tuple(row) for row in connection.execute(query.order_by(c.id))]


def test_a_claim_writes_its_intent(outbox: Outbox):
    """State, epoch, lease, claimer, attempt and event are committed when it returns."""
    made = outbox.approved()
    before = outbox.row(made)
    claimed = outbox.claimed(made)
    assert claimed == outbox.row(made)
    assert (
        replace(
            before, status=Status.PUBLISHING, epoch=1, started=NOW, out_at=NOW,
            lease_until=NOW + timedelta(seconds=60), claim_host="here", claim_pid=1,
            claim_process="first",
        )
        == claimed
    )  # fmt: skip
    assert [(made, 1, NOW, "here", 1, "first")] == attempts(outbox)
    last = events(outbox.engine)[-1]
    assert ("delivery.claimed", {"epoch": 1, "payload_hash": claimed.payload_hash}) == (
        last.event,
        last.detail,
    )


def test_every_attempt_has_the_same_key(outbox: Outbox):
    """A platform that honours our key sees one post, however often we try."""
    made = outbox.approved()
    keys = []
    for _ in range(3):
        claimed = outbox.claimed(made)
        keys.append(claimed.key)
        record.stopped(
            outbox.engine, claimed, Unavailable("no route"), now=outbox.clock(), actor="a"
        )
        outbox.clock.move(hours=1)
    assert [outbox.row(made).key] * 3 == keys
    assert 32 == len(keys[0])
    assert [1, 2, 3] == [attempt[1] for attempt in attempts(outbox)]
    assert NOW == outbox.row(made).started


def test_every_delivery_has_a_key_of_its_own(outbox: Outbox):
    """Two posts of one text are two posts."""
    assert outbox.row(outbox.promise("a")).key != outbox.row(outbox.promise("b")).key


@pytest.mark.parametrize(
    ("moved", "claimed"),
    [
        pytest.param(timedelta(seconds=-1), False, id="not due yet"),
        pytest.param(timedelta(), True, id="due"),
        pytest.param(timedelta(hours=6, seconds=-1), True, id="late, but not too late"),
        pytest.param(timedelta(hours=6), False, id="too late"),
    ],
)
def test_when_a_row_is_claimed(outbox: Outbox, moved: timedelta, claimed: bool):
    """From its due time until it expires; outside of it nothing is written at all."""
    made = outbox.approved(due=NOW, grace=timedelta(hours=6))
    outbox.clock.now = NOW + moved
    assert claimed == (outbox.claim(made) is not None)
    assert (1 if claimed else 0) == len(attempts(outbox)) == outbox.row(made).epoch


def test_nothing_is_claimed_before_its_retry(outbox: Outbox):
    """A deferred row waits until `retry_at`, in the list of what is due as in the claim."""
    made = outbox.approved()
    record.stopped(outbox.engine, outbox.claimed(made), Unavailable("no route"), now=NOW, actor="a")
    again = outbox.row(made).retry_at
    assert again is not None
    outbox.clock.now = again - timedelta(seconds=1)
    assert ([], None) == (claims.due(outbox.engine, outbox.clock()), outbox.claim(made))
    outbox.clock.now = again
    assert [made] == [number for number, _ in claims.due(outbox.engine, outbox.clock())]
    assert outbox.claim(made)


def test_what_does_not_exist_is_not_claimed(outbox: Outbox):
    """An id that nobody gave is nothing."""
    assert outbox.claim(99) is None


def test_a_row_is_claimed_once(outbox: Outbox):
    """Eight that claim the same row at the same time: one has it."""
    made = outbox.approved()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: outbox.claim(made), range(8)))
    assert 7 == found.count(None)
    assert 1 == len(attempts(outbox))


def test_caps_hold_when_all_claim_at_once(outbox: Outbox):
    """After an outage nothing bursts: eight due rows, eight claims, a cap of three."""
    outbox.change("x", daily_cap=3, min_gap=timedelta())
    rows = [outbox.approved(f"p-{n}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(outbox.claim, rows))
    assert 3 == sum(row is not None for row in found)


def test_what_is_due_comes_earliest_first(outbox: Outbox):
    """By due time, then by id; what is not due, or not scheduled, is not there."""
    late = outbox.promise("late", due=NOW - timedelta(hours=1))
    early = outbox.promise("early", due=NOW - timedelta(hours=2))
    same = outbox.promise("same", due=NOW - timedelta(hours=1))
    outbox.promise("to-come", due=NOW + timedelta(seconds=1))
    outbox.claimed(outbox.approved("taken"))
    assert [early, late, same] == [number for number, _ in claims.due(outbox.engine, NOW)]


def test_next_instant(outbox: Outbox):
    """The next thing that time itself brings: a due time, a retry, an expiry, a look."""
    assert claims.next_instant(outbox.engine, NOW) is None
    made = outbox.approved(due=NOW + timedelta(hours=2), grace=timedelta(hours=6))
    assert NOW + timedelta(hours=2) == claims.next_instant(outbox.engine, NOW)
    outbox.clock.move(hours=2)
    claimed = outbox.claimed(made)
    assert claims.next_instant(outbox.engine, outbox.clock()) is None
    record.stopped(outbox.engine, claimed, Unavailable("no route"), now=outbox.clock(), actor="a")
    again = outbox.row(made).retry_at
    assert again is not None
    assert again == claims.next_instant(outbox.engine, outbox.clock())
    outbox.clock.now = again
    assert NOW + timedelta(hours=8) == claims.next_instant(outbox.engine, outbox.clock())


def test_next_instant_knows_of_looks(outbox: Outbox):
    """An unconfirmed row is looked for again at its time."""
    made = outbox.unconfirmed()
    record.looked(outbox.engine, made, found=0, now=NOW, actor="a")
    assert NOW + record.LOOK_AGAIN == claims.next_instant(outbox.engine, NOW)


def test_what_expires_is_missed(outbox: Outbox):
    """Visible, and never sent late; approved or not."""
    outbox.clock.move(hours=-1)
    first, second = outbox.approved("a", grace=DAY), outbox.promise("b", grace=DAY)
    other = outbox.approved("c", grace=2 * DAY)
    outbox.clock.move(hours=24)
    assert [first, second] == claims.lapse_expired(outbox.engine, outbox.clock(), "jposocial")
    assert [Status.MISSED, Status.MISSED, Status.SCHEDULED] == [
        outbox.status(i) for i in (first, second, other)
    ]
    assert "delivery.missed" == outbox.events(first)[-1]
    assert [] == claims.lapse_expired(outbox.engine, outbox.clock(), "jposocial")


def test_what_is_under_way_does_not_expire(outbox: Outbox):
    """A row that is being published, or may be out, is not missed by the clock."""
    made = outbox.approved()
    outbox.claimed(made)
    outbox.clock.move(days=3)
    assert [] == claims.lapse_expired(outbox.engine, outbox.clock(), "jposocial")
    outbox.sweep()
    assert [] == claims.lapse_expired(outbox.engine, outbox.clock(), "jposocial")
    assert Status.UNCONFIRMED is outbox.status(made)


@pytest.mark.parametrize(
    ("host", "living", "seconds", "orphaned"),
    [
        pytest.param("here", {(1, "first")}, 59, False, id="lives"),
        pytest.param("here", set(), 0, True, id="dead"),
        pytest.param("here", {(1, "second")}, 0, True, id="its id given to another"),
        pytest.param("here", {(1, "first")}, 60, True, id="lives, its lease over"),
        pytest.param("there", set(), 59, False, id="elsewhere"),
        pytest.param("there", set(), 60, True, id="elsewhere, its lease over"),
    ],
)
def test_orphans(
    outbox: Outbox, host: str, living: set[tuple[int, str]], seconds: int, orphaned: bool
):
    """A dead claimer on this host at once, any other when its lease is over: unconfirmed."""
    made = outbox.approved()
    outbox.claimed(made, replace(HERE, host=host))
    outbox.clock.move(seconds=seconds)
    assert ([made] if orphaned else []) == outbox.sweep(frozenset(living))
    assert (Status.UNCONFIRMED if orphaned else Status.PUBLISHING) is outbox.status(made)
    assert orphaned == ("delivery.unconfirmed" in outbox.events(made))


def test_an_orphan_that_has_ended_meanwhile_is_left_alone(outbox: Outbox):
    """Between the look and the write its claimer may have recorded the end."""
    made = outbox.approved()
    claimed = outbox.claimed(made)
    found = claims.orphans(outbox.engine, NOW, "here", frozenset())
    record.accepted(outbox.engine, claimed, (), now=NOW, actor="a")
    assert [] == claims.doubt_orphans(outbox.engine, found, now=NOW, actor="a")
    assert Status.PUBLISHED is outbox.status(made)


def test_backoff():
    """1, 2, 4 … and never more than 32 minutes."""
    assert [1, 1, 2, 4, 8, 16, 32, 32] == [
        claims.backoff(n, 0).total_seconds() / 60 for n in range(8)
    ]


@given(attempts=st.integers(0, 10**9), chance=st.floats(0, 1))
def test_backoff_is_spread_within_bounds(attempts: int, chance: float):
    """A value of what is passed in alone: never less than the wait, never a quarter more."""
    least, found = claims.backoff(attempts, 0), claims.backoff(attempts, chance)
    assert least <= found <= least * 1.25
    assert found == claims.backoff(attempts, chance)
