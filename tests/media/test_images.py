"""Images of a workspace: where they may be, and that what was approved is what is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.media.pictures import picture

from jposocial.errors import Interrupted
from jposocial.media.errors import BadImage
from jposocial.media.images import Images
from jposocial.media.store import MediaStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    (folder / "posts" / "media").mkdir(parents=True)
    (folder / "posts" / "media" / "a.png").write_bytes(picture())
    return folder


def images_of(root: Path) -> Images:
    return Images(root, MediaStore(root / "var" / "media"))


@pytest.mark.parametrize("file", ["posts/media/a.png", "media/a.png"])
def test_found_from_the_workspace_or_from_posts(root: Path, file: str) -> None:
    """Either way of writing it is the same image; looking writes nothing."""
    facts = images_of(root).facts(file)
    assert ("image/png", 40, 20) == (facts.type, facts.width, facts.height)
    assert not (root / "var").exists()


def _link(root: Path) -> None:
    (root / "posts" / "media" / "x.png").symlink_to(root / "posts" / "media" / "a.png")


def _link_out(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "x.png").write_bytes(picture())
    (root / "posts" / "media" / "out").symlink_to(outside)


def _pipe(root: Path) -> None:
    os.mkfifo(root / "posts" / "media" / "x.png")


def _folder(root: Path) -> None:
    (root / "posts" / "media" / "x.png").mkdir()


def _empty(root: Path) -> None:
    (root / "posts" / "media" / "x.png").touch()


def _nothing(root: Path) -> None:
    (root / "secret.png").write_bytes(picture())


@pytest.mark.parametrize(
    ("make", "file", "rule", "said"),
    [
        (_link, "posts/media/x.png", "F01", "links are not followed"),
        (_link_out, "posts/media/out/x.png", "F01", "links are not followed"),
        (_pipe, "posts/media/x.png", "F01", "not a plain file"),
        (_folder, "posts/media/x.png", "F01", "a folder, not an image"),
        (_empty, "posts/media/x.png", "E21", "empty"),
        (_nothing, "posts/media/x.png", "E21", "no such image"),
        (_nothing, "../secret.png", "F01", "posts/media alone"),
        (_nothing, "/etc/passwd", "F01", "posts/media alone"),
        (_nothing, "secret.png", "F01", "posts/media alone"),
        (_nothing, "posts/../secret.png", "F01", "posts/media alone"),
        (_nothing, "posts/media/a\n.png", "F01", "posts/media alone"),
        (_nothing, "", "F01", "posts/media alone"),
    ],
)
def test_what_is_not_an_image_of_the_workspace(
    root: Path, make: object, file: str, rule: str, said: str
) -> None:
    """Refused with its rule and what to do, and never read, hung on or followed."""
    make(root)  # type: ignore[operator]
    with pytest.raises(BadImage) as caught:
        images_of(root).facts(file)
    assert rule == caught.value.rule
    assert said in str(caught.value.message)


def test_what_is_kept_is_what_its_name_says(root: Path) -> None:
    """Under the digest of its own bytes, once, and read only while they are those."""
    images, store = images_of(root), MediaStore(root / "var" / "media")
    facts = images.facts("media/a.png", keep=True)
    data, kind = store.read(facts.digest)
    assert ("image/png", facts.size) == (kind, len(data))
    kept = root / "var" / "media" / f"{facts.digest}.png"
    kept.write_bytes(data + b"\0")
    assert not store.intact(facts.digest)
    with pytest.raises(Interrupted):
        store.read(facts.digest)
    kept.unlink()
    with pytest.raises(Interrupted):
        store.read(facts.digest)
    assert facts == images.facts("media/a.png", keep=True)
    assert store.intact(facts.digest)


def test_an_edited_image_is_another(root: Path) -> None:
    """The same name with other bytes has another digest; the approved one stays as it was."""
    images, store = images_of(root), MediaStore(root / "var" / "media")
    first = images.facts("media/a.png", keep=True)
    (root / "posts" / "media" / "a.png").write_bytes(picture(size=(44, 22)))
    second = images.facts("media/a.png", keep=True)
    assert first.digest != second.digest
    assert store.intact(first.digest)
    assert store.intact(second.digest)


def test_as_open_as_the_workspace(root: Path) -> None:
    """Several people may work in it: what one has kept the others can read and replace."""
    root.chmod(0o2770)
    facts = images_of(root).facts("media/a.png", keep=True)
    folder = root / "var" / "media"
    assert 0o770 == folder.stat().st_mode & 0o777
    assert 0o660 == (folder / f"{facts.digest}.png").stat().st_mode & 0o777
