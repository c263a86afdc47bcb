"""doctor: whether this workspace may speak for its live accounts."""

from __future__ import annotations

import sys

import click

from jposocial.cli.base import Call, Command, option, pass_call
from jposocial.errors import Refused
from jposocial.messages import Message, msg


@click.command(cls=Command)
@option(
    "--adopt", "adopting", is_flag=True,
    help=msg("after a copy, a move or a backup: publish from here, under a hold on everything"),
)  # fmt: skip
@pass_call
def doctor(call: Call, adopting: bool) -> int:
    from jposocial.desk_work import difference

    why = difference(call.workspace)
    if why is None:
        click.echo(call.say(msg("this workspace is the one that its database belongs to")))
        return 0
    if not adopting:
        from jposocial.outbox.instance import refusal

        click.echo(call.say(refusal(why)))
        return 1
    return _adopt(call, why)


def _adopt(call: Call, why: Message) -> int:
    """Shows what is so and asks for the folder's name; then everything is on hold."""
    from jposocial import desk_work

    name = call.workspace.root.name
    click.echo(call.say(why))
    click.echo(
        call.say(
            msg(
                "The database may not know what went out since. Everything will be on hold: compare the queue with the accounts' timelines and cancel what is out already; somebody else then releases the hold."
            )
        )
    )
    if _typed(call, name) != name:
        raise Refused(msg("that is not the name of this folder; nothing was changed"))
    hold = desk_work.adopt(call.workspace)
    click.echo(call.say(msg("adopted; everything is on hold: jposocial release {id}", id=hold.id)))
    return 0


def _typed(call: Call, name: str) -> str:
    asked = call.say(msg("type the name of this folder ({name}) to go on", name=name))
    click.echo(f"{asked}: ", nl=False)
    return sys.stdin.readline().strip()
