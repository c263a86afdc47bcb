"""W05: organisations by their official names, and acronyms explained where they come first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from jposocial.checks.findings import Finding, Spot, line_at, problem
from jposocial.checks.links import addresses
from jposocial.checks.reading import Book, Reading
from jposocial.messages import msg
from jposocial.model import Post, Problem
from jposocial.posts.registers import Organisation

#: A Japanese name must be as long as this before something near to it is a slip: one letter
#: that is another, or, in a longer one, one that is not there.
_LONG: Final = 6
_LONGER: Final = 7

#: Pieces of names that are mistaken for each other.
_MISTAKEN: Final = (
    ("国連", "国際"), ("機関", "機構"), ("食糧", "食料"), ("事務所", "事務局"), ("高等弁務官", "高等弁護官"),
    ("理事会", "委員会"), ("連合", "連盟"),
)  # fmt: skip
#: English words of names that are spelled in two ways.
_SPELLINGS: Final = (
    ("organization", "organisation"), ("programme", "program"), ("labour", "labor"), ("centre", "center"),
    ("children's", "childrens"), ("children's", "children’s"), ("co-operation", "cooperation"), ("commissioner", "commission"),
)  # fmt: skip
_WORD: Final = r"A-Za-z0-9_Ａ-Ｚａ-ｚ０-９"

#: Where an acronym is a person's office, or stands in a bracket behind what it belongs to.
_SPEAKER: Final = re.compile(
    r"(?:氏|さん|様|先生|博士|教授)(?:[ 　]*[（(・、]|[ 　])[^\n。はがをにで]{0,20}\Z|[（(\[［【][^（()）\n]{0,12}\Z"
)
_TAGGED: Final = re.compile(r"[#＃@＠/.-]\Z")
#: What says of itself what it is: UNICEF、WFPなどの国際機関, 国際機関のUNICEF.
_EXAMPLES: Final = re.compile(
    r"(?:(?:[、・,，/／ 　]+|や|と|および)[A-Za-z一-鿿ァ-ヺー]{2,20}){0,9}(?:など|等|ほか|をはじめ|といった)[^。\n]{0,10}(?:機関|国連|組織|団体)"
)
_SORT: Final = re.compile(r"(?:機関|組織|団体)(?:である|の|、|「)?\Z")
_GLOSS: Final = re.compile(
    r"[ 　]?[（(［\[：:][^）)\n]*?(?:[一-鿿ァ-ヺー]{4,}|[A-Z][a-z]+ [A-Za-z ]+)"
)


class _Slip(NamedTuple):
    """A pattern of what is not the name, and what is."""

    pattern: re.Pattern[str]
    right: str
    #: One of these is in a text before it can match; looking for them is quick.
    needs: tuple[str, ...]
    #: The register names this very spelling.
    certain: bool = False


def official_names(text: str, reading: Reading) -> Iterator[Finding]:
    """W05: spellings that the register calls wrong, and slips near to a name."""
    register = reading.book.registers.organisations
    lower = text.lower()
    if not register or not _needed(register).search(lower):
        return
    covered = [m.span() for m in _right(register).finditer(text)]
    covered += [(a.start, a.end) for a in addresses(text)]
    slips = [slip for slip in _slips(register) if any(need in lower for need in slip.needs)]
    matches = [(m, slip) for slip in slips for m in slip.pattern.finditer(text)]
    # Of two that overlap the longer says more: 国連世界食料計画, not 世界食料計画.
    for match, slip in sorted(matches, key=lambda found: found[0].start() - found[0].end()):
        within = any(start <= match.start() and match.end() <= end for start, end in covered)
        if not within:
            covered.append(match.span())
            yield _unofficial(match, slip)


def _unofficial(match: re.Match[str], slip: _Slip) -> Finding:
    return Finding(
        rule="W05",
        start=match.start(),
        found=match[0],
        message=msg("'{found}': the official name is {name}", found=match[0], name=slip.right),
        fix=msg("write {name}", name=slip.right),
        replacement=slip.right if slip.certain else None,
    )


@lru_cache(maxsize=64)
def _right(register: tuple[Organisation, ...]) -> re.Pattern[str]:
    """Every official name, and the long form of the Japanese ones."""
    names = {name for o in register for name in (o.ja, o.en, _long_form(o.ja)) if name}
    longest = sorted(names, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)


def _long_form(name: str) -> str:
    """国際連合児童基金 is 国連児童基金 written out."""
    return name.replace("国連", "国際連合", 1)


@lru_cache(maxsize=64)
def _needed(register: tuple[Organisation, ...]) -> re.Pattern[str]:
    """What one of stands in every text with a slip: one search instead of a hundred."""
    needs = {need for slip in _slips(register) for need in slip.needs}
    return re.compile("|".join(map(re.escape, sorted(needs))))


@lru_cache(maxsize=64)
def _slips(register: tuple[Organisation, ...]) -> tuple[_Slip, ...]:
    """What the register lists, then what comes near; the longest first."""
    listed = {wrong: o.ja if _is_japanese(wrong) else o.en for o in register for wrong in o.wrong}
    names = {name for o in register for name in (o.ja, o.en, o.short)}
    found = [
        _Slip(_bounded(re.escape(wrong)), listed[wrong], (wrong.lower(),), certain=True)
        for wrong in sorted(listed, key=len, reverse=True)
        if wrong and wrong not in names
    ]
    for organisation in register:
        found += _near_japanese(organisation.ja, names)
        found += _near_english(organisation.en)
    return tuple(found)


def _is_japanese(text: str) -> bool:
    return bool(re.search(r"[ぁ-ヺ一-鿿]", text))


def _bounded(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![{_WORD}](?=[{_WORD}])){pattern}(?!(?<=[{_WORD}])[{_WORD}])")


def _near_japanese(name: str, names: set[str]) -> Iterator[_Slip]:
    if len(name) < _LONG or not _is_japanese(name):
        return
    swapped = {name.replace(a, b) for pair in _MISTAKEN for a, b in (pair, pair[::-1]) if a in name}
    swapped -= {*names, *map(_long_form, names), name}
    # The first and the last letter stand: they are shared with what is around the name.
    inner = range(1, len(name) - 1)
    off = [_with_another_letter(name, n) for n in inner]
    short = [re.escape(name[:n] + name[n + 1 :]) for n in inner if len(name) >= _LONGER]
    known = "|".join(map(re.escape, sorted(names)))
    spelled = "|".join([*map(re.escape, sorted(swapped, key=len, reverse=True)), *off, *short])
    half = len(name) // 2
    needs = (name[:half], name[half:], *swapped)
    yield _Slip(re.compile(rf"(?!{known})(?:{spelled})"), name, needs)


def _with_another_letter(name: str, n: int) -> str:
    before, letter, behind = map(re.escape, (name[:n], name[n], name[n + 1 :]))
    return f"{before}[一-鿿](?<!{letter}){behind}"


def _near_english(name: str) -> Iterator[_Slip]:
    """The same words in another spelling; capitals are not looked at."""
    lower = name.lower()
    pattern = re.escape(lower)
    for spellings in _SPELLINGS:
        for spelling in spellings:
            if spelling in lower:
                both = "|".join(re.escape(s) for s in sorted(spellings, key=len, reverse=True))
                pattern = pattern.replace(re.escape(spelling), f"(?:{both})", 1)
                break
    if pattern != re.escape(lower):
        typographic = re.escape(lower).replace("'", "['’]")
        spelled = rf"(?<![A-Za-z])(?!{typographic}(?![a-z])){pattern}(?![A-Za-z])"
        yield _Slip(re.compile(spelled, re.IGNORECASE), name, _first_words(lower))


def _first_words(name: str) -> tuple[str, ...]:
    """The first word in both spellings."""
    first = name.split(maxsplit=1)[0]
    return next((pair for pair in _SPELLINGS if first in pair), (first,))


def acronyms(post: Post, book: Book) -> Iterator[Problem]:
    """W05: an acronym in the text that nothing in the file explains; each once."""
    told = [spot for spot in _told(post) if spot.text]
    whole = "\n".join([post.title, *(spot.text for spot in told)]).casefold()
    for organisation in book.registers.organisations if told else ():
        if organisation.short.casefold() not in whole:
            continue
        names = (organisation.ja, _long_form(organisation.ja), organisation.en, *organisation.wrong)
        if any(name.casefold() in whole for name in names if name not in ("", organisation.short)):
            continue
        for spot in told:
            if match := _unexplained(spot.text, organisation.short):
                finding = _acronym(match, organisation)
                yield problem(finding, path=post.path, line=line_at(spot, finding), post=post.id)
                break


def _told(post: Post) -> Iterator[Spot]:
    """What a post tells in sentences: its body, what is new, its own texts."""
    yield Spot(text=post.body, line=post.lines.get("body", 1))
    yield Spot(text=post.fields.get("what") or "", line=post.lines.get("what", 1))
    for account, texts in post.text.items():
        for moment, text in texts.items():
            path = f"text.{account}.{moment}"
            path = path if path in post.lines else f"text.{account}"
            line = post.lines.get(f"{path}#", post.lines.get(path, 1))
            yield Spot(text=text, line=line)


def _unexplained(text: str, short: str) -> re.Match[str] | None:
    """The first place where it stands as a word of a sentence, if nothing there explains it."""
    if not re.fullmatch(r"[A-Z][A-Za-z]*[A-Z]", short):
        return None
    links = addresses(text)
    for match in re.finditer(rf"(?<![{_WORD}]){short}(?![{_WORD}]|[ .-][A-Z])", text):
        before, behind = text[: match.start()], text[match.end() :]
        if _TAGGED.search(before) or any(a.start <= match.start() < a.end for a in links):
            continue
        known = _SPEAKER.search(before) or _SORT.search(before)
        return None if known or _EXAMPLES.match(behind) or _GLOSS.match(behind) else match
    return None


def _acronym(match: re.Match[str], organisation: Organisation) -> Finding:
    full = f"{organisation.ja}（{organisation.short}）"
    return Finding(
        rule="W05",
        start=match.start(),
        found=match[0],
        message=msg("'{short}' is not explained where it comes first", short=match[0]),
        fix=msg("write {name} there", name=full),
    )
