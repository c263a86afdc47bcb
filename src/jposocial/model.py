"""The nouns of the product and the table of states.

The words are those of README.md; instants are aware datetimes, UTC inside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo

Severity = Literal["error", "warning"]
Mode = Literal["sandbox", "live"]

#: The part separator of `text:` in a content file.
PART_LINE = "---part---"

#: An account name that makes no delivery, only membership in the newsletter's sections.
MAIL = "mail"


class Status(StrEnum):
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    MISSED = "missed"
    CANCELLED = "cancelled"


#: In these states readers see something of a delivery, or may.
VISIBLE = frozenset({Status.PUBLISHED, Status.PUBLISHING, Status.UNCONFIRMED})


class Change(StrEnum):
    """What happens to a delivery; the other half of the key of `TRANSITIONS`."""

    CLAIM = "claim"
    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    DOUBT = "doubt"
    CONFIRM = "confirm"
    DISPROVE = "disprove"
    LAPSE = "lapse"
    RETRY = "retry"
    CANCEL = "cancel"


TRANSITIONS: Mapping[tuple[Status, Change], Status] = {
    (Status.SCHEDULED, Change.CLAIM): Status.PUBLISHING,
    (Status.SCHEDULED, Change.LAPSE): Status.MISSED,
    (Status.SCHEDULED, Change.CANCEL): Status.CANCELLED,
    (Status.PUBLISHING, Change.ACCEPT): Status.PUBLISHED,
    (Status.PUBLISHING, Change.DEFER): Status.SCHEDULED,
    (Status.PUBLISHING, Change.REFUSE): Status.FAILED,
    (Status.PUBLISHING, Change.DOUBT): Status.UNCONFIRMED,
    (Status.UNCONFIRMED, Change.CONFIRM): Status.PUBLISHED,
    (Status.UNCONFIRMED, Change.DISPROVE): Status.SCHEDULED,
    (Status.UNCONFIRMED, Change.LAPSE): Status.MISSED,
    (Status.FAILED, Change.RETRY): Status.SCHEDULED,
    (Status.FAILED, Change.CANCEL): Status.CANCELLED,
    (Status.MISSED, Change.RETRY): Status.SCHEDULED,
    (Status.MISSED, Change.CANCEL): Status.CANCELLED,
}

#: Reasons why a delivery does not go now, in the order in which they are shown.
BLOCKERS = (
    "approval", "hold", "cap", "gap", "quiet", "account",
    "budget", "file", "link", "clock", "disk",
)  # fmt: skip

#: The blockers that somebody must end; the others pass by waiting or by approving.
BLOCKERS_TO_MEND = frozenset({"account", "budget", "file", "link", "clock", "disk"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A finding of a check: returned, never raised."""

    rule: str
    severity: Severity
    #: Relative to the workspace, with forward slashes.
    path: str
    #: Counted from 1.
    line: int
    post: str | None = None
    account: str | None = None
    #: `Message`s where they come from a check; plain text once they are said in a language.
    message: str
    fix: str
    #: The very text that was found, where there is one: for a caret, and for `check --fix`.
    found: str = ""
    #: What `check --fix` writes instead; None where only a person can know.
    replacement: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A configured identity on a platform."""

    name: str
    platform: str
    handle: str
    mode: Mode = "sandbox"
    lang: str = "ja"
    base_url: str | None = None
    daily_cap: int = 4
    min_gap: timedelta = timedelta(hours=2)
    #: The total time of one request, from the name's look-up to the answer's last byte.
    timeout: timedelta = timedelta(seconds=30)
    monthly_budget_usd: float | None = None
    #: Where the secrets are (`cred:NAME`, `file:PATH`, `env:NAME`), never what they are.
    secrets: Mapping[str, str] = field(default_factory=dict)
    #: The platform's further keys, such as Facebook's `page_id`.
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Publish:
    """`publish:` of a content file: a day that anchors the cadence, or the exact time."""

    day: date
    exact: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One authored unit, one file under `posts/`; its identity is `id`, never its path."""

    id: str
    kind: str
    title: str
    #: Relative to the workspace, with forward slashes.
    path: str
    lang: str = "ja"
    #: None: the kind's.
    accounts: tuple[str, ...] | None = None
    ready: bool = True
    owner: str | None = None
    #: The name of the file's owner in the operating system.
    file_owner: str | None = None
    category: str = "routine"
    publish: Publish | None = None
    text: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    skip: tuple[str, ...] = ()
    moved_from: tuple[datetime, ...] = ()
    allow: Mapping[str, str] = field(default_factory=dict)
    #: The kind's own fields and the further common ones, typed; absent ones are None.
    fields: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    body_en: str = ""
    #: Dotted field path → line in the file; `body` is where the body begins.
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def round(self) -> int:
        """How often the post was postponed."""
        return len(self.moved_from)

    @property
    def authors(self) -> tuple[str, ...]:
        return tuple(sorted({a for a in (self.owner, self.file_owner) if a}))


