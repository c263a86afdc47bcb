"""HTML as values: what is text is escaped, what is markup is an `Html`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

#: Elements without an end tag.
_VOID: Final = frozenset({"br", "img", "meta"})


class Html(str):
    """Markup that is used as it is."""

    __slots__ = ()


#: Text, markup, or nothing.
Child = str | None


def el(name: str, /, *children: Child | Iterable[Child], **attributes: str | int | None) -> Html:
    """An element; `class_` and `http_equiv` are written as Python can, None leaves one out."""
    head = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{head}>")
    return Html(f"<{name}{head}>{join(*children)}</{name}>")


def join(*children: Child | Iterable[Child]) -> Html:
    """One after the other, escaped where they are text."""
    return Html("".join(_one(child) for child in children))


def _one(child: Child | Iterable[Child]) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(child)
    return join(*child)
