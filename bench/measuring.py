"""Timing two things in turns: the ratio of their medians is what counts, not the seconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of docs/performance.md; `ratio` is ours over the floor."""

    work: str
    #: At most so many times the floor.
    goal: float
    against: str
    ours: float
    floor: float

    @property
    def ratio(self) -> float:
        return self.ours / self.floor


def alternated(
    work: str,
    goal: float,
    against: str,
    ours: Callable[[], None],
    floor: Callable[[], None],
    *,
    rounds: int,
) -> Row:
    """Run both in turns, `rounds` times, after one run of each that does not count."""
    ours()
    floor()
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(_seconds(ours))
        theirs.append(_seconds(floor))
    return Row(
        work=work,
        goal=goal,
        against=against,
        ours=statistics.median(mine),
        floor=statistics.median(theirs),
    )


def _seconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
