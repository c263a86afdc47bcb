"""A delivery remembers the date of the event that its text speaks of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("event_at", sa.String(length=27), nullable=True))
