"""The indexes of the tables, as the newest migration leaves them.

Apart from the tables, because only migrations make indexes: naming PostgreSQL's conditions would
load its dialect each time that anybody looks at the queue.
"""

from __future__ import annotations

from sqlalchemy import Index, text

from jposocial.store.mail_tables import CONSENTS, ISSUES, LEDGER, SUPPRESSIONS
from jposocial.store.tables import DECISIONS, DELIVERIES, EVENTS

_SLOT = (
    DELIVERIES.c.mode,
    DELIVERIES.c.account,
    DELIVERIES.c.post,
    DELIVERIES.c.moment,
    DELIVERIES.c.occurrence,
    DELIVERIES.c.round,
)
Index(
    "deliveries_slot",
    *_SLOT,
    unique=True,
    sqlite_where=text("status <> 'cancelled'"),
    postgresql_where=text("status <> 'cancelled'"),
)
Index(
    "deliveries_due",
    DELIVERIES.c.due,
    sqlite_where=text("status = 'scheduled'"),
    postgresql_where=text("status = 'scheduled'"),
)
Index(
    "deliveries_expiry",
    DELIVERIES.c.expires,
    sqlite_where=text("status = 'scheduled'"),
    postgresql_where=text("status = 'scheduled'"),
)
Index(
    "deliveries_open",
    DELIVERIES.c.status,
    sqlite_where=text("status IN ('publishing', 'unconfirmed')"),
    postgresql_where=text("status IN ('publishing', 'unconfirmed')"),
)
Index(
    "deliveries_out",
    DELIVERIES.c.account,
    DELIVERIES.c.out_at,
    sqlite_where=text("out_at IS NOT NULL"),
    postgresql_where=text("out_at IS NOT NULL"),
)
Index("deliveries_post", DELIVERIES.c.post)
Index("decisions_delivery", DECISIONS.c.delivery)
Index(
    "deliveries_unsettled",
    DELIVERIES.c.status,
    sqlite_where=text("status IN ('failed', 'missed')"),
    postgresql_where=text("status IN ('failed', 'missed')"),
)
Index(
    "events_alarming",
    EVENTS.c.seq,
    sqlite_where=text("event IN ('beat.resumed', 'delivery.doubled')"),
    postgresql_where=text("event IN ('beat.resumed', 'delivery.doubled')"),
)
Index("consents_subscriber", CONSENTS.c.subscriber)
Index("suppressions_mark", SUPPRESSIONS.c.mark, SUPPRESSIONS.c.list)
Index(
    "issues_post",
    ISSUES.c.post,
    unique=True,
    sqlite_where=text("status <> 'cancelled'"),
    postgresql_where=text("status <> 'cancelled'"),
)
Index("issues_delivery", ISSUES.c.delivery)
Index("ledger_state", LEDGER.c.issue, LEDGER.c.state)
Index("ledger_subscriber", LEDGER.c.subscriber)
Index("ledger_token", LEDGER.c.token)
