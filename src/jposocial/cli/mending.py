"""What `check` shows of a place, and `check --fix`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jposocial.cli import output
from jposocial.cli.base import Call
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.model import Problem


def caret(root: Path, p: Problem) -> list[str]:
    """The line of a problem with carets under what was found; nothing where it is not clear."""
    line = _line(root / p.path, p.line)
    first = p.found.split("\n")[0]
    if not first or line.count(first) != 1:
        return []
    before = output.width(line[: line.index(first)])
    return [f"    {line}", f"    {' ' * before}{'^' * max(output.width(first), 1)}"]


@cache
def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()


def _line(path: Path, number: int) -> str:
    lines = _lines(path)
    return lines[number - 1] if 0 < number <= len(lines) else ""


def fix(call: Call, problems: Sequence[Problem], *, quiet: bool) -> bool:
    """Show what would change, ask where somebody can answer, and write it; whether it was.

    `quiet` keeps standard output for one JSON document.
    """
    from jposocial.posts.mend import mended, write

    root = call.workspace.root
    found = mended(root, problems)
    for one in found:
        for line in one.diff():
            click.echo(line, err=quiet)
    if not found:
        output.note(call.say(msg("there is nothing that can be mended for certain")))
        return False
    if sys.stdin.isatty() and not click.confirm(call.say(msg("write this?")), default=False):
        return False
    for one in found:
        write(root, one)
        output.note(call.say(msg("mended: {path}", path=one.path)))
    return True
