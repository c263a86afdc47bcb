"""E09: a post goes to an account in English, and has none, or no title in it."""

from __future__ import annotations

from collections.abc import Iterator

from jposocial.checks.findings import at_field
from jposocial.checks.reading import Book
from jposocial.messages import joined, msg
from jposocial.model import Post, Problem
from jposocial.schedule.cadence import is_told, target_accounts


def english(post: Post, book: Book) -> Iterator[Problem]:
    """An account that only the kind's default names is passed over; one in the file is meant."""
    named = [name for name in post.accounts or () if name in book.accounts]
    if untold := [name for name in named if not is_told(post, book.accounts[name])]:
        yield at_field(
            post,
            "E09",
            "accounts",
            msg("{names} is in English, and the post has no English", names=joined(untold)),
            msg("write lang: both, the title under 'en:' and the text below <!-- en -->, or leave the account out"),
        )  # fmt: skip
    own = (post.fields.get("en") or {}).get("text") or {}
    if post.lang == "both" and not (post.fields.get("en") or {}).get("title"):
        targets = target_accounts(post, book.cadences.get(post.kind), book.accounts)
        names = [n for n in targets if book.accounts[n].lang == "en"]
        if untitled := [n for n in names if n not in own and n not in post.text]:
            yield at_field(
                post,
                "E09",
                "en.title",
                msg("'en.title' is missing, and {names} is in English", names=joined(untitled)),
                msg("write the English title: en: {example}", example="{title: …}"),
            )
