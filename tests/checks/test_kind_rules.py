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


_SEMINAR = """---
id: a-post
kind: seminar
title: {title}
starts: 2027-01-21 19:00
ends: 2027-01-21 20:30
apply_url: https://example.go.jp/seminar
apply_deadline: 2027-01-20 17:00
{fields}
---
{body}
"""


def _seminar(
    tmp_path: Path, fields: str = "", body: str = "本文です。", title: str = "就職セミナー"
) -> list[tuple[str, str, str | None]]:
    root = make_workspace(tmp_path)
    text = _SEMINAR.format(title=title, fields=fields, body=body)
    (root / "posts" / "a.md").write_text(text, encoding="utf-8")
    found = [p for p in checked(root) if p["rule"] == "E09"]
    return sorted((p["rule"], p["severity"], p["account"]) for p in found)


@pytest.mark.parametrize(
    ("fields", "body", "title", "told"),
    [
        ("", "本文です。", "就職セミナー", True),
        ("speakers:", "本文です。", "就職セミナー", True),
        ("speakers: [{name: 見本 花子}]", "本文です。", "就職セミナー", False),
        ("", "講師は調整中です。", "就職セミナー", False),
        ("status: tentative", "本文です。", "就職セミナー", False),
        ("status: cancelled", "本文です。", "就職セミナー", False),
        ("", "本文です。", "JPO派遣候補者選考試験 説明会", False),
    ],
    ids=["nobody", "left empty", "somebody", "arranging", "tentative", "cancelled", "a briefing"],
)
def test_a_seminar_says_who_speaks(
    tmp_path: Path, fields: str, body: str, title: str, told: bool
) -> None:
    """A speaker or 調整中; it is told of once, and does not block."""
    expected = [("E09", "warning", None)] if told else []
    assert expected == _seminar(tmp_path, fields, body, title)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("announce", []), ("reminder", [("E09", "error", "x")]), ("today", [("E09", "error", "x")])],
)
def test_pending_is_for_the_first_post(
    tmp_path: Path, moment: str, expected: list[tuple[str, str, str | None]]
) -> None:
    """調整中 in a reminder is an error; in the announcement it is how the office does it."""
    fields = f"accounts: [x]\ntext: {{x: {{{moment}: 1月21日(木)のセミナー 講師は調整中です。}}}}"
    assert expected == _seminar(tmp_path, fields)
