"""`[notify]`: every way to write it, and every mistake with its line."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.errors import ConfigError
from jposocial.notify_values import Notify
from jposocial.settings import parse_settings
from jposocial.values import is_printable, printable

LEAST = '[notify]\nto = "desk@example.org"\nsmtp = "127.0.0.1:2525"\n'


def read(text: str) -> Notify:
    found = parse_settings(text).notify
    assert found is not None
    return found


def wrong(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text)
    return list(caught.value.messages)


def test_the_least() -> None:
    """One address and a server; the rest has its default."""
    assert Notify(
        to=("desk@example.org",),
        sender="desk@example.org",
        host="127.0.0.1",
        port=2525,
        tls="none",
        evening=time(17, 0),
        stopped=timedelta(minutes=15),
        timeout=timedelta(seconds=20),
    ) == read(LEAST)


def test_nothing_written() -> None:
    """Without the section nobody is mailed."""
    assert parse_settings("").notify is None


def test_everything_written() -> None:
    """Each key, with the server as a table."""
    text = """
[notify]
to = ["desk@example.org", "head@example.org", "desk@example.org"]
from = "jposocial@example.org"
user = "jposocial"
evening = ""
stopped = 0
timeout = "5s"
[notify.smtp]
host = "mail.example.org"
port = 2525
tls = "starttls"
[notify.secrets]
password = "cred:smtp"
"""
    assert Notify(
        to=("desk@example.org", "head@example.org"),
        sender="jposocial@example.org",
        host="mail.example.org",
        port=2525,
        tls="starttls",
        user="jposocial",
        password="cred:smtp",
        evening=None,
        stopped=timedelta(),
        timeout=timedelta(seconds=5),
    ) == read(text)


@pytest.mark.parametrize(
    ("smtp", "server"),
    [
        ('"mail.example.org"', ("mail.example.org", 25, "none")),
        ('"mail.example.org:587"', ("mail.example.org", 587, "starttls")),
        ('"mail.example.org:465"', ("mail.example.org", 465, "tls")),
        ('"smtp://mail.example.org"', ("mail.example.org", 25, "none")),
        ('"smtps://mail.example.org"', ("mail.example.org", 465, "tls")),
        ('"smtps://mail.example.org:2465/"', ("mail.example.org", 2465, "tls")),
        ('"smtp+starttls://mail.example.org"', ("mail.example.org", 587, "starttls")),
        ('"mail.example.org:25"\ntls = "starttls"', ("mail.example.org", 25, "starttls")),
        ('"[::1]:2525"', ("::1", 2525, "none")),
        ('{ host = "mail.example.org", tls = "tls" }', ("mail.example.org", 465, "tls")),
        ('{ host = "mail.example.org", port = 587 }', ("mail.example.org", 587, "starttls")),
    ],
)
def test_the_server(smtp: str, server: tuple[str, int, str]) -> None:
    """Host and port, an address, or a table; what is not said is what the port is known for."""
    found = read(f'[notify]\nto = "desk@example.org"\nsmtp = {smtp}\n')
    assert server == (found.host, found.port, found.tls)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[notify]\n", "1: notify: 'to' is missing"),
        ("[notify]\n", "1: notify: 'smtp' is missing"),
        (LEAST + 'form = "a@example.org"', "4: notify.form: unknown key — did you mean 'from'?"),
        (LEAST.replace('"desk', '"Desk <desk'), "2: notify.to: 'Desk <desk@example.org' is no mail"),
        (LEAST.replace("desk@", "desk\\r\\nBcc: x@"), "2: notify.to: 'desk??Bcc: x@example.org' is"),
        (LEAST.replace('"desk@example.org"', "[]"), "2: notify.to: must not be empty"),
        (LEAST.replace(":2525", ":0"), "3: notify.smtp: '0' is no port"),
        (LEAST.replace("127.0.0.1", "http://a"), "3: notify.smtp: 'http://a:2525' is no mail server"),
        (LEAST + "[notify.smtp]\nhsot = 1", "not valid TOML"),
        ('[notify]\nto = "a@b.jp"\n[notify.smtp]\nhsot = "a"', "4: notify.smtp.hsot: unknown key"),
        ('[notify]\nto = "a@b.jp"\n[notify.smtp]\nhost = "a:25"', "4: notify.smtp.host: 'a:25' is no"),
        (LEAST + 'evening = "25:00"', "4: notify.evening: '25:00' is not a time of day"),
        (LEAST + 'user = "a"', "1: notify: a user and a password belong together"),
        (LEAST + 'secrets = { password = "hunter2" }', "4: notify.secrets.password: a secret is never"),
        (
            LEAST.replace("127.0.0.1", "mail.example.org")
            + 'user = "a"\nsecrets = { password = "cred:a" }',
            "1: notify: the password would cross the network in the clear",
        ),
        (LEAST + 'user = "a\\u0007"\nsecrets = { password = "cred:a" }', "notify.user: must be one line"),
        ('[workspace]\nname = "a\\nBcc: b"', "2: workspace.name: must be one line"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_line(text: str, said: str) -> None:
    """And how to write it; no secret is repeated."""
    found = wrong(text)
    assert any(said in message for message in found), found
    assert not any("hunter2" in message for message in found)


@given(st.text())
def test_what_is_printable_is_one_line(text: str) -> None:
    """Python's own idea of a line's end is covered, and what is replaced is harmless."""
    assert is_printable(printable(text))
    if is_printable(text):
        assert len(text.splitlines()) <= 1
        assert text == printable(text)
