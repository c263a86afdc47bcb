"""The checks in one place: a post's own texts and dates, and its rendered variants."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Final

from jposocial.checks.bilingual import languages, missing_accounts
from jposocial.checks.characters import characters, placeholders
from jposocial.checks.consent import consent, consent_then
from jposocial.checks.contacts import contacts
from jposocial.checks.dates import impossible, weekdays
from jposocial.checks.english import english
from jposocial.checks.exam import era_pairs, exam_years, seminar_links
from jposocial.checks.findings import Finding, Spot, line_at, problem, spots
from jposocial.checks.hashtags import hashtags, tag_fields
from jposocial.checks.kind_rules import (
    empty_board,
    exam_window,
    open_long_enough,
    pending_then,
    snippets,
    speakers,
)
from jposocial.checks.links import expired, expired_then, glued, link_fields, links
from jposocial.checks.media import carried, media
from jposocial.checks.moments import unknown_moments
from jposocial.checks.noon import muddles
from jposocial.checks.order import wrong_order
from jposocial.checks.organisations import acronyms, official_names
from jposocial.checks.people import doubled, names, spelled_names
from jposocial.checks.pointers import pointing, relative_days
from jposocial.checks.private_links import private_fields, private_links
from jposocial.checks.ranges import no_such_day, reversed_ranges, weekday_apart
from jposocial.checks.reading import Book, PostRule, Reading, TextRule, VariantRule
from jposocial.checks.relative import relative_then
from jposocial.checks.signs import Needing, Sieve
from jposocial.checks.stale import stale_dates
from jposocial.checks.style import decoration, dependent, widths, widths_across
from jposocial.checks.terms import aged, aged_then, figure_fields, figures, retired
from jposocial.checks.when import office_time
from jposocial.checks.zoneless import zoneless
from jposocial.checks.zones import local_clocks
from jposocial.messages import Message, msg
from jposocial.model import Part, Post, Problem, Variant
from jposocial.platforms import platform
from jposocial.posts.kinds import KINDS
from jposocial.schedule.usable import PERSONAL

#: The rules for any text, in a file or rendered.
TEXT_RULES: Final[tuple[TextRule, ...]] = (
    weekdays,
    weekday_apart,
    impossible,
    no_such_day,
    reversed_ranges,
    stale_dates,
    placeholders,
    characters,
    private_links,
    links,
    glued,
    pointing,
    spelled_names,
    doubled,
    contacts,
    official_names,
    retired,
    figures,
    era_pairs,
    local_clocks,
    zoneless,
    dependent,
    hashtags,
    widths,
    muddles,
    decoration,
)

_NEEDING: Final = tuple(rule for rule in TEXT_RULES if isinstance(rule, Needing))
_SIEVE: Final = Sieve(TEXT_RULES)

#: The rules for a file as a whole.
POST_RULES: Final[tuple[PostRule, ...]] = (
    private_fields,
    link_fields,
    expired,
    relative_days,
    names,
    acronyms,
    aged,
    consent,
    media,
    exam_years,
    seminar_links,
    tag_fields,
    languages,
    english,
    missing_accounts,
    office_time,
    unknown_moments,
    speakers,
    snippets,
    empty_board,
    exam_window,
    widths_across,
    figure_fields,
)

#: The rules for using a post on a day, whatever else is in the text.
_DAY_RULES: Final[tuple[VariantRule, ...]] = (expired_then, aged_then, open_long_enough)

#: The rules for a variant as a whole, when it goes out. Where one finds nothing, it finds nothing
#: in the same text on another account at the same time.
VARIANT_RULES: Final[tuple[VariantRule, ...]] = (*_DAY_RULES, relative_then, pending_then)

#: The rules for a variant of that account, on its platform.
ACCOUNT_RULES: Final[tuple[VariantRule, ...]] = (consent_then, carried)

#: The rules for using a post on a day and on an account.
USE_RULES: Final[tuple[VariantRule, ...]] = (consent_then, *_DAY_RULES)


class PostCheck:
    """The checks of one post: its file, and each of its variants.

    A text is read once a day of posting: variants of one moment mostly read the same on every
    account, and what the file has wrong is not said again of each of them.
    """

    def __init__(self, post: Post, book: Book) -> None:
        self._post = post
        self._book = book
        self._always = tuple(n.rule for n in _NEEDING if n.always(post))
        self._read: dict[tuple[str, date | None], tuple[Finding, ...]] = {}
        self._sound: set[tuple[str, datetime, tuple[Part, ...]]] = set()

    def file(self) -> list[Problem]:
        """What is wrong with the file's own texts and dates, whatever the account."""
        post = self._post
        order = KINDS[post.kind].order if post.kind in KINDS else ()
        own = (found for rule in POST_RULES for found in rule(post, self._book))
        return settled(post, [*self._texts(), *wrong_order(post, order), *own])

    def variant(self, variant: Variant, due: datetime) -> list[Problem]:
        """What is wrong with a variant that is not wrong in the file already."""
        same = (variant.moment, due, variant.parts)
        is_sound, differs = same in self._sound, self._differs(variant)
        if is_sound and not differs and len(variant.parts) == 1:
            return []
        post, book = self._post, self._book
        reading = Reading(book=book, post=post, account=book.accounts.get(variant.account), due=due)
        rules = ACCOUNT_RULES if differs else ()
        found = [problem for rule in rules for problem in rule(reading, variant)]
        found += _carried(post, variant)
        if not is_sound:
            shared = list(self._shared(reading, variant))
            found += shared
            if not shared:
                self._sound.add(same)
        return settled(post, found) if found else []

    def _differs(self, variant: Variant) -> bool:
        """Whether the rules of the account may say anything: of a person's consent, of images."""
        return self._post.kind in PERSONAL or any(part.media for part in variant.parts)

    def _shared(self, reading: Reading, variant: Variant) -> Iterator[Problem]:
        """What is wrong with the text and its time, whatever the account."""
        yield from _measured(self._post, variant)
        for rule in VARIANT_RULES:
            yield from rule(reading, variant)
        for part in variant.parts:
            for finding in self._findings(part.text, reading):
                if (finding.rule, finding.found) not in self._own:
                    yield _at(variant, finding)

    def then(self, variant: Variant, due: datetime) -> list[Problem]:
        """What the post must not be used for on that day and account, whatever the text."""
        book = self._book
        reading = Reading(
            book=book, post=self._post, account=book.accounts.get(variant.account), due=due
        )
        return settled(
            self._post, [problem for rule in USE_RULES for problem in rule(reading, variant)]
        )

    @property
    def known(self) -> frozenset[tuple[str, str]]:
        """(rule, found) of what is wrong in the file already, and said there."""
        return self._own

    @cached_property
    def _own(self) -> frozenset[tuple[str, str]]:
        """As the file was read: what depends on the day is new where it becomes wrong by then."""
        alone = Reading(book=self._book, post=self._post)
        texts = (spot.text for spot in spots(self._post))
        return frozenset((f.rule, f.found) for t in texts for f in self._findings(t, alone))

    def _texts(self) -> Iterator[Problem]:
        post, reading = self._post, Reading(book=self._book, post=self._post)
        for spot in spots(post):
            for finding in self._findings(spot.text, reading):
                yield problem(finding, path=post.path, line=line_at(spot, finding), post=post.id)

    def _findings(self, text: str, reading: Reading) -> tuple[Finding, ...]:
        zone = self._book.calendar.zone
        key = (text, reading.due.astimezone(zone).date() if reading.due else None)
        if key not in self._read:
            rules = _applying(text) if text else ()
            if self._always and text:
                rules = tuple(dict.fromkeys((*rules, *self._always)))
            self._read[key] = tuple([f for rule in rules for f in rule(text, reading)])
        return self._read[key]


