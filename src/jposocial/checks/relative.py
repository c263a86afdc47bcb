"""E20: 本日, 明日, 今週, あとN日 that are wrong on the day a variant goes out.

They are held against the post's own dates, by what stands beside them: 本日締切 against its
deadlines, 明日開催 against its start. Where it has no such date, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from jposocial.checks.findings import Finding
from jposocial.checks.folding import any_of, caseless, half_width
from jposocial.checks.places import in_variant
from jposocial.checks.reading import Reading
from jposocial.checks.written import bare, days, near
from jposocial.messages import Message, msg
from jposocial.model import Problem, Variant
from jposocial.values import WEEKDAYS

_DAY: Final = timedelta(days=1)
_JA_DAYS: Final = "月火水木金土日"

#: Word → days from the day of posting.
_OFFSETS: Final[Mapping[str, int]] = {
    "本日": 0, "今日": 0, "きょう": 0, "今夜": 0, "今晩": 0, "today": 0, "tonight": 0,
    "明日": 1, "あす": 1, "あした": 1, "tomorrow": 1,
    "明後日": 2, "あさって": 2, "day after tomorrow": 2,
    "昨日": -1, "きのう": -1, "昨夜": -1, "昨晩": -1, "yesterday": -1,
}  # fmt: skip
#: Word → weeks from the week of posting.
_WEEKS: Final[Mapping[str, int]] = {
    "今週": 0, "来週": 1, "再来週": 2, "先週": -1, "this week": 0, "next week": 1, "last week": -1,
}  # fmt: skip

#: Word → months from the month of posting; held only against a date right behind it.
_MONTHS: Final[Mapping[str, int]] = {
    "今月": 0, "来月": 1, "再来月": 2, "先月": -1, "this month": 0, "next month": 1, "last month": -1,
}  # fmt: skip

_WORD: Final = re.compile(
    # With what any of them begins; looked for first, since it is quick.
    r"(?=[本今き明あ昨再来先残の締〆開終tynldoj\d])"
    r"(?:(?P<day>本日|今日|今夜|今晩|きょう(?!だい|ど|いく|つう|り)|明後日|あさって|明日|(?<![ぁ-ん])(?:あす|あした)(?=は|に|の|開|締|\d|、)|昨日|昨夜|昨晩|きのう(?!せい)"
    r"|(?<![a-z])(?:day after tomorrow|today|tonight|tomorrow|yesterday)(?![a-z]))"
    r"|(?P<week>(?<!毎)(?:再来週|今週|来週|先週)|(?<![a-z])(?:this|next|last) week(?![a-z]))(?:末|の?(?P<weekday>[月火水木金土日])(?:曜日?|(?=[(にのは、]|開催|締切|\d)))?"
    r"|(?P<month>今月|来月|再来月|先月|(?<![a-z])(?:this|next|last) month(?![a-z]))"
    r"|(?:あと|残り|のこり)(?:あと)?\s?(?P<left>\d{1,3}|[一二三四五六七八九十]{1,2})\s?(?P<unit>日(?![分目本間])|週間)"
    r"|(?:締切|〆切|締め切り|開催|開始|終了)(?:まで)?の?\s?(?P<before>\d{1,3})\s?(?P<unit2>日|週間)前(?!に|の|まで|か|倒)"
    r"|(?<![a-z\d])(?:only |just )?(?P<days_left>\d{1,3}) (?P<unit3>day|week)s?(?: left| to go| remaining))",
    re.IGNORECASE,
)

#: One of these is in whatever such a word is found in, in lower case.
_HINTS: Final = any_of(
    *("本日", "今日", "今夜", "今晩", "今週", "きょう", "明日", "明後日", "あさって", "あす", "あした"),
    *("昨日", "昨夜", "昨晩", "きのう", "来週", "先週", "あと", "残り", "のこり", "日前", "週間前"),
    *("今月", "来月", "先月", "today", "yesterday", "tonight", "tomorrow"),
    *("s week", "t week", "s month", "t month", " left", " to go", " remain"),
)  # fmt: skip

#: 今日 as "nowadays", 明日 as "the future".
_NO_DAY: Final = re.compile(
    r"(?:今日|きょう)(?:的|では|でも|も(?!、?(?:\d|開|配))|に至る|に至り|における|において|まで(?:の|に|、|続|築|培|歩)|の(?:世界|社会|国際|国連|課題|状況|時代|私|我|医療|教育|日本)|、(?:世界|国際|多く|私たち|社会))"
    r"|(?:明日|あした|あす)(?:へ|を|に向|に繋|につな|は我が身|から(?:使|役|活|でき|実践)|の(?:世界|日本|社会|地球|国際|医療|リーダー|ため|私|あなた|自分|人材|子ども|担い手|希望|教育|平和))"
    r"|today(?:'s (?!seminar|webinar|event|session|deadline)|, (?:the|many|more|we live))"
)
#: What a person says, and titles; only a whole 「本日開催」 is an announcement.
_QUOTED: Final = re.compile(r"「[^「」]{9,}」|『[^『』]{9,}』|“[^“”]{20,}”|\"[^\"\n]{20,}\"")

_DEADLINES: Final = ("apply_deadline", "closes", "deadline")
_EVENTS: Final = ("starts",)
_OPENINGS: Final = ("opens", "apply_opens")

#: What is beside the word → the fields it is about. The first that is nearest counts.
_ABOUT: Final[Sequence[tuple[re.Pattern[str], tuple[str, ...]]]] = (
    (re.compile(r"締切|締め切|締切り|〆切|まで|必着|消印|受付終了|応募終了|募集終了|最終日|ラスト|期限|deadline|closes?(?![a-z])|closing|until|apply by|to apply|to register|due(?![a-z])"), _DEADLINES),
    (re.compile(r"受付(?:を|が)?(?:開始|スタート|始)|募集(?:を|が)?(?:開始|スタート|始)|応募(?:を|が)?(?:開始|スタート|始)|申込(?:み)?(?:受付)?(?:を|が)?(?:開始|スタート|始)|受け付け(?:を|が)?(?:開始|始)|applications? opens?|registration opens?"), _OPENINGS),
    (re.compile(r"開催|開演|開講|生配信|ライブ配信|実施|行います|行われ|行いました|お会い|当日|本番|takes? place|held|seminar|webinar|join us|live(?![a-z])"), _EVENTS),
    (re.compile(r"開始|スタート|始ま|始め|starts?(?![a-z])|begins?(?![a-z])"), (*_EVENTS, *_OPENINGS)),
)  # fmt: skip
#: Said beside the word without more, these are of the event.
_EVENT: Final = re.compile(r"\d{1,2}(?::\d\d|時(?!間))|午[前後]|正午|セミナー|説明会")
#: What else may be done on the day; then the word is about that.
_OTHERWISE: Final = re.compile(
    r"公開|公表|発表|掲載|更新|お知らせ|紹介|案内|配布|決定|お届け|ご覧|\d月\s?\d{1,2}日|\d/\d|publish|announc|releas"
)
_APPLYING: Final = re.compile(r"締切|申込|申し込み|応募|受付|提出|登録|出願|エントリー")
#: Between a word and its date: 明日（1月21日）, tomorrow, Friday, 22 January.
_BESIDE: Final = re.compile(
    r"[\s(,の]{0,2}(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s)?", re.IGNORECASE
)
#: How far from its word what it is about may stand.
_REACH: Final = 16
_CLAUSE: Final = re.compile(r"[。！？!?\n]|\. ")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Claim:
    """A relative word, and the test it must pass against a day."""

    match: re.Match[str]
    holds: Callable[[date], bool]
    #: As the message names the day it stands for.
    said: str | Message


def relative_then(reading: Reading, variant: Variant) -> Iterator[Problem]:
    """E20 in a variant."""
    if reading.due is None:
        return
    today = reading.due.astimezone(reading.book.calendar.zone).date()
    for part in variant.parts:
        for finding in _findings(part.text, today, reading):
            yield in_variant(finding, reading.post, variant, part.text)


def _findings(text: str, today: date, reading: Reading) -> Iterator[Finding]:
    narrow = half_width(text)
    if not _HINTS.search(caseless(narrow)) or not _WORD.search(narrow):
        return
    narrow = _QUOTED.sub(lambda m: "\x00" * len(m[0]), bare(text))
    nowadays = [m.start() for m in _NO_DAY.finditer(narrow)]
    for match in _WORD.finditer(narrow):
        claim = _claim(match, today)
        if claim and match.start() not in nowadays:
            yield from _judged(text, narrow, claim, today, reading)


def _claim(match: re.Match[str], today: date) -> _Claim | None:
    if match["day"]:
        meant = today + _OFFSETS[caseless(match["day"])] * _DAY
        return _Claim(match=match, holds=lambda day: day == meant, said=_named(meant))
    if match["week"]:
        return _week(match, today)
    if match["month"]:
        return _month(match, today)
    number = match["left"] or match["before"] or match["days_left"]
    unit = match["unit"] or match["unit2"] or match["unit3"]
    count = _number(number)
    if unit.startswith(("週", "week")):
        week = range(7 * count - 1, 7 * count + 2)
        return _Claim(
            match=match,
            holds=lambda day: (day - today).days in week,
            said=_named(today + 7 * count * _DAY),
        )
    return _Claim(
        match=match,
        holds=lambda day: (day - today).days == count,
        said=_named(today + count * _DAY),
    )


def _month(match: re.Match[str], today: date) -> _Claim:
    months = today.year * 12 + today.month - 1 + _MONTHS[caseless(match["month"])]
    year, month = divmod(months, 12)
    return _Claim(
        match=match,
        holds=lambda day: (day.year, day.month) == (year, month + 1),
        said=f"{year}-{month + 1:02}",
    )


def _week(match: re.Match[str], today: date) -> _Claim:
    monday = today + (7 * _WEEKS[caseless(match["week"])] - today.weekday()) * _DAY
    weekday = match["weekday"]
    if weekday:
        meant = monday + _JA_DAYS.index(weekday) * _DAY
        return _Claim(match=match, holds=lambda day: day == meant, said=_named(meant))
    first = monday + 4 * _DAY if match[0].endswith("末") else monday
    said = msg("{first} to {last}", first=_named(first), last=_named(monday + 6 * _DAY))
    return _Claim(match=match, holds=lambda day: first <= day < monday + 7 * _DAY, said=said)


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    digits = "〇一二三四五六七八九"
    return 10 * (digits.index(tens) if tens else bool(ten)) + (digits.index(ones) if ones else 0)


def _named(day: date) -> Message:
    return msg("{day} ({weekday})", day=f"{day:%Y-%m-%d}", weekday=WEEKDAYS[day.weekday()])


def _judged(
    text: str, narrow: str, claim: _Claim, today: date, reading: Reading
) -> Iterator[Finding]:
    beside = _date_beside(narrow, claim.match, today)
    if beside:
        if not claim.holds(beside):
            yield _finding(text, claim, beside, today)
        return
    if claim.match["month"]:
        return
    fields = reading.post.fields
    names = _names(narrow, claim.match, fields)
    own = [(name, moment) for name in names if (moment := _moment(fields, name))]
    dates = [day for name, moment in own for day in _days(name, moment, reading)]
    if dates and not any(claim.holds(day) for day in dates):
        yield _finding(text, claim, _nearest(dates, today), today)


def _date_beside(text: str, match: re.Match[str], today: date) -> date | None:
    """The date right behind the word: 明日1月21日(木), 本日（1月20日）."""
    for day in days(text):
        if day.start >= match.end() and _BESIDE.fullmatch(text, match.end(), day.start):
            return near(day, today)
    return None


def _names(text: str, match: re.Match[str], fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that the word is about, by what is nearest to it in its clause."""
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, match.start())), default=0)
    following = _CLAUSE.search(text, match.end())
    end = following.start() if following else len(text)
    if match["before"]:
        start = match.start()
    found = [
        (_gap(match, one), order, names)
        for order, (pattern, names) in enumerate(_ABOUT)
        for one in pattern.finditer(text.lower(), start, end)
        if _is_beside(text, start, end, match, one)
    ]
    if found:
        return min(found)[2]
    if match["left"] or match["days_left"]:
        return (*_DEADLINES, *_EVENTS, *_OPENINGS)
    plain = _EVENT.search(text, match.end(), end)
    return _EVENTS if plain and _is_beside(text, start, end, match, plain) else ()


