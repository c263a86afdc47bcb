"""The one writer of an issue's ledger while it is sent.

The lines hand in what became of an envelope and ask for the next; what several of them ask at the
same moment is one transaction, so that each envelope has its durable row without a disk's wait of
its own. In that transaction the brake is read: nothing is handed out after a hold has returned.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from jposocial.newsletter import ledger
from jposocial.newsletter.hot import HotStatements
from jposocial.newsletter.ledger import Recipient
from jposocial.newsletter.relay import Answer
from jposocial.newsletter.throttle import Throttle
from jposocial.store.tables import instant_text

#: A recipient that is put off is tried again after so many minutes, then twice as many, and so on.
_FIRST_RETRY: Final = timedelta(minutes=5)

#: After so many tries a recipient that is put off counts as refused.
MOST_TRIES: Final = 8

#: So many recipients are kept in mind while their domains are at their limits.
_MOST_KEPT: Final = 10_000

#: So many refusals one after the other are no chance: somebody refuses us.
REFUSED_IN_A_ROW: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """Why no envelope is handed out any more; `pause`: a person must look before it goes on."""

    reason: str
    pause: bool = False


@dataclass(kw_only=True, slots=True)
class _Request:
    done: tuple[Recipient, Answer] | None
    wants_next: bool
    ready: threading.Event = field(default_factory=threading.Event)
    given: Recipient | None = None
    #: Nothing may go now, but something may later: monotonic seconds to wait.
    wait: float = 0.0
    error: BaseException | None = None


class Clerk:
    """Hands out recipients and writes the answers, in a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        issue: int,
        *,
        claimer: Mapping[str, object],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        brake: Callable[[Connection], Stop | None],
        throttle: Throttle,
    ) -> None:
        self._engine, self._issue = engine, issue
        self._hot = HotStatements(engine)
        self._claimer = claimer
        self._own = {"by_pid": claimer["by_pid"], "by_process": claimer["by_process"]}
        self._clock, self._monotonic = clock, monotonic
        self._brake, self._throttle = brake, throttle
        self._inbox: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._ready: deque[Recipient] = deque()
        self._after = 0
        self._refused_in_a_row = 0
        #: Set when nothing is handed out any more.
        self.stop: Stop | None = None
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def exchange(
        self, done: tuple[Recipient, Answer] | None, *, wants_next: bool = True
    ) -> tuple[Recipient | None, float]:
        """Write what became of `done`; the next recipient, or None and for how long to wait.

        When it returns, both are on the disk. Raises what the database raised.
        """
        request = _Request(done=done, wants_next=wants_next)
        self._inbox.put(request)
        request.ready.wait()
        if request.error is not None:
            raise request.error
        return request.given, request.wait

    def halt(self, stop: Stop) -> None:
        """Hand out nothing more; what is under way ends."""
        self.stop = self.stop or stop

    def close(self) -> None:
        self._inbox.put(None)
        self._thread.join()

    def _work(self) -> None:
        with self._engine.connect() as connection:
            while (requests := self._collected()) is not None:
                try:
                    with connection.begin():
                        self._serve(connection, requests)
                except BaseException as error:  # noqa: BLE001  told to each line that waits
                    for request in requests:
                        request.error, request.given = error, None
                for request in requests:
                    request.ready.set()

    def _collected(self) -> list[_Request] | None:
        """All that is asked by now, at least one; None: nobody asks any more."""
        first = self._inbox.get()
        if first is None:
            return None
        requests = [first]
        while not self._inbox.empty():
            more = self._inbox.get()
            if more is None:
                self._inbox.put(None)
                break
            requests.append(more)
        return requests

    def _serve(self, connection: Connection, requests: Sequence[_Request]) -> None:
        now = self._clock()
        self._hot.finish(connection, [self._row(r.done, now) for r in requests if r.done])
        waiting = [r for r in requests if r.wants_next]
        if waiting and self.stop is None:
            self.stop = self._brake(connection)
        if not waiting or self.stop:
            return
        chosen = self._choose(connection, len(waiting), now)
        for request, recipient in zip(waiting, chosen, strict=False):
            request.given = recipient
        for request in waiting[len(chosen) :]:
            request.wait = self._wait(connection, now)

    def _row(self, done: tuple[Recipient, Answer], now: datetime) -> dict[str, object]:
        recipient, answer = done
        state, reply = answer.state, answer.reply
        if state == "deferred" and not answer.broken and recipient.attempts + 1 >= MOST_TRIES:
            state = "refused"
        again = now + _FIRST_RETRY * 2**recipient.attempts if state == "deferred" else None
        self._refused_in_a_row = self._refused_in_a_row + 1 if answer.state == "refused" else 0
        if answer.ours or self._refused_in_a_row >= REFUSED_IN_A_ROW:
            self.halt(Stop(reason=reply, pause=True))
        return {
            "row": recipient.id, "new": state, "said": reply, "again": again and instant_text(again),
            "now": instant_text(now), **self._own
        }  # fmt: skip

    def _choose(self, connection: Connection, count: int, now: datetime) -> list[Recipient]:
        """The next recipients, each marked as being sent before the next is looked for."""
        chosen: list[Recipient] = []
        while len(chosen) < count and (recipient := self._drawn(connection, now)):
            if self._hot.take(connection, recipient.id, now, self._claimer):
                self._throttle.note(recipient.domain, self._monotonic())
                chosen.append(recipient)
            else:
                ledger.suppress_rows(connection, [recipient.id], now)
        return chosen

    def _drawn(self, connection: Connection, now: datetime) -> Recipient | None:
        """The next that no limit keeps back; those that one does stay in front."""
        while self._ready or self._read(connection, now, from_start=True):
            place = self._throttle.first_free(
                (one.domain for one in self._ready), self._monotonic()
            )
            if place is not None:
                recipient = self._ready[place]
                del self._ready[place]
                return recipient
            # A domain at its limit keeps nobody else waiting, within reason.
            if len(self._ready) >= _MOST_KEPT or not self._read(connection, now):
                return None
        return None

    def _read(self, connection: Connection, now: datetime, *, from_start: bool = False) -> bool:
        """Read on; at the end from the start again, for those that were put off meanwhile."""
        for after in (self._after, 0) if from_start else (self._after,):
            if rows := ledger.ready(connection, self._issue, now, after):
                self._ready.extend(rows)
                self._after = rows[-1].id
                return True
        return False

    def _wait(self, connection: Connection, now: datetime) -> float:
        """Seconds until something may go; 0 where nothing is left."""
        if self._ready:
            instant = self._monotonic()
            free = min(self._throttle.free_at(one.domain, instant) for one in self._ready)
            return max(free - instant, 0.01)
        retry = ledger.next_retry(connection, self._issue)
        return max((retry - now).total_seconds(), 0.01) if retry else 0.0
