"""`run`: APScheduler calls the beat until a signal ends it.

APScheduler is the clock and no more: two interval jobs, declared here, in memory. What is to be done
when, and what is to be told, stands in the outbox, and is read there each time. Its wait for the next call is by the wall
clock, so one that is set back would silence it: `ClockGuard` sees that, and calls at once.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from jposocial.app import Workspace, system_clock
from jposocial.dispatch.beat import Dispatcher
from jposocial.dispatch.desk import Hearer
from jposocial.errors import UsageError, place_of
from jposocial.layout import FILE_NAME
from jposocial.locks import exclusive
from jposocial.mail_pump import MailPump
from jposocial.messages import msg
from jposocial.notifying import Notifier, note_resumed
from jposocial.outbox.delivery import load_one
from jposocial.publishing import at_work
from jposocial.store.engine import database_path, reading, require_schema

#: How often the beat is called where nobody says otherwise.
EVERY: Final = timedelta(seconds=10)

#: Seconds between two looks at the clock.
_GUARD: Final = 1.0

#: A wall clock that goes along with the monotonic one to so many seconds was not set.
_TOLERANCE: Final = 1.5

#: What ends `run` → its exit code.
ENDS: Final[Mapping[int, int]] = {signal.SIGTERM: 0, signal.SIGHUP: 0, signal.SIGINT: 130}

#: So long a doubt may take to be settled by a look at the timeline before people are told of it.
_PATIENCE: Final = timedelta(minutes=2)

_BEAT: Final = "beat"
_MAIL: Final = "mail"


def run(
    reopened: Callable[[], Workspace],
    *,
    every: timedelta,
    hear: Hearer,
    beaten: Callable[[Workspace], None],
) -> int:
    """Beat until a signal; what was begun has ended when this returns the exit code.

    `hear` is told each event, `beaten` is called after each completed beat. The workspace is
    opened anew when its configuration or its database has become another. Raises LockHeld where
    another process publishes, UsageError for what a person must mend first.
    """
    with _Bell() as bell:
        workspace = reopened()
        with exclusive(workspace.var / "jposocial.lock", wait=False), _loggers_to(hear):
            notifier = Notifier(workspace=workspace, hear=hear)
            hear("run.started", {"every_seconds": int(every.total_seconds()), "pid": os.getpid()})
            while (ended_by := _serve(workspace, notifier, bell, every, hear, beaten)) is None:
                notifier.workspace = workspace = _anew(workspace, reopened)
                hear("run.reopened", {})
            hear("run.ended", {"signal": signal.Signals(ended_by).name})
            return ENDS[ended_by]


def _serve(
    workspace: Workspace,
    notifier: Notifier,
    bell: _Bell,
    every: timedelta,
    hear: Hearer,
    beaten: Callable[[Workspace], None],
) -> int | None:
    """Beat with the workspace as it was opened: the signal that ends it, None where it changed."""
    told = _naming(workspace, hear)
    try:
        with at_work(workspace, hear=told) as (_, dispatcher):
            shift = Shift(workspace, dispatcher, told, beaten, bell.ring)
            with _clockwork(shift, notifier, every) as call_now:
                ended_by = _watch(shift, bell, ClockGuard(), call_now, told)
                if ended_by is not None:
                    hear("run.ending", {"signal": signal.Signals(ended_by).name})
            shift.rest()
    finally:
        workspace.engine.dispose()
    if shift.refusal and ended_by is None:
        raise shift.refusal
    return ended_by


def _watch(
    shift: Shift, bell: _Bell, guard: ClockGuard, call_now: Callable[[], None], hear: Hearer
) -> int | None:
    """Wait for a signal, or for the shift to be over; meanwhile mind the clock."""
    while not shift.over:
        ended_by = bell.heard(_GUARD)
        if ended_by is not None:
            return ended_by
        if jump := guard.jump():
            hear("clock.jumped", {"seconds": round(jump, 1)})
            call_now()
    return None


class Shift:
    """The beats with one opening of the workspace; they come one after the other."""

    def __init__(
        self,
        workspace: Workspace,
        dispatcher: Dispatcher,
        hear: Hearer,
        beaten: Callable[[Workspace], None],
        ring: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher
        self._pump = MailPump(workspace, hear)
        self._hear = hear
        self._beaten = beaten
        self._ring = ring
        self._opened = self._seen = _identity(workspace)
        self._failures = 0
        self._late = False
        #: Whether no beat follows: the workspace is another, or a person must mend it.
        self.over = False
        self.refusal: UsageError | None = None

    def beat(self) -> None:
        """One beat; whatever it raises, the next one comes, unless it is for a person to mend."""
        if self.over:
            return
        self._late = False
        try:
            if self._same() and self._usable():
                note_resumed(self._workspace)
                self._dispatcher.beat()
                self._pump.beat()
                self._beaten(self._workspace)
        except Exception as error:  # noqa: BLE001  the office goes on; `status` shows the age
            self._failed(error)

    def late(self) -> None:
        """The next beat was due while one had not ended: told once of each."""
        if not self._late:
            self._late = True
            self._hear("beat.late", {})

    def rest(self) -> None:
        """Wait for what was begun."""
        self._pump.rest()
        try:
            self._dispatcher.rest()
        except Exception as error:  # noqa: BLE001  told like that of a beat; the others are waited for
            self._failed(error)

    def _same(self) -> bool:
        """Whether the workspace is the one that was opened.

        One that changed is opened anew when it has stayed as it is for a beat: it may be half
        written. Nothing goes out meanwhile: nobody knows what it will say.
        """
        now = _identity(self._workspace)
        before, self._seen = self._seen, now
        if now != self._opened and now == before:
            self._end()
        return now == self._opened

    def _usable(self) -> bool:
        """Whether the database is still of the program's version."""
        try:
            require_schema(self._workspace.engine)
        except UsageError as error:
            self.refusal = error
            self._end()
        return self.refusal is None

    def _end(self) -> None:
        self.over = True
        self._ring()

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        self._hear(
            "beat.failed",
            {"error": type(error).__name__, "place": place_of(error), "failures": self._failures},
        )


