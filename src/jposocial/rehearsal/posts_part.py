"""Every variant as its platform would show it, day by day."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlsplit

from jposocial import wording
from jposocial.markup import Html, el, join
from jposocial.messages import msg
from jposocial.model import Account, Status
from jposocial.rehearsal.pack import Pack, Picture, Piece, ShownPart, Title
from jposocial.rehearsal.saying import Voice, dollars
from jposocial.sandbox.page import linked


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """What goes out of one post at one moment, on all accounts."""

    id: str
    due: datetime
    title: Title
    moment: str
    pieces: Sequence[Piece]

    @property
    def goes_out(self) -> bool:
        return all(piece.status is Status.PUBLISHED for piece in self.pieces)


def groups(pack: Pack) -> list[Group]:
    """A post's versions stand together; what series picked at the same time is the same only if
    it is the same posts."""
    found: dict[tuple[object, ...], list[Piece]] = {}
    for piece in pack.pieces:
        key = (piece.due, tuple(piece.used) or piece.post, piece.moment)
        found.setdefault(key, []).append(piece)
    order = [*pack.accounts]
    for of in found.values():
        of.sort(key=lambda piece: order.index(piece.account.name))
    return [
        Group(id=f"g{number}", due=of[0].due, title=of[0].title, moment=of[0].moment, pieces=of)
        for number, of in enumerate(found.values(), 1)
    ]


def posts(pack: Pack, of: Sequence[Group], say: Voice) -> Html:
    days = [
        el("section", el("h3", say.full_day(day), class_="day-head"), [_group(pack, g, say) for g in each])
        for day, each in groupby(of, key=lambda group: say.local(group.due).date())
    ]  # fmt: skip
    nothing = el("p", say(msg("Nothing goes out in this time."))) if not of else None
    heading = el("h2", say(msg("The posts")), id="h-posts")
    return el(
        "section", heading, nothing, days, aria_labelledby="h-posts", id="posts", class_="posts"
    )


def _group(pack: Pack, group: Group, say: Voice) -> Html:
    first = group.pieces[0]
    return el(
        "section",
        el(
            "h4",
            say.time(group.due, say.clock(group.due)), " ",
            el("span", say.moment(group.moment), class_="moment"), " ",
            say.title(group.title, class_="name"),
            id=f"h-{group.id}",
        ),
        el("p", say.kind(first.kind), " · ", el("code", first.path), class_="source"),
        _shift(first, say),
        el("div", [_card(pack, piece, say) for piece in group.pieces], class_="cards"),
        class_="group", id=group.id, aria_labelledby=f"h-{group.id}",
    )  # fmt: skip


def _shift(piece: Piece, say: Voice) -> Html | None:
    """Why it is not on the day that its cadence names."""
    if piece.shift is None:
        return None
    said = wording.SHIFTS[piece.shift.code].filled(day=say.day(piece.shift.wanted))
    named = msg("{what}: {name}", what=said, name=piece.shift.name) if piece.shift.name else said
    return el("p", say(msg("On another day: {why}", why=named)), class_="shift")


def _card(pack: Pack, piece: Piece, say: Voice) -> Html:
    account = piece.account
    label = f"{say.platform(account.platform)} {account.handle}"
    shown = [
        _post(pack, piece, part, say, number, len(piece.parts))
        for number, part in enumerate(piece.parts)
    ]
    return el(
        "article",
        el("h5", el("b", say.platform(account.platform), class_="account"), " ", account.handle),
        _fate(piece, say),
        shown,
        _facts(piece, say),
        class_=f"card {account.platform}",
        aria_label=label,
    )


def _fate(piece: Piece, say: Voice) -> Html | None:
    """What became of it, where that is not what should."""
    if piece.status is Status.PUBLISHED:
        return None
    status = say(wording.STATUS_NAMES[piece.status])
    why = f" — {piece.why}" if piece.why else ""
    return el("p", el("b", say(msg("does not go out")), class_="badge bad"), f" {status}{why}")


def _post(pack: Pack, piece: Piece, part: ShownPart, say: Voice, number: int, of: int) -> Html:
    text = Html(linked(part.text, piece.account.platform))
    thread = el("p", say(msg("part {number} of {count}", number=number + 1, count=of)), class_="part") if of > 1 else None  # fmt: skip
    return el(
        "div",
        _byline(pack, piece, say),
        el("p", text, class_="text", lang=piece.account.lang, dir="auto"),
        _link(part.link),
        _pictures(part.pictures, piece.account, say),
        thread,
        _count(part, say),
        class_="post reply" if number else "post",
    )


def _byline(pack: Pack, piece: Piece, say: Voice) -> Html:
    handle = f"@{piece.account.handle.lstrip('@')}"
    return el(
        "div",
        el("span", pack.name[:1], class_="face", aria_hidden="true"),
        el(
            "p",
            el("b", pack.name, lang="ja"), " ", el("span", handle, class_="handle"), " ",
            say.time(piece.due, f"{say.day(say.local(piece.due).date())} {say.clock(piece.due)}"),
        ),
        class_="byline",
    )  # fmt: skip


def _link(link: str | None) -> Html | None:
    """As Facebook shows a link that is sent beside the text; the page itself is not fetched."""
    if link is None:
        return None
    host = urlsplit(link).hostname or link
    return el("p", el("span", host, class_="host"), el("span", link, class_="url"), class_="link")


def _pictures(pictures: Sequence[Picture], account: Account, say: Voice) -> Html | None:
    if not pictures:
        return None
    figures = [el("div", _image(p, account, say), class_="picture") for p in pictures]
    alts = [
        el("p", el("b", say(msg("Alternative text"))), " ", el("span", p.alt or "–", lang=account.lang), class_="alt")
        for p in pictures
    ]  # fmt: skip
    return join(el("div", figures, class_=f"pictures n{min(len(pictures), 4)}"), alts)


def _image(picture: Picture, account: Account, say: Voice) -> Html:
    if not picture.data:
        return el("p", say(msg("the image {file} is not there", file=picture.file)), class_="gone")
    source = f"data:{picture.type};base64,{b64encode(picture.data).decode()}"
    return el("img", src=source, alt=picture.alt, lang=account.lang)


def _count(part: ShownPart, say: Voice) -> Html:
    """How much of what the platform allows; by its own count, which is no count of letters."""
    share = min(100, round(100 * part.length / part.limit)) if part.limit else 0
    text = say(msg("{length} of {limit}", length=f"{part.length:,}", limit=f"{part.limit:,}"))
    bar = el("span", el("span", style=f"width:{share}%"), class_="bar", aria_hidden="true")
    return el("p", el("span", say(msg("count")), class_="what"), " ", text, bar, class_="count")


def _facts(piece: Piece, say: Voice) -> Html:
    return el("dl", [el("div", el("dt", k), el("dd", v)) for k, v in _facts_of(piece, say)], class_="facts")  # fmt: skip


def _facts_of(piece: Piece, say: Voice) -> Iterator[tuple[str, str]]:
    yield say(msg("cost")), dollars(piece.cost_usd) if piece.cost_usd else say(msg("free"))
    images = sum(len(part.pictures) for part in piece.parts)
    if images:
        yield say(msg("images")), f"{images}"
    if len(piece.parts) > 1:
        yield say(msg("thread")), say(msg("{count} parts", count=len(piece.parts)))
    if piece.out_at and piece.out_at != piece.due:
        yield say(msg("goes out")), say.clock(piece.out_at)
