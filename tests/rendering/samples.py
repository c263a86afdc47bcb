"""What readers will see of the sample posts, one text for each of them.

python -m tests.rendering.samples        writes tests/rendering/golden/ anew: read the difference
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jposocial import open_workspace
from jposocial.model import Post, Variant
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates
from jposocial.settings import Settings
from jposocial.survey import moments

#: Before anything that the samples announce.
NOW = datetime(2026, 12, 1, tzinfo=UTC)

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


def samples() -> dict[str, str]:
    """File name → the sample at each of its moments on each account, when its cadence has it."""
    workspace = open_workspace(REPOSITORY)
    posts = workspace.posts()
    found = {f"{post.id}.txt": variants(post, workspace.settings) for post in posts}
    found |= {
        name: (v for v in variants(post, workspace.settings) if v.moment in ("full", "moved"))
        for name, post in changed({post.id: post for post in posts})
    }
    texts = {name: "\n".join(_shown(v) for v in those) for name, those in found.items()}
    return {name: text for name, text in texts.items() if text}


def changed(samples: Mapping[str, Post]) -> Iterator[tuple[str, Post]]:
    """Golden file → a sample as its file reads after something has come between."""
    seminar, exam = samples["2027-02-career-seminar-it"], samples["2027-jpo-uketsuke"]
    yield "changed-full.txt", replace(seminar, fields={**seminar.fields, "status": "full"})
    starts = seminar.fields["starts"]
    yield "changed-day.txt", replace(seminar, moved_from=(starts - timedelta(days=8),))
    yield "changed-hour.txt", replace(seminar, moved_from=(starts - timedelta(hours=1),))
    closes = exam.fields["closes"] - timedelta(days=3)
    yield "changed-closes.txt", replace(exam, moved_from=(closes,))


def variants(post: Post, settings: Settings) -> Iterator[Variant]:
    templates = Templates(REPOSITORY)
    for account, timed in moments(post, settings, NOW):
        if timed.nominal and not timed.reason:
            yield render(post, timed.moment.name, timed.nominal, account, templates)


def _shown(variant: Variant) -> str:
    head = f"── {variant.account} · {variant.moment}"
    parts = [f"{head} · {part.length}/{part.limit}\n{part.text}\n" for part in variant.parts]
    return "\n".join(parts)


if __name__ == "__main__":
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    for name, text in samples().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
