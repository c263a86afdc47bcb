"""Images from a content file to the reader: checked, bound by the approval, posted as approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, Office, opened
from tests.media.pictures import bomb, photograph, picture
from tests.workspace import checked, make_workspace, tree_digest, write_post

ONE = {"file": "posts/media/a.png", "alt": "会場の案内図。駅から徒歩5分です。", "credit": "見本"}


def office(
    tmp_path: Path, *, raw: bytes | None = None, media: object = None, **toml: object
) -> Path:
    root = make_workspace(tmp_path, approval={"required": False}, **toml)  # type: ignore[arg-type]
    (root / "posts" / "media").mkdir()
    (root / "posts" / "media" / "a.png").write_bytes(picture() if raw is None else raw)
    write_post(root, "map", "会場の案内です。", media=media or [ONE], publish="2026-12-01 10:00")
    return root


@pytest.mark.parametrize(
    ("raw", "rule", "said"),
    [
        (picture(), None, ""),
        (photograph(), "E21", "its name says otherwise"),
        (b"", "E21", "empty"),
        (bomb(), "E21", "pixels"),
        (picture()[:50], "E21", "broken or cut off"),
        (b"<svg/>", "E21", "SVG"),
    ],
    ids=["sound", "a lying name", "empty", "a bomb", "cut off", "svg"],
)
def test_checked(tmp_path: Path, raw: bytes, rule: str | None, said: str) -> None:
    """At the image's line in the file, for the file as a whole; nothing is written."""
    root = office(tmp_path, raw=raw)
    before = tree_digest(root)
    found = [p for p in checked(root) if p["severity"] == "error"]
    assert ([rule] if rule else []) == [p["rule"] for p in found]
    assert all(said in p["message"] and p["path"].endswith("map.md") for p in found)
    text = (root / "posts").rglob("map.md").__next__().read_text(encoding="utf-8").split("\n")
    assert all("a.png" in text[p["line"] - 1] for p in found)
    assert before == tree_digest(root)


def test_too_many_for_an_account(tmp_path: Path) -> None:
    """X takes four; the fifth is said of that account."""
    root = office(tmp_path, media=[ONE] * 5)
    found = [(p["rule"], p["account"]) for p in checked(root) if p["severity"] == "error"]
    assert [("E21", "x")] == found


def test_too_long_an_alternative_text(tmp_path: Path) -> None:
    """X takes a thousand characters."""
    root = office(tmp_path, media=[ONE | {"alt": "会場の案内図です。" * 120}])
    found = [(p["rule"], p["account"]) for p in checked(root) if p["severity"] == "error"]
    assert ("E21", "x") in found


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with one image, and a sandbox to post to."""
    with opened(tmp_path, monkeypatch) as office:
        (office.root / "posts" / "media").mkdir()
        (office.root / "posts" / "media" / "a.png").write_bytes(picture())
        yield office


def test_the_hash_binds_the_image(live: Office) -> None:
    """Another picture under the same name, or another alt text, is another, unapproved payload."""
    [first] = live.promise("x", media=[ONE])
    (live.root / "posts" / "media" / "a.png").write_bytes(picture(size=(60, 30)))
    assert [first] == [one["old"] for one in live.json("sync")["replaced"]]
    [second] = [row for row in live.rows() if row["status"] == "scheduled"]
    assert live.row(first)["payload_hash"] != second["payload_hash"]
    assert ["approval"] == second["blockers"]
    live.promise("x", media=[ONE | {"alt": "会場の案内図。駅から徒歩10分です。"}])
    assert "cancelled" == live.status(second["id"])


def test_published_as_approved(live: Office) -> None:
    """Both accounts show the image with its alt text, and exactly the bytes of the store."""
    ids = live.promise("x", "facebook", media=[ONE])
    live.clock.now = DUE
    code, report = live.publish()
    assert (0, sorted(ids)) == (code, sorted(report["published"]))
    kept = [path.read_bytes() for path in (live.root / "var" / "media").glob("*.png")]
    for account in ("x", "facebook"):
        [entry] = live.sandbox.entries(account)
        assert [ONE["alt"]] == [image["alt"] for image in entry.media]
        assert kept == [live.sandbox.timeline.image(image["digest"]) for image in entry.media]


def test_a_changed_store_is_never_sent(live: Office) -> None:
    """Other bytes under the approved name: the row waits with blocker `file`, nothing goes out."""
    [made] = live.promise("x", media=[ONE])
    for path in (live.root / "var" / "media").glob("*.png"):
        path.write_bytes(picture(size=(50, 20)))
    live.clock.now = DUE
    code, report = live.publish()
    assert (1, [{"id": made, "blockers": ["file"]}]) == (code, report["blocked"])
    assert not live.sandbox.entries()
    live.cli("sync")
    assert (0, [made]) == (live.publish()[0], [r["id"] for r in live.rows()])
    assert 1 == len(live.sandbox.entries("x"))


def test_an_image_that_is_gone_holds_its_post_back(live: Office) -> None:
    """The file has an error then (E21), and what it promised waits."""
    [made] = live.promise("x", media=[ONE])
    (live.root / "posts" / "media" / "a.png").unlink()
    live.clock.now = DUE
    code, report = live.publish()
    assert (1, [{"id": made, "blockers": ["file"]}]) == (code, report["blocked"])
    assert not live.sandbox.entries()
