"""`var/media/`: the bytes that were approved, under the name of their own SHA-256.

    var/media/<sha256>.png              what goes out
    var/media/sources/<sha256>          of an original: which of them was made of it

The second spares every command from decoding again, and an approval from a newer Pillow that
would encode the same picture otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from jposocial.errors import Interrupted
from jposocial.media.encoding import EXTENSIONS, Prepared

#: Counts up when the encoding's rules change: what was made by older ones is made anew.
RULES: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the rest of the program needs to know of an image."""

    #: SHA-256 of the bytes that go out, hex.
    digest: str
    type: str
    #: In bytes, as it goes out.
    size: int
    width: int
    height: int


def facts_of(image: Prepared) -> Facts:
    return Facts(
        digest=image.digest,
        type=image.type,
        size=len(image.data),
        width=image.width,
        height=image.height,
    )


class MediaStore:
    """Files are written whole or not at all, and read only if they are what their name says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: Digest → the file's time, size and number when it was last found to be intact.
        self._intact: dict[str, tuple[int, ...]] = {}

    def keep(self, image: Prepared) -> None:
        """Write the image, unless it is there. Raises OSError."""
        if not self.intact(image.digest):
            ending = EXTENSIONS[image.type][0]
            self._write(self._folder / f"{image.digest}.{ending}", image.data)

    def intact(self, digest: str) -> bool:
        """Whether the image is there, byte for byte."""
        found = self._found(digest)
        if found is None:
            return False
        path, _ = found
        try:
            mark = _mark(path)
            if self._intact.get(digest) == mark:
                return True
            self.read(digest)
        except (OSError, Interrupted):
            return False
        self._intact[digest] = mark
        return True

    def read(self, digest: str) -> tuple[bytes, str]:
        """The image's bytes and media type. Raises Interrupted (`file`) for any other bytes."""
        found = self._found(digest)
        try:
            data = found[0].read_bytes() if found else b""
        except OSError:
            data = b""
        if found is None or hashlib.sha256(data).hexdigest() != digest:
            self._intact.pop(digest, None)
            raise Interrupted("file")
        return data, found[1]

    def made_of(self, source: str) -> Facts | None:
        """What was made of the original with that SHA-256, if it is still there."""
        try:
            kept = json.loads(self._source(source).read_bytes())
            facts = Facts(**kept["facts"]) if kept["rules"] == RULES else None
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return facts if facts and self.intact(facts.digest) else None

    def note_source(self, source: str, facts: Facts) -> None:
        """Remember what was made of an original. Raises OSError."""
        if self.made_of(source) != facts:
            kept = json.dumps({"rules": RULES, "facts": asdict(facts)}, sort_keys=True)
            self._write(self._source(source), kept.encode())

    def _source(self, source: str) -> Path:
        return self._folder / "sources" / source

    def _found(self, digest: str) -> tuple[Path, str] | None:
        paths = ((self._folder / f"{digest}.{e[0]}", kind) for kind, e in EXTENSIONS.items())
        return next(((path, kind) for path, kind in paths if path.is_file()), None)

    def _write(self, path: Path, data: bytes) -> None:
        """On the disk under another name first: a crash leaves no half of it."""
        _folder(path.parent)
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        with new.open("wb") as file:
            file.write(data)
            # As open to others as its folder is: several people may work in one workspace.
            os.fchmod(file.fileno(), path.parent.stat().st_mode & 0o666)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _to_disk(path.parent)


def _mark(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _folder(path: Path) -> None:
    if not path.is_dir():
        _folder(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(path.parent.stat().st_mode & 0o7777)
        _to_disk(path.parent)


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


#: Reads an image that was approved: digest → (bytes, media type). Raises Interrupted.
ReadMedia = Callable[[str], tuple[bytes, str]]
