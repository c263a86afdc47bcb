"""Facebook Graph for Pages: posts of text, link or photos, the page's feed, deletion.

https://developers.facebook.com/docs/graph-api/reference/page/feed. Where Graph would ignore
a parameter that the sandbox cannot honour, the sandbox refuses it: nothing is dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from jposocial.platforms import measure
from jposocial.sandbox.exchange import (
    Answer,
    Refusal,
    Request,
    SandboxAccount,
    World,
    json_answer,
)
from jposocial.sandbox.graph_errors import coded, of_status
from jposocial.sandbox.graph_errors import error as _error
from jposocial.sandbox.graph_errors import missing as _missing
from jposocial.sandbox.graph_errors import refuse as _refuse
from jposocial.sandbox.timeline import Entry

PLATFORM = "facebook"
FIRST_POST = 122_000_000_000_000_000

_PATH = re.compile(r"/(v[0-9]+\.[0-9]+)/([0-9_]+|me)(?:/(feed|published_posts|posts|photos))?")
_PAGE_FIELDS = ("id", "name", "username", "link")
_POST_FIELDS = (
    "id", "message", "created_time", "permalink_url", "link", "from", "is_published",
    "attachments",
)  # fmt: skip
MAX_PHOTO = 10_000_000
MOST_PHOTOS = 10
_LISTING = frozenset({"access_token", "fields", "since", "until", "limit", "after", "before"})


class Facebook:
    """The service; owns every path under a version such as `/v23.0/`."""

    def __init__(self, world: World) -> None:
        self.world = world

    def owns(self, path: str) -> bool:
        return re.match(r"/v[0-9]+\.[0-9]+/", path) is not None

    def account_of(self, request: Request) -> SandboxAccount | None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        token = credentials.strip() if scheme.lower() in ("bearer", "oauth") else ""
        return self.world.by_token(PLATFORM, _parameters(request).get("access_token", token))

    def refusal(self, status: int, reason: str = "") -> Answer:
        return coded(reason, status) if reason else of_status(status)

    def answer(self, request: Request) -> Answer:
        account = self.account_of(request)
        if account is None:
            return _error(400, 190, "Invalid OAuth access token - Cannot parse access token")
        try:
            answer = self._routed(account, request)
        except Refusal as refusal:
            answer = refusal.answer
        return replace(answer, headers={**answer.headers, **_usage(account, request)})

    def _routed(self, account: SandboxAccount, request: Request) -> Answer:
        if request.path.endswith("/debug_token") and request.method == "GET":
            return self._described(request)
        match = _PATH.fullmatch(request.path)
        if match is None:
            _refuse(400, 2500, "Unknown path components")
        node, edge = match[2], match[3]
        if "_" in node:
            return self._post(account, request, node, edge)
        page = self._page(account, node)
        if edge is None and request.method == "GET":
            return json_answer(200, _chosen(_page_fields(page), request, ("id", "name"), "Page"))
        if edge == "feed" and request.method == "POST":
            return self._create(account, page, request)
        if edge == "photos" and request.method == "POST":
            return self._receive(account, page, request)
        if edge not in (None, "photos") and request.method == "GET":
            return self._feed(page, request)
        return _error(400, 100, f"Unsupported {request.method.lower()} request.")

    def _described(self, request: Request) -> Answer:
        """https://developers.facebook.com/docs/graph-api/reference/debug_token"""
        _known(request.query, {"access_token", "input_token"})
        found = self.world.by_token(PLATFORM, request.query.get("input_token", ""))
        if found is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return json_answer(200, {"data": {"error": error, "is_valid": False, "scopes": []}})
        expires = int(found.expires.timestamp()) if found.expires else 0
        about = {"type": "PAGE", "is_valid": True, "profile_id": found.remote_id}
        scopes = [scope for scope in found.scopes if scope.startswith("pages_")]
        return json_answer(200, {"data": about | {"expires_at": expires, "scopes": scopes}})

    def _page(self, account: SandboxAccount, node: str) -> SandboxAccount:
        page = account if node == "me" else self.world.by_remote_id(PLATFORM, node)
        if page is None:
            _missing(node)
        return page

    def _receive(self, account: SandboxAccount, page: SandboxAccount, request: Request) -> Answer:
        """A photo that waits for its post: `published=false` and a multipart `source`."""
        _own(account, page)
        given, source = _parameters(request), request.multipart().get("source")
        _known(given, {"access_token", "published", "alt_text_custom"})
        if given.get("published") not in (False, "false", "0"):
            _refuse(400, 100, "(#100) Only unpublished photos are supported by the sandbox.")
        if source is None or not source.is_file or not source.data:
            _refuse(400, 324, "(#324) Missing or invalid image file")
        if len(source.data) > MAX_PHOTO:
            _refuse(400, 1, f"(#1) The photo is larger than {MAX_PHOTO} bytes.")
        if source.data[:4] == b"RIFF":
            _refuse(400, 324, "(#324) WebP is not supported by the sandbox.")
        alt = str(given.get("alt_text_custom", ""))
        try:
            stored = self.world.receive(
                account, source.data, alt, lambda number: str(FIRST_POST + number)
            )
        except ValueError:
            _refuse(400, 324, "(#324) Missing or invalid image file")
        return json_answer(200, {"id": stored.id})

    def _photos(
        self, account: SandboxAccount, given: Mapping[str, Any]
    ) -> tuple[dict[str, str], ...]:
        ids = _attached(given)
        found = [self.world.waiting(account, one) for one in ids]
        known = tuple(upload.shown() for upload in found if upload)
        if len(known) < len(ids):
            _refuse(400, 100, "(#100) attached_media: a photo does not exist, or not any more.")
        return known

    def _create(self, account: SandboxAccount, page: SandboxAccount, request: Request) -> Answer:
        _own(account, page)
        given = _parameters(request)
        message, link = _draft(given)
        entry = Entry(
            account=account.name,
            platform=PLATFORM,
            text=message,
            link=link,
            media=self._photos(account, given),
            created_at=self.world.clock(),
        )
        stored = self.world.timeline.append(
            entry,
            lambda number: f"{account.remote_id}_{FIRST_POST + number}",
            lambda own: _new_to(own, entry),
        )
        return json_answer(200, {"id": stored.id})

    def _feed(self, page: SandboxAccount, request: Request) -> Answer:
        _known(request.query, _LISTING)
        newest_first = self.world.posted(page)[::-1]
        found = [e for e in newest_first if _within(e, request.query)]
        start, end = _window(found, request.query)
        shown = found[start:end]
        if not shown:
            return json_answer(200, {"data": []})
        default = ("created_time", "message", "id")
        listed = [_chosen(_post_fields(e, page), request, default, "Post") for e in shown]
        paging = _paging(request, shown, more=end < len(found), earlier=start > 0)
        return json_answer(200, {"data": listed, "paging": paging})

    def _post(
        self, account: SandboxAccount, request: Request, node: str, edge: str | None
    ) -> Answer:
        found = self.world.find(PLATFORM, node)
        if found is None or edge is not None:
            _missing(node)
        entry, page = found
        if request.method == "GET":
            default = ("created_time", "message", "id")
            return json_answer(200, _chosen(_post_fields(entry, page), request, default, "Post"))
        if request.method != "DELETE":
            _refuse(400, 100, "Unsupported post request.")
        if page is not account:
            _refuse(403, 200, "(#200) Permissions error")
        deleted = self.world.timeline.delete(entry.id, self.world.clock())
        return json_answer(200, {"success": deleted})


