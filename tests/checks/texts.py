"""What the rules for texts find in a string, as if it stood in a notice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from jposocial.checks.characters import characters, placeholders
from jposocial.checks.dates import impossible, weekdays
from jposocial.checks.reading import Book, Reading
from jposocial.model import Calendar, Post, Publish

TOKYO = ZoneInfo("Asia/Tokyo")

#: A Friday.
ABOUT = date(2027, 2, 5)


def found(text: str, about: date = ABOUT) -> list[tuple[str, str]]:
    """(rule, what was found) of E01, E09, E11 and E15 in a text about that day."""
    post = Post(
        id="case", kind="notice", title="", path="posts/case.md", publish=Publish(day=about)
    )
    book = Book(now=datetime(2026, 12, 1, tzinfo=UTC), calendar=Calendar(zone=TOKYO))
    reading = Reading(book=book, post=post)
    rules = (weekdays, impossible, placeholders, characters)
    findings = [finding for rule in rules for finding in rule(text, reading)]
    for finding in findings:
        assert text[finding.start :].startswith(finding.found)
    return [(finding.rule, finding.found) for finding in findings]
