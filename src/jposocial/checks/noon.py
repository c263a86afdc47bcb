"""W10: 午前12時, 午後0時, 0時 without a day: times of which nobody knows for certain what is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.reading import Reading
from jposocial.checks.signs import needs
from jposocial.checks.written import bare
from jposocial.messages import Message, msg

_QUICK: Final = re.compile(r"[:：時]|[12１２]\s?[AaPpＡＰａｐ]")
_HOUR: Final = (
    r"(?:(?P<hour>\d{1,2})\s?(?:時(?!間|代)(?:\s?(?P<minute>\d{1,2})\s?分|(?P<half>半))?"
    r"|:(?P<sign>[0-5]\d)(?!\d)))"
)
_HALF: Final = re.compile(rf"(?P<name>午前|午後|深夜|真夜中|夜中|夜|正午)の?\s?{_HOUR}")
_LATIN: Final = re.compile(
    r"(?<![\d:.])12(?::00)?\s?(?P<name>[AaPp]\.?[Mm]\.?)(?![A-Za-z])|(?P<before>AM|PM)\s?12:00"
)
_MIDNIGHT: Final = re.compile(r"(?<![\d:.〜~-])(?:0?0時(?!間)(?:\s?\d{1,2}分|半)?|0?0:00(?![\d:]))")

#: What says of which day a midnight is, before it in the same sentence.
_DAY: Final = re.compile(
    r"\d\s?日|曜|\([月火水木金土日]|\d/\d|翌|当日|前日|同日|本日|今日|明日|昨日|毎|日付|末日|元日|元旦|大晦日"
)
_SENTENCE: Final = re.compile(r"[。！？!?\n]")


@needs(":時m", "午深夜真正0m")
def muddles(text: str, reading: Reading) -> Iterator[Finding]:
    """W10; 午前0時 with its day, 正午 and 午後1時 are clear."""
    return iter(_muddles(text))


@lru_cache(maxsize=4096)
def _muddles(text: str) -> tuple[Finding, ...]:
    return tuple(_muddled(text)) if _QUICK.search(text) else ()


def _muddled(text: str) -> Iterator[Finding]:
    narrow = bare(text)
    for match in _HALF.finditer(narrow):
        if said := _half(text[match.start() : match.end()], match, narrow):
            yield _finding(text, match, *said)
    for match in _LATIN.finditer(narrow):
        yield _finding(text, match, *_either(text[match.start() : match.end()], 0))
    for match in _MIDNIGHT.finditer(narrow) if "0時" in narrow or "0:00" in narrow else ():
        # ニューヨーク時間0:00 stands beside the time in Japan, and its day with it.
        of_place = narrow[: match.start()].rstrip().endswith("時間")
        if not (of_place or _has_half(narrow, match.start()) or _has_day(narrow, match)):
            yield _finding(text, match, *_which_day(text[match.start() : match.end()]))


def _half(found: str, match: re.Match[str], text: str) -> tuple[Message, Message] | None:
    name, hour = match["name"], int(match["hour"])
    minute = 30 if match["half"] else int(match["minute"] or match["sign"] or 0)
    if name == "正午":
        return _noon_twice(found) if hour == 12 else None
    if (name in ("午前", "午後") and hour == 12) or (name == "午後" and hour == 0):
        return _either(found, minute)
    if name in ("午前", "午後") and 13 <= hour <= 23:
        clock = f"{hour}:{minute:02}"
        return (
            msg("'{found}' counts to twelve and to twenty-four at once", found=found),
            msg("write {clock}", clock=clock),
        )
    if name not in ("午前", "午後") and hour in (0, 12):
        # 2月10日の深夜0時 begins that day for some, and ends it for others.
        return _either(found, minute) if hour else _which_day(found, minute)
    if name == "午前" and hour == 0 and not _has_day(text, match):
        return _which_day(found, minute)
    return None


def _noon_twice(found: str) -> tuple[Message, Message]:
    return msg("'{found}' says noon twice", found=found), msg("write {clock}", clock="12:00")


def _either(found: str, minute: int) -> tuple[Message, Message]:
    return (
        msg("'{found}' may be noon or midnight", found=found),
        msg(
            "write {noon} in the middle of the day, or {midnight} with the day that begins then",
            noon=f"12:{minute:02}",
            midnight=f"0:{minute:02}",
        ),
    )


def _which_day(found: str, minute: int = 0) -> tuple[Message, Message]:
    return (
        msg("'{found}': the midnight of which day?", found=found),
        msg(
            "write the day before it: {example}, or 23:59 of the day that ends",
            example=f"1月21日(木)0:{minute:02}",
        ),
    )


def _has_half(text: str, start: int) -> bool:
    return bool(
        re.search(
            r"(?:午前|午後|深夜|真夜中|夜中|夜|正午)の?\s?\Z", text[max(0, start - 6) : start]
        )
    )


def _has_day(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence says the day before the time, or right behind it in brackets."""
    before = _SENTENCE.split(text[: match.start()])[-1]
    return bool(_DAY.search(before) or _DAY.match(text, match.end() + 1))


def _finding(text: str, match: re.Match[str], message: Message, fix: Message) -> Finding:
    return Finding(
        rule="W10",
        start=match.start(),
        found=text[match.start() : match.end()],
        message=message,
        fix=fix,
    )
