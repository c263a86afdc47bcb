"""accounts check: whose credentials these are, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Group, json_option, pass_call
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.account_check import AccountReport


@click.group(cls=Group)
def accounts() -> None:
    pass


@accounts.command(
    help=msg("Ask each platform whose credentials these are, until when, and what they may do.")
)
@json_option
@pass_call
def check(call: Call, as_json: bool) -> int:
    from jposocial.account_check import check_accounts

    found = check_accounts(call.workspace)
    if as_json:
        output.as_json([_json(one) for one in found])
    else:
        output.echo_lines(_lines(call, found))
    for one in found:
        for said in (*one.wrong, *one.unsaid):
            output.note(f"{one.account.name}: {call.say(said)}")
    return int(not all(one.ok for one in found))


def _json(one: AccountReport) -> dict[str, Any]:
    a = one.account
    return {
        "account": a.name,
        "platform": a.platform,
        "mode": a.mode,
        "handle": a.handle,
        "whoami": one.whoami,
        "ok": one.ok,
        "expires": one.expires,
        "scopes": one.scopes,
    }


def _lines(call: Call, found: Sequence[AccountReport]) -> Iterator[str]:
    names = (
        msg("account"), msg("platform"), msg("mode"), msg("handle"), msg("answered"), msg("result"),
        msg("until"), msg("may"),
    )  # fmt: skip
    yield from output.table([[call.say(name) for name in names], *(_row(call, o) for o in found)])


def _row(call: Call, one: AccountReport) -> list[str]:
    zone = call.workspace.settings.calendar.zone
    a = one.account
    return [
        a.name,
        a.platform,
        a.mode,
        a.handle,
        one.whoami or "-",
        call.say(msg("ok") if one.ok else msg("NOT OK")),
        call.say(output.moment(one.expires, zone)) if one.expires else "-",
        ", ".join(one.scopes or ["-"]),
    ]
