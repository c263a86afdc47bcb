"""What surrounds a plan when people read it: its months, its drafts, what to do about the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from jposocial import wording
from jposocial.cli import month, output
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.cli.base import Call
    from jposocial.model import Calendar, Placement, Post
    from jposocial.survey import Survey

FIXES: Final = wording.FIXES


_COLOURS: Final[Mapping[str, Mapping[str, Any]]] = {
    "month": {"bold": True},
    "sunday": {"fg": "red"},
    "saturday": {"fg": "blue"},
    "closed": {"dim": True},
}


def draft_lines(call: Call, found: Survey) -> Iterator[str]:
    """One line for the posts that say `ready: false`."""
    drafts = sum(not post.ready for post in found.posts)
    if drafts == 1:
        yield call.say(msg("1 draft is not planned (ready: false)"))
    elif drafts:
        yield call.say(msg("{count} drafts are not planned (ready: false)", count=drafts))


def shifted(call: Call, placement: Placement) -> str:
    """Why it is not on the day that its cadence names; empty where it is."""
    from jposocial.schedule.reasons import shift_of

    found = shift_of(placement, call.workspace.settings.calendar, call.language)
    if found is None:
        return ""
    said = call.say(wording.SHIFTS[found.code].filled(day=f"{found.wanted:%Y-%m-%d}"))
    return call.say(msg("{what}: {name}", what=said, name=found.name)) if found.name else said


def month_lines(
    call: Call, found: Survey, first: date | None, last: date | None, now: datetime | None
) -> Iterator[str]:
    workspace = call.workspace
    drawn = month.Month(
        calendar=workspace.settings.calendar,
        language=_language(call),
        columns=output.columns(),
        titles={post.id: _title(call, post) for post in found.posts},
        holiday=partial(_holiday, workspace.settings.calendar, _language(call)),
        paint=_paint,
    )
    placements = found.plan.placements
    days = month.span(placements, first, last, now or workspace.clock(), drawn)
    yield from month.lines(placements, *days, drawn)
    yield ""


def _language(call: Call) -> str:
    """English where the terminal has no letters for the weekdays in Japanese."""
    return call.language if output.can_write("日月年") else "en"


def _holiday(calendar: Calendar, language: str, day: date) -> str | None:
    """What the national holiday is called, where the office keeps it."""
    from jposocial.schedule.reasons import closure

    found = closure(day, replace(calendar, blackout=()), language)
    return found.name if found and found.code == "holiday" else None


def _title(call: Call, post: Post) -> str:
    english = (post.fields.get("en") or {}).get("title") if _language(call) == "en" else None
    return str(english or post.title)


def _paint(text: str, role: str) -> str:
    return output.painted(text, **_COLOURS[role]) if role else text
