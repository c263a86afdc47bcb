from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.schedule.given import (
    CADENCES,
    DAY,
    EVENTS,
    HOUR,
    NOW,
    accounts,
    calendar,
    due_times,
    local,
    notice,
    planned,
    reasons,
    row,
    seminar,
    taken,
)

from jposocial.model import Cadence, Moment, Status
from jposocial.schedule.plan import plan

#: A kind whose reminder of a deadline moves earlier.
LAST_CALL = {
    "seminar": Cadence(
        rows={"x": (Moment(name="last_call", anchor="apply_deadline", offset=-1, shift="previous"),)}
    )
}  # fmt: skip


def only(found):
    (placement,) = found.placements
    return placement


def test_a_seminar():
    """Every moment goes at noon of its day, the day's own at nine."""
    found = planned([seminar()])
    expected = {
        "announce": "2027-01-07 12:00",
        "reminder": "2027-01-14 12:00",
        "last_call": "2027-01-19 12:00",
        "today": "2027-01-21 09:00",
        "report": "2027-01-25 12:00",
    }
    assert expected == due_times(found)
    assert () == found.unplaced


def test_what_a_placement_says():
    """Slot, kind, due and expiry of a placement; instants in UTC."""
    found = only(planned([notice("2027-01-13")]))
    assert ("notice", "notice", "announce", "x", "-", 0) == (
        found.post, found.kind, found.moment, found.account, found.occurrence, found.round
    )  # fmt: skip
    assert local("2027-01-13 12:00") == found.due == found.nominal
    assert local("2027-01-14 12:00") == found.expires
    assert {"UTC"} == {str(t.tzinfo) for t in (found.due, found.nominal, found.expires)}


def test_a_draft_is_never_planned():
    """`ready: false` is neither placed nor mentioned."""
    found = planned([notice("2027-01-13", ready=False)])
    assert ((), ()) == (found.placements, found.unplaced)


def test_start_and_end_choose_what_is_shown():
    """`start` is in, `end` is out; what is unplaced is always there."""
    found = plan(
        [seminar(apply_deadline=None)], CADENCES, accounts("x"), calendar(), now=NOW,
        start=local("2027-01-14 12:00"), end=local("2027-01-25 12:00"), events=EVENTS,
    )  # fmt: skip
    assert ["reminder", "today"] == list(due_times(found))
    assert {"last_call": "no_anchor"} == reasons(found)


def test_postponed():
    """The round of a placement is the number of dates the post was moved from."""
    found = planned([seminar(moved_from=(local("2026-12-20 19:00"), local("2027-01-01 19:00")))])
    assert {2} == {p.round for p in found.placements}


# Caps and gaps.


def test_least_gap():
    """The later in the order (due, kind, account, id) gives way, by the least gap."""
    found = planned([notice("2027-01-13", id=name) for name in "cab"])
    expected = [
        ("a", local("2027-01-13 12:00")),
        ("b", local("2027-01-13 14:00")),
        ("c", local("2027-01-13 16:00")),
    ]
    assert expected == [(p.post, p.due) for p in found.placements]


def test_no_gap():
    """`min_gap = "0"` lets several go at once."""
    on = accounts("x", min_gap=timedelta(0))
    found = planned([notice("2027-01-13", id=name) for name in "ab"], on=on)
    assert {local("2027-01-13 12:00")} == {p.due for p in found.placements}


def test_daily_cap():
    """What the day has no room for goes on the next business day at its own time."""
    on = accounts("x", daily_cap=2)
    found = planned([notice("2027-01-15", id=name) for name in "abc"], on=on)  # a Friday
    expected = [
        local("2027-01-15 12:00"),
        local("2027-01-15 14:00"),
        local("2027-01-18 12:00"),
    ]
    assert expected == [p.due for p in found.placements]


