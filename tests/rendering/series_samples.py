"""What readers will see of the samples' series, one file for each.

python -m tests.rendering.series_samples        writes tests/rendering/golden/series/ anew
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path

from jposocial import open_workspace
from jposocial.outbox.promise import Promise

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden" / "series"

#: The samples' quarter.
FIRST = datetime.fromisoformat("2026-12-01T09:00+09:00")
LAST = datetime.fromisoformat("2027-04-01T00:00+09:00")


def occurrences() -> list[Promise]:
    """What the series promise in the quarter, as the files stand at its beginning."""
    found = open_workspace(REPOSITORY).survey(FIRST, LAST).promises
    return sorted((p for p in found if p.used), key=lambda p: (p.placement.due, p.slot))


def samples() -> dict[str, str]:
    """File name → every occurrence of one series on each account, with what it uses."""
    texts: dict[str, list[str]] = defaultdict(list)
    for promise in occurrences():
        p, (part,) = promise.placement, promise.variant.parts
        head = f"── {p.account} · {p.moment} {p.occurrence} · {' '.join(p.used)}"
        texts[f"{p.post}.txt"].append(f"{head} · {part.length}/{part.limit}\n{part.text}\n")
    return {name: "\n".join(lines) for name, lines in texts.items()}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    for name, text in samples().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
