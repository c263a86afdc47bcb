"""E01 weekday ≠ date, and E11 dates and times that cannot be, as they are written in texts.

What cannot be told for certain is passed over: `昨年2月5日(木)` and `平成の28年2月5日` name
years that are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, date
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.folding import caseless
from jposocial.checks.reading import Reading
from jposocial.checks.signs import BLANK, NUMERALS, needs
from jposocial.messages import Message, msg
from jposocial.values import MONTHS, WEEKDAYS

_JA: Final = "月火水木金土日"
_EN: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KANJI: Final = "〇一二三四五六七八九"
#: Era → the year before its first.
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "R": 2018, "H": 1988, "S": 1925}

#: A date without a year is one of these days around the day that the text is about: half a
#: year back, and somewhat further ahead, where announcements look.
_BACK: Final = 183
_AHEAD: Final = 305

#: How far apart `13日(土)` and `14日(日)` stand where they share their month.
_NEAR: Final = 24

# No line ends, since the next line is another sentence; and few, since gaps stand side by side.
_GAP = r"[^\S\n]{0,4}"
_SPACE = r"[^\S\n]{1,4}"
_ASIDE = r"(?:[(（][^()（）\n]{1,12}[)）])?"
_YEAR = (
    r"(?:(?P<era>令和|平成|昭和|(?<![A-Za-z])[RHS])"
    r"(?P<eyear>元|\d{1,2}|[一二三四五六七八九十]{1,3})"
    rf"|(?P<year>\d{{4}}|[{_KANJI}]{{4}})){_ASIDE}{_GAP}年{_ASIDE}{_GAP}の?{_GAP}"
)
_NO_YEAR = r"(?<!(?<![今本])年)(?<!(?<![今本])年の)(?<!年[ 　)）])"
_MONTH_DAY = (
    rf"(?<![\d{_KANJI}十])(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}}){_GAP}月{_GAP}"
    rf"(?P<day>\d{{1,2}}|[一二三四五六七八九十]{{1,3}}){_GAP}日"
)
# With what it begins; looked for first, since it is quick.
_BEGIN = rf"(?=[\d{_KANJI}十令平昭RHS])"
_DATE_JA = rf"{_BEGIN}(?:{_YEAR}|{_NO_YEAR}){_MONTH_DAY}"
_DATE_SIGN = (
    r"(?<![A-Za-z\d/／.．])"
    r"(?:(?:(?P<era>令和|平成|[RHS])(?P<eyear>元|\d{1,2})|(?P<year>\d{4}))[/／.．])?"
    r"(?P<month>\d{1,2})[/／.．](?P<day>\d{1,2})(?![\d/／])"
)
_DATE_ISO = r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?![\d-])"
_REST = r"(?:祝日?|祝休日|休日?|振休|振替休日|国民の休日)"
_DAY_JA = (
    rf"{_GAP}(?:[(（［\[【〔]{_GAP}(?:{_REST}[・･,、/／])?"
    rf"(?P<weekday>[{_JA}])(?:曜日?)?{_GAP}(?:[・･,、/／]?{_GAP}{_REST})?{_GAP}[)）］\]】〕]"
    rf"|(?P<weekday2>[㈪-㈰])"
    rf"|[、,はの]?{_GAP}(?P<weekday3>[{_JA}])曜(?!日?(?:[・･、,とや]|および|及び|以外|を除|は休))日?)"
)
_MONTH_EN = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![A-Za-z])\.?"
)
_NUMBER_EN = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_YEAR_EN = rf"(?:,?{_SPACE}(?P<year>20\d{{2}})(?!\d|[:：]|{_GAP}(?:hrs|h\b|JST|UTC|GMT)))?"


def _named(group: str) -> str:
    """A weekday in English, under a group of that name."""
    return (
        rf"(?P<{group}>Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:nesday)?|Thu(?:r(?:s(?:day)?)?)?"
        r"|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)(?![A-Za-z])\.?"
    )


_BEFORE_EN = rf"(?<![A-Za-z]){_named('weekday')},?{_SPACE}(?:the{_SPACE})?"
_DAY_EN = rf"{_GAP}[(（［\[]{_GAP}{_named('weekday')}{_GAP}[)）］\]]"
_NO_SPAN = rf"(?!{_GAP}(?:to\b|through\b|and\b|or\b|[-–—~〜～,/&]))"
_AFTER_EN = rf"(?:{_DAY_EN}|,{_GAP}{_named('weekday2')}{_NO_SPAN})"

# What is looked for first, in lower case: the end of a date and the beginning of its weekday.
_JA_BEGINS = rf"{_GAP}(?:[(（［\[【〔㈪-㈰]|[、,はの]?{_GAP}[{_JA}]曜)"
_EN_BEGINS = rf"{_GAP}[(（［\[]{_GAP}[mtwfs]"
_SIGN_ENDS = r"[/／.．]\d{1,2}"
_ISO_ENDS = r"-\d{1,2}"
_MONTH_BEGINS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"

#: Every form in which a date comes with its weekday, a part of it that is found quickly in a
#: text in lower case, and whether the weekday is in Japanese.
_WITH_WEEKDAY: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), re.compile(look), _DAY_JA in pattern)
    for pattern, look in (
        (_DATE_JA + _DAY_JA, f"日{_JA_BEGINS}"),
        (_DATE_JA + _DAY_EN, f"日{_EN_BEGINS}"),
        (_DATE_SIGN + _DAY_JA, _SIGN_ENDS + _JA_BEGINS),
        # Marked by the last group: in English the day may come first.
        (rf"{_DATE_SIGN}{_DAY_EN}(?P<either>)", _SIGN_ENDS + _EN_BEGINS),
        (_DATE_ISO + _DAY_JA, _ISO_ENDS + _JA_BEGINS),
        (
            rf"{_DATE_ISO}(?:{_AFTER_EN}|{_SPACE}{_named('weekday3')})",
            rf"{_ISO_ENDS}(?:{_EN_BEGINS}|,|{_SPACE}[mtwfs])",
        ),
        (_BEFORE_EN + _DATE_ISO, _ISO_ENDS),
        (
            rf"{_BEFORE_EN}{_NUMBER_EN}(?:{_SPACE}of)?{_SPACE}{_MONTH_EN}{_YEAR_EN}",
            _MONTH_BEGINS,
        ),
        (rf"{_BEFORE_EN}{_MONTH_EN}{_SPACE}{_NUMBER_EN}{_YEAR_EN}", _MONTH_BEGINS),
        (
            rf"(?<![\d/.]){_NUMBER_EN}{_SPACE}{_MONTH_EN}{_YEAR_EN}{_AFTER_EN}",
            _MONTH_BEGINS,
        ),
        (
            rf"(?<![A-Za-z]){_MONTH_EN}{_SPACE}{_NUMBER_EN}{_YEAR_EN}{_AFTER_EN}",
            _MONTH_BEGINS,
        ),
    )
)
#: The second of two days that share their month: `2月13日(土)・14日(日)`.
_SAME_MONTH: Final = re.compile(
    rf"(?<![\d月/／.．:：-])(?P<day>\d{{1,2}})(?:日|(?=[(（])){_DAY_JA}"
)
_PLAIN: Final = re.compile(_DATE_JA)
_SIGNED: Final = tuple(
    (re.compile(date + _DAY_JA), re.compile(end + _JA_BEGINS))
    for date, end in ((_DATE_SIGN, _SIGN_ENDS), (_DATE_ISO, _ISO_ENDS))
)

#: The month and the day of every date in Japanese, and of what is none for its neighbours.
_DIGITS: Final = r"[\d一二三四五六七八九十]"
_MONTHS_AND_DAYS: Final = re.compile(
    rf"({_DIGITS}{_DIGITS}?){_GAP}月{_GAP}({_DIGITS}{{1,3}}){_GAP}日"
)
_PLAIN_MONTHS: Final = frozenset(map(str, range(1, 13)))
_PLAIN_DAYS: Final = frozenset(map(str, range(1, 29)))
#: Digits of other scripts may spell it too.
_YEAR_ZERO: Final = re.compile(r"[0０〇][0０〇]{3}")
_OTHER_DIGITS: Final = re.compile(r"[^\D0-9０-９]")

#: 24:00 and later: which day is meant depends on the reader. 19:60 is a slip.
_NO_TIME: Final = re.compile(
    # What must not stand before it is looked at last, since a plain sign is found quickly.
    r"[2２](?:(?<![\d:：.].)[4-9４-９][:：][0-5０-５]\d(?![\d:：])|(?<![\d.].)[4-9４-９]時(?!間|限))"
    r"|(?<![\d:：./比])(?:[01０１]?\d|[2２][0-3０-３])[:：][6-9６-９]\d(?![\d:：.%％])"
)
_MAY_BE_NO_TIME: Final = re.compile("[:：2２](?:(?<=[:：])[6-9６-９]|[4-9４-９][:：時])")


#: A weekday as it stands beside a date in Japanese, and how its name begins in English.
_IN_BRACKETS: Final = re.compile(rf"[(（［\[【〔]{_GAP}(?:{_REST}[・･,、/／]?)?[{_JA}]")
_WITHOUT: Final = re.compile("[曜㈪-㈰]")
_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@needs("([【〔曜㈪㈫㈬㈭㈮㈯㈰," + BLANK, _JA + "㈪㈫㈬㈭㈮㈯㈰" + "outhdra", NUMERALS)
def weekdays(text: str, reading: Reading) -> Iterator[Finding]:
    """E01; a date without a year is taken near the day the text is about."""
    for pattern in _forms(text):
        for match in pattern.finditer(text):
            days = _days(match, reading.about)
            if days:
                yield from _judged(match, days)
                yield from _following(text, match.end(), _meant(match, days))


def _forms(text: str) -> Iterator[re.Pattern[str]]:
    """Of the forms in which a date comes with its weekday those that may be in the text."""
    japanese, lower = _names_day(text), caseless(text)
    english = any(name in lower for name in _NAMES)
    for pattern, look, in_japanese in _WITH_WEEKDAY:
        if (japanese if in_japanese else english) and look.search(lower):
            yield pattern


def _names_day(text: str) -> bool:
    """Whether a weekday may stand beside a date in Japanese; quick, beside the forms themselves."""
    return bool(_IN_BRACKETS.search(text) or _WITHOUT.search(text))


def _following(text: str, end: int, day: date) -> Iterator[Finding]:
    """The days of the same month right behind a date: `13日(土)・14日(日)`."""
    while match := _SAME_MONTH.search(text, end, end + _NEAR):
        following = _made(day.year, day.month, _number(match["day"]))
        if "\n" in text[end : match.start()] or following is None or following <= day:
            return
        yield from _judged(match, [following])
        day, end = following, match.end()


def _judged(match: re.Match[str], days: Sequence[date]) -> Iterator[Finding]:
    found = _weekday(match)
    if all(day.weekday() != found for day in days):
        yield _wrong_weekday(match, days[0], found)


def _meant(match: re.Match[str], days: Sequence[date]) -> date:
    return next((day for day in days if day.weekday() == _weekday(match)), days[0])


@needs("月/.-:時", NUMERALS)
def impossible(text: str, reading: Reading) -> Iterator[Finding]:
    """E11 in a text: 2月30日, 13月1日, 2/30(火), 24:00."""
    dates = [*_PLAIN.finditer(text)] if _may_be_none(text, reading.about) else []
    dates += _with_sign(text) if _names_day(text) else ()
    for match in dates:
        if not _days(match, reading.about):
            yield _impossible(
                match,
                msg("'{found}' is no day of the calendar", found=match[0]),
                msg("write a day that exists"),
            )
    for match in _NO_TIME.finditer(text) if _MAY_BE_NO_TIME.search(text) else ():
        yield _impossible(
            match,
            msg("'{found}' is no time of the clock", found=match[0]),
            msg("write 0:00 of the next day, or 23:59"),
        )


def _may_be_none(text: str, about: date) -> bool:
    """Whether a date in Japanese may be no day of the calendar.

    Every month has 28 days, every year but 0 has all months, and of the days without a year
    one is always near: only at the ends of the calendar there may be no year before or after.
    """
    if "月" not in text:
        return False
    if not MINYEAR < about.year < MAXYEAR or _YEAR_ZERO.search(text) or _OTHER_DIGITS.search(text):
        return True
    return any(
        month not in _PLAIN_MONTHS or day not in _PLAIN_DAYS
        for month, day in _MONTHS_AND_DAYS.findall(text)
    )


def _with_sign(text: str) -> Iterator[re.Match[str]]:
    """2/30(火): a date for its weekday; other numbers with a stroke may be anything."""
    for pattern, look in _SIGNED:
        for match in pattern.finditer(text) if look.search(text) else ():
            if 1 <= int(match["month"]) <= 12 and 1 <= int(match["day"]) <= 31:
                yield match


def _impossible(match: re.Match[str], message: Message, fix: Message) -> Finding:
    return Finding(rule="E11", start=match.start(), found=match[0], message=message, fix=fix)


def _days(match: re.Match[str], about: date) -> list[date]:
    """The days that may be meant, the nearest first; none where there is no such day."""
    groups = match.groupdict()
    month, day = _month(groups["month"] or ""), _number(groups["day"] or "")
    if year := _year(groups):
        return [made] if (made := _made(year, month, day)) else []
    found = _around(about, month, day)
    if "either" in groups:
        found += _around(about, day, month)
    return found


def _around(about: date, month: int, day: int) -> list[date]:
    years = (about.year - 1, about.year, about.year + 1)
    found = [made for year in years if (made := _made(year, month, day))]
    near = [one for one in found if -_BACK <= (one - about).days <= _AHEAD]
    return sorted(near, key=lambda one: abs((one - about).days))


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(groups: dict[str, str | None]) -> int | None:
    if era := groups.get("era"):
        year = groups.get("eyear") or ""
        return _ERAS[era.upper()] + (1 if year == "元" else _number(year))
    found = groups.get("year")
    return _number(found) if found else None


def _month(text: str) -> int:
    name = text[:3].lower()
    return MONTHS.index(name) + 1 if name in MONTHS else _number(text)


def _number(text: str) -> int:
    """`5`, `５`, `五`, `十五`, `二〇二七`."""
    if text.isdecimal():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_number(tens) if tens else 1) + (_number(ones) if ones else 0)
    return int("".join(str(_KANJI.index(character)) for character in text))


def _weekday(match: re.Match[str]) -> int:
    text = _written_weekday(match)
    if text in _JA:
        return _JA.index(text)
    if "㈪" <= text <= "㈰":
        return ord(text) - ord("㈪")
    return _EN.index(text[:3].lower())


def _written_weekday(match: re.Match[str]) -> str:
    groups = match.groupdict()
    names = ("weekday", "weekday2", "weekday3")
    return next(found for name in names if (found := groups.get(name)))


#: Not from `calendar`, which speaks the language of the machine.
_EN_FULL: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


def _in_kind(text: str, weekday: int) -> str:
    """The right weekday as `text` writes the wrong one: 金, Fri or Friday."""
    if not text.isascii():
        return _JA[weekday]
    full = text.title() in _EN_FULL
    return _EN_FULL[weekday] if full else _EN[weekday].title()


def _wrong_weekday(match: re.Match[str], day: date, found: int) -> Finding:
    right = msg("{day} ({weekday})", day=f"{day:%Y-%m-%d}", weekday=WEEKDAYS[day.weekday()])
    text = _written_weekday(match)
    written = _in_kind(text, day.weekday())
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
        fix=msg("write {weekday}, or mend the date", weekday=written),
        replacement=_with_weekday(match, written),
    )


def _with_weekday(match: re.Match[str], written: str) -> str | None:
    """What was found with the right weekday, where it is one sign or an abbreviation."""
    name = next(n for n in ("weekday", "weekday2", "weekday3") if match.groupdict().get(n))
    start, end = match.span(name)
    if match.string[end : end + 1].isascii() and match.string[end : end + 1].isalpha():
        return None
    return match.string[match.start() : start] + written + match.string[end : match.end()]