class ClockGuard:
    """Tells when the wall clock was set: it no longer goes along with the monotonic one."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def jump(self) -> float:
        """Seconds by which it was set since the last call; 0 where it was not."""
        before, self._offset = self._offset, self._wall() - self._monotonic()
        jump = self._offset - before
        return jump if abs(jump) > _TOLERANCE else 0.0


class _Bell:
    """Wakes the main thread: by a signal that ends `run`, or by `ring`.

    Signals arrive through a socket: a handler that touched a lock could wait for the very code
    that it has interrupted.
    """

    def __enter__(self) -> _Bell:
        self._listening, self._ringing = socket.socketpair()
        for end in (self._listening, self._ringing):
            end.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._ringing.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _only_wake) for number in ENDS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._listening.close()
        self._ringing.close()

    def ring(self) -> None:
        with suppress(OSError):
            self._ringing.send(b"\0")

    def heard(self, seconds: float) -> int | None:
        """Wait at most so long; the signal that ends `run`, where one came."""
        if not select.select([self._listening], [], [], seconds)[0]:
            return None
        return next((number for number in self._listening.recv(64) if number in ENDS), None)


def _only_wake(_number: int, _frame: object) -> None:
    """The number is in the socket already."""


@contextmanager
def _clockwork(shift: Shift, notifier: Notifier, every: timedelta) -> Iterator[Callable[[], None]]:
    """APScheduler, calling the beat and the mail; gives what calls the beat at once.

    None is left out for being late, none is made up for, and there is one of each at a time, in a
    thread of its own: a mail server that hangs keeps no post waiting.
    """
    scheduler = BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={_BEAT: ThreadPoolExecutor(1), _MAIL: ThreadPoolExecutor(1)},
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def late(event: JobEvent) -> None:
        if event.job_id == _BEAT:
            shift.late()

    def mail() -> None:
        notifier.round_unless_pausing(time.monotonic(), _PATIENCE)

    for name, call in ((_BEAT, shift.beat), (_MAIL, mail)):
        trigger = IntervalTrigger(seconds=every.total_seconds(), timezone=UTC)
        scheduler.add_job(
            call, trigger, id=name, name=name, executor=name, next_run_time=system_clock()
        )
    scheduler.add_listener(late, EVENT_JOB_MAX_INSTANCES)
    scheduler.start()
    try:
        yield lambda: scheduler.modify_job(_BEAT, next_run_time=system_clock())
    finally:
        scheduler.shutdown(wait=True)


def _identity(workspace: Workspace) -> tuple[object, ...]:
    """Another one when the configuration was written, or the database put back from a copy."""
    return (
        _stat(workspace.root / FILE_NAME, "st_mtime_ns", "st_ctime_ns", "st_size", "st_ino"),
        _stat(_database(workspace), "st_dev", "st_ino"),
    )


def _stat(path: Path, *names: str) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return tuple(getattr(found, name) for name in names)


def _database(workspace: Workspace) -> Path:
    return database_path(workspace.settings.database_url, workspace.root)


def _anew(before: Workspace, reopened: Callable[[], Workspace]) -> Workspace:
    """The workspace as it is now. Raises UsageError where its database has gone: none is made."""
    workspace = reopened()
    if _database(workspace) == _database(before) and not workspace.has_database:
        raise UsageError(
            msg(
                "the database {path} has gone; put it back, then start again",
                path=str(_database(workspace)),
            )
        )
    return workspace


def _naming(workspace: Workspace, hear: Hearer) -> Hearer:
    """Adds the post and the account to what is told of a delivery."""

    def told(event: str, about: Mapping[str, object]) -> None:
        hear(event, {**_names(workspace, about), **about})

    return told


def _names(workspace: Workspace, about: Mapping[str, object]) -> Mapping[str, object]:
    delivery = about.get("delivery")
    if not isinstance(delivery, int) or "post" in about:
        return {}
    # To tell of it must not be what makes it fail: then the number alone is told.
    with suppress(Exception), reading(workspace.engine) as connection:
        row = load_one(connection, delivery)
        return {"post": row.post, "account": row.account} if row else {}
    return {}


class _Forwarding(logging.Handler):
    """What libraries log, without their words: those may repeat a text or an address."""

    def __init__(self, hear: Hearer) -> None:
        super().__init__(logging.WARNING)
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self._hear("library.logged", {"library": record.name, "level": record.levelname})


@contextmanager
def _loggers_to(hear: Hearer) -> Iterator[None]:
    """Nothing is written past the log, by no library and no thread that fails."""
    handler, hook = _Forwarding(hear), threading.excepthook

    def failed(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        hear(
            "thread.failed",
            {"error": args.exc_type.__name__, "place": place_of(error) if error else "?"},
        )

    logging.getLogger().addHandler(handler)
    # What it would log of late beats is told as an event.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    threading.excepthook = failed
    try:
        yield
    finally:
        threading.excepthook = hook
        logging.getLogger().removeHandler(handler)
