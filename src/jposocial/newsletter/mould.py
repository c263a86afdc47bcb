"""An issue's mail, serialised once; what is personal is put in for each reader.

Building an `EmailMessage` for each of ten thousand takes half a minute; this takes one second. The
bodies are UTF-8 in base64 (Japanese in quoted-printable is twice as long, 8bit breaks the lines of
998 octets). A reader's token has a fixed length, so only the few groups of base64 around it change.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.newsletter.addresses import envelope
from jposocial.newsletter.dkim import Signer, canonical
from jposocial.newsletter.headers import (
    encoded_words,
    field,
    mailbox_field,
    require_printable,
    text_field,
)
from jposocial.newsletter.letter import TOKEN_MARK, Attachment, Letter, Reader
from jposocial.newsletters import Newsletter

_VERSION: Final = 1

#: Octets of content in a line of 76 characters of base64.
_LINE: Final = 57

_MARK: Final = TOKEN_MARK.encode("ascii")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")

#: Language → what a test's subject begins with.
_TEST: Final[Mapping[str, str]] = {"ja": "【テスト】", "en": "[TEST] "}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a token goes within base64: what stands before and behind it in its groups."""

    before: bytes
    behind: bytes
    #: Where the encoded groups are broken into lines.
    breaks: tuple[int, ...]

    def filled(self, token: bytes) -> bytes:
        encoded = base64.b64encode(self.before + token + self.behind)
        for at in reversed(self.breaks):
            encoded = encoded[:at] + b"\r\n" + encoded[at:]
        return encoded


@dataclass(frozen=True, kw_only=True)
class Mould:
    """The mail: its constant headers, and its body in pieces with a place between each two."""

    #: Whole header fields with their line ends, in order; `personal` ones stand for themselves.
    headers: tuple[bytes, ...]
    pieces: tuple[bytes, ...]
    places: tuple[Place, ...]
    #: The one-click address without the token.
    unsubscribe: str

    def fill(self, reader: Reader, signer: Signer | None = None) -> bytes:
        """The whole message of one reader, lines ended by CRLF. Raises Refused."""
        if not _TOKEN.fullmatch(reader.token):
            raise Refused(msg("a token that is none: the link to leave would be of no use"))
        token = reader.token.encode("ascii")
        body = [place.filled(token) for place in self.places]
        filled = b"".join(
            piece + slot for piece, slot in zip(self.pieces, (*body, b""), strict=True)
        )
        personal = self._personal(reader)
        head = b"".join((*self.headers, *personal.values()))
        if signer is None:
            return head + b"\r\n" + filled
        signed = {**self._canonical, **{n: canonical(h) for n, h in personal.items()}}
        return signer.sign(signed, self._hash(filled)) + head + b"\r\n" + filled

    def _personal(self, reader: Reader) -> dict[str, bytes]:
        found = {
            "To": mailbox_field("To", reader.name, envelope(reader.address)),
            "Message-ID": field("Message-ID", reader.message_id),
        }
        if self.unsubscribe:
            found["List-Unsubscribe"] = field(
                "List-Unsubscribe", f"<{self.unsubscribe}{reader.token}>"
            )
        return found

    @cached_property
    def _canonical(self) -> dict[str, bytes]:
        return {h.partition(b":")[0].decode("ascii"): canonical(h) for h in self.headers}

    @cached_property
    def _prefix(self) -> Any:
        """The hash of all that comes before the first place: the same for everybody."""
        return hashlib.sha256(self.pieces[0])

    def _hash(self, body: bytes) -> bytes:
        found = self._prefix.copy()
        found.update(memoryview(body)[len(self.pieces[0]) :])
        digest: bytes = found.digest()
        return digest

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def wire_size(self) -> int:
        """In octets, without signatures and what is personal in the head."""
        slots = (len(place.filled(b"T" * 22)) for place in self.places)
        return sum(map(len, self.headers)) + sum(map(len, self.pieces)) + sum(slots)

    def to_bytes(self) -> bytes:
        """For the database; the same mould gives the same bytes."""
        value = {
            "version": _VERSION,
            "headers": [h.decode("ascii") for h in self.headers],
            "pieces": [p.decode("ascii") for p in self.pieces],
            "places": [
                [
                    base64.b64encode(p.before).decode("ascii"),
                    base64.b64encode(p.behind).decode("ascii"),
                    list(p.breaks),
                ]
                for p in self.places
            ],
            "unsubscribe": self.unsubscribe,
        }
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")

    @staticmethod
    def from_bytes(content: bytes) -> Mould:
        value = json.loads(content)
        if value["version"] != _VERSION:
            raise Refused(
                msg("the frozen mail is of another version of the program: freeze it again")
            )
        return Mould(
            headers=tuple(h.encode("ascii") for h in value["headers"]),
            pieces=tuple(p.encode("ascii") for p in value["pieces"]),
            places=tuple(
                Place(
                    before=base64.b64decode(before), behind=base64.b64decode(behind),
                    breaks=tuple(breaks),
                )
                for before, behind, breaks in value["places"]
            ),
            unsubscribe=value["unsubscribe"],
        )  # fmt: skip


def make_mould(
    letter: Letter, newsletter: Newsletter, *, date: datetime, test: bool = False
) -> Mould:
    """The letter as `newsletter` sends it, dated `date`. Raises Refused for what no mail carries."""
    require_printable(letter.subject)
    content_type, body = _body(letter)
    pieces, places = _split(body)
    unsubscribe = f"{newsletter.base_url}/u/" if newsletter.base_url else ""
    return Mould(
        headers=(*_headers(letter, newsletter, date, test=test), content_type),
        pieces=pieces, places=places, unsubscribe=unsubscribe,
    )  # fmt: skip


