"""Reading days, instants, durations and ranges from the text that staff write.

Shapes: `2027-01-21`, `2027-01-21 19:00[:30][ Asia/Jakarta| +07:00]`, `2h`, `21:00-08:00`,
`12-29/01-03`. A bad value raises `BadValue` with the rule it breaks and how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

WEEKDAYS = (
    msg("Mon"), msg("Tue"), msg("Wed"), msg("Thu"), msg("Fri"), msg("Sat"), msg("Sun"),
)  # fmt: skip

#: As English texts abbreviate them, in lower case.
MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?(?:\s*(Z|[+-]\d{2}:\d{2})|\s+([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*))?"
)
_DURATION = re.compile(r"(\d+)\s*([smhd])")
_CLOCK = re.compile(r"(\d{2}):(\d{2})")
_DAY_OF_YEAR = re.compile(r"\d{2}-\d{2}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


#: Days are counted to and fro from any day that is read, and must stay on the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST = timedelta(days=3660)


#: Controls, and what some readers take for the end of a line.
_UNPRINTED = frozenset({"Cc", "Zl", "Zp"})


class BadValue(ValueError):
    """A text that is no such value: F04 by its form, E11 by what it says."""

    def __init__(self, message: Message, fix: Message, rule: str = "F04") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.rule = rule


def parse_day(text: str) -> date:
    """`2027-01-21`."""
    match = _DAY.fullmatch(text)
    if not match:
        raise BadValue(msg("'{text}' is not a day", text=text), msg("write 2027-01-21"))
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        raise _impossible(text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadValue(
            msg("the year of '{text}' cannot be meant", text=text),
            msg("write a day between 1900 and 2199, or leave it out"),
            rule="E11",
        )
    return day


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """An aware datetime in the zone the text names, else in `zone`.

    A local time that the zone skips, or has twice and no offset, is E11.
    """
    match = _INSTANT.fullmatch(text)
    if not match:
        raise BadValue(
            msg("'{text}' is not a date with a time", text=text),
            msg("write 2027-01-21 19:00, or 2027-01-21 19:00 America/New_York"),
        )
    day, hour, minute, second, offset, name = match.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise _impossible(text)
    clock = time(int(hour), int(minute), int(second or 0))
    if offset:
        return datetime.combine(parse_day(day), clock, _offset(offset, text))
    local = datetime.combine(parse_day(day), clock, zone_named(name) if name else zone)
    _refuse_skipped_or_doubled(local, text)
    return local


def _offset(text: str, whole: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise _impossible(whole)
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift)


def _impossible(text: str) -> BadValue:
    return BadValue(
        msg("'{text}' does not exist on the calendar or the clock", text=text),
        msg("write a day and a time that exist; midnight is 00:00 of the next day"),
        rule="E11",
    )


def _refuse_skipped_or_doubled(local: datetime, text: str) -> None:
    if local.astimezone(UTC).astimezone(local.tzinfo).replace(fold=0) != local:
        raise BadValue(
            msg("'{text}' is skipped by the change of clocks there", text=text),
            msg("write the time after the change, or give the offset: 2027-03-28 03:30 +02:00"),
            rule="E11",
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise BadValue(
            msg("'{text}' happens twice there, at the change of clocks", text=text),
            msg("give the offset: 2027-10-31 02:30 +01:00"),
            rule="E11",
        )


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone, or BadValue."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadValue(
            msg("there is no time zone '{name}'", name=name),
            msg("write Area/City, such as Asia/Tokyo or America/New_York"),
        ) from None


def parse_duration(text: str) -> timedelta:
    """`30s`, `90m`, `2h`, `92d`, or `0`."""
    if text.strip() == "0":
        return timedelta()
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise BadValue(
            msg("'{text}' is not a duration", text=text), msg("write 30s, 90m, 2h, 92d or 0")
        )
    try:
        found = timedelta(**{_UNITS[match[2]]: int(match[1])})
    except (OverflowError, ValueError):
        found = timedelta.max
    if found > LONGEST:
        raise BadValue(
            msg("'{text}' is longer than ten years", text=text), msg("write 30s, 90m, 2h, 92d or 0")
        )
    return found


def parse_clock(text: str) -> time:
    """`08:30`."""
    match = _CLOCK.fullmatch(text.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise BadValue(msg("'{text}' is not a time of day", text=text), msg("write 08:30"))
    return time(int(match[1]), int(match[2]))


def parse_clock_range(text: str) -> tuple[time, time]:
    """`08:30-17:15`; may span midnight."""
    first, dash, last = text.partition("-")
    if not dash:
        raise BadValue(msg("'{text}' is not a range of times", text=text), msg("write 21:00-08:00"))
    return parse_clock(first), parse_clock(last)


def parse_days_of_year(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """`12-29/01-03`: both ends included, may span the new year; `12-29` is one day."""
    ends = [_day_of_year(part, text) for part in text.split("/")]
    if len(ends) > 2:
        raise BadValue(msg("'{text}' is not a range of days", text=text), msg("write 12-29/01-03"))
    return ends[0], ends[-1]


def _day_of_year(part: str, text: str) -> tuple[int, int]:
    part = part.strip()
    try:
        # Of a leap year. Python's own reader would take weeks too: W01-1.
        day = date.fromisoformat(f"2028-{part}") if _DAY_OF_YEAR.fullmatch(part) else None
    except ValueError:
        day = None
    if day is None:
        raise BadValue(msg("'{text}' is not a range of days", text=text), msg("write 12-29/01-03"))
    return day.month, day.day


def is_printable(text: str) -> bool:
    """Whether `text` may stand on one line, such as one of a mail's head."""
    return not any(unicodedata.category(sign) in _UNPRINTED for sign in text)


def printable(text: str) -> str:
    """`text` with a `?` for what one line cannot have."""
    return "".join("?" if unicodedata.category(s) in _UNPRINTED else s for s in text)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever its case, or None."""
    import difflib

    names = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.6)
    return names[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> Message:
    """How to mend a name that is not known."""
    names = sorted(known)
    found = nearest(name, names)
    if found:
        return msg("did you mean '{name}'?", name=found)
    return msg("known are: {names}", names=", ".join(names))
