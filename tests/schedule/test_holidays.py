"""National holidays, the office's own, and why a day or a placement is elsewhere."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from tests.schedule.given import (
    HOUR,
    NOW,
    accounts,
    calendar,
    local,
    notice,
    planned,
    row,
    taken,
)

from jposocial.model import Blackout, Cadence, Moment
from jposocial.schedule.business_days import is_business_day, is_closed, is_holiday
from jposocial.schedule.holidays import holiday_name, is_national
from jposocial.schedule.reasons import closure, shift_of

OFFICE = calendar(blackout=(Blackout(start=date(2027, 2, 1), end=date(2027, 2, 3), reason="移転"),))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        pytest.param(date(2026, 5, 6), "振替休日", id="a substitute holiday two days late"),
        pytest.param(date(2026, 9, 22), "国民の休日", id="between two holidays"),
        pytest.param(date(2027, 3, 22), "振替休日", id="after an equinox on a Sunday"),
        pytest.param(date(2027, 3, 21), "春分の日", id="the equinox itself"),
        pytest.param(date(2027, 1, 11), "成人の日", id="the second Monday of January"),
        pytest.param(date(2020, 7, 24), "スポーツの日", id="moved for the Olympic Games"),
        pytest.param(date(2019, 5, 1), "天皇の即位の日", id="once only"),
    ],
)
def test_national_holidays(day: date, name: str) -> None:
    """The library knows the substitutes, the days between, and those of one year."""
    assert is_national(day)
    assert name in (holiday_name(day, "ja") or "")
    assert is_closed(day, calendar())
    assert not is_business_day(day, calendar())


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2026, 5, 7), id="after golden week"),
        pytest.param(date(2026, 9, 24), id="after silver week"),
        pytest.param(date(2020, 7, 20), id="moved away for the Olympic Games"),
        pytest.param(date(2019, 12, 23), id="a former emperor's birthday"),
        pytest.param(date(2027, 12, 28), id="the last day of the year's work"),
    ],
)
def test_no_holidays(day: date) -> None:
    """What looks like one and is none is a day of work."""
    assert not is_national(day)
    assert holiday_name(day, "ja") is None
    assert is_business_day(day, calendar())


def test_names_in_english() -> None:
    """The month in English says so too."""
    assert holiday_name(date(2027, 2, 11), "en") == "Foundation Day"


def test_the_office_has_its_own() -> None:
    """One more, one less, or none of them at all."""
    day, feast = date(2027, 6, 1), date(2027, 2, 11)
    assert is_holiday(day, calendar(holidays=frozenset({day})))
    assert is_holiday(feast, calendar())
    assert not is_holiday(feast, calendar(not_holidays=frozenset({feast})))
    assert not is_holiday(feast, calendar(national=False))


def test_the_turn_of_the_year_is_no_holiday_and_closed() -> None:
    """No library has 29 December to 3 January, but New Year's Day."""
    closed = [date(2026, 12, 29) + timedelta(n) for n in range(6)]
    assert all(is_closed(day, calendar()) for day in closed)
    assert [date(2027, 1, 1)] == [day for day in closed if is_holiday(day, calendar())]


@pytest.mark.parametrize(
    ("day", "code", "name"),
    [
        pytest.param(date(2027, 2, 1), "blackout", "移転", id="a blackout"),
        pytest.param(date(2027, 2, 11), "holiday", "建国記念の日", id="a national holiday"),
        pytest.param(date(2026, 12, 29), "closed", "", id="a closed day"),
        pytest.param(date(2027, 2, 13), "weekend", "", id="a Saturday"),
    ],
)
def test_why_a_day_is_closed(day: date, code: str, name: str) -> None:
    """Each day has the reason that a person would give for it."""
    found = closure(day, OFFICE, "ja")
    assert found is not None
    assert (code, name) == (found.code, found.name)


def test_an_open_day_has_no_reason() -> None:
    """A business day is closed for nothing."""
    assert closure(date(2027, 2, 12), OFFICE, "ja") is None


ONE = Cadence(rows={"x": (Moment(name="announce", anchor="publish"),)}, daily_cap=1)


