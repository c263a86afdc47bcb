from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rendering.given import ENGLISH, FACEBOOK, TOKYO, post, said

from jposocial import entities
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.filters import hashtags
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates


@pytest.mark.parametrize(
    ("style", "ja", "en"),
    [
        pytest.param("", "1月21日(木)19:00", "Thu 21 Jan, 19:00 (Japan time)", id="as a rule"),
        pytest.param("('datetime')", "1月21日(木)19:00", "Thu 21 Jan, 19:00 (Japan time)", id="datetime"),
        pytest.param("('date')", "1月21日(木)", "Thu 21 Jan", id="date"),
        pytest.param("('time')", "19:00", "19:00", id="time"),
        pytest.param("('full')", "2027年1月21日(木)19:00", "Thu 21 Jan 2027, 19:00 (Japan time)", id="full"),
        pytest.param("('day')", "2027年1月21日", "21 Jan 2027", id="day"),
    ],
)  # fmt: skip
def test_jst(tmp_path, style, ja, en):
    """Japanese time, 24 hours, with the weekday; in English with its zone."""
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
    ("template", "ja", "en"),
    [
        pytest.param("local('Europe/Zurich')", "ジュネーブ時間11:00", "11:00 Geneva time", id="the same day"),
        pytest.param("local('America/New_York')", "ニューヨーク時間05:00", "05:00 New York time", id="early"),
        pytest.param("local('Pacific/Apia')", "アピア時間23:00", "23:00 Apia time", id="late"),
        pytest.param(
            "local('Pacific/Kiritimati')", "キリスィマスィ島時間1月22日(金)00:00",
            "Fri 22 Jan, 00:00 Kiritimati time", id="the next day",
        ),
        pytest.param(
            "local('Pacific/Honolulu')", "ホノルル時間00:00", "00:00 Honolulu time", id="midnight",
        ),
        pytest.param("local('Etc/GMT+5')", "現地時間05:00", "05:00 local time", id="no city"),
        pytest.param("local('UTC')", "世界標準時間10:00", "10:00 UTC", id="no place"),
        pytest.param("local('Europe/Zurich', 'time')", "11:00", "11:00", id="the time alone"),
        pytest.param("local('Europe/Zurich', 'date')", "1月21日(木)", "Thu 21 Jan", id="the day alone"),
        pytest.param("local('Europe/Zurich', 'full')", "2027年1月21日(木)11:00", "Thu 21 Jan 2027, 11:00", id="without the city"),
        pytest.param("local", "東京時間19:00", "19:00 Tokyo time", id="where it was given"),
        pytest.param("abroad", "False", "False", id="given at home"),
        pytest.param("abroad('Asia/Seoul')", "False", "False", id="abroad with the same clocks"),
        pytest.param("abroad('Asia/Taipei')", "True", "True", id="abroad"),
        pytest.param("both", "1月21日(木)19:00（日本時間）", "Thu 21 Jan, 19:00 (Japan time)", id="both at home"),
        pytest.param(
            "both('Europe/Rome')", "1月21日(木)19:00（日本時間）／ローマ時間11:00",
            "Thu 21 Jan, 19:00 (Japan time) / 11:00 Rome time", id="both",
        ),
    ],
)  # fmt: skip
def test_where_somebody_is(tmp_path, template, ja, en):
    """The same moment elsewhere, named by its city, with the day where it is another."""
    assert ja == said(tmp_path, f"{{{{ starts | {template} }}}}")
    assert en == said(tmp_path, f"{{{{ starts | {template} }}}}", on=ENGLISH)


@pytest.mark.parametrize(
    ("zone", "there"),
    [
        pytest.param(ZoneInfo("America/New_York"), "ニューヨーク時間2月19日(金)23:59", id="a city"),
        pytest.param(timezone(timedelta(hours=-5)), "現地時間2月19日(金)23:59", id="an offset alone"),
    ],
)  # fmt: skip
def test_a_deadline_given_abroad(tmp_path, zone, there):
    """23:59 in New York on 19 February is 13:59 in Japan on the 20th: both are shown."""
    of = post(closes=datetime(2027, 2, 19, 23, 59, tzinfo=zone))
    assert f"2月20日(土)13:59（日本時間）／{there}" == said(tmp_path, "{{ closes | both }}", of=of)
    assert there == said(tmp_path, "{{ closes | local }}", of=of)
    assert "True" == said(tmp_path, "{{ closes | abroad }}", of=of)


def test_local_of_a_day(tmp_path):
    """A day without a time is the same day everywhere."""
    of = post(as_of=date(2026, 12, 1))
    assert "12月1日(火)" == said(tmp_path, "{{ as_of | local('America/New_York') }}", of=of)


@pytest.mark.parametrize(
    ("style", "ja", "en"),
    [
        pytest.param("", "2027年（令和9年）1月21日", "21 Jan 2027 (Reiwa 9)", id="as a rule"),
        pytest.param("('pair')", "2027年（令和9年）1月21日", "21 Jan 2027 (Reiwa 9)", id="pair"),
        pytest.param("('year')", "2027年（令和9年）", "2027 (Reiwa 9)", id="year"),
        pytest.param("('era')", "令和9年1月21日", "21 Jan 2027 (Reiwa 9)", id="era"),
    ],
)
def test_wareki(tmp_path, style, ja, en):
    """The year of the calendar with that of the era."""
    assert ja == said(tmp_path, f"{{{{ starts | wareki{style} }}}}")
    assert en == said(tmp_path, f"{{{{ starts | wareki{style} }}}}", on=ENGLISH)


def test_wareki_in_japan(tmp_path):
    """A moment counts on the day that it is in Japan."""
    of = post(as_of=datetime(2026, 12, 31, 23, tzinfo=ZoneInfo("UTC")))
    assert "2027年（令和9年）" == said(tmp_path, "{{ as_of | wareki('year') }}", of=of)


def test_wareki_before_the_eras(tmp_path):
    """Where there is no era to name, the filter refuses."""
    with pytest.raises(BadTemplate) as caught:
        said(tmp_path, "\n{{ as_of | wareki }}", of=post(as_of=date(1867, 12, 31)))
    assert "1867-12-31 is before the eras" == caught.value.message
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


def test_days_left_in_another_zone(tmp_path):
    """The days are those of the workspace: 23:00 in Paris is the next day in Japan."""
    (tmp_path / "templates/seminar").mkdir(parents=True)
    (tmp_path / "templates/seminar/announce.txt").write_text("{{ starts | days_left }}")
    paris = ZoneInfo("Europe/Paris")
    starts = datetime(2027, 1, 21, 7, 0, tzinfo=TOKYO)
    due = datetime(2027, 1, 20, 12, 0, tzinfo=paris)
    for zone, expected in ((paris, "0"), (TOKYO, "1")):
        found = render(post(starts=starts), "announce", due, FACEBOOK, Templates(tmp_path, zone))
        assert expected == found.parts[0].text


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
