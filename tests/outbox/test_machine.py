"""Whatever happens, in whatever order: nothing twice, nothing unapproved, nothing lost.

Hypothesis plays an office: files are written, edited, broken and deleted, people approve,
hold and settle, beats run against a platform that misbehaves, processes are killed, the clock
jumps. After every step the promises are held against what the platform has accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from tests.outbox.given import NOW, Office, verdict
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

NAMES = st.sampled_from(["a", "b"])
PICK = st.integers(0, 7)


def there(*statuses: Status) -> Callable[[OfficeMachine], bool]:
    """A precondition: there is a row to do it with."""
    return lambda self: any(row.status in statuses for row in self.office.rows())


#: Where what the platform has accepted must be found, unless a person denied it.
OUT = {Status.PUBLISHED, Status.UNCONFIRMED, Status.PUBLISHING}


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

    def one_of(self, pick: int, *statuses: Status) -> Delivery | None:
        rows = [row for row in self.office.rows() if row.status in statuses]
        return rows[pick % len(rows)] if rows else None

    @initialize(approved=st.booleans())
    def begin(self, approved: bool) -> None:
        """Two posts are in the outbox, the one due an hour before the other."""
        for name, hours in (("a", 0), ("b", 1)):
            self.write(name, 1, hours)
        self.office.sync()
        self.jump(60)
        for pick in range(2 * approved):
            self.approve(pick)

    # What the staff write.

    @rule(name=NAMES, version=st.integers(1, 3), hours=st.sampled_from([0, 1, 3, 30]))
    def write(self, name: str, version: int, hours: int) -> None:
        due = (NOW + timedelta(hours=hours)).astimezone(
            self.office.workspace.settings.calendar.zone
        )
        self.files[name] = f"お知らせ {name} の第{version}版です。"
        self.office.write(name, self.files[name], publish=f"{due:%Y-%m-%d %H:%M}")
        self.said.add((name, self.files[name]))

    @rule(name=NAMES)
    def break_file(self, name: str) -> None:
        self.files[name] = None
        write_file(self.office.root, f"posts/notices/{name}.md", f"---\nid: {name}\nkind: [\n---\n")

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        self.files.pop(name, None)
        (self.office.root / f"posts/notices/{name}.md").unlink(missing_ok=True)

    @rule()
    def sync(self) -> None:
        self.office.sync()

    # What people decide.

    @precondition(there(Status.SCHEDULED))
    @rule(pick=PICK)
    def approve(self, pick: int) -> None:
        if row := self.one_of(pick, Status.SCHEDULED):
            self.office.approve(row.id)
            texts = [part.text for part in row.parts]
            self.consents[row.id] = Consent(texts=texts, expires=row.expires)

    @precondition(there(Status.SCHEDULED))
    @rule(pick=PICK)
    def reject(self, pick: int) -> None:
        if row := self.one_of(pick, Status.SCHEDULED):
            reject(self.engine, row.id, reason="理由", by="chief", now=self.now)
            self.consents.pop(row.id, None)

    @rule(
        scope=st.sampled_from(
            [("all", ""), ("account", "x"), ("post", "a"), ("category", "routine")]
        )
    )
    def hold(self, scope: tuple[str, str]) -> None:
        made = holds.set_hold(self.engine, *scope, reason="理由", by="chief", now=self.now)
        self.held[made.id] = made

    @precondition(lambda self: self.held)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        hold_id = sorted(self.held)[pick % len(self.held)]
        holds.release(self.engine, hold_id, by="deputy", now=self.now, self_approval=False)
        del self.held[hold_id]

    @precondition(there(Status.SCHEDULED, Status.FAILED, Status.MISSED))
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if row := self.one_of(pick, Status.SCHEDULED, Status.FAILED, Status.MISSED):
            with suppress(Refused):
                desk_work.cancel(self.office.workspace, row.id)

    @precondition(there(Status.FAILED, Status.MISSED, Status.CANCELLED))
    @rule(pick=PICK, hours=st.sampled_from([None, 1, 30]))
    def retry(self, pick: int, hours: int | None) -> None:
        if row := self.one_of(pick, Status.FAILED, Status.MISSED, Status.CANCELLED):
            at = self.now + timedelta(hours=hours) if hours else None
            with suppress(Refused):
                desk_work.retry(self.office.workspace, row.id, at)
                if at:
                    self.consents.pop(row.id, None)

    @precondition(there(Status.UNCONFIRMED))
    @rule(pick=PICK)
    def resolve_published(self, pick: int) -> None:
        if row := self.one_of(pick, Status.UNCONFIRMED):
            url = f"https://x.com/example_center/status/9{row.id}"
            desk_work.resolve(self.office.workspace, row.id, url=url)

    @precondition(there(Status.UNCONFIRMED))
    @rule(pick=PICK)
    def resolve_absent(self, pick: int) -> None:
        if row := self.one_of(pick, Status.UNCONFIRMED):
            out = (row.post, 0) in self.publisher.accepts
            with suppress(Refused):
                rescue.resolve_absent(
                    self.engine, row.id, by="chief", now=self.now,
                    lives=lambda host, pid, process: pid == self.process,
                )  # fmt: skip
                self.denied |= {row.post} if out else set()

    # What time and machines do.

    @rule(minutes=st.sampled_from([1, 5, 60, 60 * 26, -60]))
    def jump(self, minutes: int) -> None:
        self.office.clock.move(minutes=minutes)

    @rule(blind=st.booleans())
    def timeline(self, blind: bool) -> None:
        self.publisher.blind = blind

    @rule()
    def restart(self) -> None:
        self.process += 1

    @rule(
        answer=st.sampled_from(Answer),
        meanwhile=st.sampled_from(["nothing"] * 4 + ["hold", "edit", "delete", "give up"]),
    )
    def beat(self, answer: Answer, meanwhile: str) -> None:
        """A whole run: beats until nothing is left to do, or the process is killed."""
        self.publisher.answers.clear()
        self.publisher.answers.append(answer)
        self.publisher.meanwhile = self.once(meanwhile)
        self.said = set(self.files.items())
        dispatcher = Dispatcher(self.desk(), workers=1)
        try:
            while dispatcher.beat():
                dispatcher.rest()
        except Killed:
            self.process += 1
        finally:
            dispatcher.close()

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

    def once(self, what: str) -> Callable[[], None]:
        """Something that happens between a claim and its first visible step."""

        def happen() -> None:
            self.publisher.meanwhile = lambda: None
            {
                "nothing": lambda: None,
                "hold": lambda: self.hold(("all", "")),
                "edit": lambda: self.write("a", 9, 3),
                "delete": lambda: self.delete("a"),
                "give up": self.give_up,
            }[what]()

        return happen

    def give_up(self) -> None:
        """Another process takes the lease for over, and finds that nothing had begun."""
        rows = claims.publishing(self.engine)
        for row in claims.doubt_orphans(self.engine, rows, now=self.now, actor="another"):
            record.disprove(
                self.engine, row, now=self.now, actor="another", how=record.NOTHING_BEGUN
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
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
