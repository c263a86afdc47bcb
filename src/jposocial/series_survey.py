"""The series' part of a walk: what they may use, and how their occurrences read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from jposocial.checks.digest import digest
from jposocial.checks.findings import at_field
from jposocial.checks.folding import plain_kanji
from jposocial.checks.reading import Book
from jposocial.checks.run import PostCheck, settled
from jposocial.checks.similar import Sent, repeated
from jposocial.messages import msg
from jposocial.model import Account, Media, PastRow, Placement, Post, Problem, Slot, Status, Variant
from jposocial.outbox.promise import Promise, tightened
from jposocial.posts.files import Loaded
from jposocial.posts.registers import Person
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.render import Occasion, render, render_digest
from jposocial.rendering.templates import Templates
from jposocial.schedule.business_days import local_day
from jposocial.schedule.cadence import target_accounts
from jposocial.schedule.every import days, due
from jposocial.schedule.series import Offer, stand_in
from jposocial.schedule.usable import is_usable
from jposocial.series import Series
from jposocial.settings import Settings

_MARGIN: Final = timedelta(days=31)

#: A post that its person's consent does not cover is no longer to be used: it is not awaited.
_CONSENT: Final = "E08"


class SeriesSurvey:
    """Works for one walk; what it finds wrong goes to `problems`, by the path of the post."""

    def __init__(
        self,
        settings: Settings,
        templates: Templates,
        book: Book,
        sent: Sequence[Sent],
        checks: Mapping[str, PostCheck],
        problems: dict[str, list[Problem]],
        media: Mapping[str, Sequence[Media]],
    ) -> None:
        self._settings = settings
        self._templates = templates
        self._book = book
        self._sent = sent
        self._checks = checks
        self._problems = problems
        self._media = media
        #: (series, account, when, posts) → whether they fit into one text.
        self._room: dict[tuple[str, str, datetime, tuple[str, ...]], bool] = {}
        self._series = [
            one for one in settings.series.values() if set(one.accounts) <= settings.accounts.keys()
        ]

    def try_out(self, posts: Iterable[Post], until: datetime) -> None:
        """Check each post as its series would first use it: what is wrong is said in time."""
        ready = [post for post in posts if post.ready]
        for series in self._series:
            turns = list(self._turns(series, until))
            for post in ready:
                if self._may_have(series, post):
                    self._try_post(series, post, turns)

    def _turns(self, series: Series, until: datetime) -> Iterator[tuple[date, datetime]]:
        calendar, now = self._settings.calendar, self._book.now
        first, last = (local_day(instant, calendar) for instant in (now, until))
        for day in days(series.every, first - _MARGIN, last + _MARGIN):
            instant = due(series, day, calendar)
            if now <= instant < until:
                yield day, instant

    @staticmethod
    def _may_have(series: Series, post: Post) -> bool:
        dated = series.pick == "all" and post.publish is not None
        return post.kind == series.kind and series.moment not in post.skip and not dated

    def _try_post(self, series: Series, post: Post, turns: Sequence[tuple[date, datetime]]) -> None:
        goes_to = target_accounts(
            post, self._settings.cadences.get(post.kind), self._settings.accounts
        )
        for name in series.accounts:
            account = self._settings.accounts[name]
            usable = (
                turn for turn in turns if is_usable(post, name, turn[1], self._settings.calendar)
            )
            turn = next(usable, None) if name in goes_to else None
            if turn and (variant := self._variant(series, [post], account, *turn)):
                named = replace(variant, post=post.id)
                self._problems[post.path] += self._checks[post.path].variant(named, turn[1])

    def _variant(
        self, series: Series, posts: Sequence[Post], account: Account, day: date, instant: datetime
    ) -> Variant | None:
        """How it reads; None, and F06 for each of the posts, where the template is of no use."""
        try:
            if series.pick == "all":
                return render_digest(
                    series, posts, day.isoformat(), instant, account, self._templates
                )
            occasion = Occasion(series=series.name, occurrence=day.isoformat())
            media = self._media[posts[0].path]
            return render(
                posts[0], series.moment, instant, account, self._templates, occasion, media
            )
        except BadTemplate as bad:
            for post in posts:
                self._problems[post.path].append(
                    Problem(rule="F06", severity="error", path=bad.path, line=bad.line, post=post.id, account=account.name, message=bad.message, fix=bad.fix)
                )  # fmt: skip
            return None

    def offer(self, posts: Sequence[Post], held: Collection[Slot]) -> Offer:
        people = self._book.registers.people
        return Offer(
            posts=posts, subjects=dict(subjects(posts, people)), fits=self._fits, held=held
        )

    def _fits(
        self, series: Series, account: Account, posts: Sequence[Post], instant: datetime
    ) -> int:
        """The most of `posts`, from the first on, that one text can carry at its shortest."""
        least, most = 0, len(posts)
        while least < most:
            # By doubling first: a text that holds three posts is not tried with three hundred.
            count = min(2 * least + 1, (least + most + 1) // 2)
            if self._has_room(series, account, posts[:count], instant):
                least = count
            else:
                most = count - 1
        return least

    def _has_room(
        self, series: Series, account: Account, posts: Sequence[Post], instant: datetime
    ) -> bool:
        key = (series.name, account.name, instant, tuple(post.id for post in posts))
        if key not in self._room:
            self._room[key] = self._is_short(series, account, posts, instant)
        return self._room[key]

    def _is_short(
        self, series: Series, account: Account, posts: Sequence[Post], instant: datetime
    ) -> bool:
        day = local_day(instant, self._settings.calendar).isoformat()
        try:
            variant = render_digest(series, posts, day, instant, account, self._templates)
        except BadTemplate:
            return True  # said where it is rendered to go out
        return all(part.length <= part.limit for part in variant.parts)

    def promise(self, placement: Placement, by_id: Mapping[str, Post]) -> Promise | None:
        """The occurrence as it reads; None where something in it is an error."""
        series = self._settings.series[placement.post]
        account = self._settings.accounts[placement.account]
        posts = [by_id[name] for name in placement.used]
        day = date.fromisoformat(placement.occurrence)
        variant = self._variant(series, posts, account, day, placement.due)
        if variant is None or self._is_wrong(series, posts, variant, account, placement.due):
            return None
        return Promise(
            post=stand_in(series, posts),
            account=account,
            placement=tightened(placement, variant, self._settings.calendar),
            variant=replace(variant, post=series.name),
            used=tuple(posts),
        )

    def _is_wrong(
        self,
        series: Series,
        posts: Sequence[Post],
        variant: Variant,
        account: Account,
        instant: datetime,
    ) -> bool:
        if series.pick == "one":
            found = self._checks[posts[0].path].variant(variant, instant)
            # A series may say again what it said before; the same words on their own count.
            as_series = replace(variant, moment=series.name)
            again = repeated(posts[0], as_series, account.mode, instant, self._sent)
            found += settled(posts[0], list(again))
        else:
            # E07 is no question here: what a digest lists was in none before.
            checks = [self._checks[post.path] for post in posts]
            found = digest(checks, stand_in(series, posts), variant, instant, self._book)
        self._problems[posts[0].path] += found
        return any(problem.severity == "error" for problem in found)


def named_as_series(post: Post) -> Problem:
    """F05: the queue could not tell the two apart."""
    return at_field(
        post,
        "F05",
        "id",
        msg("'{id}' is the name of a series", id=post.id),
        msg("choose another id, or rename the series in jposocial.toml"),
    )


def held_back(
    history: Iterable[PastRow], files: Sequence[Loaded], problems: Mapping[str, Sequence[Problem]]
) -> frozenset[Slot]:
    """The synced occurrences that wait for a file to be mended.

    One whose consent is gone, whose file is gone or a draft again is not awaited: the
    occurrence is composed anew.
    """
    doubtful = {
        loaded.id for loaded in files if loaded.id and _is_to_be_mended(problems[loaded.path])
    }
    ids = {loaded.id for loaded in files}
    unread = None in ids
    return frozenset(
        row.slot
        for row in history
        if row.slot.occurrence != "-"
        and row.status is Status.SCHEDULED
        and any(name in doubtful or (unread and name not in ids) for name in row.used)
    )


def _is_to_be_mended(problems: Sequence[Problem]) -> bool:
    rules = {problem.rule for problem in problems if problem.severity == "error"}
    return bool(rules) and _CONSENT not in rules


def subjects(posts: Iterable[Post], people: Iterable[Person]) -> Iterator[tuple[str, str]]:
    """(post, person) where the register knows the person, in whatever spelling."""
    known = {
        _folded(spelling): _folded(person.name)
        for person in people
        for spelling in (person.en, person.name)
        if spelling
    }
    for post in posts:
        name = (post.fields.get("person") or {}).get("name")
        if name:
            yield post.id, "person " + known.get(_folded(name), _folded(name))


def _folded(name: str) -> str:
    return "".join(plain_kanji(name).casefold().split())
