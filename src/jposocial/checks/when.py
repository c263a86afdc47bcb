"""W01 times that somebody chose outside the office's hours, and W12 too much on one account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from jposocial.checks.findings import at_field
from jposocial.checks.reading import Book
from jposocial.messages import Message, msg
from jposocial.model import Account, Calendar, Placement, Post, Problem
from jposocial.schedule.business_days import business_day, is_business_day, local_day
from jposocial.schedule.reasons import closure
from jposocial.values import WEEKDAYS

_DAY: Final = timedelta(days=1)

_CLOSED: Final[Mapping[str, Message]] = {
    "holiday": msg("a holiday"),
    "closed": msg("a closed day"),
    "weekend": msg("a weekend"),
}


def office_time(post: Post, book: Book) -> Iterator[Problem]:
    """W01 where `publish` names a time; a cadence keeps to the calendar by itself.

    The day-of post of a seminar on a Saturday is the cadence's, and an emergency does not wait.
    """
    exact = post.publish.exact if post.publish else None
    if exact is None or post.category == "emergency":
        return
    calendar = book.calendar
    local = exact.astimezone(calendar.zone)
    opening, closing = calendar.office_hours
    if not is_business_day(local.date(), calendar):
        yield at_field(
            post,
            "W01",
            "publish",
            msg("{time} is {why}", time=_written(local), why=_why(local.date(), calendar)),
            msg("write {time}, the next day at the office", time=f"{_open_day(local.date(), calendar):%Y-%m-%d} {local:%H:%M}"),
            found=f"{local:%Y-%m-%d}",
        )  # fmt: skip
    elif not opening <= local.time().replace(second=0) <= closing:
        yield at_field(
            post,
            "W01",
            "publish",
            msg(
                "{time} is outside the office hours ({opening} to {closing})",
                time=_written(local),
                opening=f"{opening:%H:%M}",
                closing=f"{closing:%H:%M}",
            ),
            msg("write {time}", time=_inside(local, calendar)),
            found=f"{local:%H:%M}",
        )


def _why(day: date, calendar: Calendar) -> Message:
    closed = closure(day, calendar, "ja")
    if closed and closed.code == "blackout":
        return msg("in a blackout ({reason})", reason=closed.name)
    return _CLOSED[closed.code] if closed else msg("a closed day")


def _written(local: datetime) -> Message:
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{local:%Y-%m-%d}",
        weekday=WEEKDAYS[local.weekday()],
        time=f"{local:%H:%M}",
    )


def _open_day(day: date, calendar: Calendar) -> date:
    return business_day(day, calendar, 1)


def _inside(local: datetime, calendar: Calendar) -> str:
    """The opening of that day, or of the next day at the office."""
    opening, closing = calendar.office_hours
    day = local.date()
    if local.time() > closing:
        day = _open_day(day + _DAY, calendar)
    return f"{day:%Y-%m-%d} {opening:%H:%M}"


def crowded(
    placements: Iterable[Placement],
    accounts: Mapping[str, Account],
    calendar: Calendar,
    posts: Mapping[str, Post],
) -> Iterator[Problem]:
    """W12: more on an account than its cap and gap allow; the later one is told of.

    The plan moves what it may, so this is left of times that are fixed: by `publish`, or by an
    event's day. Emergencies neither wait nor count.
    """
    by_account: dict[str, list[Placement]] = defaultdict(list)
    for placement in sorted(placements, key=lambda p: (p.due, p.post, p.moment)):
        post = posts.get(placement.post)
        if post and placement.account in accounts and post.category != "emergency":
            by_account[placement.account].append(placement)
    for name, row in by_account.items():
        yield from _crowded(row, accounts[name], calendar, posts)


def _crowded(
    row: Sequence[Placement], account: Account, calendar: Calendar, posts: Mapping[str, Post]
) -> Iterator[Problem]:
    days: dict[date, list[Placement]] = defaultdict(list)
    for placement in row:
        days[local_day(placement.due, calendar)].append(placement)
    blamed: set[Placement] = set()
    for same in days.values():
        chosen = sorted(same, key=lambda p: _is_exact(posts[p.post]))[account.daily_cap :]
        blamed.update(chosen)
        for placement in chosen:
            yield _too_many(placement, len(same), account, calendar, posts)
    for before, after in pairwise(row):
        if after.due - before.due < account.min_gap and not blamed & {before, after}:
            late = _is_exact(posts[after.post]) or not _is_exact(posts[before.post])
            placement, other = (after, before) if late else (before, after)
            yield _too_near(placement, other, account, calendar, posts)


def _is_exact(post: Post) -> bool:
    """Whether its author chose the time; then that is what can be mended."""
    return bool(post.publish and post.publish.exact)


def _too_many(
    placement: Placement,
    count: int,
    account: Account,
    calendar: Calendar,
    posts: Mapping[str, Post],
) -> Problem:
    return _problem(
        posts[placement.post],
        account,
        msg(
            "{account}, {time}: {count} posts on that day, and the cap is {cap}",
            account=account.name,
            time=_written(placement.due.astimezone(calendar.zone)),
            count=count,
            cap=account.daily_cap,
        ),
        msg("choose another day, or leave out this account"),
    )


def _too_near(
    placement: Placement,
    other: Placement,
    account: Account,
    calendar: Calendar,
    posts: Mapping[str, Post],
) -> Problem:
    free = (other.due + account.min_gap).astimezone(calendar.zone)
    apart = abs(placement.due - other.due)
    return _problem(
        posts[placement.post],
        account,
        msg(
            "{account}, {time}: {minutes} minutes from {other}, and the least gap is {gap}",
            account=account.name,
            time=_written(placement.due.astimezone(calendar.zone)),
            minutes=int(apart.total_seconds() // 60),
            other=other.post,
            gap=int(account.min_gap.total_seconds() // 60),
        ),
        msg("choose {time} or later", time=f"{free:%Y-%m-%d %H:%M}"),
    )


def _problem(post: Post, account: Account, message: Message, fix: Message) -> Problem:
    where = "publish" if "publish" in post.lines else "starts" if "starts" in post.lines else "id"
    return replace(at_field(post, "W12", where, message, fix), account=account.name)
