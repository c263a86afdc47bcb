"""E01 and E11 of ranges and of weekdays before their date, E02 of calls that come too late."""

from __future__ import annotations

import pytest
from tests.checks.office import at, found, on, post

from jposocial.checks.ranges import no_such_day, reversed_ranges, weekday_apart
from jposocial.checks.stale import stale_dates

_OF = post("notice", publish=on("2027-01-15"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("木曜日の2月5日に開きます", ["木曜日の2月5日"]),
        ("説明会を、木曜日の2月5日に開きます", ["木曜日の2月5日"]),
        ("水曜(2月18日)の夜", ["水曜(2月18日"]),
        ("1月18日〜22日(月〜木)に開きます", ["1月18日〜22日(月〜木)"]),
        ("1月18日〜22日（火〜金）", ["1月18日〜22日（火〜金）"]),
        ("金曜日の2月5日に開きます", []),
        ("木曜(2月18日)の夜", []),
        ("1月18日〜22日(月〜金)に開きます", []),
        ("毎週木曜日、2月5日から", []),
        ("木曜日(2月5日から)", []),
        ("火曜・木曜の2月5日", []),
    ],
)
def test_weekdays_apart(text: str, expected: list[str]) -> None:
    """Each weekday is held against its own date; what comes every week is not."""
    assert expected == found(text, weekday_apart, of=_OF)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2月15日(月)から2月12日(金)まで", ["2月15日(月)から2月12日"]),
        ("2月15日〜12日", ["2月15日〜12日"]),
        ("15:00〜13:00に開きます", ["15:00〜13:00"]),
        ("2月12日(金)から2月15日(月)まで", []),
        ("12月29日から1月3日まで", []),
        ("22:00〜翌2:00", []),
        ("22:00〜2:00", []),
        ("13:00〜15:00、10:00〜11:00", []),
        ("2月5日(金)〜7日(日)", []),
        ("2027年2月5日から2028年1月3日まで", []),
    ],
)
def test_reversed_ranges(text: str, expected: list[str]) -> None:
    """Within a month, and within the day; over the new year and midnight it is no mistake."""
    assert expected == found(text, reversed_ranges, of=_OF)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("申込は2/30に締め切ります", ["2/30"]),
        ("closed until 31 April", ["31 April"]),
        ("until February 30, 2027", ["February 30"]),
        ("2/30の割合", []),
        ("2/28に締め切ります", []),
        ("29 February", []),
        ("May 31 and 30 June", []),
        ("April 2027", []),
    ],
)
def test_days_that_no_month_has(text: str, expected: list[str]) -> None:
    """With a stroke where a date is meant, and in English."""
    assert expected == found(text, no_such_day, of=_OF)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1月16日(土)に、相談会を開きます。", ["1月16日"]),
        ("更新は、1月8日(金)までにお願いします。", ["1月8日"]),
        ("1月12日(火)の説明会までにお読みください。", ["1月12日"]),
        ("1月16日(土)に、相談会を開きました。", []),
        ("1月22日(金)に、相談会を開きます。", []),
        ("1月18日(月)に開きます。", []),
        ("1月12日(火)から受け付けています。", []),
        ("昨年10月に始めた制度です。", []),
    ],
)
def test_calls_that_come_too_late(text: str, expected: list[str]) -> None:
    """On 18 January; what was, is told without being called for."""
    assert expected == found(text, stale_dates, of=_OF, due=at("2027-01-18 12:00"))
    assert [] == found(text, stale_dates, of=_OF)
