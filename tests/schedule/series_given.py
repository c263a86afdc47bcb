"""Testimonials, vacancies, series and what was synced of them: plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.schedule.given import EVENTS, NOW, TOKYO, accounts, calendar, local

from jposocial.model import Account, Calendar, PastRow, Placement, Plan, Post, Publish, Slot, Status
from jposocial.schedule.plan import plan
from jposocial.schedule.series import Offer
from jposocial.series import Series
from jposocial.series_values import every_value

WEEKLY = Series(name="weekly", kind="testimonial", every=every_value("wed 12:00"), accounts=("x",))
FORTNIGHTLY = Series(
    name="fortnightly",
    kind="testimonial",
    every=every_value("wed/2 12:00"),
    accounts=("facebook",),
)
DIGEST = Series(
    name="digest",
    kind="vacancy",
    every=every_value("tue,fri 12:00"),
    accounts=("x",),
    pick="all",
)


def voice(id: str, *, person: str | None = None, publish: str = "", **fields: Any) -> Post:
    """A testimonial of a person of its own, agreed to for both accounts and all of the years."""
    own = {key: fields.pop(key) for key in ("accounts", "skip", "ready") if key in fields}
    consent = {
        "id": "C-1",
        "scope": ("x", "facebook"),
        "from": date(2026, 1, 1),
        "until": date(2029, 12, 31),
    } | fields.pop("consent", {})
    return Post(
        id=id,
        kind="testimonial",
        title=id,
        path=f"posts/{id}.md",
        publish=Publish(day=date.fromisoformat(publish)) if publish else None,
        fields={"person": {"name": person or f"見本 {id}"}, "consent": consent, **fields},
        **own,
    )


def vacancy(id: str, deadline: str, *, publish: str = "", **own: Any) -> Post:
    """A vacancy that closes at that local time, or `until_filled`."""
    return Post(
        id=id,
        kind="vacancy",
        title=id,
        path=f"posts/{id}.md",
        publish=Publish(day=date.fromisoformat(publish)) if publish else None,
        fields={"deadline": local(deadline) if "-" in deadline else deadline},
        **own,
    )


def composed(
    posts: Iterable[Post],
    *series: Series,
    now: datetime = NOW,
    weeks: int = 4,
    history: Sequence[PastRow] = (),
    on: Mapping[str, Account] | None = None,
    by: Calendar | None = None,
    offer: Mapping[str, Any] | None = None,
) -> Plan:
    """The plan of series alone, over so many weeks; without gaps that would move them."""
    posts = list(posts)
    return plan(
        posts,
        {},
        accounts(min_gap=timedelta()) if on is None else on,
        by or calendar(),
        now=now,
        history=history,
        events=EVENTS,
        series={one.name: one for one in series},
        offer=Offer(posts=posts, **(offer or {})),
        until=now + timedelta(weeks=weeks),
    )


def picks(found: Plan, account: str = "x") -> dict[str, str]:
    """Occurrence → what it picked, on one account."""
    return {
        p.occurrence: " ".join(p.used)
        for p in found.placements
        if p.occurrence != "-" and p.account == account
    }


def unplaced(found: Plan) -> set[tuple[str, str, str]]:
    """(series or post, occurrence, reason)."""
    return {(u.post, u.occurrence, u.reason) for u in found.unplaced}


def synced(placement: Placement, *, status: Status = Status.SCHEDULED, **fields: Any) -> PastRow:
    """The outbox's row of an occurrence: fixed, as `history` gives it."""
    return PastRow(
        slot=Slot(
            mode=fields.pop("mode", "sandbox"),
            account=placement.account,
            post=placement.post,
            moment=placement.moment,
            occurrence=placement.occurrence,
        ),
        status=status,
        due=placement.due,
        nominal=placement.nominal,
        expires=placement.expires,
        fixed=True,
        used=placement.used,
        accepted_at=placement.due if status is Status.PUBLISHED else None,
        **fields,
    )


def used(post: str, day: str, *, account: str = "x", mode: str = "sandbox") -> PastRow:
    """An announcement of that post that is out since that day, at noon."""
    instant = local(f"{day} 12:00").astimezone(UTC)
    return PastRow(
        slot=Slot(mode=mode, account=account, post=post, moment="announce"),
        status=Status.PUBLISHED,
        due=instant,
        nominal=instant,
        expires=instant + timedelta(days=1),
        accepted_at=instant,
    )


def local_days(found: Plan) -> list[date]:
    return [p.due.astimezone(TOKYO).date() for p in found.placements]
