"""What a series picks, keeps and composes anew. 2026-12-01 is a Tuesday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.schedule.given import TOKYO, accounts, calendar, local
from tests.schedule.series_given import (
    DIGEST,
    FORTNIGHTLY,
    WEEKLY,
    composed,
    picks,
    synced,
    unplaced,
    used,
    vacancy,
    voice,
)

from jposocial.model import Plan, Post, Status
from jposocial.series_values import every_value

A, B, C = (voice(name) for name in "abc")


def test_the_first_placement():
    """An occurrence is its nominal day; it is promised from its cutoff on."""
    (found, *_) = composed([A], WEEKLY).placements
    assert ("weekly", "testimonial", "announce", "x", "2026-12-02", ("a",)) == (
        found.post, found.kind, found.moment, found.account, found.occurrence, found.used,
    )  # fmt: skip
    assert local("2026-12-02 12:00") == found.due == found.nominal
    assert local("2026-12-01 12:00") == found.cutoff
    assert local("2026-12-03 12:00") == found.expires


def test_never_used_first_then_the_oldest_then_by_name():
    """c was never used; a was used before b."""
    history = [used("a", "2026-06-03"), used("b", "2026-06-10")]
    assert {"2026-12-02": "c", "2026-12-09": "a", "2026-12-16": "b"} == picks(
        composed([B, A, C], WEEKLY, history=history, weeks=3)
    )


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (used("a", "2026-10-03"), "a"),
        (used("a", "2026-10-04"), ""),
        (used("a", "2026-10-04", account="facebook"), ""),
        (used("a", "2026-11-30", mode="live"), "a"),
        (used("other", "2026-10-04"), "a"),
        (replace(used("a", "2026-11-30"), status=Status.MISSED, accepted_at=None), "a"),
        (replace(used("a", "2026-11-30"), status=Status.UNCONFIRMED, accepted_at=None), ""),
    ],
    ids=["60 days", "59 days", "on another account", "in another mode", "another post",
         "it never went out", "it may be out"],
)  # fmt: skip
def test_a_person_once_in_60_days(before, expected):
    """On whatever account, by a series or on its own; what is not out does not count."""
    found = composed([A], WEEKLY, history=[before], weeks=1)
    assert expected == picks(found).get("2026-12-02", "")


def test_the_same_person_in_two_files():
    """A person is one by the name, however it is spaced or wide; the register may know better."""
    posts = [voice("a", person="見本 Ａ子"), voice("b", person="見本A子")]
    assert {"2026-12-02": "a"} == picks(composed(posts, WEEKLY))
    known = {"a": "person one", "c": "person one"}
    assert {"2026-12-02": "a"} == picks(composed([A, C], WEEKLY, offer={"subjects": known}))


def test_one_occasion_on_two_accounts():
    """What goes on the same day elsewhere goes here too: that is one use, not two."""
    found = composed([A, B, C], WEEKLY, FORTNIGHTLY, weeks=3)
    assert {"2026-12-02": "a", "2026-12-09": "b", "2026-12-16": "c"} == picks(found)
    assert {"2026-12-02": "a", "2026-12-16": "c"} == picks(found, "facebook")


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        (voice("a", consent={"from": date(2026, 12, 9)}), {"2026-12-09": "a"}),
        (voice("a", consent={"until": date(2026, 12, 2)}), {"2026-12-02": "a"}),
        (voice("a", consent={"until": date(2026, 12, 1)}), {}),
        (voice("a", consent={"withdrawn": date(2026, 12, 2)}), {}),
        (voice("a", consent={"withdrawn": date(2026, 12, 3)}), {"2026-12-02": "a"}),
        (voice("a", consent={"scope": ("facebook",)}), {}),
        (voice("a", consent={"scope": None}), {}),
        (voice("a", accounts=("facebook",)), {}),
        (voice("a", skip=("announce",)), {}),
        (voice("a", ready=False), {}),
        (replace(A, fields={"person": {"name": "a"}}), {}),
    ],
    ids=["begins", "last day", "is over", "withdrawn", "to be withdrawn", "another account",
         "no accounts", "goes elsewhere", "skipped", "draft", "no consent"],
)  # fmt: skip
def test_only_what_may_be_used_on_that_day_and_account(post, expected):
    """Consent, accounts, `skip` and `ready` as on the day it goes."""
    assert expected == picks(composed([post], WEEKLY, weeks=2))


def test_an_announcement_of_its_own():
    """A file's `publish` keeps its announcement, has that day's occurrence, and counts as a use."""
    dated = voice("a", publish="2026-12-09")
    found = composed([dated, B, C], WEEKLY, weeks=11)
    assert {"2026-12-02": "b", "2026-12-16": "c", "2027-02-03": "b", "2027-02-10": "a"} == picks(
        found
    )
    own = [p for p in found.placements if p.occurrence == "-"]
    assert [("a", "x", "2026-12-09"), ("a", "facebook", "2026-12-09")] == sorted(
        ((p.post, p.account, f"{p.due.astimezone(TOKYO):%Y-%m-%d}") for p in own), reverse=True
    )
    assert ("weekly", "2026-12-09", "dated") in unplaced(found)


def test_without_a_date_it_goes_by_its_series_alone():
    """No announcement is missing where a series has the kind; elsewhere it is as before."""
    found = composed([A], WEEKLY, weeks=1)
    assert [("a", "facebook", "no_anchor")] == [
        (u.post, u.account, u.reason) for u in found.unplaced if u.post == "a"
    ]


def test_nothing_to_say_is_said():
    """Each Wednesday without anybody; of an office without testimonials nothing is said."""
    found = composed([A], WEEKLY, weeks=3)
    assert {("weekly", "2026-12-09", "empty"), ("weekly", "2026-12-16", "empty")} <= unplaced(found)
    assert () == composed([], WEEKLY, DIGEST).unplaced


# What was synced.


def after(found: Plan, **fields) -> list:
    """The first occurrence of a plan, in the outbox."""
    return [synced(found.placements[0], **fields)]


LATER = local("2026-12-01 15:00")


def test_a_synced_occurrence_keeps_what_it_picked():
    """A new file that would come first, never used as it is, moves nothing."""
    history = after(composed([B, C], WEEKLY))
    found = composed([A, B, C], WEEKLY, now=LATER, history=history, weeks=3)
    assert {"2026-12-02": "b", "2026-12-09": "a", "2026-12-16": "c"} == picks(found)


@pytest.mark.parametrize(
    "posts",
    [
        [B],
        [replace(A, ready=False), B],
        [voice("a", consent={"withdrawn": date(2026, 12, 1)}), B],
        [voice("a", consent={"until": date(2026, 12, 1)}), B],
        [voice("a", accounts=("facebook",)), B],
    ],
    ids=["deleted", "a draft again", "withdrawn", "over", "no longer for the account"],
)
def test_it_is_composed_anew_where_it_cannot_be_used(posts):
    """In the same slot and at the same time, from what there is."""
    history = after(composed([A, B], WEEKLY))
    found = composed(posts, WEEKLY, now=LATER, history=history, weeks=1)
    assert {"2026-12-02": "b"} == picks(found)
    assert history[0].due == found.placements[0].due


def test_it_waits_while_a_file_is_to_be_mended():
    """What is held is neither composed anew nor given to another occurrence."""
    history = after(composed([A, B], WEEKLY))
    held = {"held": frozenset({history[0].slot})}
    found = composed([B], WEEKLY, now=LATER, history=history, weeks=2, offer=held)
    assert {"2026-12-09": "b"} == picks(found)
    assert ("weekly", "2026-12-02", "file") in unplaced(found)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": Status.CANCELLED, "by_person": True}, "cancelled"),
        ({"status": Status.PUBLISHED}, None),
        ({"status": Status.MISSED}, None),
    ],
    ids=["a person cancelled it", "it is out", "it was missed"],
)
def test_what_is_done_is_not_made_again(change, reason):
    """An occurrence has one row, whatever became of it."""
    (row,) = after(composed([A], WEEKLY))
    found = composed([B], WEEKLY, now=LATER, history=[replace(row, **change)], weeks=1)
    assert {} == picks(found)
    assert reason is None or ("weekly", "2026-12-02", reason) in unplaced(found)


def test_what_was_never_synced_is_not_made_up_for():
    """After noon on Wednesday the next one is the next Wednesday's; for a day that is said."""
    found = composed([A], WEEKLY, now=local("2026-12-02 12:01"), weeks=1)
    assert {"2026-12-09": "a"} == picks(found)
    assert ("weekly", "2026-12-02", "late") in unplaced(found)
    found = composed([A], WEEKLY, now=local("2026-12-03 12:00"), weeks=1)
    assert "late" not in {reason for _, _, reason in unplaced(found)}


