"""A mail server on this machine that does what it is told, envelope by envelope."""

from __future__ import annotations

import socket
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class RelayServer:
    """`faults`: recipient → what happens to each of their envelopes, one after the other.

    A reply ("450 later") is given at its step: "mail:…", "rcpt:…", "data:…" or "end:…". "drop" at a
    step closes the line there: "end:drop" after the whole mail came, taken or not nobody knows.
    """

    pipelining: bool = True
    #: Every envelope of anybody who has no fault of their own.
    always: str = ""
    #: Seconds that the answer to a mail takes.
    slow: float = 0.0
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: Recipients whose mail was answered with 250, in order.
    taken: list[str] = field(default_factory=list)
    #: Recipients of every mail that came whole, answered or not.
    came: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    #: The most that were connected at the same time.
    most: int = 0

    def __enter__(self) -> RelayServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        # A thread that waits in `accept` would keep it open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(line)
                self.most = max(self.most, len(self._open))
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError, ConnectionError), line, line.makefile("rb") as reading:
            try:
                self._converse(line, reading)
            finally:
                with self._lock:
                    self._open.discard(line)

    def _converse(self, line, reading) -> None:  # noqa: C901  a conversation has its turns
        def say(text: str) -> None:
            line.sendall(f"{text}\r\n".encode())

        say("220 relay")
        recipient, fault, mail_fault = "", "", ""
        while command := reading.readline():
            word = command.decode("ascii", "replace").strip()
            verb = word[:4].upper()
            if verb == "EHLO":
                say(
                    "250-relay\r\n250-PIPELINING\r\n250 8BITMIME"
                    if self.pipelining
                    else "250 relay"
                )
            elif verb == "MAIL":
                recipient = fault = ""
                mail_fault = self.always if self.always.startswith("mail:") else ""
                say(mail_fault.removeprefix("mail:") or "250 ok")
            elif verb == "RCPT":
                address = word.partition("<")[2].rstrip(">").replace('"', "")
                with self._lock:
                    mine = self.faults[address]
                    fault = mine.pop(0) if mine else self.always
                if fault == "rcpt:drop":
                    return
                if fault.startswith("rcpt:"):
                    say(fault.removeprefix("rcpt:"))
                else:
                    recipient = address
                    say("250 ok")
            elif verb == "DATA":
                if fault == "data:drop":
                    return
                if not recipient or mail_fault:
                    say("554 no valid recipients")
                elif fault.startswith("data:"):
                    say(fault.removeprefix("data:"))
                else:
                    say("354 go on")
                    if not self._take(reading, recipient, fault, say):
                        return
            elif verb == "RSET":
                recipient = fault = ""
                say("250 ok")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("500 what")

    def _take(self, reading, recipient: str, fault: str, say) -> bool:
        content = b""
        while (row := reading.readline()) != b".\r\n":
            if not row:
                return False
            content += row
        with self._lock:
            self.came.append(recipient)
            self.contents.append(content)
        if fault == "end:drop":
            return False
        if fault == "end:hang":
            self._stopped.wait(30)
            return False
        if fault.startswith("end:"):
            say(fault.removeprefix("end:"))
            return True
        self._stopped.wait(self.slow)
        with self._lock:
            self.taken.append(recipient)
        say("250 taken")
        return True
