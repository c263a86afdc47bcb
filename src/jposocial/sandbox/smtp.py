"""A stand-in for the relay: it keeps each mail as a file, on the disk before it answers 250."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

#: No newsletter is larger; more is refused as a relay would.
_LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One mail as it arrived."""

    sender: str
    recipient: str
    content: bytes


class MailSandbox:
    """Keeps what arrives in `folder`: `NNNNNNNN.eml`, and its envelope in `.json` beside it."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        self._port = port
        self._lock = threading.Lock()
        self._number = max((int(p.stem) for p in folder.glob("*.eml")), default=0)
        self._controller: Controller | None = None

    @property
    def port(self) -> int:
        if self._controller is None or self._controller.server is None:
            raise RuntimeError("not started")
        server: Any = self._controller.server
        found: int = server.sockets[0].getsockname()[1]
        return found

    def start(self) -> MailSandbox:
        self._controller = _Controller(self, port=self._port)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller:
            self._controller.stop(no_assert=True)
            self._controller = None

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """On the disk when it returns."""
        with self._lock:
            self._number += 1
            name = f"{self._number:08}"
            envelope = {"from": sender, "to": list(recipients)}
            _write(self.folder / f"{name}.json", json.dumps(envelope).encode())
            _write(self.folder / f"{name}.eml", content)

    def kept(self) -> Iterator[Kept]:
        """What arrived, in order."""
        for path in sorted(self.folder.glob("*.eml")):
            envelope = json.loads(path.with_suffix(".json").read_text("utf-8"))
            for recipient in envelope["to"]:
                yield Kept(sender=envelope["from"], recipient=recipient, content=path.read_bytes())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk."""
    draft = path.with_suffix(path.suffix + ".new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


class _Controller(Controller):
    def __init__(self, sandbox: MailSandbox, *, port: int) -> None:
        super().__init__(_Handler(sandbox), hostname="127.0.0.1", port=port)

    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="sandbox", data_size_limit=_LARGEST, ident="sandbox")

    def _trigger_server(self) -> None:
        """Its own way connects to the port that was asked for, which may be 0."""
        server: Any = self.server
        with socket.create_connection(server.sockets[0].getsockname(), 5.0) as line:
            line.recv(1024)


class _Handler:
    def __init__(self, sandbox: MailSandbox) -> None:
        self._sandbox = sandbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content: Any = envelope.original_content or b""
        self._sandbox.keep(envelope.mail_from or "", envelope.rcpt_tos, content)
        return "250 OK"


@contextmanager
def mail_sandbox(folder: Path) -> Iterator[MailSandbox]:
    folder.mkdir(parents=True, exist_ok=True)
    server = MailSandbox(folder).start()
    try:
        yield server
    finally:
        server.stop()
