"""What the outbox and a plan hold, by what a walk over the files asks of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from jposocial.checks.reading import PastUse
from jposocial.checks.similar import Sent
from jposocial.model import Account, Calendar, PastRow, Unplaced
from jposocial.schedule.business_days import local_day


def visible(
    history: Iterable[PastRow], accounts: Mapping[str, Account]
) -> Mapping[str, list[PastRow]]:
    """Post → its rows that readers have seen; what went to the sandbox binds no live account."""
    found: dict[str, list[PastRow]] = defaultdict(list)
    for row in history:
        account = accounts.get(row.slot.account)
        if row.visible and (account is None or account.mode == row.slot.mode):
            found[row.slot.post].append(row)
    return found


def by_account(sent: Sequence[Sent]) -> Mapping[tuple[str, str], Sequence[Sent]]:
    """(account, mode) → what went out there."""
    found: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for one in sent:
        found[one.account, one.mode].append(one)
    return found


def past_uses(history: Sequence[PastRow], calendar: Calendar) -> Mapping[str, Sequence[PastUse]]:
    """What is still out of each post, for whoever has to take it back."""
    found: dict[str, list[PastUse]] = defaultdict(list)
    for row in sorted(history, key=lambda row: (row.accepted_at or row.due, row.slot)):
        if not row.accepted_at or row.retracted:
            continue
        for name in row.used or (row.slot.post,):
            day = local_day(row.accepted_at, calendar)
            found[name].append(PastUse(day=day, account=row.slot.account, url=row.url))
    return found


def by_post(unplaced: Sequence[Unplaced]) -> Mapping[str, Sequence[Unplaced]]:
    found: dict[str, list[Unplaced]] = defaultdict(list)
    for one in unplaced:
        found[one.post].append(one)
    return found
