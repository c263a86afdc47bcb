"""Post × moment × account → `Variant`, fitted to the account by dropping optional blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from jposocial.model import PART_LINE, Account, Media, Part, Post, Variant
from jposocial.platforms import platform
from jposocial.protocols import Platform
from jposocial.rendering.templates import LEVEL, MOST_OPTIONAL, Rendered, Templates

#: Secret of the organisers, or between them and a person: no template can reach it.
_NEVER_RENDERED = frozenset({"join_url", "consent"})


#: The values in which one account differs from another; a text that was made of none of them
#: reads the same on both.
_OF_ACCOUNT = ("account", "platform", "lang")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text and where it comes from."""

    text: str
    source: str
    line: int


def render(
    post: Post, moment: str, due: datetime, account: Account, templates: Templates
) -> Variant:
    """The variant as it would go out at `due`; too long if even the least does not fit.

    Raises BadTemplate. Never cuts: what does not fit is for `checks` to say.
    """
    return Renderer(post, templates).variant(moment, due, account)


class Renderer:
    """Renders the variants of one post; what reads the same on several accounts is made once."""

    def __init__(self, post: Post, templates: Templates) -> None:
        self._post = post
        self._templates = templates
        self._rendered: dict[tuple[str, str, datetime, int], list[_Made]] = defaultdict(list)
        self._shown: dict[tuple[str, str], tuple[tuple[Part, ...], float]] = {}

    def variant(self, moment: str, due: datetime, account: Account) -> Variant:
        """As `render` says."""
        found = self._text(moment, due, account)
        key = (account.platform, found.text)
        if key not in self._shown:
            self._shown[key] = self._measured(found.text, platform(account.platform))
        parts, cost = self._shown[key]
        return Variant(
            post=self._post.id,
            kind=self._post.kind,
            moment=moment,
            account=account.name,
            platform=account.platform,
            parts=parts,
            source=found.source,
            source_line=found.line,
            cost_usd=cost,
        )

    def _measured(self, text: str, rules: Platform) -> tuple[tuple[Part, ...], float]:
        media = tuple(
            Media(file=m["file"], alt=m.get("alt") or "")
            for m in self._post.fields.get("media") or ()
        )
        parts = tuple(
            _part(one, media if n == 0 else (), rules) for n, one in enumerate(_split(text))
        )
        return parts, round(sum(rules.price(part.text) for part in parts), 6)

    def _text(self, moment: str, due: datetime, account: Account) -> Text:
        post = self._post
        own = post.text.get(account.name, {}).get(moment)
        if own is not None:
            path = f"text.{account.name}"
            line = post.lines.get(f"{path}.{moment}", post.lines.get(path, 1))
            return Text(text=own, source=post.path, line=line)
        name = self._templates.find(post.kind, moment, account.platform)
        values = {**self._values, **_of_account(account), "moment": moment, "due": due}
        text = self._fitted(name, values, platform(account.platform))
        return Text(text=text, source=f"templates/{name}", line=1)

    def _fitted(self, name: str, values: Mapping[str, Any], rules: Platform) -> str:
        """The fullest text that fits: the highest optional numbers are dropped first."""
        made = self._made(name, values, MOST_OPTIONAL)
        for level in range(MOST_OPTIONAL - 1, -1, -1):
            fits = all(rules.measure(part).valid for part in _split(made.text))
            if fits or LEVEL not in made.names:
                break
            made = self._made(name, values, level)
        return made.text

    def _made(self, name: str, values: Mapping[str, Any], level: int) -> Rendered:
        """Rendered now, or for an account that differs in nothing that the text is made of."""
        before = self._rendered[name, values["moment"], values["due"], level]
        for made in before:
            if all(made.values[key] == values[key] for key in made.values):
                return made.rendered
        rendered = self._templates.render(name, values, level)
        used = {key: values[key] for key in _OF_ACCOUNT if key in rendered.names}
        before.append(_Made(used, rendered))
        return rendered

    @cached_property
    def _values(self) -> dict[str, Any]:
        """What a template sees of the post: plain values, absent fields as None, nothing secret."""
        post = self._post
        return {
            **_open(post.fields),
            "id": post.id,
            "kind": post.kind,
            "title": post.title,
            "body": post.body,
        }


class _Made(NamedTuple):
    """A text, and what it says of the account that it was rendered for."""

    values: Mapping[str, str]
    rendered: Rendered


def _of_account(account: Account) -> dict[str, str]:
    return {"account": account.name, "platform": account.platform, "lang": account.lang}


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


def _open(value: Any) -> Any:
    """`value` without what is never rendered, at any depth."""
    if isinstance(value, Mapping):
        return {k: _open(v) for k, v in value.items() if k not in _NEVER_RENDERED}
    if isinstance(value, tuple):
        return tuple(_open(item) for item in value)
    return value
