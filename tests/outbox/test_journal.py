"""The journal: nothing visible begins but through its gate, and no proof is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.outbox.given import HERE, NOW, Outbox, events

from jposocial.errors import Interrupted, OutcomeUnknown, Unavailable
from jposocial.model import Receipt, Status
from jposocial.outbox import record

AGAIN = replace(HERE, pid=2, process="second")


def states(outbox: Outbox, delivery: int) -> list[str]:
    return [part.state for part in outbox.row(delivery).parts]


def test_begin_is_durable(outbox: Outbox):
    """When it returns, any other process sees that the part's bytes may be out."""
    claimed = outbox.claimed(outbox.approved(texts=("一", "二")))
    outbox.journal(claimed).begin("part:0")
    assert ["begun", "none"] == states(outbox, claimed.id)
    last = events(outbox.engine)[-1]
    assert ("step.begun", {"epoch": 1, "step": "part:0"}) == (last.event, last.detail)


def refused(outbox: Outbox, claimed, journal=None) -> str:
    """Why `begin` refuses; the part stays as it was, and no event speaks of it."""
    before = (states(outbox, claimed.id), outbox.events())
    with pytest.raises(Interrupted) as caught:
        (journal or outbox.journal(claimed)).begin("part:0")
    assert before == (states(outbox, claimed.id), outbox.events())
    return caught.value.reason


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        pytest.param("all", "", "hold", id="on everything"),
        pytest.param("account", "x", "hold", id="on its account"),
        pytest.param("post", "hello", "hold", id="on its post"),
        pytest.param("category", "routine", "hold", id="on its category"),
    ],
)
def test_no_step_begins_under_a_hold(outbox: Outbox, kind: str, value: str, reason: str):
    """A hold set after the claim stops it before the first visible byte."""
    claimed = outbox.claimed(outbox.approved())
    outbox.hold(kind, value)
    assert reason == refused(outbox, claimed)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("account", "facebook", id="another account"),
        pytest.param("post", "other", id="another post"),
        pytest.param("category", "emergency", id="another category"),
    ],
)
def test_another_hold_stops_nothing(outbox: Outbox, kind: str, value: str):
    """A hold that does not cover the row lets it go on."""
    claimed = outbox.claimed(outbox.approved())
    outbox.hold(kind, value)
    outbox.journal(claimed).begin("part:0")
    assert ["begun"] == states(outbox, claimed.id)


def test_no_later_step_begins_under_a_hold(outbox: Outbox):
    """The second part of a thread asks again."""
    claimed = outbox.claimed(outbox.approved(texts=("一", "二")))
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    outbox.hold()
    with pytest.raises(Interrupted):
        journal.begin("part:1")
    assert ["accepted", "none"] == states(outbox, claimed.id)


def test_no_step_begins_of_a_row_given_up(outbox: Outbox):
    """A row that became unconfirmed is not ours any more."""
    claimed = outbox.claimed(outbox.approved())
    outbox.sweep()
    assert "epoch" == refused(outbox, claimed)


def test_no_step_begins_of_an_earlier_epoch(outbox: Outbox):
    """A worker that slept while another took the row over stops; the other goes on."""
    made = outbox.approved()
    old = outbox.claimed(made)
    outbox.sweep()
    record.disprove(outbox.engine, made, now=NOW, actor="a", how="person")
    new = outbox.claimed(made, AGAIN)
    assert (1, 2) == (old.epoch, new.epoch)
    assert "epoch" == refused(outbox, old)
    outbox.journal(new).begin("part:0")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0, "begun", id="a fresh lease"),
        pytest.param(30, "begun", id="one whole request fits"),
        pytest.param(30.001, "lease", id="it does not fit any more"),
        pytest.param(3600, "lease", id="long over"),
    ],
)
def test_a_whole_request_fits_into_the_lease(outbox: Outbox, seconds: float, expected: str):
    """The lease is twice the time-out (30 s); a step begins while one time-out is left."""
    claimed = outbox.claimed(outbox.approved())
    journal = outbox.journal(claimed)
    outbox.monotonic.seconds += seconds
    if expected == "begun":
        journal.begin("part:0")
    else:
        assert expected == refused(outbox, claimed, journal)


