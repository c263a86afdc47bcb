"""DKIM signatures (RFC 6376), with RSA and Ed25519 (RFC 8463) side by side.

Headers relaxed, body simple: the body is our own and goes out as it was signed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from jposocial.errors import UsageError
from jposocial.messages import msg

#: What is signed, in this order; both headers of one-click must be (RFC 8058, 4).
SIGNED: Final = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
    "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
)  # fmt: skip

_SPACES: Final = re.compile(rb"[ \t\r\n]+")

#: Gmail and others take no shorter RSA key.
_SHORTEST: Final = 1024


def canonical(header: bytes) -> bytes:
    """The relaxed form of one whole header field (RFC 6376, 3.4.2), without its line end."""
    name, _, value = header.partition(b":")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", value).strip()


class Signer:
    """Signs for one domain. `rsa` and `ed25519` are (selector, private key as PEM)."""

    def __init__(
        self,
        *,
        domain: str,
        rsa: tuple[str, str] | None = None,
        ed25519: tuple[str, str] | None = None,
    ) -> None:
        self.domain = domain
        #: (algorithm, selector, how to sign what).
        self._keys: list[tuple[str, str, Callable[[bytes], bytes]]] = []
        #: Selector → what the DNS must have as `p=`.
        self.public: dict[str, str] = {}
        if rsa:
            self._keys.append(("rsa-sha256", rsa[0], self._rsa(*rsa)))
        if ed25519:
            self._keys.append(("ed25519-sha256", ed25519[0], self._ed25519(*ed25519)))

    def _rsa(self, selector: str, pem: str) -> Callable[[bytes], bytes]:
        key = _loaded(pem, "rsa")
        if not isinstance(key, RSAPrivateKey) or key.key_size < _SHORTEST:
            raise _bad_key("rsa")
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public[selector] = base64.b64encode(public).decode("ascii")
        return lambda signed: key.sign(signed, PKCS1v15(), SHA256())

    def _ed25519(self, selector: str, pem: str) -> Callable[[bytes], bytes]:
        key = _loaded(pem, "ed25519")
        if not isinstance(key, Ed25519PrivateKey):
            raise _bad_key("ed25519")
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public[selector] = base64.b64encode(public).decode("ascii")
        # RFC 8463, 3: what is signed is the digest.
        return lambda signed: key.sign(hashlib.sha256(signed).digest())

    def sign(self, canonical_headers: Mapping[str, bytes], body_hash: bytes) -> bytes:
        """The DKIM-Signature fields. `canonical_headers`: name → its relaxed form."""
        names = [name for name in SIGNED if name in canonical_headers]
        head = b"".join(canonical_headers[name] + b"\r\n" for name in names)
        return b"".join(
            self._field(key, names, head, base64.b64encode(body_hash).decode("ascii"))
            for key in self._keys
        )

    def _field(
        self,
        key: tuple[str, str, Callable[[bytes], bytes]],
        names: Sequence[str],
        head: bytes,
        body_hash: str,
    ) -> bytes:
        algorithm, selector, sign = key
        lines = (
            f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/simple;",
            f" d={self.domain}; s={selector};",
            f" h={':'.join(names[:6])}:",
            f"  {':'.join(names[6:])};" if names[6:] else " ;",
            f" bh={body_hash};",
            " b=",
        )
        unsigned = "\r\n".join(lines).encode("ascii")
        signature = base64.b64encode(sign(head + canonical(unsigned))).decode("ascii")
        folded = "\r\n  ".join(signature[i : i + 72] for i in range(0, len(signature), 72))
        return unsigned + folded.encode("ascii") + b"\r\n"


def _loaded(pem: str, name: str) -> object:
    try:
        return load_pem_private_key(pem.encode("ascii"), password=None)
    except (ValueError, TypeError, UnicodeEncodeError):
        raise _bad_key(name) from None


def _bad_key(name: str) -> UsageError:
    return UsageError(
        msg(
            "the DKIM key '{name}' is no private {name} key in PEM without a password (RSA: {shortest} bits at least)",
            name=name,
            shortest=_SHORTEST,
        )
    )
