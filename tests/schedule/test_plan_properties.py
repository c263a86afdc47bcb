"""The plan over random files, accounts, calendars and histories."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.schedule.given import (
    CADENCES,
    DAY,
    EVENTS,
    HOUR,
    SEMINAR,
    accounts,
    calendar,
    row,
    seminar,
)

from jposocial.model import (
    Account,
    Blackout,
    Cadence,
    Calendar,
    Moment,
    PastRow,
    Placement,
    Plan,
    Post,
    Publish,
    Slot,
    Status,
)
from jposocial.schedule.business_days import is_business_day, is_quiet, local_day
from jposocial.schedule.cadence import Timed, target_accounts, timed_moments
from jposocial.schedule.news import announced_as_moved, news_of, with_news
from jposocial.schedule.plan import plan, slot_of
from jposocial.schedule.reasons import shift_of

FIRST = datetime(2026, 12, 1, tzinfo=UTC)

#: A few weeks, so that posts meet; with the closed days and a change of clocks in Europe.
days = st.one_of(
    st.dates(date(2026, 12, 14), date(2027, 1, 15)), st.dates(date(2027, 3, 22), date(2027, 4, 2))
)
half_hours = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
later = st.integers(0, 130 * 48).map(lambda n: FIRST + n * timedelta(minutes=30))

calendars = st.builds(
    calendar,
    st.sampled_from(["Asia/Tokyo", "Europe/Zurich", "America/New_York"]),
    quiet_hours=st.sampled_from(
        [None, (time(21), time(8)), (time(0), time(6)), (time(12), time(13)), (time(16), time(9))]
    ),
    holidays=st.frozensets(days, max_size=4),
    national=st.booleans(),
    blackout=st.lists(
        st.builds(lambda d: Blackout(start=d, end=d + DAY, reason="移転"), days), max_size=1
    ).map(tuple),
)

#: With a cap of its own for notices.
NOTICE = Cadence(
    rows={"x": (Moment(name="announce", anchor="publish", grace=24 * HOUR),)}, daily_cap=1
)


@dataclass(frozen=True)
class World:
    """What a plan is made from."""

    posts: tuple[Post, ...]
    on: dict[str, Account]
    by: Calendar
    now: datetime
    history: tuple[PastRow, ...] = ()
    cadences: Mapping[str, Cadence] = field(default_factory=lambda: CADENCES)

    def plan(self) -> Plan:
        return plan(
            self.posts, self.cadences, self.on, self.by,
            now=self.now, history=self.history, events=EVENTS,
        )  # fmt: skip

    @property
    def rows(self) -> dict[Slot, PastRow]:
        return {past.slot: past for past in self.history}

    def standing(self, placement: Placement) -> PastRow | None:
        """The row of a placement whose own dates are still those of the row."""
        found = self.rows.get(row(placement).slot)
        return found if found and found.nominal == placement.nominal else None

    def stays(self, placement: Placement) -> bool:
        """Whether a person, or the clock, has fixed where it is."""
        found = self.standing(placement)
        return found is not None and (found.fixed or found.due <= self.now)

    def gives_way(self, placement: Placement) -> bool:
        """Whether caps, gaps, quiet hours and closed days bind it."""
        post = next(post for post in self.posts if post.id == placement.post)
        exact = post.publish is not None and post.publish.exact is not None
        exact = exact and placement.moment not in ("cancelled", "full")
        free = exact or post.category == "emergency" or placement.moment == "today"
        return not free and not self.stays(placement)

    def told(self, post: Post, account: str) -> bool:
        """Whether readers on the account have seen something of it, or may have."""
        return any(
            (p.slot.post, p.slot.account) == (post.id, account) and p.visible for p in self.history
        )

    def moments(self, post: Post, account: str) -> list[Timed]:
        """All that the plan must speak of."""
        events = EVENTS.get(post.kind, ())
        found = list(timed_moments(post, self.cadences.get(post.kind), account, self.by, events))
        if self.told(post, account):
            past = self.rows.get(slot_of(post, self.on[account], news_of(post) or ""))
            return list(with_news(found, post, past, self.by, events, self.now))
        return list(announced_as_moved(found)) if post.round else found


@st.composite
def posts(draw, id: str, zone: ZoneInfo) -> Post:
    day = draw(days)
    where = draw(st.sampled_from([None, ("x",), ("x", "facebook", "mail")]))
    category = draw(st.sampled_from(["routine", "routine", "routine", "emergency"]))
    if draw(st.booleans()):
        starts = datetime.combine(day, draw(half_hours), zone)
        return seminar(
            id, starts=starts, ends=starts + HOUR, category=category, accounts=where,
            apply_deadline=draw(st.none() | st.just(starts - 26 * HOUR)),
            status=draw(st.sampled_from([None, None, None, "tentative", "cancelled", "full"])),
            moved_from=draw(st.sampled_from([(), (), (starts - 7 * DAY,)])),
        )  # fmt: skip
    exact = draw(st.none() | half_hours.map(lambda clock: datetime.combine(day, clock, zone)))
    return Post(
        id=id, kind="notice", title=id, path=f"posts/{id}.md", accounts=where, category=category,
        publish=Publish(day=day, exact=exact),
    )  # fmt: skip


@st.composite
def fresh_worlds(draw) -> World:
    by = draw(calendars)
    on = accounts(
        "x", "facebook",
        daily_cap=draw(st.integers(1, 4)),
        min_gap=draw(st.sampled_from([timedelta(0), HOUR, 2 * HOUR, 7 * HOUR])),
    )  # fmt: skip
    ids = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=6))
    found = tuple(draw(posts(name, by.zone)) for name in ids)
    cadences = draw(st.sampled_from([CADENCES, {**CADENCES, "notice": NOTICE}]))
    return World(posts=found, on=on, by=by, now=draw(later), cadences=cadences)


@st.composite
def worlds(draw) -> World:
    """A world some time after its outbox was filled, with some files new or changed since."""
    world = draw(fresh_worlds())
    rows = tuple(draw(lived(placement)) for placement in world.plan().placements)
    changed = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=2))
    kept = tuple(post for post in world.posts if post.id not in changed)
    new = tuple(draw(posts(name, world.by.zone)) for name in changed)
    now = world.now + draw(st.integers(0, 14 * 48)) * timedelta(minutes=30)
    return replace(world, posts=(*kept, *new), history=rows, now=now)


@st.composite
def lived(draw, placement: Placement) -> PastRow:
    """The row of a placement after some time in the outbox."""
    status = draw(st.sampled_from([Status.SCHEDULED] * 6 + [*Status]))
    accepted = placement.due + draw(st.integers(0, 3)) * HOUR if status == "published" else None
    return row(
        placement,
        status=status,
        fixed=draw(st.booleans()),
        by_person=status is Status.CANCELLED,
        accepted_at=accepted,
    )


many = settings(deadline=None, max_examples=40)


@many
@given(worlds())
def test_every_moment_is_placed_or_not_or_done(world):
    """Each moment of each file on each account stands in the plan once, or is done with."""
    found = world.plan()
    rounds = {post.id: post.round for post in world.posts}
    said = Counter((p.post, p.moment, p.account) for p in (*found.placements, *found.unplaced))
    done = {
        (past.slot.post, past.slot.moment, past.slot.account)
        for past in world.history
        if past.status not in (Status.SCHEDULED, Status.CANCELLED)
        and past.slot.round == rounds.get(past.slot.post)
    }
    all_moments = {
        (post.id, timed.moment.name, name)
        for post in world.posts
        for name in target_accounts(post, world.cadences.get(post.kind), world.on)
        for timed in world.moments(post, name)
    }
    assert dict.fromkeys(all_moments - done, 1) == said


@many
@given(worlds())
def test_closed_days_and_quiet_hours_are_kept(world):
    """Nothing that gives way is on a closed day, in quiet hours, or in the past."""
    for placement in filter(world.gives_way, world.plan().placements):
        assert is_business_day(local_day(placement.due, world.by), world.by)
        assert not is_quiet(placement.due, world.by)
        assert placement.due >= world.now


@many
@given(worlds())
def test_gaps_and_caps_are_kept(world):
    """What gives way keeps its distance from all that gives way, stands or is done."""
    found = world.plan().placements
    placed = defaultdict(list)
    for p in found:
        if world.gives_way(p):
            placed[p.account].append(p.due)
    others = defaultdict(list)
    for p in found:
        if world.stays(p):
            others[p.account].append(p.due)
    for past in world.history:
        if past.status not in (Status.SCHEDULED, Status.CANCELLED):
            others[past.slot.account].append(past.accepted_at or past.due)
    for name, times in placed.items():
        account = world.on[name]
        for n, time_ in enumerate(times):
            near = [t for t in times[:n] + others[name] if abs(t - time_) < account.min_gap]
            assert [] == near
            day = local_day(time_, world.by)
            count = sum(local_day(t, world.by) == day for t in times + others[name])
            assert count <= account.daily_cap


@many
@given(worlds())
def test_a_deadlines_reminder_is_never_late(world):
    """What moves earlier is never later than its nominal time."""
    for p in world.plan().placements:
        if p.moment in ("reminder", "last_call") and p.account == "x":
            assert p.due <= p.nominal


@many
@given(worlds())
def test_expiry(world):
    """A placement ends after it is due, with its grace at the latest, and with its event."""
    for p in world.plan().placements:
        assert p.due < p.expires <= p.due + p.grace
        assert p.not_after is None or p.expires <= p.not_after


@many
@given(fresh_worlds())
def test_emergencies_give_way_to_nothing(world):
    """An emergency goes at its own time, or at once where that is past."""
    ids = {post.id for post in world.posts if post.category == "emergency"}
    for p in world.plan().placements:
        if p.post in ids:
            assert max(p.nominal, world.now) == p.due


@many
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(world, random):
    """The same files and rows in any order give the same plan, every time."""
    mixed = replace(
        world,
        posts=tuple(random.sample(world.posts, len(world.posts))),
        history=tuple(random.sample(world.history, len(world.history))),
        on=dict(random.sample(list(world.on.items()), 2)),
    )
    assert world.plan() == world.plan() == mixed.plan()


@many
@given(fresh_worlds())
def test_a_plan_that_was_approved_stays_as_it_is(world):
    """Its own result, approved, gives the same placements and leaves out the same moments."""
    first = world.plan()
    after = replace(world, history=tuple(row(p, fixed=True) for p in first.placements)).plan()
    assert first.placements == after.placements
    assert [replace(u, reason="") for u in first.unplaced] == [
        replace(u, reason="") for u in after.unplaced
    ]


@many
@given(worlds(), st.data())
def test_a_new_file_moves_nothing_that_is_fixed(world, data):
    """What is approved keeps its time and its window beside any further file."""
    extra = data.draw(posts("zz", world.by.zone))
    found = replace(world, posts=(*world.posts, extra)).plan()
    before = {p for p in world.plan().placements if world.stays(p)}
    assert before <= set(found.placements)


@many
@given(worlds())
def test_what_is_fixed_or_waits_stays(world):
    """An approved row keeps its time, and so does every row whose time has come."""
    for p in world.plan().placements:
        past = world.standing(p)
        if past and (past.fixed or past.due <= world.now):
            assert past.due == p.due


@many
@given(worlds())
def test_what_waits_is_not_lost(world):
    """A row that stays is placed again while its file keeps its dates and withdraws nothing."""
    found = world.plan()
    placed = {row(p).slot for p in found.placements}
    rounds = {post.id: post.round for post in world.posts}
    nominal = {
        (post.id, timed.moment.name, name): timed.nominal if not timed.reason else None
        for post in world.posts
        for name in target_accounts(post, world.cadences.get(post.kind), world.on)
        for timed in world.moments(post, name)
    }
    for past in world.history:
        key = (past.slot.post, past.slot.moment, past.slot.account)
        same = nominal.get(key) == past.nominal and rounds.get(past.slot.post) == past.slot.round
        if past.status is Status.SCHEDULED and same and (past.fixed or past.due <= world.now):
            assert past.slot in placed


@many
@given(worlds())
def test_kinds_have_caps_of_their_own(world):
    """What gives way leaves no more than the cap of its kind on a day."""
    cap = world.cadences.get("notice", SEMINAR).daily_cap
    counts = Counter(
        (p.account, local_day(p.due, world.by))
        for p in world.plan().placements
        if p.kind == "notice" and world.gives_way(p)
    )
    assert cap is None or all(count <= cap for count in counts.values())


@many
@given(worlds())
def test_news_goes_in_office_hours(world):
    """What readers must hear soon waits for the office, unless it is an emergency or has its time."""
    first, last = world.by.office_hours
    for p in world.plan().placements:
        if p.moment in ("cancelled", "full", "moved") and world.gives_way(p):
            post = next(post for post in world.posts if post.id == p.post)
            if world.told(post, p.account):
                assert first <= p.due.astimezone(world.by.zone).time() <= last


@many
@given(worlds())
def test_what_is_off_says_nothing_else(world):
    """Of a seminar that is cancelled or full only that goes out, and only where it was announced."""
    off = {
        post.id: post for post in world.posts if post.fields.get("status") in ("cancelled", "full")
    }
    for p in world.plan().placements:
        if p.post in off:
            assert p.moment == off[p.post].fields["status"]
            assert world.told(off[p.post], p.account)


@many
@given(worlds(), st.integers(1, 48))
def test_news_keeps_its_time(world, hours):
    """Once it is in the outbox, the clock going on does not move it before its own time."""
    first = world.plan()
    news = [p for p in first.placements if p.moment in ("cancelled", "full", "moved")]
    news = [p for p in news if not world.standing(p)]
    rows = {past.slot: past for past in world.history} | {
        row(p).slot: row(p, fixed=True) for p in news
    }
    after = replace(
        world, history=tuple(rows.values()), now=world.now + timedelta(minutes=hours)
    ).plan()
    again = {(p.post, p.moment, p.account): p.due for p in after.placements}
    for p in news:
        if p.due > world.now + timedelta(minutes=hours):
            assert p.due == again[p.post, p.moment, p.account]


@many
@given(worlds())
def test_why_it_is_on_another_day(world):
    """Whatever is not on the day its cadence names has a reason; whatever is on it has none."""
    for p in world.plan().placements:
        found = shift_of(p, world.by, "ja")
        same = p.wanted is None or local_day(p.wanted, world.by) == local_day(p.due, world.by)
        assert same == (found is None)
        if found:
            assert (found.code == "late") == (p.why == "late")
        if found and found.code == "full":
            assert p.nominal >= world.now
            assert is_business_day(found.wanted, world.by)
