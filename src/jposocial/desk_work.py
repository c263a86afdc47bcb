"""What a person does at the queue: post, approve, reject, hold, release, cancel, retry, resolve.

Each takes the workspace, acts under the person's own name, and says what it did.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from jposocial.errors import Refused, StoreError
from jposocial.host import lives, process_start
from jposocial.messages import Message, msg
from jposocial.model import MAIL, Problem, Receipt
from jposocial.outbox import approvals, claims, flags, holds, rescue
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.queue import Queued, queue
from jposocial.outbox.record import Outcome
from jposocial.posts.blank import new_file
from jposocial.posts.scaffold import ad_hoc_file
from jposocial.store.engine import reading

if TYPE_CHECKING:
    from jposocial.app import Workspace

#: How addresses of posts name them: X's, a picture of the post included; Facebook's permalink,
#: whose two numbers make the id that Graph gives; else the last piece of the path.
_ADDRESSES: Final = (
    re.compile(r"https?://[^/\s]+/(?:\S+/)?status/(\d+)(?:[/?#]\S*)?"),
    re.compile(r"https?://[^/\s]+/\S*\?(?=(?:\S*&)?id=(\d+))(?:\S*&)?story_fbid=(\w+)(?:[&#]\S*)?"),
    re.compile(r"https?://[^/\s]+/(?:[^?\s#]*/)?([A-Za-z0-9_:-]+)/?(?:[?#]\S*)?"),
)

#: `hold` waits so long for what was claimed before it.
HOLD_WAIT: Final = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """What `post` made; `problems` are those of the new file, and then nothing was queued."""

    post: str
    path: str
    deliveries: Sequence[Queued]
    problems: Sequence[Problem]


def post(workspace: Workspace, text: str, accounts: Sequence[str], at: datetime) -> Posted:
    """Write a content file and queue it; a file with an error is taken away again."""
    for account in accounts:
        if account not in workspace.settings.accounts:
            raise Refused(
                msg(
                    "there is no account '{name}'; known are: {names}",
                    name=account,
                    names=", ".join(workspace.settings.accounts),
                )
            )
    post_id, path = ad_hoc_file(workspace.root, text, accounts, at)
    problems = [p for p in workspace.check([path]) if p.severity == "error"]
    shown = path.relative_to(workspace.root).as_posix()
    if problems:
        path.unlink()
        return Posted(post=post_id, path=shown, deliveries=(), problems=problems)
    workspace.sync()
    rows = [
        q
        for q in queue(workspace.engine, workspace.house, now=workspace.clock())
        if q.delivery.post == post_id
    ]
    return Posted(post=post_id, path=shown, deliveries=rows, problems=())


def new(workspace: Workspace, kind: str, values: Mapping[str, str]) -> tuple[str, list[Problem]]:
    """Write a new content file; its path, and what is left for a person to fill in."""
    path = new_file(workspace.root, kind, values, workspace.settings.language)
    return path.relative_to(workspace.root).as_posix(), workspace.check([path])


def approve(workspace: Workspace, wanted: Sequence[str]) -> list[Delivery]:
    """Each `ID:HASH`; all of them or none. Raises Refused."""
    pairs = [_pair(one) for one in wanted]
    return approvals.approve(
        workspace.engine, pairs, by=workspace.identity(), now=workspace.clock(), self_approval=workspace.settings.self_approval
    )  # fmt: skip


def _pair(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d+):([0-9A-Fa-f]+)", text)
    if not match:
        raise Refused(msg("'{text}' is not ID:HASH; 'jposocial queue' shows both", text=text))
    return int(match[1]), match[2]


def reject(workspace: Workspace, delivery: int, reason: str) -> Delivery:
    return approvals.reject(
        workspace.engine, delivery, reason=reason, by=workspace.identity(), now=workspace.clock()
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldSet:
    hold: holds.Hold
    #: What was claimed before and is still being published after the wait.
    under_way: Sequence[Delivery]
    #: Why the hold stands in a flag file alone, where the database could not be written.
    unwritten: Message | None = None


def hold(workspace: Workspace, kind: str, value: str, reason: str) -> HoldSet:
    """Set a hold, and wait until nothing claimed before it is being published any more.

    The flag comes first: it stops every claim and every visible step though the database be
    locked, and is taken down when the database has the hold.
    """
    if kind == "account" and value not in (*workspace.settings.accounts, MAIL):
        raise Refused(
            msg(
                "there is no account '{name}'; known are: {names}",
                name=value,
                names=", ".join(workspace.settings.accounts),
            )
        )
    by, now = workspace.identity(), workspace.clock()
    flag = _flagged(workspace, kind, value, reason)
    try:
        made = holds.set_hold(
            workspace.engine, kind, value, reason=reason, by=by, now=now, since=flag.hold.since if flag else None
        )  # fmt: skip
    except StoreError as error:
        if flag is None:
            raise
        left = _waited(workspace, flag.hold, lives=_claimer_lives)
        return HoldSet(hold=flag.hold, under_way=left, unwritten=error.message)
    if flag:
        flags.lower(flag)
    return HoldSet(hold=made, under_way=_waited(workspace, made))


def difference(workspace: Workspace) -> Message | None:
    """Why nothing may go out on live accounts from here; to look makes no database."""
    if not workspace.has_database:
        return None
    with reading(workspace.engine) as connection:
        return workspace.instance.differs(connection)


def adopt(workspace: Workspace) -> holds.Hold:
    """Make this the workspace of its database; everything is on hold before it is."""
    by, now = workspace.identity(), workspace.clock()
    made = holds.set_hold(workspace.engine, "all", "", reason="adopted", by=by, now=now)
    workspace.instance.adopt(workspace.engine, now=now, by=by)
    return made


def _flagged(workspace: Workspace, kind: str, value: str, reason: str) -> flags.Flag | None:
    """None where not even a file can be made; then the database alone must do."""
    with suppress(OSError):
        return flags.raise_flag(
            workspace.var / flags.FOLDER, kind, value, reason=reason, by=workspace.identity(), now=workspace.clock()
        )  # fmt: skip
    return None


def _waited(
    workspace: Workspace, hold: holds.Hold, lives: Callable[[Delivery], bool] = lambda _: True
) -> list[Delivery]:
    return holds.wait_quiet(
        workspace.engine, hold, pause=time.sleep, monotonic=time.monotonic, limit=HOLD_WAIT,
        reap=lambda: _reap(workspace), lives=lives,
    )  # fmt: skip


def _claimer_lives(row: Delivery) -> bool:
    return lives(row.claim_host or "", row.claim_pid or 0, row.claim_process or "")


def _reap(workspace: Workspace) -> None:
    """The rows of claimers that are dead become unconfirmed: nobody is publishing them."""
    found = claims.publishing(workspace.engine)
    alive = frozenset(
        (r.claim_pid or 0, r.claim_process or "")
        for r in found
        if r.claim_pid and process_start(r.claim_pid) == r.claim_process
    )
    from jposocial.host import this_process
    from jposocial.store.engine import is_stuck

    orphans = claims.orphans(workspace.engine, workspace.clock(), this_process().host, alive)
    if orphans and not is_stuck(workspace.engine):
        with suppress(StoreError):
            claims.doubt_orphans(
                workspace.engine, orphans, now=workspace.clock(), actor=workspace.identity()
            )


def active_holds(workspace: Workspace) -> list[holds.Hold]:
    """The holds in force; those of flags last, unless the database can take them in now."""
    from jposocial.store.engine import is_stuck

    if not is_stuck(workspace.engine):
        with suppress(StoreError):
            adopt_flags(workspace)
    with reading(workspace.engine) as connection:
        return [*holds.active(connection), *flags.standing(workspace.var)]


def adopt_flags(workspace: Workspace) -> None:
    """The database takes in what flags hold. Raises StoreError."""
    flags.adopt(workspace.engine, workspace.var / flags.FOLDER, workspace.clock())


def release(workspace: Workspace, hold_id: int) -> list[int]:
    """End a hold; the ids that became missed by it."""
    adopt_flags(workspace)
    return holds.release(
        workspace.engine, hold_id, by=workspace.identity(), now=workspace.clock(), self_approval=workspace.settings.self_approval
    )  # fmt: skip


def cancel(workspace: Workspace, delivery: int) -> Delivery:
    return rescue.cancel(workspace.engine, delivery, by=workspace.identity(), now=workspace.clock())


def retry(workspace: Workspace, delivery: int, at: datetime | None) -> int:
    return rescue.retry(
        workspace.engine,
        delivery,
        workspace.house,
        at=at,
        by=workspace.identity(),
        now=workspace.clock(),
    )


def resolve(workspace: Workspace, delivery: int, *, url: str | None) -> Outcome:
    """`url`: it is published there; None: it is not there."""
    if url is None:
        return rescue.resolve_absent(
            workspace.engine, delivery, by=workspace.identity(), now=workspace.clock(), lives=lives
        )
    remote = _remote_id(url)
    number = rescue.part_in_doubt(workspace.engine, delivery)
    receipts = [Receipt(part=number, id=remote, url=url, accepted_at=workspace.clock())]
    return rescue.resolve_published(
        workspace.engine, delivery, receipts, by=workspace.identity(), now=workspace.clock()
    )


def _remote_id(url: str) -> str:
    """The post's id, out of the address that a browser shows for it."""
    match = next(filter(None, (form.fullmatch(url) for form in _ADDRESSES)), None)
    if not match:
        raise Refused(
            msg("'{url}' is not the address of a post; copy it from the browser", url=url)
        )
    return "_".join(match.groups())


def state_message(outcome: Outcome) -> Message:
    return msg("{id} is now {status}", id=outcome.delivery, status=outcome.status)