def shift(publish: str, *, now=NOW, history=(), cadence: Cadence = ONE, **office):
    found = planned(
        [notice(publish)], cadences={"notice": cadence}, by=calendar(**office), now=now, history=history
    )  # fmt: skip
    (placement,) = found.placements
    return shift_of(placement, calendar(**office), "ja"), placement


@pytest.mark.parametrize(
    ("publish", "code", "name", "goes"),
    [
        pytest.param("2027-02-11", "holiday", "建国記念の日", "2027-02-12 12:00", id="a holiday"),
        pytest.param("2027-02-13", "weekend", "", "2027-02-15 12:00", id="a Saturday"),
        pytest.param("2026-12-30", "closed", "", "2027-01-04 12:00", id="the turn of the year"),
    ],
)
def test_why_it_goes_on_another_day(publish: str, code: str, name: str, goes: str) -> None:
    """The reason is that of the day its cadence names."""
    found, placement = shift(publish)
    assert found is not None
    assert (code, name) == (found.code, found.name)
    assert local(goes) == placement.due


def test_on_its_own_day_nothing_is_said() -> None:
    """What goes when its cadence says has no reason to give."""
    found, _ = shift("2027-02-12")
    assert found is None


def test_a_full_day() -> None:
    """With the cap of its kind reached it goes the next day, and says that its own was full."""
    found, placement = shift("2027-02-12", history=[taken("x", "2027-02-12 09:00", kind="notice")])
    assert found is not None
    assert "full" == found.code
    assert local("2027-02-15 12:00") == placement.due


def test_another_kind_does_not_fill_it() -> None:
    """The cap of a kind counts that kind."""
    found, _ = shift("2027-02-12", history=[taken("x", "2027-02-12 09:00", kind="vacancy")])
    assert found is None


def test_a_late_one() -> None:
    """What came after its time was past says so, whatever its own day was."""
    found, placement = shift("2027-02-11", now=local("2027-02-15 15:00"))
    assert found is not None
    assert "late" == found.code
    assert local("2027-02-15 15:00") == placement.due


def test_out_of_the_quiet_hours() -> None:
    """A cadence's time late in the evening goes the next morning."""
    late = Cadence(rows={"x": (Moment(name="announce", anchor="publish", at=time(22)),)})
    found, placement = shift("2027-02-15", cadence=late)
    assert found is not None
    assert "quiet" == found.code
    assert date(2027, 2, 16) == placement.due.astimezone(calendar().zone).date()


def test_where_a_person_put_it() -> None:
    """A row that stands elsewhere is not called full or late."""
    (first,) = planned([notice("2027-02-12")], cadences={"notice": ONE}).placements
    kept = row(first, fixed=True, due=first.due + 96 * HOUR)
    found, _ = shift("2027-02-12", history=[kept])
    assert found is not None
    assert "kept" == found.code


def test_a_blackout_with_no_room_in_time() -> None:
    """A reminder that its blackout leaves no day for is not planned, with the blackout's reason."""
    away = (Blackout(start=date(2026, 12, 1), end=date(2027, 1, 31), reason="移転"),)
    post = notice("2027-01-13")
    cadence = Cadence(rows={"x": (Moment(name="reminder", anchor="publish", shift="previous"),)})
    found = planned(
        [post], cadences={"notice": cadence}, by=calendar(blackout=away), on=accounts("x")
    )
    assert [("blackout", "移転")] == [(u.reason, u.detail) for u in found.unplaced]


@pytest.mark.parametrize(
    ("publish", "now", "placed"),
    [
        pytest.param("2027-02-01", "2027-02-12 10:00", True, id="eleven days late"),
        pytest.param("2027-02-01", "2027-02-16 10:00", False, id="fifteen days late"),
    ],
)
def test_news_of_long_ago_is_none(publish: str, now: str, placed: bool) -> None:
    """After two weeks an announcement without an event ahead is not news any more."""
    found = planned([notice(publish)], cadences={"notice": ONE}, now=local(now))
    assert placed == bool(found.placements)
    assert placed or ["late"] == [u.reason for u in found.unplaced]
