"""X, through tweepy: posts, their images, whoami, and the own timeline.

tweepy 4.17 sets no time-out and follows redirects; both are mended by its session. It knows
nothing of images in version 2: those calls are made here, on the same session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import requests
import tweepy

from jposocial.errors import OutcomeUnknown, PublishError, Rejected, Unauthorized, Unavailable
from jposocial.model import Account, Identity, Part, Permissions, Receipt, Variant
from jposocial.net import TimedSession, json_object
from jposocial.protocols import Journal
from jposocial.publishers.credentials import redact
from jposocial.publishers.outcomes import broken, is_definite, reading, refusal, unread
from jposocial.publishers.parts import post_parts
from jposocial.publishers.text import expanded, same_text
from jposocial.publishers.uploads import Supplies, Upload, uploads

#: Where tweepy does not go; a path of `base_url` where the account has one.
HOST: Final = "https://api.x.com"

#: How long an image waits for its post where X does not say.
_LIVES: Final = timedelta(hours=24)

#: X's own words for a text it has already (https://docs.x.com/x-api/posts/creation-of-a-post).
_DUPLICATE: Final = "duplicate content"

#: The last piece of a problem's `type`: the account or its app may not post, whatever the text
#: (https://docs.x.com/x-api/fundamentals/response-codes-and-errors).
_STOPPED: Final = frozenset(
    {
        "usage-capped",
        "credits",
        "client-forbidden",
        "oauth1-permissions",
        "unsupported-authentication",
    }
)

#: The same where X gives no type but `about:blank`.
_STOPPED_WORDS: Final = ("account is suspended", "account is temporarily locked")

#: Families of `x-…-limit|remaining|reset`; the daily ones come with 429 for `POST /2/tweets`.
_WINDOWS: Final = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")

# At level DEBUG these write the access token.
for _name in ("oauthlib", "requests_oauthlib", "tweepy"):
    logging.getLogger(_name).setLevel(logging.INFO)

#: A timeline longer than this since the attempt is for a person to read.
_MOST_PAGES: Final = 10


class XPublisher:
    platform: ClassVar[str] = "x"

    def __init__(
        self, account: Account, secrets: Mapping[str, str], supplies: Supplies | None = None
    ) -> None:
        self._supplies = supplies
        self._session = TimedSession(account.timeout.total_seconds(), account.base_url)
        self._client = tweepy.Client(
            consumer_key=secrets["consumer_key"],
            consumer_secret=secrets["consumer_secret"],
            access_token=secrets["access_token"],
            access_token_secret=secrets["access_token_secret"],
            # Its models warn of whatever X adds or renames.
            return_type=dict,
            wait_on_rate_limit=False,
        )
        self._client.session = self._session
        self._auth = tweepy.OAuth1UserHandler(
            secrets["consumer_key"],
            secrets["consumer_secret"],
            secrets["access_token"],
            secrets["access_token_secret"],
        ).apply_auth()
        self._handle = account.handle.lstrip("@")

    def key_window(self) -> timedelta | None:
        return None

    def publish(self, variant: Variant, journal: Journal) -> tuple[Receipt, ...]:
        def prepare(part: Part, number: int) -> list[str]:
            ids = uploads(part.media, number, journal, self._supplies, self._upload)
            for remote, image in zip(ids, part.media, strict=True):
                self._describe(remote, image.alt, journal)
            return ids

        return post_parts(variant, journal, prepare, self._post)

    def _upload(self, data: bytes, media_type: str, alt: str) -> Upload:
        """https://docs.x.com/x-api/media/upload-media"""
        answer = self._send(
            "/2/media/upload",
            files={"media": (f"image.{media_type.removeprefix('image/')}", data, media_type)},
            data={"media_category": "tweet_image", "media_type": media_type},
        )
        found = answer.get("data")
        remote = _id_of(answer)
        if not isinstance(found, dict) or remote is None:
            raise Unavailable("2xx without a media id")
        seconds = found.get("expires_after_secs")
        lives = timedelta(seconds=seconds) if isinstance(seconds, int) else _LIVES
        return Upload(id=remote, lives=lives)

    def _describe(self, remote: str, alt: str, journal: Journal) -> None:
        """https://docs.x.com/x-api/media/create-media-metadata"""
        step = f"metadata:{remote}"
        if alt and journal.proved(step) is None:
            metadata = {"alt_text": {"text": alt}}
            self._send("/2/media/metadata", json={"id": remote, "metadata": metadata})
            journal.prove(step, id=remote)

    def _send(self, path: str, **values: Any) -> Mapping[str, Any]:
        """A step that readers do not see. Raises PublishError."""
        try:
            answer = self._session.request("POST", HOST + path, auth=self._auth, **values)
        except Exception as error:  # noqa: BLE001  whatever it is, it can be done again
            raise broken(error, self._session, visible=False) from None
        if answer.status_code >= 300:
            raise _refused(answer, visible=False)
        found = json_object(answer)
        if answer.content and not found.get("data"):
            # Half an answer, or one that names errors alone: it is done again.
            raise Unavailable(redact(f"{answer.status_code} without data {_detail(found)}"))
        return found

    def _post(self, part: Part, images: Sequence[str], parent: str | None) -> dict[str, str]:
        values = payload(part, images, parent)
        remote = _id_of(self._call(self._client.create_tweet, visible=True, **values))
        if remote is None:
            raise OutcomeUnknown("2xx without an id")
        return {"id": remote, "url": self._url(remote)}

    def _url(self, remote: str) -> str:
        return f"https://x.com/{self._handle}/status/{remote}"

    def whoami(self) -> Identity:
        user = self._call(self._client.get_me, visible=False).get("data")
        if not isinstance(user, dict) or not user.get("id") or not user.get("username"):
            raise Unavailable("2xx without a user")
        return Identity(
            id=str(user["id"]), handle=str(user["username"]), name=str(user.get("name", ""))
        )

    def permissions(self) -> Permissions:
        """X says it in a header of every answer: `read`, `read-write` or more; nothing expires."""
        answer = self._session.answer
        level = answer.headers.get("x-access-level", "") if answer is not None else ""
        scopes = tuple(level.split("-")) if level else None
        lacking = ("write",) if scopes and "write" not in scopes else ()
        return Permissions(scopes=scopes, lacking=lacking)

    def delete(self, remote: str) -> bool:
        """https://docs.x.com/x-api/posts/delete-post"""
        try:
            answer = self._call(self._client.delete_tweet, visible=True, id=remote)
        except Rejected:
            if self._session.answer is not None and self._session.answer.status_code == 404:
                return False
            raise
        said = answer.get("data")
        if not isinstance(said, dict) or said.get("deleted") is not True:
            raise OutcomeUnknown("2xx that does not say that it is deleted")
        return True

    def find(
        self, part: Part, identity: Identity, since: datetime, parent: str | None = None
    ) -> list[Receipt]:
        with reading("the timeline"):
            return [
                Receipt(
                    part=0,
                    id=str(post["id"]),
                    url=self._url(str(post["id"])),
                    accepted_at=_instant(post, since),
                )
                for post in self._timeline(identity, since)
                if same_text(part.text, expanded(str(post.get("text", "")), _urls(post)))
                and len(part.media) == _images(post)
                and parent == _parent(post)
            ]

    def _timeline(self, identity: Identity, since: datetime) -> Iterator[Mapping[str, Any]]:
        token: str | None = None
        for _ in range(_MOST_PAGES):
            posts, token = self._page(identity, since, token)
            yield from posts
            if not token:
                return
        raise Unavailable("the timeline since the attempt is too long to read")

    def _page(
        self, identity: Identity, since: datetime, token: str | None
    ) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        answer = self._call(
            self._client.get_users_tweets, visible=False,
            id=identity.id, start_time=since, max_results=5, pagination_token=token,
            tweet_fields=["attachments", "created_at", "entities", "referenced_tweets"],
        )  # fmt: skip
        return answer.get("data") or (), (answer.get("meta") or {}).get("next_token")

    def _call(self, ask: Callable[..., Any], *, visible: bool, **values: Any) -> Mapping[str, Any]:
        """The answer's JSON object; empty where it is another value. Raises PublishError."""
        try:
            answer = ask(**values, user_auth=True)
        except Exception as error:  # noqa: BLE001  tweepy fails in any way on what it cannot digest
            raise _translated(error, self._session, visible=visible) from None
        return answer if isinstance(answer, dict) else {}


