"""The one HTTP session of the program: a deadline over the whole request, no redirects.

`requests` bounds one read at a time: a server that drips a byte a second is never late. Here
every socket operation gets what is left of the request's total time, and the session knows
whether any byte of the request has left, which is what tells "surely not sent" from "unknown".
"""

from __future__ import annotations

import io
import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

#: An answer of a publishing call is a few kilobytes; more than this is no such answer.
MAX_ANSWER: Final = 2_000_000


class Exchange:
    """The clock and the mark of one request: its deadline, and whether bytes have left."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = 0.0
        self.sent = False

    def restart(self, seconds: float) -> None:
        self._end = self._monotonic() + seconds
        self.sent = False

    def left(self) -> float:
        """Seconds left. Raises TimeoutError where there are none."""
        seconds = self._end - self._monotonic()
        if seconds <= 0:
            raise TimeoutError("the request's total time is over")
        return seconds


class _Timed:
    """A socket whose every operation has what is left of the deadline."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange

    def sendall(self, data: Any, *flags: int) -> None:
        self._sock.settimeout(self._exchange.left())
        self._exchange.sent = True
        self._sock.sendall(data, *flags)

    def recv_into(self, *args: Any) -> int:
        self._sock.settimeout(self._exchange.left())
        return self._sock.recv_into(*args)

    def makefile(self, mode: str = "rb", buffering: int | None = None, **kwargs: Any) -> Any:
        # SocketIO asks for recv_into, so that buffered reads pass through the deadline too.
        self._sock._io_refs += 1  # type: ignore[attr-defined]
        return io.BufferedReader(socket.SocketIO(self, "r"))  # type: ignore[arg-type]

    def settimeout(self, value: float | None) -> None:
        """urllib3 sets its own; the deadline is ours."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _TimedConnection:
    """Mixed into urllib3's connections: after connecting, the socket is timed."""

    exchange: Exchange
    sock: Any

    def connect(self) -> None:
        self.timeout = self.exchange.left()
        super().connect()  # type: ignore[misc]
        # The name's look-up has no time-out of its own: ask once more before any byte.
        self.exchange.left()
        self.sock = _Timed(self.sock, self.exchange)


def _manager(exchange: Exchange, **kwargs: Any) -> PoolManager:
    plain = type("TimedHTTP", (_TimedConnection, HTTPConnection), {"exchange": exchange})
    secure = type("TimedHTTPS", (_TimedConnection, HTTPSConnection), {"exchange": exchange})
    manager = PoolManager(**kwargs)
    manager.pool_classes_by_scheme = {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
    return manager


class _Adapter(HTTPAdapter):
    """Sends to `base_url` instead of the vendor's host where one is configured."""

    def __init__(self, exchange: Exchange, seconds: float, base_url: str | None) -> None:
        self._exchange = exchange
        self._seconds = seconds
        self._base = urlsplit(base_url) if base_url else None
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = _manager(self._exchange)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if self._base:
            path = urlsplit(request.url or "")
            request.url = urlunsplit(
                (self._base.scheme, self._base.netloc, path.path, path.query, "")
            )
            kwargs["proxies"] = {} if _is_loopback(self._base.hostname) else kwargs.get("proxies")
        # A reused connection that the server has closed meanwhile is a lost request whose
        # fate is unknown; posts are hours apart, so each has a connection of its own.
        request.headers["Connection"] = "close"
        self._exchange.restart(self._seconds)
        return super().send(request, *args, **kwargs)


class TimedSession(requests.Session):
    """A session whose requests end within `seconds`, whatever the server does.

    `base_url` replaces scheme, host and port of every call. A redirect is an answer like
    another: following one would send a POST again.
    """

    def __init__(self, seconds: float, base_url: str | None = None) -> None:
        super().__init__()
        self.exchange = Exchange()
        adapter = _Adapter(self.exchange, seconds, base_url)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        kwargs["allow_redirects"] = False
        kwargs["stream"] = True
        response = super().request(method, url, *args, **kwargs)
        _read(response)
        return response

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None

    @property
    def sent(self) -> bool:
        """Whether any byte of the last request has left this machine."""
        return self.exchange.sent


def _read(response: requests.Response) -> None:
    """The body, as long as it is of a sane size."""
    body = response.raw.read(MAX_ANSWER + 1, decode_content=True)
    response.close()
    if len(body) > MAX_ANSWER:
        raise requests.exceptions.ContentDecodingError("the answer is too large")
    response._content = body
    response._content_consumed = True  # type: ignore[attr-defined]


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def json_object(response: requests.Response) -> Mapping[str, Any]:
    """The answer's JSON object; empty where it is none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
