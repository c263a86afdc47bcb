"""Each misfortune × each step of a text, of images, of a thread, on every platform.

Whatever a platform does at whatever step: readers see each part at most once, the row's state
says what is known, and a person can end it with a command that `queue` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.publishers.contract.desk import ContractDesk
from tests.publishers.rigs import RIGS

from jposocial.model import Status
from jposocial.sandbox import Fault

Open = Callable[[str], ContractDesk]


@dataclass(frozen=True, kw_only=True)
class Payload:
    texts: Sequence[str]
    images: int = 0


PAYLOADS = {
    "text": Payload(texts=("お知らせです。 https://example.go.jp/a?x=1&copy=2",)),
    "one image": Payload(texts=("図を見てください。",), images=1),
    "four images": Payload(texts=("四つの図です。",), images=4),
    "thread": Payload(texts=("一つ目 https://example.go.jp/", "二つ目", "三つ目"), images=1),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request on the way: the first, second … of its kind."""

    name: str
    method: str
    path: str
    number: int = 0
    #: The part whose bytes readers would see; None: nobody sees the step.
    part: int | None = None

    @property
    def fault(self) -> Mapping[str, Any]:
        return {"method": self.method, "path": self.path, "skip": self.number}


WHOAMI = {"x": "/2/users/me", "facebook": "/v25.0/me"}
POST = {"x": "/2/tweets", "facebook": "/v25.0/me/feed"}
UPLOAD = {"x": "/2/media/upload", "facebook": "/v25.0/me/photos"}
LISTED = {"x": "/2/users/7/tweets", "facebook": "/v25.0/me/feed"}


def steps(platform: str, payload: str) -> Iterator[Step]:
    """The steps of that payload; of many alike the first and the last."""
    given = PAYLOADS[payload]
    if payload == "text":
        yield Step(name="whoami", method="GET", path=WHOAMI[platform])
    for number in sorted({0, given.images - 1}) if given.images and payload != "thread" else ():
        yield Step(name=f"image {number + 1}", method="POST", path=UPLOAD[platform], number=number)
        if platform == "x":
            path = "/2/media/metadata"
            yield Step(name=f"alt {number + 1}", method="POST", path=path, number=number)
    for number in range(len(given.texts)):
        name = f"part {number + 1}" if len(given.texts) > 1 else "post"
        yield Step(name=name, method="POST", path=POST[platform], number=number, part=number)


@dataclass(frozen=True, kw_only=True)
class Misfortune:
    fault: Mapping[str, Any]
    #: broken (nobody knows), refused, stopped (the account), limited.
    means: str
    #: Whether readers see a post that was asked for all the same.
    posted: bool = False
    slow: bool = False


def broken(kind: str, *, posted: bool = False, slow: bool = False, **more: Any) -> Misfortune:
    fault = {"kind": kind, "interval": 0.05, **more}
    return Misfortune(fault=fault, means="broken", posted=posted, slow=slow)


def definite(means: str, **more: Any) -> Misfortune:
    return Misfortune(fault={"kind": "status", **more}, means=means)


MISFORTUNES = {
    "hang": broken("hang", slow=True),
    "hang after": broken("hang_after", posted=True, slow=True),
    "drip": broken("drip", posted=True, slow=True),
    "reset before": broken("reset_before"),
    "reset after": broken("reset_after", posted=True),
    "500 though posted": broken("posted_but", posted=True),
    "408 though posted": broken("posted_but", posted=True, status=408),
    "half a JSON": broken("broken_body", posted=True),
    "half the bytes": broken("cut_body", posted=True),
    "redirect": broken("redirect"),
    "500": broken("status", status=500),
    "503": broken("status", status=503),
    "408": broken("status", status=408),
    "499": broken("status", status=499),
    "400": definite("refused", status=400),
    "404": definite("refused", status=404),
    "401": definite("stopped", status=401),
    "402": definite("stopped", status=402),
    "429": definite("limited", status=429),
}


#: What a platform never says.
ABSENT = {"x": (), "facebook": ("402",)}


def table() -> Iterator[Any]:
    for platform, rig in RIGS.items():
        for kind, payload in PAYLOADS.items():
            if kind == "thread" and not rig.threads:
                continue
            for step in steps(platform, kind):
                for name, misfortune in MISFORTUNES.items():
                    if name in ABSENT[platform]:
                        continue
                    case = f"{platform}-{kind}-{step.name}-{name}"
                    yield pytest.param(platform, payload, step, misfortune, id=case)


