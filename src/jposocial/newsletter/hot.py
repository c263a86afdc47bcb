"""What is done to the ledger for each envelope, as statements that are made once.

A few thousand envelopes a second leave a tenth of a millisecond for each. Core compiles these
statements once for the engine at hand, and the driver is given the text with plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, exists, or_, select, update
from sqlalchemy.sql import ClauseElement

from jposocial.store.engine import explained
from jposocial.store.mail_tables import ISSUES, LEDGER, SUBSCRIBERS
from jposocial.store.tables import BRAKE, instant_text

_OPEN: Final = or_(LEDGER.c.state == "pending", LEDGER.c.state == "deferred")

#: Whoever has left, bounced or been erased since the freeze gets nothing.
_WANTED: Final = exists().where(
    SUBSCRIBERS.c.id == LEDGER.c.subscriber, SUBSCRIBERS.c.status == "active"
)
_TAKE: Final = (
    update(LEDGER)
    .where(LEDGER.c.id == bindparam("row"), _OPEN, _WANTED)
    .values(
        state="sending", attempts=LEDGER.c.attempts + 1, retry_at=None, at=bindparam("now"),
        host=bindparam("by_host"), pid=bindparam("by_pid"), process=bindparam("by_process"),
    )
)  # fmt: skip
_FINISH: Final = (
    update(LEDGER)
    .where(
        LEDGER.c.id == bindparam("row"), LEDGER.c.state == "sending",
        LEDGER.c.pid == bindparam("by_pid"), LEDGER.c.process == bindparam("by_process"),
    )
    .values(
        state=bindparam("new"), reply=bindparam("said"), retry_at=bindparam("again"),
        at=bindparam("now"), host=None, pid=None, process=None,
    )
)  # fmt: skip
_STATUS: Final = select(ISSUES.c.status).where(ISSUES.c.id == bindparam("issue"))
_LOOK: Final = select(BRAKE.c.changes, _STATUS.scalar_subquery().label("status"))


class _Statement:
    """A statement's text for one engine, and how the driver wants its values."""

    def __init__(self, engine: Engine, statement: ClauseElement) -> None:
        compiled = statement.compile(engine)
        self._engine = engine
        self._text = str(compiled)
        self._order: Sequence[str] | None = compiled.positiontup  # type: ignore[attr-defined]
        self._fixed: dict[str, Any] = dict(compiled.params)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The driver's cursor, in the transaction of `connection`. Raises StoreError."""
        given = {**self._fixed, **values}
        parameters = [given[name] for name in self._order] if self._order else given
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, parameters)
        except Exception as error:  # noqa: BLE001  raised again, as what it means
            raise explained(self._engine, error) from None
        return cursor


class HotStatements:
    """The ledger's statements for one engine."""

    def __init__(self, engine: Engine) -> None:
        self._take = _Statement(engine, _TAKE)
        self._finish = _Statement(engine, _FINISH)
        self._look = _Statement(engine, _LOOK)

    def take(
        self, connection: Connection, row: int, now: datetime, claimer: Mapping[str, object]
    ) -> bool:
        """`sending`, in the name of this process: intent before bytes.

        False where it is not to be sent, or not any more: then nobody may send it.
        """
        values = {"row": row, "now": instant_text(now), **claimer}
        return bool(self._take.run(connection, values).rowcount == 1)

    def finish(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Write what became of each that still is this process's own."""
        for row in rows:
            self._finish.run(connection, row)

    def look(self, connection: Connection, issue: int) -> tuple[int, str]:
        """The brake's count of changes, and the issue's status."""
        changes, status = self._look.run(connection, {"issue": issue}).fetchone()
        return changes, status
