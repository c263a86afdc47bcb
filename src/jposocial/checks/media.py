"""E14: every image says what it shows, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from jposocial.checks.findings import at_field
from jposocial.checks.folding import half_width
from jposocial.checks.reading import Book
from jposocial.messages import msg
from jposocial.model import Post, Problem

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
