"""audit and db: the record and the database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Group, json_option, option, pass_call
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.archive.folder import Archive


@click.group(cls=Group)
def audit() -> None:
    pass


@audit.command(help=msg("Walk the record's chain and name the first row that does not fit."))
@option(
    "--head", metavar="HASH", help=msg("a head noted earlier, to see whether the end was cut off")
)
@json_option
@pass_call
def verify(call: Call, head: str | None, as_json: bool) -> int:
    from jposocial.store.audit import verify as walk
    from jposocial.store.engine import reading

    head = _digest(call, head)
    with reading(call.workspace.engine) as connection:
        found = walk(connection, head)
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
    elif found.cut:
        click.echo(
            call.say(
                msg(
                    "the noted head is not in the record of {rows} events: its end was cut off, or it is another record",
                    rows=found.rows,
                )
            )
        )
    else:
        click.echo(call.say(msg("the record is broken at event {seq}", seq=found.broken_at)))
    return int(not found.ok)


def _digest(call: Call, text: str | None) -> str | None:
    """A whole hash: fewer digits would fit a forged record."""
    if text is not None and not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise click.UsageError(
            call.say(msg("--head takes the 64 hex digits that 'audit verify' shows"))
        )
    return text.lower() if text else None


@audit.command(help=msg("Write what was published to a folder for the archive."))
@option("--from", "start", required=True, metavar="DAY", help=msg("first day"))
@option("--to", "end", required=True, metavar="DAY", help=msg("last day"))
@option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help=msg("a new folder; default: var/archive/FROM_TO"),
)
@json_option
@pass_call
def export(call: Call, start: str, end: str, out: Path | None, as_json: bool) -> int:
    from jposocial.cli.content import as_day
    from jposocial.filing import export as file

    done = file(call.workspace, as_day(start), as_day(end), out)
    if as_json:
        output.as_json(_archive_json(call, done))
    else:
        _say_archive(call, done)
    return int(bool(done.problems))


def _archive_json(call: Call, done: Archive) -> dict[str, Any]:
    return {
        "folder": str(done.folder),
        "published": done.published,
        "media": done.media,
        "manifest_sha256": done.manifest_sha256,
        "head": done.head,
        "ok": not done.problems,
        "problems": [call.say(problem) for problem in done.problems],
    }


def _say_archive(call: Call, done: Archive) -> None:
    click.echo(
        call.say(msg("{n} published, in {folder}", n=done.published, folder=str(done.folder)))
    )
    click.echo(
        call.say(
            msg(
                "note this elsewhere, the SHA-256 of SHA256SUMS: {digest}",
                digest=done.manifest_sha256,
            )
        )
    )
    for problem in done.problems:
        output.note(call.say(problem))


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
