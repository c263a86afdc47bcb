"""`[series.NAME]` of the configuration: recurring slots that pick their content."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from jposocial.cadence_values import KINDS_OF_POST
from jposocial.messages import msg
from jposocial.model import MAIL, Account, Cadence
from jposocial.series import LAST, Cutoff, Every, Series
from jposocial.toml_values import (
    TomlReader,
    duration_value,
    listed,
    one_of,
    positive_duration_value,
    text_value,
)
from jposocial.values import BadValue, parse_clock

#: What a series can pick: the kinds whose posts have no dates of their own to go by.
PICKED: Final = (
    "testimonial",
    "vacancy",
    "statistics",
    "video",
    "site_update",
    "roster_info",
    "event_report",
)

#: Its series proposes dates; the files of the kind are the issues.
NEWSLETTER: Final = "newsletter"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKS: Final = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "last": LAST}

_BY_WEEK = re.compile(
    r"(?:(?P<weeks>(?:[1-5](?:st|nd|rd|th)|last)(?:,(?:[1-5](?:st|nd|rd|th)|last))*) )?"
    r"(?P<weekdays>[a-z]{3}(?:,[a-z]{3})*)"
    r"(?:/(?P<interval>\d{1,2})(?:\+(?P<phase>\d{1,2}))?)? (?P<at>\d{2}:\d{2})"
)
_BY_DAY = re.compile(r"day (?P<days>(?:\d{1,2}|last)(?:,(?:\d{1,2}|last))*) (?P<at>\d{2}:\d{2})")
_CUTOFF = re.compile(r"-(?P<days>\d{1,2})(?P<business>b?) (?P<at>\d{2}:\d{2})")

#: More weeks apart are not a series any more.
_MOST_WEEKS: Final = 52


def read_series(
    reader: TomlReader,
    tables: Mapping[str, Any],
    own: Mapping[str, Any],
    accounts: Mapping[str, Account],
    cadences: Mapping[str, Cadence],
) -> dict[str, Series]:
    """Every series that goes somewhere.

    `own` is what the file itself says, apart from the defaults: a default that names an
    account which this office does not have is no mistake of the office.
    """
    found = {}
    for name in tables:
        table = reader.table(tables, name, f"series.{name}")
        said = own.get(name)
        one = _Reading(reader, name, table, said if isinstance(said, dict) else {}).series(
            accounts, cadences
        )
        if one and one.accounts:
            found[name] = one
    return found


class _Reading:
    """One series being read."""

    def __init__(
        self, reader: TomlReader, name: str, table: dict[str, Any], own: Mapping[str, Any]
    ) -> None:
        self._reader = reader
        self._name = name
        self._table = table
        self._own = own
        self._where = f"series.{name}"

    def series(
        self, accounts: Mapping[str, Account], cadences: Mapping[str, Cadence]
    ) -> Series | None:
        if not _NAME.fullmatch(self._name):
            self._wrong(msg("a series cannot have this name"), msg("use a-z, 0-9 and _"))
        kind = self._kind()
        every = self._reader.need(self._table, "every", self._where, every_value, None)
        pick = self._take("pick", one_of("one", "all"), "one")
        found = {
            "accounts": self._accounts(kind, accounts, cadences),
            "shift": self._take("shift", one_of("previous", "next", "keep"), "previous"),
            "cutoff": self._take("cutoff", cutoff_value, Cutoff()),
            "grace": self._take("grace", positive_duration_value, timedelta(hours=24)),
            "apart": self._take("apart", duration_value, timedelta(days=60)),
        }
        known = ("kind", "accounts", "every", "pick", "shift", "cutoff", "grace", "apart")
        self._reader.finish(self._table, self._where, known)
        if every is None or not kind:
            return None
        return Series(name=self._name, kind=kind, every=every, pick=pick, **found)

    def _take(self, key: str, parse: Callable[[Any], Any], default: Any) -> Any:
        return self._reader.take(self._table, key, self._where, parse, default)

    def _wrong(self, message: Any, fix: Any, key: str = "") -> None:
        self._reader.wrong(f"{self._where}.{key}" if key else self._where, message, fix)

    def _kind(self) -> str:
        if "kind" not in self._table and self._name in KINDS_OF_POST:
            self._table["kind"] = self._name
        kind = str(self._reader.need(self._table, "kind", self._where, one_of(*KINDS_OF_POST), ""))
        if kind and kind not in (*PICKED, NEWSLETTER):
            self._wrong(
                msg("a series picks no {kind}: it goes by its own dates", kind=kind),
                msg("known are: {names}", names=", ".join((*PICKED, NEWSLETTER))),
                "kind",
            )
        return kind

    def _accounts(
        self, kind: str, accounts: Mapping[str, Account], cadences: Mapping[str, Cadence]
    ) -> tuple[str, ...]:
        """Its own; of a default those that there are; else the kind's, or all."""
        if kind == NEWSLETTER:
            self._table.pop("accounts", None)
            return (MAIL,)
        if "accounts" in self._own:
            return tuple(dict.fromkeys(self._take("accounts", listed(one_of(*accounts)), ())))
        if "accounts" not in self._table:
            cadence = cadences.get(kind)
            of_kind = cadence.accounts if cadence and cadence.accounts is not None else accounts
            return tuple(name for name in of_kind if name != MAIL)
        named = self._table.pop("accounts")
        there = tuple(name for name in named if name in accounts)
        if self._own and not there:
            self._wrong(
                msg("it is meant for {names}, and there is no such account", names=", ".join(named)),
                msg('add accounts = ["…"]'),
            )  # fmt: skip
        return there


