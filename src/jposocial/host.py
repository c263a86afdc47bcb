"""What the operating system says: who runs this, which process this is, who still lives."""

from __future__ import annotations

import gc
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jposocial.outbox.claims import Claimer
from jposocial.users import user_name


def effective_user() -> str:
    """The effective uid's name: the only identity an approval knows."""
    return user_name(os.geteuid())


def machine_id() -> str:
    """A digest that no other machine has; "" where the system has no machine-id.

    The id itself is confidential, as machine-id(5) says: it is hashed with the program's name.
    """
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            if found := Path(path).read_bytes().strip():
                return hashlib.sha256(b"jposocial:" + found).hexdigest()
    return ""


def this_process() -> Claimer:
    pid = os.getpid()
    return Claimer(host=socket.gethostname(), pid=pid, process=process_start(pid) or "?")


def process_start(pid: int) -> str | None:
    """Boot and start of a process, which no other ever has; None where it does not live.

    Elsewhere than on Linux only the process id tells: a reused one then counts as living,
    and its delivery waits for the lease to end.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    try:
        # The name in parentheses may hold spaces; the start time is field 22 of stat.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "?"
    # A zombie has ended: only its parent has not yet taken notice.
    return None if fields[0] == "Z" else f"{boot}:{fields[19]}"


def lives(host: str, pid: int, process: str) -> bool:
    """Whether that process still lives; on another host it counts as living."""
    return host != socket.gethostname() or process_start(pid) == process


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the garbage collector of cycles, if it was on.

    What was made meanwhile counts as old: the collector would look at all of it at once.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
