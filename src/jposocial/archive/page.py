"""The archive as one HTML page that needs nothing but itself: no script, no request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from jposocial.archive.table import instant
from jposocial.messages import localised, msg
from jposocial.outbox.filed import Filed
from jposocial.wording import moment

_STYLE: Final = """
body { color: #000; background: #fff; font: 1rem/1.7 system-ui, sans-serif; margin: 0 auto;
  max-width: 46rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0; }
article { border-top: 1px solid #666; break-inside: avoid; padding: 1rem 0; }
.text { overflow-wrap: anywhere; unicode-bidi: isolate; white-space: pre-wrap; }
dl { display: grid; font-size: .875rem; gap: 0 1rem; grid-template-columns: max-content 1fr; }
dd { margin: 0; overflow-wrap: anywhere; }
img { height: auto; max-height: 24rem; max-width: 100%; }
figure { margin: .5rem 0; } figcaption { font-size: .875rem; overflow-wrap: anywhere; }
.practice { border: 2px solid #000; display: inline-block; padding: 0 .5rem; }
"""
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    #: In the folder: `media/<sha256>.png`.
    name: str
    type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """How the page is drawn, whatever is on it."""

    title: str
    period: str
    language: str
    zone: ZoneInfo
    #: Digest → the image; those whose bytes are gone are left out.
    images: Mapping[str, Image]

    def say(self, text: str) -> str:
        return escape(localised(text, self.language))


def render_page(found: Sequence[Filed], page: Page) -> str:
    """Every part that was published, in order of time."""
    heading = page.say(msg("What was published: {name}", name=page.title))
    number = page.say(msg("{period}, {n} in all", period=page.period, n=len(found)))
    shown: set[str] = set()
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{escape(page.language)}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{heading}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<main><h1>{heading}</h1>",
        f"<p>{number}</p>",
        *(_article(n, one, page, shown) for n, one in enumerate(found, start=1)),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _article(number: int, one: Filed, page: Page, shown: set[str]) -> str:
    heading = page.say(moment(one.accepted_at, page.zone))
    practice = page.say(msg("practice: readers never saw it"))
    mark = f'<p class="practice">{practice}</p>' if one.delivery.mode == "sandbox" else ""
    facts = "".join(f"<dt>{page.say(k)}</dt><dd>{v}</dd>" for k, v in _facts(one, page) if v)
    figures = "".join(_figure(media, page, shown) for media in one.part.media)
    return (
        f'<article id="n{number}"><h2>{number}. {heading} {escape(one.delivery.account)}</h2>{mark}'
        f'<p class="text" dir="auto">{escape(one.part.text)}</p>{figures}<dl>{facts}</dl></article>'
    )


def _facts(one: Filed, page: Page) -> Iterator[tuple[str, str]]:
    d = one.delivery
    yield msg("published"), escape(instant(one.accepted_at, page.zone))
    yield msg("account"), escape(f"{d.platform} {d.handle}")
    yield msg("author"), escape(", ".join(d.authors))
    yield msg("approved by"), _by(one.approver, instant(one.approved_at, page.zone))
    yield msg("address"), escape(one.part.url or "")
    yield msg("number there"), escape(one.part.remote_id or "")
    yield msg("retracted by"), _by(d.retracted_by, instant(d.retracted_at, page.zone))
    yield msg("post"), escape(f"{d.post} / {d.moment} / {d.id}-{one.part.number + 1}")


def _by(person: str | None, at: str) -> str:
    return escape(f"{person} ({at})") if person else ""


def _figure(media: Mapping[str, str], page: Page, shown: set[str]) -> str:
    """The image the first time; after that, where it stands already."""
    digest, alt = media["digest"], escape(media["alt"])
    image, name = page.images.get(digest), f"SHA-256 {digest}"
    if image is None:
        gone = page.say(msg("The bytes of this image are gone."))
        drawn = f"<p>{gone}</p>"
    elif digest in shown:
        again = page.say(msg("The same image as above"))
        drawn = f'<p><a href="#{digest}">{again}</a></p>'
    else:
        shown.add(digest)
        source = f"data:{image.type};base64,{b64encode(image.data).decode()}"
        drawn, name = f'<img id="{digest}" src="{source}" alt="{alt}">', image.name
    return f"<figure>{drawn}<figcaption>ALT {alt}<br>{escape(name)}</figcaption></figure>"
