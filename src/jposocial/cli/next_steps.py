"""What a person does about a delivery that waits for one, and about an account that is stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from jposocial.cli import output
from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from datetime import datetime

    from jposocial.cli.base import Call
    from jposocial.outbox.delivery import Delivery
    from jposocial.outbox.queue import Queued

#: By status.
NEXT_STEPS: Final[Mapping[str, Message]] = {
    "unconfirmed": msg(
        "look at the account's timeline, then: jposocial resolve {id} --published URL, or --absent"
    ),
    "failed": msg("mend the cause, then: jposocial retry {id}, or jposocial cancel {id}"),
    "missed": msg(
        "bring it back: jposocial retry {id} --at 'YYYY-MM-DD HH:MM', or jposocial cancel {id}"
    ),
}

#: Of a thread of which some parts are out.
_THREADS: Final[Mapping[str, Message]] = {
    "unconfirmed": msg(
        "look whether part {part} of {count} is on the account's timeline, then: jposocial resolve {id} --published URL, or --absent; the rest follows"
    ),
    "failed": msg(
        "part {part} of {count} is next; mend the cause, then: jposocial retry {id}; to take it back: jposocial retract {id} --reason …"
    ),
    "late": msg(
        "part {part} of {count} is next, and its time is past: jposocial retry {id} --at 'YYYY-MM-DD HH:MM'; to take it back: jposocial retract {id} --reason …"
    ),
}


def next_step(row: Delivery, now: datetime) -> Message | None:
    """None: nobody has to do anything."""
    if row.status not in NEXT_STEPS:
        return None
    if len(row.parts) == 1 or (row.status == "failed" and not row.has_accepted):
        return NEXT_STEPS[row.status].filled(id=row.id)
    if row.status == "missed":
        return NEXT_STEPS[row.status].filled(id=row.id)
    name = "late" if row.status == "failed" and row.expires <= now else str(row.status)
    part = len(row.receipts) + 1
    return _THREADS[name].filled(id=row.id, part=part, count=len(row.parts))


def account_lines(call: Call, rows: Sequence[Queued]) -> Iterator[str]:
    """Why an account's posts wait and what ends it, once for each account."""
    names = {q.delivery.account for q in rows if "account" in q.blockers}
    if any(q.delivery.mode == "live" for q in rows if "account" in q.blockers):
        yield from _elsewhere(call)
    for name in sorted(names & call.workspace.settings.accounts.keys()):
        if said := _stopped(call, name):
            yield call.say(said)


def _elsewhere(call: Call) -> Iterator[str]:
    """Where this is a copy of another workspace, once for all accounts."""
    from jposocial.outbox.instance import refusal
    from jposocial.store.engine import reading

    with reading(call.workspace.engine) as connection:
        why = call.workspace.instance.differs(connection)
    if why:
        yield call.say(refusal(why))


def _stopped(call: Call, account: str) -> Message | None:
    from jposocial.outbox.health import health

    known, now = health(call.workspace.engine, account), call.workspace.clock()
    until = known.limited_until if known.limited_until and known.limited_until > now else None
    if until and not known.suspended:
        return msg(
            "{account}: the platform asks to wait until {until}; then it goes on by itself",
            account=account,
            until=output.moment(until, call.workspace.settings.calendar.zone),
        )
    if not known.suspended:
        return None
    return msg(
        "{account} is stopped ({why}): mend the cause at the platform or in the secrets, then: jposocial accounts check",
        account=account,
        why=known.suspended,
    )
