"""The demo plays the sample posts to the end, the same on every day and every machine.

It is played whole once, because that takes a while.
"""

from __future__ import annotations

import html
import re
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from tests.workspace import run_cli, tree_digest

from jposocial.app import Workspace, open_workspace
from jposocial.errors import Refused
from jposocial.messages import Message
from jposocial.model import Status
from jposocial.outbox.approvals import REHEARSAL
from jposocial.outbox.queue import Queued, queue
from jposocial.rehearsal.demo import FIRST, JumpingClock, play, run_demo
from jposocial.sandbox import Entry, Timeline
from jposocial.starter import copy_starter

#: Far more than the demo takes; its promise is a minute, on a machine that does nothing else.
PATIENCE = 240.0


def posted(folder: Path) -> list[Entry]:
    timeline = Timeline(folder / "var" / "sandbox" / "timeline.jsonl")
    found = list(timeline.entries())
    timeline.close()
    return found


def rows(folder: Path, at: datetime) -> list[Queued]:
    workspace = open_workspace(folder, clock=lambda: at)
    return queue(workspace.engine, workspace.house, now=at)


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
    published = [q.delivery for q in rows(folder, FIRST) if q.delivery.status is Status.PUBLISHED]
    assert sum(len(delivery.parts) for delivery in published) == len(entries) > 10
    assert 3 == max(len(delivery.parts) for delivery in published), "a thread is among them"
    for delivery in published:
        parts = [entries[delivery.account, receipt.id] for receipt in delivery.receipts]
        assert [entry.text for entry in parts] == [part.text for part in delivery.parts]
        assert [None, *(entry.id for entry in parts[:-1])] == [entry.parent for entry in parts]
        assert all(delivery.due <= entry.created_at < delivery.expires for entry in parts)

    page = folder / "timelines.html"
    assert str(page) in ran.out
    shown = squeezed(html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8"))))
    for entry in entries.values():
        assert squeezed(entry.text.splitlines()[0]) in shown

    assert 0 == run_cli(["audit", "verify"], folder).code


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def played(folder: Path, end: datetime) -> Path:
    """The demo's first weeks."""
    copy_starter(folder)
    clock = JumpingClock(FIRST)
    workspace = open_workspace(folder, clock=clock, identity=lambda: REHEARSAL)
    play(workspace, clock, end, say=lambda message: None)
    return folder


def outcome(folder: Path, end: datetime) -> list[tuple[object, ...]]:
    """What became of every delivery, without anything that lies in its folder's name."""
    return [
        (d.id, d.post, d.account, d.moment, d.status, d.due, d.out_at, d.payload_hash, d.receipts)
        for d in (q.delivery for q in rows(folder, end))
    ]


def test_it_is_the_same_whatever_today_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock is never asked, and its zone changes nothing."""
    end = datetime(2026, 12, 12, tzinfo=UTC)
    here = played(tmp_path / "here", end)

    def never() -> NoReturn:
        pytest.fail("the machine's clock was asked")

    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(Workspace.__init__.__kwdefaults__, "clock", never)
        elsewhere.setenv("TZ", "America/St_Johns")
        time.tzset()
        there = played(tmp_path / "there", end)
    time.tzset()
    assert outcome(here, end) == outcome(there, end)
    assert posted(here) == posted(there) != []


def test_it_tells_what_it_does_before_it_does_it(tmp_path: Path) -> None:
    """Step by step, and in the reader's language."""
    said: list[Message] = []

    class EnoughError(Exception):
        pass

    def say(message: Message) -> None:
        said.append(message)
        if len(said) == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        run_demo(tmp_path / "play", language="ja", say=say)
    assert ["1", "2", "3"] == [str(message)[0] for message in said]
    assert all(message.localised("ja") != message.localised("en") for message in said)


def test_a_workspace_is_not_played_over(tmp_path: Path) -> None:
    """Nothing is written where something is."""
    (tmp_path / "posts").mkdir()
    with pytest.raises(Refused):
        run_demo(tmp_path, language="en", say=lambda message: None)
    assert ["posts"] == [path.name for path in tmp_path.iterdir()]
