"""The templates that staff edit: `templates/<kind>/<moment>[.<platform>].txt`.

They run in a sandbox, on plain values only, with an unknown name as an error and a cap on
what they may write.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, cast
from zoneinfo import ZoneInfo

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from jposocial.messages import Message, msg
from jposocial.rendering.errors import BadTemplate, TemplateValueError
from jposocial.rendering.filters import FILTERS
from jposocial.rendering.times import TOKYO

#: The highest number of `{% optional N %}`; everything is shown at this level.
MOST_OPTIONAL: Final = 9

#: Far more than any platform takes; a template that writes more has run away.
MAX_OUTPUT: Final = 200_000

#: What is written of several posts at once has no file of its own for a text.
DIGEST: Final = "digest"

#: The names under which a template is given the level, and what it has looked up.
LEVEL: Final = "optional_level_"
_NOTED: Final = "names_noted_"


class Rendered(NamedTuple):
    """A template's text, and the names of the values that it was made of."""

    text: str
    names: Set[str]


class OptionalBlocks(Extension):
    """`{% optional 2 %}…{% endoptional %}`: shown while the level is at least the number."""

    tags = {"optional"}  # noqa: RUF012  declared so by jinja2.ext.Extension

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        token = parser.stream.expect("integer")
        if not 1 <= int(token.value) <= MOST_OPTIONAL:
            parser.fail(f"optional takes 1 to {MOST_OPTIONAL}", token.lineno)
        body = parser.parse_statements(("name:endoptional",), drop_needle=True)
        level = nodes.Name(LEVEL, "load", lineno=line)
        test = nodes.Compare(level, [nodes.Operand("gteq", nodes.Const(token.value))], lineno=line)
        return nodes.If(test, body, [], [], lineno=line)


#: What writes a text of any width from a few characters of template, or gathers one over
#: the turns of a loop: a page of them fills the memory before any cap is reached.
_UNBOUNDED_METHODS: Final = frozenset(
    {"format", "format_map", "center", "ljust", "rjust", "zfill", "expandtabs"}
)
_UNBOUNDED_FILTERS: Final = ("format", "center", "indent", "wordwrap", "xmlattr", "pprint")
_UNBOUNDED_GLOBALS: Final = ("namespace", "lipsum", "cycler", "joiner")


class _Noting(Context):
    """Notes the names that a template looks up, in itself and in what it includes."""

    def resolve_or_missing(self, key: str) -> Any:
        found = super().resolve_or_missing(key)
        if _NOTED in self.parent:
            self.parent[_NOTED].add(key)
        return found


