"""The protocols between the parts of the product; an optional ability is one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, runtime_checkable

from jposocial.model import (
    Entity,
    Identity,
    Measure,
    MediaLimits,
    Part,
    Permissions,
    Receipt,
    Variant,
)


class Platform(Protocol):
    """A platform's rules: pure, no network."""

    name: ClassVar[str]
    media: ClassVar[MediaLimits]
    #: Whether a thread can be published: each part as a reply to the one before.
    threads: ClassVar[bool]

    def measure(self, text: str) -> Measure: ...
    def entities(self, text: str) -> list[Entity]: ...
    def price(self, text: str, described: int = 0) -> float:
        """USD of a post with so many images that have an alternative text."""


class Journal(Protocol):
    """A delivery's durable diary: every call has been committed when it returns."""

    #: 128-bit hex, the same for all attempts at this delivery.
    key: str
    #: When the first attempt began.
    started: datetime

    def proved(self, step: str) -> Mapping[str, str] | None:
        """The ids an earlier attempt stored for `step`, or None."""

    def begin(self, step: str) -> None:
        """The next bytes of `step` are visible to readers. Raises Interrupted."""

    def prove(self, step: str, **ids: str) -> None:
        """Store what the platform answered to `step`; renews the lease."""


class Publisher(Protocol):
    """One platform's calls, for one account."""

    platform: ClassVar[str]

    def key_window(self) -> timedelta | None:
        """How long this server honours our key; None: it does not."""

    def publish(self, variant: Variant, journal: Journal) -> tuple[Receipt, ...]:
        """Publish every part not yet proved. Raises PublishError, Interrupted."""

    def whoami(self) -> Identity:
        """Whose credentials these are. Raises PublishError."""


class Reconciler(Protocol):
    """A publisher that can read its own timeline."""

    def find(
        self, part: Part, identity: Identity, since: datetime, parent: str | None = None
    ) -> list[Receipt]:
        """What reads like `part`, with as many images, posted at or after `since`.

        `parent` is the id that it replies to; None: only what replies to nothing.

        Raises PublishError.
        """


@runtime_checkable
class Retractable(Protocol):
    """A publisher whose platform lets a post be taken away."""

    def delete(self, remote: str) -> bool:
        """Take away the post of that id; False where it was not there any more.

        May be asked again, whatever came of it before. Raises PublishError.
        """


@runtime_checkable
class Inspectable(Protocol):
    """A publisher whose platform says what the credentials may do."""

    def permissions(self) -> Permissions:
        """Asked right after `whoami`. Raises PublishError."""
