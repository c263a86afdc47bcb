from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rendering.given import ENGLISH, FACEBOOK, TOKYO, post, said

from jposocial import entities
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.filters import hashtags


@pytest.mark.parametrize(
    ("style", "ja", "en"),
    [
        pytest.param("", "1月21日(木)19:00", "Thu 21 Jan, 19:00", id="as a rule"),
        pytest.param("('datetime')", "1月21日(木)19:00", "Thu 21 Jan, 19:00", id="datetime"),
        pytest.param("('date')", "1月21日(木)", "Thu 21 Jan", id="date"),
        pytest.param("('time')", "19:00", "19:00", id="time"),
        pytest.param("('full')", "2027年1月21日(木)19:00", "Thu 21 Jan 2027, 19:00", id="full"),
        pytest.param("('day')", "2027年1月21日", "21 Jan 2027", id="day"),
    ],
)
def test_jst(tmp_path, style, ja, en):
    """Japanese time, 24 hours, with the weekday; in the account's language."""
    template = f"{{{{ starts | jst{style} }}}}"
    assert ja == said(tmp_path, template, on=FACEBOOK)
    assert en == said(tmp_path, template, on=ENGLISH)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        pytest.param("", "12月1日(火)", id="as a rule"),
        pytest.param("('full')", "2026年12月1日(火)", id="full"),
        pytest.param("('day')", "2026年12月1日", id="day"),
    ],
)
def test_jst_of_a_day(tmp_path, style, expected):
    """A day without a time stays the same day."""
    of = post(as_of=date(2026, 12, 1))
    assert expected == said(tmp_path, f"{{{{ as_of | jst{style} }}}}", of=of)


def test_jst_from_another_zone(tmp_path):
    """23:59 in New York on 19 February is 13:59 in Japan on the 20th."""
    of = post(starts=datetime(2026, 2, 19, 23, 59, tzinfo=ZoneInfo("America/New_York")))
    assert "2月20日(金)13:59" == said(tmp_path, "{{ starts | jst }}", of=of)


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        pytest.param("2026-03-06", "America/New_York", "3月6日(金)06:00", id="New York, winter"),
        pytest.param("2026-03-09", "America/New_York", "3月9日(月)07:00", id="New York, summer"),
        pytest.param("2026-10-26", "America/New_York", "10月26日(月)07:00", id="New York, still summer"),
        pytest.param("2026-11-02", "America/New_York", "11月2日(月)06:00", id="New York, winter again"),
        pytest.param("2026-03-27", "Europe/Paris", "3月27日(金)12:00", id="Paris, winter"),
        pytest.param("2026-03-30", "Europe/Paris", "3月30日(月)13:00", id="Paris, summer"),
        pytest.param("2026-10-26", "Europe/Paris", "10月26日(月)12:00", id="Paris, winter again"),
        pytest.param("2026-10-26", "Pacific/Auckland", "10月27日(火)00:00", id="Auckland: the next day"),
    ],
)  # fmt: skip
def test_local(tmp_path, day, zone, expected):
    """20:00 in Japan where somebody else is, with that place's weekday and summer time."""
    starts = datetime.combine(date.fromisoformat(day), datetime.min.time(), TOKYO).replace(hour=20)
    assert expected == said(tmp_path, f"{{{{ starts | local('{zone}') }}}}", of=post(starts=starts))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2019, 5, 1), "令和元年5月1日", id="the first day"),
        pytest.param(date(2019, 12, 31), "令和元年12月31日", id="the first year's last day"),
        pytest.param(date(2020, 1, 1), "令和2年1月1日", id="the second year"),
        pytest.param(date(2027, 1, 21), "令和9年1月21日", id="2027"),
        pytest.param(
            datetime(2026, 12, 31, 23, tzinfo=ZoneInfo("UTC")), "令和9年1月1日", id="in Japan"
        ),
    ],
)
def test_wareki(tmp_path, day, expected):
    """The year of the era, as the calendar year has it."""
    assert expected == said(tmp_path, "{{ as_of | wareki }}", of=post(as_of=day))


