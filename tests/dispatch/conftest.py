"""An office for every test, and the platforms one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dispatch.office import HANDLES, Office, opened


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


@pytest.fixture(params=HANDLES)
def account(request: pytest.FixtureRequest) -> str:
    """The name of an account, which is that of its platform."""
    return str(request.param)
