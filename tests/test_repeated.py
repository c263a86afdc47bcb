"""E07 through the real outbox: what went out is not said again by another file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.workspace import make_workspace

from jposocial.app import Workspace, open_workspace
from jposocial.publishing import publish

_POST = """---
id: {id}
kind: notice
title: {title}
publish: {when}
accounts: [x]
text: {{x: {text}}}
---
"""
_TEXT = "窓口の受付時間を延長します。詳しくは案内のページをご覧ください。"


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """A workspace in which one notice has been published on X."""
    root = make_workspace(tmp_path, approval={"required": False})
    _write(root, "first", "受付時間の延長", "2027-01-13 10:00", _TEXT)
    clock = datetime(2027, 1, 13, 1, 0, tzinfo=UTC)
    workspace = open_workspace(root, clock=lambda: clock)
    workspace.sync()
    assert 1 == len(publish(workspace).published)
    return workspace


def _write(root: Path, post: str, title: str, when: str, text: str) -> None:
    path = root / "posts" / f"{post}.md"
    path.write_text(_POST.format(id=post, title=title, when=when, text=text), encoding="utf-8")


def _rules(workspace: Workspace) -> list[tuple[str, str | None]]:
    return [(p.rule, p.post) for p in workspace.check() if p.severity == "error"]


@pytest.mark.parametrize("text", [_TEXT, _TEXT.replace("詳しくは", "詳細は")])
def test_nearly_the_same_text_is_found(office: Workspace, text: str) -> None:
    """A copy under another id is E07, also where a word was changed."""
    _write(office.root, "copy", "受付時間", "2027-01-20 10:00", text)
    assert [("E07", "copy")] == _rules(office)


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("2027-02-20 10:00", _TEXT),
        ("2027-01-20 10:00", "語学試験の説明会を開きます。申込みは不要です。"),
    ],
    ids=["more than 30 days later", "another text"],
)
def test_another_announcement_is_not(office: Workspace, when: str, text: str) -> None:
    """Neither the same words much later, nor other words, are a repetition."""
    _write(office.root, "other", "受付時間", when, text)
    assert [] == _rules(office)


def test_what_repeats_is_not_queued(office: Workspace) -> None:
    """A file with E07 changes nothing in the queue."""
    _write(office.root, "copy", "受付時間", "2027-01-20 10:00", _TEXT)
    report = office.sync()
    assert ["E07"] == [p.rule for p in report.refused]
    assert [] == report.created


def test_the_published_file_itself_stays_sound(office: Workspace) -> None:
    """What went out does not resemble itself."""
    assert [] == _rules(office)
