"""E04: years that disagree: 和暦 with 西暦, an exam's label with its year, a link with both.

A 年度 is a label. It is held against other labels and the exam's own year, never against the
day of posting: applications for 2026年度(令和8年度) are taken in February 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding, at_field, problem, spots
from jposocial.checks.folding import half_width
from jposocial.checks.links import addresses
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.messages import Message, msg
from jposocial.model import Post, Problem

#: Era → the year before its first.
_ERAS: Final = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "R": 2018, "H": 1988, "REIWA": 2018, "HEISEI": 1988,
}  # fmt: skip

_ERA: Final = (
    r"(?P<era>令和|平成|昭和|(?<![A-Za-z0-9])(?:R|H(?=\d\d)))\s?"
    r"(?P<eyear>元|\d{1,2}|[一二三四五六七八九十]{1,3})(?!\d)"
)
_WEST: Final = r"(?<![\d/.-])(?:西暦)?(?P<year>(?:19|20)\d\d)(?!\d)"
_UNIT: Final = r"(?P<{}>年度|年)?(?:\s?\d{{1,2}}月(?:\s?\d{{1,2}}日)?)?"
_OPEN: Final = r"\s?(?:[(\[〔/=・]|(?<=年度)\s)\s?(?:西暦)?"
_CLOSE: Final = r"(?!\d)[)\]〕]?"

_QUICK: Final = re.compile(r"令和|平成|昭和|[RHＲＨ]\s?\d|[Rr]eiwa|[Hh]eisei")
_PAIRS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        _WEST + _UNIT.format("unit1") + _OPEN + _ERA + _UNIT.format("unit2") + _CLOSE,
        _ERA + _UNIT.format("unit1") + _OPEN + _WEST + _UNIT.format("unit2") + _CLOSE,
        r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)(?P<unit1>)(?P<unit2>)\s?[(,/]\s?(?P<era>[Rr]eiwa|[Hh]eisei)\s(?P<eyear>\d{1,2})(?!\d)",
        r"(?P<era>[Rr]eiwa|[Hh]eisei)\s(?P<eyear>\d{1,2})(?P<unit1>)(?P<unit2>)\s?[(,/]\s?(?:FY\s?)?(?P<year>(?:19|20)\d\d)(?!\d)",
    )
)

_LABEL: Final = re.compile(
    r"(?:(?P<year>(?<!\d)20\d\d)|(?P<era>令和|(?<![A-Za-z])R)\s?(?P<eyear>元|\d{1,2}))年度"
    r"(?:\s?[(][^()\n]{2,12}[)])?"
)
#: What makes a label that of the examination.
_EXAM: Final = re.compile(
    r"(?:の|・|\s|外務省|国際機関|「|『)*(?:JPO|ジュニア|試験|選考|募集|採用)"
)
_EXAM_BEFORE: Final = re.compile(r"(?:試験|選考|募集)\s?[(【〔]\Z")
_BEFORE: Final = re.compile(
    r"昨年|前年|前回|一昨年|過去|これまで|以前|比べ|比較|実績|結果|合格者|推移|以降|からの?変更|から変|統計|archive|past|previous|last year",
    re.IGNORECASE,
)

_PATH: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(?P<path>.*)")
_PATH_YEAR: Final = re.compile(
    r"(?<!\d)(?P<year>20[12]\d)(?P<rest>(?:[-_/]?(?:0[1-9]|1[0-2]))?(?:[-_/]?[0-3]\d)?)(?!\d)"
    r"|(?<![a-z0-9])(?:r|reiwa)(?P<eyear>\d{1,2})(?![a-z0-9]*[a-z]\d|\d)",
    re.IGNORECASE,
)


@needs("令平昭RHＲＨrh", DIGIT)
def era_pairs(text: str, reading: Reading) -> Iterator[Finding]:
    """E04 in any text: 2026年度(令和9年度), 令和8(2027)年, 2026（R9）年."""
    return iter(_era_pairs(text))


@lru_cache(maxsize=4096)
def _era_pairs(text: str) -> tuple[Finding, ...]:
    return tuple(_paired(text)) if _QUICK.search(text) else ()


def _paired(text: str) -> Iterator[Finding]:
    narrow = half_width(text)
    for pattern in _PAIRS:
        for match in pattern.finditer(narrow):
            year, named = int(match["year"]), _era_year(match)
            if year != named and not _is_spanned(match, year, named):
                yield _disagreeing(text[match.start() : match.end()], match, year, named)


def _is_spanned(match: re.Match[str], year: int, named: int) -> bool:
    """令和8年度 (to March 2027) beside 2027年 or 2027年3月: a year, not a label."""
    units = {match["unit1"], match["unit2"]}
    if units != {"年度", "年"}:
        return False
    western_first = match.start("year") < match.start("era")
    label, plain = (year, named) if (match["unit1"] == "年度") == western_first else (named, year)
    return plain == label + 1


def _era_year(match: re.Match[str]) -> int:
    return _ERAS[match["era"].upper()] + _number(match["eyear"])


def _number(text: str) -> int:
    """`8`, `元`, `八`, `十一`."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.replace("元", "一").rpartition("十")
    high = "〇一二三四五六七八九".index(tens) if tens else (1 if ten else 0)
    return 10 * high + ("〇一二三四五六七八九".index(ones) if ones else 0)


