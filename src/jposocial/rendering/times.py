"""How days and times are written, in Japanese and in English.

24 hours, with the weekday. A zone is named by its city, never by letters such as JST or EST.
An English reader may be anywhere: in English a time comes with its zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from jposocial.cities import HERE, city_name

TOKYO: Final = ZoneInfo("Asia/Tokyo")

STYLES: Final = ("datetime", "date", "time", "full", "day")

_JA_DAYS: Final = "月火水木金土日"
_EN_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

#: Said behind a time of Japan.
_JAPAN: Final = {"ja": "（日本時間）", "en": " (Japan time)"}

#: (first day, name) of the eras, the newest first; the day itself is of the new one.
_ERAS: Final = (
    (date(2019, 5, 1), "令和", "Reiwa"),
    (date(1989, 1, 8), "平成", "Heisei"),
    (date(1926, 12, 25), "昭和", "Showa"),
    (date(1912, 7, 30), "大正", "Taisho"),
    (date(1868, 1, 25), "明治", "Meiji"),
)

_DAY: Final = timedelta(days=1)


def date_of(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def weekday_name(day: date, lang: str) -> str:
    """木, or Thu."""
    return _EN_DAYS[day.weekday()] if lang == "en" else _JA_DAYS[day.weekday()]


def written(value: datetime | date, style: str, lang: str) -> str:
    """`value` as it stands, without its zone: 1月21日(木)19:00, or Thu 21 Jan, 19:00."""
    clock = f"{value:%H:%M}" if isinstance(value, datetime) else ""
    if style == "time":
        return clock
    day = _english(value, style) if lang == "en" else _japanese(value, style)
    if style in ("date", "day") or not clock:
        return day
    return f"{day}, {clock}" if lang == "en" else f"{day}{clock}"


def _japanese(day: date, style: str) -> str:
    year = f"{day.year}年" if style in ("full", "day") else ""
    weekday = "" if style == "day" else f"({weekday_name(day, 'ja')})"
    return f"{year}{day.month}月{day.day}日{weekday}"


def _english(day: date, style: str) -> str:
    year = f" {day.year}" if style in ("full", "day") else ""
    weekday = "" if style == "day" else f"{weekday_name(day, 'en')} "
    return f"{weekday}{day.day} {_EN_MONTHS[day.month - 1]}{year}"


def in_japan(value: datetime | date, style: str, lang: str) -> str:
    """The time in Japan; in English with its zone, unless it is a time or a day alone."""
    local = value.astimezone(TOKYO) if isinstance(value, datetime) else value
    told = lang == "en" and isinstance(value, datetime) and style in ("datetime", "full")
    return written(local, style, lang) + (_JAPAN["en"] if told else "")


def in_city(value: datetime, zone: tzinfo, lang: str) -> str:
    """The time in a city, with its day where that is not the day in Japan.

    ニューヨーク時間2月19日(金)23:59, ローマ時間11:00; Fri 19 Feb, 23:59 New York time.
    """
    local = value.astimezone(zone)
    same = local.date() == value.astimezone(TOKYO).date()
    clock = written(local, "time" if same else "datetime", lang)
    name, season = _city(zone, lang), _season(local, lang)
    if lang == "en":
        return f"{clock} {name}" if name == "UTC" else f"{clock} {name}{season} time"
    return f"{name}{season}時間{clock}"


def _city(zone: tzinfo, lang: str) -> str:
    if isinstance(zone, ZoneInfo):
        return city_name(zone.key, lang)
    return city_name("UTC", lang) if zone is UTC else HERE[lang]


def _season(local: datetime, lang: str) -> str:
    """Which of the two, of a time that the clock shows twice when summer time ends."""
    other = local.replace(fold=1 - local.fold)
    if other.utcoffset() == local.utcoffset() or other.dst() == local.dst():
        return ""
    if lang == "en":
        return " standard" if local.fold else " summer"
    return "標準" if local.fold else "夏"


def is_abroad(value: datetime, zone: tzinfo) -> bool:
    """Whether clocks in `zone` then show another time than Japan's."""
    return value.astimezone(zone).utcoffset() != value.astimezone(TOKYO).utcoffset()


