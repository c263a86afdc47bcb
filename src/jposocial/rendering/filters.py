"""The filters of the templates: how a date, a day count and a hashtag read.

Times read as Japanese readers expect them, 24 hours, with the weekday; a zone is named by
its city, never by letters such as JST or EST.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from jposocial.messages import msg
from jposocial.rendering.errors import TemplateValueError

TOKYO: Final = ZoneInfo("Asia/Tokyo")

_JA_DAYS = "月火水木金土日"
_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_STYLES = ("datetime", "date", "time", "full", "day")

#: What may stand inside a hashtag beside letters, marks and digits; X ends it at anything else.
_IN_TAG = frozenset("_・〜～")


@pass_context
def jst(context: Context, value: datetime | date, style: str = "datetime") -> str:
    """Japanese time: `datetime` 1月21日(木)19:00, `date`, `time`, `full` with the year.

    `day` is the year, month and day alone, as an as-of date is written.
    """
    return _written(_local(value, TOKYO), style, context.get("lang", "ja"))


@pass_context
def local(context: Context, value: datetime, zone: str, style: str = "datetime") -> str:
    """The same moment where `zone` (Area/City) is."""
    try:
        return _written(_local(value, ZoneInfo(zone)), style, context.get("lang", "ja"))
    except (ValueError, OSError, KeyError):
        raise TemplateValueError(msg("there is no time zone '{name}'", name=str(zone))) from None


@pass_context
def weekday(context: Context, value: datetime | date) -> str:
    """木, or Thu."""
    return _weekday(_local(value, TOKYO), context.get("lang", "ja"))


def wareki(value: datetime | date) -> str:
    """令和9年1月21日; only dates from 2019-05-01 on."""
    day = _local(value, TOKYO)
    if (day.year, day.month) < (2019, 5):
        raise TemplateValueError(msg("{day} is before the era of Reiwa", day=f"{day:%Y-%m-%d}"))
    year = "元" if day.year == 2019 else str(day.year - 2018)
    return f"令和{year}年{day.month}月{day.day}日"


@pass_context
def days_left(context: Context, value: datetime | date) -> int:
    """Whole days from the day the text goes out to the day of `value`, in Japan."""
    day, today = _local(value, TOKYO), _local(context["due"], TOKYO)
    return (_date(day) - _date(today)).days


def hashtags(values: Iterable[str] | None) -> str:
    """`#tag #tag`, each cleaned of what would end it early."""
    cleaned = ("".join(filter(_tags_on, str(value))) for value in values or ())
    return " ".join(f"#{tag}" for tag in cleaned if tag)


def _tags_on(character: str) -> bool:
    category = unicodedata.category(character)
    return character in _IN_TAG or category[0] in "LM" or category == "Nd"


def kinsoku(value: str, width: int = 34) -> str:
    """`value` in lines of at most `width` full-width columns; see `fold`."""
    from jposocial.rendering.kinsoku import fold

    return fold(value, width)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "jst": jst,
    "local": local,
    "weekday": weekday,
    "wareki": wareki,
    "days_left": days_left,
    "hashtags": hashtags,
    "kinsoku": kinsoku,
}


def _local(value: Any, zone: ZoneInfo) -> datetime | date:
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, date):
        return value
    raise TemplateValueError(msg("this filter takes a date, not '{value}'", value=str(value)))


def _date(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _weekday(day: date, lang: str) -> str:
    return _EN_DAYS[day.weekday()] if lang == "en" else _JA_DAYS[day.weekday()]


def _written(value: datetime | date, style: str, lang: str) -> str:
    if style not in _STYLES:
        raise TemplateValueError(msg("'{value}' is not known here", value=style))
    clock = f"{value:%H:%M}" if isinstance(value, datetime) else ""
    if style == "time":
        return clock
    day = _english(value, style) if lang == "en" else _japanese(value, style)
    if style in ("date", "day") or not clock:
        return day
    return f"{day}, {clock}" if lang == "en" else f"{day}{clock}"


def _japanese(day: date, style: str) -> str:
    year = f"{day.year}年" if style in ("full", "day") else ""
    weekday = "" if style == "day" else f"({_weekday(day, 'ja')})"
    return f"{year}{day.month}月{day.day}日{weekday}"


def _english(day: date, style: str) -> str:
    year = f" {day.year}" if style in ("full", "day") else ""
    weekday = "" if style == "day" else f"{_weekday(day, 'en')} "
    return f"{weekday}{day.day} {_EN_MONTHS[day.month - 1]}{year}"
