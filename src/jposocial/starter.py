"""The starter that `init` copies: the sample posts, templates and configuration.

An installed wheel carries it inside the package; a checkout is it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jposocial.errors import Refused, UsageError
from jposocial.layout import FILE_NAME
from jposocial.messages import msg

_CONTENT: Final = (FILE_NAME, "posts", "templates")


def starter_folder() -> Path:
    """Where the starter is. Raises UsageError for an installation without it."""
    package = Path(__file__).resolve().parent
    for folder in (package / "starter", package.parents[1]):
        if all((folder / name).exists() for name in _CONTENT):
            return folder
    raise UsageError(msg("this installation has no starter; install jposocial again"))


def copy_starter(folder: Path) -> list[str]:
    """Copy it to `folder`, made if need be; the names of what was written.

    Raises Refused where something of it is there already: nothing is overwritten.
    """
    source = starter_folder()
    there = [name for name in _CONTENT if os.path.lexists(folder / name)]
    if there:
        raise Refused(
            msg(
                "{folder} has {names} already; nothing was written",
                folder=str(folder),
                names=", ".join(there),
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [str(path.relative_to(folder)) for path in _copied(source, folder)]
    except OSError as error:
        raise Refused(
            msg(
                "{folder} cannot be written: {error}",
                folder=str(folder),
                error=error.strerror or str(error),
            )
        ) from None


def _copied(source: Path, folder: Path) -> Iterator[Path]:
    for name in _CONTENT:
        for path in sorted(_files(source / name)):
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            yield target
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("var/\n", encoding="utf-8")
        yield ignore


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from (found for found in path.rglob("*") if found.is_file())
