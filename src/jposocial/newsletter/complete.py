"""E18 and E06 of a composed mail: who sends it, how to leave, and whether Gmail shows it whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from jposocial.messages import Message, msg
from jposocial.model import MAIL, Post, Problem
from jposocial.newsletter.letter import TOKEN_MARK, Letter
from jposocial.newsletters import Newsletter

#: Gmail clips a mail at about 102 KB and hides the line with which to leave.
LARGEST_HTML: Final = 102 * 1024

_TAG: Final = re.compile(r"<[^>]*>")
_SPACES: Final = re.compile(r"\s+")


def completeness(post: Post, newsletter: Newsletter, letter: Letter) -> Iterator[Problem]:
    """What the law and the large mail services ask of every mail, in HTML and in text."""
    imprint = newsletter.imprint(letter.lang)
    link = f"{newsletter.base_url}/u/{TOKEN_MARK}"
    shown = {"html": unescape(_TAG.sub("", letter.html)), "txt": letter.text}
    for form, text in shown.items():
        where = f"templates/newsletter/issue.{letter.lang}.{form}"
        for said in (imprint.publisher, imprint.address, imprint.contact):
            if _packed(said) not in _packed(text):
                yield _problem(
                    post, "E18", where,
                    msg("the mail does not say '{text}', which [newsletter.{name}] has", text=said, name=newsletter.name),
                    msg("write the block of the publisher into the template: {{ newsletter.publisher }}, address, contact"),
                )  # fmt: skip
        if link not in (letter.html if form == "html" else text):
            yield _problem(
                post, "E18", where, msg("the mail has no link with which to leave"),
                msg("write {{ unsubscribe }} into the template"),
            )  # fmt: skip
    if not newsletter.base_url:
        yield _problem(
            post, "E18", "jposocial.toml", msg("the link with which to leave has no address"),
            msg('set base_url = "https://…" in [web]'),
        )  # fmt: skip
    size = len(letter.html.encode("utf-8"))
    if size > LARGEST_HTML:
        yield _problem(
            post, "E06", post.path,
            msg("the mail has {size} KB of HTML; Gmail cuts it at {limit} KB", size=size // 1024, limit=LARGEST_HTML // 1024),
            msg("leave something out, or set a limit on a section"),
        )  # fmt: skip


def _packed(text: str) -> str:
    """Without white space: lines are broken where they must be."""
    return _SPACES.sub("", text)


def _problem(post: Post, rule: str, path: str, message: Message, fix: Message) -> Problem:
    line = post.lines.get("id", 1) if path == post.path else 1
    return Problem(
        rule=rule, severity="error", path=path, line=line, post=post.id, account=MAIL,
        message=message, fix=fix,
    )  # fmt: skip
