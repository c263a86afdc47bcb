"""Unconfirmed deliveries: looked for on the account's own timeline, never sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final, cast

from jposocial.dispatch.desk import Desk
from jposocial.errors import PublishError, UsageError
from jposocial.messages import msg
from jposocial.model import Account, Status
from jposocial.outbox import health, looks, record
from jposocial.outbox.delivery import Delivery
from jposocial.protocols import Reconciler

#: Clocks differ: the look begins this long before the first attempt.
BEFORE: Final = timedelta(minutes=5)


def look(desk: Desk, row: Delivery) -> None:
    """One look at one delivery, at the one part of it that is in doubt.

    Found → its receipt, and published where it was the last; nothing begun → scheduled; else later.
    """
    account = desk.house.accounts.get(row.account)
    if len(row.receipts) == len(row.parts):
        # Every part was proved; only the end of the attempt was not written any more.
        outcome = record.confirm(
            desk.engine, row.id, row.receipts, now=desk.clock(), actor=desk.actor, how="proved"
        )
        _note(desk, outcome)
    elif not row.has_begun:
        # `begin` is committed before the first byte: without it no byte was ever visible.
        outcome = record.disprove(
            desk.engine, row.id, now=desk.clock(), actor=desk.actor, how=record.NOTHING_BEGUN
        )
        _note(desk, outcome)
    elif account and (account.mode, account.handle) == (row.mode, row.handle):
        _read_timeline(desk, row, account)


def _note(desk: Desk, outcome: record.Outcome) -> None:
    """What became of the row; the rest of a thread goes on when it is claimed again."""
    name = "deferred" if outcome.status is Status.SCHEDULED else outcome.status
    desk.tally.note(outcome.delivery, name)


def _read_timeline(desk: Desk, row: Delivery, account: Account) -> None:
    try:
        publisher = desk.line(account).publisher
        identity = health.health(desk.engine, account.name).identity or publisher.whoami()
        if not health.is_same_handle(account.handle, identity.handle):
            return
        part = next(p for p in row.parts if p.state == "begun")
        parent = (row.parts[part.number - 1].remote_id or "") if part.number else None
        since = (row.started or desk.clock()) - BEFORE
        found = cast(Reconciler, publisher).find(
            row.variant().parts[part.number], identity, since, parent
        )
    except (PublishError, UsageError) as error:
        desk.tally.notice(
            msg("{id} on {account}: {error}", id=row.id, account=row.account, error=error.message),
            event="delivery.not_looked_for",
            delivery=row.id,
            post=row.post,
            account=row.account,
            error=type(error).__name__,
        )
        return
    known = looks.receipt_ids(desk.engine, row.account)
    fresh = [receipt for receipt in found if receipt.id not in known]
    if len(fresh) == 1:
        receipts = [replace(fresh[0], part=part.number)]
        outcome = record.confirm(
            desk.engine, row.id, receipts, now=desk.clock(), actor=desk.actor, how="timeline"
        )
        _note(desk, outcome)
    else:
        record.looked(desk.engine, row.id, found=len(fresh), now=desk.clock(), actor=desk.actor)
