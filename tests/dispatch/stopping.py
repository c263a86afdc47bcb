"""The program, which stops itself (SIGSTOP) when it reaches a point.

python stopping.py POINT[@N] ARGUMENT…

It stops the N-th time that it comes there; without N each time.

Everything else is as it is; a test then kills the process, or lets it go on.
"""

from __future__ import annotations

import functools
import itertools
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from jposocial.cli import main
from jposocial.dispatch import publish
from jposocial.dispatch.beat import Dispatcher
from jposocial.outbox import claims, record
from jposocial.outbox.journal import DatabaseJournal

#: Point → (whose, what, whether before it or after it).
POINTS = {
    # Nothing is written yet.
    "before the claim": (publish, "claim", "before"),
    # The claim is committed; no byte may go out yet.
    "claimed": (DatabaseJournal, "begin", "before"),
    # Bytes may go out; none has.
    "begun": (DatabaseJournal, "begin", "after"),
    # The platform has answered; nobody here knows.
    "answered": (DatabaseJournal, "prove", "before"),
    # The answer is kept; the delivery is still being published.
    "proved": (DatabaseJournal, "prove", "after"),
    # All is kept; the process only has to end.
    "recorded": (record, "accepted", "after"),
}

#: Inside a transaction: the writer's lock of the database is this process's.
INSIDE = {
    "while it claims": (claims, "note", "before"),
    "while it begins": (DatabaseJournal, "_note", "before"),
}


#: Set while the main thread only waits for its workers.
resting = threading.Event()


def rest_a_little(dispatcher: Dispatcher, _seconds: float) -> None:
    """Until something has ended: the beats between would be in a transaction at times."""
    resting.set()
    _rest_a_little(dispatcher, 60)
    resting.clear()


_rest_a_little = Dispatcher.rest_a_little


def stop() -> None:
    # The whole process stops, the main thread too: in a transaction it would keep the lock.
    if threading.current_thread() is not threading.main_thread():
        resting.wait(20)
    # To this thread: one that is sent to the process may stop another one first, while this
    # one goes on.
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def stopping(work: Callable[..., Any], when: str, turn: int) -> Callable[..., Any]:
    turns = itertools.count(1)

    @functools.wraps(work)
    def at_the_point(*args: Any, **kwargs: Any) -> Any:
        here = next(turns) == turn or not turn
        if when == "before" and here:
            stop()
        result = work(*args, **kwargs)
        if when == "after" and here:
            stop()
        return result

    return at_the_point


if __name__ == "__main__":
    asked, *arguments = sys.argv[1:]
    point, _, nth = asked.partition("@")
    owner, name, when = (POINTS | INSIDE)[point]
    setattr(owner, name, stopping(getattr(owner, name), when, int(nth or 0)))
    if point == "before the claim":
        from jposocial.dispatch import beat

        beat.claim = publish.claim  # type: ignore[attr-defined]
    Dispatcher.rest_a_little = rest_a_little  # type: ignore[method-assign]
    main(arguments)
