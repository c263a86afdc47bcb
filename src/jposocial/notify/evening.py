"""The evening's list: what goes out tomorrow, and what waits for somebody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jposocial.messages import Message, joined, localised, msg
from jposocial.notify.texts import signature
from jposocial.outbox.queue import Queued
from jposocial.values import WEEKDAYS
from jposocial.wording import BLOCKER_NAMES, moment

#: So much of a text's first line is shown.
_SHOWN = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Evening:
    """What the list is made of."""

    day: date
    rows: Sequence[Queued]
    #: Scope and reason of each hold in force.
    holds: Sequence[str] = ()
    #: Status → how many a person has to settle.
    unsettled: Mapping[str, int] = field(default_factory=dict)
    last_beat: datetime | None = None


def is_due(at: time | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether today's list is to be out by now; at midnight it is too late for it."""
    return at is not None and now.astimezone(zone).time() >= at


def key(now: datetime, zone: ZoneInfo) -> str:
    return f"evening:{now.astimezone(zone):%Y-%m-%d}"


def tomorrow(now: datetime, zone: ZoneInfo) -> tuple[date, datetime, datetime]:
    """The next local day, its first instant and that of the day after."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    start, end = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    return day, start, end


def subject(found: Evening, name: str, language: str) -> str:
    return msg(
        "Tomorrow, {day} ({weekday}): {n} posts ({name})",
        day=f"{found.day:%Y-%m-%d}",
        weekday=WEEKDAYS[found.day.weekday()],
        n=len(found.rows),
        name=name,
    ).localised(language)


def body(found: Evening, place: str, zone: ZoneInfo, language: str) -> str:
    blocks = [list(_rows(found, zone)), list(_waiting(found)), list(_health(found, zone))]
    said = ["\n".join(localised(line, language) for line in block) for block in blocks if block]
    return "\n\n".join([*said, signature(place, language)]) + "\n"


def _rows(found: Evening, zone: ZoneInfo) -> Iterator[str]:
    if not found.rows:
        yield msg("Nothing is due tomorrow.")
    for q in found.rows:
        d = q.delivery
        yield msg(
            "{time}  {account}  {moment}  {post} ({id}:{hash}){waits}",
            time=f"{d.due.astimezone(zone):%H:%M}",
            account=d.account,
            moment=d.moment,
            post=d.post,
            id=d.id,
            hash=d.payload_hash[:8],
            waits=_waits(q),
        )
        yield f"       {_first_line(d.parts[0].text)}"


def _waits(q: Queued) -> Message | str:
    names = [BLOCKER_NAMES.get(name, name) for name in q.blockers]
    return msg(" — {reasons}", reasons=joined(names)) if names else ""


def _first_line(text: str) -> str:
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _waiting(found: Evening) -> Iterator[str]:
    unapproved = [q for q in found.rows if "approval" in q.blockers]
    if unapproved:
        yield msg(
            "{n} of them are not approved and would not go out. After reading them (jposocial show POST): jposocial approve ID:HASH",
            n=len(unapproved),
        )


def _health(found: Evening, zone: ZoneInfo) -> Iterator[str]:
    for hold in found.holds:
        yield msg("on hold: {hold}", hold=hold)
    names = {
        "unconfirmed": msg("{n} unconfirmed"),
        "failed": msg("{n} failed"),
        "missed": msg("{n} missed"),
    }
    counts = [
        text.filled(n=found.unsettled[status])
        for status, text in names.items()
        if found.unsettled.get(status)
    ]
    if counts:
        yield msg("somebody has to settle: {counts} (jposocial queue)", counts=joined(counts))
    if found.last_beat:
        yield msg("last beat completed: {when}", when=moment(found.last_beat, zone))
    yield msg("This list comes every day. If it does not come, look at the machine.")
