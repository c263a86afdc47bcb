"""Every test here that asks for a `rig` runs once for each platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.publishers.rigs import RIGS, Clock, Rig

from jposocial.sandbox import Sandbox, Timeline


@pytest.fixture(params=RIGS.values(), ids=RIGS)
def rig(request: pytest.FixtureRequest) -> Rig:
    found: Rig = request.param
    return found


@pytest.fixture(params=[rig for rig in RIGS.values() if rig.threads], ids=lambda rig: rig.platform)
def threading(request: pytest.FixtureRequest) -> Rig:
    """A platform that has threads."""
    found: Rig = request.param
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Iterator[Sandbox]:
    timeline = Timeline(tmp_path / "timeline.jsonl")
    with Sandbox([rig.sandbox_account() for rig in RIGS.values()], timeline, clock) as sandbox:
        yield sandbox
    timeline.close()