def test_a_gap_into_the_night_goes_on_in_the_morning():
    """The next free time is out of the quiet hours and on a business day."""
    rows = [taken("x", "2027-01-15 20:30")]
    found = planned([notice("2027-01-15")], cadences=at("20:00"), history=rows)
    assert local("2027-01-18 20:00") == only(found).due


def at(clock):
    """A cadence of notices at that time of the day."""
    time = datetime.fromisoformat(f"2027-01-01 {clock}").time()
    return {"notice": Cadence(rows={"x": (Moment(name="announce", anchor="publish", at=time),)})}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param([], "2027-01-19 12:00", id="free"),
        pytest.param(["2027-01-19 12:00"], "2027-01-19 10:00", id="taken: a gap earlier"),
        pytest.param(["2027-01-19 12:30"], "2027-01-19 10:30", id="taken after it: up to it"),
        pytest.param(["2027-01-19 11:00"], "2027-01-19 09:00", id="taken before it"),
        pytest.param(
            ["2027-01-19 11:00", "2027-01-19 09:30"], "2027-01-18 12:00",
            id="into the quiet hours: the day before",
        ),
        pytest.param(
            ["2027-01-19 14:00", "2027-01-19 16:00", "2027-01-19 18:00", "2027-01-19 20:00"],
            "2027-01-18 12:00",
            id="a full day: the day before",
        ),
    ],
)  # fmt: skip
def test_a_deadlines_reminder_gives_way_to_the_front(others, expected):
    """A reminder of a deadline goes earlier, never later, and no earlier than it must."""
    history = [taken("x", due) for due in others]
    found = planned([seminar()], cadences=LAST_CALL, history=history)
    assert local(expected) == only(found).due


def test_no_room_before_now():
    """A deadline's reminder for which there is no room from now on is unplaced."""
    found = planned(
        [seminar()],
        cadences=LAST_CALL,
        now=local("2027-01-19 10:30"),
        history=[taken("x", "2027-01-19 12:00")],
    )
    assert {"last_call": "no_room"} == reasons(found)


def test_no_room_before_the_event():
    """What would find room only after its event is unplaced."""
    days = [local("2027-01-07 12:00") + n * DAY for n in range(14)]
    history = [taken("x", f"{day:%Y-%m-%d} 12:00") for day in days]
    found = planned([seminar(skip=("reminder", "last_call", "today", "report"))],
                    on=accounts("x", daily_cap=1), history=history)  # fmt: skip
    assert {"announce": "no_room"} == reasons(found)


@pytest.mark.parametrize(
    "post",
    [
        pytest.param(notice("2027-01-13 12:00"), id="an exact time"),
        pytest.param(notice("2027-01-13", category="emergency"), id="an emergency"),
    ],
)
def test_what_gives_way_to_nothing(post):
    """An exact time and an emergency stand, though the account is full."""
    history = [taken("x", "2027-01-13 12:00", fixed=True)]
    found = planned([post], on=accounts("x", daily_cap=1), history=history)
    assert local("2027-01-13 12:00") == only(found).due


def test_others_give_way_to_an_exact_time():
    """An exact time counts for the gaps of what comes after it."""
    found = planned([notice("2027-01-13 11:30", id="exact"), notice("2027-01-13", id="other")])
    assert [local("2027-01-13 11:30"), local("2027-01-13 13:30")] == [
        p.due for p in found.placements
    ]


def test_accounts_are_apart():
    """Gaps and caps are an account's own."""
    found = planned([notice("2027-01-13")], on=accounts("x", "facebook", daily_cap=1))
    assert [("facebook", local("2027-01-13 12:00")), ("x", local("2027-01-13 12:00"))] == [
        (p.account, p.due) for p in found.placements
    ]


def test_another_mode_takes_no_room():
    """What went to the sandbox takes nothing away from the live account."""
    history = [taken("x", "2027-01-13 12:00")]
    found = planned([notice("2027-01-13")], on=accounts("x", mode="live"), history=history)
    assert local("2027-01-13 12:00") == only(found).due


