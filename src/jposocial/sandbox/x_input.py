"""What X API v2 accepts in a request, and how it words a refusal.

https://docs.x.com/x-api (OpenAPI 2.167, `additionalProperties: false`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from jposocial.platforms import measure
from jposocial.sandbox.exchange import Answer, Request, json_answer, phrase, refuse
from jposocial.sandbox.timeline import Entry

PLATFORM = "x"

_PROBLEM_TYPE = "application/problem+json; charset=utf-8"
_PROBLEMS = "https://api.twitter.com/2/problems"

_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."

#: Reason → status, type and detail; the types from
#: https://docs.x.com/x-api/fundamentals/response-codes-and-errors, `credits` since 2026-04-20.
_REASONS: Mapping[str, tuple[int, str, str]] = {
    "duplicate": (403, "about:blank", _DUPLICATE),
    "credits": (
        402, f"{_PROBLEMS}/credits", "Your enrolled account does not have any credits to fulfill this request.",
    ),
    "usage-capped": (429, f"{_PROBLEMS}/usage-capped", "Usage cap exceeded: Monthly product cap"),
    "suspended": (
        403, "about:blank", "Your account is suspended and is not permitted to access this feature.",
    ),
    "locked": (
        403, "about:blank",
        "To protect our users from spam and other malicious activity, this account is temporarily locked.",
    ),
    "permissions": (
        403, f"{_PROBLEMS}/oauth1-permissions",
        "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
    ),
    "deleted-parent": (
        403, "about:blank", "You attempted to reply to a Tweet that is deleted or not visible to you.",
    ),
}  # fmt: skip

_BODY: Mapping[str, type] = {
    "text": str,
    "reply": dict,
    "reply_settings": str,
    "media": dict,
    "made_with_ai": bool,
    "paid_partnership": bool,
}
_UPLOAD: Mapping[str, type] = {
    "media": str,
    "media_category": str,
    "media_type": str,
    "shared": bool,
}
#: In X's schema, but beyond what a self-serve account or this sandbox can do.
_WITHHELD = frozenset(
    {
        "card_uri", "community_id", "direct_message_deep_link", "edit_options",
        "for_super_followers_only", "geo", "nullcast", "poll", "quote_tweet_id",
        "share_with_followers",
    }
)  # fmt: skip
_REPLY = frozenset(
    {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"}
)
_REPLY_SETTINGS = frozenset({"following", "mentionedUsers", "subscribers", "verified"})
FIELD_LISTS = frozenset(
    {"expansions", "media.fields", "place.fields", "poll.fields", "tweet.fields", "user.fields"}
)
TIMELINE = FIELD_LISTS | {
    "max_results", "pagination_token", "start_time", "end_time", "since_id", "until_id", "exclude",
}  # fmt: skip
_TWEET_FIELDS = frozenset(
    {
        "article", "attachments", "author_id", "card_uri", "community_id", "context_annotations",
        "conversation_id", "created_at", "display_text_range", "edit_controls",
        "edit_history_tweet_ids", "entities", "geo", "id", "in_reply_to_user_id", "lang",
        "media_metadata", "non_public_metrics", "note_tweet", "organic_metrics",
        "possibly_sensitive", "promoted_metrics", "public_metrics", "referenced_tweets",
        "reply_settings", "scopes", "source", "suggested_source_links", "text", "withheld",
    }
)  # fmt: skip
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a client wants to post."""

    text: str
    #: The id that it replies to.
    parent: str | None
    media_ids: Sequence[str]


def draft(request: Request) -> Draft:
    """Raises Refusal."""
    body = _body(request, _BODY)
    if withheld := sorted(_WITHHELD & body.keys()):
        forbid(403, f"You are not permitted to use {', '.join(withheld)}.")
    media_ids = _media_ids(body)
    if body.get("reply_settings", "following") not in _REPLY_SETTINGS:
        refuse_parameters("$.reply_settings: does not have a value in the enumeration")
    text = body.get("text", "")
    if text or not media_ids:
        _check_length(text)
    return Draft(text=text, parent=_parent(body), media_ids=media_ids)


