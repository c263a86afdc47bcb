"""W06, W07 and W13: words that are retired, figures that changed, facts that have aged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from jposocial.checks.findings import Finding, at_field
from jposocial.checks.folding import any_of, caseless, half_width
from jposocial.checks.links import EVERGREEN, addresses
from jposocial.checks.reading import Book, Reading
from jposocial.messages import Message, msg
from jposocial.model import Post, Problem, Variant
from jposocial.posts.registers import Figure, Term

#: Retired everywhere, whatever the register holds.
RETIRED: Final = (
    Term(use="X", wrong=("Twitter", "ツイッター")),
    Term(use="WOAH", wrong=("OIE",)),
)
#: The old name beside the new one is what readers need.
_FORMERLY: Final = re.compile(
    r"(?:旧称?|元の?|formerly(?: known as)?|ex-|previously)[ 　:：「“\"']*\Z", re.IGNORECASE
)
_NOW: Final = re.compile(
    r"[」”\"']?[ 　]*[（(、]?[ 　]*(?:現在?の?|now|のちの)[ 　:：「]*", re.IGNORECASE
)
_WORD: Final = r"A-Za-z0-9_Ａ-Ｚａ-ｚ０-９"

#: A figure older than this many months is looked up again; what is said of a person, too.
_FIGURE_MONTHS: Final = 18
_PERSON_MONTHS: Final = 12


def retired(text: str, reading: Reading) -> Iterator[Finding]:
    """W06."""
    lower, terms = caseless(text), reading.book.registers.terms
    if not _any_wrong(terms).search(lower):
        return
    for term, words, pattern in _patterns(terms):
        if not any(map(lower.__contains__, words)):
            continue
        links = addresses(text)
        kept = [m.span() for m in re.finditer(re.escape(term.use), text)]
        for match in pattern.finditer(text):
            if any(start <= match.start() and match.end() <= end for start, end in kept):
                continue
            linked = any(a.start <= match.start() < a.end for a in links)
            if linked or _is_history(text, match, term.use):
                continue
            yield Finding(
                rule="W06",
                start=match.start(),
                found=match[0],
                message=msg("'{found}' is no longer used", found=match[0]),
                fix=msg("write {name}", name=term.use),
            )


@lru_cache(maxsize=64)
def _patterns(terms: tuple[Term, ...]) -> tuple[tuple[Term, Sequence[str], re.Pattern[str]], ...]:
    """Every term with its wrong words in lower case, which are quick to look for."""
    named = {wrong.casefold() for term in terms for wrong in term.wrong}
    both = [
        *terms,
        *(Term(use=t.use, wrong=tuple(w for w in t.wrong if w.casefold() not in named)) for t in RETIRED),
    ]  # fmt: skip
    return tuple(
        (term, tuple(map(caseless, filter(None, term.wrong))), _any_of(term.wrong))
        for term in both
        if any(term.wrong)
    )


@lru_cache(maxsize=64)
def _any_wrong(terms: tuple[Term, ...]) -> re.Pattern[str]:
    return any_of(*(word for _, words, _ in _patterns(terms) for word in words))


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    spelled = "|".join(_bounded(word) for word in sorted(words, key=len, reverse=True) if word)
    return re.compile(spelled)


def _bounded(word: str) -> str:
    """Latin words end where their letters end, and a katakana word begins with its own."""
    any_case = f"(?i:{re.escape(word)})" if len(word) > 4 else re.escape(word)
    before = rf"(?<![{_WORD}@＠/.])" if word[0].isascii() else ""
    if re.match(r"[ァ-ヺー]", word):
        before = r"(?<![ァ-ヺー])"
    behind = rf"(?![{_WORD}])(?!\.[a-z])" if word[-1].isascii() else ""
    return before + any_case + behind


def _is_history(text: str, match: re.Match[str], use: str) -> bool:
    """X（旧Twitter）, Twitter（現X）."""
    now = _NOW.match(text, match.end())
    return bool(
        _FORMERLY.search(text[: match.start()]) or (now and text.startswith(use, now.end()))
    )


class _Number(NamedTuple):
    start: int
    text: str
    value: float
    unit: str


_UNITS: Final[Mapping[str, str]] = {
    "名": "人", "人": "人", "%": "%", "パーセント": "%", "割": "%", "か国": "か国", "カ国": "か国", "ヶ国": "か国", "ケ国": "か国",
    "ヵ国": "か国", "箇国": "か国", "ヵ所": "か所", "か所": "か所", "カ所": "か所", "年": "年", "件": "件", "機関": "機関", "校": "校", "回": "回",
    "円": "円", "ドル": "ドル", "倍": "倍",
}  # fmt: skip
_NUMBER: Final = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?:(?P<tens>[千万億])(?P<ones>\d{1,3},\d{3}|\d{1,4})?)?"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![目引合語])"
    r"(?:(?<!年)|(?![間度以代前後生齢]|ごと|\d{1,2}月))"
)
_TENS: Final = {"千": 1_000, "万": 10_000, "億": 100_000_000}
_BREAK: Final = re.compile(r"[。\n！？!?]")
#: How far behind its subject a figure stands in a sentence, and how far before.
_BEHIND: Final = 30
_BEFORE: Final = 14


def figures(text: str, reading: Reading) -> Iterator[Finding]:
    """W07: a figure that the register has otherwise, or that nobody has looked up for long."""
    by_subject = _by_subject(reading.book.registers.figures)
    plain = half_width(text) if by_subject else ""
    for about, entries in by_subject.items():
        if about not in plain:
            continue
        for match in re.finditer(re.escape(about), plain):
            number = _beside(plain, match, by_subject, {_value(e.text)[1] for e in entries})
            if number and (said := _judged(number, entries, reading)):
                message, fix = said
                found = text[number.start : number.start + len(number.text)]
                yield Finding(rule="W07", start=number.start, found=found, message=message, fix=fix)


def figure_fields(post: Post, book: Book) -> Iterator[Problem]:
    """W07 for the figure of a statistics post: against the register, and by its own age."""
    if post.kind != "statistics":
        return
    number = next(_numbers(_figure(post), 0, len(_figure(post))), None)
    entries = [e for e in book.registers.figures if half_width(e.about) in half_width(post.title)]
    reading = Reading(book=book, post=post)
    if number and entries and (said := _judged(number, entries, reading)):
        yield at_field(post, "W07", "figure", *said, found=post.fields.get("figure") or "")
    as_of = post.fields.get("as_of")
    day = max(book.today, post.publish.day if post.publish else book.today)
    if isinstance(as_of, date) and _is_older(as_of, day, _FIGURE_MONTHS):
        yield at_field(
            post,
            "W07",
            "as_of",
            msg("'{found}' is of {day}: older than {months} months", found=_figure(post), day=as_of, months=_FIGURE_MONTHS),
            msg("look at the source for a newer one, and write the day on which you did"),
        )  # fmt: skip


def _figure(post: Post) -> str:
    return half_width(f"{post.fields.get('figure') or ''}{post.fields.get('unit') or ''}")


@lru_cache(maxsize=64)
def _by_subject(register: tuple[Figure, ...]) -> Mapping[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in register:
        found.setdefault(half_width(figure.about), []).append(figure)
    return found


def _beside(
    text: str, about: re.Match[str], subjects: Mapping[str, object], units: set[str]
) -> _Number | None:
    """The figure that a sentence gives of a subject: right behind it, else right before."""
    start, end = _sentence(text, about)
    near = text[about.end() : about.end() + _BEHIND]
    others = [about.end() + at for s in subjects if (at := near.find(s)) >= 0]
    for number in _numbers(text, about.end(), min([end, about.end() + _BEHIND, *others])):
        if number.unit in units:
            return number if _of_subject(text[about.end() : number.start]) else None
    before = list(_numbers(text, max(start, about.start() - _BEFORE), about.start()))
    return next((n for n in reversed(before) if n.unit in units and "、" not in text[n.start : about.start()]), None)  # fmt: skip


def _of_subject(between: str) -> bool:
    """Whether a figure is still of the subject: 女性は in between begins another."""
    rest = re.sub(r"\A(?:の?(?:総?数|人数|割合))?[はがもで、,：:\s]*", "", between)
    return not re.search("[はがをも]", rest)


def _sentence(text: str, match: re.Match[str]) -> tuple[int, int]:
    before = [m.end() for m in _BREAK.finditer(text, 0, match.start())]
    behind = _BREAK.search(text, match.end())
    return (before or [0])[-1], behind.start() if behind else len(text)


def _numbers(text: str, start: int, end: int) -> Iterator[_Number]:
    for match in _NUMBER.finditer(text, start, end):
        value = float(match["number"].replace(",", "")) * _TENS.get(match["tens"] or "", 1)
        value += float((match["ones"] or "0").replace(",", ""))
        value *= 10 if match["unit"] == "割" else 1
        yield _Number(match.start(), match[0], value, _UNITS[match["unit"]])


def _value(text: str) -> tuple[float | None, str]:
    found = next(_numbers(half_width(text), 0, len(text)), None)
    return (found.value, found.unit) if found else (None, "")


def _judged(
    number: _Number, entries: list[Figure], reading: Reading
) -> tuple[Message, Message] | None:
    same = [e for e in entries if _value(e.text) == (number.value, number.unit)]
    newest = max(entries, key=lambda e: e.as_of)
    if not same:
        return (
            msg("'{found}': the register has {text} ({about}, {day})", found=number.text, text=newest.text, about=newest.about, day=newest.as_of),
            msg("write {name}", name=newest.text),
        )  # fmt: skip
    known = max(same, key=lambda e: e.as_of)
    still = reading.due or not _is_over(reading.post, reading.book)
    if still and _is_older(known.as_of, _day(reading), _FIGURE_MONTHS):
        return (
            msg("'{found}' is of {day}: older than {months} months", found=number.text, day=known.as_of, months=_FIGURE_MONTHS),
            msg("look it up at {url}, and renew posts/registers/figures.yaml", url=known.source),
        )  # fmt: skip
    return None


def _day(reading: Reading) -> date:
    book = reading.book
    return (reading.due or book.now).astimezone(book.calendar.zone).date()


def _is_older(day: date, today: date, months: int) -> bool:
    """Whether more than `months` have passed; the same day of the month is not yet more."""
    gone = (today.year - day.year) * 12 + today.month - day.month
    return gone > months or (gone == months and today.day > day.day)


def aged(post: Post, book: Book) -> Iterator[Problem]:
    """W13 by now, in what is still to come or comes again."""
    if _is_over(post, book):
        return
    for path, day in _as_of(post):
        if _is_older(day, book.today, _PERSON_MONTHS):
            yield _aged(post, path, day)


def _is_over(post: Post, book: Book) -> bool:
    """Whether all days of a post are behind us, and it is of a kind that is not used again."""
    if post.kind in EVERGREEN:
        return False
    days = [
        value.astimezone(book.calendar.zone).date()
        for value in post.fields.values()
        if isinstance(value, datetime)
    ]
    days += [post.publish.day] if post.publish else []
    return bool(days) and max(days) < book.today


def aged_then(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """W13 by the time when a variant goes out, where it was not so before."""
    for path, day in _as_of(reading.post):
        before = _is_older(day, reading.book.today, _PERSON_MONTHS)
        if not before and _is_older(day, _day(reading), _PERSON_MONTHS):
            yield _aged(reading.post, path, day)


def _as_of(post: Post) -> Iterator[tuple[str, date]]:
    fields = post.fields
    places = [("as_of", fields.get("as_of"))]
    places += [("person.as_of", (fields.get("person") or {}).get("as_of"))]
    speakers = enumerate(fields.get("speakers") or ())
    places += [(f"speakers.{number}.as_of", one.get("as_of")) for number, one in speakers]
    for path, day in places:
        if isinstance(day, date):
            yield path, day


def _aged(post: Post, path: str, day: date) -> Problem:
    return at_field(
        post,
        "W13",
        path,
        msg("{field} ({day}) is more than {months} months ago when it goes out", field=path, day=day, months=_PERSON_MONTHS),
        msg("ask the person or look at the source, and write the day on which you did"),
    )  # fmt: skip
