"""What a person does with a delivery: cancel, bring back, settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.outbox.given import NOW, Outbox

from jposocial.errors import OutcomeUnknown, Refused, Rejected, TransitionError
from jposocial.model import Receipt, Status
from jposocial.outbox import claims, record, rescue
from jposocial.outbox.meta import FINGERPRINT, get_meta, set_meta

HOUR = timedelta(hours=1)


def cancel(outbox: Outbox, delivery: int):
    return rescue.cancel(outbox.engine, delivery, by="chief", now=outbox.clock())


def retry(outbox: Outbox, delivery: int, at=None) -> int:
    return rescue.retry(
        outbox.engine, delivery, outbox.house, at=at, by="chief", now=outbox.clock()
    )


def failed(outbox: Outbox, **values) -> int:
    claimed = outbox.claimed(outbox.approved(**values))
    record.stopped(outbox.engine, claimed, Rejected("403"), now=outbox.clock(), actor="a")
    return claimed.id


def missed(outbox: Outbox, **values) -> int:
    made = outbox.approved(**values)
    outbox.clock.now = outbox.row(made).expires
    claims.lapse_expired(outbox.engine, outbox.clock(), "a")
    return made


# Cancel.


@pytest.mark.parametrize(
    "make", [Outbox.promise, failed, missed], ids=["scheduled", "failed", "missed"]
)
def test_cancel(outbox: Outbox, make):
    """Out for good, by a person, with an event."""
    made = make(outbox)
    cancel(outbox, made)
    row = outbox.row(made)
    assert (Status.CANCELLED, "person") == (row.status, row.cancelled_by)
    assert "delivery.cancelled" == outbox.events(made)[-1]


@pytest.mark.parametrize("status", ["publishing", "unconfirmed", "published", "cancelled"])
def test_what_cannot_be_cancelled(outbox: Outbox, status: str):
    """What is under way, may be out, is out or is gone already stays as it is."""
    made = outbox.approved()
    if status == "cancelled":
        cancel(outbox, made)
    else:
        claimed = outbox.claimed(made)
        if status == "unconfirmed":
            outbox.sweep()
        elif status == "published":
            record.accepted(outbox.engine, claimed, (), now=NOW, actor="a")
    with pytest.raises(TransitionError):
        cancel(outbox, made)
    assert status == outbox.status(made)


def test_half_a_thread_is_not_cancelled(outbox: Outbox):
    """A delivery with an accepted part is never cancelled."""
    made = half(outbox)
    with pytest.raises(Refused, match="part of it is published"):
        cancel(outbox, made)
    assert Status.FAILED is outbox.status(made)


def half(outbox: Outbox) -> int:
    """A failed thread whose first part is out."""
    claimed = outbox.claimed(outbox.approved(texts=("一", "二")))
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    record.stopped(outbox.engine, claimed, Rejected("403"), now=outbox.clock(), actor="a")
    return claimed.id


def test_no_such_delivery(outbox: Outbox):
    """An id that nobody gave is refused, whatever is asked of it."""
    for ask in (cancel, retry):
        with pytest.raises(Refused, match="no delivery 99"):
            ask(outbox, 99)


# Retry.


def test_a_failed_row_goes_again_as_it_was_approved(outbox: Outbox):
    """In time, and unchanged: it keeps its approval and goes at the next beat."""
    made = failed(outbox)
    before = outbox.row(made).payload_hash
    assert made == retry(outbox, made)
    assert (Status.SCHEDULED, before, []) == (
        outbox.status(made),
        outbox.row(made).payload_hash,
        outbox.blockers(made),
    )
    assert outbox.claim(made)


def test_half_a_thread_goes_on(outbox: Outbox):
    """A retry goes on after the last proved part."""
    made = half(outbox)
    retry(outbox, made)
    claimed = outbox.claimed(made)
    assert {"id": "1", "url": "u"} == outbox.journal(claimed).proved("part:0")
    assert outbox.journal(claimed).proved("part:1") is None


@pytest.mark.parametrize("make", [failed, missed], ids=["failed", "missed"])
def test_a_new_time_needs_a_new_approval(outbox: Outbox, make):
    """`--at`: a new window, a new hash; the old approval is taken back and on record."""
    made = make(outbox)
    before, at = outbox.row(made), outbox.clock() + 26 * HOUR
    assert made == retry(outbox, made, at)
    row = outbox.row(made)
    assert (Status.SCHEDULED, at, at + 24 * HOUR) == (row.status, row.due, row.expires)
    assert before.payload_hash != row.payload_hash
    assert ["approval"] == outbox.blockers(made)
    assert ["approval.voided", "delivery.retried"] == outbox.events(made)[-2:]
    outbox.clock.now = at
    assert outbox.claim(made) is None
    outbox.approve(made)
    assert outbox.claim(made)


@pytest.mark.parametrize("make", [failed, missed], ids=["failed", "missed"])
def test_what_is_too_late_needs_a_new_time(outbox: Outbox, make):
    """Past its window a row does not come back without saying when."""
    made = make(outbox)
    outbox.clock.move(days=2)
    with pytest.raises(Refused, match="retry 1 --at"):
        retry(outbox, made)
    assert outbox.status(made) in (Status.FAILED, Status.MISSED)


@pytest.mark.parametrize(
    ("values", "at", "said"),
    [
        pytest.param({}, timedelta(seconds=-1), "past", id="a time that is past"),
        pytest.param({"not_after": NOW + 30 * HOUR}, 6 * HOUR, "E02", id="E02 its event is over"),
        pytest.param(
            {"not_after": NOW + 30 * HOUR}, 5 * HOUR, "", id="just before its event"
        ),
        pytest.param({"texts": ("本日です",), "grace": HOUR}, 23 * HOUR, "E20", id="E20 tomorrow"),
        pytest.param({"texts": ("本日です",), "grace": HOUR}, 3 * HOUR, "", id="the same day"),
        pytest.param({"texts": ("あと3日",), "grace": HOUR}, 24 * HOUR, "E20", id="E20 あと3日"),
    ],
)  # fmt: skip
def test_what_time_makes_wrong(outbox: Outbox, values: dict, at: timedelta, said: str):
    """A new time that the text or the event forbids is refused, and nothing has changed."""
    made = missed(outbox, **values)
    before = outbox.row(made)
    if said:
        with pytest.raises(Refused, match=said):
            retry(outbox, made, outbox.clock() + at)
        assert before == outbox.row(made)
    else:
        retry(outbox, made, outbox.clock() + at)
        assert Status.SCHEDULED is outbox.status(made)


def test_a_new_window_ends_with_the_event_and_the_day(outbox: Outbox):
    """The grace is cut by what is sooner: the event, or the end of a day that the text names."""
    day_end = NOW.replace(hour=15)
    first = missed(outbox, post="a", texts=("本日です",), grace=6 * HOUR)
    retry(outbox, first, outbox.clock() + 6 * HOUR)
    assert day_end == outbox.row(first).expires
    outbox.clock.now = NOW
    second = missed(outbox, post="b", grace=HOUR, not_after=NOW + 3 * HOUR)
    retry(outbox, second, NOW + 2.5 * HOUR)
    assert NOW + 3 * HOUR == outbox.row(second).expires


def test_the_day_a_text_names_is_the_day_it_was_written_for(outbox: Outbox):
    """A row that a full day had moved names its due day, not the day of its cadence."""
    due = NOW + timedelta(days=1)
    made = missed(outbox, texts=("本日です",), due=due, nominal=NOW, grace=HOUR)
    retry(outbox, made, due + 2 * HOUR)
    assert due + 2 * HOUR == outbox.row(made).due


def test_a_moved_text_does_not_go_on_the_day_of_its_cadence(outbox: Outbox):
    """A reminder that was moved a day earlier says 本日 of that day, and of no other."""
    made = missed(outbox, texts=("本日です",), nominal=NOW + timedelta(days=1), grace=HOUR)
    with pytest.raises(Refused, match="E20"):
        retry(outbox, made, NOW + timedelta(days=1))


def test_an_account_that_is_gone(outbox: Outbox):
    """Nothing comes back at a new time for an account that is not configured any more."""
    made = missed(outbox)
    outbox.house = replace(outbox.house, accounts={})
    with pytest.raises(Refused, match="no longer configured"):
        retry(outbox, made, outbox.clock() + HOUR)


@pytest.mark.parametrize("status", ["scheduled", "publishing", "unconfirmed", "published"])
def test_what_is_not_brought_back(outbox: Outbox, status: str):
    """Only failed, missed and cancelled rows are; what is published never goes again."""
    made = outbox.approved()
    if status != "scheduled":
        claimed = outbox.claimed(made)
        if status == "unconfirmed":
            outbox.sweep()
        elif status == "published":
            record.accepted(outbox.engine, claimed, (), now=NOW, actor="a")
    for at in (None, NOW + HOUR):
        with pytest.raises(Refused, match=status):
            retry(outbox, made, at)
    assert status == outbox.status(made)


@pytest.mark.parametrize("at", [None, NOW + 48 * HOUR], ids=["as it was", "at a new time"])
def test_a_cancelled_row_comes_back_as_another(outbox: Outbox, at):
    """A new id, a key of its own, unapproved; the old one stays cancelled and names it."""
    made = outbox.approved()
    cancel(outbox, made)
    new = retry(outbox, made, at)
    old, row = outbox.row(made), outbox.row(new)
    assert (Status.CANCELLED, new) == (old.status, old.replaced_by)
    assert (Status.SCHEDULED, at or NOW, ["approval"]) == (
        row.status,
        row.due,
        outbox.blockers(new),
    )
    assert old.slot == row.slot
    assert old.key != row.key
    assert [p.text for p in old.parts] == [p.text for p in row.parts]


def test_a_cancelled_row_comes_back_once(outbox: Outbox):
    """What has a row in its place is not brought back again."""
    made = outbox.approved()
    cancel(outbox, made)
    new = retry(outbox, made)
    with pytest.raises(Refused, match="another delivery stands in its place"):
        retry(outbox, made)
    cancel(outbox, new)
    with pytest.raises(Refused, match="another delivery stands in its place"):
        retry(outbox, made)
    assert new + 1 == retry(outbox, new)


def test_a_cancelled_row_whose_slot_is_taken_stays(outbox: Outbox):
    """One slot, one living row."""
    made = outbox.approved()
    cancel(outbox, made)
    outbox.promise()
    with pytest.raises(Refused, match="another delivery"):
        retry(outbox, made)


def test_a_cancelled_row_that_is_too_late_needs_a_time(outbox: Outbox):
    """As for any other, its window is over."""
    made = outbox.approved()
    cancel(outbox, made)
    outbox.clock.move(days=1)
    with pytest.raises(Refused, match="--at"):
        retry(outbox, made)


@pytest.mark.parametrize("make", [failed, missed], ids=["failed", "missed"])
def test_what_comes_back_reads_the_files_again(outbox: Outbox, make):
    """An edit that sync passed by while the row was out of its reach counts before it goes."""
    made = make(outbox)
    with outbox.engine.begin() as connection:
        set_meta(connection, FINGERPRINT, "as it was")
    retry(outbox, made, outbox.clock() + HOUR)
    assert get_meta(outbox.engine, FINGERPRINT) is None


# Resolve.


def receipt() -> Receipt:
    return Receipt(part=0, id="17", url="https://x.com/a/status/17", accepted_at=NOW)


def absent(outbox: Outbox, delivery: int, lives: bool = False):
    return rescue.resolve_absent(
        outbox.engine, delivery, by="chief", now=outbox.clock(), lives=lambda *who: lives
    )


def test_resolve_published(outbox: Outbox):
    """A person has seen it: published, with the address."""
    made = outbox.unconfirmed()
    done = rescue.resolve_published(outbox.engine, made, [receipt()], by="chief", now=NOW)
    assert Status.PUBLISHED is done.status is outbox.status(made)
    assert (receipt(),) == outbox.row(made).receipts


def test_resolve_absent(outbox: Outbox):
    """A person has looked, and nobody can still send it: scheduled again, its approval kept."""
    made = outbox.unconfirmed()
    assert Status.SCHEDULED is absent(outbox, made).status
    assert [] == outbox.blockers(made)


def test_absent_is_refused_while_the_claimer_lives(outbox: Outbox):
    """It may still send; who it is, is said."""
    made = outbox.unconfirmed()
    asked = []

    def lives(*who: object) -> bool:
        asked.append(who)
        return True

    with pytest.raises(Refused, match="pid 1 on here"):
        rescue.resolve_absent(outbox.engine, made, by="chief", now=NOW, lives=lives)
    assert ([("here", 1, "first")], Status.UNCONFIRMED) == (asked, outbox.status(made))


def test_absent_where_the_worker_itself_has_ended(outbox: Outbox):
    """A `run` that lives on does not keep a person from settling what it said that it does not know."""
    made = outbox.approved()
    claimed = outbox.claimed(made)
    outbox.journal(claimed).begin("part:0")
    record.stopped(outbox.engine, claimed, OutcomeUnknown("timeout"), now=NOW, actor="a")
    assert Status.SCHEDULED is absent(outbox, made, lives=True).status


def test_absent_is_refused_for_the_next_attempt_too(outbox: Outbox):
    """That one attempt has ended says nothing of the next one."""
    made = outbox.approved()
    claimed = outbox.claimed(made)
    outbox.journal(claimed).begin("part:0")
    record.stopped(outbox.engine, claimed, OutcomeUnknown("timeout"), now=NOW, actor="a")
    absent(outbox, made, lives=True)
    outbox.journal(outbox.claimed(made)).begin("part:0")
    outbox.sweep()
    with pytest.raises(Refused, match="still lives"):
        absent(outbox, made, lives=True)


def test_a_worker_that_comes_back_has_ended(outbox: Outbox):
    """Given up by the lease, it says that it is stale; from then on nobody can send."""
    made = outbox.approved()
    claimed = outbox.claimed(made)
    outbox.journal(claimed).begin("part:0")
    outbox.sweep()
    record.stopped(outbox.engine, claimed, OutcomeUnknown("timeout"), now=NOW, actor="a")
    assert Status.SCHEDULED is absent(outbox, made, lives=True).status


@pytest.mark.parametrize("status", ["scheduled", "publishing", "published"])
def test_only_what_is_unconfirmed_is_resolved(outbox: Outbox, status: str):
    """A person's word settles a doubt, and nothing else."""
    made = outbox.approved()
    if status != "scheduled":
        claimed = outbox.claimed(made)
        if status == "published":
            record.accepted(outbox.engine, claimed, (), now=NOW, actor="a")
    with pytest.raises(Refused, match="only unconfirmed"):
        absent(outbox, made)
    with pytest.raises(Refused, match="only unconfirmed"):
        rescue.resolve_published(outbox.engine, made, [receipt()], by="chief", now=NOW)
    assert status == outbox.status(made)


