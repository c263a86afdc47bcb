"""Posts, calendars, accounts and cadences for the tests of the plan: plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jposocial.model import (
    Account,
    Cadence,
    Calendar,
    Moment,
    PastRow,
    Placement,
    Plan,
    Post,
    Publish,
    Slot,
    Status,
)
from jposocial.schedule.plan import plan

TOKYO = ZoneInfo("Asia/Tokyo")

#: A Tuesday.
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=TOKYO)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

EVENTS: Mapping[str, Sequence[str]] = {
    "seminar": ("apply_deadline", "starts"),
    "exam_notice": ("closes",),
}

#: As in defaults.toml.
SEMINAR = Cadence(
    rows={
        "x": (
            Moment(name="announce", anchor="starts", offset=-14, grace=24 * HOUR),
            Moment(name="reminder", anchor="starts", offset=-7, shift="previous"),
            Moment(name="last_call", anchor="apply_deadline", offset=-1, shift="previous"),
            Moment(name="today", anchor="starts", at=time(9), shift="keep"),
            Moment(name="report", anchor="ends", offset=2, grace=24 * HOUR),
        ),
        "facebook": (
            Moment(name="announce", anchor="starts", offset=-14, grace=24 * HOUR),
            Moment(name="reminder", anchor="starts", offset=-3),
        ),
    },
    other="facebook",
)
CADENCES = {"seminar": SEMINAR}


def local(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    """`2027-01-21 19:00` in that zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def calendar(zone: str = "Asia/Tokyo", **fields: Any) -> Calendar:
    return Calendar(zone=ZoneInfo(zone), **fields)


def accounts(*names: str, **fields: Any) -> dict[str, Account]:
    """`x` and `facebook` by default; a name that is no platform is a second page."""
    return {
        name: Account(name=name, platform="x" if name == "x" else "facebook", handle=name, **fields)
        for name in names or ("x", "facebook")
    }


def seminar(id: str = "seminar", **fields: Any) -> Post:
    """A seminar on Thursday 2027-01-21, 19:00 to 20:30, with a deadline the day before."""
    own = {"accounts", "category", "publish", "skip", "moved_from", "ready", "lang"} & set(fields)
    dates = {
        "starts": local("2027-01-21 19:00"),
        "ends": local("2027-01-21 20:30"),
        "apply_deadline": local("2027-01-20 17:00"),
    }
    return Post(
        id=id,
        kind="seminar",
        title=id,
        path=f"posts/{id}.md",
        fields=dates | {k: v for k, v in fields.items() if k not in own},
        **{k: fields[k] for k in own},
    )


def notice(publish: str, id: str = "notice", **own: Any) -> Post:
    """A notice of that day (`2027-01-13`), or of that very time (`2027-01-13 10:00`)."""
    exact = local(publish) if ":" in publish else None
    day = exact.date() if exact else date.fromisoformat(publish)
    return Post(
        id=id,
        kind="notice",
        title=id,
        path=f"posts/{id}.md",
        publish=Publish(day=day, exact=exact),
        **own,
    )


def planned(
    posts: Iterable[Post],
    *,
    now: datetime = NOW,
    cadences: Mapping[str, Cadence] = CADENCES,
    on: Mapping[str, Account] | None = None,
    by: Calendar | None = None,
    history: Sequence[PastRow] = (),
) -> Plan:
    return plan(
        posts,
        cadences,
        accounts("x") if on is None else on,
        by or calendar(),
        now=now,
        history=history,
        events=EVENTS,
    )


def due_times(found: Plan, zone: ZoneInfo = TOKYO) -> dict[str, str]:
    """Moment → local due time, for the plan of one post on one account."""
    return {p.moment: f"{p.due.astimezone(zone):%Y-%m-%d %H:%M}" for p in found.placements}


def reasons(found: Plan) -> dict[str, str]:
    """Moment → why it was not placed, for the plan of one post on one account."""
    return {u.moment: u.reason for u in found.unplaced}


def row(
    placement: Placement,
    *,
    status: Status = Status.SCHEDULED,
    mode: str = "sandbox",
    due: datetime | None = None,
    **fields: Any,
) -> PastRow:
    """The outbox's row of a placement."""
    return PastRow(
        slot=Slot(
            mode=mode,
            account=placement.account,
            post=placement.post,
            moment=placement.moment,
            round=placement.round,
        ),
        status=status,
        due=due or placement.due,
        nominal=placement.nominal,
        expires=placement.expires,
        **fields,
    )


def taken(account: str, due: str, *, status: Status = Status.PUBLISHED, **fields: Any) -> PastRow:
    """A row of some other post that takes up room at that local time."""
    instant = local(due).astimezone(UTC)
    return PastRow(
        slot=Slot(mode="sandbox", account=account, post=f"other-{due}", moment="announce"),
        status=status,
        due=instant,
        nominal=instant,
        expires=instant + DAY,
        **fields,
    )
