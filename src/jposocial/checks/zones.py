"""E12: a time without its zone where readers are abroad, and a local time that is not the right one.

Local times are computed by zone and day, never by a fixed distance: from 9 March 2026 New York
is an hour nearer to Japan, and Paris is so three weeks later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from jposocial.checks.findings import Finding
from jposocial.checks.local_times import HERE, Local, line_of, local_times, names_places
from jposocial.checks.reading import Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.checks.written import Clock, bare, clocks, days, near
from jposocial.cities import CITIES, zones_named
from jposocial.messages import Message, msg
from jposocial.values import WEEKDAYS

_INSTANTS: Final = (
    "starts", "ends", "apply_opens", "apply_deadline", "opens", "closes", "deadline",
)  # fmt: skip
_DEADLINES: Final = ("apply_deadline", "closes", "deadline")

#: Kinds whose texts tell of a day that was, and name times without announcing any.
NARRATIVE: Final = frozenset({"testimonial"})

_DAY: Final = timedelta(days=1)
_JA_DAYS: Final = "月火水木金土日"
_EN_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EN_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_RELATIVE: Final = {
    "前日": -1, "翌": 1, "次の日": 1, "同日": 0, "当日": 0, "previous day": -1, "day before": -1,
    "next day": 1, "day after": 1, "same day": 0,
}  # fmt: skip
_CLOSING: Final = re.compile(r"締切|締め切り|〆切|まで|応募|deadline|apply|clos", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """What a local time is held against: the zones it may mean, the instants it may give."""

    local: Local
    zones: tuple[ZoneInfo, ...]
    text: str
    reading: Reading

    @property
    def home(self) -> ZoneInfo:
        return self.reading.book.calendar.zone


@needs("正n" + DIGIT, ":時m正n")
def local_clocks(text: str, reading: Reading) -> Iterator[Finding]:
    """E12: ジャカルタ時間17:00 where it is another time, or another day, by then."""
    if reading.post.kind in NARRATIVE or not clocks(text):
        return
    home = reading.book.calendar.zone
    deadlines = (reading.post.fields.get(name) for name in _DEADLINES)
    abroad = [d for d in deadlines if isinstance(d, datetime) and _is_abroad(d, home)]
    if not abroad and not names_places(text):
        return
    stated = local_times(text)
    for local in stated:
        if not local.is_tokyo and (zones := _zones(local.name, text, reading.post.fields)):
            place = _Place(local=local, zones=zones, text=text, reading=reading)
            yield from _judged(place, stated)
    if abroad:
        yield from _home_deadline(text, reading, stated, abroad)


def _zones(name: str, text: str, fields: Any) -> tuple[ZoneInfo, ...]:
    if name not in HERE:
        return tuple(ZoneInfo(zone) for zone in zones_named(name))
    found = {*_own_zones(fields)} or {*_named_zones(text)}
    return tuple(ZoneInfo(zone) for zone in sorted(found))


def _own_zones(fields: Any) -> Iterator[str]:
    """Of the speakers, the duty station, and of a deadline that was given abroad."""
    for speaker in fields.get("speakers") or ():
        yield from filter(None, [speaker.get("timezone") or _city(speaker.get("city"))])
    for group in ("duty_station", "person"):
        yield from filter(None, [_city((fields.get(group) or {}).get("city"))])
    for name in _DEADLINES:
        zone = getattr(getattr(fields.get(name), "tzinfo", None), "key", None)
        if zone and zone != "Asia/Tokyo":
            yield zone


def _city(name: str | None) -> str | None:
    return CITIES.get((name or "").strip().lower())


def _named_zones(text: str) -> set[str]:
    """The one place that the text itself names."""
    found = {zone for name, zone in CITIES.items() if not name.isascii() and name in text}
    abroad = found - {"Asia/Tokyo"}
    return abroad if len(abroad) == 1 else set()


def _judged(place: _Place, stated: Sequence[Local]) -> Iterator[Finding]:
    at_home = _home_clocks(place, stated)
    fields = _field_instants(place.reading)
    written = [_instants(place, clock, fields) for clock in at_home]
    every = [*(one for group in written for one in group), *fields]
    paired = len(at_home) == len(place.local.clocks) and all(written)
    for n, clock in enumerate(place.local.clocks):
        expected = written[n] if paired else every
        if not expected:
            continue
        matched = [one for one in expected if _gives(place, one, clock)]
        if not matched:
            yield _wrong_time(place, clock, expected)
        elif n == 0:
            yield from _judged_day(place, clock, matched)


def _gives(place: _Place, instant: datetime, clock: Clock) -> bool:
    return any(_minutes(instant.astimezone(zone)) == clock.minutes for zone in place.zones)


def _minutes(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _home_clocks(place: _Place, stated: Sequence[Local]) -> list[Clock]:
    """The Japanese times of the same line; where there are none, of the line above."""
    abroad = {clock for local in stated if not local.is_tokyo for clock in local.clocks}
    home = [clock for clock in clocks(place.text) if clock not in abroad]
    start, end = line_of(place.text, place.local.clocks[0].start)
    found = [clock for clock in home if start <= clock.start < end]
    if found or not start:
        return _same_row(place, found)
    above = line_of(place.text, start - 1)
    return [clock for clock in home if above[0] <= clock.start < above[1]]


def _same_row(place: _Place, found: list[Clock]) -> list[Clock]:
    """Of several times the ones right before the brackets: 受付18:45 開始19:00（…17:00）."""
    count = len(place.local.clocks)
    before = [clock for clock in found if clock.end <= place.local.before]
    opened = "(" in bare(place.text)[place.local.before : place.local.clocks[0].start]
    if opened and len(before) > count and place.local.before == before[-1].end:
        return before[-count:] if count > 1 or not _ranged(place, before) else before
    return found


def _ranged(place: _Place, before: list[Clock]) -> bool:
    between = place.text[before[-2].end : before[-1].start]
    return bool(re.fullmatch(r"\s?[-–—〜~～]\s?", between))


def _field_instants(reading: Reading) -> list[datetime]:
    values = (reading.post.fields.get(name) for name in _INSTANTS)
    return [value for value in values if isinstance(value, datetime)]


def _instants(place: _Place, clock: Clock, fields: Sequence[datetime]) -> list[datetime]:
    """The moments that a Japanese time of the text may be, by its line's date or the fields."""
    home = place.home
    row = line_of(place.text, clock.start)
    written = [d for d in days(place.text) if row[0] <= d.start < clock.start]
    if written:
        day = near(written[-1], place.reading.about)
        return [_at(day, clock, home)] if day else []
    same = [f for f in fields if _minutes(f.astimezone(home)) == clock.minutes]
    if same:
        return same
    earlier = [d for d in days(place.text) if d.start < clock.start]
    day = near(earlier[-1], place.reading.about) if earlier else None
    return [_at(day or place.reading.about, clock, home)]


