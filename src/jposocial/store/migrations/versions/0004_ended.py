"""A delivery knows whether the worker of its last attempt has said how that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("ended_epoch", sa.Integer(), nullable=True))
