"""How an attempt ends: each outcome has one place, and what may be out never goes again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.outbox.given import HERE, NOW, Outbox, events, verdict

from jposocial.errors import (
    Interrupted,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.model import Receipt, Status
from jposocial.outbox import claims, record
from jposocial.outbox.health import health
from jposocial.outbox.looks import receipt_ids, to_look_for
from jposocial.store.tables import ACCOUNTS, DELIVERIES

LATER = NOW + timedelta(minutes=7)


def receipt(id: str = "17", part: int = 0) -> Receipt:
    return Receipt(part=part, id=id, url=f"https://x.com/a/status/{id}", accepted_at=NOW)


def ended(outbox: Outbox, claimed, error: BaseException) -> record.Outcome:
    return record.stopped(outbox.engine, claimed, error, now=outbox.clock(), actor="jposocial")


def begun(outbox: Outbox, **values):
    """A claimed row whose first part may be out."""
    claimed = outbox.claimed(outbox.approved(**values))
    outbox.journal(claimed).begin("part:0")
    return claimed


def test_accepted(outbox: Outbox):
    """Proof of every part: published, and it counts from the moment it is out."""
    claimed = begun(outbox)
    outbox.journal(claimed).prove("part:0", id="17", url="u")
    outbox.clock.move(seconds=3)
    done = record.accepted(
        outbox.engine, claimed, [receipt()], now=outbox.clock(), actor="jposocial"
    )
    row = outbox.row(claimed.id)
    assert Status.PUBLISHED is done.status is row.status
    assert outbox.clock() == row.out_at
    assert ["delivery.published"] == outbox.events(claimed.id)[-1:]


@pytest.mark.parametrize(
    ("error", "status", "part", "retry_at", "said"),
    [
        pytest.param(Rejected("403 no"), "failed", "none", None, "403 no", id="refused"),
        pytest.param(
            Rejected("403 twice", duplicate=True), "failed", "none", None, "E07 403 twice",
            id="a duplicate at the first attempt",
        ),
        pytest.param(Unauthorized("401"), "scheduled", "none", None, "401", id="credentials"),
        pytest.param(
            RateLimited("429", LATER), "scheduled", "none", LATER, "429", id="told until when"
        ),
        pytest.param(
            RateLimited("429"), "scheduled", "none", NOW + timedelta(minutes=15), "429",
            id="told to wait",
        ),
        pytest.param(
            RateLimited("429", NOW - timedelta(hours=1)), "scheduled", "none", "backoff", "429",
            id="told until a time that is past",
        ),
        pytest.param(
            RateLimited("429", NOW), "scheduled", "none", "backoff", "429", id="told until now",
        ),
        pytest.param(
            Unavailable("no route"), "scheduled", "none", "backoff", "no route",
            id="surely not sent",
        ),
        pytest.param(Interrupted("hold"), "scheduled", "none", None, "hold", id="interrupted"),
        pytest.param(
            OutcomeUnknown("time-out"), "unconfirmed", "begun", None, "time-out", id="unknown"
        ),
        pytest.param(
            ValueError("?"), "unconfirmed", "begun", None, "ValueError", id="not foreseen"
        ),
        pytest.param(
            MemoryError(), "unconfirmed", "begun", None, "MemoryError", id="not an error of ours"
        ),
    ],
)  # fmt: skip
def test_outcomes(outbox: Outbox, error: Exception, status: str, part: str, retry_at, said: str):
    """The row's state, what is known of its part, when it is tried again, and what is said."""
    claimed = begun(outbox)
    done = ended(outbox, claimed, error)
    row = outbox.row(claimed.id)
    if retry_at == "backoff":
        retry_at = NOW + claims.backoff(1, 0.0)
    assert (status, part, retry_at, said) == (
        row.status,
        row.parts[0].state,
        row.retry_at,
        row.detail,
    )
    assert (status, said) == (done.status, done.detail)
    event = "deferred" if status == "scheduled" else status
    assert f"delivery.{event}" in outbox.events(claimed.id)


def test_a_duplicate_after_an_attempt_is_unconfirmed(outbox: Outbox):
    """403 at the second attempt may be our own first one: looked for, not failed."""
    made = begun(outbox).id
    outbox.sweep()
    record.disprove(outbox.engine, made, now=NOW, actor="a", how="person")
    claimed = outbox.claimed(made)
    outbox.journal(claimed).begin("part:0")
    ended(outbox, claimed, Rejected("403 twice", duplicate=True))
    assert Status.UNCONFIRMED is outbox.status(made)
    assert [made] == [row.id for row in to_look_for(outbox.engine, NOW)]


