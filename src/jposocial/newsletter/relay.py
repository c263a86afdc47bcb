"""One conversation with the relay: an envelope, its answer, then the next envelope.

MAIL, RCPT and DATA go in one write where the server takes it (RFC 2920), the body and its dot in
another; never the next envelope before the last answer, so that a broken line leaves at most one
recipient in doubt. smtplib connects, protects and logs in.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

from jposocial.errors import JposocialError
from jposocial.messages import msg

#: A server may write lines of 512 octets; whoever sends more than this is none.
_LONGEST: Final = 64 * 1024

State = Literal["accepted", "refused", "deferred", "in_doubt"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What became of one envelope."""

    state: State
    #: What the server said, or what broke.
    reply: str
    #: The line cannot be used any more.
    broken: bool = False
    #: The server refuses us and not the recipient: nobody else would fare better.
    ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """How the relay is reached."""

    host: str
    port: int
    #: none, starttls or tls.
    tls: str
    #: Total seconds for one step of the conversation.
    timeout: float
    user: str = ""
    password: str = ""
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context


class RelayDown(JposocialError):
    """The relay cannot be reached, or does not let us in; nothing was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(msg("the mail server cannot be used: {reason}", reason=reason))
        self.reason = reason


class _Broken(Exception):
    """The line ended, was silent for too long, or spoke no SMTP."""


class Line:
    """A connection on which envelopes go out one after the other."""

    def __init__(self, door: Door) -> None:
        self._timeout = door.timeout
        self._smtp = _opened(door)
        self._sock: socket.socket = self._smtp.sock  # type: ignore[assignment]
        self._pipelines = self._smtp.has_extn("pipelining")
        self._rest = b""

    def send(self, sender: str, recipient: str, message: bytes) -> Answer:
        """Send `message` (CRLF lines) to one recipient, and say what became of it."""
        deadline = time.monotonic() + self._timeout
        try:
            refused = self._envelope(sender, recipient, deadline)
        except (_Broken, OSError) as error:
            # No byte of the message was written: it was surely not sent.
            return Answer(state="deferred", reply=_reason(error), broken=True)
        if refused:
            return refused
        try:
            self._write(_stuffed(message), time.monotonic() + self._timeout)
            code, said = self._reply(time.monotonic() + self._timeout)
        except (_Broken, OSError) as error:
            return Answer(state="in_doubt", reply=_reason(error), broken=True)
        return _after_the_dot(code, said)

    def _envelope(self, sender: str, recipient: str, deadline: float) -> Answer | None:
        """None where the server waits for the message."""
        steps = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
        replies: list[tuple[int, str]] = []
        if self._pipelines:
            self._write("".join(f"{step}\r\n" for step in steps).encode("ascii"), deadline)
            replies = [self._reply(deadline) for _ in steps]
        else:
            for step in steps:
                self._write(f"{step}\r\n".encode("ascii"), deadline)
                replies.append(self._reply(deadline))
                if _before_the_message(replies):
                    break
        refused = _before_the_message(replies)
        if refused is None or refused.broken:
            return refused
        if replies[-1][0] == 354:
            # It waits for a message to nobody; the line is given up, and nothing was sent.
            return replace(refused, broken=True)
        self._write(b"RSET\r\n", deadline)
        return refused if self._reply(deadline)[0] == 250 else replace(refused, broken=True)

    def _write(self, content: bytes, deadline: float) -> None:
        self._sock.settimeout(_left(deadline))
        self._sock.sendall(content)

    def _reply(self, deadline: float) -> tuple[int, str]:
        lines: list[str] = []
        while True:
            line = self._line(deadline)
            lines.append(line[4:])
            if line[3:4] != "-":
                if not (line[:3].isdigit() and line[3:4] in ("", " ")):
                    raise _Broken("no SMTP reply")
                return int(line[:3]), f"{line[:3]} {' '.join(lines)}".strip()
            if sum(map(len, lines)) > _LONGEST:
                raise _Broken("endless reply")

    def _line(self, deadline: float) -> str:
        while b"\n" not in self._rest:
            if len(self._rest) > _LONGEST:
                raise _Broken("endless line")
            self._sock.settimeout(_left(deadline))
            received = self._sock.recv(4096)
            if not received:
                raise _Broken("the server closed the connection")
            self._rest += received
        line, _, self._rest = self._rest.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def close(self) -> None:
        """Leave politely where that costs no waiting."""
        with suppress(OSError):
            self._sock.settimeout(1.0)
            self._sock.sendall(b"QUIT\r\n")
        self._smtp.close()


def _opened(door: Door) -> smtplib.SMTP:
    """Raises RelayDown, with nothing in it that the server said about us."""
    name = socket.gethostname()
    local = name if "." in name else "[127.0.0.1]"
    try:
        smtp = (
            smtplib.SMTP_SSL(
                door.host, door.port, local, timeout=door.timeout, context=door.context()
            )
            if door.tls == "tls"
            else smtplib.SMTP(door.host, door.port, local, timeout=door.timeout)
        )
    except (OSError, smtplib.SMTPException) as error:
        raise RelayDown(_reason(error)) from None
    try:
        smtp.ehlo_or_helo_if_needed()
        if door.tls == "starttls":
            smtp.starttls(context=door.context())
            smtp.ehlo()
        if door.user:
            smtp.login(door.user, door.password)
    except (OSError, smtplib.SMTPException) as error:
        smtp.close()
        raise RelayDown(_reason(error)) from None
    sock = smtp.sock
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        # Two writes a message: the second one waits for nobody's acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return smtp


def _before_the_message(replies: list[tuple[int, str]]) -> Answer | None:
    """What the first reply that is no consent means; None where all are consents so far."""
    wanted = ((250,), (250, 251, 252), (354,))
    for number, (code, said) in enumerate(replies):
        if code in wanted[number]:
            continue
        if code == 421:
            return Answer(state="deferred", reply=said, broken=True)
        if 400 <= code < 500:
            return Answer(state="deferred", reply=said)
        if 500 <= code < 600 and number == 1:
            return Answer(state="refused", reply=said)
        # The sender or the service was refused, or an answer that nobody knows: nothing was sent.
        return Answer(state="deferred", reply=said, ours=True, broken=not 500 <= code < 600)
    return None


def _after_the_dot(code: int, said: str) -> Answer:
    """RFC 5321, 4.2.5: only 250 takes the message over; 4yz and 5yz surely do not."""
    if 200 <= code < 300:
        return Answer(state="accepted", reply=said)
    if code == 421:
        return Answer(state="deferred", reply=said, broken=True)
    if 400 <= code < 500:
        return Answer(state="deferred", reply=said)
    if 500 <= code < 600:
        return Answer(state="refused", reply=said)
    return Answer(state="in_doubt", reply=said, broken=True)


def _stuffed(message: bytes) -> bytes:
    """The message with its dots doubled and its end (RFC 5321, 4.5.2)."""
    if b"\n." in message or message.startswith(b"."):
        message = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _reason(error: BaseException) -> str:
    """One word and a number, or our own words."""
    if isinstance(error, _Broken):
        return str(error)
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
