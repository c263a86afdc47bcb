"""The demo: the sample posts, from December 2026 to March 2027, on a jumping clock.

A throw-away workspace, the real beat, real HTTP to the embedded sandbox; it begins on the
same day whatever today is, and approves as `rehearsal`, who can approve for sandboxes alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jposocial import desk_work
from jposocial.app import Workspace, open_workspace
from jposocial.messages import Message, msg
from jposocial.model import Status
from jposocial.outbox.approvals import REHEARSAL
from jposocial.outbox.claims import next_instant
from jposocial.outbox.queue import Queued, queue
from jposocial.publishing import at_work, embedded_sandbox, outcomes_to
from jposocial.sandbox import render_page
from jposocial.starter import copy_starter
from jposocial.store.audit import verify
from jposocial.store.engine import reading

#: The samples' quarter.
FIRST: Final = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
LAST: Final = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)


class JumpingClock:
    """A clock that stands still until it is put forward."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, kw_only=True, slots=True)
class Demo:
    folder: Path
    page: Path
    zone: ZoneInfo
    rows: Sequence[Queued]
    events: int
    record_ok: bool

    @property
    def whole(self) -> bool:
        """Whether everything that was planned went out, and the record fits."""
        return (
            self.record_ok
            and bool(self.rows)
            and all(q.delivery.status is Status.PUBLISHED for q in self.rows)
        )


def run_demo(out: Path | None, *, language: str, say: Callable[[Message], None]) -> Demo:
    """Play the quarter; `say` hears each step. Raises Refused where `out` is a workspace."""
    folder = out or Path(tempfile.mkdtemp(prefix="jposocial-demo-"))
    say(msg("1 a workspace with the sample posts: {folder}", folder=str(folder)))
    copy_starter(folder)
    clock = JumpingClock(FIRST)
    workspace = open_workspace(folder, clock=clock, identity=lambda: REHEARSAL)
    problems = workspace.check()
    say(
        msg(
            "2 checked: {posts} posts, {problems} problems",
            posts=len(workspace.posts()),
            problems=len(problems),
        )
    )
    say(
        msg(
            "3 planned: {count} posts to accounts, until {day}",
            count=len(workspace.plan(end=LAST).placements),
            day=f"{LAST:%Y-%m-%d}",
        )
    )
    play(workspace, clock, LAST, say)
    return _result(workspace, language)


def play(
    workspace: Workspace, clock: JumpingClock, end: datetime, say: Callable[[Message], None]
) -> None:
    """The beat, from one instant at which something happens to the next, until `end`."""
    with at_work(
        workspace,
        workers=1,
        hear=outcomes_to(
            lambda delivery, outcome: say(
                msg(
                    "  {day} delivery {id}: {outcome}",
                    day=f"{clock.now:%Y-%m-%d}",
                    id=delivery,
                    outcome=outcome,
                )
            )
        ),
    ) as (_, dispatcher):
        while clock.now < end:
            while dispatcher.beat():
                dispatcher.rest()
            approve_all(workspace)
            steps = (next_instant(workspace.engine, clock.now), workspace.next_cutoff())
            clock.now = min(step for step in (*steps, end) if step)


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


def _result(workspace: Workspace, language: str) -> Demo:
    sandbox = embedded_sandbox(workspace)
    page = workspace.root / "timelines.html"
    zone = workspace.settings.calendar.zone
    entries = sandbox.timeline.entries()
    text = render_page(sandbox.accounts, entries, language, zone, sandbox.timeline.image)
    page.write_text(text, encoding="utf-8")
    sandbox.timeline.close()
    with reading(workspace.engine) as connection:
        record = verify(connection)
    rows = [
        q
        for q in queue(workspace.engine, workspace.house, now=workspace.clock())
        if q.delivery.due < LAST
    ]
    return Demo(
        folder=workspace.root,
        page=page,
        zone=zone,
        rows=rows,
        events=record.rows,
        record_ok=record.ok,
    )
