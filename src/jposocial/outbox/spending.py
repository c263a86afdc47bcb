"""What an account's posts have cost in a month of the office, and what that leaves of its budget.

The sums are exact: a delivery costs what its row says, in the mode that it went out in. What may
be out counts; what surely is not does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, and_, func, or_, select

from jposocial.model import Account, Calendar, Status
from jposocial.outbox.delivery import Delivery
from jposocial.platforms import platform
from jposocial.schedule.business_days import day_start, local_day
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES, PARTS

#: A budget is nearly used from so much of it on.
NEARLY: Final = Decimal("0.8")

#: A proof may be a little older than the attempt that brought it: the platform's clock differs.
_MARGIN: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """An account's budget for one month; amounts in USD."""

    account: str
    #: The first of the month.
    month: date
    limit: Decimal
    spent: Decimal

    @property
    def is_nearly_used(self) -> bool:
        return self.spent >= self.limit * NEARLY

    def allows(self, cost: Decimal) -> bool:
        """Whether something of that price still fits; what costs nothing always does."""
        return not cost or self.spent + cost <= self.limit


def budget(
    connection: Connection, account: Account, calendar: Calendar, at: datetime
) -> Budget | None:
    """The budget of the month that `at` is in; None: the account has none."""
    if account.monthly_budget_usd is None:
        return None
    return Budget(
        account=account.name,
        month=local_day(at, calendar).replace(day=1),
        limit=usd(account.monthly_budget_usd),
        spent=spent(connection, account, calendar, at),
    )


def current(
    engine: Engine | None, account: Account, calendar: Calendar, at: datetime
) -> Budget | None:
    """As `budget`; without a database nothing has gone out yet."""
    if engine is not None:
        with reading(engine) as connection:
            return budget(connection, account, calendar, at)
    if account.monthly_budget_usd is None:
        return None
    first = local_day(at, calendar).replace(day=1)
    limit = usd(account.monthly_budget_usd)
    return Budget(account=account.name, month=first, limit=limit, spent=Decimal(0))


def spent(connection: Connection, account: Account, calendar: Calendar, at: datetime) -> Decimal:
    """What went out on the account in the month of `at`, or may have, in USD."""
    start, end = month(at, calendar)
    d, p, other = DELIVERIES.c, PARTS.c, PARTS.alias()
    accepted = and_(p.accepted_at >= start, p.accepted_at < end)
    under_way = and_(
        d.out_at >= start,
        d.out_at < end,
        or_(p.state == "begun", and_(p.state == "none", d.status == Status.PUBLISHING)),
    )
    all_parts = select(func.count()).where(other.c.delivery == d.id).correlate(DELIVERIES)
    query = (
        select(
            d.id, d.cost_usd, d.platform, p.text, p.media, all_parts.scalar_subquery().label("of")
        )
        .join(PARTS, p.delivery == d.id)
        .where(
            d.account == account.name,
            d.mode == account.mode,
            d.out_at >= start - _MARGIN,
            or_(accepted, under_way),
        )
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.id].append(row)
    return sum((_of(rows) for rows in found.values()), Decimal(0))


def _of(rows: Sequence[Row[Any]]) -> Decimal:
    """The delivery's own price; of half a thread that of its parts."""
    if len(rows) == rows[0].of:
        return usd(rows[0].cost_usd)
    return sum((_price(row.platform, row.text, row.media) for row in rows), Decimal(0))


def rest(row: Delivery) -> Decimal:
    """What the parts that are still to come cost."""
    left = [part for part in row.parts if part.state == "none"]
    if len(left) == len(row.parts):
        return usd(row.cost_usd)
    return sum((_price(row.platform, part.text, part.media) for part in left), Decimal(0))


def _price(name: str, text: str, media: Sequence[Any]) -> Decimal:
    return usd(platform(name).price(text, sum(bool(image["alt"]) for image in media)))


def usd(amount: float) -> Decimal:
    """The decimal fraction that is meant by a float."""
    return Decimal(str(amount))


def month(at: datetime, calendar: Calendar) -> tuple[datetime, datetime]:
    """From its first instant to that of the next one, in the office's zone."""
    first = local_day(at, calendar).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return day_start(first, calendar), day_start(after, calendar)
