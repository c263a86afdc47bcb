"""One account of a platform, its outbox and the beat, against the sandbox over real HTTP.

The outbox, the beat, the publisher and every request are the real ones; rows are put into the
queue as sync would put them, and only the time of day is given.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tests.media.pictures import picture
from tests.outbox.given import HERE, Outbox
from tests.publishers.rigs import Rig

from jposocial.cli.next_steps import next_step
from jposocial.dispatch.beat import Dispatcher
from jposocial.dispatch.desk import Desk, Tally
from jposocial.media.encoding import prepared
from jposocial.media.store import MediaStore
from jposocial.model import Account, Media, Part, Placement, Post, Status, Variant
from jposocial.outbox import health, rescue
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.promise import Promise, insert_delivery, part_values, row_values
from jposocial.protocols import Publisher
from jposocial.publishers import Supplies, publisher
from jposocial.sandbox import Entry, Sandbox, Timeline

#: More turns than any of these takes to come to its end.
MOST_TURNS = 9


@dataclass(frozen=True, kw_only=True)
class Line:
    publisher: Publisher
    fingerprint: str = "fingerprint"


class ContractDesk:
    """What a person can do with one account, and what its readers see."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig = rig
        self.outbox = Outbox(folder)
        self.timeline = Timeline(folder / "sandbox" / "timeline.jsonl")
        self.sandbox = Sandbox([rig.sandbox_account()], self.timeline, self.outbox.clock).start()
        self.store = MediaStore(folder / "media")
        calendar = replace(self.outbox.house.calendar, quiet_hours=None)
        self.outbox.house = replace(
            self.outbox.house, calendar=calendar, has_image=self.store.intact
        )
        self.seconds(20)

    def close(self) -> None:
        self.sandbox.stop()
        self.timeline.close()
        self.outbox.engine.dispose()

    def seconds(self, timeout: float) -> None:
        """The total time of one request."""
        self.outbox.change(
            self.rig.platform, handle="example_center", base_url=self.sandbox.url,
            timeout=timedelta(seconds=timeout), min_gap=timedelta(), daily_cap=99,
        )  # fmt: skip

    # What is promised.

    def approved(self, texts: Sequence[str], images: int = 0) -> int:
        """A due row of one text, or a thread; the first part with so many images."""
        made = self._promise(texts, images)
        self.outbox.approve(made)
        return made

    def _promise(self, texts: Sequence[str], images: int) -> int:
        name, now = self.rig.platform, self.outbox.clock()
        parts = [Part(text=text) for text in texts]
        parts[0] = replace(parts[0], media=tuple(self._image(n) for n in range(images)))
        grace = timedelta(hours=24)
        made = Promise(
            post=Post(id="hello", kind="notice", title="題", path="posts/a.md", owner="author"),
            account=self.outbox.house.accounts[name],
            placement=Placement(
                post="hello", kind="notice", moment="announce", account=name, due=now,
                nominal=now, expires=now + grace, grace=grace,
            ),
            variant=Variant(
                post="hello", kind="notice", moment="announce", account=name, platform=name,
                parts=tuple(parts),
            ),
        )  # fmt: skip
        with self.outbox.engine.begin() as connection:
            values = row_values(made, self.outbox.house.calendar)
            return insert_delivery(connection, values, part_values(made.variant))

    def _image(self, number: int) -> Media:
        image = prepared(picture(size=(40 + number, 20)), "a.png")
        self.store.keep(image)
        return Media(
            file=f"posts/media/{number}.png", alt=f"図{number}", digest=image.digest,
            type=image.type, size=len(image.data),
        )  # fmt: skip

    # What the machine does.

    def run(self) -> Tally:
        """One run of `publish`: the beat, until there is nothing to do."""
        tally = Tally()
        dispatcher = Dispatcher(self._desk(tally), workers=1)
        try:
            while dispatcher.beat():
                dispatcher.rest()
        finally:
            dispatcher.close()
        return tally

    def _desk(self, tally: Tally) -> Desk:
        return Desk(
            engine=self.outbox.engine,
            house=self.outbox.house,
            clock=self.outbox.clock,
            monotonic=time.monotonic,
            line=self._line,
            claimer=HERE,
            living=lambda: frozenset({(HERE.pid, HERE.process)}),
            sync=lambda tally: None,
            tally=tally,
        )

    def _line(self, account: Account) -> Line:
        supplies = Supplies(read=self.store.read, clock=self.outbox.clock)
        return Line(publisher=publisher(account, self.rig.secrets, supplies))

    # What a person sees and does.

    def row(self, delivery: int) -> Delivery:
        return self.outbox.row(delivery)

    def readers(self) -> tuple[Entry, ...]:
        return self.sandbox.entries()

    def posted(self) -> Counter[str]:
        """How often each text is to be seen."""
        return Counter(entry.text for entry in self.readers())

    def end(self, delivery: int) -> list[str]:
        """Let time pass, and do what `queue` names, until it is published; what was done."""
        done: list[str] = []
        for _ in range(MOST_TURNS):
            row = self.row(delivery)
            if row.status is Status.PUBLISHED:
                return done
            if row.look_after is None and (step := next_step(row, self.outbox.clock())):
                done.append(self._act(row, step))
            self._wait(row)
            self.run()
        raise AssertionError(f"it does not end: {self.row(delivery)}")

    def _act(self, row: Delivery, step: str) -> str:
        """Carry out one of the commands that the sentence names."""
        command = next(iter(re.findall(rf"jposocial (\w+) {row.id}\b", step)))
        now = self.outbox.clock()
        if command == "retry":
            rescue.retry(
                self.outbox.engine, row.id, self.outbox.house, at=None, by="chief", now=now
            )
            return "retry"
        assert command == "resolve", step
        number = rescue.part_in_doubt(self.outbox.engine, row.id)
        assert row.parts[number].text not in self.posted(), "the look has found what is there"
        rescue.resolve_absent(
            self.outbox.engine, row.id, by="chief", now=now, lives=lambda *who: False
        )
        return "resolve --absent"

    def _wait(self, row: Delivery) -> None:
        known = health.health(self.outbox.engine, self.rig.platform)
        self.outbox.clock.move(minutes=5)
        after = [at for at in (row.retry_at, known.limited_until) if at]
        self.outbox.clock.now = max([self.outbox.clock.now, *after])
