from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.schedule.given import (
    DAY,
    EVENTS,
    HOUR,
    SEMINAR,
    TOKYO,
    accounts,
    calendar,
    local,
    notice,
    seminar,
)

from jposocial.model import Cadence, Moment, Post
from jposocial.schedule.cadence import target_accounts, timed_moments
from jposocial.settings import parse_settings

NEW_YORK = ZoneInfo("America/New_York")


def timed(post, cadence=SEMINAR, account="x", by=None):
    return list(timed_moments(post, cadence, account, by or calendar(), EVENTS.get(post.kind, ())))


def nominal(post, moment, by=None, zone=TOKYO):
    """The local time of a cadence of that one moment."""
    cadence = Cadence(rows={"x": (moment,)})
    (found,) = timed(post, cadence, by=by)
    return f"{found.nominal.astimezone(zone):%Y-%m-%d %H:%M}" if found.nominal else None


def test_a_seminar_on_x():
    """Two weeks, one week, the day before the deadline, the day, and two days after."""
    expected = {
        "announce": local("2027-01-07 12:00"),
        "reminder": local("2027-01-14 12:00"),
        "last_call": local("2027-01-19 12:00"),
        "today": local("2027-01-21 09:00"),
        "report": local("2027-01-25 12:00"),  # two days after is a Saturday
    }
    assert expected == {t.moment.name: t.nominal for t in timed(seminar())}


@pytest.mark.parametrize(
    ("shift", "starts", "expected"),
    [
        pytest.param("next", "2027-01-22 19:00", "2027-01-08 12:00", id="next, a business day"),
        pytest.param("next", "2027-01-23 19:00", "2027-01-12 12:00", id="next, over a holiday"),
        pytest.param("previous", "2027-01-24 19:00", "2027-01-08 12:00", id="previous, a Sunday"),
        pytest.param("previous", "2027-01-25 19:00", "2027-01-08 12:00", id="previous, a holiday"),
        pytest.param("previous", "2027-01-14 19:00", "2026-12-28 12:00", id="previous, new year"),
        pytest.param("next", "2027-01-14 19:00", "2027-01-04 12:00", id="next, new year"),
        pytest.param("keep", "2027-01-24 19:00", "2027-01-10 12:00", id="keep, a Sunday"),
    ],
)
def test_shifts(shift, starts, expected):
    """A closed day moves a moment to the business day on the side its shift names, or not."""
    office = calendar(holidays=frozenset({date(2027, 1, 11)}))
    post = seminar(starts=local(starts), apply_deadline=None)
    moment = Moment(name="announce", anchor="starts", offset=-14, shift=shift)
    assert expected == nominal(post, moment, by=office)


@pytest.mark.parametrize(
    ("shift", "clock", "expected"),
    [
        pytest.param("next", time(22), "2027-01-15 08:00", id="next, in the evening"),
        pytest.param("next", time(6), "2027-01-14 08:00", id="next, in the morning"),
        pytest.param("previous", time(22), "2027-01-14 17:15", id="previous, in the evening"),
        pytest.param("previous", time(6), "2027-01-13 17:15", id="previous, in the morning"),
        pytest.param("keep", time(22), "2027-01-14 22:00", id="keep"),
    ],
)
def test_shifts_out_of_the_quiet_hours(shift, clock, expected):
    """Quiet hours move a moment to their end, or to the closing time before them, or not."""
    moment = Moment(name="reminder", anchor="starts", offset=-7, at=clock, shift=shift)
    assert expected == nominal(seminar(), moment)


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        pytest.param("next", "2027-01-12 08:30", id="next"),
        pytest.param("previous", "2027-01-08 08:30", id="previous"),
    ],
)
def test_a_quiet_time_on_another_day_is_the_opening(shift, expected):
    """A moment in the quiet hours of a closed day goes when the office opens on another one."""
    office = calendar(holidays=frozenset({date(2027, 1, 11)}))
    starts = local("2027-01-17 19:00")
    moment = Moment(name="reminder", anchor="starts", offset=-7, at=time(22), shift=shift)
    assert expected == nominal(seminar(starts=starts, apply_deadline=None), moment, by=office)


