"""What the mails say: what happened, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jposocial.messages import Message, joined, localised, msg
from jposocial.outbox.alarms import Cause
from jposocial.outbox.delivery import Delivery
from jposocial.wording import DETAIL_NAMES, moment

#: So many of a kind are listed; the others stand in the queue.
MOST: Final = 50

#: Worst first: how each kind is counted in the subject.
_COUNTED: Final[Mapping[str, Message]] = {
    "doubled": msg("{n} out twice"),
    "copy": msg("nothing goes out on live accounts"),
    "account": msg("{n} accounts stopped"),
    "beat": msg("publishing stood still"),
    "unconfirmed": msg("{n} unconfirmed"),
    "failed": msg("{n} failed"),
    "missed": msg("{n} missed"),
}

_HEADS: Final[Mapping[str, Message]] = {
    "doubled": msg("Out twice"),
    "copy": msg("This workspace was copied, moved or put back from a backup"),
    "account": msg("Stopped accounts"),
    "beat": msg("Publishing stands still, or did"),
    "unconfirmed": msg("Unconfirmed: sent, and nobody knows whether it is out"),
    "failed": msg("Failed: the platform did not take it, or not all of it"),
    "missed": msg("Missed: it could not go out in its time, and does not any more by itself"),
}

#: What to do about all of a kind together.
_ADVICE: Final[Mapping[str, Message]] = {
    "doubled": msg("Look at the account's timeline and delete the one that is too many there."),
    "account": msg(
        "Nothing goes out on it until it is mended. Put new credentials in their place, then: jposocial accounts check"
    ),
    "copy": msg(
        "Where it is a copy, end it here. Where it is the one that shall publish: jposocial doctor --adopt"
    ),
    "beat": msg(
        "Look whether 'jposocial run' or the cron line works (jposocial status). What fell due meanwhile and is too late is listed as missed."
    ),
    "unconfirmed": msg(
        "Do NOT post it again. The program looks for it on the timeline and may settle it by itself: see 'jposocial queue' first. If it still stands there, look at the account's timeline."
    ),
    "failed": msg("See the reason, mend its cause, then bring it back or cancel it."),
    "missed": msg(
        "Decide whether it shall still go out. With a new time it must be approved again."
    ),
}

#: The commands that end one of a kind.
_COMMANDS: Final[Mapping[str, tuple[tuple[Message, str], ...]]] = {
    "unconfirmed": (
        (msg("if it is there"), "jposocial resolve {id} --published URL"),
        (msg("if it is not there"), "jposocial resolve {id} --absent"),
    ),
    "failed": (
        (msg("send it"), "jposocial retry {id}"),
        (msg("leave it"), "jposocial cancel {id}"),
    ),
    "missed": (
        (msg("send it"), "jposocial retry {id} --at 'YYYY-MM-DD HH:MM'"),
        (msg("leave it"), "jposocial cancel {id}"),
    ),
}


def alarm_subject(causes: Sequence[Cause], name: str, language: str) -> str:
    kinds = [cause.kind for cause in causes]
    counts = [text.filled(n=kinds.count(k)) for k, text in _COUNTED.items() if k in kinds]
    return msg("[Action needed] {counts} ({name})", counts=joined(counts), name=name).localised(
        language
    )


def alarm_body(causes: Sequence[Cause], place: str, zone: ZoneInfo, language: str) -> str:
    """Each kind under its head, what to do, then one by one with the commands."""
    blocks = [
        _block(kind, [cause for cause in causes if cause.kind == kind], zone, language)
        for kind in _HEADS
    ]
    return "\n\n".join([*(block for block in blocks if block), signature(place, language)]) + "\n"


def _block(kind: str, causes: Sequence[Cause], zone: ZoneInfo, language: str) -> str:
    if not causes:
        return ""
    lines: list[str] = [_HEADS[kind], _ADVICE[kind], ""]
    for cause in causes[:MOST]:
        lines += _of_one(cause, zone)
    if len(causes) > MOST:
        lines.append(
            msg("… and {n} more: jposocial queue --status {kind}", n=len(causes) - MOST, kind=kind)
        )
    said = [localised(line, language) for line in lines]
    return "\n".join([f"■ {said[0]}", *said[1:]])


def _of_one(cause: Cause, zone: ZoneInfo) -> Iterator[str]:
    if cause.delivery:
        yield msg("・{what}", what=named(cause.delivery, zone))
        yield msg("  reason: {reason}", reason=DETAIL_NAMES.get(cause.detail, cause.detail))
        for when, command in _COMMANDS[cause.kind]:
            yield msg(
                "  {when}: {command}", when=when, command=command.format(id=cause.delivery.id)
            )
        return
    yield _of_no_delivery[cause.kind](cause, zone)


def named(row: Delivery, zone: ZoneInfo) -> Message:
    """A delivery as the queue names it, marked where it is practice only."""
    return msg(
        "{id} {when} {account} {moment} {post}{practice}",
        id=row.id,
        when=moment(row.due, zone),
        account=row.account,
        moment=row.moment,
        post=row.post,
        practice=msg(" (practice)") if row.mode == "sandbox" else "",
    )


def _account(cause: Cause, zone: ZoneInfo) -> Message:
    return msg("・{account}: {reason}", account=cause.account, reason=cause.detail)


def _doubled(cause: Cause, zone: ZoneInfo) -> Message:
    return msg("・{what} on {account}", what=cause.detail, account=cause.account)


def _beat(cause: Cause, zone: ZoneInfo) -> Message:
    since = moment(cause.since, zone) if cause.since else "?"
    if cause.until:
        return msg(
            "・from {since} to {until}; it works again",
            since=since,
            until=moment(cause.until, zone),
        )
    return msg("・since {since}; nothing goes out", since=since)


_of_no_delivery: Final[Mapping[str, Callable[[Cause, ZoneInfo], Message]]] = {
    "copy": _account,
    "account": _account,
    "doubled": _doubled,
    "beat": _beat,
}


def signature(place: str, language: str) -> str:
    """The end of every mail: which workspace on which machine speaks."""
    return "-- \n" + msg("jposocial, {place}", place=place).localised(language)


def trial(name: str, place: str, now: datetime, zone: ZoneInfo, language: str) -> tuple[str, str]:
    """Subject and body of the mail that only shows that mail arrives."""
    subject = msg("Alarms of jposocial arrive here ({name})", name=name)
    body = msg(
        "This is a test, sent on {when}. Alarms and the evening's list come to this address.",
        when=moment(now, zone),
    )
    said = [localised(text, language) for text in (subject, body)]
    return said[0], f"{said[1]}\n\n{signature(place, language)}\n"
