from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
import tweepy

from jposocial.sandbox import Sandbox

if TYPE_CHECKING:
    from conftest import Ask, Clock

DUPLICATE = {
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "type": "about:blank",
    "title": "Forbidden",
    "status": 403,
}


class Rebase(requests.adapters.HTTPAdapter):
    """Sends every request to another scheme, host and port."""

    def __init__(self, base: str) -> None:
        self.base = urlsplit(base)
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **keys: Any) -> Any:
        where = urlsplit(str(request.url))
        address = (self.base.scheme, self.base.netloc, where.path, where.query, "")
        request.url = urlunsplit(address)
        return super().send(request, *args, **keys)


@pytest.fixture
def client(sandbox: Sandbox) -> tweepy.Client:
    client = tweepy.Client(
        consumer_key="key",
        consumer_secret="secret",
        access_token="token-x",
        access_token_secret="secret",
    )
    client.session.mount("https://", Rebase(sandbox.url))
    return client


@pytest.fixture
def me(sandbox: Sandbox) -> str:
    return sandbox.accounts[0].remote_id


def post(ask: Ask, text: str, **more: Any) -> Any:
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": text, **more})
    assert reply.status == 201, reply.body
    return reply.json["data"]


def test_tweepy_knows_who_it_is(client: tweepy.Client, me: str) -> None:
    """`get_me` gives the id, the name and the screen name without its @."""
    user = client.get_me().data
    assert (str(user.id), user.name, user.username) == (me, "見本センター", "example_center")


def test_tweepy_posts_a_thread_and_reads_it_back(
    client: tweepy.Client, clock: Clock, me: str
) -> None:
    """What was posted stands newest first, with its time and what it replies to."""
    first = client.create_tweet(text="見本 花子さんの話 その1")
    clock.move(minutes=1)
    second = client.create_tweet(text="その2", in_reply_to_tweet_id=first.data["id"])
    found = client.get_users_tweets(
        me, tweet_fields=["created_at", "referenced_tweets"], start_time=clock.now, user_auth=True
    )
    assert [tweet.text for tweet in found.data] == ["その2"]
    (tweet,) = found.data
    assert str(tweet.id) == second.data["id"]
    assert tweet.created_at == clock.now.replace(microsecond=0)
    assert tweet.referenced_tweets[0].id == int(first.data["id"])


def test_tweepy_sees_every_page(client: tweepy.Client, clock: Clock, me: str) -> None:
    """The paginator walks back to the oldest post and meets each once."""
    for number in range(12):
        client.create_tweet(text=f"{number}件目")
    pages = tweepy.Paginator(client.get_users_tweets, me, max_results=5, user_auth=True)
    assert [t.text for t in pages.flatten()] == [f"{n}件目" for n in range(11, -1, -1)]


def test_tweepy_deletes(client: tweepy.Client, sandbox: Sandbox) -> None:
    """A deleted post is off the timeline, and its text may be posted again."""
    tweet = client.create_tweet(text="一").data
    assert client.delete_tweet(tweet["id"]).data == {"deleted": True}
    assert sandbox.entries() == ()
    with pytest.raises(tweepy.NotFound):
        client.delete_tweet(tweet["id"])
    client.create_tweet(text="一")


def test_tweepy_meets_the_errors_it_knows(client: tweepy.Client, sandbox: Sandbox) -> None:
    """A duplicate is Forbidden, an unknown token Unauthorized, a long text BadRequest."""
    client.create_tweet(text="一")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="一")
    with pytest.raises(tweepy.BadRequest, match="too long"):
        client.create_tweet(text="あ" * 141)
    client.access_token = "another"
    with pytest.raises(tweepy.Unauthorized):
        client.get_me()
    assert len(sandbox.entries()) == 1


def test_an_answer_to_a_post_is_as_documented(ask: Ask, sandbox: Sandbox) -> None:
    """201 with id, text and edit history, and rate headers that count down."""
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "一"})
    tweet_id = sandbox.entries()[0].id
    data = {"id": tweet_id, "text": "一", "edit_history_tweet_ids": [tweet_id]}
    assert (reply.status, reply.json) == (201, {"data": data})
    assert reply.headers["x-rate-limit-limit"] == "100"
    assert reply.headers["x-rate-limit-remaining"] == "99"
    assert int(reply.headers["x-rate-limit-reset"]) % 900 == 0


def test_ids_are_nineteen_digits_rise_and_do_not_fit_a_float(ask: Ask) -> None:
    """A client that reads ids as numbers with a fraction mixes two posts up and is found out."""
    first, second = (post(ask, text)["id"] for text in ("一", "二"))
    assert (len(first), int(second) - int(first)) == (19, 1)
    assert float(first) == float(second)


