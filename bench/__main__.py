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
    rows = [content.measure()]
    text = "\n".join(_lines(rows)) + "\n"
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


if __name__ == "__main__":
    main()
