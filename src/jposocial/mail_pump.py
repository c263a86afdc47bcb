"""Issues in the beat: what was released is sent in a thread of its own, beside the posts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from jposocial.errors import JposocialError, place_of
from jposocial.newsletter import issues
from jposocial.newsletter.ledger import Totals
from jposocial.store.engine import reading

if TYPE_CHECKING:
    from jposocial.app import Workspace
    from jposocial.newsletter.issues import Issue

Teller = Callable[[str, Mapping[str, object]], None]


class MailPump:
    """`beat` looks for an issue to send and returns at once; `rest` ends after what is under way."""

    def __init__(self, workspace: Workspace, hear: Teller) -> None:
        self._workspace, self._hear = workspace, hear
        self._halted = threading.Event()
        self._thread: threading.Thread | None = None
        #: What was said of an issue last: it is said once.
        self._said: dict[int, str] = {}

    def beat(self) -> bool:
        """Whether an issue is being sent."""
        if self._thread and self._thread.is_alive():
            return True
        with reading(self._workspace.engine) as connection:
            if not issues.any_open(connection):
                return False
        self._thread = threading.Thread(target=self._pump, name="newsletter")
        self._thread.start()
        return True

    def rest(self) -> None:
        self._halted.set()
        if self._thread:
            self._thread.join()

    def _pump(self) -> None:
        # Imported here: composing loads what most beats never need.
        from jposocial import mailing

        try:
            for held in mailing.release_due(self._workspace):
                self._say(held.issue, "issue.withheld", reason=held.reason)
            for sent in mailing.pump_all(
                self._workspace, self._progress, patient=False, halted=self._halted
            ):
                if sent.stop:
                    self._hear("issue.stopped", {"reason": sent.stop.reason})
        except JposocialError as error:
            self._hear("issue.failed", {"error": type(error).__name__, "place": place_of(error)})

    def _progress(self, issue: Issue, totals: Totals, _seconds: float) -> None:
        if not totals.pending:
            self._say(
                issue, "issue.sent", accepted=totals.accepted, refused=totals.refused,
                in_doubt=totals.in_doubt,
            )  # fmt: skip
        else:
            self._say(issue, "issue.sending", frozen=totals.frozen)

    def _say(self, issue: Issue, event: str, **about: object) -> None:
        said = f"{event} {sorted(about.items())}"
        if self._said.get(issue.id) != said:
            self._said[issue.id] = said
            self._hear(event, {"issue": issue.post, **about})