def test_room_is_taken_when_it_went_out():
    """What went out late takes the time at which the platform accepted it."""
    history = [taken("x", "2027-01-13 08:00", accepted_at=local("2027-01-13 11:00"))]
    assert local("2027-01-13 13:00") == only(planned([notice("2027-01-13")], history=history)).due


# Late.


def test_late_moments():
    """What is past when the file first comes is late, but for the announcement."""
    found = planned([seminar()], now=local("2027-01-15 10:17"))
    expected = {
        "announce": "2027-01-15 10:17",
        "last_call": "2027-01-19 12:00",
        "today": "2027-01-21 09:00",
        "report": "2027-01-25 12:00",
    }
    assert expected == due_times(found)
    assert {"reminder": "late"} == reasons(found)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2027-01-13 12:00", "2027-01-13 12:00", id="24 h before the reminder"),
        pytest.param("2027-01-13 12:01", None, id="less than 24 h before the reminder"),
        pytest.param("2027-01-14 12:01", "2027-01-14 12:01", id="the reminder is past too"),
        pytest.param("2027-01-18 12:30", None, id="less than 24 h before the last call"),
    ],
)
def test_a_late_announcement(now, expected):
    """It takes the next free slot if what comes next is at least 24 hours away."""
    found = planned([seminar()], now=local(now))
    assert expected == due_times(found).get("announce")
    assert (None if expected else "late") == reasons(found).get("announce")


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        pytest.param(
            "2027-01-12", "2027-01-13 22:00", "2027-01-14 08:00", id="at night: in the morning"
        ),
        pytest.param(
            "2027-01-12", "2027-01-16 10:00", "2027-01-18 12:00", id="on a Saturday: on Monday"
        ),
        pytest.param(
            "2026-12-25",
            "2026-12-30 10:00",
            "2027-01-04 12:00",
            id="in the closed days: after them",
        ),
    ],
)
def test_the_next_free_slot(day, now, expected):
    """A late announcement keeps quiet hours and closed days."""
    found = planned([notice(day)], now=local(now))
    assert local(expected) == only(found).due


def test_the_next_free_slot_keeps_the_gap():
    """A late announcement keeps the least gap."""
    history = [taken("x", "2027-01-13 09:30")]
    found = planned([notice("2027-01-12")], now=local("2027-01-13 10:00"), history=history)
    assert local("2027-01-13 11:30") == only(found).due


def test_a_late_exact_time_goes_on_any_day():
    """An exact time that has just passed does not wait for a business day."""
    found = planned([notice("2027-01-16 09:55")], now=local("2027-01-16 10:00"))
    assert local("2027-01-16 10:00") == only(found).due


def test_a_late_emergency_goes_at_once():
    """An emergency waits for no quiet hours, no gap and no cap."""
    now = local("2027-01-16 23:00")
    post = notice("2027-01-16 22:55", category="emergency")
    history = [taken("x", "2027-01-16 22:00")]
    found = planned([post], now=now, on=accounts("x", daily_cap=1), history=history)
    assert now == only(found).due


@pytest.mark.parametrize(
    ("category", "deadline", "now"),
    [
        pytest.param("routine", "2027-01-16 17:00", "2027-01-16 09:00", id="a weekend till then"),
        pytest.param("routine", "2027-01-15 11:00", "2027-01-15 10:00", id="no room till then"),
        pytest.param("routine", "2027-01-15 11:00", "2027-01-15 11:30", id="over"),
        pytest.param("emergency", "2027-01-15 11:00", "2027-01-15 11:30", id="over, emergency"),
    ],
)
def test_too_late_for_its_deadline(category, deadline, now):
    """An announcement for which nothing is free before the deadline is late."""
    post = seminar(apply_deadline=local(deadline), category=category)
    history = [taken("x", "2027-01-15 09:30")]
    found = planned([post], now=local(now), history=history)
    assert "late" == reasons(found)["announce"]


