"""`run`: real processes on the real clock, what they publish, say, and how they end."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.dispatch.misfortunes import CANARY, FAILING, HOUR
from tests.dispatch.office import POST, TOKYO, Office, opened
from tests.dispatch.service import PATIENCE, Service, serving
from tests.notify.post_office import bad_server, open_office, silent
from tests.test_crashes import due_now, later
from tests.workspace import run_cli, run_program

from jposocial.publishers.credentials import sandbox_secret
from jposocial.store.engine import SCHEMA
from jposocial.store.tables import instant_text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def outcomes(service: Service) -> list[tuple[object, ...]]:
    """What became of deliveries, in order."""
    names = ("delivery", "post", "account", "outcome")
    return [tuple(event.get(n) for n in names) for event in service.events("delivery")]


def last_beat(office: Office) -> datetime | None:
    """When the last beat was completed; None before the first."""
    path = office.root / "var" / "jposocial.db"
    if not path.is_file():
        return None
    database = sqlite3.connect(path)
    try:
        row = database.execute("SELECT value FROM meta WHERE name = 'beat'").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        database.close()
    return datetime.fromisoformat(row[0]) if row else None


def beaten(office: Office, service: Service, times: int = 1) -> None:
    """Wait for so many more beats."""
    for _ in range(times):
        before = last_beat(office)
        service.until(lambda before=before: last_beat(office) not in (None, before))


def test_it_publishes_what_falls_due(office: Office) -> None:
    """What is due when it starts, and what is written and approved while it runs."""
    first = due_now(office, "x", id="2026-12-first")
    with serving(office.root) as service:
        service.until(lambda: outcomes(service) == [(first, "2026-12-first", "x", "published")])
        second = due_now(office, "facebook", id="2026-12-second", text="二つ目")
        service.until(lambda: len(outcomes(service)) == 2)
        assert (second, "2026-12-second", "facebook", "published") == outcomes(service)[1]
        service.send(signal.SIGTERM)
        assert 0 == service.ended()
    assert (1, 1) == (len(office.texts("x")), len(office.texts("facebook")))
    # The test has written the configuration anew.
    assert service.events("run.reopened")
    assert [] == service.events("beat.failed", "library.logged", "thread.failed")


@pytest.mark.parametrize(
    ("ended_by", "code"),
    [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)],
    ids=["SIGTERM", "SIGHUP", "Ctrl-C"],
)
def test_it_ends_when_it_is_told_to(ended_by: signal.Signals, code: int, office: Office) -> None:
    """With the documented code; the lock is free again and the last beat stays."""
    with serving(office.root) as service:
        beaten(office, service)
        service.send(ended_by)
        assert code == service.ended()
    # On a busy machine a beat may be late.
    told = [e["event"] for e in service.events() if e["event"] != "beat.late"]
    assert ["run.started", "run.ending", "run.ended"] == told
    assert 0 == office.cli("publish").code


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_what_is_in_flight_is_finished(ended_by: signal.Signals, office: Office) -> None:
    """The platform is silent until the request's time is over: its outcome is still recorded."""
    delivery = due_now(office, "x", timeout="3s")
    office.misbehave("hang_after", method="POST")
    with serving(office.root) as service:
        service.until(lambda: office.asked(POST["x"]))
        assert "publishing" == office.status(delivery)
        service.send(ended_by)
        assert (0 if ended_by == signal.SIGTERM else 130) == service.ended()
    assert [(delivery, "2026-12-hello", "x", "unconfirmed")] == outcomes(service)
    assert ("unconfirmed", 1) == (office.status(delivery), len(office.texts("x")))


def test_one_publishes_at_a_time(office: Office) -> None:
    """A second `run` or `publish` ends with 3 and sends nothing; other commands do not wait."""
    with serving(office.root) as service:
        beaten(office, service)
        for command in ("run", "publish"):
            ran = run_program([command], office.root)
            assert (3, "") == (ran.code, ran.out)
            assert str(service.process.pid) in ran.err
        assert 0 == office.cli("hold", "--all", "--reason", "drill").code
        found = office.json("status")
        assert ["all"] == [hold["scope"] for hold in found["holds"]]
        beaten(office, service)


