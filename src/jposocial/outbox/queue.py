"""The outbox as people look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from jposocial.model import Status
from jposocial.outbox.blockers import House, approved_by, blockers, circumstances
from jposocial.outbox.delivery import Delivery, load
from jposocial.store.engine import reading
from jposocial.store.tables import ATTEMPTS, DELIVERIES


@dataclass(frozen=True, kw_only=True, slots=True)
class Queued:
    """A delivery and what `queue` says of it."""

    delivery: Delivery
    approved_by: str | None
    blockers: Sequence[str]
    attempts: int


def queue(
    engine: Engine,
    house: House,
    *,
    now: datetime,
    status: Status | None = None,
    ids: Sequence[int] | None = None,
) -> list[Queued]:
    """Every delivery, or those of a status or of some ids, in the order (due, id)."""
    query = select(DELIVERIES).order_by(DELIVERIES.c.due, DELIVERIES.c.id)
    query = query.where(DELIVERIES.c.status == status) if status else query
    query = query.where(DELIVERIES.c.id.in_(ids)) if ids is not None else query
    with reading(engine) as connection:
        known = circumstances(connection)
        rows = load(connection, query)
        attempts = dict(
            connection.execute(
                select(ATTEMPTS.c.delivery, func.count()).group_by(ATTEMPTS.c.delivery)
            )
            .tuples()
            .all()
        )
        return [
            Queued(
                delivery=row,
                approved_by=approved_by(row, known),
                blockers=blockers(connection, row, house, known, now),
                attempts=attempts.get(row.id, 0),
            )
            for row in rows
        ]
