"""What a beat works with: the outbox, the publishers, the clock, and who is at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

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
    #: Before bytes go out on a live account: what tells a database that was put back from this one.
    keep: Callable[[], None] = lambda: None
    #: 0 to 1, each time another: spreads what is tried again.
    chance: Callable[[], float] = lambda: 0.0
    #: Who stands in the record for what the machine does.
    actor: str = "jposocial"


#: Event, and what it is about: ids, names, a path; never a text that goes out, nor a secret.
Hearer = Callable[[str, Mapping[str, object]], None]

#: What was looked for, or fell into doubt, in this run is not looked for again so soon.
_LOOK_PAUSE: Final = 180.0

#: What keeps being so is told to the hearer again after this many seconds.
_REPEAT: Final = 3600.0


class Tally:
    """What became of deliveries in this run, which may last for weeks; safe for threads.

    `hear` is told of every outcome and notice as it comes.
    """

    KEYS = ("published", "deferred", "failed", "unconfirmed", "missed")

    def __init__(
        self, hear: Hearer | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._hear = hear
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._outcome: dict[int, str] = {}
        #: Delivery → when it fell into doubt in this run, or was looked for.
        self._doubted: dict[int, float] = {}
        #: Notice → when the hearer was last told.
        self._noticed: dict[str, float] = {}
        #: Account → when its credentials were last asked for in this run, right or wrong.
        self.asked: dict[str, datetime] = {}
        #: Account → how often in turn it did not answer when it was asked.
        self.unanswered: dict[str, int] = {}
        #: Due deliveries whose account's secrets are not there.
        self.without_secrets: set[int] = set()
        self.alarmed = False

    def note(self, delivery: int, outcome: str) -> None:
        with self._lock:
            self._outcome[delivery] = outcome
            self.alarmed = self.alarmed or outcome in ("failed", "unconfirmed", "missed")
            if outcome == "unconfirmed":
                self._doubted[delivery] = self._monotonic()
        self._tell("delivery", {"delivery": delivery, "outcome": outcome})

    def put_off(self, delivery: int) -> None:
        """It was due and stays as it is; said once, and not of what became of it before."""
        if delivery not in self._outcome:
            self.note(delivery, "deferred")

    def may_look(self, delivery: int) -> bool:
        """Whether it has not been looked for, nor fallen into doubt, just now in this run."""
        since = self._doubted.get(delivery)
        return since is None or self._monotonic() - since >= _LOOK_PAUSE

    def looking(self, deliveries: Iterable[int]) -> None:
        self._doubted.update(dict.fromkeys(deliveries, self._monotonic()))

    def look_at_once(self, delivery: int) -> None:
        self._doubted.pop(delivery, None)

    def notice(self, text: str, *, event: str, **about: object) -> None:
        """Something that people should know: a sentence for them, an event for the log."""
        with self._lock:
            now, last = self._monotonic(), self._noticed.get(text)
            repeated = last is not None and now - last < _REPEAT
            if not repeated:
                self._noticed[text] = now
        if not repeated:
            self._tell(event, about)

    def _tell(self, event: str, about: Mapping[str, object]) -> None:
        if self._hear:
            self._hear(event, about)

    @property
    def notices(self) -> list[str]:
        """Every notice once, in the order of their first time."""
        with self._lock:
            return list(self._noticed)

    def lists(self) -> Mapping[str, list[int]]:
        """Outcome → ids, each delivery under its last outcome."""
        with self._lock:
            return {
                key: sorted(d for d, outcome in self._outcome.items() if outcome == key)
                for key in self.KEYS
            }
