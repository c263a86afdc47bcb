"""`[cadence.KIND]` of the configuration: a kind's moments per account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from jposocial.messages import msg
from jposocial.model import MAIL, Account, Cadence, Moment
from jposocial.toml_values import (
    TomlReader,
    count_value,
    duration_value,
    listed,
    one_of,
    positive_duration_value,
    text_value,
)
from jposocial.values import BadValue, did_you_mean, parse_clock

#: Every kind that a cadence can be for, those of later versions too.
KINDS_OF_POST: Final = (
    "seminar",
    "testimonial",
    "exam_notice",
    "vacancy",
    "statistics",
    "video",
    "site_update",
    "roster_info",
    "event_report",
    "notice",
    "newsletter",
)

#: A moment at one of these is a deadline's reminder, and only ever moves earlier.
DEADLINES: Final = frozenset({"apply_deadline", "closes", "deadline"})

#: These may be a day late; the others six hours.
PATIENT_MOMENTS: Final = frozenset({"announce", "report", "digest"})

_ANCHOR = re.compile(r"([a-z_]+?)(?:([+-]\d{1,3})(b)?)?")


def read_cadences(
    reader: TomlReader, tables: dict[str, Any], accounts: Mapping[str, Account]
) -> dict[str, Cadence]:
    return {
        kind: _cadence(reader, kind, reader.table(tables, kind, f"cadence.{kind}"), accounts)
        for kind in tables
    }


def _cadence(
    reader: TomlReader, kind: str, table: dict[str, Any], accounts: Mapping[str, Account]
) -> Cadence:
    where = f"cadence.{kind}"
    if kind not in KINDS_OF_POST:
        reader.wrong(
            where, msg("there is no kind '{kind}'", kind=kind), did_you_mean(kind, KINDS_OF_POST)
        )
    other = reader.take(table, "other", where, text_value)
    names = reader.take(table, "accounts", where, listed(one_of(*accounts, MAIL)))
    cap = reader.take(table, "daily_cap", where, count_value)
    rows = {account: _moments(reader, f"{where}.{account}", table[account]) for account in table}
    for account in rows.keys() - accounts.keys() - {"x", "facebook"}:
        reader.wrong(
            f"{where}.{account}",
            msg("no such account"),
            did_you_mean(account, ["accounts", "daily_cap", "other", *accounts]),
        )
    if other is not None and other not in rows:
        reader.wrong(
            f"{where}.other", msg("'{name}' has no row here", name=other), did_you_mean(other, rows)
        )
    return Cadence(rows=rows, other=other, accounts=names, daily_cap=cap)


def _moments(reader: TomlReader, where: str, rows: Any) -> tuple[Moment, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        reader.wrong(
            where,
            msg("must be a list of moments"),
            msg('write [{ moment = "announce", at = "starts-14" }]'),
        )
        return ()
    moments = tuple(_moment(reader, f"{where}[{n}]", dict(row)) for n, row in enumerate(rows))
    names = [m.name for m in moments]
    for name in sorted({n for n in names if names.count(n) > 1}):
        reader.wrong(
            where,
            msg("the moment '{name}' is there twice", name=name),
            msg("give each moment its own name"),
        )
    return moments


def _moment(reader: TomlReader, where: str, row: dict[str, Any]) -> Moment:
    name = reader.need(row, "moment", where, text_value, "?")
    anchor, offset, business = reader.need(row, "at", where, _anchor, ("?", 0, False))
    grace = timedelta(hours=24 if name in PATIENT_MOMENTS else 6)
    moment = Moment(
        name=name,
        anchor=anchor,
        offset=offset,
        business=business,
        at=reader.take(
            row, "time", where, lambda v: parse_clock(text_value(v)), parse_clock("12:00")
        ),
        shift=reader.take(
            row,
            "shift",
            where,
            one_of("previous", "next", "keep"),
            "previous" if anchor in DEADLINES else "next",
        ),
        before=reader.take(row, "before", where, duration_value),
        grace=reader.take(row, "grace", where, positive_duration_value, grace),
    )
    reader.finish(row, where, ("moment", "at", "time", "shift", "before", "grace"))
    _refuse_contradictions(reader, where, moment)
    return moment


def _refuse_contradictions(reader: TomlReader, where: str, moment: Moment) -> None:
    if moment.before is not None and moment.offset:
        reader.wrong(
            f"{where}.before",
            msg("the moment has days and 'before'"),
            msg("write at = \"{anchor}\", or leave 'before' out", anchor=moment.anchor),
        )
    if moment.shift == "next" and moment.anchor in DEADLINES and moment.offset <= 0:
        reader.wrong(
            f"{where}.shift",
            msg("a deadline's reminder never moves later"),
            msg('write shift = "previous" or "keep"'),
        )


def _anchor(value: Any) -> tuple[str, int, bool]:
    match = _ANCHOR.fullmatch(text_value(value).replace(" ", ""))
    if not match:
        raise BadValue(
            msg("'{value}' is no moment", value=value),
            msg("write starts, starts-14, ends+2 or closes-7b"),
        )
    return match[1], int(match[2] or 0), bool(match[3])
