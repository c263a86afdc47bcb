"""The plan as months: every day with its weekday, what it is closed for, and what goes out.

Pure: lines of so many columns. The one text of unknown width, a title, stands last in its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from jposocial import wording
from jposocial.cli import output
from jposocial.messages import Message, localised, msg
from jposocial.model import Calendar, Placement
from jposocial.schedule.business_days import is_closed, is_holiday
from jposocial.values import WEEKDAYS

MONTHS: Final = wording.MONTHS

_DAY: Final = timedelta(days=1)

#: So wide may an account's or a moment's name be; the rest of a line is the title's.
_NAME: Final = 12
#: Less room than this for a title, and names are cut further.
_LEAST: Final = 10

Paint = Callable[[str, str], str]


def plain(text: str, _role: str) -> str:
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """How a month is drawn, whatever the month."""

    calendar: Calendar
    language: str
    columns: int
    #: Post id → what a reader knows it by.
    titles: Mapping[str, str] = field(default_factory=dict)
    #: The name of a holiday, where it is known.
    holiday: Callable[[date], str | None] = lambda _day: None
    #: (text, role) → the text in colour; roles: month, closed, saturday, sunday.
    paint: Paint = plain

    def say(self, text: str) -> str:
        return localised(text, self.language)


def lines(placements: Sequence[Placement], first: date, last: date, month: Month) -> Iterator[str]:
    """Every month from `first` to `last`, both included."""
    zone = month.calendar.zone
    by_day: dict[date, list[Placement]] = defaultdict(list)
    for one in sorted(placements, key=lambda p: (p.due, p.account, p.post, p.moment)):
        by_day[one.due.astimezone(zone).date()].append(one)
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    widths = _widths(placements, month)
    for number, ((year, of), group) in enumerate(groupby(days, key=lambda d: (d.year, d.month))):
        if number:
            yield ""
        yield month.paint(
            month.say(msg("{month} {year}", month=MONTHS[of - 1], year=year)), "month"
        )
        for day in group:
            yield from _day_lines(day, by_day[day], widths, month)


def _widths(placements: Sequence[Placement], month: Month) -> tuple[int, int]:
    """Of the accounts' and the moments' names."""
    spare = (month.columns - _LEAST - output.width(_margin(month)) - len("00:00") - 3 * 2) // 2
    widest = max(min(_NAME, spare), 1)
    return (
        min(widest, max((output.width(p.account) for p in placements), default=0)),
        min(widest, max((output.width(p.moment) for p in placements), default=0)),
    )


def _day_lines(
    day: date, placements: Sequence[Placement], widths: tuple[int, int], month: Month
) -> Iterator[str]:
    weekday = month.say(WEEKDAYS[day.weekday()])
    head = month.paint(f"{day.day:>2} {weekday}", _role(day, month.calendar))
    notes = _closed_for(day, month)
    texts = [_one(p, widths, month) for p in placements]
    room = month.columns - output.width(_margin(month))
    first, *rest = [
        *(month.paint(output.fitted(note, room), "closed") for note in notes),
        *texts,
    ] or [""]
    yield f"{head}  {first}".rstrip()
    for text in rest:
        yield _margin(month) + text


def _margin(month: Month) -> str:
    """As wide as a day with its weekday."""
    return " " * (2 + 1 + output.width(month.say(WEEKDAYS[0])) + 2)


def _one(placement: Placement, widths: tuple[int, int], month: Month) -> str:
    clock = f"{placement.due.astimezone(month.calendar.zone):%H:%M}"
    names = (placement.account, placement.moment)
    cells = [output.padded(output.fitted(n, w), w) for n, w in zip(names, widths, strict=True)]
    start = "  ".join([clock, *cells])
    room = month.columns - output.width(_margin(month)) - output.width(start) - 2
    return f"{start}  {output.fitted(_title(placement.post, month), room)}"


def _title(post: str, month: Month) -> str:
    """The title, or the id where there is none or the terminal has not its letters."""
    title = " ".join(month.titles.get(post, "").split())
    return title if title and output.can_write(title) else post


def _role(day: date, calendar: Calendar) -> str:
    if is_closed(day, calendar) or day.weekday() == 6:
        return "sunday"
    return "saturday" if day.weekday() == 5 else ""


def _closed_for(day: date, month: Month) -> Iterator[str]:
    """Why nothing goes out on that day, beyond its being a Saturday or a Sunday."""
    calendar = month.calendar
    for blackout in calendar.blackout:
        if blackout.start <= day <= blackout.end:
            yield _named(msg("no posts"), blackout.reason, month)
    name = month.holiday(day)
    if name or is_holiday(day, calendar):
        yield _named(msg("holiday"), name, month)
    elif is_closed(day, calendar) and not any(b.start <= day <= b.end for b in calendar.blackout):
        yield month.say(msg("closed"))


def _named(what: Message, name: str | None, month: Month) -> str:
    if not name or not output.can_write(name):
        return f"({month.say(what)})"
    return f"({month.say(what)}) {name}"


def span(
    placements: Sequence[Placement],
    first: date | None,
    last: date | None,
    now: datetime,
    month: Month,
) -> tuple[date, date]:
    """The days to draw: those asked for; else from today, or what waits, to the last placement."""
    due = [p.due.astimezone(month.calendar.zone).date() for p in placements]
    today = now.astimezone(month.calendar.zone).date()
    start = first or min([today, *due])
    return start, last or max([start, *due])
