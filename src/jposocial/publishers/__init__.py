"""Each platform's calls, one file each; a literal registry, imported when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from jposocial.model import Account
from jposocial.protocols import Publisher

#: Platform → "module:class"; the class takes (account, secrets).
PUBLISHERS: Final[Mapping[str, str]] = {
    "x": "jposocial.publishers.x:XPublisher",
    "facebook": "jposocial.publishers.facebook:FacebookPublisher",
}


def publisher(account: Account, secrets: Mapping[str, str]) -> Publisher:
    """The publisher for `account` with its secrets already read."""
    module, _, name = PUBLISHERS[account.platform].partition(":")
    make: Callable[[Account, Mapping[str, str]], Any] = getattr(import_module(module), name)
    built: Publisher = make(account, secrets)
    return built
