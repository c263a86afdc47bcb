"""`sync` where nothing has changed, against looking at every file once."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import Row, alternated
from bench.tree import make_tree
from jposocial.app import Workspace, open_workspace

POSTS = 10_000
_NOW = datetime(2026, 12, 1, tzinfo=UTC)


def measure(posts: int = POSTS, rounds: int = 15) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_tree(root, posts)
        workspace = open_workspace(root, clock=lambda: _NOW)
        made = len(workspace.sync().created)
        assert made
        row = alternated(
            f"`sync` with nothing changed, {posts:,} posts",
            3.0,
            "scandir + stat of the tree",
            lambda: _ours(workspace, made),
            lambda: _floor(root, posts),
            rounds=rounds,
        )
        workspace.engine.dispose()
        return row


def _ours(workspace: Workspace, rows: int) -> None:
    report = workspace.sync()
    assert (rows, []) == (report.unchanged, report.created)


def _floor(root: Path, posts: int) -> None:
    count = sum(_looked_at(str(root / name)) for name in ("posts", "templates"))
    assert count > posts


def _looked_at(folder: str) -> int:
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                count += _looked_at(entry.path)
            else:
                os.stat(entry.path)  # noqa: PTH116  what is measured is the call
                count += 1
    return count
