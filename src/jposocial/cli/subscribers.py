"""subscribers: who gets the newsletter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Group, json_option, option, pass_call
from jposocial.messages import LANGUAGES, msg

if TYPE_CHECKING:
    from jposocial.newsletter.subscribers import Subscriber
    from jposocial.subscribing import ImportReport

STATUS_NAMES = {
    "pending": msg("asked, not confirmed"),
    "active": msg("subscribed"),
    "left": msg("left"),
    "bounced": msg("mails came back"),
}

list_option = option("--list", "name", required=True, metavar="NAME", help=msg("which list"))


@click.group(cls=Group)
def subscribers() -> None:
    pass


@subscribers.command(
    name="import",
    help=msg(
        "Read a CSV file: what it would change, each bad line with its reason; --apply does it."
    ),
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@list_option
@option("--apply", is_flag=True, help=msg("take the good lines in"))
@json_option
@pass_call
def import_(call: Call, file: Path, name: str, apply: bool, as_json: bool) -> int:
    from jposocial import subscribing

    report = subscribing.import_file(call.workspace, file, name, apply=apply, progress=_progress)
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    if as_json:
        output.as_json(
            {
                "accepted": report.accepted,
                "already": report.already,
                "suppressed": report.suppressed,
                "rejected": [
                    {"line": r.line, "message": _reason(call, r.message, r.fix)}
                    for r in report.rejected
                ],
            }
        )
    else:
        output.echo_lines(_import_lines(call, report, apply))
    return int(bool(report.rejected))


def _progress(number: int) -> None:
    if sys.stderr.isatty() and number >= 2000:
        click.echo(f"\r{number:,}", err=True, nl=False)


def _reason(call: Call, message: str, fix: str) -> str:
    return f"{call.say(message)} — {call.say(fix)}" if fix else call.say(message)


def _import_lines(call: Call, report: ImportReport, apply: bool) -> Iterator[str]:
    for bad in report.rejected:
        reason = _reason(call, bad.message, bad.fix)
        yield call.say(msg("line {line}: {reason}", line=bad.line, reason=reason))
    yield call.say(
        msg(
            "{accepted} new, {already} there already, {suppressed} have left or must not be mailed, {rejected} rejected",
            accepted=report.accepted,
            already=report.already,
            suppressed=report.suppressed,
            rejected=len(report.rejected),
        )
    )
    if apply:
        yield call.say(msg("the good lines were taken in"))
    else:
        yield call.say(msg("nothing was changed; --apply takes the good lines in"))


@subscribers.command(help=msg("Write a list as CSV, the evidence of each consent with it."))
@list_option
@option("--out", type=click.Path(path_type=Path), help=msg("a file that only you can read"))
@pass_call
def export(call: Call, name: str, out: Path | None) -> int:
    from jposocial import subscribing

    lines = subscribing.export(call.workspace, name)
    if out is None:
        for line in lines:
            click.echo(line, nl=False)
        return 0
    import os

    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:  # noqa: PTH123  a descriptor
        os.fchmod(descriptor, 0o600)
        file.writelines(lines)
    output.note(call.say(msg("written: {path}", path=str(out))))
    return 0


@subscribers.command(help=msg("Ask somebody: prints the link with which they confirm."))
@click.argument("address", metavar="ADDRESS")
@list_option
@option("--name", "person", default="", metavar="TEXT", help=msg("the person's name"))
@option("--language", type=click.Choice(LANGUAGES), default="ja", help=msg("of the mails they get"))
@option("--source", required=True, metavar="TEXT", help=msg("how they asked for it"))
@option("--wording", required=True, metavar="TEXT", help=msg("the text they consented to"))
@json_option
@pass_call
def add(
    call: Call, address: str, name: str, person: str, language: str, source: str, wording: str,
    as_json: bool,
) -> int:  # fmt: skip
    from jposocial import subscribing

    _, link = subscribing.add(
        call.workspace, address, name, person=person, lang=language, source=source, wording=wording
    )
    if as_json:
        output.as_json({"link": link})
    else:
        click.echo(link)
        output.note(
            call.say(msg("send this link to the person; nothing is mailed before they confirm"))
        )
    return 0


@subscribers.command(help=msg("Note that a person confirmed: TOKEN is the end of their link."))
@click.argument("token", metavar="TOKEN")
@pass_call
def confirm(call: Call, token: str) -> int:
    from jposocial import subscribing

    found = subscribing.confirm(call.workspace, token)
    output.note(call.say(msg("confirmed, on the list '{name}'", name=found.list)))
    return 0


@subscribers.command(help=msg("Take somebody off a list, for good."))
@click.argument("address", metavar="ADDRESS")
@list_option
@option("--reason", required=True, metavar="TEXT", help=msg("why; kept in the record"))
@pass_call
def remove(call: Call, address: str, name: str, reason: str) -> int:
    from jposocial import subscribing

    subscribing.remove(call.workspace, address, name, reason)
    output.note(call.say(msg("taken off the list '{name}'; no import brings it back", name=name)))
    return 0


@subscribers.command(help=msg("Delete all that is personal of an address, on every list."))
@click.argument("address", metavar="ADDRESS")
@option("--yes", is_flag=True, help=msg("do not ask, on a terminal either"))
@pass_call
def erase(call: Call, address: str, yes: bool) -> int:
    from jposocial import subscribing

    if (
        sys.stdin.isatty()
        and not yes
        and not click.confirm(
            call.say(msg("Delete this person's data? It cannot be brought back.")), err=True
        )
    ):
        output.note(call.say(msg("nothing was deleted")))
        return 1
    number = subscribing.erase(call.workspace, address)
    output.note(
        call.say(msg("deleted: {number} subscriptions, and what the ledgers had", number=number))
    )
    return 0


@subscribers.command(name="list", help=msg("Who is on the lists."))
@option("--list", "name", metavar="NAME", help=msg("which list"))
@option("--status", type=click.Choice(tuple(STATUS_NAMES)), help=msg("only those in this state"))
@json_option
@pass_call
def list_(call: Call, name: str | None, status: str | None, as_json: bool) -> int:
    from jposocial import subscribing

    found = subscribing.everybody(call.workspace, name, status)
    if as_json:
        output.as_json([_json(one) for one in found])
        return 0
    for one in found:
        click.echo(
            f"{one.list}  {one.address}  {one.lang}  {call.say(STATUS_NAMES[one.status])}  {one.name}".rstrip()
        )
    counts = {s: sum(one.status == s for one in found) for s in STATUS_NAMES}
    output.note(
        ", ".join(f"{call.say(STATUS_NAMES[s])} {n}" for s, n in counts.items() if n) or "0"
    )
    return 0


def _json(one: Subscriber) -> dict[str, object]:
    return {
        "list": one.list, "address": one.address, "name": one.name, "lang": one.lang,
        "status": one.status, "since": one.since.isoformat(),
    }  # fmt: skip
