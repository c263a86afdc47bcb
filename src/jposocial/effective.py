"""The whole configuration as it holds: what the file says, and every default beside it.

Secrets are not read. What the configuration has of them are the places where they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from jposocial.model import MAIL, Account, Moment
from jposocial.notify_values import Notify
from jposocial.series import Series
from jposocial.settings import Settings
from jposocial.toml_values import SECRET_PLACE

MASK: Final = "…"

#: A key that names something which nobody may see, wherever it stands.
_SECRET_KEY: Final = re.compile(
    r"password|secret|token|private_?key|api_?key|credential", re.IGNORECASE
)

#: `//user:password@` of an address.
_IN_ADDRESS: Final = re.compile(r"(?<=//)([^/@\s:]*):([^/@\s]+)(?=@)")

#: As the README has them; what follows stands as in the file.
_FIRST: Final = ("workspace", "database", "accounts", "calendar", "cadence", "series", "approval")

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effective:
    #: Section → key → value, as TOML has them.
    tables: Mapping[str, Any]
    #: Dotted key → `file` or `default`.
    sources: Mapping[str, str] = field(default_factory=dict)


def effective(settings: Settings, merged: Mapping[str, Any], own: Mapping[str, Any]) -> Effective:
    """`merged` is the file laid over defaults.toml, `own` the file alone."""
    whole = dict(merged)
    accounts = settings.accounts
    whole["accounts"] = {
        name: _filled(table, _account(accounts[name]))
        for name, table in merged.get("accounts", {}).items()
        if name in accounts
    }
    whole["cadence"] = {
        kind: _cadence(settings, kind, table) for kind, table in merged.get("cadence", {}).items()
    }
    whole["series"] = {
        name: _series(settings.series[name], table) if name in settings.series else table
        for name, table in merged.get("series", {}).items()
        # A default that names accounts which are not there is no series of this office.
        if name in settings.series or name in own.get("series", {})
    }
    if settings.notify:
        whole["notify"] = _filled(merged["notify"], _notify(settings.notify))
    order = [name for name in _FIRST if name in whole]
    tables = {name: _masked(whole[name], "") for name in dict.fromkeys([*order, *whole])}
    return Effective(tables=tables, sources=dict(_sources(tables, own, "")))


def _filled(table: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says, in its order, then what it does not."""
    return {**table, **{key: value for key, value in defaults.items() if key not in table}}


def _account(account: Account) -> dict[str, Any]:
    return {
        "mode": account.mode,
        "lang": account.lang,
        "daily_cap": account.daily_cap,
        "min_gap": duration(account.min_gap),
        "timeout": duration(account.timeout),
    }


def _notify(notify: Notify) -> dict[str, Any]:
    return {
        "from": notify.sender,
        "evening": f"{notify.evening:%H:%M}" if notify.evening else "",
        "stopped": duration(notify.stopped),
        "timeout": duration(notify.timeout),
    }


def _cadence(settings: Settings, kind: str, table: Mapping[str, Any]) -> dict[str, Any]:
    cadence = settings.cadences[kind]
    rows = {
        name: [_filled(raw, _moment(m)) for m, raw in zip(row, table[name], strict=True)]
        for name, row in cadence.rows.items()
    }
    return {**table, **rows}


def _moment(moment: Moment) -> dict[str, Any]:
    clock = {} if moment.before is not None else {"time": f"{moment.at:%H:%M}"}
    return clock | {"shift": moment.shift, "grace": duration(moment.grace)}


def _series(series: Series, table: Mapping[str, Any]) -> dict[str, Any]:
    unit = "b" if series.cutoff.business else ""
    # Of what the defaults name, only the accounts that there are; the newsletter has none.
    accounts = {} if series.accounts == (MAIL,) else {"accounts": list(series.accounts)}
    defaults = {
        "kind": series.kind,
        "pick": series.pick,
        "shift": series.shift,
        "cutoff": f"-{series.cutoff.days}{unit} {series.cutoff.at:%H:%M}",
        "grace": duration(series.grace),
        "apart": duration(series.apart),
    }
    return _filled(dict(table) | accounts, defaults)


def duration(value: timedelta) -> str:
    """As the configuration writes it, in the greatest unit that is whole."""
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _masked(value: Any, key: str) -> Any:
    """Without any secret: a place where one is may be told, whatever else is under such a key not."""
    if isinstance(value, Mapping):
        return {name: _masked(below, name) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, key) for item in value]
    if not isinstance(value, str):
        return value
    if _SECRET_KEY.search(key) and not SECRET_PLACE.fullmatch(value):
        return MASK
    return _IN_ADDRESS.sub(rf"\1:{MASK}", value)


def _sources(tables: Mapping[str, Any], own: Any, path: str) -> Iterator[tuple[str, str]]:
    for key, value in tables.items():
        below = own.get(key) if isinstance(own, Mapping) else None
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _sources(value, below, name)
        else:
            yield name, "default" if below is None else "file"


def toml_lines(found: Effective, default: str) -> Iterator[str]:
    """TOML that reads back as the same configuration; behind what the file does not say, `default`."""
    lines = list(_table(found.tables, "", found.sources, default))
    yield from lines[:-1] if lines[-1:] == [""] else lines


def _table(
    table: Mapping[str, Any], path: str, sources: Mapping[str, str], default: str
) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and (plain or not table):
        yield f"[{path}]"
    for key, value in plain.items():
        dotted = f"{path}.{key_text(key)}" if path else key_text(key)
        mark = f"  # {default}" if sources.get(_plain(dotted)) == "default" else ""
        first, *rest = _value_lines(value)
        yield f"{key_text(key)} = {first}{'' if rest else mark}"
        yield from rest[:-1]
        yield from (f"{last}{mark}" for last in rest[-1:])
    if plain or (path and not table):
        yield ""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _table(
                value, f"{path}.{key_text(key)}" if path else key_text(key), sources, default
            )


def _plain(dotted: str) -> str:
    return dotted.replace('"', "")


def key_text(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value_lines(value: Any) -> list[str]:
    """Lists of tables one to a line; everything else on one line."""
    if isinstance(value, Sequence) and value and all(isinstance(v, Mapping) for v in value):
        return ["[", *(f"  {value_text(item)}," for item in value), "]"]
    return [value_text(value)]


def value_text(value: Any) -> str:
    """A value as TOML writes it, on one line (https://toml.io/en/v1.0.0)."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key_text(k)} = {value_text(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(value_text, value))}]"
    return value.isoformat() if isinstance(value, date) or hasattr(value, "hour") else repr(value)


def _text(value: str) -> str:
    """JSON's spelling is TOML's, but for DEL, which must be escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