@pytest.mark.parametrize("hours", [-1, 1], ids=["set back", "put forward"])
def test_the_lease_does_not_follow_the_wall_clock(outbox: Outbox, hours: int):
    """The clock of the house may be set: the lease is counted by the monotonic one."""
    claimed = outbox.claimed(outbox.approved())
    journal = outbox.journal(claimed)
    outbox.clock.move(hours=hours)
    journal.begin("part:0")
    assert ["begun"] == states(outbox, claimed.id)


def test_no_first_step_begins_too_late(outbox: Outbox):
    """What expired between the claim and the bytes does not go out."""
    claimed = outbox.claimed(outbox.approved(grace=timedelta(minutes=10)))
    outbox.clock.move(minutes=10)
    assert "expired" == refused(outbox, claimed)


def test_a_thread_goes_on_after_its_expiry(outbox: Outbox):
    """`expires` binds the first visible part only: half a thread helps nobody."""
    claimed = outbox.claimed(outbox.approved(texts=("一", "二"), grace=timedelta(minutes=10)))
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    outbox.clock.move(minutes=10)
    journal.begin("part:1")
    assert ["accepted", "begun"] == states(outbox, claimed.id)


def test_no_part_begins_twice(outbox: Outbox):
    """Its bytes may be out: whoever asks again is in doubt, and never stopped as if it were not."""
    claimed = outbox.claimed(outbox.approved())
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    with pytest.raises(OutcomeUnknown):
        journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    with pytest.raises(OutcomeUnknown):
        journal.begin("part:0")


def test_what_was_found_is_proved(outbox: Outbox):
    """A part that a look or a person has found is not begun by the next attempt."""
    made = outbox.unconfirmed(texts=("一", "二"))
    found = Receipt(part=0, id="9", url="https://x.com/a/status/9", accepted_at=NOW)
    record.confirm(outbox.engine, made, [found], now=NOW, actor="a", how="timeline")
    journal = outbox.journal(outbox.claimed(made))
    assert {"id": "9", "url": found.url} == journal.proved("part:0")
    assert journal.proved("part:1") is None


def test_a_double_within_a_thread_is_said_aloud(outbox: Outbox):
    """Two attempts have proved the first part by two posts: the first proof counts, both are kept."""
    made = outbox.approved(texts=("一", "二"))
    old = outbox.journal(outbox.claimed(made))
    old.begin("part:0")
    outbox.sweep()
    record.disprove(outbox.engine, made, now=NOW, actor="a", how="person")
    new = outbox.journal(outbox.claimed(made, AGAIN))
    new.begin("part:0")
    new.prove("part:0", id="2", url="u2")
    old.prove("part:0", id="1", url="u1")
    assert ["2"] == [receipt.id for receipt in outbox.row(made).receipts]
    doubled = [e for e in events(outbox.engine) if e.event == "delivery.doubled"]
    assert [[{"part": 0, "id": "1", "url": "u1"}]] == [e.detail["receipts"] for e in doubled]


def test_prove_keeps_the_ids(outbox: Outbox):
    """What the platform answered is there for the next attempt, in another process too."""
    claimed = outbox.claimed(outbox.approved())
    journal = outbox.journal(claimed)
    assert journal.proved("part:0") is None
    journal.begin("part:0")
    journal.prove("part:0", id="17", url="https://x.com/a/status/17")
    assert {"id": "17", "url": "https://x.com/a/status/17"} == outbox.journal(claimed).proved(
        "part:0"
    )
    assert (
        Receipt(part=0, id="17", url="https://x.com/a/status/17", accepted_at=NOW),
    ) == outbox.row(claimed.id).receipts


def test_a_repeatable_step_is_proved_without_a_part(outbox: Outbox):
    """An upload has an id, and nothing of it is visible."""
    claimed = outbox.claimed(outbox.approved())
    journal = outbox.journal(claimed)
    journal.prove("upload:0", media="m1")
    assert {"media": "m1"} == journal.proved("upload:0")
    assert ["none"] == states(outbox, claimed.id)