def _headers(
    letter: Letter, newsletter: Newsletter, date: datetime, *, test: bool
) -> Iterator[bytes]:
    domain = newsletter.sender.rpartition("@")[2]
    subject = f"{_TEST.get(letter.lang, _TEST['en'])}{letter.subject}" if test else letter.subject
    yield mailbox_field("From", newsletter.imprint(letter.lang).name, newsletter.sender)
    if newsletter.reply_to:
        yield field("Reply-To", newsletter.reply_to)
    yield text_field("Subject", subject)
    yield field("Date", format_datetime(date))
    yield field("MIME-Version", "1.0")
    yield field("List-ID", f"<{newsletter.list}.{domain}>")
    if newsletter.base_url:
        yield field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    yield field("Content-Language", letter.lang)
    # So that absence notices stay away, and nobody mistakes it for a person's mail.
    yield field("Precedence", "bulk")
    yield field("Auto-Submitted", "auto-generated")
    if test:
        yield field("X-Jposocial-Test", "yes")


#: A piece of the body: bytes as they are, or content that is to be encoded.
@dataclass(frozen=True, slots=True)
class _Content:
    octets: bytes


def _body(letter: Letter) -> tuple[bytes, list[bytes | _Content]]:
    """The Content-Type field of the whole, and the body."""
    seed = hashlib.sha256(f"{letter.subject}\0{letter.text}\0{letter.html}".encode()).hexdigest()
    inner, outer = f"=_a{seed[:24]}", f"=_m{seed[24:48]}"
    alternative = [
        *_boundary(inner), *_leaf("text/plain; charset=utf-8", letter.text.encode()),
        *_boundary(inner), *_leaf("text/html; charset=utf-8", letter.html.encode()),
        f"--{inner}--\r\n".encode("ascii"),
    ]  # fmt: skip
    inner_type = f'multipart/alternative; boundary="{inner}"'
    if not letter.attachments:
        return field("Content-Type", inner_type), alternative
    parts: list[bytes | _Content] = [*_boundary(outer), field("Content-Type", inner_type), b"\r\n"]
    parts += alternative
    for attachment in letter.attachments:
        parts += [*_boundary(outer), *_attached(attachment)]
    parts.append(f"--{outer}--\r\n".encode("ascii"))
    return field("Content-Type", f'multipart/mixed; boundary="{outer}"'), parts


def _boundary(name: str) -> list[bytes]:
    return [f"--{name}\r\n".encode("ascii")]


def _leaf(content_type: str, content: bytes) -> list[bytes | _Content]:
    head = field("Content-Type", content_type) + field("Content-Transfer-Encoding", "base64")
    return [head + b"\r\n", _Content(content)]


def _attached(attachment: Attachment) -> list[bytes | _Content]:
    """With its name in RFC 2231, and in RFC 2047 for older readers."""
    require_printable(attachment.name)
    if '"' in attachment.name or "\\" in attachment.name:
        raise Refused(msg("an attachment cannot have this name: {name}", name=attachment.name))
    name = attachment.name
    old = name if name.isascii() else "".join(encoded_words(name)[:1])
    disposition = f"attachment;\r\n filename*=utf-8''{quote(name, safe='')}"
    head = (
        f'Content-Type: {attachment.type};\r\n name="{old}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: {disposition}\r\n\r\n"
    )
    return [head.encode("ascii"), _Content(attachment.content)]


def _split(body: Sequence[bytes | _Content]) -> tuple[tuple[bytes, ...], tuple[Place, ...]]:
    """The body encoded, cut where tokens go."""
    pieces, places = [b""], []
    for part in body:
        for found in [part] if isinstance(part, bytes) else _encoded(part.octets):
            if isinstance(found, Place):
                places.append(found)
                pieces.append(b"")
            else:
                pieces[-1] += found
    return tuple(pieces), tuple(places)


def _encoded(content: bytes) -> Iterator[bytes | Place]:
    """`content` in base64, lines of 76 characters, ended by CRLF; places where marks stand."""
    whole = base64.b64encode(content)
    done = 0
    for mark in re.finditer(re.escape(_MARK), content):
        first = mark.start() - mark.start() % 3
        last = min(-(-mark.end() // 3) * 3, len(content))
        start, end = first // 3 * 4, -(-last // 3) * 4
        if start < done:
            raise Refused(msg("two links to leave stand side by side in the text"))
        yield _lines(whole, done, start)
        breaks = tuple(at - start for at in range(76, len(whole), 76) if start <= at < end)
        yield Place(
            before=content[first : mark.start()], behind=content[mark.end() : last], breaks=breaks
        )
        done = end
    yield _lines(whole, done, len(whole)) + b"\r\n"


def _lines(whole: bytes, start: int, end: int) -> bytes:
    """That stretch of the encoded content, with the line ends before its start and within it."""
    found = b""
    at = start
    while at < end:
        if at and at % 76 == 0:
            found += b"\r\n"
        stop = min(end, at - at % 76 + 76)
        found += whole[at:stop]
        at = stop
    return found


def envelope_sender(newsletter: Newsletter, token: str) -> str:
    """Where a mail that cannot be delivered comes back to: it names its reader (VERP)."""
    if newsletter.bounces is None:
        return newsletter.sender
    local, _, domain = newsletter.bounces.address.rpartition("@")
    return f"{local}+{token}@{domain}"


def message_id(issue: str, key: str, domain: str) -> str:
    """The same for the same issue and reader, whenever it is made."""
    digest = hashlib.sha256(f"{issue}\0{key}".encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"
