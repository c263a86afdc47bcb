"""E04: 和暦 and 西暦, an exam's label and year, and the year of a link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.checks.office import at, findings, found, post, problems
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.exam import era_pairs, exam_years, seminar_links
from jposocial.model import Post, Problem

DISAGREEING = [
    ("2026年度(令和9年度)試験", "2026年度(令和9年度)"),
    ("令和8(2025)年の実績", "令和8(2025)"),
    ("2026（R7）年", "2026（R7）"),
    ("２０２６年度（令和７年度）", "２０２６年度（令和７年度）"),
    ("2027年度/令和8年度", "2027年度/令和8年度"),
    ("2026年2月5日（令和7年2月5日）", "2026年2月5日（令和7年2月5日）"),
    ("平成30年(2019年)", "平成30年(2019年)"),
    ("令和八年（2027年）", "令和八年（2027年）"),
    ("2020年(令和元年)", "2020年(令和元年)"),
    ("2026年度（令和7年）", "2026年度（令和7年）"),
    ("2027年度　令和8年度", "2027年度　令和8年度"),
]

AGREEING = [
    "2026年度(令和8年度)試験",
    "令和8(2026)年",
    "2026（R8）年",
    "2019年(令和元年)、2019年(平成31年)",
    "令和八年（2026年）",
    "令和8年度（2027年2月）に実施",
    "2026年度(令和9年3月まで)",
    "令和7年度の会計(2026年3月まで)",
    "2025年度は340人、令和8年度は350人",
    "第3回(R2教室)",
    "電話 03-0000-2026（R棟）",
    "R2(2階)の会議室",
]


@pytest.mark.parametrize(("text", "what"), DISAGREEING)
def test_years_that_disagree(text: str, what: str) -> None:
    """A year said in both ways is found where the two are not the same."""
    assert [what] == found(text, era_pairs)


@pytest.mark.parametrize("text", AGREEING)
def test_years_that_agree(text: str) -> None:
    """What agrees, or is no pair, is passed over; a 年度 reaches into the next year."""
    assert [] == found(text, era_pairs)


def test_both_ways_to_mend_it() -> None:
    """The fix names the 和暦 of the one and the 西暦 of the other."""
    fix = findings("2026年度(令和9年度)", era_pairs)[0].fix
    assert "write 令和8 beside 2026, or 2027 beside 令和9" == fix


def exam(**fields: Any) -> Post:
    """A sound notice of the examination of 2027, `fields` laid over it."""
    base = {
        "exam_year": 2027,
        "era_label": "2027年度(令和9年度)",
        "opens": at("2027-02-01 10:00"),
        "closes": at("2027-03-05 18:00"),
        "guideline_url": "https://example.go.jp/jpo/2027/guideline",
    }
    return post("exam_notice", **(base | fields))


def fields_of(seen: list[Problem]) -> list[str]:
    return [problem.found for problem in seen]


WRONG_YEARS = [
    ({"opens": at("2026-02-01 10:00")}, ["2026"]),
    ({"closes": at("2026-03-05 18:00")}, ["2026"]),
    ({"era_label": "令和8年度"}, ["令和8"]),
    ({"era_label": "2026年度(令和8年度)"}, ["2026"]),
    ({"guideline_url": "https://example.go.jp/jpo/2026/"}, ["https://example.go.jp/jpo/2026/"]),
    ({"guideline_url": "https://example.go.jp/jpo_2026.html"}, ["https://example.go.jp/jpo_2026.html"]),
    ({"guideline_url": "https://example.go.jp/2026-02/jpo"}, ["https://example.go.jp/2026-02/jpo"]),
    ({"guideline_url": "https://example.go.jp/r8/youkou.pdf"}, ["https://example.go.jp/r8/youkou.pdf"]),
    ({"links": ({"url": "https://example.go.jp/exam2026"},)}, ["https://example.go.jp/exam2026"]),
    ({"body": "要項:\nhttps://example.go.jp/2026/yoko"}, ["https://example.go.jp/2026/yoko"]),
    ({"title": "2026年度JPO派遣候補者選考試験"}, ["2026年度"]),
    ({"title": "JPO派遣候補者選考試験（2026年度）"}, ["2026年度"]),
    ({"body": "選考試験（2026年度）のご案内"}, ["2026年度"]),
    ({"body": "令和8年度の募集を始めます。"}, ["令和8年度"]),
]  # fmt: skip

RIGHT_YEARS = [
    {},
    {"era_label": "令和9年度"},
    {"era_label": None},
    {"exam_year": None, "era_label": "令和8年度"},
    {"guideline_url": "https://example.go.jp/jpo/guideline"},
    {"guideline_url": "https://example.go.jp/r9/youkou.pdf"},
    {"guideline_url": "https://example.go.jp/press/2026/12/0001.html"},
    {"guideline_url": "https://example.go.jp/page24_002026.html"},
    {"guideline_url": "https://2026.example.go.jp/jpo"},
    {"links": ({"url": "https://example.go.jp/2026/", "label": "過去の実績"},)},
    {"body": "昨年度の結果:\nhttps://example.go.jp/2026/result"},
    {"body": "2026年度の試験からの変更点"},
    {"body": "2026年度の会計に計上します。"},
    {"title": "過去の実績（2026年度）"},
    {"body": "2026年度と2027年度の試験の違い"},
    {"body": "2026年12月までに2年の職務経験が必要です。"},
]


@pytest.mark.parametrize(("fields", "what"), WRONG_YEARS)
def test_an_exam_of_another_year(fields: dict[str, Any], what: list[str]) -> None:
    """Window, label, texts and links of an exam are of its own year."""
    assert what == fields_of(problems(exam(**fields), exam_years))


@pytest.mark.parametrize("fields", RIGHT_YEARS)
def test_an_exam_of_its_year(fields: dict[str, Any]) -> None:
    """Last year may be named as such, and notices come out in the autumn before."""
    assert [] == problems(exam(**fields), exam_years)


def test_a_notice_is_no_exam() -> None:
    """Only an exam notice has an exam's year."""
    assert [] == problems(post("notice", body="2026年度JPO試験", exam_year=2027), exam_years)


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"apply_url": "https://example.go.jp/seminar/2026-01"}, 1),
        ({"apply_url": "https://example.go.jp/2025/seminar"}, 1),
        ({"links": ({"url": "https://example.go.jp/seminar_2025.html"},)}, 1),
        ({"apply_url": "https://example.go.jp/r7/seminar"}, 1),
        ({"apply_url": "https://example.go.jp/seminar20260521"}, 1),
        ({"apply_url": "https://example.go.jp/2028/seminar"}, 1),
        ({"apply_url": "https://example.go.jp/seminar/2027-05"}, 0),
        ({"apply_url": "https://example.go.jp/seminar/12027"}, 0),
        ({"links": ({"url": "https://example.go.jp/2025", "label": "昨年の動画"},)}, 0),
        ({"video_url": "https://example.go.jp/2024/video"}, 0),
        ({"apply_url": "https://example.go.jp/r9/seminar"}, 0),
        ({"apply_url": "https://example.go.jp/form?id=20261"}, 0),
    ],
)
def test_a_seminars_links(fields: dict[str, Any], count: int) -> None:
    """The year in a seminar's link is the one of its day, or of the fiscal year of that day."""
    seminar = post("seminar", starts=at("2027-05-21 19:00"), **fields)
    assert count == len(problems(seminar, seminar_links))


def test_the_fiscal_year_of_a_seminar_in_february() -> None:
    """In February 2027 it is still 2026年度."""
    url = "https://example.go.jp/seminar/{}/it"
    years = [y for y in range(2024, 2030)
             if not problems(post("seminar", starts=at("2027-02-13 14:00"), apply_url=url.format(y)), seminar_links)]  # fmt: skip
    assert [2026, 2027] == years


def test_lines_in_a_file(tmp_path: Path) -> None:
    """Each stands at its own line of the file, as an error."""
    root = make_workspace(tmp_path)
    write_post(
        root,
        "2027-jpo",
        "はじめに\n2027年度(令和8年度)の試験です。\n要項:\nhttps://example.go.jp/jpo/2026/yoko",
        kind="exam_notice",
        title="2027年度JPO派遣候補者選考試験",
        exam_year="2027",
        phase="受付開始",
        opens="2026-02-01 10:00",
        closes="2027-03-05 18:00",
    )
    seen = [p for p in checked(root) if p["rule"] == "E04"]
    assert [7, 11, 13] == [p["line"] for p in seen]
    assert {"error"} == {p["severity"] for p in seen}
