"""Events about one delivery, in the one form the record has for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from jposocial.outbox.delivery import Delivery
from jposocial.store import audit


def note(
    connection: Connection, event: str, row: Delivery, *, at: datetime, actor: str, **detail: Any
) -> None:
    """Append an event about `row`; `detail` is plain values, no text of the post."""
    audit.append(
        connection,
        event,
        at=at,
        actor=actor,
        delivery=row.id,
        account=row.account,
        post=row.post,
        **detail,
    )
