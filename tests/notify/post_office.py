"""Real mail servers on this machine: one that takes mail as it is told, and ones that do not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Taken:
    """One mail with its envelope."""

    sender: str
    to: list[str]
    mail: EmailMessage
    tls: bool

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def text(self) -> str:
        return str(self.mail.get_content())


@dataclass
class PostOffice:
    """The handler of a server: what it took, and what it is told to refuse."""

    taken: list[Taken] = field(default_factory=list)
    #: Address → the answer to RCPT.
    refuse: dict[str, str] = field(default_factory=dict)
    #: The answer to the end of DATA, where it is not a good one.
    data: str = ""
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  aiosmtpd's name  # fmt: skip
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        if self.data:
            return self.data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append(
            Taken(envelope.mail_from, envelope.rcpt_tos, mail, tls=session.ssl is not None)
        )
        return "250 taken"

    def of(self, to: str) -> list[Taken]:
        return [one for one in self.taken if one.to == [to]]


@contextmanager
def open_office(port: int = 0, **values: Any) -> Iterator[PostOffice]:
    """A post office at a free port, or at `port`; `values` are aiosmtpd's."""
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=port or free_port(), **values)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def authenticator(user: str, password: str) -> Callable[..., AuthResult]:
    def check(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        right = LoginPassword(user.encode(), password.encode())
        # Not handled: the server is to say so itself.
        return AuthResult(success=data == right, handled=False)

    return check


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for `localhost`, and the file that a client trusts it by."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = folder / "trusted.pem"
    authority.cert_pem.write_to_path(trusted)
    return context, trusted


@contextmanager
def bad_server(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that does to each connection what `behave` does; gives its port."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    behave(connection, ended)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Says nothing at all, until the other side goes."""
    connection.recv(1)


def dripping(connection: socket.socket, ended: threading.Event) -> None:
    """A greeting without end, a byte at a time: no read of it is ever late."""
    connection.sendall(b"220-")
    while not ended.wait(0.05):
        connection.sendall(b"x")


def silent_after_data(connection: socket.socket, ended: threading.Event) -> None:
    """Takes everything and never says that it has."""
    connection.sendall(b"220 here\r\n")
    file = connection.makefile("rb")
    for line in file:
        if line.upper().startswith(b"DATA"):
            connection.sendall(b"354 go on\r\n")
            break
        connection.sendall(b"250 OK\r\n")
    while file.readline():
        pass


def hanging_up(connection: socket.socket, ended: threading.Event) -> None:
    """Closes after the greeting."""
    connection.sendall(b"220 here\r\n")
