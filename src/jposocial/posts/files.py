"""Loading content files: bytes → `Post`, with every problem of a file at once (F01–F05)."""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jposocial.messages import Message, msg
from jposocial.model import Post, Problem
from jposocial.posts.fields import COMMON
from jposocial.posts.front_matter import BadYaml, FrontMatter, parse_front_matter
from jposocial.posts.kinds import KINDS
from jposocial.posts.schema import Field, Reader, missing, note_missing, typed
from jposocial.users import user_name
from jposocial.values import did_you_mean

#: A content file is a page of text; what is larger is something else.
MAX_BYTES: Final = 1_000_000

_ID_LINE = re.compile(r"""^id:\s*["']?([A-Za-z0-9_-]+)""", re.MULTILINE)

#: Folders below posts/ that hold no content files.
_OTHER_FOLDERS = frozenset({"media", "registers"})

#: What a Post carries as attributes of its own; everything else is in `fields`.
_OWN = ("id", "kind", "title", "lang", "accounts", "ready", "owner", "publish", "text", "skip",
        "moved_from", "allow", "category")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """One file as it was found; `post` is None where not even its id could be read."""

    path: str
    post: Post | None
    problems: tuple[Problem, ...]
    #: The post's id, guessed where the file cannot be read as a whole; None: no guess.
    id: str | None = None

    @property
    def broken(self) -> bool:
        return any(p.severity == "error" for p in self.problems)


def content_files(root: Path) -> list[Path]:
    """The content files below `root/posts`, sorted; hidden ones are left out."""
    return list(_walk(root / "posts"))


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        # Shown as a file that cannot be read: what is in it must not count as deleted.
        yield folder
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(".md"):
            yield Path(entry.path)
        elif entry.name not in _OTHER_FOLDERS and entry.is_dir():
            # A link to a folder is shown as what it is: what is in it would be passed over.
            yield from [Path(entry.path)] if entry.is_symlink() else _walk(Path(entry.path))


def load_posts(root: Path, zone: ZoneInfo, accounts: Collection[str]) -> list[Loaded]:
    """Every content file of a workspace, ids held against each other (F05)."""
    return _with_doubles([load_post(root, path, zone, accounts) for path in content_files(root)])


def load_post(root: Path, path: Path, zone: ZoneInfo, accounts: Collection[str]) -> Loaded:
    """One content file; never raises for what is in it."""
    name = os.fsencode(path.relative_to(root).as_posix())
    shown = name.decode("utf-8", "replace")
    if os.fsencode(shown) != name:
        return _failed(
            shown, "F01", 1, msg("the file's name is not in UTF-8"), msg("rename the file")
        )
    try:
        text, owner = read_text(root, path)
        matter = parse_front_matter(text)
    except Unreadable as bad:
        return _failed(shown, "F01", 1, bad.message, bad.fix)
    except BadYaml as bad_yaml:
        return _failed(shown, "F02", bad_yaml.line, bad_yaml.message, bad_yaml.fix, _guessed(text))
    reader = Reader(shown, matter.lines, zone, accounts)
    post = _post(reader, matter, owner)
    return Loaded(path=shown, post=post, problems=tuple(reader.problems), id=reader.post)


