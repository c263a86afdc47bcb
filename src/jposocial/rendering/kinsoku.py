"""Folding Japanese text so that no line begins or ends with the wrong character (JIS X 4051)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝〕〉》」』】〙〗ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}"
)
_NOT_LAST: Final = frozenset("（［｛〔〈《「『【〘〖([{")

#: A day with its weekday, a number with its unit, a name's last character with its 敬称.
_TIED: Final = re.compile(
    r"(?:[0-9]+年)?[0-9]+月[0-9]+日(?:[(（][月火水木金土日](?:・?祝)?[)）])?"
    r"|[0-9][0-9,.:]*[万億]?[年月日時分秒人名円回件階歳度％割]"
    r"|[^\W0-9_A-Za-z](?:氏|さん|様|先生)"
)


def fold(text: str, width: int) -> str:
    """Every line of `text` in lines of at most `width` full-width columns, hung if need be."""
    return "\n".join("\n".join(_folded(line, 2 * width)) for line in text.split("\n"))


def columns(text: str) -> int:
    """Half-width columns of `text`: 2 for wide and ambiguous characters, as in Japanese mail."""
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def _folded(line: str, most: int) -> list[str]:
    lines: list[str] = []
    current = ""
    for unit in _units(line):
        if current.strip(" ") and columns((current + unit).rstrip(" ")) > most:
            lines.append(current.rstrip(" "))
            current = unit
        else:
            current += unit
    return [*lines, current]


def _units(line: str) -> Iterator[str]:
    """What must stay together; spaces stay behind what they follow, where a line end drops them."""
    tied = {n for match in _TIED.finditer(line) for n in range(match.start() + 1, match.end())}
    start = 0
    for end in range(1, len(line)):
        if end not in tied and not _ties(line, end):
            yield line[start:end]
            start = end
    yield line[start:]


def _ties(line: str, end: int) -> bool:
    """Whether kinsoku, or a word, forbids a line end before `line[end]`."""
    before, after = line[end - 1], line[end]
    if before == " ":
        before = line[:end].rstrip(" ")[-1:]
        return after == " " or after in _NOT_FIRST or before in _NOT_LAST
    return (
        after in _NOT_FIRST
        or before in _NOT_LAST
        or after == " "
        or (_is_word(before) and _is_word(after))
        or unicodedata.category(after)[0] == "M"
        or "\u200d" in (before, after)
    )


def _is_word(character: str) -> bool:
    return "!" <= character <= "~"
