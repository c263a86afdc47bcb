"""Days, instants, durations and ranges as staff write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.values import (
    BadValue,
    did_you_mean,
    nearest,
    parse_clock,
    parse_clock_range,
    parse_day,
    parse_days_of_year,
    parse_duration,
    parse_instant,
    zone_named,
)

TOKYO = ZoneInfo("Asia/Tokyo")
PARIS = ZoneInfo("Europe/Paris")
ZONES = (
    *("Asia/Tokyo", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "UTC", "Etc/GMT+12"),
)

days = st.dates(date(1900, 1, 2), date(2199, 12, 30))
moments = st.datetimes(datetime(1950, 1, 1), datetime(2199, 12, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(days)
def test_day_and_back(day: date) -> None:
    """A day is read as it is written."""
    assert day == parse_day(day.isoformat())


@given(moments, offsets, st.sampled_from([" ", "T"]), st.sampled_from(["", " "]))
def test_offset_and_back(moment: datetime, offset: timezone, t: str, gap: str) -> None:
    """A moment with an offset is read as it is written, to the second."""
    instant = moment.replace(tzinfo=offset)
    written = f"{moment:%Y-%m-%d}{t}{moment:%H:%M:%S}{gap}{instant.isoformat()[-6:]}"
    assert instant == parse_instant(written, TOKYO)


@given(moments, st.sampled_from(ZONES))
def test_zone_and_back(moment: datetime, name: str) -> None:
    """A local time is read in the zone it names, or refused where it is none or two."""
    instant = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(name))
    written = f"{instant:%Y-%m-%d %H:%M:%S} {name}"
    doubled = instant.utcoffset() != instant.replace(fold=1 - instant.fold).utcoffset()
    if doubled:
        with pytest.raises(BadValue):
            parse_instant(written, TOKYO)
    else:
        assert instant == parse_instant(written, TOKYO)
        assert instant == parse_instant(written.removesuffix(f" {name}"), ZoneInfo(name))


@given(moments, st.sampled_from(ZONES))
def test_local_time_is_one_moment(moment: datetime, name: str) -> None:
    """What is read reads the same when it is written out again; what is refused is E11."""
    try:
        instant = parse_instant(f"{moment:%Y-%m-%d %H:%M:%S}", ZoneInfo(name))
    except BadValue as bad:
        instant, rule = None, bad.rule
    if instant is None:
        assert "E11" == rule
        return
    again = instant.astimezone(UTC).astimezone(ZoneInfo(name))
    assert moment == again.replace(tzinfo=None, fold=0)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-01-21 19:00", datetime(2027, 1, 21, 19, tzinfo=TOKYO)),
        ("2027-01-21 19:00:30", datetime(2027, 1, 21, 19, 0, 30, tzinfo=TOKYO)),
        ("2027-01-21T19:00Z", datetime(2027, 1, 21, 19, tzinfo=UTC)),
        ("2027-01-21 19:00 Z", datetime(2027, 1, 21, 19, tzinfo=UTC)),
        ("2027-01-21 19:00+07:00", datetime(2027, 1, 21, 12, tzinfo=UTC)),
        ("2027-01-21 19:00 -05:00", datetime(2027, 1, 22, 0, tzinfo=UTC)),
        ("2027-01-21 19:00 Asia/Jakarta", datetime(2027, 1, 21, 12, tzinfo=UTC)),
        ("2027-02-19 23:59 America/New_York", datetime(2027, 2, 20, 4, 59, tzinfo=UTC)),
        ("2027-01-21 00:00", datetime(2027, 1, 20, 15, tzinfo=UTC)),
    ],
)
def test_instant(text: str, instant: datetime) -> None:
    """Without a zone the workspace's, else the one that is given."""
    found = parse_instant(text, TOKYO)
    assert instant == found
    assert found.tzinfo


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        *((text, "E11") for text in ("2027-02-30 10:00", "2027-01-21 24:00", "2027-01-21 25:00")),
        *(
            (text, "E11")
            for text in ("2027-01-21 10:60", "2027-01-21 10:00:60", "2027-13-01 10:00")
        ),
        *((text, "E11") for text in ("2027-00-10 10:00", "2027-01-21 10:00 +15:00")),
        *((text, "E11") for text in ("2027-01-21 10:00 +09:60", "0001-01-01 00:00")),
        *((text, "E11") for text in ("9999-12-31 23:59", "9999-12-31 23:59 -12:00")),
        ("2027-03-28 02:30 Europe/Paris", "E11"),
        ("2027-10-31 02:30 Europe/Paris", "E11"),
        ("2011-12-30 12:00 Pacific/Apia", "E11"),
        ("2027-01-21 10:00 Asia/Tokio", "F04"),
        ("2027-01-21 10:00 JST", "F04"),
        ("2027-01-21 10:00 +0900", "F04"),
        *((text, "F04") for text in ("", "2027-01-21", "2027-1-21 10:00", "2027/01/21 10:00")),
        *((text, "F04") for text in ("2027-01-21 9:00", "2027-01-21 10", "2027-01-21 10時")),
        *((text, "F04") for text in ("27-01-21 10:00", "2027-01-21 10:00 午前", "10:00")),
        *((text, "F04") for text in (" 2027-01-21 10:00", "2027-01-21 10:00\n", "あ")),
    ],
)
def test_no_instant(text: str, rule: str) -> None:
    """What is no moment is E11 where its form is right, else F04; both say how to write it."""
    with pytest.raises(BadValue) as caught:
        parse_instant(text, TOKYO)
    assert rule == caught.value.rule
    assert caught.value.message
    assert caught.value.fix


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    """Any text is read or refused by every reader of values."""
    for parse in (
        parse_day,
        parse_duration,
        parse_clock,
        parse_clock_range,
        parse_days_of_year,
        zone_named,
        lambda text: parse_instant(text, PARIS),
    ):
        with suppress(BadValue):
            parse(text)


