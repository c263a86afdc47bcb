"""Comparing a text we sent with a text on a timeline."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any


def normalised(text: str) -> str:
    """NFC, one space for any run of white space: what platforms change without asking."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def expanded(text: str, urls: Iterable[Mapping[str, Any]]) -> str:
    """X's text with each t.co link as the address it stands for, and `&amp;` as `&`.

    The link that X puts behind a text with images is none of the text.
    """
    # X escapes the text and not the addresses, which may hold an `&copy=` of their own.
    text = html.unescape(text)
    for entry in urls:
        short, long = entry.get("url"), entry.get("expanded_url")
        if short and entry.get("media_key"):
            text = text.replace(str(short), "")
        elif short and long:
            text = text.replace(str(short), str(long))
    return text


def same_text(ours: str, theirs: str) -> bool:
    """Equal, but for white space and for the scheme that X adds to a bare domain."""
    return _bare(ours) == _bare(theirs)


def _bare(text: str) -> str:
    return re.sub(r"https?://|(?<=[\w])/(?=\s|$)", "", normalised(text))
