"""Writing the archive's folder: whole or not at all, and never over another one."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jposocial.archive import table
from jposocial.archive.page import Image, Page, render_page
from jposocial.errors import Interrupted, Refused
from jposocial.media.encoding import EXTENSIONS
from jposocial.media.store import ReadMedia
from jposocial.messages import Message, localised, msg
from jposocial.outbox.filed import Filed
from jposocial.store.audit import Verdict

MANIFEST: Final = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Days of the office, both included."""

    first: date
    last: date
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What is to be kept, read in one transaction."""

    found: Sequence[Filed]
    events: Sequence[Any]
    record: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """What was written."""

    folder: Path
    published: int
    media: int
    #: SHA-256 (hex) of SHA256SUMS: what is to be noted elsewhere.
    manifest_sha256: str
    head: str
    #: What an archivist must know of: a broken record, altered rows, images that are gone.
    problems: Sequence[Message]


def write(
    folder: Path,
    contents: Contents,
    read: ReadMedia,
    *,
    name: str,
    period: Period,
    language: str,
    now: datetime,
) -> Archive:
    """Make `folder` with the archive in it. Raises Refused where that cannot be.

    `language` is that of the page; README.txt is Japanese.
    """
    images = _images(contents.found, read)
    problems = _problems(contents, images)
    files = _files(contents, images, name=name, period=period, language=language)
    files["README.txt"] = _readme(
        contents, len(images), problems, name=name, period=period, now=now
    )
    files[MANIFEST] = manifest(files)
    _write(folder, files)
    return Archive(
        folder=folder,
        published=len(contents.found),
        media=len(images),
        manifest_sha256=hashlib.sha256(files[MANIFEST]).hexdigest(),
        head=contents.record.head,
        problems=problems,
    )


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Name → bytes, as `sha256sum -c` reads it."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def _images(found: Sequence[Filed], read: ReadMedia) -> dict[str, Image]:
    images: dict[str, Image] = {}
    for digest in sorted({media["digest"] for one in found for media in one.part.media}):
        try:
            data, kind = read(digest)
        except Interrupted:
            continue
        images[digest] = Image(name=f"media/{digest}.{EXTENSIONS[kind][0]}", type=kind, data=data)
    return images


def _problems(contents: Contents, images: Mapping[str, Image]) -> list[Message]:
    problems = []
    if not contents.record.ok:
        problems.append(msg("the record is broken at event {seq}", seq=contents.record.broken_at))
    for number, one in enumerate(contents.found, start=1):
        if not one.unaltered:
            problems.append(
                msg("{number}: what is stored of it is not what is on record", number=number)
            )
        problems += [
            msg("{number}: the image {digest} is gone", number=number, digest=media["digest"])
            for media in one.part.media
            if media["digest"] not in images
        ]
    return problems


def _files(
    contents: Contents, images: Mapping[str, Image], *, name: str, period: Period, language: str
) -> dict[str, bytes]:
    def name_of(digest: str) -> str:
        return images[digest].name if digest in images else ""

    shown = Page(
        title=name,
        period=f"{period.first} – {period.last}",
        language=language,
        zone=period.zone,
        images=images,
    )
    return {
        "index.html": render_page(contents.found, shown).encode(),
        "posts.csv": table.posts(contents.found, period.zone, name_of),
        "record.csv": table.record(contents.events, period.zone),
    } | {image.name: image.data for image in images.values()}


def _readme(
    contents: Contents,
    images: int,
    problems: Sequence[Message],
    *,
    name: str,
    period: Period,
    now: datetime,
) -> bytes:
    good = msg("the record is whole, nothing was altered, every image is there")
    template = resources.files("jposocial.archive").joinpath("readme_ja.txt").read_text("utf-8")
    return template.format(
        name=name,
        first=period.first,
        last=period.last,
        zone=period.zone.key,
        made=table.instant(now, period.zone),
        count=len(contents.found),
        images=images,
        head=contents.record.head,
        verdict="\n".join(f"・{localised(one, 'ja')}" for one in problems or [good]),
    ).encode()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused(
                msg("{path} is there already; name another folder: --out DIR", path=str(folder))
            )
        for name, data in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        new.replace(folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise Refused(msg("{path} cannot be written: {why}", path=str(folder), why=why)) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
