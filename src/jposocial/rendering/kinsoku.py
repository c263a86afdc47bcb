"""Folding Japanese text so that no line begins or ends with the wrong character (JIS X 4051)."""

from __future__ import annotations

import unicodedata
from typing import Final

_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝〕〉》」』】〙〗ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}"
)
_NOT_LAST: Final = frozenset("（［｛〔〈《「『【〘〖([{")


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
        if current and columns(current + unit) > most:
            lines.append(current.rstrip(" "))
            current = unit.lstrip(" ")
        else:
            current += unit
    return [*lines, current]


def _units(line: str) -> list[str]:
    """What must stay together: a run of ASCII (a URL, a word) and what kinsoku ties."""
    units: list[str] = []
    for character in line:
        tied = units and (
            character in _NOT_FIRST
            or units[-1][-1] in _NOT_LAST
            or (_is_word(character) and _is_word(units[-1][-1]))
        )
        if tied:
            units[-1] += character
        else:
            units.append(character)
    return units


def _is_word(character: str) -> bool:
    return "!" <= character <= "~"
