"""The months of the page: a grid of days on a desk and on paper, a list on a phone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from jposocial.markup import Html, el, join
from jposocial.messages import msg
from jposocial.rehearsal.pack import Issue, Pack, Withheld
from jposocial.rehearsal.posts_part import Group
from jposocial.rehearsal.saying import Voice
from jposocial.schedule.reasons import closure
from jposocial.values import WEEKDAYS

_DAY: Final = timedelta(days=1)


def months(pack: Pack, groups: Sequence[Group], say: Voice) -> Iterator[Html]:
    entries = _entries(pack, groups, say)
    days = [pack.first + n * _DAY for n in range((pack.last - pack.first).days + 1)]
    head = el(
        "p", [el("span", say(name)) for name in WEEKDAYS], class_="weekdays", aria_hidden="true"
    )
    for _, group in groupby(days, key=lambda day: (day.year, day.month)):
        of = list(group)
        cells = [_day(day, entries[day], say, first=day == of[0]) for day in of]
        yield el(
            "section",
            el("h3", say.month(of[0]), id=f"m{of[0]:%Y-%m}"),
            head,
            el("ol", cells, class_="month"),
            class_="month-sheet",
            aria_labelledby=f"m{of[0]:%Y-%m}",
        )


def _entries(pack: Pack, groups: Sequence[Group], say: Voice) -> Mapping[date, list[Html]]:
    found: dict[date, list[tuple[str, Html]]] = defaultdict(list)
    for group in groups:
        found[say.local(group.due).date()].append((say.clock(group.due), _group(group, say)))
    for one in pack.withheld:
        if one.alarm and one.when and not any(_is_of(one, group) for group in groups):
            day = say.local(one.when).date()
            found[day].append((say.clock(one.when), _lost(one, say)))
    for issue in pack.issues:
        found[issue.day].append((say.clock(issue.when), _issue(issue, say)))
    return defaultdict(
        list,
        {day: [entry for _, entry in sorted(of, key=lambda e: e[0])] for day, of in found.items()},
    )


def _is_of(one: Withheld, group: Group) -> bool:
    return any((p.post, p.account.name, p.moment) == (one.post, one.account, one.moment) for p in group.pieces)  # fmt: skip


def _group(group: Group, say: Voice) -> Html:
    names = [el("b", say.platform(p.account.platform), class_="account") for p in group.pieces]
    parts = [
        say.time(group.due, say.clock(group.due)), " ", join(*(join(name, " ") for name in names)),
        el("span", say.moment(group.moment), class_="moment"), " ",
        say.title(group.title, class_="name"),
    ]  # fmt: skip
    mark = "entry" if group.goes_out else "entry lost"
    lost = None if group.goes_out else el("b", say(msg("does not go out")), class_="badge bad")
    return el("li", lost, el("a", parts, href=f"#{group.id}"), class_=mark)


def _lost(one: Withheld, say: Voice) -> Html:
    return el(
        "li", el("b", say(msg("does not go out")), class_="badge bad"), " ",
        el("a", say.title(one.title, class_="name"), href="#withheld"), class_="entry lost",
    )  # fmt: skip


def _issue(issue: Issue, say: Voice) -> Html:
    name = say.title(issue.title, class_="name") if issue.title else el("span", say(msg("no file yet")), class_="badge warn")  # fmt: skip
    text = [
        say.time(issue.when, say.clock(issue.when)), " ",
        el("b", say(msg("Newsletter")), class_="account mail"), " ", name,
    ]  # fmt: skip
    return el("li", el("a", text, href="#newsletter"), class_="entry issue")


def _day(day: date, entries: Sequence[Html], say: Voice, *, first: bool) -> Html:
    closed = closure(day, say.calendar, say.language)
    marks = ["day", f"c{day.weekday() + 1}" if first else "", "sat" if day.weekday() == 5 else ""]
    marks += ["sun" if day.weekday() == 6 or (closed and closed.code == "holiday") else ""]
    marks += ["closed" if closed else "", "" if entries or _noted(closed) else "empty"]
    date_line = el(
        "p",
        el("time", f"{day.day}", datetime=day.isoformat(), class_="num"),
        el("span", f"({say.weekday(day)})", class_="wd"),
        _why_closed(closed, say),
        class_="date",
    )
    shown = el("ul", entries) if entries else None
    return el("li", date_line, shown, class_=" ".join(filter(None, marks)))


def _noted(closed: object) -> bool:
    return closed is not None and getattr(closed, "code", "") != "weekend"


def _why_closed(closed: object, say: Voice) -> Html | None:
    if not _noted(closed):
        return None
    code, name = getattr(closed, "code", ""), getattr(closed, "name", "")
    words = {"holiday": msg("holiday"), "blackout": msg("no posts"), "closed": msg("closed")}
    return el("span", name or say(words[code]), class_="why")
