"""What readers will see of the sample posts, one text for each of them.

python -m tests.rendering.samples        writes tests/rendering/golden/ anew: read the difference
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jposocial import open_workspace
from jposocial.model import Post, Variant
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates
from jposocial.settings import Settings
from jposocial.survey import moments

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


def samples() -> dict[str, str]:
    """File name → the sample at each of its moments on each account, when its cadence has it."""
    workspace = open_workspace(REPOSITORY)
    return {
        f"{post.id}.txt": text
        for post in workspace.posts()
        if (text := "\n".join(_shown(v) for v in variants(post, workspace.settings)))
    }


def variants(post: Post, settings: Settings) -> Iterator[Variant]:
    templates = Templates(REPOSITORY)
    for account, timed in moments(post, settings):
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
