"""Rounds of one process: patience, pauses, and a memory for when the disk is full."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, Office, opened
from tests.notify.post_office import PostOffice, bad_server, free_port, open_office
from tests.notify.test_alarms import in_doubt, notifying, refused

from jposocial.app import open_workspace
from jposocial.errors import StoreError
from jposocial.locks import exclusive
from jposocial.messages import msg
from jposocial.notifying import Notifier
from jposocial.outbox import alarms

MINUTE = timedelta(minutes=1)


@pytest.fixture
def mail() -> Iterator[PostOffice]:
    with open_office() as office:
        yield office


@pytest.fixture
def office(tmp_path: Path, mail: PostOffice, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Its `publish` mails nobody: the port is that of no server."""
    with opened(tmp_path, monkeypatch) as office:
        notifying(office, free_port())
        yield office


def notifier(office: Office, mail: PostOffice) -> Notifier:
    notifying(office, mail.port)
    return Notifier(workspace=open_workspace(office.root))


def test_what_the_next_look_may_settle_waits_for_it(office: Office, mail: PostOffice) -> None:
    """A long-running process is patient; what is still in doubt then is told."""
    in_doubt(office)
    found = notifier(office, mail)
    assert (0, 0) == (found.round(MINUTE).mailed, found.round(MINUTE).left)
    office.clock.move(seconds=60)
    assert 1 == found.round(MINUTE).mailed


def test_what_was_looked_for_in_vain_is_told_at_once(office: Office, mail: PostOffice) -> None:
    """Patience is for the first look only."""
    office.promise("x")
    office.clock.now = DUE
    office.misbehave("reset_before", method="POST")
    assert 1 == len(office.publish()[1]["unconfirmed"])
    office.clock.move(seconds=1)
    office.publish()
    assert "delivery.looked_for" in office.events()
    assert 1 == notifier(office, mail).round(timedelta(hours=1)).mailed


def test_after_failures_the_pause_grows(office: Office, mail: PostOffice) -> None:
    """The next round tries at once, then ever later, at most five minutes; a success ends it."""
    refused(office)
    notifying(office, free_port())
    found = Notifier(workspace=open_workspace(office.root))
    tries = [
        second
        for second in range(2000)
        if found.round_unless_pausing(float(second), timedelta()).reason
    ]
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    assert [1, 4, 8, 16, 32, 64, 128, 256, 300, 300] == pauses[:10]
    found.workspace = open_workspace(notified(office, mail))
    assert 1 == found.round_unless_pausing(5000.0, timedelta()).mailed


def notified(office: Office, mail: PostOffice) -> Path:
    notifying(office, mail.port)
    return office.root


def test_while_another_process_mails_this_one_does_not(office: Office, mail: PostOffice) -> None:
    """Both would say the same."""
    refused(office)
    found = notifier(office, mail)
    with exclusive(office.root / "var" / "notify.lock", wait=False):
        assert 0 == found.round().mailed
    assert 1 == found.round().mailed


def test_a_full_disk_makes_no_flood(
    office: Office, mail: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be remembered in the database is remembered by the process, then written."""
    refused(office)
    found, told = notifier(office, mail), []
    found.hear = lambda event, about: told.append(event)

    def full(*_: object, **__: object) -> None:
        raise StoreError(msg("the disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(alarms, "tell", full)
        assert [1, 0, 0] == [found.round().mailed for _ in range(3)]
    assert 1 == len(mail.taken)
    assert ["alarm.mailed", "notify.not_recorded"] == told


KILLED = """
import os, signal, sys
from jposocial.cli import main
from jposocial.outbox import alarms
alarms.tell = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
main(["notify"])
"""


def test_killed_before_it_was_remembered_it_is_the_same_mail(
    office: Office, mail: PostOffice
) -> None:
    """An alarm rather comes twice than never; both have one Message-ID, so readers show one."""
    refused(office)
    notifying(office, mail.port, stopped="0")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=office.root, check=False, timeout=60
    )
    assert -9 == killed.returncode
    assert 0 == office.cli("notify").code
    assert 0 == office.cli("notify").code
    first, second = mail.taken
    assert first.mail["Message-ID"] == second.mail["Message-ID"]


def test_no_password_is_ever_written(office: Office, tmp_path: Path) -> None:
    """Not by a server that repeats it, not by `config`, not in the record or the database."""
    canary = "canary-5up3rs3cret"
    secret = tmp_path / "secret"
    secret.write_text(canary)
    secret.chmod(0o600)
    seen: list[bytes] = []

    def repeating(connection: object, _ended: object) -> None:
        connection.sendall(b"220 here\r\n")  # type: ignore[attr-defined]
        for line in connection.makefile("rb"):  # type: ignore[attr-defined]
            seen.append(line)
            answer = b"250-here\r\n250 AUTH PLAIN\r\n"
            if line.startswith(b"AUTH"):
                answer = f"535 no, {canary} is wrong\r\n".encode()
            connection.sendall(answer)  # type: ignore[attr-defined]

    with bad_server(repeating) as port:
        notifying(office, port, user="desk", secrets={"password": f"file:{secret}"})
        refused(office)
        said = [office.cli(*words) for words in (["notify"], ["publish"], ["config"], ["queue"])]
    assert any(line.startswith(b"AUTH PLAIN ") for line in seen), "it was really used"
    assert not [ran for ran in said if canary in ran.out + ran.err]
    assert not [
        p
        for p in (office.root / "var").iterdir()
        if p.is_file() and canary.encode() in p.read_bytes()
    ]


def test_a_mail_is_seven_bits_and_short_lines(office: Office, mail: PostOffice) -> None:
    """Whatever relay it meets: base64, and no line over 998 (RFC 5322)."""
    from datetime import UTC, datetime

    from jposocial.notify.mail import Mail, composed

    long = "長い行" * 1000
    content = composed(
        Mail(sender="a@example.org", to="b@example.org", subject=long, body=long, key="k"),
        datetime(2026, 12, 1, tzinfo=UTC),
    ).as_bytes()
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert long == message_from_bytes(content).get_payload(decode=True).decode().strip()
