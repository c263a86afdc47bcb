"""The sandbox's own addresses: the page, and what a test or a drill asks of it.

GET    /                        the timelines, as a page (`?lang=ja|en`)
GET    /__sandbox__/timeline    every post, oldest first
GET    /__sandbox__/requests    how many requests came, by "METHOD /path"
GET    /__sandbox__/faults      what is still to go wrong
POST   /__sandbox__/faults      a fault, or a list of them
DELETE /__sandbox__/faults      forget them
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from jposocial.messages import LANGUAGES
from jposocial.sandbox.exchange import Answer, Request, World, json_answer
from jposocial.sandbox.faults import Fault, Faults
from jposocial.sandbox.page import render_page

PREFIX = "/__sandbox__/"


class Requests:
    """Counts what the platforms were asked; safe for threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._seen: Counter[str] = Counter()

    def count(self, request: Request) -> None:
        with self._mutex:
            self._seen[f"{request.method} {request.path}"] += 1

    def seen(self) -> dict[str, int]:
        with self._mutex:
            return dict(sorted(self._seen.items()))


@dataclass(frozen=True, kw_only=True)
class Control:
    world: World
    faults: Faults
    language: str
    zone: ZoneInfo
    requests: Requests = field(default_factory=Requests)

    def owns(self, path: str) -> bool:
        return path == "/" or path.startswith(PREFIX)

    def answer(self, request: Request) -> Answer:
        routes: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/"): self._page,
            ("GET", f"{PREFIX}timeline"): self._timeline,
            ("GET", f"{PREFIX}requests"): lambda _: json_answer(200, self.requests.seen()),
            ("GET", f"{PREFIX}faults"): lambda _: self._pending(200),
            ("POST", f"{PREFIX}faults"): self._add,
            ("DELETE", f"{PREFIX}faults"): self._clear,
        }
        route = routes.get((request.method, request.path))
        return route(request) if route else json_answer(404, {"error": "no such address"})

    def _page(self, request: Request) -> Answer:
        asked = request.query.get("lang", self.language)
        language = asked if asked in LANGUAGES else self.language
        timeline = self.world.timeline
        text = render_page(
            self.world.accounts, timeline.entries(), language, self.zone, timeline.image, timeline.deleted()
        )  # fmt: skip
        body = text.encode("utf-8", "replace")
        return Answer(status=200, body=body, content_type="text/html; charset=utf-8")

    def _timeline(self, request: Request) -> Answer:
        return json_answer(200, [entry.as_json() for entry in self.world.timeline.entries()])

    def _pending(self, status: int) -> Answer:
        return json_answer(status, [fault.as_json() for fault in self.faults.pending()])

    def _add(self, request: Request) -> Answer:
        try:
            given = request.json()
            faults = [Fault.from_json(v) for v in (given if isinstance(given, list) else [given])]
        except (TypeError, ValueError) as error:
            return json_answer(400, {"error": str(error)})
        for fault in faults:
            self.faults.add(fault)
        return self._pending(201)

    def _clear(self, request: Request) -> Answer:
        self.faults.clear()
        return self._pending(200)
