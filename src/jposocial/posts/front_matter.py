"""A content file's text → its front matter with line numbers, and its bodies.

Every scalar stays text: YAML alone would read `012` as 10, `no` as False and `19:00` as 1140.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from jposocial.messages import Message, msg

_FENCE = re.compile(r"---[ \t]*")
_ENGLISH = re.compile(r"^[ \t]*<!--[ \t]*en[ \t]*-->[ \t]*$", re.MULTILINE)
#: Suffix of the dotted path under which the first line of a text block is kept.
BLOCK = "#"

#: Deeper than any field is. The composer recurses in C: a file of brackets would end the process.
MAX_DEPTH: Final = 20

#: Every level of a text needs one of these signs, so one with no more of them than that is no
#: danger to the composer, and need not be read twice.
_INDICATORS: Final = "[{-?:"
_FEW: Final = 500

#: What YAML does not take: control characters, lone surrogates, non-characters.
_NOT_YAML: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class BadYaml(ValueError):
    """Rule F02; `line` counts from 1 in the file."""

    def __init__(self, line: int, message: Message, fix: Message) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.fix = fix


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    #: Nested dicts, lists and strings.
    values: dict[str, Any]
    #: Dotted path (`speakers.0.name`) → line in the file, from 1.
    lines: dict[str, int]
    body: str
    body_en: str


def parse_front_matter(text: str) -> FrontMatter:
    """Split and read `text`. Raises BadYaml."""
    head, body, body_line = _split(text)
    lines: dict[str, int] = {}
    values = _read(head, lines)
    japanese, english, lines["body"], lines["body_en"] = _bodies(body, body_line)
    return FrontMatter(values=values, lines=lines, body=japanese, body_en=english)


def _split(text: str) -> tuple[str, str, int]:
    rows = text.split("\n")
    if not _FENCE.fullmatch(rows[0]):
        raise BadYaml(
            1,
            msg("the file does not begin with a line of three hyphens"),
            msg("begin with ---, then the fields, then --- again, then the text"),
        )
    for number, row in enumerate(rows[1:], 1):
        if _FENCE.fullmatch(row):
            return "\n".join(rows[1:number]), "\n".join(rows[number + 1 :]), number + 2
    raise BadYaml(
        len(rows), msg("the fields never end"), msg("close them with a line of three hyphens: ---")
    )


def _bodies(body: str, line: int) -> tuple[str, str, int, int]:
    """Both texts, and the line where each begins."""
    match = _ENGLISH.search(body)
    if not match:
        return body.strip("\n"), "", line + _blank_lines(body), line
    before, after = body[: match.start()], body[match.end() :]
    english_line = line + body.count("\n", 0, match.end()) + _blank_lines(after)
    return before.strip("\n"), after.strip("\n"), line + _blank_lines(before), english_line


def _blank_lines(text: str) -> int:
    return len(text) - len(text.lstrip("\n"))


def parse_entries(text: str) -> tuple[list[Any], dict[str, int]]:
    """A register's text: a list of entries, and the lines by dotted path. Raises BadYaml."""
    lines: dict[str, int] = {}
    node = _composed(text, offset=1)
    if node is None:
        return [], lines
    if not isinstance(node, yaml.SequenceNode):
        raise BadYaml(
            1, msg("this is no list of entries"), msg("write one '- name: value' an entry")
        )
    try:
        values = [_listed(item, str(n), 1, lines, set()) for n, item in enumerate(node.value)]
    except BadYaml as bad:
        raise BadYaml(bad.line - 1, bad.message, bad.fix) from None
    # Positions were counted from the line below the opening hyphens of a content file.
    return values, {path: line - 1 for path, line in lines.items()}


def _read(head: str, lines: dict[str, int]) -> dict[str, Any]:
    node = _composed(head, offset=2)
    if not isinstance(node, yaml.MappingNode):
        raise BadYaml(
            2, msg("the fields are no 'name: value' lines"), msg("write one 'name: value' a line")
        )
    values: dict[str, Any] = _value(node, "", 0, lines, set())
    return values


def _composed(text: str, *, offset: int) -> yaml.Node | None:
    """The YAML tree of `text`, whose first line is line `offset` of its file."""
    if found := _NOT_YAML.search(text):
        code = f"U+{ord(found[0]):04X}"
        raise BadYaml(
            text.count("\n", 0, found.start()) + offset,
            msg("a control character stands here ({code})", code=code),
            msg("delete it and type the word again; do not paste it"),
        )
    try:
        return _tree(text, offset)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable((mark.line if mark else 0) + offset, error.problem or "") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise _unreadable(offset, type(error).__name__) from None


def _tree(text: str, offset: int) -> yaml.Node | None:
    if sum(map(text.count, _INDICATORS)) > _FEW:
        _refuse_depth(text, offset)
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError:
        # Brackets without end are what is wrong, not that the text ends before they do.
        _refuse_depth(text, offset)
        raise


def _refuse_depth(text: str, offset: int) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _too_deep((event.start_mark.line if event.start_mark else 0) + offset)


def _too_deep(line: int) -> BadYaml:
    return BadYaml(
        line,
        msg("lists or groups stand in each other too often"),
        msg("look for brackets that are never closed: [ and {"),
    )


def _unreadable(line: int, detail: str) -> BadYaml:
    return BadYaml(
        line,
        msg("the fields cannot be read ({detail})", detail=detail),
        msg(
            "look at this line and the one above: the indent, the colon with a space behind it, the quotes"
        ),
    )


def _value(node: yaml.Node, path: str, depth: int, lines: dict[str, int], seen: set[int]) -> Any:
    """The value of a node that stands `depth` lists and groups deep."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if depth == MAX_DEPTH:
        raise _too_deep(node.start_mark.line + 2)
    if id(node) in seen:
        raise BadYaml(
            node.start_mark.line + 2,
            msg("an alias (&name, *name) stands here"),
            msg("write the value out at both places"),
        )
    seen.add(id(node))
    depth += 1
    if isinstance(node, yaml.SequenceNode):
        items = enumerate(node.value)
        return [_listed(item, f"{path}.{n}", depth, lines, seen) for n, item in items]
    return _mapping(node, path, depth, lines, seen)


def _listed(node: yaml.Node, path: str, depth: int, lines: dict[str, int], seen: set[int]) -> Any:
    lines[path] = node.start_mark.line + 2
    _note_block(node, path, lines)
    return _value(node, path, depth, lines, seen)


def _mapping(
    node: Any, path: str, depth: int, lines: dict[str, int], seen: set[int]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 2
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadYaml(line, msg("a name is no plain word"), msg("write 'name: value'"))
        if key in result:
            raise BadYaml(line, msg("'{key}' is there twice", key=key), msg("keep one of the two"))
        below = f"{path}.{key}" if path else key
        lines[below] = line
        _note_block(value_node, below, lines)
        result[key] = _value(value_node, below, depth, lines, seen)
    return result


def _note_block(node: yaml.Node, path: str, lines: dict[str, int]) -> None:
    """A block's text begins below its name, after the empty lines that will be stripped."""
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        lines[path + BLOCK] = node.start_mark.line + 3 + _blank_lines(node.value)
