"""A configured newsletter: who sends it, to which list, through which relay. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from jposocial.model import Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class Relay:
    """The mail server that takes the issue, and how fast it may be used."""

    host: str
    port: int
    #: none, starttls or tls.
    tls: str
    user: str = ""
    #: Where the password is (`cred:NAME`, `file:PATH`, `env:NAME`), never what it is.
    password: str = ""
    #: So many at the same time.
    connections: int = 4
    #: So many mails to one domain within `window`; 0: no limit.
    per_domain: int = 0
    #: So many mails in all within `window`; 0: no limit.
    per_window: int = 0
    window: timedelta = timedelta(minutes=1)
    #: The total time for one command of the conversation.
    timeout: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """A DKIM key: its selector in the DNS, and where the private key is."""

    selector: str
    #: `cred:NAME`, `file:PATH` or `env:NAME`; PEM.
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dkim:
    """Signatures by the same domain; one of each algorithm at most (RFC 6376, RFC 8463)."""

    domain: str
    rsa: SigningKey | None = None
    ed25519: SigningKey | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounces:
    """Where mail that could not be delivered comes back to."""

    #: The envelope's sender; the recipient's token goes in after a `+` (VERP).
    address: str
    #: Relative to the workspace; a maildir that the mail server delivers into.
    maildir: str = "var/bounces"


@dataclass(frozen=True, kw_only=True, slots=True)
class Imprint:
    """Who sends it, in one language: what 特定電子メール法 asks each mail to say."""

    #: The name that stands beside the sender's address.
    name: str
    publisher: str
    #: The postal address.
    address: str
    #: Where a reader asks and complains: a mail address, a telephone number or a page.
    contact: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Newsletter:
    """A periodical: `[newsletter.NAME]`."""

    name: str
    mode: Mode = "sandbox"
    #: The list of subscribers it goes to.
    list: str
    #: What those on the list have consented to; a list of another purpose is never mailed.
    purpose: str
    #: The address in `From`.
    sender: str
    reply_to: str = ""
    #: Language → imprint; Japanese at least.
    imprints: Mapping[str, Imprint] = field(default_factory=dict)
    #: So long after `newsletter send` nothing goes out yet.
    hold_window: timedelta = timedelta(minutes=30)
    #: A start so long after the issue's time is refused.
    latest_start: timedelta = timedelta(hours=6)
    #: A count that differs by more from the last issues' is asked about again; 0.3 is 30 %.
    count_change: float = 0.3
    relay: Relay | None = None
    dkim: Dkim | None = None
    bounces: Bounces | None = None
    #: Where the pages to leave and to confirm are: `[web] base_url`.
    base_url: str = ""

    def imprint(self, lang: str) -> Imprint:
        """The imprint in that language, else in Japanese."""
        return self.imprints.get(lang) or self.imprints["ja"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """`[web]`: where `serve` listens, and under which address readers reach it."""

    bind: str = "127.0.0.1:8080"
    #: https://…, without a slash at its end; empty: no page can be linked.
    base_url: str = ""
