"""E20: 本日, 明日, 今週 and あとN日 on the day that a variant goes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.checks.office import BOOK, at, post
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.reading import Reading
from jposocial.checks.relative import relative_then
from jposocial.model import Part, Variant

#: Applications until Wednesday the 20th, the seminar on Thursday the 21st.
SEMINAR: dict[str, Any] = {
    "starts": at("2027-01-21 19:00"),
    "ends": at("2027-01-21 20:30"),
    "apply_deadline": at("2027-01-20 17:00"),
    "apply_opens": at("2027-01-07 10:00"),
}
EXAM: dict[str, Any] = {"opens": at("2027-02-01 10:00"), "closes": at("2027-03-05 18:00")}


def wrong(text: str, due: str, **fields: Any) -> list[tuple[str, str]]:
    """(what was found, the fix) in a text that goes out at `due`."""
    reading = Reading(book=BOOK, post=post("seminar", **fields), due=at(due))
    variant = Variant(
        post="case", kind="seminar", moment="announce", account="x", platform="x",
        parts=(Part(text=text),), source="templates/seminar/announce.txt",
    )  # fmt: skip
    seen = list(relative_then(reading, variant))
    assert all("x" == problem.account and "E20" == problem.rule for problem in seen)
    return [(problem.found, problem.fix) for problem in seen]


RIGHT = [
    ("2027-01-21 09:00", "【本日開催】セミナー\n\n本日19:00〜20:30に開催します。"),
    ("2027-01-21 09:00", "今日19時から！"),
    ("2027-01-21 09:00", "本日1月21日(木)19:00"),
    ("2027-01-21 09:00", "明日はいよいよ月末です。"),
    ("2027-01-20 09:00", "明日開催！申込は本日17:00まで"),
    ("2027-01-20 09:00", "明日19:00〜（申込は本日17:00まで）"),
    ("2027-01-20 09:00", "お申込みは本日17:00まで。セミナーは明日19:00から。"),
    ("2027-01-20 09:00", "本日最終日、締切は本日17時"),
    ("2027-01-20 09:00", "開催まであと1日"),
    ("2027-01-20 09:00", "今週木曜開催"),
    ("2027-01-20 09:00", "The deadline is thİs week."),
    ("2027-01-20 09:00", "The seminar is tomorrow."),
    ("2027-01-20 09:00", "Apply today, registration closes at 17:00."),
    ("2027-01-19 09:00", "明後日開催、申込締切は明日17:00"),
    ("2027-01-18 09:00", "残り2日！"),
    ("2027-01-14 12:00", "来週開催"),
    ("2027-01-14 12:00", "来週木曜19時から"),
    ("2027-01-14 12:00", "開催まであと1週間"),
    ("2027-01-14 12:00", "【開催1週間前】国際機関就職セミナー"),
    ("2027-01-22 12:00", "昨日開催しました。"),
    ("2027-01-25 12:00", "先週開催したセミナーの報告です。"),
]

NOT_MEANT = [
    "今日までの経験を話します。",
    "今日では国際機関のセミナー開催が増えました。",
    "今日の世界で活躍する人材のセミナー開催",
    "明日への一歩となるセミナー開催",
    "明日を担う人材のためのセミナー開催",
    "明日から使える英文履歴書のセミナー開催",
    "「昨日開催されたセミナーで、進路を決めました」",
    "本日、動画を公開しました。",
    "本日のお知らせです。",
    "本日ご案内するのは、1月21日(木)開催のセミナーです。",
    "本日募集要項を公開、受付開始は2月1日",
    "締切の3日前までにお問い合わせください。",
    "毎週木曜に配信しています。",
    "残りわずかです。",
    "In today's world, the seminar takes place online.",
]

WRONG = [
    ("2027-01-20 09:00", "【本日開催】", "本日", "明日"),
    ("2027-01-20 09:00", "本日19:00〜20:30に開催します。", "本日", "明日"),
    ("2027-01-20 09:00", "本日のセミナーは19:00から", "本日", "明日"),
    ("2027-01-20 09:00", "明日締切", "明日", "本日"),
    ("2027-01-20 09:00", "締切は明日17:00まで", "明日", "本日"),
    ("2027-01-20 09:00", "申込締切まであと3日", "あと3日", "本日"),
    ("2027-01-18 09:00", "申込締切まであと３日", "あと３日", "あと2日"),
    ("2027-01-18 09:00", "締切まで残り5日", "残り5日", "あと2日"),
    ("2027-01-18 09:00", "あと十日！", "あと十日", "あと2日"),
    ("2027-01-20 09:00", "本日1月21日(木)", "本日", "明日"),
    ("2027-01-20 09:00", "来週開催", "来週", "明日"),
    ("2027-01-20 09:00", "今週金曜日開催", "今週金曜日", "明日"),
    ("2027-01-14 12:00", "今週開催", "今週", "1月21日(木)"),
    ("2027-01-14 12:00", "【開催3日前】", "開催3日前", "1月21日(木)"),
    ("2027-01-20 09:00", "昨日開催しました", "昨日", "明日"),
    ("2027-01-20 09:00", "明後日開催", "明後日", "明日"),
    ("2027-01-20 09:00", "本日受付開始", "本日", "1月7日(木)"),
    ("2027-01-20 09:00", "「本日開催」", "本日", "明日"),
    ("2027-01-20 09:00", "The seminar is today.", "today", "tomorrow"),
    ("2027-01-18 09:00", "Only 3 days left to apply", "Only 3 days left", "2 days left"),
    ("2027-01-21 00:30", "明日19:00に開催", "明日", "本日"),
]


@pytest.mark.parametrize(("due", "text"), RIGHT)
def test_right_on_its_day(due: str, text: str) -> None:
    """A word that fits the post's own dates is passed over."""
    assert [] == wrong(text, due, **SEMINAR)


