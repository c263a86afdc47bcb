"""What became of a variant that `show` shows: its delivery, where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jposocial.cli import output
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.app import Workspace
    from jposocial.cli.base import Call
    from jposocial.model import Variant
    from jposocial.outbox.queue import Queued

#: (account, moment, occurrence) → the newest delivery in that place.
Fates = Mapping[tuple[str, str, str], "Queued"]


def of(workspace: Workspace, post: str) -> Fates:
    """Of a post or series; to look makes no database."""
    if not workspace.has_database:
        return {}
    from jposocial.outbox.queue import queue

    rows = queue(workspace.engine, workspace.house, now=workspace.clock(), post=post)
    own = sorted((q for q in rows if q.delivery.post == post), key=lambda q: q.delivery.id)
    return {(q.delivery.account, q.delivery.moment, q.delivery.occurrence): q for q in own}


def as_json(known: Fates, v: Variant) -> dict[str, Any]:
    q = known.get((v.account, v.moment, v.occurrence))
    if q is None:
        return {}
    found = {"id": q.delivery.id, "status": q.delivery.status}
    retraction = {"retraction": q.delivery.retraction} if q.delivery.retraction else {}
    return {"delivery": found | retraction}


def lines(call: Call, known: Fates, v: Variant) -> Iterator[str]:
    """Its state in the queue; of what is out also since when, and where."""
    from jposocial.cli.queue_view import note

    q = known.get((v.account, v.moment, v.occurrence))
    if q is None:
        return
    zone = call.workspace.settings.calendar.zone
    yield call.say(msg("  in the queue as {id}: {note}", id=q.delivery.id, note=note(q)))
    for receipt in q.delivery.receipts:
        yield f"    {call.say(output.moment(receipt.accepted_at, zone))}  {receipt.url}"