def test_after_its_consent():
    """What would go by its own date after the consent's end is past."""
    found = planned([seminar(consent={"until": date(2027, 1, 15)})])
    assert ["announce", "reminder"] == list(due_times(found))
    assert {"last_call": "past", "today": "past", "report": "past"} == reasons(found)


def test_a_row_that_lost_its_place_has_no_room():
    """A row that was moved later, and then lost its place to one that a person fixed."""
    post = seminar(apply_deadline=local("2027-01-07 17:00"), skip=("last_call",))
    announce = planned([post]).placements[0]
    rows = [row(announce, due=local("2027-01-07 14:00")), taken("x", "2027-01-07 15:30")]
    found = planned([post], history=rows, now=local("2027-01-07 13:45"))
    assert "no_room" == reasons(found)["announce"]


def test_nothing_goes_after_the_event_it_precedes():
    """Where the calendar would move a moment behind its event, the event is over."""
    starts = local("2027-01-24 10:00")  # a Sunday
    cadences = {"seminar": Cadence(rows={"x": (Moment(name="eve", anchor="starts", offset=-1),)})}
    found = planned([seminar(starts=starts, apply_deadline=None)], cadences=cadences)
    assert {"eve": "over"} == reasons(found)


# History.


def history_of(found, **fields):
    return [row(placement, **fields) for placement in found.placements]


DONE = ["published", "publishing", "unconfirmed", "failed", "missed"]


@pytest.mark.parametrize("status", [Status(name) for name in DONE], ids=DONE)
def test_what_is_done_is_not_planned_again(status):
    """The plan says nothing of a slot that is out, under way, in doubt, failed or missed."""
    posts = [notice("2027-01-13")]
    found = planned(posts, history=history_of(planned(posts), status=status))
    assert ((), ()) == (found.placements, found.unplaced)


def test_what_is_done_is_not_called_withdrawn():
    """A seminar that is cancelled after its announcement withdraws what is to come."""
    announced = history_of(planned([seminar()]), status=Status.PUBLISHED)[:1]
    found = planned([seminar(status="cancelled")], history=announced)
    expected = dict.fromkeys(["reminder", "last_call", "today", "report"], "cancelled")
    assert expected == reasons(found)


@pytest.mark.parametrize("status", [Status(name) for name in DONE], ids=DONE)
def test_what_is_done_takes_up_room(status):
    """What is out, or may be, or stands in for a person's decision, counts for the gaps."""
    history = [taken("x", "2027-01-13 12:00", status=status)]
    assert local("2027-01-13 14:00") == only(planned([notice("2027-01-13")], history=history)).due


def test_cancelled_rows_take_no_room():
    """A cancelled row counts for nothing."""
    history = [taken("x", "2027-01-13 12:00", status=Status.CANCELLED, by_person=True)]
    assert local("2027-01-13 12:00") == only(planned([notice("2027-01-13")], history=history)).due


def test_a_person_cancelled_it():
    """What a person cancelled stays away until a person brings it back."""
    posts = [notice("2027-01-13")]
    rows = history_of(planned(posts), status=Status.CANCELLED, by_person=True)
    assert {"announce": "cancelled"} == reasons(planned(posts, history=rows))


def test_the_sync_cancelled_it():
    """What the sync cancelled comes back with its file."""
    posts = [notice("2027-01-13")]
    rows = history_of(planned(posts), status=Status.CANCELLED)
    assert local("2027-01-13 12:00") == only(planned(posts, history=rows)).due


def test_a_new_file_moves_nothing_that_is_fixed():
    """What a person approved stays; a file with an earlier id goes around it."""
    b = notice("2027-01-13", id="b")
    rows = history_of(planned([b]), fixed=True)
    found = planned([notice("2027-01-13", id="a"), b], history=rows)
    assert [("b", local("2027-01-13 12:00")), ("a", local("2027-01-13 14:00"))] == [
        (p.post, p.due) for p in found.placements
    ]


