"""Post × moment × account → `Variant`, fitted to the account by dropping optional blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
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
        self._texts: dict[tuple[str, datetime, str, str], _Shown] = {}
        self._rendered: dict[tuple[str, str, datetime, int], list[_Made]] = defaultdict(list)

    def variant(self, moment: str, due: datetime, account: Account) -> Variant:
        """As `render` says."""
        own = self._post.text.get(account.name, {}).get(moment)
        shown = (
            self._templated(moment, due, account)
            if own is None
            else self._own(own, moment, account)
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
        )

    def _own(self, text: str, moment: str, account: Account) -> _Shown:
        """A text as the file has it."""
        lines, path = self._post.lines, f"text.{account.name}"
        line = lines.get(f"{path}.{moment}", lines.get(path, 1))
        return self._shown(text, self._post.path, line, platform(account.platform))

    def _templated(self, moment: str, due: datetime, account: Account) -> _Shown:
        like = (moment, due, account.platform, account.lang)
        if like in self._texts:
            return self._texts[like]
        name = self._templates.find(self._post.kind, moment, account.platform)
        values = {**self._values, **_of_account(account), "moment": moment, "due": due}
        made = self._fitted(name, values, platform(account.platform))
        shown = self._shown(made.text, f"templates/{name}", 1, platform(account.platform))
        if "account" not in made.names:
            self._texts[like] = shown
        return shown

    def _shown(self, text: str, source: str, line: int, rules: Platform) -> _Shown:
        media = tuple(
            Media(file=m["file"], alt=m.get("alt") or "")
            for m in self._post.fields.get("media") or ()
        )
        parts = tuple(
            _part(one, media if n == 0 else (), rules) for n, one in enumerate(_split(text))
        )
        cost = round(sum(rules.price(part.text) for part in parts), 6)
        return _Shown(parts, source, line, cost)

    def _fitted(self, name: str, values: Mapping[str, Any], rules: Platform) -> Rendered:
        """The fullest text that fits: the highest optional numbers are dropped first."""
        made = self._made(name, values, MOST_OPTIONAL)
        names = made.names
        for level in range(MOST_OPTIONAL - 1, -1, -1):
            fits = all(rules.measure(part).valid for part in _split(made.text))
            if fits or LEVEL not in made.names:
                break
            made = self._made(name, values, level)
            names = names | made.names
        return Rendered(made.text, names)

    def _made(self, name: str, values: Mapping[str, Any], level: int) -> Rendered:
        """Rendered now, or for an account that differs in nothing that the text is made of."""
        before = self._rendered[name, values["moment"], values["due"], level]
        for made in before:
            if all(made.values[key] == values[key] for key in made.values):
                return made.rendered
        rendered = self._templates.rendered(name, values, level)
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
