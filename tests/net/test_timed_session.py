"""One request has one deadline, is sent at most once, and knows whether it was sent."""

from __future__ import annotations

import queue
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import urllib3
from tests.net.wire import Play, Turn, Wire, answers, closed_port, wired

from jposocial.net import MAX_ANSWER, Exchange, TimedSession, json_object

#: What the session raises where a request does not come to its end.
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

VENDOR = "https://graph.facebook.com/v25.0/me/feed?a=1"

#: Seconds of the deadline in tests that wait for it.
SHORT = 0.4

#: A machine may be busy; a request without a deadline would last for ever.
PATIENCE = 8.0


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key and a certificate for 127.0.0.1, trusted in this test."""
    path = tmp_path / "loopback.pem"
    made = ["-keyout", path, "-out", tmp_path / "certificate.pem", "-days", "2", "-nodes"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", *made],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + (tmp_path / "certificate.pem").read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

SLOW: dict[str, Play] = {
    "hang": lambda turn: turn.hang(),
    "dripping status": lambda turn: turn.drip(b"HTTP/1.1 200 OK" + b"!" * 5000),
    "dripping headers": lambda turn: (turn.send(HEAD), turn.drip(b"X: y\r\n"))[0],
    "endless interim answers": lambda turn: turn.pour(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "dripping body": lambda turn: (turn.send(HEAD + b"\r\n"), turn.drip(b" "))[0],
    "dripping body of a known length": lambda turn: (
        turn.send(HEAD + b"Content-Length: 1000000\r\n\r\n"),
        turn.drip(b" "),
    )[0],
    "dripping chunks": lambda turn: (
        turn.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        turn.drip(b"1\r\n \r\n"),
    )[0],
}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW)
def test_a_slow_server_cannot_outlast_the_deadline(play: Play) -> None:
    """However the bytes trickle, the request ends in time, and counts as sent."""
    with Wire(play) as wire, TimedSession(SHORT, wire.url) as session:
        began = time.monotonic()
        with pytest.raises(FAILURES):
            session.post(VENDOR, data=b"text")
        assert time.monotonic() - began < PATIENCE
        assert session.sent


@pytest.mark.parametrize("play", [SLOW["dripping body"], SLOW["hang"]], ids=["drip", "hang"])
def test_the_deadline_holds_inside_tls(play: Play, certificate: Path) -> None:
    """An encrypted connection is timed like a plain one."""
    with Wire(play, tls=tls(certificate)) as wire, TimedSession(1.0, wire.url) as session:
        began = time.monotonic()
        with pytest.raises(FAILURES):
            session.post(VENDOR, data=b"text")
        assert time.monotonic() - began < PATIENCE
        assert session.sent


def test_a_good_answer_comes_through_tls(certificate: Path) -> None:
    """The certificate is checked, the body is read, and the connection is closed."""
    with (
        Wire(answers(200, b'{"id": "1"}'), tls=tls(certificate)) as wire,
        TimedSession(10, wire.url) as session,
    ):
        assert {"id": "1"} == json_object(session.post(VENDOR, data=b"text"))
        assert session.sent


ENDLESS: dict[str, Play] = {
    "endless body": lambda turn: turn.pour(HEAD + b"\r\n" + b" " * 65536),
    "endless chunks": lambda turn: (
        turn.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        turn.pour(b"10000\r\n" + b" " * 65536 + b"\r\n"),
    )[0],
    "a body a byte too long": answers(200, b" " * (MAX_ANSWER + 1)),
}


@pytest.mark.parametrize("play", ENDLESS.values(), ids=ENDLESS)
def test_an_oversized_answer_is_no_answer(play: Play) -> None:
    """It is given up long before the deadline, and whether it was sent is known."""
    with Wire(play) as wire, TimedSession(60, wire.url) as session:
        with pytest.raises(FAILURES, match="too large"):
            session.get(VENDOR)
        assert session.sent
        assert session.answer is None


def test_a_bomb_is_not_unpacked() -> None:
    """A compressed answer is bounded by its size unpacked."""
    import gzip

    packed = gzip.compress(b" " * (MAX_ANSWER * 20))
    with (
        Wire(answers(200, packed, {"Content-Encoding": "gzip"})) as wire,
        TimedSession(60, wire.url) as session,
        pytest.raises(FAILURES, match="too large"),
    ):
        session.get(VENDOR)


def test_the_longest_answer_is_read_whole() -> None:
    """The bound itself is still an answer."""
    body = b'"' + b"a" * (MAX_ANSWER - 2) + b'"'
    with Wire(answers(200, body)) as wire, TimedSession(60, wire.url) as session:
        assert body == session.get(VENDOR).content


def test_a_body_that_is_cut_off_is_an_error() -> None:
    """Fewer bytes than were promised are no answer."""
    with (
        Wire(lambda turn: turn.send(HEAD + b'Content-Length: 100\r\n\r\n{"id":')) as wire,
        TimedSession(10, wire.url) as session,
    ):
        with pytest.raises(FAILURES):
            session.post(VENDOR)
        assert session.sent


def refused(session: TimedSession) -> None:
    session.post(f"http://127.0.0.1:{closed_port()}/")


def no_such_name(session: TimedSession) -> None:
    session.post("http://no-such-name.invalid/")


def no_such_scheme(session: TimedSession) -> None:
    session.post("gopher://127.0.0.1/")


def impossible_header(session: TimedSession) -> None:
    session.post(f"http://127.0.0.1:{closed_port()}/", headers={"A": "b\r\nc"})


NOT_SENT = [refused, no_such_name, no_such_scheme, impossible_header]


@pytest.mark.parametrize("ask", NOT_SENT, ids=lambda ask: ask.__name__)
def test_what_fails_before_the_first_byte_was_not_sent(ask: Callable[[TimedSession], None]) -> None:
    """Also after an earlier request of the same session was."""
    with Wire(answers(200)) as wire, TimedSession(10) as session:
        session.post(wire.url)
        assert session.sent
        with pytest.raises((*FAILURES, ValueError)):
            ask(session)
        assert not session.sent
        assert session.answer is None


TLS_TROUBLE: dict[str, Play] = {
    "no TLS at all": lambda turn: turn.send(wired(400)),
    "closes": lambda turn: (turn.connection.recv(1), turn.connection.close())[0],
    "resets": lambda turn: (turn.connection.recv(1), turn.reset())[0],
    "hangs": lambda turn: turn.hang(),
    "drips": lambda turn: turn.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384),
}


@pytest.mark.parametrize("play", TLS_TROUBLE.values(), ids=TLS_TROUBLE)
def test_what_fails_in_the_tls_handshake_was_not_sent(play: Play) -> None:
    """And a handshake that never ends is over with the deadline."""
    with Wire(play, before=play) as wire, TimedSession(1.0) as session:
        began = time.monotonic()
        with pytest.raises(FAILURES):
            session.post(f"https://127.0.0.1:{wire.port}/", data=b"text")
        assert time.monotonic() - began < PATIENCE
        assert not session.sent


def test_a_certificate_nobody_vouches_for_gets_no_bytes(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the request leaves before the server has proved who it is."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with Wire(answers(200), tls=tls(certificate)) as wire, TimedSession(10, wire.url) as session:
        with pytest.raises(FAILURES):
            session.post(VENDOR, data=b"text")
        assert not session.sent
        assert [] == wire.requests


def test_a_deadline_that_is_over_before_the_bytes_sends_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where connecting took the whole time, the request is not begun."""
    look_up = socket.getaddrinfo

    def slow(*args: object, **kwargs: object) -> object:
        session.exchange.restart(-1)
        return look_up(*args, **kwargs)  # type: ignore[arg-type]

    with Wire(answers(200)) as wire, TimedSession(10, wire.url) as session:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        with pytest.raises(FAILURES):
            session.post(VENDOR, data=b"text")
        assert not session.sent
        assert [] == wire.requests


