"""hold and release: the brake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, option, pass_call
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.outbox.holds import Hold


@click.command(cls=Command)
@option("--all", "everything", is_flag=True, help=msg("everything"))
@option("--account", metavar="A", help=msg("one account"))
@option("--category", type=click.Choice(("routine", "emergency")), help=msg("one category"))
@option("--post", metavar="ID", help=msg("one post"))
@option("--reason", metavar="TEXT", help=msg("why; kept in the record"))
@option("--list", "listed", is_flag=True, help=msg("show the holds in force"))
@json_option
@pass_call
def hold(
    call: Call,
    everything: bool,
    account: str | None,
    category: str | None,
    post: str | None,
    reason: str | None,
    listed: bool,
    as_json: bool,
) -> int:
    from jposocial import desk_work

    scopes = [("all", "")] * everything + [
        (k, v) for k, v in (("account", account), ("category", category), ("post", post)) if v
    ]
    if listed and not scopes:
        _show(call, desk_work.active_holds(call.workspace), as_json)
        return 0
    if len(scopes) != 1 or not reason or listed:
        raise click.UsageError(
            call.say(
                msg(
                    "say what to hold (--all, --account, --category or --post) and --reason; or --list"
                )
            )
        )
    done = desk_work.hold(call.workspace, *scopes[0], reason)
    _show(call, [done.hold], as_json)
    if done.unwritten:
        output.note(call.say(done.unwritten))
        output.note(
            call.say(
                msg(
                    "THE HOLD IS IN FORCE all the same, by a file in var/holds/: nothing new begins. The record takes it in when the database can be written"
                )
            )
        )
    for row in done.under_way:
        output.note(
            call.say(
                msg(
                    "still being published: {id} {post} on {account} (pid {pid} on {host})",
                    id=row.id,
                    post=row.post,
                    account=row.account,
                    pid=row.claim_pid,
                    host=row.claim_host,
                )
            )
        )
    return int(bool(done.under_way))


def _show(call: Call, holds: list[Hold], as_json: bool) -> None:
    if as_json:
        output.as_json([hold_json(h) for h in holds])
    else:
        output.echo_lines(hold_lines(call, holds))


def hold_lines(call: Call, holds: Sequence[Hold]) -> Iterator[str]:
    zone = call.workspace.settings.calendar.zone
    for h in holds:
        yield call.say(
            msg(
                "hold {id}: {scope}, since {since}, by {by}: {reason}",
                id=h.id or "-",
                scope=h.scope,
                since=output.moment(h.since, zone),
                by=h.by,
                reason=h.reason,
            )
        )


def hold_json(h: Hold) -> dict[str, Any]:
    # A flag's has a number when the database has taken it in.
    return {"id": h.id or None, "scope": h.scope, "reason": h.reason, "by": h.by, "since": h.since}


@click.command(cls=Command)
@click.argument("hold_id", metavar="HOLD_ID", type=int)
@pass_call
def release(call: Call, hold_id: int) -> None:
    from jposocial import desk_work

    missed = desk_work.release(call.workspace, hold_id)
    click.echo(call.say(msg("released: hold {id}", id=hold_id)))
    for delivery in missed:
        click.echo(
            call.say(
                msg(
                    "missed: {id}; bring it back with: jposocial retry {id} --at 'YYYY-MM-DD HH:MM'",
                    id=delivery,
                )
            )
        )
