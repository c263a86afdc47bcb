"""The database: one SQLite file by default, made safe on every connection."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, ExceptionContext, make_url

from jposocial.errors import UsageError
from jposocial.messages import msg
from jposocial.store.trouble import holder, trouble

#: The newest migration; a test holds it against Alembic's own head.
SCHEMA: Final = "0007"

_BUSY_MILLISECONDS: Final = 20_000


class _Connection(sqlite3.Connection):
    """Closes when nobody has it any more: a command drops its workspace when it ends."""

    def __del__(self) -> None:
        self.close()


def open_engine(url: str, root: Path) -> Engine:
    """The engine of a workspace at `root`; relative SQLite paths are below it.

    Raises UsageError for a database this version cannot use.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise UsageError(
            msg(
                "this version uses SQLite only; the configuration names {name}",
                name=parsed.get_backend_name(),
            )
        )
    path = database_path(parsed, root)
    _make_parent(path, root)
    engine = create_engine(parsed.set(database=str(path)), connect_args={"factory": _Connection})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", lambda context: _explain(context, path))
    return engine


def database_path(url: URL | str, root: Path) -> Path:
    return root / (make_url(url).database or "var/jposocial.db")


def _make_parent(path: Path, root: Path) -> None:
    """`var/` and the database are as open to the group as the workspace itself is."""
    mode = root.stat().st_mode & 0o7777
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(mode)
    if not path.exists():
        _make(path, mode & 0o666)


def _make(path: Path, mode: int) -> None:
    """An empty database that is in WAL mode from the moment others can see it.

    The switch to WAL wants the file for itself and does not wait for it: two that make a new
    database at once and both switch it are refused, however long they would have waited.
    """
    with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
        made = Path(folder) / path.name
        connection = sqlite3.connect(made)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        made.chmod(mode)
        # Whoever is first makes it; a link, unlike a rename, never replaces what is there.
        with suppress(FileExistsError):
            path.hardlink_to(made)


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions are switched off: it would begin late and commit before
    # DDL, and a rolled-back migration left its tables. `_begin` begins them instead.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once: with a deferred one, two readers that turn writers
    # fail with "database is locked" however long they would wait.
    reading = connection.get_execution_options().get("jposocial_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _explain(context: ExceptionContext, path: Path) -> None:
    """Raises StoreError for what no statement of ours is to blame for."""
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        found = trouble(error, path, _BUSY_MILLISECONDS // 1000)
        if found is not None:
            raise found from None


def explained(engine: Engine, error: Exception) -> Exception:
    """What a driver raised, as the engine would have raised it: a StoreError where it is trouble."""
    path = Path(engine.url.database or "")
    if not isinstance(error, sqlite3.Error):
        return error
    return trouble(error, path, _BUSY_MILLISECONDS // 1000) or error


def is_stuck(engine: Engine) -> bool:
    """Whether a stopped process has the writer's lock: to wait for it would be in vain."""
    found = holder(Path(engine.url.database or ""))
    return found is not None and found.stopped


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: it waits for nobody and holds nobody up."""
    with engine.connect().execution_options(jposocial_reading=True) as connection:
        yield connection


def require_schema(engine: Engine) -> None:
    """Make a new database; refuse one that is older or newer than the program (exit 2)."""
    found = schema_of(engine)
    if found is None:
        upgrade(engine)
    elif found < SCHEMA:
        raise UsageError(
            msg(
                "the database is of version {found}, the program needs {wanted}: run 'jposocial db upgrade'",
                found=found,
                wanted=SCHEMA,
            )
        )
    elif found > SCHEMA:
        raise UsageError(
            msg(
                "the database is of version {found}, newer than the program ({wanted}): use a newer jposocial",
                found=found,
                wanted=SCHEMA,
            )
        )


def schema_of(engine: Engine) -> str | None:
    """The database's version, or None where there is none yet."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine) -> str:
    """Migrate to `SCHEMA` in one transaction; returns the version it was at, or ''."""
    # Imported here: Alembic costs more to import than most commands take.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    before = schema_of(engine) or ""
    if before > SCHEMA:
        require_schema(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)
    return before
