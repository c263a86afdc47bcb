"""Locks between the processes of one host, by the kernel: they end with their process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jposocial.errors import LockHeld
from jposocial.messages import msg


@contextmanager
def exclusive(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold `path` alone. Raises LockHeld, naming the holder, where `wait` is false."""
    descriptor = _opened(path)
    try:
        _lock(descriptor, path, wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """The lock's file, made as open to others as its folder is, whatever the umask says."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    os.fchmod(descriptor, path.parent.stat().st_mode & 0o666)
    return descriptor


def _lock(descriptor: int, path: Path, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        holder = os.pread(descriptor, 40, 0).decode(errors="replace").strip()
        raise LockHeld(
            msg(
                "another process (pid {pid}) holds {path}; it publishes already",
                pid=holder or "?",
                path=path.name,
            )
        ) from None
