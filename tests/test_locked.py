"""A process that was stopped with the database's lock in its hands holds up no brake.

The stopped process is a real `publish`; the person who comes then is the program in this one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import POST, Office, opened

from jposocial import desk_work
from jposocial.outbox.flags import FOLDER
from jposocial.store import engine

SCRIPT = Path(__file__).parent / "dispatch" / "stopping.py"

PATIENCE = 60.0


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Nobody in this process waits long for the database, or for who publishes."""
    monkeypatch.setattr(engine, "_BUSY_MILLISECONDS", 300)
    monkeypatch.setattr(desk_work, "HOLD_WAIT", timedelta(seconds=0.5))
    with opened(tmp_path, monkeypatch) as office:
        yield office


@pytest.fixture
def stopped_at(office: Office) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """`publish`, stopped at a point inside a transaction of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(point: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, point, "publish", "--json"],
            cwd=office.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


Stop = Callable[[str], subprocess.Popen[str]]


def due_now(office: Office) -> int:
    """A post that fell due within this minute, synced and approved an hour ago."""
    now = datetime.now(UTC)
    office.clock.now = now - timedelta(hours=1)
    (delivery,) = office.promise("x", at=now.replace(second=0, microsecond=0))
    office.clock.now = now
    return delivery


def goes_on(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=PATIENCE)
    return process.returncode


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["reject", "1", "--reason", "r"], id="reject"),
        pytest.param(["cancel", "1"], id="cancel"),
        pytest.param(["approve", "1:{hash}"], id="approve"),
        pytest.param(["release", "1"], id="release"),
    ],
)
def test_who_holds_the_lock_is_named(office: Office, stopped_at: Stop, args: list[str]):
    """What, who, and what to do, in the reader's language; nothing is written."""
    due_now(office)
    office.cli("hold", "--account", "facebook", "--reason", "r")
    digest = office.rows()[0]["payload_hash"]
    process = stopped_at("while it claims")
    args = [arg.format(hash=digest) for arg in args]
    before = office.events()
    english, japanese = office.cli(*args), office.cli("--lang", "ja", *args)
    for ran in (english, japanese):
        assert (1, "") == (ran.code, ran.out)
        assert f"kill -CONT {process.pid}" in ran.err
    assert f"by process {process.pid} (python), which is stopped" in english.err
    assert "一時停止" in japanese.err
    assert "unexpected" not in english.err
    assert before == office.events()


def test_reading_waits_for_nobody(office: Office, stopped_at: Stop):
    """The queue, the plan and the list of holds are there at once."""
    due_now(office)
    stopped_at("while it claims")
    begun = time.monotonic()
    assert [0, 0, 0] == [office.cli(*a).code for a in (["queue"], ["plan"], ["hold", "--list"])]
    assert time.monotonic() - begun < 20


def test_a_hold_wins_over_a_stopped_claim(office: Office, stopped_at: Stop):
    """0, said on standard error where it stands; what goes on then begins nothing."""
    delivery = due_now(office)
    process = stopped_at("while it claims")
    ran = office.cli("hold", "--all", "--reason", "地震", "--json")
    assert 0 == ran.code, ran.err
    assert [(None, "all", "地震")] == [
        (h["id"], h["scope"], h["reason"]) for h in json.loads(ran.out)
    ]
    assert str(process.pid) in ran.err
    assert "THE HOLD IS IN FORCE" in ran.err
    assert [None] == [h["id"] for h in office.json("hold", "--list")]
    goes_on(process)
    assert ("scheduled", []) == (office.status(delivery), office.texts("x"))
    assert 0 == office.asked(POST["x"])


def test_a_hold_names_who_may_still_send(office: Office, stopped_at: Stop):
    """A delivery that was begun before the hold: 1, and whose it is."""
    delivery = due_now(office)
    process = stopped_at("while it begins")
    ran = office.cli("hold", "--all", "--reason", "地震")
    assert 1 == ran.code
    assert f"still being published: {delivery}" in ran.err
    assert f"pid {process.pid}" in ran.err
    process.kill()
    process.communicate()
    assert 0 == office.cli("hold", "--list").code
    office.publish()
    assert ("scheduled", ["hold"]) == (office.status(delivery), office.row(delivery)["blockers"])
    assert [] == office.texts("x")


def test_the_database_takes_a_flag_in(office: Office, stopped_at: Stop):
    """Afterwards it is a hold like any other: a number, in the record, to be released."""
    due_now(office)
    process = stopped_at("while it claims")
    office.cli("hold", "--account", "x", "--reason", "地震")
    (flag,) = (office.root / "var" / FOLDER).iterdir()
    assert "地震" in flag.read_text("utf-8")
    (before,) = office.json("hold", "--list")
    goes_on(process)
    (after,) = office.json("hold", "--list")
    assert before | {"id": 1} == after
    assert 1 == office.events().count("hold.set")
    assert [] == list((office.root / "var" / FOLDER).iterdir())
    assert 0 == office.cli("release", 1).code
    assert [] == office.json("hold", "--list")


def test_a_beat_takes_a_flag_in(office: Office):
    """A file that somebody put there holds everything, and is in the record after a beat."""
    delivery = due_now(office)
    office.cli("hold", "--list")
    (office.root / "var" / FOLDER).mkdir(exist_ok=True)
    (office.root / "var" / FOLDER / "stop").touch()
    assert ["hold"] == office.row(delivery)["blockers"]
    office.publish()
    assert [] == office.texts("x")
    assert ["hold.set"] == [event for event in office.events() if event.startswith("hold.")]
    assert ["flag stop"] == [h["reason"] for h in office.json("hold", "--list")]


def test_a_hold_in_good_order_leaves_no_flag(office: Office):
    """The file is there only until the database has the hold."""
    assert 0 == office.cli("hold", "--all", "--reason", "地震").code
    assert [] == list((office.root / "var" / FOLDER).iterdir())
    assert 1 == office.events().count("hold.set")
