"""config: the configuration as it holds."""

from __future__ import annotations

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, pass_call
from jposocial.messages import msg


@click.command(cls=Command)
@json_option
@pass_call
def config(call: Call, as_json: bool) -> None:
    from jposocial.effective import effective, toml_lines
    from jposocial.layout import FILE_NAME
    from jposocial.settings import read_tables

    ws = call.workspace
    found = effective(ws.settings, *read_tables(ws.root / FILE_NAME))
    if as_json:
        output.as_json({**found.tables, "sources": found.sources})
    else:
        output.echo_lines(toml_lines(found, call.say(msg("default"))))
