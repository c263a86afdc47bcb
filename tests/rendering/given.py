"""Posts, accounts and template folders for the tests of rendering."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jposocial.model import Account, Post, Variant
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates

TOKYO = ZoneInfo("Asia/Tokyo")
ZURICH = ZoneInfo("Europe/Zurich")

X = Account(name="x", platform="x", handle="@x")
FACEBOOK = Account(name="facebook", platform="facebook", handle="page")
ENGLISH = Account(name="english", platform="facebook", handle="page.en", lang="en")

#: A Thursday; 11:00 in Zurich.
STARTS = datetime(2027, 1, 21, 19, 0, tzinfo=TOKYO)

#: When the posts of these tests go out.
DUE = datetime(2027, 1, 14, 12, 0, tzinfo=TOKYO)


def post(body: str = "本文", **own: Any) -> Post:
    """A seminar; fields that are not the post's own go to `fields`."""
    names = {"text", "lines", "title", "body_en", "publish", "kind"} & set(own)
    fields = {
        "starts": STARTS,
        "venue": None,
        "tags": ("JPO",),
        "join_url": "https://meeting.example.org/j/secret",
        "consent": {"id": "C-9", "until": date(2027, 12, 31)},
    }
    return Post(
        **{"id": "p", "kind": "seminar", "title": "題", "path": "posts/p.md", "body": body}
        | {name: own[name] for name in names},
        fields=fields | {k: v for k, v in own.items() if k not in names},
    )


def templates(root: Path, *, name: str = "seminar/announce.txt", **texts: str | bytes) -> Templates:
    """The templates of `root` with one text under `name`, or several by their `names`."""
    for path, text in {name: texts.pop("text", ""), **texts}.items():
        target = root / "templates" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
    return Templates(root)


def rendered(
    root: Path,
    template: str | bytes,
    *,
    of: Post | None = None,
    on: Account = FACEBOOK,
    due: datetime = DUE,
) -> Variant:
    """A post as that template for `announce` renders it."""
    name = "seminar/announce.en.txt" if on.lang == "en" else "seminar/announce.txt"
    return render(of or post(), "announce", due, on, templates(root, name=name, text=template))


def said(root: Path, template: str | bytes, **ways: Any) -> str:
    """The text of the only part."""
    (part,) = rendered(root, template, **ways).parts
    return part.text