def test_killed_in_flight_the_next_one_finds_it(office: Office) -> None:
    """It is looked for and never sent twice."""
    delivery = due_now(office, "x")
    office.misbehave("hang_after", method="POST")
    with serving(office.root) as service:
        service.until(lambda: office.asked(POST["x"]) and office.texts("x"))
    later(office)
    assert "publishing" == office.status(delivery)
    with serving(office.root) as service:
        service.until(lambda: "published" in [o[-1] for o in outcomes(service)])
    assert ("published", 1) == (office.status(delivery), office.asked(POST["x"]))
    assert ["unconfirmed", "published"] == [o[-1] for o in outcomes(service)]


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_has_no_text_and_no_secret(form: str, office: Office) -> None:
    """Not even where the platform repeats both in what it answers, or a file has a mistake."""
    text, secret = "カナリアの本文です。", sandbox_secret("x", "access_token")
    delivery = due_now(office, "x", text=text, title="カナリアの題名")
    answer = json.dumps({"detail": f"{text} {secret}", "title": text}, ensure_ascii=False)
    office.misbehave("status", status=400, method="POST", body=answer)
    broken = office.root / "posts" / "notices" / "2026-12-broken.md"
    broken.write_text("---\nid: 2026-12-broken\nkind: カナリア\n---\nカナリア\n", encoding="utf-8")
    with serving(office.root, form=form) as service:
        service.until(lambda: [s for s in service.lines if "2026-12-broken.md" in s])
        service.until(lambda: [s for s in service.lines if "delivery.detail" in s])
        service.send(signal.SIGTERM)
        assert 0 == service.ended()
    written = "".join(service.lines)
    assert "failed" == office.status(delivery)
    assert [] == [word for word in ("カナリア", secret, "Bearer", "OAuth") if word in written]
    assert text in office.cli("queue").out, "the platform did repeat it"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "1 2026-12-hello on x: published"), ("ja", "1 2026-12-hello（x）: 投稿済み")],
)
def test_people_read_a_line_an_event(language: str, said: str, office: Office) -> None:
    """Time, event, and what it is about, in their language."""
    due_now(office, "x")
    with serving(office.root, "--lang", language, form="text") as service:
        service.until(lambda: len(service.lines) > 1)
        service.send(signal.SIGTERM)
        assert 0 == service.ended()
    instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00"
    assert [] == [s for s in service.lines if not re.match(rf"{instant} [a-z_.]+ \S", s)]
    assert [] != [s for s in service.lines if s.endswith(f" delivery {said}\n")]


def test_a_beat_that_fails_does_not_end_it(office: Office) -> None:
    """Each is told and counted, without its words; then the post goes out."""
    delivery = due_now(office, "x")
    with serving(office.root, misfortune="beats fail") as service:
        service.until(lambda: outcomes(service))
    assert [(delivery, "2026-12-hello", "x", "published")] == outcomes(service)
    failures = [(e["failures"], e["error"]) for e in service.events("beat.failed")]
    assert [(n + 1, "RuntimeError") for n in range(FAILING)] == failures
    assert CANARY not in "".join(service.lines)


@pytest.mark.parametrize(
    ("misfortune", "seconds"), [("clock set back", -HOUR), ("clock put forward", HOUR)]
)
def test_a_clock_that_is_set_does_not_silence_it(
    misfortune: str, seconds: float, office: Office
) -> None:
    """APScheduler alone would sleep for an hour after the clock was set back by one."""
    with serving(office.root, misfortune=misfortune) as service:
        service.until(lambda: service.events("clock.jumped"))
        beaten(office, service, times=3)
    (told,) = service.events("clock.jumped")
    assert abs(told["seconds"] - seconds) < 30
    assert [] == service.events("beat.failed")


@pytest.mark.parametrize("version", ["0001", "9999"], ids=["older", "newer"])
def test_a_database_of_another_version_ends_it(version: str, office: Office) -> None:
    """Exit 2, as at the start, and nothing goes out any more."""
    with serving(office.root) as service:
        beaten(office, service)
        with sqlite3.connect(office.root / "var" / "jposocial.db") as database:
            database.execute("UPDATE alembic_version SET version_num = ?", (version,))
        database.close()
        assert 2 == service.ended()
    assert SCHEMA in service.lines[-1]
    assert version in service.lines[-1]


def test_a_database_that_has_gone_is_not_made_anew(office: Office) -> None:
    """It knows what went out: an empty one in its place would not."""
    with serving(office.root, "--lang", "en") as service:
        beaten(office, service)
        for path in (office.root / "var").glob("jposocial.db*"):
            path.unlink()
        assert 2 == service.ended()
    assert "has gone" in service.lines[-1]
    assert not (office.root / "var" / "jposocial.db").exists()


def test_a_configuration_that_is_wrong_ends_it(office: Office) -> None:
    """Exit 2 with what is wrong; a service starts it again until it is mended."""
    with serving(office.root) as service:
        beaten(office, service)
        path = office.root / "jposocial.toml"
        path.write_text(path.read_text(encoding="utf-8") + "\n[nonsense]\n", encoding="utf-8")
        assert 2 == service.ended()
    assert "nonsense" in service.lines[-1]


