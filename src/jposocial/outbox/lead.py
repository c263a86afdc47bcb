"""What is taken as out before a rehearsal begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine, insert

from jposocial.model import Calendar, Status
from jposocial.outbox.promise import Promise, new_id, part_values, row_values
from jposocial.store import audit
from jposocial.store.tables import DELIVERIES, PARTS


def take_as_out(
    engine: Engine, promises: Iterable[Promise], calendar: Calendar, *, now: datetime, by: str
) -> int:
    """Rows of an empty outbox that say: these went out in their time. How many they are.

    Only for a rehearsal's own database: none of them was ever sent, and none has a receipt.
    """
    rows = sorted(promises, key=lambda p: (p.placement.due, p.slot))
    with engine.begin() as connection:
        for number, promise in enumerate(rows, 1):
            due = promise.placement.due
            values = row_values(promise, calendar) | {"status": Status.PUBLISHED, "out_at": due}
            # No one asks a platform about it by its key: its number will do.
            result = connection.execute(insert(DELIVERIES).values(**values, key=f"{number:032x}"))
            delivery = new_id(result)
            parts = [
                {"delivery": delivery, "number": n, "state": "none", **part}
                for n, part in enumerate(part_values(promise.variant))
            ]
            connection.execute(insert(PARTS), parts)
            audit.append(
                connection, "delivery.taken_as_out", at=now, actor=by,
                delivery=delivery, account=promise.slot.account, post=promise.slot.post,
            )  # fmt: skip
    return len(rows)