def _own(account: SandboxAccount, page: SandboxAccount) -> None:
    if page is not account:
        _refuse(403, 200, "(#200) You do not have permission to post on this Page.")


def _attached(given: Mapping[str, Any]) -> list[str]:
    """The ids in `attached_media`, a list or a list in JSON."""
    wanted = given.get("attached_media", [])
    if isinstance(wanted, str):
        try:
            wanted = json.loads(wanted)
        except ValueError:
            wanted = None
    if not isinstance(wanted, list) or len(wanted) > MOST_PHOTOS:
        _refuse(400, 100, f"(#100) attached_media must be an array of at most {MOST_PHOTOS}.")
    if not all(isinstance(one, dict) and set(one) == {"media_fbid"} for one in wanted):
        _refuse(400, 100, "(#100) attached_media: objects with media_fbid are wanted.")
    return [str(one["media_fbid"]) for one in wanted]


def _parameters(request: Request) -> dict[str, Any]:
    """Query, and body as JSON or as a form. Raises nothing: what is unreadable is empty."""
    query = dict(request.query)
    if request.media_type == "multipart/form-data":
        pieces = request.multipart().items()
        return query | {name: piece.text for name, piece in pieces if not piece.is_file}
    if request.media_type == "application/json":
        try:
            body = request.json()
        except ValueError:
            return query
        return query | body if isinstance(body, dict) else query
    return query | request.form()


def _draft(given: Mapping[str, Any]) -> tuple[str, str | None]:
    _known(given, {"access_token", "message", "link", "published", "attached_media"})
    message, link = given.get("message", ""), given.get("link")
    if not isinstance(message, str) or not isinstance(link, str | None):
        _refuse(400, 100, "(#100) Param message must be a string.")
    if given.get("published", True) not in (True, "true", "1"):
        _refuse(400, 100, "(#100) Unpublished posts are not supported by the sandbox.")
    if not message.strip() and not link and not _attached(given):
        _refuse(400, 100, "(#100) Missing message or attachment.")
    if link and _attached(given):
        _refuse(400, 100, "(#100) link and attached_media do not go together.")
    if link and not re.match(r"https?://[^\s/]+", link):
        _refuse(400, 100, "(#100) link URL is not properly formatted")
    measured = measure(message, PLATFORM)
    if measured.length > measured.limit:
        _refuse(400, 100, f"(#100) Param message must be at most {measured.limit} characters.")
    return message, link


def _known(given: Iterable[str], known: Iterable[str]) -> None:
    for name in sorted(set(given) - set(known)):
        _refuse(400, 100, f"(#100) The parameter {name} is not supported by the sandbox.")