@pytest.mark.parametrize("token", ["", "another", "token-page"])
def test_an_unknown_token_is_401_and_posts_nothing(ask: Ask, sandbox: Sandbox, token: str) -> None:
    """No token, a wrong one and another platform's are the same to X: a problem document."""
    reply = ask("POST", "/2/tweets", token=token, json={"text": "一"})
    assert (reply.status, reply.json["title"]) == (401, "Unauthorized")
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert sandbox.entries() == ()


def test_a_duplicate_is_refused_in_the_words_of_x(ask: Ask, clock: Clock) -> None:
    """Same text but for white space and composition, same account, within 24 hours."""
    post(ask, "ガイド  見本")
    clock.move(hours=23, minutes=59)
    decomposed = "カ\u3099イト\u3099 見本\n"
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": decomposed})
    assert (reply.status, reply.json) == (403, DUPLICATE)
    other = ask("POST", "/2/tweets", token="token-x-en", json={"text": "ガイド  見本"})
    clock.move(minutes=1)
    later = ask("POST", "/2/tweets", token="token-x", json={"text": "ガイド  見本"})
    assert (other.status, later.status) == (201, 201)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"text": ""}, 400),
        ({"text": " \n"}, 400),
        ({"text": 3}, 400),
        ({"text": None}, 400),
        ({"text": "一", "status": "二"}, 400),
        ({"text": "一", "reply": {"in_reply_to_tweet_id": 3}}, 400),
        ({"text": "一", "reply": {"in_reply_to_status_id": "3"}}, 400),
        ({"text": "一", "reply": {"in_reply_to_tweet_id": "3"}}, 403),
        ({"text": "一", "reply_settings": "nobody"}, 400),
        ({"text": "一", "media": {"media_ids": ["1"]}}, 400),
        ({"text": "一", "quote_tweet_id": "1"}, 403),
        ({"text": "\ud800"}, 400),
        (["text"], 400),
    ],
    ids=str,
)
def test_what_the_schema_does_not_know_is_refused(
    ask: Ask, sandbox: Sandbox, body: Any, status: int
) -> None:
    """Nothing is ignored: a wrong or unsupported property posts nothing at all."""
    assert ask("POST", "/2/tweets", token="token-x", json=body).status == status
    assert sandbox.entries() == ()


def test_a_body_that_is_not_json_is_refused(ask: Ask) -> None:
    """A form is the wrong media type; broken or endlessly nested JSON is a bad request."""
    kind = {"Content-Type": "application/json"}
    assert ask("POST", "/2/tweets", token="token-x", form={"text": "一"}).status == 415
    for body in (b"{", b"\xff", b"[" * 100_000 + b"]" * 100_000):
        reply = ask("POST", "/2/tweets", token="token-x", body=body, headers=kind)
        assert (reply.status, reply.json["title"]) == (400, "Invalid Request")


def test_length_is_weighted(ask: Ask) -> None:
    """140 full-width characters fit and 141 do not; a link counts 23 whatever its length."""
    post(ask, "あ" * 140)
    post(ask, "https://example.org/" + "a" * 300 + " " + "い" * 128)
    reply = ask("POST", "/2/tweets", token="token-x", json={"text": "う" * 141})
    assert (reply.status, reply.json["title"]) == (400, "Bad Request")


def test_reads_shorten_links_and_escape_html(ask: Ask, sandbox: Sandbox) -> None:
    """Expanding `entities.urls` and unescaping gives back what was sent; so does the file."""
    sent = (
        "A&B <見本> https://example.org/a?b=1&c=2 と https://example.go.jp/ #国際機関 @example_en"
    )
    tweet_id = post(ask, sent)["id"]
    tweet = ask("GET", f"/2/tweets/{tweet_id}?tweet.fields=entities", token="token-x").json["data"]
    text = tweet["text"]
    assert text.startswith("A&amp;B &lt;見本&gt; https://t.co/")
    assert "example.org" not in text
    for url in tweet["entities"]["urls"]:
        assert text[url["start"] : url["end"]] == url["url"]
    for hashtag in tweet["entities"]["hashtags"]:
        assert text[hashtag["start"] : hashtag["end"]] == f"#{hashtag['tag']}"
    for url in reversed(tweet["entities"]["urls"]):
        text = text[: url["start"]] + url["expanded_url"] + text[url["end"] :]
    assert html.unescape(text) == sent
    assert sandbox.entries()[0].text == sent


def test_a_bare_domain_is_a_link_too(ask: Ask) -> None:
    """X links `example.jp`, and its `expanded_url` has a scheme that nobody wrote."""
    tweet_id = post(ask, "詳しくは example.jp へ")["id"]
    data = ask("GET", f"/2/tweets/{tweet_id}?tweet.fields=entities", token="token-x").json["data"]
    (url,) = data["entities"]["urls"]
    assert (url["expanded_url"], url["display_url"]) == ("http://example.jp", "example.jp")


