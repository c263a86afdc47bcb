"""audit and db: the record and the database."""

from __future__ import annotations

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Group, json_option, pass_call
from jposocial.messages import msg


@click.group(cls=Group)
def audit() -> None:
    pass


@audit.command(help=msg("Walk the record's chain and name the first row that does not fit."))
@json_option
@pass_call
def verify(call: Call, as_json: bool) -> int:
    from jposocial.store.audit import verify as walk
    from jposocial.store.engine import reading

    with reading(call.workspace.engine) as connection:
        found = walk(connection)
    if as_json:
        output.as_json(
            {"ok": found.ok, "rows": found.rows, "head": found.head, "broken_at": found.broken_at}
        )
    elif found.ok:
        click.echo(
            call.say(
                msg(
                    "the record is whole: {rows} events, head {head}",
                    rows=found.rows,
                    head=found.head,
                )
            )
        )
    else:
        click.echo(call.say(msg("the record is broken at event {seq}", seq=found.broken_at)))
    return int(not found.ok)


@click.group(cls=Group)
def db() -> None:
    pass


@db.command(help=msg("Make the database, or bring it to this program's version."))
@pass_call
def upgrade(call: Call) -> None:
    from jposocial.store.engine import SCHEMA, open_engine
    from jposocial.store.engine import upgrade as migrate

    ws = call.workspace
    before = migrate(open_engine(ws.settings.database_url, ws.root))
    click.echo(
        call.say(
            msg(
                "the database is of version {after} (before: {before})",
                after=SCHEMA,
                before=before or "-",
            )
        )
    )
