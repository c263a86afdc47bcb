"""The outbox as people look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, func, select

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
    #: The ids of the holds that cover it; 0 is a flag's.
    holds: Sequence[int] = ()


def queue(
    engine: Engine,
    house: House,
    *,
    now: datetime,
    status: Status | None = None,
    ids: Sequence[int] | None = None,
    account: str | None = None,
    post: str | None = None,
    until: datetime | None = None,
) -> list[Queued]:
    """Every delivery, or those that fit all that is given, in the order (due, id).

    `post` finds the occurrences of a series that picked it too; `until` is the latest due time.
    """
    query = _chosen(status, ids, account, until)
    with reading(engine) as connection:
        known = circumstances(connection)
        rows = [
            row for row in load(connection, query) if post is None or post in (row.post, *row.used)
        ]
        flags = house.flags()
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
                holds=[hold.id for hold in (*known.holds, *flags) if hold.covers(row)],
            )
            for row in rows
        ]


def _chosen(
    status: Status | None,
    ids: Sequence[int] | None,
    account: str | None,
    until: datetime | None,
) -> Select[Any]:
    c = DELIVERIES.c
    query = select(DELIVERIES).order_by(c.due, c.id)
    query = query.where(c.status == status) if status else query
    query = query.where(c.id.in_(ids)) if ids is not None else query
    query = query.where(c.account == account) if account else query
    return query.where(c.due <= until) if until else query
