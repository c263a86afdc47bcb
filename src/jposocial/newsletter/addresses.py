"""Mail addresses as subscribers give them, the odd ones of Japanese carriers included.

docomo and au gave out addresses with two dots in a row or a dot before the @. RFC 5321 has them in
quotes only, and the standard library drops the quotes: they are put on again for the envelope.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import idna

from jposocial.messages import Message, msg

#: RFC 5321, 4.5.3.1.
_LONGEST_LOCAL: Final = 64
_LONGEST: Final = 254

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_ODD: Final = re.compile(r"^\.|\.\.|\.$")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """`address` as it is kept, `key` as it is compared, `domain` in ASCII."""

    address: str
    key: str
    domain: str


class BadAddress(ValueError):
    """Not one address; `message` says what was found, `fix` what to write."""

    def __init__(self, message: Message, fix: Message) -> None:
        super().__init__(str(message))
        self.message, self.fix = message, fix


def parse_address(text: str) -> Address:
    """The address in `text`, without a name. Raises BadAddress."""
    found = text.strip()
    if not found:
        raise BadAddress(msg("there is no address"), msg("write name@example.org"))
    _refuse_signs(found)
    local, at, domain = found.rpartition("@")
    if not (at and local and domain):
        raise BadAddress(msg("this is no mail address"), msg("write name@example.org"))
    local = _local(local)
    domain = _domain(domain)
    if len(local) + 1 + len(domain) > _LONGEST:
        raise BadAddress(
            msg("the address is longer than any mail server takes"), msg("ask for it again")
        )
    return Address(
        address=f"{local}@{domain}",
        key=f"{unicodedata.normalize('NFKC', local).casefold()}@{domain}",
        domain=domain,
    )


def _refuse_signs(text: str) -> None:
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text):
        raise BadAddress(
            msg("there is a control character in it"), msg("type the address anew, by hand")
        )
    folded = unicodedata.normalize("NFKC", text)
    if folded != text and folded.isascii():
        raise BadAddress(
            msg("it has full-width letters"), msg("is it meant so: {address}", address=folded)
        )
    if re.search(r"[,;<>()\s]", text):
        raise BadAddress(
            msg("it is more than one bare address"),
            msg("one address, without a name, a comma or a space"),
        )


def _local(local: str) -> str:
    bare = local[1:-1] if len(local) > 2 and local[0] == local[-1] == '"' else local
    if not _LOCAL.fullmatch(bare) or len(bare) > _LONGEST_LOCAL:
        raise BadAddress(
            msg("what stands before the @ is no name of a mailbox"),
            msg("Latin letters, digits and signs only"),
        )
    return bare


def _domain(domain: str) -> str:
    try:
        found = idna.encode(domain.lower(), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        found = ""
    labels = found.split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise BadAddress(
            msg("what stands behind the @ is no domain"), msg("write name@example.org")
        )
    return found


def envelope(address: str) -> str:
    """The address as the mail server is told it: an odd name of a mailbox in quotes."""
    local, _, domain = address.rpartition("@")
    return f'"{local}"@{domain}' if _ODD.search(local) else address
