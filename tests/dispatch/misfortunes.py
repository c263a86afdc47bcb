"""The program, to which something happens while it runs.

python misfortunes.py MISFORTUNE ARGUMENT…

Everything else is as it is.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable
from typing import Any

#: What a beat that fails has in its words; no log may show it.
CANARY = "canary-in-an-error"

#: So many beats fail.
FAILING = 2

#: The wall clock is set by an hour after so many seconds.
SOON = 4.0
HOUR = 3600.0


def beats_fail() -> None:
    """The first beats raise what nobody has expected."""
    from jposocial.outbox import claims

    work, left = claims.lapse_expired, [CANARY] * FAILING

    def lapse_expired(*args: Any) -> Any:
        if left:
            raise RuntimeError(left.pop())
        return work(*args)

    claims.lapse_expired = lapse_expired


def clock_set(by: float) -> None:
    """The wall clock of the whole process, APScheduler's too; the monotonic one stays."""
    wall, monotonic, real = time.time, time.monotonic, datetime.datetime
    start = monotonic()

    def offset() -> float:
        return by if monotonic() - start > SOON else 0.0

    class Datetime(real):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return real.now(tz) + datetime.timedelta(seconds=offset())

    time.time = lambda: wall() + offset()
    import apscheduler.schedulers.base
    import apscheduler.triggers.interval

    import jposocial.app

    for module in (apscheduler.schedulers.base, apscheduler.triggers.interval, jposocial.app):
        module.datetime = Datetime  # type: ignore[attr-defined]


MISFORTUNES: dict[str, Callable[[], None]] = {
    "beats fail": beats_fail,
    "clock set back": lambda: clock_set(-HOUR),
    "clock put forward": lambda: clock_set(HOUR),
}


if __name__ == "__main__":
    from jposocial.cli import main

    misfortune, *arguments = sys.argv[1:]
    MISFORTUNES[misfortune]()
    main(arguments)
