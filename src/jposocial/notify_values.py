"""`[notify]`: to whom alarms and the evening's list are mailed, and through which server."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Final

from jposocial.messages import msg
from jposocial.toml_values import (
    TomlReader,
    duration_value,
    line_value,
    one_of,
    positive_duration_value,
    secret_value,
    text_value,
)
from jposocial.values import BadValue, parse_clock, printable

#: How a connection is protected → the port where none is named.
TLS_PORTS: Final[Mapping[str, int]] = {"none": 25, "starttls": 587, "tls": 465}

_SCHEMES: Final[Mapping[str, str]] = {"smtp": "", "smtps": "tls", "smtp+starttls": "starttls"}
_SERVER: Final = re.compile(
    r"(?:(?P<scheme>[a-z+]+)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?/?"
)
#: Addresses of the office's own people: ASCII, without a name, a quote or a comment.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)

KEYS: Final = ("to", "smtp", "from", "tls", "user", "secrets", "evening", "stopped", "timeout")


@dataclass(frozen=True, kw_only=True, slots=True)
class Notify:
    """Where alarms go. `evening` None: no evening's list; `stopped` 0: no watch over the beat."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    #: none, starttls or tls.
    tls: str
    user: str = ""
    #: Where the password is (`cred:NAME`, `file:PATH`, `env:NAME`), never what it is.
    password: str = ""
    evening: time | None = time(17, 0)
    #: A beat that was not completed for so long has stopped.
    stopped: timedelta = timedelta(minutes=15)
    #: The total time for one mail, from the connection to the server's word that it has it.
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Server:
    host: str = ""
    port: int | None = None
    tls: str = ""


def read_notify(reader: TomlReader, tables: Mapping[str, Any]) -> Notify | None:
    """None where the file has no such section."""
    if "notify" not in tables:
        return None
    table = reader.table(tables, "notify", "notify")
    to = reader.need(table, "to", "notify", _addresses, ("",))
    server = _server(reader, table)
    tls = reader.take(table, "tls", "notify", one_of(*TLS_PORTS), "") or server.tls
    tls = tls or {465: "tls", 587: "starttls"}.get(server.port or 0, "none")
    secrets = reader.table(table, "secrets", "notify.secrets")
    table.pop("secrets", None)
    found = Notify(
        to=to,
        sender=reader.take(table, "from", "notify", address_value, to[0]),
        host=server.host,
        port=server.port or TLS_PORTS[tls],
        tls=tls,
        user=reader.take(table, "user", "notify", line_value, ""),
        password=reader.take(secrets, "password", "notify.secrets", secret_value, ""),
        evening=reader.take(table, "evening", "notify", _evening, time(17, 0)),
        stopped=reader.take(table, "stopped", "notify", duration_value, timedelta(minutes=15)),
        timeout=reader.take(
            table, "timeout", "notify", positive_duration_value, timedelta(seconds=20)
        ),
    )
    reader.finish(table, "notify", KEYS)
    reader.finish(secrets, "notify.secrets", ("password",))
    _refuse_half_a_login(reader, found)
    return found


def _server(reader: TomlReader, table: dict[str, Any]) -> _Server:
    """`smtp = "host:port"`, an address, or a table of host, port and tls."""
    if not isinstance(table.get("smtp"), dict):
        found: _Server = reader.need(table, "smtp", "notify", _server_text, _Server())
        return found
    inner = reader.table(table, "smtp", "notify.smtp")
    del table["smtp"]
    found = _Server(
        host=reader.need(inner, "host", "notify.smtp", host_value, ""),
        port=reader.take(inner, "port", "notify.smtp", port_value),
        tls=reader.take(inner, "tls", "notify.smtp", one_of(*TLS_PORTS), ""),
    )
    reader.finish(inner, "notify.smtp", ("host", "port", "tls"))
    return found


def _server_text(value: Any) -> _Server:
    match = _SERVER.fullmatch(text_value(value))
    if not match or match["scheme"] not in (None, *_SCHEMES):
        raise BadValue(
            msg("'{value}' is no mail server", value=str(value)),
            msg("write mail.example.go.jp:587, or smtps://mail.example.go.jp"),
        )
    return _Server(
        host=match["host"].strip("[]"),
        port=port_value(int(match["port"])) if match["port"] else None,
        tls=_SCHEMES[match["scheme"] or "smtp"],
    )


def host_value(value: Any) -> str:
    match = _SERVER.fullmatch(text_value(value))
    if not match or match["scheme"] or match["port"]:
        raise BadValue(
            msg("'{value}' is no name of a host", value=value), msg("write mail.example.go.jp")
        )
    return match["host"].strip("[]")


def port_value(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise BadValue(msg("'{value}' is no port", value=str(value)), msg("write 25, 465 or 587"))
    return value


def _addresses(value: Any) -> tuple[str, ...]:
    """One address, or a list of them; each once."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise BadValue(msg("must not be empty"), msg('write ["office@example.go.jp"]'))
    return tuple(dict.fromkeys(address_value(one) for one in values))


def address_value(value: Any) -> str:
    if not _ADDRESS.fullmatch(text_value(value)):
        raise BadValue(
            msg("'{value}' is no mail address", value=printable(value)),
            msg("write office@example.go.jp, without a name"),
        )
    return str(value)


def _evening(value: Any) -> time | None:
    return parse_clock(text_value(value)) if text_value(value).strip() else None


def _refuse_half_a_login(reader: TomlReader, found: Notify) -> None:
    if bool(found.user) != bool(found.password):
        reader.wrong(
            "notify",
            msg("a user and a password belong together"),
            msg('add user = "…", and password = "cred:NAME" under [notify.secrets]'),
        )
    if found.user and found.tls == "none" and not is_loopback(found.host):
        reader.wrong(
            "notify",
            msg("the password would cross the network in the clear"),
            msg('write tls = "starttls" or tls = "tls"'),
        )


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
