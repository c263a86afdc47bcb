"""Whether anything that sync reads has changed since it read it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

from jposocial.toml_values import FILE_NAME

_WATCHED: Final = ("posts", "media", "templates", FILE_NAME)


def fingerprint(root: Path, today: date, composed: datetime | None = None) -> str:
    """Over names, sizes and times of the files; the day, because the horizon moves with it.

    `composed` is the last cutoff of a series: after it there is something new to promise.
    """
    digest = hashlib.sha256(f"{today.isoformat()} {composed}".encode())
    for name in _WATCHED:
        for line in sorted(_stats(root / name)):
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _stats(path: Path) -> Iterator[str]:
    try:
        if path.is_dir() and not path.is_symlink():
            with os.scandir(path) as entries:
                for entry in entries:
                    yield from _stats(Path(entry.path))
        else:
            status = path.stat()
            yield f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}\0{status.st_mode}\n"
    except OSError as error:
        yield f"{path}\0{error.errno}\n"
