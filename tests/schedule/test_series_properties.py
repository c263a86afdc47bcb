"""What always holds of series, whatever the files, the calendar and the history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.schedule.given import NOW, accounts, calendar
from tests.schedule.series_given import (
    DIGEST,
    FORTNIGHTLY,
    WEEKLY,
    composed,
    synced,
    vacancy,
    voice,
)

from jposocial.model import Calendar, PastRow, Placement, Plan, Post
from jposocial.schedule.business_days import is_business_day, local_day
from jposocial.series_values import every_value

SERIES = (
    WEEKLY,
    FORTNIGHTLY,
    DIGEST,
    replace(DIGEST, name="weekly_digest", accounts=("facebook",)),
)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class World:
    posts: tuple[Post, ...]
    office: Calendar
    now: datetime
    history: tuple[PastRow, ...] = ()

    def plan(self, **fields: Any) -> Plan:
        given: dict[str, Any] = {"now": self.now, "history": self.history, "by": self.office}
        return composed(self.posts, *SERIES, weeks=20, **given | fields)


@st.composite
def voices(draw: st.DrawFn, id: str) -> Post:
    """A testimonial with a consent of some weeks, of one of a few people."""
    begins = NOW.date() + draw(st.integers(-300, 60)) * DAY
    consent = {
        "scope": draw(st.sampled_from([("x", "facebook"), ("x",), ("facebook",)])),
        "from": begins,
        "until": begins + draw(st.integers(0, 400)) * DAY,
        "withdrawn": draw(st.none() | st.integers(0, 150).map(lambda n: NOW.date() + n * DAY)),
    }
    publish = draw(st.none() | st.integers(0, 120).map(lambda n: NOW.date() + n * DAY))
    return voice(
        id,
        person=f"見本 {draw(st.integers(1, 8))}",
        publish=publish.isoformat() if publish else "",
        ready=draw(st.integers(0, 9)) > 0,
        consent=consent,
    )


@st.composite
def vacancies(draw: st.DrawFn, id: str) -> Post:
    day = NOW.date() + draw(st.integers(-5, 60)) * DAY
    return vacancy(id, draw(st.sampled_from([f"{day} 17:00", f"{day} 00:00", "until_filled"])))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    posts = [draw(voices(f"v{n}")) for n in range(draw(st.integers(0, 9)))]
    posts += [draw(vacancies(f"j{n}")) for n in range(draw(st.integers(0, 5)))]
    zone = draw(st.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/Paris"]))
    holidays = draw(st.sets(st.integers(0, 140).map(lambda n: NOW.date() + n * DAY), max_size=8))
    return World(
        posts=tuple(posts),
        office=calendar(zone, holidays=frozenset(holidays)),
        now=NOW + draw(st.integers(0, 72)) * timedelta(hours=1),
    )


def of_series(found: Plan) -> list[Placement]:
    return [p for p in found.placements if p.occurrence != "-"]


def days_of_people(world: World, found: Plan) -> dict[str, list[tuple[date, Placement]]]:
    people = {
        post.id: post.fields["person"]["name"] for post in world.posts if "person" in post.fields
    }
    days: dict[str, list[tuple[date, Placement]]] = defaultdict(list)
    for placement in found.placements:
        for name in placement.used or (placement.post,):
            if name in people:
                days[people[name]].append((local_day(placement.due, world.office), placement))
    return days


@given(worlds())
def test_an_occurrence_is_there_once(world: World) -> None:
    """One placement a slot, on a business day, with something in it."""
    placed = of_series(world.plan())
    assert len(placed) == len({(p.post, p.account, p.occurrence) for p in placed})
    for placement in placed:
        assert placement.used
        assert is_business_day(local_day(placement.due, world.office), world.office)
        assert world.now <= placement.due < placement.expires


@given(worlds())
def test_consent_is_never_broken(world: World) -> None:
    """On the day and for the account, as the consent says."""
    posts = {post.id: post for post in world.posts}
    for placement in of_series(world.plan()):
        day = local_day(placement.due, world.office)
        for post in (posts[name] for name in placement.used):
            assert post.ready
            if agreed := post.fields.get("consent"):
                assert placement.account in agreed["scope"]
                assert agreed["from"] <= day <= agreed["until"]
                assert agreed["withdrawn"] is None or day < agreed["withdrawn"]


@given(worlds())
def test_nobody_twice_in_60_days(world: World) -> None:
    """Two uses of a person are of one day on two accounts, or 60 days apart, or asked for."""
    for uses in days_of_people(world, world.plan()).values():
        for (day, one), (other_day, other) in combinations(uses, 2):
            asked_for = "-" == one.occurrence == other.occurrence
            same_occasion = day == other_day and one.account != other.account
            assert asked_for or same_occasion or abs(day - other_day) >= timedelta(days=60)


@given(worlds())
def test_a_vacancy_once_on_an_account(world: World) -> None:
    """Whatever the number of digests; and only while it is open."""
    placed = [p for p in of_series(world.plan()) if p.moment == "digest"]
    assert all(
        1 == n for n in Counter((p.account, name) for p in placed for name in p.used).values()
    )
    posts = {post.id: post for post in world.posts}
    for placement in placed:
        for name in placement.used:
            closes = posts[name].fields["deadline"]
            assert closes == "until_filled" or placement.due < closes


@given(worlds(), st.randoms())
def test_the_order_of_the_files_does_not_matter(world: World, random: Any) -> None:
    """The same files give the same plan, in whatever order they are read."""
    shuffled = list(world.posts)
    random.shuffle(shuffled)
    assert world.plan() == replace(world, posts=tuple(shuffled)).plan()


@given(worlds(), st.data())
def test_what_is_synced_stays(world: World, data: st.DataObject) -> None:
    """New files, time and a second look leave a synced occurrence with what it picked."""
    placed = [p for p in of_series(world.plan()) if p.cutoff and p.cutoff <= world.now + 2 * DAY]
    rows = tuple(synced(p) for p in placed)
    new = tuple(data.draw(voices(f"new{n}")) for n in range(data.draw(st.integers(0, 3))))
    later = replace(world, posts=world.posts + new, history=rows)
    again = {(p.account, p.post, p.occurrence): p for p in of_series(later.plan())}
    for placement in placed:
        found = again[placement.account, placement.post, placement.occurrence]
        assert (placement.used, placement.due) == (found.used, found.due)


@given(worlds(), st.data())
def test_it_is_composed_anew_only_where_something_is_gone(
    world: World, data: st.DataObject
) -> None:
    """Taking files away changes the synced occurrences that used them, and no other."""
    placed = of_series(world.plan())[:6]
    rows = tuple(synced(p) for p in placed)
    gone = {post.id for post in world.posts if data.draw(st.booleans())}
    left = tuple(post for post in world.posts if post.id not in gone)
    again = {
        (p.account, p.post, p.occurrence): p
        for p in of_series(replace(world, posts=left, history=rows).plan())
    }
    for placement in placed:
        found = again.get((placement.account, placement.post, placement.occurrence))
        if gone & set(placement.used):
            assert found is None or not gone & set(found.used)
        else:
            assert found is not None
            assert placement.used == found.used


@given(st.integers(9, 14), st.integers(10, 40))
@settings(max_examples=20)
def test_the_rotation_is_fair(people: int, weeks: int) -> None:
    """Where all may be used on every Wednesday, uses differ by one at the most, none is empty."""
    posts = [voice(f"v{n:02}") for n in range(people)]
    history: list[PastRow] = []
    counts: Counter[str] = Counter({post.id: 0 for post in posts})
    # Without holidays: two of one week in May bring an occurrence onto the day of the one before.
    office = calendar(national=False)
    found = composed(posts, WEEKLY, weeks=weeks, on=accounts("x"), history=history, by=office)
    for placement in of_series(found):
        counts.update(placement.used)
        assert max(counts.values()) - min(counts.values()) <= 1
    assert weeks == counts.total()


@given(st.integers(1, 12), st.sampled_from(["wed 12:00", "wed/2 12:00", "mon,thu 12:00"]))
@settings(max_examples=20)
def test_synced_one_by_one_it_is_what_was_planned(people: int, every: str) -> None:
    """What the plan shows before the cutoff is what is composed at it, if no file changes."""
    posts = [voice(f"v{n:02}") for n in range(people)]
    rule = replace(WEEKLY, every=every_value(every))
    at_first = of_series(composed(posts, rule, weeks=14, on=accounts("x")))
    made = _synced_in_turn(posts, rule, len(at_first))
    assert [(p.occurrence, p.used) for p in at_first] == made


def _synced_in_turn(
    posts: Sequence[Post], rule: Any, count: int
) -> list[tuple[str, tuple[str, ...]]]:
    """Each next occurrence taken into the history at its cutoff."""
    history: list[PastRow] = []
    now = NOW
    for _ in range(count):
        done = {row.slot.occurrence for row in history}
        found = composed(posts, rule, now=now, weeks=14, on=accounts("x"), history=history)
        following = next(p for p in of_series(found) if p.occurrence not in done)
        history.append(synced(following))
        now = max(now, following.cutoff or now)
    return [(row.slot.occurrence, row.used) for row in history]