def _gap(match: re.Match[str], other: re.Match[str]) -> int:
    """Letters between the two; what stands behind the word is nearer than what is before it."""
    if other.start() >= match.end():
        return other.start() - match.end()
    if other.end() <= match.start():
        return match.start() - other.end() + 2
    return 0


def _is_beside(text: str, start: int, end: int, match: re.Match[str], other: re.Match[str]) -> bool:
    """Whether the two belong together: near, and nothing else happens between them."""
    between = text[min(match.end(), other.end()) : max(match.start(), other.start())]
    if _gap(match, other) > _REACH or _OTHERWISE.search(between):
        return False
    if other[0] != "まで":
        return True
    if match["left"] or match["before"] or "、" in between:
        return False  # 開催まであと3日: what is counted to stands before まで
    # 今日まで is "until now" unless something can be applied for.
    return match[0] not in ("今日", "きょう") or bool(_APPLYING.search(text, start, end))


def _moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    value = fields.get(name)
    return value if isinstance(value, datetime) else None


def _days(name: str, moment: datetime, reading: Reading) -> Iterator[date]:
    """The day of a moment; a deadline at midnight is that of the day that ends."""
    zone = reading.book.calendar.zone
    local = moment.astimezone(zone)
    yield local.date()
    if name in _DEADLINES and local.hour == local.minute == 0:
        yield local.date() - _DAY
    ends = _moment(reading.post.fields, "ends")
    if name == "starts" and ends:
        for number in range(1, min(30, (ends.astimezone(zone).date() - local.date()).days) + 1):
            yield local.date() + number * _DAY


def _nearest(dates: Sequence[date], today: date) -> date:
    return min(dates, key=lambda day: (day < today, abs((day - today).days)))


def _finding(text: str, claim: _Claim, day: date, today: date) -> Finding:
    match = claim.match
    found = text[match.start() : match.end()]
    return Finding(
        rule="E20",
        start=match.start(),
        found=found,
        message=msg(
            "'{found}' goes out on {today} and means {said}, but it is {day}",
            found=found,
            today=_named(today),
            said=claim.said,
            day=_named(day),
        ),
        fix=msg("write {text}", text=_right(match, found, day, today)),
    )


def _right(match: re.Match[str], found: str, day: date, today: date) -> str:
    """What to type: the count in place of a count, else the word or the date."""
    left = (day - today).days
    if match["left"] and left > 0:
        return f"あと{left}日"
    if match["days_left"] and left > 0:
        return f"{left} day{'s' if left > 1 else ''} left"
    if found.isascii():
        return {0: "today", 1: "tomorrow"}.get(left, f"{day:%Y-%m-%d}")
    date_written = f"{day.month}月{day.day}日({_JA_DAYS[day.weekday()]})"
    return {0: "本日", 1: "明日"}.get(left, date_written)
