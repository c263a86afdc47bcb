"""A workspace whose accounts talk to a sandbox, worked through the command line at a given time.

The program is the real one, and so is every request; only the time of day and the name of
the person are given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import (
    DEFAULT_TOML,
    Ran,
    make_workspace,
    merged,
    run_cli,
    toml_text,
    write_post,
)

from jposocial.app import Workspace
from jposocial.platforms import entities
from jposocial.publishers.credentials import sandbox_secret
from jposocial.sandbox import Entry, Fault, Sandbox, SandboxAccount, Timeline

#: 09:00 on a Tuesday in Tokyo.
MORNING = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)

#: When the posts of these tests are due.
DUE = MORNING + timedelta(hours=1)

TOKYO = ZoneInfo("Asia/Tokyo")

HANDLES = {"x": "@example_center", "facebook": "example.center"}
TOKENS = {"x": "access_token", "facebook": "page_token"}

#: The visible and the invisible requests of each platform.
POST = {"x": "POST /2/tweets", "facebook": "POST /v25.0/me/feed"}
WHOAMI = {"x": "GET /2/users/me", "facebook": "GET /v25.0/me"}

KEYS = ("published", "deferred", "failed", "unconfirmed", "missed")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Office:
    """What a person can do, and what a reader sees."""

    def __init__(self, root: Path, sandbox: Sandbox, clock: Clock) -> None:
        self.root = root
        self.sandbox = sandbox
        self.clock = clock

    def cli(self, *args: object) -> Ran:
        return run_cli([str(arg) for arg in args], self.root)

    def json(self, *args: object) -> Any:
        ran = self.cli(*args, "--json")
        assert ran.code in (0, 1), ran.err
        return json.loads(ran.out)

    def publish(self) -> tuple[int, dict[str, Any]]:
        """The exit code, and what `publish --json` says."""
        ran = self.cli("publish", "--json")
        return ran.code, json.loads(ran.out)

    def promise(
        self,
        *accounts: str,
        text: str = "お知らせです。 https://example.go.jp/a?x=1&copy=2",
        id: str = "2026-12-hello",
        at: datetime = DUE,
        approve: bool = True,
        **fields: Any,
    ) -> list[int]:
        """A post of each account, synced and approved; the ids in the order of `accounts`."""
        write_post(
            self.root,
            id,
            publish=f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
            accounts=list(accounts),
            text=dict.fromkeys(accounts, text),
            **fields,
        )
        synced = self.cli("sync")
        assert 0 == synced.code, synced.err
        rows = [r for r in self.rows() if r["post"] == id and r["status"] == "scheduled"]
        if approve:
            self.approve(rows)
        return [row["id"] for account in accounts for row in rows if row["account"] == account]

    def approve(self, rows: Sequence[Mapping[str, Any]]) -> None:
        done = self.cli("approve", *(f"{row['id']}:{row['payload_hash'][:12]}" for row in rows))
        assert 0 == done.code, done.err

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("queue")
        return found

    def row(self, delivery: int) -> dict[str, Any]:
        return next(row for row in self.rows() if row["id"] == delivery)

    def status(self, delivery: int) -> str:
        return str(self.row(delivery)["status"])

    def configure(self, **toml: Mapping[str, Any]) -> None:
        """The configuration anew, with `toml` laid over it."""
        whole = merged(configuration(self.sandbox.url), toml)
        (self.root / "jposocial.toml").write_text(toml_text(whole), encoding="utf-8")

    def texts(self, account: str) -> list[str]:
        """What readers see, oldest first."""
        return [entry.text for entry in self.sandbox.entries(account)]

    def asked(self, line: str) -> int:
        """How often the platform got `METHOD /path`."""
        return self.sandbox.requests().get(line, 0)

    def misbehave(self, kind: str, **values: Any) -> None:
        self.sandbox.misbehave(Fault(kind=kind, **values))

    def post_by_hand(self, account: str, text: str) -> Entry:
        """As somebody does it in the platform's own page."""
        links = [found.text for found in entities(text, account) if found.kind == "url"]
        entry = Entry(
            account=account, platform=account, text=text, created_at=self.clock(),
            link=links[0] if links and account == "facebook" else None,
        )  # fmt: skip
        page = next(a.remote_id for a in self.sandbox.accounts if a.name == account)
        prefix = f"{page}_" if account == "facebook" else ""
        return self.sandbox.timeline.append(entry, lambda number: f"{prefix}{9 * 10**17 + number}")

    def events(self) -> list[str]:
        """The names of the record's events, oldest first."""
        import sqlite3

        with sqlite3.connect(self.root / "var" / "jposocial.db") as database:
            rows = database.execute("SELECT event FROM events ORDER BY seq").fetchall()
        database.close()
        return [event for (event,) in rows]


def configuration(url: str | None) -> Mapping[str, Any]:
    """No quiet hours, no gap, no cap: only what a test adds keeps a post from going."""
    free: dict[str, Any] = {"min_gap": "0s", "daily_cap": 99, "timeout": "20s"}
    free |= {"base_url": url} if url else {}
    return merged(
        DEFAULT_TOML,
        {
            "accounts": {"x": free, "facebook": free},
            "calendar": {"quiet_hours": "", "closed": [], "holidays": []},
        },
    )


def sandbox_accounts() -> list[SandboxAccount]:
    return [
        SandboxAccount(
            name=name, platform=name, handle=handle, token=sandbox_secret(name, TOKENS[name])
        )
        for name, handle in HANDLES.items()
    ]


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, **toml: Any) -> Iterator[Office]:
    """An office below `folder`; `toml` is laid over its configuration."""
    clock = Clock()
    ways = Workspace.__init__.__kwdefaults__
    monkeypatch.setitem(ways, "clock", clock)
    monkeypatch.setitem(ways, "identity", lambda: "approver")
    timeline = Timeline(folder / "platforms" / "timeline.jsonl")
    with Sandbox(sandbox_accounts(), timeline, clock) as sandbox:
        root = make_workspace(folder, **merged(configuration(sandbox.url), toml))
        yield Office(root, sandbox, clock)
    timeline.close()
