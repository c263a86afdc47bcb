"""The sandbox's memory: an append-only file of JSON lines that several processes may share.

A line is one entry (`id, account, platform, text, created_at, parent, link, media, marks`), the
deletion of one (`deleted, at`), an image that waits for its post (`upload`) or its alternative
text (`described, alt`). It is on the disk before the caller goes on; the images' bytes are in
the folder `media` beside the file.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jposocial.model import canonical_json


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that readers can see."""

    #: Given by `Timeline.append`.
    id: str = ""
    account: str
    platform: str
    #: As it was sent; what a platform makes of it is that service's affair.
    text: str
    created_at: datetime
    #: The id of the entry that this one replies to.
    parent: str | None = None
    #: A link that was sent beside the text.
    link: str | None = None
    #: The images, in their order: `id, digest, type, alt` of each.
    media: Sequence[Mapping[str, str]] = ()
    #: Idempotency keys and the like, by name.
    marks: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "created_at": self.created_at.astimezone(UTC).isoformat(),
            "media": [dict(image) for image in self.media],
            "marks": dict(self.marks),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """An image that readers cannot see until a post shows it."""

    #: Given by `Timeline.upload`.
    id: str = ""
    account: str
    platform: str
    #: SHA-256 of its bytes, hex.
    digest: str
    type: str
    created_at: datetime
    alt: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"created_at": self.created_at.astimezone(UTC).isoformat()}

    def shown(self) -> dict[str, str]:
        """As an entry has it."""
        return {"id": self.id, "digest": self.digest, "type": self.type, "alt": self.alt}


@dataclass(frozen=True, slots=True)
class _Described:
    id: str
    alt: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """An entry that readers do not see any more, and since when."""

    entry: Entry
    at: datetime


@dataclass(frozen=True, slots=True)
class _Deletion:
    id: str
    at: datetime


