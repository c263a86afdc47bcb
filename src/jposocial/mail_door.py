"""How an issue reaches its relay: the server, its password, and the keys that sign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jposocial.errors import UsageError
from jposocial.messages import msg
from jposocial.newsletter.dkim import Signer
from jposocial.newsletter.relay import Door
from jposocial.newsletters import Newsletter, SigningKey
from jposocial.publishers.credentials import read_secret

if TYPE_CHECKING:
    from pathlib import Path

    from jposocial.app import Workspace


@contextmanager
def door_of(workspace: Workspace, newsletter: Newsletter) -> Iterator[Door]:
    """The relay; in sandbox mode without one of its own, the embedded sandbox for as long."""
    if newsletter.relay is None:
        if newsletter.mode == "live":
            raise UsageError(msg("[newsletter.{name}.smtp] is missing", name=newsletter.name))
        yield from _sandbox(workspace)
        return
    relay = newsletter.relay
    password = (
        read_secret(f"newsletter.{newsletter.name}", "password", relay.password, workspace.root)
        if relay.password
        else ""
    )
    yield Door(
        host=relay.host, port=relay.port, tls=relay.tls, user=relay.user, password=password,
        timeout=relay.timeout.total_seconds(),
    )  # fmt: skip


def _sandbox(workspace: Workspace) -> Iterator[Door]:
    from jposocial.sandbox.smtp import mail_sandbox

    with mail_sandbox(workspace.var / "sandbox" / "mail") as server:
        yield Door(host="127.0.0.1", port=server.port, tls="none", timeout=30.0)


def signer_of(newsletter: Newsletter, root: Path) -> Signer | None:
    """None where no key is configured. Raises UsageError for a key that cannot be used."""
    dkim = newsletter.dkim
    if dkim is None:
        return None
    return Signer(
        domain=dkim.domain,
        rsa=_key(newsletter, "rsa", dkim.rsa, root),
        ed25519=_key(newsletter, "ed25519", dkim.ed25519, root),
    )


def _key(
    newsletter: Newsletter, name: str, key: SigningKey | None, root: Path
) -> tuple[str, str] | None:
    if key is None:
        return None
    owner = f"newsletter.{newsletter.name}.dkim"
    return key.selector, read_secret(owner, name, key.key, root, lines=True)
