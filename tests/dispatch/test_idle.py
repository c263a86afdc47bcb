"""A beat that has nothing to do, and one that can do little, cost next to nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.dispatch.office import DUE, Office, opened

from jposocial.app import open_workspace
from jposocial.publishing import at_work


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def sent_by_a_beat(office: Office) -> list[tuple[str, Any]]:
    """The statements of the second of two beats, with their parameters."""
    workspace = open_workspace(office.root, clock=office.clock)
    sent: list[tuple[str, Any]] = []
    with at_work(workspace) as (_, dispatcher):
        dispatcher.beat()
        dispatcher.rest()
        event.listen(
            workspace.engine,
            "before_cursor_execute",
            lambda _c, _cursor, sql, values, *_: sent.append((sql, values)),
        )
        dispatcher.beat()
    workspace.engine.dispose()
    return sent


def test_an_idle_beat_reads_no_row_that_waits(office: Office) -> None:
    """Every query for deliveries goes by an index, of which what waits for its day is no part."""
    office.promise("x")
    queries = [q for q in sent_by_a_beat(office) if "FROM deliveries" in q[0]]
    with closing(sqlite3.connect(office.root / "var" / "jposocial.db")) as database:
        plans = [
            str(row[-1])
            for sql, values in queries
            for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        ]
    assert len(queries) >= 4
    assert [] == [plan for plan in plans if plan.startswith("SCAN deliveries")]


def test_what_keeps_an_account_is_asked_once_a_beat(office: Office) -> None:
    """However many of its posts are due: the second costs as much as the ninth."""
    office.configure(accounts={"x": {"min_gap": "0s"}})
    for number in range(2):
        office.promise("x", id=f"2026-12-early-{number}", text=f"お知らせ{number}です。")
    office.clock.now = DUE
    office.misbehave("status", path="/2/tweets", reason="suspended", times=1)
    office.publish()
    few = len(sent_by_a_beat(office))
    for number in range(7):
        office.promise("x", id=f"2026-12-late-{number}", text=f"案内{number}です。")
    assert few == len(sent_by_a_beat(office))
