"""A calendar entry for each seminar of an issue: the same one is updated, or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

from jposocial.model import Post
from jposocial.newsletter.letter import Attachment
from jposocial.newsletters import Newsletter


def calendar_entries(
    posts: Iterable[Post], newsletter: Newsletter, at: datetime, lang: str
) -> Iterator[Attachment]:
    """One .ics a seminar; `at` is the issue's time. Nothing secret: never the way into a meeting."""
    for post in posts:
        if post.kind == "seminar":
            yield Attachment(
                name=f"{post.id}.ics",
                type=f"text/calendar; charset=utf-8; method={_method(post)}",
                content=_calendar(post, newsletter, at, lang).to_ical(),
            )


def _is_cancelled(post: Post) -> bool:
    return post.fields.get("status") == "cancelled"


def _method(post: Post) -> str:
    return "CANCEL" if _is_cancelled(post) else "PUBLISH"


def sequence(post: Post) -> int:
    """Higher with each change of the date, and with the cancellation (RFC 5545, 3.8.7.4)."""
    return post.round + _is_cancelled(post)


def _calendar(post: Post, newsletter: Newsletter, at: datetime, lang: str) -> Calendar:
    found = Calendar()
    found.add("prodid", "-//jposocial//newsletter//")
    found.add("version", "2.0")
    found.add("method", _method(post))
    found.add_component(_event(post, newsletter, at, lang))
    found.add_missing_timezones()
    return found


def _event(post: Post, newsletter: Newsletter, at: datetime, lang: str) -> Event:
    english = (post.fields.get("en") or {}).get("title")
    event = Event()
    event.add("uid", f"{post.id}@{newsletter.sender.rpartition('@')[2]}")
    event.add("dtstamp", at)
    event.add("dtstart", post.fields["starts"])
    event.add("dtend", post.fields["ends"])
    event.add("summary", english if lang == "en" and english else post.title)
    event.add("sequence", sequence(post))
    event.add("status", "CANCELLED" if _is_cancelled(post) else _status(post))
    if post.fields.get("venue"):
        event.add("location", post.fields["venue"])
    if url := post.fields.get("apply_url"):
        event.add("url", url)
        event.add("description", url)
    organiser = vCalAddress(f"MAILTO:{newsletter.reply_to or newsletter.sender}")
    organiser.params["cn"] = vText(newsletter.imprint(lang).publisher)
    event.add("organizer", organiser)
    return event


def _status(post: Post) -> str:
    return "TENTATIVE" if post.fields.get("status") == "tentative" else "CONFIRMED"
