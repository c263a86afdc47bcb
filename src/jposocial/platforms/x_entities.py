"""The hashtags, mentions and cashtags that X links, and which of two overlapping ones wins.

https://github.com/twitter/twitter-text/tree/master/js/src (version 3.1.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import regex

from jposocial.model import Entity
from jposocial.platforms.x_links import ASCII, LATIN_ACCENTS, PUNCTUATION, SPACES, links

# In a tag, but no letters: ・ 〜 ～ are the ones that Japanese tags have.
_TAG_MARKS = (
    r"_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003"
    r"\u0f0b\u0f0c\xb7"
)
_IN_TAG = rf"\p{{L}}\p{{M}}\p{{Nd}}{_TAG_MARKS}"
_HASHTAG = regex.compile(
    rf"(?:(?<![&{_IN_TAG}])|(?<=[\ufe0e\ufe0f]))"  # a variation selector ends an emoji
    r"[#＃](?![\ufe0f\u20e3])"  # a keycap is none
    rf"(?=[\p{{Nd}}{_TAG_MARKS}]*+[\p{{L}}\p{{M}}])[{_IN_TAG}]++"
    r"(?![#＃]|://)"
)
_MENTION = re.compile(
    r"(?:^|[^a-z0-9_!#$%&*@＠]|(?:^|[^a-z0-9_+~.-])rt:?)"
    r"([@＠][a-z0-9_]{1,20}(?:/[a-z][a-z0-9_-]{0,24})?)",  # with the list, if one is named
    ASCII,
)
_NO_MENTION = re.compile(rf"[@＠{LATIN_ACCENTS}]|://")
_CASHTAG = re.compile(
    rf"(?:^|[{SPACES}])(\$[a-z]{{1,6}}(?:[._][a-z]{{1,2}})?)(?=\Z|[{SPACES}\ufeff{PUNCTUATION}])",
    ASCII,
)


def linked(text: str) -> list[Entity]:
    """Everything that X links in `text`, in order, nothing overlapping."""
    return without_overlaps([*urls(text), *mentions(text), *hashtags(text), *cashtags(text)])


def without_overlaps(found: Iterable[Entity]) -> list[Entity]:
    """What begins first wins; of two that begin together, the one named first."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda e: e.start):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept


def urls(text: str) -> Iterator[Entity]:
    """With and without a scheme, see `x_links`."""
    for start, end in links(text):
        yield Entity(kind="url", start=start, end=end, text=text[start:end])


def hashtags(text: str) -> Iterator[Entity]:
    """Tags of at least one letter with nothing of a word before the sign."""
    if "#" in text or "＃" in text:
        for m in _HASHTAG.finditer(text):
            yield Entity(kind="hashtag", start=m.start(), end=m.end(), text=m[0])


def mentions(text: str) -> Iterator[Entity]:
    """Names of up to 20 characters, and the lists of an account."""
    if "@" in text or "＠" in text:
        for m in _MENTION.finditer(text):
            if not _NO_MENTION.match(text, m.end()):
                yield Entity(kind="mention", start=m.start(1), end=m.end(1), text=m[1])


def cashtags(text: str) -> Iterator[Entity]:
    """Ticker symbols after a space."""
    if "$" in text:
        for m in _CASHTAG.finditer(text):
            yield Entity(kind="cashtag", start=m.start(1), end=m.end(1), text=m[1])
