"""What was published in a period, part by part, with whose consent: for the archive."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, select

from jposocial.model import Account, Mode, payload_hash
from jposocial.outbox.delivery import Delivery, StoredPart, load
from jposocial.store.tables import DELIVERIES, EVENTS, PARTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Filed:
    """One part that the platform has accepted, whatever became of it since."""

    delivery: Delivery
    part: StoredPart
    accepted_at: datetime
    #: From the chained record; None where no approval was asked for.
    approver: str | None
    approved_at: datetime | None

    @property
    def unaltered(self) -> bool:
        """Whether what is stored is what was promised, byte for byte."""
        d = self.delivery
        account = Account(
            name=d.account, platform=d.platform, handle=d.handle, mode=cast("Mode", d.mode)
        )
        return payload_hash(account, d.content(), d.window_start, d.expires) == d.payload_hash


def filed(connection: Connection, start: datetime, end: datetime) -> list[Filed]:
    """Every part accepted from `start` to before `end`, in order of time."""
    p, d = PARTS.c, DELIVERIES.c
    ids = select(p.delivery).where(p.accepted_at >= start, p.accepted_at < end)
    rows = load(connection, select(DELIVERIES).where(d.id.in_(ids)).order_by(d.id))
    consents = _consents(history(connection, [row.id for row in rows]))
    found = [
        _filed(row, part, part.accepted_at, consents.get((row.id, row.payload_hash)))
        for row in rows
        for part in row.parts
        if part.accepted_at and start <= part.accepted_at < end
    ]
    return sorted(found, key=lambda one: (one.accepted_at, one.delivery.id, one.part.number))


def _filed(row: Delivery, part: StoredPart, at: datetime, consent: Row[Any] | None) -> Filed:
    return Filed(
        delivery=row,
        part=part,
        accepted_at=at,
        approver=consent.actor if consent else None,
        approved_at=consent.at if consent else None,
    )


def history(connection: Connection, deliveries: Collection[int]) -> Sequence[Row[Any]]:
    """The record's events about those deliveries, in their order."""
    wanted = sorted(deliveries)
    found: list[Row[Any]] = []
    # In slices: SQLite takes a limited number of parameters in one statement.
    for start in range(0, len(wanted), 500):
        query = select(EVENTS).where(EVENTS.c.delivery.in_(wanted[start : start + 500]))
        found += connection.execute(query).all()
    return sorted(found, key=lambda row: row.seq)


def _consents(events: Sequence[Row[Any]]) -> Mapping[tuple[int, str], Row[Any]]:
    """(delivery, payload hash) → its last approval."""
    return {
        (e.delivery, e.detail.get("payload_hash", "")): e
        for e in events
        if e.event == "delivery.approved"
    }