def test_a_configuration_that_changes_is_read_again(office: Office) -> None:
    """Without a restart: what a cap has kept goes when there is none any more."""
    delivery = due_now(office, "x")
    office.configure(accounts={"x": {"daily_cap": 0}})
    with serving(office.root) as service:
        beaten(office, service, times=2)
        assert "scheduled" == office.status(delivery)
        office.configure(accounts={"x": {"daily_cap": 9}})
        service.until(lambda: outcomes(service))
    assert [(delivery, "2026-12-hello", "x", "published")] == outcomes(service)
    assert 1 == len(service.events("run.reopened"))


@pytest.mark.parametrize("every", ["0", "0s", "2h", "soon"])
def test_an_interval_of_no_use_is_refused(every: str, office: Office) -> None:
    """Exit 2 before anything is begun."""
    ran = run_cli(["run", "--every", every], office.root)
    assert (2, "") == (ran.code, ran.out)
    assert every in ran.err
    assert not (office.root / "var").exists()


@pytest.mark.parametrize(("language", "word"), [("en", "next: "), ("ja", "次の投稿: ")])
def test_on_a_terminal_a_line_says_what_goes_next(language: str, word: str, office: Office) -> None:
    """What, and when; it is cleared for the events and in the end."""
    due_now(office, "x")
    soon = office.clock.now.replace(second=0, microsecond=0) + timedelta(hours=2)
    office.clock.move(hours=-1)
    office.promise("x", id="2026-12-later", text="後で", at=soon)
    shown = on_a_terminal(office, "--lang", language, until=f"{word}2 2026-12-later")
    assert f"{soon.astimezone(TOKYO):%H:%M}" in shown
    assert shown.endswith("\r\x1b[K")


def on_a_terminal(office: Office, *options: str, until: str) -> str:
    """All that `run` shows on a terminal; ended by Ctrl-C when it has shown `until`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jposocial", *options, "run", "--every", "1s"],
        cwd=office.root, stderr=theirs, stdout=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    shown, end = b"", time.monotonic() + PATIENCE
    try:
        while until.encode() not in shown and time.monotonic() < end:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(PATIENCE)
        while chunk := _read(ours):
            shown += chunk
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    """What is left on a terminal that the other side has closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def notify_to(port: int, **values: str) -> dict[str, object]:
    return {
        "to": "desk@example.org", "smtp": f"127.0.0.1:{port}", "evening": "", "timeout": "1s", **values,
    }  # fmt: skip


def test_people_are_mailed_what_needs_them(office: Office) -> None:
    """By the service itself, once, though it is started again."""
    refused = due_now(office, "x")
    office.misbehave("status", status=400, method="POST")
    with open_office() as mail:
        office.configure(notify=notify_to(mail.port))
        for _ in range(2):
            with serving(office.root) as service:
                service.until(lambda: mail.taken)
                beaten(office, service, times=2)
        (alarm,) = mail.taken
    assert "failed" == office.status(refused)
    assert f"jposocial cancel {refused}" in alarm.text


def test_a_mail_server_that_hangs_keeps_no_post_waiting(office: Office) -> None:
    """What falls due goes out while the mail is being tried; SIGTERM ends both."""
    due_now(office, "x")
    office.misbehave("status", status=400, method="POST")
    waits = office.promise("facebook", id="2026-12-next", at=office.clock.now, approve=False)
    with bad_server(silent) as port:
        office.configure(notify=notify_to(port, timeout="10s"))
        with serving(office.root) as service:
            service.until(lambda: service.events("delivery"))
            beaten(office, service)
            office.approve([office.row(delivery) for delivery in waits])
            service.until(lambda: "published" in [o[-1] for o in outcomes(service)])
            assert [] == service.events("notify.failed"), "the mail was still being tried"
            service.send(signal.SIGTERM)
            assert 0 == service.ended()
    assert [1] == [e["left"] for e in service.events("notify.failed")]


def test_that_publishing_stood_still_is_mailed(office: Office) -> None:
    """By the next start: from when until when."""
    with serving(office.root) as service:
        beaten(office, service)
    stood = instant_text(datetime.now(UTC) - timedelta(hours=5))
    with closing(sqlite3.connect(office.root / "var" / "jposocial.db")) as database, database:
        database.execute("UPDATE meta SET value = ? WHERE name = 'beat'", (stood,))
    with open_office() as mail:
        office.configure(notify=notify_to(mail.port))
        with serving(office.root) as service:
            service.until(lambda: mail.taken)
            beaten(office, service, times=2)
        (alarm,) = mail.taken
    assert f"{datetime.fromisoformat(stood).astimezone(TOKYO):%H:%M}" in alarm.text
