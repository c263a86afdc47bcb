"""Writing content files for staff: the ad-hoc post."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml

from jposocial.errors import Refused
from jposocial.messages import msg

#: A title of an ad-hoc post is for people who look at lists.
_TITLE_LENGTH: Final = 40


def ad_hoc_file(root: Path, text: str, accounts: Sequence[str], at: datetime) -> tuple[str, Path]:
    """Write a notice with `text` for `accounts` at `at`; its id and its path.

    Raises Refused where it is there already: the same text at the same time is one post.
    """
    digest = hashlib.sha256("\0".join([text, *sorted(accounts)]).encode()).hexdigest()[:6]
    post_id = f"{at:%Y-%m-%d-%H%M}-{digest}"
    path = root / "posts" / "notices" / f"{post_id}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_content(post_id, text, accounts, at))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise Refused(
            msg(
                "this text is queued for that time already: {path}",
                path=path.relative_to(root).as_posix(),
            )
        ) from None
    return post_id, path


def _content(post_id: str, text: str, accounts: Sequence[str], at: datetime) -> str:
    first = text.strip().split("\n")[0]
    values = {
        "id": post_id,
        "kind": "notice",
        "title": first if len(first) <= _TITLE_LENGTH else first[: _TITLE_LENGTH - 1] + "…",
        "publish": _written(at),
        "accounts": list(accounts),
        "text": dict.fromkeys(accounts, text),
    }
    head = yaml.dump(values, Dumper=BlockDumper, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n"


def _written(at: datetime) -> str:
    """The instant as front matter writes it, with its offset where the zone is no city."""
    zone = getattr(at.tzinfo, "key", None)
    return f"{at:%Y-%m-%d %H:%M:%S} {zone or at.isoformat()[-6:]}"


class BlockDumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that staff can read and edit them; no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


BlockDumper.add_representer(str, _block)
