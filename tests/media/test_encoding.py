"""What goes out of an image: the picture and nothing else, the same bytes each time."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.media.pictures import animated, bomb, photograph, picture

from jposocial.media.encoding import JPEG, PNG, WEBP, media_type, prepared, refuse_false_name
from jposocial.media.errors import BadImage


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(picture("PNG"), PNG), (picture("JPEG"), JPEG), (picture("WEBP"), WEBP)],
    ids=["png", "jpeg", "webp"],
)
def test_the_format_stays(raw: bytes, kind: str) -> None:
    """Each is encoded again as what it is, of its own size."""
    found = prepared(raw, "a")
    assert (kind, 40, 20) == (found.type, found.width, found.height)
    assert kind == media_type(found.data)
    assert found == prepared(raw, "a")


def test_nothing_else_of_a_photograph_leaves_the_house() -> None:
    """No place, no camera, no comment; the picture is turned as the camera said."""
    raw = photograph()
    found = prepared(raw, "a.jpg")
    image = opened(found.data)
    assert b"Sample Camera" in raw
    assert b"Sample Camera" not in found.data
    assert not image.getexif()
    assert (20, 40) == image.size
    dark, light = image.getpixel((10, 2)), image.getpixel((10, 37))
    assert sum(dark) < sum(light)


def test_texts_in_a_png_are_dropped() -> None:
    """What an editor has written behind the pixels is not sent."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "draft by a member of staff")
    raw = picture("PNG", pnginfo=info)
    assert b"member of staff" in raw
    assert b"member of staff" not in prepared(raw, "a.png").data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_graphics_stay_exact(mode: str) -> None:
    """A PNG's picture is the same, pixel for pixel."""
    raw = picture("PNG", mode="L") if mode == "I;16" else picture("PNG", mode=mode)
    if mode == "I;16":
        out = io.BytesIO()
        Image.new("I;16", (4, 4), 0x8000).save(out, "PNG")
        assert 0x80 == opened(prepared(out.getvalue(), "a").data).getpixel((0, 0))
        return
    before, after = opened(raw).convert("RGBA"), opened(prepared(raw, "a").data).convert("RGBA")
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"GIF89a" + b"\0" * 20, "GIF file"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "SVG file"),
        (b"%PDF-1.7", "PDF file"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 20, "HEIC file"),
        (b"just some text", "not those of an image"),
        (picture("PNG")[:60], "broken or cut off"),
        (picture("JPEG")[:200], "broken or cut off"),
        (b"\x89PNG\r\n\x1a\n", "broken or cut off"),
        (animated(), "animated"),
        (bomb(), "more than 50000000 pixels"),
        (bomb(8_000), "more than 50000000 pixels"),
    ],
    ids=["gif", "svg", "pdf", "heic", "text", "cut png", "cut jpeg", "head", "moves", "bomb", "big"],
)  # fmt: skip
def test_what_is_no_image_is_refused(raw: bytes, said: str) -> None:
    """E21, with what it is and how to mend it; never another exception."""
    with pytest.raises(BadImage) as caught:
        prepared(raw, "posts/media/a.png")
    assert "E21" == caught.value.rule
    assert said in str(caught.value.message)
    assert "posts/media/a.png" in str(caught.value.message)
    assert str(caught.value.fix)


@pytest.mark.parametrize(
    ("name", "kind", "false"),
    [("a.png", PNG, False), ("a.PNG", PNG, False), ("a.jpeg", JPEG, False), ("a", PNG, False),
     ("a.png", JPEG, True), ("a.gif", PNG, True), ("a.webp", PNG, True)],
)  # fmt: skip
def test_a_name_that_lies(name: str, kind: str, false: bool) -> None:
    """The bytes say what a file is; a name that says otherwise is refused, with the right one."""
    if not false:
        assert refuse_false_name(name, kind) is None
        return
    with pytest.raises(BadImage) as caught:
        refuse_false_name(name, kind)
    assert {PNG: "a.png", JPEG: "a.jpg"}[kind] in str(caught.value.fix)
