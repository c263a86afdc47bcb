"""What an answer means, the same for every platform: the rows that hold everywhere.

A definite refusal is a 4xx answer other than 408, 425 and 499: those, any 3xx or 5xx and
a 2xx without an id leave open whether the post is out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from jposocial.errors import (
    OutcomeUnknown,
    PublishError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.net import TimedSession
from jposocial.publishers.credentials import redact

#: 4xx answers that do not say that nothing was done.
_INDEFINITE: Final = frozenset({408, 425, 499})

#: The definite ones with a meaning of their own. 402: nobody has paid, whoever it is that posts.
_MEANINGS: Final[Mapping[int, type[PublishError]]] = {
    401: Unauthorized,
    402: Unauthorized,
    429: RateLimited,
}
_LASTING: Final = frozenset({402})


def is_definite(status: int) -> bool:
    """Whether an answer of this status says that nothing was done."""
    return 400 <= status < 500 and status not in _INDEFINITE


def refusal(status: int, detail: str, retry_at: datetime | None = None) -> PublishError:
    """The error for an answer to a *visible* step that is no proof."""
    said = redact(f"{status} {detail}")
    if not is_definite(status):
        return OutcomeUnknown(said)
    meaning = _MEANINGS.get(status, Rejected)
    if meaning is Unauthorized:
        return Unauthorized(said, lasting=status in _LASTING)
    return RateLimited(said, retry_at) if meaning is RateLimited else meaning(said)


def unread(status: int, detail: str, retry_at: datetime | None = None) -> PublishError:
    """The error for an answer to a step that readers cannot see: repeatable."""
    error = refusal(status, detail, retry_at)
    return Unavailable(error.detail) if isinstance(error, OutcomeUnknown) else error


def broken(error: BaseException, session: TimedSession, *, visible: bool) -> PublishError:
    """The error for a request that did not come to its end, or whose answer is unreadable."""
    said = redact(f"{type(error).__name__}: {error}")
    return OutcomeUnknown(said) if visible and session.sent else Unavailable(said)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """A timeline that does not read as documented proves nothing: Unavailable."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Unavailable(f"{what} cannot be read: {type(error).__name__}") from None
