"""What outbox tests start from: an outbox of its own, or an office with files on disk."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from tests.outbox.fakes import Clock, Monotonic
from tests.workspace import Ran, make_workspace, write_post

from jposocial.app import Workspace, open_workspace
from jposocial.host import process_start
from jposocial.model import Account, Calendar, Part, Placement, Post, Status, Variant
from jposocial.outbox import approvals, blockers, claims, holds
from jposocial.outbox.delivery import Delivery, load, load_one
from jposocial.outbox.journal import DatabaseJournal
from jposocial.outbox.promise import Promise, insert_delivery, part_values, row_values
from jposocial.outbox.sync import SyncReport
from jposocial.store.audit import Verdict, verify
from jposocial.store.engine import open_engine, reading, require_schema
from jposocial.store.tables import DELIVERIES, EVENTS

URL = "sqlite:///var/jposocial.db"

#: A Wednesday in Tokyo, 10:00.
NOW = datetime(2027, 1, 13, 1, 0, tzinfo=UTC)

TOKYO = ZoneInfo("Asia/Tokyo")

HERE = claims.Claimer(host="here", pid=1, process="first")


class Outbox:
    """An outbox on a database of its own, two sandbox accounts, a clock that stands still."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = fresh_engine(root)
        self.clock = Clock(NOW)
        self.monotonic = Monotonic()
        accounts = (
            Account(name="x", platform="x", handle="@example_center"),
            Account(name="facebook", platform="facebook", handle="example.center"),
        )
        self.house = blockers.House(
            accounts={account.name: account for account in accounts},
            calendar=Calendar(zone=TOKYO),
        )

    @property
    def database(self) -> Path:
        return self.root / "var" / "jposocial.db"

    def change(self, account: str, **values: Any) -> None:
        """Configure an account otherwise."""
        changed = replace(self.house.accounts[account], **values)
        self.house = replace(self.house, accounts={**self.house.accounts, account: changed})

    def promise(
        self,
        post: str = "hello",
        *,
        account: str = "x",
        moment: str = "announce",
        texts: Sequence[str] = ("本文です。",),
        due: datetime | None = None,
        nominal: datetime | None = None,
        grace: timedelta = timedelta(hours=24),
        not_after: datetime | None = None,
        category: str = "routine",
        owner: str = "author",
    ) -> int:
        """A scheduled, unapproved row as sync would make it; its id."""
        due = due or self.clock()
        to = self.house.accounts[account]
        placement = Placement(
            post=post, kind="notice", moment=moment, account=account, due=due,
            nominal=nominal or due, expires=min(due + grace, not_after or due + grace),
            not_after=not_after, grace=grace,
        )  # fmt: skip
        variant = Variant(
            post=post, kind="notice", moment=moment, account=account, platform=to.platform,
            parts=tuple(Part(text=text) for text in texts),
        )  # fmt: skip
        author = Post(
            id=post, kind="notice", title="題", path=f"posts/{post}.md", owner=owner,
            category=category,
        )  # fmt: skip
        made = Promise(post=author, account=to, placement=placement, variant=variant)
        with self.engine.begin() as connection:
            values = row_values(made, self.house.calendar)
            return insert_delivery(connection, values, part_values(variant))

    def approve(self, *ids: int, by: str = "chief") -> None:
        approvals.approve(
            self.engine,
            [(i, self.row(i).payload_hash) for i in ids],
            by=by,
            now=self.clock(),
            self_approval=False,
        )

    def approved(self, post: str = "hello", **values: Any) -> int:
        """A row that nothing but its time keeps from going."""
        made = self.promise(post, **values)
        self.approve(made)
        return made

    def hold(self, kind: str = "all", value: str = "", by: str = "chief") -> holds.Hold:
        return holds.set_hold(self.engine, kind, value, reason="because", by=by, now=self.clock())

    def release(self, hold: holds.Hold, by: str = "deputy") -> list[int]:
        return holds.release(self.engine, hold.id, by=by, now=self.clock(), self_approval=False)

    def claim(self, delivery: int, claimer: claims.Claimer = HERE) -> Delivery | None:
        return claims.claim(
            self.engine, delivery, self.house, claimer, now=self.clock(), actor="jposocial"
        )

    def claimed(self, delivery: int, claimer: claims.Claimer = HERE) -> Delivery:
        """The row as a claim that went through gives it."""
        row = self.claim(delivery, claimer)
        assert row is not None
        return row

    def journal(
        self, claimed: Delivery, monotonic: Callable[[], float] | None = None
    ) -> DatabaseJournal:
        return DatabaseJournal(
            self.engine,
            claimed,
            timeout=self.house.accounts[claimed.account].timeout,
            clock=self.clock,
            monotonic=monotonic or self.monotonic,
            actor="jposocial",
            flags=self.house.flags,
        )

    def unconfirmed(self, post: str = "hello", *, begun: bool = True, **values: Any) -> int:
        """A row whose claimer, a dead one, may have sent it."""
        made = self.approved(post, **values)
        claimed = self.claimed(made)
        if begun:
            self.journal(claimed).begin("part:0")
        self.sweep()
        return made

    def sweep(self, living: frozenset[tuple[int, str]] = frozenset()) -> list[int]:
        """What a beat on the host `here` does with the rows of those who are not `living`."""
        found = claims.orphans(self.engine, self.clock(), "here", living)
        return claims.doubt_orphans(self.engine, found, now=self.clock(), actor="jposocial")

    def row(self, delivery: int) -> Delivery:
        with reading(self.engine) as connection:
            found = load_one(connection, delivery)
        assert found is not None
        return found

    def status(self, delivery: int) -> Status:
        return self.row(delivery).status

    def blockers(self, delivery: int) -> list[str]:
        with reading(self.engine) as connection:
            return blockers.blockers(
                connection,
                self.row(delivery),
                self.house,
                blockers.circumstances(connection, delivery),
                self.clock(),
            )

    def events(self, delivery: int | None = None) -> list[str]:
        return [row.event for row in events(self.engine) if delivery in (None, row.delivery)]


