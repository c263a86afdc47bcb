"""Reading secrets: `$CREDENTIALS_DIRECTORY`, a 0600 file of ours, or the environment.

They never reach argv, the database, the log or a traceback; what was read is redacted from
every text a platform or a library hands back.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jposocial.errors import UsageError
from jposocial.messages import msg
from jposocial.model import Account
from jposocial.settings import PLATFORM_KEYS

_HIDDEN: Final = "…"
_ONE_WORD: Final = re.compile(r"[!-~]+")
_known: set[str] = set()


def read_secrets(account: Account, root: Path) -> dict[str, str]:
    """Every secret of the account; in sandbox mode an absent one is a stand-in.

    Raises UsageError naming the secret, never its value.
    """
    names = PLATFORM_KEYS[account.platform][0]
    return {name: _read(account, name, root) for name in names}


def sandbox_secret(account: str, name: str) -> str:
    """The stand-in that the embedded sandbox knows the account by."""
    return f"sandbox-{account}-{name}"


def _read(account: Account, name: str, root: Path) -> str:
    place = account.secrets.get(name)
    if place is None:
        return sandbox_secret(account.name, name)
    return read_secret(account.name, name, place, root)


def read_secret(owner: str, name: str, place: str, root: Path, *, lines: bool = False) -> str:
    """What is at `cred:NAME`, `file:PATH` or `env:NAME`; from now on it is redacted.

    `lines`: it is a key of several lines. Raises UsageError naming `owner` and `name`, never the
    value.
    """
    source, _, where = place.partition(":")
    value = _value(source, where, root).strip()
    if not value:
        raise UsageError(
            msg(
                "{account}: the secret '{name}' is not at {place}",
                account=owner,
                name=name,
                place=place,
            )
        )
    _known.add(value)
    if not lines and not _ONE_WORD.fullmatch(value):
        # An HTTP header cannot carry it, and the library that refuses it would quote it.
        raise UsageError(
            msg(
                "{account}: the secret '{name}' at {place} is not one word of ASCII characters",
                account=owner,
                name=name,
                place=place,
            )
        )
    return value


def _value(source: str, where: str, root: Path) -> str:
    """What is at that place; empty where nothing is, or nothing that can be read."""
    try:
        found = {"cred": _credential, "file": _file, "env": _environment}[source](where, root)
    except (OSError, UnicodeDecodeError):
        return ""
    return found or ""


def _credential(name: str, root: Path) -> str | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder, name) if folder else None
    return path.read_text("utf-8") if path and path.is_file() else None


def _file(name: str, root: Path) -> str | None:
    path = root / Path(name).expanduser()
    if not path.is_file():
        return None
    status = path.stat()
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise UsageError(
            msg("{path} must be yours and readable by you alone (chmod 600)", path=str(path))
        )
    return path.read_text("utf-8")


def _environment(name: str, root: Path) -> str | None:
    return os.environ.get(name)


def redact(text: str) -> str:
    """`text` without any secret that was read, on one line, shortened."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    return re.sub(r"\s+", " ", text).strip()[:300]


def fingerprint(account: Account, secrets: Mapping[str, str]) -> str:
    """Changes with the credentials, the handle and the address; says nothing about them."""
    whole = "\0".join(
        [
            account.platform,
            account.handle,
            account.mode,
            account.base_url or "",
            *(secrets[k] for k in sorted(secrets)),
        ]
    )
    return hashlib.sha256(whole.encode()).hexdigest()[:32]