def test_the_timeline_is_one_accounts_newest_first(ask: Ask, clock: Clock, me: str) -> None:
    """Another account's posts are not in it; meta names the ends and the number."""
    ids = []
    for text in ("一", "二", "三"):
        ids.append(post(ask, text)["id"])
        clock.move(minutes=10)
    ask("POST", "/2/tweets", token="token-x-en", json={"text": "other"})
    value = ask("GET", f"/2/users/{me}/tweets", token="token-x").json
    assert [tweet["id"] for tweet in value["data"]] == ids[::-1]
    assert value["meta"] == {"result_count": 3, "newest_id": ids[2], "oldest_id": ids[0]}


def test_start_time_is_included_and_end_time_is_not(ask: Ask, clock: Clock, me: str) -> None:
    """Times are compared by whole seconds, as the reads show them."""
    for text in ("一", "二", "三"):
        post(ask, text)
        clock.move(seconds=60)
    window = "start_time=2026-12-01T03:01:00Z&end_time=2026-12-01T03:02:00Z"
    value = ask("GET", f"/2/users/{me}/tweets?{window}&tweet.fields=created_at", token="token-x")
    assert [(t["text"], t["created_at"]) for t in value.json["data"]] == [
        ("二", "2026-12-01T03:01:00.000Z")
    ]
    none = ask("GET", f"/2/users/{me}/tweets?start_time=2027-01-01T00:00:00Z", token="token-x")
    assert none.json == {"meta": {"result_count": 0}}


def test_since_until_and_exclude_select(ask: Ask, me: str) -> None:
    """Ids bound from both sides without themselves; replies can be left out."""
    first = post(ask, "一")["id"]
    post(ask, "二", reply={"in_reply_to_tweet_id": first})
    last = post(ask, "三")["id"]

    def found(query: str) -> list[str]:
        value = ask("GET", f"/2/users/{me}/tweets?{query}", token="token-x").json
        return [tweet["text"] for tweet in value.get("data", [])]

    assert found(f"since_id={first}&until_id={last}") == ["二"]
    assert found("exclude=retweets,replies") == ["三", "一"]


def test_a_reply_knows_its_conversation(ask: Ask) -> None:
    """The conversation is the thread's first post, however deep the reply."""
    first = post(ask, "一")["id"]
    second = post(ask, "二", reply={"in_reply_to_tweet_id": first})["id"]
    third = post(ask, "三", reply={"in_reply_to_tweet_id": second})["id"]
    data = ask(
        "GET", f"/2/tweets/{third}?tweet.fields=conversation_id,referenced_tweets", token="token-x"
    ).json["data"]
    assert data["conversation_id"] == first
    assert data["referenced_tweets"] == [{"type": "replied_to", "id": second}]


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=101",
        "max_results=many",
        "start_time=2026-12-01",
        "start_time=2026-13-01T00:00:00Z",
        "pagination_token=nothing",
        "since_id=x",
        "tweet.fields=created",
        "count=5",
    ],
)
def test_a_wrong_parameter_is_400(ask: Ask, me: str, query: str) -> None:
    """Unknown names and values out of range are refused, not ignored."""
    reply = ask("GET", f"/2/users/{me}/tweets?{query}", token="token-x")
    assert (reply.status, reply.json["title"]) == (400, "Invalid Request")


def test_what_does_not_exist_is_200_with_errors(ask: Ask) -> None:
    """X answers a look-up that finds nothing with 200 and no data."""
    for path in ("/2/tweets/1", "/2/users/1/tweets"):
        reply = ask("GET", path, token="token-x")
        assert (reply.status, "data" in reply.json) == (200, False)
        assert reply.json["errors"][0]["title"] == "Not Found Error"


def test_another_accounts_post_cannot_be_deleted(ask: Ask, sandbox: Sandbox) -> None:
    """The token decides whose posts one may take down."""
    tweet_id = post(ask, "一")["id"]
    assert ask("DELETE", f"/2/tweets/{tweet_id}", token="token-x-en").status == 403
    assert len(sandbox.entries()) == 1


def test_the_76th_whoami_of_a_window_is_429(ask: Ask, clock: Clock) -> None:
    """Limits hold per account and route, and end with the window that the headers name."""
    for _ in range(75):
        assert ask("GET", "/2/users/me", token="token-x").status == 200
    refused = ask("GET", "/2/users/me", token="token-x")
    assert (refused.status, refused.headers["x-rate-limit-remaining"]) == (429, "0")
    assert ask("GET", "/2/users/me", token="token-x-en").status == 200
    clock.move(seconds=int(refused.headers["x-rate-limit-reset"]) - clock.now.timestamp())
    assert ask("GET", "/2/users/me", token="token-x").status == 200


def test_what_x_has_and_the_sandbox_has_not_is_404(ask: Ask) -> None:
    """An unknown route is refused, and so is a known path with another method."""
    assert ask("POST", "/2/dm_conversations", token="token-x", json={}).status == 404
    assert ask("PUT", "/2/tweets", token="token-x", json={}).status == 404
