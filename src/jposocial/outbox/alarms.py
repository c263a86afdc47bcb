"""What people must be told of, and what they were told: each cause once to each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, text

from jposocial.model import Status
from jposocial.outbox.delivery import Delivery, load
from jposocial.outbox.meta import BEAT
from jposocial.store import audit
from jposocial.store.engine import reading
from jposocial.store.tables import ACCOUNTS, ALARMS, DELIVERIES, EVENTS, META

#: The first word of a cause that ends when its account goes again: then it may be said anew.
_ACCOUNT: Final = "account:"

#: The cause that stops all live accounts; no account is called like this.
_COPY: Final = f"{_ACCOUNT}:copy"

#: So long it is kept that a day's list was mailed: longer than a clock is ever set back.
_KEPT: Final = timedelta(days=60)

#: As the partial indexes have them: SQLite recognises the words, not a parameter.
_UNSETTLED: Final = (text("status = 'unconfirmed'"), text("status IN ('failed', 'missed')"))
_ALARMING: Final = text("event IN ('beat.resumed', 'delivery.doubled')")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One thing that somebody must know; `key` is its name for ever."""

    key: str
    #: unconfirmed, failed, missed, doubled, account, copy or beat.
    kind: str
    delivery: Delivery | None = None
    account: str = ""
    #: The platform's own words, or the addresses of a post that is out twice.
    detail: str = ""
    #: Of a beat: from when it stood still, and until when where that is over.
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What was mailed: (cause, recipient)."""

    pairs: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def has(self, cause: str, recipient: str) -> bool:
        return (cause, recipient) in self.pairs


def told(engine: Engine) -> Told:
    with reading(engine) as connection:
        rows = connection.execute(select(ALARMS.c.cause, ALARMS.c.recipient))
        return Told(pairs=frozenset((row.cause, row.recipient) for row in rows))


def tell(
    engine: Engine, causes: Sequence[str], recipient: str, *, event: str, now: datetime, actor: str
) -> None:
    """`recipient` has been mailed about `causes`; the record says so without the address."""
    with engine.begin() as connection:
        _forget(connection, [(cause, recipient) for cause in causes])
        connection.execute(
            delete(ALARMS).where(ALARMS.c.cause.like("evening:%"), ALARMS.c.said_at < now - _KEPT)
        )
        connection.execute(
            insert(ALARMS),
            [{"cause": cause, "recipient": recipient, "said_at": now} for cause in causes],
        )
        audit.append(connection, event, at=now, actor=actor, causes=list(causes))


def of_a_copy(live: Collection[str], why: str) -> Cause:
    """Nothing goes out on the `live` accounts from here: the workspace is another's."""
    return Cause(key=_COPY, kind="copy", account=", ".join(sorted(live)), detail=why)


def mended(engine: Engine, said: Told, current: Iterable[Cause]) -> None:
    """An account that goes again may be told of anew when it stops once more."""
    still = {cause.key for cause in current}
    over = [pair for pair in said.pairs if pair[0].startswith(_ACCOUNT) and pair[0] not in still]
    if over:
        with engine.begin() as connection:
            _forget(connection, over)


def _forget(connection: Connection, pairs: Iterable[tuple[str, str]]) -> None:
    for cause, recipient in pairs:
        connection.execute(
            delete(ALARMS).where(ALARMS.c.cause == cause, ALARMS.c.recipient == recipient)
        )


def causes(
    engine: Engine,
    accounts: Collection[str],
    *,
    now: datetime,
    patience: timedelta,
    stopped: timedelta,
    known: Collection[str] = (),
) -> list[Cause]:
    """All that is so now, worst first; of what is in `known`, only whether it still is.

    An unconfirmed delivery that has not been looked for yet has so much `patience`: the next look
    may settle it. `stopped` is how long a beat may take to be completed; 0: it is not watched.
    """
    with reading(engine) as connection:
        found = [
            *_beats(connection, now, stopped),
            *_happened(connection, known),
            *_stopped_accounts(connection, accounts),
            *_unsettled(connection, now, patience, known),
        ]
    return list({cause.key: cause for cause in found}.values())


