"""An issue composed from its file and from the posts: one letter a language.

What it says depends on the files and on the issue's own time alone, so that it can be composed
again, and compared, at any moment before it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from jposocial.errors import Refused
from jposocial.issue_time import issue_time
from jposocial.messages import msg
from jposocial.model import Post, Problem
from jposocial.newsletter import sections as queries
from jposocial.newsletter.complete import completeness
from jposocial.newsletter.events import calendar_entries
from jposocial.newsletter.fragments import as_html, as_text
from jposocial.newsletter.letter import TOKEN_MARK, Letter
from jposocial.newsletter.sections import Period, Section
from jposocial.newsletters import Imprint, Newsletter
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.newsletter import render_html, render_text
from jposocial.rendering.render import own_values
from jposocial.schedule.business_days import local_day

if TYPE_CHECKING:
    from jposocial.app import Workspace
    from jposocial.survey import Survey

KIND: Final = "newsletter"

#: Where there was no issue before, news are those of so many days.
_FIRST: Final = timedelta(days=14)

#: Stands in for a newsletter that is not configured, so that its issue can be looked at.
_PLACEHOLDER: Final = Newsletter(
    name="newsletter", list="newsletter", purpose="-", sender="newsletter@example.org",
    imprints={"ja": Imprint(name="-", publisher="-", address="-", contact="-")},
    base_url="https://example.org",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    """An issue as it would go out: a letter a language, and what is wrong with it."""

    post: Post
    newsletter: Newsletter
    #: Language → letter, Japanese first.
    letters: Mapping[str, Letter]
    problems: Sequence[Problem]
    #: The ids of the posts that are in it.
    used: tuple[str, ...]


def compose(workspace: Workspace, post_id: str, *, now: datetime) -> Composed:
    """Raises Refused where there is no such issue. What is wrong with it is in `problems`."""
    survey = workspace.survey(now)
    broken = {p.post for p in survey.problems if p.severity == "error"}
    found = [post for post in survey.posts if post_id in (post.id, post.path)]
    if not found or found[0].kind != KIND:
        raise Refused(msg("there is no issue '{id}'", id=post_id))
    composer = Composer(workspace, [p for p in survey.posts if p.id not in broken])
    composed = composer.compose(found[0])
    own = [p for p in survey.problems if p.post == found[0].id]
    return replace(composed, problems=(*own, *composed.problems))


def problems_to_come(workspace: Workspace, survey: Survey, now: datetime) -> list[Problem]:
    """What is wrong with the issues whose day is not past, beside their own files' problems."""
    broken = {p.post for p in survey.problems if p.severity == "error"}
    composer = Composer(workspace, [p for p in survey.posts if p.id not in broken])
    today = local_day(now, workspace.settings.calendar)
    return [
        problem
        for post in survey.posts
        if post.kind == KIND and post.ready and post.id not in broken
        if post.fields["date"] >= today
        for problem in composer.compose(post).problems
    ]


