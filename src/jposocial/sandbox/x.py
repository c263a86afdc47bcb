"""X API v2: posts with up to four images, threads, the own timeline, deletion.

https://docs.x.com/x-api (OpenAPI 2.167). The OAuth 1.0a signature is not verified, the
sandbox holds no secrets: the access token alone tells the account. Of media there are still
images, in one request; an id that is not known, or whose day is over, is invalid.
"""

from __future__ import annotations

import hashlib
import html
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from jposocial.platforms import entities
from jposocial.sandbox.exchange import (
    UPLOAD_LIVES,
    Answer,
    Refusal,
    Request,
    SandboxAccount,
    World,
    json_answer,
    phrase,
    refuse,
)
from jposocial.sandbox.timeline import Entry
from jposocial.sandbox.x_input import (
    FIELD_LISTS,
    PLATFORM,
    TIMELINE,
    description,
    draft,
    forbid,
    image,
    known_parameters,
    named_refusal,
    not_found,
    page_size,
    page_token,
    posted_second,
    problem,
    refuse_parameters,
    selected,
    wanted_fields,
)

#: Nineteen digits and beyond 2^53, so that a client which reads ids as floats is found out.
FIRST_ID = 2_000_000_000_000_000_000
DUPLICATE_WINDOW = timedelta(hours=24)
RATE_WINDOW = 900
MAX_IMAGE = 5_000_000


