"""The images of a post as they go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jposocial.checks.findings import at_field
from jposocial.media.errors import BadImage
from jposocial.media.images import Images
from jposocial.model import Media, Post, Problem
from jposocial.rendering.render import named_media


def looked_at(
    post: Post, images: Images, *, keep: bool = False
) -> tuple[Sequence[Media], Sequence[Problem]]:
    """The images of a post as they go out, and what is wrong with those that cannot."""
    media, problems = [], []
    for number, named in enumerate(named_media(post)):
        try:
            facts = images.facts(named.file, keep=keep)
        except BadImage as bad:
            media.append(named)
            problems.append(at_field(post, bad.rule, f"media.{number}", bad.message, bad.fix))
        else:
            media.append(replace(named, digest=facts.digest, type=facts.type, size=facts.size))
    return media, problems
