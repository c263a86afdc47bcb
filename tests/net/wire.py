"""A server that does on the wire what a test tells it to, byte by byte.

with Wire(answers(200, b'{"id": "1"}')) as wire:
    ...  # wire.url, wire.requests
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """`METHOD /path`, without the query."""
        return f"{self.method} {self.target.partition('?')[0]}"


@dataclass
class Turn:
    """The connection after the request was read, and the event of the test's end."""

    connection: socket.socket
    over: threading.Event
    heard: Heard = field(default_factory=lambda: Heard(method="", target="", headers={}, body=b""))

    def send(self, content: bytes) -> None:
        self.connection.sendall(content)

    def reset(self) -> None:
        """RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def drip(self, content: bytes, interval: float = 0.05) -> None:
        """A byte every `interval` seconds, again and again until the client has had enough."""
        while not self.over.is_set():
            for number in range(len(content)):
                self.send(content[number : number + 1])
                if self.over.wait(interval):
                    return

    def pour(self, content: bytes) -> None:
        """As fast as the client reads, without end."""
        while not self.over.is_set():
            self.send(content)

    def hang(self) -> None:
        """Nothing, until the client hangs up or the test ends."""
        with suppress(OSError):
            while not self.over.is_set() and self.connection.recv(65536):
                pass


Play = Callable[[Turn], None]


def wired(status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer."""
    named = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {status} {phrase(status)}"]
    lines += [f"{name}: {value}" for name, value in {**named, **(headers or {})}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def phrase(status: int) -> str:
    """What HTTP calls it; of one that it does not know, `Unknown`."""
    with suppress(ValueError):
        return HTTPStatus(status).phrase
    return "Unknown"


def answers(status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None) -> Play:
    return lambda turn: turn.send(wired(status, body, headers))


class Wire:
    """Listens on this machine; each connection is one request, then `play`, then the end.

    `before` plays before the request is read.
    """

    def __init__(
        self, play: Play, *, before: Play | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.play = play
        self.before = before
        self.requests: list[Heard] = []
        self.over = threading.Event()
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def lines(self) -> list[str]:
        """`METHOD /path` of each request."""
        return [heard.line for heard in self.requests]

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that has had enough, or the end of the test.
        with suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                self._open.append(connection)
            with connection:
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                turn = Turn(connection, self.over)
                if self.before:
                    self.before(turn)
                heard = read_request(connection)
                if heard:
                    self.requests.append(heard)
                    turn.heard = heard
                    self.play(turn)


def read_request(connection: socket.socket) -> Heard | None:
    """The whole request; None where the client broke it off."""
    content = b""
    while b"\r\n\r\n" not in content:
        more = connection.recv(65536)
        if not more:
            return None
        content += more
    head, _, body = content.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    method, target, _ = first.split(" ")
    return Heard(method=method, target=target, headers=headers, body=body)


def closed_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
