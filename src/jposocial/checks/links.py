"""E10, W08 and W20: where the links of a post lead, and how they stand in its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding, at_field, public_urls
from jposocial.checks.private_links import is_private
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import needs
from jposocial.messages import Message, joined, msg
from jposocial.model import Entity, Post, Problem, Variant
from jposocial.platforms import entities

#: Services whose addresses hide where they lead, with all their subdomains.
SHORTENERS: Final = frozenset({
    "00m.in", "1drv.ms", "a.gd", "adf.ly", "aka.ms", "amba.to", "amzn.asia", "amzn.to", "app.link",
    "bit.do", "bit.ly", "bitly.com", "bitly.ws", "bl.ink", "buff.ly", "clck.ru", "cutt.ly",
    "dlvr.it", "eepurl.com", "fb.me", "flip.it", "forms.gle", "g.co", "gg.gg", "go.gl", "goo.gl",
    "goo.su", "han.gl", "hoo.gl", "htn.to", "hubs.la", "hubs.li", "hubs.ly", "ift.tt", "is.gd",
    "j.mp", "kutt.it", "l.ead.me", "lihi.cc", "lihi1.com", "lin.ee", "link.do", "ln.is", "lnkd.in",
    "me2.do", "mzl.la", "nav.cx", "naver.me", "nico.ms", "nxw.so", "onl.bz", "onl.la", "onl.sc",
    "onl.tw", "ow.ly", "owl.li", "p.tl", "paa.ge", "page.link", "pse.is", "qr.ae", "qr.net",
    "qr.paps.jp", "qrco.de", "qrtn.jp", "r10.to", "rb.gy", "rebrand.ly", "redd.it", "reurl.cc",
    "s.id", "s2f.jp", "short.cm", "short.gy", "short.io", "shorturl.at", "shorturl.com",
    "shrtco.de", "smarturl.it", "snip.ly", "snipurl.com", "soo.gd", "spr.ly", "su.pr", "surl.li",
    "t.cn", "t.co", "t.ly", "t2m.io", "tiny.cc", "tiny.one", "tinyurl.com", "tr.im", "trib.al",
    "u.to", "ul.ms", "ur0.cc", "ur0.jp", "ur0.link", "ur0.work", "urx.blue", "urx.mobi", "urx.nu",
    "urx.red", "urx.space", "urx2.nu", "urx3.nu", "utn.pw", "ux.getuploader.com", "ux.nu", "v.gd",
    "vu.fr", "wp.me", "x.co", "x.gd", "xfs.jp", "xgd.jp", "y2u.be", "yj.pn", "zpr.io",
})  # fmt: skip

#: Anything with a scheme, as far as an address can reach.
_WITH_SCHEME: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,9}://[A-Za-z0-9._~%!$&'()*+,;=:@\[\]/?#-]+"
)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")

#: A sign of a sentence that stands behind an address, and is none of its own.
_BEHIND: Final = re.compile(r"[.,;:!?'*\]]+\Z")

#: Names of files and programs that look like a host: guide.zip, README.md, ASP.NET.
_NO_HOST: Final = re.compile(
    r"(?i:[^/]+\.(?:zip|md|py|sh|mov|rs|pl|cc|ps|ai))|[^/]+\.[A-Z][A-Za-z]*"
)

#: An address of a mail box, written so that machines do not find it.
_AT: Final = re.compile(
    r"(?:\(at\)|\[at\]|（at）|＠|@|_at_|アットマーク|★|☆|●|■)\s*\Z", re.IGNORECASE
)

#: A Latin letter beside one of another alphabet that looks like it.
_MIXED: Final = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")

#: Letters of a Japanese sentence, and the signs that go on with it or end it.
_JAPANESE: Final = re.compile(
    r"[ぁ-ゖァ-ヺー一-鿿㐀-䶿々〆ヵヶｦ-ﾝ０-９Ａ-Ｚａ-ｚ、。，．（「『【〈《〔［・〜～※]"
)

#: Kinds that are used again for years.
EVERGREEN: Final = frozenset(
    {"testimonial", "video", "roster_info", "statistics", "event_report", "site_update"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A link as it stands in a text, with a scheme or without."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def scheme(self) -> str:
        match = _SCHEME.match(self.text)
        return match[1].lower() if match else ""


@lru_cache(maxsize=4096)
def addresses(text: str) -> tuple[Address, ...]:
    """Every link of a text in order, also those that no platform would link as they stand."""
    if "." not in text and "://" not in text:
        return ()
    linked = [e for e in entities(text, "x") if e.kind == "url"]
    found = {m.start(): _ended(m[0]) for m in _WITH_SCHEME.finditer(text)}
    for entity in linked:
        if _is_link(text, entity, found):
            found[entity.start] = max(entity.text, found.get(entity.start, ""), key=len)
    return tuple(Address(start=start, text=found[start]) for start in sorted(found))


def _ended(address: str) -> str:
    """Without what belongs to the sentence: closing brackets of its own, a full stop."""
    while True:
        shorter = _BEHIND.sub("", address)
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter


def _is_link(text: str, entity: Entity, found: Mapping[int, str]) -> bool:
    if any(start < entity.start < start + len(whole) for start, whole in found.items()):
        return False
    if "://" in entity.text:
        return True
    return not _NO_HOST.fullmatch(entity.text) and not _AT.search(text[: entity.start])


@needs("./")
def links(text: str, reading: Reading) -> Iterator[Finding]:
    """E10 in a text; in a variant, what its file's fields have said already is not said again."""
    found = addresses(text)
    known = {url for _, url in public_urls(reading.post)} if reading.due and found else set()
    for address in found:
        if address.text in known or is_private(address.text):
            continue
        for message, fix in _wrong(address, reading.book.hosts):
            yield Finding(
                rule="E10", start=address.start, found=address.text, message=message, fix=fix
            )


