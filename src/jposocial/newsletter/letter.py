"""An issue in one language, before it is anybody's; and who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Stands in the texts wherever a reader's own token goes: 22 characters, as a token has.
TOKEN_MARK: Final = "JPOSOCIALTOKENTOKENTOK"  # noqa: S105  stands for one

#: The token in test mails and in the preview: it is nobody's.
TEST_TOKEN: Final = "T" * 22


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    name: str
    #: As in `Content-Type`, with its parameters: `text/calendar; method=PUBLISH`.
    type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One issue in one language; `TOKEN_MARK` stands for what is personal in its texts."""

    lang: str
    subject: str
    html: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Who gets a mail."""

    address: str
    name: str
    token: str
    #: With its angle brackets.
    message_id: str
