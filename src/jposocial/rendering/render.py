"""Post × moment × account → `Variant`, fitted to the account by dropping optional blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from jposocial.model import PART_LINE, Account, Media, Part, Post, Variant
from jposocial.platforms import platform
from jposocial.protocols import Platform
from jposocial.rendering.templates import LEVEL, MOST_OPTIONAL, Rendered, Templates
from jposocial.series import Series

#: Secret of the organisers, or between them and a person: no template can reach it.
_NEVER_RENDERED = frozenset({"join_url", "consent"})


#: The values in which one account differs from another; a text that was made of none of them
#: reads the same on both.
_OF_ACCOUNT = ("account", "platform", "lang")


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """The series and the local day on which a post is used."""

    series: str
    occurrence: str


def render(
    post: Post,
    moment: str,
    due: datetime,
    account: Account,
    templates: Templates,
    occasion: Occasion | None = None,
    media: Sequence[Media] | None = None,
) -> Variant:
    """The variant as it would go out at `due`; too long if even the least does not fit.

    `media` are the post's images as they go out; None: as the file names them, unread.

    Raises BadTemplate. Never cuts: what does not fit is for `checks` to say.
    """
    return Renderer(post, templates, media).variant(moment, due, account, occasion)


def render_digest(
    series: Series,
    posts: Sequence[Post],
    occurrence: str,
    due: datetime,
    account: Account,
    templates: Templates,
) -> Variant:
    """Several posts as one text, in their order. Raises BadTemplate."""
    rules = platform(account.platform)
    occasion = Occasion(series=series.name, occurrence=occurrence)
    name = templates.find(series.kind, series.moment, account.platform, account.lang, series.name)
    values = _digest_values(series, posts, due, account)
    values |= _of_occasion(posts, occasion, account.lang)
    made = _fitted(lambda level: templates.rendered(name, values, level), rules)
    parts = tuple(_part(part, (), rules) for part in _split(made.text))
    return Variant(
        post=series.name,
        kind=series.kind,
        moment=series.moment,
        account=account.name,
        platform=account.platform,
        parts=parts,
        source=f"templates/{name}",
        cost_usd=round(sum(_price(part, rules) for part in parts), 6),
        occurrence=occurrence,
    )


class Renderer:
    """Renders the variants of one post; what reads the same on several accounts is made once."""

    def __init__(
        self, post: Post, templates: Templates, media: Sequence[Media] | None = None
    ) -> None:
        self._post = post
        self._media = named_media(post) if media is None else tuple(media)
        self._templates = templates
        #: Language → what a template sees of the post.
        self._in: dict[str, dict[str, Any]] = {}
        self._texts: dict[tuple[str, datetime, str, str, Occasion | None], _Shown] = {}
        self._rendered: dict[tuple[object, ...], list[_Made]] = defaultdict(list)

    def variant(
        self, moment: str, due: datetime, account: Account, occasion: Occasion | None = None
    ) -> Variant:
        """As `render` says."""
        own = _own_text(self._post, moment, account)
        shown = (
            self._templated(moment, due, account, occasion)
            if own is None
            else self._shown(own.text, self._post.path, own.line, platform(account.platform))
        )
        return Variant(
            post=self._post.id,
            kind=self._post.kind,
            moment=moment,
            account=account.name,
            platform=account.platform,
            parts=shown.parts,
            source=shown.source,
            source_line=shown.line,
            cost_usd=shown.cost,
            occurrence=occasion.occurrence if occasion else "-",
        )

    def _templated(
        self, moment: str, due: datetime, account: Account, occasion: Occasion | None
    ) -> _Shown:
        like = (moment, due, account.platform, account.lang, occasion)
        if like in self._texts:
            return self._texts[like]
        series = occasion.series if occasion else ""
        name = self._templates.find(self._post.kind, moment, account.platform, account.lang, series)
        values = {**self._values(account.lang), **_of_account(account)}
        values |= {"moment": moment, "due": due}
        if occasion:
            values |= _of_occasion((self._post,), occasion, account.lang)
        made = _fitted(lambda level: self._made(name, values, level), platform(account.platform))
        shown = self._shown(made.text, f"templates/{name}", 1, platform(account.platform))
        if "account" not in made.names:
            self._texts[like] = shown
        return shown

    def _shown(self, text: str, source: str, line: int, rules: Platform) -> _Shown:
        parts = tuple(
            _part(one, self._media if n == 0 else (), rules) for n, one in enumerate(_split(text))
        )
        cost = round(sum(_price(part, rules) for part in parts), 6)
        return _Shown(parts, source, line, cost)

    def _made(self, name: str, values: Mapping[str, Any], level: int) -> Rendered:
        """Rendered now, or for an account that differs in nothing that the text is made of."""
        of = (name, values["moment"], values["due"], values.get("occurrence"), level)
        before = self._rendered[of]
        for made in before:
            if all(made.values[key] == values[key] for key in made.values):
                return made.rendered
        rendered = self._templates.rendered(name, values, level)
        used = {key: values[key] for key in _OF_ACCOUNT if key in rendered.names}
        before.append(_Made(used, rendered))
        return rendered

    def _values(self, lang: str) -> dict[str, Any]:
        if lang not in self._in:
            self._in[lang] = own_values(self._post, lang)
        return self._in[lang]


def _fitted(make: Callable[[int], Rendered], rules: Platform) -> Rendered:
    """The fullest text that fits: the highest optional numbers are dropped first."""
    made = make(MOST_OPTIONAL)
    names = made.names
    for level in range(MOST_OPTIONAL - 1, -1, -1):
        fits = all(rules.measure(part).valid for part in _split(made.text))
        if fits or LEVEL not in made.names:
            break
        made = make(level)
        names = names | made.names
    return Rendered(made.text, names)


class _Shown(NamedTuple):
    """A text as a platform shows it, and where it comes from."""

    parts: tuple[Part, ...]
    source: str
    line: int
    cost: float


class _Made(NamedTuple):
    """A text, and what it says of the account that it was rendered for."""

    values: Mapping[str, str]
    rendered: Rendered


def _of_account(account: Account) -> dict[str, str]:
    return {"account": account.name, "platform": account.platform, "lang": account.lang}


def named_media(post: Post) -> tuple[Media, ...]:
    """The images of a post, as its file names them."""
    return tuple(
        Media(file=m["file"], alt=m.get("alt") or "")
        for m in post.fields.get("media") or ()
        if m["file"]
    )


def _price(part: Part, rules: Platform) -> float:
    return rules.price(part.text, sum(bool(one.alt) for one in part.media))


def _split(text: str) -> Iterator[str]:
    if PART_LINE not in text:
        yield text.strip("\n")
        return
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip() == PART_LINE:
            yield "\n".join(lines).strip("\n")
            lines = []
        else:
            lines.append(line)
    yield "\n".join(lines).strip("\n")


def _part(text: str, media: tuple[Media, ...], rules: Platform) -> Part:
    measure = rules.measure(text)
    return Part(text=text, media=media, length=measure.length, limit=measure.limit)


class _OwnText(NamedTuple):
    """A text that the file gives, and its line there."""

    text: str
    line: int


def _own_text(post: Post, moment: str, account: Account) -> _OwnText | None:
    """What the file gives for the account to the letter; for an English one its English first."""
    english = (post.fields.get("en") or {}).get("text") or {}
    if not post.text and not english:
        return None
    places = [("text", post.text)]
    if account.lang == "en":
        places.insert(0, ("en.text", english))
    for where, texts in places:
        own = texts.get(account.name, {}).get(moment)
        if own is not None:
            path = f"{where}.{account.name}"
            line = post.lines.get(f"{path}.{moment}", post.lines.get(path, 1))
            return _OwnText(own, line)
    return None


def _of_occasion(posts: Sequence[Post], occasion: Occasion, lang: str) -> dict[str, Any]:
    """What the template of a series sees besides: its posts, the first of them as `post`."""
    items = tuple(own_values(post, lang) for post in posts)
    return {
        "post": items[0],
        "posts": items,
        "items": items,
        "series_name": occasion.series,
        "occurrence": date.fromisoformat(occasion.occurrence),
    }


def _digest_values(
    series: Series, posts: Sequence[Post], due: datetime, account: Account
) -> dict[str, Any]:
    tags = dict.fromkeys(tag for post in posts for tag in post.fields.get("tags") or ())
    return {
        "kind": series.kind,
        "tags": tuple(tags),
        "moment": series.moment,
        "due": due,
        **_of_account(account),
    }


def own_values(post: Post, lang: str) -> dict[str, Any]:
    """A post's own values: nothing of when and where, and nothing secret."""
    return {
        **_open(post.fields),
        "id": post.id,
        "kind": post.kind,
        "moved_from": post.moved_from,
        **(_english(post) if lang == "en" else {"title": post.title, "body": post.body}),
    }


def _english(post: Post) -> dict[str, Any]:
    """What differs in English; a file that has no Japanese has its English in the usual places."""
    title = (post.fields.get("en") or {}).get("title")
    return {
        "title": title or post.title,
        "body": post.body if post.lang == "en" and not post.body_en else post.body_en,
        "tags": tuple(tag for tag in post.fields.get("tags") or () if tag.isascii()),
    }


def _open(value: Any) -> Any:
    """`value` without what is never rendered, at any depth."""
    if isinstance(value, Mapping):
        return {k: _open(v) for k, v in value.items() if k not in _NEVER_RENDERED}
    if isinstance(value, tuple):
        return tuple(_open(item) for item in value)
    return value
