"""What an issue takes from the posts: each section is a query, which staff may override. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from jposocial.model import MAIL, Calendar, Post
from jposocial.schedule.business_days import local_day
from jposocial.schedule.usable import is_agreed, is_usable

#: Seminars so far ahead are announced, deadlines so far ahead are listed.
SEMINARS_AHEAD: Final = timedelta(days=42)
DEADLINES_AHEAD: Final = timedelta(days=28)

#: What was news: kinds that are announced once, on their day.
NEWS: Final = frozenset(
    {"notice", "site_update", "event_report", "video", "statistics", "roster_info", "exam_notice"}
)

#: In this order where the file names none.
ORDER: Final = ("seminars", "deadlines", "testimonial", "vacancies", "news")


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Until when something can be applied for."""

    post: Post
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section with what is in it; `title` and `intro` are the staff's own, or empty."""

    name: str
    title: str = ""
    intro: str = ""
    posts: tuple[Post, ...] = ()
    deadlines: tuple[Deadline, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.posts or self.deadlines or self.intro)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """The issue's time, and the day of the issue before."""

    at: datetime
    since: date
    calendar: Calendar

    @property
    def day(self) -> date:
        return local_day(self.at, self.calendar)


def is_member(post: Post) -> bool:
    """Whether a post may stand in the newsletter: `mail` is among its accounts, or it names none."""
    return post.ready and post.kind != "newsletter" and MAIL in (post.accounts or (MAIL,))


def reads_in(post: Post, lang: str) -> bool:
    """Whether a post has words in that language."""
    if lang == "ja":
        return post.lang != "en"
    return post.lang in ("en", "both") or bool((post.fields.get("en") or {}).get("title"))


def seminars(posts: Sequence[Post], period: Period) -> tuple[Post, ...]:
    """Coming seminars by their start; a cancelled one where readers may have it in their calendar."""
    coming = [
        p
        for p in posts
        if p.kind == "seminar"
        and p.fields.get("status") != "over"
        and period.at < p.fields["starts"] <= period.at + SEMINARS_AHEAD
        and (p.fields.get("status") != "cancelled" or _was_announced(p, period))
    ]
    return tuple(sorted(coming, key=lambda p: (p.fields["starts"], p.id)))


def _was_announced(post: Post, period: Period) -> bool:
    """Whether the issue before reached as far as that seminar."""
    starts: datetime = post.fields["starts"]
    return local_day(starts, period.calendar) <= period.since + SEMINARS_AHEAD


def deadlines(posts: Sequence[Post], period: Period) -> tuple[Deadline, ...]:
    """What can still be applied for, soonest first; vacancies have a table of their own."""
    found = [
        Deadline(post=p, at=at)
        for p in posts
        for name in ("apply_deadline", "closes")
        if isinstance(at := p.fields.get(name), datetime)
        and p.fields.get("status") not in ("cancelled", "full", "over")
        and period.at < at <= period.at + DEADLINES_AHEAD
    ]
    return tuple(sorted(_once(found), key=lambda d: (d.at, d.post.id)))


def _once(found: Sequence[Deadline]) -> list[Deadline]:
    """An exam is announced in several steps: its deadline is one."""
    seen: dict[tuple[str, datetime], Deadline] = {}
    for one in found:
        key = one.post.kind if one.post.kind == "exam_notice" else one.post.id
        seen.setdefault((key, one.at), one)
    return list(seen.values())


def testimonials(
    posts: Sequence[Post], period: Period, used: Mapping[str, date]
) -> tuple[Post, ...]:
    """One whose consent covers mail on that day: never used first, then the longest ago."""
    agreed = [
        p
        for p in posts
        if p.kind == "testimonial" and is_agreed(p.fields.get("consent"), MAIL, period.day)
    ]
    return tuple(sorted(agreed, key=lambda p: (used.get(p.id, date.min), p.id))[:1])


def vacancies(posts: Sequence[Post], period: Period) -> tuple[Post, ...]:
    """Open for three business days at least; soonest first, those without a deadline last."""
    open_ones = [
        p for p in posts if p.kind == "vacancy" and is_usable(p, MAIL, period.at, period.calendar)
    ]
    return tuple(sorted(open_ones, key=lambda p: (_deadline(p), p.id)))


def _deadline(post: Post) -> tuple[bool, float]:
    found = post.fields.get("deadline")
    return (False, found.timestamp()) if isinstance(found, datetime) else (True, 0.0)


def news(posts: Sequence[Post], period: Period) -> tuple[Post, ...]:
    """What was announced after the issue before, up to this one's day; newest first."""
    found = [
        p
        for p in posts
        if p.kind in NEWS and p.publish and period.since < p.publish.day <= period.day
    ]
    return tuple(
        sorted(found, key=lambda p: (-(p.publish.day.toordinal() if p.publish else 0), p.id))
    )


_QUERIES: Final[Mapping[str, Callable[[Sequence[Post], Period], tuple[Post, ...]]]] = {
    "seminars": seminars,
    "vacancies": vacancies,
    "news": news,
}


def compose_sections(
    issue: Post, posts: Sequence[Post], period: Period, used: Mapping[str, date], lang: str
) -> tuple[Section, ...]:
    """The issue's sections in the file's order, without those in which nothing is."""
    members = [p for p in posts if is_member(p) and reads_in(p, lang)]
    by_id = {p.id: p for p in members}
    wanted = issue.fields.get("sections") or ORDER
    found = [_section(one, members, by_id, period, used, lang) for one in wanted]
    return tuple(one for one in found if not one.is_empty)


def _section(
    wanted: str | Mapping[str, Any],
    members: Sequence[Post],
    by_id: Mapping[str, Post],
    period: Period,
    used: Mapping[str, date],
    lang: str,
) -> Section:
    given: Mapping[str, Any] = {"section": wanted} if isinstance(wanted, str) else wanted
    name = given["section"]
    own = given.get("en") or {} if lang == "en" else given
    said = Section(name=name, title=own.get("title") or "", intro=own.get("intro") or "")
    if given.get("posts"):
        chosen = tuple(by_id[one] for one in given["posts"] if one in by_id)
        return replace(said, posts=chosen)
    left_out = set(given.get("exclude") or ())
    kept = [p for p in members if p.id not in left_out]
    limit = given.get("limit")
    if name == "deadlines":
        return replace(said, deadlines=deadlines(kept, period)[:limit])
    if name == "testimonial":
        return replace(said, posts=testimonials(kept, period, used))
    return replace(said, posts=_QUERIES[name](kept, period)[:limit])
