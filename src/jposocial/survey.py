"""The first half of the path in one walk: load → check → plan → render → check.

What a workspace's files say at a moment, with every problem found on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from jposocial.checks.moved import moved
from jposocial.checks.order import past
from jposocial.checks.reading import Book
from jposocial.checks.run import PostCheck, settled
from jposocial.checks.similar import Sent, repeated
from jposocial.checks.when import crowded
from jposocial.model import (
    MAIL,
    Account,
    PastRow,
    Placement,
    Plan,
    Post,
    Problem,
    Status,
    Unplaced,
    Variant,
)
from jposocial.outbox.promise import Promise, tightened
from jposocial.posts.files import Loaded, load_posts, other_kind
from jposocial.posts.kinds import KINDS
from jposocial.posts.registers import load_registers
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates
from jposocial.schedule.cadence import Timed, target_accounts, timed_moments
from jposocial.schedule.news import news
from jposocial.schedule.plan import plan
from jposocial.settings import Settings

#: Kind → the fields after which its moments are stale.
EVENTS: Mapping[str, Sequence[str]] = {name: kind.events for name, kind in KINDS.items()}


#: What may be wrong at one time and right at another.
_OF_THE_TIME: Final = frozenset({"E02", "E07", "E08", "E20"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What the files say. `plan` and `promises` hold only what has no error."""

    files: Sequence[Loaded]
    problems: Sequence[Problem]
    plan: Plan
    promises: Sequence[Promise]

    @property
    def posts(self) -> list[Post]:
        return [loaded.post for loaded in self.files if loaded.post]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """A placement as it reads; no variant where the template is of no use."""

    variant: Variant | None
    problems: Sequence[Problem]


