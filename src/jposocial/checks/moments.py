"""F04 where a file names a moment that there is not: it would be passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jposocial.checks.reading import Book
from jposocial.messages import msg
from jposocial.model import Post, Problem
from jposocial.values import did_you_mean

#: What every kind may have, whatever its cadence says.
_ALWAYS: Final = frozenset({"announce", "digest", "moved", "cancelled", "full"})


def unknown_moments(post: Post, book: Book) -> Iterator[Problem]:
    """Names under `skip:` and `text:` that no cadence has: a slip of the pen."""
    rows = [row for cadence in book.cadences.values() for row in cadence.rows.values()]
    known = _ALWAYS | {moment.name for row in rows for moment in row}
    named = [("skip", name) for name in post.skip]
    named += [
        (f"text.{account}.{name}", name) for account, texts in post.text.items() for name in texts
    ]
    english = (post.fields.get("en") or {}).get("text") or {}
    named += [
        (f"en.text.{account}.{name}", name) for account, texts in english.items() for name in texts
    ]
    for where, name in named:
        if name not in known:
            yield Problem(
                rule="F04",
                severity="error",
                path=post.path,
                line=post.lines.get(where, 1),
                post=post.id,
                message=msg("there is no moment '{name}'", name=name),
                fix=did_you_mean(name, known),
            )
