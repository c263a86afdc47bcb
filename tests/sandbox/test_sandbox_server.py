from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread, active_count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

import jposocial.sandbox
from jposocial.errors import UsageError
from jposocial.sandbox import Sandbox, SandboxAccount, Timeline

if TYPE_CHECKING:
    from conftest import Ask, Clock

SOURCE = str(Path(jposocial.sandbox.__file__).parents[2])

PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from jposocial.sandbox import Sandbox, SandboxAccount, Timeline, serve
account = SandboxAccount(name="x", platform="x", handle="@example_center", token="token-x")
sandbox = Sandbox([account], Timeline(Path(sys.argv[1])), lambda: datetime(2026, 12, 1, tzinfo=UTC))
print(serve(sandbox, lambda url: print(url, flush=True)))
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """Starts a sandbox as a process of its own; gives it and its address."""
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "timeline.jsonl")],
            env={**os.environ, "PYTHONPATH": SOURCE},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def tweet(url: str, text: str) -> requests.Response:
    return requests.post(
        f"{url}/2/tweets",
        json={"text": text},
        headers={"Authorization": "Bearer token-x"},
        timeout=30,
    )


def test_what_was_answered_survives_kill_9(
    tmp_path: Path, process: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    """A sandbox killed right after each answer has every answered post in its file."""
    answered = []
    for number in range(3):
        running, url = process()
        answered.append(tweet(url, f"{number}件目").json()["data"]["id"])
        running.kill()
        running.wait()
    assert [e.id for e in Timeline(tmp_path / "timeline.jsonl").entries()] == answered


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_serve_ends_on_a_signal_and_says_which(
    process: Callable[[], tuple[subprocess.Popen[str], str]], end: signal.Signals
) -> None:
    """Also while a request hangs, in order and with nothing on standard error."""
    running, url = process()
    requests.post(f"{url}/__sandbox__/faults", json={"kind": "hang_after"}, timeout=30)
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as hanging:
        hanging.sendall(b"GET /2/users/me HTTP/1.1\r\nHost: example.org\r\n\r\n")
        running.send_signal(end)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out.strip(), err) == (0, str(int(end)), "")


def test_two_sandboxes_on_one_file_are_one_platform(tmp_path: Path, clock: Clock) -> None:
    """What one accepted is a duplicate at the other, and on its timeline."""
    account = SandboxAccount(name="x", platform="x", handle="@example", token="token-x")
    path = tmp_path / "timeline.jsonl"
    with (
        Sandbox([account], Timeline(path), clock) as first,
        Sandbox([account], Timeline(path), clock) as second,
    ):
        assert tweet(first.url, "一").status_code == 201
        assert tweet(second.url, "一").status_code == 403
        listed = requests.get(f"{second.url}/__sandbox__/timeline", timeout=30).json()
    assert [post["text"] for post in listed] == ["一"]


