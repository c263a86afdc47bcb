"""init, check, plan, show: what the files say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jposocial import wording
from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, now_option, option, pass_call
from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from jposocial.model import Plan, Problem, Unplaced, Variant
    from jposocial.survey import Survey

REASONS = wording.REASONS


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@pass_call
def init(call: Call, folder: Path) -> None:
    from jposocial.starter import copy_starter

    for name in copy_starter(folder):
        click.echo(name)
    output.note(
        call.say(
            msg(
                "a workspace is at {folder}; next: jposocial check, jposocial plan",
                folder=str(folder),
            )
        )
    )


@click.command(cls=Command)
@click.argument(
    "paths", metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, path_type=Path)
)
@option("--strict", is_flag=True, help=msg("warnings count as errors"))
@option("--fix", "mend", is_flag=True, help=msg("mend what is certain, after showing it"))
@now_option
@json_option
@pass_call
def check(
    call: Call, paths: tuple[Path, ...], strict: bool, mend: bool, now: str | None, as_json: bool
) -> int:
    from jposocial.cli import mending

    problems = call.workspace.check(paths, now=call.instant(now))
    if mend and mending.fix(call, problems, quiet=as_json):
        problems = call.workspace.check(paths, now=call.instant(now))
    if as_json:
        output.as_json([problem_json(p) for p in problems])
    else:
        output.echo_lines(_problem_lines(call, problems))
    return int(any(strict or p.severity == "error" for p in problems))


def problem_json(p: Problem) -> dict[str, Any]:
    names = ("rule", "severity", "path", "line", "post", "account", "message", "fix")
    return {name: getattr(p, name) for name in names}


def _problem_lines(call: Call, problems: list[Problem]) -> Iterator[str]:
    from jposocial.cli import mending

    severities = {"error": call.say(msg("error")), "warning": call.say(msg("warning"))}
    for p in problems:
        account = f" [{p.account}]" if p.account else ""
        yield f"{p.path}:{p.line}: {p.rule} {severities[p.severity]}{account}: {p.message}"
        yield from mending.caret(call.workspace.root, p) if sys.stdout.isatty() else ()
        yield f"    → {p.fix}"
    errors = sum(p.severity == "error" for p in problems)
    posts = len(call.workspace.posts())
    yield call.say(
        msg(
            "{posts} posts, {errors} errors, {warnings} warnings",
            posts=posts,
            errors=errors,
            warnings=len(problems) - errors,
        )
    )
    if call.workspace.settings.dormant:
        yield call.say(
            msg(
                "without effect in this version: {sections}",
                sections=", ".join(f"[{name}]" for name in call.workspace.settings.dormant),
            )
        )


@click.command(cls=Command)
@option("--from", "start", metavar="DAY", help=msg("first day; default: today"))
@option("--to", "end", metavar="DAY", help=msg("last day; default: the horizon"))
@option(
    "--month/--list",
    "monthly",
    default=None,
    help=msg("day by day, as on a terminal; or one line for each post"),
)
@option("--diff", is_flag=True, help=msg("what 'sync' would do now, without doing it"))
@now_option
@json_option
@pass_call
def plan(
    call: Call,
    start: str | None,
    end: str | None,
    monthly: bool | None,
    diff: bool,
    now: str | None,
    as_json: bool,
) -> int:
    if diff:
        from jposocial.cli import diffing

        return diffing.show(
            call,
            now=call.instant(now),
            as_json=as_json,
            chosen=bool(start or end or monthly is not None),
        )
    from jposocial.cli import outlook

    at = call.instant(now)
    first, last = as_day(start), as_day(end)
    found = call.workspace.outlook(first, last, now=at)
    if as_json:
        output.as_json(_plan_json(found.plan))
    elif output.is_terminal() if monthly is None else monthly:
        output.echo_lines(outlook.month_lines(call, found, first, last, at))
        output.echo_lines(_plan_rest(call, found))
    else:
        output.echo_lines(_plan_lines(call, found.plan))
        output.echo_lines(_plan_rest(call, found))
    return 0


def as_day(text: str | None) -> Any:
    """A day as staff write it; None for none. Raises UsageError."""
    if text is None:
        return None
    from jposocial.errors import UsageError
    from jposocial.values import BadValue, parse_day

    try:
        return parse_day(text)
    except BadValue as bad:
        raise UsageError(msg("{message}: {fix}", message=bad.message, fix=bad.fix)) from None


def _plan_json(found: Plan) -> dict[str, Any]:
    names = ("post", "kind", "moment", "account", "occurrence", "due", "expires", "cost_usd")
    return {
        "placements": [
            {name: getattr(p, name) for name in names} | ({"used": p.used} if p.used else {})
            for p in found.placements
        ],
        "unplaced": [_unplaced_json(u) for u in found.unplaced],
    }


def _unplaced_json(u: Unplaced) -> dict[str, Any]:
    """What is said of a series' occurrence says of which; of a blackout, its own reason."""
    found = {name: getattr(u, name) for name in ("post", "moment", "account", "reason")}
    found |= {"occurrence": u.occurrence, "due": u.nominal} if u.occurrence != "-" else {}
    return found | ({"detail": u.detail} if u.detail else {})


