"""Which days the office posts on: weekends, holidays, closed days and blackouts left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from jposocial.model import Blackout, Calendar
from jposocial.schedule.holidays import is_national

_DAY: Final = timedelta(days=1)

#: A calendar without one business day in this many days is a mistake of its configuration.
_FARTHEST: Final = 366


@lru_cache(maxsize=4096)
def is_closed(day: date, calendar: Calendar) -> bool:
    """Holidays, closed days and blackouts; weekends are apart."""
    return (
        is_holiday(day, calendar)
        or any(_within(day, first, last) for first, last in calendar.closed)
        or blackout(day, calendar) is not None
    )


def is_holiday(day: date, calendar: Calendar) -> bool:
    """A national holiday, or one of the office's own."""
    if day in calendar.holidays:
        return True
    return calendar.national and day not in calendar.not_holidays and is_national(day)


def blackout(day: date, calendar: Calendar) -> Blackout | None:
    """The blackout that the day is in, or None."""
    return next((b for b in calendar.blackout if b.start <= day <= b.end), None)


def _within(day: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    here = (day.month, day.day)
    if first <= last:
        return first <= here <= last
    return here >= first or here <= last


def is_business_day(day: date, calendar: Calendar) -> bool:
    return day.weekday() < 5 and not is_closed(day, calendar)


def business_day(day: date, calendar: Calendar, step: int) -> date:
    """`day`, or the first business day before (`step` −1) or after it (`step` 1)."""
    for _ in range(_FARTHEST):
        if is_business_day(day, calendar):
            return day
        day += step * _DAY
    return day


@lru_cache(maxsize=4096)
def add_business_days(day: date, count: int, calendar: Calendar) -> date:
    """The `count`-th business day after `day` (before it where negative); 0 is `day` itself."""
    step = 1 if count > 0 else -1
    for _ in range(abs(count)):
        day = business_day(day + step * _DAY, calendar, step)
    return day


def is_quiet(instant: datetime, calendar: Calendar) -> bool:
    """Whether `instant` is in the quiet hours of the calendar's zone (start in, end out)."""
    if calendar.quiet_hours is None:
        return False
    start, end = calendar.quiet_hours
    clock = instant.astimezone(calendar.zone).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def after_quiet(instant: datetime, calendar: Calendar) -> datetime:
    """`instant`, or the end of the quiet hours it is in."""
    if calendar.quiet_hours is None or not is_quiet(instant, calendar):
        return instant
    local = instant.astimezone(calendar.zone)
    end = calendar.quiet_hours[1]
    day = local.date() if local.time() < end else local.date() + _DAY
    return at(day, end, calendar)


def before_quiet(instant: datetime, calendar: Calendar) -> datetime:
    """`instant`, or the last closing time of the office before the quiet hours it is in."""
    if calendar.quiet_hours is None or not is_quiet(instant, calendar):
        return instant
    start, closing = calendar.quiet_hours[0], calendar.office_hours[1]
    day = local_day(instant, calendar)
    if is_quiet(at(day, closing, calendar), calendar):
        closing = _minute_before(start)
    same_day = at(day, closing, calendar)
    return same_day if same_day < instant else at(day - _DAY, closing, calendar)


def _minute_before(clock: time) -> time:
    return (datetime.combine(date.min + _DAY, clock) - timedelta(minutes=1)).time()


def in_office(instant: datetime, calendar: Calendar) -> datetime:
    """`instant`, or the next moment that is in office hours, on a business day, and not quiet."""
    for _ in range(_FARTHEST):
        local = instant.astimezone(calendar.zone)
        first, last = calendar.office_hours
        day = local.date()
        if not is_business_day(day, calendar) or local.time() > last:
            instant = at(business_day(day + _DAY, calendar, 1), first, calendar)
        elif local.time() < first:
            instant = at(day, first, calendar)
        elif is_quiet(instant, calendar):
            instant = after_quiet(instant, calendar)
        else:
            return instant
    return instant


def opening(day: date, calendar: Calendar) -> datetime:
    """When the office opens on that day, or the end of the quiet hours it would open in."""
    return after_quiet(at(day, calendar.office_hours[0], calendar), calendar)


def at(day: date, clock: time, calendar: Calendar) -> datetime:
    """That local day and time, in UTC: sums and differences of local times skip clock changes."""
    return datetime.combine(day, clock, calendar.zone).astimezone(UTC)


def local_day(instant: datetime, calendar: Calendar) -> date:
    return instant.astimezone(calendar.zone).date()


def day_start(day: date, calendar: Calendar) -> datetime:
    return at(day, time(), calendar)
