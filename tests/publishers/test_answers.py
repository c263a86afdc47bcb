"""What each answer means: told by its status, its code and its body, never by its words."""

from __future__ import annotations

import inspect
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import requests
import tweepy
import urllib3
from tests.net.wire import Play, Turn, Wire, closed_port, wired
from tests.publishers.rigs import RIGS, STARTED, WHO, Diary, Rig, variant

from jposocial.errors import (
    OutcomeUnknown,
    PublishError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.model import Account, Part
from jposocial.net import TimedSession
from jposocial.protocols import Publisher, Reconciler
from jposocial.publishers import Supplies, publisher
from jposocial.publishers.credentials import read_secrets
from jposocial.publishers.outcomes import broken, refusal, unread

Error = type[PublishError]

#: Status → what it means for a step that readers see, and for one that they do not.
STATUSES: dict[int, tuple[Error, Error]] = {
    300: (OutcomeUnknown, Unavailable),
    302: (OutcomeUnknown, Unavailable),
    307: (OutcomeUnknown, Unavailable),
    400: (Rejected, Rejected),
    401: (Unauthorized, Unauthorized),
    402: (Unauthorized, Unauthorized),
    403: (Rejected, Rejected),
    404: (Rejected, Rejected),
    408: (OutcomeUnknown, Unavailable),
    409: (Rejected, Rejected),
    425: (OutcomeUnknown, Unavailable),
    429: (RateLimited, RateLimited),
    499: (OutcomeUnknown, Unavailable),
    500: (OutcomeUnknown, Unavailable),
    502: (OutcomeUnknown, Unavailable),
    503: (OutcomeUnknown, Unavailable),
    504: (OutcomeUnknown, Unavailable),
    599: (OutcomeUnknown, Unavailable),
}

STEPS: dict[str, Callable[[Publisher], object]] = {
    "publish": lambda line: line.publish(variant(), Diary()),
    "whoami": lambda line: line.whoami(),
    "find": lambda line: cast(Reconciler, line).find(Part(text="お知らせです。"), WHO, STARTED),
}


def said(rig: Rig, play: Play, step: str, seconds: float = 20) -> PublishError:
    """The error that `step` ends with where the server plays `play`."""
    with Wire(play) as wire, pytest.raises(PublishError) as caught:
        STEPS[step](rig.publisher(wire.url, seconds))
    assert 1 == len(wire.requests), "one request, never repeated"
    return caught.value


def plain(status: int, value: Any = None, **headers: str) -> Play:
    body = b"" if value is None else json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda turn: turn.send(wired(status, body, named))


BODIES: dict[str, bytes] = {
    "empty": b"",
    "a page": b"<html>sorry</html>",
    "a list": b"[]",
    "null": b"null",
    "a text": b'"oops"',
    "odd errors": b'{"errors": "oops", "error": "oops", "detail": 5}',
    "half": b'{"errors": [{"mess',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("status", STATUSES)
def test_a_status_means_the_same_whatever_the_body(status: int, body: bytes, rig: Rig) -> None:
    """For visible and for invisible steps; a body that is no JSON object changes nothing."""

    def play(turn: Turn) -> None:
        turn.send(wired(status, body))

    visible, invisible = STATUSES[status]
    assert visible is type(said(rig, play, "publish"))
    assert invisible is type(said(rig, play, "whoami"))


@pytest.mark.parametrize("status", STATUSES)
def test_the_timeline_is_read_by_the_same_table(status: int, rig: Rig) -> None:
    """Reading is a step that readers do not see."""
    assert STATUSES[status][1] is type(said(rig, plain(status), "find"))


GOOD_STATUS_BAD_BODY: dict[str, bytes] = {
    "nothing": b"",
    "truncated": b'{"data":{"id":"1',
    "an empty object": b"{}",
    "no id": b'{"data":{"text":"a"},"name":"b"}',
    "an empty id": b'{"data":{"id":""},"id":""}',
    "a list": b"[1]",
    "null": b"null",
    "data of another kind": b'{"data":"1","paging":5,"meta":7}',
    "an error": b'{"error":{"code":190},"errors":[{"message":"no"}]}',
    "nested too deeply": b"[" * 200_000,
    "no text": b"\xff\xfe\xfd",
}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", GOOD_STATUS_BAD_BODY.values(), ids=GOOD_STATUS_BAD_BODY)
def test_success_without_a_proof_is_unknown(status: int, body: bytes, rig: Rig) -> None:
    """The post may be out: only an id is a proof. Who we are is simply asked again."""

    def play(turn: Turn) -> None:
        turn.send(wired(status, b"" if status == 204 else body))

    assert OutcomeUnknown is type(said(rig, play, "publish"))
    assert Unavailable is type(said(rig, play, "whoami"))


UNREADABLE: dict[str, Callable[[Rig], object]] = {
    "an item that is no object": lambda rig: rig.page([cast(Any, "a")], ""),
    "an item without an id": lambda rig: rig.page([_without_id(rig)], ""),
    "a time that is none": lambda rig: rig.page([_of_no_time(rig)], ""),
    "items that are no list": lambda rig: {"data": 5, "meta": {}},
    "links that are none": lambda rig: rig.page([{**_ours(rig), "entities": {"urls": [1]}}], ""),
}


def _ours(rig: Rig) -> dict[str, Any]:
    return dict(rig.item("41", "お知らせです。"))


def _without_id(rig: Rig) -> dict[str, Any]:
    return {name: value for name, value in _ours(rig).items() if name != "id"}


def _of_no_time(rig: Rig) -> dict[str, Any]:
    return _ours(rig) | {"created_at": "yesterday", "created_time": "yesterday"}


@pytest.mark.parametrize("page", UNREADABLE.values(), ids=UNREADABLE)
def test_a_timeline_that_cannot_be_read_proves_nothing(
    page: Callable[[Rig], object], rig: Rig
) -> None:
    """It is an error to try again, not an empty timeline; or it is read all the same."""
    with Wire(plain(200, page(rig))) as wire:
        line = cast(Reconciler, rig.publisher(wire.url))
        try:
            found = line.find(Part(text="お知らせです。"), WHO, STARTED)
        except Unavailable:
            return
        assert ["41"] == [receipt.id for receipt in found]


def test_a_timeline_without_end_is_not_called_read(rig: Rig) -> None:
    """After many pages a person looks; what was not seen is not called absent."""
    with Wire(plain(200, rig.page([rig.item("1", "ほか")], "more"))) as wire:
        line = cast(Reconciler, rig.publisher(wire.url))
        with pytest.raises(Unavailable, match="too long"):
            line.find(Part(text="お知らせです。"), WHO, STARTED)
        assert 10 == len(wire.requests)


def test_a_time_that_is_missing_is_the_attempts(rig: Rig) -> None:
    """The platform need not say when."""
    item = {n: v for n, v in _ours(rig).items() if n not in ("created_at", "created_time")}
    with Wire(plain(200, rig.page([item], ""))) as wire:
        line = cast(Reconciler, rig.publisher(wire.url))
        (receipt,) = line.find(Part(text="お知らせです。"), WHO, STARTED)
    assert STARTED == receipt.accepted_at


RESETS = {
    "a time": ("1796094000", datetime.fromtimestamp(1796094000, UTC)),
    "nothing": ("", None),
    "no number": ("soon", None),
    "a number of another kind": ("²", None),
    "beyond all time": ("9" * 30, None),
}


@pytest.mark.parametrize(("header", "expected"), RESETS.values(), ids=RESETS)
@pytest.mark.parametrize("step", ["publish", "whoami"])
def test_x_says_until_when_to_wait(header: str, expected: datetime | None, step: str) -> None:
    """A header that makes no sense is one that is not there."""
    play = plain(429, x_rate_limit_reset=header.encode().decode("latin-1"))
    error = said(RIGS["x"], play, step)
    assert isinstance(error, RateLimited)
    assert expected == error.retry_at


def x_problem(status: int, detail: str) -> dict[str, Any]:
    return {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": status}


def test_a_duplicate_on_x_is_a_refusal_of_its_own() -> None:
    """X says 403 to other things too; only this one is marked."""
    detail = "You are not allowed to create a Tweet with duplicate content."
    error = said(RIGS["x"], plain(403, x_problem(403, detail)), "publish")
    assert isinstance(error, Rejected)
    assert error.duplicate
    assert detail in error.detail
    other = said(RIGS["x"], plain(403, x_problem(403, "You cannot reply here.")), "publish")
    assert isinstance(other, Rejected)
    assert not other.duplicate


WINDOWS: dict[str, tuple[dict[str, str], int | None]] = {
    "the window of a quarter of an hour": (
        {"x_rate_limit_remaining": "0", "x_rate_limit_reset": "1796094000"}, 1796094000,
    ),
    "the user's day is used up": (
        {
            "x_rate_limit_remaining": "99", "x_rate_limit_reset": "1796094000",
            "x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": "1796170000",
        },
        1796170000,
    ),
    "both": (
        {
            "x_rate_limit_remaining": "0", "x_rate_limit_reset": "1796094000",
            "x_app_limit_24hour_remaining": "0", "x_app_limit_24hour_reset": "1796170000",
        },
        1796170000,
    ),
    "a day that is not used up": (
        {"x_user_limit_24hour_remaining": "5", "x_user_limit_24hour_reset": "1796170000"}, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), WINDOWS.values(), ids=WINDOWS)
def test_the_window_that_is_used_up_is_waited_for(
    headers: dict[str, str], expected: int | None
) -> None:
    """X has limits of a quarter of an hour and of a day: the last of those that are full counts."""
    error = said(RIGS["x"], plain(429, **headers), "publish")
    assert isinstance(error, RateLimited)
    assert (datetime.fromtimestamp(expected, UTC) if expected else None) == error.retry_at


PROBLEMS = "https://api.twitter.com/2/problems/"
STOPPED = {
    "out of credits": (402, "https://api.x.com/2/problems/credits", "CreditsDepleted"),
    "402 without words": (402, "about:blank", ""),
    "the cap of a month": (429, f"{PROBLEMS}usage-capped", "Usage cap exceeded: Monthly product cap"),
    "the cap, as 403": (403, f"{PROBLEMS}usage-capped", "Usage cap exceeded"),
    "an app without permission": (403, f"{PROBLEMS}oauth1-permissions", "Your client app is not"),
    "an app without enrolment": (403, f"{PROBLEMS}client-forbidden", "must use keys and tokens"),
    "a suspended account": (403, "about:blank", "Your account is suspended and is not permitted"),
    "a locked account": (403, "about:blank", "To protect our users, this account is temporarily locked"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "detail"), STOPPED.values(), ids=STOPPED)
def test_x_refuses_the_account_and_not_the_post(status: int, kind: str, detail: str) -> None:
    """Every post would be refused: the account waits, whether readers would see the step or not."""
    play = plain(status, x_problem(status, detail) | {"type": kind})
    for step in STEPS:
        error = said(RIGS["x"], play, step)
        assert isinstance(error, Unauthorized)
        assert error.lasting


@pytest.mark.parametrize("status", [200, 408, 500, 503])
def test_a_problem_of_x_does_not_make_an_answer_definite(status: int) -> None:
    """Only a 4xx says that nothing was done, whatever type stands in the body."""
    value = x_problem(status, "Your account is suspended.") | {"type": f"{PROBLEMS}usage-capped"}
    assert OutcomeUnknown is type(said(RIGS["x"], plain(status, value), "publish"))


def test_a_revoked_token_is_asked_for_again() -> None:
    """401 may be mended by the same `whoami` that a person's new token needs."""
    error = said(RIGS["x"], plain(401), "publish")
    assert isinstance(error, Unauthorized)
    assert not error.lasting


def test_the_words_of_every_error_of_x_are_kept() -> None:
    """Staff read what X said."""
    value = {"errors": [{"message": "first"}, {"message": "second"}], "detail": "all in all"}
    assert "400 first second all in all" == said(RIGS["x"], plain(400, value), "publish").detail


#: Graph's code → what it means with a definite status.
CODES: dict[int, tuple[Error, Error]] = {
    1: (OutcomeUnknown, Unavailable),
    2: (OutcomeUnknown, Unavailable),
    3: (Unauthorized, Unauthorized),
    4: (RateLimited, RateLimited),
    10: (Unauthorized, Unauthorized),
    17: (RateLimited, RateLimited),
    32: (RateLimited, RateLimited),
    100: (Rejected, Rejected),
    102: (Unauthorized, Unauthorized),
    190: (Unauthorized, Unauthorized),
    200: (Unauthorized, Unauthorized),
    283: (Unauthorized, Unauthorized),
    341: (RateLimited, RateLimited),
    368: (Unauthorized, Unauthorized),
    506: (Rejected, Rejected),
    613: (RateLimited, RateLimited),
    80001: (RateLimited, RateLimited),
    #: Not in the table: the status speaks.
    99999: (Rejected, Rejected),
}


def graph(code: Any, **more: Any) -> dict[str, Any]:
    return {"error": {"message": "(#0) said", "type": "OAuthException", "code": code, **more}}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", ["publish", "whoami"])
def test_a_code_of_graph_says_more_than_its_status(code: int, step: str) -> None:
    """Graph answers 400 to nearly everything; its code is in the detail, with its words."""
    error = said(RIGS["facebook"], plain(400, graph(code)), step)
    assert CODES[code][step != "publish"] is type(error)
    assert f"400 ({code}) (#0) said" == error.detail


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [200, 302, 408, 500, 503])
def test_a_code_of_graph_does_not_make_an_answer_definite(code: int, status: int) -> None:
    """Only a 4xx says that nothing was done, whatever code stands in the body."""
    error = said(RIGS["facebook"], plain(status, graph(code)), "publish")
    assert OutcomeUnknown is type(error)


@pytest.mark.parametrize(
    ("code", "lasting"), [(102, False), (190, False), (10, True), (200, True), (368, True)]
)
def test_graph_tells_a_bad_token_from_a_page_that_may_not(code: int, lasting: bool) -> None:
    """With a good token `whoami` answers, and says nothing of the permission."""
    error = said(RIGS["facebook"], plain(400, graph(code)), "publish")
    assert isinstance(error, Unauthorized)
    assert lasting == error.lasting


@pytest.mark.parametrize("code", [100, 506, 99999])
def test_a_refusal_that_graph_calls_transient_is_none(code: int) -> None:
    """`is_transient` is Graph's own flag for what may be tried again: perhaps it was done."""
    play = plain(400, graph(code, is_transient=True))
    assert OutcomeUnknown is type(said(RIGS["facebook"], play, "publish"))
    assert Unavailable is type(said(RIGS["facebook"], play, "whoami"))


USAGES = {
    "a time": ('{"7": [{"estimated_time_to_regain_access": 7}]}', 7),
    "the longest of several": (
        '{"7": [{"estimated_time_to_regain_access": 7}, {"estimated_time_to_regain_access": 90}]}',
        90,
    ),
    "longer than a day": ('{"7": [{"estimated_time_to_regain_access": 1e9}]}', 24 * 60),
    "nothing to wait for": ('{"7": [{"estimated_time_to_regain_access": 0}]}', None),
    "less than nothing": ('{"7": [{"estimated_time_to_regain_access": -5}]}', None),
    "no number": ('{"7": [{"estimated_time_to_regain_access": NaN}]}', None),
    "another thing": ('{"7": 7}', None),
    "no JSON": ("soon", None),
    "not there": ("", None),
}


@pytest.mark.parametrize(("usage", "minutes"), USAGES.values(), ids=USAGES)
def test_graph_says_how_long_to_wait(usage: str, minutes: int | None) -> None:
    """In minutes, in a header of its own; one that makes no sense is one that is not there."""
    rig = RIGS["facebook"]
    play = plain(400, graph(32), x_business_use_case_usage=usage)
    supplies = Supplies(read=lambda digest: (b"", ""), clock=lambda: STARTED)
    with Wire(play) as wire:
        line = publisher(rig.account(wire.url), rig.secrets, supplies)
        with pytest.raises(RateLimited) as caught:
            line.publish(variant(), Diary())
    expected = None if minutes is None else STARTED + timedelta(minutes=minutes)
    assert expected == caught.value.retry_at


def test_graphs_duplicate_is_marked() -> None:
    """506: the page has this text already."""
    error = said(RIGS["facebook"], plain(400, graph(506)), "publish")
    assert isinstance(error, Rejected)
    assert error.duplicate
    other = said(RIGS["facebook"], plain(400, graph(100)), "publish")
    assert isinstance(other, Rejected)
    assert not other.duplicate


def test_what_graph_calls_transient_is_not_a_refusal() -> None:
    """A code nobody knows, with the flag: perhaps it was done."""
    play = plain(400, graph(99999, is_transient=True))
    assert OutcomeUnknown is type(said(RIGS["facebook"], play, "publish"))
    assert Unavailable is type(said(RIGS["facebook"], play, "whoami"))


@pytest.mark.parametrize("code", ["190", None, [190], {}, 1.5], ids=repr)
def test_a_code_of_another_kind_is_no_code(code: Any) -> None:
    """The status speaks."""
    assert Rejected is type(said(RIGS["facebook"], plain(400, graph(code)), "publish"))


BREAKS: dict[str, Play] = {
    "reset": Turn.reset,
    "closed": lambda turn: turn.connection.close(),
    "no HTTP": lambda turn: turn.send(b"\x00\xff\r\n\r\n"),
    "cut off": lambda turn: turn.send(b'HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{"data'),
    "too large": lambda turn: turn.pour(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 65536),
    "badly packed": lambda turn: turn.send(wired(200, b"no", {"Content-Encoding": "gzip"})),
    "badly chunked": lambda turn: turn.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    ),
}


@pytest.mark.parametrize("play", BREAKS.values(), ids=BREAKS)
def test_what_breaks_after_the_bytes_is_unknown(play: Play, rig: Rig) -> None:
    """For the visible step; an invisible one is repeatable."""
    assert OutcomeUnknown is type(said(rig, play, "publish"))
    assert Unavailable is type(said(rig, play, "whoami"))
    assert Unavailable is type(said(rig, play, "find"))


@pytest.mark.parametrize("step", STEPS)
def test_a_platform_that_never_answers_is_given_up_in_time(step: str, rig: Rig) -> None:
    """The account's time-out is the total time."""
    error = said(rig, Turn.hang, step, seconds=0.4)
    assert (OutcomeUnknown if step == "publish" else Unavailable) is type(error)


NOWHERE = {
    "nobody listens": lambda: f"http://127.0.0.1:{closed_port()}",
    "no such name": lambda: "http://no-such-name.invalid",
    "a name too long": lambda: f"http://{'a' * 70}.invalid",
}


@pytest.mark.parametrize("place", NOWHERE.values(), ids=NOWHERE)
@pytest.mark.parametrize("step", STEPS)
def test_what_was_never_sent_is_unavailable(step: str, place: Callable[[], str], rig: Rig) -> None:
    """Also after `begin`: no byte has left, so it may be sent again."""
    with pytest.raises(Unavailable):
        STEPS[step](rig.publisher(place()))


def test_a_tls_failure_is_before_the_bytes(rig: Rig) -> None:
    """The server does not speak TLS: nothing was sent."""
    with Wire(lambda _: None, before=lambda turn: turn.send(wired(400))) as wire:
        line = rig.publisher(wire.url.replace("http:", "https:"))
        with pytest.raises(Unavailable):
            line.publish(variant(), Diary())
        assert [] == wire.requests


# No error of a library comes through untranslated.


def classes_of(*roots: type[BaseException]) -> Iterator[type[BaseException]]:
    """The classes, and all that are derived from them."""
    for root in roots:
        yield root
        yield from classes_of(*root.__subclasses__())


def made(error: type[BaseException]) -> BaseException:
    """One of its kind, whatever its constructor and its text would ask for."""
    say = {"__str__": lambda _: "said", "__repr__": lambda _: "said"}
    kind = type(error.__name__, (error,), say)
    return cast(BaseException, kind.__new__(kind))


FOREIGN = sorted(
    set(
        classes_of(
            tweepy.TweepyException, requests.RequestException, urllib3.exceptions.HTTPError,
            urllib3.exceptions.HTTPWarning, OSError,
        )
    )
    | {
        AttributeError, KeyError, IndexError, TypeError, ValueError, UnicodeError, OverflowError,
        RecursionError, RuntimeError, MemoryError, AssertionError, EOFError, RuntimeWarning,
    },
    key=lambda error: (error.__module__, error.__qualname__),
)  # fmt: skip


class Failing(TimedSession):
    """A session whose requests end with `error`, before or after the first byte."""

    error: BaseException

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.exchange.sent = self.exchange.sent or kwargs.pop("after", False)
        raise self.error


def failing(rig: Rig, error: BaseException, *, sent: bool) -> Publisher:
    line: Any = rig.publisher(None)
    session = Failing(1)
    session.error, session.exchange.sent = error, sent
    line._session = session
    if rig.platform == "x":
        line._client.session = session
    else:
        session.auth = None
    return cast(Publisher, line)


def test_the_libraries_errors_are_known() -> None:
    """The list is made of what is installed: every class of tweepy's and of the HTTP client's."""
    listed = {error.__name__ for error in FOREIGN}
    own = inspect.getmembers(tweepy.errors, inspect.isclass)
    assert {name for name, _ in own} <= listed
    assert {"ChunkedEncodingError", "ProtocolError", "SSLError", "ReadTimeout"} <= listed
    assert len(FOREIGN) > 60


@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
def test_every_foreign_error_is_translated(sent: bool, rig: Rig) -> None:
    """After the bytes the outcome is unknown, before them it is not; for reads never."""
    expected = OutcomeUnknown if sent else Unavailable
    for error in FOREIGN:
        with pytest.raises(PublishError) as caught:
            failing(rig, made(error), sent=sent).publish(variant(), Diary())
        assert expected is type(caught.value), error
        for step in ("whoami", "find"):
            with pytest.raises(PublishError) as caught:
                STEPS[step](failing(rig, made(error), sent=sent))
            assert Unavailable is type(caught.value), error


def test_ctrl_c_is_not_an_answer(rig: Rig) -> None:
    """What a person presses is not translated."""
    with pytest.raises(KeyboardInterrupt):
        failing(rig, KeyboardInterrupt(), sent=True).publish(variant(), Diary())


@pytest.mark.parametrize("status", range(200, 600))
def test_the_table_has_every_status(status: int) -> None:
    """Definite are 4xx answers alone, but for those that say that nothing is certain."""
    definite = 400 <= status < 500 and status not in (408, 425, 499)
    visible, invisible = refusal(status, "said"), unread(status, "said")
    assert definite == (not isinstance(visible, OutcomeUnknown))
    assert definite == (not isinstance(invisible, Unavailable))
    assert not isinstance(invisible, OutcomeUnknown)
    assert f"{status} said" == visible.detail == invisible.detail


# Secrets.


@pytest.fixture
def canaries(rig: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The rig's secrets, read as from the environment."""
    for name, value in rig.secrets.items():
        monkeypatch.setenv(f"SECRET_{name}", value)
    places = {name: f"env:SECRET_{name}" for name in rig.secrets}
    account = Account(name="a", platform=rig.platform, handle="@a", secrets=places)
    return read_secrets(account, tmp_path)


def echoing(turn: Turn) -> None:
    """Says back whatever it was sent, as platforms do in their errors."""
    heard = f"{turn.heard.headers} {turn.heard.target} {turn.heard.body!r}"
    value = {"error": {"message": heard}, "errors": [{"message": heard}], "detail": heard}
    turn.send(wired(400, json.dumps(value).encode()))


@pytest.mark.parametrize("play", [echoing, Turn.reset, Turn.hang], ids=["echo", "reset", "hang"])
@pytest.mark.parametrize("step", STEPS)
def test_no_secret_is_in_what_is_said_or_logged(
    step: str, play: Play, rig: Rig, canaries: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Not in an error, not in what is printed of it, not in the most talkative log."""
    caplog.set_level(logging.DEBUG)
    error = said(rig, play, step, seconds=0.4 if play is Turn.hang else 20)
    trace = "".join(traceback.format_exception(error))
    shown = " ".join([str(error), repr(error), error.detail, trace, caplog.text])
    assert [] == [name for name, value in canaries.items() if value in shown]


def test_no_secret_is_in_what_stands_for_a_publisher(rig: Rig, canaries: dict[str, str]) -> None:
    """Nor in the address that is called."""
    with Wire(lambda turn: turn.send(wired(*rig.answer(turn.heard.line)))) as wire:
        line = rig.publisher(wire.url)
        line.publish(variant(), Diary())
        line.whoami()
        STEPS["find"](line)
        asked = " ".join(heard.target for heard in wire.requests)
    shown = f"{line!r} {line} {rig.account(None)!r} {asked}"
    assert [] == [value for value in canaries.values() if value in shown]


def test_a_detail_is_one_short_line(rig: Rig) -> None:
    """A page of HTML or a text with line breaks does not fill the log."""
    long = "line\n" * 1000
    value = {"error": {"message": long, "code": 100}, "detail": long}
    detail = said(rig, plain(400, value), "publish").detail
    assert "\n" not in detail
    assert len(detail) <= 300


def test_broken_tells_the_kind_and_the_words() -> None:
    """So that staff can look for what happened."""
    error = broken(TimeoutError("too late"), TimedSession(1), visible=True)
    assert "TimeoutError: too late" == error.detail
