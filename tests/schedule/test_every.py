"""When a series recurs: the local days, their shift to business days, and the cutoff."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.schedule.given import TOKYO, calendar, local

from jposocial.schedule.business_days import is_business_day
from jposocial.schedule.every import FIRST_MONDAY, cutoff, days, due
from jposocial.series import Cutoff, Series
from jposocial.series_values import every_value

#: National holidays that fall on weekdays, from April 2026 to March 2029, as an office lists them.
HOLIDAYS = frozenset(
    date.fromisoformat(text)
    for text in [
        "2026-04-29",
        "2026-05-04",
        "2026-05-05",
        "2026-05-06",
        "2026-07-20",
        "2026-08-11",
        "2026-09-21",
        "2026-09-22",
        "2026-09-23",
        "2026-10-12",
        "2026-11-03",
        "2026-11-23",
        "2027-01-01",
        "2027-01-11",
        "2027-02-11",
        "2027-02-23",
        "2027-03-22",
        "2027-04-29",
        "2027-05-03",
        "2027-05-04",
        "2027-05-05",
        "2027-07-19",
        "2027-08-11",
        "2027-09-20",
        "2027-09-23",
        "2027-10-11",
        "2027-11-03",
        "2027-11-23",
        "2028-01-10",
        "2028-02-11",
        "2028-02-23",
        "2028-03-20",
        "2028-05-03",
        "2028-05-04",
        "2028-05-05",
        "2028-07-17",
        "2028-08-11",
        "2028-09-18",
        "2028-09-22",
        "2028-10-09",
        "2028-11-03",
        "2028-11-23",
        "2029-01-01",
        "2029-01-08",
        "2029-02-12",
        "2029-02-23",
        "2029-03-20",
    ]
)
OFFICE = calendar(holidays=HOLIDAYS)
START, END = date(2026, 4, 1), date(2029, 4, 1)


def series(every: str, **fields) -> Series:
    return Series(
        name="sample", kind="testimonial", every=every_value(every), accounts=("x",), **fields
    )


def named(every: str, start: str, end: str) -> list[str]:
    found = days(every_value(every), date.fromisoformat(start), date.fromisoformat(end))
    return [f"{day:%m-%d}" for day in found]


@pytest.mark.parametrize(
    ("every", "start", "end", "expected"),
    [
        ("wed 12:00", "2027-01-01", "2027-02-01", ["01-06", "01-13", "01-20", "01-27"]),
        ("tue,fri 12:00", "2027-02-01", "2027-02-15", ["02-02", "02-05", "02-09", "02-12"]),
        ("FRI,tue  12:00", "2027-02-01", "2027-02-08", ["02-02", "02-05"]),
        ("2nd,4th thu 10:00", "2027-01-01", "2027-03-01", ["01-14", "01-28", "02-11", "02-25"]),
        ("5th fri 10:00", "2027-01-01", "2027-05-01", ["01-29", "04-30"]),
        ("last fri 10:00", "2027-01-01", "2027-04-01", ["01-29", "02-26", "03-26"]),
        ("1st mon,wed 09:00", "2027-02-01", "2027-03-01", ["02-01", "02-03"]),
        ("wed/2 12:00", "2026-12-25", "2027-02-01", ["12-30", "01-13", "01-27"]),
        ("wed/2+1 12:00", "2026-12-25", "2027-02-01", ["01-06", "01-20"]),
        ("mon/4 12:00", "2024-01-01", "2024-03-01", ["01-01", "01-29", "02-26"]),
        ("day 1,15 12:00", "2027-01-01", "2027-03-01", ["01-01", "01-15", "02-01", "02-15"]),
        ("day last 12:00", "2028-01-01", "2028-04-01", ["01-31", "02-29", "03-31"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_days(every: str, start: str, end: str, expected: list[str]) -> None:
    """The local days that a rule names, the first included and the end not."""
    assert expected == named(every, start, end)


@pytest.mark.parametrize(
    ("every", "shift", "day", "expected"),
    [
        ("wed 12:00", "previous", "2027-01-13", "2027-01-13 12:00"),
        ("2nd,4th thu 10:00", "previous", "2027-02-11", "2027-02-10 10:00"),
        ("2nd,4th thu 10:00", "next", "2027-02-11", "2027-02-12 10:00"),
        ("2nd,4th thu 10:00", "keep", "2027-02-11", "2027-02-11 10:00"),
        ("wed 12:00", "previous", "2026-09-23", "2026-09-18 12:00"),
        ("wed 12:00", "previous", "2026-12-30", "2026-12-28 12:00"),
        ("wed 12:00", "next", "2026-12-30", "2027-01-04 12:00"),
        ("tue,fri 12:00", "previous", "2026-05-05", "2026-05-01 12:00"),
        ("wed 06:00", "previous", "2027-01-13", "2027-01-13 08:30"),
        ("wed 06:00", "keep", "2027-01-13", "2027-01-13 06:00"),
    ],
    ids=[
        "a business day", "holiday, before", "holiday, after", "holiday, kept",
        "silver week", "year end, before", "year end, after", "golden week",
        "quiet hours", "quiet hours, kept",
    ],
)  # fmt: skip
def test_due(every: str, shift: str, day: str, expected: str) -> None:
    """It goes on a business day at its time, or at the office's opening where that is quiet."""
    found = due(series(every, shift=shift), date.fromisoformat(day), OFFICE)
    assert expected == f"{found.astimezone(TOKYO):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("of", "instant", "expected"),
    [
        (Cutoff(), "2027-01-13 12:00", "2027-01-12 12:00"),
        (Cutoff(), "2027-01-12 12:00", "2027-01-08 12:00"),
        (Cutoff(days=2, business=False, at=time(9)), "2027-01-12 12:00", "2027-01-10 09:00"),
        (Cutoff(days=0, business=False, at=time(15)), "2027-01-12 12:00", "2027-01-12 12:00"),
    ],
    ids=["the day before", "over a weekend and a holiday", "calendar days", "never after it goes"],
)
def test_cutoff(of: Cutoff, instant: str, expected: str) -> None:
    """Business days back from when it goes, at the cutoff's own time."""
    found = cutoff(of, local(instant), OFFICE)
    assert expected == f"{found.astimezone(TOKYO):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("shift", ["previous", "next"])
