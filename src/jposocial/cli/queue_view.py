"""The queue for people: what wants somebody, what goes next, what waits and for what.

Every line names the command that ends its wait. On a terminal it is one screen.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from jposocial.cli import costs, output
from jposocial.cli.base import Call
from jposocial.cli.next_steps import NEXT_STEPS, account_lines, next_step
from jposocial.cli.queue import BLOCKER_NAMES, DETAIL_NAMES, STATUS_NAMES
from jposocial.messages import Message, joined, msg
from jposocial.model import BLOCKERS_TO_MEND

if TYPE_CHECKING:
    from jposocial.outbox.queue import Queued

#: So many of what is out are shown: the last ones.
LATEST: Final = 5

#: On the smallest screen, so many of each group.
FEWEST: Final = 3

_RETRACTED: Final = {"begun": msg("retraction not finished"), "done": msg("retracted")}

#: Blocker → what ends it. The others pass by themselves.
_ENDS: Final[Mapping[str, Message]] = {
    "hold": msg("jposocial release {hold}"),
    "approval": msg("jposocial approve {id}:{hash}"),
    "account": msg("jposocial accounts check"),
    "file": msg("jposocial check {path}"),
    "budget": msg("raise monthly_budget_usd, or: jposocial cancel {id}"),
    "link": msg("mend the link in {path}, or: jposocial cancel {id}"),
    "clock": msg("set the machine's clock"),
    "disk": msg("make room on the disk"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    title: Message
    wants: Callable[[Queued, datetime], bool]
    #: Shown in full, however long.
    whole: bool = False


def _wants_somebody(q: Queued, now: datetime) -> bool:
    d = q.delivery
    if d.retraction:
        return d.retraction == "begun"
    if d.status in ("unconfirmed", "failed", "missed"):
        return True
    return d.status == "scheduled" and bool(BLOCKERS_TO_MEND & set(q.blockers))


def _overdue(q: Queued, now: datetime) -> bool:
    """It waits for a person past its time, and will soon be missed."""
    person = {"approval", "hold"} & set(q.blockers)
    return q.delivery.status == "scheduled" and q.delivery.due <= now and bool(person)


def _on_hold(q: Queued, now: datetime) -> bool:
    return q.delivery.status == "scheduled" and "hold" in q.blockers


def _unapproved(q: Queued, now: datetime) -> bool:
    return q.delivery.status == "scheduled" and "approval" in q.blockers


def _next(q: Queued, now: datetime) -> bool:
    return q.delivery.status in ("scheduled", "publishing")


def _out(q: Queued, now: datetime) -> bool:
    return bool(q.delivery.receipts)


#: A delivery stands in the first group that wants it.
GROUPS: Final = (
    Group(title=msg("Wants somebody"), wants=_wants_somebody, whole=True),
    Group(title=msg("Due, and waits for a person"), wants=_overdue, whole=True),
    Group(title=msg("On hold"), wants=_on_hold),
    Group(title=msg("Waits for approval"), wants=_unapproved),
    Group(title=msg("Goes next"), wants=_next),
    Group(title=msg("Out, the last ones"), wants=_out),
)


def lines(
    call: Call, rows: Sequence[Queued], now: datetime, *, plain: bool, whole: bool
) -> Iterator[str]:
    """`plain`: one list in the order of time, without groups; `whole`: more than a screen too."""
    if plain:
        yield from _listed(call, rows)
        yield from _notes(call, rows)
    else:
        yield from _groups(call, rows, now, whole)


def _groups(call: Call, rows: Sequence[Queued], now: datetime, whole: bool) -> Iterator[str]:
    groups = _grouped(rows, now)
    limit = None if whole else _limit(groups)
    for group, found in groups:
        shown = found if group.whole or limit is None else found[:limit]
        yield output.painted(
            call.say(msg("{title} ({count})", title=group.title, count=len(found))), bold=True
        )
        yield from _listed(call, shown)
        if len(shown) < len(found):
            more = len(found) - len(shown)
            yield call.say(msg("  … and {more} more: jposocial queue --all", more=more))
    yield from _notes(call, rows)
    yield from _rest(call, rows)


def _notes(call: Call, rows: Sequence[Queued]) -> Iterator[str]:
    """What is said once for an account, or for its month; broken where the terminal is narrow."""
    columns = output.columns() if output.is_terminal() else None
    for line in (*account_lines(call, rows), *costs.queue_lines(call, rows)):
        yield from output.broken(line, columns) if columns else [line]


def _grouped(rows: Sequence[Queued], now: datetime) -> list[tuple[Group, list[Queued]]]:
    """The groups that have anything, each with its rows."""
    found: list[list[Queued]] = [[] for _ in GROUPS]
    for q in rows:
        for number, group in enumerate(GROUPS):
            if group.wants(q, now):
                found[number].append(q)
                break
    found[-1] = sorted(found[-1], key=_since, reverse=True)[:LATEST]
    return [(group, some) for group, some in zip(GROUPS, found, strict=True) if some]


def _since(q: Queued) -> datetime:
    return max(receipt.accepted_at for receipt in q.delivery.receipts)


def _limit(groups: Sequence[tuple[Group, Sequence[Queued]]]) -> int:
    """How many rows of each further group fit on the screen; two lines a row at the most."""
    height = shutil.get_terminal_size((80, 24)).lines
    fixed = sum(2 * len(found) for group, found in groups if group.whole)
    others = [found for group, found in groups if not group.whole]
    left = height - fixed - 2 * len(groups) - 2
    return max(FEWEST, left // (2 * max(len(others), 1)))


def _rest(call: Call, rows: Sequence[Queued]) -> Iterator[str]:
    """What is not listed, in one line."""
    counts = {name: sum(q.delivery.status == name for q in rows) for name in STATUS_NAMES}
    yield call.say(
        msg(
            "{scheduled} scheduled, {published} published, {cancelled} cancelled; one status only: jposocial queue --status published",
            scheduled=counts["scheduled"],
            published=counts["published"],
            cancelled=counts["cancelled"],
        )
    )


def _listed(call: Call, rows: Sequence[Queued]) -> Iterator[str]:
    """One line each; on a narrow terminal the wait and the command on a second one, or more."""
    if not rows:
        return
    table = [[*_cells(call, q), call.say(note(q)), _arrow(call, q)] for q in rows]
    columns = output.columns() if output.is_terminal() else None
    yield from _fitted(table, columns)


def _fitted(table: Sequence[Sequence[str]], columns: int | None) -> Iterator[str]:
    wide = list(output.table(table))
    if columns is None or max(map(output.width, wide)) <= columns:
        yield from wide
        return
    heads = list(output.table([row[:-2] for row in table]))
    for head, row in zip(heads, table, strict=True):
        yield from [head] if output.width(head) <= columns else _filled(row[:-2], columns)
        yield from _filled(["", *row[-2:]], columns)


def _filled(cells: Sequence[str], columns: int) -> Iterator[str]:
    """The cells one after the other, as many to a line as fit; none is cut."""
    line = cells[0]
    for cell in filter(None, cells[1:]):
        longer = f"{line}  {cell}" if line.strip() else f"    {cell}"
        if line.strip() and output.width(longer) > columns:
            yield line
            longer = f"    {cell}"
        line = longer
    if line.strip():
        yield line


def _cells(call: Call, q: Queued) -> list[str]:
    d = q.delivery
    return [
        f"{d.id}:{d.payload_hash[:8]}",
        call.say(output.moment(d.due, call.workspace.settings.calendar.zone)),
        d.account,
        d.moment,
        output.named(d.post, d.used),
        costs.dollars(d.cost_usd) if d.cost_usd else "",
    ]


def note(q: Queued) -> Message:
    """The state, or what it waits for."""
    d = q.delivery
    if d.retraction:
        return msg(
            "{status} ({state})", status=STATUS_NAMES[d.status], state=_RETRACTED[d.retraction]
        )
    if d.status in NEXT_STEPS:
        detail = DETAIL_NAMES.get(d.detail, d.detail)
        return msg("{status}: {detail}", status=_status(q), detail=detail)
    if d.status == "scheduled" and q.blockers:
        return joined(BLOCKER_NAMES.get(name, name) for name in q.blockers)
    return _status(q)


def _status(q: Queued) -> Message:
    """Of a thread of which some parts are out, how many."""
    d = q.delivery
    out, of = len(d.receipts), len(d.parts)
    name = STATUS_NAMES[d.status]
    return msg("{status} {out}/{of}", status=name, out=out, of=of) if 0 < out < of else name


def _arrow(call: Call, q: Queued) -> str:
    """The command that ends its wait; of what is out, where it is to be seen."""
    step = _step(q, call.workspace.clock())
    if step:
        return f"→ {call.say(step)}"
    return q.delivery.receipts[0].url if q.delivery.receipts else ""


def _step(q: Queued, now: datetime) -> Message | None:
    d = q.delivery
    if d.retraction and d.status != "unconfirmed":
        again = msg("jposocial retract {id} --reason …", id=d.id)
        return again if d.retraction == "begun" else None
    if d.status in NEXT_STEPS:
        return next_step(d, now)
    first = next((name for name in _ENDS if name in q.blockers), None)
    if first is None or d.status != "scheduled":
        return None
    hold = next(filter(None, q.holds), "HOLD_ID")
    return _ENDS[first].filled(id=d.id, hash=d.payload_hash[:8], path=d.path, hold=hold)
