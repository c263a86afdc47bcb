"""Recording how an attempt ended. Every outcome has exactly one place here.

sent             published            definite refusal      failed
surely not sent  scheduled, later     anything else         unconfirmed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select, update

from jposocial.errors import (
    Interrupted,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.model import Change, Receipt, Status
from jposocial.outbox.claims import backoff
from jposocial.outbox.delivery import Delivery, load_one
from jposocial.outbox.notes import note
from jposocial.outbox.states import advance, break_off
from jposocial.store import audit
from jposocial.store.tables import ACCOUNTS, DELIVERIES, EVENTS, PARTS

#: Between two looks at a timeline on which nothing was found.
LOOK_AGAIN: Final = timedelta(minutes=3)

#: After so many looks without a find, a person decides.
MOST_LOOKS: Final = 2

#: How it was proved that a delivery is not out: no first byte was ever allowed.
NOTHING_BEGUN: Final = "nothing begun"

#: A part of a thread was found; what comes after it never began.
REST_TO_COME: Final = "the rest is to come"

#: Without a word from the platform, so long until the next try.
RATE_PAUSE: Final = timedelta(minutes=15)

#: The longest window of any limit is a day: what says more is not believed.
LONGEST_PAUSE: Final = timedelta(hours=24)

#: Good credentials that may not post: nobody can mend that in less.
LASTING_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    delivery: int
    status: Status
    detail: str = ""


def accepted(
    engine: Engine, claimed: Delivery, receipts: Sequence[Receipt], *, now: datetime, actor: str
) -> Outcome:
    """The platform gave proof of every part."""
    with engine.begin() as connection:
        row = _ended(connection, claimed)
        if row.epoch == claimed.epoch and row.status is Status.PUBLISHING:
            advance(connection, row, Change.ACCEPT, out_at=now, detail="")
            _proved(connection, "delivery.published", row, receipts, now, actor)
            if {r.id for r in receipts} - {r.id for r in row.receipts}:
                # A worker given up before has proved the same part under another id.
                _proved(connection, "delivery.doubled", row, receipts, now, actor)
            return Outcome(delivery=row.id, status=Status.PUBLISHED)
        return _stale_receipt(connection, row, receipts, now, actor)


def _stale_receipt(
    connection: Connection, row: Delivery, receipts: Sequence[Receipt], now: datetime, actor: str
) -> Outcome:
    """A worker that was given up comes back with a proof: it counts, and doubles are said."""
    if row.status is Status.UNCONFIRMED:
        advance(connection, row, Change.CONFIRM, look_after=None, detail="")
        _proved(connection, "delivery.published", row, receipts, now, actor, late=True)
        return Outcome(delivery=row.id, status=Status.PUBLISHED)
    known = {receipt.id for receipt in row.receipts}
    event = "delivery.doubled" if {r.id for r in receipts} - known else "delivery.stale_receipt"
    _proved(connection, event, row, receipts, now, actor)
    return Outcome(delivery=row.id, status=row.status, detail=event)


def stopped(
    engine: Engine,
    claimed: Delivery,
    error: BaseException,
    *,
    now: datetime,
    actor: str,
    chance: float = 0.0,
) -> Outcome:
    """The attempt ended without a proof of every part; `error` says how.

    `chance` (0 to 1) spreads the next try, see `backoff`.
    """
    with engine.begin() as connection:
        row = _ended(connection, claimed)
        if row.epoch != claimed.epoch or row.status is not Status.PUBLISHING:
            note(
                connection,
                "delivery.stale_worker",
                row,
                at=now,
                actor=actor,
                epoch=claimed.epoch,
                error=type(error).__name__,
            )
            return Outcome(delivery=row.id, status=row.status, detail="stale")
        change, values = _sorted(row, error, now, chance)
        if change is not Change.DOUBT:
            # Surely nothing of the begun part is out: it may begin again.
            connection.execute(
                update(PARTS)
                .where(PARTS.c.delivery == row.id, PARTS.c.state == "begun")
                .values(state="none")
            )
        advance(connection, row, change, **values)
        if isinstance(error, Unauthorized):
            suspend(
                connection,
                row.account,
                values["detail"],
                now=now,
                actor=actor,
                lasting=error.lasting,
            )
        if isinstance(error, RateLimited):
            limit(connection, row.account, until(error, now, row.epoch))
        return _said(connection, row, change, values, error, now, actor)


def _said(
    connection: Connection,
    row: Delivery,
    change: Change,
    values: dict[str, Any],
    error: BaseException,
    now: datetime,
    actor: str,
) -> Outcome:
    status = {Change.REFUSE: Status.FAILED, Change.DOUBT: Status.UNCONFIRMED}.get(
        change, Status.SCHEDULED
    )
    event = "delivery.deferred" if status is Status.SCHEDULED else f"delivery.{status}"
    note(
        connection,
        event,
        row,
        at=now,
        actor=actor,
        reason=type(error).__name__,
        said=values["detail"],
    )
    return Outcome(delivery=row.id, status=status, detail=values["detail"])


def _sorted(
    row: Delivery, error: BaseException, now: datetime, chance: float
) -> tuple[Change, dict[str, Any]]:
    """Which change an error means, and what goes into the row with it."""
    detail = getattr(error, "detail", "") or getattr(error, "reason", "") or type(error).__name__
    if isinstance(error, Rejected) and not (error.duplicate and row.epoch > 1):
        return Change.REFUSE, _kept(row, "E07 " * error.duplicate + detail)
    if isinstance(error, Interrupted | Unauthorized):
        # Half a thread is out: whether the rest shall follow is for a person to say.
        return Change.REFUSE if row.has_accepted else Change.DEFER, _kept(row, detail)
    if isinstance(error, RateLimited | Unavailable):
        at = (
            until(error, now, row.epoch, chance)
            if isinstance(error, RateLimited)
            else now + backoff(row.epoch, chance)
        )
        # Half a thread goes on by itself as long as its time lasts, and not beyond.
        late = row.has_accepted and at >= row.expires
        return Change.REFUSE if late else Change.DEFER, _kept(row, detail) | {"retry_at": at}
    return Change.DOUBT, {"detail": detail, "looks": 0, "look_after": now}


def until(error: RateLimited, now: datetime, attempts: int = 1, chance: float = 0.0) -> datetime:
    """When the account may be tried again after the n-th attempt.

    What the platform's clock has as past would be tried again at once, and again: where the two
    clocks differ, that is backed off from like any other failure.
    """
    if error.retry_at is None:
        return now + RATE_PAUSE
    if error.retry_at <= now:
        return now + backoff(attempts, chance)
    return min(error.retry_at, now + LONGEST_PAUSE)


def _kept(row: Delivery, detail: str) -> dict[str, Any]:
    """A row of which nothing is out does not count for gaps and caps."""
    return {"detail": detail, "out_at": row.out_at if row.has_accepted else None}


def confirm(
    engine: Engine,
    delivery: int,
    receipts: Sequence[Receipt],
    *,
    now: datetime,
    actor: str,
    how: str,
) -> Outcome:
    """Parts of an unconfirmed delivery were found, on the timeline or by a person.

    With every part it is published; else the rest, which never began, is scheduled again.
    """
    with engine.begin() as connection:
        row = load_one(connection, delivery)
        if row is None or row.status is not Status.UNCONFIRMED:
            return Outcome(
                delivery=delivery, status=row.status if row else Status.CANCELLED, detail="stale"
            )
        for receipt in receipts:
            connection.execute(
                update(PARTS)
                .where(
                    PARTS.c.delivery == row.id,
                    PARTS.c.number == receipt.part,
                    PARTS.c.state != "accepted",
                )
                .values(
                    state="accepted",
                    remote_id=receipt.id,
                    url=receipt.url,
                    accepted_at=receipt.accepted_at,
                )
            )
        found = load_one(connection, delivery) or row
        if all(part.state == "accepted" for part in found.parts):
            advance(connection, row, Change.CONFIRM, look_after=None, detail="")
            _proved(connection, "delivery.published", row, receipts, now, actor, how=how)
            return Outcome(delivery=row.id, status=Status.PUBLISHED)
        if not found.has_begun:
            # What no byte was ever allowed of is not out: the thread goes on after what is.
            advance(
                connection,
                row,
                Change.DISPROVE,
                look_after=None,
                retry_at=None,
                detail=REST_TO_COME,
            )
            _proved(connection, "delivery.part_found", row, receipts, now, actor, how=how)
            if row.retraction:
                give_up(connection, _current(connection, row), now=now, actor=actor)
                return Outcome(delivery=row.id, status=Status.FAILED)
            return Outcome(delivery=row.id, status=Status.SCHEDULED)
        _proved(connection, "delivery.part_found", row, receipts, now, actor, how=how)
        return Outcome(delivery=row.id, status=row.status)


def disprove(engine: Engine, delivery: int, *, now: datetime, actor: str, how: str) -> Outcome:
    """An unconfirmed delivery is proved not to be out: scheduled again, or missed if too late."""
    with engine.begin() as connection:
        row = load_one(connection, delivery)
        if row is None or row.status is not Status.UNCONFIRMED:
            return Outcome(
                delivery=delivery, status=row.status if row else Status.CANCELLED, detail="stale"
            )
        connection.execute(
            update(PARTS)
            .where(PARTS.c.delivery == row.id, PARTS.c.state == "begun")
            .values(state="none")
        )
        late = row.expires <= now and not row.has_accepted
        change = Change.LAPSE if late else Change.DISPROVE
        advance(
            connection,
            row,
            change,
            look_after=None,
            out_at=row.out_at if row.has_accepted else None,
            retry_at=_after_crash(row, now) if how == NOTHING_BEGUN else None,
            detail=how,
        )
        status = Status.MISSED if late else Status.SCHEDULED
        note(connection, "delivery.disproved", row, at=now, actor=actor, how=how, status=status)
        if row.retraction:
            give_up(connection, _current(connection, row), now=now, actor=actor)
            status = Status.FAILED
        return Outcome(delivery=row.id, status=status)


def give_up(connection: Connection, row: Delivery, *, now: datetime, actor: str) -> None:
    """The rest of a retracted, scheduled delivery does not follow: it ends as failed."""
    break_off(connection, row, "retracted", now=now)
    note(connection, "delivery.failed", row, at=now, actor=actor, reason="retracted")


def _after_crash(row: Delivery, now: datetime) -> datetime | None:
    """Once again at once; what crashes every time waits longer and longer."""
    return now + backoff(row.epoch - 1, 0.0) if row.epoch > 1 else None


def looked(engine: Engine, delivery: int, *, found: int, now: datetime, actor: str) -> None:
    """Nothing certain was found: look again later, and after that ask a person."""
    with engine.begin() as connection:
        row = load_one(connection, delivery)
        if row is None or row.status is not Status.UNCONFIRMED:
            return
        looks = row.looks + 1
        again = found == 0 and looks < MOST_LOOKS
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.id == delivery)
            .values(looks=looks, look_after=now + LOOK_AGAIN if again else None)
        )
        note(connection, "delivery.looked_for", row, at=now, actor=actor, found=found, looks=looks)


def suspend(
    connection: Connection,
    account: str,
    why: str,
    *,
    now: datetime,
    actor: str,
    lasting: bool = False,
) -> None:
    """Nothing more goes out on the account until its credentials are verified again.

    One alarm tells of it, and no further one until something went out in between. `lasting`:
    the credentials are good, so asking whose they are would only have the next post refused.
    """
    ensure_account(connection, account)
    connection.execute(
        update(ACCOUNTS).where(ACCOUNTS.c.name == account).values(suspended=why or "suspended")
    )
    if lasting:
        limit(connection, account, now + LASTING_PAUSE)
    if not _is_said(connection, account, why):
        audit.append(
            connection, "account.suspended", at=now, actor=actor, account=account, reason=why
        )


def _is_said(connection: Connection, account: str, why: str) -> bool:
    """Whether the account's last alarm was of the same, and nothing has gone out since."""
    e = EVENTS.c
    last = connection.execute(
        select(e.event, e.detail)
        .where(e.account == account, e.event.in_(("account.suspended", "delivery.published")))
        .order_by(e.seq.desc())
        .limit(1)
    ).first()
    return last is not None and (last.event, last.detail.get("reason")) == (
        "account.suspended",
        why,
    )