def _media_ids(body: Mapping[str, Any]) -> Sequence[str]:
    media = body.get("media")
    if media is None:
        return ()
    for name in sorted(media.keys() - {"media_ids", "tagged_user_ids"}):
        refuse_parameters(_additional(f"$.media.{name}"))
    given = media.get("media_ids")
    if not isinstance(given, list) or not 1 <= len(given) <= 4:
        refuse_parameters("$.media.media_ids: there must be 1 to 4 items in the array")
    for one in given:
        if not isinstance(one, str) or not re.fullmatch(r"[0-9]{1,19}", one):
            refuse_parameters("$.media.media_ids: does not match ^[0-9]{1,19}$")
    return given


def description(request: Request) -> tuple[str, str]:
    """The media id and its alternative text. Raises Refusal."""
    body = _body(request, {"id": str, "metadata": dict})
    alt = body.get("metadata", {}).get("alt_text")
    text = alt.get("text") if isinstance(alt, dict) else None
    if "id" not in body or not isinstance(text, str):
        refuse_parameters("$.metadata.alt_text.text: is missing but it is required")
    if not 0 < len(text) <= 1000:
        refuse_parameters("$.metadata.alt_text.text: must be at most 1000 characters long")
    return body["id"], text


def image(request: Request) -> bytes:
    """The bytes of an upload, from a form or from base64 in JSON. Raises Refusal."""
    if request.media_type == "multipart/form-data":
        pieces = request.multipart()
        given: Mapping[str, Any] = {
            name: piece.data if name == "media" else piece.text for name, piece in pieces.items()
        }
    else:
        given = _body(request, _UPLOAD)
    for name in sorted(given.keys() - _UPLOAD.keys()):
        refuse_parameters(_additional(f"$.{name}"))
    for name in ("media", "media_category"):
        if name not in given:
            refuse_parameters(f"$.{name}: is missing but it is required")
    if given["media_category"] != "tweet_image":
        refuse_parameters("$.media_category: the sandbox takes tweet_image alone")
    return _decoded(given["media"])


def _decoded(media: bytes | str) -> bytes:
    if isinstance(media, bytes):
        return media
    try:
        return base64.b64decode(media, validate=True)
    except ValueError:
        refuse_parameters("$.media: is not base64")


def _body(request: Request, known: Mapping[str, type]) -> dict[str, Any]:
    if request.media_type != "application/json":
        forbid(415, "The content type must be application/json.")
    try:
        body = request.json()
    except ValueError:
        refuse_parameters("Requests with bodies must have content-type of application/json.")
    if not isinstance(body, dict):
        refuse_parameters("$: object expected")
    for name, value in body.items():
        if name not in known and name not in _WITHHELD:
            refuse_parameters(_additional(f"$.{name}"))
        if not isinstance(value, known.get(name, object)):
            refuse_parameters(f"$.{name}: {known[name].__name__} expected")
    return body


def _check_length(text: str) -> None:
    measured = measure(text, PLATFORM)
    if measured.length > measured.limit:
        about = "For more information on how Twitter determines text length see"
        where = "https://github.com/twitter/twitter-text."
        forbid(400, f"Your Tweet text is too long. {about} {where}")
    if not measured.valid or not text.strip():
        refuse_parameters("The text is empty or has characters that are not allowed.")


def _parent(body: Mapping[str, Any]) -> str | None:
    reply = body.get("reply")
    if reply is None:
        return None
    for name in sorted(reply.keys() - _REPLY):
        refuse_parameters(_additional(f"$.reply.{name}"))
    parent = reply.get("in_reply_to_tweet_id")
    if not isinstance(parent, str) or not re.fullmatch(r"\d{1,19}", parent):
        refuse_parameters("$.reply.in_reply_to_tweet_id: does not match ^[0-9]{1,19}$")
    return parent


def _additional(where: str) -> str:
    return (
        f"{where}: is not defined in the schema and the schema does not allow additional properties"
    )


