"""What a rule for texts needs to find in one, so that the rule need not read the others.

Most texts of a post are short, and most rules are about a few signs: without a bracket, a comma,
a blank or 曜 no weekday stands beside a date. `@needs` says so of a rule, in groups: a text that
has no sign of one of the groups cannot break it. What the rule finds is the same without it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.folding import caseless, half_width
from jposocial.checks.reading import Reading, TextRule
from jposocial.model import Post

#: Stand in a group for any decimal digit, any space but the line end, any symbol, and any
#: character of no shape: controls, formats, surrogates, what is not assigned.
DIGIT: Final = "\ue000"
BLANK: Final = "\ue001"
SYMBOL: Final = "\ue002"
UNSEEN: Final = "\ue003"

#: Numerals of dates in kanji.
NUMERALS: Final = DIGIT + "〇一二三四五六七八九十元"


@dataclass(frozen=True, slots=True)
class Needing:
    """A text rule that has nothing to say where one of its groups has no sign in the text."""

    rule: TextRule
    needs: tuple[Set[str], ...]
    #: A post whose texts it reads whatever is in them.
    always: Callable[[Post], bool]

    def __call__(self, text: str, reading: Reading) -> Iterator[Finding]:
        if self.may_find(signs(text), reading.post):
            yield from self.rule(text, reading)

    def may_find(self, there: Set[str], post: Post) -> bool:
        """Whether the rule can say anything of a text made of these `signs`."""
        return not any(map(there.isdisjoint, self.needs)) or self.always(post)


def needs(
    *groups: str, always: Callable[[Post], bool] = lambda post: False
) -> Callable[[TextRule], Needing]:
    """Of each group at least one sign is in every text that the rule finds something in.

    Letters are in lower case and half-width; a capital or a full-width sign stands for itself.
    """

    def of(rule: TextRule) -> Needing:
        return Needing(rule, tuple(map(frozenset, groups)), always)

    return of


class Sieve:
    """Rules, and in one look at a text those that may find something in it.

    Every group of every rule has a bit, and every character those of the groups that it is a
    sign of: what `Needing.may_find` says of each rule, without a set for each text.
    """

    def __init__(self, rules: Iterable[TextRule]) -> None:
        self._groups: list[Set[str]] = []
        self._rules = [
            (rule.rule, self._bits(rule.needs)) if isinstance(rule, Needing) else (rule, 0)
            for rule in rules
        ]
        self._of: dict[str, int] = {}

    def _bits(self, needed: Iterable[Set[str]]) -> int:
        first = len(self._groups)
        self._groups += needed
        return (1 << len(self._groups)) - (1 << first)

    def applying(self, text: str) -> tuple[TextRule, ...]:
        """The rules, bare of what they need, in their order."""
        there = 0
        for character in set(text):
            bits = self._of.get(character)
            there |= self._seen(character) if bits is None else bits
        return tuple([rule for rule, bits in self._rules if there & bits == bits])

    def _seen(self, character: str) -> int:
        found = frozenset(_of(character))
        bits = sum(1 << n for n, group in enumerate(self._groups) if not group.isdisjoint(found))
        return self._of.setdefault(character, bits)


@lru_cache(maxsize=4096)
def signs(text: str) -> Set[str]:
    """The characters of a text, each also half-width and in lower case, and what they are."""
    return frozenset("".join(map(_of, frozenset(text))))


@cache
def _of(character: str) -> str:
    plain = half_width(character)
    found, category = character + caseless(plain), unicodedata.category(character)
    # Half-width, ① is a digit too.
    if character.isdecimal() or plain.isdecimal():
        found += DIGIT
    if character.isspace() and character != "\n":
        found += BLANK
    if category[0] == "C" and character not in "\n\t":
        found += UNSEEN
    if category[0] == "S":
        found += SYMBOL
    return found