def test_offset_in_business_days():
    """`starts-7b`: seven business days before, closed days and holidays (the 11th) left out."""
    office = calendar(holidays=frozenset({date(2027, 1, 15)}))
    moment = Moment(name="reminder", anchor="starts", offset=-7, business=True)
    assert "2027-01-12 12:00" == nominal(seminar(), moment)
    assert "2027-01-08 12:00" == nominal(seminar(), moment, by=office)


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        pytest.param("2027-03-05 18:00", "2027-03-05 12:00", id="a Friday"),
        pytest.param("2027-03-06 18:00", "2027-03-05 12:00", id="a Saturday: the day before"),
        pytest.param("2027-03-05 09:00", "2027-03-04 17:15", id="in quiet hours: the day before"),
    ],
)
def test_hours_before(closes, expected):
    """`before = "6h"` is at least six hours before the anchor, whatever the calendar says."""
    post = Post(id="exam", kind="exam_notice", title="", path="", fields={"closes": local(closes)})
    moment = Moment(name="closing_day", anchor="closes", before=6 * HOUR, shift="previous")
    assert expected == nominal(post, moment)


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        pytest.param(datetime(2027, 3, 28, 6, tzinfo=ZoneInfo("Europe/Zurich")), "23:00", id="spring"),
        pytest.param(datetime(2027, 10, 31, 6, tzinfo=ZoneInfo("Europe/Zurich")), "01:00", id="autumn"),
    ],
)  # fmt: skip
def test_hours_before_are_real_hours(closes, expected):
    """Six hours before are six hours, also where the clocks change in between."""
    post = Post(id="exam", kind="exam_notice", title="", path="", fields={"closes": closes})
    moment = Moment(name="closing_day", anchor="closes", before=6 * HOUR, shift="keep")
    office = calendar("Europe/Zurich", quiet_hours=None)
    assert expected == nominal(post, moment, by=office, zone=office.zone)[-5:]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param("America/New_York", ["2027-03-08 12:00", "2027-03-15 12:00"], id="New York"),
        pytest.param("Europe/Zurich", ["2027-03-08 12:00", "2027-03-15 12:00"], id="Zurich"),
    ],
)
def test_local_times_are_kept_over_a_change_of_clocks(zone, expected):
    """Noon is noon before and after the clocks change (14 March in New York)."""
    office = calendar(zone)
    starts = datetime(2027, 3, 22, 18, tzinfo=office.zone)
    found = [
        nominal(
            seminar(starts=starts, apply_deadline=None),
            Moment(name="m", anchor="starts", offset=offset),
            by=office,
            zone=office.zone,
        )
        for offset in (-14, -7)
    ]
    assert expected == found


def test_the_day_of_an_anchor_is_the_workspaces():
    """An event at 19:00 in New York is on the next day in Tokyo."""
    starts = datetime(2027, 1, 20, 19, tzinfo=NEW_YORK)
    moment = Moment(name="today", anchor="starts", at=time(9), shift="keep")
    assert "2027-01-21 09:00" == nominal(seminar(starts=starts, apply_deadline=None), moment)


def test_accounts_of_a_post():
    """The post's own accounts, else the kind's, else all; `mail` makes no delivery."""
    known = accounts("x", "facebook", "page2")
    kinds = Cadence(accounts=("facebook", "mail"))
    cases = {
        ("x", "facebook"): (notice("2027-01-13", accounts=("x", "mail", "facebook")), kinds),
        ("facebook",): (notice("2027-01-13"), kinds),
        ("x", "facebook", "page2"): (notice("2027-01-13"), None),
        (): (notice("2027-01-13", accounts=("mail",)), kinds),
        ("x",): (notice("2027-01-13", accounts=("x", "x", "gone")), kinds),
    }
    for expected, (post, cadence) in cases.items():
        assert expected == tuple(target_accounts(post, cadence, known))


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param("x", ["announce", "reminder", "last_call", "today", "report"], id="its own"),
        pytest.param("facebook", ["announce", "reminder"], id="the one named by other"),
        pytest.param("page2", ["announce", "reminder"], id="without a row: other's"),
    ],
)
def test_rows_of_a_cadence(account, expected):
    """An account without a row has that of `other`."""
    assert expected == [t.moment.name for t in timed(seminar(), account=account)]


