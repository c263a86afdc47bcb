"""run: the office's clock, and the log of what it does."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, option, pass_call
from jposocial.cli.queue import STATUS_NAMES
from jposocial.cli.standing import upcoming
from jposocial.errors import UsageError
from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from datetime import timedelta

    from jposocial.app import Workspace

#: Seconds. More often is of no use, more rarely than this and a post would be late for long.
_EVERY: Final = (1, 3600)

#: Event → how people read it.
_SENTENCES: Final[Mapping[str, Message]] = {
    "run.started": msg("a beat every {every_seconds} seconds, in process {pid}"),
    "run.reopened": msg("the configuration or the database has changed; it was read again"),
    "run.ending": msg("{signal}: what was begun is finished first"),
    "run.ended": msg("nothing is left half done"),
    "delivery": msg("{delivery} {post} on {account}: {outcome}"),
    "delivery.detail": msg(
        "{delivery} {post} on {account}: 'jposocial queue' shows what the platform said"
    ),
    "delivery.not_looked_for": msg(
        "{delivery} {post} on {account}: the timeline could not be read ({error})"
    ),
    "account.without_secrets": msg("{account}: its secrets are not there"),
    "account.wrong": msg("{account}: the credentials are another account's; nothing is sent"),
    "account.unanswered": msg(
        "{account}: whose credentials these are was not answered ({error}); nothing is sent"
    ),
    "files.refused": msg("the files were not taken in; 'jposocial sync' says why"),
    "file.problem": msg("{path}:{line} {rule}; 'jposocial check' says more"),
    "beat.failed": msg("{error} at {place}, failure number {failures}; the next beat comes"),
    "beat.late": msg("a beat takes longer than the time between two; it is waited for"),
    "clock.jumped": msg("the clock was set by {seconds} seconds; the beat goes on"),
    "alarm.mailed": msg("people were told of {causes}"),
    "evening.mailed": msg("tomorrow's list was mailed"),
    "notify.failed": msg("{left} mails could not be sent ({error}); they are tried again"),
    "notify.not_recorded": msg("what was mailed could not be recorded ({error})"),
    "issue.withheld": msg("{issue} does not go: {reason}"),
    "issue.sending": msg("{issue} goes out to {frozen} readers"),
    "issue.sent": msg("{issue}: {accepted} accepted, {refused} refused, {in_doubt} in doubt"),
    "issue.stopped": msg("the newsletter stopped: {reason}"),
    "issue.failed": msg("the newsletter could not be sent: {error} at {place}"),
    "budget.nearly_used": msg("{account}: the month's budget is nearly used up"),
    "instance.elsewhere": msg("this is a copy, or was put back: 'jposocial queue' says more"),
    "library.logged": msg("{library} has logged something ({level})"),
    "thread.failed": msg("{error} at {place}"),
}


@click.command(cls=Command)
@option(
    "--every",
    metavar="DURATION",
    default="10s",
    show_default=True,
    help=msg("how often it looks for what is due: 30s, 1m"),
)
@option(
    "--log",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help=msg("how each event is written on standard error"),
)
@pass_call
def run(call: Call, every: str, form: str) -> int:
    interval = _interval(every)
    from jposocial.daemon import run as serve

    log = Log(call, as_json=form == "json")
    try:
        return serve(call.reopened, every=interval, hear=log.hear, beaten=log.beaten)
    finally:
        log.close()


def _interval(text: str) -> timedelta:
    from jposocial.values import BadValue, parse_duration

    try:
        found = parse_duration(text)
    except BadValue as bad:
        raise UsageError(msg("{message}: {fix}", message=bad.message, fix=bad.fix)) from None
    if not _EVERY[0] <= found.total_seconds() <= _EVERY[1]:
        raise UsageError(msg("--every {text}: from 1s to 60m", text=text))
    return found


class Log:
    """One event a line on standard error; on a terminal a last line says what goes next.

    Events carry ids and names, never a text that goes out and no secret: whoever may read the
    log of a service need not be who may read the drafts.
    """

    def __init__(self, call: Call, *, as_json: bool) -> None:
        self._call = call
        self._as_json = as_json
        self._lock = threading.Lock()
        self._progress = ""
        self._terminal = (
            not as_json and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        )

    def hear(self, event: str, about: Mapping[str, object]) -> None:
        line = self._document(event, about) if self._as_json else self._sentence(event, about)
        with self._lock:
            self._write(f"{self._cleared()}{line}\n{self._progress}")

    def beaten(self, workspace: Workspace) -> None:
        """After a beat: what goes next, and when."""
        if not self._terminal:
            return
        from jposocial.outbox.pulse import pulse

        found = pulse(workspace.engine, workspace.clock())
        text = self._call.say(upcoming(found.upcoming, workspace.settings.calendar.zone))
        with self._lock:
            self._progress = output.fitted(text, output.columns() - 1)
            self._write(f"{self._cleared()}{self._progress}")

    def close(self) -> None:
        with self._lock:
            self._write(self._cleared())

    def _cleared(self) -> str:
        """Back to the beginning of an empty line."""
        return "\r\x1b[K" if self._terminal else ""

    def _write(self, text: str) -> None:
        # A log that nobody reads any more, or whose disk is full, stops no post.
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()

    def _now(self) -> str:
        ws = self._call.workspace
        return ws.clock().astimezone(ws.settings.calendar.zone).isoformat(timespec="seconds")

    def _document(self, event: str, about: Mapping[str, object]) -> str:
        import json

        known = {name: value for name, value in about.items() if value is not None}
        return json.dumps({"time": self._now(), "event": event, **known}, ensure_ascii=False)

    def _sentence(self, event: str, about: Mapping[str, object]) -> str:
        params = {"post": "?", "account": "?", **about}
        if "outcome" in params:
            params["outcome"] = STATUS_NAMES[str(params["outcome"])]
        # A log that does not know an event must not be what makes a beat fail.
        known = _SENTENCES.get(event)
        sentence = self._call.say(known.filled(**params)) if known else str(dict(about))
        return f"{self._now()} {event} {_one_line(sentence)}"


def _one_line(text: str) -> str:
    """A file's name may hold what would look like another line, or steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
