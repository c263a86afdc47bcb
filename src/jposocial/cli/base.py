"""Click commands that say their help in the reader's language, and what they share."""

from __future__ import annotations

import locale
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jposocial.messages import LANGUAGES, LOCALE_DIR, localised, msg

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from jposocial.app import Workspace

F = TypeVar("F", bound=Callable[..., Any])


def system_language() -> str:
    """The locale's language where it is one of ours, else English."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    found = (name or locale.getlocale()[0] or "")[:2]
    return found if found in LANGUAGES else "en"


def speak(language: str) -> None:
    """Let Click say its own words in `language` too; it asks the standard library's gettext."""
    import gettext

    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("jposocial", LOCALE_DIR)
    gettext.textdomain("jposocial")


@dataclass(kw_only=True)
class Call:
    """What the options of the whole program say; `language` is what it answers in."""

    language: str
    workspace_path: Path | None = None
    _workspace: Workspace | None = field(default=None, repr=False)

    @property
    def workspace(self) -> Workspace:
        """The workspace, opened when a command first wants it. Raises UsageError."""
        if self._workspace is None:
            from dataclasses import replace
            from pathlib import Path

            from jposocial.app import find_root, open_workspace

            path = self.workspace_path or find_root(Path.cwd())
            self._workspace = open_workspace(path)
            self._workspace.settings = replace(self._workspace.settings, language=self.language)
        return self._workspace

    def reopened(self) -> Workspace:
        """The workspace as its files are now. Raises UsageError."""
        self._workspace = None
        return self.workspace

    def say(self, text: str) -> str:
        return localised(text, self.language)

    def instant(self, text: str | None) -> datetime | None:
        """`--now` and `--at` as staff write them. Raises UsageError."""
        if text is None:
            return None
        from jposocial.errors import UsageError
        from jposocial.values import BadValue, parse_instant

        try:
            return parse_instant(text, self.workspace.settings.calendar.zone)
        except BadValue as bad:
            raise UsageError(msg("{message}: {fix}", message=bad.message, fix=bad.fix)) from None


pass_call = click.make_pass_decorator(Call)


def language_of(context: click.Context | None) -> str:
    """What the run that `context` belongs to answers in."""
    call = context.find_object(Call) if context else None
    return call.language if call else system_language()


class _Localised(click.Command):
    """Mixed into Click's classes: help and option texts are said when they are shown."""

    def get_short_help_str(self, limit: int = 60) -> str:
        language = language_of(click.get_current_context(silent=True))
        return localised(self.help or "", language).split("\n")[0]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click keeps this option, with the words of the first time; the language may change."""
        found = super().get_help_option(ctx)
        if found:
            found.help = localised(msg("Show this message and exit."), language_of(ctx))
        return found

    def format_help_text(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(localised(self.help or "", language_of(context)))


class Option(click.Option):
    """An option whose help is said in the reader's language."""

    def __init__(self, *names: Any, **values: Any) -> None:
        super().__init__(*names, **values)
        # Click keeps a tidied copy, which is a plain string.
        self.help = values.get("help")

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        source, self.help = self.help, localised(self.help or "", language_of(ctx))
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = source


class Command(_Localised):
    pass


class Group(_Localised, click.Group):
    command_class = Command

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """The name of each command, and what it is for."""
        return [(name, command.get_short_help_str()) for name, command in self.commands.items()]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(localised(msg("Commands"), language_of(ctx))):
            formatter.write_dl(self.summaries(ctx))


Group.group_class = Group


def option(*names: str, **values: Any) -> Callable[[F], F]:
    return click.option(*names, cls=Option, **values)


json_option = option(
    "--json", "as_json", is_flag=True, help=msg("one JSON document on standard output")
)
now_option = option(
    "--now", metavar="INSTANT", help=msg("as if it were this moment: 'YYYY-MM-DD HH:MM'")
)
