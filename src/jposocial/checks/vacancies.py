"""E07: one vacancy once, by its organisation's number and the address of its page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from jposocial.checks.findings import at_field
from jposocial.checks.folding import half_width
from jposocial.messages import msg
from jposocial.model import Post, Problem

#: What says where a reader came from, not which page it is.
_TRACKING: Final = re.compile(r"utm_\w+|fbclid|gclid|ref|source|src|lang", re.IGNORECASE)
_NO_WORD: Final = re.compile(r"[\W_]+")


class _Vacancy(NamedTuple):
    """What tells two vacancies apart."""

    page: str
    number: str
    organisation: str
    title: str


def same_vacancy(posts: Sequence[Post], known: Collection[str]) -> Iterator[Problem]:
    """Each further file of a vacancy; of `known` ids something is queued or out already.

    Where nothing is known of any of them all are named: which is meant, only a person knows.
    """
    of = {p.id: _vacancy(p) for p in posts if _counts(p)}
    near = _near({p.id: p for p in posts if p.id in of}, of)
    for post in (p for p in posts if p.id in near):
        others = [o for o in near[post.id] if _is_same(of[post.id], of[o.id])]
        if others and (post.id not in known or all(o.id in known for o in others)):
            yield at_field(
                post,
                "E07",
                "url",
                msg("the same vacancy is in {path}", path=", ".join(o.path for o in others)),
                msg("keep one of the two files; mend 'vacancy_no' or 'url' if they are two"),
            )


def _counts(post: Post) -> bool:
    """One that says why it is another vacancy is none for its twin either."""
    return post.kind == "vacancy" and post.ready and "E07" not in post.allow


def _near(posts: Mapping[str, Post], of: Mapping[str, _Vacancy]) -> dict[str, list[Post]]:
    """For each post the others with its page, or its number: the only ones it can be the same as."""
    by_key: dict[tuple[str, str], list[Post]] = defaultdict(list)
    for name, vacancy in of.items():
        for key in _keys(vacancy):
            by_key[key].append(posts[name])
    found: dict[str, list[Post]] = {}
    for name, vacancy in of.items():
        others = {o.id: o for key in _keys(vacancy) for o in by_key[key] if o.id != name}
        found[name] = [others[other] for other in sorted(others)]
    return found


def _keys(vacancy: _Vacancy) -> list[tuple[str, str]]:
    return [("page", vacancy.page)] + ([("number", vacancy.number)] if vacancy.number else [])


def _is_same(one: _Vacancy, other: _Vacancy) -> bool:
    """The same number of the same organisation; without two numbers, the same page and title."""
    if one.number and other.number:
        of_one_board = one.organisation == other.organisation or one.page == other.page
        return one.number == other.number and of_one_board
    return one.page == other.page and one.title == other.title


def _vacancy(post: Post) -> _Vacancy:
    names = ("url", "vacancy_no", "organisation", "post_title")
    url, *rest = (str(post.fields.get(name) or "") for name in names)
    return _Vacancy(normalised_page(url), *(_folded(text) for text in rest))


def _folded(text: str) -> str:
    return _NO_WORD.sub("", half_width(text).casefold())


def normalised_page(url: str) -> str:
    """The address without what may differ for one page: scheme, www., case of the host, tracking."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    kept = [pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0])]
    query = urlencode(sorted(kept))
    return f"{host}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")
