"""`[newsletter.NAME]` and `[web]`: read once, typed, every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, Final

from jposocial.messages import msg
from jposocial.newsletters import (
    Bounces,
    Dkim,
    Imprint,
    Newsletter,
    Relay,
    SigningKey,
    Web,
)
from jposocial.notify_values import TLS_PORTS, address_value, host_value, port_value
from jposocial.toml_values import (
    TomlReader,
    base_url_value,
    count_value,
    duration_value,
    line_value,
    name_value,
    number_value,
    one_of,
    positive_duration_value,
    secret_value,
    text_value,
)
from jposocial.values import BadValue

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
_SELECTOR: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_BIND: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}")

_HOLD_WINDOW: Final = timedelta(minutes=30)

#: What every mail says of its sender, in each of its languages.
_IMPRINT: Final = ("publisher", "address", "contact")

_KEYS: Final = (
    "mode", "list", "purpose", "from", "reply_to", *_IMPRINT, "en", "hold_window",
    "latest_start", "count_change", "smtp", "dkim", "bounces",
)  # fmt: skip


def read_web(reader: TomlReader, tables: Mapping[str, Any]) -> Web:
    table = reader.table(dict(tables), "web", "web")
    found = Web(
        bind=reader.take(table, "bind", "web", _bind, Web().bind),
        base_url=reader.take(table, "base_url", "web", base_url_value, ""),
    )
    # Signing in to the pages of the office is not in this version.
    table.pop("auth", None)
    reader.finish(table, "web", ("bind", "base_url", "auth"))
    return found


def read_newsletters(
    reader: TomlReader, tables: Mapping[str, Any], web: Web
) -> dict[str, Newsletter]:
    """Name → newsletter; one with a mistake is left out, and the mistake is in `reader.errors`."""
    every = reader.table(dict(tables), "newsletter", "newsletter")
    found = {
        name: _newsletter(reader, name, reader.table(every, name, f"newsletter.{name}"))
        for name in every
    }
    return {
        name: replace(one, base_url=web.base_url) for name, one in found.items() if one is not None
    }


def _newsletter(reader: TomlReader, name: str, table: dict[str, Any]) -> Newsletter | None:
    where = f"newsletter.{name}"
    if not _NAME.fullmatch(name):
        reader.wrong(where, msg("a newsletter cannot have this name"), msg("use a-z, 0-9, - and _"))
        return None
    before = len(reader.errors)
    sender_name, sender = reader.need(table, "from", where, _mailbox, ("", "a@example.org"))
    found = Newsletter(
        name=name,
        mode=reader.take(table, "mode", where, one_of("sandbox", "live"), "sandbox"),
        list=reader.need(table, "list", where, list_value, ""),
        purpose=reader.need(table, "purpose", where, line_value, ""),
        sender=sender,
        reply_to=reader.take(table, "reply_to", where, address_value, ""),
        imprints=_imprints(reader, table, where, sender_name),
        hold_window=reader.take(table, "hold_window", where, duration_value, _HOLD_WINDOW),
        latest_start=reader.take(
            table, "latest_start", where, positive_duration_value, timedelta(hours=6)
        ),
        count_change=reader.take(table, "count_change", where, number_value, 0.3),
        relay=_optional(reader, table, "smtp", where, _relay),
        dkim=_optional(reader, table, "dkim", where, _dkim),
        bounces=_optional(reader, table, "bounces", where, _bounces),
    )
    reader.finish(table, where, _KEYS)
    if found.mode == "live" and found.relay is None and len(reader.errors) == before:
        reader.wrong(
            where,
            msg("'{key}' is missing, and mode is live", key="smtp"),
            msg('add [{where}.smtp] with host = "…"', where=where),
        )
    return found if len(reader.errors) == before else None


def _imprints(
    reader: TomlReader, table: dict[str, Any], where: str, sender_name: str
) -> dict[str, Imprint]:
    """The Japanese one is in the section itself, the English one in `en`, where there is one."""
    found = {"ja": _imprint(reader, table, where, sender_name)}
    if "en" in table:
        inner = reader.table(table, "en", f"{where}.en")
        del table["en"]
        name = reader.take(inner, "name", f"{where}.en", line_value, sender_name)
        found["en"] = _imprint(reader, inner, f"{where}.en", name)
        reader.finish(inner, f"{where}.en", ("name", *_IMPRINT))
    return found


def _imprint(reader: TomlReader, table: dict[str, Any], where: str, name: str) -> Imprint:
    publisher, address, contact = (
        reader.need(table, key, where, _said_value, "") for key in _IMPRINT
    )
    return Imprint(name=name or publisher, publisher=publisher, address=address, contact=contact)


def _optional(
    reader: TomlReader,
    table: dict[str, Any],
    key: str,
    where: str,
    read: Callable[[TomlReader, dict[str, Any], str], Any],
) -> Any:
    """What the table of that name says; None where there is none."""
    if key not in table:
        return None
    inner = reader.table(table, key, f"{where}.{key}")
    del table[key]
    return read(reader, inner, f"{where}.{key}")


def _relay(reader: TomlReader, table: dict[str, Any], where: str) -> Relay:
    host = reader.need(table, "host", where, host_value, "")
    port = reader.take(table, "port", where, port_value)
    tls = reader.take(table, "tls", where, one_of(*TLS_PORTS), "")
    tls = tls or {465: "tls", 587: "starttls"}.get(port or 0, "none")
    secrets = reader.table(table, "secrets", f"{where}.secrets")
    table.pop("secrets", None)
    found = Relay(
        host=host,
        port=port or TLS_PORTS[tls],
        tls=tls,
        user=reader.take(table, "user", where, line_value, ""),
        password=reader.take(secrets, "password", f"{where}.secrets", secret_value, ""),
        connections=reader.take(table, "connections", where, _connections, 4),
        per_domain=reader.take(table, "per_domain", where, count_value, 0),
        per_window=reader.take(table, "per_window", where, count_value, 0),
        window=reader.take(table, "window", where, positive_duration_value, timedelta(minutes=1)),
        timeout=reader.take(
            table, "timeout", where, positive_duration_value, timedelta(seconds=60)
        ),
    )
    keys = ("host", "port", "tls", "user", "secrets", "connections", "per_domain", "per_window")
    reader.finish(table, where, (*keys, "window", "timeout"))
    reader.finish(secrets, f"{where}.secrets", ("password",))
    if bool(found.user) != bool(found.password):
        reader.wrong(
            where,
            msg("user and secrets.password belong together"),
            msg('write user = "…" and secrets = { password = "cred:NAME" }'),
        )
    return found


def _dkim(reader: TomlReader, table: dict[str, Any], where: str) -> Dkim:
    found = Dkim(
        domain=reader.need(table, "domain", where, host_value, ""),
        rsa=_optional(reader, table, "rsa", where, _signing_key),
        ed25519=_optional(reader, table, "ed25519", where, _signing_key),
    )
    reader.finish(table, where, ("domain", "rsa", "ed25519"))
    if found.rsa is None and found.ed25519 is None:
        reader.wrong(
            where,
            msg("there is no key"),
            msg('write rsa = { selector = "…", key = "cred:NAME" }, ed25519 likewise'),
        )
    return found


def _signing_key(reader: TomlReader, table: dict[str, Any], where: str) -> SigningKey:
    found = SigningKey(
        selector=reader.need(table, "selector", where, _selector, ""),
        key=reader.need(table, "key", where, secret_value, ""),
    )
    reader.finish(table, where, ("selector", "key"))
    return found


def _bounces(reader: TomlReader, table: dict[str, Any], where: str) -> Bounces:
    found = Bounces(
        address=reader.need(table, "address", where, address_value, ""),
        maildir=reader.take(table, "maildir", where, name_value, "var/bounces"),
    )
    reader.finish(table, where, ("address", "maildir"))
    return found


def _mailbox(value: Any) -> tuple[str, str]:
    """`name <address>` or an address alone, as (name, address)."""
    name, address = parseaddr(line_value(value))
    return name, address_value(address or value)


def list_value(value: Any) -> str:
    """The name of a list of subscribers."""
    if not _NAME.fullmatch(text_value(value)):
        raise BadValue(
            msg("'{value}' is no name of a list", value=str(value)), msg("use a-z, 0-9, - and _")
        )
    return str(value)


def _said_value(value: Any) -> str:
    return line_value(name_value(value))


def _selector(value: Any) -> str:
    if not _SELECTOR.fullmatch(text_value(value)):
        raise BadValue(msg("'{value}' is no selector", value=str(value)), msg("write s2027"))
    return str(value)


def _connections(value: Any) -> int:
    if not 0 < count_value(value) <= 50:
        raise BadValue(msg("must be from 1 to 50"), msg("write it without quotes: 4"))
    return int(value)


def _bind(value: Any) -> str:
    if not _BIND.fullmatch(text_value(value)):
        raise BadValue(
            msg("'{value}' is no address to listen at", value=str(value)),
            msg("write 127.0.0.1:8080"),
        )
    return str(value)
