"""status: whether the office works, on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, pass_call
from jposocial.cli.holds import hold_json, hold_lines
from jposocial.cli.queue import BLOCKER_NAMES, STATUS_NAMES
from jposocial.messages import Message, joined, msg

if TYPE_CHECKING:
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from jposocial.outbox.delivery import Delivery
    from jposocial.outbox.pulse import Pulse

#: States that a person has to settle.
_FOR_PEOPLE = ("failed", "unconfirmed", "missed")


@click.command(cls=Command)
@json_option
@pass_call
def status(call: Call, as_json: bool) -> None:
    found = pulse_of(call)
    if as_json:
        output.as_json(_json(found))
    else:
        output.echo_lines(_lines(call, found))


def pulse_of(call: Call) -> Pulse:
    """To look makes no database, and waits for none; the holds of flags come last."""
    from jposocial.outbox.flags import standing
    from jposocial.outbox.pulse import Pulse, pulse

    ws = call.workspace
    found = pulse(ws.engine, ws.clock()) if ws.has_database else Pulse()
    return replace(found, holds=[*found.holds, *standing(ws.root / "var")])


def _json(found: Pulse) -> dict[str, Any]:
    return {
        "beat_age_seconds": _seconds(found.beat_age),
        "oldest_overdue_seconds": _seconds(found.overdue_for),
        "holds": [hold_json(h) for h in found.holds],
        "counts": dict(found.counts),
    }


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds())


def _lines(call: Call, found: Pulse) -> Iterator[str]:
    yield call.say(_beat(found))
    yield call.say(_overdue(call, found))
    yield call.say(upcoming(found.upcoming, call.workspace.settings.calendar.zone))
    yield call.say(msg("holds: {count}", count=len(found.holds)))
    yield from (f"  {line}" for line in hold_lines(call, found.holds))
    yield call.say(msg("deliveries: {counts}", counts=joined(_counts(found))))
    for name in _FOR_PEOPLE:
        if found.counts[name]:
            yield call.say(
                msg("a person settles these: jposocial queue --status {name}", name=name)
            )


def upcoming(row: Delivery | None, zone: ZoneInfo) -> Message:
    """What goes out next, and when."""
    if row is None:
        return msg("next: nothing is scheduled")
    return msg("next: {what}, {when}", what=_named(row), when=output.moment(row.due, zone))


def _beat(found: Pulse) -> Message:
    if found.beat_age is None:
        return msg("last beat: none yet; 'jposocial run' or 'jposocial publish' beats")
    return msg("last beat: completed {age} ago", age=elapsed(found.beat_age))


def _overdue(call: Call, found: Pulse) -> Message:
    if found.overdue is None or found.overdue_for is None:
        return msg("overdue: nothing")
    return msg(
        "overdue: for {age}, {what}{reasons}",
        age=elapsed(found.overdue_for),
        what=_named(found.overdue),
        reasons=_reasons(call, found.overdue),
    )


def _reasons(call: Call, row: Delivery) -> Message | str:
    from jposocial.outbox.queue import queue

    ws = call.workspace
    names = [
        BLOCKER_NAMES.get(blocker, blocker)
        for q in queue(ws.engine, ws.house, now=ws.clock(), ids=[row.id])
        for blocker in q.blockers
    ]
    return msg(" ({reasons})", reasons=joined(names)) if names else ""


def _named(row: Delivery) -> Message:
    return msg(
        "{id} {post}, {moment} on {account}",
        id=row.id,
        post=row.post,
        moment=row.moment,
        account=row.account,
    )


def _counts(found: Pulse) -> Iterator[Message]:
    for status, count in found.counts.items():
        yield msg("{status} {count}", status=STATUS_NAMES[status], count=count)


def elapsed(age: timedelta) -> Message:
    """As people say it: the largest unit of which there are two."""
    seconds = int(age.total_seconds())
    if seconds < 2 * 60:
        return msg("{n} seconds", n=seconds)
    if seconds < 2 * 3600:
        return msg("{n} minutes", n=seconds // 60)
    if seconds < 2 * 86400:
        return msg("{n} hours", n=seconds // 3600)
    return msg("{n} days", n=seconds // 86400)
