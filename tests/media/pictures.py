"""Small pictures, made as cameras, telephones and mischief make them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(
    kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture whose left half is dark, so that turning it can be seen."""
    image = Image.new(mode, size, 255 if mode in ("L", "1", "P") else "white")
    image.paste(0 if mode in ("L", "1", "P") else "navy", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photograph(turned: int = 6) -> bytes:
    """A JPEG with a place, a camera and a direction in it (Exif orientation `turned`)."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "Sample Camera"
    exif.get_ifd(0x8825)[2] = (35.0, 40.0, 12.0)
    return picture("JPEG", exif=exif, quality=95)


def animated() -> bytes:
    """Two frames of a WebP."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels on each side."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
