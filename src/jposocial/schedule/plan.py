"""The plan: what goes where when. Pure: the same values give the same plan, on any host.

What is approved, out, under way, failed or missed is fixed and counts for caps and gaps;
the rest is placed around it in the order (due, kind, account, id).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

from jposocial.model import (
    Account,
    Cadence,
    Calendar,
    PastRow,
    Placement,
    Plan,
    Post,
    Slot,
    Status,
    Unplaced,
)
from jposocial.schedule.business_days import blackout, local_day
from jposocial.schedule.cadence import ANNOUNCING, MOVED, Timed, target_accounts, timed_on
from jposocial.schedule.issues import proposed
from jposocial.schedule.news import announced_as_moved, is_moved, news_of, with_news
from jposocial.schedule.occupancy import Occupancy
from jposocial.schedule.series import Occurrence, Offer, compose, serves
from jposocial.series import Series

#: A late announcement still goes out if the next moment is at least this far away.
LATE_ANNOUNCE: Final = timedelta(hours=24)

#: So long after its day an announcement that has no event ahead of it is still news.
STALE: Final = timedelta(days=14)

#: So far ahead series are laid out where nobody says how far.
QUARTER: Final = timedelta(days=92)

#: Late because closed days moved it earlier.
_EARLIER: Final = "earlier"

#: Rows in these states are done with: the plan says nothing of their slots any more.
_DONE: Final = frozenset(
    {Status.PUBLISHED, Status.PUBLISHING, Status.UNCONFIRMED, Status.FAILED, Status.MISSED}
)


class _Candidate(NamedTuple):
    post: Post
    account: Account
    timed: Timed
    nominal: datetime
    #: The first of its later moments that is still to come.
    next_moment: datetime | None
    row: PastRow | None
    #: Of a series; the post then stands in for it.
    of_series: Occurrence | None = None

    @property
    def slot(self) -> Slot:
        if self.of_series:
            return self.of_series.slot
        return slot_of(self.post, self.account, self.timed.moment.name)

    @property
    def standing(self) -> PastRow | None:
        """Its row, unless its own dates have changed since."""
        return self.row if self.row and self.row.nominal == self.nominal else None

    def waits(self, now: datetime) -> bool:
        """Whether its time has come, and it waits for an approval, a hold's end or the beat."""
        return self.standing is not None and self.standing.due <= now

    def order(self, now: datetime) -> tuple[bool, datetime, str, str, str, str]:
        return (
            not self.waits(now),
            self.nominal,
            self.post.kind,
            self.account.name,
            self.post.id,
            self.timed.moment.name,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Past:
    """What the outbox holds, by what is asked of it."""

    rows: Mapping[Slot, PastRow]
    #: (mode, account, post) of which readers have seen something.
    told: frozenset[tuple[str, str, str]]

    @classmethod
    def of(cls, history: Iterable[PastRow]) -> _Past:
        rows = {row.slot: row for row in history}
        told = frozenset((s.mode, s.account, s.post) for s, row in rows.items() if row.visible)
        return cls(rows=rows, told=told)

    def row(self, post: Post, account: Account, moment: str) -> PastRow | None:
        return self.rows.get(slot_of(post, account, moment))


def slot_of(post: Post, account: Account, moment: str) -> Slot:
    return Slot(
        mode=account.mode, account=account.name, post=post.id, moment=moment, round=post.round
    )


def plan(
    posts: Iterable[Post],
    cadences: Mapping[str, Cadence],
    accounts: Mapping[str, Account],
    calendar: Calendar,
    *,
    now: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    history: Sequence[PastRow] = (),
    events: Mapping[str, Sequence[str]],
    series: Mapping[str, Series] | None = None,
    offer: Offer | None = None,
    until: datetime | None = None,
) -> Plan:
    """Place every moment of `posts`, and every occurrence of `series`, on `accounts`.

    `start` and `end` (excluded) only choose what is returned; `history` is what the outbox
    holds; `events` names, per kind, the fields after which its moments are stale. The series
    pick from `offer` (by default from `posts`) up to `until` (by default a quarter on).
    """
    posts = list(posts)
    series = series or {}
    past = _Past.of(history)
    candidates: list[_Candidate] = []
    unplaced: list[Unplaced] = []
    served = serves(series.values())
    for post in posts:
        if post.ready:
            _collect(
                post,
                cadences.get(post.kind),
                _left_to_it(post, accounts, served),
                calendar,
                events.get(post.kind, ()),
                past,
                now,
                candidates,
                unplaced,
            )
    until = until or now + QUARTER
    composed = compose(
        series, offer or Offer(posts=posts), cadences, accounts, calendar, now=now, until=until, history=history
    )  # fmt: skip
    candidates += [_of_series(one, calendar) for one in composed.occurrences]
    unplaced += [*composed.unplaced, *proposed(series, posts, calendar, now=now, until=until)]
    caps = {kind: cadence.daily_cap for kind, cadence in cadences.items()}
    occupancy = Occupancy(accounts, calendar, _counting(history, candidates), caps)
    placements: list[Placement] = []
    for candidate in sorted(candidates, key=lambda c: c.order(now)):
        found = _place(candidate, occupancy, calendar, now)
        if isinstance(found, Unplaced) and candidate.of_series:
            found = candidate.of_series.unplaced(found.reason)
        (placements if isinstance(found, Placement) else unplaced).append(found)  # type: ignore[arg-type]
    return _cut(placements, unplaced, start, end)


def _left_to_it(
    post: Post, accounts: Mapping[str, Account], served: frozenset[tuple[str, str]]
) -> Mapping[str, Account]:
    """The accounts where the post goes by its own dates: without `publish`, a series has it."""
    if post.publish is not None or not served:
        return accounts
    return {name: a for name, a in accounts.items() if (post.kind, name) not in served}


def _of_series(one: Occurrence, calendar: Calendar) -> _Candidate:
    return _Candidate(
        post=one.stand_in(),
        account=one.account,
        timed=one.timed(calendar),
        nominal=one.due,
        next_moment=None,
        row=one.row,
        of_series=one,
    )


def _collect(
    post: Post,
    cadence: Cadence | None,
    accounts: Mapping[str, Account],
    calendar: Calendar,
    events: Sequence[str],
    past: _Past,
    now: datetime,
    candidates: list[_Candidate],
    unplaced: list[Unplaced],
) -> None:
    names = target_accounts(post, cadence, accounts)
    for name, by_cadence in timed_on(post, cadence, names, calendar, events):
        account, moments = accounts[name], by_cadence
        if (account.mode, name, post.id) in past.told:
            row = past.row(post, account, news_of(post) or "")
            moments = list(with_news(moments, post, row, calendar, events, now))
        elif is_moved(post):
            moments = list(announced_as_moved(moments))
        for timed in moments:
            row = past.row(post, account, timed.moment.name) if past.rows else None
            if row and row.status in _DONE:
                continue
            reason = timed.reason or ("cancelled" if row and row.by_person else "")
            if reason or timed.nominal is None:
                unplaced.append(_not_placed(post, name, timed, reason, calendar))
            else:
                candidates.append(
                    _Candidate(post=post, account=account, timed=timed, nominal=timed.nominal, next_moment=_next(timed, moments, now), row=row)
                )  # fmt: skip


def _next(timed: Timed, moments: Sequence[Timed], now: datetime) -> datetime | None:
    later = [
        m.nominal
        for m in moments
        if m.nominal and timed.nominal and m.nominal > max(timed.nominal, now) and not m.reason
    ]
    return min(later) if later else None


def _not_placed(
    post: Post, account: str, timed: Timed, reason: str, calendar: Calendar
) -> Unplaced:
    """Where its own day is in a blackout, that is why there is no room for it."""
    day = local_day(timed.wanted, calendar) if timed.wanted else None
    closed = (
        blackout(day, calendar) if day and reason in ("no_room", "blackout", _EARLIER) else None
    )
    reason = "late" if reason == _EARLIER else reason
    return Unplaced(
        post=post.id,
        moment=timed.moment.name,
        account=account,
        reason="blackout" if closed else reason,
        detail=closed.reason if closed else "",
        nominal=timed.nominal.astimezone(UTC) if timed.nominal else None,
    )


def _counting(history: Sequence[PastRow], candidates: Iterable[_Candidate]) -> Iterator[PastRow]:
    """The rows that take up room: all that is fixed and whose own dates have not changed."""
    moved = {c.slot for c in candidates if c.row and not c.standing}
    for row in history:
        if row.status in _DONE or (
            row.fixed and row.status is Status.SCHEDULED and row.slot not in moved
        ):
            yield row


def _place(
    c: _Candidate, occupancy: Occupancy, calendar: Calendar, now: datetime
) -> Placement | Unplaced:
    row = c.standing
    if row and row.fixed:
        over = c.timed.not_after and c.timed.not_after <= row.due
        if over:
            return _not_placed(c.post, c.account.name, c.timed, "past", calendar)
        return _placement(c, row.due, row.expires)
    due, reason = (row.due, "") if row and c.waits(now) else _due(c, occupancy, now)
    if due is None:
        return _not_placed(c.post, c.account.name, c.timed, reason, calendar)
    expires = _expires(c, due)
    if expires <= due:
        return _not_placed(c.post, c.account.name, c.timed, "past", calendar)
    occupancy.take(c.account.name, due, c.post.kind)
    return _placement(c, due, expires, "late" if c.nominal < now else "full")


def _due(c: _Candidate, occupancy: Occupancy, now: datetime) -> tuple[datetime | None, str]:
    """When the candidate goes, or None and why not."""
    row = c.standing
    free = c.post.category == "emergency" or c.timed.moment.shift == "keep"
    if c.nominal >= now:
        if free:
            return c.nominal, ""
        return occupancy.find(c.account.name, c.nominal, c.timed, earliest=now), "no_room"
    if row and (free or occupancy.is_free(c.account.name, row.due, c.post.kind)):
        return row.due, ""
    if row is None and (not _is_news(c.timed) or _is_stale(c, now)):
        # Not late of itself: closed days took it to a day that is past.
        return None, _EARLIER if c.timed.wanted and c.timed.wanted >= now else "late"
    return _next_slot(c, occupancy, now, free)


def _is_news(timed: Timed) -> bool:
    """Whether it brings a post's first news, which may come late; a reminder may not."""
    return timed.moment.name in ANNOUNCING or timed.moment.name == MOVED


def _is_stale(c: _Candidate, now: datetime) -> bool:
    """An announcement of long ago; with an event still ahead, the event tells when it is over."""
    return c.timed.event is None and now - c.nominal > STALE


def _next_slot(
    c: _Candidate, occupancy: Occupancy, now: datetime, free: bool
) -> tuple[datetime | None, str]:
    """A late announcement's, or that of a row whose place was taken before it was approved."""
    due: datetime | None = now
    if c.post.category != "emergency":
        due = occupancy.next_free(c.account.name, now, c.timed, any_day=free)
    if c.standing:
        return due, "no_room"
    soon = due and c.next_moment and c.next_moment - due < LATE_ANNOUNCE
    over = due and c.timed.not_after and c.timed.not_after <= due
    return (None if soon or over else due), "late"


def _expires(c: _Candidate, due: datetime) -> datetime:
    latest = due + c.timed.moment.grace
    return min(latest, c.timed.not_after) if c.timed.not_after else latest


def _placement(
    c: _Candidate, due: datetime, expires: datetime, why: Literal["late", "full", "kept"] = "kept"
) -> Placement:
    limit, one = c.timed.not_after, c.of_series
    return Placement(
        post=c.post.id,
        kind=c.post.kind,
        moment=c.timed.moment.name,
        account=c.account.name,
        occurrence=one.slot.occurrence if one else "-",
        round=c.post.round,
        due=due.astimezone(UTC),
        nominal=c.nominal.astimezone(UTC),
        wanted=c.timed.wanted.astimezone(UTC) if c.timed.wanted else None,
        expires=expires.astimezone(UTC),
        not_after=limit.astimezone(UTC) if limit else None,
        grace=c.timed.moment.grace,
        why="kept" if c.standing else why if due != c.nominal else "",
        used=tuple(post.id for post in one.posts) if one else (),
        cutoff=one.cutoff if one else None,
    )


def _cut(
    placements: Iterable[Placement],
    unplaced: Iterable[Unplaced],
    start: datetime | None,
    end: datetime | None,
) -> Plan:
    wanted = [
        p for p in placements if (start is None or p.due >= start) and (end is None or p.due < end)
    ]
    return Plan(
        placements=tuple(
            sorted(wanted, key=lambda p: (p.due, p.kind, p.account, p.post, p.moment))
        ),
        unplaced=tuple(sorted(unplaced, key=lambda u: (u.post, u.account, u.moment, u.occurrence))),
    )
