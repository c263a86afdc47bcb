"""Every mail is read back by another program than wrote it, before an issue may be sent."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Final

from jposocial.messages import Message, msg
from jposocial.newsletter.letter import TOKEN_MARK, Letter, Reader
from jposocial.newsletters import Newsletter

#: RFC 5322, 2.1.1, in octets without the line end.
_LONGEST_LINE: Final = 998

#: Lines of base64 behind the head of a part.
_ENCODED: Final = re.compile(rb"\r\n\r\n((?:[A-Za-z0-9+/=]+\r\n)+)")

_BODY_HASH: Final = re.compile(rb"\bbh=([A-Za-z0-9+/=]+);")


def read_back(raw: bytes, letter: Letter, reader: Reader, newsletter: Newsletter) -> list[Message]:
    """What the standard library's parser reads otherwise than it was meant; empty: nothing."""
    return list(_differences(raw, letter, reader, newsletter))


class ReadBack:
    """Reads back every mail of one letter: the first as a whole, the others where they may differ.

    Parsing a whole mail takes as long as building a hundred; what is the same in all was parsed
    with the first.
    """

    def __init__(self, letter: Letter, newsletter: Newsletter) -> None:
        self._letter, self._newsletter = letter, newsletter
        self._parts: list[bytes] = []

    def differences(self, raw: bytes, reader: Reader) -> list[Message]:
        """As `read_back`."""
        if not self._parts:
            found = read_back(raw, self._letter, reader, self._newsletter)
            self._parts = [] if found else _with_mark(raw, reader)
            return found
        return list(self._personal(raw, reader))

    def _personal(self, raw: bytes, reader: Reader) -> Iterator[Message]:
        head = message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        for name, wanted in _heads(self._letter, reader, self._newsletter).items():
            found = [_unfolded(str(value)) for value in head.get_all(name, [])]
            if name != "Subject" and found != [_unfolded(wanted)]:
                yield msg("the header {name} reads otherwise than it was written", name=name)
        if _mailboxes(raw) != [(reader.name, reader.address)]:
            yield msg("the header {name} reads otherwise than it was written", name="To")
        if _with_mark(raw, reader) != self._parts:
            yield msg("a part of the mail reads otherwise than it was written")


def _with_mark(raw: bytes, reader: Reader) -> list[bytes]:
    """The contents of the parts, with the mark again where the reader's token stands."""
    token, mark = reader.token.encode("ascii"), TOKEN_MARK.encode("ascii")
    return [
        base64.b64decode(found).replace(token, mark)
        for found in _ENCODED.findall(raw.partition(b"\r\n\r\n")[2])
    ]


def _differences(
    raw: bytes, letter: Letter, reader: Reader, newsletter: Newsletter
) -> Iterator[Message]:
    if any(len(line) > _LONGEST_LINE for line in raw.split(b"\r\n")):
        yield msg("a line of the mail is too long")
    if re.search(rb"(?<!\r)\n|\r(?!\n)|[^\x00-\x7f]|\0", raw):
        yield msg("there is a character in the mail that no mail carries")
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    if mail.defects:
        yield msg("the mail cannot be parsed")
        return
    for name, wanted in _heads(letter, reader, newsletter).items():
        found = mail.get_all(name, [])
        if [_unfolded(str(value)) for value in found] != [_unfolded(wanted)]:
            yield msg("the header {name} reads otherwise than it was written", name=name)
    yield from _bodies(mail, raw, letter, reader)
    yield from _hashes(raw)
    for name in ("Cc", "Bcc"):
        if name in mail:
            yield msg("there is a header {name}", name=name)


def _heads(letter: Letter, reader: Reader, newsletter: Newsletter) -> dict[str, str]:
    found = {"Subject": letter.subject, "Message-ID": reader.message_id}
    if newsletter.base_url:
        found["List-Unsubscribe"] = f"<{newsletter.base_url}/u/{reader.token}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _unfolded(text: str) -> str:
    return re.sub(r"[ \r\n\t]+", " ", text).strip()


def _mailboxes(raw: bytes) -> list[tuple[str, str]]:
    """Names and addresses in To; by the older parser: the newer one puts a space between two
    encoded words of a name."""
    head = message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    values = [str(v).replace("\r\n", "") for v in head.get_all("To", [])]
    return [
        (str(make_header(decode_header(name))), address.replace('"', ""))
        for name, address in getaddresses(values)
    ]


def _bodies(mail: EmailMessage, raw: bytes, letter: Letter, reader: Reader) -> Iterator[Message]:
    if _mailboxes(raw) != [(reader.name, reader.address)]:
        yield msg("the header {name} reads otherwise than it was written", name="To")
    wanted = {"text/plain": letter.text, "text/html": letter.html}
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    for part, (kind, text) in zip(leaves, wanted.items(), strict=False):
        if part.get_content_type() != kind or part.get_content() != text.replace(
            TOKEN_MARK, reader.token
        ):
            yield msg("the part {kind} reads otherwise than it was written", kind=kind)
    rest = [(part.get_filename(), part.get_payload(decode=True)) for part in leaves[len(wanted) :]]
    if rest != [(a.name, a.content) for a in letter.attachments]:
        yield msg("an attachment reads otherwise than it was written")


def _hashes(raw: bytes) -> Iterator[Message]:
    """Whether each signature is one of this very body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    wanted = base64.b64encode(hashlib.sha256(body).digest())
    if any(found != wanted for found in _BODY_HASH.findall(head)):
        yield msg("a signature is not one of this mail")
