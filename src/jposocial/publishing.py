"""One `publish` run: the beat, called until nothing is due.

Sandbox accounts without an address of their own talk to a sandbox that is started here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Final, cast

from jposocial.dispatch.beat import Dispatcher
from jposocial.dispatch.desk import Desk, Hearer, Tally
from jposocial.errors import Refused
from jposocial.host import process_start, this_process
from jposocial.locks import exclusive
from jposocial.messages import localised, msg
from jposocial.model import BLOCKERS_TO_MEND, Account, Status
from jposocial.newsletter import issues
from jposocial.notifying import Notifier, note_resumed
from jposocial.outbox.claims import publishing
from jposocial.outbox.flags import FOLDER, adopt
from jposocial.outbox.meta import FINGERPRINT, get_meta
from jposocial.outbox.queue import queue
from jposocial.outbox.spending import current
from jposocial.protocols import Publisher
from jposocial.publishers import Supplies, publisher
from jposocial.publishers.credentials import fingerprint, read_secrets, sandbox_secret
from jposocial.sandbox import Sandbox, SandboxAccount, Timeline
from jposocial.store.engine import reading

if TYPE_CHECKING:
    from jposocial.app import Workspace

#: So many accounts are served at the same time.
WORKERS: Final = 4

#: Seconds that the loop waits for a worker before it looks at the outbox again.
_PAUSE: Final = 0.5

_SANDBOX_TOKEN: Final[Mapping[str, str]] = {"x": "access_token", "facebook": "page_token"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocked:
    id: int
    blockers: Sequence[str]


@dataclass(kw_only=True, slots=True)
class PublishReport:
    """What a run did; the lists hold ids."""

    published: list[int] = field(default_factory=list)
    deferred: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    unconfirmed: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    #: Sentences for people: what was refused, and by whom.
    notices: list[str] = field(default_factory=list)
    alarmed: bool = False

    @property
    def exit_code(self) -> int:
        """1 where somebody must look: something went wrong, or is due and cannot go."""
        stuck = any(BLOCKERS_TO_MEND & set(b.blockers) for b in self.blocked)
        return 1 if self.alarmed or stuck else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    publisher: Publisher
    fingerprint: str


class Lines:
    """The publishers of a workspace, made when first wanted; one sandbox for all."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()
        self._supplies = Supplies(read=workspace.media.read, clock=workspace.clock)
        self.sandbox: Sandbox | None = None

    def line(self, account: Account) -> _Line:
        """Raises UsageError where a secret is not there."""
        with self._lock:
            if account.name not in self._lines:
                self._lines[account.name] = self._made(account)
            return self._lines[account.name]

    def _made(self, account: Account) -> _Line:
        secrets = read_secrets(account, self._workspace.root)
        return _Line(
            publisher=publisher(self._addressed(account), secrets, self._supplies),
            fingerprint=fingerprint(account, secrets),
        )

    def _addressed(self, account: Account) -> Account:
        if account.mode != "sandbox" or account.base_url:
            return account
        if self.sandbox is None:
            self.sandbox = embedded_sandbox(self._workspace).start()
        return replace(account, base_url=self.sandbox.url)

    def close(self) -> None:
        if self.sandbox:
            self.sandbox.stop()
            self.sandbox.timeline.close()


def embedded_sandbox(workspace: Workspace, port: int = 0) -> Sandbox:
    """The sandbox of a workspace, not yet started; its timelines are in `var/sandbox/`."""
    folder = workspace.var / "sandbox"
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        # Whoever takes a practice post back is another person than who sent it.
        folder.chmod(workspace.var.stat().st_mode & 0o7777)
    return Sandbox(
        [
            sandbox_account(a)
            for a in workspace.settings.accounts.values()
            if a.platform in _SANDBOX_TOKEN
        ],
        Timeline(folder / "timeline.jsonl"),
        workspace.clock,
        port=port,
        language=workspace.settings.language,
        zone=workspace.settings.calendar.zone,
    )


def sandbox_account(account: Account) -> SandboxAccount:
    """The account as the sandbox knows it: whoever shows its stand-in token is its owner."""
    return SandboxAccount(
        name=account.name,
        platform=account.platform,
        handle=account.handle.lstrip("@"),
        token=sandbox_secret(account.name, _SANDBOX_TOKEN[account.platform]),
    )


@contextmanager
def at_work(
    workspace: Workspace,
    *,
    workers: int = WORKERS,
    hear: Hearer | None = None,
) -> Iterator[tuple[Desk, Dispatcher]]:
    """A desk and its dispatcher; what was begun has ended when this ends, Ctrl-C included."""
    workspace.instance.bind_new(workspace.engine)
    lines = Lines(workspace)
    desk = Desk(
        engine=workspace.engine,
        house=workspace.house,
        clock=workspace.clock,
        monotonic=time.monotonic,
        line=lines.line,
        claimer=this_process(),
        living=lambda: living(workspace),
        sync=lambda tally: sync_if_changed(workspace, tally),
        tally=Tally(hear),
        chance=SystemRandom().random,
        keep=partial(workspace.instance.keep, workspace.engine),
    )
    dispatcher = Dispatcher(desk, workers=workers)
    try:
        yield desk, dispatcher
    finally:
        dispatcher.close()
        lines.close()


def living(workspace: Workspace) -> frozenset[tuple[int, str]]:
    """Those claimers on this host that still live."""
    found = {(r.claim_pid, r.claim_process) for r in publishing(workspace.engine)}
    return frozenset(
        (pid, start) for pid, start in found if pid and start and process_start(pid) == start
    )


