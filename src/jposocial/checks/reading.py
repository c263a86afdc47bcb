"""What a rule may know besides the text: the office's book of rules, and the post it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.model import Account, Cadence, Calendar, Post, Problem, Variant
from jposocial.posts.registers import Registers

#: The dates that tell which year a text speaks of, the most telling first.
_ABOUT: Final = ("starts", "opens", "closes", "deadline")


@dataclass(frozen=True, kw_only=True, slots=True)
class PastUse:
    """Where something of a post is to be seen since when."""

    day: date
    account: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """What is the same for every post of a workspace at one moment."""

    now: datetime
    calendar: Calendar
    accounts: Mapping[str, Account] = field(default_factory=dict)
    #: Per kind, when it goes out on which account.
    cadences: Mapping[str, Cadence] = field(default_factory=dict)
    registers: Registers = field(default_factory=Registers)
    #: Allowed hosts; a name covers its subdomains.
    hosts: tuple[str, ...] = ()
    #: Post → what is out of it, oldest first.
    uses: Mapping[str, Sequence[PastUse]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.calendar.zone).date()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One text being read: of which post, and, for a variant, for which account and when."""

    book: Book
    post: Post
    account: Account | None = None
    #: When the variant goes out; None for a text in a file.
    due: datetime | None = None

    @property
    def about(self) -> date:
        """The day the post speaks of; dates without a year are near it."""
        for name in _ABOUT:
            value = self.post.fields.get(name)
            if isinstance(value, datetime):
                return value.astimezone(self.book.calendar.zone).date()
        return self.post.publish.day if self.post.publish else self.book.today


#: A text rule: (text, reading) → findings.
TextRule = Callable[[str, Reading], Iterator[Finding]]

#: A rule for a whole file: (post, book) → problems, with their lines in the file.
PostRule = Callable[[Post, Book], Iterator[Problem]]

#: A rule for a variant as a whole: (reading, variant) → problems.
VariantRule = Callable[[Reading, Variant], Iterator[Problem]]
