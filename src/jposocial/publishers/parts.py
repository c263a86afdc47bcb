"""The order that every platform's posting keeps: proved? begin, send, prove."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jposocial.model import Part, Receipt, Variant
from jposocial.protocols import Journal


def post_parts(
    variant: Variant, journal: Journal, post: Callable[[Part], Mapping[str, str]]
) -> tuple[Receipt, ...]:
    """Post every part that is not yet proved; `post` returns its `id` and `url`.

    Raises what `post` raises, and Interrupted where no visible step may begin.
    """
    receipts = []
    for number, part in enumerate(variant.parts):
        step = f"part:{number}"
        known = journal.proved(step)
        if known is None:
            journal.begin(step)
            known = post(part)
            journal.prove(step, **known)
        receipts.append(
            Receipt(part=number, id=known["id"], url=known["url"], accepted_at=journal.started)
        )
    return tuple(receipts)