def _disagreeing(found: str, match: re.Match[str], year: int, named: int) -> Finding:
    era, gap = match["era"], " " if match["era"].isascii() and len(match["era"]) > 1 else ""
    written, right = (f"{era}{gap}{count}" for count in (match["eyear"], _in_era(era, year)))
    return Finding(
        rule="E04",
        start=match.start(),
        found=found,
        message=msg(
            "'{found}': {era} is {named}, not {year}",
            found=found,
            era=written,
            named=named,
            year=year,
        ),
        fix=msg(
            "write {right} beside {year}, or {named} beside {era}",
            right=right,
            year=year,
            named=named,
            era=written,
        ),
    )


def _in_era(era: str, year: int) -> str:
    count = year - _ERAS[era.upper()]
    return "元" if count == 1 and len(era) == 2 else str(count)


def exam_years(post: Post, book: Book) -> Iterator[Problem]:
    """E04 in an exam notice: its window, its label, its texts and its links against its year."""
    year = post.fields.get("exam_year")
    if post.kind != "exam_notice" or not isinstance(year, int):
        return
    yield from _window(post, book, year)
    yield from _era_label(post, year)
    yield from _labels(post, year)
    yield from _text_links(post, year)
    for path, url, label in _field_links(post):
        if not _BEFORE.search(label):
            yield from _link(post, path, url, {year}, year)


def _window(post: Post, book: Book, year: int) -> Iterator[Problem]:
    for name in ("opens", "closes"):
        value = post.fields.get(name)
        if not isinstance(value, datetime):
            continue
        day = value.astimezone(book.calendar.zone).date()
        if day.year != year:
            yield at_field(
                post,
                "E04",
                name,
                msg("{field} is in {found}, the exam is that of {year}", field=name, found=day.year, year=year),
                msg("write {day}, or mend exam_year", day=f"{year}{day:-%m-%d}"),
                found=str(day.year),
            )  # fmt: skip


def _era_label(post: Post, year: int) -> Iterator[Problem]:
    label = post.fields.get("era_label") or ""
    narrow = half_width(label)
    if any(int(m["year"]) != _era_year(m) for p in _PAIRS for m in p.finditer(narrow)):
        return  # said of the text itself
    named = [(m[0], int(m["year"])) for m in re.finditer(_WEST, narrow)]
    named += [(m[0], _era_year(m)) for m in re.finditer(_ERA, narrow)]
    for found, stated in named[:1]:
        if stated != year:
            yield at_field(
                post,
                "E04",
                "era_label",
                _of_another(found, stated, year),
                msg("write {label}", label=_full_label(year)),
                found=found,
            )


def _labels(post: Post, year: int) -> Iterator[Problem]:
    """The label of last year's exam in a text that does not name this year's at all."""
    for spot in spots(post):
        narrow = half_width(spot.text)
        if "年度" not in narrow or narrow == half_width(post.fields.get("era_label") or ""):
            continue
        labels = [(m, _label_year(m)) for m in _LABEL.finditer(narrow)]
        if any(stated == year for _, stated in labels):
            continue
        for match, stated in labels:
            of_exam = spot.text == post.title or _is_of_exam(narrow, match)
            if of_exam and not _BEFORE.search(_line(narrow, match)):
                finding = Finding(
                    rule="E04",
                    start=match.start(),
                    found=spot.text[match.start() : match.end()],
                    message=_of_another(match[0], stated, year),
                    fix=msg("write {label}", label=_full_label(year)),
                )
                line = spot.line + narrow.count("\n", 0, match.start())
                yield problem(finding, path=post.path, line=line, post=post.id)
                break


