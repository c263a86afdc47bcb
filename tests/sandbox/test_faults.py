from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from threading import active_count
from typing import TYPE_CHECKING, Any

import pytest
import requests

from jposocial.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from conftest import Ask

Send = Callable[[str], socket.socket]
Eventually = Callable[[Callable[[], bool]], None]


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side ends."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def posted(sandbox: Sandbox) -> list[str]:
    return [entry.text for entry in sandbox.entries()]


def test_status_answers_as_told_and_posts_nothing(sandbox: Sandbox, ask: Ask) -> None:
    """Code, body and headers are those of the fault; the next request goes well."""
    headers = {"x-rate-limit-reset": "1796094000"}
    sandbox.misbehave(Fault(kind="status", status=429, body='{"a":1}', headers=headers))
    first, second = (
        ask("POST", "/2/tweets", token="token-x", json={"text": text}) for text in ("一", "二")
    )
    assert (first.status, first.json) == (429, {"a": 1})
    assert first.headers["x-rate-limit-reset"] == "1796094000"
    assert (second.status, posted(sandbox)) == (201, ["二"])


def test_without_a_body_a_status_is_worded_by_the_platform(sandbox: Sandbox, ask: Ask) -> None:
    """X answers with a problem document, Graph with its error object."""
    sandbox.misbehave(Fault(kind="status", status=503, times=2))
    assert ask("GET", "/2/users/me", token="token-x").json["title"] == "Service Unavailable"
    assert ask("GET", "/v23.0/me", token="token-page").json["error"]["is_transient"] is True


@pytest.mark.parametrize(
    ("path", "token", "reason", "status", "said"),
    [
        ("/2/tweets", "token-x", "duplicate", 403, "duplicate content"),
        ("/2/tweets", "token-x", "credits", 402, "problems/credits"),
        ("/2/tweets", "token-x", "usage-capped", 429, "usage-capped"),
        ("/2/tweets", "token-x", "suspended", 403, "suspended"),
        ("/v23.0/me/feed", "token-page", "368", 400, '"code":368'),
        ("/v23.0/me/feed", "token-page", "2", 503, '"is_transient":true'),
    ],
)
def test_a_reason_is_worded_by_the_platform(
    path: str, token: str, reason: str, status: int, said: str, sandbox: Sandbox, ask: Ask
) -> None:
    """Each refusal on demand, with its own status; nothing is posted."""
    sandbox.misbehave(Fault(kind="status", reason=reason))
    reply = ask("POST", path, token=token, json={"text": "一"})
    assert (reply.status, True) == (status, said in reply.body.decode())
    assert [] == posted(sandbox)


def test_a_reason_comes_with_another_status_where_that_is_told(sandbox: Sandbox, ask: Ask) -> None:
    """Platforms are not always of one mind."""
    sandbox.misbehave(Fault(kind="status", reason="usage-capped", status=403))
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    assert (403, 403) == (reply.status, reply.json["status"])


def test_a_reason_that_the_platform_does_not_know_is_said(sandbox: Sandbox, ask: Ask) -> None:
    """To whoever asked for it: no platform ever answers 501."""
    sandbox.misbehave(Fault(kind="status", reason="368"))
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    assert (501, True) == (reply.status, "reason" in reply.json["error"])


def test_any_status_can_be_asked_for(sandbox: Sandbox, ask: Ask) -> None:
    """Also one that HTTP has no name for."""
    sandbox.misbehave(Fault(kind="status", status=599))
    reply = ask("GET", "/2/users/me", token="token-x")
    assert (reply.status, reply.json["title"]) == (599, "Unknown")


def test_hang_never_answers_and_posts_nothing(
    sandbox: Sandbox, send: Send, eventually: Eventually
) -> None:
    """Not a byte comes until the sandbox stops; stopping does not wait for the client."""
    sandbox.misbehave(Fault(kind="hang"))
    connection = send("一")
    eventually(lambda: sandbox.requests() == {"POST /2/tweets": 1})
    sandbox.stop()
    assert (all_of(connection), posted(sandbox)) == (b"", [])


