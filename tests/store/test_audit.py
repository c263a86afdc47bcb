"""The record: a chain in which every change, loss and exchange of rows shows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from tests.outbox.given import fresh_engine

from jposocial.store import audit
from jposocial.store.engine import reading

AT = datetime(2027, 1, 13, 1, 0, tzinfo=UTC)

#: The columns of an event, in the table's order.
COLUMNS = (
    "seq", "at", "event", "delivery", "account", "post", "actor", "detail", "previous", "hash",
)  # fmt: skip


def write(engine: Engine, count: int) -> None:
    """So many events, in as many transactions."""
    for number in range(1, count + 1):
        with engine.begin() as connection:
            audit.append(
                connection, "delivery.created", at=AT, actor="花子", delivery=number,
                account="x", post="hello", reason=f"理由 {number}", ids=[1, {"b": None, "a": 0.5}],
            )  # fmt: skip


def walk(engine: Engine, head: str | None = None) -> audit.Verdict:
    with reading(engine) as connection:
        return audit.verify(connection, head)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = fresh_engine(tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def file(engine: Engine, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The file of a record of five events, in the hands of somebody without our triggers."""
    write(engine, 5)
    with closing(opened(tmp_path)) as connection:
        yield connection


def opened(root: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(root / "var" / "jposocial.db", isolation_level=None)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("DROP TRIGGER events_no_delete")
    return connection


def test_an_empty_record_is_whole(engine: Engine):
    """Nothing has happened yet, and nothing is missing."""
    assert audit.Verdict(ok=True, rows=0, head=audit.GENESIS) == walk(engine)


def test_events_are_chained(engine: Engine, file: sqlite3.Connection):
    """Each row names the hash of the one before, the first one the genesis; the head is the last."""
    rows = file.execute("SELECT previous, hash FROM events ORDER BY seq").fetchall()
    hashes = [found for _, found in rows]
    assert [audit.GENESIS, *hashes[:-1]] == [previous for previous, _ in rows]
    assert 5 == len(set(hashes))
    assert audit.Verdict(ok=True, rows=5, head=hashes[-1]) == walk(engine)


def test_the_chain_does_not_depend_on_the_zone(engine: Engine):
    """The same instant in another zone is the same event."""
    tokyo = datetime.fromisoformat("2027-01-13T10:00:00+09:00")
    with engine.begin() as connection:
        audit.append(connection, "e", at=tokyo, actor="a")
    assert walk(engine).ok


@pytest.mark.parametrize("column", COLUMNS)
def test_any_changed_value_shows(engine: Engine, file: sqlite3.Connection, column: str):
    """Whatever is written into any column of row 3, the walk names row 3 (its number: 4)."""
    value = 99 if column in ("seq", "delivery") else "changed"
    file.execute(f"UPDATE events SET {column} = ? WHERE seq = 3", (value,))  # noqa: S608
    found = walk(engine)
    assert (False, 4 if column == "seq" else 3) == (found.ok, found.broken_at)


@pytest.mark.parametrize("column", [c for c in COLUMNS if c not in ("seq", "delivery")])
@pytest.mark.parametrize("bit", range(8))
def test_any_flipped_bit_shows(engine: Engine, file: sqlite3.Connection, column: str, bit: int):
    """A flipped bit in any byte of a text shows, also where it is no text any more."""
    (stored,) = file.execute(f"SELECT CAST({column} AS BLOB) FROM events WHERE seq = 3").fetchone()  # noqa: S608
    for place in range(len(stored)):
        flipped = bytearray(stored)
        flipped[place] ^= 1 << bit
        change = f"UPDATE events SET {column} = CAST(? AS TEXT) WHERE seq = 3"  # noqa: S608
        file.execute(change, (bytes(flipped),))
        assert 3 == walk(engine).broken_at, (place, bytes(flipped))


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param('{"reason":"理由 3","ids":[1,{"b":null,"a":0.5}]}', id="other spaces"),
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="other JSON"),
        pytest.param(None, id="NULL by another schema"),
    ],
)
def test_a_detail_is_kept_to_the_letter(
    engine: Engine, file: sqlite3.Connection, detail: str | None
):
    """The same values in another spelling are a change too."""
    file.execute("PRAGMA writable_schema = ON")
    file.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'detail JSON NOT NULL', 'detail JSON')"
    )
    file.execute("PRAGMA writable_schema = RESET")
    file.execute("UPDATE events SET detail = ? WHERE seq = 3", (detail,))
    assert 3 == walk(engine).broken_at


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        pytest.param(1, 2, id="the first"),
        pytest.param(3, 4, id="one in the middle"),
    ],
)
def test_a_deleted_row_shows(engine: Engine, file: sqlite3.Connection, gone: int, named: int):
    """The walk names the row that stands where the deleted one was."""
    file.execute("DELETE FROM events WHERE seq = ?", (gone,))
    assert named == walk(engine).broken_at


