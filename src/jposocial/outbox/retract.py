"""Retracting what is out: who may, what is recorded, and what becomes of the delivery.

`published` stays final; a retraction is a mark beside the state. `begun`: a person has decided,
and not every part is known to be gone. `done`: every proved part is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, select, update

from jposocial.errors import Refused
from jposocial.messages import Message, msg
from jposocial.model import Receipt, Status
from jposocial.outbox.approvals import required
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.notes import note
from jposocial.outbox.record import NOTHING_BEGUN, confirm, disprove, give_up
from jposocial.store.engine import reading
from jposocial.store.tables import DECISIONS, DELIVERIES

BEGUN: Final = "begun"
DONE: Final = "done"

#: What may become of one part. The first two mean that readers do not see it any more.
OUTCOMES: Final = ("deleted", "gone", "refused", "unreached", "unknown", "impossible")
GONE: Final = frozenset({"deleted", "gone"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PartOutcome:
    receipt: Receipt
    outcome: str
    #: The platform's words.
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who retracts, and whether the office lets them do alone what two do elsewhere."""

    name: str
    self_approval: bool


def retractable(engine: Engine, delivery: int, person: Person) -> Delivery:
    """The delivery, if that person may retract it now. Raises Refused."""
    with reading(engine) as connection:
        return _retractable(connection, delivery, person)


def _retractable(connection: Connection, delivery: int, person: Person) -> Delivery:
    row = required(connection, delivery)
    if row.status is Status.PUBLISHING:
        raise Refused(
            msg(
                "{id}: it is still being published; stop it with 'jposocial hold --post {post} --reason …', then retract it",
                id=row.id,
                post=row.post,
            )
        )
    if not row.has_accepted:
        raise Refused(_nothing_known(row))
    approver = approver_of(connection, row)
    if approver == person.name and not person.self_approval:
        raise Refused(
            msg("{id}: {by} approved it; another person retracts it", id=row.id, by=person.name)
        )
    return row


def _nothing_known(row: Delivery) -> Message:
    if row.status is Status.UNCONFIRMED:
        return msg(
            "{id}: nobody knows whether it is out; look at the timeline and settle it first: jposocial resolve {id} --published URL, or --absent",
            id=row.id,
        )
    return msg("{id}: it is {status}; nothing of it is out", id=row.id, status=row.status)


def approver_of(connection: Connection, row: Delivery) -> str | None:
    """Who last approved the payload that went out, whatever was decided since."""
    d = DECISIONS.c
    query = (
        select(d.by)
        .where(
            d.delivery == row.id, d.payload_hash == row.payload_hash, d.decision == "approve"
        )
        .order_by(d.id.desc())
        .limit(1)
    )  # fmt: skip
    return connection.execute(query).scalar()


def begin(engine: Engine, delivery: int, person: Person, *, reason: str, now: datetime) -> Delivery:
    """Record the decision, before anything is deleted; nothing more of it goes out from now on.

    Raises Refused. One that is retracted already is given as it is.
    """
    with engine.begin() as connection:
        row = _retractable(connection, delivery, person)
        if row.retraction == DONE:
            return row
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.id == row.id)
            .values(retraction=BEGUN, retracted_at=now, retracted_by=person.name)
        )
        parts = [{"part": r.part, "id": r.id, "url": r.url} for r in row.receipts]
        note(
            connection, "retract.begun", row, at=now, actor=person.name, reason=reason, receipts=parts
        )  # fmt: skip
        if row.status is Status.SCHEDULED:
            give_up(connection, row, now=now, actor=person.name)
    return _settled(engine, row, person, now)


def _settled(engine: Engine, row: Delivery, person: Person, now: datetime) -> Delivery:
    """An unconfirmed one of which it is known what is out needs no look any more."""
    if row.status is Status.UNCONFIRMED and len(row.receipts) == len(row.parts):
        confirm(engine, row.id, row.receipts, now=now, actor=person.name, how="proved")
    elif row.status is Status.UNCONFIRMED and not row.has_begun:
        disprove(engine, row.id, now=now, actor=person.name, how=NOTHING_BEGUN)
    with reading(engine) as connection:
        return required(connection, row.id)


def note_part(engine: Engine, row: Delivery, found: PartOutcome, *, by: str, now: datetime) -> None:
    """What became of one part, into the record."""
    with engine.begin() as connection:
        note(
            connection, "retract.part", row, at=now, actor=by, part=found.receipt.part,
            id=found.receipt.id, url=found.receipt.url, outcome=found.outcome, said=found.detail,
        )  # fmt: skip


def finish(
    engine: Engine, row: Delivery, found: Sequence[PartOutcome], *, reason: str, by: str, now: datetime
) -> bool:  # fmt: skip
    """Whether all of it is gone; then it is marked so. A part in doubt may yet turn up."""
    if row.has_begun or any(one.outcome not in GONE for one in found):
        return False
    with engine.begin() as connection:
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.id == row.id)
            .values(retraction=DONE, retracted_at=now, retracted_by=by)
        )
        note(connection, "delivery.retracted", row, at=now, actor=by, reason=reason)
    return True
