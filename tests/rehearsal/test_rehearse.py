"""`rehearse`: a period played from the files alone, and nothing of the workspace touched."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.workspace import (
    REPOSITORY,
    make_workspace,
    run_cli,
    run_program,
    tree_digest,
    write_post,
)

GOLDEN = REPOSITORY / "tests" / "golden"

#: A user who owns nothing here.
NOBODY = 65534


def rehearsed(
    root: Path, out: Path, *args: str, first: str = "2027-01-12", last: str = "2027-01-15"
) -> tuple[int, dict[str, Any]]:
    ran = run_cli(["rehearse", "--from", first, "--to", last, "--out", out, "--json", *args], root)
    assert ran.code in (0, 1), ran.err
    return ran.code, json.loads(ran.out)


def office(folder: Path, **toml: Any) -> Path:
    """A workspace with one notice for both accounts, on a Wednesday."""
    root = make_workspace(folder, **toml)
    write_post(root, "2027-01-hello", text={"x": "開館時間が変わります。", "facebook": "開館時間が変わります。詳しくは館内で。"})  # fmt: skip
    return root


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples as a workspace of its own."""
    root = tmp_path_factory.mktemp("samples") / "office"
    assert 0 == run_cli(["init", root], root.parent).code
    return root


def plain(page: str) -> str:
    """What a reader reads, line by line; pictures as their alternative text."""
    page = re.sub(r"<(style|title)>.*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r'<img[^>]*alt="([^"]*)"[^>]*>', r"[\1]", page)
    page = re.sub(r"</(p|li|h\d|tr|dt|dd|div|section|th|td)>", "\n", page)
    text = re.sub(r"<[^>]+>", "", page)
    lines = (" ".join(line.split()) for line in text.splitlines())
    kept = [re.sub(r"[0-9a-f]{64}", "<SHA-256>", line) for line in lines if line]
    return "\n".join(re.sub(r"jposocial \d+\.\S+", "jposocial <version>", x) for x in kept) + "\n"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_month_reads_as_the_golden_file(samples: Path, tmp_path: Path, language: str) -> None:
    """The whole page of January in both languages; the same bytes whatever the zone and the day."""
    ran = run_program(
        ["--lang", language, "rehearse", "--from", "2027-01-01", "--to", "2027-01-31", "--out", tmp_path / "a"],
        samples, env={"TZ": "Pacific/Apia"},
    )  # fmt: skip
    assert 0 == ran.code, ran.err
    page = (tmp_path / "a" / "rehearsal.html").read_bytes()
    golden = GOLDEN / f"rehearsal.{language}.txt"
    if os.environ.get("JPOSOCIAL_GOLDEN"):
        golden.write_text(plain(page.decode()), encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == plain(page.decode())


def test_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    """Into another folder, over an earlier pack, and from a copy of the files elsewhere."""
    root = office(tmp_path)
    rehearsed(root, tmp_path / "a")
    first = (tmp_path / "a" / "rehearsal.html").read_bytes()
    rehearsed(root, tmp_path / "a")
    shutil.copytree(root, tmp_path / "copy")
    rehearsed(tmp_path / "copy", tmp_path / "b")
    assert first == (tmp_path / "a" / "rehearsal.html").read_bytes()
    assert first == (tmp_path / "b" / "rehearsal.html").read_bytes()


def test_the_workspace_is_not_touched(tmp_path: Path) -> None:
    """No name, content, mode or time below it changes, its own database and queue included."""
    root = office(tmp_path)
    assert 0 == run_cli(["sync"], root).code
    before = tree_digest(root)
    code, found = rehearsed(root, tmp_path / "out")
    assert (0, {"published": 2}) == (code, found["counts"])
    assert before == tree_digest(root)
    assert {root.name, "out"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_may_only_read_can_rehearse(tmp_path: Path) -> None:
    """Another user without a right to write: the page is the one its owner gets."""
    root, theirs = office(tmp_path), tmp_path / "theirs"
    # The owner's comes first: by then all that is imported late has been.
    rehearsed(root, tmp_path / "own")
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    before = tree_digest(root)
    os.seteuid(NOBODY)
    try:
        assert not os.access(root, os.W_OK, effective_ids=True)
        code, _ = rehearsed(root, theirs / "out")
    finally:
        os.seteuid(0)
    assert (0, before) == (code, tree_digest(root))
    page = (theirs / "out" / "rehearsal.html").read_bytes()
    assert (tmp_path / "own" / "rehearsal.html").read_bytes() == page
    assert NOBODY == (theirs / "out" / "rehearsal.html").stat().st_uid


def test_live_accounts_are_played_in_the_sandbox(tmp_path: Path) -> None:
    """No secret is read, no address of the configuration is asked, and nobody is mailed."""
    secrets = {k: f"file:/nowhere/{k}" for k in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")}  # fmt: skip
    root = office(
        tmp_path,
        accounts={"x": {"mode": "live", "base_url": "http://127.0.0.1:1", "secrets": secrets}},
    )
    code, found = rehearsed(root, tmp_path / "out")
    assert (0, {"published": 2}) == (code, found["counts"])


def test_a_file_with_an_error_ends_with_1(tmp_path: Path) -> None:
    """What it would have sent is not there; the error is, on the page and in the document."""
    root = office(tmp_path)
    write_post(root, "2027-01-bad", text={"x": "○月○日に開きます。"}, accounts=["x"])
    code, found = rehearsed(root, tmp_path / "out")
    assert 1 == code
    assert {"E09"} == {p["rule"] for p in found["problems"] if p["severity"] == "error"}
    assert {"2027-01-hello"} == {one["post"] for one in found["deliveries"]}
    assert "posts/notices/2027-01-bad.md" in (tmp_path / "out" / "rehearsal.html").read_text(
        "utf-8"
    )


def test_what_files_leave_out_is_listed_and_no_failure(tmp_path: Path) -> None:
    """A draft, and a moment without its date: exit 0, and the reason in words."""
    root = office(tmp_path)
    write_post(root, "2027-01-draft", ready=False, text={"x": "下書きです。"})
    write_post(
        root, "2027-01-exam", kind="exam_notice", publish="2027-01-13", exam_year="2027",
        phase="予告", accounts=["x"], text={"x": {"notice": "試験の予告です。"}},
    )  # fmt: skip
    code, found = rehearsed(root, tmp_path / "out", "--lang", "en")
    assert (0, 1) == (code, found["drafts"]), found["problems"]
    assert "no_anchor" in {one["reason"] for one in found["withheld"]}


def test_a_used_up_budget_keeps_posts_and_ends_with_1(tmp_path: Path) -> None:
    """What waits for money at its time is missed, as it would be in earnest."""
    root = office(tmp_path, accounts={"x": {"monthly_budget_usd": 0.001}})
    code, found = rehearsed(root, tmp_path / "out")
    lost = [one for one in found["deliveries"] if one["status"] != "published"]
    assert (1, ["x"]) == (code, [one["account"] for one in lost])
    assert ["x"] == [one["account"] for one in found["withheld"]]


def test_what_went_before_is_taken_as_out(tmp_path: Path) -> None:
    """A notice of the week before is not announced late, and is no error."""
    root = office(tmp_path)
    code, found = rehearsed(root, tmp_path / "out", first="2027-01-18", last="2027-01-22")
    assert (0, [], 2) == (code, found["deliveries"], found["taken_as_out"])


@pytest.mark.parametrize(
    ("first", "last", "out", "code"),
    [
        ("2027-01-15", "2027-01-12", "out", 2),
        ("2027-01-12", "2030-01-12", "out", 2),
        ("someday", "2027-01-12", "out", 2),
        ("2027-01-12", "2027-01-15", "workspace", 2),
        ("2027-01-12", "2027-01-15", "workspace/posts/out", 2),
        ("2027-01-12", "2027-01-15", "full", 1),
    ],
    ids=["backwards", "too long", "no day", "the workspace", "its posts", "something else there"],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, first: str, last: str, out: str, code: int
) -> None:
    """With the exit code of wrong usage, or of a refusal; nothing is written."""
    root = office(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    before = tree_digest(tmp_path)
    ran = run_cli(["rehearse", "--from", first, "--to", last, "--out", tmp_path / out], root)
    assert code == ran.code
    assert ran.err
    assert before == tree_digest(tmp_path)


def test_what_a_series_had_before_is_no_error(samples: Path, tmp_path: Path) -> None:
    """In March, vacancies and seminars of January are past: nobody has to do anything."""
    code, found = rehearsed(samples, tmp_path / "out", first="2027-03-01", last="2027-03-05")
    assert (0, []) == (code, [p for p in found["problems"] if p["severity"] == "error"])
    shifted = {one["post"] for one in found["deliveries"]}
    assert "2027-02-statistics-jpo" not in shifted, "it went out in February"


def test_progress_is_shown_while_it_plays(tmp_path: Path) -> None:
    """One line a delivery on standard error; standard output stays the table."""
    root = office(tmp_path)
    ran = run_cli(
        ["rehearse", "--from", "2027-01-12", "--to", "2027-01-15", "--out", tmp_path / "o"], root
    )
    assert 2 == sum("2027-01-hello" in line for line in ran.err.splitlines())
    assert str(tmp_path / "o" / "rehearsal.html") == ran.out.splitlines()[-1].removeprefix(
        "the page: "
    )
