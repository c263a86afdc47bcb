"""Sync: what the files promise now becomes what the outbox promises.

It touches only scheduled rows with no accepted part. Same slot and content: nothing;
changed: the old row is cancelled and a new, unapproved one stands for it; gone: cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, select, update

from jposocial.errors import Refused
from jposocial.messages import msg
from jposocial.model import (
    MAIL,
    Account,
    Calendar,
    Change,
    PastRow,
    Problem,
    Slot,
    Status,
    payload_hash,
)
from jposocial.outbox.blockers import approved_by, circumstances
from jposocial.outbox.delivery import Delivery, load
from jposocial.outbox.meta import FINGERPRINT, SETTLED, set_meta
from jposocial.outbox.promise import (
    Promise,
    insert_delivery,
    limit,
    names_day,
    part_values,
    row_values,
)
from jposocial.outbox.states import advance
from jposocial.store import audit
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES, META, PARTS

#: From so many vanished posts on, more than half of them gone at once is an accident.
VANISHED: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaced:
    old: int
    new: int


@dataclass(kw_only=True, slots=True)
class SyncReport:
    created: list[int] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """What was found under posts/, as far as sync must know it."""

    promises: Sequence[Promise] = ()
    #: Ids of posts whose file has an error: their rows stay as they are, held back.
    broken_ids: Collection[str] = ()
    broken_paths: Collection[str] = ()
    #: Every post id that was found in a file, broken or not.
    ids: Collection[str] = ()
    #: Files whose id cannot even be guessed: a post that seems gone may be in one of them.
    unread: Collection[str] = ()
    #: Occurrences of a series that wait because a file of theirs has an error.
    held: Collection[Slot] = ()
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What is to become of one open row, of one new promise, or of a row and what stands for it.

    `hold_back`: the row's file has an error, so it stays as it is and waits.
    """

    action: Literal["create", "replace", "cancel", "keep", "hold_back"]
    row: Delivery | None = None
    promise: Promise | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sync:
    connection: Connection
    accounts: Mapping[str, Account]
    calendar: Calendar
    by: str
    now: datetime
    report: SyncReport


def history(engine: Engine) -> list[PastRow]:
    """What the plan must know of every slot: its live row, or the one a person cancelled."""
    with reading(engine) as connection:
        # An issue of the newsletter takes nobody's place on an account.
        query = select(DELIVERIES).where(DELIVERIES.c.account != MAIL)
        rows = load(connection, query.order_by(DELIVERIES.c.id))
        known = circumstances(connection)
    latest: dict[Slot, Delivery] = {}
    for row in rows:
        if row.status is not Status.CANCELLED or row.cancelled_by == "person":
            latest[row.slot] = row
        else:
            latest.pop(row.slot, None)
    return [row.past_row(approved_by(row, known) is not None) for row in latest.values()]