def state(step: Step, means: str) -> Status:
    """What the row says after the run that met the misfortune."""
    if step.name == "whoami" or means == "limited":
        return Status.SCHEDULED
    if means == "broken":
        return Status.SCHEDULED if step.part is None else Status.UNCONFIRMED
    if means == "stopped":
        # Half a thread is out: a person decides.
        return Status.FAILED if step.part else Status.SCHEDULED
    return Status.FAILED


def commands(step: Step, misfortune: Misfortune) -> list[str]:
    """What a person does to bring it to its end; by itself: nothing."""
    reached = state(step, misfortune.means)
    if reached is Status.FAILED:
        return ["retry"]
    if reached is Status.UNCONFIRMED and not misfortune.posted:
        return ["resolve --absent"]
    return []


@pytest.mark.parametrize(("platform", "payload", "step", "misfortune"), list(table()))
def test_each_misfortune_at_each_step(
    platform: str, payload: Payload, step: Step, misfortune: Misfortune, open_desk: Open
) -> None:
    """Accepted at most once, the right state, and an end that a person can bring about."""
    desk = open_desk(platform)
    made = desk.approved(payload.texts, payload.images)
    desk.sandbox.misbehave(Fault(**misfortune.fault, **step.fault))
    desk.seconds(0.7 if misfortune.slow else 20)
    desk.run()
    desk.seconds(20)
    assert state(step, misfortune.means) is desk.row(made).status
    shown = (step.part or 0) + (misfortune.posted and step.part is not None)
    assert list(payload.texts[:shown]) == [entry.text for entry in desk.readers()]
    assert (step.part or 0) == len(desk.row(made).receipts)
    assert commands(step, misfortune) == desk.end(made)
    whole_and_once(desk, made, payload)


def whole_and_once(desk: ContractDesk, made: int, payload: Payload) -> None:
    """Readers see each part once, in its place, with its images; each has its receipt."""
    entries = desk.readers()
    assert list(payload.texts) == [entry.text for entry in entries]
    assert [None, *(entry.id for entry in entries[:-1])] == [entry.parent for entry in entries]
    alts = [f"図{number}" for number in range(payload.images)]
    assert [alts, *([] for _ in entries[1:])] == [
        [image["alt"] for image in entry.media] for entry in entries
    ]
    assert [entry.id for entry in entries] == [r.id for r in desk.row(made).receipts]
    desk.outbox.clock.move(hours=1)
    desk.run()
    assert len(entries) == len(desk.readers()), "published is final"


# What the platforms say in words of their own.


@dataclass(frozen=True, kw_only=True)
class Reason:
    means: str
    #: What the row's detail begins with.
    said: str
    status: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


REASONS = {
    "x": {
        "duplicate": Reason(means="refused", said="E07 403"),
        "deleted-parent": Reason(means="refused", said="403"),
        "credits": Reason(means="stopped", said="402"),
        "usage-capped": Reason(means="stopped", said="429"),
        "suspended": Reason(means="stopped", said="403"),
        "locked": Reason(means="stopped", said="403"),
        "permissions": Reason(means="stopped", said="403"),
    },
    "facebook": {
        "1": Reason(means="broken", said="500 (1)"),
        "2": Reason(means="broken", said="503 (2)"),
        "4": Reason(means="limited", said="403 (4)"),
        "10": Reason(means="stopped", said="403 (10)"),
        "17": Reason(means="limited", said="400 (17)"),
        "32": Reason(means="limited", said="403 (32)"),
        "100": Reason(means="refused", said="400 (100)"),
        "190": Reason(means="stopped", said="401 (190)"),
        "200": Reason(means="stopped", said="403 (200)"),
        "341": Reason(means="limited", said="400 (341)"),
        "368": Reason(means="stopped", said="400 (368)"),
        "506": Reason(means="refused", said="E07 400 (506)"),
        "613": Reason(means="limited", said="400 (613)"),
        "80001": Reason(means="limited", said="400 (80001)"),
    },
}


def reasons() -> Iterator[Any]:
    for platform, known in REASONS.items():
        for name, reason in known.items():
            yield pytest.param(platform, name, reason, id=f"{platform}-{name}")


@pytest.mark.parametrize(("platform", "name", "reason"), list(reasons()))
def test_each_refusal_in_the_platforms_words(
    platform: str, name: str, reason: Reason, open_desk: Open
) -> None:
    """The whole table of platforms.md: the state, the words that staff read, and the end of it."""
    desk, payload = open_desk(platform), PAYLOADS["text"]
    made = desk.approved(payload.texts)
    step = Step(name="post", method="POST", path=POST[platform], part=0)
    desk.sandbox.misbehave(Fault(kind="status", reason=name, **step.fault))
    desk.run()
    row = desk.row(made)
    assert state(step, reason.means) is row.status
    assert row.detail.startswith(reason.said)
    desk.end(made)
    whole_and_once(desk, made, payload)


