"""A started sandbox with three accounts, a clock that stands still, and a plain client."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import pytest

from jposocial.sandbox import Sandbox, SandboxAccount, Timeline


class Clock:
    """Gives the same instant until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 1, 3, 0, 0, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Ask(Protocol):
    def __call__(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply: ...


ACCOUNTS = (
    SandboxAccount(
        name="x",
        platform="x",
        handle="@example_center",
        token="token-x",
        display_name="見本センター",
    ),
    SandboxAccount(name="x_en", platform="x", handle="@example_en", token="token-x-en"),
    SandboxAccount(
        name="page",
        platform="facebook",
        handle="example.center",
        token="token-page",
        remote_id="1234567890",
        display_name="見本センター",
    ),
    SandboxAccount(name="page_en", platform="facebook", handle="example.en", token="token-page-en"),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts() -> tuple[SandboxAccount, ...]:
    return ACCOUNTS


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    timeline = Timeline(tmp_path / "timeline.jsonl")
    yield timeline
    timeline.close()


@pytest.fixture
def sandbox(timeline: Timeline, clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(ACCOUNTS, timeline, clock) as sandbox:
        yield sandbox


@pytest.fixture
def ask(sandbox: Sandbox) -> Ask:
    """One request on a connection of its own."""

    def ask(
        method: str,
        path: str,
        *,
        token: str = "",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        content, sent = encoded(json, form)
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)
        try:
            connection.request(method, path, body or content, sent | dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(status=response.status, headers=found, body=response.read())
        finally:
            connection.close()

    return ask


def encoded(value: Any, form: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    if value is not None:
        return json.dumps(value).encode(), {"Content-Type": "application/json"}
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return None, {}


@pytest.fixture
def send(sandbox: Sandbox) -> Iterator[Callable[[str], socket.socket]]:
    """Send a post to X by hand; the socket on which an answer may come."""
    opened: list[socket.socket] = []

    def send(text: str) -> socket.socket:
        body = json.dumps({"text": text}).encode()
        where = urlsplit(sandbox.url)
        connection = socket.create_connection((where.hostname, where.port), timeout=30)
        opened.append(connection)
        connection.sendall(
            b"POST /2/tweets HTTP/1.1\r\nHost: example.org\r\nAuthorization: Bearer token-x\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        return connection

    yield send
    for connection in opened:
        connection.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something becomes true; fail when it does not."""

    def eventually(true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not true():
            assert time.monotonic() < deadline, "it never became true"
            time.sleep(0.005)

    return eventually
