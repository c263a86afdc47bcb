"""sync, queue, post, approve, reject, cancel, retry, resolve: what is promised."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from jposocial import wording
from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, option, pass_call
from jposocial.cli.content import problem_json, variant_lines
from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from jposocial.model import Problem, Variant
    from jposocial.outbox.queue import Queued
    from jposocial.outbox.sync import SyncReport

STATUSES = ("scheduled", "publishing", "published", "failed", "unconfirmed", "missed", "cancelled")

#: The other commands have these words from here.
STATUS_NAMES = wording.STATUS_NAMES
BLOCKER_NAMES = wording.BLOCKER_NAMES
DETAIL_NAMES = wording.DETAIL_NAMES


@click.command(cls=Command)
@option("--yes", is_flag=True, help=msg("go on though many posts have vanished"))
@option("--dry-run", is_flag=True, help=msg("show what would change, and change nothing"))
@json_option
@pass_call
def sync(call: Call, yes: bool, dry_run: bool, as_json: bool) -> int:
    if dry_run:
        from jposocial.cli import diffing

        return diffing.show(call, yes=yes, as_json=as_json)
    report = call.workspace.sync(yes=yes)
    if as_json:
        output.as_json(_sync_json(report))
    else:
        output.echo_lines(_sync_lines(call, report))
    note_refused(report.refused)
    return int(bool(report.refused))


def note_refused(refused: Sequence[Problem]) -> None:
    for p in refused:
        output.note(f"{p.path}:{p.line}: {p.rule} {p.message}\n    → {p.fix}")


def _sync_json(report: SyncReport) -> dict[str, Any]:
    return {
        "created": report.created,
        "replaced": [{"old": r.old, "new": r.new} for r in report.replaced],
        "cancelled": report.cancelled,
        "unchanged": report.unchanged,
        "refused": [problem_json(p) for p in report.refused],
    }


def _sync_lines(call: Call, report: SyncReport) -> Iterator[str]:
    yield call.say(
        msg(
            "{created} new, {replaced} replaced, {cancelled} cancelled, {unchanged} unchanged, {refused} problems",
            created=len(report.created),
            replaced=len(report.replaced),
            cancelled=len(report.cancelled),
            unchanged=report.unchanged,
            refused=len(report.refused),
        )
    )


@click.command(cls=Command)
@option("--status", type=click.Choice(STATUSES), help=msg("this status only"))
@option("--account", metavar="A", help=msg("this account only"))
@option("--post", metavar="ID", help=msg("this post or series only"))
@option("--days", type=click.IntRange(0), metavar="N", help=msg("due within so many days"))
@option("--due", is_flag=True, help=msg("only what is due and still waits"))
@option("--all", "everything", is_flag=True, help=msg("all lines, though it be more than a screen"))
@json_option
@pass_call
def queue(
    call: Call,
    status: str | None,
    account: str | None,
    post: str | None,
    days: int | None,
    due: bool,
    everything: bool,
    as_json: bool,
) -> None:
    from datetime import timedelta

    from jposocial.cli import queue_view
    from jposocial.model import Status
    from jposocial.outbox.queue import queue as rows_of

    ws = call.workspace
    now = ws.clock()
    chosen = Status(status) if status else Status.SCHEDULED if due else None
    until = now if due else now + timedelta(days=days) if days is not None else None
    rows = rows_of(ws.engine, ws.house, now=now, status=chosen, account=account, post=post, until=until)  # fmt: skip
    if as_json:
        output.as_json([queued_json(q) for q in rows])
    else:
        whole = everything or not output.is_terminal()
        output.echo_lines(queue_view.lines(call, rows, now, plain=bool(status), whole=whole))


def queued_json(q: Queued) -> dict[str, Any]:
    d = q.delivery
    receipts = [
        {"part": r.part, "id": r.id, "url": r.url, "accepted_at": r.accepted_at} for r in d.receipts
    ]
    first = {key: receipts[0][key] for key in ("id", "url", "accepted_at")} if receipts else None
    names = (
        "id",
        "post",
        "moment",
        "account",
        "platform",
        "mode",
        "status",
        "due",
        "expires",
        "payload_hash",
    )
    return {
        **{name: getattr(d, name) for name in names},
        "approved_by": q.approved_by,
        "blockers": list(q.blockers),
        "attempts": q.attempts,
        "cost_usd": d.cost_usd,
        "receipt": first,
        "receipts": receipts,
        **({"occurrence": d.occurrence, "used": d.used} if d.of_series else {}),
        **({"retraction": _retraction_json(q)} if d.retraction else {}),
    }


def _retraction_json(q: Queued) -> dict[str, Any]:
    d = q.delivery
    return {"state": d.retraction, "at": d.retracted_at, "by": d.retracted_by}


@click.command(cls=Command)
@click.argument("text", metavar="TEXT")
@option(
    "--account",
    "accounts",
    metavar="A",
    multiple=True,
    required=True,
    help=msg("the account; may be given several times"),
)
@option("--at", metavar="INSTANT", required=True, help=msg("when: 'YYYY-MM-DD HH:MM'"))
@json_option
@pass_call
def post(call: Call, text: str, accounts: tuple[str, ...], at: str, as_json: bool) -> int:
    from jposocial import desk_work

    instant = call.instant(at)
    assert instant is not None  # noqa: S101  --at is required
    posted = desk_work.post(call.workspace, text, list(dict.fromkeys(accounts)), instant)
    if as_json:
        rows = [queued_json(q) for q in posted.deliveries]
        output.as_json(
            {
                "post": posted.post,
                "path": posted.path,
                "deliveries": rows,
                "problems": [problem_json(p) for p in posted.problems],
            }
        )
    for p in posted.problems:
        output.note(f"{p.rule} {p.message}\n    → {p.fix}")
    if posted.problems:
        output.note(call.say(msg("nothing was written")))
    elif not as_json:
        click.echo(posted.path)
        from jposocial.cli import queue_view

        now = call.workspace.clock()
        output.echo_lines(queue_view.lines(call, posted.deliveries, now, plain=True, whole=True))
    return int(bool(posted.problems))


@click.command(cls=Command)
@click.argument("wanted", metavar="ID:HASH...", nargs=-1, required=True)
@pass_call
def approve(call: Call, wanted: tuple[str, ...]) -> int:
    from jposocial import desk_work

    asked = [one if ":" in one else _asked(call, one) for one in wanted]
    chosen = [one for one in asked if one]
    for row in desk_work.approve(call.workspace, chosen) if chosen else ():
        click.echo(
            call.say(
                msg(
                    "approved: {id} {post}, {moment} on {account}",
                    id=row.id,
                    post=row.post,
                    moment=row.moment,
                    account=row.account,
                )
            )
        )
    return int(len(chosen) < len(wanted))


def _asked(call: Call, delivery: str) -> str | None:
    """On a terminal: the variant itself, and the question."""
    from jposocial.errors import Refused, UsageError
    from jposocial.outbox.queue import queue as rows_of

    if not sys.stdin.isatty() or not delivery.isdigit():
        raise UsageError(
            msg("'{text}' is not ID:HASH; 'jposocial queue' shows both", text=delivery)
        )
    ws = call.workspace
    found = rows_of(ws.engine, ws.house, now=ws.clock(), ids=[int(delivery)])
    if not found:
        raise Refused(msg("there is no delivery {id}; 'jposocial queue' shows them", id=delivery))
    output.echo_lines(
        line.removesuffix(f" · ${found[0].delivery.cost_usd:.3f}")
        for line in variant_lines(call, measured(found[0].delivery.variant()))
    )
    click.echo(call.say(output.moment(found[0].delivery.due, ws.settings.calendar.zone)))
    yes = click.confirm(call.say(msg("approve exactly this?")), default=False)
    return f"{delivery}:{found[0].delivery.payload_hash}" if yes else None


def measured(variant: Variant) -> Variant:
    """With each part's count, as its platform counts."""
    from dataclasses import replace

    import jposocial

    measures = [jposocial.measure(p.text, variant.platform) for p in variant.parts]
    parts = [
        replace(p, length=m.length, limit=m.limit)
        for p, m in zip(variant.parts, measures, strict=True)
    ]
    return replace(variant, parts=tuple(parts))


