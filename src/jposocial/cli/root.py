"""The program's own options, its commands, and how it ends."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

from jposocial.cli.base import Call, Group, Option, language_of, option, speak, system_language
from jposocial.errors import ConfigError, JposocialError, place_of
from jposocial.layout import FILE_NAME
from jposocial.messages import LANGUAGES, Message, localised, msg

_PROGRAM_OPTIONS = ("--workspace", "--lang")

#: Each command, in the order in which `--help` names them: its module, and what it is for.
#: So `--help` loads none of them.
COMMANDS: Final[Mapping[str, tuple[str, Message]]] = {
    "init": ("content", msg("Make a workspace with sample posts and templates.")),
    "new": ("writing", msg("Write a new content file of a kind, its fields explained.")),
    "check": (
        "content",
        msg("Check content files: every problem at once, with its place and its fix."),
    ),
    "plan": ("content", msg("What goes where when, and what does not, and why.")),
    "show": ("content", msg("How a post reads on each account, with its count and its cost.")),
    "sync": ("queue", msg("Bring the queue in line with the files.")),
    "queue": ("queue", msg("What is promised: what goes next, what waits and for what.")),
    "post": (
        "queue",
        msg("Write a post by hand and queue it; it is checked and approved like any other."),
    ),
    "approve": (
        "queue",
        msg("Approve deliveries exactly as they stand: ID:HASH, as 'queue' shows them."),
    ),
    "reject": ("queue", msg("Withdraw an approval, with a reason; it waits to be approved again.")),
    "hold": ("holds", msg("Stop publishing: everything, an account, a category or a post.")),
    "release": ("holds", msg("End a hold; what fell due under it becomes missed.")),
    "cancel": ("queue", msg("Take a delivery out; only 'retry' brings it back.")),
    "retry": ("queue", msg("Bring a failed, missed or cancelled delivery back.")),
    "resolve": ("queue", msg("Settle an unconfirmed delivery after looking at the timeline.")),
    "retract": (
        "retracting",
        msg(
            "Delete what is out, record it, and draft a correction; takes another person than the approver."
        ),
    ),
    "publish": ("publishing", msg("Publish all that is due and approved, then end.")),
    "run": ("running", msg("Publish what falls due, until Ctrl-C or SIGTERM; for a service.")),
    "newsletter": (
        "newsletter",
        msg("An issue of the newsletter: preview, test, freeze, approve, send, and how far it is."),
    ),
    "subscribers": ("subscribers", msg("Who gets the newsletter, and what they consented to.")),
    "status": (
        "standing",
        msg("Whether it works: the last beat, what is overdue, the holds, how many of each."),
    ),
    "sandbox": ("publishing", msg("Run the stand-in for the platforms until Ctrl-C.")),
    "rehearse": (
        "rehearsing",
        msg(
            "Play a period against the sandbox and lay it out as a page; the workspace is only read."
        ),
    ),
    "demo": (
        "rehearsing",
        msg("Rehearse the sample posts from December to March, in a throw-away workspace."),
    ),
    "notify": (
        "notifying",
        msg("Mail the alarms that are due, a stopped beat among them; made for a cron line."),
    ),
    "accounts": ("accounts", msg("The configured accounts.")),
    "audit": ("keeping", msg("The record of what was done.")),
    "doctor": (
        "doctor",
        msg("Whether this workspace is a copy; --adopt makes it the one that publishes."),
    ),
    "config": (
        "configuring",
        msg("The whole configuration as it holds, defaults included; no secret is read."),
    ),
    "db": ("keeping", msg("The database.")),
}


class _Program(Group):
    """The commands, each module loaded when one of its commands is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, purpose = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"jposocial.cli.{module}"), cmd_name)
        command.help = purpose
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            # Click knows only of those that are loaded which one may be meant.
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=COMMANDS, ctx=ctx
            ) from None

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        return [(name, localised(said, language_of(ctx))) for name, (_, said) in COMMANDS.items()]


