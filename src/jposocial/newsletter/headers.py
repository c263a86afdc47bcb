"""Header fields, encoded and folded by ourselves.

The standard library encodes any token of 78 characters, so a long List-Unsubscribe becomes
`=?utf-8?q?…` and one-click dies silently (newsletter.md, 1); it writes empty encoded words and
words without a space between (cpython 136052, 144156), which Yahoo answers with 554.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

import regex

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.values import is_printable

#: RFC 2047, 2: no encoded word is longer, no line with one longer than 76.
_WORD: Final = 75
_LINE: Final = 76
_WRAP: Final = len("=?utf-8?B??=")


_GRAPHEME: Final = regex.compile(r"\X")


def field(name: str, value: str) -> bytes:
    """A field whose value is never folded: List-*, Message-ID and such (RFC 5322 allows 998)."""
    require_printable(value)
    line = f"{name}: {value}\r\n".encode("ascii")
    if len(line) > 1000:
        raise Refused(msg("the header {name} is too long for a mail", name=name))
    return line


def text_field(name: str, text: str) -> bytes:
    """Unstructured text, such as a subject."""
    require_printable(text)
    if text.isascii() and len(name) + 2 + len(text) <= _LINE and "=?" not in text:
        return f"{name}: {text}\r\n".encode("ascii")
    return _joined(name, encoded_words(text, first=_LINE - len(name) - 2))


def mailbox_field(name: str, display: str, address: str) -> bytes:
    """One mailbox: a display name, which may be empty, and an address in ASCII."""
    require_printable(display)
    require_printable(address)
    if not display:
        return field(name, address)
    if display.isascii() and len(display) <= 60 and "=?" not in display:
        quoted = (
            display
            if re.fullmatch(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+", display)
            else _quoted(display)
        )
        words = [quoted]
    else:
        words = encoded_words(display, first=_LINE - len(name) - 2)
    return _joined(name, [*words, f"<{address}>"])


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _joined(name: str, words: list[str]) -> bytes:
    folded = "\r\n ".join(words)
    return f"{name}: {folded}\r\n".encode("ascii")


def encoded_words(text: str, *, first: int = _WORD) -> list[str]:
    """`text` as encoded words in UTF-8 and base64, cut between what readers see as one sign.

    The first is of `first` characters at most. Never empty, whatever the text.
    """
    room = [min(first, _WORD)]
    words: list[str] = []
    kept = b""
    for piece in _pieces(text):
        if kept and len(kept) + len(piece) > _bytes_in(room[-1]):
            words.append(_word(kept))
            kept = b""
            room.append(_WORD)
        kept += piece
    return [*words, _word(kept)] if kept else words


def _pieces(text: str) -> Iterator[bytes]:
    """The signs of the text; one that fills more than a word, by code points."""
    for cluster in _GRAPHEME.findall(text):
        encoded = cluster.encode("utf-8")
        if len(encoded) <= _bytes_in(40):
            yield encoded
        else:
            yield from (code_point.encode("utf-8") for code_point in cluster)


def _bytes_in(word: int) -> int:
    """How many bytes an encoded word of so many characters holds."""
    return (word - _WRAP) // 4 * 3


def _word(content: bytes) -> str:
    return f"=?utf-8?B?{base64.b64encode(content).decode('ascii')}?="


def require_printable(text: str) -> None:
    """Raises Refused for a line end or a control character: whoever has one has another header."""
    if not is_printable(text):
        raise Refused(msg("there is a control character in the head of the mail"))