@click.command(cls=Command)
@click.argument("delivery", metavar="ID", type=int)
@option("--reason", required=True, metavar="TEXT", help=msg("why; kept in the record"))
@pass_call
def reject(call: Call, delivery: int, reason: str) -> None:
    from jposocial import desk_work

    row = desk_work.reject(call.workspace, delivery, reason)
    _done(
        call,
        msg(
            "rejected: {id} {post}, {moment} on {account}",
            id=row.id,
            post=row.post,
            moment=row.moment,
            account=row.account,
        ),
    )


@click.command(cls=Command)
@click.argument("delivery", metavar="ID", type=int)
@pass_call
def cancel(call: Call, delivery: int) -> None:
    from jposocial import desk_work

    row = desk_work.cancel(call.workspace, delivery)
    _done(
        call,
        msg(
            "cancelled: {id} {post}, {moment} on {account}",
            id=row.id,
            post=row.post,
            moment=row.moment,
            account=row.account,
        ),
    )


@click.command(cls=Command)
@click.argument("delivery", metavar="ID", type=int)
@option("--at", metavar="INSTANT", help=msg("a new time; it must be approved again"))
@pass_call
def retry(call: Call, delivery: int, at: str | None) -> None:
    from jposocial import desk_work

    new = desk_work.retry(call.workspace, delivery, call.instant(at))
    _done(call, msg("scheduled again: {id}; see 'jposocial queue'", id=new))


@click.command(cls=Command)
@click.argument("delivery", metavar="ID", type=int)
@option("--published", "url", metavar="URL", help=msg("it is there, at this address"))
@option("--absent", is_flag=True, help=msg("it is not there"))
@pass_call
def resolve(call: Call, delivery: int, url: str | None, absent: bool) -> None:
    from jposocial import desk_work

    if bool(url) == absent:
        raise click.UsageError(call.say(msg("say one of --published URL and --absent")))
    _done(call, desk_work.state_message(desk_work.resolve(call.workspace, delivery, url=url)))


def _done(call: Call, message: Message) -> None:
    click.echo(call.say(message))
