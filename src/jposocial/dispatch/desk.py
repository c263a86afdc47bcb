"""What a beat works with: the outbox, the publishers, the clock, and who is at work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from jposocial.model import Account
from jposocial.outbox.blockers import House
from jposocial.outbox.claims import Claimer
from jposocial.protocols import Publisher


class Line(Protocol):
    """A publisher together with the fingerprint of the credentials it uses."""

    @property
    def publisher(self) -> Publisher: ...
    @property
    def fingerprint(self) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Handed to every part of the beat; the composition root makes it."""

    #: An `sqlalchemy.Engine`; only the outbox looks into it.
    engine: Any
    house: House
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    #: A new publisher for an account; raises UsageError where its secrets are not there.
    line: Callable[[Account], Line]
    claimer: Claimer
    #: The (pid, process) of this host's processes that may have claimed and still live.
    living: Callable[[], frozenset[tuple[int, str]]]
    #: Takes in what was edited since; tells the tally what was refused.
    sync: Callable[[Tally], None]
    tally: Tally
    #: 0 to 1, each time another: spreads what is tried again.
    chance: Callable[[], float] = lambda: 0.0
    #: Who stands in the record for what the machine does.
    actor: str = "jposocial"


class Tally:
    """What became of deliveries in this run; safe for threads."""

    KEYS = ("published", "deferred", "failed", "unconfirmed", "missed")

    def __init__(self, progress: Callable[[int, str], None] | None = None) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._outcome: dict[int, str] = {}
        #: Every delivery that became unconfirmed in this run: not looked for at once.
        self.doubted: set[int] = set()
        #: Account → when its credentials were last asked for in this run, right or wrong.
        self.asked: dict[str, datetime] = {}
        #: Accounts that did not answer when they were asked.
        self.unanswered: set[str] = set()
        #: Due deliveries whose account's secrets are not there.
        self.without_secrets: set[int] = set()
        self.alarmed = False
        self.notices: list[str] = []

    def note(self, delivery: int, outcome: str) -> None:
        with self._lock:
            self._outcome[delivery] = outcome
            self.alarmed = self.alarmed or outcome in ("failed", "unconfirmed", "missed")
            if outcome == "unconfirmed":
                self.doubted.add(delivery)
        if self._progress:
            self._progress(delivery, outcome)

    def put_off(self, delivery: int) -> None:
        """It was due and stays as it is; said once, and not of what became of it before."""
        if delivery not in self._outcome:
            self.note(delivery, "deferred")

    def notice(self, text: str) -> None:
        with self._lock:
            if text not in self.notices:
                self.notices.append(text)

    def lists(self) -> Mapping[str, list[int]]:
        """Outcome → ids, each delivery under its last outcome."""
        with self._lock:
            return {
                key: sorted(d for d, outcome in self._outcome.items() if outcome == key)
                for key in self.KEYS
            }