@pytest.mark.parametrize(
    ("chance", "seconds"),
    [pytest.param(0.0, 60, id="least"), pytest.param(1.0, 75, id="most")],
)
def test_what_is_tried_again_is_spread(outbox: Outbox, chance: float, seconds: int):
    """By the chance that is passed in, up to a quarter of the wait: nothing else decides."""
    record.stopped(
        outbox.engine, begun(outbox), Unavailable("no route"), now=NOW, actor="a", chance=chance
    )
    assert NOW + timedelta(seconds=seconds) == outbox.row(1).retry_at


def test_one_alarm_for_a_stopped_account(outbox: Outbox):
    """Refused again and again for the same reason: one event, until something went out."""
    outbox.change("x", min_gap=timedelta())

    def refused(post: str) -> None:
        ended(outbox, begun(outbox, post=post), Unauthorized("401 expired"))
        with outbox.engine.begin() as connection:
            connection.execute(update(ACCOUNTS).values(suspended=""))

    for number in range(3):
        refused(f"post-{number}")
    assert 1 == outbox.events().count("account.suspended")
    claimed = begun(outbox, post="good")
    record.accepted(outbox.engine, claimed, [receipt()], now=NOW, actor="a")
    refused("post-after")
    assert 2 == outbox.events().count("account.suspended")


def test_another_reason_is_another_alarm(outbox: Outbox):
    """What stops it now is not what staff were told of."""
    with outbox.engine.begin() as connection:
        for why in ("401 expired", "402 credits", "402 credits"):
            record.suspend(connection, "x", why, now=NOW, actor="a")
    assert 2 == outbox.events().count("account.suspended")


def test_good_credentials_that_may_not_post_are_not_asked_again_at_once(outbox: Outbox):
    """No permission, blocked, out of credits: `whoami` would say that all is well."""
    ended(outbox, begun(outbox), Unauthorized("402 credits", lasting=True))
    known = health(outbox.engine, "x")
    assert not known.may_be_asked("@example_center", "f", NOW + timedelta(minutes=59))
    assert known.may_be_asked("@example_center", "f", NOW + timedelta(hours=1))


def test_a_limit_of_years_is_not_believed(outbox: Outbox):
    """No window of any platform is longer than a day."""
    made = begun(outbox).id
    ended(outbox, outbox.row(made), RateLimited("429", NOW + timedelta(days=900)))
    assert NOW + timedelta(hours=24) == outbox.row(made).retry_at


def test_refused_credentials_stop_the_account(outbox: Outbox):
    """Nothing else goes out on it until they are verified again."""
    other = outbox.approved("other", due=NOW + timedelta(hours=3))
    ended(outbox, begun(outbox), Unauthorized("401 expired"))
    assert "401 expired" == health(outbox.engine, "x").suspended
    assert ["account"] == outbox.blockers(other)
    assert "account.suspended" in outbox.events()


def test_a_rate_limit_stops_the_account(outbox: Outbox):
    """What the platform said of one post holds for all of the account."""
    outbox.change("x", min_gap=timedelta())
    other = outbox.approved("other")
    ended(outbox, begun(outbox), RateLimited("429", LATER))
    assert ["account"] == outbox.blockers(other)
    outbox.clock.now = LATER
    assert [] == outbox.blockers(other)


