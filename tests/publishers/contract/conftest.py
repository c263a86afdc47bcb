"""A desk of its own for every test, of the platform that the test's rig names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.publishers.contract.desk import ContractDesk
from tests.publishers.rigs import RIGS


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[str], ContractDesk]]:
    opened: list[ContractDesk] = []

    def open_desk(platform: str) -> ContractDesk:
        opened.append(ContractDesk(RIGS[platform], tmp_path))
        return opened[-1]

    yield open_desk
    for desk in opened:
        desk.close()