def test_hang_after_posts_and_never_answers(
    sandbox: Sandbox, send: Send, eventually: Eventually
) -> None:
    """The post is there while the client still waits."""
    sandbox.misbehave(Fault(kind="hang_after"))
    connection = send("一")
    eventually(lambda: posted(sandbox) == ["一"])
    sandbox.stop()
    assert all_of(connection) == b""


def test_a_hanging_thread_ends_when_the_client_gives_up(
    sandbox: Sandbox, send: Send, eventually: Eventually
) -> None:
    """A client with a time limit leaves nothing behind in the sandbox."""
    idle = active_count()
    sandbox.misbehave(Fault(kind="hang"))
    connection = send("一")
    eventually(lambda: sandbox.requests() == {"POST /2/tweets": 1})
    assert active_count() == idle + 1
    connection.close()
    eventually(lambda: active_count() == idle)


def test_a_client_that_goes_away_is_no_error(
    sandbox: Sandbox, send: Send, eventually: Eventually, capsys: pytest.CaptureFixture[str]
) -> None:
    """The thread that was answering it ends, and nothing is printed."""
    idle = active_count()
    sandbox.misbehave(Fault(kind="drip", interval=0.0001))
    connection = send("一")
    assert connection.recv(1) == b"H"
    connection.close()
    eventually(lambda: active_count() == idle)
    assert capsys.readouterr() == ("", "")


def test_drip_posts_and_answers_without_end(sandbox: Sandbox, send: Send) -> None:
    """The true answer comes byte by byte and spaces follow it, so only a total limit ends it."""
    sandbox.misbehave(Fault(kind="drip", interval=0.0001))
    connection = send("一")
    received = b""
    while not received.endswith(b" " * 50):
        received += connection.recv(1)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"content-length" not in head.lower()
    assert json.loads(body)["data"]["id"] == sandbox.entries()[0].id


def test_drip_outlasts_a_read_time_limit(sandbox: Sandbox) -> None:
    """`requests` with a read limit above the interval goes on reading: it bounds nothing."""
    sandbox.misbehave(Fault(kind="drip", interval=0.0005))
    answer = requests.get(
        f"{sandbox.url}/2/users/me",
        headers={"Authorization": "Bearer token-x"},
        timeout=5,
        stream=True,
    )
    spaces = 0
    for byte in answer.iter_content(1):
        spaces = spaces + 1 if byte == b" " else 0
        if spaces == 100:
            break
    assert answer.status_code == 200
    answer.close()


def test_stopping_ends_a_drip_that_would_take_hours(
    sandbox: Sandbox, send: Send, eventually: Eventually
) -> None:
    """The pause between two bytes is cut short."""
    sandbox.misbehave(Fault(kind="drip", interval=3600))
    connection = send("一")
    assert connection.recv(1) == b"H"
    sandbox.stop()
    assert all_of(connection) == b""


def test_reset_before_resets_and_posts_nothing(sandbox: Sandbox, send: Send) -> None:
    """The client gets RST, not an orderly end."""
    sandbox.misbehave(Fault(kind="reset_before"))
    with pytest.raises(ConnectionResetError):
        send("一").recv(1)
    assert posted(sandbox) == []


def test_reset_after_resets_what_was_posted(sandbox: Sandbox, send: Send) -> None:
    """The client cannot tell it from `reset_before`, but the post is there."""
    sandbox.misbehave(Fault(kind="reset_after"))
    with pytest.raises(ConnectionResetError):
        send("一").recv(1)
    assert posted(sandbox) == ["一"]


def test_posted_but_lies(sandbox: Sandbox, ask: Ask) -> None:
    """A 500, or what was asked for, though the post is there."""
    sandbox.misbehave(Fault(kind="posted_but"))
    sandbox.misbehave(Fault(kind="posted_but", status=403, body="{}"))
    replies = [ask("POST", "/2/tweets", token="token-x", json={"text": t}) for t in ("一", "二")]
    assert [reply.status for reply in replies] == [500, 403]
    assert posted(sandbox) == ["一", "二"]


