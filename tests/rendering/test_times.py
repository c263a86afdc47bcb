"""How times read, through the changes of clocks of both continents, and in two languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.cities import city_name, zones_named
from jposocial.rendering.times import era_date, in_both, in_city, in_japan, span, written

TOKYO = ZoneInfo("Asia/Tokyo")

#: The machine's own zone is under that name too, and is no place.
ZONES = sorted(available_timezones() - {"localtime", "Factory"})

zones = st.sampled_from(ZONES).map(ZoneInfo)
minutes = st.integers(0, 60 * 24 * 365 * 60).map(
    lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
languages = st.sampled_from(["ja", "en"])


def at(day: str, clock: str = "20:00") -> datetime:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        pytest.param("2026-03-06", "America/New_York", "ニューヨーク時間06:00", id="New York, winter"),
        pytest.param("2026-03-09", "America/New_York", "ニューヨーク時間07:00", id="New York, summer"),
        pytest.param("2026-10-26", "America/New_York", "ニューヨーク時間07:00", id="New York, still summer"),
        pytest.param("2026-11-02", "America/New_York", "ニューヨーク時間06:00", id="New York, winter again"),
        pytest.param("2026-03-09", "Europe/Paris", "パリ時間12:00", id="Paris, still winter"),
        pytest.param("2026-03-30", "Europe/Paris", "パリ時間13:00", id="Paris, summer"),
        pytest.param("2026-10-23", "Europe/Paris", "パリ時間13:00", id="Paris, still summer"),
        pytest.param("2026-10-26", "Europe/Paris", "パリ時間12:00", id="Paris, winter again"),
        pytest.param("2026-03-27", "Europe/London", "ロンドン時間11:00", id="London, winter"),
        pytest.param("2026-03-30", "Europe/London", "ロンドン時間12:00", id="London, summer"),
        pytest.param("2026-04-03", "Australia/Sydney", "シドニー時間22:00", id="Sydney, summer"),
        pytest.param("2026-04-06", "Australia/Sydney", "シドニー時間21:00", id="Sydney, winter"),
        pytest.param("2026-04-22", "Africa/Cairo", "カイロ時間13:00", id="Cairo, winter"),
        pytest.param("2026-04-24", "Africa/Cairo", "カイロ時間14:00", id="Cairo, summer"),
        pytest.param("2026-10-26", "Africa/Nairobi", "ナイロビ時間14:00", id="Nairobi"),
        pytest.param("2026-10-26", "Asia/Kathmandu", "カトマンズ時間16:45", id="Kathmandu, +5:45"),
        pytest.param("2026-10-26", "Pacific/Apia", "アピア時間10月27日(火)00:00", id="Apia, the next day"),
        pytest.param("2026-03-09", "Pacific/Auckland", "オークランド時間3月10日(火)00:00", id="Auckland, the next day"),
        pytest.param("2026-10-26", "Pacific/Pago_Pago", "パゴパゴ時間00:00", id="Pago Pago, the same day"),
    ],
)  # fmt: skip
def test_through_the_year(day: str, zone: str, expected: str) -> None:
    """20:00 in Japan elsewhere, in the weeks in which the distance is another than usual."""
    assert expected == in_city(at(day), ZoneInfo(zone), "ja")


@pytest.mark.parametrize(
    ("instant", "zone", "ja", "en"),
    [
        pytest.param(
            "2026-03-08T06:59Z", "America/New_York", "ニューヨーク時間01:59",
            "01:59 New York time", id="before the hour that is skipped",
        ),
        pytest.param(
            "2026-03-08T07:00Z", "America/New_York", "ニューヨーク時間03:00",
            "03:00 New York time", id="after the hour that is skipped",
        ),
        pytest.param(
            "2026-11-01T05:30Z", "America/New_York", "ニューヨーク夏時間01:30",
            "01:30 New York summer time", id="the first of two",
        ),
        pytest.param(
            "2026-11-01T06:30Z", "America/New_York", "ニューヨーク標準時間01:30",
            "01:30 New York standard time", id="the second of two",
        ),
        pytest.param(
            "2026-10-25T00:30Z", "Europe/Paris", "パリ夏時間02:30",
            "02:30 Paris summer time", id="in Paris",
        ),
        pytest.param(
            "2026-04-04T15:15Z", "Australia/Lord_Howe", "ロードハウ標準時間01:45",
            "01:45 Lord Howe Island standard time", id="half an hour that is doubled",
        ),
    ],
)  # fmt: skip
def test_clocks_that_change(instant: str, zone: str, ja: str, en: str) -> None:
    """No time is shown that does not exist, and one that exists twice says which it is."""
    value = datetime.fromisoformat(instant)
    assert (ja, en) == tuple(in_city(value, ZoneInfo(zone), lang) for lang in ("ja", "en"))


@given(minutes, zones, languages)
def test_the_time_is_the_zones(value: datetime, zone: ZoneInfo, lang: str) -> None:
    """Whatever the zone and the moment, clock and day are those that the zone has then."""
    local = value.astimezone(zone)
    text = in_city(value, zone, lang)
    assert [f"{local:%H:%M}"] == re.findall(r"\d\d:\d\d", text)
    other = local.date() != value.astimezone(TOKYO).date()
    assert other == (written(local, "date", lang) in text)
    assert not re.search(r"\b(?!UTC)[A-Z]{3,4}\b", text)


@given(minutes, zones)
def test_a_time_can_be_read_back(value: datetime, zone: ZoneInfo) -> None:
    """From the text alone, its city's name included, one comes back to the moment."""
    text = in_city(value, zone, "ja")
    name = re.match(r"(.+?)(夏|標準)?時間(?:(\d+)月(\d+)日\(.\))?(\d\d):(\d\d)\Z", text)
    assert name is not None
    city, season, month, day, hour, minute = name.groups()
    known = zones_named(city) or [zone.key]
    here = value.astimezone(TOKYO).date()
    days = [here + timedelta(days=n) for n in (-1, 0, 1)]
    meant = next(d for d in days if (d.month, d.day) == (int(month), int(day))) if month else here
    read = {
        datetime(meant.year, meant.month, meant.day, int(hour), int(minute), tzinfo=ZoneInfo(z))
        .replace(fold=fold)
        .astimezone(UTC)
        for z in known
        for fold in ({"夏": [0], "標準": [1]}.get(season, [0, 1]))
    }
    assert value in read


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_a_name(zone: str) -> None:
    """Each is called by a city, the same clocks are found by its name; or it has none."""
    names = [city_name(zone, lang) for lang in ("ja", "en")]
    assert all(names)
    if names[0] != "現地":
        now = datetime(2026, 7, 1, tzinfo=UTC)
        offsets = {now.astimezone(ZoneInfo(z)).utcoffset() for z in zones_named(names[0].lower())}
        assert now.astimezone(ZoneInfo(zone)).utcoffset() in offsets


