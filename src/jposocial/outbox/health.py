"""What is known of each account: whose credentials they are, whether it must wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select, update

from jposocial.errors import RateLimited
from jposocial.model import Account, Identity
from jposocial.outbox.record import ensure_account, limit, suspend, until
from jposocial.store import audit
from jposocial.store.engine import reading
from jposocial.store.tables import ACCOUNTS

#: `whoami` costs money on X: asked again only after this long for the same credentials.
VERIFIED_FOR: Final = timedelta(hours=24)

#: And after this long where they are another account's, which a person is about to mend.
ASK_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    fingerprint: str = ""
    identity: Identity | None = None
    verified_at: datetime | None = None
    suspended: str = ""
    limited_until: datetime | None = None

    def may_be_asked(self, handle: str, fingerprint: str, now: datetime) -> bool:
        """Whether asking whose credentials these are may tell anything new."""
        if self.limited_until and self.limited_until > now:
            return False
        if self.identity is None or self.verified_at is None or self.fingerprint != fingerprint:
            return True
        recent = now - ASK_AGAIN < self.verified_at <= now
        return not recent or is_same_handle(handle, self.identity.handle)

    def verified(self, fingerprint: str, now: datetime) -> bool:
        """Whether these credentials were found to be the account's not long ago."""
        fresh = self.verified_at is not None and now - VERIFIED_FOR < self.verified_at <= now
        return fresh and not self.suspended and self.fingerprint == fingerprint


def health(engine: Engine, account: str) -> Health:
    with reading(engine) as connection:
        row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == account)).first()
    if row is None:
        return Health()
    identity = Identity(id=row.remote_id, handle=row.remote_handle) if row.remote_id else None
    return Health(
        fingerprint=row.fingerprint,
        identity=identity,
        verified_at=row.verified_at,
        suspended=row.suspended,
        limited_until=row.limited_until,
    )


def is_same_handle(configured: str, remote: str) -> bool:
    """Compared without case and leading @."""
    return configured.lstrip("@").lower() == remote.lstrip("@").lower()


def verified(
    engine: Engine,
    account: Account,
    fingerprint: str,
    identity: Identity,
    *,
    now: datetime,
    actor: str,
    mended: bool = False,
) -> bool:
    """Keep what `whoami` answered; a wrong account is suspended. Says whether it is right.

    `mended`: a person says that a suspended account may go on, so the pause that came with it
    ends. A limit that the platform set has its own end.
    """
    right = is_same_handle(account.handle, identity.handle)
    with engine.begin() as connection:
        ensure_account(connection, account.name)
        if right and mended:
            connection.execute(
                update(ACCOUNTS)
                .where(ACCOUNTS.c.name == account.name, ACCOUNTS.c.suspended != "")
                .values(limited_until=None)
            )
        connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.name == account.name)
            .values(
                fingerprint=fingerprint,
                remote_id=identity.id,
                remote_handle=identity.handle,
                verified_at=now,
                suspended="",
            )
        )
        if right:
            audit.append(
                connection,
                "account.verified",
                at=now,
                actor=actor,
                account=account.name,
                handle=identity.handle,
            )
        else:
            why = f"wrong account: the credentials are those of @{identity.handle}, not {account.handle}"
            suspend(connection, account.name, why, now=now, actor=actor)
    return right


def refuse(
    engine: Engine, account: Account, fingerprint: str, why: str, *, now: datetime, actor: str
) -> None:
    """The platform does not accept the credentials."""
    with engine.begin() as connection:
        ensure_account(connection, account.name)
        connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.name == account.name)
            .values(fingerprint=fingerprint, verified_at=now)
        )
        suspend(connection, account.name, why, now=now, actor=actor)


def wait(engine: Engine, account: Account, error: RateLimited, *, now: datetime) -> None:
    """The platform has been asked too often; it does not always say until when."""
    with engine.begin() as connection:
        limit(connection, account.name, until(error, now))
