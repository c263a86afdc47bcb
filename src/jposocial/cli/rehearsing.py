"""rehearse, demo: a period played before it happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jposocial.cli import output
from jposocial.cli.base import Call, Command, json_option, option, pass_call, system_language
from jposocial.cli.content import as_day
from jposocial.messages import msg
from jposocial.wording import STATUS_NAMES

if TYPE_CHECKING:
    from jposocial.rehearsal.pack import Pack
    from jposocial.rehearsal.run import Rehearsal


@click.command(cls=Command)
@option("--from", "start", metavar="DAY", required=True, help=msg("first day"))
@option("--to", "end", metavar="DAY", required=True, help=msg("last day"))
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=msg("where to; default: a new folder for temporary files"),
)
@json_option
@pass_call
def rehearse(call: Call, start: str, end: str, out: Path | None, as_json: bool) -> int:
    from jposocial.rehearsal.run import rehearse as run

    done = run(
        call.workspace, as_day(start), as_day(end), out,
        say=lambda text: output.note(call.say(text)),
        progress=lambda text: output.note(call.say(text)),
    )  # fmt: skip
    return _shown(call, done, as_json=as_json)


@click.command(cls=Command)
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=msg("where to; default: a new folder for temporary files"),
)
@json_option
@pass_call
def demo(call: Call, out: Path | None, as_json: bool) -> int:
    from jposocial.rehearsal.demo import run_demo

    language = call.language or ("ja" if system_language() == "ja" else "en")
    done = run_demo(
        out,
        language=language,
        say=lambda text: output.note(call.say(text)),
        progress=lambda text: output.note(call.say(text)),
    )
    code = _shown(call, done, as_json=as_json)
    output.note(call.say(msg("the workspace to look around in: {path}", path=str(done.folder))))
    return code


def _shown(call: Call, done: Rehearsal, *, as_json: bool) -> int:
    if as_json:
        from jposocial.rehearsal.as_json import document

        output.as_json({"page": str(done.page), **document(done.pack)})
    else:
        output.echo_lines(_lines(call, done))
    return done.pack.exit_code


def _lines(call: Call, done: Rehearsal) -> Iterator[str]:
    pack = done.pack
    yield from output.table([_head(call), *_rows(call, pack)])
    yield from _withheld(call, pack)
    yield call.say(
        msg(
            "{published} posts go out, {withheld} do not; {errors} errors, {warnings} warnings",
            published=len(pack.published),
            withheld=len(pack.withheld),
            errors=pack.count("error"),
            warnings=pack.count("warning"),
        )
    )
    if pack.edited:
        yield call.say(
            msg("Files were changed while this was played: rehearse again before you rely on it.")
        )
    yield call.say(msg("the page: {path}", path=str(done.page)))


def _head(call: Call) -> list[str]:
    names = (msg("when"), msg("account"), msg("moment"), msg("post"), msg("count"), msg("cost"), msg("status"))  # fmt: skip
    return [call.say(name) for name in names]


def _rows(call: Call, pack: Pack) -> Iterator[list[str]]:
    for piece in pack.pieces:
        yield [
            call.say(output.moment(piece.out_at or piece.due, pack.calendar.zone)),
            piece.account.name,
            piece.moment,
            output.named(piece.post, piece.used),
            " ".join(f"{part.length}/{part.limit}" for part in piece.parts),
            f"${piece.cost_usd:.3f}",
            call.say(STATUS_NAMES[piece.status]),
        ]


def _withheld(call: Call, pack: Pack) -> Iterator[str]:
    """What failed or was left waiting; the rest stands on the page."""
    for one in pack.withheld:
        if one.alarm:
            yield call.say(
                msg(
                    "does not go out: {post}, {moment} on {account}: {reason}",
                    post=one.post,
                    moment=one.moment,
                    account=one.account,
                    reason=one.said,
                )
            )
    for problem in pack.problems:
        if problem.severity == "error":
            yield f"{problem.path}:{problem.line}: {problem.rule} {problem.message}"
