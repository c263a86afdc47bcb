"""What is looked for before a rule or a pattern is tried never hides what it would find."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks.fragments import QUOTED, texts
from tests.checks.office import BOOK, NOW, at, on, post

from jposocial.checks import (
    contacts,
    dates,
    local_times,
    noon,
    pointers,
    private_links,
    ranges,
    relative,
    style,
    written,
    zoneless,
)
from jposocial.checks.findings import Finding
from jposocial.checks.folding import caseless, half_width, plain_numbers
from jposocial.checks.reading import Reading, TextRule
from jposocial.checks.run import TEXT_RULES
from jposocial.checks.signs import Needing, Sieve, signs
from jposocial.checks.written import bare, days
from jposocial.outbox import promise
from jposocial.platforms import x

SIEVE = Sieve(TEXT_RULES)
NEEDING = {rule.rule.__name__: rule for rule in TEXT_RULES if isinstance(rule, Needing)}

POSTS = (
    post(publish=on("2027-02-05")),
    post("seminar", starts=at("2027-02-05 19:00"), apply_deadline=at("2027-02-04 17:00"), join_url="https://meeting.example.org/j/会議", tags=("JPO",)),
    post("vacancy", deadline=at("2027-02-05 23:59").astimezone(NOW.tzinfo), text={"x": {"announce": "＝＝＝"}}),
)  # fmt: skip
READINGS = [
    Reading(book=BOOK, post=one, due=due)
    for one in POSTS
    for due in (None, NOW + timedelta(days=40))
]


def same_findings(rule: Needing, text: str) -> bool:
    """Whether a rule says of a text what it says when it reads it whatever is in it."""
    return all(list(rule.rule(text, r)) == list(rule(text, r)) for r in READINGS)


@pytest.mark.parametrize("rule", NEEDING.values(), ids=NEEDING)
def test_quoted(rule: Needing) -> None:
    """A rule finds in every text of the tests what it finds without looking for its signs."""
    wrong = [text for text in QUOTED if not same_findings(rule, text)]
    assert [] == wrong


@pytest.mark.parametrize("rule", NEEDING.values(), ids=NEEDING)
@settings(max_examples=150, deadline=None)
@given(text=texts())
def test_composed(rule: Needing, text: str) -> None:
    """A rule finds in any text what it finds without looking for its signs."""
    assert same_findings(rule, text)


@pytest.mark.parametrize("rule", NEEDING.values(), ids=NEEDING)
def test_needed_at_all(rule: Needing) -> None:
    """A rule with signs passes over some texts, and reads some."""
    read = [rule.may_find(signs(text), POSTS[0]) for text in QUOTED]
    assert any(read)
    assert not all(read)


def applying(text: str) -> tuple[TextRule, ...]:
    """The rules that apply to a text, each asked by itself."""
    found = signs(text)
    return tuple(
        r.rule if isinstance(r, Needing) else r
        for r in TEXT_RULES
        if not isinstance(r, Needing) or not any(map(found.isdisjoint, r.needs))
    )


def test_sieve_quoted() -> None:
    """Of every text in the tests the sieve names the rules that each would name itself for."""
    sieve = Sieve(TEXT_RULES)
    assert [] == [text for text in QUOTED if applying(text) != sieve.applying(text)]


@settings(max_examples=300, deadline=None)
@given(text=texts())
def test_sieve_composed(text: str) -> None:
    """Of any text the sieve names the rules that each would name itself for."""
    assert applying(text) == SIEVE.applying(text)


Look = Callable[[str], Any]
PLACES = frozenset(name for names in local_times._PLACES.values() for name in names)
JAPANESE = [p for p, _, japanese in dates._WITH_WEEKDAY if japanese]
ENGLISH = [p for p, _, japanese in dates._WITH_WEEKDAY if not japanese]


def has(words: tuple[str, ...]) -> Look:
    """Whether one of the words is in a text, whatever its case."""
    return lambda text: any(word in caseless(text) for word in words)


def said(words: re.Pattern[str]) -> Look:
    """Whether one of the words is found in a text, whatever its case."""
    return lambda text: words.search(caseless(text))


#: A pattern that is slow → what is looked for before it, both in the text that it reads.
QUICK: dict[str, tuple[list[re.Pattern[str]], Look, Look]] = {
    "weekday": (JAPANESE, dates._names_day, str),
    "weekday in English": (ENGLISH, has(dates._NAMES), str),
    "date": ([dates._PLAIN], lambda text: "月" in text, str),
    **{
        f"weekday {n}": ([pattern], lambda text, pattern=pattern: pattern in [*dates._forms(text)], str)
        for n, (pattern, *_) in enumerate(dates._WITH_WEEKDAY)
    },
    "signed date": ([pattern for pattern, _ in dates._SIGNED], dates._names_day, str),
    **{f"signed date {n}": ([pattern], look.search, str) for n, (pattern, look) in enumerate(dates._SIGNED)},
    "no time": ([dates._NO_TIME], dates._MAY_BE_NO_TIME.search, str),
    "mail": ([contacts._MAIL], contacts._AT_SIGN.search, plain_numbers),
    "こちら": ([pointers._POINTING], lambda text: pointers._POINTING in [*pointers._pointers(text)], str),
    "here": ([pointers._HERE], lambda text: pointers._HERE in [*pointers._pointers(text)], str),
    "room": ([private_links._ROOM], lambda text: private_links._ROOM in private_links._ways(text), half_width),
    "app": ([private_links._APP], lambda text: private_links._APP in private_links._ways(text), half_width),
    "key": ([private_links._KEY], lambda text: private_links._KEY in private_links._ways(text), half_width),
    "meeting": ([private_links._NUMBER], private_links._MANY.search, half_width),
    "passcode": ([private_links._PASSCODE], said(private_links._SECRETS), half_width),
    "said phone": ([contacts._SAID], contacts._CALLABLE.search, half_width),
    "place": (list(local_times._patterns(PLACES)), local_times._names_any, bare),
    "day": ([written._JA], lambda text: written._JA in [*written._forms(text)], bare),
    "day by signs": ([written._SIGN], lambda text: written._SIGN in [*written._forms(text)], bare),
    "day in English": ([written._EN_FIRST, written._EN_LAST], lambda text: written._EN_LAST in [*written._forms(text)], bare),
    "midnight": ([noon._MIDNIGHT], lambda text: "0時" in text or "0:00" in text, bare),
    "relative": ([relative._WORD], said(relative._HINTS), half_width),
    "names a day": ([promise._NAMES_A_DAY], said(promise._HINTS), str),
    "wrapped": ([style._WRAPPED], lambda text: style._WRAPPED in [*style._rows(text, True)], str),
    "signs": ([style._RUNS], lambda text: style._RUNS in [*style._rows(text, True)], str),
    "feeling": ([style._FEELING], lambda text: style._FEELING in [*style._rows(text, True)], str),
    "letters apart": ([style._SPACED], style._MAY_BE_SPACED.search, str),
    "rule": ([style._RULES], lambda text: style._RULES in [*style._rows(text, True)], str),
    "ASCII rule": ([style._ASCII_RULES], lambda text: style._ASCII_RULES in [*style._rows(text, True)], str),
    "face": ([style._KAOMOJI], style._MAY_SMILE.search, str),
    "emoji": ([style._EMOJI], style._PICTURE.search, str),
    "spaced": ([style._SPACED_LATIN], style._CAPITALS.search, str),
    "X's emoji": ([x._EMOJI], x._MAY_BE_EMOJI.search, str),
}  # fmt: skip


@pytest.mark.parametrize(("patterns", "quick", "read"), QUICK.values(), ids=QUICK)
def test_quick_look(patterns: list[re.Pattern[str]], quick: Look, read: Look) -> None:
    """What a pattern finds is in a text that was worth looking at."""
    narrow = [read(text) for text in QUOTED]
    missed = [t for t in narrow if any(p.search(t) for p in patterns) and not quick(t)]
    assert [] == missed


@pytest.mark.parametrize(("patterns", "quick", "read"), QUICK.values(), ids=QUICK)
@settings(max_examples=100, deadline=None)
@given(text=texts())
def test_quick_look_composed(
    patterns: list[re.Pattern[str]], quick: Look, read: Look, text: str
) -> None:
    """What a pattern finds in any text is in one that was worth looking at."""
    narrow = read(text)
    assert quick(narrow) or not any(p.search(narrow) for p in patterns)


def labels(text: str, places: frozenset[str]) -> list[tuple[int, int, str, bool]]:
    """What is said of a place in a text, by the patterns of some places."""
    return list(local_times._labels(bare(text), local_times._patterns(places)))


def test_places_quoted() -> None:
    """The patterns of the places that a text names find in it what those of all places find."""
    wrong = [t for t in QUOTED if labels(t, local_times._places(t)) != labels(t, PLACES)]
    assert [] == wrong


@settings(max_examples=300, deadline=None)
@given(text=texts())
def test_places_composed(text: str) -> None:
    """The patterns of the places that any text names find in it what those of all places find."""
    assert labels(text, PLACES) == labels(text, local_times._places(text))


def no_days(text: str, about: date) -> list[str]:
    """The dates in Japanese of a text that are no days of the calendar."""
    return [m[0] for m in dates._PLAIN.finditer(text) if not dates._days(m, about)]


ABOUT = st.dates() | st.sampled_from([date.min, date.max, date(2028, 2, 29), date(9998, 12, 31)])


@settings(max_examples=500, deadline=None)
@given(text=texts(), about=ABOUT)
def test_may_be_no_day(text: str, about: date) -> None:
    """What is no day of the calendar is in a text that was worth looking at."""
    assert dates._may_be_none(text, about) or [] == no_days(text, about)


@settings(max_examples=500, deadline=None)
@given(
    year=st.sampled_from(
        ["", "0000年", "〇〇〇〇年", "２０２８年の", "平成元年", "R9年", "٠٠٠٠年"]
    ),
    month=st.integers(0, 13),
    day=st.integers(0, 32),
    about=ABOUT,
)
def test_dates_worth_looking_at(year: str, month: int, day: int, about: date) -> None:
    """A date that is no day of the calendar is worth looking at, whatever its year."""
    text = f"締切は{year}{month}月{day}日"
    assert dates._may_be_none(text, about) or [] == no_days(text, about)


def reversed_days(text: str) -> list[Finding]:
    """The ranges of days whose end comes first, of a text that is read in any case."""
    return list(ranges._backwards(text, bare(text), days(text)))


def test_ranges_quoted() -> None:
    """Every range of days that ends before it begins is in a text that was worth looking at."""
    wrong = [t for t in QUOTED if reversed_days(t) != list(ranges._reversed_days(t))]
    assert [] == wrong


@settings(max_examples=300, deadline=None)
@given(text=texts())
def test_ranges_composed(text: str) -> None:
    """Every range of days in any text is in one that was worth looking at."""
    assert reversed_days(text) == list(ranges._reversed_days(text))


def written_day(month: int, day: int) -> list[str]:
    """A day as it is written in texts."""
    name = (
        "January",
        "Feb.",
        "March",
        "Apr",
        "May",
        "Jun",
        "July",
        "Aug",
        "Sept.",
        "Oct",
        "Nov",
        "December",
    )[month - 1]
    return [
        f"{month}月{day}日", f"{month}/{day}（月）", f"2027-{month:02}-{day:02}", f"2027年{month}月{day}日", f"令和9年{month}月{day}日",
        f"R9年{month}月{day}日", f"{day} {name}", f"{name} {day}", f"{name} {day}, 2027", f"{day}日", f"{day}日（木）", f"{day}", f"{day}th of {name}",
    ]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_ranges_of_any_form(data: st.DataObject) -> None:
    """A range of days is worth looking at, whatever its signs and its forms."""
    choose = lambda *of: data.draw(st.sampled_from(of))  # noqa: E731
    one, other = (choose(*written_day(choose(1, 2, 5, 12), choose(1, 5, 12, 28))) for _ in range(2))
    aside = choose("", "（金）", "9:00", " 9時", "(金)17:00")
    sign = choose("〜", "～", "~", "-", "–", "—", "から", " から ", " 〜 ", "－", "to")
    text = f"期間は{one}{aside}{sign}{other}まで"
    assert reversed_days(text) == list(ranges._reversed_days(text))


def test_phone_is_callable() -> None:
    """What counts as a telephone number by its digits looks like one."""
    plain = [contacts.plain_numbers(text) for text in QUOTED]
    found = [
        m[0]
        for text in plain
        for m in contacts._PHONE.finditer(text)
        if len(contacts._digits(m[0])) >= min(contacts._DIGITS)
    ]
    assert found
    assert all(contacts._CALLABLE.search(number) for number in found)


def test_every_emoji() -> None:
    """Every character that is an emoji, and every flag and keycap, is looked for."""
    shown = [chr(code) for code in range(0x110000)]
    shown += [c + "\ufe0f" for c in shown] + [f"{c}\ufe0f\u20e3" for c in "0123456789#*"]
    found = [c for c in shown if x._EMOJI.search(c)]
    assert len(found) > 2000
    assert [] == [c for c in found if not x._MAY_BE_EMOJI.search(c)]
    rows = [c * 4 for c in found if style._EMOJI.search(c * 4)]
    assert [] == [row for row in rows if not style._PICTURE.search(row)]


@given(text=texts())
def test_half_width(text: str) -> None:
    """Text that Unicode holds to be normal already is what it is letter by letter."""
    folded = (unicodedata.normalize("NFKC", c) for c in text)
    expected = "".join(f if len(f) == 1 else c for f, c in zip(folded, text, strict=True))
    assert expected == half_width(text)


def test_not_english() -> None:
    """A text without a line free of Japanese has no English passage."""
    assert "" == zoneless._passages("窓口は9:00から")
    assert "" != zoneless._passages("窓口\nThe office is open at 9:00")