@pytest.mark.parametrize(
    ("platform", "status"),
    [("x", 401), ("x", 402), ("x", 429), ("facebook", 401), ("facebook", 403), ("facebook", 429)],
)
def test_what_stops_the_account_stops_all_of_it(
    platform: str, status: int, open_desk: Open
) -> None:
    """The other posts of the account wait and are not tried, and one alarm tells of it."""
    desk = open_desk(platform)
    first = desk.approved(["一つ目のお知らせ"])
    others = [
        desk.outbox.approved(f"other-{n}", account=platform, texts=(f"ほかのお知らせ {n}",))
        for n in range(3)
    ]
    desk.sandbox.misbehave(
        Fault(kind="status", status=status, method="POST", path=POST[platform], times=0)
    )
    desk.run()
    assert 1 == desk.sandbox.requests()[f"POST {POST[platform]}"]
    assert [Status.SCHEDULED] * 4 == [desk.row(one).status for one in (first, *others)]
    assert [["account"]] * 3 == [desk.outbox.blockers(one) for one in others]
    assert (status != 429) == desk.outbox.events().count("account.suspended")
    for _ in range(5):
        desk.outbox.clock.move(minutes=61)
        desk.run()
    assert (status != 429) == desk.outbox.events().count("account.suspended"), "one, not one a post"
    desk.sandbox.behave()
    desk.outbox.clock.move(minutes=61)
    desk.run()
    assert [Status.PUBLISHED] * 4 == [desk.row(one).status for one in (first, *others)]
    assert {1} == set(desk.posted().values())


# Looking for what is in doubt.


@pytest.mark.parametrize("platform", RIGS)
@pytest.mark.parametrize("name", MISFORTUNES)
def test_a_look_that_fails_proves_nothing(platform: str, name: str, open_desk: Open) -> None:
    """Whatever happens to the reading: still in doubt, never sent again, found by the next look."""
    desk, payload, misfortune = open_desk(platform), PAYLOADS["one image"], MISFORTUNES[name]
    made = desk.approved(payload.texts, payload.images)
    desk.sandbox.misbehave(Fault(kind="posted_but", method="POST", path=POST[platform]))
    desk.run()
    desk.sandbox.misbehave(Fault(**misfortune.fault, method="GET", path=LISTED[platform]))
    desk.seconds(0.7 if misfortune.slow else 20)
    desk.outbox.clock.move(minutes=4)
    desk.run()
    desk.seconds(20)
    assert Status.UNCONFIRMED is desk.row(made).status
    assert [] == desk.end(made)
    whole_and_once(desk, made, payload)


@pytest.mark.parametrize("platform", [name for name, rig in RIGS.items() if rig.threads])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_part_in_doubt_is_found_in_its_turn(
    platform: str, part: int, open_desk: Open
) -> None:
    """From this part on every answer is lost: each is found, and the next goes out below it."""
    desk, payload = open_desk(platform), PAYLOADS["thread"]
    made = desk.approved(payload.texts, payload.images)
    path = POST[platform]
    desk.sandbox.misbehave(Fault(kind="reset_after", method="POST", path=path, skip=part, times=0))
    desk.run()
    assert Status.UNCONFIRMED is desk.row(made).status
    assert [] == desk.end(made)
    whole_and_once(desk, made, payload)
    assert 3 == desk.sandbox.requests()[f"POST {path}"]


@pytest.mark.parametrize("platform", [name for name, rig in RIGS.items() if rig.threads])
def test_two_replies_that_read_the_same_go_to_a_person(platform: str, open_desk: Open) -> None:
    """One of them is ours, and nobody guesses which."""
    desk, payload = open_desk(platform), PAYLOADS["thread"]
    made = desk.approved(payload.texts, payload.images)
    desk.sandbox.misbehave(Fault(kind="reset_after", method="POST", path=POST[platform], skip=1))
    desk.run()
    (_, ours) = desk.readers()
    desk.timeline.append(ours, lambda number: str(9 * 10**17 + number))
    for _ in range(4):
        desk.outbox.clock.move(minutes=4)
        desk.run()
    row = desk.row(made)
    assert (Status.UNCONFIRMED, None) == (row.status, row.look_after)
    assert 3 == len(desk.readers())
