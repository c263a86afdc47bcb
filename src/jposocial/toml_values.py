"""Taking typed values out of a TOML file; what is wrong is noted with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from jposocial.layout import FILE_NAME
from jposocial.messages import Message, msg
from jposocial.values import (
    BadValue,
    did_you_mean,
    is_printable,
    parse_clock_range,
    parse_day,
    parse_duration,
)

#: Where a secret is; never the secret itself.
SECRET_PLACE: Final = re.compile(r"(cred|file|env):.+")
_ANY_HEADER = re.compile(r"^[ \t]*\[[^\[\]\n=]+\][ \t]*$", re.MULTILINE)


class TomlReader:
    """Takes keys from tables one by one and keeps what is wrong with them."""

    def __init__(self, text: str) -> None:
        # Comments blanked out: what looks like a key there is none.
        self._text = re.sub(r"#[^\n]*", lambda match: " " * len(match[0]), text)
        self._wrong: list[tuple[int, Message]] = []

    @property
    def errors(self) -> list[Message]:
        """What is wrong, from the top of the file to its end."""
        return [message for _, message in sorted(self._wrong, key=lambda found: found[0])]

    def wrong(self, where: str, message: Message, fix: Message) -> None:
        line = self._line(where)
        said = msg("{file}:{line}: {where}: {message} — {fix}", file=FILE_NAME, line=line, where=where, message=message, fix=fix)  # fmt: skip
        self._wrong.append((line, said))

    def _line(self, where: str) -> int:
        """tomllib keeps no positions: the header is looked for, then each name below it in turn."""
        names = re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", where)
        start, depth = self._header([name for name, _ in names])
        following = _ANY_HEADER.search(self._text, start + 1) if depth else None
        end = following.start() if following else len(self._text)
        for name, number in names[depth:]:
            found = re.compile(rf"""(?<![\w-])["']?{re.escape(name)}["']?\s*[=.]""").search(
                self._text, start, end
            )
            if not found:
                break
            start = self._item(found.start(), end, int(number)) if number else found.start()
        return self._text.count("\n", 0, start) + 1

    def _header(self, names: list[str]) -> tuple[int, int]:
        """Where the longest header of `names` stands, and how many of them it has."""
        for depth in range(len(names), 0, -1):
            dotted = r"\s*\.\s*".join(rf"""["']?{re.escape(n)}["']?""" for n in names[:depth])
            found = re.search(rf"^[ \t]*(\[)\s*{dotted}\s*[.\]]", self._text, re.MULTILINE)
            if found:
                return found.start(1), depth
        return 0, 0

    def _item(self, start: int, end: int, number: int) -> int:
        """Where the inline table with that number, from 0, begins in the list at `start`."""
        for _ in range(number + 1):
            found = self._text.find("{", start + 1, end)
            if found < 0:
                break
            start = found
        return start

    def table(self, tables: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
        value = tables.get(key, {})
        if isinstance(value, dict):
            return dict(value)
        self.wrong(where, msg("must be a table"), msg("write [{where}]", where=where))
        return {}

    def take(
        self,
        table: dict[str, Any],
        key: str,
        where: str,
        parse: Callable[[Any], Any],
        default: Any = None,
    ) -> Any:
        """Pop `key` and parse it; a wrong value is noted and the default stands in."""
        if key not in table:
            return default
        try:
            return parse(table.pop(key))
        except BadValue as bad:
            self.wrong(f"{where}.{key}", bad.message, bad.fix)
            return default

    def need(
        self,
        table: dict[str, Any],
        key: str,
        where: str,
        parse: Callable[[Any], Any],
        stand_in: Any,
    ) -> Any:
        if key not in table:
            self.wrong(where, msg("'{key}' is missing", key=key), msg("add {key} = …", key=key))
        return self.take(table, key, where, parse, stand_in)

    def finish(self, table: Mapping[str, Any], where: str, known: tuple[str, ...]) -> None:
        for key in table:
            self.wrong(
                f"{where}.{key}" if where else key, msg("unknown key"), did_you_mean(key, known)
            )


def text_value(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(msg("must be text"), msg('put it in quotes: "…"'))
    return value


def line_value(value: Any) -> str:
    """Text that may stand in the head of a mail."""
    if not is_printable(text_value(value)):
        raise BadValue(
            msg("must be one line without control characters"), msg("take the character out")
        )
    return str(value)


def name_value(value: Any) -> str:
    if not text_value(value).strip():
        raise BadValue(msg("must not be empty"), msg('put it in quotes: "…"'))
    return str(value)


def boolean_value(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(msg("must be true or false"), msg("write true or false, without quotes"))
    return value


def count_value(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadValue(msg("must be a whole number, 0 or more"), msg("write it without quotes: 4"))
    return value


def number_value(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadValue(msg("must be a number, 0 or more"), msg("write it without quotes: 20"))
    return float(value)


def one_of(*names: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in names:
            raise BadValue(
                msg("'{value}' is not known here", value=str(value)),
                did_you_mean(str(value), names),
            )
        return str(value)

    return parse


def duration_value(value: Any) -> timedelta:
    return (
        timedelta()
        if value == 0 and not isinstance(value, bool)
        else parse_duration(text_value(value))
    )


def listed(parse: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def parse_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadValue(msg("must be a list"), msg('write ["…", "…"]'))
        return tuple(parse(item) for item in value)

    return parse_all


def optional_range_value(value: Any) -> Any:
    return parse_clock_range(text_value(value)) if text_value(value).strip() else None


def day_value(value: Any) -> date:
    return value if type(value) is date else parse_day(text_value(value))


def secret_value(value: Any) -> str:
    if not SECRET_PLACE.fullmatch(text_value(value)):
        # The value itself is not repeated: it may be the secret.
        raise BadValue(
            msg("a secret is never written here"), msg("write cred:NAME, file:PATH or env:NAME")
        )
    return str(value)


def base_url_value(value: Any) -> str:
    if not re.fullmatch(r"https?://[^/\s?#]+/?", text_value(value)):
        raise BadValue(
            msg("'{value}' is not an address", value=value),
            msg("write https://host or http://127.0.0.1:8090"),
        )
    return str(value).rstrip("/")


def positive_duration_value(value: Any) -> timedelta:
    found = duration_value(value)
    if not found:
        raise BadValue(msg("must be more than 0"), msg("write 30s"))
    return found
