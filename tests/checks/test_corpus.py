"""The rules together, against seeded mistakes and hard clean posts (corpus/README.md)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import REPOSITORY

import jposocial
from jposocial.app import Workspace

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))

#: Of 100: mistakes that are named by their rule at the least, clean posts remarked on at the most.
NAMED, REMARKED = 95, 2


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The starter without its posts."""
    root = tmp_path_factory.mktemp("office")
    shutil.copytree(REPOSITORY / "templates", root / "templates")
    shutil.copytree(REPOSITORY / "posts" / "registers", root / "posts" / "registers")
    shutil.copyfile(REPOSITORY / "jposocial.toml", root / "jposocial.toml")
    (root / "posts" / "one").mkdir()
    return jposocial.open_workspace(root)


def rules_of(office: Workspace, folder: str) -> Iterator[tuple[str, set[str]]]:
    """(file, the rules that are named) of every file, each checked alone."""
    for path in sorted((CORPUS / folder).glob("*.md")):
        copy = office.root / "posts" / "one" / path.name
        shutil.copyfile(path, copy)
        yield path.name, {problem.rule for problem in office.check(now=NOW)}
        copy.unlink()


def test_mistakes_are_named(office: Workspace) -> None:
    """The rule that a file is named after is among those found."""
    found = list(rules_of(office, "mistakes"))
    missed = [name for name, rules in found if name.split("-")[0] not in rules]
    assert len(found) >= 400
    assert len(missed) * 100 <= (100 - NAMED) * len(found), missed


def test_clean_posts_are_left_alone(office: Workspace) -> None:
    """Neither an error nor a warning."""
    found = list(rules_of(office, "clean"))
    remarked = [(name, rules) for name, rules in found if rules]
    assert len(found) >= 100
    assert len(remarked) * 100 <= REMARKED * len(found), remarked
