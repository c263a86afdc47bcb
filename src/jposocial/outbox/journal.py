"""The durable diary of one attempt; `begin` is the last gate before visible bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from jposocial.errors import Interrupted, OutcomeUnknown
from jposocial.model import Status
from jposocial.outbox.claims import LEASE_FACTOR
from jposocial.outbox.delivery import Delivery, load_one
from jposocial.outbox.holds import Flags, active, lock_brake, no_flags
from jposocial.outbox.notes import note
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES, PARTS, STEPS


class DatabaseJournal:
    """A `protocols.Journal` on the outbox's tables.

    `clock` tells the time of day for the record, `monotonic` seconds for the lease, so that
    a wall clock that is set cannot lengthen it.
    """

    def __init__(
        self,
        engine: Engine,
        claimed: Delivery,
        *,
        timeout: timedelta,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        actor: str,
        flags: Flags = no_flags,
    ) -> None:
        self.key = claimed.key
        self.started = claimed.started or clock()
        self._engine = engine
        self._row = claimed
        self._timeout = timeout
        self._clock = clock
        self._monotonic = monotonic
        self._actor = actor
        self._flags = flags
        self._claimed_at = claimed.out_at or clock()
        self._lease_end = monotonic() + LEASE_FACTOR * timeout.total_seconds()

    def proved(self, step: str) -> Mapping[str, str] | None:
        """What is proved of a part may have been found on the timeline, or by a person."""
        query = select(STEPS.c.ids).where(STEPS.c.delivery == self._row.id, STEPS.c.step == step)
        with reading(self._engine) as connection:
            accepted: Mapping[str, str] = {}
            if _number(step) >= 0 and not (accepted := _accepted(connection, self._row.id, step)):
                return None
            found: Mapping[str, str] | None = connection.execute(query).scalar()
        return {**(found or {}), **accepted} if accepted else found

    def begin(self, step: str) -> None:
        """Commit that the next bytes are visible.

        Raises Interrupted: `hold`, `epoch`, `lease`, `expired`; OutcomeUnknown for a part that
        was begun before.
        """
        with self._engine.begin() as connection:
            lock_brake(connection, share=True)
            row = load_one(connection, self._row.id)
            reason = self._stop_reason(connection, row)
            if reason or row is None:
                raise Interrupted(reason or "epoch")
            begun = connection.execute(
                update(PARTS)
                .where(
                    PARTS.c.delivery == row.id,
                    PARTS.c.number == _number(step),
                    PARTS.c.state == "none",
                )
                .values(state="begun")
            )
            if _number(step) >= 0 and begun.rowcount != 1:
                # No part begins twice, whoever asks: its bytes may be out already.
                raise OutcomeUnknown(f"{step} had begun before")
            self._note(connection, "step.begun", step)

    def _stop_reason(self, connection: Connection, row: Delivery | None) -> str:
        if row is None or row.status is not Status.PUBLISHING or row.epoch != self._row.epoch:
            return "epoch"
        if any(hold.covers(row) for hold in (*active(connection), *self._flags())):
            return "hold"
        if row.expires <= (self._claimed_at if row.has_accepted else self._clock()):
            # `expires` binds the first part: a thread in full course goes on beyond it. One that
            # was broken off is not taken up again so late without a person.
            return "expired"
        # A whole request must fit into what is left of the lease.
        left = self._lease_end - self._monotonic()
        return "lease" if left < self._timeout.total_seconds() else ""

    def prove(self, step: str, **ids: str) -> None:
        """Keep what the platform answered, even if this attempt is no longer ours."""
        now = self._clock()
        with self._engine.begin() as connection:
            if (
                connection.execute(
                    select(STEPS.c.step).where(
                        STEPS.c.delivery == self._row.id, STEPS.c.step == step
                    )
                ).first()
                is None
            ):
                connection.execute(
                    insert(STEPS).values(delivery=self._row.id, step=step, ids=ids, at=now)
                )
            if step.startswith("part:"):
                self._accept(connection, step, ids, now)
                self._tell_double(connection, step, ids)
            self._renew(connection, now)
            self._note(connection, "step.proved", step, ids=ids)

    def _accept(
        self, connection: Connection, step: str, ids: Mapping[str, str], now: datetime
    ) -> None:
        connection.execute(
            update(PARTS)
            .where(
                PARTS.c.delivery == self._row.id,
                PARTS.c.number == _number(step),
                PARTS.c.state != "accepted",
            )
            .values(state="accepted", remote_id=ids["id"], url=ids.get("url", ""), accepted_at=now)
        )

    def _tell_double(self, connection: Connection, step: str, ids: Mapping[str, str]) -> None:
        """Another attempt has proved the same part by another post: said aloud, both ids kept.

        Of the last part the end of the attempt says it.
        """
        if _number(step) + 1 == len(self._row.parts):
            return
        known = _accepted(connection, self._row.id, step)
        if known and known["id"] != ids["id"]:
            shown = [{"part": _number(step), "id": ids["id"], "url": ids.get("url", "")}]
            self._note(connection, "delivery.doubled", step, receipts=shown)

    def _renew(self, connection: Connection, now: datetime) -> None:
        self._lease_end = self._monotonic() + LEASE_FACTOR * self._timeout.total_seconds()
        mine = (
            DELIVERIES.c.id == self._row.id,
            DELIVERIES.c.epoch == self._row.epoch,
            DELIVERIES.c.status == Status.PUBLISHING,
        )
        connection.execute(
            update(DELIVERIES).where(*mine).values(lease_until=now + LEASE_FACTOR * self._timeout)
        )

    def _note(self, connection: Connection, event: str, step: str, **detail: Any) -> None:
        note(
            connection,
            event,
            self._row,
            at=self._clock(),
            actor=self._actor,
            epoch=self._row.epoch,
            step=step,
            **detail,
        )


def _accepted(connection: Connection, delivery: int, step: str) -> Mapping[str, str]:
    """The ids of an accepted part; empty of any other step."""
    query = select(PARTS.c.remote_id, PARTS.c.url).where(
        PARTS.c.delivery == delivery, PARTS.c.number == _number(step), PARTS.c.state == "accepted"
    )
    row = connection.execute(query).first()
    return {"id": row.remote_id, "url": row.url or ""} if row else {}


def _number(step: str) -> int:
    return int(step.removeprefix("part:")) if step.startswith("part:") else -1
