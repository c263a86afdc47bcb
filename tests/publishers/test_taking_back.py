"""Deleting, and what credentials may do: against the sandbox, and against answers that are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from tests.net.wire import Play, Wire, wired
from tests.publishers.rigs import RIGS, STARTED, Clock, Diary, Rig, variant

from jposocial.errors import (
    OutcomeUnknown,
    PublishError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from jposocial.protocols import Inspectable, Retractable
from jposocial.sandbox import Fault, Sandbox, Timeline

ABSENT = {"x": "2000000000000009999", "facebook": "7_122000000000009999"}


def line(rig: Rig, sandbox: Sandbox) -> Retractable:
    publisher = rig.publisher(sandbox.url)
    assert isinstance(publisher, Retractable)
    return publisher


def test_what_is_deleted_is_gone(rig: Rig, sandbox: Sandbox) -> None:
    """That post alone; readers do not see it any more, and the sandbox knows that it was there."""
    publisher = rig.publisher(sandbox.url)
    (first,) = publisher.publish(variant("一つ目"), Diary())
    publisher.publish(variant("二つ目"), Diary())
    assert line(rig, sandbox).delete(first.id) is True
    assert ["二つ目"] == [entry.text for entry in sandbox.entries()]
    assert ["一つ目"] == [one.entry.text for one in sandbox.timeline.deleted()]


def test_deleting_again_does_no_harm(rig: Rig, sandbox: Sandbox) -> None:
    """The second time it was not there any more; so it is for a post that never was."""
    (receipt,) = rig.publisher(sandbox.url).publish(variant(), Diary())
    deleting = line(rig, sandbox)
    assert [True, False] == [deleting.delete(receipt.id) for _ in range(2)]
    assert deleting.delete(ABSENT[rig.platform]) is False


@pytest.mark.parametrize(
    ("kind", "gone"),
    [
        ("hang", False), ("reset_before", False), ("reset_after", True), ("posted_but", True),
        ("broken_body", True), ("cut_body", True), ("redirect", False),
    ],
)  # fmt: skip
def test_a_broken_answer_is_unknown_and_can_be_asked_again(
    rig: Rig, sandbox: Sandbox, kind: str, gone: bool
) -> None:
    """Whatever came of it: the next time it is gone for certain."""
    (receipt,) = rig.publisher(sandbox.url).publish(variant(), Diary())
    sandbox.misbehave(Fault(kind=kind, method="DELETE"))
    deleting = cast(Retractable, rig.publisher(sandbox.url, 0.5 if kind == "hang" else 20))
    with pytest.raises(OutcomeUnknown):
        deleting.delete(receipt.id)
    assert (not gone) is bool(sandbox.entries())
    assert line(rig, sandbox).delete(receipt.id) is (not gone)
    assert () == sandbox.entries()


Answers = dict[str, tuple[int, object, type[PublishError]]]

X_ANSWERS: Answers = {
    "somebody else's": (403, {"detail": "You are not authorized to delete this Tweet."}, Rejected),
    "revoked": (401, {"title": "Unauthorized"}, Unauthorized),
    "too many": (429, {}, RateLimited),
    "down": (503, {}, OutcomeUnknown),
    "not deleted": (200, {"data": {"deleted": False}}, OutcomeUnknown),
    "no word of it": (200, {"data": {}}, OutcomeUnknown),
    "a list": (200, [], OutcomeUnknown),
}
FACEBOOK_ANSWERS: Answers = {
    "no permission": (403, {"error": {"code": 200, "message": "Permissions error"}}, Unauthorized),
    "expired": (400, {"error": {"code": 190, "message": "expired"}}, Unauthorized),
    "too many": (400, {"error": {"code": 32, "message": "limit"}}, RateLimited),
    "a bad id": (400, {"error": {"code": 100, "message": "bad"}}, Rejected),
    "transient": (500, {"error": {"code": 2, "is_transient": True}}, OutcomeUnknown),
    "not deleted": (200, {"success": False}, OutcomeUnknown),
    "no word of it": (200, {}, OutcomeUnknown),
}


@pytest.mark.parametrize(
    ("platform", "status", "body", "error"),
    [
        pytest.param(platform, *answer, id=f"{platform}: {name}")
        for platform, answers in (("x", X_ANSWERS), ("facebook", FACEBOOK_ANSWERS))
        for name, answer in answers.items()
    ],
)
def test_only_a_plain_yes_is_deleted(
    platform: str, status: int, body: object, error: type[PublishError]
) -> None:
    """Each refusal is what it is; what says nothing leaves it open."""
    play: Play = lambda turn: turn.send(wired(status, json.dumps(body).encode()))  # noqa: E731
    with Wire(play) as wire, pytest.raises(error):
        cast(Retractable, RIGS[platform].publisher(wire.url)).delete("7_41")
    assert ["DELETE"] == [heard.method for heard in wire.requests]


MISSING = {"error": {"code": 100, "error_subcode": 33, "message": "does not exist, or permissions"}}


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        pytest.param((400, MISSING), False, id="not to be read either: gone"),
        pytest.param((200, {"id": "7_41"}), Rejected, id="it can be read: not deleted"),
        pytest.param((500, {}), Unavailable, id="nobody knows"),
    ],
)
def test_facebook_hides_a_missing_permission_behind_does_not_exist(
    read: tuple[int, object], expected: object
) -> None:
    """So what it says is missing is looked for before it counts as gone."""
    answers = {"DELETE": (400, MISSING), "GET": read}

    def play(turn: object) -> None:
        status, body = answers[turn.heard.method]  # type: ignore[attr-defined]
        turn.send(wired(status, json.dumps(body).encode()))  # type: ignore[attr-defined]

    with Wire(play) as wire:
        deleting = cast(Retractable, RIGS["facebook"].publisher(wire.url))
        if expected is False:
            assert deleting.delete("7_41") is False
        else:
            with pytest.raises(cast(type[PublishError], expected)):
                deleting.delete("7_41")


# What credentials may do.

MAY = {"x": ("read", "write"), "facebook": ("pages_read_engagement", "pages_manage_posts")}


def rights(rig: Rig, tmp_path: Path, clock: Clock, **account: object):
    """What the platform says of an account whose token has `account`."""
    timeline = Timeline(tmp_path / "rights.jsonl")
    told = replace(rig.sandbox_account(), **account)
    with Sandbox([told], timeline, clock) as sandbox:
        publisher = rig.publisher(sandbox.url)
        publisher.whoami()
        found = cast(Inspectable, publisher).permissions()
    timeline.close()
    return found


def test_what_the_credentials_may_do(rig: Rig, tmp_path: Path, clock: Clock) -> None:
    """Every scope, nothing lacking, no end."""
    found = rights(rig, tmp_path, clock)
    assert (MAY[rig.platform], (), None) == (found.scopes, found.lacking, found.expires)


def test_credentials_that_may_only_read(rig: Rig, tmp_path: Path, clock: Clock) -> None:
    """What posting needs is named."""
    found = rights(rig, tmp_path, clock, scopes=("read", "pages_read_engagement"))
    assert {"x": ("write",), "facebook": ("pages_manage_posts",)}[rig.platform] == found.lacking


def test_when_a_page_token_ends(tmp_path: Path, clock: Clock) -> None:
    """To the second."""
    end = STARTED + timedelta(days=3)
    assert end == rights(RIGS["facebook"], tmp_path, clock, expires=end).expires


def test_the_access_to_data_may_end_before_the_token() -> None:
    """The earlier end counts; 0 is never."""
    end = datetime(2027, 1, 1, tzinfo=UTC)
    said = {"data": {"expires_at": 0, "data_access_expires_at": int(end.timestamp())}}
    play: Play = lambda turn: turn.send(wired(200, json.dumps(said).encode()))  # noqa: E731
    with Wire(play) as wire:
        found = cast(Inspectable, RIGS["facebook"].publisher(wire.url)).permissions()
    assert (end, None, ()) == (found.expires, found.scopes, found.lacking)


BROKEN: dict[str, Callable[[], bytes]] = {
    "no data": lambda: b"{}",
    "a list": lambda: b"[]",
    "no number": lambda: b'{"data": {"expires_at": "soon"}}',
    "beyond the calendar": lambda: b'{"data": {"expires_at": 99999999999999999999}}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_an_unreadable_description_says_nothing(body: Callable[[], bytes]) -> None:
    """Unavailable, and no secret in it."""
    with (
        Wire(lambda turn: turn.send(wired(200, body()))) as wire,
        pytest.raises(Unavailable) as caught,
    ):
        cast(Inspectable, RIGS["facebook"].publisher(wire.url)).permissions()
    assert "canary" not in str(caught.value)
