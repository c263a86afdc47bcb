"""Why the database cannot be written, and what a person can do about it."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jposocial.errors import StoreError
from jposocial.messages import Message, msg

#: The byte of the `-shm` file that a writer has locked (https://www.sqlite.org/walformat.html).
_WRITE_LOCK: Final = 120

_PLACES: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The process that has the writer's lock."""

    pid: int
    name: str
    stopped: bool


def trouble(error: sqlite3.Error, database: Path, seconds: int) -> StoreError | None:
    """What `error` means for people; None where it is a mistake of the program's own."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return StoreError(_busy(holder(database), database, seconds))
    if code in _PLACES:
        return StoreError(
            msg(
                "the database {path} cannot be written: {error}; nothing of this was written. Look at the disk's free space and at who may write there",
                path=str(database),
                error=str(error),
            )
        )
    return None


def _busy(found: Holder | None, database: Path, seconds: int) -> Message:
    if found is None:
        return msg(
            "the database was locked for {seconds} s by another process; nothing of this was written. Find it with: fuser {path}",
            seconds=seconds,
            path=str(database),
        )
    if found.stopped:
        return msg(
            "the database was locked for {seconds} s by process {pid} ({name}), which is stopped; nothing of this was written. Let it go on with: kill -CONT {pid}; or end it with: kill -9 {pid} (what it was sending becomes unconfirmed and is looked for, never sent again). Then try again",
            seconds=seconds,
            pid=found.pid,
            name=found.name,
        )
    return msg(
        "the database was locked for {seconds} s by process {pid} ({name}); nothing of this was written. Try again; if it does not end, end it with: kill {pid}",
        seconds=seconds,
        pid=found.pid,
        name=found.name,
    )


def holder(database: Path) -> Holder | None:
    """Who has the writer's lock, by the kernel's own list; None where it does not say.

    The file itself is not opened: closing it would end the locks that this process has on it.
    """
    try:
        inode = os.stat(f"{database}-shm").st_ino  # noqa: PTH116  a name beside the database's
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    pids = [pid for line in lines if (pid := _writer(line.split(), inode))]
    return _described(pids[0]) if pids else None


def _writer(words: list[str], inode: int) -> int:
    """The process of a line such as `1: POSIX ADVISORY WRITE 4711 fe:00:1234 120 120`, else 0.

    Who waits has `->` behind the number.
    """
    if len(words) != 8 or words[1] != "POSIX" or words[3] != "WRITE":
        return 0
    first, last = int(words[6]), float("inf") if words[7] == "EOF" else int(words[7])
    mine = words[5].rpartition(":")[2] == str(inode) and first <= _WRITE_LOCK <= last
    return max(int(words[4]), 0) if mine else 0


def _described(pid: int) -> Holder:
    folder = Path(f"/proc/{pid}")
    try:
        arguments = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        comm = (folder / "comm").read_text().strip()
    except (OSError, IndexError):
        return Holder(pid=pid, name="?", stopped=False)
    return Holder(pid=pid, name=_name(arguments, comm), stopped=state in "Tt")


def _name(arguments: list[str], comm: str) -> str:
    """`jposocial publish`, or the program's short name: arguments of others are not ours to tell."""
    for number, word in enumerate(arguments):
        if Path(word).name == "jposocial":
            commands = [a for a in arguments[number + 1 :] if a and not a.startswith("-")]
            return " ".join(["jposocial", *commands[:1]])
    return comm or "?"
