"""F01, F02 and F05: files that are no content files, and ids that are taken."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.workspace import (
    NOW,
    checked,
    make_workspace,
    post_text,
    run_cli,
    run_program,
    tree_digest,
    write_file,
    write_post,
)

FIELDS = {"id": "case", "kind": "notice", "title": "お知らせ", "publish": "2027-01-13 10:00"}
GOOD = post_text("本文です。", **FIELDS)


def loops(root: Path) -> None:
    """A link to itself."""
    (root / "posts" / "x.md").symlink_to("x.md")


def dangles(root: Path) -> None:
    """A link to nothing."""
    (root / "posts" / "x.md").symlink_to("none.md")


def leads_out(root: Path) -> None:
    """A link to a good file elsewhere."""
    target = write_file(root.parent, "elsewhere.md", GOOD)
    (root / "posts" / "x.md").symlink_to(target)


def leads_to_a_folder(root: Path) -> None:
    """A link to a folder with a good file in it."""
    write_file(root.parent, "elsewhere/case.md", GOOD)
    (root / "posts" / "x.md").symlink_to(root.parent / "elsewhere")


def is_a_pipe(root: Path) -> None:
    """A named pipe, which nobody writes into."""
    os.mkfifo(root / "posts" / "x.md")


UNREADABLE: dict[str, Callable[[Path], Any]] = {
    "Shift_JIS": lambda root: write_file(root, "posts/x.md", GOOD.encode("cp932")),
    "EUC-JP": lambda root: write_file(root, "posts/x.md", GOOD.encode("euc_jp")),
    "UTF-16": lambda root: write_file(root, "posts/x.md", GOOD.encode("utf-16")),
    "cut within a character": lambda root: write_file(root, "posts/x.md", GOOD.encode()[:-3]),
    "a lone surrogate": lambda root: write_file(
        root, "posts/x.md", GOOD.encode() + b"\xed\xa0\x80"
    ),
    "5 MB": lambda root: write_file(root, "posts/x.md", GOOD + "あ" * 1_700_000),
    "5 MB of nothing": lambda root: write_file(root, "posts/x.md", b"\0" * 5_000_000),
    "a folder": lambda root: (root / "posts" / "x.md").mkdir(),
    "a full folder": lambda root: write_file(root, "posts/x.md/case.md", GOOD),
    "a link to itself": loops,
    "a link to nothing": dangles,
    "a link out of the workspace": leads_out,
    "a link to a folder": leads_to_a_folder,
    "a pipe": is_a_pipe,
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    """F01 on line 1, with the file's name; the other files are read; nothing is changed."""
    root = make_workspace(tmp_path)
    make(root)
    write_post(root, "good", "本文です。")
    before = tree_digest(tmp_path)
    found = checked(root)
    assert [("F01", "posts/x.md", 1, "error")] == [
        (p["rule"], p["path"], p["line"], p["severity"]) for p in found
    ]
    planned = run_cli(["plan", "--json", "--now", NOW], root)
    assert '"good"' in planned.out
    assert before == tree_digest(tmp_path)


def test_line_of_a_wrong_byte(tmp_path: Path) -> None:
    """The message of a file in another encoding says on which line that shows."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/x.md", b"---\nid: case\n" + "title: お知らせ\n".encode("cp932"))
    [problem] = checked(root)
    assert "3" in problem["message"]
    assert "Shift_JIS" in problem["message"]


def test_name_not_in_utf8(tmp_path: Path) -> None:
    """A file whose name is not in UTF-8 is F01, and can be said on any terminal."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/x", GOOD)
    posts = os.fsencode(root / "posts")
    try:
        os.rename(posts + b"/x", posts + b"/\xe3.md")  # noqa: PTH104  a name that is no text
    except OSError:
        return  # The file system takes no such name.
    for args in (["check", "--now", NOW], ["check", "--json", "--now", NOW]):
        ran = run_program(args, root, env={"PYTHONIOENCODING": "ascii"})
        assert (1, "") == (ran.code, ran.err)
        assert "F01" in ran.out
    assert ["F01"] == [p["rule"] for p in checked(root)]


