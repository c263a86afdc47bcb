"""From a placement and its variant to the row that promises to publish it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, insert

from jposocial.model import Account, Calendar, Placement, Post, Slot, Status, Variant, payload_hash
from jposocial.schedule.business_days import day_start, local_day
from jposocial.store.tables import DELIVERIES, PARTS

#: Words that are wrong on any other day than the one they were written for.
_NAMES_A_DAY: Final = re.compile(
    r"本日|今日|明日|昨日|あと\s*[0-9０-９]+\s*日|残り\s*[0-9０-９]+\s*日|\btoday\b|\btomorrow\b|\byesterday\b|\b\d+ days? left\b",
    re.IGNORECASE,
)
#: One of these is in each of them; quick to look for.
_HINTS: Final = re.compile("本日|今日|明日|昨日|あと|残り|day|tomorrow")


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """A placement with its variant, on the account as it is configured now."""

    post: Post
    account: Account
    placement: Placement
    variant: Variant
    #: Of a series' occurrence: the posts it picked; `post` stands in for them.
    used: tuple[Post, ...] = ()
    #: The post's `starts` or `closes`.
    event_at: datetime | None = None

    @property
    def authors(self) -> list[str]:
        """Whoever wrote any of it."""
        return sorted({name for post in self.used or (self.post,) for name in post.authors})

    @property
    def slot(self) -> Slot:
        p = self.placement
        return Slot(
            mode=self.account.mode,
            account=p.account,
            post=p.post,
            moment=p.moment,
            occurrence=p.occurrence,
            round=p.round,
        )


def names_day(variant: Variant) -> bool:
    """Whether the text names a day relatively (本日, あとN日), so that it ends with its day."""
    return any(_names_day(part.text) for part in variant.parts)


@lru_cache(maxsize=4096)
def _names_day(text: str) -> bool:
    return bool(_HINTS.search(text.casefold()) and _NAMES_A_DAY.search(text))


def limit(
    not_after: datetime | None, relative: bool, due: datetime, calendar: Calendar
) -> datetime | None:
    """The instant after which the text is wrong, whatever the grace."""
    ends = [not_after] if not_after else []
    if relative:
        ends.append(day_start(local_day(due, calendar) + timedelta(days=1), calendar))
    return min(ends) if ends else None


def window(due: datetime, expires: datetime, calendar: Calendar) -> tuple[datetime, datetime]:
    """From 00:00 local of the due day to `expires`; what an approval binds."""
    return day_start(local_day(due, calendar), calendar).astimezone(UTC), expires.astimezone(UTC)


def tightened(placement: Placement, variant: Variant, calendar: Calendar) -> Placement:
    """The placement with what its text adds: the end of a day it names, and its price."""
    end = limit(placement.not_after, names_day(variant), placement.due, calendar)
    end = end.astimezone(UTC) if end else None
    expires = min(placement.expires, end) if end else placement.expires
    if (expires, variant.cost_usd) == (placement.expires, placement.cost_usd):
        return placement
    return replace(placement, expires=expires, cost_usd=variant.cost_usd)


def row_values(promise: Promise, calendar: Calendar) -> dict[str, Any]:
    """The columns of a new row for `promise`."""
    p, account, slot = promise.placement, promise.account, promise.slot
    start, expires = window(p.due, p.expires, calendar)
    return {
        "mode": slot.mode,
        "account": slot.account,
        "post": slot.post,
        "moment": slot.moment,
        "occurrence": slot.occurrence,
        "round": slot.round,
        "platform": account.platform,
        "handle": account.handle,
        "kind": promise.post.kind,
        "category": promise.post.category,
        "path": promise.post.path,
        "authors": promise.authors,
        "used": [post.id for post in promise.used],
        "cost_usd": promise.variant.cost_usd,
        "due": p.due,
        "nominal": p.nominal,
        "window_start": start,
        "expires": expires,
        "not_after": p.not_after,
        "event_at": promise.event_at,
        "grace_seconds": int(p.grace.total_seconds()),
        "names_day": names_day(promise.variant),
        "payload_hash": payload_hash(account, promise.variant.content(), start, expires),
    }


def insert_delivery(
    connection: Connection, values: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]
) -> int:
    """A new scheduled row with its parts, unapproved, with a key of its own."""
    result = connection.execute(
        insert(DELIVERIES).values(**values, status=Status.SCHEDULED, key=secrets.token_hex(16))
    )
    delivery = new_id(result)
    rows = [
        {"delivery": delivery, "number": n, "state": "none", **part} for n, part in enumerate(parts)
    ]
    connection.execute(insert(PARTS), rows)
    return delivery


def new_id(result: CursorResult[Any]) -> int:
    """The id of the one row that was inserted."""
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101  an INSERT of one row always has it
    return int(key[0])


def part_values(variant: Variant) -> list[dict[str, Any]]:
    return [
        {
            "text": p.text,
            "media": [{"file": m.file, "alt": m.alt, "digest": m.digest} for m in p.media],
        }
        for p in variant.parts
    ]
