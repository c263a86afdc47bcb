"""The order that every platform's posting keeps: proved? images, begin, send, prove."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jposocial.errors import Rejected
from jposocial.model import Part, Receipt, Variant
from jposocial.protocols import Journal
from jposocial.publishers.uploads import give_up

#: (part, its number) → the platform's ids of its images, already there.
Prepare = Callable[[Part, int], Sequence[str]]

#: (part, ids of its images, the id of the part before it or None) → `id` and `url` of the post.
Post = Callable[[Part, Sequence[str], str | None], Mapping[str, str]]


def post_parts(
    variant: Variant, journal: Journal, prepare: Prepare, post: Post
) -> tuple[Receipt, ...]:
    """Post every part that is not yet proved, each after the one before it.

    Raises what `prepare` and `post` raise, and Interrupted where no visible step may begin.
    """
    receipts: list[Receipt] = []
    for number, part in enumerate(variant.parts):
        step = f"part:{number}"
        known = journal.proved(step)
        if known is None:
            images = prepare(part, number)
            journal.begin(step)
            known = _posted(part, images, receipts[-1].id if receipts else None, journal, post)
            journal.prove(step, **known)
        receipts.append(
            Receipt(part=number, id=known["id"], url=known["url"], accepted_at=journal.started)
        )
    return tuple(receipts)


def _posted(
    part: Part, images: Sequence[str], parent: str | None, journal: Journal, post: Post
) -> Mapping[str, str]:
    try:
        return post(part, images, parent)
    except Rejected:
        give_up(images, journal)
        raise
