"""X: the weighted count, the linked text and the price of a post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import regex

from jposocial.model import Entity, Measure, MediaLimits
from jposocial.platforms.x_entities import linked
from jposocial.platforms.x_links import INVALID, Link, links

# https://docs.x.com/fundamentals/counting-characters and
# https://github.com/twitter/twitter-text/blob/master/config/v3.json
LIMIT = 280
URL_LENGTH = 23
_LIGHT = re.compile("[\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")

# Any emoji counts 2 as a whole, of whatever parts: the sequences of
# https://www.unicode.org/reports/tr51/#Definitions, in the Unicode of the `regex` package.
# © and ® are emoji only where a selector says so, the others unless one says text.
_ELEMENT = (
    r"(?:[©®]\ufe0f"
    r"|\p{Emoji_Modifier_Base}\ufe0f?\p{Emoji_Modifier}"
    r"|[\p{Emoji}--[0-9#*©®\p{RI}]](?:\ufe0f|(?!\ufe0e))(?:[\U000e0020-\U000e007e]+\U000e007f)?)"
)
_EMOJI = regex.compile(
    rf"(?V1)\p{{RI}}{{1,2}}|[0-9#*]\ufe0f?\u20e3|{_ELEMENT}(?:\u200d{_ELEMENT})*"
)

# What is in each of them, keycaps and flags included; quick to look for.
_MAY_BE_EMOJI = re.compile("[©®\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001ffff]")

# A lone surrogate cannot be sent at all.
_INVALID = re.compile(f"[{INVALID}\ud800-\udfff]")

# USD, https://docs.x.com/x-api/getting-started/pricing, in force since 2026-04-20.
PRICE = 0.015
PRICE_WITH_URL = 0.200
#: Of each `POST /2/media/metadata`, which carries an alternative text.
PRICE_OF_ALT = 0.005

# https://docs.x.com/x-api/media/quickstart/best-practices, and `maxLength` of the alternative
# text in https://docs.x.com/x-api/media/create-media-metadata. A GIF is another matter.
MEDIA = MediaLimits(
    count=4,
    size=5_000_000,
    alt=1000,
    types=frozenset({"image/jpeg", "image/png", "image/webp"}),
)


class X:
    """The rules of an account without a paid plan; those may post longer."""

    name: ClassVar[str] = "x"
    media: ClassVar[MediaLimits] = MEDIA
    threads: ClassVar[bool] = True

    def measure(self, text: str) -> Measure:
        """`length` is X's weighted count: 280 is 140 kana or kanji."""
        return _measured(text)

    def entities(self, text: str) -> list[Entity]:
        """URLs, hashtags, mentions and cashtags, in order, nothing overlapping."""
        return linked(text)

    def price(self, text: str, described: int = 0) -> float:
        """USD; a post with a URL, bare domains included, is the dearer one."""
        return _price(text) + described * PRICE_OF_ALT


@lru_cache(maxsize=1024)
def _measured(text: str) -> Measure:
    """Cached: the same text is measured to fit it, to show it, and on every account."""
    length = _weight(unicodedata.normalize("NFC", text))
    valid = length <= LIMIT and bool(text.strip()) and not _INVALID.search(text)
    return Measure(length=length, limit=LIMIT, valid=valid)


@lru_cache(maxsize=1024)
def _price(text: str) -> float:
    return PRICE_WITH_URL if links(text) else PRICE


def _weight(text: str) -> int:
    urls = links(text)
    plain, emoji = _without(text, urls), 0
    if _MAY_BE_EMOJI.search(plain):
        plain, emoji = _EMOJI.subn("", plain)
    heavy = len(_LIGHT.sub("", plain))
    return len(urls) * (URL_LENGTH - 1) + emoji * 2 + len(plain) + heavy


def _without(text: str, urls: Sequence[Link]) -> str:
    # One light character in the place of each, so that no emoji grows over the gap.
    for start, end in reversed(urls):
        text = f"{text[:start]} {text[end:]}"
    return text
