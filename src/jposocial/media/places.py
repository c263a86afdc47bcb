"""Finding and reading an image inside the workspace; no link on the way is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from jposocial.media.errors import BadImage
from jposocial.messages import Message, msg

#: The folders of the workspace in which images are; what changes in them is seen by `publish`.
FOLDERS: Final = ("posts", "media")

#: No original is larger; what may go out is for each platform to say.
MAX_SOURCE: Final = 40_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """An image file that is open; `mark` changes when the file does."""

    descriptor: int
    size: int
    mark: tuple[int, ...]

    def read(self) -> bytes:
        """The whole file, as long as it was when it was opened."""
        with os.fdopen(os.dup(self.descriptor), "rb") as file:
            return file.read(MAX_SOURCE)


@contextmanager
def opened(root: Path, file: str) -> Iterator[Source]:
    """The image that a content file names. Raises BadImage (F01, or E21 where there is none)."""
    descriptor = _open(root, _path(root, file), file)
    try:
        found = os.fstat(descriptor)
        _refuse_size(found.st_size, file)
        mark = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev)
        yield Source(descriptor=descriptor, size=found.st_size, mark=mark)
    finally:
        os.close(descriptor)


def _path(root: Path, file: str) -> PurePosixPath:
    """`file` from the workspace's folder, else from `posts/`."""
    path = PurePosixPath(file)
    if not path.parts or path.is_absolute() or ".." in path.parts or not file.isprintable():
        raise _elsewhere(file)
    for place in (path, "posts" / path):
        if place.parts[0] in FOLDERS and os.path.lexists(root / place):
            return place
    if os.path.lexists(root / path):
        raise _elsewhere(file)
    raise BadImage(
        "E21",
        msg("{file}: there is no such image", file=file),
        msg(
            "put the image there, or write its place from the workspace's folder: posts/media/NAME.png"
        ),
    )


def _elsewhere(file: str) -> BadImage:
    return BadImage(
        "F01",
        msg("{file}: images are read from posts/media alone", file=file),
        msg("put the image under posts/media and write: file: posts/media/NAME.png"),
    )


def _open(root: Path, path: PurePosixPath, file: str) -> int:
    """A descriptor of the plain file at `path`, opened folder by folder from `root`."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        folder = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            for name in path.parts[:-1]:
                _refuse_kind(name, folder, file, leads=True)
                inner = os.open(name, flags | os.O_DIRECTORY, dir_fd=folder)
                os.close(folder)
                folder = inner
            _refuse_kind(path.name, folder, file, leads=False)
            return os.open(path.name, flags, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unreadable(
            msg("{file}: it cannot be read: {error}", file=file, error=error.strerror or str(error)),
            msg("look at the file's permissions"),
        ) from None  # fmt: skip


def _refuse_kind(name: str, folder: int, file: str, *, leads: bool) -> None:
    """A link, and what is no plain file (or, on the way, no folder)."""
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        raise _unreadable(
            msg("{file}: it is a link, or lies behind one; links are not followed", file=file),
            msg("copy the image itself there"),
        )
    if not leads and stat.S_ISDIR(mode):
        raise _unreadable(
            msg("{file}: this is a folder, not an image", file=file), msg("name an image in it")
        )
    if not leads and not stat.S_ISREG(mode):
        raise _unreadable(
            msg("{file}: this is not a plain file", file=file), msg("put an image there")
        )


def _unreadable(message: Message, fix: Message) -> BadImage:
    return BadImage("F01", message, fix)


def _refuse_size(size: int, file: str) -> None:
    if size == 0:
        raise BadImage(
            "E21",
            msg("{file}: the file is empty (0 bytes)", file=file),
            msg("save the image again, and look at it before you put it there"),
        )
    if size > MAX_SOURCE:
        raise BadImage(
            "E21",
            msg("{file}: the file is too large ({size} bytes, at most {most})", file=file, size=size, most=MAX_SOURCE),
            msg("make it smaller: some 2000 pixels on the longer side are plenty"),
        )  # fmt: skip
