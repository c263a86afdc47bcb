"""retract: take back what is out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, option, pass_call
from jposocial.cli.content import variant_lines
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.retracting import Prospect, Retracted

OUTCOME_NAMES = {
    "deleted": msg("deleted"),
    "gone": msg("was not there any more"),
    "refused": msg("not deleted: the platform refused"),
    "unreached": msg("not deleted: the platform could not be reached"),
    "unknown": msg("unknown: look at the timeline"),
    "impossible": msg("this platform deletes nothing"),
}


@click.command(cls=Command)
@click.argument("delivery", metavar="ID", type=int)
@option("--reason", required=True, metavar="TEXT", help=msg("why; kept in the record"))
@option("--yes", is_flag=True, help=msg("do not ask, on a terminal either"))
@json_option
@pass_call
def retract(call: Call, delivery: int, reason: str, yes: bool, as_json: bool) -> int:
    from jposocial import retracting

    if not reason.strip():
        raise click.UsageError(call.say(msg("say why: --reason TEXT")))
    if sys.stdin.isatty() and not yes:
        found = retracting.prospect(call.workspace, delivery)
        if found.delivery.retraction != "done" and not _asked(call, found):
            output.note(call.say(msg("nothing was deleted")))
            return 1
    done = retracting.retract(call.workspace, delivery, reason)
    if as_json:
        output.as_json(_json(done))
    else:
        output.echo_lines(_lines(call, done))
    return int(not done.done)


def _asked(call: Call, found: Prospect) -> bool:
    """What readers see now, and the question; on standard error, as `--json` may be asked for."""
    from jposocial.cli.queue import measured

    row = found.delivery
    for line in variant_lines(call, measured(row.variant())):
        output.note(line)
    for receipt in row.receipts:
        output.note(receipt.url)
    if not found.can_delete:
        output.note(
            call.say(
                msg(
                    "{platform} deletes nothing: this only goes into the record, and a correction is drafted",
                    platform=row.platform,
                )
            )
        )
    question = msg("take this back from {account}?", account=row.account)
    return click.confirm(call.say(question), default=False, err=True)


def _json(done: Retracted) -> dict[str, Any]:
    return {
        "id": done.delivery.id,
        "retracted": done.done,
        "parts": [
            {
                "part": one.receipt.part,
                "id": one.receipt.id,
                "url": one.receipt.url,
                "outcome": one.outcome,
                "detail": one.detail,
            }
            for one in done.parts
        ],
        "correction": done.correction or None,
    }


def _lines(call: Call, done: Retracted) -> Iterator[str]:
    row = done.delivery
    if done.already:
        yield call.say(msg("{id}: it was retracted before", id=row.id))
        return
    for one in done.parts:
        yield call.say(
            msg(
                "part {number}: {outcome} {detail} {url}",
                number=one.receipt.part + 1,
                outcome=OUTCOME_NAMES[one.outcome],
                detail=f"({one.detail})" if one.detail else "",
                url=one.receipt.url,
            )
        ).replace("  ", " ")
    named = {"id": row.id, "post": row.post, "moment": row.moment, "account": row.account}
    if done.done:
        yield call.say(msg("retracted: {id} {post}, {moment} on {account}", **named))
    elif not row.has_begun:
        yield call.say(
            msg("not all of it is gone: {id} {post}, {moment} on {account}. Delete it by hand, or try again: jposocial retract {id} --reason …", **named)
        )  # fmt: skip
    else:
        yield call.say(
            msg("a further part may be out: look at the timeline, then jposocial resolve {id} --published URL, or --absent; and after it jposocial retract {id} again", id=row.id)
        )  # fmt: skip
    yield call.say(msg("a correction is drafted: {path}", path=done.correction))
