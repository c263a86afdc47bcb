"""The dates that a newsletter's series proposes: no deliveries, only what is to be prepared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from jposocial.model import MAIL, Calendar, Post, Unplaced
from jposocial.schedule.business_days import add_business_days, local_day
from jposocial.schedule.every import days, due
from jposocial.series import Series

KIND: Final = "newsletter"

#: So many business days before its date an issue without a file is said to lack it.
ALARM: Final = 5

_MARGIN: Final = timedelta(days=31)


def proposed(
    series: Mapping[str, Series],
    posts: Iterable[Post],
    calendar: Calendar,
    *,
    now: datetime,
    until: datetime,
) -> Iterator[Unplaced]:
    """One line a date, where the office has a file of the kind at all: others have no newsletter."""
    files = [post for post in posts if post.kind == KIND]
    for one in series.values():
        if one.kind == KIND and files:
            yield from _dates(one, files, calendar, now, until)


def _dates(
    series: Series, files: Sequence[Post], calendar: Calendar, now: datetime, until: datetime
) -> Iterator[Unplaced]:
    dated = {post.fields.get("date") for post in files}
    today = local_day(now, calendar)
    for day in days(series.every, today - _MARGIN, local_day(until, calendar) + _MARGIN):
        instant = due(series, day, calendar)
        if now <= instant < until:
            there = bool({day, local_day(instant, calendar)} & dated)
            missing = not there and today >= _alarm_day(instant, calendar)
            yield Unplaced(
                post=series.name,
                moment="issue",
                account=MAIL,
                reason="no_file" if missing else "newsletter",
                occurrence=day.isoformat(),
                nominal=instant,
            )


def _alarm_day(instant: datetime, calendar: Calendar) -> date:
    return add_business_days(local_day(instant, calendar), -ALARM, calendar)
