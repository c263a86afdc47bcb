"""Which workspace a database belongs to: a copy, or one put back from a backup, must not publish.

`var/instance` names the database and keeps the record's head at the last post on a live account. It
stands outside the database on purpose: what is put back from a backup does not know what went out
since, and would send it again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, select

from jposocial.errors import Unavailable
from jposocial.messages import Message, msg
from jposocial.outbox.blockers import House
from jposocial.outbox.meta import set_meta
from jposocial.store import audit
from jposocial.store.engine import reading
from jposocial.store.tables import EVENTS, META

#: Below `var/`.
FILE: Final = "instance"

_META: Final = "instance"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Card:
    """What the file says; its inode tells it from a copy of itself."""

    id: str
    #: The record's last event when it was written.
    seq: int
    hash: str
    inode: int


class Instance:
    """The binding of one workspace. `machine` tells machines apart; "" where none has a name."""

    def __init__(self, root: Path, machine: Callable[[], str]) -> None:
        self._root = root
        self._machine = machine
        self._path = root / "var" / FILE

    def bind_new(self, engine: Engine) -> None:
        """A database that was never bound, where no other ever was, belongs here."""
        with reading(engine) as connection:
            known = _known(connection)
        if known is None and not self._path.exists():
            with engine.begin() as connection:
                if _known(connection) is None:
                    self._bind(connection)

    def adopt(self, engine: Engine, *, now: datetime, by: str) -> None:
        """A person says that it belongs here. Raises OSError."""
        with engine.begin() as connection:
            audit.append(connection, "instance.adopted", at=now, actor=by)
            self._bind(connection)

    def _bind(self, connection: Connection) -> None:
        """The file first: a crash in between leaves what does not fit, and that publishes nothing."""
        self._path.unlink(missing_ok=True)
        name, mode = uuid4().hex, self._path.parent.stat().st_mode & 0o666
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        try:
            os.fchmod(descriptor, mode)
            _write(descriptor, name, connection)
            inode = os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)
        said = {
            "id": name, "inode": inode, "root": str(self._root), "machine": self._machine(),
        }  # fmt: skip
        set_meta(connection, _META, json.dumps(said, ensure_ascii=False))

    def keep(self, engine: Engine) -> None:
        """Before bytes go out on a live account: the record's head is on the disk beside it.

        Raises Unavailable where it cannot be written.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR)
            try:
                with reading(engine) as connection:
                    _write(descriptor, _read(descriptor).id, connection)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            raise Unavailable(f"var/{FILE}: {type(error).__name__}") from error

    def differs(self, connection: Connection) -> Message | None:
        """Why nothing may go out on live accounts from here; None where all is as it was left."""
        known, card = _known(connection), self._card()
        if known is None and card is None and not self._path.exists():
            return None
        if known is None or card is None or card.id != known["id"] or card.inode != known["inode"]:
            return msg(
                "the database and var/{file} do not belong together: one of them was copied, put back or made anew",
                file=FILE,
            )
        if known["root"] != str(self._root):
            return msg("this workspace was copied or moved from {root}", root=known["root"])
        if known["machine"] != self._machine():
            return msg("this workspace comes from another machine")
        if not _has(connection, card):
            return msg("the database is older than what went out from here: it was put back")
        return None

    def _card(self) -> _Card | None:
        """None where there is no file, or none that can be read."""
        with suppress(OSError, ValueError):
            descriptor = os.open(self._path, os.O_RDONLY)
            try:
                return _read(descriptor)
            finally:
                os.close(descriptor)
        return None


def elsewhere(engine: Engine, house: House) -> Message | None:
    with reading(engine) as connection:
        return house.elsewhere(connection)


def refusal(why: Message) -> Message:
    """The sentence for people: what is so, and the command that ends it."""
    return msg(
        "nothing goes out on live accounts: {why}. Compare the queue with the accounts' timelines, then: jposocial doctor --adopt",
        why=why,
    )


def _known(connection: Connection) -> dict[str, Any] | None:
    text = connection.execute(select(META.c.value).where(META.c.name == _META)).scalar()
    return json.loads(text) if text else None


def _has(connection: Connection, card: _Card) -> bool:
    """Whether the event is in the record, to the letter; with none yet, any record is right."""
    if not card.seq:
        return True
    found = connection.execute(select(EVENTS.c.hash).where(EVENTS.c.seq == card.seq)).scalar()
    return found == card.hash


def _write(descriptor: int, name: str, connection: Connection) -> None:
    """In place and of one length: it is the old line or the new one, in the same file."""
    seq, digest = audit.head(connection)
    os.pwrite(descriptor, f"{name} {seq:016} {digest}\n".encode(), 0)
    os.fsync(descriptor)


def _read(descriptor: int) -> _Card:
    """Raises ValueError for what is not a card."""
    name, seq, digest = os.pread(descriptor, 4096, 0).decode("ascii").split()
    return _Card(id=name, seq=int(seq), hash=digest, inode=os.fstat(descriptor).st_ino)
