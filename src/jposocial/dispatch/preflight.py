"""Before the first byte: are these credentials those of the account in the configuration?"""

from __future__ import annotations

from datetime import timedelta

from jposocial.dispatch.desk import Desk, Line
from jposocial.errors import PublishError, RateLimited, Unauthorized, UsageError
from jposocial.messages import msg
from jposocial.model import Account
from jposocial.outbox import claims, health
from jposocial.outbox.instance import elsewhere, refusal


def needs_whoami(desk: Desk, account: Account) -> bool:
    """Whether `whoami` must be asked before anything goes out on the account."""
    asked, now = desk.tally.asked.get(account.name), desk.clock()
    if asked is not None and now - asked < _pause(desk, account):
        return False
    fingerprint = fingerprint_of(desk, account)
    if fingerprint is None or not _at_home(desk, account):
        return False
    known = health.health(desk.engine, account.name)
    return not known.verified(fingerprint, now) and known.may_be_asked(
        account.handle, fingerprint, now
    )


def _pause(desk: Desk, account: Account) -> timedelta:
    """Until it is asked again in this run; sooner where there was no answer."""
    unanswered = desk.tally.unanswered.get(account.name, 0)
    return claims.backoff(unanswered, 0.0) if unanswered else health.ASK_AGAIN


def ready(desk: Desk, account: Account) -> bool:
    """Whether the credentials are there and known to be the account's, and this is no copy."""
    fingerprint = fingerprint_of(desk, account)
    return (
        fingerprint is not None
        and _at_home(desk, account)
        and health.health(desk.engine, account.name).verified(fingerprint, desk.clock())
    )


def _at_home(desk: Desk, account: Account) -> bool:
    """Whether this workspace is the one that speaks for live accounts; the tally is told."""
    if account.mode != "live":
        return True
    why = elsewhere(desk.engine, desk.house)
    if why:
        desk.tally.notice(refusal(why), event="instance.elsewhere")
    return why is None


def fingerprint_of(desk: Desk, account: Account) -> str | None:
    """None where the account's secrets are not there; the tally is told."""
    try:
        return desk.line(account).fingerprint
    except UsageError as error:
        desk.tally.notice(error.message, event="account.without_secrets", account=account.name)
        return None


def put_off(desk: Desk, account: Account, delivery: int) -> bool:
    """Say of what is due why it stays: no secrets, or no answer to `whoami`.

    Gives whether that is said of each; otherwise `queue` says it of the account.
    """
    if fingerprint_of(desk, account) is None:
        desk.tally.without_secrets.add(delivery)
        return True
    if account.name in desk.tally.unanswered:
        desk.tally.put_off(delivery)
        return True
    return False


def ask_whoami(desk: Desk, account: Account) -> None:
    """Ask and keep the answer; a wrong or refused account is suspended."""
    desk.tally.asked[account.name] = desk.clock()
    before = desk.tally.unanswered.pop(account.name, 0)
    line = desk.line(account)
    try:
        identity = line.publisher.whoami()
    except PublishError as error:
        _unanswered(desk, account, line, error, before)
        return
    right = health.verified(
        desk.engine, account, line.fingerprint, identity, now=desk.clock(), actor=desk.actor
    )
    if not right:
        desk.tally.notice(
            msg(
                "{account}: the credentials are those of @{found}, not of @{wanted}; nothing is sent",
                account=account.name,
                found=identity.handle,
                wanted=account.handle.lstrip("@"),
            ),
            event="account.wrong",
            account=account.name,
        )


def _unanswered(desk: Desk, account: Account, line: Line, error: PublishError, before: int) -> None:
    desk.tally.notice(
        msg(
            "{account}: the platform answered: {detail}", account=account.name, detail=error.detail
        ),
        event="account.unanswered",
        account=account.name,
        error=type(error).__name__,
    )
    if isinstance(error, Unauthorized):
        health.refuse(
            desk.engine, account, line.fingerprint, error.detail, now=desk.clock(), actor=desk.actor
        )
    elif isinstance(error, RateLimited):
        health.wait(desk.engine, account, error, now=desk.clock())
    else:
        desk.tally.unanswered[account.name] = before + 1
