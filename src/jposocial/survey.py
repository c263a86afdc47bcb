"""The first half of the path in one walk: load → check → plan → render → check.

What a workspace's files say at a moment, with every problem found on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from jposocial.checks.moved import moved
from jposocial.checks.order import past
from jposocial.checks.reading import Book
from jposocial.checks.run import PostCheck, settled
from jposocial.checks.similar import Sent, repeated
from jposocial.checks.vacancies import same_vacancy
from jposocial.checks.when import crowded
from jposocial.host import collector_paused
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
from jposocial.post_images import looked_at
from jposocial.posts.files import Loaded, load_posts, other_kind
from jposocial.posts.kinds import KINDS
from jposocial.posts.registers import load_registers
from jposocial.recall import by_account, by_post, past_uses, visible
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.render import Renderer
from jposocial.rendering.templates import Templates
from jposocial.schedule.cadence import Timed, target_accounts, timed_moments
from jposocial.schedule.news import announced_as_moved, is_moved, news
from jposocial.schedule.plan import plan
from jposocial.schedule.series import stand_in
from jposocial.series_survey import SeriesSurvey, held_back, named_as_series
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
    #: The series' occurrences that wait, as they are, for a file or a template to be mended.
    held: frozenset[Slot] = frozenset()

    @property
    def posts(self) -> list[Post]:
        return [loaded.post for loaded in self.files if loaded.post]


class _Seen(NamedTuple):
    """A placement as it reads; no variant where the template is of no use."""

    variant: Variant | None
    problems: Sequence[Problem]


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
        self._sent = by_account(sent)
        self._queued = {
            name
            for row in history
            if row.status is not Status.CANCELLED
            for name in (row.slot.post, *row.used)
        }
        self._out = visible(history, settings.accounts)
        self._templates = templates or Templates(root, settings.calendar.zone)
        registers = load_registers(root, settings.calendar.zone)
        self._book = Book(
            now=now,
            calendar=settings.calendar,
            accounts=settings.accounts,
            cadences=settings.cadences,
            registers=registers,
            hosts=settings.links_allow,
            uses=past_uses(history, settings.calendar),
        )
        self._problems: dict[str, list[Problem]] = defaultdict(list)
        self._checks: dict[str, PostCheck] = {}
        self._renderers: dict[str, Renderer] = {}
        self._series = SeriesSurvey(
            settings, self._templates, self._book, sent, self._checks, self._problems, self._media
        )
        self._seen: dict[tuple[str, str, str, datetime], _Seen] = {}
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
        """The plan of what has no error, and what it promises.

        A file that changes nothing takes up no room either, and serves no series: such files
        are taken out and the rest is placed again. Each turn takes one out, so there is an end.
        """
        left = {post.id: post for post in sound}
        while True:
            planned = self._plan(list(left.values()), held)
            found = self._seen_of(left, planned)
            wrong = self._wrong(left, planned, found)
            promises = [] if wrong else self._promised(left, planned)
            used = {name for placement in planned.placements for name in placement.used}
            # What is wrong with a post in its series is noted where the series is rendered.
            spoilt = {name for name in used if self._is_broken(left[name])}
            if not wrong and not spoilt:
                break
            for name, problems in wrong.items():
                self._problems[left[name].path] += problems
            for name in {*wrong, *spoilt}:
                del left[name]
        for name, problems in found.items():
            self._problems[left[name].path] += problems
        return planned, promises

    def _promised(self, posts: Mapping[str, Post], planned: Plan) -> list[Promise]:
        return [one for p in planned.placements if (one := self._promise(posts, p))]

    def _wrong(
        self,
        posts: Mapping[str, Post],
        planned: Plan,
        found: Mapping[str, Sequence[Problem]],
    ) -> Mapping[str, Sequence[Problem]]:
        """Post → all that is wrong with it, for those that can have no place in the plan.

        What is wrong with a text at its own time is wrong in any plan. What is wrong only
        where others have moved it to is looked at again without them, one post after another.
        """
        wrong = [name for name, problems in found.items() if _has_error(problems)]
        always = self._wrong_in_any_plan(posts, planned) if wrong else set()
        sure = [name for name in wrong if name in always]
        return {name: found[name] for name in sure or wrong[:1]}

    def _wrong_in_any_plan(self, posts: Mapping[str, Post], planned: Plan) -> set[str]:
        unplaced = by_post(planned.unplaced)
        found = {
            name for name, post in posts.items() if _has_error(self._late(post, unplaced[name]))
        }
        for p in planned.placements:
            if p.occurrence == "-":
                problems = self._look(posts[p.post], p).problems
                own_time = p.due == p.nominal
                if _has_error(q for q in problems if own_time or q.rule not in _OF_THE_TIME):
                    found.add(p.post)
        return found

    def _seen_of(self, posts: Mapping[str, Post], planned: Plan) -> dict[str, list[Problem]]:
        """Post → what its time and its texts say, placed as in `planned`."""
        unplaced = by_post(planned.unplaced)
        found = {name: self._late(post, unplaced[name]) for name, post in posts.items()}
        for p in planned.placements:
            if p.occurrence == "-":
                found[p.post] += self._look(posts[p.post], p).problems
        return found

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
        if post.id in self._settings.series:
            found.append(named_as_series(post))
        media, bad = looked_at(post, self._images, keep=self._keep)
        found += bad
        self._media[post.path] = media
        self._renderers[loaded.path] = Renderer(post, self._templates, media)

    def _late(self, post: Post, unplaced: Sequence[Unplaced]) -> list[Problem]:
        """E02."""
        found = past(post, EVENTS[post.kind], unplaced, self._now, self._queued)
        return settled(post, list(found))

    def _is_broken(self, post: Post) -> bool:
        return _has_error(self._problems[post.path])

    def _plan(self, posts: Sequence[Post], held: Collection[Slot]) -> Plan:
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
            offer=self._series.offer(posts, held),
            until=self._until,
        )

    def _promise(self, by_id: Mapping[str, Post], placement: Placement) -> Promise | None:
        if placement.occurrence != "-":
            return self._series.promise(placement, by_id)
        post = by_id[placement.post]
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
        seen = self._seen.get(key)
        if seen is None:
            account = self._settings.accounts[placement.account]
            seen = self._checked(post, placement.moment, placement.due, account)
            self._seen[key] = seen
        return seen

    def _checked(self, post: Post, moment: str, due: datetime, account: Account) -> _Seen:
        try:
            variant = self._renderers[post.path].variant(moment, due, account)
        except BadTemplate as bad:
            problem = Problem(rule="F06", severity="error", path=bad.path, line=bad.line, post=post.id, account=account.name, message=bad.message, fix=bad.fix)  # fmt: skip
            return _Seen(variant=None, problems=[problem])
        found = [*self._checks[post.path].variant(variant, due)]
        if sent := self._sent.get((account.name, account.mode)):
            found += settled(post, list(repeated(post, variant, account.mode, due, sent)))
        return _Seen(variant=variant, problems=found)

    def _check_draft(self, post: Post) -> None:
        """A draft is never planned, but it reads as it will."""
        for account, timed in moments(post, self._settings):
            if timed.nominal and not any(p.rule == "E09" for p in self._problems[post.path]):
                seen = self._checked(post, timed.moment.name, timed.nominal, account)
                self._problems[post.path] += seen.problems

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


def _has_error(problems: Iterable[Problem]) -> bool:
    return any(p.severity == "error" for p in problems)


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
    cadence, events = settings.cadences.get(post.kind), EVENTS.get(post.kind, ())
    for name in target_accounts(post, cadence, settings.accounts):
        found = list(timed_moments(post, cadence, name, settings.calendar, events))
        if is_moved(post):
            found = list(announced_as_moved(found))
        fresh = news(post, None, settings.calendar, events, now) if now else None
        if fresh and fresh.moment.name not in {
            timed.moment.name for timed in found if timed.nominal
        }:
            found.append(fresh)
        for timed in found:
            yield settings.accounts[name], timed
