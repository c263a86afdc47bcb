"""When a series recurs: our own arithmetic on local days, the same on every host for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from jposocial.model import Calendar
from jposocial.schedule.business_days import (
    add_business_days,
    at,
    business_day,
    is_quiet,
    local_day,
    opening,
)
from jposocial.series import LAST, Cutoff, Every, Series

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)

#: Every so many weeks is counted from this Monday, whatever the year.
FIRST_MONDAY: Final = date(2024, 1, 1)


def recurs(every: Every, day: date) -> bool:
    """Whether `day` is one of the local days that `every` names."""
    if every.days:
        return day.day in every.days or (LAST in every.days and (day + _DAY).month != day.month)
    return day.weekday() in every.weekdays and _of_its_weeks(every, day)


def _of_its_weeks(every: Every, day: date) -> bool:
    if every.weeks:
        last = (day + _WEEK).month != day.month
        return (day.day - 1) // 7 + 1 in every.weeks or (LAST in every.weeks and last)
    return (day - FIRST_MONDAY).days // 7 % every.interval == every.phase


def days(every: Every, start: date, end: date) -> Iterator[date]:
    """The local days of `every` from `start` to before `end`, in order."""
    for number in range((end - start).days):
        if recurs(every, start + number * _DAY):
            yield start + number * _DAY


def due(series: Series, day: date, calendar: Calendar) -> datetime:
    """When the occurrence of that nominal day goes: on a business day, unless `shift` is keep."""
    if series.shift != "keep":
        day = business_day(day, calendar, -1 if series.shift == "previous" else 1)
    instant = at(day, series.every.at, calendar)
    if series.shift != "keep" and is_quiet(instant, calendar):
        return opening(day, calendar)
    return instant


def cutoffs(series: Iterable[Series], calendar: Calendar, now: datetime) -> Iterator[datetime]:
    """The cutoffs of all occurrences from a month before `now` to two after it."""
    today = local_day(now, calendar)
    for one in series:
        for day in days(one.every, today - 31 * _DAY, today + 62 * _DAY):
            yield cutoff(one.cutoff, due(one, day, calendar), calendar)


def cutoff(of: Cutoff, instant: datetime, calendar: Calendar) -> datetime:
    """When what goes at `instant` is composed; never later than it goes."""
    day = local_day(instant, calendar)
    day = add_business_days(day, -of.days, calendar) if of.business else day - of.days * _DAY
    return min(at(day, of.at, calendar), instant)
