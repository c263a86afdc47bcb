"""What `sync` would do now: its own decisions, looked at and not carried out."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from jposocial.model import Calendar, Problem
from jposocial.outbox.blockers import approved_by, circumstances
from jposocial.outbox.delivery import Delivery
from jposocial.outbox.promise import Promise, row_values
from jposocial.outbox.sync import Decision, Tree, decide, is_taken, open_rows_of, refuse_vanished
from jposocial.store.engine import reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One line of what would change. `old` and `new`: what would differ, by name."""

    #: create, replace or cancel.
    action: str
    #: The row's number in the queue; None for what is new.
    id: int | None
    post: str
    moment: str
    account: str
    due: datetime
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    #: A unified diff of the texts, line by line; empty where they are the same.
    text: tuple[str, ...] = ()
    #: Whose approval would be void.
    voids: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    changes: Sequence[Change]
    #: Rows that stay, those of a file with an error included.
    unchanged: int
    refused: Sequence[Problem]

    def of(self, action: str) -> list[Change]:
        return [change for change in self.changes if change.action == action]


def preview(
    engine: Engine | None,
    tree: Tree,
    calendar: Calendar,
    *,
    now: datetime,
    horizon: datetime,
    yes: bool = False,
) -> Preview:
    """As `sync` of the same tree; without a database (`engine` None) everything is new.

    Only reads, in one short transaction. Raises Refused where `sync` would.
    """
    if engine is None:
        refuse_vanished((), tree, yes)
        return _preview(
            decide((), tree, calendar, now, horizon, lambda _slot: False), {}, tree, calendar
        )
    with reading(engine) as connection:
        rows = open_rows_of(connection)
        refuse_vanished(rows, tree, yes)
        known = circumstances(connection)
        approvals = {row.id: name for row in rows if (name := approved_by(row, known))}
        found = decide(rows, tree, calendar, now, horizon, lambda slot: is_taken(connection, slot))
        return _preview(found, approvals, tree, calendar)


def _preview(
    decisions: Iterator[Decision], approvals: Mapping[int, str], tree: Tree, calendar: Calendar
) -> Preview:
    changes, unchanged = [], 0
    for decision in decisions:
        if decision.action in ("keep", "hold_back"):
            unchanged += 1
        else:
            changes.append(_change(decision, approvals, calendar))
    return Preview(changes=changes, unchanged=unchanged, refused=tree.problems)


def _change(decision: Decision, approvals: Mapping[int, str], calendar: Calendar) -> Change:
    row, promise = decision.row, decision.promise
    old = _values_of_row(row) if row else {}
    new = _values_of_promise(promise, calendar) if promise else {}
    slot = promise.slot if promise else row.slot if row else None
    assert slot is not None  # noqa: S101  a decision is of a row, of a promise or of both
    both = bool(row and promise)
    return Change(
        action=decision.action,
        id=row.id if row else None,
        post=slot.post,
        moment=slot.moment,
        account=slot.account,
        due=new["due"] if new else old["due"],
        old={k: v for k, v in old.items() if not both or new[k] != v},
        new={k: v for k, v in new.items() if not both or old[k] != v},
        text=_text_diff(row, promise),
        voids=approvals.get(row.id) if row else None,
    )


def _values_of_row(row: Delivery) -> dict[str, Any]:
    return {
        "due": row.due.astimezone(UTC),
        "expires": row.expires.astimezone(UTC),
        "handle": row.handle,
        "platform": row.platform,
        "kind": row.kind,
        "category": row.category,
        "parts": row.content(),
    }


def _values_of_promise(promise: Promise, calendar: Calendar) -> dict[str, Any]:
    values = row_values(promise, calendar)
    names = ("handle", "platform", "kind", "category")
    return {
        "due": values["due"].astimezone(UTC),
        "expires": values["expires"],
        **{name: values[name] for name in names},
        "parts": promise.variant.content(),
    }


def _text_diff(row: Delivery | None, promise: Promise | None) -> tuple[str, ...]:
    old = [line for part in row.parts for line in part.text.split("\n")] if row else []
    new = [line for p in promise.variant.parts for line in p.text.split("\n")] if promise else []
    if not row or not promise:
        return ()
    # The first two lines name files that there are not.
    return tuple(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
