"""`jposocial.toml`: read once, typed, every mistake reported at once with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jposocial.cadence_values import read_cadences
from jposocial.errors import ConfigError
from jposocial.layout import FILE_NAME
from jposocial.messages import LANGUAGES, msg
from jposocial.model import MAIL, Account, Blackout, Cadence, Calendar
from jposocial.newsletter_values import read_newsletters, read_web
from jposocial.newsletters import Newsletter, Web
from jposocial.notify_values import Notify, read_notify
from jposocial.series import Series
from jposocial.series_values import read_series
from jposocial.toml_values import (
    TomlReader,
    base_url_value,
    boolean_value,
    count_value,
    day_value,
    duration_value,
    line_value,
    listed,
    name_value,
    number_value,
    one_of,
    optional_range_value,
    positive_duration_value,
    secret_value,
    text_value,
)
from jposocial.values import (
    BadValue,
    parse_clock_range,
    parse_days_of_year,
    zone_named,
)

#: Platform → (its secrets, its further keys).
PLATFORM_KEYS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "x": (("consumer_key", "consumer_secret", "access_token", "access_token_secret"), ()),
    "facebook": (("page_token",), ("page_id", "api_version")),
}

#: Sections whose features are not in this version: accepted, named to the reader, without effect.
DORMANT: Final = (
    "media",
    "cards",
    "feeds",
    "holds",
    "net",
)

_ACCOUNT_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The whole configuration, typed."""

    name: str
    language: str
    horizon: timedelta
    database_url: str
    accounts: Mapping[str, Account]
    calendar: Calendar
    cadences: Mapping[str, Cadence]
    approval_required: bool
    self_approval: bool
    links_allow: tuple[str, ...]
    links_probe: bool
    series: Mapping[str, Series] = field(default_factory=dict)
    #: None: nobody is mailed.
    notify: Notify | None = None
    newsletters: Mapping[str, Newsletter] = field(default_factory=dict)
    web: Web = field(default_factory=Web)
    #: Sections that this version accepts but does not use yet.
    dormant: tuple[str, ...] = field(default=())


def load_settings(path: Path) -> Settings:
    """Read `path`. Raises ConfigError with all that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [msg("{path}: cannot be read: {error}", path=path.name, error=str(error))]
        ) from None
    return parse_settings(text)


def parse_settings(text: str) -> Settings:
    """The settings that `text` (TOML) and the defaults make. Raises ConfigError."""
    try:
        own = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Also a number of thousands of digits, and brackets in brackets.
        raise ConfigError(
            [msg("{path}: not valid TOML: {error}", path=FILE_NAME, error=str(error))]
        ) from None
    reader = TomlReader(text)
    settings = _settings(reader, _merged(_defaults(), own), own)
    if reader.errors:
        raise ConfigError(reader.errors)
    return settings


def read_tables(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables of a file that `load_settings` has read, over the defaults; and its own alone."""
    own = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    return _merged(_defaults(), own), own


