"""Threads: each part replies to the one before it, and is sent once. (Facebook has none: E21.)"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from tests.publishers.rigs import RIGS, STARTED, WHO, Diary, Rig, variant

from jposocial.model import Part
from jposocial.platforms import platform
from jposocial.protocols import Reconciler
from jposocial.publishers import PUBLISHERS
from jposocial.sandbox import Sandbox

TEXTS = ("一つ目です。", "二つ目です。", "三つ目です。")
SINCE = STARTED - timedelta(minutes=5)

#: Those that have threads.
THREADS = [name for name in PUBLISHERS if platform(name).threads]


@pytest.fixture(params=THREADS)
def rig(request: pytest.FixtureRequest) -> Rig:
    return RIGS[request.param]


@pytest.fixture
def diary() -> Diary:
    return Diary()


def test_who_has_threads() -> None:
    """X has them; a page has comments, which are something else."""
    assert ["x"] == THREADS


def test_each_part_replies_to_the_one_before(rig: Rig, sandbox: Sandbox, diary: Diary) -> None:
    """In their order, one visible request each."""
    receipts = rig.publisher(sandbox.url).publish(variant(*TEXTS), diary)
    entries = sandbox.entries()
    assert list(TEXTS) == [entry.text for entry in entries]
    assert [None, entries[0].id, entries[1].id] == [entry.parent for entry in entries]
    assert [(0, entries[0].id), (1, entries[1].id), (2, entries[2].id)] == [
        (receipt.part, receipt.id) for receipt in receipts
    ]
    assert 3 == sandbox.requests()[rig.visible]


def test_it_goes_on_after_the_proved_parts(rig: Rig, sandbox: Sandbox, diary: Diary) -> None:
    """An interrupted thread goes on where it stood, below its own last part."""
    (first,) = rig.publisher(sandbox.url).publish(variant(TEXTS[0]), diary)
    again = Diary(ids={"part:0": {"id": first.id, "url": first.url}})
    receipts = rig.publisher(sandbox.url).publish(variant(*TEXTS[:2]), again)
    assert [first.id, sandbox.entries()[1].id] == [receipt.id for receipt in receipts]
    assert ["begin part:1", "prove part:1"] == again.calls
    assert first.id == sandbox.entries()[1].parent


def test_a_part_is_found_below_its_own_parent_alone(
    rig: Rig, sandbox: Sandbox, diary: Diary
) -> None:
    """The same words elsewhere on the timeline are not this part of this thread."""
    line = rig.publisher(sandbox.url)
    first, second, _ = line.publish(variant(*TEXTS), diary)
    (alone,) = line.publish(variant(TEXTS[1] + "。"), Diary())
    reader = cast(Reconciler, line)
    part = Part(text=TEXTS[1])
    assert [second.id] == [r.id for r in reader.find(part, WHO, SINCE, first.id)]
    assert [] == reader.find(part, WHO, SINCE)
    assert [] == reader.find(part, WHO, SINCE, alone.id)
    assert [first.id] == [r.id for r in reader.find(Part(text=TEXTS[0]), WHO, SINCE)]
