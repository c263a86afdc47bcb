"""Post × moment × account → `Variant`, fitted to the account by dropping optional blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jposocial.model import PART_LINE, Account, Media, Part, Post, Variant
from jposocial.platforms import platform
from jposocial.protocols import Platform
from jposocial.rendering.templates import MOST_OPTIONAL, Templates

#: Secret of the organisers, or between them and a person: no template can reach it.
_NEVER_RENDERED = frozenset({"join_url", "consent"})


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
    rules = platform(account.platform)
    found = _text(post, moment, due, account, templates, rules)
    media = tuple(
        Media(file=m["file"], alt=m.get("alt") or "") for m in post.fields.get("media") or ()
    )
    parts = tuple(
        _part(text, media if n == 0 else (), rules) for n, text in enumerate(_split(found.text))
    )
    return Variant(
        post=post.id,
        kind=post.kind,
        moment=moment,
        account=account.name,
        platform=account.platform,
        parts=parts,
        source=found.source,
        source_line=found.line,
        cost_usd=round(sum(rules.price(part.text) for part in parts), 6),
    )


def _split(text: str) -> Iterator[str]:
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


def _text(
    post: Post, moment: str, due: datetime, account: Account, templates: Templates, rules: Platform
) -> Text:
    own = post.text.get(account.name, {}).get(moment)
    if own is not None:
        path = f"text.{account.name}"
        line = post.lines.get(f"{path}.{moment}", post.lines.get(path, 1))
        return Text(text=own, source=post.path, line=line)
    name = templates.find(post.kind, moment, account.platform)
    text = _fitted(name, _values(post, moment, due, account), templates, rules)
    return Text(text=text, source=f"templates/{name}", line=1)


def _fitted(name: str, values: Mapping[str, Any], templates: Templates, rules: Platform) -> str:
    """The fullest text that fits: the highest optional numbers are dropped first."""
    text = templates.render(name, values, MOST_OPTIONAL)
    for level in range(MOST_OPTIONAL - 1, -1, -1):
        if all(rules.measure(part).valid for part in _split(text)):
            break
        text = templates.render(name, values, level)
    return text


def _values(post: Post, moment: str, due: datetime, account: Account) -> dict[str, Any]:
    """What a template sees: plain values, absent fields as None, nothing secret."""
    return {
        **_open(post.fields),
        "id": post.id,
        "kind": post.kind,
        "title": post.title,
        "moved_from": post.moved_from,
        "body": post.body,
        "moment": moment,
        "due": due,
        "account": account.name,
        "platform": account.platform,
        "lang": account.lang,
    }


def _open(value: Any) -> Any:
    """`value` without what is never rendered, at any depth."""
    if isinstance(value, Mapping):
        return {k: _open(v) for k, v in value.items() if k not in _NEVER_RENDERED}
    if isinstance(value, tuple):
        return tuple(_open(item) for item in value)
    return value
