"""One mail to one person, over real SMTP; whatever the server does, it ends in its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.notify import post_office
from tests.notify.post_office import PostOffice, bad_server, free_port, open_office

from jposocial.notify.mail import Mail, NotMailed, Server, composed, hand_over

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def mail(
    to: str = "desk@example.org", *, key: str = "failed:1:1", subject: str = "お知らせ"
) -> Mail:
    return Mail(
        sender="office@example.org", to=to, subject=subject, body="本文です。\n.\n終わり\n", key=key
    )


def server(port: int, *, timeout: float = 10, host: str = "127.0.0.1", **values: str) -> Server:
    return Server(host=host, port=port, timeout=timeout, **{"tls": "none", **values})


def send(where: Server, *mails: Mail) -> list[str]:
    """Who was mailed."""
    taken: list[str] = []
    hand_over(where, mails or [mail()], NOW, lambda one: taken.append(one.to))
    return taken


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as office:
        yield office


def test_a_mail_arrives_as_it_was_written(office: PostOffice) -> None:
    """Subject, text and the single dot; one recipient an envelope, no Cc, no Bcc."""
    assert ["a@example.org", "b@example.org"] == send(
        server(office.port), mail("a@example.org"), mail("b@example.org")
    )
    assert [["a@example.org"], ["b@example.org"]] == [one.to for one in office.taken]
    (first, _) = office.taken
    assert ("お知らせ", "本文です。\n.\n終わり\n") == (
        first.subject,
        first.text.replace("\r\n", "\n"),
    )
    assert ("office@example.org", "office@example.org", "a@example.org") == (
        first.sender,
        first.mail["From"],
        first.mail["To"],
    )
    assert "auto-generated" == first.mail["Auto-Submitted"]
    assert NOW == first.mail["Date"].datetime
    assert (None, None) == (first.mail["Cc"], first.mail["Bcc"])


def test_the_same_mail_has_the_same_id() -> None:
    """Should it be sent twice, it can be known; another cause or recipient has another id."""
    ids = [
        composed(one, NOW)["Message-ID"]
        for one in (mail(), mail(), mail(key="failed:2:1"), mail("other@example.org"))
    ]
    assert ids[0] == ids[1]
    assert 3 == len(set(ids))


@pytest.mark.parametrize(
    "sign", ["\r", "\n", "\0", "\x07", "\x85", "\u2028", "\x7f"], ids=lambda sign: f"{ord(sign):x}"
)
@pytest.mark.parametrize("where", ["subject", "to", "sender"])
def test_a_control_character_in_the_head_is_refused(where: str, sign: str) -> None:
    """Whatever it would do there, it is not written."""
    values = {
        "sender": "o@example.org",
        "to": "d@example.org",
        "subject": "s",
        where: f"a{sign}Bcc: x",
    }
    with pytest.raises(ValueError, match="control character"):
        composed(Mail(**values, body="", key=""), NOW)


def test_one_that_is_refused_keeps_no_other_back(office: PostOffice) -> None:
    """The others get theirs; the failure is told by a word and a number, not by the answer."""
    office.refuse["gone@example.org"] = "550 5.1.1 secret words of the server"
    taken: list[str] = []
    mails = [mail("gone@example.org"), mail("here@example.org")]
    with pytest.raises(NotMailed) as caught:
        hand_over(server(office.port), mails, NOW, lambda one: taken.append(one.to))
    assert ["here@example.org"] == taken
    assert "SMTPRecipientsRefused 550" == caught.value.reason


def test_a_mail_that_is_not_taken_is_not_told(office: PostOffice) -> None:
    """A full mailbox, a disk, a filter: 4xx or 5xx after the text."""
    office.data = "452 4.3.1 no room"
    with pytest.raises(NotMailed, match="452"):
        send(server(office.port))
    assert [] == office.taken


def test_nobody_is_there() -> None:
    """The port is closed."""
    with pytest.raises(NotMailed) as caught:
        send(server(free_port()))
    assert "ConnectionRefusedError" == caught.value.reason


@pytest.mark.parametrize(
    "behave",
    [post_office.silent, post_office.dripping, post_office.silent_after_data],
    ids=lambda behave: behave.__name__,
)
def test_a_server_that_never_answers_is_left(behave: Callable[..., None]) -> None:
    """Within the time for one mail, though a byte comes now and then."""
    with bad_server(behave) as port:
        begun = time.monotonic()
        with pytest.raises(NotMailed) as caught:
            send(server(port, timeout=0.5))
        assert time.monotonic() - begun < 5
    assert "TimeoutError" == caught.value.reason


def test_a_server_that_hangs_up_is_told(office: PostOffice) -> None:
    """It is a failure like another."""
    with bad_server(post_office.hanging_up) as port, pytest.raises(NotMailed):
        send(server(port))
    assert [] == office.taken


def test_starttls_and_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is encrypted before the password goes over it; a wrong one is not taken."""
    context, trusted = post_office.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with open_office(
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=post_office.authenticator("desk", "canary-password"),
    ) as office:
        known = {"host": "localhost", "tls": "starttls", "user": "desk"}
        send(server(office.port, password="canary-password", **known))
        assert [True] == [one.tls for one in office.taken]
        with pytest.raises(NotMailed) as caught:
            send(server(office.port, password="wrong", **known))
    assert "SMTPAuthenticationError 535" == caught.value.reason


def test_a_certificate_that_nobody_trusts_gets_nothing(tmp_path: Path) -> None:
    """Not even a greeting: the line is closed."""
    context, _ = post_office.certificate(tmp_path)
    with open_office(ssl_context=context, server_hostname="localhost") as office:
        with pytest.raises(NotMailed, match="SSLCertVerificationError"):
            send(server(office.port, host="localhost", tls="tls"))
        assert [] == office.taken


def test_tls_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at port 465."""
    context, trusted = post_office.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with open_office(ssl_context=context) as office:
        send(server(office.port, host="localhost", tls="tls"))
        assert 1 == len(office.taken)
