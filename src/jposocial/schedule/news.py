"""What readers must hear soon: what was announced to them is cancelled, full, or moved.

Such a moment hangs on no date: it goes at the next free time in office hours, and only where
something of the post is out. Once it is in the outbox, its time is that of its row. Where
nothing is out, what was moved is announced in its own time, as `moved`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from jposocial.model import Calendar, Moment, PastRow, Post, Status
from jposocial.schedule.business_days import in_office
from jposocial.schedule.cadence import ANNOUNCING, MOVED, WITHDRAWN, Timed, consent_end, withdrawn

#: What E19 asks for: other dates of a post change without a word.
_DATES: Final = ("starts", "closes")

#: An announcement may be a day late, and so may the news that takes its place.
_GRACE: Final = {MOVED: timedelta(hours=24)}


def news_of(post: Post) -> str | None:
    """The name of the moment that the file as it stands calls for, or None."""
    status = post.fields.get("status")
    if status in WITHDRAWN:
        return str(status)
    return MOVED if is_moved(post) else None


def is_moved(post: Post) -> bool:
    """Whether the file says that its event, or its end of applications, had another date."""
    return bool(post.round) and any(post.fields.get(name) for name in _DATES)


def announced_as_moved(moments: Iterable[Timed]) -> Iterator[Timed]:
    """`moments` with `moved` in the place of the announcement."""
    renamed = False
    for timed in moments:
        if timed.moment.name in ANNOUNCING and not renamed:
            renamed = True
            yield replace(timed, moment=replace(timed.moment, name=MOVED))
        else:
            yield timed


def with_news(
    moments: Sequence[Timed],
    post: Post,
    row: PastRow | None,
    calendar: Calendar,
    events: Sequence[str],
    now: datetime,
) -> Iterator[Timed]:
    """`moments` of a post of which readers have seen something, and what they must hear now.

    `row` is that of `news_of(post)` on the account, where the outbox has one.
    """
    for timed in moments:
        if news_of(post) != MOVED or timed.moment.name not in ANNOUNCING:
            yield timed
    if found := news(post, row, calendar, events, now):
        yield found


def news(
    post: Post,
    row: PastRow | None,
    calendar: Calendar,
    events: Sequence[str],
    now: datetime,
) -> Timed | None:
    """What readers on the account must hear of the post, or None."""
    name = news_of(post)
    if name is None or name in post.skip:
        return None
    moment = Moment(name=name, anchor="", at=calendar.office_hours[0])
    if name in _GRACE:
        moment = replace(moment, grace=_GRACE[name])
    nominal = in_office(now, calendar) if post.category != "emergency" else now
    if row and row.status is Status.SCHEDULED:
        nominal = row.nominal
    exact = post.publish.exact if post.publish and name == MOVED else None
    if exact and (exact > now or (row and row.nominal == exact)):
        nominal, moment = exact.astimezone(UTC), replace(moment, shift="keep")
    event = _event(post, name, events)
    return Timed(
        moment=moment,
        kind=post.kind,
        nominal=nominal,
        event=event,
        not_after=min([*([event] if event else []), *consent_end(post, calendar)], default=None),
        reason=_reason(post, name, moment, nominal, event),
        in_office=True,
    )


def _event(post: Post, name: str, events: Sequence[str]) -> datetime | None:
    """What it must come before: the event itself; a full one, the end of applications too."""
    found = [value for e in events if isinstance(value := post.fields.get(e), datetime)]
    if not found:
        return None
    return found[0] if name == "full" else found[-1]


def _reason(
    post: Post, name: str, moment: Moment, nominal: datetime, event: datetime | None
) -> str:
    if name == MOVED and withdrawn(post, replace(moment, name="announce")):
        return withdrawn(post, replace(moment, name="announce"))
    return "over" if event and event <= nominal else ""