@pytest.mark.parametrize(
    "every", ["wed 12:00", "tue,fri 12:00", "2nd,4th thu 10:00", "last fri 10:00", "wed/2 12:00"]
)
def test_three_years(every: str, shift: str) -> None:
    """Over three years with their holidays: only business days, in order, never far from the rule."""
    rule = series(every, shift=shift)
    nominal = list(days(rule.every, START, END))
    dues = [due(rule, day, OFFICE) for day in nominal]
    assert sorted(dues) == dues
    for day, instant in zip(nominal, dues, strict=True):
        moved = instant.astimezone(TOKYO).date()
        assert is_business_day(moved, OFFICE)
        assert moved == day or not is_business_day(day, OFFICE)
        assert abs(moved - day) <= timedelta(days=8)


def test_how_often_in_three_years() -> None:
    """157 Wednesdays, half of them every two weeks, and two Thursdays a month."""
    counts = [
        len(list(days(every_value(every), START, END)))
        for every in ("wed 12:00", "wed/2 12:00", "wed/2+1 12:00", "2nd,4th thu 10:00")
    ]
    assert [157, 78, 79, 72] == counts


@given(
    interval=st.integers(2, 52),
    weekday=st.sampled_from(["mon", "wed", "sun"]),
    start=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    span=st.integers(0, 400),
    cut=st.integers(0, 400),
)
def test_every_so_many_weeks_is_the_same_from_wherever_it_is_counted(
    interval: int, weekday: str, start: date, span: int, cut: int
) -> None:
    """The days of a whole span are those of its two parts; they are the interval apart."""
    every = every_value(f"{weekday}/{interval} 12:00")
    middle, end = (start + timedelta(days=n) for n in sorted((cut, span)))
    whole = list(days(every, start, end))
    assert whole == [*days(every, start, middle), *days(every, middle, end)]
    assert {timedelta(weeks=interval)} >= {b - a for a, b in pairwise(whole)}
    assert 0 == FIRST_MONDAY.weekday()


@given(
    zone=st.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/Paris", "Australia/Lord_Howe"]),
    start=st.dates(date(2026, 1, 1), date(2028, 1, 1)),
)
def test_the_local_time_is_kept_over_clock_changes(zone: str, start: date) -> None:
    """In a zone with summer time it goes at the same local time in every week of the year."""
    office = calendar(zone)
    rule = series("wed 12:00", shift="keep")
    found = [
        due(rule, day, office).astimezone(office.zone)
        for day in days(rule.every, start, start + timedelta(days=365))
    ]
    assert {time(12)} == {instant.time() for instant in found}
    assert {2} == {instant.weekday() for instant in found}


def test_a_local_time_that_the_clocks_skip() -> None:
    """02:30 on the night it does not exist is one instant all the same, and the day is kept."""
    office = calendar("America/New_York")
    found = due(series("sun 02:30", shift="keep"), date(2027, 3, 14), office)
    assert datetime.fromisoformat("2027-03-14T07:30+00:00") == found
