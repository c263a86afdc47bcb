"""Room on the accounts: least gaps and daily caps, and the next slot that has room."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from jposocial.model import Account, Calendar, PastRow
from jposocial.schedule.business_days import (
    after_quiet,
    business_day,
    in_office,
    is_business_day,
    is_quiet,
    local_day,
)
from jposocial.schedule.cadence import Timed, clocked

_DAY: Final = timedelta(days=1)

#: Further than this no room is looked for.
_FARTHEST: Final = 60 * _DAY


class Occupancy:
    """When each account is taken; `take` adds, nothing ever moves."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        calendar: Calendar,
        rows: Iterable[PastRow],
        caps: Mapping[str, int | None] | None = None,
    ) -> None:
        """`caps`: kind → how many of it an account takes a day, within its own cap."""
        self._accounts = accounts
        self._calendar = calendar
        self._caps = caps or {}
        self._taken: dict[str, list[datetime]] = defaultdict(list)
        self._count: dict[tuple[str, date], int] = defaultdict(int)
        self._of_kind: dict[tuple[str, str, date], int] = defaultdict(int)
        for row in rows:
            account = accounts.get(row.slot.account)
            if account and account.mode == row.slot.mode:
                self.take(account.name, row.accepted_at or row.due, row.kind)

    def take(self, account: str, instant: datetime, kind: str) -> None:
        insort(self._taken[account], instant)
        day = local_day(instant, self._calendar)
        self._count[account, day] += 1
        self._of_kind[account, kind, day] += 1

    def is_free(self, account: str, instant: datetime, kind: str) -> bool:
        return not self._full(account, instant, kind) and self._clash(account, instant) is None

    def _full(self, account: str, instant: datetime, kind: str) -> bool:
        day = local_day(instant, self._calendar)
        if self._count[account, day] >= self._accounts[account].daily_cap:
            return True
        most = self._caps.get(kind)
        return most is not None and self._of_kind[account, kind, day] >= most

    def _clash(self, account: str, instant: datetime) -> datetime | None:
        """What is taken within the least gap of `instant`: the latest such, or None."""
        taken, gap = self._taken[account], self._accounts[account].min_gap
        position = bisect_left(taken, instant)
        near = [t for t in taken[max(0, position - 1) : position + 2] if abs(t - instant) < gap]
        return max(near) if near else None

    def find(
        self, account: str, nominal: datetime, timed: Timed, *, earliest: datetime
    ) -> datetime | None:
        """`nominal`, or the nearest free time on the side its shift names."""
        if self.is_free(account, nominal, timed.kind):
            return nominal
        if timed.moment.shift == "previous":
            return self._last_free(account, nominal, timed, earliest)
        return self.next_free(account, nominal, timed)

    def next_free(
        self, account: str, start: datetime, timed: Timed, *, any_day: bool = False
    ) -> datetime | None:
        """The first free time from `start`; weekends and holidays count where `any_day`."""
        instant, end = start, min(start + _FARTHEST, timed.not_after or start + _FARTHEST)
        while instant < end:
            instant = after_quiet(instant, self._calendar)
            if timed.in_office and not any_day:
                instant = in_office(instant, self._calendar)
            clash = self._clash(account, instant)
            if (
                not any_day
                and not is_business_day(local_day(instant, self._calendar), self._calendar)
            ) or self._full(account, instant, timed.kind):
                instant = self._next_day(instant, timed)
            elif clash is not None:
                instant = clash + self._accounts[account].min_gap
            else:
                return instant if instant < end else None
        return None

    def _next_day(self, instant: datetime, timed: Timed) -> datetime:
        day = business_day(local_day(instant, self._calendar) + _DAY, self._calendar, 1)
        return clocked(day, timed.moment, self._calendar)

    def _last_free(
        self, account: str, start: datetime, timed: Timed, earliest: datetime
    ) -> datetime | None:
        """The last free time up to `start`, not before `earliest`: a reminder moves earlier."""
        instant = start
        while instant >= max(earliest, start - _FARTHEST):
            day = local_day(instant, self._calendar)
            if (
                is_quiet(instant, self._calendar)
                or not is_business_day(day, self._calendar)
                or self._full(account, instant, timed.kind)
            ):
                previous = business_day(day - _DAY, self._calendar, -1)
                instant = clocked(previous, timed.moment, self._calendar)
            elif (clash := self._clash(account, instant)) is not None:
                instant = clash - self._accounts[account].min_gap
            else:
                return instant
        return None
