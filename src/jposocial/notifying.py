"""Alarms and the evening's list: found in the outbox, mailed, remembered.

Nothing here is in the way of publishing: it comes after a beat, has a lock of its own, and what
could not be mailed is found again by the next round.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from jposocial.errors import JposocialError, LockHeld, StoreError, UsageError
from jposocial.locks import exclusive
from jposocial.messages import Message, localised, msg
from jposocial.model import Status
from jposocial.notify import evening, texts
from jposocial.notify.mail import Mail, NotMailed, Server, hand_over
from jposocial.notify_values import Notify
from jposocial.outbox import alarms
from jposocial.outbox.alarms import Cause, Told
from jposocial.outbox.holds import active
from jposocial.outbox.instance import elsewhere
from jposocial.outbox.queue import queue
from jposocial.publishers.credentials import read_secret
from jposocial.store.engine import reading
from jposocial.values import printable

if TYPE_CHECKING:
    from jposocial.app import Workspace

#: In the record, for what the machine does.
ACTOR: Final = "jposocial"

#: Event, and what it is about; no text, no address, no secret.
Hearer = Callable[[str, Mapping[str, object]], None]

#: After failures in a row, so many seconds at most until the next try.
_LONGEST_PAUSE: Final = 300.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Letter:
    """A mail, and what is to be remembered once the server has it."""

    mail: Mail
    causes: Sequence[str]
    event: str


@dataclass(kw_only=True, slots=True)
class Report:
    """What a round did."""

    mailed: int = 0
    #: Mails that are still to be tried.
    left: int = 0
    #: Why, in a word; empty where nothing went wrong.
    reason: Message | str = ""


@dataclass(kw_only=True)
class Notifier:
    """Rounds of one process; it knows what was mailed though the database could not be written."""

    workspace: Workspace
    hear: Hearer | None = None
    _mailed: set[tuple[str, str]] = field(default_factory=set)
    _failures: int = 0
    _not_before: float = 0.0

    def round_unless_pausing(self, monotonic: float, patience: timedelta) -> Report:
        """A round, unless mail has failed a short time ago; the pause grows with each failure."""
        if monotonic < self._not_before:
            return Report()
        report = self.round(patience)
        self._failures = self._failures + 1 if report.reason else 0
        pause = min(2.0**self._failures, _LONGEST_PAUSE) if self._failures > 1 else 0.0
        self._not_before = monotonic + pause
        return report

    def round(self, patience: timedelta = timedelta()) -> Report:
        """Mail what is to be told and was not yet. Whatever goes wrong is in the report.

        `patience` is how long a delivery in doubt may take to be looked for before it is told of.
        """
        notify = self.workspace.settings.notify
        if notify is None or not self.workspace.has_database:
            return Report()
        try:
            with exclusive(self.workspace.var / "notify.lock", wait=False):
                return self._round(notify, patience)
        except LockHeld:
            # Another process is at it, and finds what we would have found.
            return Report()
        except (JposocialError, OSError) as error:
            return self._failed(Report(left=1), error)

    def _round(self, notify: Notify, patience: timedelta) -> Report:
        workspace, now = self.workspace, self.workspace.clock()
        said = self._told()
        found = alarms.causes(
            workspace.engine, workspace.settings.accounts, now=now, patience=patience,
            stopped=notify.stopped, known=_known_to_all(said, notify.to),
        )  # fmt: skip
        found += self._of_a_copy()
        self._mend(said, found)
        letters = [*self._alarms(notify, found, said), *self._evening(notify, said, now)]
        report = Report(left=len(letters))
        if letters:
            self._send(notify, letters, now, report)
        return report

    def _of_a_copy(self) -> list[Cause]:
        s = self.workspace.settings
        live = [account.name for account in s.accounts.values() if account.mode == "live"]
        why = elsewhere(self.workspace.engine, self.workspace.house) if live else None
        return [alarms.of_a_copy(live, localised(why, s.language))] if why else []

    def _told(self) -> Told:
        return Told(pairs=alarms.told(self.workspace.engine).pairs | self._mailed)

    def _mend(self, said: Told, found: Sequence[Cause]) -> None:
        current = {cause.key for cause in found}
        self._mailed = {
            (cause, to) for cause, to in self._mailed
            if not cause.startswith("account:") or cause in current
        }  # fmt: skip
        try:
            alarms.mended(self.workspace.engine, said, found)
        except StoreError as error:
            self._tell("notify.not_recorded", error=type(error).__name__)

    def _alarms(self, notify: Notify, found: Sequence[Cause], said: Told) -> list[_Letter]:
        s, letters = self.workspace.settings, []
        for to in notify.to:
            causes = [cause for cause in found if not said.has(cause.key, to)]
            if causes:
                body = texts.alarm_body(causes, self._place, s.calendar.zone, s.language)
                subject = texts.alarm_subject(causes, s.name, s.language)
                keys = list(dict.fromkeys(cause.key for cause in causes))
                letters.append(_letter(notify, to, subject, body, keys, "alarm.mailed"))
        return letters

    def _evening(self, notify: Notify, said: Told, now: datetime) -> list[_Letter]:
        s = self.workspace.settings
        zone, cause = s.calendar.zone, evening.key(now, s.calendar.zone)
        missing = [to for to in notify.to if not said.has(cause, to)]
        if not missing or not evening.is_due(notify.evening, now, zone):
            return []
        found = tomorrow(self.workspace, now)
        subject = evening.subject(found, s.name, s.language)
        body = evening.body(found, self._place, zone, s.language)
        return [_letter(notify, to, subject, body, [cause], "evening.mailed") for to in missing]

    def _send(
        self, notify: Notify, letters: Sequence[_Letter], now: datetime, report: Report
    ) -> None:
        of_mail = {letter.mail: letter for letter in letters}

        def taken(mail: Mail) -> None:
            report.mailed += 1
            report.left -= 1
            self._remember(of_mail[mail], now)

        try:
            hand_over(server(self.workspace, notify), list(of_mail), now, taken)
        except (NotMailed, UsageError) as error:
            self._failed(report, error)

    def _remember(self, letter: _Letter, now: datetime) -> None:
        """Durably; where the database cannot be written, as long as this process lives."""
        self._mailed.update((cause, letter.mail.to) for cause in letter.causes)
        self._tell(letter.event, causes=",".join(letter.causes))
        try:
            alarms.tell(
                self.workspace.engine, letter.causes, letter.mail.to,
                event=letter.event, now=now, actor=ACTOR,
            )  # fmt: skip
        except StoreError as error:
            self._tell("notify.not_recorded", error=type(error).__name__)

    def _failed(self, report: Report, error: Exception) -> Report:
        reason = error.message if isinstance(error, JposocialError) else type(error).__name__
        report.reason = localised(reason, self.workspace.settings.language)
        word = error.reason if isinstance(error, NotMailed) else type(error).__name__
        self._tell("notify.failed", error=word, left=report.left)
        return report

    def _tell(self, event: str, **about: object) -> None:
        if self.hear:
            self.hear(event, about)

    @property
    def _place(self) -> str:
        return place(self.workspace)


def _known_to_all(said: Told, recipients: Sequence[str]) -> frozenset[str]:
    """The causes that every recipient was told of."""
    told_to = [{cause for cause, to in said.pairs if to == recipient} for recipient in recipients]
    return frozenset.intersection(*map(frozenset, told_to))


def _letter(
    notify: Notify, to: str, subject: str, body: str, causes: Sequence[str], event: str
) -> _Letter:
    mail = Mail(
        sender=notify.sender, to=to, subject=subject, body=body, key="\n".join(sorted(causes))
    )
    return _Letter(mail=mail, causes=causes, event=event)


def place(workspace: Workspace) -> str:
    return printable(f"{socket.gethostname()}:{workspace.root}")


def tomorrow(workspace: Workspace, now: datetime) -> evening.Evening:
    """What the evening's list of `now` is made of."""
    zone = workspace.settings.calendar.zone
    day, start, end = evening.tomorrow(now, zone)
    rows = queue(workspace.engine, workspace.house, now=now, status=Status.SCHEDULED, until=end)
    with reading(workspace.engine) as connection:
        holds = [*active(connection), *workspace.house.flags()]
        unsettled, last = alarms.unsettled_counts(connection), alarms.last_beat(connection)
    return evening.Evening(
        day=day,
        rows=[q for q in rows if start <= q.delivery.due < end],
        holds=[f"{hold.scope}: {hold.reason}" for hold in holds],
        unsettled=unsettled,
        last_beat=last,
    )


