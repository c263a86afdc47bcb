"""Whether a post may be used on an account at a time: its consent, and what is left to apply."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from jposocial.model import Calendar, Post
from jposocial.schedule.business_days import add_business_days, is_business_day, local_day

#: A vacancy is worth announcing while so many business days are left to apply.
LEAST_DAYS: Final = 3

#: The kinds that stand or fall with a person's consent.
PERSONAL: Final = frozenset({"testimonial"})


def is_usable(post: Post, account: str, instant: datetime, calendar: Calendar) -> bool:
    """As the rules E02 and E08 would say of it then; a draft or a broken file is no post here."""
    day = local_day(instant, calendar)
    if post.kind in PERSONAL and not is_agreed(post.fields.get("consent"), account, day):
        return False
    closes = deadline(post)
    if closes is None:
        return True
    enough = add_business_days(day, LEAST_DAYS, calendar) <= local_day(closes, calendar)
    return instant < closes and enough


def is_agreed(consent: Mapping[str, Any] | None, account: str, day: date) -> bool:
    """Whether a person's consent covers that account on that day."""
    if not consent or account not in (consent.get("scope") or ()):
        return False
    withdrawn, begins, ends = (consent.get(key) for key in ("withdrawn", "from", "until"))
    return (
        (withdrawn is None or day < withdrawn)
        and (begins is None or begins <= day)
        and (ends is None or day <= ends)
    )


def deadline(post: Post) -> datetime | None:
    """When applying ends; None where there is no such moment, or it is open until filled."""
    found = post.fields.get("deadline")
    return found if isinstance(found, datetime) else None


@lru_cache(maxsize=4096)
def business_days_left(first: date, last: date, calendar: Calendar) -> int:
    """The business days after `first`, up to and including `last`; counted no further than needed."""
    days = ((first + timedelta(days=n)) for n in range(1, min((last - first).days, 60) + 1))
    return sum(is_business_day(day, calendar) for day in days)
