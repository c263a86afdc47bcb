"""What the filters write is right by the checks, whatever the moment and the place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st
from tests.checks.office import BOOK, post

from jposocial.checks.dates import impossible, weekdays
from jposocial.checks.reading import Reading
from jposocial.checks.zoneless import zoneless
from jposocial.checks.zones import local_clocks
from jposocial.rendering import times

RULES = (weekdays, impossible, local_clocks, zoneless)

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
minutes = st.integers(0, 60 * 24 * 365 * 60).map(
    lambda n: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
#: (before, behind) what a filter writes, in a language.
SENTENCES = st.sampled_from(
    [
        ("ja", "", ""),
        ("ja", "締切：", ""),
        ("ja", "締切は", "です。お早めにお申し込みください。"),
        ("ja", "■日時　", "\n■会場　見本会館"),
        ("en", "", ""),
        ("en", "Please apply by ", "."),
        ("en", "Join us on ", ", and bring your questions to the speakers."),
    ]
)


def found(text: str, about: datetime, field: str) -> list[str]:
    """What the rules say of a text that goes out a week before the moment it is about."""
    reading = Reading(book=BOOK, post=post("vacancy", **{field: about}), due=about - timedelta(7))
    return [str(one.message) for rule in RULES for one in rule(text, reading)]


@given(minutes, zones, SENTENCES, st.sampled_from(["deadline", "starts"]))
def test_places(value, zone, sentence, field):
    """The time of any place beside Japan's, of an event and of a deadline given there."""
    lang, before, behind = sentence
    given_there = value.astimezone(zone)
    both = times.in_both(given_there, zone, lang)
    pair = f"{times.in_japan(given_there, 'full', lang)} / {times.in_city(given_there, zone, lang)}"
    for written in (both, pair):
        assert [] == found(before + written + behind, given_there, field)


@given(minutes, st.integers(1, 60 * 24 * 20), SENTENCES, st.sampled_from(["datetime", "full"]))
def test_spans(value, length, sentence, style):
    """From one time to another, over midnight, months and years."""
    lang, before, behind = sentence
    written = times.span(value, value + timedelta(minutes=length), style, lang)
    assert [] == found(before + written + behind, value, "starts")


@given(minutes, SENTENCES, st.sampled_from(["datetime", "date", "full", "day"]))
def test_moments(value, sentence, style):
    """A moment in Japan in every style that says its day."""
    lang, before, behind = sentence
    assert [] == found(before + times.in_japan(value, style, lang) + behind, value, "starts")
