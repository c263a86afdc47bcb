"""Every error the program raises on purpose.

    JposocialError                  exit 1
    ├── UsageError                  exit 2  wrong usage, configuration or database version
    │   └── ConfigError                     every problem of jposocial.toml at once
    ├── Refused                     exit 1  an action that was refused, with its reason
    ├── LockHeld                    exit 3  another process publishes
    ├── TransitionError             exit 1  a change of state that TRANSITIONS does not know
    ├── StoreError                  exit 1  the database cannot be written: locked, full, read-only
    ├── Interrupted                 –       stop: brake, epoch, lease, or an approved image is gone
    └── PublishError                –       what a platform's answer means
        ├── Rejected                definite refusal of this content: failed
        ├── Unauthorized            definite refusal of the account: it is suspended
        ├── RateLimited             definite refusal for now: deferred to `retry_at`
        ├── Unavailable             surely not sent: deferred
        └── OutcomeUnknown          anything else: unconfirmed, never a retry

`str()` says what, who and why, in English; the rim says `message` in the reader's language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class JposocialError(Exception):
    """The root; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


class UsageError(JposocialError):
    exit_code = 2


class ConfigError(UsageError):
    """All that is wrong with the configuration, one message a line."""

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__(msg("the configuration is wrong ({count})", count=len(messages)))
        self.messages = tuple(messages)

    def __str__(self) -> str:
        return "\n".join((self.message, *self.messages))


class Refused(JposocialError):
    pass


class LockHeld(JposocialError):
    exit_code = 3


class TransitionError(JposocialError):
    pass


class StoreError(JposocialError):
    """What was asked for was not written; it can be asked for again."""


class Interrupted(JposocialError):
    """No visible step may begin: `reason` is `hold`, `epoch`, `lease`, `expired` or `file`."""

    def __init__(self, reason: str) -> None:
        super().__init__(msg("stopped before a visible step: {reason}", reason=reason))
        self.reason = reason


class PublishError(JposocialError):
    """What a platform's answer means; `detail` is the platform's own text, shortened."""

    def __init__(self, detail: str) -> None:
        super().__init__(msg("the platform answered: {detail}", detail=detail))
        self.detail = detail


class Rejected(PublishError):
    """`duplicate`: the platform says that it has this text already."""

    def __init__(self, detail: str, *, duplicate: bool = False) -> None:
        super().__init__(detail)
        self.duplicate = duplicate


class Unauthorized(PublishError):
    """The account may not post: nothing of it is sent until that is mended.

    `lasting`: the credentials are good all the same (no permission, blocked, out of credits).
    """

    def __init__(self, detail: str, *, lasting: bool = False) -> None:
        super().__init__(detail)
        self.lasting = lasting


class RateLimited(PublishError):
    """`retry_at` is None where the platform does not say."""

    def __init__(self, detail: str, retry_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.retry_at = retry_at


class Unavailable(PublishError):
    pass


class OutcomeUnknown(PublishError):
    pass


def place_of(error: BaseException) -> str:
    """`file.py:12`, where it was raised; nothing of the values that a trace would show."""
    from pathlib import Path

    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