def _at(day: date, clock: Clock, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(*divmod(clock.minutes, 60)), zone)


def _wrong_time(place: _Place, clock: Clock, expected: Iterable[datetime]) -> Finding:
    nearest = min(
        ((one, one.astimezone(zone)) for one in expected for zone in place.zones),
        key=lambda pair: _likely(_distance(_minutes(pair[1]), clock.minutes)),
    )
    home, local = nearest[0].astimezone(place.home), nearest[1]
    found = place.text[clock.start : clock.end]
    other = local.date() != home.date()
    right: str = _dated(local) if other else _typed_clock(local)
    return Finding(
        rule="E12",
        start=clock.start,
        found=found,
        message=msg(
            "'{found}': when it is {time} in Japan, it is {right} there",
            found=found,
            time=_dated(home),
            right=right,
        ),
        fix=msg("write {text}", text=_typed(local, place.text) if other else right),
    )


def _likely(distance: int) -> tuple[bool, int]:
    """A conversion goes wrong by whole hours."""
    return distance % 60 != 0, distance


def _distance(one: int, other: int) -> int:
    apart = abs(one - other)
    return min(apart, 24 * 60 - apart)


def _dated(moment: datetime) -> Message:
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{moment:%Y-%m-%d}",
        weekday=WEEKDAYS[moment.weekday()],
        time=f"{moment:%H:%M}",
    )