def server(workspace: Workspace, notify: Notify) -> Server:
    """The mail server with its password. Raises UsageError where that is not in its place."""
    password = ""
    if notify.password:
        password = read_secret("notify", "password", notify.password, workspace.root)
    return Server(
        host=notify.host, port=notify.port, tls=notify.tls, user=notify.user, password=password,
        timeout=notify.timeout.total_seconds(),
    )  # fmt: skip


def needed(workspace: Workspace) -> Notify:
    """The section `[notify]`. Raises UsageError where there is none."""
    notify = workspace.settings.notify
    if notify is None:
        raise UsageError(
            msg(
                "there is no [notify] in jposocial.toml: nobody is mailed (README.md, Configuration)"
            )
        )
    return notify


def trial(workspace: Workspace) -> Report:
    """Mail a test to everybody. Raises UsageError where there is no `[notify]`."""
    notify, now, s = needed(workspace), workspace.clock(), workspace.settings
    subject, body = texts.trial(s.name, place(workspace), now, s.calendar.zone, s.language)
    mails = [
        Mail(sender=notify.sender, to=to, subject=subject, body=body, key=f"test:{now.isoformat()}")
        for to in notify.to
    ]
    report = Report(left=len(mails))

    def taken(_: Mail) -> None:
        report.mailed += 1
        report.left -= 1

    try:
        hand_over(server(workspace, notify), mails, now, taken)
    except NotMailed as error:
        report.reason = localised(error.message, s.language)
    return report


def note_resumed(workspace: Workspace) -> None:
    """Before a process's first beat: whether publishing had stopped is kept, to be told."""
    if workspace.settings.notify:
        alarms.note_resumed(
            workspace.engine, workspace.settings.notify.stopped, now=workspace.clock(), actor=ACTOR
        )
