"""A series' occurrence keeps which posts it picked: the next ones go by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("used", sa.JSON(), server_default="[]", nullable=False))
    op.execute(TRIGGER)


#: Frozen here: a migration never follows later code.
TRIGGER = (
    "CREATE TRIGGER deliveries_used BEFORE UPDATE ON deliveries"
    " WHEN OLD.used IS NOT NEW.used"
    " BEGIN SELECT RAISE(ABORT, 'the payload never changes'); END"
)
