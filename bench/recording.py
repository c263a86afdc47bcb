"""The same SQL with the same commits: what a piece of our work sends is played again, bare."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

Statement = tuple[str, Any]


def recorded(engine: Engine) -> list[Statement]:
    """The list that everything which `engine` sends from now on is added to."""
    tape: list[Statement] = []

    def sent(_connection: Connection, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        tape.append((sql, values))

    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "commit", lambda _: tape.append(("COMMIT", ())))
    event.listen(engine, "rollback", lambda _: tape.append(("ROLLBACK", ())))
    return tape


def player(database: Path) -> Callable[[list[Statement]], None]:
    """Plays such a list on a copy of the database, through the driver alone."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")

    def play(tape: list[Statement]) -> None:
        for sql, values in tape:
            connection.execute(sql, values).fetchall()

    return play