def test_an_approval_may_come_late():
    """A synced one that waits stays, past its time, until it expires."""
    history = after(composed([A], WEEKLY))
    found = composed([A], WEEKLY, now=local("2026-12-02 18:00"), history=history, weeks=1)
    assert local("2026-12-02 12:00") == found.placements[0].due


def test_another_time_is_the_same_occurrence():
    """An edited rule moves the day's occurrence; it does not make a second one."""
    history = after(composed([A, B], WEEKLY))
    edited = replace(WEEKLY, every=every_value("wed 15:00"))
    found = composed([A, B], edited, now=LATER, history=history, weeks=1)
    assert {"2026-12-02": "a"} == picks(found)
    assert local("2026-12-02 15:00") == found.placements[0].due


# Closed days.


def test_two_on_one_day_are_one():
    """Tuesday 12-29 and Friday 01-01 both fall on Monday 12-28: there is one digest."""
    found = composed(
        [vacancy("v", "2027-02-01 12:00")], DIGEST, now=local("2026-12-26 09:00"), weeks=1
    )
    assert {"2026-12-29": "v"} == picks(found)
    assert ("digest", "2027-01-01", "same_day") in unplaced(found)


def test_a_gap_moves_it_earlier():
    """What is fixed on the account is not moved for a series."""
    other = used("other", "2026-12-02")
    found = composed([A], WEEKLY, history=[other], on=accounts("x"), weeks=1)
    assert local("2026-12-02 10:00") == found.placements[0].due


