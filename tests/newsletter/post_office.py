"""A frozen, released issue in a database of its own, and what sends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert, select, update

from jposocial.host import this_process
from jposocial.model import Calendar, Post
from jposocial.newsletter import issues, ledger
from jposocial.newsletter.brake import Brake
from jposocial.newsletter.hot import HotStatements
from jposocial.newsletter.issues import Addressee, Edition, Issue, mail_account
from jposocial.newsletter.ledger import Recipient, Totals
from jposocial.newsletter.mailroom import Envelope, Office, Sent, send
from jposocial.newsletter.relay import Door, Line
from jposocial.newsletter.throttle import Throttle
from jposocial.newsletters import Imprint, Newsletter
from jposocial.outbox import approvals
from jposocial.outbox.blockers import House
from jposocial.store.engine import open_engine, reading, require_schema
from jposocial.store.mail_tables import LEDGER, LISTS, SUBSCRIBERS

NOW = datetime(2027, 1, 14, 0, 30, tzinfo=UTC)
DUE = datetime(2027, 1, 14, 1, 0, tzinfo=UTC)
CALENDAR = Calendar(zone=ZoneInfo("Asia/Tokyo"))
POST = "2027-01-14-newsletter"
NEWSLETTER = Newsletter(
    name="monthly", list="monthly", purpose="news", sender="news@example.go.jp",
    imprints={"ja": Imprint(name="見本", publisher="見本", address="見本市1-1", contact="news@example.go.jp")},
)  # fmt: skip


def addressees(number: int) -> list[Addressee]:
    return [
        Addressee(
            subscriber=n + 1, address=f"reader{n:06}@example.org", key=f"reader{n:06}@example.org",
            domain="example.org", name="", lang="ja", token=f"{n:022}",
        )
        for n in range(number)
    ]  # fmt: skip


@dataclass(kw_only=True)
class PostOffice:
    """`clock` moves with real time from NOW on, so that what is put off comes back."""

    root: Path
    number: int = 20
    house: House = field(
        default_factory=lambda: House(
            accounts={}, newsletters=[mail_account(NEWSLETTER)], calendar=CALENDAR
        )
    )

    def __post_init__(self) -> None:
        self.engine: Engine = open_engine("sqlite:///var/jposocial.db", self.root)
        require_schema(self.engine)
        self.shift = timedelta()

    def now(self) -> datetime:
        return DUE + timedelta(minutes=1) + self.shift

    def subscribe(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(LISTS).values(name="monthly", purpose="news", since=NOW))
            rows = [
                {"id": a.subscriber, "list": "monthly", "address": a.address, "key": a.key,
                 "status": "active", "token": a.token, "since": NOW}
                for a in addressees(self.number)
            ]  # fmt: skip
            connection.execute(insert(SUBSCRIBERS), rows)

    def freeze(self, **changes: object) -> Issue:
        post = Post(
            id=POST, kind="newsletter", title="見本", path="posts/n.md", file_owner="writer"
        )
        edition = Edition(
            post=post, newsletter=NEWSLETTER, due=DUE, subjects={"ja": "見本"},
            mails={"ja": b"mail"}, **changes,
        )  # fmt: skip
        return issues.freeze(
            self.engine, edition, addressees(self.number), CALENDAR,
            lambda key: f"<{key}>", by="writer", now=NOW,
        )  # fmt: skip

    def approve(self, issue: Issue, by: str = "chief") -> None:
        wanted = [(issue.promise.id, issue.promise.payload_hash)]
        approvals.approve(self.engine, wanted, by=by, now=NOW, self_approval=False)

    def released(self) -> Issue:
        """Subscribed, frozen, approved, counted and released."""
        self.subscribe()
        issue = self.freeze()
        self.approve(issue)
        issues.count(self.engine, POST, self.number, go_at=DUE, by="chief", now=NOW)
        with self.engine.begin() as connection:
            claimer = this_process()
            fresh = issues.required(connection, POST)
            issues.release(
                connection, fresh,
                {"claim_host": claimer.host, "claim_pid": claimer.pid, "claim_process": claimer.process},
                now=self.now(), actor="chief",
            )  # fmt: skip
        return self.issue()

    def issue(self) -> Issue:
        with reading(self.engine) as connection:
            return issues.required(connection, POST)

    def totals(self) -> Totals:
        with reading(self.engine) as connection:
            return ledger.totals(connection, self.issue().id)

    def states(self) -> dict[str, str]:
        """Address → state."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(LEDGER.c.address, LEDGER.c.state))
            return {row.address: row.state for row in rows}

    def leave(self, number: int) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == number).values(status="left")
            )

    def office(
        self, port: int, *, connections: int = 2, timeout: float = 5.0,
        throttle: Throttle | None = None, hear: Callable[[Totals, float], None] | None = None,
    ) -> Office:  # fmt: skip
        claimer = this_process()
        door = Door(host="127.0.0.1", port=port, tls="none", timeout=timeout)
        return Office(
            engine=self.engine, clock=self.now, monotonic=time.monotonic,
            claimer={
                "by_host": claimer.host, "by_pid": claimer.pid, "by_process": claimer.process,
            },
            connect=partial(Line, door), envelope=envelope, brake=Brake(self.house, self.issue(), HotStatements(self.engine)),
            connections=connections, throttle=throttle or Throttle(), hear=hear or (lambda *_: None),
        )  # fmt: skip

    def send(self, port: int, *, patient: bool = False, **options: object) -> Sent:
        return send(
            self.office(port, **options), self.issue().id, patient=patient,
            halted=threading.Event(),
        )  # fmt: skip


def envelope(recipient: Recipient) -> Envelope:
    message = (
        f"To: {recipient.address}\r\nMessage-ID: {recipient.message_id}\r\n\r\n.a line\r\nend\r\n"
    )
    return Envelope(
        sender="news@example.go.jp", recipient=recipient.address, message=message.encode()
    )


def repeated(seen: Sequence[str]) -> set[str]:
    return {one for one in seen if seen.count(one) > 1}
