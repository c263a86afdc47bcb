"""The migrations lead exactly to the tables and triggers that the program speaks of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, MetaData, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

import jposocial.store
from jposocial.store import indexes  # noqa: F401  they are part of what is declared
from jposocial.store.engine import SCHEMA, open_engine, reading, upgrade
from jposocial.store.tables import METADATA
from jposocial.store.triggers import triggers

URL = "sqlite:///var/jposocial.db"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(URL, tmp_path)
    upgrade(made)
    yield made
    made.dispose()


def test_the_schema_is_alembics_head():
    """`SCHEMA` names the newest migration, and there is one newest."""
    config = Config()
    folder = Path(jposocial.store.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    assert [SCHEMA] == list(ScriptDirectory.from_config(config).get_heads())


def test_migrations_make_the_tables(engine: Engine):
    """Alembic finds nothing that would have to be added, removed or changed."""
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, METADATA)


def test_migrations_make_the_rest_of_the_schema(engine: Engine, tmp_path: Path):
    """What Alembic does not compare is the same too: defaults, checks, keys, partial indexes."""
    declared = create_engine(f"sqlite:///{tmp_path}/declared.db")
    METADATA.create_all(declared)
    with reading(engine) as connection, declared.connect() as other:
        assert shape(other) == shape(connection)
    declared.dispose()


def shape(connection) -> dict[str, object]:
    """Table → its defaults, checks, keys and indexes, in a comparable form."""
    seen = inspect(connection)
    return {
        table: (
            sorted((c["name"], c["default"], c["nullable"]) for c in seen.get_columns(table)),
            sorted((c["name"], c["sqltext"]) for c in seen.get_check_constraints(table)),
            sorted(str(c["column_names"]) for c in seen.get_unique_constraints(table)),
            sorted(str(c["constrained_columns"]) for c in seen.get_foreign_keys(table)),
            sorted(
                connection.execute(
                    text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :t"),
                    {"t": table},
                )
                .scalars()
                .all(),
                key=str,
            ),
        )
        for table in METADATA.tables
    }


def test_every_check_has_a_name():
    """A constraint that is broken says which it was."""
    unnamed = [
        (table.name, str(check.sqltext))
        for table in METADATA.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint) and not check.name
    ]
    assert [] == unnamed


def test_migrations_make_the_triggers(engine: Engine):
    """The triggers of the database are those of `triggers()`, to the letter."""
    with reading(engine) as connection:
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = {row.name: row.sql for row in connection.execute(query)}
    assert dict(triggers()) == found


def test_upgrade_tells_the_version_before(engine: Engine, tmp_path: Path):
    """The first migration comes from nothing; a second upgrade changes nothing."""
    other = open_engine("sqlite:///other.db", tmp_path)
    assert ["", SCHEMA] == [upgrade(other), upgrade(other)]
    other.dispose()


@pytest.mark.parametrize("table", ["accounts", "steps"], ids=["at its start", "at its end"])
def test_a_failed_migration_leaves_nothing(tmp_path: Path, table: str):
    """Where the migration fails, its tables and its version are rolled back with it."""
    (tmp_path / "var").mkdir()
    with closing(sqlite3.connect(tmp_path / "var" / "jposocial.db")) as connection:
        connection.execute(f"CREATE TABLE {table} (in_the_way)")
    engine = open_engine(URL, tmp_path)
    with pytest.raises(OperationalError, match="already exists"):
        upgrade(engine)
    metadata = MetaData()
    with reading(engine) as connection:
        metadata.reflect(connection)
    engine.dispose()
    assert [table] == list(metadata.tables)


def test_the_brake_is_one_row(engine: Engine):
    """Who claims and who holds meet at one row, which the migration makes."""
    with reading(engine) as connection:
        assert [(1, 0)] == connection.execute(text("SELECT id, changes FROM brake")).all()
