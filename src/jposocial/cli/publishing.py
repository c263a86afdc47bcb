"""publish, sandbox: what goes out."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, option, pass_call
from jposocial.cli.next_steps import NEXT_STEPS
from jposocial.cli.queue import BLOCKER_NAMES, STATUS_NAMES
from jposocial.messages import joined, msg

if TYPE_CHECKING:
    from jposocial.publishing import PublishReport


@click.command(cls=Command)
@option("--dry-run", is_flag=True, help=msg("only say what would go out now"))
@json_option
@pass_call
def publish(call: Call, dry_run: bool, as_json: bool) -> int:
    from jposocial import publishing

    if dry_run:
        ids = publishing.would_publish(call.workspace)
        output.as_json(ids) if as_json else click.echo(
            call.say(msg("would go out now: {ids}", ids=", ".join(map(str, ids)) or "-"))
        )
        return 0
    report = publishing.publish(
        call.workspace, progress=lambda delivery, outcome: _progress(call, delivery, outcome)
    )
    if as_json:
        output.as_json(_report_json(report))
    else:
        output.echo_lines(_report_lines(call, report))
    for notice in report.notices:
        output.note(call.say(notice))
    return report.exit_code


def _progress(call: Call, delivery: int, outcome: str) -> None:
    output.note(f"{delivery}: {call.say(STATUS_NAMES[outcome])}")


def _report_json(report: PublishReport) -> dict[str, Any]:
    keys = ("published", "deferred", "failed", "unconfirmed", "missed")
    blocked = [{"id": b.id, "blockers": list(b.blockers)} for b in report.blocked]
    return {**{key: getattr(report, key) for key in keys}, "blocked": blocked}


def _report_lines(call: Call, report: PublishReport) -> Iterator[str]:
    keys = ("published", "deferred", "failed", "unconfirmed", "missed")
    yield call.say(
        msg(
            "{published} published, {deferred} deferred, {failed} failed, {unconfirmed} unconfirmed, {missed} missed, {blocked} waiting",
            blocked=len(report.blocked),
            **{key: len(getattr(report, key)) for key in keys},
        )
    )
    for key in ("unconfirmed", "failed", "missed"):
        for delivery in getattr(report, key):
            yield call.say(
                msg(
                    "{id} {status}: {step}",
                    id=delivery,
                    status=STATUS_NAMES[key],
                    step=NEXT_STEPS[key].filled(id=delivery),
                )
            )
    for b in report.blocked:
        yield call.say(
            msg(
                "{id}: {blockers}",
                id=b.id,
                blockers=joined(BLOCKER_NAMES.get(name, name) for name in b.blockers),
            )
        )


#: The exit code after Ctrl-C.
_INTERRUPTED = 130


@click.command(cls=Command)
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8090,
    show_default=True,
    help=msg("the port on this machine; 0: a free one"),
)
@pass_call
def sandbox(call: Call, port: int) -> int:
    from jposocial.publishing import embedded_sandbox
    from jposocial.sandbox import serve

    server = embedded_sandbox(call.workspace, port)
    ended_by = serve(server, lambda url: _said_ready(call, url))
    return _INTERRUPTED if ended_by == signal.SIGINT else 0


def _said_ready(call: Call, url: str) -> None:
    click.echo(url)
    output.note(
        call.say(
            msg(
                'put base_url = "{url}" into the accounts that shall use it; Ctrl-C ends it',
                url=url,
            )
        )
    )