@pytest.mark.parametrize("day", [date(2019, 4, 30), date(2018, 12, 31)])
def test_wareki_before_the_era(tmp_path, day):
    """Before 1 May 2019 the filter refuses."""
    with pytest.raises(BadTemplate) as caught:
        said(tmp_path, "\n{{ as_of | wareki }}", of=post(as_of=day))
    assert f"{day} is before the era of Reiwa" == caught.value.message
    assert ("templates/seminar/announce.txt", 2) == (caught.value.path, caught.value.line)


def test_weekday(tmp_path):
    """木, or Thu."""
    assert "木" == said(tmp_path, "{{ starts | weekday }}")
    assert "Thu" == said(tmp_path, "{{ starts | weekday }}", on=ENGLISH)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        pytest.param("2027-01-21 00:00", "0", id="on the day"),
        pytest.param("2027-01-20 23:59", "1", id="a minute before midnight"),
        pytest.param("2027-01-14 12:00", "7", id="a week before"),
        pytest.param("2026-12-31 12:00", "21", id="over the new year"),
        pytest.param("2027-01-22 08:00", "-1", id="the day after"),
    ],
)
def test_days_left(tmp_path, due, expected):
    """Nights from the day the text goes out, in Japan, however few hours they are."""
    when = datetime.fromisoformat(due).replace(tzinfo=TOKYO)
    for instant in (when, when.astimezone(ZoneInfo("America/New_York"))):
        assert expected == said(tmp_path, "{{ starts | days_left }}", due=instant)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param(("JPO", "国際機関"), "#JPO #国際機関", id="two"),
        pytest.param(("#JPO", "＃国際"), "#JPO #国際", id="signs of their own"),
        pytest.param(("国際 機関", "UN-Women"), "#国際機関 #UNWomen", id="what would end the tag"),
        pytest.param(("キャリア・パス", "ねりま〜る", "JPO_2027"), "#キャリア・パス #ねりま〜る #JPO_2027", id="what stays in a tag"),
        pytest.param(("第①回", "!?"), "#第回", id="circled digits, and nothing but signs"),
        pytest.param((), "", id="none"),
        pytest.param(None, "", id="no such field"),
    ],
)  # fmt: skip
def test_hashtags(tmp_path, tags, expected):
    """Each tag cleaned of what would end it early."""
    assert expected == said(tmp_path, "。{{ tags | hashtags }}", of=post(tags=tags))[1:]


@given(st.lists(st.text(min_size=1), max_size=4))
def test_a_hashtag_is_linked_as_a_whole(values):
    """Whatever is written as a tag, X links all of it, unless it is digits and signs alone."""
    text = hashtags(values)
    worded = [tag for tag in text.split() if any(c.isalpha() for c in tag)]
    linked = [entity.text for entity in entities(text, "x")]
    assert worded == [tag for tag in linked if any(c.isalpha() for c in tag)]


def test_kinsoku(tmp_path):
    """`kinsoku(width)` folds; 34 columns where no width is given."""
    of = post(body="国際機関で、働く")
    assert "国際機関\nで、働く" == said(tmp_path, "{{ body | kinsoku(4) }}", of=of)
    long = said(tmp_path, "{{ body | kinsoku }}", of=post(body="国" * 50))
    assert [34, 16] == [len(line) for line in long.split("\n")]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        pytest.param("{{ title | jst }}", "this filter takes a date, not '題'", id="no date"),
        pytest.param("{{ venue | jst }}", "this filter takes a date, not 'None'", id="absent"),
        pytest.param("{{ starts | jst('long') }}", "'long' is not known here", id="style"),
        pytest.param(
            "{{ starts | local('Mars/Base') }}", "there is no time zone 'Mars/Base'", id="zone"
        ),
        pytest.param(
            "{{ starts | local('../../etc/passwd') }}",
            "there is no time zone '../../etc/passwd'",
            id="a path as a zone",
        ),
    ],
)
def test_refused_values(tmp_path, template, message):
    """A filter refuses what it cannot write, and says why."""
    with pytest.raises(BadTemplate) as caught:
        said(tmp_path, template)
    assert message == caught.value.message