def test_what_is_fixed_stays_where_a_person_put_it():
    """A row that was brought back at a time of its own stays there, with its window."""
    post = notice("2027-01-13")
    there = local("2027-01-16 15:00")
    rows = [row(only(planned([post])), fixed=True, due=there)]
    found = only(planned([post], history=rows, now=local("2027-01-16 16:00")))
    assert (there, rows[0].expires) == (found.due, found.expires)


@pytest.mark.parametrize("fixed", [True, False], ids=["approved", "waiting"])
def test_a_deadline_that_moved_before_it(fixed):
    """A row that a new deadline has overtaken is past, wherever a person had put it."""
    announce = planned([seminar(skip=("last_call",))]).placements[0]
    rows = [row(announce, fixed=fixed, due=local("2027-01-15 12:00"))]
    post = seminar(skip=("last_call",), apply_deadline=local("2027-01-14 17:00"))
    found = planned([post], history=rows, now=local("2027-01-15 13:00"))
    assert "past" == reasons(found)["announce"]


def test_what_is_not_fixed_gives_way():
    """A row that nobody approved is placed anew beside a file that comes before it."""
    b = notice("2027-01-13", id="b")
    found = planned([notice("2027-01-13", id="a"), b], history=history_of(planned([b])))
    assert ["a", "b"] == [p.post for p in found.placements]


@pytest.mark.parametrize("fixed", [True, False], ids=["approved", "not approved"])
def test_new_dates_place_it_again(fixed):
    """Its own new date moves even what was approved."""
    rows = history_of(planned([notice("2027-01-13")]), fixed=fixed)
    found = planned([notice("2027-01-20")], history=rows)
    assert local("2027-01-20 12:00") == only(found).due


def test_a_moved_row_gives_its_room_back():
    """Where a row was, before its own dates changed, there is room for others."""
    rows = history_of(planned([notice("2027-01-13", id="b")]), fixed=True)
    found = planned([notice("2027-01-13", id="a"), notice("2027-01-20", id="b")], history=rows)
    assert [local("2027-01-13 12:00"), local("2027-01-20 12:00")] == [
        p.due for p in found.placements
    ]


@pytest.mark.parametrize(
    ("due", "now"),
    [
        pytest.param("2027-01-19 12:00", "2027-01-19 13:00", id="past its time"),
        pytest.param("2027-01-19 12:00", "2027-01-20 10:00", id="a day later"),
        pytest.param("2027-01-19 10:00", "2027-01-19 10:30", id="moved to the front, nominal to come"),
        pytest.param("2027-01-19 12:00", "2027-01-19 12:00", id="this very moment"),
    ],
)  # fmt: skip
def test_what_waits_stays(due, now):
    """A row whose time has come stays where it is, approved or not, whatever comes beside it."""
    post = seminar()
    first = planned([post], cadences=LAST_CALL)
    rows = [row(only(first), due=local(due)), taken("x", "2027-01-19 12:30", fixed=True)]
    found = planned([post], cadences=LAST_CALL, history=rows, now=local(now))
    assert local(due) == only(found).due


def test_others_go_around_what_waits():
    """A row whose time has come takes up room before a late file is placed."""
    waiting = notice("2027-01-13", id="waiting")
    rows = history_of(planned([waiting]))
    found = planned([notice("2027-01-12", id="late"), waiting], history=rows,
                    now=local("2027-01-13 13:00"))  # fmt: skip
    assert {"waiting": local("2027-01-13 12:00"), "late": local("2027-01-13 14:00")} == {
        p.post: p.due for p in found.placements
    }


def test_a_row_that_was_moved_later_stays_while_it_is_free():
    """Between its nominal time and its due a row does not jump to now."""
    post = notice("2027-01-13")
    rows = [row(only(planned([post])), due=local("2027-01-13 16:00"))]
    found = planned([post], history=rows, now=local("2027-01-13 13:00"))
    assert local("2027-01-13 16:00") == only(found).due


