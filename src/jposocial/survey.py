"""The first half of the path in one walk: load → check → plan → render → check.

What a workspace's files say at a moment, with every problem found on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jposocial.checks.findings import at_field
from jposocial.checks.order import past
from jposocial.checks.reading import Book
from jposocial.checks.run import PostCheck, settled
from jposocial.checks.similar import Sent, repeated
from jposocial.checks.when import crowded
from jposocial.media.errors import BadImage
from jposocial.media.images import Images
from jposocial.model import (
    MAIL,
    Account,
    Media,
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
from jposocial.rendering.render import named_media, render
from jposocial.rendering.templates import Templates
from jposocial.schedule.cadence import Timed, target_accounts, timed_moments
from jposocial.schedule.plan import plan
from jposocial.settings import Settings

#: Kind → the fields after which its moments are stale.
EVENTS: Mapping[str, Sequence[str]] = {name: kind.events for name, kind in KINDS.items()}


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


class Surveyor:
    """Walks a workspace; `history` and `known` are what the outbox holds, as plain values.

    `keep` writes the images that go out to the media store; nothing else is ever written.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        now: datetime,
        images: Images,
        keep: bool = False,
        history: Sequence[PastRow] = (),
        known: Mapping[str, str] | None = None,
        sent: Sequence[Sent] = (),
        templates: Templates | None = None,
    ) -> None:
        self._root = root
        self._settings = settings
        self._now = now
        self._images = images
        self._keep = keep
        self._media: dict[str, Sequence[Media]] = {}
        self._history = history
        self._known = known or {}
        self._sent = sent
        self._queued = {row.slot.post for row in history if row.status is not Status.CANCELLED}
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
        for problem in registers.problems:
            self._problems[problem.path].append(problem)

    def walk(self) -> Survey:
        files = load_posts(
            self._root, self._settings.calendar.zone, [*self._settings.accounts, MAIL]
        )
        for loaded in files:
            self._check_file(loaded)
        posts = [loaded.post for loaded in files if loaded.post and loaded.post.kind in KINDS]
        sound = [post for post in posts if not self._is_broken(post)]
        planned = self._plan([post for post in sound if post.ready])
        for post in sound:
            self._check_time(post, planned.unplaced)
        by_id = {post.id: post for post in sound}
        promises = [
            p
            for placement in planned.placements
            if (p := self._promise(by_id[placement.post], placement))
        ]
        for problem in crowded(
            planned.placements, self._settings.accounts, self._settings.calendar, by_id
        ):
            self._problems[problem.path] += settled(by_id[str(problem.post)], [problem])
        for post in sound:
            if not post.ready:
                self._check_draft(post)
        return self._survey(files, planned, promises)

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
        self._media[post.path], bad = looked_at(post, self._images, keep=self._keep)
        found += bad

    def _check_time(self, post: Post, unplaced: Sequence[Unplaced]) -> None:
        events = EVENTS[post.kind]
        self._problems[post.path] += settled(
            post, list(past(post, events, unplaced, self._now, self._queued))
        )

    def _is_broken(self, post: Post) -> bool:
        return any(p.severity == "error" for p in self._problems[post.path])

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
        variant = self._checked(post, placement.moment, placement.due, account)
        if variant is None:
            return None
        placement = tightened(placement, variant, self._settings.calendar)
        return Promise(post=post, account=account, placement=placement, variant=variant)

    def _checked(self, post: Post, moment: str, due: datetime, account: Account) -> Variant | None:
        """The variant, its problems noted; None where the template is of no use."""
        try:
            variant = render(post, moment, due, account, self._templates, self._media[post.path])
        except BadTemplate as bad:
            self._problems[post.path].append(
                Problem(rule="F06", severity="error", path=bad.path, line=bad.line, post=post.id, account=account.name, message=bad.message, fix=bad.fix)
            )  # fmt: skip
            return None
        found = [
            *self._checks[post.path].variant(variant, due),
            *settled(post, list(repeated(post, variant, account.mode, due, self._sent))),
        ]
        self._problems[post.path] += found
        return variant

    def _check_draft(self, post: Post) -> None:
        """A draft is never planned, but it reads as it will."""
        for account, timed in moments(post, self._settings):
            if timed.nominal and not any(p.rule == "E09" for p in self._problems[post.path]):
                self._checked(post, timed.moment.name, timed.nominal, account)

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


def looked_at(
    post: Post, images: Images, *, keep: bool = False
) -> tuple[Sequence[Media], Sequence[Problem]]:
    """The images of a post as they go out, and what is wrong with those that cannot."""
    media, problems = [], []
    for number, named in enumerate(named_media(post)):
        try:
            facts = images.facts(named.file, keep=keep)
        except BadImage as bad:
            media.append(named)
            problems.append(at_field(post, bad.rule, f"media.{number}", bad.message, bad.fix))
        else:
            media.append(replace(named, digest=facts.digest, type=facts.type, size=facts.size))
    return media, problems


def _ordered(problems: Iterator[Problem]) -> list[Problem]:
    """By place, each once: the same finding on two accounts or moments is one of each account."""
    seen = {(p.path, p.line, p.rule, p.post, p.account, str(p.message)): p for p in problems}
    return sorted(
        seen.values(), key=lambda p: (p.path, p.line, p.rule, p.account or "", str(p.message))
    )


def moments(post: Post, settings: Settings) -> Iterator[tuple[Account, Timed]]:
    """Every moment of a post on every account it goes to, by cadence and calendar alone."""
    cadence = settings.cadences.get(post.kind)
    for name in target_accounts(post, cadence, settings.accounts):
        for timed in timed_moments(
            post, cadence, name, settings.calendar, EVENTS.get(post.kind, ())
        ):
            yield settings.accounts[name], timed
