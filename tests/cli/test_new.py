"""`jposocial new`: a file in which only what a person knows is left to fill in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.workspace import NOW, checked, make_workspace, run_cli

from jposocial.posts.fields import COMMON
from jposocial.posts.kinds import KINDS

#: What a person would fill in, for every field that some kind requires.
_FILLED = {
    "title": "国際機関で働く: #1 の答え",
    "publish": "2027-01-13 12:00",
    "starts": "2027-01-21 19:00",
    "ends": "2027-01-21 20:30",
    "person": "{name: 見本 花子}",
    "quote": "数字を読む力が土台です。",
    "consent": "{id: C-1, scope: [x, facebook], from: 2026-01-01, until: 2027-12-31}",
    "exam_year": "2027",
    "phase": "予告",
    "organisation": "UNHCR",
    "post_title": "保護担当官",
    "deadline": "2027-02-15 23:59 Europe/Zurich",
    "url": "https://example.go.jp/page",
    "figure": "約960",
    "unit": "人",
    "as_of": "2026-09-30",
    "source": "https://example.go.jp/source",
    "number": "1",
    "date": "2027-01-14",
}


def _options(kind: str) -> list[str]:
    fields = {**COMMON, **KINDS[kind].fields}
    return [f"--set={name}={value}" for name, value in _FILLED.items() if name in fields]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_open_is_all_that_is_missing(tmp_path: Path, kind: str) -> None:
    """A new file is sound but for what is missing, and a testimonial's consent (E08)."""
    root = make_workspace(tmp_path)
    made = run_cli(["new", kind, "--id", "a-post"], root)
    assert 0 == made.code, made.err
    found = checked(root)
    consent = {"E08"} if kind == "testimonial" else set()
    assert {"E09"} | consent == {p["rule"] for p in found if p["severity"] == "error"}


@pytest.mark.parametrize("kind", KINDS)
def test_filled_in_it_is_sound(tmp_path: Path, kind: str) -> None:
    """With every required field given, nothing is wrong with it."""
    root = make_workspace(tmp_path, links={"allow": ["go.jp"]})
    made = run_cli(["new", kind, "--id", "a-post", *_options(kind)], root)
    assert 0 == made.code, made.err
    assert [] == [p for p in checked(root) if p["severity"] == "error"]


def test_a_value_is_kept_to_the_letter(tmp_path: Path) -> None:
    """A colon and a hash in a title do not make it another value."""
    root = make_workspace(tmp_path)
    path = run_cli(["new", "notice", "--id", "a-post", *_options("notice")], root).out.strip()
    head = (root / path).read_text(encoding="utf-8").split("---\n")[1]
    assert _FILLED["title"] == yaml.safe_load(head)["title"]


@pytest.mark.parametrize(
    ("lang", "said"), [("ja", "読者に見える題名"), ("en", "as readers see it")]
)
def test_the_fields_are_explained(tmp_path: Path, lang: str, said: str) -> None:
    """In the language of whoever writes it."""
    root = make_workspace(tmp_path)
    path = run_cli(["--lang", lang, "new", "seminar", "--id", "a-post"], root).out.strip()
    assert f"# {said}" in (root / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["seminr", "--id", "a-post"], 1),
        (["seminar"], 1),
        (["seminar", "--id", "a-post", "--set", "strats=2027-01-21 19:00"], 1),
        (["seminar", "--id", "a-post", "--set", "starts"], 2),
    ],
    ids=["no such kind", "no id", "no such field", "no value"],
)
def test_what_is_wrong_writes_nothing(tmp_path: Path, args: list[str], code: int) -> None:
    """An unknown kind or field is refused before anything is written."""
    root = make_workspace(tmp_path)
    assert code == run_cli(["new", *args], root).code
    assert [] == list((root / "posts").rglob("*.md"))


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    root = make_workspace(tmp_path)
    path = root / run_cli(["new", "notice", "--id", "a-post"], root).out.strip()
    path.write_text("mine", encoding="utf-8")
    assert 1 == run_cli(["new", "notice", "--id", "a-post"], root).code
    assert "mine" == path.read_text(encoding="utf-8")


def test_a_new_file_is_not_promised_before_it_is_filled_in(tmp_path: Path) -> None:
    """What is still open keeps it out of the plan."""
    root = make_workspace(tmp_path)
    run_cli(["new", "notice", "--id", "a-post"], root)
    assert '"placements": []' in run_cli(["plan", "--json", "--now", NOW], root).out
