"""Whatever happens, in whatever order: nothing twice, nothing unapproved, nothing lost.

Hypothesis plays an office: files are written, edited, broken and deleted, people approve,
hold and settle, beats run against a platform that misbehaves, processes are killed, the clock
jumps. After every step the promises are held against what the platform has accepted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tests.outbox.fakes import Answer, FakePublisher, Killed, Seen
from tests.outbox.given import NOW, TOKYO, Office, verdict
from tests.workspace import write_file

from jposocial import desk_work
from jposocial.dispatch.beat import Dispatcher
from jposocial.dispatch.desk import Desk, Tally
from jposocial.errors import Refused
from jposocial.model import Account, Status
from jposocial.outbox import claims, holds, record, rescue
from jposocial.outbox.approvals import reject
from jposocial.outbox.delivery import Delivery
from jposocial.publishing import sync_if_changed

#: Where what the platform has accepted must be found, unless a person denied it.
OUT = {Status.PUBLISHED, Status.UNCONFIRMED, Status.PUBLISHING}

#: What people do, and with rows in which states.
DECISIONS = {
    "approve": {Status.SCHEDULED},
    "approve another": {Status.SCHEDULED},
    "reject": {Status.SCHEDULED},
    "cancel": {Status.SCHEDULED, Status.FAILED, Status.MISSED},
    "retry": {Status.FAILED, Status.MISSED, Status.CANCELLED},
    "later": {Status.FAILED, Status.MISSED, Status.CANCELLED},
    "found": {Status.UNCONFIRMED},
    "absent": {Status.UNCONFIRMED},
}

#: What may come between a claim and its first visible step.
MEANWHILE: Mapping[str, Callable[[OfficeMachine], None]] = {
    "a hold": lambda self: self.hold("all"),
    "an edit": lambda self: self.write("a", 9, 3),
    "a deletion": lambda self: self.edit("a", "deleted", 0),
    "another process": lambda self: self.give_up(),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """The fake as the beat knows a publisher."""

    publisher: FakePublisher
    fingerprint: str = "fingerprint"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a person has seen and approved."""

    texts: Sequence[str]
    expires: datetime


class OfficeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.office = Office(
            Path(self.folder.name),
            accounts={"x": {"min_gap": "0", "daily_cap": 99}, "facebook": None},
            calendar={"quiet_hours": ""},
        )
        self.office.clock.now = NOW - timedelta(hours=1)
        self.publisher = FakePublisher(self.office.clock)
        self.publisher.watch = self.look_at
        #: The process that publishes now; the ones before are dead.
        self.process = 1
        #: Name → what its file says; None where it is broken, absent where there is none.
        self.files: dict[str, str | None] = {}
        #: What the files said at any moment of the run that is under way.
        self.said: set[tuple[str, str | None]] = set()
        self.consents: dict[int, Consent] = {}
        self.held: dict[int, holds.Hold] = {}
        #: Posts that a person called absent though they were out.
        self.denied: set[str] = set()
        self.final: dict[int, Status] = {}
        self.broken: list[str] = []

    def teardown(self) -> None:
        self.office.close()
        self.folder.cleanup()

    @property
    def engine(self):
        return self.office.workspace.engine

    @property
    def now(self) -> datetime:
        return self.office.clock()

    @initialize(approved=st.booleans())
    def begin(self, approved: bool) -> None:
        """Two posts are in the outbox, the one due an hour before the other."""
        for name, hours in (("a", 0), ("b", 1)):
            self.write(name, 1, hours)
        self.office.sync()
        self.office.clock.move(hours=1)
        for row in self.office.rows() if approved else ():
            self.approve(row)

    # What the staff write.

    @rule(
        name=st.sampled_from(["a", "b"]),
        version=st.sampled_from([1, 1, 2, 3, "broken", "deleted"]),
        hours=st.sampled_from([0, 1, 3, 30]),
    )
    def edit(self, name: str, version: int | str, hours: int) -> None:
        path = f"posts/notices/{name}.md"
        if version == "broken":
            self.files[name] = None
            write_file(self.office.root, path, f"---\nid: {name}\nkind: [\n---\n")
        elif version == "deleted":
            self.files.pop(name, None)
            (self.office.root / path).unlink(missing_ok=True)
        else:
            self.write(name, int(version), hours)

    def write(self, name: str, version: int, hours: int) -> None:
        due = (NOW + timedelta(hours=hours)).astimezone(TOKYO)
        self.files[name] = f"お知らせ {name} の第{version}版です。"
        self.office.write(name, self.files[name], publish=f"{due:%Y-%m-%d %H:%M}")
        self.said.add((name, self.files[name]))

    # What people decide.

    @rule(what=st.sampled_from(sorted(DECISIONS)), pick=st.integers(0, 7), sync=st.booleans())
    def decide(self, what: str, pick: int, sync: bool) -> None:
        """Somebody does `what` with one of the rows that it can be done with."""
        if sync:
            self.office.sync()
        rows = [row for row in self.office.rows() if row.status in DECISIONS[what]]
        if rows:
            with suppress(Refused):
                getattr(self, what.split(maxsplit=1)[0])(rows[pick % len(rows)])

    def approve(self, row: Delivery) -> None:
        self.office.approve(row.id)
        texts = [part.text for part in row.parts]
        self.consents[row.id] = Consent(texts=texts, expires=row.expires)

    def reject(self, row: Delivery) -> None:
        reject(self.engine, row.id, reason="理由", by="chief", now=self.now)
        self.consents.pop(row.id, None)

    def cancel(self, row: Delivery) -> None:
        desk_work.cancel(self.office.workspace, row.id)

    def retry(self, row: Delivery) -> None:
        desk_work.retry(self.office.workspace, row.id, None)

    def later(self, row: Delivery) -> None:
        desk_work.retry(self.office.workspace, row.id, self.now + timedelta(hours=1))
        self.consents.pop(row.id, None)

    def found(self, row: Delivery) -> None:
        url = f"https://x.com/example_center/status/9{row.id}"
        desk_work.resolve(self.office.workspace, row.id, url=url)

    def absent(self, row: Delivery) -> None:
        out = (row.post, 0) in self.publisher.accepts
        rescue.resolve_absent(
            self.engine, row.id, by="chief", now=self.now,
            lives=lambda host, pid, process: pid == self.process,
        )  # fmt: skip
        self.denied |= {row.post} if out else set()

    @rule(scope=st.sampled_from(["all", "account:x", "post:a", "category:routine"]))
    def hold(self, scope: str) -> None:
        kind, _, value = scope.partition(":")
        made = holds.set_hold(self.engine, kind, value, reason="理由", by="chief", now=self.now)
        self.held[made.id] = made

    @precondition(lambda self: self.held)
    @rule()
    def release(self) -> None:
        """All holds but one, or the last one."""
        for hold_id in sorted(self.held)[1:] or sorted(self.held):
            holds.release(self.engine, hold_id, by="deputy", now=self.now, self_approval=False)
            del self.held[hold_id]

    # What time and machines do.

    @rule(
        minutes=st.sampled_from([0, 0, 5, 20, 60, 60 * 26, -60]),
        answer=st.sampled_from(Answer),
        meanwhile=st.sampled_from(["nothing"] * 4 + sorted(MEANWHILE)),
        blind=st.booleans(),
        restart=st.booleans(),
    )
    def run(self, minutes: int, answer: Answer, meanwhile: str, blind: bool, restart: bool) -> None:
        """Some time later: beats until nothing is left to do, or the process is killed."""
        self.office.clock.move(minutes=minutes)
        self.process += restart
        self.publisher.blind = blind
        self.publisher.answers = deque([answer])
        self.publisher.meanwhile = lambda: self.happen(meanwhile)
        self.said = set(self.files.items())
        dispatcher = Dispatcher(self.desk(), workers=1)
        try:
            while dispatcher.beat():
                dispatcher.rest()
        except Killed:
            self.process += 1
        finally:
            dispatcher.close()

    @rule()
    def publish(self) -> None:
        """The like, with nothing in its way."""
        self.run(0, Answer.ACCEPT, "nothing", blind=False, restart=True)

    def happen(self, what: str) -> None:
        """Something comes between a claim and its first visible step, once."""
        self.publisher.meanwhile = lambda: None
        if what in MEANWHILE:
            MEANWHILE[what](self)

    def give_up(self) -> None:
        """Another process takes the lease for over, and finds that nothing had begun."""
        rows = claims.publishing(self.engine)
        for row in claims.doubt_orphans(self.engine, rows, now=self.now, actor="another"):
            record.disprove(
                self.engine, row, now=self.now, actor="another", how=record.NOTHING_BEGUN
            )

    def desk(self) -> Desk:
        workspace, process = self.office.workspace, self.process

        def line(account: Account) -> Line:
            return Line(publisher=self.publisher)

        return Desk(
            engine=self.engine,
            house=workspace.house,
            clock=self.office.clock,
            monotonic=lambda: 0.0,
            line=line,
            claimer=claims.Claimer(host="here", pid=process, process="p"),
            living=lambda: frozenset({(process, "p")}),
            sync=lambda tally: sync_if_changed(workspace, tally),
            tally=Tally(),
        )

    # What must always hold.

    def look_at(self, seen: Seen) -> None:
        """Called as the platform takes a part; what is wrong is told by the invariant."""
        row = next(row for row in self.office.rows() if row.key == seen.key)
        consent = self.consents.get(row.id)
        if consent is None:
            self.broken.append(f"unapproved: {row}")
        elif [seen.text] != consent.texts:
            self.broken.append(f"altered: {row}, approved was {consent}")
        elif seen.at >= consent.expires:
            self.broken.append(f"expired: {row}, approved was {consent}")
        if any(hold.covers(row) for hold in self.held.values()):
            self.broken.append(f"held: {row}")
        if (row.post, seen.text) not in self.said:
            self.broken.append(f"not what the file says: {row}, {self.said}")
        if row.status is not Status.PUBLISHING:
            self.broken.append(f"without a claim: {row}")

    @invariant()
    def nothing_wrong_went_out(self) -> None:
        assert [] == self.broken

    @invariant()
    def nothing_went_out_twice(self) -> None:
        twice = {post for (post, _), count in self.publisher.accepts.items() if count > 1}
        assert set() == twice - self.denied

    @invariant()
    def nothing_is_lost(self) -> None:
        rows = {row.key: row for row in self.office.rows()}
        lost = [s for s in self.publisher.timeline if rows[s.key].status not in OUT]
        assert [] == [seen for seen in lost if seen.post not in self.denied]

    @invariant()
    def final_states_are_final(self) -> None:
        now = {row.id: row.status for row in self.office.rows()}
        assert self.final == {i: status for i, status in now.items() if i in self.final}
        ends = (Status.PUBLISHED, Status.CANCELLED)
        self.final = {i: status for i, status in now.items() if status in ends}

    @invariant()
    def only_the_claimer_has_what_is_publishing(self) -> None:
        assert all(
            (row.status is Status.PUBLISHING) == (row.claim_pid is not None)
            for row in self.office.rows()
        )

    @invariant()
    def the_record_is_whole(self) -> None:
        assert verdict(self.engine).ok


TestOffice = OfficeMachine.TestCase
TestOffice.settings = settings(
    max_examples=100,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
