"""Who is never to be mailed: append-only, and it outranks every import.

The address itself is not kept, but a mark of it: HMAC-SHA256 with a key of this database. So an
erased subscriber stays suppressed, and nobody can read from the list who is on it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from jposocial.store.mail_tables import SUPPRESSIONS
from jposocial.store.tables import META

#: Of every list.
EVERY: Final = "*"

_KEY: Final = "suppression_key"


class Marker:
    """Makes the marks; the key is read once for many.

    Only who suppresses makes the key: where there is none, nobody is suppressed.
    """

    def __init__(self, connection: Connection, *, make: bool = False) -> None:
        found = connection.execute(select(META.c.value).where(META.c.name == _KEY)).scalar()
        if found is None:
            found = secrets.token_hex(32)
            if make:
                connection.execute(insert(META).values(name=_KEY, value=found))
        self._key = bytes.fromhex(found)

    def mark(self, key: str) -> str:
        return hmac.new(self._key, key.encode("utf-8"), hashlib.sha256).hexdigest()


def suppress(
    connection: Connection, name: str, key: str, reason: str, *, by: str, at: datetime
) -> None:
    """Never mail this address on the list of that name (`*`: on none), for this reason."""
    mark = Marker(connection, make=True).mark(key)
    connection.execute(
        insert(SUPPRESSIONS).values(list=name, mark=mark, reason=reason, at=at, by=by)
    )


def suppressed(connection: Connection, name: str) -> dict[str, str]:
    """Mark → reason, of all that hold on that list."""
    query = (
        select(SUPPRESSIONS.c.mark, SUPPRESSIONS.c.reason)
        .where(SUPPRESSIONS.c.list.in_((name, EVERY)))
        .order_by(SUPPRESSIONS.c.id)
    )
    last: dict[str, str] = dict(connection.execute(query).tuples().all())
    return {mark: reason for mark, reason in last.items() if reason != "lifted"}


def why_suppressed(connection: Connection, name: str, key: str) -> str | None:
    """The reason that holds on that list; None: the address may be mailed."""
    query = (
        select(SUPPRESSIONS.c.reason)
        .where(
            SUPPRESSIONS.c.mark == Marker(connection).mark(key),
            SUPPRESSIONS.c.list.in_((name, EVERY)),
        )
        .order_by(SUPPRESSIONS.c.id.desc())
        .limit(1)
    )
    found: str | None = connection.execute(query).scalar()
    return None if found == "lifted" else found
