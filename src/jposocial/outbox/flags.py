"""Holds as files: a brake that works when the database cannot be written.

A file in `var/holds/` holds what it names until it has become a hold in the database; one
that cannot be read holds everything. `touch var/holds/stop` is a hold as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine

from jposocial.outbox.holds import Hold, set_hold
from jposocial.users import user_name

#: Below `var/`.
FOLDER: Final = "holds"

_KINDS: Final = frozenset({"all", "account", "category", "post"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    path: Path
    #: Its id is 0: it has none before the database knows it.
    hold: Hold


def raise_flag(folder: Path, kind: str, value: str, *, reason: str, by: str, now: datetime) -> Flag:
    """Put a hold in force by a file that is on the disk when this returns.

    Where the disk takes no more bytes an empty file holds everything. Raises OSError.
    """
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o7777)
    path = folder / f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    said = {"kind": kind, "value": value, "reason": reason, "since": now.isoformat()}
    try:
        _write(path, json.dumps(said, ensure_ascii=False).encode())
    except OSError:
        path.touch()
    _sync(folder)
    hold = Hold(id=0, kind=kind, value=value, reason=reason, by=by, machine=False, since=now)
    return Flag(path=path, hold=hold)


def _write(path: Path, content: bytes) -> None:
    """Under a hidden name first: half a file would hold everything."""
    new = path.with_name(f".{path.name}")
    try:
        with new.open("xb") as file:
            file.write(content)
            os.fchmod(file.fileno(), path.parent.stat().st_mode & 0o666)
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lower(flag: Flag) -> None:
    """Take a flag down whose hold the database has."""
    flag.path.unlink(missing_ok=True)


def raised(folder: Path) -> list[Flag]:
    """The flags that fly, oldest first. What cannot be looked at holds everything."""
    try:
        names = sorted(entry for entry in os.listdir(folder) if not entry.startswith("."))  # noqa: PTH208  the names alone, for every claim
    except FileNotFoundError:
        return []
    except OSError as error:
        return [Flag(path=folder, hold=_everything(folder, str(error.strerror), "?"))]
    return [flag for name in names if (flag := _read(folder / name))]


def standing(var: Path) -> list[Hold]:
    """The holds of the flags below a workspace's `var/`."""
    return [flag.hold for flag in raised(var / FOLDER)]


def _read(path: Path) -> Flag | None:
    """None where it was taken down meanwhile."""
    try:
        owner = user_name(path.stat().st_uid)
    except FileNotFoundError:
        return None
    except OSError:
        owner = "?"
    try:
        return Flag(path=path, hold=_hold(json.loads(path.read_bytes()), owner))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Flag(path=path, hold=_everything(path, f"flag {path.name}", owner))


def _hold(said: Mapping[str, Any], owner: str) -> Hold:
    """Who set it is whose file it is. Raises ValueError, TypeError, KeyError."""
    since = datetime.fromisoformat(said["since"])
    kind, value, reason = (said[name] for name in ("kind", "value", "reason"))
    texts = all(isinstance(text, str) for text in (value, reason))
    if kind not in _KINDS or not texts or (kind == "all") == bool(value) or since.tzinfo is None:
        raise ValueError("no hold")
    return Hold(id=0, kind=kind, value=value, reason=reason, by=owner, machine=False, since=since)


def _everything(path: Path, reason: str, owner: str) -> Hold:
    since = datetime.fromtimestamp(0, UTC)
    with suppress(OSError):
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Hold(id=0, kind="all", value="", reason=reason, by=owner, machine=False, since=since)


def adopt(engine: Engine, folder: Path, now: datetime) -> list[Hold]:
    """Make a hold in the database of every flag, then take it down; those that stay up.

    Raises StoreError where the database cannot be written; the flags fly on.
    """
    left = []
    for flag in raised(folder):
        hold = flag.hold
        set_hold(
            engine, hold.kind, hold.value, reason=hold.reason, by=hold.by, now=now, since=hold.since
        )  # fmt: skip
        try:
            lower(flag)
        except OSError:
            left.append(hold)
    return left
