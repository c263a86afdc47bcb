"""What is still to be looked for, and what is known to be ours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from jposocial.model import Status
from jposocial.outbox.delivery import Delivery, load
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES, OPEN_ROWS, PARTS


def to_look_for(engine: Engine, now: datetime) -> list[Delivery]:
    """The unconfirmed deliveries whose next look is due."""
    c = DELIVERIES.c
    query = (
        select(DELIVERIES)
        .where(OPEN_ROWS, c.status == Status.UNCONFIRMED, c.look_after <= now)
        .order_by(c.id)
    )
    with reading(engine) as connection:
        return load(connection, query)


def receipt_ids(engine: Engine, account: str) -> frozenset[str]:
    """The remote ids that already are the proof of some delivery of the account."""
    query = (
        select(PARTS.c.remote_id)
        .join(DELIVERIES, DELIVERIES.c.id == PARTS.c.delivery)
        .where(DELIVERIES.c.account == account, PARTS.c.remote_id.is_not(None))
    )
    with reading(engine) as connection:
        return frozenset(connection.execute(query).scalars())
