"""What a person does with a delivery: cancel, retry, resolve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.model import MAIL, Change, Receipt, Status, payload_hash
from jposocial.outbox.approvals import required, void
from jposocial.outbox.blockers import House
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.looks import receipt_ids
from jposocial.outbox.meta import forget_files
from jposocial.outbox.notes import note
from jposocial.outbox.promise import insert_delivery, limit, window
from jposocial.outbox.record import Outcome, confirm, disprove
from jposocial.outbox.states import advance
from jposocial.schedule.business_days import local_day
from jposocial.store.engine import reading
from jposocial.store.tables import ATTEMPTS, DELIVERIES, PARTS


def cancel(engine: Engine, delivery: int, *, by: str, now: datetime) -> Delivery:
    """Take a delivery out for good; only `retry` brings it back, as a new row.

    Raises Refused where part of it is out, TransitionError where it is final or under way.
    """
    with engine.begin() as connection:
        row = required(connection, delivery)
        if row.has_accepted:
            raise Refused(
                msg("{id}: part of it is published; it cannot be cancelled any more", id=row.id)
            )
        advance(connection, row, Change.CANCEL, cancelled_by="person", detail="cancelled")
        note(connection, "delivery.cancelled", row, at=now, actor=by, reason="person")
    return row


def retry(
    engine: Engine, delivery: int, house: House, *, at: datetime | None, by: str, now: datetime
) -> int:
    """Bring a failed, missed or cancelled delivery back; returns the id it has then.

    With `at` it gets a new window and needs a new approval. Raises Refused.
    """
    with engine.begin() as connection:
        row = required(connection, delivery)
        if row.account == MAIL:
            raise Refused(
                msg(
                    "{id}: an issue is brought back by 'jposocial newsletter freeze {post}'",
                    id=row.id,
                    post=row.post,
                )
            )
        if row.status is Status.CANCELLED:
            return _again(connection, row, house, at, by, now)
        if row.retraction:
            raise Refused(
                msg("{id}: it was retracted; write a new post, or a correction", id=row.id)
            )
        if row.status not in (Status.FAILED, Status.MISSED):
            raise Refused(
                msg(
                    "{id}: it is {status}; only failed, missed and cancelled ones are brought back",
                    id=row.id,
                    status=row.status,
                )
            )
        out_at = row.out_at if row.has_accepted else None
        values = {"by_retry": True, "retry_at": None, "out_at": out_at, "detail": ""}
        if at is None:
            _refuse_late(row, now)
        else:
            values |= _window(row, house, at, now)
            void(connection, row, by=by, now=now, reason="retry --at")
        advance(connection, row, Change.RETRY, **values)
        note(
            connection,
            "delivery.retried",
            row,
            at=now,
            actor=by,
            due=at.isoformat() if at else None,
        )
    return row.id


def _refuse_late(row: Delivery, now: datetime) -> None:
    # Of half a thread too: an attempt that begins after `expires` would be stopped at once.
    if row.status is Status.MISSED or row.expires <= now:
        raise Refused(
            msg(
                "{id}: its time is past; say when: jposocial retry {id} --at 'YYYY-MM-DD HH:MM'",
                id=row.id,
            )
        )


def _window(row: Delivery, house: House, at: datetime, now: datetime) -> dict[str, Any]:
    """The columns of the new window, its hash included. Raises Refused (E02, E20)."""
    account = house.accounts.get(row.account)
    if account is None:
        raise Refused(
            msg(
                "{id}: the account '{account}' is no longer configured",
                id=row.id,
                account=row.account,
            )
        )
    if at < now:
        raise Refused(msg("{id}: the time given is past", id=row.id))
    if row.not_after and at >= row.not_after:
        raise Refused(
            msg("{id}: E02: at that time its event, deadline or consent is over", id=row.id)
        )
    if row.names_day and local_day(at, house.calendar) != local_day(row.due, house.calendar):
        raise Refused(
            msg(
                "{id}: E20: the text names a day (本日, あとN日) and would be wrong on that day",
                id=row.id,
            )
        )
    end = limit(row.not_after, row.names_day, at, house.calendar)
    start, expires = window(at, min(at + row.grace, end) if end else at + row.grace, house.calendar)
    return {
        "due": at, "nominal": row.nominal, "window_start": start, "expires": expires,
        "payload_hash": payload_hash(account, row.content(), start, expires),
    }  # fmt: skip


def _again(
    connection: Connection, row: Delivery, house: House, at: datetime | None, by: str, now: datetime
) -> int:
    """A new row with a new id for a cancelled one, unapproved."""
    if row.replaced_by is not None or _alive(connection, row):
        raise Refused(
            msg("{id}: another delivery stands in its place; see 'jposocial queue'", id=row.id)
        )
    if at is None and row.expires <= now:
        raise Refused(
            msg(
                "{id}: its time is past; say when: jposocial retry {id} --at 'YYYY-MM-DD HH:MM'",
                id=row.id,
            )
        )
    kept = {c.name: getattr(row, c.name) for c in DELIVERIES.columns if c.name in _KEPT}
    kept |= _window(row, house, at, now) if at else {}
    parts = [{"text": p.text, "media": list(p.media)} for p in row.parts]
    new = insert_delivery(connection, kept | {"by_retry": True}, parts)
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(replaced_by=new))
    forget_files(connection)
    note(connection, "delivery.retried", row, at=now, actor=by, new=new)
    return new


_KEPT = frozenset({
    "mode", "account", "post", "moment", "occurrence", "round", "platform", "handle", "kind",
    "category", "path", "authors", "used", "cost_usd", "due", "nominal", "window_start", "expires",
    "not_after", "event_at", "grace_seconds", "names_day", "payload_hash",
})  # fmt: skip


def _alive(connection: Connection, row: Delivery) -> bool:
    c, slot = DELIVERIES.c, row.slot
    query = select(c.id).where(
        c.mode == slot.mode, c.account == slot.account, c.post == slot.post, c.moment == slot.moment,
        c.occurrence == slot.occurrence, c.round == slot.round, c.status != Status.CANCELLED,
    )  # fmt: skip
    return connection.execute(query).first() is not None


def resolve_published(
    engine: Engine, delivery: int, receipts: Sequence[Receipt], *, by: str, now: datetime
) -> Outcome:
    """A person has seen it on the timeline. Raises Refused where that post is known as another."""
    _require_unconfirmed(engine, delivery)
    with reading(engine) as connection:
        account = required(connection, delivery).account
    known = receipt_ids(engine, account)
    for receipt in receipts:
        if receipt.id in known:
            raise Refused(
                msg(
                    "{id}: {url} is already the proof of another post or part; copy the address of this one",
                    id=delivery,
                    url=receipt.url,
                )
            )
    return confirm(engine, delivery, receipts, now=now, actor=by, how="person")


def resolve_absent(
    engine: Engine, delivery: int, *, by: str, now: datetime, lives: Callable[[str, int, str], bool]
) -> Outcome:
    """A person has looked and it is not there. `lives(host, pid, process)` tells of claimers.

    Raises Refused while the process that claimed it lives, stopped included: it may still send,
    unless its worker itself has said that the attempt is over.
    """
    row = _require_unconfirmed(engine, delivery)
    with engine.connect() as connection:
        query = (
            select(ATTEMPTS)
            .where(ATTEMPTS.c.delivery == delivery)
            .order_by(ATTEMPTS.c.epoch.desc())
            .limit(1)
        )
        last = connection.execute(query).first()
    if (
        last is not None
        and row.ended_epoch != last.epoch
        and lives(last.host, last.pid, last.process)
    ):
        raise Refused(
            msg(
                "{id}: the process that was sending it (pid {pid} on {host}) still lives and may yet send; end it first",
                id=delivery,
                pid=last.pid,
                host=last.host,
            )
        )
    return disprove(engine, delivery, now=now, actor=by, how="person")


def _require_unconfirmed(engine: Engine, delivery: int) -> Delivery:
    with engine.connect() as connection:
        row = required(connection, delivery)
    if row.status is not Status.UNCONFIRMED:
        raise Refused(
            msg(
                "{id}: it is {status}; only unconfirmed ones are resolved",
                id=row.id,
                status=row.status,
            )
        )
    return row


def part_in_doubt(engine: Engine, delivery: int) -> int:
    """The number of the first part without a proof: parts go out one after the other."""
    query = (
        select(PARTS.c.number)
        .where(PARTS.c.delivery == delivery, PARTS.c.state != "accepted")
        .order_by(PARTS.c.number)
        .limit(1)
    )
    with reading(engine) as connection:
        return connection.execute(query).scalar() or 0
