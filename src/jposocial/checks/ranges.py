"""E01 and E11 where two dates or two times belong together, or the weekday comes first.

`1月18日〜22日(月〜木)`, `木曜日の2月5日`, `2月15日(月)から12日(金)まで`, `15:00〜13:00`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.folding import half_width
from jposocial.checks.reading import Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.checks.written import Day, bare, clocks, days, is_range, near
from jposocial.messages import msg
from jposocial.values import WEEKDAYS

_JA: Final = "月火水木金土日"
_DAYS: Final = rf"[(\[【]\s?(?P<first>[{_JA}])(?:曜日?)?\s?[〜~～ー–—・-]\s?(?P<last>[{_JA}])(?:曜日?)?\s?[)\]】]"
_WEEK: Final = re.compile(_DAYS)

#: 木曜日の2月5日, 水曜(2月18日); what comes every week, or from then on, is no date's weekday.
_FIRST: Final = re.compile(
    rf"(?<![毎隔第{_JA}・とや])(?<![曜日]、)(?<!\d)(?P<weekday>[{_JA}])曜日?(?:の|\s?[(]|、)\s?\Z"
)
_EVERY: Final = re.compile(r"(?:毎週|毎月|隔週|第\s?\d|第[一二三四五])[^。\n]{0,8}\Z")
_GOES_ON: Final = re.compile(r"\s?(?:から|より|以降|以後|までの?毎|[(]\s?[月火水木金土日])")

#: The second date of a range may leave out its month; brackets with the weekday stand between.
_ASIDE: Final = r"(?:\s?\([^()\n]{1,8}\))?(?:\s?\d{1,2}(?::\d\d|時))?"
_TO: Final = re.compile(
    rf"{_ASIDE}\s?(?:[〜~～–—-]|から)\s?(?P<second>(?P<day>\d{{1,2}})日(?!間))?"
)
#: Where the second day leaves out its month, the first reaches up to it.
_ENDS_WITH_TO: Final = re.compile(r"\d日(?:\([^()\n]{1,8}\))?\s?(?:[〜~～–—-]|から)\s?\Z")
#: Without one of these there is no range: quicker than reading the dates and the times. What
#: goes on as a time, 17:00 or 17時, begins no day.
_MAY_SPAN: Final = re.compile(
    r"[〜~～–—か-](?:(?<!か)|ら)\s?(?:\d{1,2}(?!\d|:\d|時)|\d{4}|[令RJFMASOND])"
)
_MAY_LAST: Final = re.compile(r"(?:[\d時分半午m.]|noon|正午)\s?(?:[〜~～ー–—-]|から|to|un?til)")
#: Over midnight nothing is the wrong way round.
_DAYTIME: Final = range(6 * 60, 22 * 60 + 1)
_MOST_REVERSED: Final = 6 * 60


@needs("曜([【", DIGIT)
def weekday_apart(text: str, reading: Reading) -> Iterator[Finding]:
    """E01 for the weekdays of a range, and for one that stands before its date."""
    narrow = half_width(text)
    if "曜" not in narrow and not _WEEK.search(narrow):
        return
    found = days(text)
    for one, other in pairwise(found):
        yield from _of_range(text, narrow, one, other, reading)
    for day in found:
        yield from _before(text, narrow, day, reading)


def _of_range(text: str, narrow: str, one: Day, other: Day, reading: Reading) -> Iterator[Finding]:
    """1月18日〜22日(月〜木): the first weekday for the first date, the last for the last."""
    match = _WEEK.match(narrow, other.end)
    if not match or not is_range(narrow[one.end : other.start].strip() or "〜"):
        return
    first, last = near(one, reading.about), near(other, reading.about)
    for day, name in ((first, "first"), (last, "last")):
        if day and _JA[day.weekday()] != match[name]:
            yield _wrong(text[one.start : match.end()], one.start, day, match[name])


def _before(text: str, narrow: str, day: Day, reading: Reading) -> Iterator[Finding]:
    before = narrow[max(0, day.start - 8) : day.start]
    match = _FIRST.search(before)
    if not match or _EVERY.search(narrow[: day.start]) or _GOES_ON.match(narrow, day.end):
        return
    meant = near(day, reading.about)
    if meant and _JA[meant.weekday()] != match["weekday"]:
        start = day.start - (len(before) - match.start())
        yield _wrong(text[start : day.end], start, meant, match["weekday"])


def _wrong(found: str, start: int, day: date, written: str) -> Finding:
    right = msg("{day} ({weekday})", day=f"{day:%Y-%m-%d}", weekday=WEEKDAYS[day.weekday()])
    return Finding(
        rule="E01",
        start=start,
        found=found,
        message=msg(
            "'{found}': the weekday is {wrong}, but that day is {right}",
            found=found,
            wrong=WEEKDAYS[_JA.index(written)],
            right=right,
        ),
        fix=msg("write {weekday}, or mend the date", weekday=_JA[day.weekday()]),
    )


@needs("〜~ー–—-かtu", "正n" + DIGIT)
def reversed_ranges(text: str, reading: Reading) -> Iterator[Finding]:
    """E11: a range of dates or of times whose end comes before its beginning."""
    yield from _reversed_days(text)
    yield from _reversed_clocks(text)


def _reversed_days(text: str) -> Iterator[Finding]:
    narrow = bare(text)
    return _backwards(text, narrow, days(text)) if _MAY_SPAN.search(narrow) else iter(())


def _backwards(text: str, narrow: str, found: Sequence[Day]) -> Iterator[Finding]:
    for number, one in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        match = _TO.match(narrow, one.end)
        if following and _ENDS_WITH_TO.search(narrow, one.start, following.start):
            end, last = following.end, (following.month, following.day)
        elif not match:
            continue
        elif match["second"]:
            end, last = match.end(), (one.month, int(match["day"]))
        elif following and following.start == match.end() and following.year in (None, one.year):
            end, last = following.end, (following.month, following.day)
        else:
            continue
        # December to January goes over the new year; only within a month is it certain.
        if last[0] == one.month and last[1] < one.day:
            yield _reversed(text, one.start, end)


def _reversed_clocks(text: str) -> Iterator[Finding]:
    narrow = bare(text)
    found = clocks(text) if _MAY_LAST.search(narrow) else ()
    for one, other in pairwise(found):
        between = narrow[one.end : other.start]
        if "翌" in between or not is_range(between):
            continue
        both = one.minutes in _DAYTIME and other.minutes in _DAYTIME
        if both and 0 < one.minutes - other.minutes <= _MOST_REVERSED:
            yield _reversed(text, one.start, other.end)


def _reversed(text: str, start: int, end: int) -> Finding:
    return Finding(
        rule="E11",
        start=start,
        found=text[start:end],
        message=msg("'{found}' ends before it begins", found=text[start:end]),
        fix=msg("mend one of the two"),
    )


#: Days that no February, April … has, as 2/30 and 31 April, where a date must be meant.
_SLASH: Final = re.compile(
    r"(?<![\d/.])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?=\s?(?:に|まで|から|より|は|〜|～|必着|締切|〆切))(?![\d/])"
)
_MONTHS_EN: Final = (
    r"(?P<name>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![A-Za-z])\.?"
)
_ENGLISH: Final = (
    re.compile(rf"(?<![\d/.:-])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?{_MONTHS_EN}"),
    re.compile(
        rf"(?<![A-Za-z]){_MONTHS_EN}\s(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
    ),
)
_MAY_BE_ENGLISH: Final = re.compile(r"\d(?:st|nd|rd|th)?\s(?:of\s)?[A-Z]|[a-z]\.?\s(?:the\s)?\d")
_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: A year with a 29 February.
_LEAP: Final = 2028
_MONTHS, _LAST_DAY = 12, 31


@needs("/jfmasond", DIGIT)
def no_such_day(text: str, reading: Reading) -> Iterator[Finding]:
    """E11: 2/30に, 31 April, February 30; a day above 31 may be another number."""
    narrow = bare(text)
    for match in _SLASH.finditer(narrow) if "/" in narrow else ():
        yield from _impossible(text, match, int(match["month"]))
    for pattern in _ENGLISH if _MAY_BE_ENGLISH.search(narrow) else ():
        for match in pattern.finditer(narrow):
            yield from _impossible(text, match, _NAMES.index(match["name"][:3].lower()) + 1)


def _impossible(text: str, match: re.Match[str], month: int) -> Iterator[Finding]:
    day = int(match["day"])
    if not 1 <= month <= _MONTHS or not 1 <= day <= _LAST_DAY or day <= _days_of(month):
        return
    found = text[match.start() : match.end()]
    yield Finding(
        rule="E11",
        start=match.start(),
        found=found,
        message=msg("'{found}' is no day of the calendar", found=found),
        fix=msg("write a day that exists"),
    )


def _days_of(month: int) -> int:
    following = date(_LEAP + month // _MONTHS, month % _MONTHS + 1, 1)
    return (following - timedelta(days=1)).day
