"""Each platform's calls, one file each; a literal registry, imported when used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from jposocial.model import Account
from jposocial.protocols import Publisher
from jposocial.publishers.uploads import Supplies

__all__ = ["PUBLISHERS", "Supplies", "publisher"]

#: Platform → "module:class"; the class takes (account, secrets, supplies).
PUBLISHERS: Final[Mapping[str, str]] = {
    "x": "jposocial.publishers.x:XPublisher",
    "facebook": "jposocial.publishers.facebook:FacebookPublisher",
}


def publisher(
    account: Account, secrets: Mapping[str, str], supplies: Supplies | None = None
) -> Publisher:
    """The publisher for `account` with its secrets already read; without supplies, of texts alone."""
    module, _, name = PUBLISHERS[account.platform].partition(":")
    make: Callable[..., Any] = getattr(import_module(module), name)
    built: Publisher = make(account, secrets, supplies)
    return built
