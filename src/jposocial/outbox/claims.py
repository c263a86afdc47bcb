"""Claiming a delivery: intent before bytes, in one short transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, insert, or_, select

from jposocial.model import Change, Status
from jposocial.outbox.blockers import House, blockers, circumstances
from jposocial.outbox.delivery import Delivery, load, load_one
from jposocial.outbox.holds import lock_brake
from jposocial.outbox.notes import note
from jposocial.outbox.states import advance
from jposocial.store.engine import reading
from jposocial.store.tables import ACCOUNTS, ATTEMPTS, DELIVERIES, OPEN_ROWS

#: A claim lasts twice the total time of one request; every proof renews it.
LEASE_FACTOR: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimer:
    """The process that claims: enough to tell later whether it still lives."""

    host: str
    pid: int
    #: When the process started, in a form that no other process on the host ever has.
    process: str


def due(engine: Engine, now: datetime) -> list[tuple[int, str]]:
    """What is scheduled, due, and not told to wait, earliest first: its id and its account.

    No more than that: after an outage there may be hundreds, and a beat starts a few of them.
    """
    c = DELIVERIES.c
    query = (
        select(c.id, c.account)
        .where(
            c.status == Status.SCHEDULED, c.due <= now, or_(c.retry_at.is_(None), c.retry_at <= now)
        )
        .order_by(c.due, c.id)
    )
    with reading(engine) as connection:
        return [(row.id, row.account) for row in connection.execute(query)]


def next_instant(engine: Engine, now: datetime) -> datetime | None:
    """When the next row falls due, may be tried again, expires, or is to be looked for."""
    c = DELIVERIES.c
    with reading(engine) as connection:
        rows = connection.execute(
            select(c.due, c.retry_at, c.expires).where(c.status == Status.SCHEDULED)
        ).all()
        looks = (
            connection.execute(
                select(c.look_after).where(OPEN_ROWS, c.status == Status.UNCONFIRMED)
            )
            .scalars()
            .all()
        )
    instants = [i for row in rows for i in row if i is not None and i > now]
    instants += [look for look in looks if look is not None and look > now]
    return min(instants) if instants else None


def lapse_expired(engine: Engine, now: datetime, actor: str) -> list[int]:
    """Every scheduled row past its `expires` becomes `missed`; returns their ids."""
    query = select(DELIVERIES).where(
        DELIVERIES.c.status == Status.SCHEDULED, DELIVERIES.c.expires <= now
    )
    with reading(engine) as connection:
        if not load(connection, query.limit(1)):
            return []
    with engine.begin() as connection:
        rows = [
            row for row in load(connection, query.order_by(DELIVERIES.c.id)) if not row.has_accepted
        ]
        for row in rows:
            _lapse(connection, row, now, actor)
    return [row.id for row in rows]


def _lapse(connection: Connection, row: Delivery, now: datetime, actor: str) -> None:
    advance(connection, row, Change.LAPSE, detail="expired")
    note(
        connection,
        "delivery.missed",
        row,
        at=now,
        actor=actor,
        reason="expired",
    )


def claim(
    engine: Engine, delivery: int, house: House, claimer: Claimer, *, now: datetime, actor: str
) -> Delivery | None:
    """Take a due delivery for publishing; None where it may not go now.

    Commits: status `publishing`, epoch + 1, lease, an attempt. Only then may bytes go out.
    """
    with engine.begin() as connection:
        lock_brake(connection, share=True)
        connection.execute(select(ACCOUNTS.c.name).with_for_update())
        row = load_one(connection, delivery)
        if row is None or not _may_go(connection, row, house, now):
            return None
        timeout = house.accounts[row.account].timeout
        taken = advance(
            connection, row, Change.CLAIM,
            epoch=row.epoch + 1, started=row.started or now, out_at=now, retry_at=None,
            lease_until=now + LEASE_FACTOR * timeout, detail="",
            claim_host=claimer.host, claim_pid=claimer.pid, claim_process=claimer.process,
        )  # fmt: skip
        if not taken:
            return None
        connection.execute(
            insert(ATTEMPTS).values(
                delivery=row.id,
                epoch=row.epoch + 1,
                started=now,
                host=claimer.host,
                pid=claimer.pid,
                process=claimer.process,
            )
        )
        note(
            connection,
            "delivery.claimed",
            row,
            at=now,
            actor=actor,
            epoch=row.epoch + 1,
            payload_hash=row.payload_hash,
        )
        return load_one(connection, delivery)


def _may_go(connection: Connection, row: Delivery, house: House, now: datetime) -> bool:
    if row.status is not Status.SCHEDULED or row.due > now or (row.retry_at and row.retry_at > now):
        return False
    if row.expires <= now and not row.has_accepted:
        return False
    return not blockers(connection, row, house, circumstances(connection, row.id), now)


def would_go(engine: Engine, delivery: int, house: House, now: datetime) -> bool:
    """Whether only its account may still keep it from going: worth asking who we are."""
    with reading(engine) as connection:
        row = load_one(connection, delivery)
        if row is None:
            return False
        found = blockers(connection, row, house, circumstances(connection, row.id), now)
    return not set(found) - {"account"}


def orphans(
    engine: Engine, now: datetime, host: str, living: Collection[tuple[int, str]]
) -> list[Delivery]:
    """Rows whose claimer on this host is dead, or whose lease is over.

    `living` are the (pid, process) of this host's claimers that are still there.
    """
    return [row for row in publishing(engine) if _orphaned(row, now, host, living)]


def publishing(engine: Engine) -> list[Delivery]:
    query = select(DELIVERIES).where(OPEN_ROWS, DELIVERIES.c.status == Status.PUBLISHING)
    with reading(engine) as connection:
        return load(connection, query)


def _orphaned(row: Delivery, now: datetime, host: str, living: Collection[tuple[int, str]]) -> bool:
    if row.claim_host == host and (row.claim_pid, row.claim_process) not in living:
        return True
    return row.lease_until is not None and row.lease_until <= now


def doubt_orphans(
    engine: Engine, rows: Iterable[Delivery], *, now: datetime, actor: str
) -> list[int]:
    """Whether they were sent nobody knows: `unconfirmed`, to be looked for at once."""
    doubted = []
    with engine.begin() as connection:
        for row in rows:
            if advance(
                connection, row, Change.DOUBT, looks=0, look_after=now, detail="claimer gone"
            ):
                note(
                    connection,
                    "delivery.unconfirmed",
                    row,
                    at=now,
                    actor=actor,
                    epoch=row.epoch,
                    reason="claimer gone",
                )
                doubted.append(row.id)
    return doubted


#: So much longer at most, so that what failed together does not come back together.
JITTER: Final = 0.25


def backoff(attempts: int, chance: float) -> timedelta:
    """How long to wait after the n-th attempt: 1, 2, 4 … 32 minutes, by `chance` (0 to 1) longer."""
    minutes = 2 ** min(max(attempts - 1, 0), 5)
    return timedelta(minutes=minutes * (1 + JITTER * chance))
