"""check + plan + render of 10,000 posts against reading and YAML alone."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import yaml

from bench.measuring import Row, alternated
from bench.tree import make_mix, make_tree
from jposocial.app import open_workspace
from jposocial.survey import Survey

POSTS = 10_000
VARIANTS = 9
_NOW = datetime(2026, 12, 1, tzinfo=UTC)


def measure(posts: int = POSTS, rounds: int = 3) -> Row:
    """Notices, nine variants each."""
    with tempfile.TemporaryDirectory() as folder:
        make_tree(Path(folder), posts)
        title = f"cold check + plan + render of {posts:,} posts, {VARIANTS} variants each"
        return _row(title, Path(folder), VARIANTS * posts, rounds)


def measure_mix(posts: int = POSTS, rounds: int = 3) -> Row:
    """Posts of every kind as the samples are written, on two accounts at up to eight moments."""
    with tempfile.TemporaryDirectory() as folder:
        make_mix(Path(folder), posts)
        variants = len(_survey(Path(folder)).promises)
        title = f"the same of {posts:,} posts of every kind, {variants:,} variants"
        return _row(title, Path(folder), variants, rounds)


def _row(work: str, root: Path, variants: int, rounds: int) -> Row:
    return alternated(
        work,
        6.0,
        "read + PyYAML CSafeLoader",
        lambda: _ours(root, variants),
        lambda: _floor(root),
        rounds=rounds,
    )


def _survey(root: Path) -> Survey:
    return open_workspace(root).survey(_NOW)


def _ours(root: Path, variants: int) -> None:
    survey = _survey(root)
    errors = [p for p in survey.problems if p.severity == "error"]
    assert not errors, errors[0]
    assert len(survey.promises) == variants


def _floor(root: Path) -> None:
    for path in (root / "posts").rglob("*.md"):
        head = path.read_bytes().decode().split("---\n")[1]
        yaml.load(head, Loader=yaml.CSafeLoader)
