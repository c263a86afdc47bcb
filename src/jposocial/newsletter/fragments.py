"""What staff write in Markdown, as HTML and as plain text: content, never layout."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

#: Mail programs know these; anything else loses its tag and keeps its words.
_TAGS: Final = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote"}

_LINK: Final = re.compile(r"!?\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_MARKS: Final = re.compile(r"(\*\*|__|`)")


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})


def as_html(text: str) -> str:
    """A fragment of HTML; links to https alone, no images, no raw HTML."""
    return nh3.clean(
        _markdown().render(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "mailto"},
        link_rel=None,
    ).strip()


def as_text(text: str) -> str:
    """Plain text: an address stands alone on its line, after the words that it belonged to."""
    linked = _LINK.sub(lambda m: m[1] if m[1] == m[2] else f"{m[1]}\n{m[2]}\n", text)
    plain = _MARKS.sub("", linked)
    return re.sub(r"\n{3,}", "\n\n", plain).strip()
