"""E07: nearly the same text as one that went out on the account shortly before.

Texts are compared without what changes from one announcement to the next by rule: addresses,
hashtags, dates and times, width and spacing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding, problem
from jposocial.checks.folding import half_width
from jposocial.checks.written import bare, clocks, days
from jposocial.messages import msg
from jposocial.model import Post, Problem, Variant

#: How far back a text counts.
WITHIN: Final = timedelta(days=30)

#: How alike two texts are, of 100, from which on they are nearly the same.
ALIKE: Final = 90

#: Shorter than this, texts are alike by chance: only the same one counts.
_SHORT: Final = 12

_TAG: Final = re.compile(r"[#＃][\w・〜ー]+")
_WEEKDAY: Final = re.compile(
    r"\((?:[月火水木金土日](?:曜日?)?(?:・祝)?|mon|tue|wed|thu|fri|sat|sun)\)"
)
_NO_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A text that went out."""

    post: str
    account: str
    mode: str
    moment: str
    text: str
    #: When it went out.
    instant: datetime


def resembling(
    candidate: Sent,
    history: Iterable[Sent],
    *,
    title: str = "",
    within: timedelta = WITHIN,
    alike: int = ALIKE,
) -> Sent | None:
    """What went out already and reads nearly as `candidate`, which is to go out at its instant.

    Of the same post only another moment's very text counts. Where `title` stands in the
    candidate and not in the other, the two announce different things in the same words.
    """
    near = [
        sent
        for sent in history
        if (sent.account, sent.mode) == (candidate.account, candidate.mode)
        and abs(candidate.instant - sent.instant) <= within
    ]
    return next((sent for sent in near if _is_repeated(candidate, sent, title, alike)), None)


def _is_repeated(candidate: Sent, sent: Sent, title: str, alike: int) -> bool:
    if sent.post == candidate.post:
        return sent.moment != candidate.moment and sent.text.strip() == candidate.text.strip()
    one, other = normalised(candidate.text), normalised(sent.text)
    if one == other:
        return bool(one)
    name = normalised(title)
    if len(name) > 2 and name in one and name not in other:
        return False
    return min(len(one), len(other)) >= _SHORT and _likeness(one, other, alike) >= alike


def _likeness(one: str, other: str, least: int) -> float:
    """Of 100; 0 where it is below `least`."""
    from rapidfuzz.fuzz import ratio

    return ratio(one, other, score_cutoff=least)


@lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """The words of a text, without addresses, hashtags, dates, times, signs and spaces."""
    narrow = _TAG.sub(lambda match: " " * len(match[0]), bare(text))
    places = [(d.start, d.end) for d in days(text)] + [(c.start, c.end) for c in clocks(text)]
    for start, end in places:
        narrow = narrow[:start] + " " * (end - start) + narrow[end:]
    return _NO_WORD.sub("", _WEEKDAY.sub("", half_width(narrow).casefold()))


def repeated(
    post: Post, variant: Variant, mode: str, due: datetime, history: Iterable[Sent]
) -> Iterator[Problem]:
    """E07 for a variant that is to go out at `due`."""
    past = tuple(history)
    for part in variant.parts:
        candidate = Sent(
            post=post.id,
            account=variant.account,
            mode=mode,
            moment=variant.moment,
            text=part.text,
            instant=due,
        )
        if sent := resembling(candidate, past, title=post.title):
            yield _problem(variant, sent)
            return


def _problem(variant: Variant, sent: Sent) -> Problem:
    finding = Finding(
        rule="E07",
        start=0,
        found="",
        message=msg(
            "nearly the same text went out on {account} on {day}: {post}, moment '{moment}'",
            account=sent.account,
            day=f"{sent.instant:%Y-%m-%d}",
            post=sent.post,
            moment=sent.moment,
        ),
        fix=msg("say something new, or leave out this account or moment"),
    )
    return problem(
        finding,
        path=variant.source,
        line=variant.source_line,
        post=variant.post,
        account=variant.account,
    )
