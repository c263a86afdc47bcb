"""Rules of one kind: a testimonial's snippets, a vacancy's time and its words."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workspace import checked, make_workspace

_TESTIMONIAL = """---
id: a-post
kind: testimonial
title: 商社から国際機関へ
publish: 2027-01-13
person: {{name: 見本 花子}}
quote: 数字を読む力が、 いまの仕事の土台です。毎日が学びです。
snippets: {snippets}
consent: {{id: C-1, scope: [x, facebook]}}
---
"""
_VACANCY = """---
id: a-post
kind: vacancy
title: {title}
organisation: UNHCR
post_title: 保護担当官
deadline: {deadline}
url: https://example.go.jp/v
publish: {publish}
---
"""


def _errors(tmp_path: Path, text: str) -> list[tuple[str, int]]:
    root = make_workspace(tmp_path, calendar={"holidays": ["2027-01-11"]})
    (root / "posts" / "a.md").write_text(text, encoding="utf-8")
    found = [p for p in checked(root) if p["severity"] == "error"]
    return sorted({(p["rule"], p["line"]) for p in found})


@pytest.mark.parametrize(
    ("snippets", "expected"),
    [
        ("[数字を読む力]", []),
        ("[数字を読む力が、いまの仕事, 毎日が学びです。, 土台]", []),
        ("[数字を読み取る力]", [("F04", 8)]),
        ("[数字, 読む力, 土台, 学び]", [("F04", 8)]),
    ],
    ids=["one", "three, spaces aside", "not the person's words", "four"],
)
def test_snippets(tmp_path: Path, snippets: str, expected: list[tuple[str, int]]) -> None:
    """Up to three, each to the letter from the quote."""
    assert expected == _errors(tmp_path, _TESTIMONIAL.format(snippets=snippets))


@pytest.mark.parametrize(
    ("publish", "deadline", "expected"),
    [
        ("2027-01-18", "2027-01-21 23:59", []),
        ("2027-01-19", "2027-01-21 23:59", [("E02", 7)]),
        ("2027-01-14", "2027-01-18 23:59", [("E02", 7)]),
        ("2027-01-08", "2027-01-13 23:59", [("E02", 7)]),
        ("2027-01-08", "2027-01-14 23:59", []),
        ("2027-01-19", "2027-01-22 05:00 America/New_York", []),
        ("2027-01-19", "until_filled", []),
    ],
    ids=[
        "three days",
        "two days",
        "a weekend between",
        "a weekend and a holiday between",
        "three days beyond them",
        "counted in Japan",
        "no deadline",
    ],
)
def test_a_vacancy_is_open_long_enough(
    tmp_path: Path, publish: str, deadline: str, expected: list[tuple[str, int]]
) -> None:
    """Three business days are left to apply on the day after it goes out."""
    text = _VACANCY.format(title="UNHCR 保護担当官", publish=publish, deadline=deadline)
    assert expected == _errors(tmp_path, text)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("No jobs currently available", [("E09", 4)]),
        ("Unable to Create an RSS Feed", [("E09", 4)]),
        ("現在、募集中の空席はありません", [("E09", 4)]),
        ("UNHCR Jobs available in Nairobi", []),
        ("空席情報 保護担当官", []),
    ],
)
def test_an_empty_board_is_no_vacancy(
    tmp_path: Path, title: str, expected: list[tuple[str, int]]
) -> None:
    """A feed's placeholder is refused; a vacancy with like words is not."""
    text = _VACANCY.format(title=title, publish="2027-01-18", deadline="until_filled")
    assert expected == _errors(tmp_path, text)
