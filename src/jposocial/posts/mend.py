"""Mending what is safe and certain in a content file: `check --fix`."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jposocial.model import Problem

#: What these find is wrong each time it stands in the line; a hashtag may be glued only once.
_WRONG_ANYWHERE: Final = frozenset({"E01", "W02", "W04"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mended:
    """One file before and after."""

    path: str
    before: str
    after: str

    def diff(self) -> list[str]:
        return list(
            difflib.unified_diff(
                self.before.splitlines(),
                self.after.splitlines(),
                self.path,
                self.path,
                lineterm="",
            )
        )


def mended(root: Path, problems: Iterable[Problem]) -> list[Mended]:
    """What the files would be with every certain replacement made; nothing is written."""
    by_path: Mapping[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.replacement is not None and problem.found:
            by_path[problem.path].append(problem)
    found = [_mended(root, path, chosen) for path, chosen in sorted(by_path.items())]
    return [one for one in found if one.before != one.after]


def _mended(root: Path, path: str, problems: Sequence[Problem]) -> Mended:
    before = (root / path).read_bytes().decode("utf-8")
    lines = before.split("\n")
    # The longest first: a date with its weekday before the digits that stand in it.
    for problem in sorted(problems, key=lambda p: -len(p.found)):
        if problem.line <= len(lines):
            lines[problem.line - 1] = _replaced(lines[problem.line - 1], problem)
    return Mended(path=path, before=before, after="\n".join(lines))


def _replaced(line: str, problem: Problem) -> str:
    """The line with the replacement made, if it is clear where; else as it was."""
    clear = line.count(problem.found) == 1 or problem.rule in _WRONG_ANYWHERE
    if not clear or problem.replacement is None:
        return line
    return line.replace(problem.found, problem.replacement)


def write(root: Path, one: Mended) -> None:
    """Replace the file in one step, its permissions kept."""
    path = root / one.path
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(one.after)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(path.stat().st_mode & 0o7777)
    Path(name).replace(path)