@contextmanager
def as_another(folder: Path) -> Iterator[None]:
    """As somebody who is not the superuser, who may look into `folder`."""
    if os.geteuid() != 0:
        yield
        return
    folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", ["posts/locked.md", "posts/locked"])
def test_not_allowed(name: str) -> None:
    """A file or a folder that may not be read is F01; what is beside it is read."""
    with tempfile.TemporaryDirectory() as made:
        root = make_workspace(Path(made))
        write_post(root, "good", "本文です。")
        locked = write_file(root, name if name.endswith(".md") else f"{name}/case.md", GOOD)
        locked = root / name
        locked.chmod(0)
        before = tree_digest(root / "posts" / "notices")
        with as_another(Path(made)):
            found = checked(root)
            assert before == tree_digest(root / "posts" / "notices")
        locked.chmod(0o755)
        assert [("F01", name)] == [(p["rule"], p["path"]) for p in found]


def test_no_posts_folder(tmp_path: Path) -> None:
    """Without a folder posts/ there is one problem and no traceback."""
    root = make_workspace(tmp_path)
    (root / "posts").rmdir()
    assert [("F01", "posts")] == [(p["rule"], p["path"]) for p in checked(root)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r").encode(), id="CR"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(), id="both"),
        pytest.param(GOOD.rstrip("\n").encode(), id="no line end at the end"),
        pytest.param(
            GOOD.replace("---\n", "---\n# " + "あ" * 330_000 + "\n", 1).encode(), id="1 MB"
        ),
    ],
)
def test_accepted(tmp_path: Path, content: bytes) -> None:
    """What editors on other systems write is read as the same post."""
    root = make_workspace(tmp_path, accounts={"facebook": None})
    write_file(root, "posts/x.md", content)
    assert [] == checked(root)
    planned = run_cli(["plan", "--json", "--now", NOW], root).out
    assert '"case"' in planned


def test_lines_with_crlf(tmp_path: Path) -> None:
    """Lines are counted the same whatever ends them."""
    root = make_workspace(tmp_path)
    text = post_text("一行目\n2月5日(木)", **FIELDS).replace("\n", "\r\n")
    write_file(root, "posts/x.md", b"\xef\xbb\xbf" + text.encode())
    assert [("E01", 8)] == [(p["rule"], p["line"]) for p in checked(root) if p["rule"] == "E01"]


def test_left_out(tmp_path: Path) -> None:
    """Hidden files, other endings, media and registers are no content files."""
    root = make_workspace(tmp_path)
    for name in (".x.md", ".hidden/x.md", "x.txt", "x.md~", "x", "media/x.md", "registers/x.md"):
        write_file(root, f"posts/{name}", "なにか")
    assert [] == checked(root)


def test_link_within(tmp_path: Path) -> None:
    """A link to a file of the same workspace is read: here as a second one with its id."""
    root = make_workspace(tmp_path)
    path = write_post(root, "case", "本文です。")
    (root / "posts" / "again.md").symlink_to(path)
    assert ["F05", "F05"] == [p["rule"] for p in checked(root)]


def test_double_id(tmp_path: Path) -> None:
    """F05 on each file that has the id, on its line, naming the others; none is planned."""
    root = make_workspace(tmp_path)
    write_post(root, "same", "一つ目です。", path="posts/a.md")
    write_post(root, "other", "別の文です。", path="posts/b.md")
    write_post(root, "same", "二つ目です。", path="posts/deep/er/c.md")
    found = [p for p in checked(root) if p["rule"] == "F05"]
    assert [("posts/a.md", 2, "same"), ("posts/deep/er/c.md", 2, "same")] == [
        (p["path"], p["line"], p["post"]) for p in found
    ]
    assert "posts/deep/er/c.md" in found[0]["message"]
    assert "posts/a.md" in found[1]["message"]
    planned = run_cli(["plan", "--json", "--now", NOW], root).out
    assert '"other"' in planned
    assert '"same"' not in planned


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(
            {"kind": "testimonial", "quote": "あ", "person": {"name": "見本 花子"}}, id="kind"
        ),
        pytest.param({"ready": "false"}, id="draft"),
    ],
)
def test_double_id_of_another_sort(tmp_path: Path, second: dict[str, Any]) -> None:
    """F05 holds between kinds, and between a draft and what is ready."""
    root = make_workspace(tmp_path)
    write_post(root, "same", "一つ目です。", path="posts/a.md")
    write_post(root, "same", "二つ目です。", path="posts/b.md", **second)
    assert {"posts/a.md", "posts/b.md"} == {p["path"] for p in checked(root) if p["rule"] == "F05"}


