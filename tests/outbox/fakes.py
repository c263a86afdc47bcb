"""A platform that counts what it accepts, and misbehaves as it is told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from jposocial.errors import (
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.model import Identity, Part, Receipt, Variant
from jposocial.protocols import Journal
from jposocial.publishers.parts import post_parts


class Clock:
    """Gives the same instant until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Monotonic:
    """Seconds that only ever grow, when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Answer(StrEnum):
    """What comes of one attempt."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    DUPLICATE = "duplicate"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMIT = "rate limit"
    UNAVAILABLE = "unavailable"
    LOST = "accepted, and the answer lost"
    SWALLOWED = "nothing accepted, and no answer"
    CRASH_BEFORE = "crash before a visible step"
    CRASH_BEGUN = "crash after begin, before the bytes"
    CRASH_OUT = "crash after the bytes, before the proof"


class Killed(BaseException):
    """The process ends here: nothing catches it, nothing more is written."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One post that readers can see."""

    id: str
    key: str
    post: str
    part: int
    #: The id that it replies to.
    parent: str | None
    text: str
    at: datetime


class FakePublisher:
    """A `Publisher` and `Reconciler` of one account; nothing of it is on a network."""

    platform: ClassVar[str] = "x"

    def __init__(self, clock: Callable[[], datetime], handle: str = "example_center") -> None:
        self._clock = clock
        self._handle = handle
        #: What the next attempts come to; when it is empty they are accepted.
        self.answers: deque[Answer] = deque()
        #: The part that an answer strikes: the first from that one on that is not out yet, or the
        #: last where there are not so many.
        self.strikes = 0
        #: All that was ever taken; what was deleted stays in it.
        self.timeline: list[Seen] = []
        #: The ids of what readers do not see any more.
        self.deleted: set[str] = set()
        #: Called before that part begins (chosen as by `strikes`), as the attempt is under way.
        self.meanwhile: Callable[[Variant], None] = lambda variant: None
        self.interrupts = 0
        #: Called with every part that the platform takes, as it takes it.
        self.watch: Callable[[Seen], None] = lambda seen: None
        #: A timeline that does not show its newest posts yet.
        self.blind = False

    @property
    def accepts(self) -> Counter[tuple[str, int]]:
        """How often each part of each post was accepted."""
        return Counter((seen.post, seen.part) for seen in self.timeline)

    def key_window(self) -> timedelta | None:
        return None

    def whoami(self) -> Identity:
        return Identity(id="42", handle=self._handle)

    def publish(self, variant: Variant, journal: Journal) -> tuple[Receipt, ...]:
        answer = self.answers.popleft() if self.answers else Answer.ACCEPT
        struck = _first_from(self.strikes, variant, journal)
        between = _first_from(self.interrupts, variant, journal)

        def prepare(part: Part, number: int) -> Sequence[str]:
            if number == between:
                self.meanwhile(variant)
            if number == struck and answer is Answer.CRASH_BEFORE:
                raise Killed
            return ()

        def post(part: Part, images: Sequence[str], parent: str | None) -> Mapping[str, str]:
            number = variant.parts.index(part)
            how = answer if number == struck else Answer.ACCEPT
            return self._post(variant, journal, number, parent, how)

        return post_parts(variant, journal, prepare, post)

    def _post(
        self, variant: Variant, journal: Journal, number: int, parent: str | None, answer: Answer
    ) -> Mapping[str, str]:
        if answer is Answer.CRASH_BEGUN:
            raise Killed
        if answer in _REFUSALS:
            refusal = _REFUSALS[answer]()
            raise refusal
        if answer is Answer.SWALLOWED:
            raise OutcomeUnknown("time-out")
        seen = self._take(variant, journal.key, number, parent)
        if answer is Answer.LOST:
            raise OutcomeUnknown("connection reset")
        if answer is Answer.CRASH_OUT:
            raise Killed
        return {"id": seen.id, "url": self._url(seen)}

    def _take(self, variant: Variant, key: str, number: int, parent: str | None) -> Seen:
        seen = Seen(
            id=str(len(self.timeline) + 1),
            key=key,
            post=variant.post,
            part=number,
            parent=parent,
            text=variant.parts[number].text,
            at=self._clock(),
        )
        self.watch(seen)
        self.timeline.append(seen)
        return seen

    def find(
        self, part: Part, identity: Identity, since: datetime, parent: str | None = None
    ) -> list[Receipt]:
        return [
            Receipt(part=0, id=seen.id, url=self._url(seen), accepted_at=seen.at)
            for seen in self.timeline
            if not self.blind and seen.id not in self.deleted
            if (seen.text, seen.parent) == (part.text, parent)
            if seen.at >= since
        ]

    def delete(self, remote_id: str) -> bool:
        """Whether it was there."""
        there = {seen.id for seen in self.timeline} - self.deleted
        self.deleted.add(remote_id)
        return remote_id in there

    def _url(self, seen: Seen) -> str:
        return f"https://x.com/{self._handle}/status/{seen.id}"


def _first_from(number: int, variant: Variant, journal: Journal) -> int | None:
    """The first part from `number` on, or from the last, that is not proved; None: all are."""
    start = min(number, len(variant.parts) - 1)
    numbers = range(start, len(variant.parts))
    return next((n for n in numbers if journal.proved(f"part:{n}") is None), None)


_REFUSALS: Mapping[Answer, Callable[[], Exception]] = {
    Answer.REFUSE: lambda: Rejected("403 not permitted"),
    Answer.DUPLICATE: lambda: Rejected("403 duplicate content", duplicate=True),
    Answer.UNAUTHORIZED: lambda: Unauthorized("401 expired token"),
    Answer.RATE_LIMIT: lambda: RateLimited("429 too many"),
    Answer.UNAVAILABLE: lambda: Unavailable("connection refused"),
}
