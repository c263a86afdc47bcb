"""A period played through the same beat, on a jumping clock, against the sandbox alone.

The files are read where they are and never written; database, images and timelines are below
`home`. Whoever approves is `rehearsal`, who can approve for sandboxes alone, and no secret of the
configuration is read: every account is in sandbox mode and has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jposocial import desk_work
from jposocial.app import Workspace
from jposocial.model import Account, Placement, Problem, Status, Unplaced
from jposocial.outbox.approvals import REHEARSAL
from jposocial.outbox.claims import next_instant
from jposocial.outbox.lead import take_as_out
from jposocial.outbox.queue import queue
from jposocial.publishing import at_work, report_of
from jposocial.settings import Settings

if TYPE_CHECKING:
    from jposocial.publishing import PublishReport
    from jposocial.survey import Survey

#: So long before the first day what the files would have sent is taken as out.
LEAD: Final = timedelta(days=366)

#: (post, account, moment, occurrence): a promise, whatever became of its row.
Key = tuple[str, str, str, str]

#: Is told what a step did: when by the played clock, which delivery, what became of it.
Progress = Callable[[datetime, int, str], None]


class JumpingClock:
    """A clock that stands still until it is put forward."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now


class Rehearsed(Workspace):
    """A workspace whose every survey is remembered: what was placed, what was not, and why."""

    def __init__(self, root: Path, settings: Settings, home: Path, clock: JumpingClock) -> None:
        super().__init__(
            root, in_sandbox(settings), clock=clock, identity=lambda: REHEARSAL, home=home
        )
        self.placed: dict[tuple[Key, datetime], Placement] = {}
        self.unplaced: dict[Key, Unplaced] = {}
        #: What was found, and on which instant first.
        self.found: dict[tuple[Any, ...], tuple[datetime, Problem]] = {}
        kinds = {series.kind for series in settings.series.values()}
        #: What series alone use: that its time was over before the first day is no error here.
        self.of_series = frozenset(
            p.id for p in self.posts() if p.kind in kinds and p.publish is None
        )

    def survey(
        self, now: datetime | None = None, until: datetime | None = None, *, keep: bool = False
    ) -> Survey:
        found = super().survey(now, until, keep=keep)
        if now is None or now >= self.clock():
            self._remember(found, now or self.clock())
        return found

    def _remember(self, found: Survey, now: datetime) -> None:
        for placement in found.plan.placements:
            self.placed.setdefault((key_of(placement), placement.due), placement)
        for one in found.plan.unplaced:
            key = key_of(one)
            # The first reason is the one to tell, but for a file that is still missing later.
            if key not in self.unplaced or one.reason == "no_file":
                self.unplaced[key] = one
        for problem in found.problems:
            if problem.rule == "E02" and problem.post in self.of_series:
                continue
            said = (problem.path, problem.line, problem.rule, problem.post, problem.account)
            # Another day says it in other words: a count of days, the day itself.
            self.found.setdefault(said, (now, problem))


def key_of(one: Placement | Unplaced) -> Key:
    return one.post, one.account, one.moment, one.occurrence


def in_sandbox(settings: Settings) -> Settings:
    """The configuration with every account in the sandbox, a database of its own, and no mail."""
    accounts = {name: _practice(account) for name, account in settings.accounts.items()}
    return replace(
        settings,
        accounts=accounts,
        database_url="sqlite:///var/jposocial.db",
        notify=None,
    )


def _practice(account: Account) -> Account:
    return replace(account, mode="sandbox", base_url=None, secrets={})


def lead_in(workspace: Rehearsed) -> int:
    """Take as out what the files would have sent before the first day; how many posts that are.

    Without it a rehearsal of March would announce what February has long announced. Series begin
    anew: what they would have picked before, only the record of a real outbox knows.
    """
    now = workspace.clock()
    survey = Workspace.survey(workspace, now - LEAD, now)
    before = [p for p in survey.promises if p.placement.due < now and p.placement.occurrence == "-"]
    return take_as_out(workspace.engine, before, workspace.settings.calendar, now=now, by=REHEARSAL)


def play(
    workspace: Workspace, clock: JumpingClock, end: datetime, progress: Progress
) -> PublishReport:
    """The beat, from one instant at which something happens to the next, until `end`."""

    def hear(event: str, about: Mapping[str, Any]) -> None:
        if event == "delivery":
            progress(clock.now, about["delivery"], about["outcome"])

    with at_work(workspace, workers=1, hear=hear) as (desk, dispatcher):
        while clock.now < end:
            while dispatcher.beat():
                dispatcher.rest()
            approve_all(workspace)
            steps = (next_instant(workspace.engine, clock.now), workspace.next_cutoff())
            clock.now = min(step for step in (*steps, end) if step)
        return report_of(workspace, desk)


def approve_all(workspace: Workspace) -> None:
    """A rehearsal approves what waits for it, exactly as it stands."""
    waiting = [
        q.delivery
        for q in queue(
            workspace.engine, workspace.house, now=workspace.clock(), status=Status.SCHEDULED
        )
        if "approval" in q.blockers
    ]
    if waiting:
        desk_work.approve(workspace, [f"{d.id}:{d.payload_hash}" for d in waiting])