@pytest.mark.parametrize("others", ["Same", "same-2", "sam", "same_"])
def test_near_ids(tmp_path: Path, others: str) -> None:
    """Ids that are only alike are no F05."""
    root = make_workspace(tmp_path)
    write_post(root, "same", "一つ目です。", path="posts/a.md")
    write_post(root, others, "二つ目です。", path="posts/b.md")
    assert [] == [p for p in checked(root) if p["rule"] == "F05"]


def nested(brackets: str) -> str:
    return f"---\nid: case\nkind: notice\ntitle: お知らせ\ntags: {brackets}\n---\n本文です。\n"


BOMB = "\n".join(
    ["---", "id: case", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    + ["---", "本文です。"]
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(BOMB, id="aliases of aliases"),
        pytest.param(nested("[" * 300_000), id="open brackets"),
        pytest.param(nested("[" * 5_000 + "]" * 5_000), id="closed brackets"),
        pytest.param(nested("{a: " * 5_000 + "}" * 5_000), id="braces"),
        pytest.param(nested("\n" + "  - " + "- " * 200_000 + "x"), id="hyphens"),
        pytest.param(nested("\n" + "  " + "? " * 100_000 + "x"), id="question marks"),
        pytest.param(nested("&a [*a]"), id="a list in itself"),
        pytest.param(nested("*nobody"), id="an alias of nothing"),
        pytest.param(nested("!!python/object/apply:os.system ['true'] x"), id="a Python object"),
        pytest.param(nested('"' + "\\x41" * 100_000), id="an open quote"),
        pytest.param(nested("\x00"), id="zero byte"),
        pytest.param(nested("\x1b[31m"), id="escape sequence"),
        pytest.param("---\n" + "a: b\n" * 10 + "---\n", id="one key ten times"),
        pytest.param("---\n? [a, b]\n: c\n---\n", id="a list as a key"),
        pytest.param("---\n? {a: b}\n: c\n---\n", id="a map as a key"),
        pytest.param("---\n%YAML 9.9\nid: case\n---\n", id="a directive"),
        pytest.param("---\n" * 100_000, id="fences"),
        pytest.param("-" * 900_000, id="hyphens alone"),
        pytest.param("---\n" + "\n" * 500_000, id="empty lines"),
    ],
)
def test_hostile_yaml(tmp_path: Path, content: str) -> None:
    """F02 in a process of its own: no crash, no traceback, nothing written."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/x.md", content)
    before = tree_digest(tmp_path)
    ran = run_program(["check", "--json", "--now", NOW], root)
    assert (1, "") == (ran.code, ran.err)
    assert '"F02"' in ran.out
    assert before == tree_digest(tmp_path)


def test_tags_are_only_text(tmp_path: Path) -> None:
    """A tag of YAML makes no object: what stands behind it is read as text."""
    root = make_workspace(tmp_path)
    flag = tmp_path / "flag"
    write_post(root, "case", "本文です。", path="posts/x.md")
    text = (root / "posts" / "x.md").read_text(encoding="utf-8")
    bad = f'!!python/object/apply:os.mkdir ["{flag}"]'
    write_file(root, "posts/x.md", text.replace("title: 見本のお知らせ", f"title: {bad}"))
    assert {"F04"} == {p["rule"] for p in checked(root)}
    assert not flag.exists()
