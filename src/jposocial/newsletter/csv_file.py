"""Subscribers as CSV: read strictly, each line with its own verdict; written so that it comes back.

Columns: address, name, lang, consented_at, source, wording. UTF-8 or cp932, told apart by what
decodes strictly: never a guess that leaves mojibake.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jposocial.errors import Refused
from jposocial.messages import LANGUAGES, Message, msg
from jposocial.newsletter.addresses import Address, BadAddress, parse_address
from jposocial.newsletter.subscribers import Consent, Subscriber
from jposocial.values import BadValue, did_you_mean, parse_day, parse_instant

COLUMNS: Final = ("address", "name", "lang", "consented_at", "source", "wording")

#: An export has these as well; an import reads past them.
_FURTHER: Final = ("status",)

_NEEDED: Final = ("address", "consented_at", "source", "wording")

#: A spreadsheet takes a text that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t")

#: What no text has, but cp932 makes of any bytes.
_NO_TEXT: Final = re.compile("[\0\x80-\x9f\ue000-\uf8ff\ufffd]")

_LONGEST_NAME: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line that is good."""

    line: int
    address: Address
    name: str
    lang: str
    consent: Consent


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    line: int
    message: Message
    fix: Message | str = ""


class _Bad(Exception):
    def __init__(self, message: Message, fix: Message | str = "") -> None:
        super().__init__(str(message))
        self.message, self.fix = message, fix


def decoded(content: bytes) -> str:
    """Raises Refused where it is neither UTF-8 nor cp932, with the line."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            place = content.count(b"\n", 0, error.start) + 1
            continue
        if not (strange := _NO_TEXT.search(text)):
            return text
        place = text.count("\n", 0, strange.start()) + 1
    raise Refused(
        msg(
            "line {line}: the file is neither UTF-8 nor Shift_JIS (cp932); save it anew as CSV UTF-8",
            line=place,
        )
    )


def read(text: str, zone: ZoneInfo, now: datetime) -> Iterator[Entry | Rejected]:
    """Each line's verdict, in order. Raises Refused where the first line names no columns."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = _columns(next(rows, []))
    seen: dict[str, int] = {}
    line = rows.line_num
    while True:
        first = line + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            # Where a quotation mark is open, nobody knows where the next line begins.
            yield Rejected(
                line=first,
                message=msg(
                    "the line cannot be read ({error}), nor what follows it", error=str(error)
                ),
                fix=msg("close the quotation mark"),
            )
            return
        if row is None:
            return
        line = rows.line_num
        if any(cell.strip() for cell in row):
            yield _verdict(first, row, columns, seen, zone, now)


def _columns(row: list[str]) -> list[str]:
    found = [cell.strip().lower() for cell in row]
    if len(found) == 1 and any(sign in found[0] for sign in "\t;"):
        raise Refused(
            msg("the columns are not separated by commas; save it as CSV, comma-separated")
        )
    known = (*COLUMNS, *_FURTHER)
    for name in found:
        if name not in known:
            raise Refused(
                msg(
                    "line 1: unknown column '{name}' — {fix}",
                    name=name,
                    fix=did_you_mean(name, known),
                )
            )
    if missing := [name for name in _NEEDED if name not in found]:
        raise Refused(msg("line 1: the columns {names} are missing", names=", ".join(missing)))
    if len(set(found)) < len(found):
        raise Refused(msg("line 1: a column is there twice"))
    return found


def _verdict(
    line: int,
    row: list[str],
    columns: list[str],
    seen: dict[str, int],
    zone: ZoneInfo,
    now: datetime,
) -> Entry | Rejected:
    try:
        if len(row) != len(columns):
            raise _Bad(
                msg("{found} values, {wanted} columns", found=len(row), wanted=len(columns)),
                msg("put a value with a comma into quotation marks"),
            )
        entry = _entry(line, dict(zip(columns, row, strict=True)), zone, now)
        if entry.address.key in seen:
            raise _Bad(msg("the same address as in line {line}", line=seen[entry.address.key]))
        seen[entry.address.key] = line
        return entry
    except (_Bad, BadAddress) as bad:
        return Rejected(line=line, message=bad.message, fix=bad.fix)


def _entry(line: int, values: dict[str, str], zone: ZoneInfo, now: datetime) -> Entry:
    cells = {name: _undone(value.strip()) for name, value in values.items()}
    for name in ("name", "source", "wording"):
        if any(unicodedata.category(c) == "Cc" for c in cells.get(name, "")):
            raise _Bad(msg("there is a control character in {name}", name=name))
    for name in _NEEDED[1:]:
        if not cells.get(name):
            raise _Bad(
                msg("{name} is empty: without evidence of a consent nobody is mailed", name=name),
                msg("write when, how and to which wording they consented"),
            )
    lang = cells.get("lang") or "ja"
    if lang not in LANGUAGES:
        raise _Bad(msg("lang is '{lang}'", lang=lang), msg("write ja or en"))
    if len(cells.get("name", "")) > _LONGEST_NAME:
        raise _Bad(msg("the name is longer than {number} characters", number=_LONGEST_NAME))
    at = _instant(cells["consented_at"], zone)
    if at > now:
        raise _Bad(msg("consented_at lies in the future"))
    return Entry(
        line=line, address=parse_address(cells["address"]), name=cells.get("name", ""), lang=lang,
        consent=Consent(step="declared", at=at, source=cells["source"], wording=cells["wording"]),
    )  # fmt: skip


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        if len(text) <= len("2027-01-14"):
            return datetime.combine(parse_day(text), datetime.min.time(), zone)
        if "T" in text:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.replace(tzinfo=zone)
        return parse_instant(text, zone)
    except (BadValue, ValueError):
        raise _Bad(
            msg("consented_at is '{text}'", text=text[:40]),
            msg("write 2027-01-14 or 2027-01-14 10:00"),
        ) from None


def written(rows: Iterable[tuple[Subscriber, Consent | None]]) -> Iterator[str]:
    """Lines of CSV, the columns' names first; an import takes them back."""
    yield _line((*COLUMNS, *_FURTHER))
    for one, consent in rows:
        yield _line(
            (
                one.address,
                _done(one.name),
                one.lang,
                consent.at.isoformat() if consent else "",
                _done(consent.source) if consent else "",
                _done(consent.wording) if consent else "",
                one.status,
            )
        )


def _line(values: Iterable[str]) -> str:
    found = io.StringIO()
    csv.writer(found, lineterminator="\r\n").writerow(values)
    return found.getvalue()


def _done(text: str) -> str:
    """With an apostrophe before what a spreadsheet would calculate."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _undone(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
