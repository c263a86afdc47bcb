"""Whether anything that sync reads has changed since it read it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jposocial.layout import FILE_NAME

#: posts/ has the registers and the media in it.
_WATCHED: Final = ("posts", "media", "templates")


def fingerprint(root: Path, *marks: object) -> str:
    """Of the files, without reading one, and of `marks`: what else sync depends on.

    A file's time of change (ctime) cannot be set back, so one that was put back with its old
    time of writing shows all the same; whose it is counts too, for the authors of an approval.
    """
    digest = hashlib.sha256("\0".join(map(str, marks)).encode())
    lines = [line for name in _WATCHED for line in _below(str(root / name))]
    lines.append(_line(str(root / FILE_NAME)))
    digest.update("\n".join(sorted(lines)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _below(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _below(entry.path)
                else:
                    yield _line(entry.path)
    except OSError as error:
        yield f"{folder}\0{error.errno}"


def _line(path: str) -> str:
    try:
        s = os.stat(path)  # noqa: PTH116  for every file of the tree: a Path costs more than the call
    except OSError as error:
        return f"{path}\0{error.errno}"
    return f"{path}\0{s.st_size}\0{s.st_mtime_ns}\0{s.st_ctime_ns}\0{s.st_ino}\0{s.st_mode}\0{s.st_uid}"
