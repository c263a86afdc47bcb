"""E03: what lets anyone into a meeting must not leave the office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding, at_field, public_urls
from jposocial.checks.folding import any_of, caseless, half_width
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.messages import Message, msg
from jposocial.model import Post, Problem

_PATH: Final = r"[^\s<>\"'「」『』（）、。]"

#: Where the services let people in; their pages for registering are public.
_ROOM: Final = re.compile(
    rf"""(?<![\w-])(?:[a-z0-9-]{{1,63}}\.){{0,4}}(?:
      zoom(?:gov)?\.(?:us|com)(?:\.cn)?/(?:j|w|wc|my|s|u|launch|start)(?:/|(?![\w-])){_PATH}*
    | teams\.microsoft\.(?:com|us)/(?:l/meetup-join|meet|l/meeting|dl/launcher|_\#){_PATH}*
    | teams\.live\.com/meet/{_PATH}+
    | meet\.google\.com/(?:lookup/{_PATH}+|[a-z]{{3}}-?[a-z]{{4}}-?[a-z]{{3}}{_PATH}*)
    | g\.co/meet/{_PATH}+
    | webex\.com/(?:meet|join|start)/{_PATH}+
    | webex\.com/{_PATH}*?/?(?:j\.php|m\.php){_PATH}*
    | webex\.com/(?:wbxmjs|webappng){_PATH}*?(?:join|meeting/|start){_PATH}*
    | meet\.goto\.com/{_PATH}+ | gotomeet\.me/{_PATH}+
    | gotomeeting\.com/join{_PATH}* | app\.goto(?:meeting)?\.com/(?:\?meetingid|meeting/){_PATH}*
    | gotowebinar\.com/(?:{_PATH}*/)?join{_PATH}*
    | join\.skype\.com/{_PATH}+ | meet\.jit\.si/{_PATH}+
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_KEY: Final = re.compile(
    rf"(?<![a-z0-9.-])[a-z0-9.-]{{4,253}}/{_PATH}{{0,500}}?[?&#](?:pwd|passwd|password|passcode|zak|hostkey)={_PATH}+",
    re.IGNORECASE,
)
_APP: Final = re.compile(
    rf"(?:zoommtg|zoomus|msteams|webexteams|gotomeeting)://?{_PATH}+", re.IGNORECASE
)

#: The number of a meeting: 9 to 13 digits in groups.
_NUMBER: Final = re.compile(
    r"(?:(?:ミーティング|会議室?|ウェビナー|セミナー|meeting|webinar|zoom|teams|webex)[\s・の-]*"
    r"(?:id|番号|number|no\.?)\s*(?:[:=は]|is\b)?|(?<![a-z])id\s*[:=])\s*"
    r"(?P<value>\d(?:[\s-]?\d){8,12})(?!\d)",
    re.IGNORECASE,
)
_GROUPS: Final = re.compile(r"\d{3}[\s-]\d{3,4}[\s-]\d{3,4}")
_PASSCODE: Final = re.compile(
    r"(?:パスコード|パスワード|パス(?=\s*[:=])|暗証番号|(?:アクセス|参加|入室|招待)(?:コード|キー)|ホスト\s*キー"
    r"|passcode|password|(?<![a-z])(?:pw|pwd|pass)(?=\s*[:=])|host\s+key|access\s+code)"
    r"\s*(?P<sign>[:=は]|is\b|→)?\s*[「『\"'(【\[]?"
    r"(?P<value>[a-z0-9!@#$%&*_+=?.^~-]{4,})(?P<behind>.?)",
    re.IGNORECASE,
)
_NO_SECRET: Final = re.compile(
    r"(?:zoom|teams|webex|none|n/a|https?|e-?mail|mail|sent|will|required|protected|only|here"
    r"|\d{4}[-.]\d{1,2}[-.]\d{1,2}|[\d.~-]+|[\w.+-]+@[\w.-]+\.\w+)",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(r"[年月日時分回名人桁文字件以個円]")


#: One of these is in every address of a service, and in every text that gives a passcode.
_SERVICES: Final = any_of("zoom", "teams", "meet", "webex", "goto", "skype")
_SECRETS: Final = any_of("パス", "暗証番号", "コード", "キー", "pass", "pw", "key", "code")
#: As many digits in a row as the number of a meeting has.
_MANY: Final = re.compile(r"\d(?:[\s-]?\d){8}")


def is_private(url: str) -> bool:
    """Whether an address leads into a meeting, by its form alone."""
    return any(pattern.search(url) for pattern in _ways(url))


def _ways(text: str) -> list[re.Pattern[str]]:
    """The patterns of ways in that may be in the text."""
    served = "/" in text and _SERVICES.search(caseless(text))
    return [*([_ROOM, _APP] if served else ()), *([_KEY] if "/" in text and "=" in text else ())]


def _has_room(post: Post) -> bool:
    return bool(post.fields.get("join_url"))


@needs("/パ号ドキpyc" + DIGIT, "/パ号ドキpycdmo", always=_has_room)
def private_links(text: str, reading: Reading) -> Iterator[Finding]:
    """E03 in a text: a way in, the number of a meeting, a passcode, the post's own `join_url`."""
    plain = half_width(text)
    found = [*_ways_in(plain, reading.post), *_numbers(plain), *_passcodes(plain)]
    end = 0
    for start, stop, message in sorted(found, key=lambda one: (one[0], -one[1])):
        if start >= end:
            end = stop
            yield Finding(
                rule="E03", start=start, found=text[start:stop], message=message, fix=_fix()
            )


def private_fields(post: Post, book: Book) -> Iterator[Problem]:
    """E03 in the fields that readers are sent to."""
    for path, url in public_urls(post):
        if any(True for _ in _ways_in(url, post)):
            message = msg("{field} leads into the meeting", field=path)
            yield at_field(post, "E03", path, message, msg("write the page where people apply"))


#: (start, end, what it is).
_Found = tuple[int, int, Message]


def _ways_in(text: str, post: Post) -> Iterator[_Found]:
    patterns = _ways(text)
    join = post.fields.get("join_url")
    if join:
        patterns.append(_own_room(str(join)))
    for pattern in patterns:
        for match in pattern.finditer(text):
            message = msg("'{found}' leads into the meeting", found=match[0])
            yield match.start(), match.end(), message


@lru_cache(maxsize=256)
def _own_room(join_url: str) -> re.Pattern[str]:
    """The address as it may stand in a text: whatever its scheme, with its key or without."""
    place = join_url.partition("://")[2].rstrip("/")
    path, question, query = place.partition("?")
    spellings = [re.escape(place)]
    if question and "/" in path and re.search(r"pwd|pass|token|key|tk=", query, re.IGNORECASE):
        spellings.append(re.escape(path))
    # What goes on behind it is another page.
    return re.compile(
        rf"(?<![\w.-])(?:{'|'.join(spellings)})(?![/?&]?[\w-])", re.IGNORECASE | re.ASCII
    )


def _numbers(text: str) -> Iterator[_Found]:
    for match in _NUMBER.finditer(text) if _MANY.search(text) else ():
        if not match[0].lower().startswith("id") or _GROUPS.match(match["value"]):
            message = msg("'{found}' is the number of the meeting", found=match["value"])
            yield match.start("value"), match.end("value"), message


def _passcodes(text: str) -> Iterator[_Found]:
    if not _SECRETS.search(caseless(text)):
        return
    for match in _PASSCODE.finditer(text):
        if _is_secret(match, text):
            message = msg("'{found}' is the passcode", found=match["value"])
            yield match.start("value"), match.end("value"), message


def _is_secret(match: re.Match[str], text: str) -> bool:
    """With digits or signs it is one; letters alone only where nothing goes on behind them."""
    value = match["value"].rstrip(".")
    if len(value) < 4 or _UNIT.match(match["behind"]):
        return False
    if _NO_SECRET.fullmatch(value):
        return value.isdigit()
    if not value.isalpha():
        return True
    rest = text[match.end("value") :]
    return bool(match["sign"]) and not re.match(r"[ ]+[A-Za-z]|[ ]?[ぁ-ヺ一-鿿]|://", rest)


def _fix() -> Message:
    return msg("take it out; those who applied get it by mail")