@pytest.mark.parametrize("text", NOT_MEANT)
def test_no_day_is_meant(text: str) -> None:
    """今日 as nowadays, 明日 as the future, what people say, and what is done today besides."""
    assert [] == wrong(text, "2027-01-19 09:00", **SEMINAR)


@pytest.mark.parametrize(("due", "text", "what", "right"), WRONG)
def test_wrong_on_its_day(due: str, text: str, what: str, right: str) -> None:
    """A word that means another day than the post's is found, with the word to type."""
    assert [(what, f"write {right}")] == wrong(text, due, **SEMINAR)


@pytest.mark.parametrize(
    "text", ["本日開催", "明日締切", "あと3日", "来週開催", "today", "今週締切"]
)
def test_no_date_to_compare_with(text: str) -> None:
    """Where the post has no date of its own, nothing is said."""
    assert [] == wrong(text, "2027-01-20 09:00")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("本日10時から受付開始", 0),
        ("本日より応募の受付を開始しました", 0),
        ("本日、説明会を開催します", 0),
        ("締切まであと32日", 0),
        ("明日から受付開始", 1),
        ("締切まであと33日", 1),
        ("本日締切", 1),
    ],
)
def test_an_exam(text: str, count: int) -> None:
    """What opens and what closes are held against their own fields; a briefing has none here."""
    assert count == len(wrong(text, "2027-02-01 12:00", **EXAM))


def test_a_deadline_at_midnight_is_of_the_day_that_ends() -> None:
    """Until 0:00 of the 6th, the last day is the 5th."""
    closes = {"closes": at("2027-03-06 00:00")}
    assert [] == wrong("本日締切", "2027-03-05 09:00", **closes)
    assert [] == wrong("本日締切", "2027-03-06 00:00", **closes)
    assert 1 == len(wrong("本日締切", "2027-03-04 09:00", **closes))


def test_the_day_is_that_of_japan() -> None:
    """A deadline at 23:59 in New York is the next day here."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    deadline = datetime(2027, 2, 19, 23, 59, tzinfo=ZoneInfo("America/New_York"))
    assert [] == wrong("明日締切", "2027-02-19 12:00", deadline=deadline)
    assert 1 == len(wrong("本日締切", "2027-02-19 12:00", deadline=deadline))


def test_lines_in_a_file(tmp_path: Path) -> None:
    """A word of the file stands at its line; the moments where it is right are not named."""
    root = make_workspace(tmp_path)
    write_post(
        root,
        "2027-01-seminar",
        "職員が話します。\n本日開催です。",
        kind="seminar",
        starts="2027-01-21 19:00",
        ends="2027-01-21 20:30",
        text={"x": {"last_call": "明日開催", "reminder": "来週開催", "today": "明日開催"}},
        apply_deadline="2027-01-20 17:00",
    )
    seen = [(p["line"], p["account"]) for p in checked(root) if p["rule"] == "E20"]
    assert {(7, "x"), (11, "facebook")} == set(seen)
