"""Who has the writer's lock, and what is said of a database that cannot be written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from jposocial.errors import StoreError
from jposocial.store import engine as store
from jposocial.store.engine import open_engine, reading, require_schema
from jposocial.store.trouble import _name, _writer, holder, trouble

linux = pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel's list of locks")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(store, "_BUSY_MILLISECONDS", 100)
    made = open_engine("sqlite:///var/jposocial.db", tmp_path)
    require_schema(made)
    yield made
    made.dispose()


def writing(database: Path) -> subprocess.Popen[str]:
    """A process that is in the middle of a write, until it is ended."""
    script = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "print('in it', flush=True)\n"
        "input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert "in it\n" == process.stdout.readline()
    return process


@linux
def test_who_writes_is_named(engine: Engine, tmp_path: Path):
    """Its number, and that it is not stopped; nobody before and after."""
    database = tmp_path / "var" / "jposocial.db"
    with reading(engine) as connection:
        connection.execute(text("SELECT 1"))
        assert holder(database) is None
        process = writing(database)
        try:
            found = holder(database)
            assert found is not None
            assert (process.pid, False) == (found.pid, found.stopped)
            with pytest.raises(StoreError, match=f"process {process.pid} .*kill {process.pid}$"):
                engine.connect().execute(text("SELECT 1"))
        finally:
            process.communicate("")
        assert holder(database) is None


def test_looking_costs_no_lock(engine: Engine, tmp_path: Path):
    """Whoever has the lock still has it after somebody, itself included, has looked."""
    database = tmp_path / "var" / "jposocial.db"
    with engine.begin() as connection:
        connection.execute(text("UPDATE brake SET changes = 1"))
        holder(database)
        script = f"import sqlite3; sqlite3.connect({str(database)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        other = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
    assert "database is locked" in other.stderr


@pytest.mark.parametrize(
    ("line", "pid"),
    [
        pytest.param("1: POSIX ADVISORY WRITE 4711 fe:00:77 120 120", 4711, id="the lock"),
        pytest.param("1: POSIX ADVISORY WRITE 4711 fe:00:77 0 EOF", 4711, id="all of it"),
        pytest.param("1: POSIX ADVISORY READ 4711 fe:00:77 120 120", 0, id="a reader"),
        pytest.param("1: POSIX ADVISORY WRITE 4711 fe:00:78 120 120", 0, id="another file"),
        pytest.param("1: POSIX ADVISORY WRITE 4711 fe:00:77 121 127", 0, id="another byte"),
        pytest.param("1: -> POSIX ADVISORY WRITE 4711 fe:00:77 120 120", 0, id="who waits"),
        pytest.param("1: POSIX ADVISORY WRITE -1 fe:00:77 120 120", 0, id="nobody's number"),
        pytest.param("1: FLOCK ADVISORY WRITE 4711 fe:00:77 0 EOF", 0, id="another kind"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_the_kernels_list(line: str, pid: int):
    """https://man7.org/linux/man-pages/man5/proc_locks.5.html"""
    assert pid == _writer(line.split(), 77)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        pytest.param(["/usr/bin/python3", "/opt/bin/jposocial", "publish", "--json"], "jposocial publish", id="ours"),
        pytest.param(["sqlite3", "var/jposocial.db", ".dump --secret"], "comm", id="another's"),
        pytest.param([""], "comm", id="none"),
    ],
)  # fmt: skip
def test_what_a_process_is_called(arguments: list[str], name: str):
    """Ours by its command; of others no argument is repeated."""
    assert name == _name(arguments, "comm")


def test_a_disk_that_takes_nothing(engine: Engine, tmp_path: Path):
    """Full: what to look at, and that nothing was written."""
    with closing(sqlite3.connect(tmp_path / "full.db")) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("CREATE TABLE t AS SELECT hex(zeroblob(9999)) AS a")
    found = trouble(caught.value, tmp_path / "full.db", 20)
    assert found is not None
    assert "free space" in found.message


def test_a_mistake_of_our_own_is_none_of_it(tmp_path: Path):
    """It stays what it is, to be reported."""
    with (
        closing(sqlite3.connect(tmp_path / "a.db")) as connection,
        pytest.raises(sqlite3.OperationalError) as caught,
    ):
        connection.execute("SELECT nothing FROM nowhere")
    assert trouble(caught.value, tmp_path / "a.db", 20) is None