def in_both(value: datetime, zone: tzinfo, lang: str) -> str:
    """The time in Japan, with its zone; and in `zone` where that is another."""
    here = written(value.astimezone(TOKYO), "datetime", lang) + _JAPAN[lang]
    if not is_abroad(value, zone):
        return here
    return f"{here}{' / ' if lang == 'en' else '／'}{in_city(value, zone, lang)}"


def span(first: datetime | date, last: datetime | date | None, style: str, lang: str) -> str:
    """From `first` to `last` in Japan, each day, month and year said once.

    2月5日(金)19:00〜20:30; over midnight 2月5日(金)23:00〜6日(土)01:00; without a time of day
    2月5日(金)〜7日(日). `style`: datetime, date, time (without the first day) or full.
    """
    if last is None:
        return in_japan(first, style, lang)
    timed = isinstance(first, datetime) and style != "date"
    first, last = (_here(value, style) for value in (first, last))
    ends = _english_span if lang == "en" else _japanese_span
    return ends(first, last, style) + (_JAPAN["en"] if timed and lang == "en" else "")


def _here(value: datetime | date, style: str) -> datetime | date:
    local = value.astimezone(TOKYO) if isinstance(value, datetime) else value
    return date_of(local) if style == "date" else local


def _japanese_span(first: datetime | date, last: datetime | date, style: str) -> str:
    start = written(first, _first_style(first, last, style), "ja")
    if date_of(first) == date_of(last):
        clock = written(last, "time", "ja")
        return f"{start}〜{clock}" if clock and last != first else start
    return f"{start}〜{_until(date_of(first), last, style)}"


def _english_span(first: datetime | date, last: datetime | date, style: str) -> str:
    whole = _first_style(first, last, style)
    start = written(first, whole, "en")
    if date_of(first) == date_of(last):
        clock = written(last, "time", "en")
        return f"{start}–{clock}" if clock and last != first else start
    return f"{start} – {written(last, 'datetime' if whole == 'time' else whole, 'en')}"


def _first_style(first: datetime | date, last: datetime | date, style: str) -> str:
    """With the year where the two are of different years."""
    if style != "time" and date_of(first).year != date_of(last).year:
        return "full"
    return style


def _until(first: date, last: datetime | date, style: str) -> str:
    """The end in Japanese, without the month and the year that it shares with `first`."""
    clock, day = written(last, "time", "ja"), date_of(last)
    if style == "time" and day == first + _DAY:
        return f"翌{clock}"
    year = f"{day.year}年" if day.year != first.year else ""
    month = f"{day.month}月" if (day.year, day.month) != (first.year, first.month) else ""
    return f"{year}{month}{day.day}日({weekday_name(day, 'ja')}){clock}"


def era_date(day: date, style: str, lang: str) -> str | None:
    """`pair` 2027年（令和9年）1月21日, `year` 2027年（令和9年）, `era` 令和9年1月21日.

    In English 21 January 2027 has no other form: 2027 (Reiwa 9). None before the eras.
    """
    found = next(((start, ja, en) for start, ja, en in _ERAS if day >= start), None)
    if found is None:
        return None
    start, ja, en = found
    number = day.year - start.year + 1
    if lang == "en":
        year = f"{day.year} ({en} {number})"
        return year if style == "year" else f"{day.day} {_EN_MONTHS[day.month - 1]} {year}"
    era = f"{ja}{'元' if number == 1 else number}年"
    if style == "era":
        return f"{era}{day.month}月{day.day}日"
    year = f"{day.year}年（{era}）"
    return year if style == "year" else f"{year}{day.month}月{day.day}日"
