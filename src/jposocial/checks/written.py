"""Clock times and days as they are written in Japanese and in English, with their places.

Full-width signs count as half-width ones; what stands in an address counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from jposocial.checks.folding import half_width
from jposocial.values import MONTHS

_URL: Final = re.compile(r"https?://[!-~]+")

_NOON: Final = 12 * 60
_DAY: Final = 24 * 60


@lru_cache(maxsize=1024)
def bare(text: str) -> str:
    """Half-width, and every address blank; every place is that of the text."""
    return _URL.sub(lambda match: " " * len(match[0]), half_width(text))


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; `minutes` from midnight."""

    start: int
    end: int
    minutes: int
    #: Said to be before or after noon (午前, p.m.), or noon itself.
    half: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month; the year where it is written."""

    start: int
    end: int
    month: int
    day: int
    year: int | None = None


_AFTER: Final = ("午後", "夜", "夕方", "夕")
_CLOCK: Final = re.compile(
    # With what any of them begins; looked for first, since it is quick.
    r"(?=[\d午夕深夜朝昼正apnm])(?:(?:(?P<before>午前|午後|夕方|深夜|夜|夕|朝|昼|AM|PM)[の ]{0,2})?"
    r"(?<![\d:.])(?P<hour>\d{1,2})"
    r"(?:\s?時(?![間点代差期給刻速短帯限])(?:\s?(?P<minute>[0-5]?\d)\s?分(?!間|の\d)|(?P<thirty>半))?"
    r"|:(?P<sign>[0-5]\d)(?![\d:])(?:\s?(?P<after>[ap]\.?m\b\.?))?"
    r"|\s?(?P<only>[ap]\.?m\b\.?))"
    r"|(?P<noon>正午|(?<![a-z])noon(?![a-z]))|(?P<midnight>(?<![a-z])midnight(?![a-z])))",
    re.IGNORECASE,
)
#: `7-` of `7-8:30 p.m.`, looked for before the time it belongs to.
_HEAD: Final = re.compile(r"(?<![\d:.])(\d{1,2})(?::([0-5]\d))?\s?(?:[-–—~]|to)\s?\Z")
#: What stands between the ends of a range.
_RANGE: Final = re.compile(r"\s?(?:[-–—〜~～ー]|から|to|until|till)\s?(?:翌日?)?(?:午[前後])?\s?")


@lru_cache(maxsize=1024)
def clocks(text: str) -> tuple[Clock, ...]:
    """Every clock time, in order: 19:00, 午後7時半, 7 p.m., the 7 of 7-8:30 p.m."""
    narrow = bare(text)
    found: list[Clock] = []
    for match in _CLOCK.finditer(narrow):
        clock = _clock(match)
        if clock:
            clock = _later(found, clock, narrow)
            found = [*_headed(found, clock, narrow), clock]
    return tuple(found)


def _clock(match: re.Match[str]) -> Clock | None:
    start, end = match.span()
    if match["noon"] or match["midnight"]:
        return Clock(start, end, _NOON if match["noon"] else 0, "noon")
    hour = int(match["hour"])
    minute = 30 if match["thirty"] else int(match["minute"] or match["sign"] or 0)
    half = _half(match["before"], match["after"] or match["only"])
    if hour > 24 or (half in ("am", "pm") and (match["after"] or match["only"]) and hour > 12):
        return None
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    return Clock(start, end, (hour * 60 + minute) % _DAY, half)


def _half(before: str | None, after: str | None) -> str:
    if after or before in ("AM", "PM", "am", "pm"):
        return (after or before or "")[0].lower() + "m"
    if before in ("午前", "朝"):
        return "am"
    return "pm" if before in _AFTER else ""


def _later(found: list[Clock], clock: Clock, text: str) -> Clock:
    """The 8:30 of 午後7時〜8時30分 is after noon too."""
    if not found or clock.half or clock.minutes >= _NOON or found[-1].half != "pm":
        return clock
    between = text[found[-1].end : clock.start]
    if _RANGE.fullmatch(between) and clock.minutes < found[-1].minutes:
        return Clock(clock.start, clock.end, clock.minutes + _NOON, "pm")
    return clock


def _headed(found: list[Clock], clock: Clock, text: str) -> list[Clock]:
    """`found` with the first end of the range that `clock` closes: 7-8:30 p.m."""
    if clock.half not in ("am", "pm"):
        return found
    match = _HEAD.search(text, 0, clock.start)
    if not match or int(match[1]) > 12 or "時" in text[clock.start : clock.end]:
        return found
    minutes = int(match[1]) % 12 * 60 + int(match[2] or 0)
    if clock.half == "pm" and minutes + _NOON <= clock.minutes:
        minutes += _NOON
    head = Clock(
        match.start(), match.start() + len(match[0].rstrip(" -–—~to")), minutes, clock.half
    )
    if found and found[-1].start >= head.start:
        return [*found[:-1], head] if not found[-1].half else found
    return [*found, head]


def is_range(between: str) -> bool:
    """Whether the text between two times makes them one range."""
    return bool(_RANGE.fullmatch(half_width(between)))


_MONTH: Final = (
    r"(?P<name>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![A-Za-z])(?:\.(?=\s?\d))?"
)
_ORDINAL: Final = r"(?:st|nd|rd|th)?"
_AND: Final = r"\s?(?:[-–—〜~～・、,&と]|から|および|及び|to(?=\s)|and(?=\s))\s?"
_WEEKDAY: Final = r"(?:\([^()\n]{1,8}\))?"
_NAME_EN: Final = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s)?"
#: In `February 5, 7 to 8:30 p.m.` the 7 is a time.
_NO_DAY: Final = r"(?!\d|:\d|\s?[ap]\.?m\b|\s?(?:to|[-–—~])\s?\d{1,2}(?::\d|\s?[ap]\.?m))"
_JA: Final = re.compile(
    r"(?:(?P<era>令和|(?<![A-Za-z])R)\s?(?P<eyear>元|\d{1,2})年\s?|(?P<year>\d{4})年\s?)?"
    rf"(?<!\d)(?P<month>\d{{1,2}})\s?月\s?(?P<days>\d{{1,2}})\s?日(?P<more>(?:{_WEEKDAY}{_AND}\d{{1,2}}日(?![間目前後]))*)"
)
_SIGN: Final = re.compile(
    r"(?<![\w/.-])(?:(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<days>\d{1,2})(?![\d/-])"
    r"|(?P<month2>\d{1,2})/(?P<days2>\d{1,2})(?=\s?\(\s?[月火水木金土日祝MTWFS]|\s?(?:まで|締切|\d{1,2}[:時])))"
)
_EN_FIRST: Final = re.compile(
    rf"(?<![\d:/.-])(?P<days>\d{{1,2}}{_ORDINAL}(?:{_AND}{_NAME_EN}\d{{1,2}}{_ORDINAL})*)\s(?:of\s)?{_MONTH}"
    r"(?:,?\s(?P<year>\d{4})(?!\d))?"
)
_EN_LAST: Final = re.compile(
    rf"(?<![A-Za-z]){_MONTH}\s(?:the\s)?(?P<days>\d{{1,2}}{_ORDINAL}{_NO_DAY}"
    rf"(?:{_AND}{_NAME_EN}\d{{1,2}}{_ORDINAL}{_NO_DAY})*)(?:,?\s(?P<year>\d{{4}})(?!\d))?"
)
#: One of these is in every day that is not in Japanese: quick to look for.
_SIGNED: Final = re.compile(r"\d[-/.]\d")
_NAMED: Final = re.compile("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec")


@lru_cache(maxsize=1024)
def days(text: str) -> tuple[Day, ...]:
    """Every day with its month, in order; `2月5日〜7日` and `5-7 February` are two."""
    narrow = bare(text)
    found: dict[int, Day] = {}
    for pattern in _forms(narrow):
        for match in pattern.finditer(narrow):
            if not any(day.start <= match.start() < day.end for day in found.values()):
                found |= {day.start: day for day in _days(match)}
    return tuple(found[start] for start in sorted(found))


def _forms(text: str) -> Iterator[re.Pattern[str]]:
    """Of the forms in which a day is written those that may be in the text."""
    if "月" in text:
        yield _JA
    if _SIGNED.search(text):
        yield _SIGN
    if _NAMED.search(text):
        yield _EN_FIRST
        yield _EN_LAST


def _days(match: re.Match[str]) -> Iterator[Day]:
    groups = match.groupdict()
    month = _month(groups)
    year = _year(groups)
    text = groups.get("days") or groups.get("days2") or ""
    group = "days" if groups.get("days") else "days2"
    numbers = [(n.start() + match.start(group), int(n[0])) for n in re.finditer(r"\d{1,2}", text)]
    if groups.get("more"):
        numbers += [
            (n.start() + match.start("more"), int(n[1]))
            for n in re.finditer(r"(\d{1,2})日", groups["more"] or "")
        ]
    for index, (start, number) in enumerate(numbers):
        if 1 <= month <= 12 and 1 <= number <= 31:
            begin = match.start() if index == 0 else start
            end = match.end() if index == len(numbers) - 1 else numbers[index + 1][0]
            yield Day(begin, end, month, number, year)


def _month(groups: dict[str, str | None]) -> int:
    if name := groups.get("name"):
        return MONTHS.index(name[:3].lower()) + 1
    return int(groups.get("month") or groups.get("month2") or 0)


def _year(groups: dict[str, str | None]) -> int | None:
    if era := groups.get("eyear"):
        return 2019 if era == "元" else 2018 + int(era)
    return int(groups["year"] or 0) if groups.get("year") else None


def near(day: Day, about: date) -> date | None:
    """The calendar day that is meant: of its year, or the nearest to `about`."""
    years = [day.year] if day.year else [about.year - 1, about.year, about.year + 1]
    found = [made for year in years if (made := _made(year, day.month, day.day))]
    return min(found, key=lambda one: abs((one - about).days)) if found else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
