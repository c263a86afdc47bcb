"""The times of a text that are said to be those of a city: `ジャカルタ時間17:00`, `17:00 (Geneva)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from jposocial.checks.folding import caseless
from jposocial.checks.written import Clock, bare, clocks, is_range
from jposocial.cities import CITIES, TOKYO, zones_named

#: The names that stand for the speaker's or the duty station's own city.
HERE: Final = frozenset({"現地", "当地", "local"})

_NAMES: Final = sorted(CITIES, key=len, reverse=True)
#: What a time is said to be that of, the short names and the letters included, by the first two letters.
_PLACES: Final[Mapping[str, Sequence[str]]] = {
    two: tuple(names)
    for two, names in groupby(
        sorted(caseless(name) for name in (*CITIES, *HERE, "ny", "uk")), key=itemgetter(slice(2))
    )
}
_NO_CITIES: Final = frozenset(
    ["eastern", "swiss", "japan", "jst", "utc", "gmt", "est", "edt", "cet", "cest", "pst", "pdt"]
)
_CLOCK: Final = r"(?:午[前後]|AM|PM)?\s?\d{1,2}(?::\d\d|時)"


class _Patterns(NamedTuple):
    """How a time is said to be that of a place."""

    label: re.Pattern[str]
    #: A city without the word: in brackets, or two or more in a line.
    listed: re.Pattern[str]
    behind: re.Pattern[str]


@lru_cache(maxsize=256)
def _patterns(places: frozenset[str]) -> _Patterns:
    """Those of some places: with all names in them the patterns are slow, and a text has few."""
    names = [name for name in (*_NAMES, *HERE) if caseless(name) in places]
    ja = _any_of(name for name in names if not name.isascii())
    en = _any_of(name for name in names if name.isascii())
    short = _any_of(
        name
        for name in names
        if name.isascii() and len(name) > 2 and name not in (*_NO_CITIES, *HERE)
    )
    label = (
        rf"(?<![ァ-ヶー一-龥])(?P<ja>{ja}|ny|uk)(?:の?現地|標準|夏)?時間(?![割帯])"
        rf"|(?<![a-z])(?P<en>{en})(?:\s(?:local|standard|daylight|summer))?\stime(?![a-z])"
        r"|(?<![a-z])(?P<letters>JST|UTC|GMT|E[SD]T|CES?T|P[SD]T)(?![a-z+])"
    )
    listed = rf"(?<![ァ-ヶー一-龥a-z])(?P<name>{ja}|{short}|ny)(?:は|では)?\s?:?\s?(?:同日|前日|翌日?)?\s?(?={_CLOCK})"
    behind = rf"(?:(?<=\d)|(?<=時)|(?<=分)|(?<=m\.)|(?<=m))\s?(?:\((?:in\s)?(?P<name>{ja}|{short}|ny)\)|in\s(?P<plain>{short})(?![a-z]))"
    return _Patterns(*(re.compile(one, re.IGNORECASE) for one in (label, listed, behind)))


def _any_of(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, names)) or "(?!)"


#: A city that is not listed; whether there is such a city is asked of all zones' names.
_FAR: Final = re.compile(
    r"(?P<ja>[ァ-ヶー・一-龥]*[ァ-ヶ][ァ-ヶー・一-龥]*?)(?:夏|標準)?時間(?=\(?\d)"
    r"|(?<=\d)\s(?P<en>[^\W\d_][^\d\n:;()]{1,40}?)(?:\s(?:summer|standard))?\stime(?![a-z])"
)

_MARKS: Final = (
    r"(?:同日|当日|前日|翌日?|次の日|(?:\d{4}年)?\d{1,2}月\d{1,2}日|\d{1,2}日|\d{1,2}/\d{1,2}|\([月火水木金土日祝・]{1,3}\)|[月火水木金土日]曜日?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?|\d{1,2}(?:st|nd|rd|th)?\s[A-Z][a-z]+\.?|[A-Z][a-z]+\.?\s\d{1,2}(?:st|nd|rd|th)?(?!:)|\d{4}|at|on|is|the|same|next|previous|day)"
)
_BETWEEN: Final = re.compile(
    rf"[\s:はでのにて,、]*(?:{_MARKS}[\s,、のに]*)*(?:[朝夜])?[\s(]*", re.IGNORECASE
)
_TOUCHES: Final = re.compile(r"\s?[~〜]?\s?,?\s?\(?\s?")


#: Without one of these no time is that of a place; cheap, since most texts have none.
_HINT: Final = re.compile(
    r"(?<!日本)時間(?!帯|割)|[Tt]ime(?![a-z])|UTC|GMT|E[SD]T|CES?T|P[SD]T|NY|ＮＹ"
    r"|[ァ-ヶー一-龥a-z](?:は|では)?\s?[:：]?\s?(?:同日|前日|翌日?)?\s?\d{1,2}[:：時]"
    r"|[\d時分m.]\s?[(（](?:in\s)?(?!日本|[月火水木金土日][・)）])[A-Zァ-ヶ一-龥]|\sin\s[A-Z]"
)


def names_places(text: str) -> bool:
    """Whether a time of the text may be that of a place other than Japan."""
    return bool(_HINT.search(text)) and _names_any(text)


def _names_any(text: str) -> bool:
    """Whether the text has the name of a place at all."""
    return bool(_places(text) or _FAR.search(bare(text)))


@lru_cache(maxsize=1024)
def _places(text: str) -> frozenset[str]:
    """The names of places that are in the text, if only as a part of a word."""
    lower = caseless(bare(text))
    begun = _PLACES.keys() & set(map(str.__add__, lower, lower[1:]))
    return frozenset(name for two in begun for name in _PLACES[two] if name in lower)


@dataclass(frozen=True, slots=True)
class Local:
    """Times said to be those of a place."""

    name: str
    clocks: tuple[Clock, ...]
    #: From the end of the clock before to the start of the next: where the day may be said.
    before: int
    after: int

    @property
    def is_tokyo(self) -> bool:
        return CITIES.get(self.name) == TOKYO


def line_of(text: str, at: int) -> tuple[int, int]:
    """The start and the end of the line that `at` is in."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)