def test_many_clients_at_once_lose_nothing(sandbox: Sandbox) -> None:
    """Every answered post is on the timeline once, under the id of its answer."""
    ids: list[str] = []
    threads = [
        Thread(target=lambda n=n: ids.append(tweet(sandbox.url, f"{n}件目").json()["data"]["id"]))
        for n in range(24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids) == [entry.id for entry in sandbox.entries()]


def test_a_connection_serves_one_request_after_another(sandbox: Sandbox) -> None:
    """A pooled connection stays open, and the answer's Date is the clock's."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)
    for _ in range(3):
        connection.request("GET", "/2/users/me", headers={"Authorization": "Bearer token-x"})
        response = connection.getresponse()
        assert json.loads(response.read())["data"]["username"] == "example_center"
        assert response.getheader("Date") == "Tue, 01 Dec 2026 03:00:00 GMT"
        assert connection.sock is not None
    connection.close()


def test_oauth1_and_bearer_name_the_same_account(ask: Ask) -> None:
    """The token of an OAuth 1.0a header is percent-encoded and one field among others."""
    header = 'OAuth oauth_consumer_key="k", oauth_token="token%2Dx", oauth_signature="s%3D"'
    signed = ask("GET", "/2/users/me", headers={"Authorization": header})
    assert signed.json == ask("GET", "/2/users/me", token="token-x").json
    only = 'OAuth oauth_consumer_key="token-x", xoauth_token="token-x"'
    assert ask("GET", "/2/users/me", headers={"Authorization": only}).status == 401


def test_a_disk_that_refuses_is_500_and_nothing_is_posted(clock: Clock) -> None:
    """The sandbox does not promise what it could not store."""
    account = SandboxAccount(name="x", platform="x", handle="@example", token="token-x")
    with Sandbox([account], Timeline(Path("/dev/full")), clock) as sandbox:
        assert tweet(sandbox.url, "一").status_code == 500
        assert sandbox.entries() == ()


def test_requests_are_counted_by_method_and_path(sandbox: Sandbox, ask: Ask) -> None:
    """The sandbox's own addresses are not among them."""
    ask("GET", "/2/users/me", token="token-x")
    ask("GET", "/2/users/me?user.fields=id")
    ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    ask("GET", "/")
    expected = {"GET /2/users/me": 2, "POST /2/tweets": 1}
    assert ask("GET", "/__sandbox__/requests").json == sandbox.requests() == expected


def test_the_timeline_over_http_is_every_post_as_it_was_sent(ask: Ask, sandbox: Sandbox) -> None:
    """Both platforms in one list, oldest first."""
    ask("POST", "/2/tweets", token="token-x", json={"text": "A&B"})
    ask("POST", "/v23.0/me/feed", token="token-page", form={"message": "二"})
    listed = ask("GET", "/__sandbox__/timeline").json
    assert [(p["account"], p["platform"], p["text"]) for p in listed] == [
        ("x", "x", "A&B"),
        ("page", "facebook", "二"),
    ]
    assert [p["id"] for p in listed] == [entry.id for entry in sandbox.entries()]


def test_the_page_is_served_in_the_language_asked_for(ask: Ask) -> None:
    """As UTF-8 HTML; an unknown language falls back to the sandbox's own."""
    japanese, english, other = (ask("GET", f"/{query}") for query in ("", "?lang=en", "?lang=fr"))
    assert japanese.headers["content-type"] == "text/html; charset=utf-8"
    assert b'<html lang="ja">' in japanese.body
    assert b'<html lang="en">' in english.body
    assert other.body == japanese.body


def test_what_nobody_owns_is_404(ask: Ask) -> None:
    """A path of no platform and an unknown address of the sandbox's own."""
    assert ask("GET", "/1.1/statuses/update.json").status == 404
    assert ask("GET", "/__sandbox__/nothing").status == 404
    assert ask("POST", "/").status == 404


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: -1", b"411"),
        (b"Content-Length: 99999999", b"413"),
    ],
)
def test_a_body_without_a_sensible_length_is_refused(
    sandbox: Sandbox, head: bytes, status: bytes
) -> None:
    """And the connection ends, since what follows cannot be told from a request."""
    where = urlsplit(sandbox.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(b"POST /2/tweets HTTP/1.1\r\nHost: example.org\r\n" + head + b"\r\n\r\n")
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 " + status)


def test_a_request_broken_off_posts_nothing(
    sandbox: Sandbox, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """Half of a body is no request."""
    where = urlsplit(sandbox.url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(
            b"POST /2/tweets HTTP/1.1\r\nHost: example.org\r\nAuthorization: Bearer token-x\r\n"
            b'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"text":"a"}'
        )
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert sandbox.requests() == {}
    assert sandbox.entries() == ()


def test_it_listens_on_this_machine_only(timeline: Timeline, clock: Clock) -> None:
    """Any other address is refused before a socket is opened."""
    with pytest.raises(UsageError, match=r"0\.0\.0\.0"):
        Sandbox([], timeline, clock, host="0.0.0.0")


def test_a_sandbox_stops_twice_and_starts_again(
    timeline: Timeline, clock: Clock, accounts: tuple[SandboxAccount, ...]
) -> None:
    """No thread is left behind, the address is free again, and the posts are still there."""
    before = active_count()
    sandbox = Sandbox(accounts, timeline, clock)
    with pytest.raises(RuntimeError):
        _ = sandbox.url
    sandbox.start()
    port = urlsplit(sandbox.url).port
    tweet(sandbox.url, "一")
    sandbox.stop()
    sandbox.stop()
    assert active_count() == before
    assert port is not None
    with Sandbox(accounts, timeline, clock, port=port) as again:
        assert tweet(again.url, "一").status_code == 403


def test_an_accounts_number_comes_from_its_name() -> None:
    """Stable over runs, different for another name, and the token is not in its repr."""
    first, same, other = (
        SandboxAccount(name=name, platform="x", handle="@example", token="secret-token")
        for name in ("x", "x", "y")
    )
    assert first == same
    assert first.remote_id != other.remote_id
    assert (first.remote_id, len(first.remote_id)) == ("1422879871479876", 16)
    assert "secret-token" not in repr(first)
