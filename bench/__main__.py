"""`make bench`: measure every row and write docs/performance.md."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import content
from bench.measuring import Row

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main() -> None:
    rows = [content.measure(), content.measure_mix()]
    text = "\n".join(_lines(rows)) + "\n"
    if any(row.ratio > row.goal for row in rows):
        text += _WHY
    _PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _lines(rows: list[Row]) -> Iterator[str]:
    yield "# Performance"
    yield ""
    yield "Written by `make bench`. Each row was measured in turns with its floor in one run;"
    yield "medians; the ratio counts, the seconds are those of the machine it ran on"
    yield f"(Python {platform.python_version()})."
    yield ""
    yield "| work | goal | ours | floor | ratio | |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        goal = f"≤ {row.goal:.0f} × {row.against}"
        times = f"{row.ours:.2f} s | {row.floor:.2f} s | {row.ratio:.1f} ×"
        verdict = "reached" if row.ratio <= row.goal else "falls short"
        yield f"| {row.work} | {goal} | {times} | {verdict} |"


#: Why a row falls short, as its profile says.
_WHY = """
What falls short: check + plan + render. Its time goes, in about equal parts, into rendering (the
sandboxed templates, each variant on its own) and into the rules for texts, each of which passes
over every text with its own patterns. A text that reads the same on several accounts is measured
and read once; fewer passes over each text are what is left to win.
"""

if __name__ == "__main__":
    main()
