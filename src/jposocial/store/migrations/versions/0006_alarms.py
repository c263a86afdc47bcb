"""What was mailed to whom is remembered; what people must hear of is found without a search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ALARMING = sa.text("event IN ('beat.resumed', 'delivery.doubled')")
_UNSETTLED = sa.text("status IN ('failed', 'missed')")


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("said_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("cause", "recipient"),
    )
    op.create_index(
        "events_alarming", "events", ["seq"], sqlite_where=_ALARMING, postgresql_where=_ALARMING
    )
    op.create_index(
        "deliveries_unsettled", "deliveries", ["status"],
        sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED,
    )  # fmt: skip
