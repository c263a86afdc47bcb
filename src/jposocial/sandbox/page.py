"""The sandbox's timelines as one page that needs nothing but itself: no script, no request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from jposocial.messages import localised, msg
from jposocial.platforms import entities
from jposocial.sandbox.exchange import SandboxAccount
from jposocial.sandbox.timeline import Deleted, Entry

#: In both languages at once: nobody is to take the page for the real thing.
TITLE = "練習 / Sandbox"

PLATFORM_NAMES = {"x": "X", "facebook": "Facebook"}

_WEEKDAYS = (msg("Mon"), msg("Tue"), msg("Wed"), msg("Thu"), msg("Fri"), msg("Sat"), msg("Sun"))

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 38rem; padding: 0 1rem; }
header { background: #b35c00; color: #fff; margin: 0 -1rem; padding: .5rem 1rem; }
h1 { font-size: 1.2rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.handle, time, .note { opacity: .75; font-size: .875rem; font-weight: normal; }
article { border-top: 1px solid #9996; padding: .75rem 0; }
article.deleted .text { text-decoration: line-through; }
article.deleted { opacity: .6; }
article.reply { border-left: 3px solid #9996; border-top: 0; padding-left: .75rem; }
.text { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; white-space: pre-wrap; }
.card { border: 1px solid #9996; border-radius: .5rem; margin: .5rem 0 0; padding: .5rem .75rem; }
figure { margin: .5rem 0 0; }
img { border: 1px solid #9996; border-radius: .5rem; height: auto; max-width: 100%; }
figcaption { font-size: .875rem; opacity: .75; overflow-wrap: anywhere; white-space: pre-wrap; }
.url, .hashtag, .mention, .cashtag { color: LinkText; text-decoration: underline; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

#: The bytes of an image of a post, by its digest; empty where they are gone.
ImageOf = Callable[[str], bytes]


def render_page(
    accounts: Sequence[SandboxAccount],
    posts: Sequence[Entry],
    language: str,
    zone: ZoneInfo,
    image: ImageOf = lambda _: b"",
    deleted: Sequence[Deleted] = (),
) -> str:
    """Each account's timeline as its readers would see it, as one HTML document.

    `posts` come oldest first, times are shown in `zone`, `language` is `ja` or `en`. Below
    it, struck out, stands what was deleted, which readers do not see any more.
    """
    sections = [_section(account, posts, deleted, language, zone, image) for account in accounts]
    notice = localised(msg("Practice: nothing on this page was published."), language)
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{escape(language)}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{TITLE}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<header><h1>{TITLE}</h1><p>{escape(notice)}</p></header>",
        *sections,
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _section(
    account: SandboxAccount,
    posts: Sequence[Entry],
    deleted: Sequence[Deleted],
    language: str,
    zone: ZoneInfo,
    image: ImageOf,
) -> str:
    own = [entry for entry in posts if entry.account == account.name]
    handle = f"@{account.screen_name} · {PLATFORM_NAMES.get(account.platform, account.platform)}"
    heading = f'{escape(account.display_name)} <span class="handle">{escape(handle)}</span>'
    empty = localised(msg("Nothing was posted here."), language)
    lines = ["<section>", f"<h2>{heading}</h2>"]
    lines += [_article(entry, language, zone, image) for entry in threads(own)]
    lines += [] if own else [f'<p class="note">{escape(empty)}</p>']
    lines += [_gone(one, language, zone) for one in deleted if one.entry.account == account.name]
    return "\n".join([*lines, "</section>"])


def threads(posts: Iterable[Entry]) -> list[Entry]:
    """Newest first, but a thread's posts together and in reading order."""
    grouped: dict[str, list[Entry]] = {}
    home: dict[str, str] = {}
    for entry in posts:
        home[entry.id] = home.get(entry.parent or "", entry.id)
        grouped.setdefault(home[entry.id], []).append(entry)
    return [entry for group in reversed(grouped.values()) for entry in group]


def _article(entry: Entry, language: str, zone: ZoneInfo, image: ImageOf) -> str:
    kind = ' class="reply"' if entry.parent else ""
    link = (
        f'<p class="text card"><span class="url">{escape(entry.link)}</span></p>'
        if entry.link
        else ""
    )
    figures = "".join(_figure(shown, image(shown["digest"])) for shown in entry.media)
    stamp = escape(local_time(entry.created_at, language, zone))
    machine = escape(entry.created_at.astimezone(zone).isoformat(timespec="seconds"))
    return (
        f'<article{kind}><p class="text" dir="auto">{linked(entry.text, entry.platform)}</p>'
        f'{link}{figures}<time datetime="{machine}">{stamp}</time></article>'
    )


def _gone(one: Deleted, language: str, zone: ZoneInfo) -> str:
    at = local_time(one.at, language, zone)
    note = localised(msg("Deleted {at}: readers do not see it any more.", at=at), language)
    text = linked(one.entry.text, one.entry.platform)
    return (
        f'<article class="deleted"><p class="text" dir="auto">{text}</p>'
        f'<p class="note">{escape(note)}</p></article>'
    )


def _figure(shown: Mapping[str, str], data: bytes) -> str:
    """The image, and below it what is read to those who do not see it."""
    alt = escape(shown["alt"])
    source = f"data:{shown['type']};base64,{b64encode(data).decode()}"
    caption = f"<figcaption>ALT {alt}</figcaption>" if alt else ""
    return f'<figure><img src="{escape(source)}" alt="{alt}">{caption}</figure>'


def linked(text: str, platform: str) -> str:
    """`text` escaped, with what the platform would link in a styled span."""
    result, position = "", 0
    for entity in entities(text, platform):
        result += escape(text[position : entity.start])
        result += f'<span class="{entity.kind}">{escape(entity.text)}</span>'
        position = entity.end
    return result + escape(text[position:])


def local_time(instant: datetime, language: str, zone: ZoneInfo) -> str:
    """Date, weekday, time and zone, as the page says them."""
    local = instant.astimezone(zone)
    message = msg(
        "{weekday} {date} {time} {zone}",
        weekday=_WEEKDAYS[local.weekday()],
        date=f"{local:%Y-%m-%d}",
        year=local.year,
        month=local.month,
        day=local.day,
        time=f"{local:%H:%M}",
        zone=local.tzname() or "",
    )
    return localised(message, language)
