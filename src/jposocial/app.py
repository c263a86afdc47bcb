"""The composition root: `Workspace` is the one place where the parts meet.

Only here are the clock, the operating system's identity and the secrets read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jposocial import __version__
from jposocial.errors import Refused, UsageError
from jposocial.host import effective_user, machine_id
from jposocial.layout import FILE_NAME
from jposocial.messages import msg
from jposocial.model import MAIL, Plan, Post, Problem, Variant
from jposocial.saying import is_under, said
from jposocial.settings import Settings, load_settings

if TYPE_CHECKING:
    from jposocial.media.images import Images
    from jposocial.media.store import MediaStore
    from jposocial.outbox.blockers import House
    from jposocial.outbox.instance import Instance
    from jposocial.outbox.preview import Preview
    from jposocial.outbox.sync import SyncReport, Tree
    from jposocial.rendering.templates import Templates
    from jposocial.store import Engine
    from jposocial.survey import Survey

#: So many occurrences of a series are shown of each account.
NEXT: Final = 3


def system_clock() -> datetime:
    return datetime.now(UTC)


def find_root(start: Path) -> Path:
    """The nearest folder upwards with a jposocial.toml. Raises UsageError."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise UsageError(
        msg("there is no {file} here or above; 'jposocial init' makes a workspace", file=FILE_NAME)
    )


