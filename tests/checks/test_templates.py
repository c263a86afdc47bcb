"""F06: a template that cannot be used is named with its line, and nothing else comes to harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workspace import (
    NOW,
    checked,
    make_workspace,
    run_cli,
    tree_digest,
    write_file,
    write_post,
)

NAME = "templates/notice/announce.txt"

#: What is wrong → (the template, the line of it).
BROKEN: dict[str, tuple[str | bytes, int]] = {
    "syntax": ("一行目\n{% if title %}\n{{ title }\n{% endif %}\n", 3),
    "unclosed block": ("一行目\n{% if title %}\n終わり\n", 3),
    "unclosed optional": ("一行目\n{% optional 2 %}\n終わり\n", 3),
    "optional without a number": ("一行目\n\n{% optional %}あ{% endoptional %}\n", 3),
    "optional 0": ("一行目\n{% optional 0 %}あ{% endoptional %}\n", 2),
    "optional 10": ("{% optional 10 %}あ{% endoptional %}\n", 1),
    "unknown tag": ("一行目\n{% includ 'a' %}\n", 2),
    "unknown filter": ("一行目\n{{ title | jts }}\n", 2),
    "unknown field": ("一行目\n二行目\n{{ titel }}\n", 3),
    "unknown field in a condition": ("一行目\n{% if titel %}あ{% endif %}\n", 2),
    "unknown field within a field": ("一行目\n{% for l in links %}\n{{ l.urll }}\n{% endfor %}\n", 3),
    "secret field": ("一行目\n{{ join_url }}\n", 2),
    "wrong type": ("一行目\n{{ title | jst }}\n", 2),
    "unknown zone": ("一行目\n{{ due | local('Tokyo') }}\n", 2),
    "division by zero": ("一行目\n二行目\n{{ 1 / 0 }}\n", 3),
    "endless": ("{% for i in range(99999) %}{{ title }}{{ title }}{{ title }}{% endfor %}\n", 1),
    "endless in endless": (
        "{% for i in range(99999) %}{% for j in range(99999) %}{{ title }}{% endfor %}{% endfor %}",
        1,
    ),
    "range too large": ("一行目\n{% for i in range(999999999) %}あ{% endfor %}\n", 2),
    "multiplied": ("一行目\n{{ 'あ' * 10**9 }}\n", 2),
    "multiplied by a number": ("一行目\n{{ 1000000000 * 'あ' }}\n", 2),
    "power": ("一行目\n{{ 9 ** 9 ** 9 }}\n", 2),
    "include": ("一行目\n{% include 'notice/none.txt' %}\n", 2),
    "extends": ("{% extends 'none.txt' %}\n", 1),
    "include outside": ("一行目\n{% include '../jposocial.toml' %}\n", 2),
    "include itself": ("{% include 'notice/announce.txt' %}\n", 1),
    "private attribute": ("一行目\n{{ title.__class__.__mro__ }}\n", 2),
    "macro without end": ("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}\n", 1),
    "Shift_JIS": ("一行目\n二行目：お知らせ\n".encode("cp932"), 1),
}  # fmt: skip


@pytest.mark.parametrize(("template", "line"), BROKEN.values(), ids=BROKEN)
def test_broken(tmp_path: Path, template: str | bytes, line: int) -> None:
    """`check` names the template and the line for each account; nothing is planned or written."""
    root = make_workspace(tmp_path)
    write_file(root, NAME, template)
    write_post(root, "case", "本文です。", links=[{"url": "https://example.go.jp/a"}])
    before = tree_digest(root)
    found = [p for p in checked(root) if p["rule"] == "F06"]
    assert {(NAME, line, "case", "error")} == {
        (p["path"], p["line"], p["post"], p["severity"]) for p in found
    }
    assert {"x", "facebook"} == {p["account"] for p in found}
    assert '"placements": []' in run_cli(["plan", "--json", "--now", NOW], root).out
    assert before == tree_digest(root)


@pytest.mark.parametrize(("template", "line"), BROKEN.values(), ids=BROKEN)
def test_show(tmp_path: Path, template: str | bytes, line: int) -> None:
    """`show` refuses with the same place, exit 1 and no traceback."""
    root = make_workspace(tmp_path)
    write_file(root, NAME, template)
    write_post(root, "case", "本文です。", links=[{"url": "https://example.go.jp/a"}])
    ran = run_cli(["show", "case", "--now", NOW], root)
    assert (1, "") == (ran.code, ran.out)
    assert f"{NAME}:{line}" in ran.err
    assert "Traceback" not in ran.err


def test_missing(tmp_path: Path) -> None:
    """A moment without a template, and without a text of its own, names the file to write."""
    root = make_workspace(tmp_path)
    (root / NAME).unlink()
    write_post(root, "bare", "本文です。")
    write_post(root, "own", text={"x": "本文です。", "facebook": "本文です。"})
    found = [p for p in checked(root) if p["rule"] == "F06"]
    assert {("bare", NAME, 1)} == {(p["post"], p["path"], p["line"]) for p in found}


def test_no_templates_at_all(tmp_path: Path) -> None:
    """Without the folder every post that needs one is F06."""
    root = make_workspace(tmp_path, templates=False)
    write_post(root, "case", "本文です。")
    assert {"F06"} == {p["rule"] for p in checked(root)}


def test_one_bad_template_stops_one_kind(tmp_path: Path) -> None:
    """The other posts are checked and planned as if nothing were wrong."""
    root = make_workspace(tmp_path)
    write_file(root, NAME, "{{ titel }}")
    write_post(root, "bad", "本文です。")
    write_post(
        root,
        "good",
        kind="testimonial",
        publish="2027-01-13",
        person={"name": "見本 花子", "org": "UNICEF", "as_of": "2026-12-01"},
        quote="学びの多い日々です。",
        consent={
            "id": "C-1",
            "scope": ["x", "facebook"],
            "from": "2026-11-01",
            "until": "2027-10-31",
        },
    )
    assert {"bad"} == {p["post"] for p in checked(root) if p["rule"] == "F06"}
    planned = run_cli(["plan", "--json", "--now", NOW], root).out
    assert "good" in planned
    assert '"bad"' not in planned


def test_included(tmp_path: Path) -> None:
    """A mistake in an included template is named there, or where it is included."""
    root = make_workspace(tmp_path)
    write_file(root, NAME, "一行目\n{% include 'notice/foot.txt' %}\n")
    write_file(root, "templates/notice/foot.txt", "一行目\n二行目\n{{ titel }}\n")
    write_post(root, "case", "本文です。")
    found = {(p["path"], p["line"]) for p in checked(root) if p["rule"] == "F06"}
    assert found <= {("templates/notice/foot.txt", 3), (NAME, 2)}
    assert found


def test_platform_template_goes_first(tmp_path: Path) -> None:
    """`announce.facebook.txt` serves Facebook, `announce.txt` the others."""
    root = make_workspace(tmp_path)
    write_file(root, "templates/notice/announce.facebook.txt", "{{ titel }}")
    write_post(root, "case", "本文です。")
    found = {(p["account"], p["path"]) for p in checked(root) if p["rule"] == "F06"}
    assert {("facebook", "templates/notice/announce.facebook.txt")} == found
