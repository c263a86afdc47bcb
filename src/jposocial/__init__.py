"""jposocial: one plain file per announcement, published exactly when it should be.

    import jposocial
    jposocial.measure("国際機関で働く", "x")      # Measure(length=14, limit=280, valid=True)
    jposocial.entities("詳細は example.org へ", "x")
    ws = jposocial.open_workspace("path")        # ws.posts(), ws.check(), ws.plan(a, b), ws.render(id)

Importing this loads none of the heavy modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jposocial.app import Workspace
    from jposocial.model import Entity, Measure

__version__ = "0.1.0"
__all__ = ["entities", "measure", "open_workspace"]


def measure(text: str, platform: str) -> Measure:
    """The length of `text` in the platform's own unit. Raises UsageError for an unknown one."""
    from jposocial import platforms

    return platforms.measure(text, platform)


def entities(text: str, platform: str) -> list[Entity]:
    """What the platform links in `text`, in order; offsets are code points."""
    from jposocial import platforms

    return platforms.entities(text, platform)


def open_workspace(path: str | Path = ".") -> Workspace:
    """The workspace at `path`, a folder with a jposocial.toml. Raises UsageError."""
    from jposocial.app import open_workspace

    return open_workspace(path)
