"""Whatever happens, in whatever order: nothing twice, nothing unapproved, nothing lost.

Hypothesis plays an office: files are written, edited, broken and deleted, people approve, hold,
settle and retract, beats run against a platform that misbehaves at any part of a single post or
of a thread, processes are killed, the clock jumps. After every step the promises are held
against what the platform has accepted; at the end a person ends whatever is left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
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
from jposocial.outbox import claims, holds, record, rescue, retract
from jposocial.outbox.approvals import reject
from jposocial.outbox.delivery import Delivery
from jposocial.publishing import sync_if_changed

#: Where what the platform has accepted must be found, unless a person denied it.
OUT = {Status.PUBLISHED, Status.UNCONFIRMED, Status.PUBLISHING}

#: Where a commit costs nothing: what is shown here is not that of a power failure.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  random names in it

POSTS = ("a", "b", "c", "d", "e", "f")

#: Those of several parts, and of how many.
THREADS = {"a": 2, "c": 3, "e": 3}

#: What people do with rows, and with those in which states.
DECIDED = {
    "absent": {Status.UNCONFIRMED},
    "found": {Status.UNCONFIRMED},
    "later": {Status.FAILED, Status.MISSED, Status.CANCELLED},
    "retry": {Status.FAILED, Status.MISSED, Status.CANCELLED},
    "approve": {Status.SCHEDULED},
    "reject": {Status.SCHEDULED},
    "cancel": {Status.SCHEDULED, Status.FAILED, Status.MISSED},
    "retract": {Status.PUBLISHED, Status.FAILED, Status.UNCONFIRMED, Status.SCHEDULED},
}

#: Who takes back what the chief has approved.
DEPUTY = retract.Person(name="deputy", self_approval=False)

#: What may come between a claim and a visible step of its.
MEANWHILE: Mapping[str, Callable[[OfficeMachine, str], None]] = {
    "nothing": lambda self, post: None,
    "a hold": lambda self, post: self.hold("all"),
    "an edit": lambda self, post: self.write(post, 9, 3),
    "a deletion": lambda self, post: self.edit(post, "deleted", 0),
    "another process": lambda self, post: self.give_up(),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What people do, what time does, and how the run after it fares."""

    #: Whether the chief first approves all that waits.
    signed: bool
    acts: Sequence[tuple[Any, ...]]
    minutes: int
    answer: Answer
    meanwhile: str
    blind: bool
    restart: bool
    #: The part of a thread that the answer strikes, and the one before which something happens.
    part: int
    before: int


def step(seed: int) -> Step:
    """One of all steps that there are, each value as likely as it should be.

    Hypothesis likes what is simple and what it has seen; here the rare is what is looked for.
    """
    one = Random(seed)  # noqa: S311  no secret
    return Step(
        signed=one.random() < 0.9,
        acts=[act(one) for _ in range(one.choice([0, 1, 1, 2]))],
        minutes=one.choice([60] * 12 + [0, 5, 20, -60, 60 * 26]),
        answer=one.choice([Answer.ACCEPT] * 3 + list(Answer)),
        meanwhile=one.choice(["nothing"] * 3 + list(MEANWHILE)),
        blind=one.random() < 0.3,
        restart=one.random() < 0.7,
        part=one.choice([0, 0, 1, 2]),
        before=one.choice([0, 0, 1, 2]),
    )


def act(one: Random) -> tuple[Any, ...]:
    """A method of the machine, and what it is called with."""
    scope = one.choice(["post:b", "post:c", "category:routine", "account:x", "all"])
    version = one.choice([1, 2, 3, 4, "broken", "deleted"])
    return one.choices(
        [
            ("decide", one.randrange(840), one.randrange(840), one.random() < 0.5),
            ("edit", one.choice(POSTS), version, one.choice([0, 1, 3, 30])),
            ("hold", scope),
            ("release", scope),
        ],
        weights=[5, 5, 1, 2],
    )[0]


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


def _weight(what: str, row: Delivery) -> int:
    """How likely somebody does that with the row: half a thread is worth more than the rest."""
    if what == "retract" and (not row.has_accepted or row.retraction == retract.DONE):
        return 0
    return 5 if row.has_accepted and row.status is not Status.PUBLISHED else 1


def _is_known(row: Delivery, part: int) -> bool:
    """Whether the outbox takes the part for out, or for perhaps out."""
    return row.status in OUT or row.parts[part].state == "accepted"


class OfficeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir=MEMORY)
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
        #: (post, part) that a person called absent though it was out.
        self.denied: set[tuple[str, int]] = set()
        self.final: dict[int, Status] = {}
        self.broken: list[str] = []

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.a_person_can_end_all_of_it()
        finally:
            self.office.close()
            self.folder.cleanup()

    @property
    def engine(self):
        return self.office.workspace.engine

    @property
    def now(self) -> datetime:
        return self.office.clock()

    @initialize()
    def begin(self) -> None:
        """Posts are in the outbox, due hour by hour; nobody has approved them yet."""
        for hours, name in enumerate(POSTS):
            self.write(name, 1, hours)
        self.office.sync()

    @rule(step=st.integers(0, 2**64 - 1).map(step))
    def go_on(self, step: Step) -> None:
        """What waits is approved, people do this and that; some time later there is a run."""
        for row in self.office.rows() if step.signed else ():
            if row.status is Status.SCHEDULED and row.id not in self.consents:
                self.approve(row)
        for name, *values in step.acts:
            getattr(self, name)(*values)
        self.office.clock.move(minutes=step.minutes)
        self.process += step.restart
        self.publisher.blind = step.blind
        self.publisher.answers = deque([step.answer])
        self.publisher.strikes, self.publisher.interrupts = step.part, step.before
        self.publisher.meanwhile = lambda variant: self.happen(step.meanwhile, variant.post)
        self.run()

    # What the staff write.

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
        parts = [f"お知らせ {name} の第{version}版です。"]
        parts += [f"その{n}（{name}、第{version}版）。" for n in range(2, THREADS.get(name, 1) + 1)]
        self.files[name] = "\n---part---\n".join(parts)
        self.office.write(name, self.files[name], publish=f"{due:%Y-%m-%d %H:%M}")
        self.said.add((name, self.files[name]))

    # What people decide.

    def decide(self, what: int, which: int, sync: bool) -> None:
        """Somebody does one of the things that can be done with some row."""
        if sync:
            self.office.sync()
        rows = self.office.rows()
        able = {
            name: [row for row in rows if row.status in statuses for _ in range(_weight(name, row))]
            for name, statuses in DECIDED.items()
        }
        names = [name for name, found in able.items() if found]
        if names:
            name = names[what % len(names)]
            with suppress(Refused):
                getattr(self, name)(able[name][which % len(able[name])])

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
        """Where it is out a person copies its address; else somebody mistook another for it."""
        part = rescue.part_in_doubt(self.engine, row.id)
        out = [s.id for s in self.publisher.timeline if (s.key, s.part) == (row.key, part)]
        url = f"https://x.com/example_center/status/{out[-1] if out else f'9{row.id}{part}'}"
        desk_work.resolve(self.office.workspace, row.id, url=url)

    def retract(self, row: Delivery) -> None:
        taken = retract.begin(self.engine, row.id, DEPUTY, reason="誤り", now=self.now)
        gone = [
            retract.PartOutcome(
                receipt=receipt, outcome="deleted" if self.publisher.delete(receipt.id) else "gone"
            )
            for receipt in reversed(taken.receipts)
        ]
        retract.finish(self.engine, taken, gone, reason="誤り", by=DEPUTY.name, now=self.now)

    def absent(self, row: Delivery) -> None:
        part = (row.post, rescue.part_in_doubt(self.engine, row.id))
        out = part in self.publisher.accepts
        rescue.resolve_absent(
            self.engine, row.id, by="chief", now=self.now,
            lives=lambda host, pid, process: pid == self.process,
        )  # fmt: skip
        self.denied |= {part} if out else set()

    def hold(self, scope: str) -> None:
        kind, _, value = scope.partition(":")
        made = holds.set_hold(self.engine, kind, value, reason="理由", by="chief", now=self.now)
        self.held[made.id] = made

    def release(self, scope: str) -> None:
        """All holds but those of `scope`; what fell due under one alone is missed by it."""
        for hold in [hold for hold in self.held.values() if hold.scope != scope]:
            del self.held[hold.id]
            overdue = [
                row.id
                for row in self.office.rows()
                if row.status is Status.SCHEDULED
                and not row.has_accepted
                and row.due < self.now
                and hold.covers(row)
                and not any(other.covers(row) for other in self.held.values())
            ]
            assert overdue == holds.release(
                self.engine, hold.id, by="deputy", now=self.now, self_approval=False
            )

    # What time and machines do.

    def run(self) -> None:
        """Beats until nothing is left to do, or the process is killed."""
        self.said = set(self.files.items())
        dispatcher = Dispatcher(self.desk(), workers=1)
        try:
            while dispatcher.beat():
                dispatcher.rest()
        except Killed:
            self.process += 1
        finally:
            dispatcher.close()

    def happen(self, what: str, post: str) -> None:
        """Something comes between a claim and a visible step of its, once."""
        self.publisher.meanwhile = lambda variant: None
        MEANWHILE[what](self, post)

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
        elif seen.text != consent.texts[seen.part]:
            self.broken.append(f"altered: {row}, approved was {consent}")
        elif seen.at >= consent.expires:
            self.broken.append(f"expired: {row}, approved was {consent}")
        before = row.parts[seen.part - 1] if seen.part else None
        if before and (before.state, before.remote_id) != ("accepted", seen.parent):
            self.broken.append(f"not below the part before: {row}, {seen}")
        if row.retraction:
            self.broken.append(f"retracted: {row}")
        if any(hold.covers(row) for hold in self.held.values()):
            self.broken.append(f"held: {row}")
        # Once the first part is out, the rest follows as it was approved, whatever is edited.
        if (
            not seen.part
            and (row.post, "\n---part---\n".join(consent.texts if consent else ())) not in self.said
        ):
            self.broken.append(f"not what the file says: {row}, {self.said}")
        if row.status is not Status.PUBLISHING:
            self.broken.append(f"without a claim: {row}")

    @invariant()
    def nothing_wrong_went_out(self) -> None:
        assert [] == self.broken

    @invariant()
    def nothing_went_out_twice(self) -> None:
        twice = {part for part, count in self.publisher.accepts.items() if count > 1}
        assert set() == twice - self.denied

    @invariant()
    def every_row_is_as_it_should_be(self) -> None:
        rows = self.office.rows()
        self.nothing_is_lost({row.key: row for row in rows})
        self.final_states_are_final({row.id: row.status for row in rows})
        self.what_a_person_cancelled_stays_so(rows)
        self.half_a_thread_is_neither_dropped_nor_forgotten(rows)
        held = [row for row in rows if row.claim_pid is not None or row.lease_until is not None]
        assert [row for row in rows if row.status is Status.PUBLISHING] == held

    def nothing_is_lost(self, rows: Mapping[str, Delivery]) -> None:
        lost = [
            seen for seen in self.publisher.timeline if not _is_known(rows[seen.key], seen.part)
        ]
        assert set() == {(seen.post, seen.part) for seen in lost} - self.denied

    def final_states_are_final(self, now: Mapping[int, Status]) -> None:
        assert self.final == {i: status for i, status in now.items() if i in self.final}
        ends = (Status.PUBLISHED, Status.CANCELLED)
        self.final = {i: status for i, status in now.items() if status in ends}

    def what_a_person_cancelled_stays_so(self, rows: Sequence[Delivery]) -> None:
        """Until somebody brings it back: then the row names the one that came after it."""
        last = {row.post: row for row in rows}
        assert [] == [
            row
            for row in rows
            if row.cancelled_by == "person" and row.replaced_by is None and last[row.post] != row
        ]

    def half_a_thread_is_neither_dropped_nor_forgotten(self, rows: Sequence[Delivery]) -> None:
        """It goes on, waits for a person, or is out; its proofs are those of its first parts."""
        rows = [row for row in rows if row.has_accepted]
        assert {row.status for row in rows} <= {
            Status.SCHEDULED, Status.PUBLISHING, Status.FAILED, Status.UNCONFIRMED, Status.PUBLISHED
        }  # fmt: skip
        assert [list(range(len(row.receipts))) for row in rows] == [
            [receipt.part for receipt in row.receipts] for row in rows
        ]
        whole = [row for row in rows if row.status is Status.PUBLISHED]
        assert [len(row.parts) for row in whole] == [len(row.receipts) for row in whole]
        # What is taken back never goes on, whatever becomes of its part in doubt.
        assert {row.status for row in rows if row.retraction} <= {
            Status.FAILED, Status.UNCONFIRMED, Status.PUBLISHED
        }  # fmt: skip

    def a_person_can_end_all_of_it(self) -> None:
        """No row is left that is neither out, nor cancelled, nor taken back, once people want so."""
        self.process += 1
        self.give_up()
        for act in ("absent", "cancel", "retract"):
            for row in self.office.rows():
                with suppress(Refused):
                    if row.status in DECIDED[act]:
                        getattr(self, act)(row)
        ended = (Status.PUBLISHED, Status.CANCELLED)
        left = [row for row in self.office.rows() if row.status not in ended]
        assert [] == [row for row in left if row.retraction != retract.DONE]

    @invariant()
    def the_record_is_whole(self) -> None:
        assert verdict(self.engine).ok


TestOffice = OfficeMachine.TestCase
TestOffice.settings = settings(
    max_examples=60,
    stateful_step_count=8,
    deadline=None,
    # Eight steps can be read as they are; making them fewer takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
