"""The filters of the templates: how a date, a day count and a hashtag read.

What they write of times is in `times`: the checks accept all of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from jposocial.messages import msg
from jposocial.rendering import times
from jposocial.rendering.errors import TemplateValueError
from jposocial.rendering.times import TOKYO, date_of

#: What may stand inside a hashtag beside letters, marks and digits; X ends it at anything else.
_IN_TAG = frozenset("_・〜～")


@pass_context
def jst(context: Context, value: datetime | date, style: str = "datetime") -> str:
    """Japanese time: `datetime` 1月21日(木)19:00, `date`, `time`, `full` with the year.

    `day` is the year, month and day alone, as an as-of date is written.
    """
    return times.in_japan(_moment(value), _known(style, times.STYLES), _lang(context))


@pass_context
def local(
    context: Context, value: datetime | date, zone: str | None = None, style: str = "city"
) -> str:
    """The same moment where `zone` (Area/City) is; without a zone, where it was given.

    `city` ニューヨーク時間1月20日(水)05:00: with the day where it is not Japan's. The styles of
    `jst` give the day and the time without the city.
    """
    moment, where = _moment(value), _zone(value, zone)
    if style == "city" and isinstance(moment, datetime):
        return times.in_city(moment, where, _lang(context))
    there = moment.astimezone(where) if isinstance(moment, datetime) else moment
    chosen = "date" if style == "city" else _known(style, times.STYLES)
    return times.written(there, chosen, _lang(context))


@pass_context
def both(context: Context, value: datetime, zone: str | None = None) -> str:
    """The time in Japan, named so, and the one in `zone`, or where it was given, if it differs.

    2月20日(土)13:59（日本時間）／ニューヨーク時間2月19日(金)23:59
    """
    return times.in_both(_instant(value), _zone(value, zone), _lang(context))


def abroad(value: datetime, zone: str | None = None) -> bool:
    """Whether it is another time than Japan's in `zone`, or where it was given."""
    return times.is_abroad(_instant(value), _zone(value, zone))


@pass_context
def span(
    context: Context,
    first: datetime | date,
    last: datetime | date | None,
    style: str = "datetime",
) -> str:
    """From one time to another in Japan: 2月5日(金)23:00〜6日(土)01:00; see `times.span`."""
    end = None if last is None else _moment(last)
    chosen = _known(style, ("datetime", "date", "time", "full"))
    return times.span(_moment(first), end, chosen, _lang(context))


@pass_context
def weekday(context: Context, value: datetime | date) -> str:
    """木, or Thu."""
    return times.weekday_name(_day(value, TOKYO), _lang(context))


@pass_context
def wareki(context: Context, value: datetime | date, style: str = "pair") -> str:
    """`pair` 2027年（令和9年）1月21日, `year` 2027年（令和9年）, `era` 令和9年1月21日."""
    day = _day(value, TOKYO)
    found = times.era_date(day, _known(style, ("pair", "year", "era")), _lang(context))
    if found is None:
        raise TemplateValueError(msg("{day} is before the eras", day=f"{day:%Y-%m-%d}"))
    return found


@pass_context
def days_left(context: Context, value: datetime | date) -> int:
    """Days of the calendar from the day the text goes out to that of `value`; 0 on the day.

    The days are those of the workspace's zone.
    """
    zone = ZoneInfo(context.get("workspace_zone") or TOKYO.key)
    return (_day(value, zone) - _day(context["due"], zone)).days


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
    "both": both,
    "abroad": abroad,
    "span": span,
    "weekday": weekday,
    "wareki": wareki,
    "days_left": days_left,
    "hashtags": hashtags,
    "kinsoku": kinsoku,
}


def _lang(context: Context) -> str:
    return str(context.get("lang") or "ja")


def _moment(value: Any) -> datetime | date:
    if isinstance(value, date):
        return value
    raise TemplateValueError(msg("this filter takes a date, not '{value}'", value=str(value)))


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    raise TemplateValueError(
        msg("this filter takes a date with a time, not '{value}'", value=str(value))
    )


def _day(value: Any, zone: tzinfo) -> date:
    moment = _moment(value)
    return date_of(moment.astimezone(zone) if isinstance(moment, datetime) else moment)


def _zone(value: Any, name: str | None) -> tzinfo:
    """The zone of that name; without one, the zone in which `value` was given."""
    if name is None:
        return getattr(value, "tzinfo", None) or TOKYO
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError, TypeError):
        raise TemplateValueError(msg("there is no time zone '{name}'", name=str(name))) from None


def _known(style: str, styles: Iterable[str]) -> str:
    if style not in styles:
        raise TemplateValueError(msg("'{value}' is not known here", value=style))
    return style