Shift = Literal["previous", "next", "keep"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One named point of a cadence."""

    name: str
    #: The field that anchors it: starts, ends, apply_deadline, publish …
    anchor: str
    offset: int = 0
    #: The offset counts business days.
    business: bool = False
    at: time = time(12, 0)
    shift: Shift = "next"
    #: Instead of a time of day: this long before the anchor's instant.
    before: timedelta | None = None
    grace: timedelta = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    """A kind's moments per account."""

    rows: Mapping[str, tuple[Moment, ...]] = field(default_factory=dict)
    #: The account whose row serves those without one.
    other: str | None = None
    #: The kind's default accounts; None: all that are configured.
    accounts: tuple[str, ...] | None = None
    #: So many of the kind on one account a day, within the account's own cap; None: no more.
    daily_cap: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Blackout:
    start: date
    end: date
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """When the office posts; local times of `zone`."""

    zone: ZoneInfo
    office_hours: tuple[time, time] = (time(8, 30), time(17, 15))
    #: None: no quiet hours. May span midnight.
    quiet_hours: tuple[time, time] | None = (time(21, 0), time(8, 0))
    #: (month, day) ranges, both ends included, that may span the new year.
    closed: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (((12, 29), (1, 3)),)
    #: Japan's national holidays are closed days.
    national: bool = True
    #: Closed days of the office's own.
    holidays: frozenset[date] = frozenset()
    #: National holidays that are none here.
    not_holidays: frozenset[date] = frozenset()
    blackout: tuple[Blackout, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Slot:
    """What makes a delivery one of a kind."""

    mode: str
    account: str
    #: The id of the post, or the name of the series.
    post: str
    moment: str
    occurrence: str = "-"
    round: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRow:
    """What the plan must know of a delivery that exists: a plain value."""

    slot: Slot
    status: Status
    due: datetime
    #: When it would go by cadence and calendar alone, before caps and gaps moved it.
    nominal: datetime
    expires: datetime
    #: Approved, or brought back by `retry`: no other file moves it.
    fixed: bool = False
    #: A person cancelled it; only `retry` brings it back.
    by_person: bool = False
    #: When the platform accepted the last part of it.
    accepted_at: datetime | None = None
    #: The posts that an occurrence of a series picked; none: the slot's own post.
    used: tuple[str, ...] = ()
    #: Where its first part is to be seen.
    url: str = ""
    kind: str = ""
    #: The post's `starts` or `closes` as its text says it; None: it has none, or it is not known.
    event_at: datetime | None = None
    #: Readers have seen it, and it was taken away again.
    retracted: bool = False

    @property
    def visible(self) -> bool:
        """Whether readers have seen something of it, or may have."""
        return self.status in VISIBLE or self.accepted_at is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """One line of a plan: what goes where when."""

    post: str
    kind: str
    moment: str
    account: str
    occurrence: str = "-"
    round: int = 0
    due: datetime
    #: By cadence and calendar alone, before caps and gaps moved it.
    nominal: datetime
    #: By the cadence alone, if every hour of every day would do; None: it has no such time.
    wanted: datetime | None = None
    expires: datetime
    #: No later than this whatever the grace: the event, a deadline, a consent's end.
    not_after: datetime | None = None
    #: Why it does not go at its nominal time; of a row in the outbox nobody asks.
    why: Literal["", "late", "full", "kept"] = field(default="", compare=False)
    grace: timedelta = timedelta(hours=6)
    cost_usd: float = 0.0
    #: Of a series: the posts it picked, and from when on that is promised.
    used: tuple[str, ...] = ()
    cutoff: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unplaced:
    """What could not be placed, and why (`late`, `past`, `no_anchor`, `no_room`, …)."""

    post: str
    moment: str
    account: str
    reason: str
    #: When it would have gone, where it has a time.
    nominal: datetime | None = None
    #: Of a series: which one.
    occurrence: str = "-"
    #: What the configuration says of it, such as a blackout's reason.
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    placements: tuple[Placement, ...]
    unplaced: tuple[Unplaced, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """An image of a post."""

    #: As the content file names it.
    file: str
    alt: str
    #: SHA-256 (hex) of the bytes that go out; empty where the image cannot go out.
    digest: str = ""
    #: image/jpeg, image/png or image/webp; empty once it is in the outbox.
    type: str = ""
    #: In bytes, as it goes out.
    size: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaLimits:
    """What a platform carries of images in one post."""

    count: int
    #: Of one image, in bytes.
    size: int
    #: Of an alternative text, in characters.
    alt: int
    types: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One post of a thread, or the only one."""

    text: str
    media: tuple[Media, ...] = ()
    #: Filled by the platform's own count.
    length: int = 0
    limit: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """A post rendered for one account; immutable, with a hash over its content."""

    post: str
    kind: str
    moment: str
    account: str
    platform: str
    parts: tuple[Part, ...]
    #: Where the text came from: the content file or the template, for problems.
    source: str = ""
    source_line: int = 1
    cost_usd: float = 0.0
    occurrence: str = "-"

    def content(self) -> list[dict[str, Any]]:
        """What the hash covers of the parts, as JSON values."""
        return [
            {"text": p.text, "media": [{"digest": m.digest, "alt": m.alt} for m in p.media]}
            for p in self.parts
        ]


def payload_hash(
    account: Account, content: Sequence[Mapping[str, Any]], start: datetime, expires: datetime
) -> str:
    """SHA-256 (hex) of all that an approval binds: who, what, and from when to when."""
    payload = {
        "mode": account.mode,
        "account": account.name,
        "handle": account.handle,
        "parts": list(content),
        "window": [start.isoformat(), expires.isoformat()],
    }
    return hashlib.sha256(canonical_json(payload)).hexdigest()


def canonical_json(value: object) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A text's length in the platform's own unit."""

    length: int
    limit: int
    valid: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """What a platform links: `text == source[start:end]`, sign included, code points."""

    kind: Literal["url", "hashtag", "mention", "cashtag"]
    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who a platform says the credentials belong to."""

    id: str
    handle: str
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permissions:
    """What credentials may do, as far as their platform says."""

    #: None: never, or it does not say.
    expires: datetime | None = None
    #: None: it does not say.
    scopes: tuple[str, ...] | None = None
    #: What posting needs and they do not have.
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The platform's proof of one part."""

    part: int
    id: str
    url: str
    accepted_at: datetime
