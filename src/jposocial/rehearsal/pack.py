"""What a rehearsal has shown, as plain values: what the page and the JSON document are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jposocial.messages import Message
from jposocial.model import Account, Calendar, Problem, Status
from jposocial.schedule.reasons import Shift


@dataclass(frozen=True, kw_only=True, slots=True)
class Title:
    """What readers of the page know a post by, and the language it is in."""

    text: str
    lang: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    file: str
    alt: str
    #: Empty where its bytes are not there.
    data: bytes
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPart:
    """One post of a thread, or the only one, as the platform has taken it."""

    text: str
    length: int
    limit: int
    pictures: Sequence[Picture] = ()
    #: A link that the platform shows as a card below the text.
    link: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A delivery of the period: one variant on one account."""

    id: int
    post: str
    #: Of a series: the posts it picked.
    used: Sequence[str]
    title: Title
    kind: str
    moment: str
    occurrence: str
    account: Account
    path: str
    due: datetime
    out_at: datetime | None
    status: Status
    #: Why it did not go out, where it did not.
    why: str
    cost_usd: float
    shift: Shift | None
    parts: Sequence[ShownPart]


@dataclass(frozen=True, kw_only=True, slots=True)
class Withheld:
    """What would not go out, why, and what helps."""

    post: str
    title: Title
    moment: str
    account: str
    occurrence: str
    #: When it would have gone, where it has a time.
    when: datetime | None
    #: A word of `wording.REASONS`, of the states, or of the blockers.
    reason: str
    said: Message
    fix: Message | None
    #: Whether somebody must do something: it was to go out, and did not.
    alarm: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """A date of the newsletter within the period."""

    series: str
    day: date
    when: datetime
    #: The file of that date; empty where there is none.
    post: str = ""
    title: Title | None = None
    missing: bool = False
    #: The issue as its readers would see it, as HTML that needs nothing but itself; empty where
    #: none has been composed. What composes issues fills it in.
    preview: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """All of a rehearsal. Nothing in it depends on the machine or on today."""

    name: str
    first: date
    last: date
    calendar: Calendar
    accounts: Mapping[str, Account]
    pieces: Sequence[Piece]
    withheld: Sequence[Withheld]
    issues: Sequence[Issue]
    #: Said in the pack's language; errors first.
    problems: Sequence[Problem]
    drafts: Sequence[Title]
    language: str
    #: SHA-256 (hex) of the files that were played.
    content: str
    #: Posts that were taken as out before the first day.
    before: int
    record_rows: int
    record_whole: bool
    #: Whether somebody changed a file while it was played.
    edited: bool
    exit_code: int

    @property
    def published(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.status is Status.PUBLISHED]

    def count(self, severity: str) -> int:
        return sum(problem.severity == severity for problem in self.problems)
