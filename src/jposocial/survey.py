"""The first half of the path in one walk: load → check → plan → render → check.

What a workspace's files say at a moment, with every problem found on the way.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jposocial.checks.findings import at_field
from jposocial.checks.order import past
from jposocial.checks.reading import Book, PastUse
from jposocial.checks.run import PostCheck, settled
from jposocial.checks.similar import Sent, repeated
from jposocial.checks.vacancies import same_vacancy
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
    Slot,
    Status,
    Unplaced,
    Variant,
)
from jposocial.outbox.promise import Promise, tightened
from jposocial.posts.files import Loaded, load_posts, other_kind
from jposocial.posts.kinds import KINDS
from jposocial.posts.registers import load_registers
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.render import Renderer, named_media
from jposocial.rendering.templates import Templates
from jposocial.schedule.business_days import local_day
from jposocial.schedule.cadence import Timed, target_accounts, timed_moments
from jposocial.schedule.plan import plan
from jposocial.schedule.series import Offer, stand_in
from jposocial.series_survey import SeriesSurvey, held_back, named_as_series
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
    #: The series' occurrences that wait, as they are, for a file or a template to be mended.
    held: frozenset[Slot] = frozenset()

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
        until: datetime | None = None,
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
        self._until = until or now + settings.horizon
        self._images = images
        self._keep = keep
        self._media: dict[str, Sequence[Media]] = {}
        self._history = history
        self._known = known or {}
        self._sent = _by_account(sent)
        self._queued = {
            name
            for row in history
            if row.status is not Status.CANCELLED
            for name in (row.slot.post, *row.used)
        }
        self._templates = templates or Templates(root, settings.calendar.zone)
        registers = load_registers(root, settings.calendar.zone)
        self._book = Book(
            now=now,
            calendar=settings.calendar,
            accounts=settings.accounts,
            cadences=settings.cadences,
            registers=registers,
            hosts=settings.links_allow,
            uses=_past_uses(history, settings),
        )
        self._problems: dict[str, list[Problem]] = defaultdict(list)
        self._checks: dict[str, PostCheck] = {}
        self._renderers: dict[str, Renderer] = {}
        self._series = SeriesSurvey(
            settings, self._templates, self._book, sent, self._checks, self._problems, self._media
        )
        for problem in registers.problems:
            self._problems[problem.path].append(problem)

    def walk(self) -> Survey:
        """The survey. What it makes, it keeps: the collector would only look at it again and again."""
        with collector_paused():
            return self._walk()

    def _walk(self) -> Survey:
        files = load_posts(
            self._root, self._settings.calendar.zone, [*self._settings.accounts, MAIL]
        )
        for loaded in files:
            self._check_file(loaded)
        posts = [loaded.post for loaded in files if loaded.post and loaded.post.kind in KINDS]
        by_id = {post.id: post for post in posts}
        for problem in same_vacancy(posts, self._queued):
            post = by_id[str(problem.post)]
            self._problems[problem.path] += settled(post, [problem])
        sound = [post for post in posts if not self._is_broken(post)]
        self._series.try_out(sound, self._until)
        sound = [post for post in sound if not self._is_broken(post)]
        held = held_back(self._history, files, self._problems)
        planned, promises = self._laid_out(sound, held)
        unplaced = _by_post(planned.unplaced)
        for post in posts:
            self._check_time(post, unplaced[post.id])
        by_id = {name: stand_in(one, ()) for name, one in self._settings.series.items()}
        by_id |= {post.id: post for post in sound}
        for problem in crowded(
            planned.placements, self._settings.accounts, self._settings.calendar, by_id
        ):
            self._problems[problem.path] += settled(by_id[str(problem.post)], [problem])
        for post in sound:
            if not post.ready:
                self._check_draft(post)
        return self._survey(files, planned, promises, held)

    def _laid_out(
        self, sound: Sequence[Post], held: Collection[Slot]
    ) -> tuple[Plan, list[Promise]]:
        """The plan and what it promises; a post that turns out to have an error serves no series."""
        by_id = {post.id: post for post in sound}
        pool = list(sound)
        while True:
            planned = self._plan(sound, self._series.offer(pool, held))
            promises = [
                promise
                for placement in planned.placements
                if (promise := self._promise(by_id, placement))
            ]
            used = {name for placement in planned.placements for name in placement.used}
            spoilt = {name for name in used if self._is_broken(by_id[name])}
            if not spoilt:
                return planned, promises
            pool = [post for post in pool if post.id not in spoilt]

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
        if post.id in self._settings.series:
            found.append(named_as_series(post))
        media, bad = looked_at(post, self._images, keep=self._keep)
        found += bad
        self._media[post.path] = media
        self._renderers[loaded.path] = Renderer(post, self._templates, media)

    def _check_time(self, post: Post, unplaced: Sequence[Unplaced]) -> None:
        events = EVENTS[post.kind]
        self._problems[post.path] += settled(
            post, list(past(post, events, unplaced, self._now, self._queued))
        )

    def _is_broken(self, post: Post) -> bool:
        return any(p.severity == "error" for p in self._problems[post.path])

    def _plan(self, posts: Sequence[Post], offer: Offer) -> Plan:
        s = self._settings
        return plan(
            [post for post in posts if post.ready],
            s.cadences,
            s.accounts,
            s.calendar,
            now=self._now,
            history=self._history,
            events=EVENTS,
            series=s.series,
            offer=offer,
            until=self._until,
        )

    def _promise(self, by_id: Mapping[str, Post], placement: Placement) -> Promise | None:
        if placement.occurrence != "-":
            return self._series.promise(placement, by_id)
        post = by_id[placement.post]
        account = self._settings.accounts[placement.account]
        variant = self._checked(post, placement.moment, placement.due, account)
        if variant is None:
            return None
        placement = tightened(placement, variant, self._settings.calendar)
        return Promise(post=post, account=account, placement=placement, variant=variant)

    def _checked(self, post: Post, moment: str, due: datetime, account: Account) -> Variant | None:
        """The variant, its problems noted; None where the template is of no use."""
        try:
            variant = self._renderers[post.path].variant(moment, due, account)
        except BadTemplate as bad:
            self._problems[post.path].append(
                Problem(rule="F06", severity="error", path=bad.path, line=bad.line, post=post.id, account=account.name, message=bad.message, fix=bad.fix)
            )  # fmt: skip
            return None
        found = self._problems[post.path]
        found += self._checks[post.path].variant(variant, due)
        if sent := self._sent.get((account.name, account.mode)):
            found += settled(post, list(repeated(post, variant, account.mode, due, sent)))
        return variant

    def _check_draft(self, post: Post) -> None:
        """A draft is never planned, but it reads as it will."""
        for account, timed in moments(post, self._settings):
            if timed.nominal and not any(p.rule == "E09" for p in self._problems[post.path]):
                self._checked(post, timed.moment.name, timed.nominal, account)

    def _survey(
        self,
        files: Sequence[Loaded],
        planned: Plan,
        promises: Sequence[Promise],
        held: Collection[Slot],
    ) -> Survey:
        """Without what belongs to a file with an error: such a file changes nothing."""
        broken = {
            loaded.post.id for loaded in files if loaded.post and self._is_broken(loaded.post)
        }
        kept = [p for p in promises if not broken & {post.id for post in p.used or (p.post,)}]
        unsaid = _series_slots(planned.placements, self._settings) - {p.slot for p in kept}
        placements = tuple(p.placement for p in kept)
        unplaced = tuple(u for u in planned.unplaced if u.post not in broken)
        problems = _ordered(p for found in self._problems.values() for p in found)
        return Survey(
            files=files,
            problems=problems,
            plan=Plan(placements=placements, unplaced=unplaced),
            promises=kept,
            held=frozenset(held) | unsaid,
        )


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the garbage collector of cycles, if it was on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _by_post(unplaced: Sequence[Unplaced]) -> Mapping[str, Sequence[Unplaced]]:
    found: dict[str, list[Unplaced]] = defaultdict(list)
    for one in unplaced:
        found[one.post].append(one)
    return found


def _by_account(sent: Sequence[Sent]) -> Mapping[tuple[str, str], Sequence[Sent]]:
    """(account, mode) → what went out there."""
    found: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for one in sent:
        found[one.account, one.mode].append(one)
    return found


def _series_slots(placements: Iterable[Placement], settings: Settings) -> frozenset[Slot]:
    return frozenset(
        Slot(
            mode=settings.accounts[p.account].mode,
            account=p.account,
            post=p.post,
            moment=p.moment,
            occurrence=p.occurrence,
        )
        for p in placements
        if p.occurrence != "-"
    )


def _past_uses(history: Sequence[PastRow], settings: Settings) -> Mapping[str, Sequence[PastUse]]:
    """What is out of each post, for whoever has to take it back."""
    found: dict[str, list[PastUse]] = defaultdict(list)
    for row in sorted(history, key=lambda row: (row.accepted_at or row.due, row.slot)):
        for name in row.used or (row.slot.post,) if row.accepted_at else ():
            day = local_day(row.accepted_at or row.due, settings.calendar)
            found[name].append(PastUse(day=day, account=row.slot.account, url=row.url))
    return found


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
