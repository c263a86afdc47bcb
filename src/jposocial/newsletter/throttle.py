"""So many mails to one domain, and so many in all, within a window of time."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Throttle:
    """Counts by the monotonic clock, in seconds; 0 is no limit."""

    per_domain: int = 0
    per_window: int = 0
    window: float = 60.0
    _all: deque[float] = field(default_factory=deque)
    _domains: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    @property
    def limits(self) -> bool:
        return bool(self.per_domain or self.per_window)

    def free_at(self, domain: str, now: float) -> float:
        """When a mail to `domain` may go: `now`, or a later instant."""
        found = now
        for times, limit in (
            (self._all, self.per_window),
            (self._domains[domain], self.per_domain),
        ):
            while times and times[0] <= now - self.window:
                times.popleft()
            if limit and len(times) >= limit:
                found = max(found, times[-limit] + self.window)
        return found

    def note(self, domain: str, now: float) -> None:
        """A mail to `domain` goes out now."""
        if self.limits:
            self._all.append(now)
            self._domains[domain].append(now)

    def first_free(self, domains: Iterable[str], now: float) -> int | None:
        """The place of the first of `domains` that may have a mail now; None: none of them."""
        if not self.limits:
            return next((0 for _ in domains), None)
        return next((i for i, d in enumerate(domains) if self.free_at(d, now) <= now), None)
