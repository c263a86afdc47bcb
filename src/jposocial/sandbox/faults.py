"""How the sandbox misbehaves when it is told to, down to the bytes on the wire."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase
from itertools import chain, repeat
from typing import Any, Protocol, Self

from jposocial.sandbox.exchange import Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What goes wrong with the next requests that match.

    | kind | posted | what the client sees |
    |---|---|---|
    | `status` | no | `status`, `body`, `headers`; or the platform's own refusal for `reason` |
    | `redirect` | no | `status` (307), to `headers["Location"]` or the same address |
    | `hang` | no | nothing, until it gives up or the sandbox stops |
    | `reset_before` | no | a reset connection |
    | `hang_after` | yes | nothing, as above |
    | `drip` | yes | the answer, a byte every `interval` seconds, without end |
    | `reset_after` | yes | a reset connection |
    | `posted_but` | yes | `status` (500), `body`, `headers` |
    | `broken_body` | yes | the right status and half of the JSON, well framed |
    | `cut_body` | yes | the right status and half of the promised bytes, then the end |
    """

    kind: str
    #: An HTTP method; empty: any.
    method: str = ""
    #: A shell pattern for the whole path, such as `/v*/me/feed`.
    path: str = "*"
    #: The name of an account; empty: any.
    account: str = ""
    #: 0: as the kind says, and 500 for `status`.
    status: int = 0
    #: Empty: as the platform words an error of that status.
    body: str = ""
    #: What the platform itself would say: on X `duplicate`, `credits`, `usage-capped`, `suspended`,
    #: `locked`, `permissions`, `deleted-parent`; on Facebook the number of one of Graph's codes.
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: How many requests it meets; 0: all until it is taken back.
    times: int = 1
    #: How many matching requests it lets pass first.
    skip: int = 0
    interval: float = 0.2

    def __post_init__(self) -> None:
        if self.kind not in _PLAYS:
            raise ValueError(f"kind: {self.kind!r} is none of {', '.join(sorted(_PLAYS))}")
        if self.status and not 200 <= self.status <= 599:
            raise ValueError("status: 200 to 599")
        if min(self.times, self.skip) < 0 or self.interval <= 0:
            raise ValueError("times, skip, interval: not negative")
        if any(mark in part for pair in self.headers.items() for part in pair for mark in "\r\n"):
            raise ValueError("headers: one line each")

    @classmethod
    def from_json(cls, value: object) -> Self:
        """A fault from its JSON object. Raises TypeError or ValueError, saying why."""
        if not isinstance(value, dict):
            raise TypeError("a fault is an object")
        known = {f.name: _TYPES[str(f.type)] for f in fields(cls)}
        for name, given in value.items():
            if name not in known:
                raise ValueError(f"{name}: not one of {', '.join(known)}")
            if isinstance(given, bool) or not isinstance(given, known[name]):
                raise TypeError(f"{name}: wrong type")
        if not all(isinstance(header, str) for header in value.get("headers", {}).values()):
            raise ValueError("headers: texts")
        if "kind" not in value:
            raise ValueError("kind: missing")
        return cls(**value)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def meets(self, method: str, path: str, account: str) -> bool:
        return (
            self.method.upper() in ("", method)
            and fnmatchcase(path, self.path)
            and self.account in ("", account)
        )


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "Mapping[str, str]": dict,
}


class Faults:
    """The faults that are set, first set first met; safe for threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._set: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._mutex:
            self._set.append(fault)

    def clear(self) -> None:
        with self._mutex:
            self._set.clear()

    def pending(self) -> tuple[Fault, ...]:
        with self._mutex:
            return tuple(self._set)

    def take(self, method: str, path: str, account: str) -> Fault | None:
        """The fault that this request meets, counted off; None: none."""
        with self._mutex:
            for index, fault in enumerate(self._set):
                if not fault.meets(method, path, account):
                    continue
                if fault.skip:
                    self._set[index] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.times == 1:
                    del self._set[index]
                elif fault.times:
                    self._set[index] = replace(fault, times=fault.times - 1)
                return fault
        return None


class Line(Protocol):
    """The connection of one request."""

    connection: socket.socket

    @property
    def stopping(self) -> threading.Event:
        """Set when the sandbox stops."""

    def wire(self, answer: Answer, *, length: int | None) -> bytes:
        """The bytes of `answer`, promising `length` bytes of body; None: until the end."""


Handle = Callable[[], Answer]
Refused = Callable[[int, str], Answer]


def play(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    """Misbehave; `handle` does what the request asks, `refused` words an error by its status and
    reason. The connection is not to be used afterwards."""
    _PLAYS[fault.kind](fault, handle, refused, line)


def _status(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    _send(line, _told(fault, refused, 500))


def _redirect(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    _send(line, _told(fault, refused, 307))


def _hang(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    # Ends when the client hangs up, or when the sandbox stops and shuts the connection.
    with suppress(OSError):
        while line.connection.recv(65536):
            pass


def _hang_after(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    handle()
    _hang(fault, handle, refused, line)


def _drip(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    whole = line.wire(handle(), length=None)
    for byte in _endless(whole):
        line.connection.sendall(byte)
        if line.stopping.wait(fault.interval):
            return


def _endless(whole: bytes) -> Iterator[bytes]:
    # Spaces may follow a JSON value, so a reader has no reason to stop.
    return chain((whole[i : i + 1] for i in range(len(whole))), repeat(b" "))


def _reset_before(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    # Closing with a linger time of zero sends RST instead of FIN; `detach`, because the
    # reader above the socket would keep a plain `close` from closing it.
    linger = struct.pack("ii", 1, 0)
    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    os.close(line.connection.detach())


def _reset_after(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    handle()
    _reset_before(fault, handle, refused, line)


def _posted_but(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    handle()
    _send(line, _told(fault, refused, 500))


def _broken_body(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    _send(line, _halved(handle()))


def _cut_body(fault: Fault, handle: Handle, refused: Refused, line: Line) -> None:
    answer = handle()
    line.connection.sendall(line.wire(_halved(answer), length=len(answer.body)))


def _halved(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _told(fault: Fault, refused: Refused, status: int) -> Answer:
    answer = refused(fault.status or (0 if fault.reason else status), fault.reason)
    if fault.body:
        answer = replace(answer, body=fault.body.encode())
    return replace(answer, headers={**answer.headers, **fault.headers})


def _send(line: Line, answer: Answer) -> None:
    line.connection.sendall(line.wire(answer, length=len(answer.body)))


_PLAYS: Mapping[str, Callable[[Fault, Handle, Refused, Line], None]] = {
    "status": _status,
    "redirect": _redirect,
    "hang": _hang,
    "hang_after": _hang_after,
    "drip": _drip,
    "reset_before": _reset_before,
    "reset_after": _reset_after,
    "posted_but": _posted_but,
    "broken_body": _broken_body,
    "cut_body": _cut_body,
}
