"""The draft of a correction for what was retracted: the facts stand, a person writes the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from jposocial.messages import Message, localised, msg
from jposocial.platforms import measure
from jposocial.posts.scaffold import BlockDumper
from jposocial.values import WEEKDAYS

#: What only a person knows: E09 keeps it from going out as it is.
_OPEN: Final = "○○"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """What was retracted. Times are local."""

    delivery: int
    title: str
    account: str
    platform: str
    #: In which the account speaks.
    lang: str
    #: When the first part went out.
    out: datetime
    retracted: datetime
    by: str
    reason: str
    urls: tuple[str, ...]
    #: Whether readers do not see any of it any more.
    gone: bool


def draft(root: Path, fact: Fact) -> str:
    """Write the draft where there is none yet; its path, relative to the workspace."""
    name = f"{fact.out:%Y-%m-%d}-correction-{fact.delivery}"
    path = root / "posts" / "notices" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_content(name, fact))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    return path.relative_to(root).as_posix()


def _content(name: str, fact: Fact) -> str:
    title, text = _fitting(fact)
    values: dict[str, Any] = {"id": name, "kind": "notice", "ready": False}
    own = {"title": title, "text": {fact.account: text}}
    values |= own if fact.lang == "ja" else {"title": title, "lang": "en", "en": own}
    values["accounts"] = [fact.account]
    head = yaml.dump(values, Dumper=BlockDumper, allow_unicode=True, sort_keys=False, width=10_000)
    comments = "".join(f"# {line}\n" for line in _comments(fact))
    return f"---\n{comments}{head}---\n"


def _fitting(fact: Fact) -> tuple[str, str]:
    """Title and text; without the title of what was retracted where that is too long."""
    for title in (fact.title, ""):
        said = _sentences(fact, title)
        if measure(said[1], fact.platform).valid:
            break
    return said


def _sentences(fact: Fact, title: str) -> tuple[str, str]:
    params = _params(fact, title)
    heading = _TITLED if title else _UNTITLED
    deed = _DELETED if fact.gone else _WRONG
    parts = [heading[fact.lang], deed[fact.lang], _REST[fact.lang]]
    head, body, rest = (part.format_map(params) for part in parts)
    return head, f"{_MARK[fact.lang]}{body}\n{rest}"


def _params(fact: Fact, title: str) -> Mapping[str, str]:
    weekday = localised(WEEKDAYS[fact.out.weekday()], fact.lang)
    day = {
        "ja": f"{fact.out.month}月{fact.out.day}日({weekday})",
        "en": f"{weekday}, {fact.out.day} {fact.out:%B}",
    }[fact.lang]
    what = {"ja": "お知らせ", "en": "a post"} if not title else {"ja": f"「{title}」", "en": title}
    return {"title": title, "day": day, "what": what[fact.lang], "open": _OPEN}


# Texts for readers, in the account's language; the rules know how dates are written in them.
_MARK: Final = {"ja": "【訂正】", "en": "Correction: "}
_TITLED: Final = {"ja": "【訂正】{title}", "en": "Correction: {title}"}
_UNTITLED: Final = {"ja": "【訂正】{day}のお知らせ", "en": "Correction: our post of {day}"}
_DELETED: Final = {
    "ja": "{day}に投稿した{what}は、内容に誤りがあったため削除しました。",
    "en": "{what}, posted on {day}, was wrong, and we have deleted it.",
}
_WRONG: Final = {
    "ja": "{day}に投稿した{what}の内容に誤りがありました。",
    "en": "{what}, posted on {day}, was wrong.",
}
_REST: Final = {
    "ja": "誤：{open}\n正：{open}\nお詫びして訂正します。",
    "en": "Wrong: {open}\nRight: {open}\nWe apologise for the mistake.",
}


def _comments(fact: Fact) -> Iterator[str]:
    """For staff, in the language that the account speaks; none of it goes out."""
    yield from (localised(line, fact.lang) for line in _facts(fact))
    yield from (f"  {url}" for url in fact.urls)
    yield localised(
        msg("To do: write what was wrong and what is right, add 'publish:', take 'ready: false' away."),
        fact.lang,
    )  # fmt: skip


def _facts(fact: Fact) -> Iterator[Message]:
    yield msg("A draft of a correction. These lines do not go out.")
    yield msg(
        "Delivery {id} on {account}: '{title}', out {out}",
        id=fact.delivery,
        account=fact.account,
        title=_one_line(fact.title),
        out=f"{fact.out:%Y-%m-%d %H:%M}",
    )
    yield msg(
        "Retracted {at} by {by}: {reason}",
        at=f"{fact.retracted:%Y-%m-%d %H:%M}",
        by=fact.by,
        reason=_one_line(fact.reason),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