def known_kinds(engine: Engine) -> dict[str, str]:
    """Post id → kind, of every post of which something went out or may have."""
    c = DELIVERIES.c
    query = select(c.post, c.kind, c.used).where(
        c.status.in_((Status.PUBLISHED, Status.UNCONFIRMED, Status.PUBLISHING))
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {post: row.kind for row in rows for post in row.used or (row.post,)}


def sync(
    engine: Engine,
    tree: Tree,
    accounts: Mapping[str, Account],
    calendar: Calendar,
    *,
    by: str,
    now: datetime,
    horizon: datetime,
    yes: bool = False,
    fingerprint: str = "",
) -> SyncReport:
    """Bring the outbox in line with `tree`; new rows only up to `horizon`.

    `fingerprint` is that of the files that were read, kept in the same transaction.

    Raises Refused where so much has vanished that it looks like an accident, unless `yes`.
    """
    report = SyncReport(refused=list(tree.problems))
    with engine.begin() as connection:
        open_rows = open_rows_of(connection)
        refuse_vanished(open_rows, tree, yes)
        work = _Sync(
            connection=connection,
            accounts=accounts,
            calendar=calendar,
            by=by,
            now=now,
            report=report,
        )
        for decision in decide(
            open_rows, tree, calendar, now, horizon, lambda slot: is_taken(connection, slot)
        ):
            _carry_out(work, decision)
        set_meta(connection, FINGERPRINT, fingerprint)
        set_meta(connection, SETTLED, _settled(connection, report))
    return report


def is_promised(promise: Promise, now: datetime, horizon: datetime) -> bool:
    """Whether it is time for a row: of a series not before its occurrence is composed."""
    p = promise.placement
    return p.due < horizon and (p.cutoff is None or p.cutoff <= now)


def decide(
    rows: Sequence[Delivery],
    tree: Tree,
    calendar: Calendar,
    now: datetime,
    horizon: datetime,
    taken: Callable[[Slot], bool],
) -> Iterator[Decision]:
    """What becomes of every open row, then what is new: for `sync`, and for a look at it before.

    `taken` says whether a slot's last row is alive, or cancelled by a person.
    """
    promised = {p.slot: p for p in tree.promises}
    strays = set(tree.unread) - {row.path for row in rows}
    for row in rows:
        promise = promised.pop(row.slot, None)
        if _held_back(row, tree, strays):
            yield Decision(action="hold_back", row=row)
        elif promise is None:
            yield Decision(action="cancel", row=row)
        else:
            same = _same(row, promise, calendar)
            yield Decision(action="keep" if same else "replace", row=row, promise=promise)
    for promise in sorted(promised.values(), key=lambda p: (p.placement.due, p.slot)):
        if is_promised(promise, now, horizon) and not taken(promise.slot):
            yield Decision(action="create", promise=promise)


def _carry_out(work: _Sync, decision: Decision) -> None:
    row, promise = decision.row, decision.promise
    if row is None:
        if promise:
            _create(work, promise)
    elif decision.action == "hold_back":
        _keep(work, row, file_problem=True)
    elif promise is None:
        _cancel(work, row, "gone")
    elif decision.action == "keep":
        _keep(work, row, file_problem=False, **_moved(row, promise))
    else:
        _replace(work, row, promise)


def _settled(connection: Connection, report: SyncReport) -> str:
    """The record's last event, the number of open rows, and the images that they carry."""
    open_rows = report.unchanged + len(report.created) + len(report.replaced)
    marks = [str(audit.last(connection)), str(open_rows), *sorted(_images(connection))]
    return "" if report.refused else " ".join(marks)


def _images(connection: Connection) -> set[str]:
    query = (
        select(PARTS.c.media)
        .join(DELIVERIES, DELIVERIES.c.id == PARTS.c.delivery)
        .where(DELIVERIES.c.status == Status.SCHEDULED)
    )
    return {one["digest"] for media in connection.execute(query).scalars() for one in media}


def still_settled(
    engine: Engine, fingerprint: str, has_image: Callable[[str], bool]
) -> SyncReport | None:
    """What another sync would report where nothing has changed since the last; None: sync."""
    with reading(engine) as connection:
        kept = dict(connection.execute(select(META.c.name, META.c.value)).tuples().all())
        last = audit.last(connection)
    if kept.get(FINGERPRINT) != fingerprint or not kept.get(SETTLED):
        return None
    seq, rows, *images = kept[SETTLED].split(" ")
    same = seq == str(last) and all(map(has_image, images))
    return SyncReport(unchanged=int(rows)) if same else None


def open_rows_of(connection: Connection) -> list[Delivery]:
    """What sync may touch; an issue of the newsletter is frozen, and only a person thaws it."""
    query = (
        select(DELIVERIES)
        .where(DELIVERIES.c.status == Status.SCHEDULED, DELIVERIES.c.account != MAIL)
        .order_by(DELIVERIES.c.id)
    )
    return [row for row in load(connection, query) if not row.has_accepted]


def refuse_vanished(rows: Iterable[Delivery], tree: Tree, yes: bool) -> None:
    """Raises Refused where so much is gone at once that it looks like an accident."""
    posts = {post for row in rows for post in row.posts}
    gone = posts - set(tree.ids)
    if not yes and len(gone) >= VANISHED and 2 * len(gone) > len(posts):
        raise Refused(
            msg(
                "{gone} of {all} posts with something to send are no longer there: is posts/ complete? If it is meant so: jposocial sync --yes",
                gone=len(gone),
                all=len(posts),
            )
        )


def _held_back(row: Delivery, tree: Tree, strays: Collection[str]) -> bool:
    """Whether the row's file has an error, or may be one that nobody can read."""
    if row.of_series:
        return row.slot in tree.held
    if row.post in tree.ids:
        return row.post in tree.broken_ids
    return bool(strays) or row.path in tree.broken_paths


def _same(row: Delivery, promise: Promise, calendar: Calendar) -> bool:
    """Whether the row's own hash and window still stand for what the file promises."""
    due = promise.placement.due
    if not row.window_start <= due < row.expires:
        return False
    end = limit(promise.placement.not_after, names_day(promise.variant), due, calendar)
    if end is not None and end < row.expires:
        return False
    account, post = promise.account, promise.post
    if (row.platform, row.handle) != (account.platform, account.handle):
        return False
    if (row.kind, row.category) != (post.kind, post.category):
        return False
    if [*row.used] != [post.id for post in promise.used]:
        return False
    fresh = payload_hash(account, promise.variant.content(), row.window_start, row.expires)
    return fresh == row.payload_hash


def _moved(row: Delivery, promise: Promise) -> dict[str, Any]:
    """What may change without a new row: within its window, and where its file is."""
    p = promise.placement
    return {
        "due": p.due,
        "nominal": p.nominal,
        "event_at": promise.event_at,
        "path": promise.post.path,
        "authors": sorted({*row.authors, *promise.authors}),
    }


def _keep(work: _Sync, row: Delivery, *, file_problem: bool, **values: Any) -> None:
    changed = {
        key: value
        for key, value in (values | {"file_problem": file_problem}).items()
        if getattr(row, key) != value
    }
    if changed:
        work.connection.execute(
            update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(**changed)
        )
    if row.file_problem != file_problem:
        _note(work, "delivery.held_back" if file_problem else "delivery.file_mended", row.id, row)
    work.report.unchanged += 1


def _cancel(work: _Sync, row: Delivery, reason: str) -> None:
    advance(work.connection, row, Change.CANCEL, cancelled_by="sync", detail=reason)
    _note(work, "delivery.cancelled", row.id, row, reason=reason)
    work.report.cancelled.append(row.id)


def _replace(work: _Sync, row: Delivery, promise: Promise) -> None:
    advance(work.connection, row, Change.CANCEL, cancelled_by="sync", detail="replaced")
    new = _insert(work, promise)
    work.connection.execute(
        update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(replaced_by=new)
    )
    _note(work, "delivery.replaced", row.id, row, new=new)
    work.report.replaced.append(Replaced(old=row.id, new=new))


def is_taken(connection: Connection, slot: Slot) -> bool:
    """Whether the slot's last row is alive, or cancelled by a person."""
    c = DELIVERIES.c
    query = select(c.status, c.cancelled_by).where(
        c.mode == slot.mode, c.account == slot.account, c.post == slot.post,
        c.moment == slot.moment, c.occurrence == slot.occurrence, c.round == slot.round,
    ).order_by(c.id.desc()).limit(1)  # fmt: skip
    last = connection.execute(query).first()
    return last is not None and (last.status != Status.CANCELLED or last.cancelled_by == "person")


def _create(work: _Sync, promise: Promise) -> None:
    new = _insert(work, promise)
    work.report.created.append(new)


def _insert(work: _Sync, promise: Promise) -> int:
    values = row_values(promise, work.calendar)
    new = insert_delivery(work.connection, values, part_values(promise.variant))
    _note(
        work, "delivery.created", new, promise.slot,
        due=values["due"].astimezone(UTC).isoformat(), moment=promise.slot.moment,
        payload_hash=values["payload_hash"], authors=values["authors"], allow=dict(promise.post.allow),
        **({"used": values["used"], "occurrence": values["occurrence"]} if values["used"] else {}),
    )  # fmt: skip
    return new


def _note(work: _Sync, event: str, delivery: int, about: Delivery | Slot, **detail: Any) -> None:
    audit.append(
        work.connection,
        event,
        at=work.now,
        actor=work.by,
        delivery=delivery,
        account=about.account,
        post=about.post,
        **detail,
    )