def _is_of_exam(text: str, match: re.Match[str]) -> bool:
    """2026年度JPO試験, and 選考試験(2026年度)."""
    return bool(_EXAM.match(text, match.end()) or _EXAM_BEFORE.search(text[: match.start()]))


def _label_year(match: re.Match[str]) -> int:
    return int(match["year"]) if match["year"] else _era_year(match)


def _line(text: str, match: re.Match[str]) -> str:
    end = text.find("\n", match.end())
    return text[text.rfind("\n", 0, match.start()) + 1 : end if end >= 0 else len(text)]


def _of_another(found: str, stated: int, year: int) -> Message:
    return msg(
        "'{found}' is {stated}, the exam is that of {year}", found=found, stated=stated, year=year
    )


def _full_label(year: int) -> str:
    return f"{year}年度(令和{_in_era('令和', year)}年度)"


def seminar_links(post: Post, book: Book) -> Iterator[Problem]:
    """E04 in a seminar: a link of another year than that of `starts`."""
    starts = post.fields.get("starts")
    if post.kind != "seminar" or not isinstance(starts, datetime):
        return
    day = starts.astimezone(book.calendar.zone).date()
    years = {day.year, _fiscal_year(day)}
    for path, url, label in _field_links(post):
        wanted = path == "apply_url" or path.startswith("links")
        if wanted and not _BEFORE.search(label):
            yield from _link(post, path, url, years, day.year)


def _fiscal_year(day: date) -> int:
    return day.year if day.month >= 4 else day.year - 1


def _field_links(post: Post) -> Iterator[tuple[str, str, str]]:
    """(dotted path, address, label) of the fields whose address is of the post's own year."""
    for name in ("guideline_url", "apply_url", "source"):
        if url := post.fields.get(name):
            yield name, url, ""
    for number, link in enumerate(post.fields.get("links") or ()):
        if link.get("url"):
            yield f"links.{number}.url", link["url"], link.get("label") or ""


def _text_links(post: Post, year: int) -> Iterator[Problem]:
    known = {url for _, url, _ in _field_links(post)}
    for spot in spots(post):
        for address in addresses(spot.text) if "://" in spot.text else ():
            rows = spot.text[: address.start].split("\n")
            if address.text in known or _BEFORE.search("\n".join(rows[-2:])):
                continue
            for found, stated in _path_years(address.text, year):
                finding = Finding(
                    rule="E04",
                    start=address.start,
                    found=address.text,
                    message=_link_message(address.text, found, stated, year),
                    fix=_link_fix(address.text, found, stated, year),
                )
                line = spot.line + len(rows) - 1
                yield problem(finding, path=post.path, line=line, post=post.id)


def _link(post: Post, path: str, url: str, years: set[int], year: int) -> Iterator[Problem]:
    for found, stated in _path_years(url, year):
        if stated not in years:
            message, fix = (
                _link_message(url, found, stated, year),
                _link_fix(url, found, stated, year),
            )
            yield at_field(post, "E04", path, message, fix, found=url)


def _path_years(url: str, year: int) -> Iterator[tuple[str, int]]:
    """(as written, year) of the first year in the path that is not `year`."""
    match = _PATH.match(url)
    named = list(_PATH_YEAR.finditer(match["path"])) if match else []
    if any(_stated(one) == year for one in named):
        return
    for one in named:
        if not _is_publication(one, year):
            yield one[0], _stated(one)
            return


def _stated(match: re.Match[str]) -> int:
    return int(match["year"]) if match["year"] else 2018 + int(match["eyear"])


def _is_publication(match: re.Match[str], year: int) -> bool:
    """/2025/12/: notices of an exam come out from the autumn before it."""
    rest = re.sub(r"\D", "", match["rest"] or "")
    return _stated(match) == year - 1 and rest[:2] in ("09", "10", "11", "12")


def _link_message(url: str, found: str, stated: int, year: int) -> Message:
    return msg(
        "'{url}' is a link of {stated} ('{found}'), not of {year}",
        url=url, stated=stated, found=found, year=year,
    )  # fmt: skip


def _link_fix(url: str, found: str, stated: int, year: int) -> Message:
    new = found.replace(str(stated), str(year)).replace(str(stated - 2018), str(year - 2018))
    return msg("open this year's page; its address may be {url}", url=url.replace(found, new))