class _Environment(ImmutableSandboxedEnvironment):
    context_class = _Noting
    intercepted_binops = frozenset({"*", "**", "%"})

    def wrap_str_format(self, value: Any) -> None:
        """`"{:>999999999}".format(1)`: like any other method that is not to be had."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return attr not in _UNBOUNDED_METHODS and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """A product of two numbers only: `"x" * 10**9` would fill the memory."""
        if operator == "**" or not all(isinstance(v, int | float) for v in (left, right)):
            raise TemplateValueError(msg("only two numbers can be multiplied in a template"))
        return super().call_binop(context, operator, left, right)


class Templates:
    """A workspace's templates, each compiled once; `zone` is the workspace's."""

    def __init__(self, root: Path, zone: ZoneInfo = TOKYO) -> None:
        self._folder = root / "templates"
        self._zone = zone

    @cached_property
    def _environment(self) -> _Environment:
        environment = _Environment(
            loader=FileSystemLoader(self._folder, encoding="utf-8-sig"),
            undefined=StrictUndefined,
            extensions=[OptionalBlocks],
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            finalize=_written,
        )
        environment.filters.update(FILTERS)
        environment.globals["workspace_zone"] = self._zone.key
        for name in _UNBOUNDED_FILTERS:
            del environment.filters[name]
        for name in _UNBOUNDED_GLOBALS:
            del environment.globals[name]
        return environment

    def find(
        self, kind: str, moment: str, platform: str, lang: str = "ja", series: str = ""
    ) -> str:
        """The template's name for that moment; a series' own before its kind's.

        English has templates of its own (`announce.en.txt`) and never a Japanese one instead.
        Raises BadTemplate where there is none.
        """
        ending = ".en.txt" if lang == "en" else ".txt"
        folders = [f"series/{series}", kind] if series else [kind]
        files = (f"{moment}.{platform}{ending}", f"{moment}{ending}")
        names = [f"{folder}/{file}" for folder in folders for file in files]
        for name in names:
            if os.path.isfile(f"{self._folder}/{name}"):  # noqa: PTH113  several times a post
                return name
        raise BadTemplate(
            f"templates/{names[1]}",
            1,
            msg(
                "there is no template for {kind}, moment '{moment}'",
                kind=series or kind,
                moment=moment,
            ),
            msg("write templates/{name}", name=names[1])
            if moment == DIGEST
            else msg(
                "write templates/{name}, or give the text under 'text:' in the file", name=names[1]
            ),
        )

    @cached_property
    def _html(self) -> _Environment:
        """The same, with every value escaped."""
        found: Any = self._environment.overlay(autoescape=True, cache_size=-1)
        return cast("_Environment", found)

    def page(self, name: str, values: Mapping[str, Any]) -> str:
        """A template of HTML: values are escaped, but for `Markup`. Raises BadTemplate."""
        return self._made(self._html, name, values, MOST_OPTIONAL).text

    def render(self, name: str, values: Mapping[str, Any], level: int) -> str:
        """The template's text at an optional level. Raises BadTemplate."""
        return self.rendered(name, values, level).text

    def rendered(self, name: str, values: Mapping[str, Any], level: int) -> Rendered:
        """As `render`, with what the text was made of."""
        return self._made(self._environment, name, values, level)

    def _made(
        self, environment: _Environment, name: str, values: Mapping[str, Any], level: int
    ) -> Rendered:
        names: set[str] = set()
        try:
            template = environment.get_template(name)
            text = _tidy(_capped(template, {**values, LEVEL: level, _NOTED: names}))
            return Rendered(text, names)
        except TemplateValueError as error:
            self._fail(name, error, error.message)
        except TemplateSyntaxError as error:
            raise _bad(error.name or name, error.lineno, _said(error)) from None
        except (
            TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            OSError,
            RecursionError,
        ) as error:
            self._fail(name, error, _said(error))

    def _fail(self, name: str, error: BaseException, message: Message) -> NoReturn:
        raise _bad(name, _line(error, self._folder, name), message) from None


def _bad(name: str, line: int, message: Message) -> BadTemplate:
    fix = msg("mend the template; the fields it can use are those of the kind")
    return BadTemplate(f"templates/{name}", line, message, fix)


def _said(error: BaseException) -> Message:
    if isinstance(error, UndefinedError):
        return msg("the template names an unknown field: {detail}", detail=str(error))
    if isinstance(error, TemplateNotFound):
        return msg("there is no template '{name}'", name=str(error.name))
    return msg("the template cannot be used: {detail}", detail=str(error) or type(error).__name__)


def _line(error: BaseException, folder: Path, name: str) -> int:
    """The template's line that the traceback names; jinja2 rewrites it to the file's own."""
    line, trace = 1, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(folder / name):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _written(value: Any) -> Any:
    """What `{{ … }}` writes; nobody should read the word None in a post."""
    if value is None:
        raise TemplateValueError(msg("a field that the post does not have is written here"))
    return value


def _capped(template: Template, values: Mapping[str, Any]) -> str:
    chunks, total = [], 0
    for chunk in template.generate(**values):
        total += len(chunk)
        if total > MAX_OUTPUT:
            raise TemplateValueError(msg("the template writes without end"))
        chunks.append(chunk)
    return "".join(chunks)


def _tidy(text: str) -> str:
    """No space at line ends, no more than one empty line in a row, none around the whole."""
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip("\n")
