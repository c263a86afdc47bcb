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
from collections.abc import Callable, Mapping, Sequence
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
    port: int
    socket_options: Sequence[tuple[int, int, int]] | None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        """A connection to the first address that answers; they share what is left.

        `socket.create_connection` gives each of a name's addresses the whole time.
        """
        found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        error = OSError("the name has no address")
        for number, (family, kind, protocol, _, address) in enumerate(found):
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(self.exchange.left() / (len(found) - number))
                sock.connect(address)
                # For what follows inside `connect`: a proxy's greeting, the TLS handshake.
                sock.settimeout(self.exchange.left())
            except OSError as refused:
                sock.close()
                error = refused
            else:
                return sock
        raise error

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        # The name's look-up has no time-out of its own: ask once more before any byte.
        self.exchange.left()
        self.sock = _Timed(self.sock, self.exchange)


class _OneUse:
    """Mixed into urllib3's pools: a connection serves one request.

    One that the server has closed meanwhile would lose the next request, and nobody could tell
    what became of it; posts are hours apart, so nothing is gained by keeping one.
    """

    def _put_conn(self, conn: HTTPConnection | None) -> None:
        if conn:
            conn.close()
        super()._put_conn(None)  # type: ignore[misc]


def _pools(exchange: Exchange) -> dict[str, type[HTTPConnectionPool]]:
    """What a pool manager takes for `pool_classes_by_scheme`."""
    plain = type("TimedHTTP", (_TimedConnection, HTTPConnection), {"exchange": exchange})
    secure = type("TimedHTTPS", (_TimedConnection, HTTPSConnection), {"exchange": exchange})
    return {
        "http": type("PlainPool", (_OneUse, HTTPConnectionPool), {"ConnectionCls": plain}),
        "https": type("SecurePool", (_OneUse, HTTPSConnectionPool), {"ConnectionCls": secure}),
    }


class _Adapter(HTTPAdapter):
    """Sends to `base_url` instead of the vendor's host where one is configured."""

    def __init__(self, exchange: Exchange, base_url: str | None) -> None:
        self._exchange = exchange
        self._base = urlsplit(base_url) if base_url else None
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager()
        self.poolmanager.pool_classes_by_scheme = _pools(self._exchange)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Timed as well: bytes that went through a proxy have left this machine too."""
        if not proxy.lower().startswith(("http://", "https://")):
            raise requests.exceptions.InvalidProxyURL("only http and https proxies are used")
        if proxy not in self.proxy_manager:
            manager = super().proxy_manager_for(proxy, **kwargs)
            manager.pool_classes_by_scheme = _pools(self._exchange)
        return self.proxy_manager[proxy]

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if self._base:
            path = urlsplit(request.url or "")
            request.url = urlunsplit(
                (self._base.scheme, self._base.netloc, path.path, path.query, "")
            )
            kwargs["proxies"] = {} if _is_loopback(self._base.hostname) else kwargs.get("proxies")
        request.headers["Connection"] = "close"
        return super().send(request, *args, **kwargs)


class TimedSession(requests.Session):
    """A session whose requests end within `seconds`, whatever the server does.

    `base_url` replaces scheme, host and port of every call. A redirect is an answer like
    another: following one would send a POST again.
    """

    def __init__(self, seconds: float, base_url: str | None = None) -> None:
        super().__init__()
        self.exchange = Exchange()
        #: The last request's answer, read whole; None where there was none.
        self.answer: requests.Response | None = None
        self._seconds = seconds
        adapter = _Adapter(self.exchange, base_url)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        kwargs["allow_redirects"] = False
        kwargs["stream"] = True
        self.answer = None
        self.exchange.restart(self._seconds)
        response = super().request(method, url, *args, **kwargs)
        _read(response)
        self.answer = response
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
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