def test_a_day_without_room():
    """Which occurrence found none is said."""
    full = accounts("x", daily_cap=0)
    assert {("weekly", "2026-12-02", "no_room")} == unplaced(
        composed([A], WEEKLY, on=full, weeks=1)
    )


# Digests.

V1 = vacancy("v1", "2027-01-15 18:00")
V2 = vacancy("v2", "2026-12-20 18:00")
V3 = vacancy("v3", "until_filled")


def test_all_of_them_by_their_deadlines_once():
    """The nearest deadline first, what is open until filled last; each once on an account."""
    found = composed([V3, V1, V2], DIGEST, weeks=2)
    assert {"2026-12-01": "v2 v1 v3"} == picks(found)
    assert {("digest", "2026-12-04", "empty")} == {u for u in unplaced(found) if u[0] == "digest"}


def test_what_does_not_fit_is_in_the_next_one():
    """Never cut: said of each that was put off."""
    found = composed([V1, V2, V3], DIGEST, weeks=2, offer={"fits": lambda *_: 1})
    assert {"2026-12-01": "v2", "2026-12-04": "v1", "2026-12-08": "v3"} == picks(found)
    assert {"v1", "v3"} == {post for post, _, reason in unplaced(found) if reason == "next_digest"}


def test_one_that_never_fits_is_tried():
    """Where nothing fits the first goes alone: the check says that it is too long."""
    found = composed([V1], DIGEST, weeks=1, offer={"fits": lambda *_: 0})
    assert {"2026-12-01": "v1"} == picks(found)


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        ("2026-12-04 12:00", {"2026-12-01": "v"}),
        ("2026-12-03 23:59", {}),
        ("2026-12-01 11:00", {}),
    ],
    ids=["three business days", "two", "over"],
)
def test_open_for_three_business_days(deadline: str, expected: dict[str, str]):
    """Later it is not worth a reader's time, and that is said."""
    found = composed([vacancy("v", deadline)], DIGEST, weeks=1)
    assert expected == picks(found)
    assert (not expected) == (("v", "2026-12-01", "closing") in unplaced(found))


