"""Names of moments and of dates: one that does not exist would be passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workspace import make_workspace, run_cli

_SEMINAR = """---
id: a-seminar
kind: seminar
title: 国際機関就職セミナー
starts: 2027-02-05 19:00
ends: 2027-02-05 20:30
{more}
---
"""


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("skip: [remindr]", 7),
        ("skip: [reminder, Announce]", 7),
        ("text: {x: {anounce: 本文です。}}", 7),
        ("text:\n  x:\n    last-call: 本文です。", 9),
    ],
)
def test_a_moment_that_the_kind_does_not_have(tmp_path: Path, more: str, line: int) -> None:
    """It is F04 on its line, and the nearest right name is given."""
    root = make_workspace(tmp_path)
    (root / "posts" / "a.md").write_text(_SEMINAR.format(more=more), encoding="utf-8")
    code, out, _ = run_cli(["check", "--lang", "en", "--now", "2026-12-01 09:00"], root)
    assert 1 == code
    assert f"posts/a.md:{line}: F04" in out
    assert "did you mean" in out


@pytest.mark.parametrize(
    "more",
    ["skip: [reminder, last_call]", "text: {x: {today: 今夜です。}}", "text: {x: 本文です。}"],
)
def test_a_moment_that_the_kind_has(tmp_path: Path, more: str) -> None:
    """Every name of a row of the cadence can be skipped and worded."""
    root = make_workspace(tmp_path)
    (root / "posts" / "a.md").write_text(_SEMINAR.format(more=more), encoding="utf-8")
    _, out, _ = run_cli(["check", "--lang", "en", "--now", "2026-12-01 09:00"], root)
    assert "F04" not in out


def test_a_cadence_on_a_date_that_does_not_exist(tmp_path: Path) -> None:
    """A misspelt anchor is a mistake of the configuration, not a moment that never comes."""
    root = make_workspace(tmp_path)
    with (root / "jposocial.toml").open("a", encoding="utf-8") as file:
        file.write('\n[cadence.seminar]\nx = [{moment = "announce", at = "strats-14"}]\n')
    code, _, err = run_cli(["check", "--lang", "en"], root)
    assert 2 == code
    assert "there is no date 'strats' — did you mean 'starts'?" in err
