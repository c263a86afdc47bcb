"""`check --fix` mends what is certain, and nothing else; carets show the place."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.workspace import NOW, make_workspace, run_cli, tree_digest

_POST = """---
id: a-post
kind: notice
title: {title}
publish: 2027-02-01
---
{body}
"""


def _workspace(tmp_path: Path, *, title: str = "お知らせ", body: str = "本文です。") -> Path:
    root = make_workspace(tmp_path)
    text = _POST.format(title=title, body=body)
    (root / "posts" / "a.md").write_text(text, encoding="utf-8", newline="")
    return root


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("開催は2月5日(月)です。", "開催は2月5日(金)です。"),
        ("開催は2/5（月）です。", "開催は2/5（金）です。"),
        ("開催は2027年2月5日月曜日です。", "開催は2027年2月5日金曜日です。"),
        ("On 5 Feb (Mon) we are open.", "On 5 Feb (Fri) we are open."),
        ("On Thursday, 5 February we are open.", "On Friday, 5 February we are open."),
    ],
)
def test_a_weekday_is_mended(tmp_path: Path, wrong: str, right: str) -> None:
    """The date stays, the weekday becomes its own; the difference is shown, and then all is well."""
    root = _workspace(tmp_path, body=wrong)
    ran = run_cli(["check", "--fix", "--now", NOW], root)
    assert 0 == ran.code, ran.out
    assert f"-{wrong}\n+{right}\n" in ran.out
    assert right in (root / "posts" / "a.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "body",
    ["○○を開きます。", "2月30日に開きます。"],
    ids=["a placeholder", "a day that does not exist"],
)
def test_what_only_a_person_knows_is_left(tmp_path: Path, body: str) -> None:
    """Nothing is guessed: the file is as it was, and the problem is still said."""
    root = _workspace(tmp_path, body=body)
    before = tree_digest(root)
    assert 1 == run_cli(["check", "--fix", "--now", NOW], root).code
    assert before == tree_digest(root)


def test_line_ends_and_permissions_stay(tmp_path: Path) -> None:
    """Only the words change: Windows line ends and the file's mode are kept."""
    root = _workspace(tmp_path)
    path = root / "posts" / "a.md"
    text = _POST.format(title="お知らせ", body="2月5日(月)です。").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    path.chmod(0o640)
    run_cli(["check", "--fix", "--now", NOW], root)
    assert text.replace("(月)", "(金)").encode() == path.read_bytes()
    assert 0o640 == path.stat().st_mode & 0o777


def test_one_document_with_json(tmp_path: Path) -> None:
    """The difference goes to standard error, the problems that are left to standard output."""
    root = _workspace(tmp_path, title="○○のお知らせ", body="2月5日(月)です。")
    ran = run_cli(["check", "--fix", "--json", "--now", NOW], root)
    assert ["E09"] == [p["rule"] for p in json.loads(ran.out)]
    assert "+2月5日(金)です。" in ran.err


def _on_a_terminal(root: Path, *args: str, answer: bytes = b"") -> str:
    """What the program shows on a terminal on which `answer` is typed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "jposocial", *args]
    process = subprocess.Popen(command, cwd=root, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, answer)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # Linux says so when the other end has closed.
    process.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def test_a_caret_under_the_place(tmp_path: Path) -> None:
    """On a terminal the line is shown with carets below what was found, full-width counted as two."""
    root = _workspace(tmp_path, body="開催は2月5日(月)です。")
    shown = _on_a_terminal(root, "check", "--now", NOW).replace("\r\n", "\n")
    assert "    開催は2月5日(月)です。\n          ^^^^^^^^^^\n" in shown


@pytest.mark.parametrize(("answer", "mended"), [(b"y\n", True), (b"n\n", False), (b"\n", False)])
def test_on_a_terminal_it_asks(tmp_path: Path, answer: bytes, mended: bool) -> None:
    """Nothing is written before somebody has seen the difference and said yes."""
    root = _workspace(tmp_path, body="2月5日(月)です。")
    _on_a_terminal(root, "check", "--fix", "--now", NOW, answer=answer)
    assert mended == ("(金)" in (root / "posts" / "a.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("２０２７年２月５日(月)、２月６日(土)。2027年です。", "2027年2月5日(金)、2月6日(土)。2027年です。"),
        ("２月５日(月)と２月５日(月)。5階です。", "2月5日(金)と2月5日(金)。5階です。"),
        ("ＪＰＯとＵＮ、JPOのＪＰＯ。", "JPOとUN、JPOのJPO。"),
        ("①と②。①です。", "(1)と(2)。(1)です。"),
        ("詳細は#国連", "詳細は #国連"),
        ("詳細は#JPOをご覧ください", "詳細は #JPO をご覧ください"),
        ("#JPOに応募", "#JPO に応募"),
        ("#国連#国際協力", "#国連 #国際協力"),
    ],
    ids=[
        "digits and a weekday",
        "the same date twice",
        "letters each time",
        "circled digits each time",
        "glued to the word before",
        "glued to both",
        "glued to what follows",
        "two hashtags",
    ],
)  # fmt: skip
def test_widths_and_hashtags_are_mended(tmp_path: Path, wrong: str, right: str) -> None:
    """All of a line at once; a second time there is nothing left to mend."""
    root = _workspace(tmp_path, body=wrong)
    run_cli(["check", "--fix", "--now", NOW], root)
    assert right in (root / "posts" / "a.md").read_text(encoding="utf-8")
    before = tree_digest(root)
    again = run_cli(["check", "--fix", "--now", NOW], root)
    assert "there is nothing that can be mended for certain" in again.err
    assert before == tree_digest(root)
