"""`init`: a workspace with samples, made without ever overwriting anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.workspace import NOW, REPOSITORY, checked, run_cli, run_program, tree_digest, write_file


def starter_files() -> set[str]:
    """What the starter has."""
    found = {"jposocial.toml"}
    for name in ("posts", "templates"):
        found |= {
            path.relative_to(REPOSITORY).as_posix()
            for path in (REPOSITORY / name).rglob("*")
            if path.is_file()
        }
    return found


def files_of(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("argument", "where"),
    [
        pytest.param([], ".", id="here"),
        pytest.param(["."], ".", id="here by name"),
        pytest.param(["office"], "office", id="a new folder"),
        pytest.param(["a/b/office"], "a/b/office", id="a new folder in new ones"),
        pytest.param(["見本 センター"], "見本 センター", id="a name with a space"),
    ],
)
def test_empty(tmp_path: Path, argument: list[str], where: str) -> None:
    """The samples, the templates, the configuration, and a .gitignore for what is its own."""
    ran = run_cli(["init", *argument], tmp_path)
    folder = tmp_path / where
    assert 0 == ran.code
    assert starter_files() | {".gitignore"} == files_of(folder)
    assert files_of(folder) == set(ran.out.splitlines())
    assert "var/\n" == (folder / ".gitignore").read_text(encoding="utf-8")
    for name in starter_files():
        assert (REPOSITORY / name).read_bytes() == (folder / name).read_bytes()


def test_ready_to_use(tmp_path: Path) -> None:
    """What is made can be checked and planned at once, without an error."""
    assert 0 == run_program(["init", "office"], tmp_path).code
    assert [] == [p for p in checked(tmp_path / "office") if p["severity"] == "error"]
    plan = run_program(["plan", "--now", NOW], tmp_path / "office")
    assert 0 == plan.code
    assert "career-seminar" in plan.out


def test_files_are_kept(tmp_path: Path) -> None:
    """A folder with other files gets the starter beside them; its .gitignore stays."""
    kept = {"README.md": "私の", ".gitignore": "*.tmp\n", "deep/a.txt": "a", "post/x.md": "x"}
    for name, content in kept.items():
        write_file(tmp_path, name, content)
    assert 0 == run_cli(["init"], tmp_path).code
    assert {*kept, *starter_files()} == files_of(tmp_path)
    for name, content in kept.items():
        assert content == (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["jposocial.toml", "posts/x.md", "posts/.keep", "templates/x.txt", "posts", "templates"]
)
def test_refused(tmp_path: Path, name: str) -> None:
    """Where a part of it is there already, exit 1, it says which, and nothing is written."""
    write_file(tmp_path, name, "私の")
    write_file(tmp_path, "other.txt", "私の")
    before = tree_digest(tmp_path)
    ran = run_cli(["init"], tmp_path)
    assert (1, "") == (ran.code, ran.out)
    assert name.partition("/")[0] in ran.err
    assert before == tree_digest(tmp_path)


def test_empty_folder_is_there(tmp_path: Path) -> None:
    """An empty posts/ is somebody's too."""
    (tmp_path / "posts").mkdir()
    assert 1 == run_cli(["init"], tmp_path).code
    assert [tmp_path / "posts"] == list(tmp_path.iterdir())


def test_link_to_nothing(tmp_path: Path) -> None:
    """A link that leads nowhere is not written through."""
    (tmp_path / "posts").symlink_to("elsewhere")
    assert 1 == run_cli(["init"], tmp_path).code
    assert [tmp_path / "posts"] == list(tmp_path.iterdir())


def test_twice(tmp_path: Path) -> None:
    """The second time it refuses, and what was edited since stays."""
    assert 0 == run_cli(["init"], tmp_path).code
    write_file(tmp_path, "jposocial.toml", "# 私の\n")
    before = tree_digest(tmp_path)
    assert 1 == run_cli(["init"], tmp_path).code
    assert before == tree_digest(tmp_path)


def test_where_a_file_is(tmp_path: Path) -> None:
    """A file is no folder to make a workspace in: exit 1, no traceback, the file as it was."""
    path = write_file(tmp_path, "office", "私の")
    for target in ("office", "office/deep"):
        ran = run_cli(["init", target], tmp_path)
        assert (1, "") == (ran.code, ran.out)
        assert "office" in ran.err
        assert "Traceback" not in ran.err
    assert "私の" == path.read_text(encoding="utf-8")


def test_where_nobody_may_write() -> None:
    """A place that cannot be written is refused with the system's reason: exit 1."""
    if os.geteuid() == 0 and not Path("/proc/sys").is_dir():
        return
    ran = run_cli(["init", "/proc/sys/office"], Path("/"))
    assert (1, "") == (ran.code, ran.out)
    assert "/proc/sys/office" in ran.err


def test_too_many(tmp_path: Path) -> None:
    """One folder at a time."""
    assert 2 == run_cli(["init", "a", "b"], tmp_path).code
    assert [] == list(tmp_path.iterdir())


def test_inside_a_workspace(tmp_path: Path) -> None:
    """A workspace below another is one of its own."""
    run_cli(["init"], tmp_path)
    assert 0 == run_cli(["init", "branch"], tmp_path).code
    assert checked(tmp_path) == checked(tmp_path / "branch")
