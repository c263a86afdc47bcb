"""The URLs that X links, with and without a scheme.

X publishes its rule as code, version 3.1.0, and this follows the JavaScript of it:
https://github.com/twitter/twitter-text/tree/master/js/src. Where that takes a Japanese
sentence before a bare domain for a part of the host, and so links nothing after a long
one, this follows the Java of it, which links the domain.

The original is one backtracking expression, quadratic in a Japanese sentence; this reads
the same rule off the dots of a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from jposocial.platforms.x_tlds import END, top_level_domains

#: More characters than that, scheme counted twice, and X links nothing.
MAX_URL = 4096
MAX_LABEL = 63
MAX_TCO_SLUG = 40

DIRECTIONAL = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
INVALID = "\ufffe\ufeff\uffff"
SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
#: Neither `"` nor a backtick is in it: X takes both for letters of a host.
PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$"
LATIN_ACCENTS = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263"
    "\u0268\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
CYRILLIC = "\u0400-\u04ff"

#: With `re.A`, so that K (Kelvin) and ſ are no letters of the alphabet.
ASCII = re.IGNORECASE | re.ASCII

# A letter of a host may be anything but punctuation, space and control: 。 too.
_NO_HOST = rf"!'#%&()*+,\\/:;<=>?@\[\]\^{{|}}~${SPACES}{INVALID}{DIRECTIONAL}"
_LETTER = rf"[^\-_.{_NO_HOST}]"

#: What a host can be cut from; no longer than a URL, so that no text takes quadratic time.
_RUN = re.compile(rf"[^{_NO_HOST}]{{1,{MAX_URL}}}")
_LABELS = re.compile(rf"(?:{_LETTER}(?:[^.{_NO_HOST}]*{_LETTER})?\.)++")
_SCHEME = re.compile(r"https?://\Z", ASCII)
_PRECEDING = re.compile(rf"[^A-Za-z0-9@＠$#＃{INVALID}]")
_BARE_LABELS = re.compile(rf"(?:[-a-z0-9{LATIN_ACCENTS}]++\.)++", ASCII)

# Punycode reaches as far as it can.
_PUNYCODE = re.compile(r"xn--[-0-9a-z]+", ASCII)
_ASCII_TLD = re.compile(rf"[a-z]++{END}", ASCII)

_PATH_CHAR = rf"[a-z0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{CYRILLIC}{LATIN_ACCENTS}]"
# Parentheses belong to a path when they are balanced, one within the other at most.
_PARENS = rf"\((?:{_PATH_CHAR}+|{_PATH_CHAR}*\({_PATH_CHAR}+\){_PATH_CHAR}*)\)"
_PATH_END = rf"(?:[-+a-z0-9=_#/{CYRILLIC}{LATIN_ACCENTS}]|{_PARENS})"
_PATH = rf"(?:{_PATH_CHAR}*(?:{_PARENS}{_PATH_CHAR}*)*{_PATH_END}|@{_PATH_CHAR}+/)"
_QUERY = r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?"
_TAIL = re.compile(rf"(?::[0-9]+)?(/{_PATH}*)?{_QUERY}", ASCII)
_TCO = re.compile(rf"https?://t\.co/([a-z0-9]+){_QUERY}", ASCII)


class Link(NamedTuple):
    """Where a URL stands: code points of the text."""

    start: int
    end: int


class _Found(NamedTuple):
    """A match of the whole expression, before it is decided whether X links it."""

    start: int
    host: int
    host_end: int
    end: int
    path: bool

    @property
    def scheme(self) -> int:
        return self.host - self.start


def links(text: str) -> Sequence[Link]:
    """Every URL that X links in `text`, in order."""
    return _links(text) if "." in text else ()


@lru_cache(maxsize=1024)
def _links(text: str) -> tuple[Link, ...]:
    """Cached: the same text is measured, priced and checked."""
    return tuple(link for found in _matches(text) for link in _linked(text, found))


def _matches(text: str) -> Iterator[_Found]:
    position = floor = 0
    while run := _RUN.search(text, position):
        position = run.end()
        if text.find(".", run.start(), position) < 0:
            continue
        if found := _first(text, run, floor):
            yield found
            position = floor = found.end


def _first(text: str, run: re.Match[str], floor: int) -> _Found | None:
    """The leftmost URL whose host is in `run`; nothing before `floor` is looked at."""
    tlds = list(_tlds_in(text, run.start(), run.end()))
    if not tlds:
        return None
    for start, host in _starts(text, run.start(), tlds[-1][0], floor):
        if end := _host_end(text, host, tlds):
            return _with_tail(text, start, host, end)
    return None


def _tlds_in(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """(dot, end) of every top-level domain."""
    dot = text.find(".", start, stop)
    while dot >= 0:
        if end := _tld_end(text, dot + 1):
            yield dot, end
        dot = text.find(".", dot + 1, stop)


def _starts(text: str, start: int, stop: int, floor: int) -> Iterator[tuple[int, int]]:
    """(URL, host) of every place where one may begin, the leftmost first."""
    scheme = _SCHEME.search(text, max(0, start - len("https://")), start)
    if scheme and _may_begin(text, scheme.start(), floor):
        yield scheme.start(), start
    for host in range(start, stop):
        if _may_begin(text, host, floor):
            yield host, host


def _may_begin(text: str, index: int, floor: int) -> bool:
    # What stands before a URL is part of the match: two URLs cannot share it.
    if index <= floor:
        return index == 0
    return _PRECEDING.match(text, index - 1) is not None


def _host_end(text: str, host: int, tlds: list[tuple[int, int]]) -> int:
    """Where the longest host that begins at `host` ends, or 0."""
    labels = _LABELS.match(text, host)
    if labels is None:
        return 0
    for dot, end in reversed(tlds):
        # Subdomains may have an underscore, the name before the top-level domain not.
        name = max(host, text.rfind(".", host, dot) + 1)
        if name < dot < labels.end() and "_" not in text[name:dot]:
            return end
    return 0


def _with_tail(text: str, start: int, host: int, host_end: int) -> _Found:
    tail = _TAIL.match(text, host_end)
    assert tail is not None  # noqa: S101  every part of it is optional
    return _Found(start, host, host_end, tail.end(), tail[1] is not None)


def _linked(text: str, found: _Found) -> Iterator[Link]:
    if not found.scheme:
        yield from _bare(text, found)
    elif _host_is_valid(text, found) and found.end - found.start + found.scheme <= MAX_URL:
        yield from _with_scheme(text, found)


def _with_scheme(text: str, found: _Found) -> Iterator[Link]:
    # X's own shortener takes no path beyond the slug.
    tco = _TCO.match(text, found.start, found.end)
    if tco is None:
        yield Link(found.start, found.end)
    elif len(tco[1]) <= MAX_TCO_SLUG:
        yield Link(found.start, tco.end())


def _bare(text: str, found: _Found) -> Iterator[Link]:
    """The ASCII hosts in the host, the last one with the path."""
    if found.start and text[found.start - 1] in "-_./":
        return
    hosts = list(_ascii_hosts(text, found.host, found.host_end))
    if hosts and found.path:
        hosts[-1] = Link(hosts[-1].start, found.end)
    yield from (h for h in hosts if h.end - h.start + len("https://") <= MAX_URL)


def _ascii_hosts(text: str, start: int, stop: int) -> Iterator[Link]:
    for labels in _BARE_LABELS.finditer(text, start, stop):
        tlds = list(_tlds_in(text, labels.start(), labels.end()))
        if tlds and _labels_fit(text[labels.start() : tlds[-1][1]]):
            yield Link(labels.start(), tlds[-1][1])


def _labels_fit(host: str) -> bool:
    return all(len(label) <= MAX_LABEL for label in host.split("."))


def _host_is_valid(text: str, found: _Found) -> bool:
    """RFC 3490's length of a label; what calls itself punycode is ASCII."""
    host = text[found.host : found.host_end]
    if host.isascii():
        return _labels_fit(host)
    if host.startswith("xn--") and not list(_ascii_hosts(text, found.host, found.host_end)):
        return False
    return all(_idna_length(label) <= MAX_LABEL for label in host.split("."))


def _idna_length(label: str) -> int:
    # X counts the ideographic full stops into the label that they divide.
    pieces = re.split("[。．｡]", label)
    return sum(map(_punycode_length, pieces)) + len(pieces) - 1


def _punycode_length(label: str) -> int:
    if label.isascii() or len(label) > MAX_LABEL:
        return len(label)
    return len("xn--") + len(label.encode("punycode"))


def _tld_end(text: str, start: int) -> int:
    """Where the top-level domain that begins at `start` ends, or 0."""
    ascii_names, international = top_level_domains()
    match = _ASCII_TLD.match(text, start)
    if match is None or match[0].lower() not in ascii_names:
        match = international.match(text, start) or _PUNYCODE.match(text, start)
    return match.end() if match else 0