@given(
    st.from_regex(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?", fullmatch=True)
)
def test_any_digits(text: str) -> None:
    """Any digits in the right places make a moment or BadValue, and nothing overflows."""
    try:
        instant = parse_instant(text, PARIS)
    except BadValue:
        return
    assert instant.astimezone(UTC) + timedelta(days=36_600)
    assert instant.astimezone(UTC) - timedelta(days=36_600)


@given(st.integers(0, 3660), st.sampled_from("smhd"))
def test_duration_and_back(count: int, unit: str) -> None:
    """A number and its unit."""
    names = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    assert timedelta(**{names[unit]: count}) == parse_duration(f"{count}{unit}")
    assert timedelta(**{names[unit]: count}) == parse_duration(f" {count} {unit} ")


@pytest.mark.parametrize(
    "text",
    [
        *("", "h", "2", "2w", "-2h", "2h30m", "1.5h", "2H", "3661d", "99999999999999d"),
        *("9" * 5000 + "s", "2 hours", "二h", "00:30"),
    ],
)
def test_no_duration(text: str) -> None:
    """No unit, another unit, or longer than ten years."""
    with pytest.raises(BadValue):
        parse_duration(text)


@given(st.times(), st.times())
def test_clock_range_and_back(first: time, last: time) -> None:
    """Two times of day, over midnight too."""
    expected = (time(first.hour, first.minute), time(last.hour, last.minute))
    assert expected == parse_clock_range(f"{first:%H:%M}-{last:%H:%M}")
    assert expected[0] == parse_clock(f"{first:%H:%M}")


@pytest.mark.parametrize("text", ["", "8:30-17:15", "08:30", "08:30-24:00", "08:30~17:15", "-"])
def test_no_clock_range(text: str) -> None:
    """Two digits each, a hyphen between, and no 24:00."""
    with pytest.raises(BadValue):
        parse_clock_range(text)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("12-29/01-03", ((12, 29), (1, 3))),
        ("02-29", ((2, 29), (2, 29))),
        (" 08-10 / 08-15 ", ((8, 10), (8, 15))),
    ],
)
def test_days_of_year(text: str, ends: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """A range of days of any year, or one day."""
    assert ends == parse_days_of_year(text)


@pytest.mark.parametrize(
    "text", ["", "12-32", "02-30", "W01-1", "12-29/", "1-3", "01-01/01-02/01-03"]
)
def test_no_days_of_year(text: str) -> None:
    """Months and days that there are, two digits each, one range at a time."""
    with pytest.raises(BadValue):
        parse_days_of_year(text)


@pytest.mark.parametrize(
    "name",
    ["", "Asia", "JST", "Asia/Tokio", "../etc/passwd", "/etc/localtime", "東京", "a" * 999, "a\0b"],
)
def test_no_zone(name: str) -> None:
    """Only names of the zone database, and never a path."""
    with pytest.raises(BadValue):
        zone_named(name)


@pytest.mark.parametrize(
    ("name", "found"),
    [("titel", "title"), ("TITLE", "title"), ("e01", "E01"), ("xyz", None), ("", None)],
)
def test_nearest(name: str, found: str | None) -> None:
    """The most similar name whatever its case, or none at all."""
    assert found == nearest(name, ["title", "text", "E01", "W01"])


def test_did_you_mean() -> None:
    """One name where one is near, else all that are known, sorted."""
    assert "did you mean 'title'?" == did_you_mean("titel", {"title", "text"})
    assert "known are: text, title" == did_you_mean("zzz", {"title", "text"})
