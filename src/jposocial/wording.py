"""How states, reasons and hours are called, on every surface that people read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jposocial.messages import Message, msg
from jposocial.values import WEEKDAYS

STATUS_NAMES = {
    "scheduled": msg("scheduled"),
    "publishing": msg("publishing"),
    "published": msg("published"),
    "failed": msg("failed"),
    "unconfirmed": msg("unconfirmed"),
    "missed": msg("missed"),
    "cancelled": msg("cancelled"),
    "deferred": msg("deferred"),
}

BLOCKER_NAMES = {
    "approval": msg("waits for approval"),
    "hold": msg("on hold"),
    "cap": msg("daily cap reached"),
    "gap": msg("too soon after the last one"),
    "quiet": msg("quiet hours"),
    "account": msg("the account is stopped"),
    "file": msg("its file has an error, or an image of it is missing"),
    "budget": msg("the month's budget is used up"),
    "link": msg("a link in it is dead"),
    "clock": msg("the machine's clock is wrong"),
    "disk": msg("the disk is full"),
}

#: What the program itself writes as the reason of a state; a platform's words stay its own.
DETAIL_NAMES = {
    "": msg("no reason was given"),
    "expired": msg("its time passed"),
    "claimer gone": msg("the process that was sending it ended"),
    "hold": msg("it fell due under a hold"),
    "file": msg("an image of it is gone or was changed; jposocial sync puts it back"),
    "nothing begun": msg("nothing of it had been sent"),
    "the rest is to come": msg("a part was found; the rest is to come"),
    "person": msg("a person looked for it"),
    "retracted": msg("what was out of it was retracted"),
}


def moment(value: datetime, zone: Any) -> Message:
    """`2027-01-21 (Thu) 19:00`, local."""
    local = value.astimezone(zone)
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{local:%Y-%m-%d}",
        weekday=WEEKDAYS[local.weekday()],
        time=f"{local:%H:%M}",
    )
