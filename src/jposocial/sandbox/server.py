"""The sandbox as an HTTP server on this machine, a thread for every connection."""

from __future__ import annotations

import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jposocial.errors import UsageError
from jposocial.messages import msg
from jposocial.sandbox.control import Control
from jposocial.sandbox.exchange import (
    Answer,
    Request,
    SandboxAccount,
    Service,
    World,
    fields_of,
    json_answer,
    phrase,
)
from jposocial.sandbox.facebook import Facebook
from jposocial.sandbox.faults import Fault, Faults, play
from jposocial.sandbox.timeline import Entry, Timeline
from jposocial.sandbox.x import X

SERVICES: Mapping[str, Callable[[World], Service]] = {"x": X, "facebook": Facebook}

TOKYO = ZoneInfo("Asia/Tokyo")
LOOPBACK = ("127.0.0.1", "localhost")
#: The largest image that a platform takes, and what is around it.
MAX_BODY = 12_000_000
#: Seconds that one connection may take to end; none waits for anything but its disk.
STOP_PATIENCE = 5.0


class Sandbox:
    """A stand-in for the platforms; `with Sandbox(…) as sandbox:` runs it in the background.

    `clock` gives every time it shows; `language` and `zone` are those of its page.
    """

    def __init__(
        self,
        accounts: Sequence[SandboxAccount],
        timeline: Timeline,
        clock: Callable[[], datetime],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        language: str = "ja",
        zone: ZoneInfo = TOKYO,
    ) -> None:
        if host not in LOOPBACK:
            raise UsageError(
                msg("the sandbox listens on this machine only, not on {host}", host=host)
            )
        self.accounts = tuple(accounts)
        self.timeline = timeline
        self.clock = clock
        self._address = (host, port)
        self._faults = Faults()
        world = World(accounts=self.accounts, timeline=timeline, clock=clock)
        self._services = tuple(service(world) for service in SERVICES.values())
        self._control = Control(world=world, faults=self._faults, language=language, zone=zone)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`; known once it is started."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        return f"http://{self._address[0]}:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Listen, and serve in a background thread. Raises OSError if the port is taken."""
        if self._server is None:
            self._server = _Server(self._address, self)
            self._thread = threading.Thread(
                target=self._server.serve_forever, name="sandbox", daemon=True
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """End every connection, the hanging ones too; may be called twice."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.end()
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def misbehave(self, fault: Fault) -> None:
        """Let the next matching requests go wrong."""
        self._faults.add(fault)

    def behave(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def entries(self, account: str | None = None) -> tuple[Entry, ...]:
        return self.timeline.entries(account)

    def requests(self) -> dict[str, int]:
        """How many requests the platforms got, by "METHOD /path"; faulty ones count."""
        return self._control.requests.seen()

    def _serve(self, request: Request, line: _Connection) -> bool:
        """Answer one request; whether the connection is still good afterwards."""
        if self._control.owns(request.path):
            return line.send(self._control.answer(request))
        self._control.requests.count(request)
        service = next((s for s in self._services if s.owns(request.path)), None)
        if service is None:
            return line.send(json_answer(404, {"error": "no platform has this address"}))
        account = service.account_of(request)
        name = account.name if account else ""
        fault = self._faults.take(request.method, request.path, name)
        if fault is None:
            return line.send(_handled(service, request))
        refused = _refused(service, request)
        play(fault, lambda: _handled(service, request), refused, line)
        return False


def serve(sandbox: Sandbox, ready: Callable[[str], None]) -> int:
    """Run until SIGINT or SIGTERM, and return which; `ready` gets the address.

    From the main thread only, and before other threads are started: they inherit that the
    two signals wait here.
    """
    ends = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        with sandbox:
            ready(sandbox.url)
            return int(signal.sigwait(ends))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _handled(service: Service, request: Request) -> Answer:
    try:
        return service.answer(request)
    except OSError:
        # The timeline's disk refused, so nothing is promised.
        return service.refusal(500)


def _refused(service: Service, request: Request) -> Callable[[int, str], Answer]:
    def refusal(status: int, reason: str) -> Answer:
        try:
            answer = service.refusal(status, reason)
        except ValueError as unknown:
            # Told to whoever set the fault, in the one place where it is known which platform it met.
            return json_answer(501, {"error": str(unknown)})
        if not 300 <= status < 400:
            return answer
        return Answer(status=status, body=answer.body, headers={"Location": request.path})

    return refusal


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.stopping = threading.Event()
        self._mutex = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        # HTTPServer's own would look the host's name up in the DNS.
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._mutex:
            self._open[request] = thread
        thread.start()

    def close_request(self, request: Any) -> None:
        with self._mutex:
            self._open.pop(request, None)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that went away, or a connection that `end` shut, is no error.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        self.stopping.set()
        with suppress(OSError):
            # Wakes `serve_forever` at once instead of at its next half second.
            self.socket.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self.server_close()
        with self._mutex:
            still_open = dict(self._open)
        for connection, thread in still_open.items():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            # So that nothing is posted any more once it has stopped.
            thread.join(STOP_PATIENCE)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    connection: socket.socket

    @property
    def stopping(self) -> threading.Event:
        return self.server.stopping

    def do_GET(self) -> None:
        request = self._request()
        if request is None or not self.server.sandbox._serve(request, self):
            self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _request(self) -> Request | None:
        """The whole request; None where the client broke it off or it was refused."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            self.send(json_answer(411, {"error": "a content length is needed"}))
            return None
        if int(length) > MAX_BODY:
            self.send(json_answer(413, {"error": "too large"}))
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return None
        where = urlsplit(self.path)
        return Request(
            method=self.command,
            path=where.path,
            query=fields_of(where.query),
            headers=headers,
            body=body,
        )

    def send(self, answer: Answer) -> bool:
        self.connection.sendall(self.wire(answer, length=len(answer.body)))
        return True

    def wire(self, answer: Answer, *, length: int | None) -> bytes:
        headers = {
            "Date": format_datetime(self.server.sandbox.clock().astimezone(UTC), usegmt=True),
            "Content-Type": answer.content_type,
            **answer.headers,
        }
        if length is None:
            headers["Connection"] = "close"
        else:
            headers["Content-Length"] = str(length)
        lines = [f"HTTP/1.1 {answer.status} {phrase(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + answer.body

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a body or a token would be in the line."""
