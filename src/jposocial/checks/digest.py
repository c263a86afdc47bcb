"""The checks of a text that several posts share: the digest of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from jposocial.checks.reading import Book
from jposocial.checks.run import PostCheck
from jposocial.model import Post, Problem, Publish, Variant
from jposocial.schedule.business_days import local_day


def digest(
    checks: Sequence[PostCheck], stand_in: Post, variant: Variant, due: datetime, book: Book
) -> list[Problem]:
    """What is wrong with `variant` that is not wrong in one of its posts' files already.

    `stand_in` is the series as a post; what is in the text is its template's. What one of the
    posts must not say on that day is said of that post.
    """
    day = local_day(due, book.calendar)
    whole = replace(stand_in, path=variant.source, publish=Publish(day=day), fields={})
    known = {finding for check in checks for finding in check.known}
    found = [
        problem
        for problem in PostCheck(whole, book).variant(variant, due)
        if (problem.rule, problem.found) not in known
    ]
    return [*found, *(problem for check in checks for problem in check.then(variant, due))]
