"""A copy of a workspace, or one put back from a backup, publishes nothing on live accounts."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, Office, opened
from tests.notify.post_office import open_office

from jposocial.app import Workspace
from jposocial.publishers.credentials import sandbox_secret

SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    for name in SECRETS:
        monkeypatch.setenv(f"OFFICE_{name}", sandbox_secret("x", name))
    places = {name: f"env:OFFICE_{name}" for name in SECRETS}
    with opened(tmp_path, monkeypatch) as office:
        office.configure(accounts={"x": {"mode": "live", "secrets": places}})
        yield office


def put_back(backup: Path, office: Office) -> None:
    """As a backup is: what is there goes, what was copied comes."""
    shutil.rmtree(office.root / "var")
    shutil.copytree(backup, office.root / "var")


def backed_up(office: Office, tmp_path: Path) -> Path:
    with closing(sqlite3.connect(office.root / "var" / "jposocial.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copytree(office.root / "var", tmp_path / "backup"))


@dataclass
class Copied:
    """Where the workspace is now, and what of it is new."""

    office: Office
    backup: Path
    monkeypatch: pytest.MonkeyPatch


def database_alone(copied: Copied) -> None:
    for path in (copied.office.root / "var").glob("jposocial.db*"):
        path.unlink()
    shutil.copy(copied.backup / "jposocial.db", copied.office.root / "var" / "jposocial.db")


def all_of_var(copied: Copied) -> None:
    put_back(copied.backup, copied.office)


def file_lost(copied: Copied) -> None:
    (copied.office.root / "var" / "instance").unlink()


def file_spoiled(copied: Copied) -> None:
    (copied.office.root / "var" / "instance").write_text("?")


def another_folder(copied: Copied) -> None:
    there = copied.office.root.with_name("copy")
    shutil.copytree(copied.office.root, there)
    # Even where the file itself is the same: a folder that was moved and copied back, a bind mount.
    (there / "var" / "instance").unlink()
    (there / "var" / "instance").hardlink_to(copied.office.root / "var" / "instance")
    copied.office.root = there


def another_machine(copied: Copied) -> None:
    ways = Workspace.__init__.__kwdefaults__
    copied.monkeypatch.setitem(ways, "machine", lambda: "another")


CHANGES = {
    "the database alone": (database_alone, "older than what went out"),
    "all of var": (all_of_var, "do not belong together"),
    "its file is lost": (file_lost, "do not belong together"),
    "its file is spoiled": (file_spoiled, "do not belong together"),
    "another folder": (another_folder, "copied or moved from"),
    "another machine": (another_machine, "another machine"),
}


@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES)
def test_what_is_out_is_not_published_again(
    change: Callable[[Copied], None],
    why: str,
    office: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The backup is of before it went out, and says that it is approved and due."""
    (out,) = office.promise("x")
    backup = backed_up(office, tmp_path)
    office.clock.now = DUE
    assert [out] == office.publish()[1]["published"]
    (waits,) = office.promise("x", id="2026-12-next", text="次の回です。", at=DUE)
    change(Copied(office, backup, monkeypatch))
    asked = dict(office.sandbox.requests())
    code, report = office.publish()
    due = out if office.status(out) == "scheduled" else waits
    assert 1 == code
    assert {"id": due, "blockers": ["account"]} in report["blocked"]
    assert (asked, 1) == (dict(office.sandbox.requests()), len(office.texts("x")))
    for said in (office.cli("queue").out, office.cli("publish").err):
        assert why in said
        assert "jposocial doctor --adopt" in said


def test_after_a_crash_and_a_restart_it_goes_on(office: Office) -> None:
    """Nothing of the workspace's own work looks like a copy."""
    for n in range(3):
        (delivery,) = office.promise("x", id=f"2026-12-{n}", text=f"第{n}回")
        office.clock.now = DUE + timedelta(minutes=n)
        assert [delivery] == office.publish()[1]["published"]
        office.clock.now = DUE - timedelta(days=1)
    assert 0 == office.cli("doctor").code


def test_the_sandbox_does_not_mind(office: Office, tmp_path: Path) -> None:
    """A copy is what one practises on."""
    office.configure()
    office.promise("x")
    put_back(backed_up(office, tmp_path), office)
    office.clock.now = DUE
    assert 1 == len(office.publish()[1]["published"])


def test_a_card_that_cannot_be_written_sends_nothing(office: Office) -> None:
    """Without it a backup could not be told from what is there; it is tried again."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    card = office.root / "var" / "instance"
    card.unlink()
    card.mkdir()
    assert [{"id": delivery, "blockers": ["account"]}] == office.publish()[1]["blocked"]
    assert [] == office.texts("x")


def test_people_are_mailed_that_nothing_goes_out(office: Office) -> None:
    """Once, with what to do."""
    office.promise("x")
    (office.root / "var" / "instance").unlink()
    with open_office() as mail:
        text = (office.root / "jposocial.toml").read_text(encoding="utf-8")
        notify = f'[notify]\nto = "a@example.org"\nsmtp = "127.0.0.1:{mail.port}"\nevening = ""\n'
        (office.root / "jposocial.toml").write_text(text + notify, encoding="utf-8")
        for _ in range(2):
            assert 0 == office.cli("notify").code
    (alarm,) = mail.taken
    assert "nothing goes out on live accounts" in alarm.subject
    assert "jposocial doctor --adopt" in alarm.text


def adopt(office: Office, typed: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    ran = office.cli("doctor", "--adopt")
    return ran.code, ran.out + ran.err


@pytest.mark.parametrize("typed", ["", "yes\n", "Workspace\n"])
def test_to_adopt_its_name_is_typed(
    typed: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything else changes nothing."""
    office.promise("x")
    (office.root / "var" / "instance").unlink()
    assert 1 == adopt(office, typed, monkeypatch)[0]
    assert not (office.root / "var" / "instance").exists()
    assert [] == office.json("hold", "--list")


def test_what_was_adopted_is_on_hold(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until somebody else has compared it with the timelines: then it publishes."""
    (delivery,) = office.promise("x")
    (office.root / "var" / "instance").unlink()
    assert 1 == office.cli("doctor").code
    code, said = adopt(office, f"{office.root.name}\n", monkeypatch)
    assert (0, True) == (code, "release 1" in said)
    assert 0 == office.cli("doctor").code
    office.clock.now = DUE - timedelta(minutes=1)
    assert 1 == office.cli("release", 1).code, "the same person"
    assert [] == office.publish()[1]["published"]
    monkeypatch.setitem(Workspace.__init__.__kwdefaults__, "identity", lambda: "another")
    assert 0 == office.cli("release", 1).code
    office.clock.now = DUE
    assert [delivery] == office.publish()[1]["published"]
    assert "instance.adopted" in office.events()


def test_there_is_nothing_to_adopt(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where all is as it should be nor before there is a database."""
    assert 0 == adopt(office, "", monkeypatch)[0]
    assert not (office.root / "var" / "jposocial.db").exists()
    office.promise("x")
    assert 0 == adopt(office, "", monkeypatch)[0]
    assert [] == office.json("hold", "--list")
