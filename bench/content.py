"""check + plan + render of 10,000 posts, nine variants each, against reading and YAML alone."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import yaml

from bench.measuring import Row, alternated
from bench.tree import make_tree
from jposocial.app import open_workspace

POSTS = 10_000
VARIANTS = 9
_NOW = datetime(2026, 12, 1, tzinfo=UTC)


def measure(posts: int = POSTS, rounds: int = 3) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_tree(root, posts)
        return alternated(
            f"cold check + plan + render of {posts:,} posts, {VARIANTS} variants each",
            6.0,
            "read + PyYAML CSafeLoader",
            lambda: _ours(root, posts),
            lambda: _floor(root),
            rounds=rounds,
        )


def _ours(root: Path, posts: int) -> None:
    survey = open_workspace(root).survey(_NOW)
    errors = [p for p in survey.problems if p.severity == "error"]
    assert not errors, errors[0]
    assert len(survey.promises) == VARIANTS * posts


def _floor(root: Path) -> None:
    for path in (root / "posts").rglob("*.md"):
        head = path.read_bytes().decode().split("---\n")[1]
        yaml.load(head, Loader=yaml.CSafeLoader)
