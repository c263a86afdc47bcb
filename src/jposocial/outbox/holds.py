"""Holds: a brake on all, an account, a category or a post."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.model import Change, Status
from jposocial.outbox.delivery import Delivery, load
from jposocial.outbox.notes import note
from jposocial.outbox.promise import new_id
from jposocial.outbox.states import advance, break_off
from jposocial.store import audit
from jposocial.store.engine import reading
from jposocial.store.mail_tables import ISSUES, LEDGER
from jposocial.store.tables import BRAKE, DELIVERIES, HOLDS, OPEN_ROWS


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    #: 0: a flag's, which the database does not know yet.
    id: int
    kind: str
    value: str
    reason: str
    by: str
    machine: bool
    since: datetime

    @property
    def scope(self) -> str:
        """`all`, `account:x`, `category:routine` or `post:ID`."""
        return f"{self.kind}:{self.value}" if self.value else self.kind

    def covers(self, row: Delivery) -> bool:
        """Whether this hold reaches `row`; one on `routine` does not reach emergencies."""
        if self.kind == "all":
            return True
        if self.kind == "post":
            return self.value in (row.post, *row.used)
        return {"account": row.account, "category": row.category}[self.kind] == self.value


#: The holds that flags set, read anew at each call.
Flags = Callable[[], Sequence[Hold]]


def no_flags() -> Sequence[Hold]:
    return ()


def active(connection: Connection) -> list[Hold]:
    """The holds in force, oldest first."""
    query = select(HOLDS).where(HOLDS.c.released_at.is_(None)).order_by(HOLDS.c.id)
    return [_hold(row) for row in connection.execute(query)]


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        id=row.id,
        kind=row.scope,
        value=row.value,
        reason=row.reason,
        by=row.by,
        machine=row.machine,
        since=row.since,
    )


def _known(
    connection: Connection, kind: str, value: str, reason: str, since: datetime
) -> Hold | None:
    """The hold that a flag already became."""
    h = HOLDS.c
    query = select(HOLDS).where(
        h.scope == kind, h.value == value, h.reason == reason, h.since == since
    )
    row = connection.execute(query).first()
    return _hold(row) if row else None


def lock_brake(connection: Connection, *, share: bool) -> None:
    """Who claims shares the brake's row, who holds has it alone; on SQLite the writer's lock."""
    connection.execute(select(BRAKE.c.changes).with_for_update(read=share))


def set_hold(
    engine: Engine,
    kind: str,
    value: str,
    *,
    reason: str,
    by: str,
    now: datetime,
    machine: bool = False,
    since: datetime | None = None,
) -> Hold:
    """Put a hold in force. What was claimed before may still be under way: `wait_quiet`.

    `since` is given where a flag was raised before: whoever sees it first, who raised it or a
    beat, sets the hold, and it is one hold.
    """
    with engine.begin() as connection:
        lock_brake(connection, share=False)
        if since and (known := _known(connection, kind, value, reason, since)):
            return known
        since = since or now
        connection.execute(update(BRAKE).values(changes=BRAKE.c.changes + 1))
        values: dict[str, Any] = {
            "scope": kind,
            "value": value,
            "reason": reason,
            "by": by,
            "machine": machine,
            "since": since,
        }
        result = connection.execute(insert(HOLDS).values(**values))
        hold = Hold(
            id=new_id(result),
            kind=kind,
            value=value,
            reason=reason,
            by=by,
            machine=machine,
            since=since,
        )
        audit.append(
            connection, "hold.set", at=now, actor=by, hold=hold.id, scope=hold.scope, reason=reason
        )
    return hold


def under_way(engine: Engine, hold: Hold) -> list[Delivery]:
    """The deliveries under this hold that a claim made earlier is still publishing."""
    with reading(engine) as connection:
        query = select(DELIVERIES).where(OPEN_ROWS, DELIVERIES.c.status == Status.PUBLISHING)
        rows = load(connection, query)
        # A released issue is under way as long as an envelope of it is.
        issues = select(ISSUES.c.delivery).join(LEDGER, LEDGER.c.issue == ISSUES.c.id)
        mailed = issues.where(LEDGER.c.state == "sending")
        rows += load(connection, select(DELIVERIES).where(DELIVERIES.c.id.in_(mailed)))
    return [row for row in rows if hold.covers(row)]


def wait_quiet(
    engine: Engine,
    hold: Hold,
    *,
    pause: Callable[[float], None],
    monotonic: Callable[[], float],
    limit: timedelta,
    reap: Callable[[], object],
    lives: Callable[[Delivery], bool] = lambda _: True,
) -> list[Delivery]:
    """Wait until nothing under `hold` is being published; what still is after `limit`.

    `reap` turns the rows of dead claimers into unconfirmed ones, `pause` sleeps seconds. Where
    nothing can be written, `lives` tells whose claimer is dead. By the clock and not by the number
    of looks: each may have waited for the database.
    """
    end = monotonic() + limit.total_seconds()
    while True:
        reap()
        rows = [row for row in under_way(engine, hold) if lives(row)]
        if not rows or monotonic() >= end:
            return rows
        pause(0.2)


def release(
    engine: Engine, hold_id: int, *, by: str, now: datetime, self_approval: bool
) -> list[int]:
    """End a hold; what fell due under it alone becomes `missed`. Returns those ids.

    Raises Refused where there is no such hold, or the same person set one on all.
    """
    with engine.begin() as connection:
        lock_brake(connection, share=False)
        holds = active(connection)
        hold = next((h for h in holds if h.id == hold_id), None)
        if hold is None:
            raise Refused(
                msg("no hold {id} is in force; 'jposocial hold --list' shows them", id=hold_id)
            )
        if hold.kind == "all" and not hold.machine and hold.by == by and not self_approval:
            raise Refused(
                msg("{by} set this hold on everything: another person releases it", by=by)
            )
        connection.execute(update(BRAKE).values(changes=BRAKE.c.changes + 1))
        connection.execute(
            update(HOLDS).where(HOLDS.c.id == hold_id).values(released_by=by, released_at=now)
        )
        missed = _lapse(connection, hold, [h for h in holds if h.id != hold_id], by, now)
        audit.append(
            connection,
            "hold.released",
            at=now,
            actor=by,
            hold=hold_id,
            scope=hold.scope,
            missed=missed,
        )
    return missed


def _lapse(
    connection: Connection, hold: Hold, others: Sequence[Hold], by: str, now: datetime
) -> list[int]:
    query = (
        select(DELIVERIES)
        .where(DELIVERIES.c.status == Status.SCHEDULED, DELIVERIES.c.due < now)
        .order_by(DELIVERIES.c.id)
    )
    covered = [r for r in load(connection, query) if hold.covers(r) and not _held(r, others)]
    for row in covered:
        if row.has_accepted:
            # Half a thread that waited under a hold does not go on by itself.
            break_off(connection, row, "hold", now=now)
            note(connection, "delivery.failed", row, at=now, actor=by, reason="hold")
    rows = [row for row in covered if not row.has_accepted]
    for row in rows:
        advance(connection, row, Change.LAPSE, detail="hold")
        note(
            connection,
            "delivery.missed",
            row,
            at=now,
            actor=by,
            reason="hold",
        )
    return [row.id for row in rows]


def _held(row: Delivery, holds: Iterable[Hold]) -> bool:
    return any(hold.covers(row) for hold in holds)