class Composer:
    """Composes issues from the posts of one reading."""

    def __init__(self, workspace: Workspace, posts: Sequence[Post]) -> None:
        self._workspace, self._posts = workspace, posts
        self._calendar = workspace.settings.calendar
        self._issues = sorted(
            (p for p in posts if p.kind == KIND and p.ready), key=lambda p: (p.fields["date"], p.id)
        )

    def compose(self, post: Post) -> Composed:
        problems: list[Problem] = []
        newsletter = self._newsletter(post, problems)
        letters: dict[str, Letter] = {}
        used: list[str] = []
        for lang in ("ja", "en") if post.lang == "both" else (post.lang,):
            found = queries.compose_sections(
                post, self._posts, self._period(post), self._used(post), lang
            )
            used += [p.id for section in found for p in _posts_of(section)]
            try:
                letters[lang] = self._letter(post, newsletter, found, lang)
            except BadTemplate as bad:
                problems.append(_unusable(post, bad))
        for letter in letters.values():
            problems += completeness(post, newsletter, letter)
        return Composed(
            post=post, newsletter=newsletter, letters=letters, problems=problems,
            used=tuple(dict.fromkeys(used)),
        )  # fmt: skip

    def _newsletter(self, post: Post, problems: list[Problem]) -> Newsletter:
        """The configured one, or a stand-in and E18."""
        known = self._workspace.settings.newsletters
        named = post.fields.get("newsletter")
        if named and named in known:
            return known[named]
        if named is None and len(known) == 1:
            return next(iter(known.values()))
        problems.append(_no_newsletter(post, named, tuple(known)))
        return next(iter(known.values()), _PLACEHOLDER)

    def _period(self, post: Post) -> Period:
        before = [p.fields["date"] for p in self._issues if p.fields["date"] < post.fields["date"]]
        return Period(
            at=issue_time(self._workspace.settings, post),
            since=max(before, default=post.fields["date"] - _FIRST),
            calendar=self._calendar,
        )

    def _used(self, post: Post) -> dict[str, date]:
        """Testimonial → the day of the last issue before that had it."""
        used: dict[str, date] = {}
        for issue in self._issues:
            if issue.fields["date"] >= post.fields["date"]:
                break
            for section in queries.compose_sections(
                issue, self._posts, self._period(issue), used, "ja"
            ):
                if section.name == "testimonial":
                    used |= dict.fromkeys((p.id for p in section.posts), issue.fields["date"])
        return used

    def _letter(
        self, post: Post, newsletter: Newsletter, found: Sequence[Section], lang: str
    ) -> Letter:
        values = _values(post, newsletter, found, self._period(post), lang)
        templates = self._workspace.templates
        wide = bool(post.fields.get("wide"))
        events = [p for s in found if s.name == "seminars" for p in s.posts]
        return Letter(
            lang=lang,
            subject=values["title"],
            html=render_html(templates, f"newsletter/issue.{lang}.html", values),
            text=render_text(templates, f"newsletter/issue.{lang}.txt", values, wide=wide) + "\n",
            attachments=tuple(calendar_entries(events, newsletter, values["due"], lang)),
        )


def _posts_of(section: Section) -> Iterator[Post]:
    yield from section.posts
    yield from (one.post for one in section.deadlines)


def _values(
    post: Post, newsletter: Newsletter, found: Sequence[Section], period: Period, lang: str
) -> dict[str, Any]:
    """All that the templates see; what ends with `_html` is a clean fragment."""
    english = (post.fields.get("en") or {}) if lang == "en" else {}
    own = own_values(post, lang)
    words = english if lang == "en" and post.lang == "both" else own
    return {
        "lang": lang,
        "due": period.at,
        "title": own["title"],
        "number": post.fields["number"],
        "date": post.fields["date"],
        **_written("preface", words.get("preface") or ""),
        **_written("body", own["body"] or ""),
        **_written("footer", words.get("footer") or ""),
        "sections": tuple(_section(one, lang) for one in found),
        "newsletter": _sender(newsletter, lang),
        "unsubscribe": f"{newsletter.base_url}/u/{TOKEN_MARK}",
        "corrects": post.fields.get("corrects"),
    }


def _written(name: str, text: str) -> dict[str, str]:
    return {f"{name}_html": as_html(text), name: as_text(text)}


def _sender(newsletter: Newsletter, lang: str) -> dict[str, str]:
    imprint = newsletter.imprint(lang)
    return {
        "name": imprint.name,
        "publisher": imprint.publisher,
        "address": imprint.address,
        "contact": imprint.contact,
        "sender": newsletter.sender,
        "domain": newsletter.sender.rpartition("@")[2],
    }


def _section(one: Section, lang: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        **_written("intro", one.intro),
        "posts": tuple(_post(post, lang) for post in one.posts),
        "deadlines": tuple(
            {"at": found.at, "post": _post(found.post, lang)} for found in one.deadlines
        ),
    }


def _post(post: Post, lang: str) -> dict[str, Any]:
    values = own_values(post, lang)
    return {**values, **_written("body", values["body"] or "")}


def _no_newsletter(post: Post, named: str | None, known: Sequence[str]) -> Problem:
    names = ", ".join(known)
    message = (
        msg("there is no [newsletter.{name}] in the configuration", name=named or "NAME")
        if named or not known
        else msg("there are several newsletters, and the file names none")
    )
    return Problem(
        rule="E18",
        # Without any newsletter nothing can be sent: the file alone does no harm.
        severity="error" if known else "warning",
        path=post.path,
        line=post.lines.get("newsletter", post.lines.get("kind", 1)),
        post=post.id,
        message=message,
        fix=msg("write 'newsletter: NAME'; known are: {names}", names=names)
        if known
        else msg("set up [newsletter.NAME]: the README says how"),
    )


def _unusable(post: Post, bad: BadTemplate) -> Problem:
    return Problem(
        rule="F06", severity="error", path=bad.path, line=bad.line, post=post.id,
        message=bad.message, fix=bad.fix,
    )  # fmt: skip
