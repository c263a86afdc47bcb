"""Signatures, held against another implementation of DKIM."""

from __future__ import annotations

import time

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.newsletter.test_mould import DATE, LETTER, NEWSLETTER, READER

from jposocial.errors import UsageError
from jposocial.newsletter.dkim import Signer
from jposocial.newsletter.mould import make_mould
from jposocial.newsletter.verify import read_back


def pem(key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()  # fmt: skip


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(
        domain="example.go.jp",
        rsa=("r1", pem(rsa.generate_private_key(65537, 2048))),
        ed25519=("e1", pem(ed25519.Ed25519PrivateKey.generate())),
    )


def answers(signer: Signer):
    kinds = {"r1": "rsa", "e1": "ed25519"}

    def txt(name, timeout=5):
        selector = name.decode().split(".")[0]
        return f"v=DKIM1; k={kinds[selector]}; p={signer.public[selector]}".encode()

    return txt


@pytest.mark.parametrize("which", [0, 1], ids=["rsa", "ed25519"])
def test_another_implementation_agrees(signer: Signer, which: int):
    """Both signatures of a filled mail verify, whatever the reader."""
    raw = make_mould(LETTER, NEWSLETTER, date=DATE).fill(READER, signer)
    assert 2 == raw.count(b"DKIM-Signature:")
    assert [] == read_back(raw, LETTER, READER, NEWSLETTER)
    assert dkim.DKIM(raw).verify(idx=which, dnsfunc=answers(signer))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=One-Clock", id="one-click"),
        pytest.param(b"\r\nTo: ", b"\r\nTo: x", id="recipient"),
        pytest.param(b"--\r\n", b"--\r\n\r\nmore", id="body"),
    ],
)
def test_a_change_breaks_the_signature(signer: Signer, before: bytes, after: bytes):
    """Both headers of one-click, the recipient and the body are signed."""
    raw = make_mould(LETTER, NEWSLETTER, date=DATE).fill(READER, signer)
    changed = raw[::-1].replace(before[::-1], after[::-1], 1)[::-1]
    assert changed != raw
    assert not dkim.verify(changed, dnsfunc=answers(signer))


@pytest.mark.parametrize(
    "key", ["no key", pem(ec.generate_private_key(ec.SECP256R1()))], ids=["text", "another kind"]
)
def test_a_key_of_no_use_is_refused(key: str):
    """With what is wanted, and nothing of the key."""
    with pytest.raises(UsageError, match="DKIM key 'rsa'") as caught:
        Signer(domain="example.go.jp", rsa=("r1", key))
    assert key not in str(caught.value)


def test_filling_is_quick(signer: Signer):
    """A mail of 46 KB is filled in under a millisecond: it was built once."""
    from dataclasses import replace

    mould = make_mould(replace(LETTER, html=LETTER.html * 8), NEWSLETTER, date=DATE)
    began = time.perf_counter()
    for _ in range(200):
        mould.fill(READER)
    assert (time.perf_counter() - began) / 200 < 0.001
