"""The beat: sweep, look, verify, claim; the work goes to a pool and the beat returns."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from jposocial.dispatch.desk import Desk
from jposocial.dispatch.preflight import ask_whoami, needs_whoami, put_off, ready
from jposocial.dispatch.publish import attempt, claim
from jposocial.dispatch.reconcile import look
from jposocial.outbox import claims, looks, pulse


class Dispatcher:
    """Calls of `beat` come one after the other; the accounts' work runs beside them."""

    def __init__(self, desk: Desk, *, workers: int) -> None:
        self._desk = desk
        self._workers = workers
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="jposocial")
        #: Account → what is being done for it; one thing at a time.
        self._busy: dict[str, Future[None]] = {}

    def beat(self) -> bool:
        """One beat; says whether it found anything to do."""
        self._collect()
        self._desk.sync(self._desk.tally)
        found = self._sweep()
        found |= self._look()
        found |= self._start_due()
        pulse.beat_completed(self._desk.engine, self._desk.clock())
        return found or bool(self._busy)

    def _sweep(self) -> bool:
        desk = self._desk
        missed = claims.lapse_expired(desk.engine, desk.clock(), desk.actor)
        for delivery in missed:
            desk.tally.note(delivery, "missed")
        orphans = claims.orphans(desk.engine, desk.clock(), desk.claimer.host, desk.living())
        doubted = (
            claims.doubt_orphans(desk.engine, orphans, now=desk.clock(), actor=desk.actor)
            if orphans
            else []
        )
        for delivery in doubted:
            desk.tally.note(delivery, "unconfirmed")
            # Its time passed in another process: it may be looked for at once.
            desk.tally.look_at_once(delivery)
        return bool(missed or doubted)

    def _look(self) -> bool:
        rows = [
            row
            for row in looks.to_look_for(self._desk.engine, self._desk.clock())
            if self._desk.tally.may_look(row.id)
        ]
        started = [self._start(row.account, partial(look, self._desk, row)) for row in rows]
        # What was not found now is not found a second later.
        self._desk.tally.looking(row.id for row, ok in zip(rows, started, strict=True) if ok)
        return any(started)

    def _start_due(self) -> bool:
        """Start what may go, one thing an account, as long as there are workers."""
        desk = self._desk
        started = False
        #: What keeps an account keeps all that is due on it: asked once a beat.
        kept: dict[str, bool] = {}
        for delivery, name in claims.due(desk.engine, desk.clock()):
            account = desk.house.accounts.get(name)
            if account is None or name in self._busy or kept.get(name):
                continue
            if len(self._busy) >= self._workers:
                break
            if not claims.would_go(desk.engine, delivery, desk.house, desk.clock()):
                continue
            if needs_whoami(desk, account):
                started |= self._start(name, partial(ask_whoami, desk, account))
            elif ready(desk, account):
                kept[name] = not self._start_one(name, delivery)
                started |= not kept[name]
            else:
                kept[name] = not put_off(desk, account, delivery)
        return started

    def _start_one(self, account: str, delivery: int) -> bool:
        claimed = claim(self._desk, delivery)
        return claimed is not None and self._start(account, partial(attempt, self._desk, claimed))

    def _start(self, account: str, work: Callable[[], None]) -> bool:
        if account in self._busy:
            return False
        self._busy[account] = self._pool.submit(work)
        return True

    def _collect(self) -> None:
        """Take in what has ended; what no one expected is raised here, in the beat."""
        for account, future in list(self._busy.items()):
            if future.done():
                del self._busy[account]
                future.result()

    def rest(self) -> None:
        """Wait until the work that was handed out has ended."""
        wait(self._busy.values())
        self._collect()

    def rest_a_little(self, seconds: float) -> None:
        """Wait for something to end, or so many seconds."""
        wait(self._busy.values(), timeout=seconds, return_when="FIRST_COMPLETED")

    def close(self) -> None:
        self._pool.shutdown(wait=True)
