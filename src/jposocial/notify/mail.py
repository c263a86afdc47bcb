"""One plain mail to one of our own people, and the conversation that hands it over.

An envelope has one recipient, and no mail has a Cc or a Bcc. A conversation ends within its time
whatever the server does: smtplib's own time-out bounds one read, and a server that drips a byte a
second is never late.
"""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from jposocial.errors import JposocialError
from jposocial.messages import msg
from jposocial.values import is_printable


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    sender: str
    to: str
    subject: str
    body: str
    #: What it is about: the same mail has the same `Message-ID`, should it ever be sent twice.
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    host: str
    port: int
    #: none, starttls or tls.
    tls: str
    #: Seconds for one mail, the way to the server included.
    timeout: float
    user: str = ""
    password: str = ""


class NotMailed(JposocialError):
    """The server could not be reached or did not take a mail; `reason` quotes nobody."""

    def __init__(self, reason: str) -> None:
        super().__init__(msg("the mail was not taken: {reason}", reason=reason))
        self.reason = reason


def composed(mail: Mail, now: datetime) -> EmailMessage:
    """The mail as it goes out. Raises ValueError for a control character in its head."""
    if not all(is_printable(text) for text in (mail.sender, mail.to, mail.subject)):
        raise ValueError("a control character in the head of a mail")
    found = EmailMessage(policy=SMTP)
    found["From"] = mail.sender
    found["To"] = mail.to
    found["Subject"] = mail.subject
    found["Date"] = format_datetime(now)
    found["Message-ID"] = _message_id(mail)
    # So that nobody's absence notice answers it (RFC 3834).
    found["Auto-Submitted"] = "auto-generated"
    found.set_content(mail.body)
    return found


def _message_id(mail: Mail) -> str:
    digest = hashlib.sha256(f"{mail.to}\0{mail.key}".encode()).hexdigest()[:32]
    return f"<{digest}@{mail.sender.rpartition('@')[2]}>"


def hand_over(
    server: Server, mails: Sequence[Mail], now: datetime, taken: Callable[[Mail], None]
) -> None:
    """Mail one after the other; `taken` is called as soon as the server has one.

    Raises NotMailed at the first that it has not, once the others were tried as well.
    """
    refused: list[NotMailed] = []
    with _translated(), _conversation(server) as (smtp, deadline):
        for mail in mails:
            deadline.renew(server.timeout)
            content = composed(mail, now).as_bytes()
            try:
                with _translated(deadline):
                    smtp.sendmail(mail.sender, [mail.to], content)
            except NotMailed as error:
                refused.append(error)
                if deadline.is_over or smtp.sock is None:
                    break
            else:
                taken(mail)
    if refused:
        raise refused[0]


class _Deadline:
    """Shuts a connection when its time is over, whatever waits on it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="mail deadline", daemon=True)
        self._thread.start()

    @property
    def left(self) -> float:
        """Seconds left, a little where there are none."""
        return max(self._end - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def renew(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def watch(self, sock: socket.socket) -> None:
        """A second handle on the same line: TLS takes the first one over."""
        self._line = sock.dup()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        if self._line:
            self._line.close()

    def _watch(self) -> None:
        while not self._closed.wait(min(max(self.left, 0.05), 0.5)):
            if self.is_over and self._line:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
                return


class _Conversation(smtplib.SMTP):
    """smtplib's client on a line that a deadline watches, with TLS from the first byte or not."""

    def __init__(self, server: Server, deadline: _Deadline) -> None:
        self._server, self._deadline = server, deadline
        # Its own default asks the name service who we are, which may take minutes.
        name = socket.gethostname()
        super().__init__(
            server.host,
            server.port,
            local_hostname=name if "." in name else "[127.0.0.1]",
            timeout=server.timeout,
        )

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        sock = socket.create_connection((host, port), self._deadline.left)
        sock.settimeout(timeout)
        self._deadline.watch(sock)
        if self._server.tls != "tls":
            return sock
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


@contextmanager
def _conversation(server: Server) -> Iterator[tuple[smtplib.SMTP, _Deadline]]:
    deadline = _Deadline(server.timeout)
    smtp: smtplib.SMTP | None = None
    try:
        with _translated(deadline):
            smtp = _Conversation(server, deadline)
            if server.tls == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            if server.user:
                smtp.login(server.user, server.password)
        yield smtp, deadline
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
    finally:
        if smtp is not None:
            smtp.close()
        deadline.close()


@contextmanager
def _translated(deadline: _Deadline | None = None) -> Iterator[None]:
    """What went wrong as one word and a number, without anything that the server said."""
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if deadline and deadline.is_over:
            raise NotMailed(TimeoutError.__name__) from None
        raise NotMailed(_reason(error)) from None


def _reason(error: Exception) -> str:
    code = getattr(error, "smtp_code", "")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _ in error.recipients.values()), "")
    return f"{type(error).__name__} {code}".strip()