def every_value(value: Any) -> Every:
    """`wed 12:00`, `tue,fri 12:00`, `2nd,4th thu 10:00`, `last fri 10:00`, `wed/2 12:00`,
    `wed/2+1 12:00` (the other weeks), `day 1,15 12:00`, `day last 12:00`.
    """
    text = " ".join(text_value(value).lower().split())
    if match := _BY_DAY.fullmatch(text):
        return Every(days=_days(match["days"], text), at=parse_clock(match["at"]))
    match = _BY_WEEK.fullmatch(text)
    if not match:
        raise _not_every(text)
    weekdays = match["weekdays"].split(",")
    if unknown := [one for one in weekdays if one not in _WEEKDAYS]:
        raise BadValue(
            msg("'{text}' is no weekday", text=unknown[0]),
            msg("known are: {names}", names=", ".join(_WEEKDAYS)),
        )
    interval, phase = _interval(match, text)
    weeks = [_WEEKS.get(one) for one in match["weeks"].split(",")] if match["weeks"] else []
    if None in weeks:
        raise _not_every(text)
    return Every(
        weekdays=tuple(sorted({_WEEKDAYS.index(one) for one in weekdays})),
        weeks=tuple(sorted({week for week in weeks if week is not None})),
        interval=interval,
        phase=phase,
        at=parse_clock(match["at"]),
    )


def _not_every(text: str) -> BadValue:
    return BadValue(
        msg("'{text}' does not say when", text=text),
        msg("write wed 12:00, tue,fri 12:00, 2nd,4th thu 10:00, last fri 10:00, wed/2 12:00 (every two weeks) or day 1,15 12:00"),
    )  # fmt: skip


def _interval(match: re.Match[str], text: str) -> tuple[int, int]:
    interval, phase = int(match["interval"] or 1), int(match["phase"] or 0)
    if match["interval"] and (match["weeks"] or not 2 <= interval <= _MOST_WEEKS):
        raise BadValue(
            msg("'{text}': every {count} weeks is not to be had", text=text, count=interval),
            msg("write /2 to /52 behind weekdays alone: wed/2 12:00"),
        )
    if phase >= interval:
        raise BadValue(
            msg("'{text}': +{phase} is a whole round", text=text, phase=phase),
            msg("write +0 to +{most}", most=interval - 1),
        )
    return interval, phase


def _days(text: str, whole: str) -> tuple[int, ...]:
    days = {LAST if one == "last" else int(one) for one in text.split(",")}
    if any(day != LAST and not 1 <= day <= 28 for day in days):
        raise BadValue(
            msg("'{text}': not every month has that day", text=whole),
            msg("write 1 to 28, or last"),
        )
    return tuple(sorted(days))


def cutoff_value(value: Any) -> Cutoff:
    """`-1b 12:00`: the business day before, at noon; `-2 09:00` counts calendar days."""
    text = " ".join(text_value(value).split())
    match = _CUTOFF.fullmatch(text)
    if not match:
        raise BadValue(
            msg("'{text}' is no cutoff", text=text),
            msg("write -1b 12:00 (the business day before, at noon) or -2 09:00"),
        )
    return Cutoff(
        days=int(match["days"]), business=bool(match["business"]), at=parse_clock(match["at"])
    )
