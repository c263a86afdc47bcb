"""The record: append-only events, each chained to the one before by SHA-256.

No subscriber's address, name or text goes in; only ids, states and reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select

from jposocial.model import canonical_json
from jposocial.store.tables import EVENTS

#: What the first event is chained to.
GENESIS: Final = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    ok: bool
    rows: int
    head: str
    #: The `seq` of the first row that does not fit, or None.
    broken_at: int | None = None


def append(
    connection: Connection,
    event: str,
    *,
    at: datetime,
    actor: str,
    delivery: int | None = None,
    account: str | None = None,
    post: str | None = None,
    **detail: Any,
) -> None:
    """Add one event, last in the caller's transaction, which holds the writer's lock."""
    last = connection.execute(
        select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
    ).first()
    values = {
        "seq": last.seq + 1 if last else 1,
        "at": at.astimezone(UTC),
        "event": event,
        "delivery": delivery,
        "account": account,
        "post": post,
        "actor": actor,
        "detail": detail,
        "previous": last.hash if last else GENESIS,
    }
    connection.execute(insert(EVENTS).values(**values, hash=_hash(values)))


def _hash(values: Mapping[str, Any]) -> str:
    shown = {**values, "at": values["at"].isoformat()}
    return hashlib.sha256(canonical_json(shown)).hexdigest()


def verify(connection: Connection) -> Verdict:
    """Walk the chain; names the first row that was changed, removed or put elsewhere."""
    previous, count = GENESIS, 0
    for row in connection.execute(select(EVENTS).order_by(EVENTS.c.seq)):
        count += 1
        if row.seq != count or row.previous != previous or row.hash != _hash(_covered(row)):
            return Verdict(ok=False, rows=count, head=previous, broken_at=row.seq)
        previous = row.hash
    return Verdict(ok=True, rows=count, head=previous)


def _covered(row: Row[Any]) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if key != "hash"}
