from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from jposocial.sandbox import Sandbox

if TYPE_CHECKING:
    from conftest import Ask, Clock

FEED = "/v23.0/1234567890/feed"


def post(ask: Ask, message: str, **more: str) -> str:
    reply = ask("POST", FEED, token="token-page", form={"message": message, **more})
    assert reply.status == 200, reply.body
    return str(reply.json["id"])


def messages(ask: Ask, query: str) -> list[str]:
    value = ask("GET", f"{FEED}?{query}", token="token-page").json
    return [item.get("message", "") for item in value["data"]]


@pytest.mark.parametrize("how", ["form", "json", "query", "header", "me"])
def test_a_post_is_accepted_however_it_is_sent(sandbox: Sandbox, how: str) -> None:
    """Form, JSON or query, with the token beside the fields or in the header, and as `me`."""
    path = "/v23.0/me/feed" if how == "me" else FEED
    fields = {"message": "一\n二", "link": "https://example.org/"}
    token = {"access_token": "token-page"}
    sent: dict[str, dict[str, Any]] = {
        "form": {"data": fields | token},
        "json": {"json": fields | token},
        "query": {"params": fields | token},
        "header": {"data": fields, "headers": {"Authorization": "Bearer token-page"}},
        "me": {"data": fields | token},
    }
    answer = requests.post(sandbox.url + path, timeout=30, **sent[how])
    (entry,) = sandbox.entries()
    assert (answer.status_code, answer.json()) == (200, {"id": entry.id})
    assert entry.id.startswith("1234567890_")
    assert (entry.account, entry.text, entry.link) == ("page", "一\n二", "https://example.org/")


def test_whoami_gives_the_fields_that_were_asked_for(ask: Ask) -> None:
    """`me` and the page's own id are the same page; without `fields` there are id and name."""
    asked = ask("GET", "/v23.0/me?fields=id,name,username", token="token-page")
    assert asked.json == {"id": "1234567890", "name": "見本センター", "username": "example.center"}
    plain = ask("GET", "/v23.0/1234567890", token="token-page")
    assert plain.json == {"id": "1234567890", "name": "見本センター"}
    assert plain.headers["facebook-api-version"] == "v23.0"
    assert "1234567890" in plain.headers["x-business-use-case-usage"]


@pytest.mark.parametrize("edge", ["feed", "published_posts", "posts"])
def test_the_feed_is_newest_first_with_the_fields_asked_for(
    ask: Ask, clock: Clock, edge: str
) -> None:
    """Times carry +0000 and the permalink names page and post."""
    post(ask, "一")
    clock.move(minutes=1)
    second = post(ask, "A&B <二>", link="https://example.org/")
    path = f"/v23.0/1234567890/{edge}?fields=id,message,created_time,permalink_url"
    value = ask("GET", path, token="token-page").json
    assert [item["message"] for item in value["data"]] == ["A&B <二>", "一"]
    number = second.partition("_")[2]
    assert value["data"][0] == {
        "id": second,
        "message": "A&B <二>",
        "created_time": "2026-12-01T03:01:00+0000",
        "permalink_url": f"https://www.facebook.com/1234567890/posts/{number}",
    }


def test_since_and_until_are_included(ask: Ask, clock: Clock) -> None:
    """As Unix time or as ISO 8601, compared by whole seconds."""
    for text in ("一", "二", "三"):
        post(ask, text)
        clock.move(seconds=60)
    second = int(clock.now.timestamp()) - 120
    assert messages(ask, f"since={second}") == ["三", "二"]
    assert messages(ask, f"until={second}") == ["二", "一"]
    assert messages(ask, "since=2026-12-01T03:02:00Z&until=2026-12-01T03:02:00Z") == ["三"]
    assert messages(ask, "since=2027-01-01") == []


def test_pages_are_walked_by_their_addresses_both_ways(ask: Ask, sandbox: Sandbox) -> None:
    """`next` and `previous` lead over every post once; the token is in none of them."""
    ids = [post(ask, f"{number}件目") for number in range(7)]

    def walk(path: str, direction: str) -> tuple[list[str], str]:
        seen: list[str] = []
        while path:
            last = path
            value = ask("GET", path, token="token-page").json
            assert "token-page" not in str(value)
            seen += [item["id"] for item in value["data"]]
            where = urlsplit(value["paging"].get(direction, ""))
            path = f"{where.path}?{where.query}" if where.path else ""
        return seen, last

    seen, last = walk(f"{FEED}?limit=3", "next")
    assert seen == ids[::-1]
    back, _ = walk(last, "previous")
    assert sorted(back) == sorted(ids)


def test_a_cursor_outlives_its_post(ask: Ask) -> None:
    """Paging goes on where it was though the post at the edge was deleted meanwhile."""
    ids = [post(ask, f"{number}件目") for number in range(4)]
    ask("DELETE", f"/v23.0/{ids[2]}", token="token-page")
    assert messages(ask, f"limit=1&after={ids[2]}") == ["1件目"]


