"""Whether the office works: when the last beat was completed, and what is overdue.

Not whether a process lives: one that hangs lives too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from jposocial.model import Status
from jposocial.outbox.delivery import Delivery, load
from jposocial.outbox.holds import Hold, active
from jposocial.outbox.meta import BEAT, set_meta
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES, META, instant_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """The outbox at a glance; None where there was no beat, or where nothing is overdue."""

    beat_age: timedelta | None = None
    #: The delivery that should have gone out the longest time ago, whatever it waits for.
    overdue: Delivery | None = None
    overdue_for: timedelta | None = None
    #: What goes out next, if nothing keeps it.
    upcoming: Delivery | None = None
    holds: Sequence[Hold] = ()
    #: Every status, also of what there is none of.
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, Status), 0))


def beat_completed(engine: Engine, now: datetime) -> None:
    """Every beat ends with this; what raised before is no completed beat."""
    with engine.begin() as connection:
        set_meta(connection, BEAT, instant_text(now))


def pulse(engine: Engine, now: datetime) -> Pulse:
    """One reading, of one moment of the database."""
    with reading(engine) as connection:
        overdue = _first(connection, DELIVERIES.c.due <= now)
        return Pulse(
            beat_age=_age(_last_beat(connection), now),
            overdue=overdue,
            overdue_for=_age(overdue.due if overdue else None, now),
            upcoming=_first(connection, DELIVERIES.c.due > now),
            holds=active(connection),
            counts=_counts(connection),
        )


def _last_beat(connection: Connection) -> datetime | None:
    text = connection.execute(select(META.c.value).where(META.c.name == BEAT)).scalar()
    return datetime.fromisoformat(text) if text else None


def _age(since: datetime | None, now: datetime) -> timedelta | None:
    """Never below nothing: the clock may have been set back since."""
    return None if since is None else max(now - since, timedelta())


def _first(connection: Connection, condition: ColumnElement[bool]) -> Delivery | None:
    c = DELIVERIES.c
    query = select(DELIVERIES).where(c.status == Status.SCHEDULED, condition)
    return next(iter(load(connection, query.order_by(c.due, c.id).limit(1))), None)


def _counts(connection: Connection) -> dict[str, int]:
    query = select(DELIVERIES.c.status, func.count()).group_by(DELIVERIES.c.status)
    found = {Status(status): int(count) for status, count in connection.execute(query)}
    return {str(status): found.get(status, 0) for status in Status}
