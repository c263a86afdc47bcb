"""A series: a recurring slot that picks its content, and when it recurs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

from jposocial.model import Shift

Pick = Literal["one", "all"]

#: The last week, or the last day, of a month.
LAST = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Every:
    """When a series recurs, in local days and a local time: weekdays, or days of the month."""

    #: Monday is 0.
    weekdays: tuple[int, ...] = ()
    #: Of the month: 1 to 5, or `LAST`; none: every week.
    weeks: tuple[int, ...] = ()
    #: Every so many weeks, counted from a fixed Monday …
    interval: int = 1
    #: … and of those the week that is so many after it.
    phase: int = 0
    #: Of the month: 1 to 28, or `LAST`.
    days: tuple[int, ...] = ()
    at: time = time(12, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutoff:
    """When an occurrence is composed: so many days before it goes out, at that local time."""

    days: int = 1
    business: bool = True
    at: time = time(12, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """`[series.NAME]` of the configuration."""

    name: str
    kind: str
    every: Every
    accounts: tuple[str, ...]
    pick: Pick = "one"
    shift: Shift = "previous"
    cutoff: Cutoff = Cutoff()
    grace: timedelta = timedelta(hours=24)
    #: The same person not again within this time, on whatever account of a mode.
    apart: timedelta = timedelta(days=60)

    @property
    def moment(self) -> str:
        """What its occurrences are called: one post is announced, several make a digest."""
        return "announce" if self.pick == "one" else "digest"