@click.group(
    cls=_Program, help=msg("One plain file per announcement, published exactly when it should be.")
)
@option(
    "--workspace",
    type=click.Path(),
    metavar="DIR",
    help=msg("the workspace; default: the nearest jposocial.toml upwards"),
)
@option("--lang", type=click.Choice(LANGUAGES), help=msg("the language of the messages"))
@click.version_option(
    package_name="jposocial",
    message="%(prog)s %(version)s",
    cls=Option,
    help=msg("Show the version and exit."),
)
@click.pass_context
def cli(context: click.Context, workspace: str | None, lang: str | None) -> None:
    # `run` has taken in `--lang`: Click's `--help` and its usage errors come before this.
    if workspace is not None:
        from pathlib import Path

        context.obj.workspace_path = Path(workspace)


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code: 0, 1, 2, 3 or 130."""
    arguments = _program_options_first(arguments)
    language = _language(arguments)
    speak(language)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its code: no reason to stop.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        result = cli.main(
            arguments, prog_name="jposocial", standalone_mode=False, obj=Call(language=language)
        )
        return result if isinstance(result, int) else 0
    except JposocialError as error:
        for line in _lines(error):
            print(localised(line, language), file=sys.stderr)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print(localised(msg("stopped; nothing is left half done"), language), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); there is nobody to tell.
        sys.stderr.close()
        return 0
    except Exception as error:
        if os.environ.get("JPOSOCIAL_TRACEBACK"):
            raise
        print(localised(_unexpected(error), language), file=sys.stderr)
        return 1


def _program_options_first(arguments: list[str]) -> list[str]:
    """`--workspace` and `--lang` hold for the whole program wherever they are written."""
    first: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _PROGRAM_OPTIONS:
            first += [word, *itertools.islice(words, 1)]
        elif word.startswith(tuple(f"{name}=" for name in _PROGRAM_OPTIONS)):
            first.append(word)
        else:
            rest.append(word)
    return first + rest


def _unexpected(error: Exception) -> Message:
    """What went wrong and where, without the values that a trace would show."""
    return msg(
        "unexpected: {error} at {place}; what was queued is kept. Please report it (JPOSOCIAL_TRACEBACK=1 shows more)",
        error=type(error).__name__,
        place=place_of(error),
    )


def _lines(error: JposocialError) -> list[str]:
    return [error.message, *error.messages] if isinstance(error, ConfigError) else [error.message]


def _language(arguments: list[str]) -> str:
    """`--lang`, else the workspace's configuration, else the locale; before Click parses."""
    for number, argument in enumerate(arguments):
        if argument.startswith("--lang"):
            value = argument.partition("=")[2] or "".join(arguments[number + 1 : number + 2])
            return value if value in LANGUAGES else system_language()
    return _configured(arguments) or system_language()


def _configured(arguments: list[str]) -> str | None:
    """What the nearest configuration says, as far as it can be read."""
    folder = os.getcwd()
    for number, argument in enumerate(arguments):
        if argument.startswith("--workspace"):
            found = argument.partition("=")[2] or "".join(arguments[number + 1 : number + 2])
            folder = os.path.abspath(os.path.join(folder, found))
    while True:
        try:
            with open(os.path.join(folder, FILE_NAME), encoding="utf-8-sig") as file:
                return _language_of(file.read())
        except FileNotFoundError:
            folder, below = os.path.dirname(folder), folder
            if folder == below:
                return None
        except (OSError, ValueError):
            return LANGUAGES[0]


def _language_of(configuration: str) -> str:
    import tomllib

    try:
        table = tomllib.loads(configuration).get("workspace")
    except (ValueError, RecursionError):
        return LANGUAGES[0]
    language = table.get("language") if isinstance(table, dict) else None
    return language if language in LANGUAGES else LANGUAGES[0]