class X:
    """The service; owns every path under `/2/`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._rates = _Rates(world.clock)
        self._routes: Sequence[_Route] = (
            _Route("POST", r"/2/tweets", 100, self._create),
            _Route("POST", r"/2/media/upload", 500, self._upload),
            _Route("POST", r"/2/media/metadata", 500, self._describe),
            _Route("GET", r"/2/tweets/([0-9]+)", 900, self._read),
            _Route("DELETE", r"/2/tweets/([0-9]+)", 50, self._delete),
            _Route("GET", r"/2/users/me", 75, self._me),
            _Route("GET", r"/2/users/([0-9]+)/tweets", 900, self._timeline),
        )

    def owns(self, path: str) -> bool:
        return path.startswith("/2/")

    def account_of(self, request: Request) -> SandboxAccount | None:
        header = request.headers.get("authorization", "")
        scheme, _, credentials = header.partition(" ")
        if scheme.lower() == "bearer":
            return self.world.by_token(PLATFORM, credentials.strip())
        found = re.search(r'\boauth_token="([^"]*)"', credentials)
        if scheme.lower() == "oauth" and found:
            return self.world.by_token(PLATFORM, unquote(found[1]))
        return None

    def refusal(self, status: int, reason: str = "") -> Answer:
        return named_refusal(reason, status) if reason else problem(status, phrase(status))

    def answer(self, request: Request) -> Answer:
        account = self.account_of(request)
        if account is None:
            return self.refusal(401)
        for route in self._routes:
            match = re.fullmatch(route.path, request.path)
            if match and route.method == request.method:
                return self._limited(route, account, request, match.groups())
        return self.refusal(404)

    def _limited(
        self, route: _Route, account: SandboxAccount, request: Request, ids: Sequence[str]
    ) -> Answer:
        remaining, headers = self._rates.count(
            (account.name, route.method, route.path), route.limit
        )
        if remaining < 0:
            answer = self.refusal(429)
        else:
            try:
                answer = route.handler(account, request, *ids)
            except Refusal as refusal:
                answer = refusal.answer
        level = "-".join(scope for scope in ("read", "write") if scope in account.scopes)
        return replace(answer, headers={**answer.headers, **headers, "x-access-level": level})

    def _me(self, account: SandboxAccount, request: Request) -> Answer:
        known_parameters(request, FIELD_LISTS)
        user = {"id": account.remote_id, "name": account.display_name}
        return json_answer(200, {"data": user | {"username": account.screen_name}})

    def _create(self, account: SandboxAccount, request: Request) -> Answer:
        wanted = draft(request)
        text, parent = wanted.text, wanted.parent
        if parent is not None and self.world.find(PLATFORM, parent) is None:
            refuse(named_refusal("deleted-parent"))
        now = self.world.clock()
        entry = Entry(
            account=account.name, platform=PLATFORM, text=text, created_at=now, parent=parent,
            media=self._images(account, wanted.media_ids),
        )  # fmt: skip
        stored = self.world.timeline.append(
            entry, lambda number: str(FIRST_ID + number), lambda own: _new_to(own, entry)
        )
        data = {
            "id": stored.id,
            "text": seen(stored, account)[0],
            "edit_history_tweet_ids": [stored.id],
        }
        return json_answer(201, {"data": data})

    def _images(self, account: SandboxAccount, ids: Sequence[str]) -> tuple[dict[str, str], ...]:
        found = [self.world.waiting(account, one) for one in ids]
        known = tuple(upload.shown() for upload in found if upload)
        if len(known) < len(ids):
            refuse_parameters("Your media IDs are invalid.")
        return known

    def _upload(self, account: SandboxAccount, request: Request) -> Answer:
        data = image(request)
        if len(data) > MAX_IMAGE:
            forbid(413, f"File size exceeds {MAX_IMAGE} bytes.")
        try:
            stored = self.world.receive(account, data, "", lambda number: str(FIRST_ID + number))
        except ValueError:
            forbid(400, "media type unrecognized.")
        answer = {"id": stored.id, "media_key": f"3_{stored.id}", "size": len(data)}
        lives = {"expires_after_secs": int(UPLOAD_LIVES.total_seconds())}
        return json_answer(200, {"data": answer | lives})

    def _describe(self, account: SandboxAccount, request: Request) -> Answer:
        remote, text = description(request)
        if self.world.waiting(account, remote) is None:
            refuse_parameters("Your media IDs are invalid.")
        self.world.timeline.describe(remote, text)
        metadata = {"alt_text": {"text": text}}
        return json_answer(200, {"data": {"id": remote, "associated_metadata": metadata}})

    def _read(self, account: SandboxAccount, request: Request, tweet_id: str) -> Answer:
        known_parameters(request, FIELD_LISTS)
        found = self.world.find(PLATFORM, tweet_id)
        if found is None:
            return not_found("tweet", tweet_id)
        return json_answer(200, {"data": self._tweet(*found, wanted_fields(request))})

    def _delete(self, account: SandboxAccount, request: Request, tweet_id: str) -> Answer:
        found = self.world.find(PLATFORM, tweet_id)
        if found is None:
            return self.refusal(404)
        if found[1] is not account:
            forbid(403, "You are not authorized to delete this Tweet.")
        deleted = self.world.timeline.delete(tweet_id, self.world.clock())
        return json_answer(200, {"data": {"deleted": deleted}})

    def _timeline(self, account: SandboxAccount, request: Request, user_id: str) -> Answer:
        known_parameters(request, TIMELINE)
        user = self.world.by_remote_id(PLATFORM, user_id)
        if user is None:
            return not_found("user", user_id)
        size, wanted = page_size(request), wanted_fields(request)
        found = selected(reversed(self.world.posted(user)), request.query)
        page = found[:size]
        answer: dict[str, Any] = {"meta": _meta(page, more=len(found) > size)}
        if page:
            answer["data"] = [self._tweet(entry, user, wanted) for entry in page]
        return json_answer(200, answer)

    def _tweet(
        self, entry: Entry, author: SandboxAccount, wanted: frozenset[str]
    ) -> dict[str, Any]:
        text, linked = seen(entry, author)
        more: dict[str, Any] = {
            "created_at": f"{posted_second(entry):%Y-%m-%dT%H:%M:%S}.000Z",
            "entities": linked,
        }
        more |= {"author_id": author.remote_id, "conversation_id": self._root(entry)}
        if entry.media:
            keys = [f"3_{image['id']}" for image in entry.media]
            more["attachments"] = {"media_keys": keys}
        if entry.parent:
            more["referenced_tweets"] = [{"type": "replied_to", "id": entry.parent}]
        tweet = {"id": entry.id, "text": text, "edit_history_tweet_ids": [entry.id]}
        return tweet | {name: more[name] for name in sorted(wanted & more.keys()) if more[name]}

    def _root(self, entry: Entry) -> str:
        while entry.parent and (found := self.world.find(PLATFORM, entry.parent)):
            entry = found[0]
        return entry.parent or entry.id


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    #: Requests an account may make in a window of fifteen minutes.
    limit: int
    handler: Callable[..., Answer]


class _Rates:
    """Requests a window of fifteen minutes, by account and route."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._seen: dict[tuple[str, ...], tuple[int, int]] = {}

    def count(self, key: tuple[str, ...], limit: int) -> tuple[int, dict[str, str]]:
        """What remains after this request (negative: it is one too many), and the headers."""
        window = int(self._clock().timestamp()) // RATE_WINDOW
        with self._mutex:
            last, used = self._seen.get(key, (window, 0))
            used = used + 1 if last == window else 1
            self._seen[key] = (window, used)
        return limit - used, {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, limit - used)),
            "x-rate-limit-reset": str((window + 1) * RATE_WINDOW),
        }