def test_all_addresses_of_a_name_share_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with many dead addresses takes no longer than one, and the last is still tried."""
    with Wire(answers(200)) as wire, full_listener() as dead, TimedSession(2.0, wire.url) as s:
        place = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        found = [(*place, dead)] * 3 + [(*place, ("127.0.0.1", wire.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        began = time.monotonic()
        assert 200 == s.post(VENDOR).status_code
        assert time.monotonic() - began < PATIENCE


class full_listener:  # noqa: N801  reads like `open`
    """An address of this machine that lets nobody in: its queue is full and never emptied."""

    def __enter__(self) -> tuple[str, int]:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        address: tuple[str, int] = self._listener.getsockname()
        self._waiting = [socket.socket() for _ in range(8)]
        for waiting in self._waiting:
            waiting.setblocking(False)
            waiting.connect_ex(address)
        return address

    def __exit__(self, *_: object) -> None:
        for one in (*self._waiting, self._listener):
            one.close()


AFTER: dict[str, Play] = {
    "reset": Turn.reset,
    "closed": lambda turn: turn.connection.close(),
    "no HTTP": lambda turn: turn.send(b"\x00\xff\r\n\r\n"),
}


@pytest.mark.parametrize("play", AFTER.values(), ids=AFTER)
def test_what_fails_after_the_request_was_sent(play: Play) -> None:
    """It went out once, and is not sent again."""
    with Wire(play) as wire, TimedSession(10, wire.url) as session:
        with pytest.raises(FAILURES):
            session.post(VENDOR, data=b"text")
        assert session.sent
        assert ["POST /v25.0/me/feed"] == wire.lines()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_like_another(status: int) -> None:
    """None is followed: a 307 or 308 would send the POST again."""
    play = answers(status, headers={"Location": "/elsewhere"})
    with Wire(play) as wire, TimedSession(10, wire.url) as session:
        assert status == session.post(VENDOR, data=b"text").status_code
        assert status == session.get(VENDOR, allow_redirects=True).status_code
        assert ["POST /v25.0/me/feed", "GET /v25.0/me/feed"] == wire.lines()


def test_base_url_replaces_scheme_host_and_port_and_nothing_else() -> None:
    """Path, query and body arrive as they were meant for the vendor."""
    with Wire(answers(200)) as wire, TimedSession(10, wire.url) as session:
        session.post("https://api.example.com:8443/2/%E3%81%82?q=a%20b&r=%2F", data=b"body")
        heard = wire.requests[0]
        assert ("/2/%E3%81%82?q=a%20b&r=%2F", b"body") == (heard.target, heard.body)
        assert f"127.0.0.1:{wire.port}" == heard.headers["host"]


def test_each_request_has_a_connection_of_its_own() -> None:
    """A kept connection may have died meanwhile; nobody could tell what became of a request.

    The server here neither says that it closes nor does.
    """
    closed: queue.Queue[bytes] = queue.Queue()

    def stay(turn: Turn) -> None:
        turn.send(wired(200))
        closed.put(turn.connection.recv(1))

    with Wire(stay) as wire, TimedSession(10, wire.url) as session:
        for _ in range(3):
            assert 200 == session.post(VENDOR).status_code
            assert b"" == closed.get(timeout=PATIENCE)
        assert ["close"] * 3 == [heard.headers["connection"] for heard in wire.requests]


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes an address the environment's proxy."""
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def set_proxy(url: str) -> None:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, url)

    return set_proxy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    host: str, proxied: Callable[[str], None]
) -> None:
    """The sandbox is reached directly whatever the office's proxy is."""
    proxied(f"http://127.0.0.1:{closed_port()}")
    with Wire(answers(200)) as wire, TimedSession(10, f"http://{host}:{wire.port}") as session:
        assert 200 == session.get(VENDOR).status_code


