"""The record: append-only events, each chained to the one before by SHA-256.

No subscriber's address, name or text goes in; only ids, states and reasons.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, Connection, LargeBinary, Row, String, cast, func, insert, select

from jposocial.model import canonical_json
from jposocial.store.tables import EVENTS, Instant, instant_text

#: The types of columns that hold text.
_TEXTS: Final = (Instant, JSON, String)

#: What the first event is chained to.
GENESIS: Final = "0" * 64

_NEWEST: Final = select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
_ADD: Final = insert(EVENTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    ok: bool
    rows: int
    head: str
    #: The `seq` of the first row that does not fit, or None.
    broken_at: int | None = None
    #: Whether every row fits, and the head that was noted earlier is not among them.
    cut: bool = False


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
    seq, previous = head(connection)
    values = {
        "seq": seq + 1,
        "at": at.astimezone(UTC),
        "event": event,
        "delivery": delivery,
        "account": account,
        "post": post,
        "actor": actor,
        "detail": detail,
        "previous": previous,
    }
    connection.execute(_ADD, {**values, "hash": _hash(values)})


def head(connection: Connection) -> tuple[int, str]:
    """The number and the hash of the newest event; 0 and `GENESIS` where there is none."""
    row = connection.execute(_NEWEST).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def last(connection: Connection) -> int:
    """The number of the newest event; 0 where there is none."""
    return connection.execute(select(func.max(EVENTS.c.seq))).scalar() or 0


def _hash(values: Mapping[str, Any]) -> str:
    shown = {**values, "at": values["at"].isoformat()}
    return hashlib.sha256(canonical_json(shown)).hexdigest()


def verify(connection: Connection, head: str | None = None) -> Verdict:
    """Walk the chain; names the first row that was changed, removed or put elsewhere.

    `head` is one that was noted earlier: a chain without it had its end cut off, or is another
    one; it is broken where it goes on no further.
    """
    previous, count = GENESIS, 0
    seen = head in (None, GENESIS)
    for row in connection.execute(_AS_STORED):
        count += 1
        stored = _text_of(row)
        if row.seq != count or stored["previous"] != previous or not _fits(stored):
            return Verdict(ok=False, rows=count, head=previous, broken_at=row.seq)
        previous = stored["hash"]
        seen = seen or previous == head
    if not seen:
        return Verdict(ok=False, rows=count, head=previous, broken_at=count + 1, cut=True)
    return Verdict(ok=True, rows=count, head=previous)


#: The bytes of every text: what was tampered with may be no UTF-8, no JSON and no instant.
_AS_STORED: Final = select(
    *(
        cast(c, LargeBinary).label(c.name) if isinstance(c.type, _TEXTS) else c
        for c in EVENTS.columns
    )
).order_by(EVENTS.c.seq)


def _text_of(row: Row[Any]) -> dict[str, Any]:
    return {
        key: value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
        for key, value in row._mapping.items()
    }


def _fits(stored: Mapping[str, Any]) -> bool:
    """Whether a row is, to the letter, what `append` wrote with that hash."""
    covered = {key: value for key, value in stored.items() if key != "hash"}
    try:
        at, detail = datetime.fromisoformat(stored["at"]), json.loads(stored["detail"])
        written = {"at": instant_text(at), "detail": json.dumps(detail)}
        right = _hash(covered | {"at": at, "detail": detail})
    except (TypeError, ValueError, OverflowError):
        return False
    return covered == covered | written and stored["hash"] == right
