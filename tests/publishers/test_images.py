"""What every publisher keeps of a post's images, against the sandbox over real HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from tests.media.pictures import picture
from tests.publishers.rigs import STARTED, WHO, Clock, Diary, Rig, variant

from jposocial.errors import Interrupted, OutcomeUnknown, PublishError, Rejected, Unavailable
from jposocial.media.encoding import prepared
from jposocial.media.store import MediaStore
from jposocial.model import Media, Part, Variant
from jposocial.protocols import Publisher, Reconciler
from jposocial.publishers import publisher
from jposocial.publishers.uploads import Supplies
from jposocial.sandbox import Fault, Sandbox

#: Platform → where its images are uploaded.
UPLOADS = {"x": "POST /2/media/upload", "facebook": "POST /v25.0/me/photos"}
ALTS = ("一枚目の図", "二枚目の図", "三枚目の図", "四枚目の図")

#: What a broken line does to a step that nobody sees.
BREAKS = ("hang", "reset_before", "reset_after", "posted_but", "broken_body", "cut_body")


class Desk:
    """A publisher with images to send, and what is kept of them."""

    def __init__(self, rig: Rig, sandbox: Sandbox, clock: Clock, folder: Path) -> None:
        self.rig, self.sandbox, self.clock = rig, sandbox, clock
        self.store = MediaStore(folder / "media")
        self.folder = folder / "media"

    def publisher(self, seconds: float = 20) -> Publisher:
        account = self.rig.account(self.sandbox.url, seconds)
        return publisher(
            account, self.rig.secrets, Supplies(read=self.store.read, clock=self.clock)
        )

    def variant(self, count: int, text: str = "お知らせです。") -> Variant:
        """A text with `count` images, each of its own size."""
        images = []
        for number in range(count):
            image = prepared(picture(size=(40 + number, 20)), "a.png")
            self.store.keep(image)
            images.append(
                Media(
                    file=f"posts/media/{number}.png",
                    alt=ALTS[number],
                    digest=image.digest,
                    type=image.type,
                    size=len(image.data),
                )
            )
        plain = variant(text, platform=self.rig.platform)
        return replace(plain, parts=(replace(plain.parts[0], media=tuple(images)),))

    def asked(self, line: str) -> int:
        return self.sandbox.requests().get(line, 0)

    @property
    def uploaded(self) -> int:
        return self.asked(UPLOADS[self.rig.platform])


@pytest.fixture
def desk(rig: Rig, sandbox: Sandbox, clock: Clock, tmp_path: Path) -> Desk:
    return Desk(rig, sandbox, clock, tmp_path)


@pytest.mark.parametrize("count", [1, 4])
def test_readers_see_each_image_with_its_words(desk: Desk, count: int) -> None:
    """In their order, with their alt texts, byte for byte as they are kept; in one post."""
    given = desk.variant(count)
    (receipt,) = desk.publisher().publish(given, Diary())
    (entry,) = desk.sandbox.entries()
    assert receipt.id == entry.id
    assert list(ALTS[:count]) == [image["alt"] for image in entry.media]
    shown = [desk.sandbox.timeline.image(image["digest"]) for image in entry.media]
    digests = [hashlib.sha256(data).hexdigest() for data in shown]
    assert [image.digest for image in given.parts[0].media] == digests
    assert (count, 1) == (desk.uploaded, desk.asked(desk.rig.visible))


def test_images_stand_proved_before_the_post_begins(desk: Desk) -> None:
    """Nothing that readers can see happens before every image is there."""
    diary = Diary()
    desk.publisher().publish(desk.variant(2), diary)
    begun = diary.calls.index("begin part:0")
    proofs = [n for n, call in enumerate(diary.calls) if call.startswith("prove upload:")]
    assert 2 == len(proofs)
    assert max(proofs) < begun


@pytest.mark.parametrize("kind", BREAKS)
@pytest.mark.parametrize("skip", [0, 2], ids=["the first image", "the third"])
def test_a_broken_upload_is_repeated_and_what_is_there_is_not(
    desk: Desk, kind: str, skip: int
) -> None:
    """Nobody has seen anything: later, and only what is not proved is sent again."""
    path = UPLOADS[desk.rig.platform].split()[1]
    given, diary = desk.variant(4), Diary()
    desk.sandbox.misbehave(Fault(kind=kind, method="POST", path=path, skip=skip, interval=0.05))
    with pytest.raises(Unavailable):
        desk.publisher(0.5 if kind == "hang" else 20).publish(given, diary)
    assert not [call for call in diary.calls if call.startswith("begin")]
    before = desk.uploaded
    assert skip + 1 == before
    desk.publisher().publish(given, diary)
    assert 4 - skip == desk.uploaded - before
    assert 1 == len(desk.sandbox.entries())
    assert 4 == len(desk.sandbox.entries()[0].media)


@pytest.mark.parametrize("kind", ["reset_after", "posted_but", "cut_body", "hang_after"])
def test_a_broken_post_is_unknown_and_not_repeated(desk: Desk, kind: str) -> None:
    """With images as without: one visible request, and no claim about its outcome."""
    path = desk.rig.visible.split()[1]
    desk.sandbox.misbehave(Fault(kind=kind, method="POST", path=path, interval=0.05))
    with pytest.raises(OutcomeUnknown):
        desk.publisher(0.5 if kind == "hang_after" else 20).publish(desk.variant(1), Diary())
    assert 1 == desk.asked(desk.rig.visible)
    assert 1 == len(desk.sandbox.entries())


def test_an_upload_that_would_not_live_until_its_post_is_made_again(desk: Desk) -> None:
    """After a day an upload may be gone: the second attempt brings the image anew."""
    given, diary = desk.variant(1), Diary()
    path = desk.rig.visible.split()[1]
    desk.sandbox.misbehave(Fault(kind="status", method="POST", path=path, status=429))
    with pytest.raises(PublishError):
        desk.publisher().publish(given, diary)
    desk.clock.now = STARTED + timedelta(hours=1)
    assert 1 == desk.uploaded
    desk.clock.now = STARTED + timedelta(days=30)
    desk.publisher().publish(given, diary)
    assert 2 == desk.uploaded
    assert 1 == len(desk.sandbox.entries())


def test_a_post_that_was_put_off_takes_its_images_along(desk: Desk) -> None:
    """A rate limit on the post: the images are there, and are not sent again an hour later."""
    given, diary = desk.variant(2), Diary()
    path = desk.rig.visible.split()[1]
    desk.sandbox.misbehave(Fault(kind="status", method="POST", path=path, status=429))
    with pytest.raises(PublishError) as caught:
        desk.publisher().publish(given, diary)
    assert not isinstance(caught.value, OutcomeUnknown | Rejected)
    desk.clock.now = STARTED + timedelta(hours=1)
    desk.publisher().publish(given, diary)
    assert 2 == desk.uploaded
    assert 2 == len(desk.sandbox.entries()[0].media)


def _changed(folder: Path) -> None:
    for path in folder.glob("*.png"):
        path.write_bytes(picture(size=(9, 9)))


def _gone(folder: Path) -> None:
    for path in folder.glob("*.png"):
        path.unlink()


@pytest.mark.parametrize("spoil", [_changed, _gone], ids=["changed", "gone"])
def test_other_bytes_than_approved_are_never_sent(
    desk: Desk, spoil: Callable[[Path], None]
) -> None:
    """The blocker is `file`, and not a byte has left."""
    given = desk.variant(1)
    spoil(desk.folder)
    with pytest.raises(Interrupted) as caught:
        desk.publisher().publish(given, Diary())
    assert "file" in str(caught.value)
    assert {} == desk.sandbox.requests()


def test_without_the_store_no_image_is_left_out(desk: Desk) -> None:
    """A publisher that was given no images to read does not send the text alone."""
    with pytest.raises(Interrupted):
        desk.rig.publisher(desk.sandbox.url).publish(desk.variant(1), Diary())
    assert {} == desk.sandbox.requests()


def test_an_image_that_the_platform_refuses(desk: Desk) -> None:
    """It says no: a person has to mend it, and the post was never begun."""
    path = UPLOADS[desk.rig.platform].split()[1]
    desk.sandbox.misbehave(Fault(kind="status", method="POST", path=path, status=400))
    diary = Diary()
    with pytest.raises(Rejected):
        desk.publisher().publish(desk.variant(1), diary)
    assert not [call for call in diary.calls if call.startswith("begin")]
    assert () == desk.sandbox.entries()


@pytest.mark.parametrize(("posted", "looked_for", "same"), [(2, 2, True), (2, 1, False), (1, 0, False), (0, 1, False)])  # fmt: skip
def test_found_by_text_and_number_of_images(
    desk: Desk, posted: int, looked_for: int, same: bool
) -> None:
    """The same words with other images are another post."""
    line = desk.publisher()
    (receipt,) = line.publish(desk.variant(posted), Diary())
    part: Part = desk.variant(looked_for).parts[0]
    found = cast(Reconciler, line).find(part, WHO, STARTED - timedelta(minutes=5))
    assert ([receipt.id] if same else []) == [one.id for one in found]