def test_history_of_accounts_that_are_gone():
    """Rows of an account that is no longer configured do no harm."""
    found = planned([notice("2027-01-13")], history=[taken("gone", "2027-01-13 12:00")])
    assert local("2027-01-13 12:00") == only(found).due


# Expiry.


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param("announce", 24 * HOUR, id="announce: a day"),
        pytest.param("reminder", 6 * HOUR, id="reminder: six hours"),
        pytest.param("last_call", 6 * HOUR, id="last call: six hours"),
        pytest.param("today", 6 * HOUR, id="today: six hours"),
        pytest.param("report", 24 * HOUR, id="report: a day"),
    ],
)
def test_grace(moment, expected):
    """A placement expires with its moment's grace."""
    found = {p.moment: p.expires - p.due for p in planned([seminar()]).placements}
    assert expected == found[moment]


@pytest.mark.parametrize(
    ("fields", "moment", "expected"),
    [
        pytest.param(
            {"apply_deadline": local("2027-01-07 15:00")}, "announce", "2027-01-07 15:00",
            id="the deadline",
        ),
        pytest.param(
            {"apply_deadline": None, "starts": local("2027-01-21 13:00")}, "today",
            "2027-01-21 13:00", id="the event",
        ),
        pytest.param({"ends": local("2027-01-21 20:30")}, "report", "2027-01-26 12:00",
            id="nothing for what comes after",
        ),
        pytest.param(
            {"consent": {"until": date(2027, 1, 7)}}, "announce", "2027-01-08 00:00",
            id="the consent's last day",
        ),
    ],
)  # fmt: skip
def test_what_ends_a_placement(fields, moment, expected):
    """The grace is cut by the event or deadline it precedes, and by a consent's end."""
    found = {p.moment: p.expires for p in planned([seminar(**fields)]).placements}
    assert local(expected) == found[moment]


def test_the_expiry_of_what_moved():
    """The grace counts from the time it was moved to."""
    found = planned([notice("2027-01-13", id=name) for name in "ab"])
    assert [24 * HOUR, 24 * HOUR] == [p.expires - p.due for p in found.placements]


def test_grace_is_real_time():
    """Six hours are six hours, also where the clocks change in between."""
    office = calendar("Europe/Zurich", quiet_hours=None)
    starts = datetime(2027, 3, 27, 23, tzinfo=ZoneInfo("Europe/Zurich"))
    moment = Moment(name="eve", anchor="ends", before=-HOUR, shift="keep")
    cadences = {"seminar": Cadence(rows={"x": (moment,)})}
    post = seminar(starts=starts, ends=starts, apply_deadline=None)
    found = only(planned([post], cadences=cadences, by=office))
    assert 6 * HOUR == found.expires - found.due


# Time.


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Zurich", "America/New_York"])
def test_local_times_of_the_workspace(zone):
    """Noon is the workspace's noon, in summer and in winter."""
    office = calendar(zone)
    posts = [
        notice(day, id=day) for day in ("2027-03-12", "2027-03-30", "2027-07-05", "2027-11-09")
    ]
    found = planned(posts, by=office)
    assert {"12:00"} == {f"{p.due.astimezone(office.zone):%H:%M}" for p in found.placements}


PLAN = """
from tests.schedule.given import calendar, notice, planned, seminar
for zone in ("Asia/Tokyo", "Europe/Zurich", "America/New_York"):
    posts = [seminar(), notice("2027-03-29", id="a"), notice("2027-03-29", id="b")]
    print(planned(posts, by=calendar(zone)))
"""


def test_the_same_plan_under_any_tz():
    """The host's own zone plays no part."""
    zones = ("UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati")
    found = {
        subprocess.run(
            [sys.executable, "-c", PLAN],
            env={**os.environ, "TZ": zone, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for zone in zones
    }
    (same,) = found
    assert 3 == same.count("Plan(")
