"""E01 weekday ≠ date, and E11 dates and times that cannot be, as they are written in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.reading import Reading
from jposocial.messages import Message, msg
from jposocial.values import WEEKDAYS

_JA: Final = "月火水木金土日"
_EN: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)

_YEAR = r"(?:(?:(?P<era>令和|R)(?P<eyear>元|\d{1,2})|(?P<year>\d{4}))\s*年\s*)?"
_DATE_JA = _YEAR + r"(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日"
_DATE_SIGN = r"(?<![\d/／.．-])(?:(?P<year>\d{4})[/／.．-])?(?P<month>\d{1,2})[/／.．-](?P<day>\d{1,2})(?![\d/／])"
_DAY_JA = rf"\s*(?:[(（［\[]\s*(?P<weekday>[{_JA}])(?:曜日?)?\s*(?:[・,、/／]?\s*(?:祝日?|休日?|振休))?\s*[)）］\]]|[、,]?\s*(?P<weekday2>[{_JA}])曜)"
_DAY_EN = r"\s*[(（]\s*(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?\s*[)）]"
_MONTH_EN = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAY_NUMBER = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR_EN = r"(?:,?\s+(?P<year>\d{4}))?"
_WEEKDAY_EN = r"\b(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]*)\.?,?\s+(?:the\s+)?"

#: Every form in which a date comes with its weekday.
_WITH_WEEKDAY: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _DATE_JA + _DAY_JA,
        _DATE_SIGN + _DAY_JA,
        _DATE_SIGN + _DAY_EN,
        _WEEKDAY_EN + _DAY_NUMBER + r"(?:\s+of)?\s+" + _MONTH_EN + _YEAR_EN,
        _WEEKDAY_EN + _MONTH_EN + r"\s+" + _DAY_NUMBER + _YEAR_EN,
        r"\b" + _DAY_NUMBER + r"\s+" + _MONTH_EN + _YEAR_EN + _DAY_EN,
        r"\b" + _MONTH_EN + r"\s+" + _DAY_NUMBER + _YEAR_EN + _DAY_EN,
    )
)
_PLAIN: Final = re.compile(_DATE_JA)

#: 24:00 and later: which day is meant depends on the reader.
_NO_TIME: Final = re.compile(r"(?<![\d:：])2[4-9][:：][0-5]\d(?![\d:：])|(?<!\d)2[4-9]時(?!間)")


def weekdays(text: str, reading: Reading) -> Iterator[Finding]:
    """E01; a date without a year is taken nearest to the day the text is about."""
    for pattern in _WITH_WEEKDAY:
        for match in pattern.finditer(text):
            day = _day(match, reading.about)
            if day and day.weekday() != (found := _weekday(match)):
                yield _wrong_weekday(match, day, found)


def impossible(text: str, reading: Reading) -> Iterator[Finding]:
    """E11 in a text: 2月30日, 13月1日, 24:00."""
    for match in _PLAIN.finditer(text):
        if _day(match, reading.about) is None:
            yield _impossible(
                match,
                msg("'{found}' is no day of the calendar", found=match[0]),
                msg("write a day that exists"),
            )
    for match in _NO_TIME.finditer(text):
        yield _impossible(
            match,
            msg("'{found}' is no time of the clock", found=match[0]),
            msg("write 0:00 of the next day, or 23:59"),
        )


def _impossible(match: re.Match[str], message: Message, fix: Message) -> Finding:
    return Finding(rule="E11", start=match.start(), found=match[0], message=message, fix=fix)


def _day(match: re.Match[str], about: date) -> date | None:
    groups = match.groupdict()
    month, day = _month(groups["month"] or ""), int(groups["day"] or 0)
    year = _year(groups)
    years = [year] if year else [about.year - 1, about.year, about.year + 1]
    found = [made for y in years if (made := _made(y, month, day))]
    return min(found, key=lambda d: abs((d - about).days)) if found else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(groups: dict[str, str | None]) -> int | None:
    if groups.get("eyear"):
        return 2019 if groups["eyear"] == "元" else 2018 + int(groups["eyear"] or 0)
    year = groups.get("year")
    return int(year) if year else None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1


def _weekday(match: re.Match[str]) -> int:
    groups = match.groupdict()
    text = groups.get("weekday") or groups.get("weekday2") or ""
    return _JA.index(text) if text in _JA else _EN.index(text[:3].lower())


def _wrong_weekday(match: re.Match[str], day: date, found: int) -> Finding:
    right = msg("{day} ({weekday})", day=f"{day:%Y-%m-%d}", weekday=WEEKDAYS[day.weekday()])
    return Finding(
        rule="E01",
        start=match.start(),
        found=match[0],
        message=msg(
            "'{found}': the weekday is {wrong}, but that day is {right}",
            found=match[0].strip(),
            wrong=WEEKDAYS[found],
            right=right,
        ),
        fix=msg("write {weekday}, or mend the date", weekday=_written(match, day)),
    )


def _written(match: re.Match[str], day: date) -> str:
    text = match.groupdict().get("weekday") or match.groupdict().get("weekday2") or ""
    return _JA[day.weekday()] if text in _JA else _EN[day.weekday()].title()
