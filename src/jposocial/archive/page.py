"""The archive as one HTML page that needs nothing but itself: no script, no request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from jposocial.archive.table import instant
from jposocial.markup import Html, el
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
        return localised(text, self.language)


def render_page(found: Sequence[Filed], page: Page) -> str:
    """Every part that was published, in order of time."""
    heading = page.say(msg("What was published: {name}", name=page.title))
    number = page.say(msg("{period}, {n} in all", period=page.period, n=len(found)))
    shown: set[str] = set()
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("title", heading),
        el("style", Html(_STYLE)),
    )
    articles = [_article(n, one, page, shown) for n, one in enumerate(found, start=1)]
    body = el("body", el("main", el("h1", heading), el("p", number), articles))
    return f"<!DOCTYPE html>\n{el('html', head, body, lang=page.language)}\n"


def _article(number: int, one: Filed, page: Page, shown: set[str]) -> Html:
    heading = f"{number}. {page.say(moment(one.accepted_at, page.zone))} {one.delivery.account}"
    practice = page.say(msg("practice: readers never saw it"))
    facts = [(el("dt", page.say(k)), el("dd", v)) for k, v in _facts(one, page) if v]
    return el(
        "article",
        el("h2", heading),
        el("p", practice, class_="practice") if one.delivery.mode == "sandbox" else None,
        el("p", one.part.text, class_="text", dir="auto"),
        [_figure(media, page, shown) for media in one.part.media],
        el("dl", *facts),
        id=f"n{number}",
    )


def _facts(one: Filed, page: Page) -> Iterator[tuple[str, str]]:
    d = one.delivery
    yield msg("published"), instant(one.accepted_at, page.zone)
    yield msg("account"), f"{d.platform} {d.handle}"
    yield msg("author"), ", ".join(d.authors)
    yield msg("approved by"), _by(one.approver, instant(one.approved_at, page.zone))
    yield msg("address"), one.part.url or ""
    yield msg("number there"), one.part.remote_id or ""
    yield msg("retracted by"), _by(d.retracted_by, instant(d.retracted_at, page.zone))
    yield msg("post"), f"{d.post} / {d.moment} / {d.id}-{one.part.number + 1}"


def _by(person: str | None, at: str) -> str:
    return f"{person} ({at})" if person else ""


def _figure(media: Mapping[str, str], page: Page, shown: set[str]) -> Html:
    """The image the first time; after that, where it stands already."""
    digest, image = media["digest"], page.images.get(media["digest"])
    name = f"SHA-256 {digest}"
    if image is None:
        drawn = el("p", page.say(msg("The bytes of this image are gone.")))
    elif digest in shown:
        again = page.say(msg("The same image as above"))
        drawn = el("p", el("a", again, href=f"#{digest}"))
    else:
        shown.add(digest)
        source = f"data:{image.type};base64,{b64encode(image.data).decode()}"
        drawn, name = el("img", id=digest, src=source, alt=media["alt"]), image.name
    caption = el("figcaption", f"ALT {media['alt']}", el("br"), name)
    return el("figure", drawn, caption)
