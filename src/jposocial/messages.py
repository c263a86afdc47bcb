"""Messages that exist in Japanese and in English.

A `Message` is a `str` whose value is the English sentence; it remembers its template
and its parameters, so that the rim (CLI, JSON, page) can say it in the reader's language.
The catalogue is `locale/ja/LC_MESSAGES/jposocial.po`; English is the source.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Self

DOMAIN = "jposocial"
LANGUAGES = ("ja", "en")
# Every command imports this, and no path needs more than to be joined: `pathlib` is loaded later.
LOCALE_DIR = os.path.join(os.path.dirname(__file__), "locale")  # noqa: PTH118, PTH120


class Message(str):
    """An English sentence that knows how to say itself in another language."""

    __slots__ = ("params", "template")
    template: str
    params: Mapping[str, Any]

    def __new__(cls, template: str, params: Mapping[str, Any]) -> Self:
        self = super().__new__(cls, template.format_map(params) if params else template)
        self.template = template
        self.params = params
        return self

    def filled(self, **params: Any) -> Message:
        """This message's template with `params`; for a template that is passed along."""
        return Message(self.template, params)

    def localised(self, language: str) -> str:
        """The sentence in `language` (`ja` or `en`), parameters included."""
        # The empty string is no message: its "translation" is the catalogue's own header.
        template = self.template and catalogue(language).gettext(self.template)
        if not self.params:
            return template
        return template.format_map({k: _say(v, language) for k, v in self.params.items()})


def msg(template: str, /, **params: Any) -> Message:
    """Mark `template` for translation and fill it: `msg("{n} posts", n=3)`."""
    return Message(template, params)


def localised(text: str, language: str) -> str:
    """`text` in `language` where it is a `Message`, else as it is."""
    return text.localised(language) if isinstance(text, Message) else text


def joined(items: Iterable[str], separator: str = msg(", ")) -> Message:
    """A list as one parameter, each item and the separator said in the reader's language."""
    values = list(items)
    slots = "{separator}".join(f"{{i{n}}}" for n in range(len(values)))
    params = {f"i{n}": value for n, value in enumerate(values)}
    return Message(slots, params | {"separator": separator} if values else {})


def _say(value: Any, language: str) -> Any:
    """A parameter in `language`; a word of the model, such as a status, by its own translation."""
    if isinstance(value, Enum):
        return catalogue(language).gettext(str(value))
    return localised(value, language) if isinstance(value, str) else value


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into `language`; English, and an unknown one, say the source."""
    return gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)