class Surveyor:
    """Walks a workspace; `history` and `known` are what the outbox holds, as plain values."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        now: datetime,
        history: Sequence[PastRow] = (),
        known: Mapping[str, str] | None = None,
        sent: Sequence[Sent] = (),
        templates: Templates | None = None,
    ) -> None:
        self._root = root
        self._settings = settings
        self._now = now
        self._history = history
        self._known = known or {}
        self._sent = sent
        self._queued = {row.slot.post for row in history if row.status is not Status.CANCELLED}
        self._out = _visible(history, settings.accounts)
        self._templates = templates or Templates(root)
        registers = load_registers(root, settings.calendar.zone)
        self._book = Book(
            now=now,
            calendar=settings.calendar,
            accounts=settings.accounts,
            cadences=settings.cadences,
            registers=registers,
            hosts=settings.links_allow,
        )
        self._problems: dict[str, list[Problem]] = defaultdict(list)
        self._checks: dict[str, PostCheck] = {}
        self._seen: dict[tuple[str, str, str, datetime], _Seen] = {}
        for problem in registers.problems:
            self._problems[problem.path].append(problem)

    def walk(self) -> Survey:
        files = load_posts(
            self._root, self._settings.calendar.zone, [*self._settings.accounts, MAIL]
        )
        for loaded in files:
            self._check_file(loaded)
        posts = [loaded.post for loaded in files if loaded.post and loaded.post.kind in KINDS]
        sound = {post.id: post for post in posts if not self._is_broken(post)}
        planned = self._settled_plan(sound)
        promises = [
            p
            for placement in planned.placements
            if (p := self._promise(sound[placement.post], placement))
        ]
        for problem in crowded(
            planned.placements, self._settings.accounts, self._settings.calendar, sound
        ):
            self._problems[problem.path] += settled(sound[str(problem.post)], [problem])
        for post in sound.values():
            if not post.ready:
                self._check_draft(post)
        return self._survey(files, planned, promises)

    def _settled_plan(self, sound: Mapping[str, Post]) -> Plan:
        """The plan of what has no error: a file that changes nothing takes up no room either.

        What is wrong with a text at its own time is wrong in any plan, so such files are taken
        out and the rest is placed again. What is wrong only where others have moved it to is
        looked at again without them. Each turn takes a file out, so there is an end.
        """
        left = {name: post for name, post in sound.items() if post.ready}
        while True:
            planned = self._plan(list(left.values()))
            wrong = self._wrong(left, planned)
            if not wrong:
                break
            for name, problems in wrong.items():
                self._problems[left.pop(name).path] += problems
        for placement in planned.placements:
            post = left[placement.post]
            self._problems[post.path] += self._look(post, placement).problems
        return planned

    def _wrong(self, posts: Mapping[str, Post], planned: Plan) -> dict[str, list[Problem]]:
        """Post → all that is wrong with it, for those that can have no place in the plan."""
        late = [u for u in planned.unplaced if u.reason == "past"]
        found = {post.id: self._late(post, late) for post in posts.values()}
        sure = {name for name, problems in found.items() if _has_error(problems)}
        unsure: list[str] = []
        for placement in planned.placements:
            problems = self._look(posts[placement.post], placement).problems
            found[placement.post] += problems
            errors = {p.rule for p in problems if p.severity == "error"}
            if errors - _OF_THE_TIME or (errors and placement.due == placement.nominal):
                sure.add(placement.post)
            elif errors:
                unsure.append(placement.post)
        return {name: found[name] for name in sorted(sure) or unsure[:1]}

    def _check_file(self, loaded: Loaded) -> None:
        found = self._problems[loaded.path]
        post = loaded.post
        if post is None:
            found += loaded.problems
            return
        found += settled(post, list(loaded.problems))
        self._checks[loaded.path] = PostCheck(post, self._book)
        found += self._checks[loaded.path].file()
        if problem := other_kind(post, self._known):
            found.append(problem)
        found += settled(
            post, list(moved(post, self._out.get(post.id, ()), self._settings.calendar))
        )

    def _late(self, post: Post, unplaced: Sequence[Unplaced]) -> list[Problem]:
        """E02."""
        found = past(post, EVENTS[post.kind], unplaced, self._now, self._queued)
        return settled(post, list(found))

    def _is_broken(self, post: Post) -> bool:
        return _has_error(self._problems[post.path])

    def _plan(self, posts: Sequence[Post]) -> Plan:
        s = self._settings
        return plan(
            posts,
            s.cadences,
            s.accounts,
            s.calendar,
            now=self._now,
            history=self._history,
            events=EVENTS,
        )

    def _promise(self, post: Post, placement: Placement) -> Promise | None:
        account = self._settings.accounts[placement.account]
        variant = self._look(post, placement).variant
        if variant is None:
            return None
        placement = tightened(placement, variant, self._settings.calendar)
        event_at = post.fields.get(KINDS[post.kind].moves)
        return Promise(
            post=post, account=account, placement=placement, variant=variant, event_at=event_at
        )

    def _look(self, post: Post, placement: Placement) -> _Seen:
        """The variant of a placement with its problems, read once however often it is placed."""
        key = (post.id, placement.account, placement.moment, placement.due)
        if key not in self._seen:
            account = self._settings.accounts[placement.account]
            self._seen[key] = self._checked(post, placement.moment, placement.due, account)
        return self._seen[key]

    def _checked(self, post: Post, moment: str, due: datetime, account: Account) -> _Seen:
        try:
            variant = render(post, moment, due, account, self._templates)
        except BadTemplate as bad:
            problem = Problem(rule="F06", severity="error", path=bad.path, line=bad.line, post=post.id, account=account.name, message=bad.message, fix=bad.fix)  # fmt: skip
            return _Seen(variant=None, problems=[problem])
        found = [
            *self._checks[post.path].variant(variant, due),
            *settled(post, list(repeated(post, variant, account.mode, due, self._sent))),
        ]
        return _Seen(variant=variant, problems=found)

    def _check_draft(self, post: Post) -> None:
        """A draft is never planned, but it reads as it will."""
        for account, timed in moments(post, self._settings):
            if timed.nominal and not any(p.rule == "E09" for p in self._problems[post.path]):
                seen = self._checked(post, timed.moment.name, timed.nominal, account)
                self._problems[post.path] += seen.problems

    def _survey(
        self, files: Sequence[Loaded], planned: Plan, promises: Sequence[Promise]
    ) -> Survey:
        """Without what belongs to a file with an error: such a file changes nothing."""
        broken = {
            loaded.post.id for loaded in files if loaded.post and self._is_broken(loaded.post)
        }
        kept = [p for p in promises if p.post.id not in broken]
        placements = tuple(p.placement for p in kept)
        unplaced = tuple(u for u in planned.unplaced if u.post not in broken)
        problems = _ordered(p for found in self._problems.values() for p in found)
        return Survey(
            files=files,
            problems=problems,
            plan=Plan(placements=placements, unplaced=unplaced),
            promises=kept,
        )


def _has_error(problems: Iterable[Problem]) -> bool:
    return any(p.severity == "error" for p in problems)


def _visible(
    history: Iterable[PastRow], accounts: Mapping[str, Account]
) -> Mapping[str, list[PastRow]]:
    """Post → its rows that readers have seen; what went to the sandbox binds no live account."""
    found: dict[str, list[PastRow]] = defaultdict(list)
    for row in history:
        account = accounts.get(row.slot.account)
        if row.visible and (account is None or account.mode == row.slot.mode):
            found[row.slot.post].append(row)
    return found


def _ordered(problems: Iterator[Problem]) -> list[Problem]:
    """By place, each once: the same finding on two accounts or moments is one of each account."""
    seen = {(p.path, p.line, p.rule, p.post, p.account, str(p.message)): p for p in problems}
    return sorted(
        seen.values(), key=lambda p: (p.path, p.line, p.rule, p.account or "", str(p.message))
    )


def moments(
    post: Post, settings: Settings, now: datetime | None = None
) -> Iterator[tuple[Account, Timed]]:
    """Every moment of a post on every account it goes to, by cadence and calendar alone.

    With `now` also what readers would have to hear if something of it was out.
    """
    cadence = settings.cadences.get(post.kind)
    for name in target_accounts(post, cadence, settings.accounts):
        for timed in timed_moments(
            post, cadence, name, settings.calendar, EVENTS.get(post.kind, ())
        ):
            yield settings.accounts[name], timed
        if now and (
            fresh := news(post, name, None, settings.calendar, EVENTS.get(post.kind, ()), now)
        ):
            yield settings.accounts[name], fresh