def link_fields(post: Post, book: Book) -> Iterator[Problem]:
    """E10 in the fields that hold an address."""
    for path, url in public_urls(post):
        if not is_private(url):
            for message, fix in _wrong(Address(start=0, text=url), book.hosts):
                yield at_field(post, "E10", path, message, fix)


def _wrong(address: Address, allowed: tuple[str, ...]) -> Iterator[tuple[Message, Message]]:
    place = _place(address.text)
    if place.user:
        yield (
            msg("'{url}' leads to {host}: what stands before @ is no host", url=address.text, host=place.host),
            msg("write the address without what stands before @"),
        )  # fmt: skip
    elif _covered(place.host, SHORTENERS):
        yield (
            msg("'{url}' is a shortener: nobody sees where it leads", url=address.text),
            msg("open it, and write the address to which it leads"),
        )
    elif allowed and not _covered(place.host, _hosts(allowed)):
        yield _foreign(place.host, allowed)
    elif _MIXED.search(place.written):
        yield (
            msg("the host of '{url}' mixes the letters of two alphabets", url=address.text),
            msg("type the address again; do not paste it"),
        )
    elif place.odd:
        yield (
            msg("'{url}' has a port or a stray dot behind its host", url=address.text),
            msg("write {url}", url=_straight(address.text, place)),
        )
    if address.scheme not in ("", "https"):
        yield (
            msg("'{url}' is not https", url=address.text),
            msg("write {url}", url="https://" + address.text.partition("://")[2]),
        )


@lru_cache(maxsize=64)
def _hosts(allowed: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_ascii, allowed))


def _foreign(host: str, allowed: tuple[str, ...]) -> tuple[Message, Message]:
    names = joined(allowed)
    like = next((name for name in allowed if name in host), None)
    message = msg("links may lead to {names}, not to {host}", host=host, names=names)
    if like:
        message = msg("{host} only looks like {name}: its owner is another", host=host, name=like)
    return message, msg("write the official page, or have {host} added to [links] allow", host=host)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where an address leads: what stands between its scheme and its path."""

    user: str
    #: In punycode.
    host: str
    written: str
    #: A port, or the dot of the root behind the name.
    odd: bool


@lru_cache(maxsize=4096)
def _place(url: str) -> _Place:
    authority = re.split(r"[/?#\\]", _SCHEME.sub("", url, count=1), maxsplit=1)[0]
    user, _, host = authority.rpartition("@")
    name, colon, port = host.partition(":")
    odd = name.endswith(".") or (bool(colon) and port != "443")
    return _Place(user=user, host=_ascii(name), written=name, odd=odd)


def _straight(url: str, place: _Place) -> str:
    rest = re.sub(r"\A[^/?#]*", "", _SCHEME.sub("", url, count=1))
    return f"https://{place.host}{rest}"


@lru_cache(maxsize=1024)
def _ascii(host: str) -> str:
    """In punycode and lower case, without the dot of the root."""
    host = host.strip().rstrip(".").removeprefix("*.").lstrip(".")
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()


def _covered(host: str, names: frozenset[str] | set[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[n:]) in names for n in range(len(labels)))


@needs("./")
def glued(text: str, reading: Reading) -> Iterator[Finding]:
    """W08: a sentence that goes on right behind an address, where mail programs swallow it."""
    for address in addresses(text):
        behind = text[address.end : address.end + 1]
        named = "/" in address.text or address.text.startswith("www.")
        if named and _JAPANESE.match(behind):
            yield Finding(
                rule="W08",
                start=address.start,
                found=address.text + behind,
                message=msg("'{sign}' stands right behind {url}", sign=behind, url=address.text),
                fix=msg("end the line, or put a space, behind {url}", url=address.text),
            )


def expired(post: Post, book: Book) -> Iterator[Problem]:
    """W20 in a file that is used again and again, by now or by the day it is to go out."""
    for path, url, expires in _ending(post) if post.kind in EVERGREEN else ():
        if expires <= _first_day(post, book):
            yield _expired(post, path, url, expires)


def expired_then(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """W20 where a variant shows a link that ends before it goes out."""
    post, book = reading.post, reading.book
    shown = "\n".join(part.text for part in variant.parts)
    for path, url, expires in _ending(post):
        known = post.kind in EVERGREEN and expires <= _first_day(post, book)
        if url in shown and reading.due and expires <= reading.due and not known:
            yield _expired(post, path, url, expires)


def _first_day(post: Post, book: Book) -> datetime:
    """When it goes out at the earliest: at `publish`, or now."""
    if not post.publish:
        return book.now
    day = datetime.combine(post.publish.day, time(0), book.calendar.zone)
    return max(book.now, post.publish.exact or day)


def _ending(post: Post) -> Iterator[tuple[str, str, datetime]]:
    for number, link in enumerate(post.fields.get("links") or ()):
        expires = link.get("expires")
        if isinstance(expires, datetime):
            yield f"links.{number}.expires", link.get("url") or "", expires


def _expired(post: Post, path: str, url: str, expires: datetime) -> Problem:
    return at_field(
        post,
        "W20",
        path,
        msg("{url} ends on {day}, before the post goes out", url=url, day=f"{expires:%Y-%m-%d}"),
        msg("write a link that lasts, or take this one out"),
    )