def _typed_clock(moment: datetime) -> str:
    return f"{moment.hour}:{moment:%M}"


def _typed(moment: datetime, text: str) -> str:
    """A moment as the text would have it: 1月21日(木)19:00, or Thu 21 Jan, 19:00."""
    if text.isascii():
        weekday, month = _EN_DAYS[moment.weekday()].title(), _EN_MONTHS[moment.month - 1]
        return f"{weekday} {moment.day} {month}, {_typed_clock(moment)}"
    day = f"{moment.month}月{moment.day}日({_JA_DAYS[moment.weekday()]})"
    return day + _typed_clock(moment)


def _judged_day(place: _Place, clock: Clock, matched: Sequence[datetime]) -> Iterator[Finding]:
    """The day there: said wrongly, or not said where it is another than in Japan."""
    pairs = [
        (one.astimezone(place.home), one.astimezone(zone))
        for one in matched
        for zone in place.zones
        if _minutes(one.astimezone(zone)) == clock.minutes
    ]
    said = [_says(place, home.date(), local.date()) for home, local in pairs]
    if any(one is True for one in said):
        return
    local = pairs[0][1]
    found = place.text[clock.start : clock.end]
    if any(one is False for one in said):
        message = msg(
            "'{found}': there it is another day, {right}", found=found, right=_dated(local)
        )
    elif all(home.date() != local.date() for home, local in pairs):
        message = msg("'{found}': the day there is another, and is not said: {right}", found=found, right=_dated(local))  # fmt: skip
    else:
        return
    yield Finding(
        rule="E12",
        start=clock.start,
        found=found,
        message=message,
        fix=msg("write {text}", text=_typed(local, place.text)),
    )


def _says(place: _Place, home: date, local: date) -> bool | None:
    """Whether the text says that day; None where it says none."""
    text = bare(place.text)
    start, end = place.local.before, place.local.after
    segment = text[start:end]
    named = [near(d, local) for d in days(place.text) if start <= d.start < end]
    if named:
        return local in named
    for word, offset in _RELATIVE.items():
        if word in segment.lower():
            return local == home + offset * _DAY
    if numbers := re.findall(r"(?<!\d)(\d{1,2})日(?!間)", segment):
        return str(local.day) in numbers
    if weekdays := re.findall(rf"\(([{_JA_DAYS}])(?!本)|([{_JA_DAYS}])曜", segment):
        return _JA_DAYS[local.weekday()] in {a or b for a, b in weekdays}
    english = re.findall(
        r"(?<![a-z])(mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?(?![a-z])", segment.lower()
    )
    return _EN_DAYS[local.weekday()] in english if english else None


def _home_deadline(
    text: str, reading: Reading, stated: Sequence[Local], abroad: Sequence[datetime]
) -> Iterator[Finding]:
    """A deadline given abroad: its time there taken for Japan's, or converted wrongly."""
    home = reading.book.calendar.zone
    elsewhere = {clock for local in stated if not local.is_tokyo for clock in local.clocks}
    in_japan = {clock for local in stated if local.is_tokyo for clock in local.clocks}
    known = {_minutes(f.astimezone(home)) for f in _field_instants(reading)}
    for clock in clocks(text):
        start, end = line_of(text, clock.start)
        if clock in elsewhere or clock.minutes in known or not _CLOSING.search(text[start:end]):
            continue
        there = any(_minutes(value) == clock.minutes for value in abroad)
        if clock in in_japan or (there and not elsewhere):
            yield _not_in_japan(text, clock, abroad[0], home)


def _is_abroad(value: datetime, home: ZoneInfo) -> bool:
    return value.utcoffset() != value.astimezone(home).utcoffset()


def _not_in_japan(text: str, clock: Clock, deadline: datetime, home: ZoneInfo) -> Finding:
    found = text[clock.start : clock.end]
    moment = deadline.astimezone(home)
    label = " (Japan time)" if text.isascii() else "（日本時間）"
    return Finding(
        rule="E12",
        start=clock.start,
        found=found,
        message=msg(
            "'{found}': in Japan the deadline is {right}", found=found, right=_dated(moment)
        ),
        fix=msg("write {text}", text=_typed(moment, text) + label),
    )
