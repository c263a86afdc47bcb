"""Why a delivery does not go now. One function names the blockers, for `queue` and the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from jposocial.messages import Message
from jposocial.model import MAIL, Account, Calendar, Status, payload_hash
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.holds import Flags, Hold, active, no_flags
from jposocial.outbox.spending import Budget, budget, rest
from jposocial.schedule.business_days import day_start, is_quiet, local_day
from jposocial.store.mail_tables import ISSUES
from jposocial.store.tables import ACCOUNTS, DECISIONS, DELIVERIES


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What the configuration says about going out."""

    accounts: Mapping[str, Account]
    calendar: Calendar
    #: The newsletters' accounts, all named `mail`: told apart by sender and mode.
    newsletters: Sequence[Account] = ()
    approval_required: bool = True
    self_approval: bool = False
    #: Whether the image of a digest is kept, byte for byte; without a store none is.
    has_image: Callable[[str], bool] = field(default=lambda _: False)
    #: The holds that flags set, beside those in the database.
    flags: Flags = no_flags
    #: Why nothing may go out on live accounts: this is a copy of another workspace.
    elsewhere: Callable[[Connection], Message | None] = field(default=lambda _: None)

    def account_of(self, row: Delivery) -> Account | None:
        """The account of `row` as it is configured now; None where it is not any more."""
        if row.account != MAIL:
            return self.accounts.get(row.account)
        same = (a for a in self.newsletters if (a.handle, a.mode) == (row.handle, row.mode))
        return next(same, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What the database says about going out, read once for many rows."""

    holds: Sequence[Hold]
    accounts: Mapping[str, Row[Any]]
    #: Delivery → its last decision.
    decisions: Mapping[int, Row[Any]]
    #: (account, the first of a month) → what was asked of it so far.
    budgets: dict[tuple[str, date], Budget | None] = field(default_factory=dict)
    #: Whether this is a copy of another workspace, once that was looked up.
    elsewhere: list[bool] = field(default_factory=list)


def circumstances(connection: Connection, delivery: int | None = None) -> Circumstances:
    """For all deliveries, or for one."""
    return Circumstances(
        holds=active(connection),
        accounts={row.name: row for row in connection.execute(select(ACCOUNTS))},
        decisions=_last_decisions(connection, delivery),
    )


def _last_decisions(connection: Connection, delivery: int | None) -> dict[int, Row[Any]]:
    last = select(func.max(DECISIONS.c.id)).group_by(DECISIONS.c.delivery)
    if delivery is not None:
        last = last.where(DECISIONS.c.delivery == delivery)
    query = select(DECISIONS).where(DECISIONS.c.id.in_(last))
    return {row.delivery: row for row in connection.execute(query)}


def approved_by(row: Delivery, known: Circumstances) -> str | None:
    """Who approved exactly this payload, or None."""
    decision = known.decisions.get(row.id)
    if (
        decision is None
        or decision.decision != "approve"
        or decision.payload_hash != row.payload_hash
    ):
        return None
    return str(decision.by)


def blockers(
    connection: Connection, row: Delivery, house: House, known: Circumstances, now: datetime
) -> list[str]:
    """The names of what keeps a scheduled `row` from going at `now`, or at its due time."""
    if row.status is not Status.SCHEDULED:
        return []
    return list(_blockers(connection, row, house, known, max(now, row.due)))


def _blockers(
    connection: Connection, row: Delivery, house: House, known: Circumstances, at: datetime
) -> Iterator[str]:
    account = house.account_of(row)
    if _unapproved(row, account, house, known) or _uncounted(connection, row):
        yield "approval"
    if any(hold.covers(row) for hold in (*known.holds, *house.flags())):
        yield "hold"
    if account and row.category != "emergency":
        # The rest of a thread took its place in cap and gap when the thread began.
        if not row.has_accepted and _cap_reached(connection, row, account, house.calendar, at):
            yield "cap"
        if not row.has_accepted and _gap_open(connection, row, account, at):
            yield "gap"
        if is_quiet(at, house.calendar):
            yield "quiet"
    if (
        not account
        or _account_stopped(row, account, known, at)
        or _elsewhere(connection, account, house, known)
    ):
        yield "account"
    if account and _over_budget(connection, row, account, house.calendar, known, at):
        yield "budget"
    if row.file_problem or not _has_images(row, house):
        yield "file"


def _has_images(row: Delivery, house: House) -> bool:
    """What was approved is what is sent: an image that is gone or changed keeps it here."""
    return all(house.has_image(media["digest"]) for part in row.parts for media in part.media)


def _unapproved(row: Delivery, account: Account | None, house: House, known: Circumstances) -> bool:
    """E05. A row whose content is not that of its hash is not what anybody approved.

    What a person takes back is approved by nobody any more.
    """
    if row.retraction:
        return True
    if (
        account
        and payload_hash(account, row.content(), row.window_start, row.expires) != row.payload_hash
    ):
        return True
    return house.approval_required and approved_by(row, known) is None


def _uncounted(connection: Connection, row: Delivery) -> bool:
    """An issue waits for a second word: how many shall get it."""
    if row.account != MAIL:
        return False
    query = select(ISSUES.c.counted).where(ISSUES.c.delivery == row.id)
    return connection.execute(query).scalar() is None


def _cap_reached(
    connection: Connection, row: Delivery, account: Account, calendar: Calendar, at: datetime
) -> bool:
    start = day_start(local_day(at, calendar), calendar)
    end = day_start(local_day(at, calendar) + timedelta(days=1), calendar)
    count = connection.execute(
        _out(row).where(DELIVERIES.c.out_at >= start, DELIVERIES.c.out_at < end)
    ).scalar_one()
    return int(count) >= account.daily_cap


def _gap_open(connection: Connection, row: Delivery, account: Account, at: datetime) -> bool:
    gap = account.min_gap
    if not gap:
        return False
    near = _out(row).where(DELIVERIES.c.out_at > at - gap, DELIVERIES.c.out_at < at + gap)
    return int(connection.execute(near).scalar_one()) > 0


def _out(row: Delivery) -> Any:
    """How many other rows of the same account and mode went out, or may have."""
    return (
        select(func.count())
        .select_from(DELIVERIES)
        .where(
            DELIVERIES.c.account == row.account,
            DELIVERIES.c.mode == row.mode,
            DELIVERIES.c.out_at.is_not(None),
            DELIVERIES.c.id != row.id,
        )
    )


def _elsewhere(
    connection: Connection, account: Account, house: House, known: Circumstances
) -> bool:
    if account.mode != "live":
        return False
    if not known.elsewhere:
        known.elsewhere.append(house.elsewhere(connection) is not None)
    return known.elsewhere[0]


def _over_budget(
    connection: Connection,
    row: Delivery,
    account: Account,
    calendar: Calendar,
    known: Circumstances,
    at: datetime,
) -> bool:
    """Whether the month's budget has no room for what is still to go out of the row."""
    if account.monthly_budget_usd is None:
        return False
    key = (account.name, local_day(at, calendar).replace(day=1))
    if key not in known.budgets:
        known.budgets[key] = budget(connection, account, calendar, at)
    found = known.budgets[key]
    return found is not None and not found.allows(rest(row))


def _account_stopped(row: Delivery, account: Account, known: Circumstances, at: datetime) -> bool:
    """Suspended, told to wait, or not the account that the row was approved for."""
    if (row.mode, row.handle, row.platform) != (account.mode, account.handle, account.platform):
        return True
    state = known.accounts.get(row.account)
    return state is not None and (
        bool(state.suspended) or bool(state.limited_until and state.limited_until > at)
    )
