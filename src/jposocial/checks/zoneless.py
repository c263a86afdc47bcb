"""E12 in English: a time without a zone; whoever reads it may be anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.reading import Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.checks.written import bare, clocks
from jposocial.checks.zones import NARRATIVE
from jposocial.cities import CITIES
from jposocial.messages import msg

_JAPANESE: Final = re.compile(r"[ぁ-ゖァ-ヺ一-鿿]")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’-]+")
#: Words that tell an English sentence from the names in a Japanese one.
_ENGLISH: Final = re.compile(
    r"(?<![A-Za-z])(?:the|at|on|from|to|by|is|are|will|and|for|of|in|until|till|before|please|our|you|your|we|with|date|time"
    r"|starts?|Mon|Tue|Wed|Thu|Fri|Sat|Sun|[A-Z][a-z]+day|Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec"
    r"|January|February|March|April|August|September|October|November|December)(?![A-Za-z])"
)
_ZONE: Final = re.compile(
    r"(?<![A-Za-z])(?:JST|UTC|GMT|Z|E[SD]T|P[SD]T|C[EA]?S?T|CEST|BST|ICT|WIB|SGT|PHT|IST|EAT|AE[SD]T|HKT|KST)(?![A-Za-z])"
    r"|(?i:(?:japan|japanese|standard|daylight|summer|local|eastern|european|pacific)\s(?:standard\s|local\s)?time(?![a-z]))"
    r"|(?i:time\sin\s(?:japan|tokyo)|(?:times?|hours)\s(?:are|is|shown|given)\s(?:in\s)?(?:japan|jst|tokyo)|\((?:in\s)?japan\))"
)
_CITIES: Final = "|".join(
    re.escape(name)
    for name in CITIES
    if name.isascii() and len(name) > 4 and name not in ("japan", "eastern", "swiss")
)
_CITY_TIME: Final = re.compile(
    rf"(?<![a-z])(?:{_CITIES}|ny|rome|bonn|bern|uk)\stime(?![a-z])", re.IGNORECASE
)
_CITY: Final = re.compile(rf"(?<![a-z])(?:{_CITIES}|rome|bonn|bern)(?![a-z])", re.IGNORECASE)


@needs("正n" + DIGIT, ":時m正n")
def zoneless(text: str, reading: Reading) -> Iterator[Finding]:
    """E12, once a text."""
    if reading.post.kind in NARRATIVE or not clocks(text):
        return
    narrow = bare(text)
    yield from _japanese(text, narrow)
    english = _passages(narrow)
    if not english or _ZONE.search(english) or _CITY_TIME.search(english) or "JST" in narrow:
        return
    for clock in clocks(text):
        if english[clock.start] == "\x00" or _CITY.search(_sentence(english, clock.start)):
            continue
        found = text[clock.start : clock.end]
        yield Finding(
            rule="E12",
            start=clock.start,
            found=found,
            message=msg("'{found}' stands without its zone, and readers are abroad", found=found),
            fix=msg("write {text}", text=f"{found} (Japan time)"),
        )
        return


#: A Japanese text that is for people who live elsewhere, and one that says whose time it is.
_ABROAD: Final = re.compile(
    r"(?:海外|国外|在外)(?:に|で)?(?:お?住まい|在住|居住|滞在|赴任中|お?暮らし)|(?:海外|国外|現地)から(?:も|の)?(?:ご?参加|ご?視聴|ご?応募|お?申し?込)"
)
_SAID: Final = re.compile(r"日本時間|現地時間|[ァ-ヶー一-龥]時間(?![帯割外内])|JST|UTC|GMT")


def _japanese(text: str, narrow: str) -> Iterator[Finding]:
    if "外" not in narrow and "現地" not in narrow:
        return
    if not _ABROAD.search(narrow) or _SAID.search(narrow):
        return
    clock = clocks(text)[0]
    found = text[clock.start : clock.end]
    yield Finding(
        rule="E12",
        start=clock.start,
        found=found,
        message=msg("'{found}' stands without its zone, and readers are abroad", found=found),
        fix=msg("write {text}", text=f"{found}（日本時間）"),
    )


def _passages(text: str) -> str:
    """The English of a text in its place, everything else blanked; empty where it is not English."""
    lines = ["\x00" * len(line) if _JAPANESE.search(line) else line for line in text.split("\n")]
    if not any(line.strip(" \x00") for line in lines):
        return ""
    english = "\n".join(lines)
    words = [w for w in _WORD.findall(re.sub(r"[#@]\w+", " ", english)) if not w.isupper()]
    return english if len(words) >= 3 and _ENGLISH.search(english) else ""


def _sentence(text: str, at: int) -> str:
    start = max(text.rfind("\n", 0, at), text.rfind(". ", 0, at)) + 1
    ends = [end for end in (text.find("\n", at), text.find(". ", at)) if end >= 0]
    return text[start : min(ends, default=len(text))]
