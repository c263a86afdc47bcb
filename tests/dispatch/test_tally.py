"""What a run remembers, where it lasts for weeks; and how it sees the clock being set."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dispatch.office import DUE, WHOAMI, Office

from jposocial.daemon import ClockGuard
from jposocial.dispatch.desk import Tally


class Seconds:
    """A monotonic clock that is put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_what_is_in_doubt_is_looked_for_some_minutes_later() -> None:
    """Not at once, for timelines lag; and not never, for a run may last for weeks."""
    seconds = Seconds()
    tally = Tally(monotonic=seconds)
    assert tally.may_look(1)
    tally.note(1, "unconfirmed")
    assert (False, True) == (tally.may_look(1), tally.may_look(2))
    seconds.now += 179
    assert not tally.may_look(1)
    seconds.now += 1
    assert tally.may_look(1)
    tally.looking([1])
    assert not tally.may_look(1)
    tally.look_at_once(1)
    assert tally.may_look(1)


def test_what_stays_so_is_told_again_after_an_hour() -> None:
    """A log is not flooded by what every beat finds; the summary has it once."""
    seconds, heard = Seconds(), []

    def hear(event: str, about: Mapping[str, object]) -> None:
        heard.append((event, about))

    tally = Tally(hear, seconds)
    for _ in range(3):
        tally.notice("x: no secrets", event="account.without_secrets", account="x")
        seconds.now += 1800
    assert [("account.without_secrets", {"account": "x"})] * 2 == heard
    assert ["x: no secrets"] == tally.notices


def test_a_platform_that_did_not_answer_is_asked_again_sooner(office: Office) -> None:
    """A network that is down when `run` starts does not keep posts for an hour."""
    from jposocial.app import open_workspace
    from jposocial.publishing import at_work

    (delivery,) = office.promise("x")
    office.clock.now = DUE
    office.misbehave("status", status=503, path="/2/users/me")
    asked = []
    with at_work(open_workspace(office.root)) as (_, dispatcher):
        for seconds in (0, 1, 58, 1, 0):
            office.clock.move(seconds=seconds)
            while dispatcher.beat():
                dispatcher.rest()
            asked.append(office.asked(WHOAMI["x"]))
    assert [1, 1, 1, 2, 2] == asked
    assert "published" == office.status(delivery)


@given(
    drifts=st.lists(st.floats(-0.5, 0.5), max_size=20),
    jump=st.one_of(st.floats(-1e6, -3), st.floats(3, 1e6)),
)
def test_only_a_clock_that_was_set_has_jumped(drifts: list[float], jump: float) -> None:
    """Slow drift, of a clock that is being corrected, is none, however much it adds up to."""
    wall, monotonic = Seconds(), Seconds()
    guard = ClockGuard(wall, monotonic)
    for drift in drifts:
        monotonic.now += 1
        wall.now += 1 + drift
        assert 0.0 == guard.jump()
    wall.now += jump
    assert guard.jump() == pytest.approx(jump, abs=0.01)
    assert 0.0 == guard.jump()