def payload(part: Part, images: Sequence[str] = (), parent: str | None = None) -> dict[str, Any]:
    """What `POST /2/tweets` is given (https://docs.x.com/x-api/posts/creation-of-a-post).

    tweepy makes `reply: {in_reply_to_tweet_id}` and `media: {media_ids}` of it.
    """
    values: dict[str, Any] = {"text": part.text}
    values |= {"media_ids": list(images)} if images else {}
    return values | ({"in_reply_to_tweet_id": parent} if parent else {})


def _id_of(answer: Mapping[str, Any]) -> str | None:
    found = answer.get("data")
    remote = found.get("id") if isinstance(found, dict) else None
    return str(remote) if remote else None


def _urls(post: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = (post.get("entities") or {}).get("urls") or ()
    return found


def _replied_to(post: Mapping[str, Any]) -> str | None:
    for other in post.get("referenced_tweets") or ():
        if other.get("type") == "replied_to":
            return str(other.get("id"))
    return None


def _images(post: Mapping[str, Any]) -> int:
    return len((post.get("attachments") or {}).get("media_keys") or ())


def _parent(post: Mapping[str, Any]) -> str | None:
    """The id that it replies to."""
    replied = (r for r in post.get("referenced_tweets") or () if r.get("type") == "replied_to")
    return next((str(r["id"]) for r in replied), None)


def _instant(post: Mapping[str, Any], since: datetime) -> datetime:
    created = post.get("created_at")
    return datetime.fromisoformat(str(created)) if created else since


def _translated(error: Exception, session: TimedSession, *, visible: bool) -> PublishError:
    """By what X answered, not by what tweepy makes of it; without an answer, by what was sent."""
    answer = session.answer
    if answer is None or answer.status_code < 300:
        return broken(error, session, visible=visible)
    return _refused(answer, visible=visible)


def _refused(answer: requests.Response, *, visible: bool) -> PublishError:
    status, problem = answer.status_code, json_object(answer)
    detail = _detail(problem) or str(answer.reason)
    if visible and status == 403 and _DUPLICATE in detail.lower():
        return Rejected(redact(f"{status} {detail}"), duplicate=True)
    if is_definite(status) and _is_stopped(status, problem, detail):
        return Unauthorized(redact(f"{status} {detail}"), lasting=True)
    sort = refusal if visible else unread
    return sort(status, detail, _until(answer.headers))


def _is_stopped(status: int, problem: Mapping[str, Any], detail: str) -> bool:
    """Whether X refuses the account or its app rather than this post."""
    if str(problem.get("type")).rpartition("/")[2] in _STOPPED:
        return True
    return status == 403 and any(words in detail.lower() for words in _STOPPED_WORDS)


def _until(headers: Mapping[str, str]) -> datetime | None:
    """When the last of the windows that are used up ends; of a lone reset, that."""
    used = [name for name in _WINDOWS if headers.get(f"{name}-remaining") == "0"]
    ends = [_reset(headers.get(f"{name}-reset", "")) for name in used or _WINDOWS[:1]]
    return max((end for end in ends if end), default=None)


def _detail(problem: Mapping[str, Any]) -> str:
    """X's words: of each error, and of the whole."""
    errors = problem.get("errors")
    each = (
        [e.get("message") for e in errors if isinstance(e, dict)]
        if isinstance(errors, list)
        else []
    )
    return " ".join(str(words) for words in [*each, problem.get("detail")] if words)


def _reset(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
