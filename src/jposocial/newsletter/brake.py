"""The brake of an issue that is being sent, read in the transaction that hands out envelopes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select

from jposocial.newsletter.clerk import Stop
from jposocial.newsletter.issues import Issue
from jposocial.outbox.blockers import House
from jposocial.outbox.holds import active
from jposocial.store.mail_tables import ISSUES
from jposocial.store.tables import BRAKE

# Made once, and one look: it is asked for each handful of envelopes.
_LOOK: Final = select(BRAKE.c.changes, ISSUES.c.status).where(ISSUES.c.id == bindparam("issue"))


class Brake:
    """Called with the open transaction; a Stop where no further envelope may go."""

    def __init__(self, house: House, issue: Issue) -> None:
        self._house, self._issue = house, issue
        #: The brake's count when it was last found free.
        self._free_at: int | None = None

    def __call__(self, connection: Connection) -> Stop | None:
        row = connection.execute(_LOOK, {"issue": self._issue.id}).one()
        if row.status != "sending":
            return Stop(reason=row.status)
        if any(hold.covers(self._issue.promise) for hold in self._house.flags()):
            return Stop(reason="hold")
        if row.changes == self._free_at:
            return None
        if any(hold.covers(self._issue.promise) for hold in active(connection)):
            return Stop(reason="hold")
        if self._issue.mode == "live" and self._house.elsewhere(connection) is not None:
            return Stop(reason="account")
        self._free_at = row.changes
        return None
