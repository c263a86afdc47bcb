"""Calendar entries: one for each seminar, updated when it moves, cancelled when it does not take place."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from tests.newsletter.test_mould import NEWSLETTER

from jposocial.model import Post
from jposocial.newsletter.events import calendar_entries

AT = datetime(2027, 1, 14, 1, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


def seminar(*, moved: int = 0, **fields: object) -> Post:
    starts = datetime(2027, 1, 21, 19, 0, tzinfo=TOKYO)
    return Post(
        id="2027-01-health", kind="seminar", title="オンライン国際機関就職セミナー 保健分野の長い題名" * 2,
        path="p.md", moved_from=(AT,) * moved,
        fields={
            "starts": starts, "ends": starts.replace(hour=20, minute=30), "venue": "見本会館",
            "apply_url": "https://example.go.jp/a", "join_url": "https://meeting.example.org/secret",
            **fields,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("post", "method", "status", "sequence"),
    [
        (seminar(status="confirmed"), "PUBLISH", "CONFIRMED", 0),
        (seminar(status="tentative"), "PUBLISH", "TENTATIVE", 0),
        (seminar(moved=1), "PUBLISH", "CONFIRMED", 1),
        (seminar(moved=2), "PUBLISH", "CONFIRMED", 2),
        (seminar(moved=1, status="cancelled"), "CANCEL", "CANCELLED", 2),
    ],
    ids=["new", "tentative", "moved", "moved again", "cancelled"],
)
def test_an_entry_is_the_same_one_changed(post, method, status, sequence):
    """One UID for ever; each change of date, and the cancellation, has a higher sequence."""
    (found,) = calendar_entries([post], NEWSLETTER, AT, "ja")
    calendar = Calendar.from_ical(found.content)
    event = calendar.walk("VEVENT")[0]
    assert f"method={method}" in found.type
    assert (method, "2027-01-health@example.go.jp", status, sequence) == (
        calendar["METHOD"], event["UID"], event["STATUS"], event["SEQUENCE"],
    )  # fmt: skip
    assert post.fields["starts"] == event["DTSTART"].dt


def test_an_entry_keeps_the_form():
    """Lines of 75 octets at most, the time zone with it, and never the way into the meeting."""
    (found,) = calendar_entries([seminar()], NEWSLETTER, AT, "ja")
    assert all(len(line) <= 75 for line in found.content.split(b"\r\n"))
    assert b"BEGIN:VTIMEZONE" in found.content
    assert b"meeting.example.org" not in found.content


def test_other_kinds_have_none():
    """A vacancy is no appointment."""
    assert [] == list(
        calendar_entries([Post(id="v", kind="vacancy", title="t", path="p")], NEWSLETTER, AT, "ja")
    )
