"""Typing the text scalars of a front matter; what is wrong is noted, never raised.

A `Type` is a function (reader, raw value, dotted path) → typed value; it notes F03, F04 or
E11 at the reader and returns None where the value cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from jposocial.messages import Message, msg
from jposocial.model import Problem, Publish
from jposocial.values import BadValue, did_you_mean, parse_day, parse_instant, zone_named

_TRUE = {"true", "yes", "on", "はい"}
_FALSE = {"false", "no", "off", "いいえ"}
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

Type = Callable[["Reader", Any, str], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One key of a content file."""

    type: Type
    required: bool = False


class Reader:
    """Collects the problems of one file while its values are typed."""

    def __init__(
        self, path: str, lines: Mapping[str, int], zone: ZoneInfo, accounts: Collection[str]
    ) -> None:
        self.path = path
        self.lines = lines
        self.zone = zone
        self.accounts = accounts
        self.post: str | None = None
        self.problems: list[Problem] = []

    def note(self, rule: str, where: str, message: Message, fix: Message) -> None:
        self.problems.append(
            Problem(
                rule=rule,
                severity="error",
                path=self.path,
                line=self.line(where),
                post=self.post,
                message=message,
                fix=fix,
            )
        )

    def line(self, where: str) -> int:
        """The line of a dotted path, or of the nearest thing above it."""
        while where and where not in self.lines:
            where = where.rpartition(".")[0]
        return self.lines.get(where, 1)

    def parsed(self, parse: Callable[[str], Any], value: Any, where: str) -> Any:
        """Parse one scalar; notes what is wrong and returns None then."""
        text = text_value(self, value, where)
        if text is None:
            return None
        try:
            return parse(text)
        except BadValue as bad:
            self.note(bad.rule, where, named(where, bad.message), bad.fix)
            return None


def named(where: str, message: Message) -> Message:
    return msg("{field}: {message}", field=where, message=message)


def typed(
    reader: Reader, values: Mapping[str, Any], fields: Mapping[str, Field], where: str = ""
) -> dict[str, Any]:
    """Every known key typed; unknown ones are F03, empty ones count as absent (None)."""
    result: dict[str, Any] = dict.fromkeys(fields)
    for key, raw in values.items():
        path = f"{where}.{key}" if where else key
        if key not in fields:
            reader.note(
                "F03", path, msg("unknown field '{key}'", key=path), did_you_mean(key, fields)
            )
        elif raw != "":
            result[key] = fields[key].type(reader, raw, path)
    return result


def missing(
    values: Mapping[str, Any], fields: Mapping[str, Field], also: Collection[str] = ()
) -> list[str]:
    """The required fields, and those of `also`, that are not there at all, or empty."""
    return [
        key
        for key, field in fields.items()
        if (field.required or key in also) and _is_empty(values.get(key))
    ]


