"""Before the first byte: are these credentials those of the account in the configuration?"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from jposocial.dispatch.desk import Desk
from jposocial.errors import PublishError, RateLimited, Unauthorized, UsageError
from jposocial.model import Account
from jposocial.outbox import health

#: One run asks for the same account no more often than this: on X every answer costs.
ASK_AGAIN: Final = timedelta(hours=1)


def needs_whoami(desk: Desk, account: Account) -> bool:
    """Whether `whoami` must be asked before anything goes out on the account."""
    asked = desk.tally.asked.get(account.name)
    if asked is not None and desk.clock() - asked < ASK_AGAIN:
        return False
    try:
        fingerprint = desk.line(account).fingerprint
    except UsageError as error:
        desk.tally.notice(str(error))
        return False
    return not health.health(desk.engine, account.name).verified(fingerprint, desk.clock())


def ready(desk: Desk, account: Account) -> bool:
    """Whether the credentials are there and known to be the account's."""
    try:
        fingerprint = desk.line(account).fingerprint
    except UsageError:
        return False
    return health.health(desk.engine, account.name).verified(fingerprint, desk.clock())


def ask_whoami(desk: Desk, account: Account) -> None:
    """Ask once in a run, keep the answer; a wrong or refused account is suspended."""
    desk.tally.asked[account.name] = desk.clock()
    line = desk.line(account)
    try:
        identity = line.publisher.whoami()
    except (Unauthorized, RateLimited) as error:
        if isinstance(error, Unauthorized):
            health.refuse(
                desk.engine,
                account,
                line.fingerprint,
                error.detail,
                now=desk.clock(),
                actor=desk.actor,
            )
        desk.tally.notice(f"{account.name}: {error.detail}")
        return
    except PublishError as error:
        desk.tally.notice(f"{account.name}: {error.detail}")
        return
    right = health.verified(
        desk.engine, account, line.fingerprint, identity, now=desk.clock(), actor=desk.actor
    )
    if not right:
        desk.tally.notice(f"{account.name}: @{identity.handle} ≠ {account.handle}")
