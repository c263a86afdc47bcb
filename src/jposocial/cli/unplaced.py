"""What is not planned, and why, as lines: one for all the days of a series that are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from jposocial.messages import Message, joined, msg
from jposocial.values import WEEKDAYS

if TYPE_CHECKING:
    from jposocial.cli.base import Call
    from jposocial.model import Unplaced

#: So many days are named; more are counted.
_NAMED: Final = 4


def lines(
    call: Call, unplaced: Iterable[Unplaced], reasons: Mapping[str, Message]
) -> Iterator[str]:
    zone = call.workspace.settings.calendar.zone
    together: dict[tuple[str, str, str, str, str], list[Unplaced]] = {}
    for u in unplaced:
        together.setdefault((u.post, u.moment, u.account, u.reason, u.detail), []).append(u)
    for (post, moment, account, reason, detail), found in together.items():
        why = reasons.get(reason, reason)
        params = {
            "post": post, "moment": moment, "account": account,
            "reason": msg("{what}: {name}", what=why, name=detail) if detail else why,
        }  # fmt: skip
        days = [_day(u, zone) for u in found if u.occurrence != "-"]
        if days:
            said = msg("not planned: {post}, {moment} on {account}, {days}: {reason}")
            yield call.say(said.filled(**params, days=_some(days)))
        else:
            said = msg("not planned: {post}, {moment} on {account}: {reason}")
            yield call.say(said.filled(**params))


def _day(u: Unplaced, zone: Any) -> Message:
    assert u.nominal is not None  # noqa: S101  an occurrence has its time
    local = u.nominal.astimezone(zone)
    return msg("{day} ({weekday})", day=f"{local:%Y-%m-%d}", weekday=WEEKDAYS[local.weekday()])


def _some(days: list[Message]) -> Message:
    if len(days) <= _NAMED:
        return joined(days)
    return msg("{days} and {more} more", days=joined(days[:_NAMED]), more=len(days) - _NAMED)
