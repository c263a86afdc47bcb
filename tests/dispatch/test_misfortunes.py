"""Each misfortune at each step of each kind of post: out once, and ended by a person if need be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from tests.dispatch.office import DUE, Office

PART = "\n---part---\n"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A post by what it takes to publish it."""

    texts: tuple[str, ...] = ("お知らせです。 https://example.go.jp/a",)
    images: int = 0


SHAPES = {
    "text": Shape(),
    "one image": Shape(images=1),
    "four images": Shape(images=4),
    "thread of three": Shape(texts=("一つ目です。", "二つ目です。", "三つ目です。")),
}

#: (account, shape) → the requests that it takes: method, path, how many before it.
STEPS: dict[tuple[str, str], list[tuple[str, str, int]]] = {
    ("x", "text"): [("POST", "/2/tweets", 0)],
    ("x", "one image"): [("POST", "/2/media/upload", 0), ("POST", "/2/media/metadata", 0), ("POST", "/2/tweets", 0)],
    ("x", "four images"): [("POST", "/2/media/upload", 3), ("POST", "/2/media/metadata", 2), ("POST", "/2/tweets", 0)],
    ("x", "thread of three"): [("POST", "/2/tweets", 0), ("POST", "/2/tweets", 1), ("POST", "/2/tweets", 2)],
    ("facebook", "text"): [("POST", "*/me/feed", 0)],
    ("facebook", "one image"): [("POST", "*/me/photos", 0), ("POST", "*/me/feed", 0)],
    ("facebook", "four images"): [("POST", "*/me/photos", 3), ("POST", "*/me/feed", 0)],
}  # fmt: skip

FAULTS: dict[str, dict[str, Any]] = {
    "hang": {"kind": "hang"},
    "hang_after": {"kind": "hang_after"},
    "drip": {"kind": "drip", "interval": 0.05},
    "reset_before": {"kind": "reset_before"},
    "reset_after": {"kind": "reset_after"},
    "posted_but": {"kind": "posted_but"},
    "broken_body": {"kind": "broken_body"},
    "cut_body": {"kind": "cut_body"},
    "redirect": {"kind": "redirect"},
    "500": {"kind": "status", "status": 500},
    "408": {"kind": "status", "status": 408},
    "400": {"kind": "status", "status": 400},
    "401": {"kind": "status", "status": 401},
    "403": {"kind": "status", "status": 403},
    "429": {"kind": "status", "status": 429},
}


def cases() -> Iterator[Any]:
    for (account, shape), steps in STEPS.items():
        for method, path, before in steps:
            for name, fault in FAULTS.items():
                label = f"{account}, {shape}, {path.rpartition('/')[2]} {before}, {name}"
                given = {**fault, "method": method, "path": path, "skip": before}
                yield pytest.param(account, SHAPES[shape], given, id=label)


def promised(office: Office, account: str, shape: Shape) -> int:
    media = []
    for number in range(shape.images):
        path = office.root / "posts" / "media" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40 + number, 30), "navy").save(path)
        media.append(
            {"file": f"posts/media/{number}.png", "alt": f"{number}番の青い四角", "credit": "見本"}
        )
    more = {"media": media} if media else {}
    (delivery,) = office.promise(account, text=PART.join(shape.texts), **more)
    return delivery


def ended(office: Office, account: str, delivery: int) -> list[str]:
    """What a person, and time, did until it was published; each command is one of the program's."""
    done: list[str] = []
    for _ in range(12):
        row = office.row(delivery)
        match row["status"]:
            case "published":
                return done
            case "unconfirmed" if done.count("waited") >= 3:
                done.append(settled(office, account, row))
            case "failed":
                assert 0 == office.cli("retry", delivery).code
                done.append("retry")
            case _:
                office.clock.move(minutes=20 if "account" in row["blockers"] else 4)
                done.append("waited")
        office.publish()
    raise AssertionError(f"it is {office.status(delivery)} after {done}")


def settled(office: Office, account: str, row: dict[str, Any]) -> str:
    """A person reads the timeline and says what is there."""
    receipts = {receipt["id"] for receipt in row["receipts"]}
    there = [entry for entry in office.sandbox.entries(account) if entry.id not in receipts]
    assert [] == there, "what is out is found without a person"
    assert 0 == office.cli("resolve", row["id"], "--absent").code
    return "absent"


@pytest.mark.parametrize(("account", "shape", "fault"), list(cases()))
def test_misfortune(office: Office, account: str, shape: Shape, fault: dict[str, Any]) -> None:
    """Accepted once, part by part, in order, with its images; nothing is left open."""
    slow = fault["kind"] in ("hang", "hang_after", "drip")
    if slow:
        office.configure(accounts={account: {"timeout": "1s"}})
    delivery = promised(office, account, shape)
    office.clock.now = DUE
    office.misbehave(**fault)
    office.publish()
    visible = office.sandbox.entries(account)
    assert len(visible) <= len(shape.texts)
    if slow:
        office.configure(accounts={account: {"timeout": "20s"}})
    ended(office, account, delivery)
    entries = office.sandbox.entries(account)
    assert list(shape.texts) == [entry.text for entry in entries]
    assert [shape.images] == [len(entry.media) for entry in entries[:1]]
    assert [None, *(entry.id for entry in entries[:-1])] == [entry.parent for entry in entries]
    row = office.row(delivery)
    assert [entry.id for entry in entries] == [receipt["id"] for receipt in row["receipts"]]
    assert office.clock() < DUE + timedelta(hours=6)
