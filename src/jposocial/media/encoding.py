"""An image's bytes → the bytes that go out: the same picture, and nothing else of the file.

What a file is is told by its bytes. The picture is decoded and encoded again, so that neither
a place where it was taken nor anything hidden behind it leaves the house; the same bytes, with
the same version of Pillow, give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from jposocial.media.errors import BadImage
from jposocial.messages import msg

if TYPE_CHECKING:
    from PIL.Image import Image

#: Decoded, an image takes three or four bytes a pixel; no platform shows more than this.
MAX_PIXELS: Final = 50_000_000

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"

#: Media type → the names that a file of it may end in; the first is the one it is kept under.
EXTENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    PNG: ("png",),
    WEBP: ("webp",),
}

_FORMATS: Final[Mapping[str, str]] = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}

#: What each format can hold of what Pillow decodes; anything else becomes the last of them.
_MODES: Final[Mapping[str, tuple[str, ...]]] = {
    JPEG: ("L", "RGB"),
    PNG: ("1", "L", "LA", "P", "RGBA", "RGB"),
    WEBP: ("RGBA", "RGB"),
}

#: Graphics stay exact; a photograph's second encoding is finer than an eye can tell.
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    JPEG: {"quality": 90, "optimize": True},
    PNG: {"optimize": True},
    WEBP: {"quality": 90, "method": 4},
}

#: Others that people try, by their first bytes: only named, never opened.
_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"%PDF", "PDF"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What goes out of one image."""

    data: bytes
    #: image/jpeg, image/png or image/webp.
    type: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 of `data`, hex."""
        return hashlib.sha256(self.data).hexdigest()


def prepared(raw: bytes, file: str) -> Prepared:
    """The image `raw`, encoded again; `file` is its name in messages. Raises BadImage."""
    kind = _told(raw, file)
    try:
        with _careful():
            return _encoded(_opened(raw, kind, file), kind, raw)
    except BadImage:
        raise
    except Warning:
        raise _too_many_pixels(file) from None
    except Exception as error:  # noqa: BLE001  Pillow fails in any way on what is broken
        if type(error).__name__ == "DecompressionBombError":
            raise _too_many_pixels(file) from None
        raise BadImage(
            "E21",
            msg("{file}: the image is broken or cut off", file=file),
            msg("save the image again, and look at it before you put it there"),
        ) from None


def refuse_false_name(file: str, type: str) -> None:
    """Raises BadImage where the name's ending says something else than the bytes do."""
    name = PurePosixPath(file)
    ending = name.suffix.lstrip(".").lower()
    if ending and ending not in EXTENSIONS[type]:
        raise BadImage(
            "E21",
            msg("{file}: it is a {type} image, its name says otherwise", file=file, type=_FORMATS[type]),
            msg("rename it to {name}, here and in its folder", name=name.stem + "." + EXTENSIONS[type][0]),
        )  # fmt: skip


def media_type(raw: bytes) -> str | None:
    """image/jpeg, image/png or image/webp, by the first bytes; None for anything else."""
    if raw.startswith(b"\xff\xd8\xff"):
        return JPEG
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return WEBP if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP" else None


def _told(raw: bytes, file: str) -> str:
    """The media type of `raw`. Raises BadImage, naming what it is instead."""
    if kind := media_type(raw):
        return kind
    fix = msg("save it as PNG or JPEG")
    found = _other(raw)
    if found:
        message = msg(
            "{file}: it is a {type} file; images are JPEG, PNG or WebP", file=file, type=found
        )
    else:
        message = msg("{file}: its bytes are not those of an image (JPEG, PNG, WebP)", file=file)
    raise BadImage("E21", message, fix)


def _other(raw: bytes) -> str | None:
    if raw[4:8] == b"ftyp":
        return "AVIF" if raw[8:12] in (b"avif", b"avis") else "HEIC"
    if b"<svg" in raw[:4096].lower():
        return "SVG"
    return next((name for start, name in _OTHERS if raw.startswith(start)), None)


@contextmanager
def _careful() -> Iterator[None]:
    """Pillow's warning of too many pixels is an error; its others are about what is dropped."""
    from PIL.Image import DecompressionBombWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", DecompressionBombWarning)
        yield


def _opened(raw: bytes, kind: str, file: str) -> Image:
    """The whole picture, decoded; of several that a telephone puts into one JPEG, the first."""
    from PIL import Image

    image = Image.open(io.BytesIO(raw), formats=(_FORMATS[kind],))
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(file)
    if kind != JPEG and getattr(image, "is_animated", False):
        raise BadImage(
            "E21",
            msg("{file}: the image is animated; only still ones are sent", file=file),
            msg("save one picture of it as PNG"),
        )
    image.load()
    return image


def _too_many_pixels(file: str) -> BadImage:
    return BadImage(
        "E21",
        msg("{file}: the image has more than {most} pixels", file=file, most=MAX_PIXELS),
        msg("make it smaller: some 2000 pixels on the longer side are plenty"),
    )


def _encoded(image: Image, kind: str, raw: bytes) -> Prepared:
    plain = _bare(_fitting(_upright(image), kind))
    options = dict(_OPTIONS[kind])
    if kind == WEBP and _is_lossless(raw):
        options["lossless"] = True
    out = io.BytesIO()
    plain.save(out, _FORMATS[kind], **options)
    return Prepared(data=out.getvalue(), type=kind, width=plain.width, height=plain.height)


def _upright(image: Image) -> Image:
    """Turned as the camera says, in the colours that every screen means."""
    from PIL import ImageOps

    return _in_srgb(ImageOps.exif_transpose(image))


def _in_srgb(image: Image) -> Image:
    """A profile is dropped with the rest, so a telephone's wider colours are converted."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        mode = "RGB" if image.mode == "CMYK" else image.mode
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except ImageCms.PyCMSError:
        # A profile that nobody can read: other programs pass it over too.
        return image
    return converted or image


def _fitting(image: Image, kind: str) -> Image:
    """In a mode that the format holds; sixteen bits of grey become eight, nothing is clipped."""
    if image.mode.startswith(("I", "F")):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if "transparency" in image.info and image.mode != "P":
        image = image.convert("RGBA")
    if image.mode in _MODES[kind]:
        return image
    has_alpha = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha and "RGBA" in _MODES[kind] else "RGB")


def _bare(image: Image) -> Image:
    """The pixels and their palette; texts, thumbnails, places and profiles stay behind."""
    bare = image.copy()
    kept = {"transparency"} if image.mode == "P" else set()
    bare.info = {key: value for key, value in image.info.items() if key in kept}
    return bare


def _is_lossless(raw: bytes) -> bool:
    """Whether a WebP's picture is of the exact kind.

    https://developers.google.com/speed/webp/docs/riff_container
    """
    position = 12
    while position + 8 <= len(raw):
        name, size = struct.unpack_from("<4sI", raw, position)
        if name in (b"VP8L", b"VP8 "):
            return bool(name == b"VP8L")
        position += 8 + size + size % 2
    return False
