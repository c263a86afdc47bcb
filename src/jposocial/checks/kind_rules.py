"""What holds for one kind only: a testimonial's snippets, a vacancy's time and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from jposocial.checks.findings import at_field
from jposocial.checks.reading import Book, Reading
from jposocial.messages import msg
from jposocial.model import Calendar, Post, Problem, Variant
from jposocial.schedule.business_days import is_business_day

#: So many pieces of a quote may be used on their own.
MOST_SNIPPETS: Final = 3

#: A vacancy is worth announcing while so many business days are left to apply.
LEAST_DAYS: Final = 3

#: What recruitment systems publish where the board is empty.
_NO_VACANCY: Final = re.compile(
    r"no (?:jobs|vacanc(?:y|ies)|positions|openings)\b.{0,30}\b(?:available|found|open)"
    r"|unable to create an rss feed"
    r"|(?:現在|ただいま).{0,12}(?:募集|空席).{0,12}(?:ありません|ございません)",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"\s+")


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
    left = _business_days(first, last, calendar)
    if first <= last and left < LEAST_DAYS:
        yield at_field(
            post,
            "E02",
            "deadline",
            msg("when it goes out, {left} business days are left to apply", left=left),
            msg("announce it earlier, or leave it out"),
        )


def _business_days(first: date, last: date, calendar: Calendar) -> int:
    """The business days after `first`, up to and including `last`; counted no further than needed."""
    days = ((first + timedelta(days=n)) for n in range(1, min((last - first).days, 60) + 1))
    return sum(is_business_day(day, calendar) for day in days)