def _plan_lines(call: Call, found: Plan) -> Iterator[str]:
    from jposocial.cli import outlook

    zone = call.workspace.settings.calendar.zone
    head = [
        call.say(name)
        for name in (msg("when"), msg("account"), msg("moment"), msg("post"), msg("cost"), "")
    ]
    rows = [
        [
            call.say(output.moment(p.due, zone)),
            p.account,
            p.moment,
            output.named(p.post, p.used),
            f"${p.cost_usd:.3f}",
            outlook.shifted(call, p),
        ]
        for p in found.placements
    ]
    yield from output.table([head, *rows])


def _plan_rest(call: Call, found: Survey) -> Iterator[str]:
    """What is not planned and why, with what to do about it once for what stands together."""
    from jposocial.cli import costs, outlook, unplaced

    for (_, reason), group in groupby(found.plan.unplaced, key=lambda u: (u.post, u.reason)):
        yield from unplaced.lines(call, group, REASONS)
        if reason in outlook.FIXES:
            yield f"    → {call.say(outlook.FIXES[reason])}"
    yield from outlook.draft_lines(call, found)
    yield from costs.plan_lines(call, found.plan.placements)


@click.command(cls=Command)
@click.argument("post", metavar="POST|SERIES")
@option("--account", metavar="A", help=msg("this account only"))
@option("--moment", metavar="M", help=msg("this moment only"))
@now_option
@json_option
@pass_call
def show(
    call: Call, post: str, account: str | None, moment: str | None, now: str | None, as_json: bool
) -> None:
    from jposocial.cli import fate

    if not as_json and call.workspace.is_issue(post):
        output.echo_lines(_issue_lines(call, post, now))
        return
    variants = call.workspace.render(post, account=account, moment=moment, now=call.instant(now))
    known = fate.of(call.workspace, post)
    if as_json:
        output.as_json([variant_json(v) | fate.as_json(known, v) for v in variants])
    else:
        output.echo_lines(
            line
            for v in variants
            for line in (*variant_lines(call, v), *fate.lines(call, known, v))
        )


def _issue_lines(call: Call, post: str, now: str | None) -> Iterator[str]:
    """An issue of the newsletter as its plain text, in each of its languages."""
    from jposocial.composing import compose

    workspace = call.workspace
    composed = compose(workspace, post, now=call.instant(now) or workspace.clock())
    for lang, letter in composed.letters.items():
        yield f"── {lang}  {letter.subject}"
        yield from letter.text.splitlines()


def variant_json(v: Variant) -> dict[str, Any]:
    parts = [
        {
            "text": p.text,
            "length": p.length,
            "limit": p.limit,
            "media": [{"file": m.file, "alt": m.alt} for m in p.media],
        }
        for p in v.parts
    ]
    return {
        "post": v.post,
        "moment": v.moment,
        "account": v.account,
        "platform": v.platform,
        "cost_usd": v.cost_usd,
        "parts": parts,
        **({"occurrence": v.occurrence} if v.occurrence != "-" else {}),
    }


def variant_lines(call: Call, v: Variant) -> Iterator[str]:
    moment = v.moment if v.occurrence == "-" else f"{v.moment} {v.occurrence}"
    yield f"── {v.account} ({v.platform}) · {moment} · {v.post} · ${v.cost_usd:.3f}"
    for number, part in enumerate(v.parts):
        over: Message | str = msg(" — too long") if part.length > part.limit else ""
        yield call.say(
            msg(
                "part {number}: {length}/{limit}{over}",
                number=number + 1,
                length=part.length,
                limit=part.limit,
                over=over,
            )
        )
        yield from (f"  │ {line}" for line in part.text.split("\n"))
        for image in part.media:
            yield call.say(
                msg("  image {file}: {alt}", file=image.file, alt=image.alt or msg("no alternative text"))
            )  # fmt: skip
