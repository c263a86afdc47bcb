"""`rehearse`: any period, played and laid out as a pack that can be handed to a superior."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from jposocial.app import Workspace
from jposocial.errors import Refused, UsageError
from jposocial.layout import FILE_NAME
from jposocial.messages import Message, msg
from jposocial.rehearsal.as_json import document
from jposocial.rehearsal.gather import Gatherer, content_digest
from jposocial.rehearsal.pack import Pack
from jposocial.rehearsal.page import render
from jposocial.rehearsal.play import JumpingClock, Progress, Rehearsed, lead_in, play
from jposocial.schedule.business_days import day_start

PAGE: Final = "rehearsal.html"
DOCUMENT: Final = "rehearsal.json"
#: Stands in a folder whose contents are a rehearsal's: it may be written over by the next.
MARK: Final = "rehearsal"

#: What belongs to the workspace: a rehearsal never writes there.
_ITS_OWN: Final = ("posts", "templates", "var")

_LONGEST: Final = timedelta(days=731)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What `rehearse` made and where."""

    folder: Path
    page: Path
    pack: Pack


def rehearse(
    workspace: Workspace,
    first: date,
    last: date,
    out: Path | None,
    *,
    say: Callable[[Message], None],
    progress: Callable[[Message], None],
) -> Rehearsal:
    """Play `first` to `last`, both whole, and write the pack to `out` or to a new folder.

    The workspace is only read. `say` hears the steps, `progress` every delivery. Raises
    UsageError for a period or a folder that cannot be used, Refused where `out` holds
    something else.
    """
    _refuse_period(first, last)
    home = _home(workspace.root, out)
    return rehearse_in(workspace, home, first, last, say=say, progress=progress)


def rehearse_in(
    workspace: Workspace,
    home: Path,
    first: date,
    last: date,
    *,
    say: Callable[[Message], None],
    progress: Callable[[Message], None],
    lead: bool = True,
) -> Rehearsal:
    """The same in a folder that is there; without `lead` nothing is taken as out before."""
    content = content_digest(workspace.root)
    calendar = workspace.settings.calendar
    clock = JumpingClock(day_start(first, calendar))
    played = Rehearsed(workspace.root, workspace.settings, home, clock)
    say(
        msg(
            "playing {first} to {last}, {posts} posts in the files",
            first=first.isoformat(),
            last=last.isoformat(),
            posts=len(played.posts()),
        )
    )
    before = lead_in(played) if lead else 0
    end = day_start(last + timedelta(days=1), calendar)
    report = play(played, clock, end, _teller(played, progress))
    pack = Gatherer(played, first, last).pack(report, content=content, before=before)
    played.engine.dispose()
    return _written(home, pack)


def _refuse_period(first: date, last: date) -> None:
    if last < first:
        raise UsageError(msg("--to is before --from"))
    if last - first > _LONGEST:
        raise UsageError(msg("a rehearsal plays two years at most"))


def _teller(workspace: Rehearsed, progress: Callable[[Message], None]) -> Progress:
    from jposocial import wording
    from jposocial.outbox.delivery import load_one
    from jposocial.store.engine import reading

    def tell(at: object, delivery: int, outcome: str) -> None:
        with reading(workspace.engine) as connection:
            row = load_one(connection, delivery)
        if row:
            progress(
                msg(
                    "  {when} {account} {post} {moment}: {outcome}",
                    when=wording.moment(row.out_at or row.due, workspace.settings.calendar.zone),
                    account=row.account,
                    post=row.post,
                    moment=row.moment,
                    outcome=wording.STATUS_NAMES[outcome],
                )
            )

    return tell


def _home(root: Path, out: Path | None) -> Path:
    """The folder for the pack, with nothing of an earlier one in it."""
    if out is None:
        home = Path(tempfile.mkdtemp(prefix="jposocial-rehearsal-"))
    else:
        home = out.resolve()
        _refuse_folder(root.resolve(), home)
        _cleared(home)
    (home / "var").mkdir(mode=0o700)
    (home / "var" / MARK).touch()
    return home


def _refuse_folder(root: Path, home: Path) -> None:
    if home == root or any(home.is_relative_to(root / name) for name in _ITS_OWN):
        raise UsageError(
            msg("{folder} is the workspace's own; name another folder with --out", folder=str(home))
        )
    if (home / FILE_NAME).exists():
        raise Refused(msg("{folder} is a workspace; nothing was written", folder=str(home)))


def _cleared(home: Path) -> None:
    """Make the folder, or take an earlier rehearsal out of it. Raises Refused for anything else."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        ours = (home / "var" / MARK).is_file()
        others = {path.name for path in home.iterdir()} - (
            {PAGE, DOCUMENT, "var"} if ours else set()
        )
        if others:
            raise Refused(
                msg(
                    "{folder} holds something else already ({names}); nothing was written",
                    folder=str(home),
                    names=", ".join(sorted(others)),
                )
            )
        if ours:
            shutil.rmtree(home / "var")
            for name in (PAGE, DOCUMENT):
                (home / name).unlink(missing_ok=True)
    except OSError as error:
        raise Refused(
            msg(
                "{folder} cannot be written: {error}",
                folder=str(home),
                error=error.strerror or str(error),
            )
        ) from None


def _written(home: Path, pack: Pack) -> Rehearsal:
    page = home / PAGE
    page.write_text(render(pack), encoding="utf-8")
    text = json.dumps(document(pack), ensure_ascii=False, indent=2) + "\n"
    (home / DOCUMENT).write_text(text, encoding="utf-8")
    return Rehearsal(folder=home, page=page, pack=pack)
