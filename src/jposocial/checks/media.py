"""E14: every image says what it shows, and whose it is. E21: what an account cannot carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from jposocial.checks.findings import at_field
from jposocial.checks.folding import half_width
from jposocial.checks.reading import Book, Reading
from jposocial.messages import Message, msg
from jposocial.model import Media, MediaLimits, Post, Problem, Variant
from jposocial.platforms import platform

#: Words that say that there is an image, and nothing of it.
_NOTHING: Final = re.compile(
    r"(?:\W|_|\d|の|画像|写真|図版?|図表|グラフ|表|イラスト|バナー|ロゴ|サムネイル|アイキャッチ|キービジュアル|ポスター|チラシ|スクリーンショット"
    r"|images?|photos?|pictures?|pics?|img|dscn?|banner|logo|thumbnail|figure|fig|screenshot|alt|なし|無し|未定|none)*",
    re.IGNORECASE,
)
_FILE_NAME: Final = re.compile(r"[\w.-]+\.(?:jpe?g|png|gif|webp|heic|svg|mp4|mov)", re.IGNORECASE)


def media(post: Post, book: Book) -> Iterator[Problem]:
    for number, item in enumerate(post.fields.get("media") or ()):
        path, file = f"media.{number}", item.get("file") or ""
        alt = (item.get("alt") or "").strip()
        if not alt:
            yield at_field(
                post,
                "E14",
                path,
                msg("{file}: the alternative text ('alt') is missing", file=file),
                msg("add 'alt: …' with what the image shows, and every word on it"),
            )
        elif _says_nothing(alt, file):
            yield at_field(
                post,
                "E14",
                f"{path}.alt",
                msg("{file}: '{alt}' does not say what the image shows", file=file, alt=alt),
                msg("write what the image shows, and every word on it"),
            )
        if not (item.get("credit") or "").strip():
            yield at_field(
                post,
                "E14",
                path,
                msg("{file}: the credit is missing", file=file),
                msg("add 'credit: …': who made the image, or who allows its use"),
            )


def _says_nothing(alt: str, file: str) -> bool:
    name = PurePosixPath(file)
    bare = half_width(alt).casefold()
    if bare in (file.casefold(), name.name.casefold(), name.stem.casefold()):
        return True
    return bool(_NOTHING.fullmatch(bare) or _FILE_NAME.fullmatch(bare))


def carried(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """E21: too many images, and those that the account's platform does not take."""
    limits = platform(variant.platform).media
    images = [image for part in variant.parts for image in part.media]
    if len(images) > limits.count:
        yield _refused(
            reading,
            variant,
            "media",
            msg("{count} images, at most {most}", count=len(images), most=limits.count),
            msg("leave the most important ones, or give the rest a post of their own"),
        )
    for number, image in enumerate(images):
        for message, fix in _beyond(image, limits):
            yield _refused(reading, variant, f"media.{number}", message, fix)


def _beyond(image: Media, limits: MediaLimits) -> Iterator[tuple[Message, Message]]:
    if image.type and image.type not in limits.types:
        yield (
            msg("{file}: {type} images are not taken there", file=image.file, type=_name(image.type)),
            msg("save it as PNG or JPEG"),
        )  # fmt: skip
    if image.size > limits.size:
        yield (
            msg("{file}: {size} bytes as it goes out, at most {most}", file=image.file, size=image.size, most=limits.size),
            msg("make it smaller: some 2000 pixels on the longer side are plenty"),
        )  # fmt: skip
    if len(image.alt) > limits.alt:
        yield (
            msg("{file}: the alternative text has {length} characters, at most {most}", file=image.file, length=len(image.alt), most=limits.alt),
            msg("say what the image shows in fewer words; the rest belongs into the text"),
        )  # fmt: skip


def _name(media_type: str) -> str:
    return media_type.removeprefix("image/").upper()


def _refused(
    reading: Reading, variant: Variant, where: str, message: Message, fix: Message
) -> Problem:
    problem = at_field(reading.post, "E21", where, message, fix)
    return replace(problem, account=variant.account)