@pytest.mark.parametrize("name", ["post", "account", "at", "event", "delivery", "epoch", "ids"])
def test_a_platform_may_call_its_ids_what_it_likes(outbox: Outbox, name: str):
    """No name of an id keeps a proof from being kept."""
    journal = outbox.journal(outbox.claimed(outbox.approved()))
    journal.prove("upload:0", **{name: "m1"})
    assert {name: "m1"} == journal.proved("upload:0")
    assert {name: "m1"} == events(outbox.engine)[-1].detail["ids"]


def test_prove_is_idempotent(outbox: Outbox):
    """Said twice, it is so once; the first word counts."""
    claimed = outbox.claimed(outbox.approved())
    journal = outbox.journal(claimed)
    for number in ("1", "1", "2"):
        journal.prove("part:0", id=number, url="u")
    assert {"id": "1", "url": "u"} == journal.proved("part:0")
    assert ["1"] == [receipt.id for receipt in outbox.row(claimed.id).receipts]


def test_prove_renews_the_lease(outbox: Outbox):
    """By both clocks, in the same epoch."""
    claimed = outbox.claimed(outbox.approved(texts=("一", "二")))
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    outbox.clock.move(seconds=50)
    outbox.monotonic.seconds += 50
    journal.prove("part:0", id="1", url="u")
    row = outbox.row(claimed.id)
    assert (outbox.clock() + timedelta(seconds=60), 1) == (row.lease_until, row.epoch)
    journal.begin("part:1")


@pytest.mark.parametrize(
    ("settle", "status"),
    [
        pytest.param(lambda o, i: None, Status.UNCONFIRMED, id="given up"),
        pytest.param(
            lambda o, i: record.disprove(o.engine, i, now=NOW, actor="a", how="person"),
            Status.SCHEDULED,
            id="said to be absent",
        ),
        pytest.param(
            lambda o, i: (
                record.disprove(o.engine, i, now=NOW, actor="a", how="person"),
                o.claimed(i, AGAIN),
            ),
            Status.PUBLISHING,
            id="taken over",
        ),
    ],
)
def test_a_proof_survives_staleness(
    outbox: Outbox, settle: Callable[[Outbox, int], object], status: Status
):
    """Whatever became of the row meanwhile: the platform's answer is kept, the row left alone."""
    made = outbox.approved()
    journal = outbox.journal(outbox.claimed(made))
    journal.begin("part:0")
    outbox.sweep()
    settle(outbox, made)
    before = outbox.row(made)
    journal.prove("part:0", id="17", url="u")
    after = outbox.row(made)
    assert ["17"] == [receipt.id for receipt in after.receipts]
    assert replace(after, parts=before.parts) == before
    assert status is after.status


def test_what_was_proved_by_a_stale_worker_is_not_sent_again(outbox: Outbox):
    """The next attempt finds the part proved and ends as published, without a byte."""
    from jposocial.publishers.parts import post_parts

    made = outbox.approved()
    stale = outbox.journal(outbox.claimed(made))
    stale.begin("part:0")
    outbox.sweep()
    record.disprove(outbox.engine, made, now=NOW, actor="a", how="person")
    stale.prove("part:0", id="17", url="u")
    claimed = outbox.claimed(made, AGAIN)
    receipts = post_parts(claimed.variant(), outbox.journal(claimed), pytest.fail, pytest.fail)
    record.accepted(outbox.engine, claimed, receipts, now=NOW, actor="a")
    assert (Status.PUBLISHED, ["17"]) == (
        outbox.status(made),
        [r.id for r in outbox.row(made).receipts],
    )


def test_what_a_publisher_is_told_of_earlier_attempts(outbox: Outbox):
    """The key and the first start stay the same."""
    made = outbox.approved()
    claimed = outbox.claimed(made)
    first = outbox.journal(claimed)
    record.stopped(outbox.engine, claimed, Unavailable("no route"), now=NOW, actor="a")
    outbox.clock.move(hours=1)
    second = outbox.journal(outbox.claimed(made))
    assert (first.key, NOW) == (first.key, first.started)
    assert (first.key, NOW) == (second.key, second.started)
