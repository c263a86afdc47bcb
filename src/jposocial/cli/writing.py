"""new: a content file to fill in."""

from __future__ import annotations

import sys

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, option, pass_call
from jposocial.messages import msg


@click.command(cls=Command)
@click.argument("kind", metavar="KIND")
@option("--id", "post_id", metavar="ID", help=msg("its name for ever; a-z, 0-9 and hyphens"))
@option("--title", metavar="TEXT", help=msg("as readers see it"))
@option(
    "--set",
    "pairs",
    metavar="FIELD=VALUE",
    multiple=True,
    help=msg("any field; may be given several times"),
)
@pass_call
def new(
    call: Call, kind: str, post_id: str | None, title: str | None, pairs: tuple[str, ...]
) -> None:
    from jposocial import desk_work

    given = {name: value for name, value in (("id", post_id), ("title", title)) if value}
    given |= dict(_pair(call, pair) for pair in pairs)
    values = _asked(call, kind, given) if sys.stdin.isatty() else given
    path, problems = desk_work.new(call.workspace, kind, values)
    click.echo(path)
    for p in problems:
        output.note(f"{p.path}:{p.line}: {p.rule} {p.message}")


def _pair(call: Call, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(call.say(msg("'{text}' is not FIELD=VALUE", text=text)))
    return name.strip(), value.strip()


def _asked(call: Call, kind: str, given: dict[str, str]) -> dict[str, str]:
    """On a terminal: what is required and not given, one question each; empty is for later."""
    from jposocial.posts.blank import required_fields
    from jposocial.posts.field_help import FIELD_HELP

    answers = dict(given)
    for name in required_fields(kind):
        if name not in answers and name in FIELD_HELP:
            help_text, example = FIELD_HELP[name]
            question = msg(
                "{name} — {help} (for example {example})",
                name=name,
                help=help_text,
                example=example,
            )
            answers[name] = click.prompt(call.say(question), default="", show_default=False)
    return answers
