from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.schedule.given import DAY, calendar, local

from jposocial.model import Blackout
from jposocial.schedule.business_days import (
    add_business_days,
    after_quiet,
    at,
    before_quiet,
    business_day,
    is_business_day,
    is_closed,
    is_quiet,
    local_day,
    opening,
)

#: The closed days around the new year, a national holiday, and days of a move.
OFFICE = calendar(
    holidays=frozenset({date(2027, 1, 11)}),
    blackout=(Blackout(start=date(2027, 2, 1), end=date(2027, 2, 3), reason="移転"),),
)

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
instants = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
quiet_calendars = st.sampled_from(
    [
        calendar(),
        calendar(quiet_hours=(time(22, 30), time(6, 45))),
        calendar(quiet_hours=(time(0, 0), time(7, 0))),
        calendar(quiet_hours=(time(12, 0), time(13, 0))),
        calendar(quiet_hours=(time(17, 0), time(9, 0))),
        calendar(quiet_hours=None),
        calendar("Europe/Zurich"),
        calendar("America/New_York"),
    ]
)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        pytest.param(date(2027, 1, 8), True, id="a Friday"),
        pytest.param(date(2027, 1, 9), False, id="a Saturday"),
        pytest.param(date(2027, 1, 10), False, id="a Sunday"),
        pytest.param(date(2027, 1, 11), False, id="a holiday on a Monday"),
        pytest.param(date(2026, 12, 28), True, id="the last day of the year's work"),
        pytest.param(date(2026, 12, 29), False, id="the first closed day"),
        pytest.param(date(2026, 12, 31), False, id="before the new year"),
        pytest.param(date(2027, 1, 1), False, id="after the new year"),
        pytest.param(date(2025, 1, 3), False, id="the last closed day, in another year"),
        pytest.param(date(2027, 1, 4), True, id="the first day of work"),
        pytest.param(date(2027, 1, 29), True, id="before a blackout"),
        pytest.param(date(2027, 2, 1), False, id="the first day of a blackout"),
        pytest.param(date(2027, 2, 3), False, id="the last day of a blackout"),
        pytest.param(date(2027, 2, 4), True, id="after a blackout"),
    ],
)
def test_business_days(day, open_):
    """Weekends, closed days over the new year, holidays and blackouts are no business days."""
    assert open_ == is_business_day(day, OFFICE)


@pytest.mark.parametrize(
    ("closed", "day", "expected"),
    [
        pytest.param(((8, 13), (8, 15)), date(2027, 8, 13), True, id="within a year, first"),
        pytest.param(((8, 13), (8, 15)), date(2027, 8, 15), True, id="within a year, last"),
        pytest.param(((8, 13), (8, 15)), date(2027, 8, 16), False, id="within a year, after"),
        pytest.param(((12, 31), (1, 1)), date(2027, 6, 1), False, id="over the new year, summer"),
        pytest.param(((2, 29), (2, 29)), date(2027, 2, 28), False, id="leap day, no leap year"),
        pytest.param(((2, 29), (2, 29)), date(2028, 2, 29), True, id="leap day"),
    ],
)
def test_closed_ranges(closed, day, expected):
    """A range of days holds every year, both ends included."""
    assert expected == is_closed(day, calendar(closed=(closed,)))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        pytest.param(date(2027, 1, 8), 1, date(2027, 1, 12), id="over a long weekend"),
        pytest.param(date(2027, 1, 12), -1, date(2027, 1, 8), id="back over it"),
        pytest.param(date(2027, 1, 10), 1, date(2027, 1, 12), id="from a Sunday"),
        pytest.param(date(2027, 1, 10), -1, date(2027, 1, 8), id="back from a Sunday"),
        pytest.param(date(2026, 12, 28), 1, date(2027, 1, 4), id="over the new year"),
        pytest.param(date(2027, 1, 21), -7, date(2027, 1, 12), id="seven back"),
        pytest.param(date(2027, 1, 10), 0, date(2027, 1, 10), id="none: the day itself"),
    ],
)
def test_counting_business_days(start, count, expected):
    """Closed days do not count."""
    assert expected == add_business_days(start, count, OFFICE)


@given(start=days, count=st.integers(-30, 30).filter(bool))
def test_counted_days_are_business_days(start, count):
    """The n-th business day is one, and there are n of them up to it."""
    found = add_business_days(start, count, OFFICE)
    step = DAY if count > 0 else -DAY
    passed = [start + n * step for n in range(1, abs((found - start).days) + 1)]
    assert is_business_day(found, OFFICE)
    assert abs(count) == sum(is_business_day(day, OFFICE) for day in passed)


