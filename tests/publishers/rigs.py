"""Each platform as the contract suite sees it, and a journal that remembers what it was told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jposocial.model import Account, Identity, Part, Variant
from jposocial.protocols import Publisher
from jposocial.publishers import publisher
from jposocial.sandbox import SandboxAccount

STARTED = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)

#: Who the platforms say the credentials belong to.
WHO = Identity(id="7", handle="example_center")


@dataclass(frozen=True, kw_only=True)
class Rig:
    """One platform: its addresses and what it answers when all is well."""

    platform: str
    secrets: Mapping[str, str]
    #: The secret that the sandbox knows the account by.
    token: str
    visible: str
    asked: str
    listed: str
    posted: tuple[int, Mapping[str, Any]]
    me: Mapping[str, Any]
    #: A text on the timeline, as the platform lists it.
    item: Callable[[str, str], Mapping[str, Any]]
    page: Callable[[list[Mapping[str, Any]], str], Mapping[str, Any]]
    url: str
    #: Whether it has threads.
    threads: bool

    def publisher(self, base_url: str | None, seconds: float = 20) -> Publisher:
        return publisher(self.account(base_url, seconds), self.secrets)

    def account(self, base_url: str | None, seconds: float = 20) -> Account:
        return Account(
            name=self.platform,
            platform=self.platform,
            handle="example_center",
            base_url=base_url,
            timeout=timedelta(seconds=seconds),
        )

    def sandbox_account(self) -> SandboxAccount:
        return SandboxAccount(
            name=self.platform,
            platform=self.platform,
            handle="example_center",
            token=self.token,
            remote_id="7",
            display_name="見本センター",
        )

    def answer(self, line: str) -> tuple[int, bytes]:
        """What a server in good order says to `METHOD /path`."""
        status, value = {
            self.visible: self.posted,
            self.asked: (200, self.me),
            self.listed: (200, self.page([], "")),
        }[line]
        return status, json.dumps(value).encode()


def _tweets(items: list[Mapping[str, Any]], after: str) -> Mapping[str, Any]:
    meta = {"result_count": len(items)} | ({"next_token": after} if after else {})
    return {"data": items, "meta": meta} if items else {"meta": meta}


def _feed(items: list[Mapping[str, Any]], after: str) -> Mapping[str, Any]:
    more = {"next": "https://graph.facebook.com/next"} if after else {}
    return {"data": items, "paging": {"cursors": {"before": "b", "after": after or "z"}} | more}


RIGS = {
    "x": Rig(
        platform="x",
        secrets={
            "consumer_key": "canary-consumer-key",
            "consumer_secret": "canary-consumer-secret",
            "access_token": "canary-access-token",
            "access_token_secret": "canary-access-secret",
        },
        token="canary-access-token",
        visible="POST /2/tweets",
        asked="GET /2/users/me",
        listed="GET /2/users/7/tweets",
        posted=(201, {"data": {"id": "41", "text": "…", "edit_history_tweet_ids": ["41"]}}),
        me={"data": {"id": "7", "name": "見本センター", "username": "example_center"}},
        item=lambda remote, text: {
            "id": remote,
            "text": text,
            "created_at": "2026-12-01T03:00:00.000Z",
        },
        page=_tweets,
        url="https://x.com/example_center/status/41",
        threads=True,
    ),
    "facebook": Rig(
        platform="facebook",
        secrets={"page_token": "canary-page-token"},
        token="canary-page-token",
        visible="POST /v25.0/me/feed",
        asked="GET /v25.0/me",
        listed="GET /v25.0/me/feed",
        posted=(200, {"id": "7_41"}),
        me={"id": "7", "name": "見本センター", "username": "example_center"},
        item=lambda remote, text: {
            "id": remote,
            "message": text,
            "created_time": "2026-12-01T03:00:00+0000",
            "permalink_url": f"https://www.facebook.com/7/posts/{remote}",
        },
        page=_feed,
        url="https://www.facebook.com/7_41",
        threads=False,
    ),
}


def variant(*texts: str, platform: str = "x") -> Variant:
    return Variant(
        post="2026-12-hello", kind="notice", moment="announce", account=platform,
        platform=platform, parts=tuple(Part(text=text) for text in texts or ("お知らせです。",)),
    )  # fmt: skip


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Diary:
    """A journal in memory; `at` is told each call before it counts."""

    at: Callable[[str], None] = lambda _: None
    key: str = "0" * 32
    started: datetime = STARTED
    ids: dict[str, Mapping[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def proved(self, step: str) -> Mapping[str, str] | None:
        return self.ids.get(step)

    def begin(self, step: str) -> None:
        self._call(f"begin {step}")

    def prove(self, step: str, **ids: str) -> None:
        self._call(f"prove {step}")
        self.ids[step] = ids

    def _call(self, name: str) -> None:
        self.at(name)
        self.calls.append(name)
