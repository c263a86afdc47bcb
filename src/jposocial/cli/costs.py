"""What posts cost, by account and month, and what is left of each month's budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from jposocial.cli.base import Call
    from jposocial.model import Placement
    from jposocial.outbox.queue import Queued
    from jposocial.outbox.spending import Budget

#: (account, an instant, USD) of what is still to come.
ToCome = Iterable[tuple[str, datetime, Decimal]]


def dollars(amount: Decimal | float) -> str:
    return f"${amount:.3f}"


def plan_lines(call: Call, placements: Iterable[Placement]) -> Iterator[str]:
    from jposocial.outbox.spending import usd

    yield from _lines(call, ((p.account, p.due, usd(p.cost_usd)) for p in placements))


def queue_lines(call: Call, rows: Sequence[Queued]) -> Iterator[str]:
    from jposocial.outbox.spending import rest

    now = call.workspace.clock()
    yield from _lines(
        call,
        (
            (q.delivery.account, max(now, q.delivery.due), rest(q.delivery))
            for q in rows
            if q.delivery.status == "scheduled"
        ),
    )


def _lines(call: Call, costs: ToCome) -> Iterator[str]:
    """One line for each account and month that costs something, and a warning where it is too much."""
    calendar = call.workspace.settings.calendar
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    instants: dict[tuple[str, str], datetime] = {}
    for account, at, cost in costs:
        if cost:
            key = (account, f"{at.astimezone(calendar.zone):%Y-%m}")
            sums[key] += cost
            instants[key] = at
    for key, to_come in sorted(sums.items()):
        account, month = key
        found = _budget(call, account, instants[key])
        yield call.say(_cost(account, month, to_come, found))
        if found and found.spent + to_come > found.limit:
            yield f"  → {call.say(_too_much())}"


def _budget(call: Call, account: str, at: datetime) -> Budget | None:
    from jposocial.outbox.spending import current

    ws = call.workspace
    configured = ws.settings.accounts.get(account)
    if configured is None:
        return None
    engine = ws.engine if ws.has_database else None
    return current(engine, configured, ws.settings.calendar, at)


def _cost(account: str, month: str, to_come: Decimal, found: Budget | None) -> Message:
    if found is None:
        return msg(
            "{account}, {month}: {to_come} to come",
            account=account,
            month=month,
            to_come=dollars(to_come),
        )
    return msg(
        "{account}, {month}: {to_come} to come, {spent} of {limit} used",
        account=account,
        month=month,
        to_come=dollars(to_come),
        spent=dollars(found.spent),
        limit=dollars(found.limit),
    )


def _too_much() -> Message:
    return msg(
        "more than the budget of the month: what has no room in it waits; leave something out, or raise monthly_budget_usd"
    )
