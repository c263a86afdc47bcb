"""Why a day is closed, and why a placement is not on the day that its cadence names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from jposocial.model import Calendar, Placement
from jposocial.schedule.business_days import blackout, is_closed, is_holiday, local_day
from jposocial.schedule.holidays import holiday_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Closure:
    """Why the office posts nothing on a day."""

    code: Literal["blackout", "holiday", "closed", "weekend"]
    #: The blackout's reason, the national holiday's name, or empty.
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A placement on another day than its cadence names.

    `full`: its own day had no room; `quiet`: its time was in the quiet hours; `late`: its time
    was past; `kept`: it stands so in the outbox, by a person or because its place was taken.
    """

    wanted: date
    code: Literal["blackout", "holiday", "closed", "weekend", "full", "quiet", "late", "kept"]
    name: str = ""


def closure(day: date, calendar: Calendar, language: str) -> Closure | None:
    """Why `day` is closed, said in `language` (ja, en); None on a business day."""
    if found := blackout(day, calendar):
        return Closure(code="blackout", name=found.reason)
    if is_holiday(day, calendar):
        name = holiday_name(day, language) if calendar.national else None
        return Closure(code="holiday", name=name or "")
    if is_closed(day, calendar):
        return Closure(code="closed")
    return Closure(code="weekend") if day.weekday() > 4 else None


def shift_of(placement: Placement, calendar: Calendar, language: str) -> Shift | None:
    """Why the placement goes on another day than its cadence names; None where it does not."""
    if placement.wanted is None:
        return None
    wanted = local_day(placement.wanted, calendar)
    if wanted == local_day(placement.due, calendar):
        return None
    if placement.why == "late":
        return Shift(wanted=wanted, code="late")
    closed = closure(wanted, calendar, language)
    if closed:
        return Shift(wanted=wanted, code=closed.code, name=closed.name)
    if placement.why:
        return Shift(wanted=wanted, code=placement.why)
    return Shift(wanted=wanted, code="quiet")