@pytest.mark.parametrize(
    "post",
    [
        vacancy("v", "2027-01-15 18:00", publish="2026-12-10"),
        vacancy("v", "2027-01-15 18:00", skip=("digest",)),
        vacancy("v", "2027-01-15 18:00", accounts=("facebook",)),
    ],
    ids=["its own announcement", "skipped", "elsewhere"],
)
def test_not_in_a_digest(post: Post):
    """A date of its own, `skip: [digest]`, or other accounts."""
    assert {} == picks(composed([post], DIGEST))


def test_a_digest_is_composed_anew_when_one_of_it_closes():
    """From all that is new by then; what it had keeps its place."""
    history = after(composed([V1, V2], DIGEST))
    found = composed([V1, V3], DIGEST, now=local("2026-12-01 10:00"), history=history, weeks=1)
    assert {"2026-12-01": "v1 v3"} == picks(found)


def test_what_comes_after_the_cutoff_is_in_the_next_one():
    """A synced digest does not grow."""
    history = after(composed([V1], DIGEST))
    found = composed([V1, V2], DIGEST, now=local("2026-12-01 10:00"), history=history, weeks=1)
    assert {"2026-12-01": "v1", "2026-12-04": "v2"} == picks(found)


def test_a_deadline_ends_the_digest():
    """It expires with the first that closes, and with a consent's last day."""
    at = local("2026-12-02 09:00")
    closes = composed(
        [vacancy("v", "2026-12-07 10:00")], replace(DIGEST, every=every_value("wed 12:00"),
        grace=WEEKLY.grace * 7), now=at, weeks=1,
    )  # fmt: skip
    assert local("2026-12-07 10:00") == closes.placements[0].expires
    agreed = voice("a", consent={"until": date(2026, 12, 2)})
    found = composed([agreed], WEEKLY, now=at, weeks=1)
    assert local("2026-12-03 00:00") == found.placements[0].expires
    leaves = voice("a", consent={"withdrawn": date(2026, 12, 3)})
    assert local("2026-12-03 00:00") == composed([leaves], WEEKLY, now=at).placements[0].expires


# The newsletter.

ISSUES = replace(WEEKLY, name="newsletter", kind="newsletter", accounts=("mail",),
                 every=every_value("2nd,4th thu 10:00"))  # fmt: skip


def issue(day: str) -> Post:
    return Post(
        id=f"issue-{day}", kind="newsletter", title="号", path="posts/n.md", accounts=("mail",),
        fields={"date": date.fromisoformat(day)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "reasons"),
    [
        ("2026-12-01 09:00", ["newsletter", "newsletter"]),
        ("2026-12-17 09:00", ["no_file", "newsletter"]),
        ("2026-12-16 09:00", ["newsletter", "newsletter"]),
    ],
    ids=["in time", "five business days before", "six"],
)
def test_proposed_issues(now: str, reasons: list[str]):
    """Its dates are proposed; five business days before, a file that is missing is said so."""
    found = composed([issue("2026-12-10")], ISSUES, now=local(now), weeks=5)
    said = [u for u in found.unplaced if u.post == "newsletter"][:2]
    assert reasons == [u.reason for u in said]
    assert () == found.placements


def test_an_issue_is_moved_to_the_business_day_before():
    """2027-02-11 is a holiday: the file may name either day."""
    office = calendar(holidays=frozenset({date(2027, 2, 11)}))
    for day in ("2027-02-10", "2027-02-11"):
        found = composed([issue(day)], ISSUES, now=local("2027-02-08 09:00"), by=office, weeks=1)
        (said,) = found.unplaced
        assert ("2027-02-11", "newsletter") == (said.occurrence, said.reason)
        assert local("2027-02-10 10:00") == said.nominal


def test_an_office_without_a_newsletter():
    """Nothing is proposed where there is no file of the kind."""
    assert () == composed([A], replace(ISSUES, accounts=("mail",)), weeks=8).placements
    assert not [u for u in composed([A], ISSUES).unplaced if u.post == "newsletter"]


def test_until():
    """Series are laid out as far as one asks, and no further."""
    found = composed([A, B, C], WEEKLY, weeks=2)
    last: datetime = max(p.due for p in found.placements)
    assert local("2026-12-09 12:00") == last
