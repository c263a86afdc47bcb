"""The command line: parse → one call → print."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script; ends the process with the documented exit code."""
    from jposocial.cli.root import run

    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