def test_broken_body_is_well_framed_and_no_json(sandbox: Sandbox, ask: Ask) -> None:
    """201 with half a document."""
    sandbox.misbehave(Fault(kind="broken_body"))
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    assert (reply.status, reply.headers["content-length"]) == (201, str(len(reply.body)))
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)
    assert posted(sandbox) == ["一"]


def test_cut_body_ends_before_its_promised_length(sandbox: Sandbox, ask: Ask) -> None:
    """The connection closes in the middle of the body."""
    sandbox.misbehave(Fault(kind="cut_body"))
    with pytest.raises(http.client.IncompleteRead):
        ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    assert posted(sandbox) == ["一"]


def test_redirect_posts_only_if_it_is_followed(sandbox: Sandbox, ask: Ask) -> None:
    """307 to the same address: a client that follows it posts, one that does not has nothing."""
    sandbox.misbehave(Fault(kind="redirect"))
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    assert (reply.status, reply.headers["location"]) == (307, "/2/tweets")
    assert posted(sandbox) == []
    there = {"Location": "http://example.org/"}
    sandbox.misbehave(Fault(kind="redirect", status=302, headers=there))
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    assert (reply.status, reply.headers["location"]) == (302, "http://example.org/")


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        ({}, [True, True, True]),
        ({"method": "POST"}, [True, False, False]),
        ({"path": "/2/tweets"}, [True, False, False]),
        ({"path": "/v*/me"}, [False, False, True]),
        ({"account": "x"}, [True, True, False]),
        ({"account": "page"}, [False, False, True]),
        ({"times": 2}, [True, True, False]),
        ({"skip": 1, "times": 1}, [False, True, False]),
        ({"times": 0}, [True, True, True]),
    ],
    ids=str,
)
def test_a_fault_meets_what_its_filters_say(
    sandbox: Sandbox, ask: Ask, fault: dict[str, Any], met: list[bool]
) -> None:
    """Method, path and account narrow it; `skip` lets pass, `times` counts off, 0 is for ever."""
    sandbox.misbehave(Fault(kind="status", status=418, **({"times": 9} | fault)))
    replies = [
        ask("POST", "/2/tweets", token="token-x", json={"text": "一"}),
        ask("GET", "/2/users/me", token="token-x"),
        ask("GET", "/v23.0/me", token="token-page"),
    ]
    assert [reply.status == 418 for reply in replies] == met


def test_faults_are_set_seen_and_forgotten_over_http(ask: Ask) -> None:
    """One or several at a time; GET lists what is still to come."""
    one = ask("POST", "/__sandbox__/faults", json={"kind": "hang", "method": "POST"})
    assert (one.status, [f["kind"] for f in one.json]) == (201, ["hang"])
    ask("POST", "/__sandbox__/faults", json=[{"kind": "drip", "interval": 1}, {"kind": "status"}])
    kinds = [fault["kind"] for fault in ask("GET", "/__sandbox__/faults").json]
    assert kinds == ["hang", "drip", "status"]
    assert ask("DELETE", "/__sandbox__/faults").json == []
    assert ask("POST", "/2/tweets", token="token-x", json={"text": "一"}).status == 201


@pytest.mark.parametrize(
    "fault",
    [
        {},
        3,
        {"kind": "explode"},
        {"kind": "status", "state": 500},
        {"kind": "status", "status": "500"},
        {"kind": "status", "status": True},
        {"kind": "status", "status": 99},
        {"kind": "status", "times": -1},
        {"kind": "drip", "interval": 0},
        {"kind": "status", "headers": {"a": 1}},
        {"kind": "status", "headers": {"a": "b\r\nc: d"}},
        [{"kind": "hang"}, {"kind": "nothing"}],
    ],
    ids=str,
)
def test_a_wrong_fault_is_refused_whole(ask: Ask, fault: Any) -> None:
    """400 that says why, and none of a list is set."""
    reply = ask("POST", "/__sandbox__/faults", json=fault)
    assert (reply.status, bool(reply.json["error"])) == (400, True)
    assert ask("GET", "/__sandbox__/faults").json == []
