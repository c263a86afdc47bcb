"""Subscribers: who consented to what, when, and who has left.

A list is for one purpose, for ever. The address is the key: nobody is twice on a list. Whoever has
left comes back by their own confirmation alone; an import never brings anybody back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.newsletter.addresses import Address
from jposocial.newsletter.suppression import EVERY, Marker, suppress, suppressed
from jposocial.outbox.promise import new_id
from jposocial.store import audit
from jposocial.store.mail_tables import CONSENTS, LEDGER, LISTS, SUBSCRIBERS

#: So often in a row a mail may come back for now before its address counts as dead.
SOFT_BOUNCES: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """One address on one list."""

    id: int
    list: str
    address: str
    key: str
    name: str
    lang: str
    #: pending (asked, not confirmed), active, left or bounced.
    status: str
    token: str
    since: datetime
    soft_bounces: int

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """The evidence of a consent: `step` is declared, asked or confirmed."""

    step: str
    at: datetime
    source: str
    wording: str


def require_purpose(connection: Connection, name: str, purpose: str) -> None:
    """Raises Refused (E18) where the list was made for another purpose."""
    found = connection.execute(select(LISTS.c.purpose).where(LISTS.c.name == name)).scalar()
    if found is not None and found != purpose:
        raise Refused(
            msg(
                "E18: the list '{name}' was made for '{found}', not for '{purpose}': its readers consented to that alone; use another list",
                name=name,
                found=found,
                purpose=purpose,
            )
        )


def open_list(connection: Connection, name: str, purpose: str, at: datetime) -> None:
    """The list of that name, made where there is none. Raises Refused (E18)."""
    require_purpose(connection, name, purpose)
    if not connection.execute(select(LISTS.c.name).where(LISTS.c.name == name)).first():
        connection.execute(insert(LISTS).values(name=name, purpose=purpose, since=at))


def audience(connection: Connection, name: str) -> list[Subscriber]:
    """Who gets an issue of that list now, in the order of their keys; nobody suppressed."""
    marker, gone = Marker(connection), suppressed(connection, name)
    query = (
        select(SUBSCRIBERS)
        .where(SUBSCRIBERS.c.list == name, SUBSCRIBERS.c.status == "active")
        .order_by(SUBSCRIBERS.c.key)
    )
    rows = (Subscriber(**row._mapping) for row in connection.execute(query))
    return [one for one in rows if marker.mark(one.key) not in gone]


def every(
    connection: Connection, name: str | None = None, status: str | None = None
) -> Iterator[Subscriber]:
    """Everybody in the table, by list and key; read in slices."""
    query = select(SUBSCRIBERS).order_by(SUBSCRIBERS.c.list, SUBSCRIBERS.c.key)
    if name:
        query = query.where(SUBSCRIBERS.c.list == name)
    if status:
        query = query.where(SUBSCRIBERS.c.status == status)
    for row in connection.execution_options(yield_per=500).execute(query):
        yield Subscriber(**row._mapping)


def find(connection: Connection, name: str, key: str) -> Subscriber | None:
    return _first(connection, SUBSCRIBERS.c.list == name, SUBSCRIBERS.c.key == key)


def by_token(connection: Connection, token: str) -> Subscriber | None:
    return _first(connection, SUBSCRIBERS.c.token == token)


def _first(connection: Connection, *conditions: Any) -> Subscriber | None:
    row = connection.execute(select(SUBSCRIBERS).where(*conditions)).first()
    return Subscriber(**row._mapping) if row else None


def enter(
    connection: Connection,
    name: str,
    address: Address,
    consent: Consent,
    *,
    person: str,
    lang: str,
    status: str,
    by: str,
    at: datetime,
) -> Subscriber:
    """A new subscriber with the evidence; the caller has looked for an earlier one."""
    result = connection.execute(
        insert(SUBSCRIBERS).values(
            list=name, address=address.address, key=address.key, name=person, lang=lang,
            status=status, token=new_token(), since=at,
        )
    )  # fmt: skip
    subscriber = new_id(result)
    add_consent(connection, subscriber, consent, by)
    found = _first(connection, SUBSCRIBERS.c.id == subscriber)
    assert found is not None  # noqa: S101  it was inserted in this transaction
    return found


def new_token() -> str:
    """22 characters of 128 bits, in no address and no other token."""
    return secrets.token_urlsafe(16)


def add_consent(connection: Connection, subscriber: int, consent: Consent, by: str) -> None:
    connection.execute(
        insert(CONSENTS).values(
            subscriber=subscriber, step=consent.step, at=consent.at, source=consent.source,
            wording=consent.wording, by=by,
        )
    )  # fmt: skip


def consents(connection: Connection, subscriber: int) -> list[Consent]:
    query = select(CONSENTS).where(CONSENTS.c.subscriber == subscriber).order_by(CONSENTS.c.id)
    return [
        Consent(step=row.step, at=row.at, source=row.source, wording=row.wording)
        for row in connection.execute(query)
    ]


def confirm(
    connection: Connection, token: str, *, source: str, by: str, at: datetime
) -> Subscriber | None:
    """The person's own word: the one thing that lifts a suppression. None: no such token."""
    found = by_token(connection, token)
    if found is None:
        return None
    if found.status != "active":
        _set(connection, found.id, status="active", soft_bounces=0)
        add_consent(
            connection, found.id,
            Consent(step="confirmed", at=at, source=source, wording=_last_wording(connection, found)), by,
        )  # fmt: skip
        suppress(connection, found.list, found.key, "lifted", by=by, at=at)
        _note(connection, "subscriber.confirmed", found, by, at)
    return by_token(connection, token)


