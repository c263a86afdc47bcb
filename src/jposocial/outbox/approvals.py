"""Approving and rejecting: a person's consent, bound to a payload's hash."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, insert, update

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.model import Status
from jposocial.outbox.blockers import approved_by, circumstances
from jposocial.outbox.delivery import Delivery, load_one
from jposocial.outbox.holds import lock_brake
from jposocial.outbox.notes import note
from jposocial.store.tables import BRAKE, DECISIONS

#: The identity of rehearsal and demo; it can approve for sandbox accounts alone.
REHEARSAL: Final = "rehearsal"

#: So many leading hex digits of a hash must be given, at least.
FEWEST_DIGITS: Final = 8


def approve(
    engine: Engine, wanted: list[tuple[int, str]], *, by: str, now: datetime, self_approval: bool
) -> list[Delivery]:
    """Approve each (id, leading hex digits of its hash); all of them or none.

    Raises Refused with the first reason: no such delivery, another hash, an author, a state.
    """
    with engine.begin() as connection:
        rows = [
            _approvable(connection, delivery, digits, by, self_approval)
            for delivery, digits in wanted
        ]
        for row in rows:
            _decide(connection, row, "approve", by, now, "")
            note(
                connection,
                "delivery.approved",
                row,
                at=now,
                actor=by,
                payload_hash=row.payload_hash,
            )
    return rows


def _approvable(
    connection: Connection, delivery: int, digits: str, by: str, self_approval: bool
) -> Delivery:
    row = required(connection, delivery)
    if len(digits) < FEWEST_DIGITS or not row.payload_hash.startswith(digits.lower()):
        raise Refused(
            msg(
                "{id}: the hash is {hash}…, not {given}: look at it again before you approve",
                id=row.id,
                hash=row.payload_hash[:FEWEST_DIGITS],
                given=digits,
            )
        )
    if row.status is not Status.SCHEDULED:
        raise Refused(
            msg("{id}: it is {status}, there is nothing to approve", id=row.id, status=row.status)
        )
    if by == REHEARSAL and row.mode != "sandbox":
        raise Refused(msg("{id}: a rehearsal approves for sandbox accounts only", id=row.id))
    if by in row.authors and not self_approval:
        raise Refused(
            msg(
                "{id}: {by} is an author of this post; another person approves it", id=row.id, by=by
            )
        )
    return row


def required(connection: Connection, delivery: int) -> Delivery:
    """The delivery of that id. Raises Refused where there is none."""
    row = load_one(connection, delivery)
    if row is None:
        raise Refused(msg("there is no delivery {id}; 'jposocial queue' shows them", id=delivery))
    return row


def reject(engine: Engine, delivery: int, *, reason: str, by: str, now: datetime) -> Delivery:
    """Withdraw the approval and keep the reason; the delivery waits to be approved again."""
    with engine.begin() as connection:
        lock_brake(connection, share=False)
        row = required(connection, delivery)
        if row.status is not Status.SCHEDULED:
            raise Refused(
                msg(
                    "{id}: it is {status}, there is nothing to reject", id=row.id, status=row.status
                )
            )
        connection.execute(update(BRAKE).values(changes=BRAKE.c.changes + 1))
        _decide(connection, row, "reject", by, now, reason)
        note(
            connection,
            "delivery.rejected",
            row,
            at=now,
            actor=by,
            reason=reason,
        )
    return row


def void(connection: Connection, row: Delivery, *, by: str, now: datetime, reason: str) -> None:
    """Take an approval back because what it was bound to is no more; nothing where none is."""
    if approved_by(row, circumstances(connection, row.id)) is not None:
        _decide(connection, row, "void", by, now, reason)
        note(
            connection,
            "approval.voided",
            row,
            at=now,
            actor=by,
            reason=reason,
        )


def _decide(
    connection: Connection, row: Delivery, decision: str, by: str, now: datetime, reason: str
) -> None:
    connection.execute(
        insert(DECISIONS).values(
            delivery=row.id,
            payload_hash=row.payload_hash,
            decision=decision,
            by=by,
            at=now,
            reason=reason,
        )
    )
