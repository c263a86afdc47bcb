"""E11 order of a post's dates, and E02 what is past when it goes out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from jposocial.messages import Message, msg
from jposocial.model import Post, Problem, Unplaced
from jposocial.values import WEEKDAYS

#: A seminar is no shorter and no longer than this (from `starts` to `ends`).
_SHORTEST: Final = timedelta(minutes=15)
_LONGEST: Final = timedelta(hours=8)

#: Whoever sets these knows that the event is behind us.
_OVER: Final = frozenset({"over", "cancelled"})


def wrong_order(post: Post, pairs: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """E11: `first` must not be after `last`; an event takes some time, and not all day."""
    for first, last in pairs:
        start, end = post.fields.get(first), post.fields.get(last)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            continue
        if start > end or (start == end and last == "ends"):
            yield _problem(
                post,
                "E11",
                last if last == "ends" else first,
                msg("{first} is not before {last}", first=first, last=last),
                msg("mend one of the two"),
            )
        elif last == "ends" and not _SHORTEST <= end - start <= _LONGEST:
            yield _problem(
                post,
                "E11",
                "ends",
                msg(
                    "from {first} to {last} it is {minutes} minutes",
                    first=first,
                    last=last,
                    minutes=int((end - start).total_seconds() // 60),
                ),
                msg("an event takes 15 minutes to 8 hours: mend one of the two"),
            )


def past(
    post: Post,
    events: Sequence[str],
    unplaced: Iterable[Unplaced],
    now: datetime,
    known: Collection[str],
) -> Iterator[Problem]:
    """E02: the event is over before the post was ever queued, or before it would go out."""
    found = [*_over(post, events, now, known)]
    yield from found
    if not found and any(u.post == post.id and u.reason == "past" for u in unplaced):
        yield _problem(
            post,
            "E02",
            "publish",
            msg("it would go out after its event, its deadline or its consent"),
            msg("choose an earlier time, or mend the date"),
        )
    elif not found:
        yield from _exact_too_late(post, events)


def _over(
    post: Post, events: Sequence[str], now: datetime, known: Collection[str]
) -> Iterator[Problem]:
    if post.id in known or not post.ready or post.fields.get("status") in _OVER:
        return
    for name in events:
        value = post.fields.get(name)
        if isinstance(value, datetime) and value <= now:
            yield _problem(
                post,
                "E02",
                name,
                msg("{field} ({day}) is past", field=name, day=_day(value)),
                msg(
                    "mend the year or the day; if it is over, write 'status: over' or 'ready: false'"
                ),
            )


def _exact_too_late(post: Post, events: Sequence[str]) -> Iterator[Problem]:
    exact = post.publish.exact if post.publish else None
    for name in events if exact and post.ready else ():
        value = post.fields.get(name)
        if exact and isinstance(value, datetime) and exact >= value:
            yield _problem(
                post,
                "E02",
                "publish",
                msg(
                    "it would go out at {time}, after {field} ({day})",
                    time=_day(exact),
                    field=name,
                    day=_day(value),
                ),
                msg("choose an earlier time, or mend the date"),
            )


def _day(value: datetime) -> Message:
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{value:%Y-%m-%d}",
        weekday=WEEKDAYS[value.weekday()],
        time=f"{value:%H:%M}",
    )


def _problem(post: Post, rule: str, where: str, message: Message, fix: Message) -> Problem:
    line = post.lines.get(where, post.lines.get("id", 1))
    return Problem(
        rule=rule,
        severity="error",
        path=post.path,
        line=line,
        post=post.id,
        message=message,
        fix=fix,
    )
