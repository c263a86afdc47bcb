"""From a played workspace to its pack."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from jposocial import wording
from jposocial.layout import FILE_NAME
from jposocial.messages import Message, joined, localised, msg
from jposocial.model import Post, Problem, Status, Unplaced
from jposocial.outbox.delivery import Delivery, StoredPart
from jposocial.outbox.queue import Queued, queue
from jposocial.platforms import measure
from jposocial.publishing import PublishReport, embedded_sandbox
from jposocial.rehearsal.pack import Issue, Pack, Picture, Piece, ShownPart, Title, Withheld
from jposocial.rehearsal.play import Key, Rehearsed
from jposocial.sandbox import Entry
from jposocial.saying import said
from jposocial.schedule.business_days import day_start, local_day
from jposocial.schedule.reasons import shift_of
from jposocial.store.audit import verify
from jposocial.store.engine import reading

#: Reasons that are no lack: the newsletter's dates have a part of the page of their own.
_ISSUES: Final = frozenset({"newsletter", "no_file"})

_DAY: Final = timedelta(days=1)


class Gatherer:
    """Looks once, after the play, at what a rehearsed workspace holds."""

    def __init__(self, workspace: Rehearsed, first: date, last: date) -> None:
        self._workspace = workspace
        self._first, self._last = first, last
        self._calendar = workspace.settings.calendar
        self._start = day_start(first, self._calendar)
        self._end = day_start(last + _DAY, self._calendar)
        self._language = workspace.settings.language
        self._posts = {post.id: post for post in workspace.posts()}
        sandbox = embedded_sandbox(workspace)
        self._entries = {(e.account, e.id): e for e in sandbox.timeline.entries()}
        self._image = sandbox.timeline.image
        sandbox.timeline.close()

    def pack(self, report: PublishReport, *, content: str, before: int) -> Pack:
        workspace, settings = self._workspace, self._workspace.settings
        rows = list(self._rows())
        problems = self._problems()
        with reading(workspace.engine) as connection:
            record = verify(connection)
        errors = any(p.severity == "error" for p in problems)
        return Pack(
            name=settings.name, first=self._first, last=self._last, calendar=self._calendar,
            accounts=settings.accounts, language=self._language,
            pieces=[self._piece(q.delivery) for q in rows if q.delivery.status is not Status.CANCELLED],
            withheld=sorted(self._withheld(rows), key=_in_order),
            issues=sorted(self._issues(), key=lambda issue: issue.when),
            problems=problems,
            drafts=[self._title(p) for p in self._posts.values() if not p.ready],
            content=content, before=before,
            record_rows=record.rows, record_whole=record.ok,
            edited=content != content_digest(workspace.root),
            exit_code=1 if errors or report.exit_code or not record.ok else 0,
        )  # fmt: skip

    def _rows(self) -> Iterator[Queued]:
        """Of every promise of the period its last row."""
        w = self._workspace
        rows = queue(w.engine, w.house, now=w.clock())
        last = {_key(q.delivery): q for q in sorted(rows, key=lambda q: q.delivery.id)}
        chosen = [q for q in last.values() if self._start <= q.delivery.due < self._end]
        order = [*w.settings.accounts]
        yield from sorted(
            chosen, key=lambda q: (q.delivery.due, q.delivery.post, q.delivery.moment, order.index(q.delivery.account))
        )  # fmt: skip

    def _piece(self, row: Delivery) -> Piece:
        account = self._workspace.settings.accounts[row.account]
        placement = self._workspace.placed.get((_key(row), row.due))
        return Piece(
            id=row.id, post=row.post, used=tuple(row.used), title=self._title_of(row),
            kind=row.kind, moment=row.moment, occurrence=row.occurrence, account=account,
            path=self._path_of(row), due=row.due, out_at=row.out_at, status=row.status,
            why=localised(_detail(row), self._language), cost_usd=row.cost_usd,
            shift=shift_of(placement, self._calendar, self._language) if placement else None,
            parts=[self._part(row, part) for part in row.parts],
        )  # fmt: skip

    def _part(self, row: Delivery, part: StoredPart) -> ShownPart:
        entry = self._entries.get((row.account, part.remote_id or ""))
        measured = measure(part.text, row.platform)
        return ShownPart(
            text=entry.text if entry else part.text,
            length=measured.length,
            limit=measured.limit,
            pictures=list(self._pictures(part, entry)),
            link=entry.link if entry else None,
        )

    def _pictures(self, part: StoredPart, entry: Entry | None) -> Iterator[Picture]:
        """As the platform got them; of what did not go out, as they were approved."""
        for number, media in enumerate(part.media):
            if entry and number < len(entry.media):
                sent = entry.media[number]
                data, kind = self._image(sent["digest"]), sent["type"]
            else:
                data, kind = self._kept(media["digest"])
            yield Picture(file=media["file"], alt=media["alt"], data=data, type=kind)

    def _kept(self, digest: str) -> tuple[bytes, str]:
        store = self._workspace.media
        return store.read(digest) if store.intact(digest) else (b"", "")

    def _title(self, post: Post) -> Title:
        english = (post.fields.get("en") or {}).get("title") if self._language == "en" else None
        lang = "en" if english or post.lang == "en" else "ja"
        return Title(text=" ".join(str(english or post.title).split()), lang=lang)

    def _title_of(self, row: Delivery) -> Title:
        """The post's; of a series that picks several, how many of which kind."""
        known = [self._posts[name] for name in row.posts if name in self._posts]
        if len(known) == 1:
            return self._title(known[0])
        if not known:
            return self._named(row.post)
        kind = wording.KIND_NAMES.get(row.kind, row.kind)
        text = msg("{kind}: {count} posts together", kind=kind, count=len(known))
        return Title(text=localised(text, self._language), lang=self._language)

    def _named(self, name: str) -> Title:
        post = self._posts.get(name)
        return self._title(post) if post else Title(text=name, lang="en")

    def _path_of(self, row: Delivery) -> str:
        known = [self._posts[name].path for name in row.used if name in self._posts]
        return ", ".join(known) or row.path

    def _withheld(self, rows: Iterable[Queued]) -> Iterator[Withheld]:
        promised = {}
        for queued in rows:
            promised[_key(queued.delivery)] = queued.delivery.status
            if queued.delivery.status is not Status.PUBLISHED:
                yield self._held_row(queued)
        for key, one in self._workspace.unplaced.items():
            if key not in promised and one.reason not in _ISSUES and self._is_within(one.nominal):
                yield self._not_placed(one)

    def _is_within(self, when: datetime | None) -> bool:
        return when is None or self._start <= when < self._end

    def _not_placed(self, one: Unplaced) -> Withheld:
        why = wording.REASONS.get(one.reason, msg("{reason}", reason=one.reason))
        return Withheld(
            post=one.post, title=self._named(one.post), moment=one.moment, account=one.account,
            occurrence=one.occurrence, when=one.nominal, reason=one.reason,
            said=msg("{what}: {name}", what=why, name=one.detail) if one.detail else why,
            fix=wording.FIXES.get(one.reason),
        )  # fmt: skip

    def _held_row(self, queued: Queued) -> Withheld:
        row = queued.delivery
        alarm = row.status is not Status.CANCELLED
        return Withheld(
            post=row.post, title=self._title_of(row), moment=row.moment, account=row.account,
            occurrence=row.occurrence, when=row.due, reason=str(row.status), alarm=alarm,
            said=self._why(queued), fix=None,
        )  # fmt: skip

    def _why(self, queued: Queued) -> Message:
        row = queued.delivery
        if row.status is Status.CANCELLED:
            later = self._workspace.unplaced.get(_key(row))
            reason = wording.REASONS.get(later.reason) if later else None
            return reason or msg("its file withdrew it")
        if row.status is Status.SCHEDULED and queued.blockers:
            waits = joined(wording.BLOCKER_NAMES.get(name, name) for name in queued.blockers)
            return msg("{waits}", waits=waits)
        status = wording.STATUS_NAMES[row.status]
        return msg("{what}: {name}", what=status, name=_detail(row))

    def _problems(self) -> list[Problem]:
        """All that any of the days found wrong, each once; errors first."""
        found = [problem for _, problem in self._workspace.found.values()]
        found.sort(key=lambda p: (p.severity != "error", p.path, p.line, p.rule, p.account or ""))
        return [said(problem, self._language) for problem in found]

    def _issues(self) -> Iterator[Issue]:
        dated: Mapping[object, Post] = {
            post.fields.get("date"): post
            for post in self._posts.values()
            if post.kind == "newsletter"
        }
        for one in self._workspace.unplaced.values():
            if one.reason in _ISSUES and one.nominal and self._is_within(one.nominal):
                day = date.fromisoformat(one.occurrence)
                post = dated.get(day) or dated.get(local_day(one.nominal, self._calendar))
                yield Issue(
                        series=one.post, day=local_day(one.nominal, self._calendar), when=one.nominal,
                        post=post.id if post else "", title=self._title(post) if post else None,
                        missing=post is None,
                    )  # fmt: skip


def _key(row: Delivery) -> Key:
    return row.post, row.account, row.moment, row.occurrence


def _detail(row: Delivery) -> str:
    if row.status is Status.PUBLISHED:
        return ""
    return wording.DETAIL_NAMES.get(row.detail, row.detail)


def _in_order(one: Withheld) -> tuple[object, ...]:
    """What needs somebody first, then by time; what has none comes last."""
    when = one.when.timestamp() if one.when else float("inf")
    return not one.alarm, when, one.post, one.moment, one.account, one.occurrence


def content_digest(root: Path) -> str:
    """SHA-256 (hex) over the names and the bytes of all that a rehearsal reads."""
    digest = hashlib.sha256()
    for path in _files(root):
        name = path.relative_to(root).as_posix().encode("utf-8", "surrogateescape")
        digest.update(hashlib.sha256(name).digest())
        digest.update(hashlib.sha256(_bytes(path)).digest())
    return digest.hexdigest()


def _files(root: Path) -> Sequence[Path]:
    below = [p for name in ("posts", "templates") for p in (root / name).rglob("*")]
    return sorted(p for p in [root / FILE_NAME, *below] if p.is_file() and not p.is_symlink())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # What cannot be read is F01; that it cannot is all that counts of it here.
        return b""
