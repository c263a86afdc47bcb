"""The demo: a rehearsal of the sample posts, from December 2026 to March 2027.

A throw-away workspace, the real beat, real HTTP to the embedded sandbox; it begins on the
same day whatever today is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from jposocial.app import open_workspace
from jposocial.messages import Message, msg
from jposocial.rehearsal.run import Rehearsal, rehearse_in
from jposocial.starter import copy_starter

#: The samples' quarter.
FIRST: Final = date(2026, 12, 1)
LAST: Final = date(2027, 3, 31)


def run_demo(
    out: Path | None,
    *,
    language: str,
    say: Callable[[Message], None],
    progress: Callable[[Message], None],
) -> Rehearsal:
    """Play the samples in `out` or a new folder. Raises Refused where `out` is a workspace."""
    folder = out or Path(tempfile.mkdtemp(prefix="jposocial-demo-"))
    say(msg("a workspace with the sample posts: {folder}", folder=str(folder)))
    copy_starter(folder)
    workspace = open_workspace(folder)
    workspace.settings = replace(workspace.settings, language=language)
    # It begins with nothing: nobody has read the samples before the first of December.
    return rehearse_in(
        workspace, workspace.root, FIRST, LAST, say=say, progress=progress, lead=False
    )
