"""What holds for one kind only: a seminar's speakers, a testimonial's snippets, a vacancy's time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from jposocial.checks.findings import Finding, at_field, problem, spots
from jposocial.checks.reading import Book, Reading
from jposocial.messages import Message, msg
from jposocial.model import Post, Problem, Variant
from jposocial.schedule.usable import LEAST_DAYS, business_days_left

#: What is said instead of a speaker who is not known yet, and only in the first post.
_PENDING: Final = re.compile(r"調整中|to be (?:announced|confirmed|decided)", re.IGNORECASE)
#: Here the office itself speaks.
_BRIEFING: Final = re.compile(r"説明会|相談会|briefing", re.IGNORECASE)
#: A seminar in these states need not say who speaks.
_NOBODY_YET: Final = frozenset({"tentative", "cancelled", "over"})
#: The moments that come first, and those that take something back.
_FIRST: Final = frozenset({"announce", "notice", "moved", "cancelled", "full"})

#: So many pieces of a quote may be used on their own.
MOST_SNIPPETS: Final = 3

#: What recruitment systems publish where the board is empty.
_NO_VACANCY: Final = re.compile(
    r"no (?:jobs|vacanc(?:y|ies)|positions|openings)\b.{0,30}\b(?:available|found|open)"
    r"|unable to create an rss feed"
    r"|(?:現在|ただいま).{0,12}(?:募集|空席).{0,12}(?:ありません|ございません)",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"\s+")


def speakers(post: Post, book: Book) -> Iterator[Problem]:
    """E09, as a warning: a seminar says who speaks, or that it is still being arranged.

    It does not block: an office may know why, and nothing wrong goes out.
    """
    named = post.fields.get("speakers") is not None
    if post.kind != "seminar" or named or _BRIEFING.search(post.title):
        return
    pending = any(_PENDING.search(spot.text) for spot in spots(post))
    if not pending and post.fields.get("status") not in _NOBODY_YET:
        missing = at_field(
            post,
            "E09",
            "speakers",
            msg("the file names no speaker"),
            msg("add 'speakers:', or write 講師は調整中です while nobody is settled"),
        )
        yield replace(missing, severity="warning")


def pending_then(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """E09: 調整中 is for the first post; who reads a reminder wants to know."""
    post = reading.post
    if post.kind not in ("seminar", "exam_notice") or variant.moment in _FIRST:
        return
    for part in variant.parts:
        if match := _PENDING.search(part.text):
            yield _of_variant(
                variant,
                "E09",
                msg(
                    "moment '{moment}' still says '{found}'", moment=variant.moment, found=match[0]
                ),
                msg(
                    "write what is settled, or leave the moment out: skip: [{moment}]",
                    moment=variant.moment,
                ),
                match[0],
            )
            return


def _of_variant(variant: Variant, rule: str, message: Message, fix: Message, found: str) -> Problem:
    finding = Finding(rule=rule, start=0, found=found, message=message, fix=fix)
    return problem(
        finding,
        path=variant.source,
        line=variant.source_line,
        post=variant.post,
        account=variant.account,
    )


def exam_window(post: Post, book: Book) -> Iterator[Problem]:
    """E09: where applications are announced, readers must be told until when."""
    applications = post.fields.get("phase") in ("受付開始", "追加募集")
    if post.kind == "exam_notice" and applications and "closes" not in post.lines:
        yield at_field(
            post,
            "E09",
            "phase",
            msg("the field '{key}' is missing or empty", key="closes"),
            msg("add '{key}: …'", key="closes"),
        )


def snippets(post: Post, book: Book) -> Iterator[Problem]:
    """F04: no more than three, each to be found in the quote to the letter."""
    chosen = post.fields.get("snippets") or ()
    if len(chosen) > MOST_SNIPPETS:
        yield at_field(
            post,
            "F04",
            "snippets",
            msg("there are {count} snippets", count=len(chosen)),
            msg("keep {most} at most", most=MOST_SNIPPETS),
        )
    quote = _SPACES.sub("", post.fields.get("quote") or "")
    for number, snippet in enumerate(chosen):
        if _SPACES.sub("", snippet) not in quote:
            yield at_field(
                post,
                "F04",
                f"snippets.{number}",
                msg("'{text}' is not in the quote", text=snippet),
                msg("copy it from the quote, to the letter"),
                found=snippet,
            )


def empty_board(post: Post, book: Book) -> Iterator[Problem]:
    """E09: a feed's placeholder is no vacancy."""
    texts = [("title", post.title), ("post_title", post.fields.get("post_title") or "")]
    for where, text in texts if post.kind == "vacancy" else ():
        if match := _NO_VACANCY.search(text):
            yield at_field(
                post,
                "E09",
                where,
                msg("'{found}' says that there is no vacancy", found=match[0]),
                msg("delete the file"),
                found=match[0],
            )


def open_long_enough(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """E02: fewer than three business days are left to apply when it goes out."""
    post, calendar = reading.post, reading.book.calendar
    deadline = post.fields.get("deadline")
    if post.kind != "vacancy" or not isinstance(deadline, datetime) or reading.due is None:
        return
    first, last = (moment.astimezone(calendar.zone).date() for moment in (reading.due, deadline))
    left = business_days_left(first, last, calendar)
    if first <= last and left < LEAST_DAYS:
        yield at_field(
            post,
            "E02",
            "deadline",
            msg("when it goes out, {left} business days are left to apply", left=left),
            msg("announce it earlier, or leave it out"),
        )
