"""Addresses: the odd ones of carriers are taken, what is no single address is refused."""

from __future__ import annotations

import pytest

from jposocial.newsletter.addresses import BadAddress, envelope, parse_address


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("Hanako@Example.ORG", "hanako@example.org", "Hanako@example.org"),
        ("  a+b@example.org ", "a+b@example.org", "a+b@example.org"),
        ("mihon..hanako@docomo.example.jp", "mihon..hanako@docomo.example.jp", '"mihon..hanako"@docomo.example.jp'),
        ("mihon.@ezweb.example.jp", "mihon.@ezweb.example.jp", '"mihon."@ezweb.example.jp'),
        ('"mihon."@ezweb.example.jp', "mihon.@ezweb.example.jp", '"mihon."@ezweb.example.jp'),
        ("a@見本.example.jp", "a@xn--8pvz87e.example.jp", "a@xn--8pvz87e.example.jp"),
    ],
)  # fmt: skip
def test_addresses_that_are_taken(text: str, key: str, told: str):
    """The key folds case; the server is told odd names in quotes, and the domain in ASCII."""
    found = parse_address(text)
    assert (key, told) == (found.key, envelope(found.address))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no address"),
        ("hanako", "no mail address"),
        ("a@example.org,b@example.org", "more than one"),
        ("見本 <a@example.org>", "more than one"),
        ("a b@example.org", "more than one"),
        ("見本@example.org", "name of a mailbox"),
        ("a@localhost", "no domain"),
        ("a@-x.example.org", "no domain"),
        ("a@1.2.3.4", "no domain"),
        ("a\u200b@example.org", "control character"),
        ("a@example.org\r\nBcc: b@example.org", "control character"),
        ("x" * 65 + "@example.org", "name of a mailbox"),
    ],
)
def test_what_is_refused(text: str, said: str):
    """With what was found and what to write."""
    with pytest.raises(BadAddress, match=said) as caught:
        parse_address(text)
    assert caught.value.fix


def test_full_width_letters_are_asked_about():
    """The address that was probably meant stands in the fix; it is not taken by itself."""
    with pytest.raises(BadAddress) as caught:
        parse_address("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｏｒｇ")
    assert "hanako@example.org" in caught.value.fix
