"""The composition root: `Workspace` is the one place where the parts meet.

Only here are the clock, the operating system's identity and the secrets read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jposocial.errors import ConfigError, Refused, UsageError
from jposocial.host import effective_user
from jposocial.messages import localised, msg
from jposocial.model import MAIL, Plan, Post, Problem, Variant
from jposocial.settings import Settings, load_settings
from jposocial.toml_values import FILE_NAME
from jposocial.values import did_you_mean

if TYPE_CHECKING:
    from jposocial.outbox.blockers import House
    from jposocial.outbox.sync import SyncReport, Tree
    from jposocial.rendering.templates import Templates
    from jposocial.store import Engine
    from jposocial.survey import Survey


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

    `clock` gives aware datetimes, `identity` the name that approvals are given in.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        identity: Callable[[], str] = effective_user,
    ) -> None:
        self.root = root
        self.settings = settings
        self.clock = clock
        self.identity = identity

    # Files: what they say, without writing anything.

    def survey(self, now: datetime | None = None) -> Survey:
        from jposocial.survey import Surveyor

        now = now or self.clock()
        return Surveyor(
            self.root, self.settings, now=now, templates=self.templates, **self._past(now)
        ).walk()

    @cached_property
    def templates(self) -> Templates:
        """Compiled once; one that is edited is read again."""
        from jposocial.rendering.templates import Templates

        return Templates(self.root)

    def posts(self) -> list[Post]:
        """Every post that could be read."""
        from jposocial.posts.files import load_posts

        loaded = load_posts(self.root, self.settings.calendar.zone, [*self.settings.accounts, MAIL])
        return [one.post for one in loaded if one.post]

    def check(self, paths: Sequence[Path] = (), *, now: datetime | None = None) -> list[Problem]:
        """Every problem, said in the workspace's language; of the files under `paths` only."""
        wanted = [self._relative(path) for path in paths]
        survey = self.survey(now)
        paths_of = {post.id: Path(post.path) for post in survey.posts}
        chosen = [p for p in survey.problems if not wanted or _is_under(p, paths_of, wanted)]
        return [said(p, self.settings.language) for p in chosen]

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
        now = now or self.clock()
        first = self._instant(start, days=0) if start else None
        last = self._instant(end, days=1) if end else now + self.settings.horizon
        whole = self.survey(now).plan
        chosen = [p for p in whole.placements if (first is None or p.due >= first) and p.due < last]
        return replace(whole, placements=tuple(chosen))

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
        """How a post reads, at every moment on every account it goes to.

        Raises Refused where there is no such post, or a template is of no use.
        """
        from jposocial.rendering.errors import BadTemplate
        from jposocial.rendering.render import render
        from jposocial.survey import moments

        post = self._post(post_id)
        if account is not None and account not in self.settings.accounts:
            raise Refused(
                msg(
                    "there is no account '{name}'; known are: {names}",
                    name=account,
                    names=", ".join(self.settings.accounts),
                )
            )
        templates = self.templates
        try:
            return [
                render(post, timed.moment.name, timed.nominal, where, templates)
                for where, timed in moments(post, self.settings, now or self.clock())
                if timed.nominal
                and account in (None, where.name)
                and moment in (None, timed.moment.name)
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

        engine = open_engine(self.settings.database_url, self.root)
        require_schema(engine)
        return engine

    def _past(self, now: datetime) -> dict[str, Any]:
        """What the outbox holds, for the surveyor; looking does not make a database."""
        if not (self.root / "var").is_dir():
            return {}
        from jposocial.store.engine import database_path

        if not database_path(self.settings.database_url, self.root).is_file():
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
        from jposocial.outbox.blockers import House

        s = self.settings
        return House(
            accounts=s.accounts,
            calendar=s.calendar,
            approval_required=s.approval_required,
            self_approval=s.self_approval,
        )

    @property
    def var(self) -> Path:
        """Where the program keeps its own files; as open to the group as the workspace."""
        folder = self.root / "var"
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            folder.chmod(self.root.stat().st_mode & 0o7777)
        return folder

    def sync(self, *, yes: bool = False) -> SyncReport:
        """Bring the outbox in line with the files. Raises Refused where it looks like an accident.

        Where neither a file nor the record has changed since the last, nothing is read.
        """
        from jposocial.locks import exclusive
        from jposocial.outbox.sync import still_settled, sync

        with exclusive(self.var / "sync.lock", wait=True):
            now, fingerprint = self.clock(), self.fingerprint()
            if settled := still_settled(self.engine, fingerprint):
                return settled
            tree = self._tree(now, yes)
            report = sync(
                self.engine, tree, self.settings.accounts, self.settings.calendar,
                by=self.identity(), now=now, horizon=now + self.settings.horizon, yes=yes,
                fingerprint=fingerprint,
            )  # fmt: skip
        return replace(report, refused=[said(p, self.settings.language) for p in report.refused])

    def _tree(self, now: datetime, yes: bool) -> Tree:
        from jposocial.outbox.sync import Tree

        if not (self.root / "posts").is_dir():
            if not yes:
                raise Refused(msg("the folder posts/ is not there; nothing was changed"))
            return Tree()
        survey = self.survey(now)
        errors = [p for p in survey.problems if p.severity == "error"]
        ids = {loaded.id for loaded in survey.files if loaded.id}
        unread = [loaded for loaded in survey.files if loaded.id is None]
        broken = {p.post for p in errors if p.post}
        return Tree(
            promises=survey.promises,
            broken_ids=broken,
            broken_paths={p.path for p in errors},
            ids=ids,
            unread={loaded.path for loaded in unread},
            problems=errors,
        )

    def fingerprint(self) -> str:
        """Changes when a file under posts/ or templates/, the configuration or the day does."""
        from jposocial.watching import fingerprint

        return fingerprint(self.root, self.clock().astimezone(self.settings.calendar.zone).date())


def _is_under(problem: Problem, paths_of: Mapping[str, Path], wanted: Sequence[Path]) -> bool:
    """Whether a problem is in one of the `wanted` places, or of a post that is."""
    places = [Path(problem.path), paths_of.get(problem.post or "", Path(problem.path))]
    return any(place.is_relative_to(one) for place in places for one in wanted)


def said(problem: Problem, language: str) -> Problem:
    """The problem with its message and fix in `language`."""
    return replace(
        problem, message=localised(problem.message, language), fix=localised(problem.fix, language)
    )


def _refuse_unknown_anchors(settings: Settings) -> None:
    """A moment that hangs on a field its kind does not have would silently never come."""
    from jposocial.posts.kinds import anchors

    wrong = [
        msg(
            "jposocial.toml: cadence.{kind}: {moment}: there is no date '{anchor}' — {fix}",
            kind=kind,
            moment=moment.name,
            anchor=moment.anchor,
            fix=did_you_mean(moment.anchor, anchors(kind)),
        )
        for kind, cadence in settings.cadences.items()
        for row in cadence.rows.values()
        for moment in row
        if anchors(kind) and moment.anchor not in anchors(kind)
    ]
    if wrong:
        raise ConfigError(wrong)


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
    settings = load_settings(root / FILE_NAME)
    _refuse_unknown_anchors(settings)
    return Workspace(root, settings, **ways)  # type: ignore[arg-type]
