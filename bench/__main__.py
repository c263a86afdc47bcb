"""`make bench`: measure every row and write docs/performance.md."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import content, counting, outbox, starting, unchanged
from bench.measuring import Row

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main() -> None:
    rows = [
        content.measure(), content.measure_mix(), unchanged.measure(), *counting.measure(),
        *outbox.measure(), *starting.measure(),
    ]  # fmt: skip
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
        goal = f"≤ {row.goal:g} × {row.against}"
        times = f"{_time(row.ours)} | {_time(row.floor)} | {row.ratio:.2f} ×"
        verdict = "reached" if row.ratio <= row.goal else "falls short"
        yield f"| {row.work} | {goal} | {times} | {verdict} |"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


#: Why a row falls short, as its profile says.
_WHY = """
What falls short most: check + plan + render, on one core. Checking the texts, as they stand in the
files and as they read on the accounts, takes over two fifths of the time of notices and half of that
of the other kinds; rendering with measuring an eighth, reading and typing the files a tenth, the plan
a tenth, and the bare making of nine placements, variants and promises a notice another tenth. A text
is read only by the rules that it has the signs for, a slow pattern is tried only where a quick look
found a part of it, and what reads the same on several accounts is rendered, measured and checked
once; what is left is spread thinly over two dozen rules. The next step would be a second process:
some two thirds of the work is of one file alone. `status` and `queue` load
SQLAlchemy, which takes most of their time; `--help` loads no module of commands.
"""

if __name__ == "__main__":
    main()
