"""Taking back what is out: deleted part by part, recorded, and a correction drafted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jposocial.errors import (
    PublishError,
    RateLimited,
    Refused,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.messages import msg
from jposocial.model import MAIL, Account, Receipt
from jposocial.outbox import retract as outbox
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.retract import DONE, GONE, PartOutcome, Person
from jposocial.posts.correction import Fact, draft
from jposocial.protocols import Publisher, Retractable
from jposocial.publishing import Lines

if TYPE_CHECKING:
    from jposocial.app import Workspace

#: What a refusal to delete means for the record; anything else is unknown.
_MEANINGS: Final = (
    (Rejected, "refused"),
    (Unauthorized, "refused"),
    (RateLimited, "refused"),
    (Unavailable, "unreached"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prospect:
    """What would be deleted, and whether its platform can."""

    delivery: Delivery
    can_delete: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Retracted:
    delivery: Delivery
    #: In the order of the attempts: the last part first.
    parts: Sequence[PartOutcome]
    #: Whether all that was known to be out is gone.
    done: bool
    #: It had been retracted before; nothing was asked of the platform.
    already: bool = False
    #: The draft of a correction, relative to the workspace.
    correction: str = ""


def prospect(workspace: Workspace, delivery: int) -> Prospect:
    """Raises Refused, and UsageError where the account's secrets are not there."""
    row = outbox.retractable(workspace.engine, delivery, _person(workspace))
    with closing(Lines(workspace)) as lines:
        publisher = lines.line(_account(workspace, row)).publisher
        return Prospect(delivery=row, can_delete=isinstance(publisher, Retractable))


def retract(workspace: Workspace, delivery: int, reason: str) -> Retracted:
    """Delete every proved part, the last first; what happened is in the record in any case.

    May be asked again: a part that is gone already counts as deleted. Raises as `prospect`.
    """
    person = _person(workspace)
    account = _account(workspace, outbox.retractable(workspace.engine, delivery, person))
    with closing(Lines(workspace)) as lines:
        publisher = lines.line(account).publisher
        row = outbox.begin(workspace.engine, delivery, person, reason=reason, now=workspace.clock())
        if row.retraction == DONE:
            return Retracted(delivery=row, parts=(), done=True, already=True)
        found = [_part(workspace, row, one, publisher) for one in reversed(row.receipts)]
    # Before the mark: what is marked as done has its draft, though this process end here.
    path = draft(workspace.root, _fact(workspace, row, account, found, reason))
    done = outbox.finish(
        workspace.engine, row, found, reason=reason, by=person.name, now=workspace.clock()
    )
    return Retracted(delivery=row, parts=found, done=done, correction=path)


def _person(workspace: Workspace) -> Person:
    return Person(name=workspace.identity(), self_approval=workspace.settings.self_approval)


def _account(workspace: Workspace, row: Delivery) -> Account:
    """The account as it was when the row went out. Raises Refused."""
    if row.account == MAIL:
        raise Refused(
            msg(
                "{id}: a mail cannot be taken back; write a correction: a new file with corrects: {post}",
                id=row.id,
                post=row.post,
            )
        )
    account = workspace.settings.accounts.get(row.account)
    was = (row.mode, row.platform, row.handle)
    if account is None or (account.mode, account.platform, account.handle) != was:
        raise Refused(
            msg(
                "{id}: it went out on {handle} ({platform}, {mode}); the account '{account}' is another one now",
                id=row.id,
                handle=row.handle,
                platform=row.platform,
                mode=row.mode,
                account=row.account,
            )
        )
    return account


def _part(
    workspace: Workspace, row: Delivery, receipt: Receipt, publisher: Publisher
) -> PartOutcome:
    found = _asked(receipt, publisher)
    outbox.note_part(workspace.engine, row, found, by=workspace.identity(), now=workspace.clock())
    return found


def _asked(receipt: Receipt, publisher: Publisher) -> PartOutcome:
    if not isinstance(publisher, Retractable):
        return PartOutcome(receipt=receipt, outcome="impossible")
    try:
        deleted = publisher.delete(receipt.id)
    except PublishError as error:
        meaning = next((word for kind, word in _MEANINGS if isinstance(error, kind)), "unknown")
        return PartOutcome(receipt=receipt, outcome=meaning, detail=error.detail)
    except Exception as error:  # noqa: BLE001  whatever it is: it is said, and can be done again
        return PartOutcome(receipt=receipt, outcome="unknown", detail=type(error).__name__)
    return PartOutcome(receipt=receipt, outcome="deleted" if deleted else "gone")


def _fact(
    workspace: Workspace, row: Delivery, account: Account, found: Sequence[PartOutcome], reason: str
) -> Fact:
    zone = workspace.settings.calendar.zone
    titles = {post.id: post.title for post in workspace.posts()}
    return Fact(
        delivery=row.id,
        title=next((titles[name] for name in row.posts if name in titles), row.posts[0]),
        account=row.account,
        platform=row.platform,
        lang=account.lang,
        out=row.receipts[0].accepted_at.astimezone(zone),
        retracted=workspace.clock().astimezone(zone),
        by=workspace.identity(),
        reason=reason,
        urls=tuple(one.url for one in row.receipts),
        gone=all(one.outcome in GONE for one in found),
    )
