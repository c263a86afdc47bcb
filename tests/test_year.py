"""A year of the sample posts: what a superior would read before the year begins."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.year import GOLDEN, year

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module")
def placements(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    found = json.loads(year("--json", folder=tmp_path_factory.mktemp("year")))
    return list(found["placements"])


def local(placement: dict[str, str]) -> datetime:
    return datetime.fromisoformat(placement["due"]).astimezone(TOKYO)


def test_golden(tmp_path: Path) -> None:
    """The year reads as somebody has read it and found good."""
    assert GOLDEN.read_text(encoding="utf-8") == year("--list", folder=tmp_path)


def test_no_more_than_the_caps(placements: list[dict[str, str]]) -> None:
    """Four a day on an account at the most, and two hours between them."""
    counts = Counter((p["account"], local(p).date()) for p in placements)
    assert max(counts.values()) <= 4
    for account in ("x", "facebook"):
        times = sorted(local(p) for p in placements if p["account"] == account)
        gaps = [after - before for before, after in pairwise(times)]
        assert min(gaps) >= timedelta(hours=2)


def test_on_days_of_work(placements: list[dict[str, str]]) -> None:
    """Only the day of an event itself is ever at a weekend or at the turn of the year."""
    days = {local(p).date() for p in placements if p["moment"] not in ("today", "closing_day")}
    assert [] == [day for day in days if day.weekday() > 4]
    assert not any(date(2026, 12, 29) <= day <= date(2027, 1, 3) for day in days)
    assert not days & {date(2027, 1, 11), date(2027, 2, 11), date(2027, 3, 22), date(2027, 5, 3)}


def test_in_the_day(placements: list[dict[str, str]]) -> None:
    """Nothing goes out at night."""
    assert all(8 <= local(p).hour < 21 for p in placements)


def test_every_week_has_a_voice(placements: list[dict[str, str]]) -> None:
    """The testimonials of the series go on all year, each at most once in 60 days."""
    weekly = sorted(
        (local(p), p["used"][0]) for p in placements if p["post"] == "testimonial_weekly"
    )
    last: dict[str, datetime] = {}
    for when, name in weekly:
        assert when - last.get(name, when - timedelta(days=60)) >= timedelta(days=59, hours=20)
        last[name] = when
    assert len(weekly) >= 30
    assert weekly[-1][0].date() >= date(2027, 11, 1)
