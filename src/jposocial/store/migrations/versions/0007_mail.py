"""The mail side: lists, subscribers, consents, suppressions, issues, and the ledger of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.CheckConstraint("step IN ('declared', 'asked', 'confirmed')", name="step_known"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consents_subscriber", "consents", ["subscriber"], unique=False)
    op.create_table(
        "lists",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('left', 'removed', 'bounced', 'complained', 'erased', 'lifted')",
            name="reason_known",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("suppressions_mark", "suppressions", ["mark", "list"], unique=False)
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("audience_hash", sa.String(length=64), nullable=False),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.String(length=27), nullable=False),
        sa.Column("frozen_by", sa.String(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("counted_by", sa.String(), nullable=True),
        sa.Column("go_at", sa.String(length=27), nullable=True),
        sa.Column("finished_at", sa.String(length=27), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status IN ('frozen', 'approved', 'sending', 'paused', 'finished', 'cancelled')",
            name="status_known",
        ),
        sa.ForeignKeyConstraint(
            ["corrects"],
            ["issues.id"],
        ),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("issues_delivery", "issues", ["delivery"], unique=False)
    op.create_index(
        "issues_post",
        "issues",
        ["post"],
        unique=True,
        sqlite_where=sa.text("status <> 'cancelled'"),
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("lang", sa.String(), server_default="ja", nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("soft_bounces", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'left', 'bounced')", name="status_known"
        ),
        sa.ForeignKeyConstraint(
            ["list"],
            ["lists.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("list", "key"),
        sa.UniqueConstraint("token"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.String(length=27), nullable=True),
        sa.Column("at", sa.String(length=27), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("process", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'deferred', 'accepted', 'refused', 'in_doubt', 'suppressed')",
            name="state_known",
        ),
        sa.ForeignKeyConstraint(
            ["issue"],
            ["issues.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issue", "key"),
    )
    op.create_index("ledger_state", "ledger", ["issue", "state"], unique=False)
    op.create_index("ledger_subscriber", "ledger", ["subscriber"], unique=False)
    op.create_index("ledger_token", "ledger", ["token"], unique=False)
    op.create_table(
        "mails",
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue"],
            ["issues.id"],
        ),
        sa.PrimaryKeyConstraint("issue", "lang"),
    )
    for ddl in TRIGGERS:
        op.execute(ddl)


TRIGGERS = (
    "CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents BEGIN SELECT RAISE(ABORT, 'a consent is evidence'); END",
    "CREATE TRIGGER mails_no_update BEFORE UPDATE ON mails BEGIN SELECT RAISE(ABORT, 'the payload never changes'); END",
    "CREATE TRIGGER mails_no_delete BEFORE DELETE ON mails BEGIN SELECT RAISE(ABORT, 'a mail is never deleted'); END",
    "CREATE TRIGGER issues_no_delete BEFORE DELETE ON issues BEGIN SELECT RAISE(ABORT, 'an issue is never deleted'); END",
    "CREATE TRIGGER issues_payload BEFORE UPDATE ON issues WHEN OLD.post IS NOT NEW.post OR OLD.newsletter IS NOT NEW.newsletter OR OLD.list IS NOT NEW.list OR OLD.mode IS NOT NEW.mode OR OLD.delivery IS NOT NEW.delivery OR OLD.payload_hash IS NOT NEW.payload_hash OR OLD.audience_hash IS NOT NEW.audience_hash OR OLD.frozen IS NOT NEW.frozen OR OLD.corrects IS NOT NEW.corrects BEGIN SELECT RAISE(ABORT, 'the payload never changes'); END",
    "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'a ledger keeps every recipient'); END",
    "CREATE TRIGGER ledger_payload BEFORE UPDATE ON ledger WHEN OLD.issue IS NOT NEW.issue OR OLD.lang IS NOT NEW.lang OR OLD.message_id IS NOT NEW.message_id OR OLD.payload_hash IS NOT NEW.payload_hash BEGIN SELECT RAISE(ABORT, 'the payload never changes'); END",
    "CREATE TRIGGER ledger_transition BEFORE UPDATE ON ledger WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ('pending>sending', 'pending>suppressed', 'pending>refused', 'deferred>sending', 'deferred>suppressed', 'deferred>refused', 'sending>accepted', 'sending>refused', 'sending>deferred', 'sending>in_doubt', 'in_doubt>accepted', 'in_doubt>pending') BEGIN SELECT RAISE(ABORT, 'no such transition'); END",
    "CREATE TRIGGER suppressions_no_update BEFORE UPDATE ON suppressions BEGIN SELECT RAISE(ABORT, 'suppressions are append-only'); END",
    "CREATE TRIGGER suppressions_no_delete BEFORE DELETE ON suppressions BEGIN SELECT RAISE(ABORT, 'suppressions are append-only'); END",
)
