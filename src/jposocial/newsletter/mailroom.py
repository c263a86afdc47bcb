"""Sending an issue: N lines to the relay, one clerk, and a report each second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection, Engine

from jposocial.newsletter import ledger
from jposocial.newsletter.clerk import Clerk, Stop
from jposocial.newsletter.ledger import Recipient, Totals
from jposocial.newsletter.relay import Answer, RelayDown
from jposocial.newsletter.throttle import Throttle
from jposocial.store.engine import reading

#: A line that cannot be had is tried so often, with growing pauses, before the issue is paused.
_CONNECTS: Final = 5


class Carrier(Protocol):
    """What carries envelopes to the relay."""

    def send(self, sender: str, recipient: str, message: bytes) -> Answer: ...

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What goes over the line for one recipient."""

    sender: str
    recipient: str
    message: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """All that sending needs from outside."""

    engine: Engine
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    #: This process: by_host, by_pid, by_process.
    claimer: Mapping[str, object]
    #: Opens a line. Raises RelayDown.
    connect: Callable[[], Carrier]
    #: The finished message of one recipient.
    envelope: Callable[[Recipient], Envelope]
    #: Why nothing may go out now, asked in the transaction that hands out.
    brake: Callable[[Connection], Stop | None]
    connections: int
    throttle: Throttle
    #: Told about each second, with the totals and the number of seconds since the start.
    hear: Callable[[Totals, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """How a run of the mailroom ended."""

    totals: Totals
    stop: Stop | None


def send(office: Office, issue: int, *, patient: bool, halted: threading.Event) -> Sent:
    """Send until nothing is left that may go now, or something stops it.

    `patient` waits for those that were put off; `halted` ends it after what is under way.
    Raises what a line or the database raised, once all lines have ended.
    """
    clerk = Clerk(
        office.engine, issue, claimer=office.claimer, clock=office.clock,
        monotonic=office.monotonic, brake=office.brake, throttle=office.throttle,
    )  # fmt: skip
    lines = [_Sender(office, clerk, patient, halted) for _ in range(office.connections)]
    try:
        _watch(office, issue, lines, clerk, halted)
    finally:
        clerk.close()
    for line in lines:
        if line.error:
            raise line.error
    with reading(office.engine) as connection:
        return Sent(totals=ledger.totals(connection, issue), stop=clerk.stop)


def _watch(
    office: Office, issue: int, lines: list[_Sender], clerk: Clerk, halted: threading.Event
) -> None:
    """Tell how far it is each second, until the last line has ended; Ctrl-C halts them."""
    began = office.monotonic()
    while any(line.thread.is_alive() for line in lines):
        try:
            next(line for line in lines if line.thread.is_alive()).thread.join(1.0)
            if halted.is_set():
                clerk.halt(Stop(reason="halted"))
            with reading(office.engine) as connection:
                office.hear(ledger.totals(connection, issue), office.monotonic() - began)
        except StopIteration:
            return
        except KeyboardInterrupt:
            halted.set()
            clerk.halt(Stop(reason="halted"))
            for line in lines:
                line.thread.join()
            raise


class _Sender:
    """One line: an envelope, its answer, the next envelope."""

    def __init__(
        self, office: Office, clerk: Clerk, patient: bool, halted: threading.Event
    ) -> None:
        self._office, self._clerk = office, clerk
        self._patient, self._halted = patient, halted
        self._line: Carrier | None = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="line", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._carry()
        except RelayDown as error:
            self._clerk.halt(Stop(reason=error.reason, pause=True))
        except BaseException as error:  # noqa: BLE001  raised again by `send`
            self.error = error
            self._clerk.halt(Stop(reason=type(error).__name__))
        finally:
            if self._line:
                self._line.close()

    def _carry(self) -> None:
        done: tuple[Recipient, Answer] | None = None
        while True:
            if (line := self._line) is None:
                # The row is settled before a new line is waited for.
                if done:
                    self._clerk.exchange(done, wants_next=False)
                    done = None
                if not self._connected():
                    return
                continue
            recipient, wait = self._clerk.exchange(done)
            done = None
            if recipient is None:
                if not (wait and self._patient) or self._clerk.stop or self._halted.wait(wait):
                    return
                continue
            done = recipient, self._sent(line, recipient)

    def _sent(self, line: Carrier, recipient: Recipient) -> Answer:
        try:
            envelope = self._office.envelope(recipient)
        except Exception as error:  # noqa: BLE001  nothing was sent; a person looks at it
            return Answer(state="deferred", reply=type(error).__name__, ours=True)
        answer = line.send(envelope.sender, envelope.recipient, envelope.message)
        if answer.broken:
            line.close()
            self._line = None
        return answer

    def _connected(self) -> bool:
        """Open a line, with patience for a relay that is busy; False where all is halted."""
        for number in range(_CONNECTS):
            if self._clerk.stop or self._halted.is_set():
                return False
            try:
                self._line = self._office.connect()
                return True
            except RelayDown:
                if number == _CONNECTS - 1:
                    raise
                if self._halted.wait(2.0**number / 4):
                    return False
        return False
