"""A Facebook Page through the Graph API: posts, their images, whoami, and the page's own feed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import requests

from jposocial.errors import (
    OutcomeUnknown,
    PublishError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.model import Account, Identity, Part, Permissions, Receipt, Variant
from jposocial.net import TimedSession, json_object
from jposocial.platforms import entities
from jposocial.protocols import Journal
from jposocial.publishers.credentials import redact
from jposocial.publishers.outcomes import broken, is_definite, reading, refusal, unread
from jposocial.publishers.parts import post_parts
from jposocial.publishers.text import same_text
from jposocial.publishers.uploads import Supplies, Upload, uploads

HOST: Final = "https://graph.facebook.com"

#: https://developers.facebook.com/docs/graph-api/changelog: v25.0 lives until 2028-07-29.
DEFAULT_VERSION: Final = "v25.0"

_MOST_PAGES: Final = 10

#: Without it a page's token posts nothing.
_POSTING: Final = "pages_manage_posts"

#: In minutes; no limit lasts longer.
_DAY: Final = 24 * 60.0

#: An unpublished photo is taken away after about a day.
_LIVES: Final = timedelta(hours=20)

#: Graph's error codes (https://developers.facebook.com/docs/graph-api/guides/error-handling).
#: Codes that are not here follow the HTTP status. 1 and 2 leave open what was done.
_CODES: Final[Mapping[int, type[PublishError]]] = {
    1: OutcomeUnknown,
    2: OutcomeUnknown,
    3: Unauthorized,
    4: RateLimited,
    10: Unauthorized,
    17: RateLimited,
    32: RateLimited,
    100: Rejected,
    102: Unauthorized,
    190: Unauthorized,
    341: RateLimited,
    368: Unauthorized,
    506: Rejected,
    613: RateLimited,
    80001: RateLimited,
    # A permission is missing; which one, the last two digits say.
    **dict.fromkeys(range(200, 300), Unauthorized),
}
_DUPLICATE: Final = 506

#: "Object … does not exist, cannot be loaded due to missing permissions, …": code and subcode.
_MISSING: Final = (100, 33)

#: The token itself is of no use; with any other refusal of the account it is good all the same.
_TOKEN: Final = frozenset({102, 190})

#: https://developers.facebook.com/docs/graph-api/overview/rate-limiting: for each page a list of
#: limits, each with the minutes until the page may call again.
_USAGE: Final = "x-business-use-case-usage"

#: https://developers.facebook.com/docs/graph-api/reference/story-attachment
_ATTACHMENTS: Final = "attachments{media_type,subattachments{media_type}}"


class _Bearer(requests.auth.AuthBase):
    """The token in a header: never in a URL, and not to be overridden by a .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class FacebookPublisher:
    platform: ClassVar[str] = "facebook"

    def __init__(
        self, account: Account, secrets: Mapping[str, str], supplies: Supplies | None = None
    ) -> None:
        self._supplies = supplies
        self._session = TimedSession(account.timeout.total_seconds(), account.base_url)
        self._token = secrets["page_token"]
        self._session.auth = _Bearer(self._token)
        self._root = f"{HOST}/{account.options.get('api_version') or DEFAULT_VERSION}"
        self._page = account.options.get("page_id") or "me"

    def key_window(self) -> timedelta | None:
        return None

    def publish(self, variant: Variant, journal: Journal) -> tuple[Receipt, ...]:
        if len(variant.parts) > 1:
            # The checks refuse it (E21); nothing is dropped or run together here either.
            raise Rejected("a page has no threads")

        def prepare(part: Part, number: int) -> list[str]:
            return uploads(part.media, number, journal, self._supplies, self._upload)

        return post_parts(variant, journal, prepare, self._post)

    def _upload(self, data: bytes, media_type: str, alt: str) -> Upload:
        """https://developers.facebook.com/docs/graph-api/reference/page/photos"""
        values = {"published": "false"} | ({"alt_text_custom": alt} if alt else {})
        name = f"image.{media_type.removeprefix('image/')}"
        answer = self._call(
            "POST", f"/{self._page}/photos", visible=False,
            data=values, files={"source": (name, data, media_type)},
        )  # fmt: skip
        if not answer.get("id"):
            raise Unavailable("2xx without a photo's id")
        return Upload(id=str(answer["id"]), lives=_LIVES)

    def _post(self, part: Part, images: Sequence[str], _parent: str | None) -> dict[str, str]:
        values = payload(part, images)
        answer = self._call("POST", f"/{self._page}/feed", visible=True, data=values)
        remote = answer.get("id")
        if not remote:
            raise OutcomeUnknown("2xx without an id")
        return {"id": str(remote), "url": f"https://www.facebook.com/{remote}"}

    def whoami(self) -> Identity:
        answer = self._call("GET", "/me", visible=False, params={"fields": "id,name,username"})
        if not answer.get("id"):
            raise Unavailable("2xx without an id")
        handle = str(answer.get("username") or answer["id"])
        return Identity(id=str(answer["id"]), handle=handle, name=str(answer.get("name", "")))

    def permissions(self) -> Permissions:
        """https://developers.facebook.com/docs/graph-api/reference/debug_token"""
        with reading("the token's description"):
            answer = self._call(
                "GET", "/debug_token", visible=False, params={"input_token": self._token}
            )
            return _permissions(answer["data"])

    def delete(self, remote: str) -> bool:
        """https://developers.facebook.com/docs/graph-api/reference/page-post#deleting"""
        try:
            answer = self._call("DELETE", f"/{remote}", visible=True)
        except Rejected:
            if self._is_missing() and self._is_gone(remote):
                return False
            raise
        if answer.get("success") is not True:
            raise OutcomeUnknown("2xx that does not say that it is deleted")
        return True

    def _is_missing(self) -> bool:
        """Whether the last answer says that there is no such post, or that we may not see it."""
        answer = self._session.answer
        if answer is None:
            return False
        error = json_object(answer).get("error")
        known = error if isinstance(error, dict) else {}
        return (
            answer.status_code == 404 or (known.get("code"), known.get("error_subcode")) == _MISSING
        )

    def _is_gone(self, remote: str) -> bool:
        """That answer also hides a missing permission: what can be read is there."""
        try:
            self._call("GET", f"/{remote}", visible=False, params={"fields": "id"})
        except Rejected:
            return self._is_missing()
        return False

    def find(
        self, part: Part, identity: Identity, since: datetime, parent: str | None = None
    ) -> list[Receipt]:
        if parent is not None:
            # Comments are not in the feed, and nothing of ours is one.
            return []
        with reading("the feed"):
            return [
                Receipt(
                    part=0,
                    id=str(post["id"]),
                    url=str(post.get("permalink_url") or f"https://www.facebook.com/{post['id']}"),
                    accepted_at=_instant(post, since),
                )
                for post in self._feed(since)
                if same_text(part.text, str(post.get("message", "")))
                and len(part.media) == _photos(post)
            ]

    def _feed(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        params = {
            "fields": f"id,message,created_time,permalink_url,{_ATTACHMENTS}",
            "since": str(int(since.timestamp())),
            "limit": "25",
        }
        for _ in range(_MOST_PAGES):
            answer = self._call("GET", f"/{self._page}/feed", visible=False, params=params)
            yield from answer.get("data") or ()
            paging = answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if not after or "next" not in paging:
                return
            params = params | {"after": str(after)}
        raise Unavailable("the feed since the attempt is too long to read")

    def _call(self, method: str, path: str, *, visible: bool, **values: Any) -> Mapping[str, Any]:
        try:
            response = self._session.request(method, self._root + path, **values)
        except Exception as error:  # noqa: BLE001  whatever it is, what counts is what was sent
            raise broken(error, self._session, visible=visible) from None
        answer = json_object(response)
        if response.status_code != 200 or "error" in answer:
            refused = _refused(response.status_code, answer.get("error"), visible=visible)
            raise self._told_until(refused, response)
        return answer

    def _told_until(self, error: PublishError, response: requests.Response) -> PublishError:
        """A limit with its end, where Graph gives one."""
        minutes = _minutes(response.headers.get(_USAGE, ""))
        if not isinstance(error, RateLimited) or not minutes or self._supplies is None:
            return error
        return RateLimited(error.detail, self._supplies.clock() + timedelta(minutes=minutes))


def payload(part: Part, images: Sequence[str] = ()) -> dict[str, str]:
    """What `POST /{page}/feed` takes (https://developers.facebook.com/docs/graph-api/reference/page/feed)."""
    if images:
        attached = json.dumps([{"media_fbid": remote} for remote in images])
        return {"message": part.text, "attached_media": attached}
    # Graph draws the card of an address only where it is named beside the text.
    links = [found.text for found in entities(part.text, "facebook") if found.kind == "url"]
    return {"message": part.text} | ({"link": links[0]} if links else {})


def _permissions(said: Mapping[str, Any]) -> Permissions:
    """The earlier of two ends: the token's own, and that of the access to data. 0 is never."""
    ends = [int(said.get(key) or 0) for key in ("expires_at", "data_access_expires_at")]
    known = said.get("scopes")
    scopes = tuple(str(scope) for scope in known) if isinstance(known, list) else None
    lacking = () if scopes is None or _POSTING in scopes else (_POSTING,)
    return Permissions(
        expires=min((datetime.fromtimestamp(end, UTC) for end in ends if end > 0), default=None),
        scopes=scopes,
        lacking=lacking,
    )


def _photos(post: Mapping[str, Any]) -> int:
    """A single photo is an attachment; several are below one. A link's preview is none."""
    count = 0
    for attachment in (post.get("attachments") or {}).get("data") or ():
        below = (attachment.get("subattachments") or {}).get("data") or ()
        count += sum(one.get("media_type") == "photo" for one in below or (attachment,))
    return count


def _refused(status: int, error: Any, *, visible: bool) -> PublishError:
    """By Graph's code where it is known, else by the HTTP status."""
    known = error if isinstance(error, dict) else {}
    code, words = known.get("code"), f"({known.get('code')}) {known.get('message', '')}"
    detail = redact(f"{status} {words}")
    meaning = _CODES.get(code) if isinstance(code, int) and is_definite(status) else None
    # What is called transient is no refusal of this content, whatever else is said of it.
    in_doubt = meaning in (None, Rejected) and known.get("is_transient")
    if meaning is OutcomeUnknown or in_doubt:
        return OutcomeUnknown(detail) if visible else Unavailable(detail)
    if meaning is None:
        return (refusal if visible else unread)(status, words)
    if meaning is Rejected:
        return Rejected(detail, duplicate=code == _DUPLICATE)
    if meaning is Unauthorized:
        return Unauthorized(detail, lasting=code not in _TOKEN)
    return meaning(detail)


def _minutes(usage: str) -> float:
    """The longest time that is to be waited for; 0 where the header says nothing of use."""
    try:
        limits = [limit for page in json.loads(usage).values() for limit in page]
        found = max(float(limit["estimated_time_to_regain_access"]) for limit in limits)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return 0
    return min(found, _DAY) if found > 0 else 0


def _instant(post: Mapping[str, Any], since: datetime) -> datetime:
    created = post.get("created_time")
    return datetime.fromisoformat(str(created)) if created else since
