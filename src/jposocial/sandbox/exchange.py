"""What the sandbox's platforms share: accounts, the request, the answer, the world.

A service turns a `Request` into an `Answer` and never sees a socket; that part is
`server`, and what goes wrong on the wire is `faults`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qsl

from jposocial.media.encoding import media_type
from jposocial.model import canonical_json
from jposocial.sandbox.timeline import Entry, Timeline, Upload

#: How long an image waits for its post, on every platform.
UPLOAD_LIVES = timedelta(hours=24)

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxAccount:
    """An account that the sandbox knows; its `token` alone tells who is calling."""

    name: str
    platform: str
    handle: str
    token: str = field(repr=False)
    #: The platform's own number for it; derived from `name` where none is given.
    remote_id: str = ""
    #: As readers see it; the handle where none is given.
    display_name: str = ""
    #: What the token may do: read, write on X, pages_manage_posts and others on Facebook.
    scopes: tuple[str, ...] = ("read", "write", "pages_read_engagement", "pages_manage_posts")
    #: When the token ends; None: never.
    expires: datetime | None = None

    def __post_init__(self) -> None:
        if not self.remote_id:
            object.__setattr__(self, "remote_id", _number_of(self.name))
        if not self.display_name:
            object.__setattr__(self, "display_name", self.handle.lstrip("@"))

    @property
    def screen_name(self) -> str:
        """The handle without its @."""
        return self.handle.lstrip("@")


def _number_of(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()
    return str(10**15 + int.from_bytes(digest[:8]) % 10**15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request, read whole; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON. Raises ValueError, also for text that is not Unicode."""
        try:
            value = json.loads(self.body)
            canonical_json(value)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return value

    def multipart(self) -> dict[str, Piece]:
        """The fields of a `multipart/form-data` body, by name; what is none of it is left out.

        https://www.rfc-editor.org/rfc/rfc7578
        """
        _, _, after = self.headers.get("content-type", "").partition("boundary=")
        boundary = after.partition(";")[0].strip().strip('"').encode()
        if not boundary:
            return {}
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + boundary)[1:-1]
        found = (_piece(raw.removeprefix(b"\r\n")) for raw in pieces)
        return {name: piece for name, piece in found if name}

    def form(self) -> dict[str, str]:
        return fields_of(self.body.decode("utf-8", "replace"))

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One field of a multipart form."""

    data: bytes
    is_file: bool = False

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


def _piece(raw: bytes) -> tuple[str, Piece]:
    head, _, data = raw.partition(b"\r\n\r\n")
    said = head.decode("utf-8", "replace")
    name = re.search(r'[;\s]name="([^"]*)"', said)
    return name[1] if name else "", Piece(data=data, is_file="filename" in said)


def fields_of(encoded: str) -> dict[str, str]:
    """A query string or form; of a repeated name the last value."""
    return dict(parse_qsl(encoded, keep_blank_values=True, errors="replace"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(
    status: int,
    value: object,
    headers: Mapping[str, str] | None = None,
    content_type: str = JSON_TYPE,
) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status=status, body=body, content_type=content_type, headers=headers or {})


def phrase(status: int) -> str:
    """What HTTP calls a status; of one that it does not know, `Unknown`."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Refusal(Exception):
    """Raised inside a service: this answer, and nothing was posted."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refuse(answer: Answer) -> NoReturn:
    raise Refusal(answer)


@dataclass(frozen=True, kw_only=True)
class World:
    """What every service serves from."""

    accounts: Sequence[SandboxAccount]
    timeline: Timeline
    clock: Callable[[], datetime]

    def by_token(self, platform: str, token: str) -> SandboxAccount | None:
        return self._first(lambda a: a.platform == platform and a.token == token)

    def by_remote_id(self, platform: str, remote_id: str) -> SandboxAccount | None:
        return self._first(lambda a: a.platform == platform and a.remote_id == remote_id)

    def posted(self, account: SandboxAccount) -> tuple[Entry, ...]:
        """The account's entries, oldest first."""
        entries = self.timeline.entries(account.name)
        return tuple(entry for entry in entries if entry.platform == account.platform)

    def receive(
        self, account: SandboxAccount, data: bytes, alt: str, name: Callable[[int], str]
    ) -> Upload:
        """Keep an image that the account's owner sent; it waits for a post. Raises ValueError."""
        kind = media_type(data)
        if kind is None:
            raise ValueError("not an image that readers can see")
        upload = Upload(
            account=account.name,
            platform=account.platform,
            digest=hashlib.sha256(data).hexdigest(),
            type=kind,
            alt=alt,
            created_at=self.clock(),
        )
        return self.timeline.upload(upload, data, name)

    def waiting(self, account: SandboxAccount, upload_id: str) -> Upload | None:
        """An image of the account that still lives."""
        found = self.timeline.uploaded(upload_id)
        if found is None or (found.account, found.platform) != (account.name, account.platform):
            return None
        return found if self.clock() < found.created_at + UPLOAD_LIVES else None

    def find(self, platform: str, entry_id: str) -> tuple[Entry, SandboxAccount] | None:
        """An entry and whose it is; None where either is not known."""
        entry = self.timeline.get(entry_id)
        if entry is None or entry.platform != platform:
            return None
        author = self._first(lambda a: (a.platform, a.name) == (platform, entry.account))
        return (entry, author) if author else None

    def _first(self, wanted: Callable[[SandboxAccount], bool]) -> SandboxAccount | None:
        return next((account for account in self.accounts if wanted(account)), None)


class Service(Protocol):
    """One platform's API."""

    def owns(self, path: str) -> bool:
        """Whether `path` is one of this platform's."""

    def account_of(self, request: Request) -> SandboxAccount | None:
        """Whose token the request carries."""

    def answer(self, request: Request) -> Answer: ...

    def refusal(self, status: int, reason: str = "") -> Answer:
        """How this platform words an error of that status, or for a reason that it knows by name.

        `status` 0: as the reason has it. Raises ValueError for a reason that is not known.
        """