@lru_cache(maxsize=4096)
def _applying(text: str) -> tuple[TextRule, ...]:
    """The rules that may find something in a text; labels, tags and names are in many posts."""
    return _SIEVE.applying(text)


def settled(post: Post, problems: list[Problem]) -> list[Problem]:
    """Without what the post allows; in a draft, E08 and E09 only warn."""
    kept = [p for p in problems if p.rule not in post.allow]
    if post.ready:
        return kept
    return [replace(p, severity="warning") if p.rule in ("E08", "E09") else p for p in kept]


def _at(variant: Variant, finding: Finding) -> Problem:
    spot = Spot(text="", line=variant.source_line)
    return problem(
        finding, path=variant.source, line=spot.line, post=variant.post, account=variant.account
    )


def _measured(post: Post, variant: Variant) -> Iterator[Problem]:
    """E06, and E09 where nothing is left to say."""
    for part in variant.parts:
        if not part.text.strip():
            yield _of(
                post,
                variant,
                "E09",
                msg("the text for {account}, moment '{moment}', is empty"),
                msg("write the text"),
            )
        elif part.length > part.limit:
            yield _of(
                post,
                variant,
                "E06",
                msg("{account}, moment '{moment}': {length} of {limit}, {over} too many"),
                _shorter(post, variant),
                part.length,
                part.limit,
            )


def _shorter(post: Post, variant: Variant) -> Message:
    if platform(variant.platform).threads and variant.account in (post.fields.get("thread") or ()):
        return msg(
            "shorten the text, or divide it with lines ---part---: that is not done by itself"
        )
    return msg("shorten the text, or put parts of the template in optional blocks")


def _carried(post: Post, variant: Variant) -> Iterator[Problem]:
    """E21: a thread where the platform has none, or one that says the same twice."""
    if len(variant.parts) == 1:
        return
    if not platform(variant.platform).threads:
        yield _of(
            post,
            variant,
            "E21",
            msg("{account}, moment '{moment}': there are no threads (---part---) on this platform"),
            msg("write one part for this account"),
        )
    elif len({_as_compared(part.text) for part in variant.parts}) < len(variant.parts):
        yield _of(
            post,
            variant,
            "E21",
            msg("{account}, moment '{moment}': two parts of the thread say the same"),
            msg("give each part words of its own: the platform refuses the same text twice"),
        )


def _as_compared(text: str) -> str:
    """As platforms compare texts: composed, and without regard to white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _of(
    post: Post,
    variant: Variant,
    rule: str,
    template: Message,
    fix: Message,
    length: int = 0,
    limit: int = 0,
) -> Problem:
    params: Mapping[str, object] = {
        "account": variant.account,
        "moment": variant.moment,
        "length": length,
        "limit": limit,
        "over": length - limit,
    }
    line = variant.source_line if variant.source == post.path else post.lines.get("id", 1)
    return Problem(
        rule=rule,
        severity="error",
        path=post.path,
        line=line,
        post=post.id,
        account=variant.account,
        message=template.filled(**params),
        fix=fix,
    )