@lru_cache(maxsize=512)
def local_times(text: str) -> tuple[Local, ...]:
    """Every statement of the time of a place, Tokyo included, in order."""
    narrow = bare(text)
    found = clocks(text) if _names_any(text) else ()
    if not found:
        return ()
    taken: dict[int, str] = {}
    stated = []
    for start, end, name, english in _labels(narrow, _patterns(_places(text))):
        chosen = _attributed(narrow, found, start, end, english, taken)
        if chosen:
            taken |= dict.fromkeys(chosen, name)
            stated.append(_local(narrow, found, chosen, name))
    return tuple(sorted(stated, key=lambda one: one.clocks[0].start))


def _labels(text: str, patterns: _Patterns) -> Iterator[tuple[int, int, str, bool]]:
    """(start, end, name, whether a time stands before rather than behind it)."""
    spans = []
    for match in patterns.label.finditer(text):
        name = match["ja"] or match["en"] or match["letters"]
        spans.append((match.start(), match.end(), name.lower(), not match["ja"]))
    spans += [far for far in _far_labels(text) if not any(s < far[1] <= e for s, e, _, _ in spans)]
    for match in patterns.behind.finditer(text):
        name = match["name"] or match["plain"]
        spans.append((match.start(), match.end(), name.lower(), True))
    listed = [
        m
        for m in patterns.listed.finditer(text)
        if not any(s <= m.start() < e for s, e, _, _ in spans)
    ]
    for match in listed:
        line = line_of(text, match.start())
        many = sum(line[0] <= other.start() < line[1] for other in listed) > 1
        if many or "は" in match[0] or re.search(r"[(/・、]\s?\Z", text[: match.start()]):
            spans.append((match.start(), match.end(), match["name"].lower(), False))
    return iter(sorted(spans))


def _far_labels(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Those of cities that only the zones' names know; a word before the name is not its part."""
    for match in _FAR.finditer(text):
        group = "ja" if match["ja"] else "en"
        words, start = match[group], match.start(group)
        starts = range(len(words) - 1) if match["ja"] else (0,)
        found = next((n for n in starts if zones_named(words[n:].lower())), None)
        if found is not None:
            yield start + found, match.end(), words[found:].lower(), group == "en"


def _attributed(
    text: str, found: Sequence[Clock], start: int, end: int, english: bool, taken: dict[int, str]
) -> list[int]:
    """The clocks that a label belongs to; a range is taken whole."""
    behind = next((n for n, c in enumerate(found) if c.start >= end), None)
    before = max((n for n, c in enumerate(found) if c.end <= start), default=None)
    follows = behind is not None and _leads_to(text, start, end, found[behind].start)
    touches = before is not None and before not in taken and _touches(text, found[before], start)
    if touches and before is not None and (not follows or (english and not _opened(text, start))):
        return _range_back(text, found, before)
    return _range_on(text, found, behind) if follows and behind is not None else []


def _opened(text: str, start: int) -> bool:
    return text[:start].rstrip(" ").endswith("(")


def _leads_to(text: str, start: int, end: int, clock: int) -> bool:
    """Whether the time behind a label is its own; not where its bracket closes before it."""
    if not _BETWEEN.fullmatch(text, end, clock):
        return False
    inner = re.sub(r"\([^()]*\)", "", text[end:clock])
    return not _opened(text, start) or ")" not in inner


def _touches(text: str, clock: Clock, start: int) -> bool:
    return bool(_TOUCHES.fullmatch(text, clock.end, start))


def _range_on(text: str, found: Sequence[Clock], at: int) -> list[int]:
    chosen = [at]
    while at + 1 < len(found) and is_range(text[found[at].end : found[at + 1].start]):
        at += 1
        chosen.append(at)
    return chosen


def _range_back(text: str, found: Sequence[Clock], at: int) -> list[int]:
    chosen = [at]
    while at and is_range(text[found[at - 1].end : found[at].start]):
        at -= 1
        chosen.insert(0, at)
    return chosen


def _local(text: str, found: Sequence[Clock], chosen: list[int], name: str) -> Local:
    first, last = chosen[0], chosen[-1]
    line = line_of(text, found[first].start)
    before = max(line[0], found[first - 1].end) if first else line[0]
    after = min(line[1], found[last + 1].start) if last + 1 < len(found) else line[1]
    return Local(name, tuple(found[n] for n in chosen), before, min(after, found[last].end + 12))
