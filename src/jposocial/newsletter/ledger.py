"""The ledger of an issue: one row a recipient, and a sum that holds at every moment.

frozen = accepted + refused + suppressed + in_doubt + pending, where pending counts pending,
sending and deferred. A row is `sending` before the first byte of its envelope, and `accepted`
only on the server's 250.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.store.mail_tables import LEDGER
from jposocial.wording import RECIPIENT_STATE

#: States in which a mail is still to go, or under way.
PENDING: Final = ("pending", "sending", "deferred")

#: So many rows are read or written at a time, whatever the audience.
SLICE: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """How many recipients are in which state."""

    frozen: int = 0
    accepted: int = 0
    refused: int = 0
    suppressed: int = 0
    in_doubt: int = 0
    pending: int = 0

    @property
    def holds(self) -> bool:
        parts = self.accepted + self.refused + self.suppressed + self.in_doubt + self.pending
        return self.frozen == parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One row, as the sender needs it."""

    id: int
    address: str
    domain: str
    name: str
    lang: str
    token: str
    message_id: str
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One recipient, as people see it."""

    address: str
    status: str
    message_id: str
    reply: str


def rows(connection: Connection, issue: int, status: str | None = None) -> Iterator[Row]:
    """Every recipient in the order of the ledger, read in slices."""
    query = select(LEDGER.c.address, LEDGER.c.state, LEDGER.c.message_id, LEDGER.c.reply)
    query = query.where(LEDGER.c.issue == issue).order_by(LEDGER.c.id)
    if status:
        query = query.where(LEDGER.c.state == status)
    for row in connection.execution_options(yield_per=SLICE).execute(query):
        yield Row(address=row.address, status=row.state, message_id=row.message_id, reply=row.reply)


def totals(connection: Connection, issue: int) -> Totals:
    """Counted from the rows, each time. Raises Refused where the sum does not hold."""
    query = (
        select(LEDGER.c.state, func.count()).where(LEDGER.c.issue == issue).group_by(LEDGER.c.state)
    )
    counts: dict[str, int] = dict(connection.execute(query).tuples().all())
    found = Totals(
        frozen=frozen_count(connection, issue),
        pending=sum(counts.pop(state, 0) for state in PENDING),
        **counts,
    )
    if not found.holds:
        raise Refused(
            msg(
                "the ledger of this issue does not add up ({frozen} frozen): nothing more is sent; keep the database and ask for help",
                frozen=found.frozen,
            )
        )
    return found


def frozen_count(connection: Connection, issue: int) -> int:
    """As many as were frozen, by the issue's own word and not by its rows."""
    from jposocial.store.mail_tables import ISSUES

    return int(connection.execute(select(ISSUES.c.frozen).where(ISSUES.c.id == issue)).scalar_one())


def enter(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows in slices; returns how many."""
    count = 0
    for part in _slices(rows):
        connection.execute(insert(LEDGER), part)
        count += len(part)
    return count


def _slices(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(dict(row))
        if len(part) == SLICE:
            yield part
            part = []
    if part:
        yield part


_COLUMNS: Final = (
    LEDGER.c.id, LEDGER.c.address, LEDGER.c.domain, LEDGER.c.name, LEDGER.c.lang,
    LEDGER.c.token, LEDGER.c.message_id, LEDGER.c.attempts,
)  # fmt: skip

#: To whom it may go. Not `IN`: many rows at once know no list of unknown length.
_OPEN: Final = or_(LEDGER.c.state == "pending", LEDGER.c.state == "deferred")

# Made once: to make a statement anew costs as much as to run it.
_READY: Final = (
    select(*_COLUMNS)
    .where(
        LEDGER.c.issue == bindparam("issue"),
        _OPEN,
        or_(LEDGER.c.retry_at.is_(None), LEDGER.c.retry_at <= bindparam("now")),
        LEDGER.c.id > bindparam("after"),
    )
    .order_by(LEDGER.c.id)
    .limit(SLICE)
)


def ready(connection: Connection, issue: int, now: datetime, after: int) -> list[Recipient]:
    """The next recipients to whom the issue may go now, by id, at most `SLICE` of them."""
    rows = connection.execute(_READY, {"issue": issue, "now": now, "after": after})
    return [Recipient(**row._mapping) for row in rows]


def next_retry(connection: Connection, issue: int) -> datetime | None:
    """When the first deferred recipient is to be tried again."""
    query = select(func.min(LEDGER.c.retry_at)).where(
        LEDGER.c.issue == issue, LEDGER.c.state == "deferred"
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def suppress_rows(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Who has left since the freeze gets nothing."""
    if ids:
        connection.execute(
            update(LEDGER)
            .where(LEDGER.c.id.in_(ids), _OPEN)
            .values(state="suppressed", retry_at=None, at=now)
        )


def under_way(connection: Connection, issue: int | None = None) -> list[Any]:
    """(issue, host, pid, process) of every row that some process is sending."""
    query = select(LEDGER.c.issue, LEDGER.c.host, LEDGER.c.pid, LEDGER.c.process).where(
        LEDGER.c.state == "sending"
    )
    if issue is not None:
        query = query.where(LEDGER.c.issue == issue)
    return list(connection.execute(query))


def doubt_dead(
    connection: Connection,
    issue: int,
    host: str,
    living: Collection[tuple[int, str]],
    now: datetime,
) -> int:
    """What a process that is gone was sending is in doubt; returns how many."""
    dead = {
        (row.pid, row.process)
        for row in under_way(connection, issue)
        if row.host == host and (row.pid, row.process) not in living
    }
    count = 0
    for pid, process in dead:
        count += connection.execute(
            update(LEDGER)
            .where(
                LEDGER.c.issue == issue, LEDGER.c.state == "sending",
                LEDGER.c.pid == pid, LEDGER.c.process == process,
            )
            .values(
                state="in_doubt", reply="the sender was stopped", at=now,
                host=None, pid=None, process=None,
            )
        ).rowcount  # fmt: skip
    return count


def settle(
    connection: Connection, issue: int, key: str, *, accepted: bool, now: datetime, by: str
) -> None:
    """A person's word on somebody in doubt. Raises Refused where that is not so."""
    row = connection.execute(
        select(LEDGER.c.id, LEDGER.c.state).where(LEDGER.c.issue == issue, LEDGER.c.key == key)
    ).first()
    if row is None:
        raise Refused(msg("this address is not among the issue's recipients"))
    if row.state != "in_doubt":
        raise Refused(
            msg(
                "this recipient is {state}: there is no doubt to settle",
                state=RECIPIENT_STATE[row.state],
            )
        )
    connection.execute(
        update(LEDGER)
        .where(LEDGER.c.id == row.id, LEDGER.c.state == "in_doubt")
        .values(state="accepted" if accepted else "pending", at=now, reply=f"settled by {by}")
    )
