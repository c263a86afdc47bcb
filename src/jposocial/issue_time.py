"""When an issue of the newsletter goes."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from jposocial.model import Post
from jposocial.schedule.every import days, due
from jposocial.settings import Settings

#: An issue whose file says a day only, and whose day no series names, goes at this time.
_TIME: Final = time(10, 0)


def issue_time(settings: Settings, post: Post) -> datetime:
    """Its own `publish` time, its series' time on that date, or 10:00."""
    calendar = settings.calendar
    if post.publish and post.publish.exact:
        return post.publish.exact
    day = post.fields["date"]
    for series in settings.series.values():
        if series.kind == post.kind:
            for one in days(series.every, day, day):
                return due(series, one, calendar)
    return datetime.combine(day, _TIME, calendar.zone)
