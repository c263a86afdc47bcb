"""The outbox: deliveries, parts, attempts, decisions, holds, accounts and the record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _accounts()
    _brake()
    _deliveries()
    _events()
    _holds()
    _meta()
    _attempts()
    _decisions()
    _parts()
    _steps()
    op.execute("INSERT INTO brake (id, changes) VALUES (1, 0)")
    for ddl in TRIGGERS:
        op.execute(ddl)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), server_default="", nullable=False),
        sa.Column("remote_id", sa.String(), server_default="", nullable=False),
        sa.Column("remote_handle", sa.String(), server_default="", nullable=False),
        sa.Column("verified_at", sa.String(length=27), nullable=True),
        sa.Column("suspended", sa.Text(), server_default="", nullable=False),
        sa.Column("limited_until", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )


def _brake() -> None:
    op.create_table(
        "brake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), server_default="-", nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due", sa.String(length=27), nullable=False),
        sa.Column("nominal", sa.String(length=27), nullable=False),
        sa.Column("window_start", sa.String(length=27), nullable=False),
        sa.Column("expires", sa.String(length=27), nullable=False),
        sa.Column("not_after", sa.String(length=27), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("names_day", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", sa.String(length=27), nullable=True),
        sa.Column("by_retry", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started", sa.String(length=27), nullable=True),
        sa.Column("out_at", sa.String(length=27), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("claim_host", sa.String(), nullable=True),
        sa.Column("claim_pid", sa.Integer(), nullable=True),
        sa.Column("claim_process", sa.String(), nullable=True),
        sa.Column("file_problem", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("look_after", sa.String(length=27), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'publishing') = (lease_until IS NOT NULL)",
            name="lease_while_publishing",
        ),
        sa.CheckConstraint(
            "status IN ('scheduled', 'publishing', 'published', 'failed', 'unconfirmed', 'missed', 'cancelled')",
            name="status_known",
        ),
        sa.CheckConstraint("expires > window_start", name="window_in_order"),
        sa.ForeignKeyConstraint(
            ["replaced_by"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["due"],
        unique=False,
        sqlite_where=sa.text("status = 'scheduled'"),
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.create_index(
        "deliveries_expiry",
        "deliveries",
        ["expires"],
        unique=False,
        sqlite_where=sa.text("status = 'scheduled'"),
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.create_index(
        "deliveries_open",
        "deliveries",
        ["status"],
        unique=False,
        sqlite_where=sa.text("status IN ('publishing', 'unconfirmed')"),
        postgresql_where=sa.text("status IN ('publishing', 'unconfirmed')"),
    )
    op.create_index(
        "deliveries_out",
        "deliveries",
        ["account", "out_at"],
        unique=False,
        sqlite_where=sa.text("out_at IS NOT NULL"),
        postgresql_where=sa.text("out_at IS NOT NULL"),
    )
    op.create_index("deliveries_post", "deliveries", ["post"], unique=False)
    op.create_index(
        "deliveries_slot",
        "deliveries",
        ["mode", "account", "post", "moment", "occurrence", "round"],
        unique=True,
        sqlite_where=sa.text("status <> 'cancelled'"),
        postgresql_where=sa.text("status <> 'cancelled'"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("post", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("value", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("machine", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("scope IN ('all', 'account', 'category', 'post')", name="scope_known"),
        sa.PrimaryKeyConstraint("id"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("started", sa.String(length=27), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("delivery", "epoch"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("decision IN ('approve', 'reject', 'void')", name="decision_known"),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decisions_delivery", "decisions", ["delivery"], unique=False)


def _parts() -> None:
    op.create_table(
        "parts",
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), server_default="none", nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (remote_id IS NOT NULL)", name="accepted_with_id"
        ),
        sa.CheckConstraint("state IN ('none', 'begun', 'accepted')", name="state_known"),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("delivery", "number"),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["deliveries.id"],
        ),
        sa.PrimaryKeyConstraint("delivery", "step"),
    )


#: Frozen here: a migration never follows later code.
TRIGGERS = (
    "CREATE TRIGGER deliveries_no_delete BEFORE DELETE ON deliveries BEGIN SELECT RAISE(ABORT, 'a delivery is never deleted'); END",
    "CREATE TRIGGER parts_no_delete BEFORE DELETE ON parts BEGIN SELECT RAISE(ABORT, 'a part is never deleted'); END",
    "CREATE TRIGGER parts_payload BEFORE UPDATE ON parts WHEN OLD.delivery IS NOT NEW.delivery OR OLD.number IS NOT NEW.number OR OLD.text IS NOT NEW.text OR OLD.media IS NOT NEW.media BEGIN SELECT RAISE(ABORT, 'the payload never changes'); END",
    "CREATE TRIGGER parts_accepted BEFORE UPDATE ON parts WHEN OLD.state = 'accepted' BEGIN SELECT RAISE(ABORT, 'an accepted part is final'); END",
    "CREATE TRIGGER deliveries_payload BEFORE UPDATE ON deliveries WHEN OLD.mode IS NOT NEW.mode OR OLD.account IS NOT NEW.account OR OLD.post IS NOT NEW.post OR OLD.moment IS NOT NEW.moment OR OLD.occurrence IS NOT NEW.occurrence OR OLD.round IS NOT NEW.round OR OLD.platform IS NOT NEW.platform OR OLD.handle IS NOT NEW.handle OR OLD.kind IS NOT NEW.kind OR OLD.category IS NOT NEW.category OR OLD.key IS NOT NEW.key BEGIN SELECT RAISE(ABORT, 'the payload never changes'); END",
    "CREATE TRIGGER deliveries_window BEFORE UPDATE ON deliveries WHEN (OLD.window_start IS NOT NEW.window_start OR OLD.expires IS NOT NEW.expires) AND OLD.payload_hash = NEW.payload_hash BEGIN SELECT RAISE(ABORT, 'a window moves with its hash only'); END",
    "CREATE TRIGGER deliveries_hash BEFORE UPDATE ON deliveries WHEN OLD.payload_hash <> NEW.payload_hash AND NOT (OLD.window_start IS NOT NEW.window_start OR OLD.expires IS NOT NEW.expires) BEGIN SELECT RAISE(ABORT, 'a hash moves with its window only'); END",
    "CREATE TRIGGER deliveries_transition BEFORE UPDATE ON deliveries WHEN OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN ('failed>cancelled', 'failed>scheduled', 'missed>cancelled', 'missed>scheduled', 'publishing>failed', 'publishing>published', 'publishing>scheduled', 'publishing>unconfirmed', 'scheduled>cancelled', 'scheduled>missed', 'scheduled>publishing', 'unconfirmed>missed', 'unconfirmed>published', 'unconfirmed>scheduled') BEGIN SELECT RAISE(ABORT, 'no such transition'); END",
    "CREATE TRIGGER attempts_no_update BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END",
    "CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END",
    "CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END",
    "CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END",
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
)
