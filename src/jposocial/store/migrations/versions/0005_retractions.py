"""A delivery remembers that it was retracted: how far, when, and by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "deliveries", sa.Column("retraction", sa.String(), server_default="", nullable=False)
    )
    op.add_column("deliveries", sa.Column("retracted_at", sa.String(length=27), nullable=True))
    op.add_column("deliveries", sa.Column("retracted_by", sa.String(), nullable=True))