@pytest.mark.parametrize(
    "error",
    [
        Rejected("403"),
        Unauthorized("401"),
        Interrupted("hold"),
        RateLimited("429", NOW + timedelta(days=2)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_half_a_thread_is_failed(outbox: Outbox, error: Exception):
    """Refused or held after a part is out: failed, with its receipts, and a person decides."""
    claimed = begun(outbox, texts=("一", "二"))
    journal = outbox.journal(claimed)
    journal.prove("part:0", id="1", url="u")
    ended(outbox, claimed, error)
    row = outbox.row(claimed.id)
    assert (Status.FAILED, ["accepted", "none"]) == (row.status, [p.state for p in row.parts])
    assert NOW == row.out_at


@pytest.mark.parametrize(
    ("error", "minutes"),
    [
        pytest.param(Unavailable("no route"), 1, id="no network"),
        pytest.param(RateLimited("429", LATER), 7, id="told to wait"),
    ],
)
def test_half_a_thread_that_was_surely_not_sent_goes_on(
    outbox: Outbox, error: Exception, minutes: int
):
    """Nothing of the next part is out: it is tried again by itself, after the one that is."""
    claimed = begun(outbox, texts=("一", "二"))
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    outbox.journal(claimed).begin("part:1")
    ended(outbox, claimed, error)
    row = outbox.row(claimed.id)
    expected = (Status.SCHEDULED, NOW + timedelta(minutes=minutes), ["accepted", "none"])
    assert expected == (row.status, row.retry_at, [part.state for part in row.parts])
    assert NOW == row.out_at, "it counts for gaps and caps"
    outbox.clock.move(minutes=minutes)
    again = outbox.journal(outbox.claimed(claimed.id))
    assert {"id": "1", "url": "u"} == again.proved("part:0")
    again.begin("part:1")


def test_half_a_thread_does_not_go_on_beyond_its_time(outbox: Outbox):
    """What would be tried again only after `expires` is for a person."""
    claimed = begun(outbox, texts=("一", "二"), grace=timedelta(minutes=5))
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    ended(outbox, claimed, RateLimited("429", LATER))
    assert Status.FAILED is outbox.status(claimed.id)


def test_a_thread_broken_off_is_not_taken_up_again_too_late(outbox: Outbox):
    """A crash between two parts, found after `expires`: failed, and the second part never begins."""
    claimed = begun(outbox, texts=("一", "二"), grace=timedelta(minutes=5))
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    outbox.sweep()
    outbox.clock.move(minutes=6)
    record.disprove(
        outbox.engine, claimed.id, now=outbox.clock(), actor="a", how=record.NOTHING_BEGUN
    )
    again = outbox.claimed(claimed.id)
    with pytest.raises(Interrupted) as caught:
        outbox.journal(again).begin("part:1")
    ended(outbox, again, caught.value)
    row = outbox.row(claimed.id)
    assert (Status.FAILED, "expired") == (row.status, row.detail)


def test_a_rate_limit_in_a_thread_stops_the_account(outbox: Outbox):
    """What the platform said of one part holds for all of the account."""
    claimed = begun(outbox, texts=("一", "二"))
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    ended(outbox, claimed, RateLimited("429", NOW + timedelta(hours=5)))
    other = outbox.approved("other", due=NOW + timedelta(hours=4))
    assert ["account"] == outbox.blockers(other)


# Stale workers.


def test_a_late_receipt_settles_what_is_unconfirmed(outbox: Outbox):
    """A worker that was given up comes back with its proof: published, and said to be late."""
    claimed = begun(outbox)
    outbox.sweep()
    outbox.journal(claimed).prove("part:0", id="17", url="u")
    done = record.accepted(outbox.engine, claimed, [receipt()], now=NOW, actor="a")
    assert Status.PUBLISHED is done.status is outbox.status(claimed.id)
    assert events(outbox.engine)[-1].detail["late"] is True


def test_two_accepts_are_said_aloud(outbox: Outbox):
    """A later epoch has published too: event `delivery.doubled`, both ids kept."""
    old = begun(outbox)
    outbox.sweep()
    record.disprove(outbox.engine, old.id, now=NOW, actor="a", how="person")
    new = outbox.claimed(old.id)
    outbox.journal(new).begin("part:0")
    outbox.journal(new).prove("part:0", id="2", url="u")
    record.accepted(outbox.engine, new, [receipt("2")], now=NOW, actor="a")
    outbox.journal(old).prove("part:0", id="1", url="u")
    done = record.accepted(outbox.engine, old, [receipt("1")], now=NOW, actor="a")
    assert (Status.PUBLISHED, "delivery.doubled") == (done.status, done.detail)
    assert ["2"] == [r.id for r in outbox.row(old.id).receipts]
    last = events(outbox.engine)[-1]
    assert ("delivery.doubled", ["1"]) == (last.event, [r["id"] for r in last.detail["receipts"]])
    assert verdict(outbox.engine).ok


def test_two_accepts_are_said_aloud_in_either_order(outbox: Outbox):
    """The stale one proved first, the newer one publishes: doubled all the same."""
    old = begun(outbox)
    outbox.sweep()
    record.disprove(outbox.engine, old.id, now=NOW, actor="a", how="person")
    new = outbox.claimed(old.id)
    outbox.journal(new).begin("part:0")
    outbox.journal(old).prove("part:0", id="1", url="u")
    outbox.journal(new).prove("part:0", id="2", url="u")
    record.accepted(outbox.engine, new, [receipt("2")], now=NOW, actor="a")
    assert ["delivery.published", "delivery.doubled"] == outbox.events(old.id)[-2:]


def test_the_same_receipt_twice_is_no_double(outbox: Outbox):
    """Found on the timeline first, then brought by its worker: one post."""
    claimed = begun(outbox)
    outbox.sweep()
    record.confirm(outbox.engine, claimed.id, [receipt()], now=NOW, actor="a", how="timeline")
    done = record.accepted(outbox.engine, claimed, [receipt()], now=NOW, actor="a")
    assert (Status.PUBLISHED, "delivery.stale_receipt") == (done.status, done.detail)
    assert "delivery.doubled" not in outbox.events(claimed.id)


@pytest.mark.parametrize(
    "error", [Rejected("403"), Unavailable("no route"), OutcomeUnknown("?")], ids=lambda e: type(e).__name__
)  # fmt: skip
def test_a_stale_error_changes_nothing(outbox: Outbox, error: Exception):
    """A worker that was given up cannot overwrite what became of the row, only say that it has ended."""
    claimed = begun(outbox)
    outbox.sweep()
    before = outbox.row(claimed.id)
    ended(outbox, claimed, error)
    assert replace(before, ended_epoch=claimed.epoch) == outbox.row(claimed.id)
    assert "delivery.stale_worker" == outbox.events(claimed.id)[-1]


# Settling what is unconfirmed.


def test_confirm(outbox: Outbox):
    """Found: published, with the proof that was found."""
    made = outbox.unconfirmed()
    done = record.confirm(outbox.engine, made, [receipt()], now=LATER, actor="a", how="timeline")
    row = outbox.row(made)
    assert Status.PUBLISHED is done.status is row.status
    assert (receipt(),) == row.receipts
    assert "timeline" == events(outbox.engine)[-1].detail["how"]


def test_a_part_that_was_found_is_not_the_whole_thread(outbox: Outbox):
    """The rest never began: it is scheduled again, goes on after what is proved, and is approved."""
    made = outbox.unconfirmed(texts=("一", "二", "三"))
    done = record.confirm(outbox.engine, made, [receipt()], now=NOW, actor="a", how="timeline")
    row = outbox.row(made)
    assert Status.SCHEDULED is done.status is row.status
    assert ["accepted", "none", "none"] == [part.state for part in row.parts]
    assert row.out_at is not None
    assert "delivery.part_found" == outbox.events(made)[-1]
    journal = outbox.journal(outbox.claimed(made))
    assert {"id": "17", "url": receipt().url} == journal.proved("part:0")
    journal.begin("part:1")


def test_the_rest_of_a_retracted_thread_does_not_follow(outbox: Outbox):
    """A part in doubt turns up after a person has taken the thread back: failed, nothing begins."""
    made = outbox.unconfirmed(texts=("一", "二"))
    with outbox.engine.begin() as connection:
        connection.execute(update(DELIVERIES).values(retraction="begun"))
    done = record.confirm(outbox.engine, made, [receipt()], now=NOW, actor="a", how="timeline")
    row = outbox.row(made)
    assert Status.FAILED is done.status is row.status
    assert ("retracted", ["accepted", "none"]) == (row.detail, [part.state for part in row.parts])
    assert row.out_at is not None


def test_the_last_part_that_was_found_ends_the_thread(outbox: Outbox):
    """With every part proved it is published."""
    claimed = begun(outbox, texts=("一", "二"))
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    outbox.journal(claimed).begin("part:1")
    outbox.sweep()
    found = receipt("2", part=1)
    done = record.confirm(outbox.engine, claimed.id, [found], now=NOW, actor="a", how="timeline")
    assert Status.PUBLISHED is done.status
    assert ["1", "2"] == [r.id for r in outbox.row(claimed.id).receipts]


def test_a_later_part_that_is_absent_leaves_the_first_ones_out(outbox: Outbox):
    """A person denied the second part: the first still counts for gaps and caps, and is not sent."""
    claimed = begun(outbox, texts=("一", "二"))
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    outbox.journal(claimed).begin("part:1")
    outbox.sweep()
    outbox.clock.move(hours=25)
    record.disprove(outbox.engine, claimed.id, now=outbox.clock(), actor="a", how="person")
    row = outbox.row(claimed.id)
    assert (Status.SCHEDULED, ["accepted", "none"]) == (row.status, [p.state for p in row.parts])
    assert row.out_at is not None, "never missed, never uncounted"


@pytest.mark.parametrize(
    ("moved", "status"),
    [
        pytest.param(timedelta(), Status.SCHEDULED, id="in time"),
        pytest.param(timedelta(hours=24), Status.MISSED, id="too late"),
    ],
)
def test_disprove(outbox: Outbox, moved: timedelta, status: Status):
    """Not there: again if there is time, else missed; its parts may begin anew."""
    made = outbox.unconfirmed()
    outbox.clock.move(seconds=moved.total_seconds())
    done = record.disprove(outbox.engine, made, now=outbox.clock(), actor="a", how="person")
    row = outbox.row(made)
    assert status is done.status is row.status
    assert (["none"], None, None) == ([p.state for p in row.parts], row.out_at, row.look_after)


@pytest.mark.parametrize(
    "settle",
    [
        pytest.param(
            lambda o, i: record.confirm(o.engine, i, [receipt()], now=NOW, actor="a", how="h"),
            id="confirm",
        ),
        pytest.param(
            lambda o, i: record.disprove(o.engine, i, now=NOW, actor="a", how="h"), id="disprove"
        ),
        pytest.param(
            lambda o, i: record.looked(o.engine, i, found=0, now=NOW, actor="a"), id="look"
        ),
    ],
)
def test_only_what_is_unconfirmed_is_settled(
    outbox: Outbox, settle: Callable[[Outbox, int], object]
):
    """A look that ends after somebody else settled the row changes nothing, writes nothing."""
    claimed = begun(outbox)
    record.accepted(outbox.engine, claimed, (), now=NOW, actor="a")
    before, said = outbox.row(claimed.id), outbox.events()
    settle(outbox, claimed.id)
    assert (before, said) == (outbox.row(claimed.id), outbox.events())


def test_two_looks_then_a_person(outbox: Outbox):
    """Not found proves nothing: once more after three minutes, and then nobody looks."""
    made = outbox.unconfirmed()
    due = lambda: [row.id for row in to_look_for(outbox.engine, outbox.clock())]  # noqa: E731
    assert [made] == due()
    record.looked(outbox.engine, made, found=0, now=outbox.clock(), actor="a")
    assert [] == due()
    outbox.clock.move(minutes=3)
    assert [made] == due()
    record.looked(outbox.engine, made, found=0, now=outbox.clock(), actor="a")
    outbox.clock.move(days=3)
    assert [] == due()
    assert Status.UNCONFIRMED is outbox.status(made)


def test_more_than_one_match_goes_to_a_person(outbox: Outbox):
    """Two posts that read the same: nobody looks again, nothing is settled."""
    made = outbox.unconfirmed()
    record.looked(outbox.engine, made, found=2, now=NOW, actor="a")
    outbox.clock.move(days=3)
    assert [] == to_look_for(outbox.engine, outbox.clock())


def test_receipt_ids(outbox: Outbox):
    """What already is a proof, of this account and no other."""
    for post, account in (("a", "x"), ("b", "facebook")):
        journal = outbox.journal(outbox.claimed(outbox.approved(post, account=account)))
        journal.begin("part:0")
        journal.prove("part:0", id=f"id-{post}", url="u")
    assert {"id-a"} == receipt_ids(outbox.engine, "x")


def test_what_crashes_each_time_waits_longer(outbox: Outbox):
    """Disproved because nothing had begun: at once the first time, then later and later."""
    made, waits = outbox.approved(), []
    for _ in range(4):
        outbox.claimed(made, HERE)
        outbox.sweep()
        record.disprove(
            outbox.engine, made, now=outbox.clock(), actor="a", how=record.NOTHING_BEGUN
        )
        retry = outbox.row(made).retry_at
        waits.append((retry - outbox.clock()).total_seconds() / 60 if retry else 0)
        outbox.clock.now = retry or outbox.clock()
    assert 0 == waits[0]
    assert all(base <= wait <= 1.25 * base for base, wait in zip((1, 2, 4), waits[1:], strict=True))
