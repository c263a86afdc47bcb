"""E06 and E21: what an account can carry, and how a text is made to fit by its optional blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.workspace import NOW, checked, make_workspace, run_cli, write_file, write_post

TEMPLATE = """\
{{ title }}
{% optional 1 %}
一つ目：{{ owner_note }}
{% endoptional %}
{% optional 2 %}
二つ目：{{ owner_note }}
{% endoptional %}
{% optional 3 %}

三つ目：{{ owner_note }}
{% endoptional %}
{% optional 2 %}
二つ目の続き
{% endoptional %}
終わり
""".replace("owner_note", "body")

NOTE = "あ" * 20


def workspace(tmp_path: Path) -> Path:
    """X alone, and a template with blocks of three numbers."""
    root = make_workspace(tmp_path, accounts={"facebook": None})
    write_file(root, "templates/notice/announce.txt", TEMPLATE)
    return root


def shown(root: Path) -> dict[str, Any]:
    """The one part of the one variant that `show` gives."""
    ran = run_cli(["show", "case", "--json", "--now", NOW], root)
    assert ran.code == 0, ran.err
    [variant] = json.loads(ran.out)
    [part] = variant["parts"]
    return dict(part)


@pytest.mark.parametrize(
    ("title", "lines", "length"),
    [
        pytest.param(
            10,
            [f"一つ目：{NOTE}", f"二つ目：{NOTE}", "", f"三つ目：{NOTE}", "二つ目の続き", "終わり"],
            20 + 1 + 48 + 1 + 48 + 1 + 1 + 48 + 1 + 12 + 1 + 6,
            id="all of it",
        ),
        pytest.param(
            60,
            [f"一つ目：{NOTE}", f"二つ目：{NOTE}", "二つ目の続き", "終わり"],
            120 + 1 + 48 + 1 + 48 + 1 + 12 + 1 + 6,
            id="without the third",
        ),
        pytest.param(
            100,
            [f"一つ目：{NOTE}", "終わり"],
            200 + 1 + 48 + 1 + 6,
            id="without the second, at both places",
        ),
        pytest.param(130, ["終わり"], 260 + 1 + 6, id="without any"),
    ],
)
def test_optional_blocks(tmp_path: Path, title: int, lines: list[str], length: int) -> None:
    """The blocks with the highest number go first, all of one number together, until it fits."""
    root = workspace(tmp_path)
    write_post(root, "case", NOTE, title="国" * title)
    part = shown(root)
    assert "\n".join(["国" * title, *lines]) == part["text"]
    assert length == part["length"] <= part["limit"]
    assert [] == [p for p in checked(root) if p["rule"] == "E06"]


def test_never_cut(tmp_path: Path) -> None:
    """What is too long without its blocks is E06, says by how much, and is shown whole."""
    root = workspace(tmp_path)
    write_post(root, "case", NOTE, title="国" * 138)
    [problem] = [p for p in checked(root) if p["rule"] == "E06"]
    assert ("x", "posts/notices/case.md") == (problem["account"], problem["path"])
    assert "283" in problem["message"]
    assert "280" in problem["message"]
    part = shown(root)
    assert "国" * 138 + "\n終わり" == part["text"]
    assert (283, 280) == (part["length"], part["limit"])


@pytest.mark.parametrize(
    ("characters", "rules"), [(139, []), (140, []), (141, ["E06"]), (1000, ["E06"])]
)
def test_140_full_width(tmp_path: Path, characters: int, rules: list[str]) -> None:
    """140 full-width characters fit X, 141 do not; the page on Facebook takes them all."""
    root = make_workspace(tmp_path)
    text = "国" * characters
    write_post(root, "case", text={"x": text, "facebook": text})
    found = [p for p in checked(root) if p["rule"] == "E06"]
    assert rules == [p["rule"] for p in found]
    assert {"x"} >= {p["account"] for p in found}


def test_each_moment_is_measured(tmp_path: Path) -> None:
    """A text that is too long for one moment of several is named with that moment."""
    root = make_workspace(tmp_path, accounts={"facebook": None})
    fields = {"starts": "2027-02-13 14:00", "ends": "2027-02-13 15:00", "format": "online"}
    text = {"x": {"announce": "案内です。", "reminder": "国" * 141}}
    write_post(root, "case", "ご案内です。", kind="seminar", text=text, **fields)
    [problem] = [p for p in checked(root) if p["rule"] == "E06"]
    assert "reminder" in problem["message"]


@pytest.mark.parametrize(("thread", "said"), [([], "optional"), (["x"], "---part---")])
def test_a_long_part_is_too_long(tmp_path: Path, thread: list[str], said: str) -> None:
    """Each part is measured by itself; an account in `thread:` does not have its text divided."""
    root = make_workspace(tmp_path, accounts={"facebook": None})
    text = {"x": f"一つ目\n---part---\n{'国' * 141}"}
    write_post(root, "case", text=text, thread=thread)
    (problem,) = checked(root, "--lang", "en")
    assert ("E06", True) == (problem["rule"], said in problem["fix"])


def test_a_thread_without_words_in_a_part(tmp_path: Path) -> None:
    """A part that is empty is E09."""
    root = make_workspace(tmp_path, accounts={"facebook": None})
    write_post(root, "case", text={"x": "一つ目\n---part---\n"})
    assert ["E09"] == [p["rule"] for p in checked(root)]


@pytest.mark.parametrize("ready", ["true", "false"])
def test_parts_and_media(tmp_path: Path, ready: str) -> None:
    """A thread is refused where there are none, a missing image for all; in a draft too."""
    root = make_workspace(tmp_path)
    text = dict.fromkeys(("x", "facebook"), "一つ目\n---part---\n二つ目")
    media = [{"file": "posts/media/a.png", "alt": "会場の写真", "credit": "見本"}]
    write_post(root, "thread", text=text, ready=ready)
    write_post(root, "media", "本文です。", media=media, ready=ready)
    found = {(p["post"], p["account"], p["severity"]) for p in checked(root) if p["rule"] == "E21"}
    assert {
        ("thread", "facebook", "error"),
        ("media", None, "error"),
    } == found


@pytest.mark.parametrize(
    ("parts", "refused"),
    [
        pytest.param(["一つ目", "二つ目", "三つ目"], False, id="three"),
        pytest.param([f"{n}つ目" for n in range(25)], False, id="many"),
        pytest.param(["一つ目", "二つ目", "一つ目"], True, id="the same twice"),
    ],
)
def test_threads_on_x(tmp_path: Path, parts: list[str], refused: bool) -> None:
    """X has threads; nobody could tell two parts apart that read the same."""
    root = make_workspace(tmp_path)
    write_post(root, "thread", text={"x": "\n---part---\n".join(parts)}, accounts=["x"])
    assert refused == ("E21" in {p["rule"] for p in checked(root)})
