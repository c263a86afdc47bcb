"""The program's own options, its commands, and how it ends."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import click

from jposocial.cli import (
    accounts,
    configuring,
    content,
    doctor,
    holds,
    keeping,
    notifying,
    publishing,
    queue,
    rehearsing,
    retracting,
    running,
    standing,
    writing,
)
from jposocial.cli.base import Call, Group, Option, option, speak, system_language
from jposocial.errors import ConfigError, JposocialError, place_of
from jposocial.messages import LANGUAGES, Message, localised, msg

_PROGRAM_OPTIONS = ("--workspace", "--lang")

COMMANDS = (
    content.init,
    writing.new, content.check, content.plan, content.show,
    queue.sync, queue.queue, queue.post, queue.approve, queue.reject, holds.hold, holds.release,
    queue.cancel, queue.retry, queue.resolve, retracting.retract,
    publishing.publish, running.run, standing.status, publishing.sandbox,
    rehearsing.rehearse, rehearsing.demo,
    notifying.notify, accounts.accounts, keeping.audit, doctor.doctor,
    configuring.config, keeping.db,
)  # fmt: skip


@click.group(
    cls=Group, help=msg("One plain file per announcement, published exactly when it should be.")
)
@option(
    "--workspace",
    type=click.Path(path_type=Path),
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
def cli(context: click.Context, workspace: Path | None, lang: str | None) -> None:
    # `run` has taken in `--lang`: Click's `--help` and its usage errors come before this.
    context.obj.workspace_path = workspace


for command in COMMANDS:
    cli.add_command(command)


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
    import tomllib

    from jposocial.toml_values import FILE_NAME

    place = Path.cwd()
    for number, argument in enumerate(arguments):
        if argument.startswith("--workspace"):
            place = place / (
                argument.partition("=")[2] or "".join(arguments[number + 1 : number + 2])
            )
    for folder in (place, *place.parents):
        try:
            found = tomllib.loads((folder / FILE_NAME).read_text("utf-8-sig"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError):
            return "ja"
        table = found.get("workspace")
        language = table.get("language", "ja") if isinstance(table, dict) else "ja"
        return language if language in LANGUAGES else "ja"
    return None
