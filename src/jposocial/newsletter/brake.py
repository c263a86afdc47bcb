"""The brake of an issue that is being sent, read in the transaction that hands out envelopes."""

from __future__ import annotations

from sqlalchemy import Connection

from jposocial.newsletter.clerk import Stop
from jposocial.newsletter.hot import HotStatements
from jposocial.newsletter.issues import Issue
from jposocial.outbox.blockers import House
from jposocial.outbox.holds import active


class Brake:
    """Called with the open transaction; a Stop where no further envelope may go."""

    def __init__(self, house: House, issue: Issue, hot: HotStatements) -> None:
        self._house, self._issue, self._hot = house, issue, hot
        #: The brake's count when it was last found free.
        self._free_at: int | None = None

    def __call__(self, connection: Connection) -> Stop | None:
        changes, status = self._hot.look(connection, self._issue.id)
        if status != "sending":
            return Stop(reason=status)
        if any(hold.covers(self._issue.promise) for hold in self._house.flags()):
            return Stop(reason="hold")
        if changes == self._free_at:
            return None
        if any(hold.covers(self._issue.promise) for hold in active(connection)):
            return Stop(reason="hold")
        if self._issue.mode == "live" and self._house.elsewhere(connection) is not None:
            return Stop(reason="account")
        self._free_at = changes
        return None