def sync_if_changed(workspace: Workspace, tally: Tally) -> None:
    """The beat's first step: what was edited, renamed or deleted since is taken in; flags too."""
    adopt(workspace.engine, workspace.var / FOLDER, workspace.clock())
    if get_meta(workspace.engine, FINGERPRINT) == workspace.fingerprint():
        return
    try:
        report = workspace.sync()
    except Refused as error:
        tally.notice(localised(error.message, workspace.settings.language), event="files.refused")
        tally.alarmed = True
        return
    for problem in report.refused:
        tally.notice(
            f"{problem.path}:{problem.line} {problem.rule} {problem.message}",
            event="file.problem",
            post=problem.post,
            path=problem.path,
            line=problem.line,
            rule=problem.rule,
        )


def outcomes_to(progress: Callable[[int, str], None] | None) -> Hearer:
    """Of all that is told, what became of which delivery."""

    def hear(event: str, about: Mapping[str, object]) -> None:
        if progress and event == "delivery":
            progress(cast(int, about["delivery"]), str(about["outcome"]))

    return hear


def publish(
    workspace: Workspace, *, progress: Callable[[int, str], None] | None = None
) -> PublishReport:
    """Publish all that is due, then end. Raises LockHeld where another process publishes."""
    report = _publish(workspace, progress)
    # The lock is free again: a mail server that hangs keeps nobody from publishing.
    if not_mailed := Notifier(workspace=workspace).round().reason:
        report.notices.append(
            msg(
                "an alarm could not be mailed, the next run tries again: {reason}",
                reason=not_mailed,
            )
        )
    return report


def _publish(workspace: Workspace, progress: Callable[[int, str], None] | None) -> PublishReport:
    with (
        exclusive(workspace.var / "jposocial.lock", wait=False),
        at_work(workspace, hear=outcomes_to(progress)) as (desk, dispatcher),
    ):
        note_resumed(workspace)
        while dispatcher.beat():
            dispatcher.rest_a_little(_PAUSE)
        dispatcher.rest()
        report = report_of(workspace, desk)
        _send_issues(workspace, report)
        return report


def _send_issues(workspace: Workspace, report: PublishReport) -> None:
    """Send the newsletter as far as it goes now; Ctrl-C ends after what is under way."""
    with reading(workspace.engine) as connection:
        if not issues.any_open(connection):
            return
    # Imported here: composing loads what most runs never need.
    from jposocial import mailing

    for held in mailing.release_due(workspace):
        report.notices.append(
            msg("{post} does not go: {reason}", post=held.issue.post, reason=held.reason)
        )
        report.alarmed = True
    for sent in mailing.pump_all(
        workspace, lambda *_: None, patient=False, halted=threading.Event()
    ):
        if sent.stop:
            report.notices.append(msg("the newsletter stopped: {reason}", reason=sent.stop.reason))
        report.alarmed |= bool(sent.totals.in_doubt) or bool(sent.stop and sent.stop.pause)


def report_of(workspace: Workspace, desk: Desk) -> PublishReport:
    lists = desk.tally.lists()
    waiting = blocked(workspace, desk.tally.without_secrets)
    for account, notice in _nearly_used(workspace, lists["published"], waiting):
        desk.tally.notice(notice, event="budget.nearly_used", account=account)
    return PublishReport(
        published=lists["published"], deferred=lists["deferred"], failed=lists["failed"],
        unconfirmed=lists["unconfirmed"], missed=lists["missed"],
        blocked=waiting, notices=list(desk.tally.notices), alarmed=desk.tally.alarmed,
    )  # fmt: skip


def _nearly_used(
    workspace: Workspace, published: Collection[int], waiting: Sequence[Blocked]
) -> Iterator[tuple[str, str]]:
    """Of each account that something went out on, or that has no money left, how much is left."""
    concerned = {*published, *(b.id for b in waiting if "budget" in b.blockers)}
    rows = queue(workspace.engine, workspace.house, now=workspace.clock(), ids=list(concerned))
    settings = workspace.settings
    for name in sorted({q.delivery.account for q in rows} & settings.accounts.keys()):
        account = settings.accounts[name]
        found = current(workspace.engine, account, settings.calendar, workspace.clock())
        if found and found.is_nearly_used:
            said = msg(
                "{account}: {spent} of the {limit} for {month} are used",
                account=name,
                spent=f"${found.spent:.3f}",
                limit=f"${found.limit:.3f}",
                month=f"{found.month:%Y-%m}",
            )
            yield name, said


def blocked(workspace: Workspace, without_secrets: Collection[int] = ()) -> list[Blocked]:
    """What is due and waits, and for what."""
    now = workspace.clock()
    rows = queue(workspace.engine, workspace.house, now=now, status=Status.SCHEDULED)
    return [
        Blocked(id=q.delivery.id, blockers=q.blockers or ("account",))
        for q in rows
        if q.delivery.due <= now and (q.blockers or q.delivery.id in without_secrets)
    ]


def would_publish(workspace: Workspace) -> list[int]:
    """The ids that `publish` would send now, as far as the outbox can tell."""
    now = workspace.clock()
    rows = queue(workspace.engine, workspace.house, now=now, status=Status.SCHEDULED)
    return [
        q.delivery.id
        for q in rows
        if _goes(q.delivery.due, q.delivery.retry_at, now)
        and not q.blockers
        and q.delivery.expires > now
    ]


def _goes(due: datetime, retry_at: datetime | None, now: datetime) -> bool:
    return due <= now and (retry_at is None or retry_at <= now)
