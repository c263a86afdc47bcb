"""The tables. What must always hold is a constraint or a trigger here, not a hope in code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from jposocial.model import Status


class Instant(TypeDecorator[datetime]):
    """An aware datetime as UTC text of fixed width, so that order by text is order in time."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


def instant_text(value: datetime) -> str:
    """The one spelling of an instant. Raises ValueError for a naive datetime."""
    if value.tzinfo is None:
        raise ValueError("naive datetimes are refused")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


METADATA: Final = MetaData()

#: The condition of the index `deliveries_open`. A query names it too: SQLite takes a partial index
#: only where it sees that condition, and a parameter shows it nothing.
OPEN_ROWS: Final = text("deliveries.status IN ('publishing', 'unconfirmed')")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


META = Table(
    "meta",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True),
    # The slot.
    Column("mode", String, nullable=False),
    Column("account", String, nullable=False),
    Column("post", String, nullable=False),
    Column("moment", String, nullable=False),
    Column("occurrence", String, nullable=False, server_default="-"),
    Column("round", Integer, nullable=False, server_default="0"),
    # What it is.
    Column("platform", String, nullable=False),
    Column("handle", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("category", String, nullable=False),
    Column("path", String, nullable=False),
    Column("authors", JSON, nullable=False),
    # Of a series' occurrence: the ids of the posts it picked.
    Column("used", JSON, nullable=False, server_default="[]"),
    Column("cost_usd", Float, nullable=False),
    # When it goes.
    Column("status", String, nullable=False),
    Column("due", Instant, nullable=False),
    Column("nominal", Instant, nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("not_after", Instant),
    # The post's `starts` or `closes` when it was promised; what its readers were told.
    Column("event_at", Instant),
    # The last epoch of which its own worker has said how it ended: nobody sends for it any more.
    Column("ended_epoch", Integer),
    Column("grace_seconds", Integer, nullable=False),
    Column("names_day", Boolean, nullable=False, server_default=text("0")),
    Column("retry_at", Instant),
    Column("by_retry", Boolean, nullable=False, server_default=text("0")),
    Column("payload_hash", String(64), nullable=False),
    # Who has it.
    Column("key", String(32), nullable=False),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("started", Instant),
    Column("out_at", Instant),
    Column("lease_until", Instant),
    Column("claim_host", String),
    Column("claim_pid", Integer),
    Column("claim_process", String),
    # What became of it.
    Column("file_problem", Boolean, nullable=False, server_default=text("0")),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("look_after", Instant),
    Column("detail", Text, nullable=False, server_default=""),
    Column("cancelled_by", String),
    Column("replaced_by", Integer, ForeignKey("deliveries.id")),
    # Empty, begun (a person has decided) or done (every proved part is gone).
    Column("retraction", String, nullable=False, server_default=""),
    Column("retracted_at", Instant),
    Column("retracted_by", String),
    one_of("status", tuple(Status)),
    CheckConstraint("expires > window_start", name="window_in_order"),
    CheckConstraint(
        "(status = 'publishing') = (lease_until IS NOT NULL)", name="lease_while_publishing"
    ),
    sqlite_autoincrement=True,
)

PARTS = Table(
    "parts",
    METADATA,
    Column("delivery", Integer, ForeignKey("deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("media", JSON, nullable=False),
    Column("state", String, nullable=False, server_default="none"),
    Column("remote_id", String),
    Column("url", String),
    Column("accepted_at", Instant),
    one_of("state", ("none", "begun", "accepted")),
    CheckConstraint("(state = 'accepted') = (remote_id IS NOT NULL)", name="accepted_with_id"),
)

STEPS = Table(
    "steps",
    METADATA,
    Column("delivery", Integer, ForeignKey("deliveries.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("ids", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("delivery", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("started", Instant, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process", String, nullable=False),
    UniqueConstraint("delivery", "epoch"),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("delivery", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("decision", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    one_of("decision", ("approve", "reject", "void")),
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("scope", String, nullable=False),
    Column("value", String, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("machine", Boolean, nullable=False, server_default=text("0")),
    Column("since", Instant, nullable=False),
    Column("released_by", String),
    Column("released_at", Instant),
    one_of("scope", ("all", "account", "category", "post")),
)

#: One row. Who claims or begins locks it to share, who holds or rejects locks it alone.
BRAKE = Table(
    "brake",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("changes", Integer, nullable=False),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("name", String, primary_key=True),
    Column("fingerprint", String, nullable=False, server_default=""),
    Column("remote_id", String, nullable=False, server_default=""),
    Column("remote_handle", String, nullable=False, server_default=""),
    Column("verified_at", Instant),
    Column("suspended", Text, nullable=False, server_default=""),
    Column("limited_until", Instant),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("event", String, nullable=False),
    Column("delivery", Integer),
    Column("account", String),
    Column("post", String),
    Column("actor", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

#: What was mailed to whom: each cause once.
ALARMS = Table(
    "alarms",
    METADATA,
    Column("cause", String, primary_key=True),
    Column("recipient", String, primary_key=True),
    Column("said_at", Instant, nullable=False),
)
