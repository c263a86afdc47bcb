"""Changing a delivery's state: only along `TRANSITIONS`, only from the row that was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from jposocial.errors import TransitionError
from jposocial.messages import msg
from jposocial.model import TRANSITIONS, VISIBLE, Change, Status
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.meta import forget_files
from jposocial.store.tables import DELIVERIES

_NOBODY = {"lease_until": None, "claim_host": None, "claim_pid": None, "claim_process": None}


def after(status: Status, change: Change) -> Status:
    """The state `change` leads to. Raises TransitionError where there is none."""
    try:
        return TRANSITIONS[status, change]
    except KeyError:
        raise TransitionError(
            msg("'{change}' is not possible in state '{status}'", change=change, status=status)
        ) from None


def break_off(connection: Connection, row: Delivery, detail: str, *, now: datetime) -> None:
    """A scheduled delivery of which a part is out does not go on by itself: it ends as failed.

    Along `TRANSITIONS`, as a claim that is refused at once: with a part out it can neither be
    missed nor cancelled.
    """
    claimed = replace(row, status=Status.PUBLISHING, epoch=row.epoch + 1)
    advance(connection, row, Change.CLAIM, epoch=claimed.epoch, lease_until=now, retry_at=None)
    advance(connection, claimed, Change.REFUSE, detail=detail)


def advance(connection: Connection, row: Delivery, change: Change, **values: Any) -> bool:
    """Apply `change` and `values` if the row is still as it was read; says whether it was."""
    target = after(row.status, change)
    if target is not Status.PUBLISHING:
        values = _NOBODY | values
    condition = (
        DELIVERIES.c.id == row.id,
        DELIVERIES.c.epoch == row.epoch,
        DELIVERIES.c.status == row.status,
    )
    result = connection.execute(
        update(DELIVERIES).where(*condition).values(status=target, **values)
    )
    if target is Status.SCHEDULED or (row.status in VISIBLE and target not in VISIBLE):
        # Sync passed it by while it was under way: what was edited or deleted since counts,
        # and what was promised because readers may have seen it.
        forget_files(connection)
    return result.rowcount == 1
