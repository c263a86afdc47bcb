"""Every rule against real content files: `cases/<RULE>/trigger-<name>-<lines>.md` and `near-*.md`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.workspace import checked, make_workspace, tree_digest

CASES = Path(__file__).parent / "cases"

#: The rules that these files are about; a near miss of one is clean for all of them.
RULES = {
    *("F01", "F02", "F03", "F04", "F05", "F06", "E01", "E02", "E06", "E09", "E11", "E15", "E21"),
}  # fmt: skip


def cases(which: str) -> list[object]:
    """The files as parameters, by rule and name."""
    found = sorted(CASES.glob(f"*/{which}-*.md"))
    return [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in found]


def workspace_with(case: Path, tmp_path: Path) -> Path:
    """A workspace with that file alone."""
    root = make_workspace(tmp_path)
    shutil.copyfile(case, root / "posts" / "case.md")
    return root


def expected_lines(case: Path) -> list[int]:
    """The lines that the file's name ends with."""
    match = re.search(r"(?:-\d+)+$", case.stem.removeprefix("trigger"))
    assert match, case
    return [int(number) for number in match[0].split("-")[1:]]


@pytest.mark.parametrize("case", cases("trigger"))
def test_trigger(case: Path, tmp_path: Path) -> None:
    """The file breaks its rule, and no other, on exactly the lines that its name gives."""
    root = workspace_with(case, tmp_path)
    before = tree_digest(root)
    found = [p for p in checked(root) if p["rule"] in RULES]
    assert {case.parent.name} == {p["rule"] for p in found}
    assert expected_lines(case) == sorted({p["line"] for p in found})
    assert {"posts/case.md"} == {p["path"] for p in found}
    assert {"error"} == {p["severity"] for p in found}
    assert before == tree_digest(root)


@pytest.mark.parametrize("case", cases("trigger"))
def test_trigger_in_both_languages(case: Path, tmp_path: Path) -> None:
    """In Japanese and in English the same is found, with a message and a fix."""
    root = workspace_with(case, tmp_path)
    said = [checked(root, "--lang", language) for language in ("ja", "en")]
    places = [[(p["rule"], p["line"]) for p in found] for found in said]
    assert sorted(places[0]) == sorted(places[1])
    assert all(p["message"].strip() and p["fix"].strip() for found in said for p in found)


@pytest.mark.parametrize("case", cases("near"))
def test_near_miss(case: Path, tmp_path: Path) -> None:
    """The file looks like one that breaks its rule and breaks none of these."""
    root = workspace_with(case, tmp_path)
    assert [] == [p for p in checked(root) if p["rule"] in RULES]


@pytest.mark.parametrize("which", ["trigger", "near"])
def test_every_rule_has_files(which: str) -> None:
    """No rule is without a file that breaks it and one that does not."""
    # F01, F05 and F06 need bytes, a second file or a template: tests/posts, test_templates.py.
    written = {path.parent.name for path in CASES.glob(f"*/{which}-*.md")}
    assert RULES - {"F01", "F05", "F06"} == written