class Office:
    """A workspace with real files, a clock that stands still and people who act."""

    def __init__(self, folder: Path, **toml: Mapping[str, Any]) -> None:
        self.root = make_workspace(folder, **toml)
        fresh_engine(self.root).dispose()
        self.clock = Clock(NOW - timedelta(days=1))
        self.person = "author"
        self.reopen()

    def reopen(self) -> None:
        """Open the workspace again, as after an edit of its configuration."""
        self.close()
        self.workspace: Workspace = open_workspace(
            self.root, clock=self.clock, identity=lambda: self.person
        )

    def close(self) -> None:
        if hasattr(self, "workspace"):
            self.workspace.engine.dispose()

    def write(
        self, id: str, text: str | Mapping[str, Any] | None = "お知らせです。", **fields: Any
    ) -> Path:
        """A notice for X at `NOW`, with its text in the file; None: with the template's."""
        texts = {"x": text} if isinstance(text, str) else text
        fields = {"publish": "2027-01-13 10:00", "accounts": ["x"], "text": texts} | fields
        return write_post(self.root, id, **fields)

    def sync(self, *, yes: bool = False) -> SyncReport:
        return self.workspace.sync(yes=yes)

    def rows(self) -> list[Delivery]:
        with reading(self.workspace.engine) as connection:
            return load(connection, select(DELIVERIES).order_by(DELIVERIES.c.id))

    def row(self, delivery: int) -> Delivery:
        return next(row for row in self.rows() if row.id == delivery)

    def alive(self) -> list[Delivery]:
        return [row for row in self.rows() if row.status is not Status.CANCELLED]

    def blockers(self, delivery: int) -> Sequence[str]:
        from jposocial.outbox.queue import queue

        (found,) = queue(
            self.workspace.engine, self.workspace.house, now=self.clock(), ids=[delivery]
        )
        return found.blockers

    @contextmanager
    def acting(self, person: str) -> Iterator[None]:
        """What is done inside is done by `person`."""
        before, self.person = self.person, person
        try:
            yield
        finally:
            self.person = before

    def approve(self, *ids: int, by: str = "chief") -> None:
        from jposocial import desk_work

        with self.acting(by):
            desk_work.approve(self.workspace, [f"{i}:{self.row(i).payload_hash}" for i in ids])

    @property
    def database(self) -> Path:
        return self.root / "var" / "jposocial.db"


def fresh_engine(root: Path) -> Engine:
    """The engine of a new database below `root`: a copy, migrating takes its time."""
    (root / "var").mkdir()
    (root / "var" / "jposocial.db").write_bytes(_new_database())
    return open_engine(URL, root)


@cache
def _new_database() -> bytes:
    with TemporaryDirectory() as folder:
        engine = open_engine(URL, Path(folder))
        require_schema(engine)
        engine.dispose()
        return (Path(folder) / "var" / "jposocial.db").read_bytes()


def events(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(EVENTS).order_by(EVENTS.c.seq)))


def verdict(engine: Engine) -> Verdict:
    with reading(engine) as connection:
        return verify(connection)


def dump(database: Path, *, without: Sequence[str] = ()) -> list[str]:
    """The whole database as SQL, without what concerns some tables."""
    with closing(sqlite3.connect(database)) as connection:
        lines = list(connection.iterdump())
    return [line for line in lines if not any(f'"{name}"' in line for name in without)]


def raw(database: Path, *statements: str) -> None:
    """What a program that is not ours does to the file."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


#: Reads what it needs while it still may, then becomes somebody else and runs the program.
_AS_SOMEBODY = """
import contextlib, os, sys
import jposocial.desk_work
import jposocial.publishers.facebook
import jposocial.publishers.x
import jposocial.retracting
import jposocial.survey
from jposocial.cli.root import run
with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
    run(["queue"])
    run(["check"])
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
sys.exit(run(sys.argv[2:]))
"""


def run_as(uid: int, args: Sequence[str], cwd: Path) -> Ran:
    """The program in a process whose real and effective user is `uid`; needs root.

    The interpreter may stand where that user cannot read: what it needs is read before.
    """
    done = subprocess.run(
        [sys.executable, "-c", _AS_SOMEBODY, str(uid), *args],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def another_process() -> Iterator[tuple[subprocess.Popen[bytes], claims.Claimer]]:
    """A process that lives until it is ended, and the claimer that it would be."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        start = process_start(process.pid)
        assert start is not None
        yield (
            process,
            claims.Claimer(host=socket.gethostname(), pid=process.pid, process=start),
        )
    finally:
        process.kill()
        process.communicate()