def test_an_empty_row_means_no_moments():
    """`facebook = []` silences the account: neither `other` nor a default speaks for it."""
    cadence = Cadence(rows={"x": SEMINAR.rows["x"], "facebook": ()}, other="x")
    assert [] == timed(seminar(), cadence, account="facebook")


def test_without_other_an_account_announces():
    """An account that no row serves has the one moment of kinds without a cadence."""
    cadence = Cadence(rows={"x": SEMINAR.rows["x"]})
    (found,) = timed(seminar(), cadence, account="facebook")
    assert ("announce", "no_anchor") == (found.moment.name, found.reason)


def test_skip():
    """`skip` takes moments out."""
    found = timed(seminar(skip=("reminder", "today")))
    assert ["announce", "last_call", "report"] == [t.moment.name for t in found]


def test_a_kind_that_is_not_listed():
    """One announcement at noon of `publish`, on a business day, with a day's grace."""
    (found,) = timed(notice("2027-01-16"), None)  # a Saturday
    assert ("announce", local("2027-01-18 12:00")) == (found.moment.name, found.nominal)
    assert DAY == found.moment.grace


@pytest.mark.parametrize("cadence", [None, SEMINAR], ids=["none", "seminar"])
def test_an_exact_time_replaces_the_cadence(cadence):
    """`publish` with a time is the one moment `announce`, then and not a minute later."""
    post = notice("2027-01-16 23:30")  # a Saturday night
    (found,) = timed(post, cadence)
    assert ("announce", "keep") == (found.moment.name, found.moment.shift)
    assert local("2027-01-16 23:30") == found.nominal


def test_a_day_of_publish_is_an_anchor():
    """`publish` with a day alone leaves the cadence, which may hang on it."""
    rows = (
        Moment(name="announce", anchor="publish"),
        Moment(name="again", anchor="publish", offset=7),
    )
    found = timed(notice("2027-01-13"), Cadence(rows={"x": rows}))
    assert [local("2027-01-13 12:00"), local("2027-01-20 12:00")] == [t.nominal for t in found]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param("confirmed", ["", "", "", "", ""], id="confirmed: all"),
        pytest.param("cancelled", ["cancelled"] * 5, id="cancelled: nothing"),
        pytest.param("full", ["full"] * 5, id="full: nothing"),
        pytest.param("over", ["over", "over", "over", "over", ""], id="over: the report"),
        pytest.param("tentative", ["", *["tentative"] * 4], id="tentative: the date alone"),
    ],
)
def test_status_of_a_seminar(status, expected):
    """What a status withdraws is named with the status."""
    assert expected == [t.reason for t in timed(seminar(status=status))]


def test_a_missing_anchor():
    """A moment whose date the file does not have is `no_anchor`, and nothing else changes."""
    found = timed(seminar(apply_deadline=None))
    assert ["", "", "no_anchor", "", ""] == [t.reason for t in found]
    assert found[2].nominal is None


def test_a_deadline_that_is_no_date():
    """`deadline: until_filled` is no anchor."""
    post = Post(id="v", kind="vacancy", title="", path="", fields={"deadline": "until_filled"})
    cadence = Cadence(rows={"x": (Moment(name="last_call", anchor="deadline", offset=-1),)})
    assert ["no_anchor"] == [t.reason for t in timed(post, cadence)]


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        pytest.param("受付開始", ["opens", "closing_7"], id="applications"),
        pytest.param("説明会", ["opens"], id="a briefing"),
    ],
)
def test_closing_moments_belong_to_applications(phase, expected):
    """`closing_*` counts down to the end of applications, in no other phase of an exam."""
    fields = {
        "phase": phase,
        "opens": local("2027-02-01 10:00"),
        "closes": local("2027-03-05 18:00"),
    }
    cadence = Cadence(
        rows={
            "x": (
                Moment(name="opens", anchor="opens"),
                Moment(name="closing_7", anchor="closes", offset=-7, shift="previous"),
            )
        }
    )
    post = Post(id="exam", kind="exam_notice", title="", path="", fields=fields)
    assert expected == [t.moment.name for t in timed(post, cadence)]


