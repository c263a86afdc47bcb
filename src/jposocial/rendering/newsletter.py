"""An issue's HTML and its plain text, from the same values through the staff's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import css_inline
from markupsafe import Markup

from jposocial.rendering.kinsoku import fold
from jposocial.rendering.templates import MOST_OPTIONAL, Templates

#: Full-width columns of plain text: carriers' telephones break longer lines anywhere.
COLUMNS: Final = 34

_ADDRESS: Final = re.compile(r"https?://\S+")

#: Values whose name ends so are HTML already.
_HTML: Final = "_html"


def render_html(templates: Templates, name: str, values: Mapping[str, Any]) -> str:
    """The page, its styles put into the elements; nothing is fetched. Raises BadTemplate."""
    page = templates.page(name, {key: _marked(value, key) for key, value in values.items()})
    return _inliner().inline(page)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def _marked(value: Any, key: str = "") -> Any:
    """`value` with what is HTML marked so, at any depth."""
    if isinstance(value, Mapping):
        return {k: _marked(v, k) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return tuple(_marked(item) for item in value)
    return Markup(value) if key.endswith(_HTML) and isinstance(value, str) else value  # noqa: S704  made by nh3


def render_text(templates: Templates, name: str, values: Mapping[str, Any], *, wide: bool) -> str:
    """The text, in lines of `COLUMNS` unless `wide`; addresses are never broken."""
    text = templates.render(name, values, MOST_OPTIONAL)
    return text if wide else "\n".join(_broken(line) for line in text.split("\n"))


def _broken(line: str) -> str:
    return line if _ADDRESS.search(line) else fold(line, COLUMNS)
