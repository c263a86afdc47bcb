"""What a person does with subscribers: import, export, add, confirm, remove, erase, list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jposocial.errors import Refused, UsageError
from jposocial.messages import msg
from jposocial.newsletter import csv_file, subscribers
from jposocial.newsletter.addresses import Address, BadAddress, parse_address
from jposocial.newsletter.csv_file import Entry, Rejected
from jposocial.newsletter.subscribers import Consent, Subscriber
from jposocial.newsletter.suppression import Marker, suppressed
from jposocial.newsletters import Newsletter
from jposocial.store import Connection, audit
from jposocial.store.engine import reading

if TYPE_CHECKING:
    from jposocial.app import Workspace


@dataclass(kw_only=True, slots=True)
class ImportReport:
    accepted: int = 0
    already: int = 0
    suppressed: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def newsletter_of_list(workspace: Workspace, name: str) -> Newsletter:
    """Raises UsageError for a list that no newsletter has."""
    for one in workspace.settings.newsletters.values():
        if one.list == name:
            return one
    known = sorted({one.list for one in workspace.settings.newsletters.values()})
    raise UsageError(
        msg(
            "no newsletter has a list '{name}'; known are: {names}",
            name=name,
            names=", ".join(known) or "-",
        )
    )


def import_file(
    workspace: Workspace,
    path: Path,
    name: str,
    *,
    apply: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Read the file; with `apply`, take the good lines in, all of them in one transaction.

    Raises Refused for a file that cannot be read as CSV, and for a list of another purpose.
    """
    newsletter, now, by = (
        newsletter_of_list(workspace, name),
        workspace.clock(),
        workspace.identity(),
    )
    try:
        text = csv_file.decoded(path.read_bytes())
    except OSError as error:
        raise UsageError(
            msg("{path}: cannot be read: {error}", path=str(path), error=error.strerror or "")
        ) from None
    report = ImportReport()
    with workspace.engine.connect() as connection, connection.begin() as transaction:
        subscribers.open_list(connection, name, newsletter.purpose, now)
        taken = _Intake(connection, name, report)
        for number, found in enumerate(csv_file.read(text, workspace.settings.calendar.zone, now)):
            if isinstance(found, Rejected):
                report.rejected.append(found)
            elif taken.wants(found):
                subscribers.enter(
                    connection, name, found.address, found.consent, person=found.name,
                    lang=found.lang, status="active", by=by, at=now,
                )  # fmt: skip
            if number % 500 == 0:
                progress(number)
        if not apply:
            transaction.rollback()
            return report
        audit.append(
            connection, "subscribers.imported", at=now, actor=by, list=name,
            accepted=report.accepted, already=report.already, suppressed=report.suppressed,
            rejected=len(report.rejected),
        )  # fmt: skip
    return report


class _Intake:
    """Decides on each good line, and counts."""

    def __init__(self, connection: Connection, name: str, report: ImportReport) -> None:
        self._marker, self._gone = Marker(connection), suppressed(connection, name)
        self._known = {one.key for one in subscribers.every(connection, name)}
        self._report = report

    def wants(self, entry: Entry) -> bool:
        if self._marker.mark(entry.address.key) in self._gone:
            self._report.suppressed += 1
        elif entry.address.key in self._known:
            self._report.already += 1
        else:
            self._report.accepted += 1
            return True
        return False


def export(workspace: Workspace, name: str) -> Iterator[str]:
    """The list as CSV, whoever has left among them with their status."""
    newsletter_of_list(workspace, name)
    with reading(workspace.engine) as connection:
        people = list(subscribers.every(connection, name))
        yield from csv_file.written(
            (one, next(reversed(subscribers.consents(connection, one.id)), None)) for one in people
        )


def add(
    workspace: Workspace, text: str, name: str, *, person: str, lang: str, source: str, wording: str
) -> tuple[Subscriber, str]:
    """Ask somebody: the subscriber, still pending, and the link that confirms.

    Raises Refused for a bad address or one that is on the list already.
    """
    newsletter, now, by = (
        newsletter_of_list(workspace, name),
        workspace.clock(),
        workspace.identity(),
    )
    if not newsletter.base_url:
        raise UsageError(msg("set base_url in [web]: without it nobody can confirm"))
    address = address_of(text)
    asked = Consent(step="asked", at=now, source=source, wording=wording)
    with workspace.engine.begin() as connection:
        subscribers.open_list(connection, name, newsletter.purpose, now)
        found = subscribers.find(connection, name, address.key)
        if found and found.status == "active":
            raise Refused(msg("this address is on the list '{name}' already", name=name))
        if found:
            subscribers.add_consent(connection, found.id, asked, by)
        else:
            found = subscribers.enter(
                connection, name, address, asked, person=person, lang=lang, status="pending",
                by=by, at=now,
            )  # fmt: skip
        audit.append(
            connection, "subscriber.asked", at=now, actor=by, subscriber=found.id, list=name
        )
    return found, f"{newsletter.base_url}/c/{found.token}"


def confirm(workspace: Workspace, token: str) -> Subscriber:
    """What the person confirmed by the link, or told the office. Raises Refused."""
    with workspace.engine.begin() as connection:
        found = subscribers.confirm(
            connection, token.rpartition("/")[2], source="confirmed at the office",
            by=workspace.identity(), at=workspace.clock(),
        )  # fmt: skip
    if found is None:
        raise Refused(msg("nobody was asked with this token; it is the end of the link"))
    return found


def remove(workspace: Workspace, text: str, name: str, reason: str) -> None:
    """Take somebody off a list; the reason is in the record. Raises Refused."""
    newsletter_of_list(workspace, name)
    address, now, by = address_of(text), workspace.clock(), workspace.identity()
    with workspace.engine.begin() as connection:
        found = subscribers.find(connection, name, address.key)
        if found is None:
            raise Refused(msg("this address is not on the list '{name}'", name=name))
        subscribers.remove(connection, found, "removed", by=by, at=now)
        audit.append(
            connection, "subscriber.removal_reason", at=now, actor=by, subscriber=found.id,
            reason=reason,
        )  # fmt: skip


def erase(workspace: Workspace, text: str) -> int:
    """Delete all that is personal of an address; how many subscriptions it had."""
    address = address_of(text)
    with workspace.engine.begin() as connection:
        return subscribers.erase(connection, address, by=workspace.identity(), at=workspace.clock())


def everybody(workspace: Workspace, name: str | None, status: str | None) -> list[Subscriber]:
    with reading(workspace.engine) as connection:
        return list(subscribers.every(connection, name, status))


def address_of(text: str) -> Address:
    """Raises Refused, without the address: it may come to stand in a log."""
    try:
        return parse_address(text)
    except BadAddress as bad:
        raise Refused(msg("{message}: {fix}", message=bad.message, fix=bad.fix)) from None