def known_parameters(request: Request, known: Iterable[str]) -> None:
    for name in sorted(request.query.keys() - set(known)):
        listed = ",".join(sorted(known))
        refuse_parameters(f"The query parameter [{name}] is not one of [{listed}]")


def wanted_fields(request: Request) -> frozenset[str]:
    wanted = frozenset(request.query.get("tweet.fields", "id").split(","))
    for name in sorted(wanted - _TWEET_FIELDS):
        refuse_parameters(f"The `tweet.fields` query parameter value [{name}] is not known")
    return wanted


def page_size(request: Request) -> int:
    given = request.query.get("max_results", "10")
    if not given.isdecimal() or not 5 <= int(given) <= 100:
        refuse_parameters(
            f"The `max_results` query parameter value [{given}] is not between 5 and 100"
        )
    return int(given)


def selected(newest_first: Iterable[Entry], query: Mapping[str, str]) -> list[Entry]:
    start, end = _instant(query, "start_time"), _instant(query, "end_time")
    since, until = _id(query, "since_id"), _id(query, "until_id")
    before = _untoken(query["pagination_token"]) if "pagination_token" in query else None
    top_level = "replies" in query.get("exclude", "").split(",")
    return [
        entry
        for entry in newest_first
        if (start is None or posted_second(entry) >= start)
        and (end is None or posted_second(entry) < end)
        and (since is None or int(entry.id) > since)
        and (until is None or int(entry.id) < until)
        and (before is None or int(entry.id) < before)
        and not (top_level and entry.parent)
    ]


def posted_second(entry: Entry) -> datetime:
    """When it was posted, as X tells it: whole seconds."""
    return entry.created_at.astimezone(UTC).replace(microsecond=0)


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    given = query.get(name)
    if given is None:
        return None
    if not _INSTANT.fullmatch(given):
        refuse_parameters(f"The `{name}` query parameter value [{given}] is not RFC3339 in UTC")
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        refuse_parameters(f"The `{name}` query parameter value [{given}] is no date")


def _id(query: Mapping[str, str], name: str) -> int | None:
    given = query.get(name)
    if given is None:
        return None
    if not re.fullmatch(r"[0-9]{1,19}", given):
        refuse_parameters(f"The `{name}` query parameter value [{given}] is no id")
    return int(given)


def page_token(last_id: str) -> str:
    return f"7140{int(last_id):x}"


def _untoken(token: str) -> int:
    if not re.fullmatch(r"7140[0-9a-f]{1,16}", token):
        refuse_parameters(f"The `pagination_token` query parameter value [{token}] is not valid")
    return int(token[4:], 16)


def problem(status: int, detail: str) -> Answer:
    value = {"title": phrase(status), "detail": detail, "type": "about:blank", "status": status}
    return json_answer(status, value, content_type=_PROBLEM_TYPE)


def named_refusal(reason: str, status: int = 0) -> Answer:
    """What X says for that reason; a status of 0 is X's own. Raises ValueError."""
    if reason not in _REASONS:
        raise ValueError(f"reason: {reason!r} is none of {', '.join(_REASONS)}")
    usual, kind, detail = _REASONS[reason]
    value = {"title": phrase(status or usual), "detail": detail, "type": kind}
    content = value | {"status": status or usual}
    return json_answer(status or usual, content, content_type=_PROBLEM_TYPE)


def forbid(status: int, detail: str) -> NoReturn:
    refuse(problem(status, detail))


def refuse_parameters(message: str) -> NoReturn:
    value = {
        "errors": [{"parameters": {}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{_PROBLEMS}/invalid-request",
    }
    refuse(json_answer(400, value, content_type=_PROBLEM_TYPE))


def not_found(kind: str, value: str) -> Answer:
    # X answers 200 here and says what is missing in `errors`.
    error = {
        "value": value,
        "detail": f"Could not find {kind} with id: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": "id",
        "resource_id": value,
        "type": f"{_PROBLEMS}/resource-not-found",
    }
    return json_answer(200, {"errors": [error]})