def _meta(page: Sequence[Entry], *, more: bool) -> dict[str, Any]:
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if more:
        meta["next_token"] = page_token(page[-1].id)
    return meta


def seen(entry: Entry, author: SandboxAccount) -> tuple[str, dict[str, Any]]:
    """As `shown`; behind a text with images X puts a link to them."""
    text, found = shown(entry.text)
    if entry.media:
        place = f"https://x.com/{author.screen_name}/status/{entry.id}/photo/1"
        short = _short(place)
        text = f"{text} {short}".lstrip()
        for one in entry.media:
            detail = {"start": len(text) - len(short), "end": len(text), "url": short}
            detail |= {"expanded_url": place, "display_url": f"pic.x.com/{short[-10:]}"}
            found.setdefault("urls", []).append(detail | {"media_key": f"3_{one['id']}"})
    return text, found


def shown(text: str) -> tuple[str, dict[str, Any]]:
    """`text` as X's reads give it, and its entities with offsets into that.

    NFC, trimmed, `&<>` as HTML entities, every link as `https://t.co/…`; a bare domain's
    `expanded_url` begins with `http://`.
    """
    source = unicodedata.normalize("NFC", text).strip()
    found: dict[str, Any] = {}
    result, position = "", 0
    for entity in entities(source, PLATFORM):
        result += _escaped(source[position : entity.start])
        said = _short(entity.text) if entity.kind == "url" else _escaped(entity.text)
        place = {"start": len(result), "end": len(result) + len(said)}
        kind, detail = _described(entity.kind, entity.text, said)
        found.setdefault(kind, []).append(place | detail)
        result, position = result + said, entity.end
    return result + _escaped(source[position:]), found


def _described(kind: str, text: str, said: str) -> tuple[str, dict[str, str]]:
    if kind == "url":
        expanded = text if re.match(r"https?://", text, re.IGNORECASE) else f"http://{text}"
        display = re.sub(r"(?i)^https?://", "", text)
        display = display if len(display) <= 27 else f"{display[:26]}…"
        return "urls", {"url": said, "expanded_url": expanded, "display_url": display}
    if kind == "mention":
        return "mentions", {"username": text[1:]}
    return f"{kind}s", {"tag": text[1:]}


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _short(url: str) -> str:
    number = int.from_bytes(hashlib.sha256(url.encode()).digest()[:8])
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "https://t.co/" + "".join(digits[number // 62**place % 62] for place in range(10))


def _new_to(own: Iterable[Entry], entry: Entry) -> None:
    text, since = _normal(entry.text), entry.created_at - DUPLICATE_WINDOW
    recent = (e for e in own if e.platform == PLATFORM and e.created_at > since)
    if any(_normal(e.text) == text for e in recent):
        refuse(named_refusal("duplicate"))


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