SPANS = [
    pytest.param("2027-02-05 19:00", "2027-02-05 20:30", "datetime", "2月5日(金)19:00〜20:30", "Fri 5 Feb, 19:00–20:30 (Japan time)", id="an evening"),
    pytest.param("2027-02-05 19:00", "2027-02-05 20:30", "full", "2027年2月5日(金)19:00〜20:30", "Fri 5 Feb 2027, 19:00–20:30 (Japan time)", id="with the year"),
    pytest.param("2027-02-05 19:00", "2027-02-05 20:30", "time", "19:00〜20:30", "19:00–20:30 (Japan time)", id="the time alone"),
    pytest.param("2027-02-05 19:00", "2027-02-05 20:30", "date", "2月5日(金)", "Fri 5 Feb", id="the day alone"),
    pytest.param("2027-02-05 19:00", "2027-02-05 19:00", "datetime", "2月5日(金)19:00", "Fri 5 Feb, 19:00 (Japan time)", id="a moment"),
    pytest.param("2027-02-05 23:00", "2027-02-06 01:00", "datetime", "2月5日(金)23:00〜6日(土)01:00", "Fri 5 Feb, 23:00 – Sat 6 Feb, 01:00 (Japan time)", id="over midnight"),
    pytest.param("2027-02-05 23:00", "2027-02-06 01:00", "time", "23:00〜翌01:00", "23:00 – Sat 6 Feb, 01:00 (Japan time)", id="over midnight, the time alone"),
    pytest.param("2027-02-05 22:00", "2027-02-06 00:00", "datetime", "2月5日(金)22:00〜6日(土)00:00", "Fri 5 Feb, 22:00 – Sat 6 Feb, 00:00 (Japan time)", id="to midnight"),
    pytest.param("2027-02-05 10:00", "2027-02-07 17:00", "datetime", "2月5日(金)10:00〜7日(日)17:00", "Fri 5 Feb, 10:00 – Sun 7 Feb, 17:00 (Japan time)", id="three days"),
    pytest.param("2027-02-05 10:00", "2027-02-07 17:00", "date", "2月5日(金)〜7日(日)", "Fri 5 Feb – Sun 7 Feb", id="three days, without times"),
    pytest.param("2027-02-05 10:00", "2027-02-07 17:00", "time", "10:00〜7日(日)17:00", "10:00 – Sun 7 Feb, 17:00 (Japan time)", id="three days, from a time"),
    pytest.param("2027-01-31 23:00", "2027-02-01 01:00", "datetime", "1月31日(日)23:00〜2月1日(月)01:00", "Sun 31 Jan, 23:00 – Mon 1 Feb, 01:00 (Japan time)", id="over the month"),
    pytest.param("2026-12-31 23:00", "2027-01-01 01:00", "datetime", "2026年12月31日(木)23:00〜2027年1月1日(金)01:00", "Thu 31 Dec 2026, 23:00 – Fri 1 Jan 2027, 01:00 (Japan time)", id="over the year"),
    pytest.param("2026-12-31 23:00", "2027-01-01 01:00", "date", "2026年12月31日(木)〜2027年1月1日(金)", "Thu 31 Dec 2026 – Fri 1 Jan 2027", id="over the year, without times"),
    pytest.param("2026-02-05 10:00", "2027-02-05 10:00", "datetime", "2026年2月5日(木)10:00〜2027年2月5日(金)10:00", "Thu 5 Feb 2026, 10:00 – Fri 5 Feb 2027, 10:00 (Japan time)", id="a year"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last", "style", "ja", "en"), SPANS)
def test_span(first: str, last: str, style: str, ja: str, en: str) -> None:
    """From one time to another, nothing said twice that is the same, nothing left out."""
    ends = [datetime.fromisoformat(text).replace(tzinfo=TOKYO) for text in (first, last)]
    assert (ja, en) == (span(*ends, style, "ja"), span(*ends, style, "en"))


@pytest.mark.parametrize(
    ("first", "last", "ja", "en"),
    [
        pytest.param("2027-02-05", "2027-02-07", "2月5日(金)〜7日(日)", "Fri 5 Feb – Sun 7 Feb", id="within the month"),
        pytest.param("2027-02-28", "2027-03-01", "2月28日(日)〜3月1日(月)", "Sun 28 Feb – Mon 1 Mar", id="over the month"),
        pytest.param("2027-02-05", "2027-02-05", "2月5日(金)", "Fri 5 Feb", id="one day"),
        pytest.param("2026-12-28", "2027-01-04", "2026年12月28日(月)〜2027年1月4日(月)", "Mon 28 Dec 2026 – Mon 4 Jan 2027", id="over the year"),
    ],
)  # fmt: skip
def test_span_of_days(first: str, last: str, ja: str, en: str) -> None:
    """Days without a time have no zone either."""
    ends = [date.fromisoformat(text) for text in (first, last)]
    assert (ja, en) == (span(*ends, "datetime", "ja"), span(*ends, "datetime", "en"))


def test_span_without_an_end() -> None:
    """An event whose end is not known has a beginning."""
    assert "2月5日(金)19:00" == span(at("2027-02-05", "19:00"), None, "datetime", "ja")
    assert "Fri 5 Feb, 19:00 (Japan time)" == span(
        at("2027-02-05", "19:00"), None, "datetime", "en"
    )


@given(minutes, st.integers(0, 60 * 24 * 40), languages)
def test_a_span_says_both_ends(first: datetime, length: int, lang: str) -> None:
    """Both clocks stand in it in their order, and the weekday of every day that it names."""
    last = first + timedelta(minutes=length)
    text = span(first, last, "datetime", lang)
    here = [value.astimezone(TOKYO) for value in (first, last)]
    clocks = [f"{value:%H:%M}" for value in here]
    assert (clocks if length else clocks[:1]) == re.findall(r"\d\d:\d\d", text)
    days = {value.date() for value in here}
    assert len(days) == len(re.findall(r"\([月火水木金土日]\)|[A-Z][a-z]{2} \d+ [A-Z]", text))


@pytest.mark.parametrize(
    ("day", "ja", "en"),
    [
        pytest.param(date(2027, 1, 21), "2027年（令和9年）", "2027 (Reiwa 9)", id="2027"),
        pytest.param(date(2020, 1, 1), "2020年（令和2年）", "2020 (Reiwa 2)", id="the second year"),
        pytest.param(date(2019, 12, 31), "2019年（令和元年）", "2019 (Reiwa 1)", id="the first year"),
        pytest.param(date(2019, 5, 1), "2019年（令和元年）", "2019 (Reiwa 1)", id="the first day"),
        pytest.param(date(2019, 4, 30), "2019年（平成31年）", "2019 (Heisei 31)", id="the last of Heisei"),
        pytest.param(date(1989, 1, 8), "1989年（平成元年）", "1989 (Heisei 1)", id="the first of Heisei"),
        pytest.param(date(1989, 1, 7), "1989年（昭和64年）", "1989 (Showa 64)", id="the last of Showa"),
        pytest.param(date(1926, 12, 25), "1926年（昭和元年）", "1926 (Showa 1)", id="the first of Showa"),
        pytest.param(date(1926, 12, 24), "1926年（大正15年）", "1926 (Taisho 15)", id="the last of Taisho"),
        pytest.param(date(1912, 7, 29), "1912年（明治45年）", "1912 (Meiji 45)", id="the last of Meiji"),
    ],
)  # fmt: skip
def test_eras(day: date, ja: str, en: str) -> None:
    """An era begins on its day, and its first year is 元年."""
    assert (ja, en) == (era_date(day, "year", "ja"), era_date(day, "year", "en"))


def test_both_zones_of_a_deadline() -> None:
    """23:59 in New York on 19 February is 13:59 in Japan on the 20th."""
    new_york = ZoneInfo("America/New_York")
    deadline = datetime(2027, 2, 19, 23, 59, tzinfo=new_york)
    assert "2月20日(土)13:59（日本時間）／ニューヨーク時間2月19日(金)23:59" == in_both(
        deadline, new_york, "ja"
    )
    assert "Sat 20 Feb, 13:59 (Japan time) / Fri 19 Feb, 23:59 New York time" == in_both(
        deadline, new_york, "en"
    )


@given(minutes, languages)
def test_japan_has_one_distance(value: datetime, lang: str) -> None:
    """The time in Japan is nine hours from UTC all the year."""
    shifted = value + timedelta(hours=9)
    assert f"{shifted:%H:%M}" == in_japan(value, "time", lang)
    assert written(shifted, "date", lang) == in_japan(value, "date", lang)