class Unreadable(Exception):
    def __init__(self, message: Message, fix: Message) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def read_text(root: Path, path: Path) -> tuple[str, str]:
    """The text, with plain line ends and without a byte order mark, and the file's owner."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            _refuse_other(root, path)
            status = path.stat()
        if status.st_size > MAX_BYTES:
            raise Unreadable(
                msg(
                    "the file is too large ({size} bytes, at most {most})",
                    size=status.st_size,
                    most=MAX_BYTES,
                ),
                msg("put pictures under posts/media and keep only text here"),
            )
        raw = path.read_bytes()
    except (OSError, RuntimeError) as error:
        # RuntimeError: a link that leads to itself, before Python 3.13.
        detail = getattr(error, "strerror", None) or str(error)
        raise Unreadable(
            msg("the file cannot be read: {error}", error=detail),
            msg("look at the file's permissions"),
        ) from None
    return _decoded(raw), user_name(status.st_uid)


def _refuse_other(root: Path, path: Path) -> None:
    """What is no file itself must be a link to one within the workspace."""
    if path.is_symlink() and path.is_dir():
        raise Unreadable(
            msg("this is a link to a folder; it is not followed"),
            msg("put the folder itself here"),
        )
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise Unreadable(
            msg("the file is a link out of the workspace"), msg("copy the file itself here")
        )
    if path.is_dir() and not path.name.endswith(".md"):
        os.scandir(path).close()
    if path.is_dir():
        raise Unreadable(
            msg("this is a folder, not a file"),
            msg("rename the folder so that it does not end in .md"),
        )
    if path.exists() and not path.is_file():
        raise Unreadable(msg("this is not a plain file"), msg("put a text file here, or remove it"))


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            msg("the file is not in UTF-8 (line {line}); it may be in Shift_JIS", line=line),
            msg("save it again with the encoding UTF-8"),
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _failed(
    path: str, rule: str, line: int, message: Message, fix: Message, id: str | None = None
) -> Loaded:
    problem = Problem(
        rule=rule, severity="error", path=path, line=line, post=id, message=message, fix=fix
    )
    return Loaded(path=path, post=None, problems=(problem,), id=id)


def _guessed(text: str) -> str | None:
    """The id that a file which is no valid YAML seems to have: its rows are held back."""
    match = _ID_LINE.search(text)
    return match[1] if match else None


def _post(reader: Reader, matter: FrontMatter, owner: str) -> Post | None:
    raw = matter.values
    reader.post = raw["id"] if isinstance(raw.get("id"), str) else None
    fields = {**COMMON, **_kind_fields(reader, raw)}
    values = typed(reader, raw, fields)
    draft = values["ready"] is False
    for key in missing(raw, fields, also=_needs(raw)):
        note_missing(reader, key)
    if draft:
        _only_warn(reader)
    if not values["id"] or not values["kind"]:
        return None
    values["title"] = values["title"] or ""
    own = {key: values[key] for key in _OWN if values[key] is not None}
    rest = {key: value for key, value in values.items() if key not in _OWN}
    return Post(
        path=reader.path,
        file_owner=owner,
        fields=rest,
        body=matter.body,
        body_en=matter.body_en,
        lines=matter.lines,
        **own,
    )


def _kind_fields(reader: Reader, raw: Mapping[str, Any]) -> Mapping[str, Field]:
    name = raw.get("kind")
    name = name.strip() if isinstance(name, str) else ""
    if name not in KINDS:
        if name:
            reader.note(
                "F04",
                "kind",
                msg("there is no kind '{kind}'", kind=name),
                did_you_mean(name, KINDS),
            )
        # What else is in the file belongs to a kind that is not known: neither to be called
        # unknown, nor to be read as what it is not.
        return {
            key: Field(type=lambda _reader, _value, _where: None)
            for key in raw
            if key not in COMMON
        }
    return KINDS[name].fields


def _needs(raw: Mapping[str, Any]) -> Sequence[str]:
    kind = KINDS.get(str(raw.get("kind")))
    return kind.needs if kind else ()


def _only_warn(reader: Reader) -> None:
    """A draft may lack fields: E08 and E09 only warn where `ready` is false."""
    reader.problems = [
        replace(p, severity="warning") if p.rule in ("E08", "E09") else p for p in reader.problems
    ]


def _with_doubles(files: Sequence[Loaded]) -> list[Loaded]:
    """F05 on every file that shares its id: which of them is meant, only a person knows."""
    paths: dict[str, list[str]] = defaultdict(list)
    for loaded in files:
        if loaded.post:
            paths[loaded.post.id].append(loaded.path)
    return [_doubled(loaded, paths) for loaded in files]


def _doubled(loaded: Loaded, paths: Mapping[str, Sequence[str]]) -> Loaded:
    post = loaded.post
    if not post or len(paths[post.id]) == 1:
        return loaded
    others = ", ".join(path for path in paths[post.id] if path != post.path)
    problem = _twice(
        post,
        msg("the id '{id}' is that of {other} too", id=post.id, other=others),
        msg("give one of them another id; an id is for ever"),
    )
    return replace(loaded, problems=(*loaded.problems, problem))


def other_kind(post: Post, known: Mapping[str, str]) -> Problem | None:
    """F05 where `known` (id → kind of what went out) has this id under another kind."""
    before = known.get(post.id)
    if before is None or before == post.kind:
        return None
    return _twice(
        post,
        msg("the id '{id}' was published as a {kind}", id=post.id, kind=before),
        msg("give this post an id of its own"),
    )


def _twice(post: Post, message: Message, fix: Message) -> Problem:
    line = post.lines.get("id", 1)
    return Problem(
        rule="F05",
        severity="error",
        path=post.path,
        line=line,
        post=post.id,
        message=message,
        fix=fix,
    )