def test_no_later_than_the_event():
    """A moment ends with the first of the post's events that it comes before."""
    found = {t.moment.name: t.not_after for t in timed(seminar())}
    deadline, starts = local("2027-01-20 17:00"), local("2027-01-21 19:00")
    expected = {
        "announce": deadline,
        "reminder": deadline,
        "last_call": deadline,
        "today": starts,
        "report": None,
    }
    assert expected == found


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(Moment(name="eve", anchor="starts", offset=-1), id="moved over a weekend"),
        pytest.param(Moment(name="today", anchor="starts", at=time(19)), id="later on its day"),
        pytest.param(Moment(name="soon", anchor="starts", before=6 * HOUR), id="hours before"),
    ],
)
def test_what_comes_before_an_event_never_outlives_it(moment):
    """A calendar that moves a moment behind its event does not make it true afterwards."""
    starts = local("2027-01-24 10:00")  # a Sunday
    post = seminar(starts=starts, apply_deadline=None)
    (found,) = timed(post, Cadence(rows={"x": (moment,)}))
    assert starts < found.nominal
    assert (starts, "over") == (found.not_after, found.reason)


def test_no_later_than_the_consent():
    """A consent ends with its last day."""
    post = notice("2027-01-13", fields={"consent": {"until": date(2027, 1, 13)}})
    (found,) = timed(post, None)
    assert local("2027-01-14 00:00") == found.not_after


def settings_moments(row: str):
    text = f"[accounts.x]\nplatform = 'x'\nhandle = '@x'\n[cadence.exam_notice]\nx = [{row}]\n"
    return parse_settings(text).cadences["exam_notice"].rows["x"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            '{moment = "a", at = "apply_deadline-1"}',
            Moment(name="a", anchor="apply_deadline", offset=-1, shift="previous"),
            id="a deadline's reminder moves earlier",
        ),
        pytest.param(
            '{moment = "a", at = "closes"}',
            Moment(name="a", anchor="closes", shift="previous"),
            id="closes is a deadline",
        ),
        pytest.param(
            '{moment = "a", at = "deadline-3"}',
            Moment(name="a", anchor="deadline", offset=-3, shift="previous"),
            id="deadline is one",
        ),
        pytest.param(
            '{moment = "a", at = "starts-14"}',
            Moment(name="a", anchor="starts", offset=-14, shift="next"),
            id="others move later",
        ),
        pytest.param(
            '{moment = "a", at = "closes-7b", shift = "keep", time = "09:30"}',
            Moment(name="a", anchor="closes", offset=-7, business=True, shift="keep", at=time(9, 30)),
            id="business days",
        ),
        pytest.param(
            '{moment = "a", at = "closes", before = "6h"}',
            Moment(name="a", anchor="closes", before=6 * HOUR, shift="previous"),
            id="hours before",
        ),
        pytest.param(
            '{moment = "report", at = "ends+2"}',
            Moment(name="report", anchor="ends", offset=2, grace=24 * HOUR),
            id="a report may be a day late",
        ),
        pytest.param(
            '{moment = "announce", at = "starts", grace = "2h"}',
            Moment(name="announce", anchor="starts", grace=timedelta(hours=2)),
            id="a grace of one's own",
        ),
    ],
)  # fmt: skip
def test_moments_as_they_are_configured(row, expected):
    """`at` names the anchor; the side of the shift and the grace follow from the words."""
    assert (expected,) == settings_moments(row)