def test_a_truncated_record_has_another_head(engine: Engine, file: sqlite3.Connection):
    """What the chain cannot show, its end cut off, shows in the head and the number of rows."""
    before = walk(engine)
    file.execute("DELETE FROM events WHERE seq = 5")
    after = walk(engine)
    assert (True, 4) == (after.ok, after.rows)
    assert before.head != after.head


def test_a_cut_end_shows_against_a_noted_head(engine: Engine, file: sqlite3.Connection):
    """Whoever noted a head finds it again as long as nothing was cut off, however long it grew."""
    noted = walk(engine).head
    write(engine, 2)
    assert walk(engine, noted) == walk(engine)
    file.execute("DELETE FROM events WHERE seq >= 5")
    found = walk(engine, noted)
    assert (False, 4, 5) == (found.ok, found.rows, found.broken_at)


def test_an_emptied_record_shows_against_a_noted_head(engine: Engine, file: sqlite3.Connection):
    """Nothing left: the first event is missing. Where nothing had happened yet, nothing is."""
    noted = walk(engine).head
    file.execute("DELETE FROM events")
    assert (False, 1) == ((found := walk(engine, noted)).ok, found.broken_at)
    assert walk(engine, audit.GENESIS).ok


def test_a_record_written_anew_shows_against_a_noted_head(engine: Engine, file: sqlite3.Connection):
    """A chain that is whole in itself, and is not the one whose head was noted."""
    noted = walk(engine).head
    file.execute("DELETE FROM events WHERE seq >= 5")
    with engine.begin() as connection:
        audit.append(connection, "delivery.created", at=AT, actor="太郎")
    assert walk(engine).ok
    assert (False, 6) == ((found := walk(engine, noted)).ok, found.broken_at)


def test_exchanged_rows_show(engine: Engine, file: sqlite3.Connection):
    """Two rows that change places are both where they do not belong; the first is named."""
    for old, new in ((2, -1), (4, 2), (-1, 4)):
        file.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))
    assert 2 == walk(engine).broken_at


def test_an_inserted_row_shows(engine: Engine, file: sqlite3.Connection):
    """A copy of the last event as one more is not what follows it."""
    columns = ", ".join(COLUMNS[1:])
    file.execute(
        f"INSERT INTO events (seq, {columns}) SELECT 6, {columns} FROM events WHERE seq = 5"  # noqa: S608
    )
    assert 6 == walk(engine).broken_at


def test_a_row_with_a_hash_of_its_own_breaks_the_next(engine: Engine, file: sqlite3.Connection):
    """Who recomputes the hash of what was changed breaks the chain one row later."""
    row = dict(
        zip(COLUMNS, file.execute("SELECT * FROM events WHERE seq = 3").fetchone(), strict=True)
    )
    values = {key: value for key, value in row.items() if key != "hash"} | {"actor": "太郎"}
    forged = audit._hash(
        values | {"at": datetime.fromisoformat(row["at"]), "detail": json.loads(row["detail"])}
    )
    file.execute("UPDATE events SET actor = '太郎', hash = ? WHERE seq = 3", (forged,))
    assert 4 == walk(engine).broken_at


@settings(max_examples=20, deadline=None)
@given(
    detail=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5).filter(
            lambda name: name not in ("connection", "event", "at", "actor", "delivery", "account", "post")
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(exclude_categories=["Cs"])),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=5,
        ),
        max_size=4,
    )
)  # fmt: skip
def test_whatever_is_recorded_verifies(tmp_path_factory: pytest.TempPathFactory, detail):
    """Any JSON values go through the database and back without breaking the chain."""
    engine = fresh_engine(tmp_path_factory.mktemp("record"))
    try:
        with engine.begin() as connection:
            audit.append(connection, "e", at=AT, actor="a", **detail)
        assert walk(engine).ok
    finally:
        engine.dispose()


@settings(max_examples=30, deadline=None)
@given(kept=st.lists(st.integers(1, 5), max_size=6), renumbered=st.booleans())
def test_nothing_but_the_whole_record_is_whole(
    tmp_path_factory: pytest.TempPathFactory, kept: list[int], renumbered: bool
):
    """Rows left out, exchanged, repeated or cut off: against a noted head every one of it shows."""
    root = tmp_path_factory.mktemp("record")
    engine = fresh_engine(root)
    try:
        write(engine, 5)
        noted = walk(engine).head
        with closing(opened(root)) as file:
            rows = file.execute("SELECT * FROM events ORDER BY seq").fetchall()
            file.execute("DELETE FROM events")
            for place, number in enumerate(kept, start=1):
                row = (place, *rows[number - 1][1:]) if renumbered else rows[number - 1]
                file.execute("INSERT OR REPLACE INTO events VALUES (?,?,?,?,?,?,?,?,?,?)", row)
            left = file.execute("SELECT * FROM events ORDER BY seq").fetchall()
        assert (left == rows) is walk(engine, noted).ok
    finally:
        engine.dispose()
