"""Images before their post: steps that readers cannot see, each proved, each repeatable.

upload:0.1:0     the first upload of part 0's second image: `id`, and `until` when it lives
unused:ID        the platform refused a post with that upload: it is not offered again
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from jposocial.errors import Interrupted
from jposocial.media.store import ReadMedia
from jposocial.model import Media
from jposocial.protocols import Journal

#: An upload that dies so soon is made again: the post must still find it.
_MARGIN: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Supplies:
    """What a publisher is given besides its account: the images that were approved, and the time."""

    read: ReadMedia
    clock: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """What the platform answered to one image."""

    id: str
    #: How long it waits for its post.
    lives: timedelta


#: One image's bytes, media type and alternative text, to the platform.
Send = Callable[[bytes, str, str], Upload]


def uploads(
    images: Sequence[Media], part: int, journal: Journal, supplies: Supplies | None, send: Send
) -> list[str]:
    """The platform's id of each image; what the journal has proved and still lives is not sent again.

    Raises PublishError, and Interrupted (`file`) where an image is not the one that was approved.
    """
    found = []
    for number, image in enumerate(images):
        if supplies is None:
            raise Interrupted("file")
        found.append(_upload(f"upload:{part}.{number}", image, journal, supplies, send))
    return found


def _upload(step: str, image: Media, journal: Journal, supplies: Supplies, send: Send) -> str:
    data, media_type = supplies.read(image.digest)
    for number in count():
        known = journal.proved(f"{step}:{number}")
        if known is None:
            sent = supplies.clock()
            made = send(data, media_type, image.alt)
            until = (sent + made.lives).isoformat()
            journal.prove(f"{step}:{number}", id=made.id, until=until, digest=image.digest)
            return made.id
        if _lives(known, journal, supplies.clock()):
            return known["id"]
    raise AssertionError("count() never ends")


def _lives(known: Mapping[str, str], journal: Journal, now: datetime) -> bool:
    unused = journal.proved(f"unused:{known['id']}") is not None
    return not unused and now + _MARGIN < datetime.fromisoformat(known["until"])


def give_up(ids: Sequence[str], journal: Journal) -> None:
    """The platform refused their post; what it does not know any more would be refused for ever."""
    for remote in ids:
        journal.prove(f"unused:{remote}", id=remote)
