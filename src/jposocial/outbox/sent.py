"""The texts that went out not long ago, for E07."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, or_, select

from jposocial.checks.similar import WITHIN, Sent
from jposocial.model import Status
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES, PARTS

#: What is out, or may be.
_OUT = (Status.PUBLISHED, Status.UNCONFIRMED, Status.PUBLISHING)


def sent_texts(engine: Engine, now: datetime) -> list[Sent]:
    """Every part that went out since as long before `now` as E07 looks back."""
    d, p = DELIVERIES.c, PARTS.c
    query = (
        select(d.post, d.used, d.account, d.mode, d.moment, p.text, d.out_at)
        .join(PARTS, p.delivery == d.id)
        .where(d.out_at >= now - WITHIN, or_(d.status.in_(_OUT), p.state == "accepted"))
        # What was taken away again may be said anew, put right.
        .where(d.retraction != "done")
        .order_by(d.out_at, d.id, p.number)
    )
    with reading(engine) as connection:
        return [
            Sent(
                post=row.used[0] if len(row.used) == 1 else row.post,
                account=row.account,
                mode=row.mode,
                # The same words in a series and on their own are the same words twice.
                moment=row.post if row.used else row.moment,
                text=row.text,
                instant=row.out_at,
            )
            for row in connection.execute(query)
        ]
