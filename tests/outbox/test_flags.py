"""Flags: holds that stand in files, fail closed, and become holds of the database once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.outbox.given import NOW, Outbox

from jposocial.errors import Interrupted
from jposocial.host import effective_user
from jposocial.outbox import flags, holds
from jposocial.outbox.flags import FOLDER, Flag, raise_flag, raised, standing
from jposocial.store.engine import reading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "var").mkdir(exist_ok=True)
    return tmp_path / "var" / FOLDER


def flag(folder: Path, kind: str = "account", value: str = "x") -> Flag:
    return raise_flag(folder, kind, value, reason="地震", by=effective_user(), now=NOW)


def active(outbox: Outbox) -> list[holds.Hold]:
    with reading(outbox.engine) as connection:
        return holds.active(connection)


def test_a_flag_reads_as_it_was_raised(folder: Path):
    """The same hold comes back, and nothing half-written is left beside it."""
    made = flag(folder)
    assert [made] == raised(folder)
    assert [made.path] == list(folder.iterdir())


def test_nothing_is_held_without_flags(folder: Path):
    """No folder, no hold."""
    assert [] == raised(folder)


GOOD = {"kind": "account", "value": "x", "reason": "r", "since": "2027-01-13T01:00:00+00:00"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half a file"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[]", id="no object"),
        pytest.param(json.dumps(GOOD | {"kind": "planet"}).encode(), id="no such scope"),
        pytest.param(json.dumps(GOOD | {"value": ""}).encode(), id="an account without a name"),
        pytest.param(json.dumps(GOOD | {"since": "soon"}).encode(), id="no instant"),
        pytest.param(json.dumps(GOOD | {"since": "2027-01-13T01:00:00"}).encode(), id="no offset"),
        pytest.param(json.dumps({"kind": "account"}).encode(), id="half of it"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_cannot_be_read_holds_everything(folder: Path, content: bytes):
    """Fail closed."""
    folder.mkdir()
    (folder / "stop").write_bytes(content)
    (hold,) = standing(folder.parent)
    assert ("all", "flag stop", effective_user()) == (hold.scope, hold.reason, hold.by)


def test_a_folder_that_cannot_be_looked_into_holds_everything(folder: Path):
    """Nobody knows what is in it."""
    folder.write_text("not a folder")
    assert ["all"] == [hold.scope for hold in standing(folder.parent)]


def test_a_full_disk_holds_everything(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Where no byte fits any more, an empty file still does."""

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(flags, "_write", full)
    flag(folder)
    assert ["all"] == [hold.scope for hold in standing(folder.parent)]


def test_a_flag_keeps_a_claim_and_a_visible_step_back(outbox: Outbox, folder: Path):
    """Raised before the claim there is no claim; raised after it nothing begins."""
    outbox.house = flags_in(outbox, folder)
    first, second = outbox.approved("a"), outbox.approved("b")
    claimed = outbox.claimed(first)
    flag(folder, "all", "")
    assert "hold" in outbox.blockers(second)
    assert outbox.claim(second) is None
    journal = outbox.journal(claimed)
    with pytest.raises(Interrupted, match="hold"):
        journal.begin("part:0")
    assert "step.begun" not in outbox.events(first)


def flags_in(outbox: Outbox, folder: Path):
    return replace(outbox.house, flags=lambda: standing(folder.parent))


def test_a_flag_becomes_one_hold(outbox: Outbox, folder: Path):
    """With its reason and since when; in the record once, and the file is gone."""
    made = flag(folder)
    outbox.clock.move(minutes=5)
    assert [] == flags.adopt(outbox.engine, folder, outbox.clock())
    (hold,) = active(outbox)
    assert (made.hold.scope, "地震", NOW, effective_user()) == (
        hold.scope, hold.reason, hold.since, hold.by,
    )  # fmt: skip
    assert [] == list(folder.iterdir())
    assert ["hold.set"] == outbox.events()


def test_a_crash_before_the_flag_came_down_makes_no_second_hold(outbox: Outbox, folder: Path):
    """The database had it already: the file goes, the hold stays one."""
    made = flag(folder)
    content = made.path.read_bytes()
    flags.adopt(outbox.engine, folder, NOW + timedelta(minutes=1))
    made.path.write_bytes(content)
    flags.adopt(outbox.engine, folder, NOW + timedelta(minutes=2))
    assert 1 == len(active(outbox))
    assert [] == list(folder.iterdir())