def test_a_post_is_read_and_deleted_by_its_id(ask: Ask, sandbox: Sandbox) -> None:
    """After the deletion Graph knows it no more."""
    node = f"/v23.0/{post(ask, '一')}"
    assert ask("GET", f"{node}?fields=message", token="token-page").json["message"] == "一"
    assert ask("DELETE", node, token="token-page").json == {"success": True}
    gone = ask("GET", node, token="token-page")
    assert (gone.status, gone.json["error"]["error_subcode"]) == (400, 33)
    assert sandbox.entries() == ()


@pytest.mark.parametrize(
    ("path", "fields", "status", "code"),
    [
        (FEED, {}, 400, 100),
        (FEED, {"message": " "}, 400, 100),
        (FEED, {"message": "一", "link": "example"}, 400, 100),
        (FEED, {"message": "一", "published": "false"}, 400, 100),
        (FEED, {"message": "一", "scheduled_publish_time": "1"}, 400, 100),
        (FEED, {"message": "あ" * 63_207}, 400, 100),
        ("/v23.0/987/feed", {"message": "一"}, 400, 100),
        ("/v23.0/1234567890/photos", {"url": "https://example.org/"}, 400, 100),
        ("/v23.0/1234567890/posts", {"message": "一"}, 400, 100),
    ],
)
def test_a_wrong_post_is_refused_in_graphs_shape(
    ask: Ask, sandbox: Sandbox, path: str, fields: dict[str, str], status: int, code: int
) -> None:
    """What the sandbox cannot honour it refuses; nothing is dropped and nothing posted."""
    reply = ask("POST", path, token="token-page", form=fields)
    error = reply.json["error"]
    assert (reply.status, error["code"], error["is_transient"]) == (status, code, False)
    assert all((error["message"], error["type"], error["fbtrace_id"]))
    assert sandbox.entries() == ()


@pytest.mark.parametrize("token", ["", "another", "token-x"])
def test_a_wrong_token_is_code_190(ask: Ask, token: str) -> None:
    """With HTTP 400, as Graph says of a token that it cannot parse."""
    reply = ask("GET", "/v23.0/me", token=token)
    error = reply.json["error"]
    assert (reply.status, error["code"], error["type"]) == (400, 190, "OAuthException")


def test_only_the_latest_post_counts_as_a_duplicate(ask: Ask) -> None:
    """Code 506 when the same message and link follow each other; later it may return."""
    post(ask, "一")
    reply = ask("POST", FEED, token="token-page", form={"message": "一"})
    assert (reply.status, reply.json["error"]["code"]) == (400, 506)
    post(ask, "一", link="https://example.org/")
    post(ask, "一")


@pytest.mark.parametrize(
    "query", ["fields=text", "limit=0", "limit=101", "since=soon", "after=x", "count=1"]
)
def test_a_wrong_parameter_is_code_100(ask: Ask, query: str) -> None:
    """Unknown fields, names and values out of range are refused."""
    post(ask, "一")
    reply = ask("GET", f"{FEED}?{query}", token="token-page")
    assert (reply.status, reply.json["error"]["code"]) == (400, 100)


def test_another_pages_feed_is_read_only(ask: Ask, sandbox: Sandbox) -> None:
    """Code 200, a missing permission, for posting and for deleting; reading is allowed."""
    post_id = post(ask, "一")
    posted = ask("POST", FEED, token="token-page-en", form={"message": "other"})
    deleted = ask("DELETE", f"/v23.0/{post_id}", token="token-page-en")
    for reply in (posted, deleted):
        assert (reply.status, reply.json["error"]["code"]) == (403, 200)
    assert ask("GET", FEED, token="token-page-en").json["data"][0]["id"] == post_id
    assert len(sandbox.entries()) == 1


@pytest.mark.parametrize("body", [b'{"message":3}', b'{"message":', b"[1]"])
def test_json_that_is_no_post_is_code_100(ask: Ask, sandbox: Sandbox, body: bytes) -> None:
    """What cannot be read has neither message nor link."""
    kind = {"Content-Type": "application/json"}
    reply = ask("POST", FEED, token="token-page", body=body, headers=kind)
    assert (reply.status, reply.json["error"]["code"]) == (400, 100)
    assert sandbox.entries() == ()


def test_a_post_takes_no_posts(ask: Ask) -> None:
    """Comments and edits are not what the sandbox does."""
    post_id = post(ask, "一")
    for path in (post_id, f"{post_id}/feed"):
        reply = ask("POST", f"/v23.0/{path}", token="token-page", form={"message": "二"})
        assert (reply.status, reply.json["error"]["code"]) == (400, 100)
