"""What a text rule finds in a string, and where the strings of a post are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from jposocial.checks.registry import RULES
from jposocial.messages import Message
from jposocial.model import Post, Problem

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing wrong with a string: `text[start:start + len(found)] == found`."""

    rule: str
    start: int
    found: str
    message: Message
    fix: Message
    #: What is safe and certain to write instead of `found`; None where it is not.
    replacement: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A string of a content file and the line where it begins."""

    text: str
    line: int


#: Fields whose value is an identifier, an address or typed apart, not a text for readers.
_NO_TEXT = frozenset(
    {
        "id",
        "url",
        "source",
        "apply_url",
        "join_url",
        "materials_url",
        "video_url",
        "file",
        "timezone",
    }
)


def _of_last(make: Callable[[Post], Iterable[T]]) -> Callable[[Post], Sequence[T]]:
    """What is made of a post, kept until another is asked about: a dozen rules ask in a row."""
    last: list[tuple[Post, Sequence[T]]] = []

    @wraps(make)
    def of(post: Post) -> Sequence[T]:
        for known, made in last:
            if known is post:
                return made
        found = tuple(make(post))
        last[:] = [(post, found)]
        return found

    return of


@_of_last
def spots(post: Post) -> Iterator[Spot]:
    """Every text of a post that a reader may see."""
    yield Spot(text=post.title, line=_line(post, "title"))
    yield from _below(post, post.text, "text")
    yield from _below(post, post.fields, "")
    yield Spot(text=post.body, line=_line(post, "body"))
    yield Spot(text=post.body_en, line=_line(post, "body_en"))


def _below(post: Post, value: Any, path: str) -> Iterator[Spot]:
    if isinstance(value, str):
        yield Spot(text=value, line=_line(post, path))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _NO_TEXT:
                yield from _below(post, item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _below(post, item, f"{path}.{number}")


def _line(post: Post, path: str) -> int:
    """The first line of the text at a dotted path; a block's text begins below its name."""
    lines = post.lines
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path + "#", lines.get(path, 1))


def problem(
    finding: Finding, *, path: str, line: int, post: str | None, account: str | None = None
) -> Problem:
    return Problem(
        rule=finding.rule,
        severity=RULES[finding.rule].severity,
        path=path,
        line=line,
        post=post,
        account=account,
        message=finding.message,
        fix=finding.fix,
        found=finding.found,
        replacement=finding.replacement,
    )


def line_at(spot: Spot, finding: Finding) -> int:
    return spot.line + spot.text.count("\n", 0, finding.start)


def at_field(
    post: Post, rule: str, where: str, message: Message, fix: Message, *, found: str = ""
) -> Problem:
    """What is wrong with the field at a dotted path, or with the nearest one above it."""
    return Problem(
        rule=rule,
        severity=RULES[rule].severity,
        path=post.path,
        line=_line(post, where),
        post=post.id,
        message=message,
        fix=fix,
        found=found,
    )


@_of_last
def public_urls(post: Post) -> Iterator[tuple[str, str]]:
    """(dotted path, address) of every field that readers may be sent to."""
    yield from _urls_below(post.fields, "")


def _urls_below(value: Any, path: str) -> Iterator[tuple[str, str]]:
    for key, item in _items(value):
        if isinstance(item, str):
            if "://" in item and _holds_url(key):
                yield f"{path}{key}", item
        elif item is not None:
            yield from _urls_below(item, f"{path}{key}.")


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    """(key, value) of a group, (number, value) of a list; nothing of anything else."""
    if isinstance(value, tuple):
        return enumerate(value)
    return value.items() if isinstance(value, Mapping) else ()


def _holds_url(key: Any) -> bool:
    name = str(key)
    return (name in ("url", "source") or name.endswith("_url")) and name != "join_url"