def _is_empty(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else not value


def text_value(reader: Reader, value: Any, where: str) -> str | None:
    if isinstance(value, str):
        return value.strip()
    reader.note(
        "F04",
        where,
        msg("{field}: one value is wanted here", field=where),
        msg(
            "write '{field}: value' on one line, or as text after '|'",
            field=where.rpartition(".")[2],
        ),
    )
    return None


def bool_value(reader: Reader, value: Any, where: str) -> bool | None:
    def parse(text: str) -> bool:
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise BadValue(
            msg("'{text}' is neither true nor false", text=text), msg("write true or false")
        )

    found: bool | None = reader.parsed(parse, value, where)
    return found


def int_value(reader: Reader, value: Any, where: str) -> int | None:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise BadValue(
                msg("'{text}' is not a whole number", text=text),
                msg("write it in half-width digits: 120"),
            )
        return int(text)

    found: int | None = reader.parsed(parse, value, where)
    return found


def slug_value(reader: Reader, value: Any, where: str) -> str | None:
    def parse(text: str) -> str:
        if not _SLUG.fullmatch(text) or len(text) > 100:
            raise BadValue(
                msg("'{text}' cannot be an id", text=text),
                msg("use a-z, 0-9 and hyphens: 2027-01-career-seminar"),
            )
        return text

    found: str | None = reader.parsed(parse, value, where)
    return found


def number_value(reader: Reader, value: Any, where: str) -> float | None:
    def parse(text: str) -> float:
        if not re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?", text):
            raise BadValue(
                msg("'{text}' is not a number", text=text),
                msg("write it in half-width digits: 8.5"),
            )
        return float(text)

    found: float | None = reader.parsed(parse, value, where)
    return found


def zone_value(reader: Reader, value: Any, where: str) -> str | None:
    found = reader.parsed(zone_named, value, where)
    return str(found) if found else None


def instant_value(reader: Reader, value: Any, where: str) -> datetime | None:
    found: datetime | None = reader.parsed(
        lambda text: parse_instant(text, reader.zone), value, where
    )
    return found


def end_value(reader: Reader, value: Any, where: str) -> datetime | None:
    """A moment, or a day, which counts whole: the instant at which it is over."""
    if isinstance(value, str) and value.strip() and ":" not in value:
        day = day_value(reader, value, where)
        return datetime.combine(day, time.max, reader.zone) if day else None
    return instant_value(reader, value, where)


#: A vacancy without a day on which it closes.
UNTIL_FILLED = "until_filled"


def deadline_value(reader: Reader, value: Any, where: str) -> datetime | str | None:
    """A moment, or `until_filled`."""
    if isinstance(value, str) and value.strip() == UNTIL_FILLED:
        return UNTIL_FILLED
    return instant_value(reader, value, where)


def day_value(reader: Reader, value: Any, where: str) -> date | None:
    found: date | None = reader.parsed(parse_day, value, where)
    return found


def publish_value(reader: Reader, value: Any, where: str) -> Publish | None:
    def parse(text: str) -> Publish:
        if ":" not in text:
            return Publish(day=parse_day(text))
        exact = parse_instant(text, reader.zone)
        return Publish(day=exact.astimezone(reader.zone).date(), exact=exact)

    found: Publish | None = reader.parsed(parse, value, where)
    return found


def url_value(reader: Reader, value: Any, where: str) -> str | None:
    def parse(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s]+", text):
            raise BadValue(
                msg("'{text}' is not an address", text=text), msg("write it whole: https://…")
            )
        return text

    found: str | None = reader.parsed(parse, value, where)
    return found


def one_of(*names: str) -> Type:
    def read(reader: Reader, value: Any, where: str) -> str | None:
        def parse(text: str) -> str:
            if text not in names:
                raise BadValue(
                    msg("'{value}' is not known here", value=text), did_you_mean(text, names)
                )
            return text

        found: str | None = reader.parsed(parse, value, where)
        return found

    return read


def account_value(reader: Reader, value: Any, where: str) -> str | None:
    if value in reader.accounts:
        return str(value)
    return one_of(*sorted(reader.accounts))(reader, value, where)  # type: ignore[no-any-return]


def list_of(item: Type) -> Type:
    """A list; a single value counts as a list of one."""

    def read(reader: Reader, value: Any, where: str) -> tuple[Any, ...] | None:
        if isinstance(value, str):
            only = item(reader, value, where)
            return () if only is None else (only,)
        if not isinstance(value, list):
            reader.note(
                "F04",
                where,
                msg("{field}: a list is wanted here", field=where),
                msg("write [first, second], or one '- item' a line"),
            )
            return None
        found = [item(reader, one, f"{where}.{n}") for n, one in enumerate(value)]
        return tuple(one for one in found if one is not None)

    return read


def map_of(fields: Mapping[str, Field]) -> Type:
    """A group of named values; a required one that is missing is E09."""

    def read(reader: Reader, value: Any, where: str) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            reader.note(
                "F04",
                where,
                msg("{field}: named values are wanted here", field=where),
                msg("write {names}", names=_shape(fields)),
            )
            return None
        for key in missing(value, fields):
            note_missing(reader, f"{where}.{key}", where)
        return typed(reader, value, fields, where)

    return read


def either(plain: Type, group: Type) -> Type:
    """A plain value, or a group of named ones."""

    def read(reader: Reader, value: Any, where: str) -> Any:
        return (group if isinstance(value, dict) else plain)(reader, value, where)

    return read


def note_missing(reader: Reader, key: str, where: str = "") -> None:
    reader.note(
        "E09",
        where,
        msg("the field '{key}' is missing or empty", key=key),
        msg("add '{key}: …'", key=key.rpartition(".")[2]),
    )


def _shape(fields: Mapping[str, Field]) -> str:
    names = [key for key, field in fields.items() if field.required] or list(fields)[:2]
    return "{" + ", ".join(f"{name}: …" for name in names) + "}"


def texts_value(reader: Reader, value: Any, where: str) -> dict[str, dict[str, str]] | None:
    """`text:` — {ACCOUNT: str | {MOMENT: str}}; a bare string is for `announce`."""
    if not isinstance(value, dict):
        reader.note(
            "F04",
            where,
            msg("{field}: named values are wanted here", field=where),
            msg("write 'text:' and below it, indented, 'x: |' and the text"),
        )
        return None
    result: dict[str, dict[str, str]] = {}
    for account, texts in value.items():
        path = f"{where}.{account}"
        if account_value(reader, account, path) is None:
            continue
        moments: Mapping[str, Any] = texts if isinstance(texts, dict) else {"announce": texts}
        read = {name: text_value(reader, text, f"{path}.{name}") for name, text in moments.items()}
        result[account] = {name: text for name, text in read.items() if text is not None}
    return result


def allow_value(rules: Sequence[str]) -> Type:
    """`allow:` — {RULE: reason}; the reason is kept in the record."""

    def read(reader: Reader, value: Any, where: str) -> dict[str, str] | None:
        if not isinstance(value, dict):
            reader.note(
                "F04",
                where,
                msg("{field}: named values are wanted here", field=where),
                msg("write {shape}", shape="allow: {E01: reason}"),
            )
            return None
        result: dict[str, str] = {}
        for rule, reason in value.items():
            path = f"{where}.{rule}"
            if rule not in rules:
                reader.note(
                    "F04",
                    path,
                    msg("'{rule}' is no rule that can be allowed", rule=rule),
                    did_you_mean(rule.upper(), rules),
                )
            elif (said := text_value(reader, reason, path)) is None:
                continue
            elif not said:
                reader.note(
                    "F04",
                    path,
                    msg("{field}: a reason is wanted here", field=path),
                    msg("write why, in one sentence"),
                )
            else:
                result[rule] = said
        return result

    return read
