"""The archive's tables: CSV (RFC 4180) in UTF-8, with the mark that spreadsheets look for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jposocial.outbox.filed import Filed

#: Of `posts.csv`; README.txt says what each is.
COLUMNS: Final = (
    "number", "published_at", "text", "account", "platform", "handle", "mode", "author",
    "approver", "approved_at", "url", "remote_id", "media", "media_sha256", "media_alt",
    "retracted_at", "retracted_by", "delivery", "part", "post", "kind", "moment", "due",
    "payload_hash",
)  # fmt: skip

#: Of `record.csv`.
EVENT_COLUMNS: Final = (
    "seq", "at", "event", "delivery", "account", "post", "actor", "detail", "previous", "hash",
)  # fmt: skip

#: An image's digest → its name in the folder; empty where its bytes are gone.
NameOf = Callable[[str], str]


def posts(found: Iterable[Filed], zone: ZoneInfo, name_of: NameOf) -> bytes:
    """One row for each part that was published."""
    rows = [_row(one, zone, name_of) | {"number": n} for n, one in enumerate(found, start=1)]
    return _csv(COLUMNS, rows)


def record(events: Iterable[Any], zone: ZoneInfo) -> bytes:
    """One row for each event of the record."""
    rows = [
        row._asdict()
        | {
            "at": instant(row.at, zone),
            "detail": json.dumps(row.detail, ensure_ascii=False, sort_keys=True),
        }
        for row in events
    ]
    return _csv(EVENT_COLUMNS, rows)


def instant(value: datetime | None, zone: ZoneInfo) -> str:
    """ISO 8601 with its offset, to the second; empty for none."""
    return value.astimezone(zone).isoformat(timespec="seconds") if value else ""


def _row(one: Filed, zone: ZoneInfo, name_of: NameOf) -> dict[str, Any]:
    d, part = one.delivery, one.part
    same = ("account", "platform", "handle", "mode", "post", "kind", "moment", "payload_hash")
    return {name: getattr(d, name) for name in same} | {
        "published_at": instant(one.accepted_at, zone),
        "text": part.text,
        "author": ", ".join(d.authors),
        "approver": one.approver or "",
        "approved_at": instant(one.approved_at, zone),
        "url": part.url or "",
        "remote_id": part.remote_id,
        "media": "\n".join(name_of(m["digest"]) for m in part.media),
        "media_sha256": "\n".join(m["digest"] for m in part.media),
        "media_alt": "\n".join(m["alt"] for m in part.media),
        "retracted_at": instant(d.retracted_at, zone),
        "retracted_by": d.retracted_by or "",
        "delivery": d.id,
        "part": part.number + 1,
        "due": instant(d.due, zone),
    }


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
