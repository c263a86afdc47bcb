"""`run` under kills for two minutes; `make soak` does the same for half an hour."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.soak import SHAPES, soak


@pytest.mark.first
def test_run_under_kills(tmp_path: Path) -> None:
    """Nothing is out twice, no row is lost, and a person ends every one of them."""
    result = soak(tmp_path, seconds=120, seed=1)
    assert [] == result.wrong
    assert result.posts > 20
    assert result.befell["killed"] > 0
    assert set(SHAPES) <= set(result.befell)
    assert result.left["published"] > 0
