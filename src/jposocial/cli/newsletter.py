"""newsletter: an issue from its file to its readers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Group, json_option, option, pass_call
from jposocial.cli.mail_view import (
    Progress,
    issue_lines,
    standing_json,
    standing_lines,
    test_lines,
)
from jposocial.messages import msg

if TYPE_CHECKING:
    from jposocial.newsletter.issues import Issue

#: The exit code after Ctrl-C.
_INTERRUPTED = 130

issue_argument = click.argument("issue", metavar="ISSUE")


@click.group(cls=Group)
def newsletter() -> None:
    pass


@newsletter.command(help=msg("Write down what is sent and to whom; then somebody approves it."))
@issue_argument
@json_option
@pass_call
def freeze(call: Call, issue: str, as_json: bool) -> int:
    from jposocial import mail_desk, mailing

    mailing.freeze(call.workspace, issue)
    return _shown(call, mail_desk.standing(call.workspace, issue), as_json)


@newsletter.command(help=msg("Approve exactly what was frozen: ISSUE:PAYLOAD:AUDIENCE."))
@click.argument("issue", metavar="ISSUE:PAYLOAD:AUDIENCE")
@json_option
@pass_call
def approve(call: Call, issue: str, as_json: bool) -> int:
    from jposocial import mail_desk, mailing

    text = issue
    if ":" not in issue:
        text = _asked_approval(call, issue)
        if not text:
            return 1
    approved = mailing.approve(call.workspace, text)
    return _shown(call, mail_desk.standing(call.workspace, approved.post), as_json)


def _asked_approval(call: Call, post: str) -> str:
    """What is approved, shown on a terminal; empty where the answer is no."""
    from jposocial import mail_desk

    found = mail_desk.standing(call.workspace, post)
    if found.issue is None:
        raise click.UsageError(
            call.say(
                msg("{post} is not frozen: first 'jposocial newsletter freeze {post}'", post=post)
            )
        )
    if not sys.stdin.isatty():
        raise click.UsageError(
            call.say(
                msg("name both hashes: ISSUE:PAYLOAD:AUDIENCE, as 'newsletter status' shows them")
            )
        )
    output.echo_lines(issue_lines(call, found))
    if not click.confirm(call.say(msg("Approve exactly this?"))):
        return ""
    return f"{post}:{found.issue.payload_hash[:16]}:{found.issue.audience_hash[:16]}"


@newsletter.command(
    help=msg(
        "Type the count, and send after the hold window; Ctrl-C stops after what is under way."
    )
)
@issue_argument
@option("--count", type=int, help=msg("how many are to get it; asked for on a terminal"))
@option(
    "--changed-count", is_flag=True,
    help=msg("the count differs from the last issues' as it should"),
)  # fmt: skip
@option("--no-wait", is_flag=True, help=msg("let 'run' or 'publish' send it when it is time"))
@json_option
@pass_call
def send(
    call: Call, issue: str, count: int | None, changed_count: bool, no_wait: bool, as_json: bool
) -> int:
    from jposocial import mail_desk, mailing

    found = mailing.standing_issue(call.workspace, issue)
    if found.status == "approved" and found.counted is None:
        if count is None:
            count = _asked_count(call, found)
        if not _usual(call, found, changed_count):
            return 1
        mailing.count(call.workspace, issue, count)
    else:
        mailing.require_sendable(found)
    code = 0 if no_wait else _sent(call, issue)
    end = mail_desk.standing(call.workspace, issue)
    _shown(call, end, as_json)
    return code or int(end.status == "paused" or bool(end.totals.in_doubt))


def _asked_count(call: Call, issue: Issue) -> int:
    if not sys.stdin.isatty():
        raise click.UsageError(call.say(msg("say how many are to get it: --count N")))
    output.note(
        call.say(
            msg("{post}: {frozen} recipients are frozen.", post=issue.post, frozen=issue.frozen)
        )
    )
    return int(click.prompt(call.say(msg("Type the count to send it")), type=int, err=True))


def _usual(call: Call, issue: Issue, changed_count: bool) -> bool:
    """Whether the count is as usual, or a person says that it is right."""
    from jposocial import mailing

    usual = mailing.unusual(call.workspace, issue)
    if usual is None or changed_count:
        return True
    said = msg(
        "{frozen} recipients; the last issues had about {usual}: is the list right?",
        frozen=issue.frozen,
        usual=usual,
    )
    if sys.stdin.isatty():
        return click.confirm(call.say(said), err=True)
    output.note(call.say(said))
    output.note(call.say(msg("nothing was sent; if it is right: --changed-count")))
    return False


def _sent(call: Call, post: str) -> int:
    """Send it here, or watch the process that does; 130 after Ctrl-C, what was begun ended."""
    import threading

    from jposocial import mailing

    halted = threading.Event()
    progress = Progress(call)
    try:
        if mailing.send_now(call.workspace, post, progress, halted=halted) is None:
            output.note(
                call.say(msg("another process publishes, and sends it; this is how far it is"))
            )
            mailing.follow(call.workspace, post, progress, halted=halted)
    except KeyboardInterrupt:
        halted.set()
        output.note(
            call.say(
                msg(
                    "stopped after what was under way; 'jposocial newsletter send {post}' goes on",
                    post=post,
                )
            )
        )
        return _INTERRUPTED
    finally:
        progress.close()
    return 0


@newsletter.command(help=msg("Stop handing out envelopes; 'resume' goes on where it was."))
@issue_argument
@option("--reason", required=True, metavar="TEXT", help=msg("why; kept in the record"))
@json_option
@pass_call
def pause(call: Call, issue: str, reason: str, as_json: bool) -> int:
    from jposocial import mail_desk

    mail_desk.pause(call.workspace, issue, reason)
    return _shown(call, mail_desk.standing(call.workspace, issue), as_json)


@newsletter.command(help=msg("Let a paused issue go on; nobody gets it twice."))
@issue_argument
@json_option
@pass_call
def resume(call: Call, issue: str, as_json: bool) -> int:
    from jposocial import mail_desk

    mail_desk.resume(call.workspace, issue)
    return _shown(call, mail_desk.standing(call.workspace, issue), as_json)


@newsletter.command(help=msg("End an issue for good: whoever has not got it will not get it."))
@issue_argument
@option("--reason", required=True, metavar="TEXT", help=msg("why; kept in the record"))
@json_option
@pass_call
def cancel(call: Call, issue: str, reason: str, as_json: bool) -> int:
    from jposocial import mail_desk

    mail_desk.cancel(call.workspace, issue, reason)
    return _shown(call, mail_desk.standing(call.workspace, issue), as_json)


@newsletter.command(help=msg("How far an issue is; --recipients names each."))
@click.argument("issue", metavar="[ISSUE]", required=False)
@option("--recipients", is_flag=True, help=msg("each recipient, and what the server said"))
@option("--status", metavar="S", help=msg("only the recipients in this state: in_doubt, refused …"))
@json_option
@pass_call
def status(
    call: Call, issue: str | None, recipients: bool, status: str | None, as_json: bool
) -> int:
    from jposocial import mail_desk

    if recipients:
        if issue is None:
            raise click.UsageError(call.say(msg("name the issue whose recipients you want")))
        return _recipients(call, issue, status, as_json)
    if issue is not None:
        return _shown(call, mail_desk.standing(call.workspace, issue), as_json)
    found = mail_desk.every_standing(call.workspace)
    if as_json:
        output.as_json([standing_json(one) for one in found])
    else:
        output.echo_lines(line for one in found for line in standing_lines(call, one))
    return 0


def _recipients(call: Call, post: str, status: str | None, as_json: bool) -> int:
    from jposocial import mail_desk

    rows = mail_desk.recipients(call.workspace, post, status)
    if as_json:
        output.as_json(
            [
                {
                    "address": r.address,
                    "status": r.status,
                    "message_id": r.message_id,
                    "reply": r.reply,
                }
                for r in rows
            ]
        )
    else:
        output.echo_lines(f"{r.status:10}  {r.address}  {r.reply}".rstrip() for r in rows)
    return 0


@newsletter.command(help=msg("Settle who is in doubt, after a look at the mail server's log."))
@issue_argument
@click.argument("address", metavar="ADDRESS")
@option("--accepted", is_flag=True, help=msg("the server has taken it"))
@option("--absent", is_flag=True, help=msg("the server never had it: it is sent again"))
@json_option
@pass_call
def resolve(
    call: Call, issue: str, address: str, accepted: bool, absent: bool, as_json: bool
) -> int:
    from jposocial import mail_desk

    if accepted == absent:
        raise click.UsageError(call.say(msg("say one of them: --accepted or --absent")))
    return _shown(
        call, mail_desk.resolve(call.workspace, issue, address, accepted=accepted), as_json
    )


@newsletter.command(name="test", help=msg("Send the issue as it stands now, marked as a test."))
@issue_argument
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@json_option
@pass_call
def test_send(call: Call, issue: str, addresses: tuple[str, ...], as_json: bool) -> int:
    from jposocial import mail_desk

    found = mail_desk.test(call.workspace, issue, addresses)
    if as_json:
        output.as_json(
            [
                {"address": address, "lang": lang, "status": answer.state, "reply": answer.reply}
                for address, lang, answer in found
            ]
        )
    else:
        output.echo_lines(test_lines(call, found))
    return int(any(answer.state != "accepted" for _, _, answer in found))


def _shown(call: Call, found: Any, as_json: bool) -> int:
    if as_json:
        output.as_json(standing_json(found))
    else:
        output.echo_lines(_lines(call, found))
    return 0


def _lines(call: Call, found: Any) -> Iterator[str]:
    yield from standing_lines(call, found)
