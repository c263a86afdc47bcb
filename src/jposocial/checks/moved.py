"""E19 a date that readers were told is another now, and the file does not say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from jposocial.checks.findings import at_field
from jposocial.messages import Message, msg
from jposocial.model import Calendar, PastRow, Post, Problem
from jposocial.posts.kinds import KINDS
from jposocial.values import WEEKDAYS, parse_instant


def moved(post: Post, out: Iterable[PastRow], calendar: Calendar) -> Iterator[Problem]:
    """E19: `starts` or `closes` changed after something was published, without `moved_from`.

    `out` are the post's rows of which readers have seen something.
    """
    field = KINDS[post.kind].moves if post.kind in KINDS else ""
    now = post.fields.get(field)
    if not isinstance(now, datetime):
        return
    yield from _not_moved(post, field, now)
    told = {row.event_at: row for row in sorted(out, key=_order) if row.event_at}
    missing = [day for day in sorted(told) if day != now and day not in post.moved_from]
    if missing:
        row = told[missing[-1]]
        yield at_field(
            post,
            "E19",
            field,
            msg(
                "{field} is {now}, but {account} was told {before} ({moment})",
                field=field,
                now=_written(now, calendar),
                before=_written(missing[-1], calendar),
                account=row.slot.account,
                moment=row.slot.moment,
            ),
            msg("write {line}", line=_line([*post.moved_from, *missing], calendar)),
        )


def _order(row: PastRow) -> tuple[str, str, int]:
    return row.slot.account, row.slot.moment, row.slot.round


def _not_moved(post: Post, field: str, now: datetime) -> Iterator[Problem]:
    """The last entry is what the date was before: it cannot be what it is."""
    if post.moved_from and post.moved_from[-1] == now:
        yield at_field(
            post,
            "E19",
            "moved_from",
            msg("the last date in moved_from is that of {field}", field=field),
            msg("write in moved_from what {field} was before, or mend {field}", field=field),
        )


def _line(days: Iterable[datetime], calendar: Calendar) -> str:
    return f"moved_from: [{', '.join(_text(day, calendar) for day in days)}]"


def _text(instant: datetime, calendar: Calendar) -> str:
    """As it is typed in a file: in the workspace's zone, with an offset where that is not enough."""
    local = instant.astimezone(calendar.zone)
    text = f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
    return text if _is_plain(text, local, calendar) else local.isoformat(" ", "seconds")


def _is_plain(text: str, local: datetime, calendar: Calendar) -> bool:
    try:
        return parse_instant(text, calendar.zone) == local
    except ValueError:
        return False


def _written(instant: datetime, calendar: Calendar) -> Message:
    local = instant.astimezone(calendar.zone)
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{local:%Y-%m-%d}",
        weekday=WEEKDAYS[local.weekday()],
        time=f"{local:%H:%M}",
    )
