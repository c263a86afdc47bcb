"""audit and db: the record and the database, as the command line shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.outbox.given import raw
from tests.workspace import Ran, make_workspace, run_cli

from jposocial.store.engine import SCHEMA


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with three events on record."""
    made = make_workspace(tmp_path)
    for name in ("x", "facebook", "x"):
        assert 0 == run_cli(["hold", "--account", name, "--reason", "r"], made).code
    return made


def database(root: Path) -> Path:
    return root / "var" / "jposocial.db"


def tamper(root: Path) -> None:
    raw(
        database(root),
        "DROP TRIGGER events_no_update",
        "UPDATE events SET actor = 'somebody' WHERE seq = 2",
    )


def test_verify_json(root: Path):
    """The contract's keys: a whole record, its rows and its head."""
    ran = run_cli(["audit", "verify", "--json"], root)
    found = json.loads(ran.out)
    assert (0, ["ok", "rows", "head", "broken_at"]) == (ran.code, list(found))
    assert (True, 3, 64, None) == (
        found["ok"], found["rows"], len(found["head"]), found["broken_at"],
    )  # fmt: skip


def test_verify_json_of_a_broken_record(root: Path):
    """Exit 1; the first row that does not fit."""
    tamper(root)
    ran = run_cli(["audit", "verify", "--json"], root)
    found = json.loads(ran.out)
    assert (1, False, 2) == (ran.code, found["ok"], found["broken_at"])


def test_verify_for_people(root: Path):
    """A sentence, with what an outsider can hold against it."""
    head = json.loads(run_cli(["audit", "verify", "--json"], root).out)["head"]
    assert Ran(0, f"the record is whole: 3 events, head {head}\n", "") == run_cli(
        ["audit", "verify"], root
    )
    tamper(root)
    assert Ran(1, "the record is broken at event 2\n", "") == run_cli(["audit", "verify"], root)


def test_an_empty_record(tmp_path: Path):
    """Nothing has happened yet: whole."""
    ran = run_cli(["audit", "verify", "--json"], make_workspace(tmp_path))
    assert {"ok": True, "rows": 0, "head": "0" * 64, "broken_at": None} == json.loads(ran.out)


def test_upgrade(tmp_path: Path):
    """Makes the database where there is none; where it is up to date it changes nothing."""
    root = make_workspace(tmp_path)
    assert Ran(0, f"the database is of version {SCHEMA} (before: -)\n", "") == run_cli(
        ["db", "upgrade"], root
    )
    assert Ran(0, f"the database is of version {SCHEMA} (before: {SCHEMA})\n", "") == run_cli(
        ["db", "upgrade"], root
    )


def of_version(root: Path, version: str) -> None:
    raw(database(root), f"UPDATE alembic_version SET version_num = '{version}'")  # noqa: S608


@pytest.mark.parametrize(
    "args",
    [
        ["queue"], ["sync"], ["approve", "1:00000000"], ["hold", "--all", "--reason", "r"],
        ["audit", "verify"], ["publish"], ["run"], ["status"],
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize(
    ("version", "said"),
    [
        pytest.param("0000", "run 'jposocial db upgrade'", id="older"),
        pytest.param("9999", "use a newer jposocial", id="newer"),
    ],
)
def test_another_version(root: Path, args: list[str], version: str, said: str):
    """Exit 2 from every command that needs the database, with what to do."""
    of_version(root, version)
    ran = run_cli(args, root)
    assert (2, "") == (ran.code, ran.out)
    assert said in ran.err


def test_a_newer_database_is_not_upgraded(root: Path):
    """An older program does not touch it."""
    of_version(root, "9999")
    ran = run_cli(["db", "upgrade"], root)
    assert (2, "") == (ran.code, ran.out)
    assert "newer than the program" in ran.err


def test_another_engine(tmp_path: Path):
    """What this version cannot use is a matter of the configuration: exit 2."""
    root = make_workspace(tmp_path, database={"url": "postgresql://localhost/jposocial"})
    ran = run_cli(["queue"], root)
    assert (2, "") == (ran.code, ran.out)
    assert "SQLite only" in ran.err


def test_no_workspace(tmp_path: Path):
    """Exit 2, and how to make one; nothing is written."""
    ran = run_cli(["queue"], tmp_path)
    assert (2, "") == (ran.code, ran.out)
    assert "jposocial init" in ran.err
    assert [] == list(tmp_path.iterdir())


def test_verify_with_a_noted_head(root: Path):
    """A head noted earlier is found again, also after more has happened; a cut end is exit 1."""
    head = json.loads(run_cli(["audit", "verify", "--json"], root).out)["head"]
    assert 0 == run_cli(["hold", "--account", "facebook", "--reason", "r"], root).code
    assert 0 == run_cli(["audit", "verify", "--head", head.upper()], root).code
    raw(database(root), "DROP TRIGGER events_no_delete", "DELETE FROM events WHERE seq >= 3")
    assert 0 == run_cli(["audit", "verify"], root).code
    ran = run_cli(["audit", "verify", "--json", "--head", head], root)
    found = json.loads(ran.out)
    assert (1, False, 2, 3) == (ran.code, found["ok"], found["rows"], found["broken_at"])
    said = run_cli(["audit", "verify", "--head", head], root)
    assert (1, True) == (said.code, "the noted head is not in the record of 2 events" in said.out)


@pytest.mark.parametrize("head", ["", "0" * 63, "0" * 65, "g" * 64, "12345678"])
def test_a_head_is_a_whole_hash(root: Path, head: str):
    """Fewer digits would fit a record that was made to fit: exit 2."""
    ran = run_cli(["audit", "verify", "--head", head], root)
    assert (2, "") == (ran.code, ran.out)
    assert "64 hex digits" in ran.err
