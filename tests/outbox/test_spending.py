"""What a month has cost, to the tenth of a cent, and what its budget still allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.outbox.given import NOW, TOKYO, Outbox

from jposocial.errors import OutcomeUnknown, Rejected, Unavailable
from jposocial.model import Calendar
from jposocial.outbox import claims, record, spending
from jposocial.outbox.spending import Budget, budget, month, rest, spent
from jposocial.platforms import platform
from jposocial.store.engine import reading

PLAIN, LINKED = Decimal("0.015"), Decimal("0.2")
LINK = "くわしくは example.go.jp へ"


@pytest.fixture
def free(outbox: Outbox) -> Outbox:
    """Nothing but the budget keeps a post from going."""
    calendar = replace(outbox.house.calendar, quiet_hours=None)
    outbox.house = replace(outbox.house, calendar=calendar)
    for name in outbox.house.accounts:
        outbox.change(name, min_gap=timedelta(), daily_cap=99)
    return outbox


def promised(outbox: Outbox, post: str, *texts: str, **values) -> int:
    """An approved row that says what its texts cost."""
    made = outbox.approved(post, texts=texts, **values)
    price = sum(platform("x").price(text) for text in texts)
    with outbox.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET cost_usd = ? WHERE id = ?", (round(price, 6), made)
        )
    return made


def publish(outbox: Outbox, post: str, *texts: str, **values) -> int:
    made = promised(outbox, post, *texts, **values)
    claimed = outbox.claimed(made)
    journal = outbox.journal(claimed)
    for number in range(len(texts)):
        journal.begin(f"part:{number}")
        journal.prove(f"part:{number}", id=f"{made}-{number}", url="u")
    record.accepted(outbox.engine, claimed, (), now=outbox.clock(), actor="a")
    return made


def used(outbox: Outbox, account: str = "x", at: datetime | None = None) -> Decimal:
    with reading(outbox.engine) as connection:
        return spent(
            connection, outbox.house.accounts[account], outbox.house.calendar, at or outbox.clock()
        )


def test_a_link_makes_it_dearer(free: Outbox):
    """Fifteen thousandths of a dollar, and two tenths with a link, a bare domain included."""
    publish(free, "plain", "お知らせです。")
    publish(free, "linked", LINK)
    assert PLAIN + LINKED == used(free)


def test_the_sums_are_exact(free: Outbox):
    """A hundred times 0.015 is 1.5, not nearly that."""
    for number in range(20):
        publish(free, f"post-{number}", "お知らせです。")
    assert Decimal("0.3") == used(free)


def test_the_month_is_the_offices(free: Outbox):
    """23:59 of 31 January in Tokyo is January, a minute later is February."""
    free.clock.now = datetime(2027, 1, 31, 23, 59, tzinfo=TOKYO)
    publish(free, "january", "一月です。")
    free.clock.move(minutes=1)
    publish(free, "february", "二月です。")
    assert PLAIN == used(free, at=NOW)
    assert PLAIN == used(free)


def test_other_accounts_and_modes_do_not_count(free: Outbox):
    """What was practice costs nothing in earnest."""
    publish(free, "here", "お知らせです。")
    publish(free, "there", "お知らせです。", account="facebook")
    assert PLAIN == used(free)
    free.change("x", mode="live")
    assert Decimal(0) == used(free)


def test_of_half_a_thread_what_is_out_counts(free: Outbox):
    """The first part, with its link; and then the rest is what is still to come."""
    made = promised(free, "thread", LINK, "二つ目", "三つ目")
    assert LINKED + 2 * PLAIN == rest(free.row(made))
    claimed = free.claimed(made)
    assert LINKED + 2 * PLAIN == used(free), "all of it is under way"
    free.journal(claimed).begin("part:0")
    free.journal(claimed).prove("part:0", id="1", url="u")
    record.stopped(free.engine, claimed, Rejected("403"), now=NOW, actor="a")
    assert LINKED == used(free)
    assert 2 * PLAIN == rest(free.row(made))


def test_what_may_be_out_counts_until_it_is_settled(free: Outbox):
    """In doubt it is paid for; where a person says that it is absent, it is not."""
    claimed = free.claimed(promised(free, "hello", "お知らせです。"))
    free.journal(claimed).begin("part:0")
    record.stopped(free.engine, claimed, OutcomeUnknown("?"), now=NOW, actor="a")
    assert PLAIN == used(free)
    record.disprove(free.engine, claimed.id, now=NOW, actor="a", how="person")
    assert Decimal(0) == used(free)


@pytest.mark.parametrize(
    "error", [Rejected("403"), Unavailable("no route")], ids=["refused", "not sent"]
)
def test_what_is_surely_not_out_costs_nothing(free: Outbox, error: Exception):
    """A refusal is free."""
    claimed = free.claimed(promised(free, "hello", "お知らせです。"))
    record.stopped(free.engine, claimed, error, now=NOW, actor="a")
    assert Decimal(0) == used(free)


def test_what_has_no_room_in_the_budget_waits(free: Outbox):
    """To the last tenth of a cent; and in the next month it may go."""
    free.change("x", monthly_budget_usd=0.03)
    publish(free, "first", "一つ目")
    linked = promised(free, "linked", LINK, grace=timedelta(days=60))
    plain = promised(free, "plain", "二つ目", grace=timedelta(days=60))
    assert (["budget"], []) == (free.blockers(linked), free.blockers(plain))
    assert free.claim(linked) is None
    publish(free, "second", "三つ目")
    assert ["budget"] == free.blockers(plain)
    assert free.claim(plain) is None
    free.clock.now = datetime(2027, 2, 1, 12, 0, tzinfo=TOKYO)
    assert (["budget"], []) == (free.blockers(linked), free.blockers(plain))


def test_a_thread_begins_only_where_all_of_it_has_room(free: Outbox):
    """Half of it would be left standing."""
    free.change("x", monthly_budget_usd=0.04)
    assert ["budget"] == free.blockers(promised(free, "thread", "一", "二", "三"))
    assert [] == free.blockers(promised(free, "short", "一つ", "二つ"))


def test_what_costs_nothing_always_has_room(free: Outbox):
    """A budget of nothing keeps no free post."""
    free.change("facebook", monthly_budget_usd=0.0)
    assert [] == free.blockers(free.approved("hello", account="facebook"))


def test_an_emergency_costs_as_much(free: Outbox):
    """It passes quiet hours, gap and cap, and not the budget."""
    free.change("x", monthly_budget_usd=0.0)
    assert ["budget"] == free.blockers(promised(free, "urgent", "緊急", category="emergency"))


def test_two_claims_at_the_end_of_the_budget(free: Outbox):
    """What is under way counts: of two posts with room for one, one goes."""
    free.change("x", monthly_budget_usd=0.02)
    first, second = (promised(free, name, f"{name} です。") for name in ("first", "second"))
    assert free.claim(first) is not None
    assert free.claim(second, replace_claimer()) is None


def replace_claimer() -> claims.Claimer:
    return claims.Claimer(host="there", pid=2, process="second")


@pytest.mark.parametrize(
    ("spent_usd", "nearly"), [("0", False), ("7.99", False), ("8", True), ("12", True)]
)
def test_a_budget_is_nearly_used_from_four_fifths_on(spent_usd: str, nearly: bool):
    """Early enough to decide something."""
    found = Budget(
        account="x", month=NOW.date(), limit=Decimal(10), spent=Decimal(spent_usd)
    )  # fmt: skip
    assert nearly == found.is_nearly_used


def test_without_a_budget_there_is_none(free: Outbox):
    """No account is stopped by what it was not told."""
    with reading(free.engine) as connection:
        account = free.house.accounts["x"]
        assert budget(connection, account, free.house.calendar, NOW) is None
    assert spending.current(None, account, free.house.calendar, NOW) is None


@given(at=st.datetimes(timezones=st.just(TOKYO), min_value=NOW.replace(year=1980, tzinfo=None)))
def test_every_instant_is_in_its_month(at: datetime):
    """From the first midnight of the month, included, to that of the next."""
    start, end = (instant.astimezone(TOKYO) for instant in month(at, Calendar(zone=TOKYO)))
    assert start <= at < end
    assert (1, 0, 1, 0) == (start.day, start.hour, end.day, end.hour)
    assert (start.year, start.month) == (at.year, at.month)
