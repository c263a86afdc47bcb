"""Which posts were used when: what the rotation of a series goes by."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from jposocial.model import Account, Cadence, Calendar, PastRow, Post, Status
from jposocial.schedule.business_days import local_day
from jposocial.schedule.cadence import target_accounts, timed_moments

#: In these states a row is out, may be, or is promised.
_COUNTING: Final = frozenset(
    {Status.SCHEDULED, Status.PUBLISHING, Status.PUBLISHED, Status.UNCONFIRMED}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """A post was, or is to be, on an account on a local day."""

    mode: str
    account: str
    post: str
    day: date


class Uses:
    """The uses so far; `add` takes in what has just been picked."""

    def __init__(self, uses: Iterable[Use], subjects: Mapping[str, str]) -> None:
        #: Post → the person it is about.
        self._subjects = subjects
        self._of_post: dict[tuple[str, str], list[date]] = defaultdict(list)
        self._of_subject: dict[tuple[str, str], list[Use]] = defaultdict(list)
        self._on_account: set[tuple[str, str, str]] = set()
        for use in uses:
            self.add(use)

    def add(self, use: Use) -> None:
        subject = self.subject(use.post)
        self._of_post[use.mode, use.post].append(use.day)
        self._of_subject[use.mode, subject].append(use)
        self._on_account.add((use.mode, use.account, subject))

    def subject(self, post: str) -> str:
        return self._subjects.get(post, post)

    def last(self, mode: str, post: str) -> date:
        """The latest use of a post, or a day before all days."""
        return max(self._of_post.get((mode, post), ()), default=date.min)

    def is_near(self, mode: str, account: str, post: str, day: date, apart: timedelta) -> bool:
        """Whether the post's subject is used less than `apart` before or after `day`.

        The same day on another account is the same occasion, not another one.
        """
        return any(
            abs(day - use.day) < apart and (use.day != day or use.account == account)
            for use in self._of_subject.get((mode, self.subject(post)), ())
        )

    def is_of_day(self, mode: str, post: str, day: date) -> bool:
        """Whether the post is used on that day, on whatever account."""
        return day in self._of_post.get((mode, post), ())

    def was_on(self, mode: str, account: str, post: str) -> bool:
        return (mode, account, self.subject(post)) in self._on_account


def subject(post: Post) -> str:
    """Whom a post is about, in one spelling of the name; without a person it stands for itself."""
    name = (post.fields.get("person") or {}).get("name")
    return f"person {_one_spelling(name)}" if name else post.id


def _one_spelling(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def past_uses(history: Sequence[PastRow], calendar: Calendar) -> Iterator[Use]:
    """What the outbox's rows use, scheduled occurrences of a series left out."""
    for row in history:
        open_occurrence = row.slot.occurrence != "-" and row.status is Status.SCHEDULED
        if not open_occurrence and (row.status in _COUNTING or row.accepted_at):
            yield from uses_of(row, calendar)


def uses_of(row: PastRow, calendar: Calendar) -> Iterator[Use]:
    day = local_day(row.accepted_at or row.due, calendar)
    for post in row.used or (row.slot.post,):
        yield Use(mode=row.slot.mode, account=row.slot.account, post=post, day=day)


def dated_uses(
    posts: Iterable[Post],
    cadences: Mapping[str, Cadence],
    accounts: Mapping[str, Account],
    calendar: Calendar,
) -> Iterator[Use]:
    """The announcements that files ask for by a `publish` of their own, on the day they go."""
    for post in posts:
        cadence = cadences.get(post.kind)
        if post.publish is None or not post.ready:
            continue
        for name in target_accounts(post, cadence, accounts):
            for timed in timed_moments(post, cadence, name, calendar, ()):
                if timed.nominal and not timed.reason:
                    yield Use(
                        mode=accounts[name].mode,
                        account=name,
                        post=post.id,
                        day=local_day(timed.nominal, calendar),
                    )
