"""How results read: tables for people, one JSON document for scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from jposocial import wording

moment = wording.moment


def as_json(value: Any) -> None:
    """One document on standard output; instants in ISO 8601 with their offset."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    from datetime import date, time

    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def note(text: str) -> None:
    """To standard error, so that standard output stays what was asked for."""
    click.echo(text, err=True)


def width(text: str) -> int:
    """Columns on a terminal: full-width characters take two, combining ones none."""
    return int(wcwidth().width(text, control_codes="ignore"))


def fitted(text: str, columns: int) -> str:
    """`text` in so many columns, cut with two dots where it is wider.

    What is narrow on some terminals and wide on others (○, ※, ①) counts as wide.
    """
    if int(wcwidth().width(text, control_codes="ignore", ambiguous_width=2)) <= columns:
        return text
    # What is kept may have more letters than columns: marks take none.
    kept: str = wcwidth().clip(
        text, 0, max(columns - 2, 0), ambiguous_width=2, control_codes="ignore"
    )
    return kept.rstrip() + ".."[: max(columns, 0)]


def broken(text: str, columns: int) -> list[str]:
    """`text` in lines of so many columns; nothing is cut."""
    return list(wcwidth().wrap(text, columns, subsequent_indent="    ", break_on_hyphens=False))


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def wcwidth() -> Any:
    # Imported here: most commands print no table.
    import wcwidth as found

    return found


def columns() -> int:
    """Of the terminal, or of the variable COLUMNS; 80 where neither says."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def is_terminal() -> bool:
    return sys.stdout.isatty()


def can_write(text: str) -> bool:
    """Whether standard output has every character of `text`."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def painted(text: str, **style: Any) -> str:
    """`text` in colour, on a terminal whose reader has not asked for none (no-color.org)."""
    plain = not is_terminal() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else click.style(text, **style)


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
