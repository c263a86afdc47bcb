"""W19: the Japanese and the English of a post disagree; W17: an account of its kind is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from jposocial.checks.findings import Spot, at_field
from jposocial.checks.links import addresses
from jposocial.checks.local_times import local_times
from jposocial.checks.reading import Book
from jposocial.checks.written import clocks, days
from jposocial.messages import Message, joined, msg
from jposocial.model import MAIL, Post, Problem
from jposocial.schedule.cadence import is_told

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
#: What marks the page of a language in an address.
_LANGUAGE: Final = re.compile(
    r"(?<=[/_.-])(?:en|ja|jp|eng|english|japanese|e|j)(?=[/_.?-]|$)|(?<=[a-z])_e(?=\.)|[?&](?:lang|hl)=\w+",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """Something that one language names: comparable, as it is written there, and where."""

    key: Any
    text: str
    line: int


Extract = Callable[[Spot], Iterator[_Said]]


def languages(post: Post, book: Book) -> Iterator[Problem]:
    """W19; what the fields say may stand in either language alone in English."""
    if post.lang != "both":
        return
    japanese, english = list(_japanese(post)), list(_english(post))
    if not any(s.text.strip() for s in english) or not any(s.text.strip() for s in japanese):
        return
    beside = [*japanese, *_unmatched_japanese(post)]
    for extract, message in _KINDS:
        ours = [said for spot in japanese for said in extract(spot)]
        theirs = [said for spot in english for said in extract(spot)]
        known = {said.key for spot in beside for said in extract(spot)}
        known |= set(_known(post, book, extract))
        only_english = _without(theirs, known)
        only_japanese = _without(ours, {said.key for said in theirs})
        if only_english or only_japanese:
            yield _disagreeing(post, message, only_japanese, only_english)
    yield from _years_disagreeing(post, _years(japanese), _years(english))


_Years = dict[tuple[int, int], dict[int, _Said]]


def _years_disagreeing(post: Post, ours: _Years, theirs: _Years) -> Iterator[Problem]:
    for day in ours.keys() & theirs.keys():
        if not ours[day].keys() & theirs[day].keys():
            wrong = list(theirs[day].values())
            yield _disagreeing(post, msg("the years disagree"), list(ours[day].values()), wrong)


def _years(spots: Iterable[Spot]) -> _Years:
    """Per day of a month, the years that are written with it."""
    found: _Years = {}
    for spot in spots:
        for day in days(spot.text):
            if day.year:
                text = spot.text[day.start : day.end]
                said = _Said(key=str(day.year), text=text, line=_at(spot, day.start))
                found.setdefault((day.month, day.day), {})[day.year] = said
    return found


def _japanese(post: Post) -> Iterator[Spot]:
    """The Japanese texts whose counterpart is there in English."""
    en = post.fields.get("en") or {}
    if post.body_en.strip():
        yield Spot(text=post.body, line=post.lines.get("body", 1))
    if en.get("title"):
        yield Spot(text=post.title, line=post.lines.get("title", 1))
    yield from _texts(post, post.text, "text", wanted=en.get("text") or {})


def _unmatched_japanese(post: Post) -> Iterator[Spot]:
    yield Spot(text=post.title, line=1)
    yield Spot(text=post.body, line=1)
    yield from _texts(post, post.text, "text", wanted=post.text)


def _english(post: Post) -> Iterator[Spot]:
    en = post.fields.get("en") or {}
    yield Spot(text=post.body_en, line=post.lines.get("body_en", 1))
    yield Spot(text=en.get("title") or "", line=post.lines.get("en.title", 1))
    texts = en.get("text") or {}
    yield from _texts(post, texts, "en.text", wanted=texts)


def _texts(
    post: Post,
    texts: Mapping[str, Mapping[str, str]],
    path: str,
    *,
    wanted: Mapping[str, Mapping[str, str]],
) -> Iterator[Spot]:
    for account, moments in texts.items():
        for moment, text in moments.items():
            if moment in wanted.get(account, {}):
                yield Spot(text=text, line=_line(post, f"{path}.{account}.{moment}"))


def _line(post: Post, path: str) -> int:
    for name in (path, path.rpartition(".")[0]):
        for key in (f"{name}#", name):
            if key in post.lines:
                return post.lines[key]
    return 1


def _days(spot: Spot) -> Iterator[_Said]:
    for day in days(spot.text):
        yield _Said(key=(day.month, day.day), text=spot.text[day.start : day.end].rstrip(" 、・-–~〜"), line=_at(spot, day.start))  # fmt: skip


def _times(spot: Spot) -> Iterator[_Said]:
    """Of Japan: those of another city are for E12."""
    abroad = {c for local in local_times(spot.text) if not local.is_tokyo for c in local.clocks}
    for clock in clocks(spot.text):
        if clock not in abroad:
            yield _Said(key=clock.minutes, text=spot.text[clock.start : clock.end], line=_at(spot, clock.start))  # fmt: skip


def _links(spot: Spot) -> Iterator[_Said]:
    for address in addresses(spot.text):
        if "://" in address.text:
            yield _Said(key=_page(address.text), text=address.text, line=_at(spot, address.start))


def _page(url: str) -> str:
    """The page whatever its language."""
    path = _LANGUAGE.sub("", url.partition("://")[2].lower())
    return (
        re.sub(r"[/_.-]+", "/", path.partition("#")[0])
        .strip("/")
        .removesuffix("/html")
        .removesuffix("/index")
    )


def _at(spot: Spot, start: int) -> int:
    return spot.line + spot.text.count("\n", 0, start)


_KINDS: Final[tuple[tuple[Extract, Message], ...]] = (
    (_days, msg("the dates disagree")),
    (_times, msg("the times disagree")),
    (_links, msg("the links disagree")),
)


def _known(post: Post, book: Book, extract: Extract) -> Iterator[Any]:
    """What the fields say: English may name it where a template adds it to the Japanese."""
    zone = book.calendar.zone
    for value in post.fields.values():
        if isinstance(value, datetime):
            local = value.astimezone(zone)
            yield (local.month, local.day) if extract is _days else local.hour * 60 + local.minute
        elif isinstance(value, date):
            yield (value.month, value.day)
        elif isinstance(value, str) and "://" in value:
            yield _page(value)
    for link in post.fields.get("links") or ():
        yield _page(link.get("url") or "")


def _without(said: Iterable[_Said], known: set[Any]) -> list[_Said]:
    found = {one.key: one for one in said if one.key not in known}
    return list(found.values())


def _disagreeing(
    post: Post, message: Message, japanese: list[_Said], english: list[_Said]
) -> Problem:
    said: Message
    if japanese and english:
        said = msg(
            "{what}: {ours} in Japanese, {theirs} in English",
            what=message,
            ours=joined(one.text for one in japanese),
            theirs=joined(one.text for one in english),
        )
    elif japanese:
        said = msg("{what}: {ours} is in Japanese only", what=message, ours=joined(one.text for one in japanese))  # fmt: skip
    else:
        said = msg("{what}: {theirs} is in English only", what=message, theirs=joined(one.text for one in english))  # fmt: skip
    first = (english or japanese)[0]
    fix = _fix(japanese, english)
    return replace(at_field(post, "W19", "body_en", said, fix, found=first.text), line=first.line)


def _fix(japanese: list[_Said], english: list[_Said]) -> Message:
    right = [_in_english(one.key, one.text) for one in japanese]
    if japanese and english:
        return msg("write {text} in English, or mend the Japanese", text=joined(right))
    if japanese:
        return msg("add {text} to the English", text=joined(right))
    return msg("add it to the Japanese, or take it out of the English")


def _in_english(key: Any, text: str) -> str:
    if isinstance(key, tuple):
        return f"{key[-1]} {_MONTHS[key[-2] - 1]}"
    return f"{key // 60}:{key % 60:02}" if isinstance(key, int) else text


def missing_accounts(post: Post, book: Book) -> Iterator[Problem]:
    """W17: `accounts` leaves out one that the cadence of the kind names."""
    cadence = book.cadences.get(post.kind)
    if post.accounts is None or cadence is None:
        return
    usual = cadence.accounts if cadence.accounts is not None else tuple(book.accounts)
    missing = [
        name
        for name in usual
        if name in cadence.rows
        and name in book.accounts
        and name not in post.accounts
        and is_told(post, book.accounts[name])
    ]
    if missing and set(post.accounts) != {MAIL}:
        whole = [name for name in (*book.accounts, MAIL) if name in {*post.accounts, *missing}]
        yield at_field(
            post,
            "W17",
            "accounts",
            msg("{names} is left out, where a {kind} goes out as a rule", names=joined(missing), kind=post.kind),
            msg("write accounts: [{names}]", names=", ".join(whole)),
        )  # fmt: skip
