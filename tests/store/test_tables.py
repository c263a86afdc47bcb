"""What must always hold is refused by the database itself, whoever asks."""

# ruff: noqa: S608  the statements are made of names that stand here

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product

import pytest
from sqlalchemy.exc import IntegrityError
from tests.outbox.given import Outbox

from jposocial.model import TRANSITIONS, Status


@pytest.fixture
def outbox(tmp_path) -> Iterator[Outbox]:
    made = Outbox(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def database(outbox: Outbox) -> Iterator[sqlite3.Connection]:
    """A plain connection to a database with one delivery (1) that was approved and claimed."""
    outbox.claimed(outbox.approved())
    with closing(sqlite3.connect(outbox.database)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(f"UPDATE deliveries SET {column} = 'other'", "payload never", id=column)
        for column in (
            "mode", "account", "post", "moment", "occurrence", "platform", "handle", "kind",
            "category", "key",
        )
    ]
    + [
        pytest.param("UPDATE deliveries SET round = 1", "payload never", id="round"),
        pytest.param("UPDATE parts SET text = 'x'", "payload never", id="text"),
        pytest.param("UPDATE parts SET media = '[1]'", "payload never", id="media"),
        pytest.param("UPDATE parts SET number = 1", "payload never", id="number"),
        pytest.param("UPDATE deliveries SET payload_hash = 'ff'", "window only", id="hash alone"),
        pytest.param(
            "UPDATE deliveries SET expires = '2099-01-01T00:00:00.000000Z'",
            "hash only",
            id="expires alone",
        ),
        pytest.param(
            "UPDATE deliveries SET window_start = '2020-01-01T00:00:00.000000Z'",
            "hash only",
            id="window alone",
        ),
        pytest.param("DELETE FROM deliveries", "never deleted", id="delete a delivery"),
        pytest.param("DELETE FROM parts", "never deleted", id="delete a part"),
    ]
    + [
        pytest.param(statement, "append-only", id=statement)
        for table, change in (("events", "at = at"), ("attempts", "pid = 2"), ("decisions", "by = 'x'"))
        for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}")
    ],
)  # fmt: skip
def test_the_database_refuses(database: sqlite3.Connection, statement: str, said: str):
    """The payload, its window and hash, and what was recorded do not change behind our back."""
    with pytest.raises(sqlite3.IntegrityError, match=said):
        database.execute(statement)


def test_window_and_hash_move_together(database: sqlite3.Connection):
    """What `retry --at` does is possible: a new window with a new hash."""
    changed = database.execute(
        "UPDATE deliveries SET expires = '2099-01-01T00:00:00.000000Z', payload_hash = 'ff'"
    )
    assert 1 == changed.rowcount


@pytest.mark.parametrize("column", ["state", "remote_id", "url", "accepted_at"])
def test_an_accepted_part_is_final(database: sqlite3.Connection, column: str):
    """A platform's proof is never overwritten, taken back or given another time."""
    database.execute("UPDATE parts SET state = 'accepted', remote_id = '1', url = 'u'")
    with pytest.raises(sqlite3.IntegrityError, match="accepted part is final"):
        database.execute(f"UPDATE parts SET {column} = 'none'")


def test_a_proof_has_an_id(database: sqlite3.Connection):
    """A part is accepted with a remote id, or it is not accepted."""
    for statement in (
        "UPDATE parts SET state = 'accepted'",
        "UPDATE parts SET remote_id = '1'",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="accepted_with_id"):
            database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param("UPDATE deliveries SET status = 'sent'", "no such", id="a state that is none"),
        pytest.param("UPDATE parts SET state = 'sent'", "state_known", id="a part's state"),
        pytest.param(
            "UPDATE deliveries SET expires = window_start, payload_hash = 'ff'",
            "window_in_order",
            id="an empty window",
        ),
        pytest.param(
            "UPDATE deliveries SET lease_until = NULL", "lease_while", id="publishing, no lease"
        ),
        pytest.param(
            "UPDATE deliveries SET status = 'scheduled'",
            "lease_while",
            id="a lease, not publishing",
        ),
        pytest.param(
            "UPDATE deliveries SET replaced_by = 99", "FOREIGN KEY", id="replaced by nothing"
        ),
        pytest.param(
            "INSERT INTO parts (delivery, number, text, media) VALUES (99, 0, '', '[]')",
            "FOREIGN KEY",
            id="a part of nothing",
        ),
        pytest.param(
            "INSERT INTO attempts (delivery, epoch, started, host, pid, process)"
            " SELECT delivery, epoch, started, host, pid, process FROM attempts",
            "UNIQUE",
            id="an epoch twice",
        ),
        pytest.param(
            "INSERT INTO holds (scope, reason, by, since) VALUES ('some', 'r', 'a', 's')",
            "scope_known",
            id="a scope that is none",
        ),
    ],
)
def test_what_cannot_be_is_refused(database: sqlite3.Connection, statement: str, said: str):
    """A constraint names what it protects."""
    with pytest.raises(sqlite3.IntegrityError, match=said):
        database.execute(statement)


def test_a_slot_has_one_living_row(outbox: Outbox):
    """A second promise for the same slot is refused, however it was made."""
    outbox.promise()
    with pytest.raises(IntegrityError, match="UNIQUE constraint failed"):
        outbox.promise()


ALLOWED = {(before, after) for (before, _), after in TRANSITIONS.items()}


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(a, b, id=f"{a} to {b}") for a, b in product(Status, Status) if a is not b],
)
def test_only_transitions_of_the_table(outbox: Outbox, before: Status, after: Status):
    """The trigger lets through what TRANSITIONS lists, and nothing else."""
    made = outbox.promise()
    lease = {True: "'2027-01-01T00:00:00.000000Z'", False: "NULL"}
    with closing(sqlite3.connect(outbox.database)) as connection:
        (trigger,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'deliveries_transition'"
        ).fetchone()
        connection.execute("DROP TRIGGER deliveries_transition")
        change = "UPDATE deliveries SET status = ?, lease_until = {} WHERE id = ?"
        connection.execute(change.format(lease[before is Status.PUBLISHING]), (before, made))
        connection.execute(trigger)
        move = change.format(lease[after is Status.PUBLISHING])
        if (before, after) in ALLOWED:
            connection.execute(move, (after, made))
        else:
            with pytest.raises(sqlite3.IntegrityError, match="no such transition"):
                connection.execute(move, (after, made))


def test_ids_are_never_used_again(outbox: Outbox):
    """A delivery's id means one delivery for ever, even where a row was lost."""
    first = outbox.promise()
    with closing(sqlite3.connect(outbox.database)) as connection:
        connection.execute("DROP TRIGGER deliveries_no_delete")
        connection.execute("DROP TRIGGER parts_no_delete")
        connection.execute("DELETE FROM parts")
        connection.execute("DELETE FROM deliveries")
        connection.commit()
    assert first + 1 == outbox.promise()
