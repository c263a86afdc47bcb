"""The engine: safe on every connection, locked at once, as open as its workspace."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import StatementError

from jposocial.errors import UsageError
from jposocial.store.engine import SCHEMA, open_engine, reading, require_schema, schema_of, upgrade
from jposocial.store.tables import BRAKE, HOLDS

URL = "sqlite:///var/jposocial.db"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(URL, tmp_path)
    require_schema(made)
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        pytest.param("journal_mode", "wal", id="readers do not block writers"),
        pytest.param("synchronous", 2, id="a commit is on the disk"),
        pytest.param("foreign_keys", 1, id="references hold"),
        pytest.param("busy_timeout", 20_000, id="a second writer waits"),
    ],
)
def test_every_connection_is_made_safe(engine: Engine, pragma: str, expected: str | int):
    """The pragmas hold on each of several connections that are open at the same time."""
    with reading(engine) as one, reading(engine) as two, reading(engine) as three:
        found = [c.execute(text(f"PRAGMA {pragma}")).scalar() for c in (one, two, three)]
    assert [expected] * 3 == found


def test_writers_wait_for_each_other(engine: Engine):
    """Eight threads that read, then write, fifty times each: nothing locked, nothing lost."""

    def count_up(_: int) -> None:
        for _ in range(50):
            with engine.begin() as connection:
                changes = connection.execute(select(BRAKE.c.changes)).scalar_one()
                connection.execute(update(BRAKE).values(changes=changes + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(8)))
    with reading(engine) as connection:
        assert 400 == connection.execute(select(BRAKE.c.changes)).scalar_one()


def test_a_reader_waits_for_nobody(engine: Engine):
    """While a writer is in its transaction, a reader reads what was committed before."""
    written, read = threading.Event(), threading.Event()

    def write() -> None:
        with engine.begin() as connection:
            connection.execute(update(BRAKE).values(changes=7))
            written.set()
            assert read.wait(20)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write)
        assert written.wait(20)
        with reading(engine) as connection:
            before = connection.execute(select(BRAKE.c.changes)).scalar_one()
        read.set()
        done.result()
    with reading(engine) as connection:
        after = connection.execute(select(BRAKE.c.changes)).scalar_one()
    assert (0, 7) == (before, after)


def test_a_reader_holds_nobody_up(engine: Engine):
    """A transaction that reads sees one moment, while writers commit beside it."""
    with reading(engine) as connection:
        before = connection.execute(select(BRAKE.c.changes)).scalar_one()
        with engine.begin() as writer:
            writer.execute(update(BRAKE).values(changes=7))
        assert before == connection.execute(select(BRAKE.c.changes)).scalar_one()


def test_what_fails_leaves_nothing(engine: Engine):
    """An error in a transaction takes back what was written in it."""

    def half() -> None:
        with engine.begin() as connection:
            connection.execute(update(BRAKE).values(changes=7))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with reading(engine) as connection:
        assert 0 == connection.execute(select(BRAKE.c.changes)).scalar_one()


@pytest.mark.parametrize("mode", [0o755, 0o775, 0o777, 0o700], ids=oct)
def test_var_and_database_are_as_open_as_the_workspace(tmp_path: Path, mode: int):
    """Whoever may write in the workspace may write in `var/` and the database, whatever the umask."""
    root = tmp_path / "workspace"
    root.mkdir()
    root.chmod(mode)
    engine = open_engine(URL, root)
    require_schema(engine)
    with reading(engine):
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (root / "var", *(root / "var").iterdir())
        }
    engine.dispose()
    assert mode == modes.pop("var")
    assert {"jposocial.db", "jposocial.db-wal", "jposocial.db-shm"} == set(modes)
    assert {mode & 0o666} == set(modes.values())


def test_an_existing_var_keeps_its_mode(tmp_path: Path):
    """What the office has set up is not changed."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var").chmod(0o711)
    open_engine(URL, tmp_path).dispose()
    assert 0o711 == stat.S_IMODE((tmp_path / "var").stat().st_mode)


def test_a_naive_datetime_is_refused(engine: Engine):
    """An instant without a zone never reaches the database."""
    naive = datetime(2027, 1, 1)  # noqa: DTZ001  what is refused here
    values = {"scope": "all", "reason": "r", "by": "a", "since": naive}
    with engine.begin() as connection, pytest.raises(StatementError, match="naive"):
        connection.execute(insert(HOLDS).values(**values))


def test_instants_come_back_as_they_were(engine: Engine):
    """Any zone goes in, UTC comes out, to the microsecond; order as text is order in time."""
    first = datetime.fromisoformat("2027-01-01T00:00:00.000001+09:00")
    second = datetime(2026, 12, 31, 15, 0, 0, 2, tzinfo=UTC)
    with engine.begin() as connection:
        for since in (second, first):
            connection.execute(insert(HOLDS).values(scope="all", reason="r", by="a", since=since))
        found = list(connection.execute(select(HOLDS.c.since).order_by(HOLDS.c.since)).scalars())
    assert [first, second] == found
    assert [UTC, UTC] == [instant.tzinfo for instant in found]


def test_a_new_database_is_made(tmp_path: Path):
    """Where there is none, the first use makes it, of this program's version."""
    engine = open_engine(URL, tmp_path)
    assert schema_of(engine) is None
    require_schema(engine)
    assert SCHEMA == schema_of(engine)
    engine.dispose()


def test_many_make_a_new_database_at_once(tmp_path: Path):
    """Eight that come at the same moment find one database, made once."""
    ready = threading.Barrier(8)

    def come(_: int) -> str | None:
        ready.wait(20)
        engine = open_engine(URL, tmp_path)
        try:
            require_schema(engine)
            return schema_of(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(8) as pool:
        assert [SCHEMA] * 8 == list(pool.map(come, range(8)))


@pytest.mark.parametrize(
    ("version", "said"),
    [
        pytest.param("0000", "jposocial db upgrade", id="older"),
        pytest.param("9999", "use a newer jposocial", id="newer"),
    ],
)
def test_a_database_of_another_version_is_refused(engine: Engine, version: str, said: str):
    """Neither an older nor a newer one is used, and what to do is said."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    with pytest.raises(UsageError, match=said) as caught:
        require_schema(engine)
    assert 2 == caught.value.exit_code


def test_a_newer_database_is_not_migrated(engine: Engine):
    """`db upgrade` refuses what it does not know."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="newer"):
        upgrade(engine)


def test_other_engines_are_refused(tmp_path: Path):
    """The configuration may name what this version cannot use: it says so, exit 2."""
    with pytest.raises(UsageError, match="names postgresql") as caught:
        open_engine("postgresql://localhost/jposocial", tmp_path)
    assert 2 == caught.value.exit_code
    assert [] == list(tmp_path.iterdir())


def test_the_pool_closes_what_it_opened(tmp_path: Path):
    """After `dispose` nobody holds the file: SQLite takes its log away with the last one."""
    engine = open_engine(URL, tmp_path)
    require_schema(engine)
    engine.dispose()
    assert ["jposocial.db"] == [path.name for path in (tmp_path / "var").iterdir()]
    with closing(sqlite3.connect(tmp_path / "var" / "jposocial.db")) as connection:
        assert ("ok",) == connection.execute("PRAGMA integrity_check").fetchone()
