"""How results read: tables for people, one JSON document for scripts."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from jposocial.messages import Message, msg
from jposocial.values import WEEKDAYS


def as_json(value: Any) -> None:
    """One document on standard output; instants in ISO 8601 with their offset."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def note(text: str) -> None:
    """To standard error, so that standard output stays what was asked for."""
    click.echo(text, err=True)


def width(text: str) -> int:
    """Columns on a terminal: full-width characters take two, combining ones none."""
    return sum(
        0
        if unicodedata.combining(c) or c == "\u200d"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with the columns of `rows` under each other; the first row is the header."""
    widths = [max(width(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = (cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(row))
        yield "  ".join(cells).rstrip()


def echo_lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def named(post: str, used: Sequence[str]) -> str:
    """A post, or a series with what it picked: the first, and how many more."""
    more = f" +{len(used) - 1}" if len(used) > 1 else ""
    return f"{post} ({used[0]}{more})" if used else post


def moment(value: datetime, zone: Any) -> Message:
    """`2027-01-21 (Thu) 19:00`, local."""
    local = value.astimezone(zone)
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{local:%Y-%m-%d}",
        weekday=WEEKDAYS[local.weekday()],
        time=f"{local:%H:%M}",
    )