@given(day=days, step=st.sampled_from([-1, 1]))
def test_nearest_business_day(day, step):
    """The nearest business day on one side: nothing is skipped, and it stays where it is."""
    found = business_day(day, OFFICE, step)
    between = [day + n * step * DAY for n in range(abs((found - day).days))]
    assert is_business_day(found, OFFICE)
    assert [] == [d for d in between if is_business_day(d, OFFICE)]
    assert found == business_day(found, OFFICE, step)


def test_a_calendar_without_business_days_ends_the_search():
    """A calendar that is closed all year is a mistake, not an endless search."""
    closed = calendar(closed=(((1, 1), (12, 31)),))
    assert date(2027, 1, 4) < business_day(date(2027, 1, 4), closed, 1)


@pytest.mark.parametrize(
    ("quiet", "clock", "expected"),
    [
        pytest.param((time(21), time(8)), time(21, 0), True, id="over midnight: start is in"),
        pytest.param((time(21), time(8)), time(20, 59), False, id="over midnight: before"),
        pytest.param((time(21), time(8)), time(0, 0), True, id="over midnight: midnight"),
        pytest.param((time(21), time(8)), time(7, 59), True, id="over midnight: last minute"),
        pytest.param((time(21), time(8)), time(8, 0), False, id="over midnight: end is out"),
        pytest.param((time(1), time(5)), time(1, 0), True, id="within a day: start is in"),
        pytest.param((time(1), time(5)), time(5, 0), False, id="within a day: end is out"),
        pytest.param((time(1), time(5)), time(23, 0), False, id="within a day: evening"),
        pytest.param((time(9), time(9)), time(9, 0), False, id="of no length"),
        pytest.param(None, time(3, 0), False, id="none at all"),
    ],
)
def test_quiet_hours(quiet, clock, expected):
    """From start to end, over midnight where the end is earlier."""
    office = calendar(quiet_hours=quiet)
    assert expected == is_quiet(at(date(2027, 1, 12), clock, office), office)


@pytest.mark.parametrize(
    ("quiet", "clock", "before", "after"),
    [
        pytest.param(
            (time(21), time(8)), "2027-01-12 23:30", "2027-01-12 17:15", "2027-01-13 08:00",
            id="evening",
        ),
        pytest.param(
            (time(21), time(8)), "2027-01-13 07:30", "2027-01-12 17:15", "2027-01-13 08:00",
            id="early morning",
        ),
        pytest.param(
            (time(1), time(5)), "2027-01-13 02:00", "2027-01-12 17:15", "2027-01-13 05:00",
            id="within a night",
        ),
        pytest.param(
            (time(22), time(23)), "2027-01-13 22:30", "2027-01-13 17:15", "2027-01-13 23:00",
            id="within an evening: the same day's closing time",
        ),
        pytest.param(
            (time(16), time(9)), "2027-01-13 18:00", "2027-01-13 15:59", "2027-01-14 09:00",
            id="the office closes in the quiet hours: the minute before them",
        ),
        pytest.param(
            (time(21), time(8)), "2027-01-13 12:00", "2027-01-13 12:00", "2027-01-13 12:00",
            id="not quiet: as it is",
        ),
    ],
)  # fmt: skip
def test_out_of_the_quiet_hours(quiet, clock, before, after):
    """Earlier: the office's closing time before them. Later: their end."""
    office = calendar(quiet_hours=quiet)
    assert local(before) == before_quiet(local(clock), office)
    assert local(after) == after_quiet(local(clock), office)


@given(instant=instants, office=quiet_calendars)
def test_out_of_the_quiet_hours_on_the_right_side(instant, office):
    """What comes out is not quiet, and never on the wrong side."""
    before, after = before_quiet(instant, office), after_quiet(instant, office)
    assert (False, False) == (is_quiet(before, office), is_quiet(after, office))
    assert before <= instant <= after
    assert is_quiet(instant, office) == (before < instant) == (instant < after)


@given(day=days, office=quiet_calendars)
def test_opening_is_never_quiet(day, office):
    """The office opens with the end of the quiet hours, where these are longer."""
    assert not is_quiet(opening(day, office), office)


@given(
    day=days,
    clock=clocks,
    zone=st.sampled_from(["Asia/Tokyo", "Europe/Zurich", "America/New_York"]),
)
def test_local_times_are_kept_in_utc(day, clock, zone):
    """A local time is kept in UTC, on its own day, so that sums of hours are real hours."""
    office = calendar(zone)
    found = at(day, clock, office)
    assert UTC == found.tzinfo
    assert day == local_day(found, office)
    back = found.astimezone(office.zone).replace(tzinfo=None)
    assert back - datetime.combine(day, clock) in (timedelta(0), timedelta(hours=1))