def _last_wording(connection: Connection, found: Subscriber) -> str:
    asked = consents(connection, found.id)
    return asked[-1].wording if asked else ""


def leave(connection: Connection, token: str, *, by: str, at: datetime) -> Subscriber | None:
    """Take the reader off the list, at once and for good; twice is once. None: no such token."""
    found = by_token(connection, token)
    if found is not None and found.status != "left":
        remove(connection, found, "left", by=by, at=at)
    return found and by_token(connection, token)


def remove(
    connection: Connection, found: Subscriber, reason: str, *, by: str, at: datetime
) -> None:
    """Off the list for `reason`: left, removed, bounced or complained."""
    _set(connection, found.id, status="bounced" if reason == "bounced" else "left")
    suppress(connection, found.list, found.key, reason, by=by, at=at)
    _note(connection, f"subscriber.{reason}", found, by, at)


def note_bounce(connection: Connection, token: str, *, hard: bool, by: str, at: datetime) -> bool:
    """A mail came back; an address that is dead, or was away too often, is not mailed again.

    Says whether it was taken off the list.
    """
    found = by_token(connection, token)
    if found is None or found.status != "active":
        return False
    if not hard and found.soft_bounces + 1 < SOFT_BOUNCES:
        _set(connection, found.id, soft_bounces=found.soft_bounces + 1)
        return False
    remove(connection, found, "bounced", by=by, at=at)
    return True


def note_arrived(connection: Connection, ids: Iterable[int]) -> None:
    """The mail server took their mails: what came back before is forgiven."""
    connection.execute(
        update(SUBSCRIBERS)
        .where(SUBSCRIBERS.c.id.in_(list(ids)), SUBSCRIBERS.c.soft_bounces > 0)
        .values(soft_bounces=0)
    )


def erase(connection: Connection, address: Address, *, by: str, at: datetime) -> int:
    """Everything personal of an address is deleted, on every list and in every ledger.

    What stays is a mark that nobody can read back, so that no import brings them again. Returns
    how many subscriptions there were.
    """
    rows = connection.execute(
        select(SUBSCRIBERS.c.id, SUBSCRIBERS.c.list).where(SUBSCRIBERS.c.key == address.key)
    ).all()
    ids = [row.id for row in rows]
    connection.execute(delete(CONSENTS).where(CONSENTS.c.subscriber.in_(ids)))
    connection.execute(delete(SUBSCRIBERS).where(SUBSCRIBERS.c.id.in_(ids)))
    _blank(connection, address.key)
    suppress(connection, EVERY, address.key, "erased", by=by, at=at)
    audit.append(
        connection, "subscriber.erased", at=at, actor=by, subscribers=ids,
        lists=sorted({row.list for row in rows}),
    )  # fmt: skip
    return len(ids)


def _blank(connection: Connection, key: str) -> None:
    """The ledgers keep their rows and their sums, without who it was."""
    query = select(LEDGER.c.id, LEDGER.c.state).where(LEDGER.c.key == key)
    for row in connection.execute(query).all():
        state = {"pending": "suppressed", "deferred": "suppressed"}.get(row.state, row.state)
        connection.execute(
            update(LEDGER)
            .where(LEDGER.c.id == row.id)
            .values(
                address="", key=f"erased:{row.id}", domain="", name="", token="",
                reply="", state=state, retry_at=None,
            )
        )  # fmt: skip


def _set(connection: Connection, subscriber: int, **values: Any) -> None:
    connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == subscriber).values(**values))


def _note(connection: Connection, event: str, found: Subscriber, by: str, at: datetime) -> None:
    """Without the address: the record is never erased."""
    audit.append(connection, event, at=at, actor=by, subscriber=found.id, list=found.list)