class Timeline:
    """Safe for threads, and for processes on the same file; reads see what others appended.

    Each process opens its own: a lock taken before a fork would be held by both sides.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._mutex = threading.Lock()
        self._file = _create(self.path)
        self._read_to = 0
        self._lines = 0
        self._entries: dict[str, Entry] = {}
        self._by_account: dict[str, dict[str, Entry]] = {}
        self._uploads: dict[str, Upload] = {}
        self._deleted: list[Deleted] = []

    def close(self) -> None:
        with self._mutex:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def entries(self, account: str | None = None) -> tuple[Entry, ...]:
        """What stands, oldest first; of one account, by its name, where that is given."""
        with self._locked(fcntl.LOCK_SH):
            return self._of(account)

    def deleted(self) -> tuple[Deleted, ...]:
        """What was taken off, in that order."""
        with self._locked(fcntl.LOCK_SH):
            return tuple(self._deleted)

    def get(self, entry_id: str) -> Entry | None:
        with self._locked(fcntl.LOCK_SH):
            return self._entries.get(entry_id)

    def append(
        self,
        entry: Entry,
        name: Callable[[int], str],
        guard: Callable[[Sequence[Entry]], None] | None = None,
    ) -> Entry:
        """Store `entry` under the id that `name` makes of its number in the file.

        `guard` sees the account's entries under the lock and refuses by raising, so of two
        equal posts at once only one gets through. Raises OSError when the disk refuses.
        """
        with self._locked(fcntl.LOCK_EX):
            if guard is not None:
                guard(self._of(entry.account))
            stored = replace(entry, id=name(self._lines + 1))
            self._write(stored.as_json())
            return stored

    def upload(self, upload: Upload, data: bytes, name: Callable[[int], str]) -> Upload:
        """Store an image under the id that `name` makes of its number in the file."""
        with self._locked(fcntl.LOCK_EX):
            self._store(upload.digest, data)
            stored = replace(upload, id=name(self._lines + 1))
            self._write({"upload": stored.as_json()})
            return stored

    def describe(self, upload_id: str, alt: str) -> None:
        """Give an image that is there its alternative text."""
        with self._locked(fcntl.LOCK_EX):
            self._write({"described": upload_id, "alt": alt})

    def uploaded(self, upload_id: str) -> Upload | None:
        with self._locked(fcntl.LOCK_SH):
            return self._uploads.get(upload_id)

    def image(self, digest: str) -> bytes:
        """The bytes of an image that was uploaded; empty where they are gone."""
        try:
            return (self.path.parent / "media" / digest).read_bytes()
        except OSError:
            return b""

    def _store(self, digest: str, data: bytes) -> None:
        folder = self.path.parent / "media"
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            folder.chmod(self.path.parent.stat().st_mode & 0o7777)
        new = folder / f".{digest}.new"
        with new.open("wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), folder.stat().st_mode & 0o666)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / digest)
        _sync_folder(folder)

    def delete(self, entry_id: str, at: datetime) -> bool:
        """Take an entry off the timeline; its line stays in the file."""
        with self._locked(fcntl.LOCK_EX):
            if entry_id not in self._entries:
                return False
            self._write({"deleted": entry_id, "at": at.astimezone(UTC).isoformat()})
            return True

    def _of(self, account: str | None) -> tuple[Entry, ...]:
        entries = self._entries if account is None else self._by_account.get(account, {})
        return tuple(entries.values())

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        # flock belongs to the open file, so threads of one process need the mutex as well.
        with self._mutex:
            if self._file < 0:
                raise OSError(errno.EBADF, "the timeline is closed", str(self.path))
            fcntl.flock(self._file, kind)
            try:
                self._read_new()
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read_new(self) -> None:
        """Take in what was appended since. Under the lock no line is half-way: a tail
        without a newline was torn by a crash, and counts if it is whole but for that."""
        size = os.fstat(self._file).st_size
        *lines, tail = _read(self._file, self._read_to, size).split(b"\n")
        for line in lines:
            self._take(line)
        self._read_to = size - len(tail)
        if tail and self._take(tail):
            self._read_to = size

    def _take(self, line: bytes) -> bool:
        record = _parse(line)
        if record is None:
            return False
        self._lines += 1
        if isinstance(record, Upload):
            self._uploads[record.id] = record
        elif isinstance(record, _Described) and record.id in self._uploads:
            self._uploads[record.id] = replace(self._uploads[record.id], alt=record.alt)
        elif isinstance(record, Entry):
            self._entries[record.id] = record
            self._by_account.setdefault(record.account, {})[record.id] = record
        elif isinstance(record, _Deletion):
            self._take_off(record)
        return True

    def _take_off(self, deletion: _Deletion) -> None:
        gone = self._entries.pop(deletion.id, None)
        if gone is not None:
            del self._by_account[gone.account][gone.id]
            self._deleted.append(Deleted(gone, deletion.at))

    def _write(self, record: Mapping[str, Any]) -> None:
        line = canonical_json(record) + b"\n"
        if self._torn():
            line = b"\n" + line
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)
        self._read_new()

    def _torn(self) -> bool:
        size = os.fstat(self._file).st_size
        return size > 0 and os.pread(self._file, 1, size - 1) != b"\n"


def _timed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**record, "created_at": datetime.fromisoformat(record["created_at"])}


def _create(path: Path) -> int:
    """Open for appending; a new file's name is on the disk too, and so are its folders'."""
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if new:
        # As open to others as its folder is: several people may work in one workspace.
        os.fchmod(file, path.parent.stat().st_mode & 0o666)
    for folder in (path.parent, *(folder.parent for folder in missing)):
        _sync_folder(folder)
    return file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: int, start: int, end: int) -> bytes:
    chunks = []
    while start < end:
        chunk = os.pread(file, end - start, start)
        if not chunk:
            break
        chunks.append(chunk)
        start += len(chunk)
    return b"".join(chunks)


def _parse(line: bytes) -> Entry | Upload | _Described | _Deletion | None:
    """An entry, the deletion of one, or None for what a crash left of a line."""
    with suppress(ValueError, TypeError, KeyError):
        record = json.loads(line)
        if "deleted" in record:
            return _Deletion(str(record["deleted"]), datetime.fromisoformat(record["at"]))
        if "described" in record:
            return _Described(str(record["described"]), str(record["alt"]))
        if "upload" in record:
            return Upload(**_timed(record["upload"]))
        return Entry(**(_timed(record) | {"media": tuple(record.get("media") or ())}))
    return None
