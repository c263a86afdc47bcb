"""W19 where Japanese and English disagree, and W17 where an account is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.checks.office import BOOK, at, post, problems
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.bilingual import languages, missing_accounts
from jposocial.checks.written import clocks, days
from jposocial.model import Cadence, Moment, Post


def both(japanese: str, english: str, **fields: Any) -> Post:
    """A post in both languages."""
    return post(lang="both", body=japanese, body_en=english, **fields)


AGREEING = [
    ("2月5日(金)19:00", "Friday 5 February, 7 p.m. JST"),
    ("2月5日(金)午後7時から8時半まで", "February 5, 7 to 8:30 p.m. (Japan time)"),
    ("2月5日（金）〜7日（日）", "Friday 5 to Sunday 7 February"),
    ("２月５日と２月１２日", "5 and 12 February"),
    ("2027年2月5日、正午まで", "until noon on 5 February 2027 (Japan time)"),
    ("令和9年2月5日", "2027-02-05"),
    ("12月29日(火)から1月3日(日)まで休みます。", "Closed from 29 December to 3 January."),
    ("https://example.go.jp/ja/jpo を開く", "See https://example.go.jp/en/jpo."),
    ("https://example.go.jp/jpo.html", "https://example.go.jp/jpo_e.html"),
    ("2月5日19:00", "5 February, 19:00 Japan time (11:00 in Geneva, 10:00 UTC)"),
    ("募集要項をお読みください。", "Please read the guidelines."),
    ("2/5(金)19:00", "Fri 5 Feb, 19:00 (Japan time)"),
    ("2時間の説明と24時間の受付", "A briefing of 2 hours"),
]

DISAGREEING = [
    ("2月5日(金)19:00", "Saturday 6 February, 7 p.m. JST", ["6 February"]),
    ("2月5日19:00", "5 February, 18:00 (Japan time)", ["18:00"]),
    ("2月5日午後7時", "February 5, 7 a.m. JST", ["7 a.m."]),
    ("締切は2月3日17:00", "The deadline is 3 February.", ["17:00"]),
    ("締切は2月3日", "Please apply soon.", ["2月3日"]),
    ("説明会を開きます。", "A briefing on 5 February.", ["5 February"]),
    ("2027年2月5日", "5 February 2026", ["5 February 2026"]),
    ("https://example.go.jp/jpo", "https://example.go.jp/un", ["https://example.go.jp/un"]),
    ("詳細 https://example.go.jp/jpo", "See our site.", ["https://example.go.jp/jpo"]),
    ("2月5日〜7日", "5-8 February", ["8 February"]),
    ("5月6日(木)", "6 March", ["6 March"]),
]


@pytest.mark.parametrize(("japanese", "english"), AGREEING)
def test_the_same_in_both(japanese: str, english: str) -> None:
    """Order, form and the language of a page make no difference."""
    assert [] == problems(both(japanese, english), languages)


@pytest.mark.parametrize(("japanese", "english", "what"), DISAGREEING)
def test_not_the_same(japanese: str, english: str, what: list[str]) -> None:
    """A date, time, year or address that one has and the other has not."""
    seen = problems(both(japanese, english), languages)
    assert what == [p.found for p in seen]
    assert {("W19", "warning")} == {(p.rule, p.severity) for p in seen}


def test_the_fields_may_stand_in_english() -> None:
    """In Japanese a template says them; the fields are what both are about."""
    fields = {
        "starts": at("2027-02-05 19:00"),
        "apply_url": "https://example.go.jp/apply",
        "links": ({"url": "https://example.go.jp/map"},),
    }
    english = "5 February, 19:00 JST\nhttps://example.go.jp/apply\nhttps://example.go.jp/map"
    assert [] == problems(both("お話しします。", english, **fields), languages)
    assert 1 == len(problems(both("お話しします。", "6 February", **fields), languages))


def test_texts_are_held_against_their_own() -> None:
    """`en.text` against `text` of the same account and moment, `en.title` against the title."""
    text = {"x": {"announce": "2月5日に開催", "reminder": "2月4日に締切"}}
    en = {"title": "Briefing on 5 February", "text": {"x": {"announce": "On 5 February"}}}
    assert [] == problems(both("", "", title="2月5日の説明会", text=text, en=en), languages)
    wrong = {"text": {"x": {"announce": "On 6 February"}}}
    seen = problems(both("", "", title="説明会", text=text, en=wrong), languages)
    assert ["6 February"] == [p.found for p in seen]


@pytest.mark.parametrize(
    "other",
    [
        post(lang="ja", body="2月5日", body_en="6 February"),
        post(lang="en", body="5 February"),
        both("2月5日に開催", ""),
        both("", "On 5 February"),
        both("", ""),
        post(body="2月5日"),
    ],
)
def test_one_language(other: Post) -> None:
    """Where there is but one, there is nothing to compare."""
    assert [] == problems(other, languages)


def test_the_message_names_both() -> None:
    """What each says, and what to write."""
    seen = problems(both("2月5日に開催", "On 6 February"), languages)[0]
    assert "the dates disagree: 2月5日 in Japanese, 6 February in English" == seen.message
    assert "write 5 February in English, or mend the Japanese" == seen.fix


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("19:00〜20:30", [1140, 1230]),
        ("午後7時〜8時30分", [1140, 1230]),
        ("7-8:30 p.m.", [1140, 1230]),
        ("11-1 p.m.", [660, 780]),
        ("noon to 1 p.m.", [720, 780]),
        ("12 a.m.", [0]),
        ("１９：００", [1140]),
        ("2時間、24時間、3時点", []),
        ("朝8時から夜7時", [480, 1140]),
        ("https://example.go.jp/19:00", []),
    ],
)
def test_clock_times(text: str, minutes: list[int]) -> None:
    """Times of both languages, in minutes from midnight."""
    assert minutes == [clock.minutes for clock in clocks(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2月5日(金)・7日(日)", [(2, 5), (2, 7)]),
        ("5–7 February 2027", [(2, 5), (2, 7)]),
        ("February 5, 19:00", [(2, 5)]),
        ("Feb. 5 and 12", [(2, 5), (2, 12)]),
        ("the 21st of January", [(1, 21)]),
        ("2/5(金)と1/2の確率", [(2, 5)]),
        ("2027.2.5 2027/2/6", [(2, 5), (2, 6)]),
        ("2月5日間", [(2, 5)]),
        ("13月40日", []),
    ],
)
def test_written_days(text: str, found: list[tuple[int, int]]) -> None:
    """Days of both languages, ranges and lists taken apart."""
    assert found == [(day.month, day.day) for day in days(text)]


ROW = (Moment(name="announce", anchor="starts"),)


@pytest.mark.parametrize(
    ("cadence", "accounts", "fix"),
    [
        (Cadence(rows={"x": ROW, "facebook": ROW}), ("x",), "write accounts: [x, facebook]"),
        (Cadence(rows={"x": ROW, "facebook": ROW}), ("facebook",), "write accounts: [x, facebook]"),
        (Cadence(rows={"x": ROW, "facebook": ROW}), ("x", "mail"), "write accounts: [x, facebook, mail]"),
        (Cadence(rows={"x": ROW, "facebook": ROW}, accounts=("x", "facebook")), ("x",), "write accounts: [x, facebook]"),
        (Cadence(rows={"x": ROW}), ("facebook",), "write accounts: [x, facebook]"),
        (Cadence(rows={"x": ROW}, accounts=("x",)), ("facebook",), "write accounts: [x, facebook]"),
        (Cadence(rows={"x": ROW, "facebook": ROW}), ("x", "facebook"), None),
        (Cadence(rows={"x": ROW, "facebook": ROW}), None, None),
        (Cadence(rows={"x": ROW}), ("x",), None),
        (Cadence(rows={"x": ROW, "line": ROW}), ("x",), None),
        (Cadence(rows={"x": ROW, "facebook": ROW}, accounts=("x",)), ("x",), None),
        (Cadence(), ("x",), None),
        (Cadence(rows={"x": ROW, "facebook": ROW}), ("mail",), None),
    ],
)  # fmt: skip
def test_accounts_of_a_kind(
    cadence: Cadence, accounts: tuple[str, ...] | None, fix: str | None
) -> None:
    """W17: an account that is configured, usual, and has a row of its own in the cadence."""
    book = replace(BOOK, cadences={"seminar": cadence})
    seen = problems(post("seminar", accounts=accounts), missing_accounts, book=book)
    assert [fix] * bool(fix) == [problem.fix for problem in seen]
    assert [] == problems(post("notice", accounts=accounts), missing_accounts, book=book)


def test_lines_in_a_file(tmp_path: Path) -> None:
    """W19 stands where the English says it, W17 at `accounts`."""
    root = make_workspace(tmp_path)
    write_post(
        root,
        "2027-02-seminar",
        "2月5日(金)19:00に開催します。講師は調整中です。\n<!-- en -->\nJoin us.\nFriday 5 February, 18:00 (Japan time)",
        kind="seminar",
        lang="both",
        starts="2027-02-05 19:00",
        ends="2027-02-05 20:30",
        accounts=["x"],
    )
    seen = [(p["rule"], p["line"], p["severity"]) for p in checked(root)]
    assert [("W17", 8, "warning"), ("W19", 13, "warning")] == seen
