"""What was published in a period, part by part, with whose consent: for the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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

    #: Whether what is stored is what the chained record tells of: payload, number and address.
    unaltered: bool


def filed(
    connection: Connection, start: datetime, end: datetime
) -> tuple[list[Filed], Sequence[Row[Any]]]:
    """Every part accepted from `start` to before `end`, in order of time; and what the record
    tells of their deliveries."""
    p, d = PARTS.c, DELIVERIES.c
    ids = select(p.delivery).where(p.accepted_at >= start, p.accepted_at < end)
    rows = load(connection, select(DELIVERIES).where(d.id.in_(ids)).order_by(d.id))
    events = _history(connection, [row.id for row in rows])
    told = _by_delivery(events)
    found = [
        _filed(row, part, part.accepted_at, told[row.id])
        for row in rows
        for part in row.parts
        if part.accepted_at and start <= part.accepted_at < end
    ]
    found.sort(key=lambda one: (one.accepted_at, one.delivery.id, one.part.number))
    return found, events


def _by_delivery(events: Iterable[Row[Any]]) -> Mapping[int, Sequence[Row[Any]]]:
    told: dict[int, list[Row[Any]]] = defaultdict(list)
    for event in events:
        told[event.delivery].append(event)
    return told


def _filed(row: Delivery, part: StoredPart, at: datetime, told: Sequence[Row[Any]]) -> Filed:
    consents = [
        e
        for e in told
        if e.event == "delivery.approved" and e.detail.get("payload_hash") == row.payload_hash
    ]
    return Filed(
        delivery=row,
        part=part,
        accepted_at=at,
        approver=consents[-1].actor if consents else None,
        approved_at=consents[-1].at if consents else None,
        unaltered=_is_promised(row, told) and (part.remote_id, part.url or "") in _proofs(told),
    )


def _is_promised(row: Delivery, told: Sequence[Row[Any]]) -> bool:
    """Whether the stored payload is the one that was claimed for publishing."""
    account = Account(
        name=row.account, platform=row.platform, handle=row.handle, mode=cast("Mode", row.mode)
    )
    fresh = payload_hash(account, row.content(), row.window_start, row.expires)
    claimed = {e.detail["payload_hash"] for e in told if e.event == "delivery.claimed"}
    return fresh == row.payload_hash and fresh in claimed


def _proofs(told: Sequence[Row[Any]]) -> set[tuple[str, str]]:
    """(number, address) of every proof that the platform has given."""
    shown = [proof for e in told for proof in e.detail.get("receipts", ())]
    shown += [e.detail["ids"] for e in told if e.event == "step.proved"]
    return {(one["id"], one.get("url", "")) for one in shown if "id" in one}


def _history(connection: Connection, deliveries: Collection[int]) -> Sequence[Row[Any]]:
    """The record's events about those deliveries, in their order."""
    wanted = sorted(deliveries)
    found: list[Row[Any]] = []
    # In slices: SQLite takes a limited number of parameters in one statement.
    for start in range(0, len(wanted), 500):
        query = select(EVENTS).where(EVENTS.c.delivery.in_(wanted[start : start + 500]))
        found += connection.execute(query).all()
    return sorted(found, key=lambda row: row.seq)
