"""E01: a weekday beside a date, in whatever form the two are written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks.texts import ABOUT, found

_JA = "月火水木金土日"
_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

#: Forms of Friday 5 February 2027; `{d}` is where the weekday stands.
JAPANESE = {
    "brackets": "2月5日({d})",
    "full-width brackets": "2月5日（{d}）",
    "square brackets": "2月5日［{d}］",
    "lenticular brackets": "2月5日【{d}】",
    "space before": "2月5日 ({d})",
    "full-width space": "2月5日　（ {d} ）",
    "曜": "2月5日({d}曜)",
    "曜日": "2027年2月5日{d}曜日",
    "曜日 in brackets": "2月5日（{d}曜日）",
    "comma": "2月5日、{d}曜日",
    "は": "2月5日は{d}曜日",
    "の": "2月5日の{d}曜日",
    "holiday": "2月5日({d}・祝)",
    "holiday, long": "2月5日（{d}・祝日）",
    "holiday, bare": "2月5日({d}祝)",
    "holiday first": "2月5日（祝・{d}）",
    "substitute": "2月5日({d}、振替休日)",
    "stroke": "2/5({d})",
    "full-width stroke": "２／５（{d}）",
    "full-width digits": "２月５日（{d}）",
    "zeros": "02/05({d})",
    "year and strokes": "2027/2/5({d})",
    "dots": "2027.2.5({d})",
    "dots, no year": "2.5({d})",
    "ISO": "2027-02-05({d})",
    "spaced": "2027 年 2 月 5 日（{d}）",
    "era": "令和9年2月5日({d})",
    "era, letter": "R9.2.5({d})",
    "era, kanji": "令和九年二月五日（{d}）",
    "kanji": "二〇二七年二月五日（{d}）",
    "year with era": "2027年(令和9年)2月5日({d})",
    "era with year": "令和9(2027)年2月5日({d})",
    "this year": "今年2月5日({d})",
    "in a sentence": "締切は2月5日({d})17:00です。",
    "behind text": "第2回は2/5({d})",
}
ENGLISH = {
    "day month": "{s} 5 Feb",
    "long": "{d}, 5 February 2027",
    "ordinal": "{d} 5th February",
    "of": "{d} the 5th of February",
    "month day": "{d}, February 5",
    "month day year": "{s}, Feb 5, 2027",
    "dotted": "{s}. Feb. 5",
    "month day (weekday)": "February 5 ({s})",
    "day month (weekday)": "5 Feb 2027 ({s})",
    "comma": "5 February, {d}",
    "ISO (weekday)": "2027-02-05 ({s})",
    "ISO weekday": "2027-02-05 {s}",
    "weekday ISO": "{s}, 2027-02-05",
    "stroke (weekday)": "2/5 ({s})",
    "Japanese date": "2月5日({s})",
    "lower case": "{s} 5 february",
    "capitals": "{s} 5 FEB",
}


@pytest.mark.parametrize("form", JAPANESE.values(), ids=JAPANESE)
@pytest.mark.parametrize("weekday", _JA)
def test_japanese_form(form: str, weekday: str) -> None:
    """The right weekday passes, each of the six others is found."""
    text = form.format(d=weekday)
    expected = [] if weekday == "金" else ["E01"]
    assert expected == [rule for rule, _ in found(text)]


@pytest.mark.parametrize("form", ENGLISH.values(), ids=ENGLISH)
@pytest.mark.parametrize("weekday", _EN)
def test_english_form(form: str, weekday: str) -> None:
    """The right weekday passes, each of the others is found, long and short."""
    text = form.format(d=weekday, s=weekday[:3])
    # In English the day may come first, and 2 May is a Sunday.
    right = {"Friday", "Sunday"} if "2/5" in form else {"Friday"}
    expected = [] if weekday in right else ["E01"]
    assert expected == [rule for rule, _ in found(text)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("2月13日(土)・14日(月)", ["14日(月)"], id="two days"),
        pytest.param("2/13(土)〜14(月)", ["14(月)"], id="two days with strokes"),
        pytest.param("2月13日(土)13時から15日(火)まで", ["15日(火)"], id="from, to"),
        pytest.param("2月13日(土)、14日(日)、15日(火)", ["15日(火)"], id="the third of three"),
        pytest.param("2月13日(金)・14日(日)", ["2月13日(金)"], id="the first of two"),
        pytest.param("2月27日(土)・28日(日)", [], id="right"),
        pytest.param("2月27日(土)〜1日(水)", [], id="a day of the next month is passed over"),
        pytest.param("2月13日(土)\n14日(月)", [], id="another line is another sentence"),
        pytest.param("2/1(月)-2/5(木)", ["2/5(木)"], id="a span of two full dates"),
        pytest.param("12月29日(火)から1月3日(日)まで", [], id="over the new year"),
    ],
)
def test_days_of_one_month(text: str, wrong: list[str]) -> None:
    """A day that shares its month with the date before it is judged too."""
    assert wrong == [part for _, part in found(text)]


@pytest.mark.parametrize(
    ("text", "about", "clean"),
    [
        pytest.param("1月4日(月)", date(2026, 12, 21), True, id="December speaks of next January"),
        pytest.param("1月4日(日)", date(2026, 12, 21), False, id="not of the one that is over"),
        pytest.param("12月28日(月)", date(2027, 1, 13), True, id="January of last December"),
        pytest.param("11月3日(水)", date(2027, 1, 13), True, id="or of the one to come"),
        pytest.param("12月25日(日)", date(2027, 1, 13), False, id="of no other"),
        pytest.param("2月13日(金)", date(2027, 2, 13), False, id="last year's date, copied"),
        pytest.param("4月10日(金)", date(2027, 2, 13), False, id="copied, ahead"),
        pytest.param("12月11日(木)", date(2026, 12, 21), False, id="copied, just past"),
        pytest.param("2026年2月13日(金)", date(2027, 2, 13), True, id="the year is given"),
        pytest.param("2026年2月13日(土)", date(2027, 2, 13), False, id="given and wrong"),
        pytest.param("昨年2月13日(金)", date(2027, 2, 13), True, id="last year, in words"),
        pytest.param("来年の2月13日(日)", date(2027, 2, 13), True, id="next year, in words"),
        pytest.param("平成28年2月5日(金)", date(2027, 2, 13), True, id="the era before"),
        pytest.param("平成28年2月5日(土)", date(2027, 2, 13), False, id="the era before, wrong"),
        pytest.param("28年2月5日(金)", date(2027, 2, 13), True, id="a year that is not known"),
        pytest.param("2月29日(火)", date(2027, 9, 15), True, id="the next leap day"),
        pytest.param("令和元年5月1日(水)", date(2027, 2, 13), True, id="the first year of an era"),
    ],
)
def test_year(text: str, about: date, clean: bool) -> None:
    """Without a year the nearest day is meant, or one some months ahead."""
    assert ([] if clean else ["E01"]) == [rule for rule, _ in found(text, about)]


@given(
    about=st.dates(date(2020, 1, 1), date(2099, 12, 31)),
    days=st.integers(-60, 180),
)
def test_copied_from_last_year(about: date, days: int) -> None:
    """Two months back and six ahead, the weekday of the year before is always found."""
    day = about + timedelta(days=days)
    try:
        before = day.replace(year=day.year - 1)
    except ValueError:
        return
    assert [] == found(f"{day.month}月{day.day}日({_JA[day.weekday()]})", about)
    copied = f"{day.month}月{day.day}日({_JA[before.weekday()]})"
    assert ["E01"] == [rule for rule, _ in found(copied, about)]


@given(st.dates(date(2019, 5, 1), date(2099, 12, 31)))
def test_year_and_era_agree(day: date) -> None:
    """A date with its year is right in 西暦 and 和暦, whatever the text is about."""
    weekday = _JA[day.weekday()]
    era = "令和元" if day.year == 2019 else f"令和{day.year - 2018}"
    for year in (f"{day.year}", era):
        assert [] == found(f"{year}年{day.month}月{day.day}日({weekday})", ABOUT)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("賛成1/2、反対1/3(日)時点", id="fractions"),
        pytest.param("5/1(土)、1/2(土)", id="strokes that are right"),
        pytest.param("Python 3.11、1.5倍(日)、0.5", id="decimals"),
        pytest.param("24/7(土)", id="round the clock"),
        pytest.param("03-5253-8111(月～金)", id="telephone hours"),
        pytest.param("平日(月・火)、毎週(木)", id="weekdays alone"),
        pytest.param("木曜日は2月5日の前日です", id="weekday before the date"),
        pytest.param("締切：2月5日\n木曜日は休業です", id="the next line begins with a weekday"),
        pytest.param("1月4日、日曜・祝日を除く", id="days that are left out"),
        pytest.param("2月5日（木村さんの講演）", id="a name in brackets"),
        pytest.param("2月5日（日本時間）、2月5日（土日祝）", id="other brackets"),
        pytest.param("https://example.go.jp/2027/02/05/thu", id="a date in a URL"),
        pytest.param("https://example.go.jp/2027-02-05-thu.html", id="a slug"),
        pytest.param("Money 5 May, Sunrise 5 June, Monitor 5 Marches", id="words like weekdays"),
        pytest.param("open 5 February, Monday to Friday", id="a span of weekdays"),
        pytest.param("by 5 February. Monday is free.", id="another sentence"),
        pytest.param("Fri 5 Feb 1900 JST, Fri 5 Feb 2030 JST", id="a time without a colon"),
        pytest.param("第3(日)、3(月)", id="numbers with a weekday"),
        pytest.param("5/2 (Sun), 2/5 (Fri)", id="the day first, or the month first"),
        pytest.param("二月", id="a month"),
        pytest.param("1か月5日(木)コース", id="a duration"),
        pytest.param("2年2月5日(木)コース", id="a duration with years"),
        pytest.param("9:00-17:00(月～金)", id="office hours"),
        pytest.param("2月5日 土曜・日曜は休み", id="weekdays that follow"),
    ],
)
def test_clean(text: str) -> None:
    """What only looks like a date with a weekday is none."""
    assert [] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2月30日", "令和9年2月29日", "13月1日", "2月0日", "４月３１日", "二月三十日"),
        *("2/30(火)", "2027-02-30(火)", "24:00", "２４：００", "25時", "29:59"),
    ],
)
def test_impossible(text: str) -> None:
    """E11: a day or a time that there is none of."""
    assert {"E11"} == {rule for rule, _ in found(text)}


@pytest.mark.parametrize(
    "text",
    [
        *("2028年2月29日", "2月28日", "12月31日", "0:00", "23:59", "24時間", "24時限"),
        *("2/30", "1:24:30", "0.24:30", "30:1", "比は24:7", "昭和3年2月29日"),
    ],
)
def test_possible(text: str) -> None:
    """No E11 for days and times that there are, nor for other numbers."""
    assert [] == found(text)