def _new_to(own: Sequence[Entry], entry: Entry) -> None:
    # "Duplicate posts cannot be published consecutively": only the latest one counts.
    if (
        own
        and own[-1].platform == PLATFORM
        and (own[-1].text, own[-1].link) == (entry.text, entry.link)
        and [m["digest"] for m in own[-1].media] == [m["digest"] for m in entry.media]
    ):
        _refuse(400, 506, "Duplicate status message")


def _within(entry: Entry, query: Mapping[str, str]) -> bool:
    since, until = _instant(query, "since"), _instant(query, "until")
    posted = entry.created_at.astimezone(UTC).replace(microsecond=0)
    return (since is None or posted >= since) and (until is None or posted <= until)


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    given = query.get(name)
    if given is None:
        return None
    try:
        if re.fullmatch(r"[0-9]{1,11}", given):
            return datetime.fromtimestamp(int(given), UTC)
        instant = datetime.fromisoformat(given)
    except ValueError:
        _refuse(400, 100, f"(#100) {name}: neither a Unix time nor an ISO 8601 date")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _window(found: Sequence[Entry], query: Mapping[str, str]) -> tuple[int, int]:
    """From which to which of the entries the page goes."""
    given = query.get("limit", "25")
    if not re.fullmatch(r"[0-9]{1,3}", given) or not 1 <= int(given) <= 100:
        _refuse(400, 100, "(#100) limit: 1 to 100")
    size, numbers = int(given), [_number(e.id) for e in found]
    if "after" in query:
        start = sum(number >= _number(query["after"]) for number in numbers)
        return start, start + size
    if "before" in query:
        end = sum(number > _number(query["before"]) for number in numbers)
        return max(0, end - size), end
    return 0, size


def _number(cursor: str) -> int:
    """A cursor is a post's id; it holds when that post is deleted meanwhile."""
    if not re.fullmatch(r"[0-9]{1,20}_[0-9]{1,20}", cursor):
        _refuse(400, 100, "(#100) The cursor is not valid.")
    return int(cursor.rpartition("_")[2])


def _paging(
    request: Request, shown: Sequence[Entry], *, more: bool, earlier: bool
) -> dict[str, Any]:
    """Cursors and addresses; the token is in them only if it came in the address."""
    base = f"http://{request.headers.get('host', 'localhost')}{request.path}?"
    query = {k: v for k, v in request.query.items() if k not in ("after", "before")}
    first, last = shown[0].id, shown[-1].id
    paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
    if earlier:
        paging["previous"] = base + urlencode({**query, "before": first})
    if more:
        paging["next"] = base + urlencode({**query, "after": last})
    return paging


def _chosen(
    values: Mapping[str, Any], request: Request, default: Sequence[str], node: str
) -> dict[str, Any]:
    """The fields that were asked for; `id` always, absent values never."""
    given = request.query.get("fields")
    # What is asked for of an attachment is given whole.
    wanted = re.sub(r"\{[^{}]*(?:\{[^{}]*\})*[^{}]*\}", "", given).split(",") if given else default
    for name in wanted:
        if name not in values:
            about = f"Tried accessing nonexisting field ({name}) on node type ({node})"
            _refuse(400, 100, f"(#100) {about}")
    return {name: values[name] for name in (*wanted, "id") if values[name] not in (None, "")}


def _page_fields(page: SandboxAccount) -> dict[str, Any]:
    link = f"https://www.facebook.com/{page.screen_name}"
    values = (page.remote_id, page.display_name, page.screen_name, link)
    return dict(zip(_PAGE_FIELDS, values, strict=True))


def _post_fields(entry: Entry, page: SandboxAccount) -> dict[str, Any]:
    created = f"{entry.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000"
    number = entry.id.rpartition("_")[2]
    permalink = f"https://www.facebook.com/{page.remote_id}/posts/{number}"
    author = {"name": page.display_name, "id": page.remote_id}
    shown = _attachments(entry)
    values = (entry.id, entry.text, created, permalink, entry.link, author, True, shown)
    return dict(zip(_POST_FIELDS, values, strict=True))


def _attachments(entry: Entry) -> dict[str, Any] | None:
    """https://developers.facebook.com/docs/graph-api/reference/story-attachment"""
    photos: list[dict[str, Any]] = [
        {"media_type": "photo", "description": m["alt"]} for m in entry.media
    ]
    if len(photos) > 1:
        return {"data": [{"media_type": "album", "subattachments": {"data": photos}}]}
    if photos:
        return {"data": photos}
    return {"data": [{"media_type": "link", "url": entry.link}]} if entry.link else None


def _usage(account: SandboxAccount, request: Request) -> dict[str, str]:
    usage = {
        "type": "pages",
        "call_count": 1,
        "total_cputime": 1,
        "total_time": 1,
        "estimated_time_to_regain_access": 0,
    }
    version = request.path.split("/")[1]
    by_page = json.dumps({account.remote_id: [usage]})
    return {"facebook-api-version": version, "x-business-use-case-usage": by_page}
