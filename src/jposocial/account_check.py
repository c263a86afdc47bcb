"""Asking each account's platform whose credentials these are, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from jposocial.errors import PublishError, StoreError, Unauthorized, UsageError
from jposocial.messages import Message, msg
from jposocial.model import Account, Identity, Permissions
from jposocial.outbox import health
from jposocial.protocols import Inspectable, Publisher
from jposocial.publishing import Lines

if TYPE_CHECKING:
    from jposocial.app import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountReport:
    account: Account
    #: The handle that the platform gave; None where it gave none.
    whoami: str | None = None
    expires: datetime | None = None
    scopes: Sequence[str] | None = None
    #: Why it is not ok; nothing where it is.
    wrong: Sequence[Message] = field(default=())
    #: What could not be learnt, though nothing says that it is wrong.
    unsaid: Sequence[Message] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.wrong


def check_accounts(workspace: Workspace) -> list[AccountReport]:
    """Every account, asked at the same time; each request ends within the account's `timeout`.

    Waits for nobody: neither for who publishes nor for the database. What was learnt is kept
    there, so that an account that was mended goes on at once.
    """
    accounts = list(workspace.settings.accounts.values())
    with closing(Lines(workspace)) as lines, ThreadPoolExecutor(max(len(accounts), 1)) as pool:
        return list(pool.map(lambda account: _checked(workspace, lines, account), accounts))


def _checked(workspace: Workspace, lines: Lines, account: Account) -> AccountReport:
    try:
        line = lines.line(account)
    except UsageError as error:
        return AccountReport(account=account, wrong=[error.message])
    try:
        identity = line.publisher.whoami()
    except PublishError as error:
        if isinstance(error, Unauthorized):
            _keep_refusal(workspace, account, line.fingerprint, error.detail)
        return AccountReport(account=account, wrong=[_answered(error)])
    found = _may(line.publisher, _identified(account, identity), workspace.clock())
    if found.ok or not health.is_same_handle(account.handle, identity.handle):
        _keep(workspace, account, line.fingerprint, identity)
    return found


def _identified(account: Account, identity: Identity) -> AccountReport:
    found = AccountReport(account=account, whoami=identity.handle)
    if health.is_same_handle(account.handle, identity.handle):
        return found
    wrong = msg(
        "the credentials are those of @{found}, not of @{wanted}",
        found=identity.handle,
        wanted=account.handle.lstrip("@"),
    )
    return replace(found, wrong=[wrong])


def _may(publisher: Publisher, found: AccountReport, now: datetime) -> AccountReport:
    """With what the credentials may do, where the platform says it."""
    if not isinstance(publisher, Inspectable):
        return found
    try:
        permissions = publisher.permissions()
    except PublishError as error:
        return replace(found, unsaid=[_answered(error)])
    return replace(
        found,
        expires=permissions.expires,
        scopes=permissions.scopes,
        wrong=[*found.wrong, *_shortcomings(permissions, now)],
    )


def _shortcomings(permissions: Permissions, now: datetime) -> list[Message]:
    found = [
        msg("the credentials lack a permission: {scope}", scope=scope)
        for scope in permissions.lacking
    ]
    if permissions.expires and permissions.expires <= now:
        found.append(msg("the credentials expired on {day}", day=f"{permissions.expires:%Y-%m-%d}"))
    return found


def _answered(error: PublishError) -> Message:
    return msg("the platform answered: {detail}", detail=error.detail)


def _keep(workspace: Workspace, account: Account, fingerprint: str, identity: Identity) -> None:
    if workspace.has_database:
        with suppress(StoreError):
            health.verified(
                workspace.engine, account, fingerprint, identity,
                now=workspace.clock(), actor=workspace.identity(), mended=True,
            )  # fmt: skip


def _keep_refusal(workspace: Workspace, account: Account, fingerprint: str, why: str) -> None:
    if workspace.has_database:
        with suppress(StoreError):
            health.refuse(
                workspace.engine, account, fingerprint, why, now=workspace.clock(), actor=workspace.identity()
            )  # fmt: skip
