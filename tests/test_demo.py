"""The demo is a rehearsal of the sample posts, to the end, the same on every day and machine.

It is played whole once, because that takes a while.
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.workspace import run_cli, tree_digest

from jposocial.app import open_workspace
from jposocial.errors import Refused
from jposocial.messages import Message
from jposocial.model import Status
from jposocial.outbox.queue import queue
from jposocial.rehearsal.demo import run_demo
from jposocial.sandbox import Entry, Timeline

#: Far more than the demo takes; its promise is a minute, on a machine that does nothing else.
PATIENCE = 240.0


def posted(folder: Path) -> list[Entry]:
    timeline = Timeline(folder / "var" / "sandbox" / "timeline.jsonl")
    found = list(timeline.entries())
    timeline.close()
    return found


def test_everything_goes_out_and_the_page_shows_it(tmp_path: Path) -> None:
    """Each delivery is published and on its timeline once, byte for byte, in its window; the
    record is whole; no thread goes on, and no file is written elsewhere."""
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "play"
    elsewhere.mkdir()
    before, threads, began = tree_digest(elsewhere), set(threading.enumerate()), time.monotonic()
    ran = run_cli(["demo", "--out", folder], elsewhere)
    assert 0 == ran.code, ran.err
    assert time.monotonic() - began < PATIENCE
    assert threads == set(threading.enumerate())
    assert before == tree_digest(elsewhere)
    assert {elsewhere, folder} == set(tmp_path.iterdir())

    entries = {(entry.account, entry.id): entry for entry in posted(folder)}
    workspace = open_workspace(folder, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC))
    rows = [q.delivery for q in queue(workspace.engine, workspace.house, now=workspace.clock())]
    published = [row for row in rows if row.status is Status.PUBLISHED]
    assert sum(len(delivery.parts) for delivery in published) == len(entries) > 10
    assert 3 == max(len(delivery.parts) for delivery in published), "a thread is among them"
    for delivery in published:
        parts = [entries[delivery.account, receipt.id] for receipt in delivery.receipts]
        assert [entry.text for entry in parts] == [part.text for part in delivery.parts]
        assert [None, *(entry.id for entry in parts[:-1])] == [entry.parent for entry in parts]
        assert all(delivery.due <= entry.created_at < delivery.expires for entry in parts)

    assert str(folder / "rehearsal.html") in ran.out
    shown = json.loads((folder / "rehearsal.json").read_text(encoding="utf-8"))
    texts = [part["text"] for one in shown["deliveries"] for part in one["parts"]]
    assert sorted(texts) == sorted(entry.text for entry in entries.values())
    assert {"published": len(published)} == shown["counts"]
    assert 0 == run_cli(["audit", "verify"], folder).code


def test_it_tells_what_it_does_before_it_does_it(tmp_path: Path) -> None:
    """Step by step, and in the reader's language."""
    said: list[Message] = []

    class EnoughError(Exception):
        pass

    def progress(message: Message) -> None:
        raise EnoughError(message)

    with pytest.raises(EnoughError):
        run_demo(tmp_path / "play", language="ja", say=said.append, progress=progress)
    assert 2 == len(said)
    assert all(message.localised("ja") != message.localised("en") for message in said)


def test_a_workspace_is_not_played_over(tmp_path: Path) -> None:
    """Nothing is written where something is."""
    (tmp_path / "posts").mkdir()
    with pytest.raises(Refused):
        run_demo(tmp_path, language="en", say=print, progress=print)
    assert ["posts"] == [path.name for path in tmp_path.iterdir()]