def _defaults() -> dict[str, Any]:
    return tomllib.loads(resources.files("jposocial").joinpath("defaults.toml").read_text("utf-8"))


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in own.items():
        below = result.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        result[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return result


def _settings(reader: TomlReader, tables: dict[str, Any], own: Mapping[str, Any]) -> Settings:
    workspace = reader.table(tables, "workspace", "workspace")
    approval = reader.table(tables, "approval", "approval")
    links = reader.table(tables, "links", "links")
    database = reader.table(tables, "database", "database")
    zone = reader.take(
        workspace,
        "timezone",
        "workspace",
        lambda v: zone_named(text_value(v)),
        zone_named("Asia/Tokyo"),
    )
    accounts = _accounts(reader, reader.table(tables, "accounts", "accounts"))
    cadences = read_cadences(reader, reader.table(tables, "cadence", "cadence"), accounts)
    web = read_web(reader, tables)
    settings = Settings(
        name=reader.take(workspace, "name", "workspace", line_value, "jposocial"),
        language=reader.take(workspace, "language", "workspace", one_of(*LANGUAGES), "ja"),
        horizon=reader.take(workspace, "horizon", "workspace", duration_value, timedelta(days=92)),
        database_url=reader.take(database, "url", "database", text_value, ""),
        accounts=accounts,
        calendar=_calendar(reader, reader.table(tables, "calendar", "calendar"), zone),
        cadences=cadences,
        approval_required=reader.take(approval, "required", "approval", boolean_value, True),
        self_approval=reader.take(approval, "self_approval", "approval", boolean_value, False),
        links_allow=reader.take(links, "allow", "links", listed(text_value), ()),
        links_probe=reader.take(links, "probe", "links", boolean_value, True),
        series=_series(reader, tables, own, accounts, cadences),
        notify=read_notify(reader, tables),
        newsletters=read_newsletters(reader, tables, web),
        web=web,
        dormant=tuple(name for name in DORMANT if name in tables),
    )
    reader.finish(workspace, "workspace", ("name", "timezone", "language", "horizon"))
    reader.finish(approval, "approval", ("required", "self_approval"))
    reader.finish(links, "links", ("allow", "probe"))
    reader.finish(database, "database", ("url",))
    sections = (
        "workspace",
        "database",
        "accounts",
        "calendar",
        "cadence",
        "series",
        "approval",
        "links",
        "notify",
        "newsletter",
        "web",
        *DORMANT,
    )
    reader.finish({k: v for k, v in tables.items() if k not in sections}, "", sections)
    return settings


def _series(
    reader: TomlReader,
    tables: dict[str, Any],
    own: Mapping[str, Any],
    accounts: Mapping[str, Account],
    cadences: Mapping[str, Cadence],
) -> dict[str, Series]:
    said = own.get("series")
    named = said if isinstance(said, dict) else {}
    return read_series(reader, reader.table(tables, "series", "series"), named, accounts, cadences)


def _accounts(reader: TomlReader, tables: dict[str, Any]) -> dict[str, Account]:
    found = {
        name: _account(reader, name, reader.table(tables, name, f"accounts.{name}"))
        for name in tables
    }
    return {name: account for name, account in found.items() if account}


def _account(reader: TomlReader, name: str, table: dict[str, Any]) -> Account | None:
    where = f"accounts.{name}"
    if name == MAIL or not _ACCOUNT_NAME.fullmatch(name):
        reader.wrong(
            where,
            msg("an account cannot have this name"),
            msg("use a-z, 0-9, - and _; 'mail' is the newsletter's"),
        )
    platform = reader.need(table, "platform", where, one_of(*PLATFORM_KEYS), "")
    handle = reader.need(table, "handle", where, name_value, "")
    if not platform:
        # Which further keys it may have, only the platform tells.
        return None
    secret_names, option_names = PLATFORM_KEYS[platform]
    account = Account(
        name=name,
        platform=platform,
        handle=handle,
        mode=reader.take(table, "mode", where, one_of("sandbox", "live"), "sandbox"),
        lang=reader.take(table, "lang", where, one_of(*LANGUAGES), "ja"),
        base_url=reader.take(table, "base_url", where, base_url_value),
        daily_cap=reader.take(table, "daily_cap", where, count_value, 4),
        min_gap=reader.take(table, "min_gap", where, duration_value, timedelta(hours=2)),
        timeout=reader.take(
            table, "timeout", where, positive_duration_value, timedelta(seconds=30)
        ),
        monthly_budget_usd=reader.take(table, "monthly_budget_usd", where, number_value),
        secrets=_secrets(
            reader, where, reader.table(table, "secrets", f"{where}.secrets"), secret_names
        ),
        options={
            key: reader.take(table, key, where, text_value, "")
            for key in option_names
            if key in table
        },
    )
    table.pop("secrets", None)
    known = (
        "platform",
        "handle",
        "mode",
        "lang",
        "base_url",
        "daily_cap",
        "min_gap",
        "timeout",
        "monthly_budget_usd",
        "secrets",
        *option_names,
    )
    reader.finish(table, where, known)
    _live_needs(reader, where, account, secret_names)
    return account


def _live_needs(
    reader: TomlReader, where: str, account: Account, secret_names: tuple[str, ...]
) -> None:
    if account.mode != "live":
        return
    for key in secret_names:
        if key not in account.secrets:
            reader.wrong(
                f"{where}.secrets",
                msg("'{key}' is missing, and mode is live", key=key),
                msg('add {key} = "cred:NAME"', key=key),
            )
    if account.platform == "facebook" and not account.options.get("page_id"):
        reader.wrong(
            where,
            msg("'{key}' is missing, and mode is live", key="page_id"),
            msg('add {key} = "…"', key="page_id"),
        )


def _secrets(
    reader: TomlReader, where: str, table: dict[str, Any], names: tuple[str, ...]
) -> dict[str, str]:
    found = {
        key: reader.take(table, key, f"{where}.secrets", secret_value, "")
        for key in names
        if key in table
    }
    reader.finish(table, f"{where}.secrets", names)
    return found


def _calendar(reader: TomlReader, table: dict[str, Any], zone: Any) -> Calendar:
    holidays = reader.take(table, "holidays", "calendar", listed(_holiday), ())
    calendar = Calendar(
        zone=zone,
        office_hours=reader.take(
            table, "office_hours", "calendar", lambda v: parse_clock_range(text_value(v))
        ),
        quiet_hours=reader.take(table, "quiet_hours", "calendar", optional_range_value),
        closed=reader.take(
            table, "closed", "calendar", listed(lambda v: parse_days_of_year(text_value(v))), ()
        ),
        national=reader.take(table, "national", "calendar", boolean_value, True),
        holidays=frozenset(day for day, added in holidays if added),
        not_holidays=frozenset(day for day, added in holidays if not added),
        blackout=reader.take(table, "blackout", "calendar", listed(_blackout), ()),
    )
    reader.finish(
        table,
        "calendar",
        ("office_hours", "quiet_hours", "closed", "national", "holidays", "blackout"),
    )
    return calendar


def _holiday(value: Any) -> tuple[date, bool]:
    """(day, whether it is one): `"-2027-02-11"` takes a national holiday out."""
    if isinstance(value, str) and value.startswith("-"):
        return day_value(value[1:]), False
    return day_value(value), True


def _blackout(value: Any) -> Blackout:
    if not isinstance(value, dict) or set(value) != {"from", "to", "reason"}:
        raise BadValue(
            msg("must have from, to and reason"),
            msg('write { from = "2027-02-01", to = "2027-02-03", reason = "…" }'),
        )
    return Blackout(
        start=day_value(value["from"]),
        end=day_value(value["to"]),
        reason=text_value(value["reason"]),
    )
