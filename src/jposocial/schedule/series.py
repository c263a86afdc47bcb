"""Composing a series: which posts an occurrence picks. Pure, like the plan it belongs to.

A synced occurrence keeps what it picked for as long as all of it can be used; only then is
it composed anew. The rest is picked in the order (due, series, account).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from jposocial.model import (
    MAIL,
    Account,
    Cadence,
    Calendar,
    Moment,
    PastRow,
    Post,
    Slot,
    Status,
    Unplaced,
)
from jposocial.schedule.business_days import at, day_start, local_day
from jposocial.schedule.cadence import Timed, target_accounts
from jposocial.schedule.every import cutoff, days, due
from jposocial.schedule.usable import deadline, is_usable
from jposocial.schedule.uses import Use, Uses, dated_uses, past_uses, subject, uses_of
from jposocial.series import Series

#: A shift over closed days moves an occurrence no further than this.
_FARTHEST: Final = timedelta(days=31)

#: (series, account, posts in their order, when it goes) → how many of them fit.
Fits = Callable[[Series, Account, Sequence[Post], datetime], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What the series may pick from, and what only the rim knows of it."""

    posts: Sequence[Post] = ()
    #: Post → the person it is about, where a register knows better than its text.
    subjects: Mapping[str, str] = field(default_factory=dict)
    fits: Fits = lambda series, account, posts, instant: len(posts)
    #: Synced occurrences of which a file has an error, or may be one that nobody can read.
    held: Collection[Slot] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """A series on one account on one nominal day."""

    series: Series
    account: Account
    day: date
    due: datetime
    cutoff: datetime
    row: PastRow | None = None
    posts: tuple[Post, ...] = ()

    @property
    def slot(self) -> Slot:
        return slot_of(self.series, self.account, self.day)

    @property
    def goes(self) -> datetime:
        """When it goes: a synced one, unless the series' own rule has changed, as it stands."""
        return self.row.due if self.row and self.row.nominal == self.due else self.due

    def timed(self, calendar: Calendar) -> Timed:
        s = self.series
        moment = Moment(
            name=s.moment, anchor="publish", at=s.every.at, shift=s.shift, grace=s.grace
        )
        ends = [end for post in self.posts for end in _ends(post, calendar)]
        return Timed(
            moment=moment,
            kind=s.kind,
            wanted=at(self.day, s.every.at, calendar),
            nominal=self.due,
            not_after=min(ends, default=None),
        )

    def unplaced(self, reason: str) -> Unplaced:
        return Unplaced(
            post=self.series.name,
            moment=self.series.moment,
            account=self.account.name,
            reason=reason,
            occurrence=self.day.isoformat(),
            nominal=self.due,
        )

    def stand_in(self) -> Post:
        """The series as the plan and the outbox see it: a post of its kind."""
        return stand_in(self.series, self.posts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    occurrences: Sequence[Occurrence]
    unplaced: Sequence[Unplaced]


def slot_of(series: Series, account: Account, day: date) -> Slot:
    return Slot(
        mode=account.mode,
        account=account.name,
        post=series.name,
        moment=series.moment,
        occurrence=day.isoformat(),
    )


def stand_in(series: Series, posts: Sequence[Post]) -> Post:
    """`series` with those posts as one post; what they allow, it allows."""
    return Post(
        id=series.name,
        kind=series.kind,
        title=posts[0].title if posts else series.name,
        path=posts[0].path if len(posts) == 1 else "jposocial.toml",
        accounts=series.accounts,
        allow={rule: why for post in posts for rule, why in post.allow.items()},
    )


def _ends(post: Post, calendar: Calendar) -> Iterator[datetime]:
    consent = post.fields.get("consent") or {}
    if until := consent.get("until"):
        yield day_start(until + timedelta(days=1), calendar)
    if withdrawn := consent.get("withdrawn"):
        yield day_start(withdrawn, calendar)
    if closes := deadline(post):
        yield closes


def serves(series: Iterable[Series]) -> frozenset[tuple[str, str]]:
    """(kind, account) of what goes out by a series: no longer by an announcement without a date."""
    return frozenset((s.kind, name) for s in series for name in s.accounts)


def compose(
    series: Mapping[str, Series],
    offer: Offer,
    cadences: Mapping[str, Cadence],
    accounts: Mapping[str, Account],
    calendar: Calendar,
    *,
    now: datetime,
    until: datetime,
    history: Sequence[PastRow] = (),
) -> Composition:
    """Every occurrence from `now` to before `until`, with what it picks, and those in the outbox.

    What is past and was never synced is not made up for, only said for a while; what has
    nothing to say is unplaced.
    """
    if not series:
        return Composition(occurrences=(), unplaced=())
    return _Composer(series, offer, cadences, accounts, calendar, now, until, history).compose()


class _Composer:
    def __init__(
        self,
        series: Mapping[str, Series],
        offer: Offer,
        cadences: Mapping[str, Cadence],
        accounts: Mapping[str, Account],
        calendar: Calendar,
        now: datetime,
        until: datetime,
        history: Sequence[PastRow],
    ) -> None:
        self._series = series
        self._offer = offer
        self._cadences = cadences
        self._accounts = accounts
        self._calendar = calendar
        self._now = now
        self._until = until
        self._rows = {row.slot: row for row in history if row.slot.occurrence != "-"}
        subjects = {post.id: subject(post) for post in offer.posts} | dict(offer.subjects)
        self._of_kind = _by_kind(offer.posts)
        kinds = {one.kind for one in series.values()}
        # What no series may pick, and is about nobody whom it might, is asked for nowhere.
        asked = [p for p in offer.posts if p.kind in kinds or subjects[p.id] != p.id]
        own = list(dated_uses(asked, cadences, accounts, calendar))
        self._by_id = {post.id: post for post in offer.posts}
        #: (kind, account, day) of the announcements that files date themselves.
        self._dated = {(self._by_id[use.post].kind, use.account, use.day) for use in own}
        self._uses = Uses([*past_uses(history, calendar), *own], subjects)
        self._unplaced: list[Unplaced] = []
        self._put_off: set[tuple[str, str]] = set()
        #: Post → the accounts that it goes to.
        self._targets: dict[str, frozenset[str]] = {}
        #: (series, account) that were found with nothing to say.
        self._empty: set[tuple[str, str]] = set()

    def compose(self) -> Composition:
        found = [one for s in self._series.values() for one in self._occurrences(s)]
        kept = [one for o in found if (one := self._kept(o))]
        settled = {one.slot for one in kept} | set(self._offer.held)
        fresh = sorted(
            (o for o in found if o.slot not in settled),
            key=lambda o: (o.due, o.series.name, o.account.name),
        )
        picked = [one for o in fresh if (one := self._picked(o))]
        self._say_closing(found)
        return Composition(occurrences=[*kept, *picked], unplaced=self._unplaced)

    def _occurrences(self, series: Series) -> Iterator[Occurrence]:
        for name in series.accounts:
            if name in self._accounts and name != MAIL:
                yield from self._on_account(series, self._accounts[name])

    def _on_account(self, series: Series, account: Account) -> Iterator[Occurrence]:
        last: date | None = None
        for day in days(series.every, *self._span(series, account)):
            instant = due(series, day, self._calendar)
            row = self._rows.get(slot_of(series, account, day))
            same = local_day(instant, self._calendar) == last
            last = local_day(instant, self._calendar)
            one = Occurrence(
                series=series,
                account=account,
                day=day,
                due=instant,
                cutoff=cutoff(series.cutoff, instant, self._calendar),
                row=row,
            )
            if row is None and not self._now - series.grace < instant < self._until:
                continue
            if reason := self._not_to_be(row, same, late=instant < self._now):
                if reason != "done" and self._has_any(one):
                    self._unplaced.append(one.unplaced(reason))
            else:
                yield one

    def _span(self, series: Series, account: Account) -> tuple[date, date]:
        """The nominal days to look at: from the oldest that is still open."""
        open_days = [
            date.fromisoformat(slot.occurrence)
            for slot, row in self._rows.items()
            if (slot.post, slot.account) == (series.name, account.name)
            and row.status is Status.SCHEDULED
        ]
        first = local_day(self._now, self._calendar) - _FARTHEST
        return min([first, *open_days]), local_day(self._until, self._calendar) + _FARTHEST

    @staticmethod
    def _not_to_be(row: PastRow | None, same: bool, late: bool) -> str:
        if row and row.by_person:
            return "cancelled"
        if row and row.status is not Status.SCHEDULED:
            return "done"
        if row is None and same:
            return "same_day"
        return "late" if row is None and late else ""

    def _kept(self, one: Occurrence) -> Occurrence | None:
        """The occurrence as it was synced, or None where it is to be composed."""
        if one.slot in self._offer.held:
            self._unplaced.append(one.unplaced("file"))
            self._take_row(one)
            return None
        used = one.row.used if one.row else ()
        there = [self._by_id[name] for name in used if name in self._by_id]
        posts = [post for post in there if self._is_usable(post, one)]
        if not used or len(posts) < len(used):
            return None
        self._take_row(one)
        return replace(one, posts=tuple(posts))

    def _take_row(self, one: Occurrence) -> None:
        for use in uses_of(one.row, self._calendar) if one.row else ():
            self._uses.add(use)

    def _of(self, series: Series) -> Sequence[Post]:
        """The posts of the series' kind."""
        return self._of_kind.get(series.kind, ())

    def _is_for(self, post: Post, one: Occurrence) -> bool:
        """Whether it is the series' kind, and the post goes to that account at all."""
        if post.kind != one.series.kind or not post.ready:
            return False
        if post.id not in self._targets:
            cadence = self._cadences.get(post.kind)
            self._targets[post.id] = frozenset(target_accounts(post, cadence, self._accounts))
        return one.account.name in self._targets[post.id]

    def _is_usable(self, post: Post, one: Occurrence) -> bool:
        return (
            self._is_for(post, one)
            and one.series.moment not in post.skip
            and is_usable(post, one.account.name, one.goes, self._calendar)
        )

    def _picked(self, one: Occurrence) -> Occurrence | None:
        if one.series.pick == "one" and self._has_own(one):
            self._unplaced.append(one.unplaced("dated"))
            return None
        usable = [post for post in self._of(one.series) if self._is_usable(post, one)]
        posts = self._one(one, usable) if one.series.pick == "one" else self._all(one, usable)
        if not posts:
            self._say_empty(one)
            return None
        mode, day = one.account.mode, local_day(one.goes, self._calendar)
        for post in posts:
            self._uses.add(Use(mode=mode, account=one.account.name, post=post.id, day=day))
        return replace(one, posts=tuple(posts))

    def _has_own(self, one: Occurrence) -> bool:
        """Whether a post of the kind has an announcement of its own there that day: one is enough."""
        day = local_day(one.goes, self._calendar)
        return (one.series.kind, one.account.name, day) in self._dated

    def _one(self, one: Occurrence, usable: Iterable[Post]) -> Sequence[Post]:
        """Whom another account has that day, else the least recently used of those not on lately."""
        mode, day = one.account.mode, local_day(one.goes, self._calendar)
        free = [
            post
            for post in usable
            if (post.publish is None or post.publish.day < day)
            and not (
                post.fields.get("person")
                and self._uses.is_near(mode, one.account.name, post.id, day, one.series.apart)
            )
        ]
        uses = self._uses

        def order(post: Post) -> tuple[bool, date, str]:
            return not uses.is_of_day(mode, post.id, day), uses.last(mode, post.id), post.id

        return sorted(free, key=order)[:1]

    def _all(self, one: Occurrence, usable: Iterable[Post]) -> Sequence[Post]:
        """What was not on the account yet, the nearest deadline first, as far as it fits."""
        mode, account = one.account.mode, one.account
        posts = [
            post
            for post in sorted(usable, key=_by_deadline)
            if not self._uses.was_on(mode, account.name, post.id)
        ]
        count = max(1, self._offer.fits(one.series, account, posts, one.goes)) if posts else 0
        for post in posts[count:]:
            self._say_put_off(post, one)
        return posts[:count]

    def _say_put_off(self, post: Post, one: Occurrence) -> None:
        if (post.id, one.account.name) not in self._put_off:
            self._put_off.add((post.id, one.account.name))
            self._unplaced.append(replace(one.unplaced("next_digest"), post=post.id))

    def _say_empty(self, one: Occurrence) -> None:
        """Of digests only the next: what comes in until a later one nobody knows."""
        key = (one.series.name, one.account.name)
        if self._has_any(one) and (one.series.pick == "one" or key not in self._empty):
            self._unplaced.append(one.unplaced("empty"))
        self._empty.add(key)

    def _has_any(self, one: Occurrence) -> bool:
        """Whether the office has posts of the kind at all; else nothing need be said of it."""
        return any(self._is_for(post, one) for post in self._of(one.series))

    def _say_closing(self, found: Iterable[Occurrence]) -> None:
        """The posts that close before any occurrence to come could have them."""
        chances: dict[tuple[str, str], list[Occurrence]] = {}
        for one in found:
            if one.series.pick == "all":
                chances.setdefault((one.series.name, one.account.name), []).append(one)
        for occurrences in chances.values():
            first = min(occurrences, key=lambda one: one.due)
            for post in self._of(first.series):
                if self._closes_before(post, occurrences):
                    self._unplaced.append(replace(first.unplaced("closing"), post=post.id))

    def _closes_before(self, post: Post, occurrences: Sequence[Occurrence]) -> bool:
        first = occurrences[0]
        if not self._is_for(post, first) or post.publish or not deadline(post):
            return False
        account = first.account
        if first.series.moment in post.skip or self._uses.was_on(
            account.mode, account.name, post.id
        ):
            return False
        return not any(self._is_usable(post, one) for one in occurrences)


def _by_kind(posts: Iterable[Post]) -> Mapping[str, Sequence[Post]]:
    found: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        found[post.kind].append(post)
    return dict(found)


def _by_deadline(post: Post) -> tuple[bool, datetime | None, str]:
    """What is open until it is filled comes last."""
    closes = deadline(post)
    return closes is None, closes, post.id
