"""The registers: what staff keep in one place, and every text is held against.

`posts/registers/NAME.yaml`, each a list of entries. A register that is not there is empty,
and the rules that need it are silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jposocial.messages import msg
from jposocial.model import Problem
from jposocial.posts.files import Unreadable, read_text
from jposocial.posts.front_matter import BadYaml, parse_entries
from jposocial.posts.schema import Field, Reader, day_value, list_of, map_of, text_value, url_value

FOLDER: Final = "posts/registers"

_SHAPES: Final[Mapping[str, Mapping[str, Field]]] = {
    "organisations": {
        "short": Field(type=text_value, required=True),
        "ja": Field(type=text_value, required=True),
        "en": Field(type=text_value, required=True),
        "wrong": Field(type=list_of(text_value)),
    },
    "people": {
        "name": Field(type=text_value, required=True),
        "kana": Field(type=text_value),
        "en": Field(type=text_value),
        "honorific": Field(type=text_value),
    },
    "contact": {
        "name": Field(type=text_value, required=True),
        "mail": Field(type=text_value),
        "phone": Field(type=text_value),
        "url": Field(type=url_value),
    },
    "hashtags": {"tag": Field(type=text_value, required=True)},
    "terms": {
        "use": Field(type=text_value, required=True),
        "wrong": Field(type=list_of(text_value), required=True),
    },
    "figures": {
        "text": Field(type=text_value, required=True),
        "about": Field(type=text_value, required=True),
        "as_of": Field(type=day_value, required=True),
        "source": Field(type=url_value, required=True),
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation:
    short: str
    ja: str
    en: str
    #: Spellings that are not the official ones.
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    name: str
    kana: str = ""
    en: str = ""
    honorific: str = "氏"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    name: str
    mail: str = ""
    phone: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hashtag:
    tag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    use: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """`text` as it stands in posts (約960人), of what, as of when, from where."""

    text: str
    about: str
    as_of: date
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Registers:
    organisations: tuple[Organisation, ...] = ()
    people: tuple[Person, ...] = ()
    contact: tuple[Contact, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    terms: tuple[Term, ...] = ()
    figures: tuple[Figure, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


_ENTRIES: Final[Mapping[str, Any]] = {
    "organisations": Organisation,
    "people": Person,
    "contact": Contact,
    "hashtags": Hashtag,
    "terms": Term,
    "figures": Figure,
}


class Entries(tuple[Any, ...]):  # noqa: SLOT001  it keeps its hash
    """The entries of a register, hashed once: what is made of them is looked up for every text."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()


def load_registers(root: Path, zone: ZoneInfo) -> Registers:
    """Every register of a workspace; what is wrong with one is F06, its good entries count."""
    return _loaded(root, zone, tuple(_stamp(root / FOLDER / f"{name}.yaml") for name in _SHAPES))


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes when the file does."""
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode)


@lru_cache(maxsize=8)
def _loaded(root: Path, zone: ZoneInfo, _stamps: tuple[tuple[int, ...], ...]) -> Registers:
    found: dict[str, tuple[Any, ...]] = {}
    problems: list[Problem] = []
    for name in _SHAPES:
        path = root / FOLDER / f"{name}.yaml"
        found[name] = _register(root, path, name, zone, problems) if path.exists() else ()
    return Registers(**found, problems=tuple(problems))


def _register(
    root: Path, path: Path, name: str, zone: ZoneInfo, problems: list[Problem]
) -> tuple[Any, ...]:
    shown = path.relative_to(root).as_posix()
    try:
        entries, lines = parse_entries(read_text(root, path)[0])
    except Unreadable as bad:
        problems.append(_problem(shown, 1, bad))
        return ()
    except BadYaml as bad_yaml:
        problems.append(_problem(shown, bad_yaml.line, bad_yaml))
        return ()
    reader = Reader(shown, lines, zone, ())
    typed = [map_of(_SHAPES[name])(reader, one, str(n)) for n, one in enumerate(entries)]
    problems += [_as_register(problem) for problem in reader.problems]
    wanted = [key for key, shape in _SHAPES[name].items() if shape.required]
    return Entries(
        _ENTRIES[name](**{k: v for k, v in one.items() if v is not None})
        for one in typed
        if one and all(one[key] for key in wanted)
    )


def _problem(path: str, line: int, bad: Unreadable | BadYaml) -> Problem:
    return Problem(
        rule="F06", severity="error", path=path, line=line, message=bad.message, fix=bad.fix
    )


def _as_register(problem: Problem) -> Problem:
    message = msg("register: {message}", message=problem.message)
    return replace(problem, rule="F06", message=message)
