"""One attempt: claim, publish, record. Runs in a worker thread."""

from __future__ import annotations

from jposocial.dispatch.desk import Desk
from jposocial.messages import msg
from jposocial.outbox import claims, record
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.journal import DatabaseJournal


def attempt(desk: Desk, claimed: Delivery) -> None:
    """Publish what was claimed. Whatever happens, its outcome is recorded before this ends."""
    account = desk.house.accounts[claimed.account]
    journal = DatabaseJournal(
        desk.engine, claimed, timeout=account.timeout, clock=desk.clock, monotonic=desk.monotonic, actor=desk.actor,
        flags=desk.house.flags,
    )  # fmt: skip
    try:
        if account.mode == "live":
            desk.keep()
        receipts = desk.line(account).publisher.publish(claimed.variant(), journal)
    except Exception as error:  # noqa: BLE001  sorted below: what is not known is unconfirmed
        outcome = record.stopped(
            desk.engine, claimed, error, now=desk.clock(), actor=desk.actor, chance=desk.chance()
        )
    else:
        outcome = record.accepted(
            desk.engine, claimed, receipts, now=desk.clock(), actor=desk.actor
        )
    desk.tally.note(claimed.id, "deferred" if outcome.status == "scheduled" else outcome.status)
    if outcome.detail:
        desk.tally.notice(
            msg(
                "{id} {post} on {account}: {status}: {detail}",
                id=claimed.id,
                post=claimed.post,
                account=claimed.account,
                status=outcome.status,
                detail=outcome.detail,
            ),
            # The outcome was told; the platform's own words may repeat the text.
            event="delivery.detail",
            delivery=claimed.id,
            post=claimed.post,
            account=claimed.account,
        )


def claim(desk: Desk, delivery: int) -> Delivery | None:
    return claims.claim(
        desk.engine, delivery, desk.house, desk.claimer, now=desk.clock(), actor=desk.actor
    )