class Workspace:
    """A workspace: its files, its configuration, its outbox.

    `clock` gives aware datetimes, `identity` the name that approvals are given in, `machine` what
    tells this machine from others. Its own files are in `var/` below `home`, which is the
    workspace's root unless another folder is named.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        identity: Callable[[], str] = effective_user,
        machine: Callable[[], str] = machine_id,
        home: Path | None = None,
    ) -> None:
        self.root = root
        self.home = home or root
        self.settings = settings
        self.clock = clock
        self.identity = identity
        self.machine = machine

    # Files: what they say, without writing anything.

    def survey(
        self, now: datetime | None = None, until: datetime | None = None, *, keep: bool = False
    ) -> Survey:
        """What the files say at `now`; series are laid out to the horizon, or to a later `until`.

        `keep` writes the images that go out to `var/media/`.
        """
        from jposocial.survey import Surveyor

        now = now or self.clock()
        until = max(now + self.settings.horizon, until or now)
        return Surveyor(
            self.root, self.settings, now=now, until=until, images=self.images, keep=keep,
            templates=self.templates, **self._past(now),
        ).walk()  # fmt: skip

    @cached_property
    def media(self) -> MediaStore:
        """The images that were approved."""
        from jposocial.media.store import MediaStore

        return MediaStore(self.home / "var" / "media")

    @cached_property
    def images(self) -> Images:
        """The images that content files name; one that is edited is looked at again."""
        from jposocial.media.images import Images

        return Images(self.root, self.media)

    @cached_property
    def templates(self) -> Templates:
        """Compiled once; one that is edited is read again."""
        from jposocial.rendering.templates import Templates

        return Templates(self.root, self.settings.calendar.zone)

    def posts(self) -> list[Post]:
        """Every post that could be read."""
        from jposocial.posts.files import load_posts

        loaded = load_posts(self.root, self.settings.calendar.zone, [*self.settings.accounts, MAIL])
        return [one.post for one in loaded if one.post]

    def is_issue(self, post_id: str) -> bool:
        """Whether that post is an issue of the newsletter."""
        return any(p.kind == "newsletter" and post_id in (p.id, p.path) for p in self.posts())

    def check(self, paths: Sequence[Path] = (), *, now: datetime | None = None) -> list[Problem]:
        """Every problem, said in the workspace's language; of the files under `paths` only."""
        wanted = [self._relative(path) for path in paths]
        survey = self.survey(now)
        paths_of = {post.id: Path(post.path) for post in survey.posts}
        problems = [*survey.problems, *self._of_issues(survey, now or self.clock())]
        chosen = [p for p in problems if not wanted or is_under(p, paths_of, wanted)]
        return [said(p, self.settings.language) for p in chosen]

    def _of_issues(self, survey: Survey, now: datetime) -> list[Problem]:
        """What is wrong with the newsletter's issues to come, as they would be composed."""
        if not any(post.kind == "newsletter" for post in survey.posts):
            return []
        from jposocial.composing import problems_to_come

        return problems_to_come(self, survey, now)

    def _relative(self, path: Path) -> Path:
        try:
            return path.resolve().relative_to(self.root.resolve())
        except ValueError:
            raise UsageError(msg("{path} is not in this workspace", path=str(path))) from None

    def plan(
        self,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        *,
        now: datetime | None = None,
    ) -> Plan:
        """What goes where when, from `start` to `end` (a day counts whole); default: the horizon."""
        return self.outlook(start, end, now=now).plan

    def outlook(
        self,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        *,
        now: datetime | None = None,
    ) -> Survey:
        """The survey whose plan is that of `plan`: what has no time is in every range."""
        now = now or self.clock()
        first = self._instant(start, days=0) if start else None
        last = self._instant(end, days=1) if end else now + self.settings.horizon

        def wanted(when: datetime | None) -> bool:
            return when is None or ((first is None or when >= first) and when < last)

        survey = self.survey(now, last)
        placements = tuple(p for p in survey.plan.placements if wanted(p.due))
        unplaced = tuple(u for u in survey.plan.unplaced if wanted(u.nominal))
        return replace(survey, plan=replace(survey.plan, placements=placements, unplaced=unplaced))

    def _instant(self, value: date | datetime, *, days: int) -> datetime:
        if isinstance(value, datetime):
            return value
        return datetime.combine(
            value, datetime.min.time(), self.settings.calendar.zone
        ) + timedelta(days=days)

    def render(
        self,
        post_id: str,
        *,
        account: str | None = None,
        moment: str | None = None,
        now: datetime | None = None,
    ) -> list[Variant]:
        """How a post reads, at every moment on every account it goes to, each at its own time.

        With `now`, as it is planned at that instant: what is past is left out, and what the plan
        moves reads as it will then (a late announcement, days left). Of a series its next ones.

        Raises Refused where there is no such post, or a template is of no use.
        """
        from jposocial.post_images import looked_at
        from jposocial.rendering.errors import BadTemplate
        from jposocial.rendering.render import render
        from jposocial.survey import moments

        if account is not None and account not in self.settings.accounts:
            raise Refused(
                msg(
                    "there is no account '{name}'; known are: {names}",
                    name=account,
                    names=", ".join(self.settings.accounts),
                )
            )
        if post_id in self.settings.series:
            return self._next_occurrences(post_id, account, moment, now)
        post, templates = self._post(post_id), self.templates
        media, _ = looked_at(post, self.images)
        try:
            planned = self._planned(post, now) if now else {}
            return [
                render(post, name, due, where, templates, media=media)
                for where, timed in moments(post, self.settings, now or self.clock())
                if (name := timed.moment.name) and moment in (None, name)
                if account in (None, where.name)
                if (due := planned.get((where.name, name), timed.nominal))
                and (now is None or (where.name, name) in planned or due >= now)
            ]
        except BadTemplate as bad:
            raise Refused(
                msg(
                    "F06 {path}:{line}: {message} — {fix}",
                    path=bad.path,
                    line=bad.line,
                    message=bad.message,
                    fix=bad.fix,
                )
            ) from None

    def _next_occurrences(
        self, name: str, account: str | None, moment: str | None, now: datetime | None
    ) -> list[Variant]:
        """A series' next occurrences, as they would be composed now or stand in the queue."""
        found: dict[str, list[Variant]] = {}
        for promise in sorted(self.survey(now).promises, key=lambda p: p.placement.due):
            variant = promise.variant
            if (
                variant.post == name
                and account in (None, variant.account)
                and moment in (None, variant.moment)
            ):
                found.setdefault(variant.account, []).append(variant)
        return [variant for each in found.values() for variant in each[:NEXT]]

    def _planned(self, post: Post, now: datetime) -> dict[tuple[str, str], datetime]:
        """(account, moment) → when the plan of that instant places it."""
        placements = self.survey(now).plan.placements
        return {(p.account, p.moment): p.due for p in placements if p.post == post.id}

    def _post(self, post_id: str) -> Post:
        found = [p for p in self.posts() if post_id in (p.id, p.path)]
        if not found:
            raise Refused(msg("there is no post '{id}'", id=post_id))
        return found[0]

    # Outbox.

    @cached_property
    def engine(self) -> Engine:
        """The database, made where there is none. Raises UsageError for one of another version."""
        from jposocial.store.engine import open_engine, require_schema

        engine = open_engine(self.settings.database_url, self.home)
        require_schema(engine)
        return engine

    @property
    def has_database(self) -> bool:
        """Whether there is one; to ask makes none."""
        if not (self.home / "var").is_dir():
            return False
        from jposocial.store.engine import database_path

        return database_path(self.settings.database_url, self.home).is_file()

    def _past(self, now: datetime) -> dict[str, Any]:
        """What the outbox holds, for the surveyor; looking does not make a database."""
        if not self.has_database:
            return {}
        from jposocial.outbox.sent import sent_texts
        from jposocial.outbox.sync import history, known_kinds

        return {
            "history": history(self.engine),
            "known": known_kinds(self.engine),
            "sent": sent_texts(self.engine, now),
        }

    @cached_property
    def house(self) -> House:
        from jposocial.newsletter.issues import mail_account
        from jposocial.outbox.blockers import House
        from jposocial.outbox.flags import standing

        s = self.settings
        return House(
            accounts=s.accounts, newsletters=[mail_account(n) for n in s.newsletters.values()],
            calendar=s.calendar, approval_required=s.approval_required,
            self_approval=s.self_approval, has_image=self.media.intact,
            flags=partial(standing, self.home / "var"), elsewhere=self.instance.differs,
        )  # fmt: skip

    @cached_property
    def instance(self) -> Instance:
        """What tells this workspace from a copy of it."""
        from jposocial.outbox.instance import Instance

        return Instance(self.home, self.machine)

    @property
    def var(self) -> Path:
        """Where the program keeps its own files; as open to the group as the workspace."""
        folder = self.home / "var"
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            folder.chmod(self.home.stat().st_mode & 0o7777)
        return folder

    def sync(self, *, yes: bool = False) -> SyncReport:
        """Bring the outbox in line with the files. Raises Refused where it looks like an accident.

        Where neither a file nor the record has changed since the last, nothing is read.
        """
        from jposocial.locks import exclusive
        from jposocial.outbox.sync import still_settled, sync

        with exclusive(self.var / "sync.lock", wait=True):
            now, fingerprint = self.clock(), self.fingerprint()
            if settled := still_settled(self.engine, fingerprint, self.media.intact):
                return settled
            self.instance.bind_new(self.engine)
            tree = self._tree(now, yes)
            report = sync(
                self.engine, tree, self.settings.accounts, self.settings.calendar,
                by=self.identity(), now=now, horizon=now + self.settings.horizon, yes=yes,
                fingerprint=fingerprint,
            )  # fmt: skip
        return replace(report, refused=[said(p, self.settings.language) for p in report.refused])

    def preview(self, *, now: datetime | None = None, yes: bool = False) -> Preview:
        """What `sync` would do, at `now`, without doing it or waiting for anybody.

        Raises Refused where `sync` would.
        """
        from jposocial.outbox.preview import preview

        now = now or self.clock()
        found = preview(
            self.engine if self.has_database else None,
            self._tree(now, yes),
            self.settings.calendar,
            now=now,
            horizon=now + self.settings.horizon,
            yes=yes,
        )
        return replace(found, refused=[said(p, self.settings.language) for p in found.refused])

    def _tree(self, now: datetime, yes: bool) -> Tree:
        from jposocial.outbox.sync import Tree
        from jposocial.tree import tree_of

        if not (self.root / "posts").is_dir():
            if not yes:
                raise Refused(msg("the folder posts/ is not there; nothing was changed"))
            return Tree()
        return tree_of(self.survey(now, keep=True))

    def fingerprint(self) -> str:
        """Changes when a file under posts/ or templates/, the configuration or the day does.

        Also when a series' occurrence is to be composed.
        """
        from jposocial.schedule.every import cutoffs
        from jposocial.watching import fingerprint

        now, calendar = self.clock(), self.settings.calendar
        past = [at for at in cutoffs(self.settings.series.values(), calendar, now) if at <= now]
        today = now.astimezone(calendar.zone).date()
        # Another version may read the same files another way; after a cutoff there is more to read.
        return fingerprint(self.root, __version__, today, max(past, default=None))

    def next_cutoff(self) -> datetime | None:
        """When the next occurrence of a series is composed."""
        from jposocial.schedule.every import cutoffs

        now = self.clock()
        found = cutoffs(self.settings.series.values(), self.settings.calendar, now)
        return min((at for at in found if at > now), default=None)


def open_workspace(path: str | Path = ".", **ways: Callable[[], object]) -> Workspace:
    """The workspace at `path`. Raises UsageError, ConfigError."""
    root = Path(path).resolve()
    if not (root / FILE_NAME).is_file():
        raise UsageError(
            msg(
                "there is no {file} in {path}; 'jposocial init' makes a workspace",
                file=FILE_NAME,
                path=str(root),
            )
        )
    from jposocial.posts.kinds import refuse_unknown_anchors

    settings = load_settings(root / FILE_NAME)
    refuse_unknown_anchors(settings.cadences)
    return Workspace(root, settings, **ways)  # type: ignore[arg-type]
