"""The tables of the mail side: subscribers, what they consented to, issues and their ledgers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from jposocial.store.tables import METADATA, Instant, one_of

#: States of a recipient in a ledger.
LEDGER_STATES: Final = (
    "pending", "sending", "deferred", "accepted", "refused", "in_doubt", "suppressed",
)  # fmt: skip

#: (before, after): what may become of a recipient; a trigger refuses anything else.
LEDGER_MOVES: Final = (
    ("pending", "sending"),
    ("pending", "suppressed"),
    ("pending", "refused"),
    ("deferred", "sending"),
    ("deferred", "suppressed"),
    ("deferred", "refused"),
    ("sending", "accepted"),
    ("sending", "refused"),
    ("sending", "deferred"),
    ("sending", "in_doubt"),
    ("in_doubt", "accepted"),
    ("in_doubt", "pending"),
)

ISSUE_STATES: Final = ("frozen", "approved", "sending", "paused", "finished", "cancelled")

SUBSCRIBER_STATES: Final = ("pending", "active", "left", "bounced")

#: A list is for one purpose, for ever.
LISTS = Table(
    "lists",
    METADATA,
    Column("name", String, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

SUBSCRIBERS = Table(
    "subscribers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("list", String, ForeignKey("lists.name"), nullable=False),
    # As the mail server is told it.
    Column("address", Text, nullable=False),
    # As two addresses are compared: folded, so that nobody is on a list twice.
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("lang", String, nullable=False, server_default="ja"),
    Column("status", String, nullable=False),
    # In the links to leave and to confirm; 22 characters that nobody can guess.
    Column("token", String(22), nullable=False, unique=True),
    Column("since", Instant, nullable=False),
    # So often in a row a mail came back that may yet arrive.
    Column("soft_bounces", Integer, nullable=False, server_default="0"),
    UniqueConstraint("list", "key"),
    one_of("status", SUBSCRIBER_STATES),
    sqlite_autoincrement=True,
)

#: The evidence: when, how, and to which wording somebody consented. Gone with an erased subscriber.
CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subscriber", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("by", String, nullable=False),
    one_of("step", ("declared", "asked", "confirmed")),
)

#: Append-only; of one mark on one list the newest row holds. It outranks every import.
SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("id", Integer, primary_key=True),
    # `*`: of every list.
    Column("list", String, nullable=False),
    # HMAC-SHA256 (hex) of the folded address: it outlives the address.
    Column("mark", String(64), nullable=False),
    Column("reason", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    one_of("reason", ("left", "removed", "bounced", "complained", "erased", "lifted")),
)

ISSUES = Table(
    "issues",
    METADATA,
    Column("id", Integer, primary_key=True),
    # The post's id.
    Column("post", String, nullable=False),
    Column("newsletter", String, nullable=False),
    Column("list", String, nullable=False),
    Column("mode", String, nullable=False),
    # The promise in the outbox that releases it.
    Column("delivery", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("status", String, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("audience_hash", String(64), nullable=False),
    # How many recipients were frozen: what the ledger's rows must add up to.
    Column("frozen", Integer, nullable=False),
    Column("frozen_at", Instant, nullable=False),
    Column("frozen_by", String, nullable=False),
    # Of a correction: the id of the issue that was wrong.
    Column("corrects", Integer, ForeignKey("issues.id")),
    # The count that a person typed, and who.
    Column("counted", Integer),
    Column("counted_by", String),
    # The hold window's end: no byte before it.
    Column("go_at", Instant),
    Column("finished_at", Instant),
    # Why it is paused.
    Column("reason", Text, nullable=False, server_default=""),
    one_of("status", ISSUE_STATES),
    sqlite_autoincrement=True,
)

#: An issue as it goes out, one row a language: serialised once, with places for what is personal.
MAILS = Table(
    "mails",
    METADATA,
    Column("issue", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("lang", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
)

#: One row a recipient of an issue.
LEDGER = Table(
    "ledger",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("issue", Integer, ForeignKey("issues.id"), nullable=False),
    # No foreign key: an erased subscriber is gone, the row stays without what is personal.
    Column("subscriber", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("lang", String, nullable=False),
    Column("token", String(22), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("state", String, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Instant),
    # When the state was last changed, and what the server said.
    Column("at", Instant),
    Column("reply", Text, nullable=False, server_default=""),
    # Who is sending it.
    Column("host", String),
    Column("pid", Integer),
    Column("process", String),
    UniqueConstraint("issue", "key"),
    one_of("state", LEDGER_STATES),
)
