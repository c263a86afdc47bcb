"""The platforms' rules: what a text measures, what is linked in it, what posting it costs.

The registry is literal and its modules are loaded when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from jposocial.errors import UsageError
from jposocial.messages import joined, msg

if TYPE_CHECKING:
    from jposocial.model import Entity, Measure
from jposocial.protocols import Platform

__all__ = ["PLATFORMS", "entities", "measure", "platform"]

#: Name → where its class is.
PLATFORMS: Mapping[str, str] = {
    "x": "jposocial.platforms.x:X",
    "facebook": "jposocial.platforms.facebook:Facebook",
}


def platform(name: str) -> Platform:
    """The rules of the platform called `name`. Raises UsageError for an unknown one."""
    return _loaded(name)


def measure(text: str, platform: str) -> Measure:
    """The length of `text` in the platform's own unit. Raises UsageError."""
    return _loaded(platform).measure(text)


def entities(text: str, platform: str) -> list[Entity]:
    """What the platform links in `text`, in order of appearance. Raises UsageError."""
    return _loaded(platform).entities(text)


@cache
def _loaded(name: str) -> Platform:
    if name not in PLATFORMS:
        known = joined(sorted(PLATFORMS))
        raise UsageError(msg("there is no platform {name}; known: {known}", name=name, known=known))
    module, _, attribute = PLATFORMS[name].partition(":")
    return cast("Platform", getattr(import_module(module), attribute)())
