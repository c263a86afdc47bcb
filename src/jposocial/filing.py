"""`audit export`: what was published in a period, into a folder of its own."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jposocial.archive.folder import Archive, Contents, Period, write
from jposocial.errors import UsageError
from jposocial.messages import msg
from jposocial.outbox.filed import filed
from jposocial.schedule.business_days import day_start
from jposocial.store.audit import verify
from jposocial.store.engine import reading

if TYPE_CHECKING:
    from jposocial.app import Workspace


def export(workspace: Workspace, first: date, last: date, folder: Path | None = None) -> Archive:
    """Write what was published from `first` to `last`, both days of the office included.

    Without a `folder`, into `var/archive/` under the period's name. Raises UsageError for days
    in the wrong order, Refused where there is such a folder already or it cannot be written.
    """
    if last < first:
        raise UsageError(
            msg("{last} is before {first}: first day --from, last day --to", first=first, last=last)
        )
    calendar, settings = workspace.settings.calendar, workspace.settings
    start, end = day_start(first, calendar), day_start(last + timedelta(days=1), calendar)
    with reading(workspace.engine) as connection:
        found, events = filed(connection, start, end)
        contents = Contents(found=found, events=events, record=verify(connection))
    return write(
        folder or _default(workspace, first, last),
        contents,
        workspace.media.read,
        name=settings.name,
        period=Period(first=first, last=last, zone=calendar.zone),
        language=settings.language,
        now=workspace.clock(),
    )


def _default(workspace: Workspace, first: date, last: date) -> Path:
    return workspace.var / "archive" / f"{first}_{last}"
