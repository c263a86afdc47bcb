"""`plan --diff` and `sync --dry-run`: what sync would do now, for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from jposocial.cli import output
from jposocial.cli.content import problem_json
from jposocial.cli.queue import note_refused
from jposocial.errors import UsageError
from jposocial.messages import joined, msg

if TYPE_CHECKING:
    from jposocial.cli.base import Call
    from jposocial.outbox.preview import Change, Preview

_MARKS: Final = {"create": "+", "replace": "~", "cancel": "-"}
_COLOURS: Final = {"+": "green", "-": "red", "~": "yellow", "@": "cyan"}

#: What differs besides the text, which is shown itself.
_NAMES: Final = {
    "due": msg("time"),
    "expires": msg("end of its time"),
    "handle": msg("account"),
    "platform": msg("platform"),
    "kind": msg("kind"),
    "category": msg("category"),
    "parts": msg("text"),
}


def show(
    call: Call,
    *,
    now: datetime | None = None,
    yes: bool = False,
    as_json: bool = False,
    chosen: bool = False,
) -> int:
    """Print it; 1 where a file would be refused. `chosen`: a range or a form was asked for too."""
    if chosen:
        raise UsageError(msg("--diff stands alone: sync knows no range and no form"))
    found = call.workspace.preview(now=now, yes=yes)
    if as_json:
        output.as_json(preview_json(found))
    else:
        output.echo_lines(preview_lines(call, found))
    note_refused(found.refused)
    return int(bool(found.refused))


def preview_json(found: Preview) -> dict[str, Any]:
    """As `sync --json`; what would be new has no number yet, so null stands for it."""
    return {
        "created": [None for _ in found.of("create")],
        "replaced": [{"old": change.id, "new": None} for change in found.of("replace")],
        "cancelled": [change.id for change in found.of("cancel")],
        "unchanged": found.unchanged,
        "refused": [problem_json(p) for p in found.refused],
        "details": [_change_json(change) for change in found.changes],
    }


def _change_json(change: Change) -> dict[str, Any]:
    names = ("action", "id", "post", "moment", "account", "due", "old", "new")
    values = {name: getattr(change, name) for name in names}
    return values | {"diff": list(change.text), "voids_approval_by": change.voids}


def preview_lines(call: Call, found: Preview) -> Iterator[str]:
    for change in found.changes:
        yield from _change_lines(call, change)
    yield call.say(
        msg(
            "would be: {created} new, {replaced} replaced, {cancelled} cancelled, {unchanged} unchanged, {refused} problems",
            created=len(found.of("create")),
            replaced=len(found.of("replace")),
            cancelled=len(found.of("cancel")),
            unchanged=found.unchanged,
            refused=len(found.refused),
        )
    )
    void = [change for change in found.changes if change.voids]
    if void:
        yield call.say(
            msg("approvals that would be void: {ids}", ids=joined(str(c.id) for c in void))
        )


def _change_lines(call: Call, change: Change) -> Iterator[str]:
    zone = call.workspace.settings.calendar.zone
    mark = _MARKS[change.action]
    number = "" if change.id is None else f"{change.id}  "
    when = call.say(output.moment(change.due, zone))
    head = f"{mark} {number}{when}  {change.account}  {change.moment}  {change.post}"
    yield output.painted(head, fg=_COLOURS[mark])
    for name in change.old if change.action == "replace" else ():
        yield f"    {call.say(_NAMES[name])}{_values(call, change, name)}"
    for line in change.text:
        yield "    " + output.painted(line, fg=_COLOURS.get(line[:1]))
    if change.voids:
        yield "    " + call.say(msg("the approval by {name} would be void", name=change.voids))


def _values(call: Call, change: Change, name: str) -> str:
    if name == "parts":
        return ":"
    zone = call.workspace.settings.calendar.zone
    old, new = (
        call.say(output.moment(value, zone)) if isinstance(value, datetime) else value
        for value in (change.old[name], change.new[name])
    )
    return f": {old} → {new}"
