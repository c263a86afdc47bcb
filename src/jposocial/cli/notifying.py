"""notify: mail what people must know, now."""

from __future__ import annotations

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, option, pass_call
from jposocial.messages import msg


@click.command(cls=Command)
@option("--test", "trial", is_flag=True, help=msg("mail a test to every address of [notify]"))
@json_option
@pass_call
def notify(call: Call, trial: bool, as_json: bool) -> int:
    from jposocial import notifying

    ws = call.workspace
    notifying.needed(ws)
    report = notifying.trial(ws) if trial else notifying.Notifier(workspace=ws).round()
    if as_json:
        output.as_json({"mailed": report.mailed, "left": report.left})
    else:
        click.echo(
            call.say(msg("{mailed} mailed, {left} left", mailed=report.mailed, left=report.left))
        )
    if report.reason:
        output.note(call.say(report.reason))
    return int(bool(report.reason))