def limit(connection: Connection, account: str, until: datetime) -> None:
    ensure_account(connection, account)
    connection.execute(
        update(ACCOUNTS).where(ACCOUNTS.c.name == account).values(limited_until=until)
    )


def ensure_account(connection: Connection, account: str) -> None:
    if (
        connection.execute(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == account)).first()
        is None
    ):
        connection.execute(insert(ACCOUNTS).values(name=account))


def _ended(connection: Connection, claimed: Delivery) -> Delivery:
    """The row as it is now; its worker, who says so, sends nothing of that epoch any more."""
    row = _current(connection, claimed)
    if row.ended_epoch is None or row.ended_epoch < claimed.epoch:
        connection.execute(
            update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(ended_epoch=claimed.epoch)
        )
    return row


def _current(connection: Connection, claimed: Delivery) -> Delivery:
    row = load_one(connection, claimed.id)
    assert row is not None, "a delivery is never deleted"  # noqa: S101  a trigger sees to it
    return row


def _proved(
    connection: Connection,
    event: str,
    row: Delivery,
    receipts: Sequence[Receipt],
    now: datetime,
    actor: str,
    **detail: Any,
) -> None:
    """An event with the platform's proofs in it."""
    shown = [{"part": r.part, "id": r.id, "url": r.url} for r in receipts]
    note(connection, event, row, at=now, actor=actor, receipts=shown, **detail)