def test_what_went_through_a_proxy_was_sent(proxied: Callable[[str], None]) -> None:
    """A connection that breaks behind the proxy leaves open what the platform got."""
    with Wire(Turn.reset) as proxy, TimedSession(10) as session:
        proxied(proxy.url)
        with pytest.raises(FAILURES):
            session.post("http://platform.example/2/tweets", data=b"text")
        assert ["POST http://platform.example/2/tweets"] == proxy.lines()
        assert session.sent


@pytest.mark.parametrize("play", [SLOW["hang"], SLOW["dripping body"]], ids=["hang", "drip"])
def test_the_deadline_holds_through_a_proxy(play: Play, proxied: Callable[[str], None]) -> None:
    """The proxy is a server like another."""
    with Wire(play) as proxy, TimedSession(SHORT) as session:
        proxied(proxy.url)
        began = time.monotonic()
        with pytest.raises(FAILURES):
            session.post("http://platform.example/", data=b"text")
        assert time.monotonic() - began < PATIENCE
        assert session.sent


def test_a_proxy_that_opens_no_tunnel_gets_no_request(proxied: Callable[[str], None]) -> None:
    """Its refusal comes before the first byte for the platform."""
    with Wire(answers(407)) as proxy, TimedSession(10) as session:
        proxied(proxy.url)
        with pytest.raises(FAILURES):
            session.post("https://platform.example/2/tweets", data=b"text")
        assert ["CONNECT platform.example:443"] == proxy.lines()
        assert not session.sent


def test_a_proxy_that_would_escape_the_deadline_is_refused(
    proxied: Callable[[str], None],
) -> None:
    """SOCKS is not spoken; nothing is sent instead."""
    proxied(f"socks5://127.0.0.1:{closed_port()}")
    with TimedSession(10) as session:
        with pytest.raises(requests.RequestException, match="only http and https"):
            session.post("https://platform.example/", data=b"text")
        assert not session.sent


def test_an_exchange_counts_by_the_clock_it_is_given() -> None:
    """What is left shrinks with the clock, and where nothing is left it says so."""
    now = [100.0]
    exchange = Exchange(lambda: now[0])
    exchange.restart(30)
    now[0] = 129.0
    assert 1.0 == exchange.left()
    now[0] = 130.0
    with pytest.raises(TimeoutError):
        exchange.left()


JSON = {
    "an object": (b'{"id": "1"}', {"id": "1"}),
    "a list": (b"[1]", {}),
    "half": (b'{"id": ', {}),
    "nothing": (b"", {}),
    "a page": (b"<html>", {}),
    "no text": (b"\xff\xfe\xfd", {}),
    "nested too deeply": (b"[" * 200_000, {}),
    "a number without end": (b'{"id": ' + b"9" * 10_000 + b"}", {}),
}


@pytest.mark.parametrize(("body", "expected"), JSON.values(), ids=JSON)
def test_a_json_object_or_nothing(body: bytes, expected: dict[str, str]) -> None:
    """Whatever the body is, reading it never fails."""
    with Wire(answers(200, body)) as wire, TimedSession(10, wire.url) as session:
        assert expected == json_object(session.get(VENDOR))
