"""Half a thread that is too late for its rest waits for a person: failed."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("DROP TRIGGER deliveries_transition")
    op.execute(TRIGGER)


#: Frozen here: a migration never follows later code.
TRIGGER = (
    "CREATE TRIGGER deliveries_transition BEFORE UPDATE ON deliveries WHEN OLD.status "
    "<> NEW.status AND OLD.status || '>' || NEW.status NOT IN ('failed>cancelled', "
    "'failed>scheduled', 'missed>cancelled', 'missed>scheduled', 'publishing>failed', "
    "'publishing>published', 'publishing>scheduled', 'publishing>unconfirmed', "
    "'scheduled>cancelled', 'scheduled>failed', 'scheduled>missed', "
    "'scheduled>publishing', 'unconfirmed>failed', 'unconfirmed>missed', "
    "'unconfirmed>published', 'unconfirmed>scheduled') BEGIN SELECT RAISE(ABORT, 'no "
    "such transition'); END"
)