def thread_in_doubt(outbox: Outbox) -> int:
    """Three parts: the first is proved, the second in doubt, the third never began."""
    made = outbox.approved(texts=("一", "二", "三"))
    journal = outbox.journal(outbox.claimed(made))
    journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    journal.begin("part:1")
    outbox.sweep()
    return made


def test_the_part_in_doubt(outbox: Outbox):
    """The first one without a proof."""
    assert 1 == rescue.part_in_doubt(outbox.engine, thread_in_doubt(outbox))


def test_a_thread_goes_on_after_what_a_person_has_seen(outbox: Outbox):
    """The second part is there: the third is to come, and only the third."""
    made = thread_in_doubt(outbox)
    seen = Receipt(part=1, id="2", url="https://x.com/a/status/2", accepted_at=NOW)
    done = rescue.resolve_published(outbox.engine, made, [seen], by="chief", now=NOW)
    assert Status.SCHEDULED is done.status
    assert ["accepted", "accepted", "none"] == [p.state for p in outbox.row(made).parts]


def test_one_post_proves_one_part(outbox: Outbox):
    """The address of the first part, copied for the second, is refused."""
    made = thread_in_doubt(outbox)
    first = Receipt(part=1, id="1", url="https://x.com/a/status/1", accepted_at=NOW)
    with pytest.raises(Refused, match="already the proof"):
        rescue.resolve_published(outbox.engine, made, [first], by="chief", now=NOW)
    assert Status.UNCONFIRMED is outbox.status(made)


def test_half_a_thread_that_comes_back_counts_for_gaps(outbox: Outbox):
    """Brought back by a person, it is still out since it was."""
    made = outbox.approved(texts=("一", "二"))
    claimed = outbox.claimed(made)
    outbox.journal(claimed).begin("part:0")
    outbox.journal(claimed).prove("part:0", id="1", url="u")
    record.stopped(outbox.engine, claimed, Rejected("403"), now=NOW, actor="a")
    retry(outbox, made)
    assert (Status.SCHEDULED, NOW) == (outbox.status(made), outbox.row(made).out_at)
