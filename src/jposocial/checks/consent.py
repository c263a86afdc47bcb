"""E08: a person's words go out only as far as the person has agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from jposocial.checks.findings import at_field
from jposocial.checks.reading import Book, PastUse, Reading
from jposocial.messages import Message, joined, msg
from jposocial.model import MAIL, Post, Problem, Variant
from jposocial.schedule.usable import PERSONAL


def consent(post: Post, book: Book) -> Iterator[Problem]:
    """E08 of the file: on the day that it names, and for the accounts that it names."""
    if post.kind not in PERSONAL:
        return
    given = post.fields.get("consent")
    if not given:
        yield _missing(post)
        return
    if (begins := given.get("from")) and (ends := given.get("until")) and ends < begins:
        yield at_field(
            post,
            "E11",
            "consent.until",
            msg("{first} is not before {last}", first="consent.from", last="consent.until"),
            msg("mend one of the two"),
        )
    # Without a day of its own it may go out at any time from now on.
    begun = given if post.publish else {**given, "from": None}
    yield from _on_day(post, begun, post.publish.day if post.publish else book.today, book)
    if not given.get("scope"):
        yield at_field(
            post,
            "E08",
            "consent",
            msg("the consent names no accounts"),
            msg("add 'scope: [{accounts}]', as the person has agreed", accounts=_accounts(post, book)),
        )  # fmt: skip
        return
    for account in post.accounts or ():
        yield from _for_account(post, given, account)


def consent_then(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """E08 of a variant: on its day, for its account."""
    post = reading.post
    given = post.fields.get("consent")
    if post.kind not in PERSONAL or not given or not reading.due:
        return
    day = reading.due.astimezone(reading.book.calendar.zone).date()
    if not post.publish or day != post.publish.day:
        yield from _on_day(post, given, day, reading.book)
    if given.get("scope") and variant.account not in (post.accounts or ()):
        yield from _for_account(post, given, variant.account)


def _missing(post: Post) -> Problem:
    return at_field(
        post,
        "E08",
        "person",
        msg("the consent of the person is missing"),
        msg("add 'consent: {shape}' from the form", shape="{id: …, scope: [x], from: …, until: …}"),
    )


def _on_day(post: Post, given: Mapping[str, Any], day: date, book: Book) -> Iterator[Problem]:
    withdrawn, begins, ends = (given.get(key) for key in ("withdrawn", "from", "until"))
    if isinstance(withdrawn, date) and withdrawn <= day:
        yield _out(
            post,
            "withdrawn",
            _withdrawn(withdrawn, day, book.uses.get(post.id, ())),
            msg("do not publish it: write 'ready: false', or delete the file"),
        )  # fmt: skip
    elif isinstance(begins, date) and day < begins:
        yield _out(
            post,
            "from",
            msg("the consent begins on {begin}; the post is for {day}", begin=begins, day=day),
            msg("publish it on {begin} or later", begin=begins),
        )
    elif isinstance(ends, date) and day > ends:
        yield _out(
            post,
            "until",
            msg("the consent ended on {end}; the post is for {day}", end=ends, day=day),
            msg("publish it on {end} or before, or ask the person again", end=ends),
        )


def _withdrawn(end: date, day: date, uses: Sequence[PastUse]) -> Message:
    """With where it is still to be seen: what to do about that, a person decides."""
    said = msg("the consent was withdrawn on {end}; the post is for {day}", end=end, day=day)
    if not uses:
        return said
    places = [
        msg("{day} on {account}: {url}", day=use.day, account=use.account, url=use.url)
        for use in uses
    ]
    return msg("{said}. It is out since {places}", said=said, places=joined(places))


def _out(post: Post, key: str, message: Message, fix: Message) -> Problem:
    return at_field(post, "E08", f"consent.{key}", message, fix)


def _for_account(post: Post, given: Mapping[str, Any], account: str) -> Iterator[Problem]:
    if account not in given["scope"]:
        yield at_field(
            post,
            "E08",
            "consent.scope",
            msg("the consent does not cover {account}, only {scope}", account=account, scope=joined(given["scope"])),
            msg("take {account} out of 'accounts:', or ask the person", account=account),
        )  # fmt: skip


def _accounts(post: Post, book: Book) -> str:
    return ", ".join(post.accounts or [*book.accounts] or [MAIL])