def _unsettled(
    connection: Connection, now: datetime, patience: timedelta, known: Collection[str]
) -> Iterator[Cause]:
    c = DELIVERIES.c
    rows = [
        row
        for condition in _UNSETTLED
        for row in connection.execute(
            select(c.id, c.status, c.epoch, c.expires, c.looks, c.look_after).where(condition)
        )
        if _key(row) not in known and not _may_settle(row, now, patience)
    ]
    keys = {row.id: _key(row) for row in rows}
    for start in range(0, len(rows), 500):
        ids = [row.id for row in rows[start : start + 500]]
        for d in load(connection, select(DELIVERIES).where(c.id.in_(ids)).order_by(c.due, c.id)):
            yield Cause(key=keys[d.id], kind=str(d.status), delivery=d, detail=d.detail)


def _key(row: Row[Any]) -> str:
    """Another one for each time that the delivery ends like this."""
    if row.status == Status.MISSED:
        return f"missed:{row.id}:{row.epoch}:{row.expires:%Y%m%dT%H%M%S}"
    return f"{row.status}:{row.id}:{row.epoch}"


def _may_settle(row: Row[Any], now: datetime, patience: timedelta) -> bool:
    unseen = row.status == Status.UNCONFIRMED and row.looks == 0 and row.look_after is not None
    return unseen and timedelta() <= now - row.look_after < patience


def _stopped_accounts(connection: Connection, accounts: Collection[str]) -> Iterator[Cause]:
    query = select(ACCOUNTS.c.name, ACCOUNTS.c.suspended).where(ACCOUNTS.c.suspended != "")
    for row in connection.execute(query.order_by(ACCOUNTS.c.name)):
        if row.name in accounts:
            key = f"{_ACCOUNT}{row.name}"
            yield Cause(key=key, kind="account", account=row.name, detail=row.suspended)


def _happened(connection: Connection, known: Collection[str]) -> Iterator[Cause]:
    """What the record tells of once: a post that is out twice, a beat that had stopped."""
    for event in connection.execute(select(EVENTS).where(_ALARMING).order_by(EVENTS.c.seq)):
        found = _doubled(event) if event.event == "delivery.doubled" else _resumed(event)
        if found.key not in known:
            yield found


def _doubled(event: Row[Any]) -> Cause:
    urls = " ".join(receipt["url"] for receipt in event.detail["receipts"])
    return Cause(
        key=f"doubled:{event.seq}",
        kind="doubled",
        account=event.account,
        detail=f"{event.delivery} {event.post} {urls}",
    )


def _resumed(event: Row[Any]) -> Cause:
    since = datetime.fromisoformat(event.detail["since"])
    return Cause(key=_beat_key(since), kind="beat", since=since, until=event.at)


def _beats(connection: Connection, now: datetime, stopped: timedelta) -> Iterator[Cause]:
    last = last_beat(connection)
    if last and stands_still(last, now, stopped):
        yield Cause(key=_beat_key(last), kind="beat", since=last)


def _beat_key(last: datetime) -> str:
    return f"beat:{last:%Y%m%dT%H%M%S}"


def last_beat(connection: Connection) -> datetime | None:
    """When the last beat was completed; None: none ever was."""
    value = connection.execute(select(META.c.value).where(META.c.name == BEAT)).scalar()
    return datetime.fromisoformat(value) if value else None


def stands_still(last: datetime, now: datetime, stopped: timedelta) -> bool:
    """A beat of the future is one before the clock was set back: it proves nothing of now."""
    return bool(stopped) and abs(now - last) > stopped


def note_resumed(engine: Engine, stopped: timedelta, *, now: datetime, actor: str) -> None:
    """Before the first beat: where the last one is too long ago, the record keeps that it was."""
    with reading(engine) as connection:
        last = last_beat(connection)
    if last and stands_still(last, now, stopped):
        with engine.begin() as connection:
            audit.append(connection, "beat.resumed", at=now, actor=actor, since=last.isoformat())


def unsettled_counts(connection: Connection) -> dict[str, int]:
    """Status → how many deliveries wait for somebody to settle them."""
    query = select(DELIVERIES.c.status, func.count()).group_by(DELIVERIES.c.status)
    return {
        str(status): int(count)
        for condition in _UNSETTLED
        for status, count in connection.execute(query.where(condition))
    }
