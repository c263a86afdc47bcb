"""A new content file of a kind: its fields explained, what must be filled in left open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from jposocial.errors import Refused
from jposocial.messages import localised, msg
from jposocial.posts.field_help import FIELD_HELP
from jposocial.posts.fields import COMMON
from jposocial.posts.kinds import KINDS
from jposocial.posts.schema import Field
from jposocial.values import did_you_mean

#: Kind → folder below posts/.
_FOLDERS: Final[Mapping[str, str]] = {
    "seminar": "seminars",
    "testimonial": "testimonials",
    "notice": "notices",
    "vacancy": "vacancies",
    "exam_notice": "exam_notices",
    "newsletter": "newsletters",
    "statistics": "statistics",
}

#: What a template uses and most posts of the kind have, though the kind does not require it.
_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "seminar": ("format", "speakers", "apply_url", "apply_deadline", "tags"),
    "testimonial": ("publish", "consent", "tags"),
    "exam_notice": ("publish", "era_label", "guideline_url", "tags"),
    "vacancy": ("publish", "vacancy_no", "tags"),
}


def required_fields(kind: str) -> list[str]:
    """The fields that `new` asks for, in the order of the file. Raises Refused."""
    fields = _fields(kind)
    needs = KINDS[kind].needs
    return [n for n, f in fields.items() if n != "kind" and (f.required or n in needs)]


def _fields(kind: str) -> Mapping[str, Field]:
    if kind not in KINDS:
        raise Refused(
            msg("there is no kind '{kind}'; {hint}", kind=kind, hint=did_you_mean(kind, KINDS))
        )
    return {**COMMON, **KINDS[kind].fields}


def new_file(root: Path, kind: str, values: Mapping[str, str], language: str) -> Path:
    """Write the file and return its path. Raises Refused for a field or a file that is wrong."""
    fields = _fields(kind)
    for name in values:
        if name not in fields:
            raise Refused(
                msg("unknown field '{key}'; {hint}", key=name, hint=did_you_mean(name, fields))
            )
    if not values.get("id"):
        raise Refused(msg("a new post needs an id: --set id=2027-01-career-seminar"))
    path = root / "posts" / _FOLDERS.get(kind, "others") / f"{values['id']}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(_lines(kind, fields, values, language)) + "\n")
    except FileExistsError:
        raise Refused(
            msg("{path} is there already", path=path.relative_to(root).as_posix())
        ) from None
    return path


def _lines(
    kind: str, fields: Mapping[str, Field], values: Mapping[str, str], language: str
) -> Iterator[str]:
    first = ["id", *required_fields(kind), *_USUAL.get(kind, ()), *values]
    chosen = list(dict.fromkeys(first))
    yield "---"
    yield f"kind: {kind}"
    for name in chosen:
        yield from _explained(name, language)
        yield f"{name}: {_written(values.get(name, ''))}".rstrip()
    hint = msg("What follows may be left out; take the # in front of a name away to use it.")
    yield f"\n# {localised(hint, language)}"
    for name in fields:
        if name not in chosen and name in FIELD_HELP:
            help_text, example = FIELD_HELP[name]
            yield f"#   {localised(help_text, language)}"
            yield f"# {name}: {example}"
    yield "---"


def _explained(name: str, language: str) -> Iterator[str]:
    if name in FIELD_HELP:
        help_text, example = FIELD_HELP[name]
        said = msg("{help} (for example {example})", help=help_text, example=example)
        yield f"# {localised(said, language)}"


def _written(value: str) -> str:
    """A value as YAML reads it back; groups and lists stay as they were typed."""
    if not value or value[0] in "[{":
        return value
    dumped = yaml.safe_dump(value, allow_unicode=True, width=10_000)
    return dumped.removesuffix("...\n").strip()
