"""E09 placeholders and E15 broken or invisible characters, in any text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.reading import Reading
from jposocial.checks.signs import UNSEEN, needs
from jposocial.messages import Message, msg

#: A circle is a placeholder where a number or a name should stand; 〇 between kanji numerals
#: is a zero (二〇二七年), and one that opens a line before a word is a bullet (○日時、●名称).
_PLACEHOLDER: Final = re.compile(
    # With what any of them begins; looked for first, since it is quick.
    r"(?=[○〇◯2XＸxTFLl【（(「\[［〔仮●△×▲□＿_{}%要本内説文詳こダ])(?:(?<![一二三四五六七八九〇])[○〇◯]{2,}(?![一二三四五六七八九])"
    r"|(?<=[^\s：:、。・（(「【一二三四五六七八九〇○◯●])[○〇◯●](?=[年月日時分名回曜円人])"
    r"|(?<![一二三四五六七八九〇○◯])[○〇◯●](?=[年月日時分名回](?![一-鿿々])|曜日)"
    r"|20[0-9X]?X年|(?<![A-Za-zＡ-Ｚａ-ｚ0-9])(?:[XＸ]{2,}|xx{1,})(?![A-Za-zＡ-Ｚａ-ｚ0-9])"
    r"|(?<![A-Za-z])(?:TBD|TBA|TBC|TODO(?!リスト)|FIXME|[Ll]orem ipsum)(?![A-Za-z])"
    r"|[【（(「\[［〔]仮[】）)」\]］〕]|仮称|仮題|(?<![真])仮(?=$|[\s、。])"
    r"|[（(【\[［〔][^（）()【】\[\]\n]{0,8}(?:要確認|確認中|要修正|後日記入|記入予定)[^（）()【】\[\]\n]{0,8}[）)】\]］〕]|要確認[:：]"
    r"|(?:本文|内容|説明|文章|詳細)は?(?:あと|後)で(?:書く|書きます|入れる|追記)|ここに[^。\n]{0,10}(?:を|の)?(?:入れる|書く|入力|記入)(?=$|[\s。）)])"
    r"|(?:ダミー|仮の?)(?:テキスト|文章?|画像)"
    r"|□{2,}(?=[一-鿿])|●{2,}|△{2,}|×{2,}|▲{3,}|□{3,}|＿{2,}|_{3,}"
    r"|\{\{|\}\}|\{%|%\})"
)

#: UTF-8 read as Shift_JIS (縺, 繧, 繝 … in a row), as Latin-1 (ã‚ …) or twice (ï¿½); letters
#: that an encoding without them turned into question marks.
_MOJIBAKE: Final = re.compile(
    r"(?:[縺繧繝譁螟蜿]\S{0,2}){3,}|(?:[ÃÂãâ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]){2,}|ï¿½"
    r"|(?<=[ぁ-ヺー一-鿿])\?{2,}(?=[ぁ-ヺー一-鿿])"
)
#: Runs that may be UTF-8 read by another table: of its kanji of the second level and half-width
#: kana, or of the letters of western Europe.
_LEADS: Final = "".join(
    # What cp932 makes of the first byte of a kana or kanji in UTF-8, and of any second one.
    bytes((first, second)).decode("cp932", "ignore")
    for first in range(0xE3, 0xEA)
    for second in range(0x80, 0xC0)
    if second != 0x7F
)
_CP932_RUN: Final = re.compile(f"[{_LEADS}][\u4e00-\u9fff\uff61-\uff9f\u3000-\u303f\uff01-\uff5e]+")
_FOREIGN: Final = _LEADS + "".join(map(chr, range(0x80, 0x100)))
_LATIN_RUN: Final = re.compile("[\u0080-\u00ff‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{3,}")
_MISREAD: Final = ((_CP932_RUN, "cp932"), (_LATIN_RUN, "latin-1"), (_LATIN_RUN, "cp1252"))
_JAPANESE: Final = re.compile("[ぁ-ヺー一-鿿、。「」（）・々]+")

#: Kana whose voicing mark stands apart (NFD), as some file systems and PDFs leave it.
_DECOMPOSED: Final = re.compile("[\u3040-\u30ff][\u3099\u309a]")

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE: Final = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u2028\u2029\u2060\u2061\u2062\u2063\u2064"
    "\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufeff\uffa0\ufff9\ufffa\ufffb"
)
_JOINER: Final = "\u200d"
_SELECTOR: Final = "\ufe0f"


@needs("○〇◯XＸxTFu仮●△×▲□＿_{}要確後記あこダ")
def placeholders(text: str, reading: Reading) -> Iterator[Finding]:
    """E09: what a template or a draft leaves behind."""
    for match in _PLACEHOLDER.finditer(text):
        yield Finding(
            rule="E09",
            start=match.start(),
            found=match[0],
            message=msg("the placeholder '{found}' is still there", found=match[0]),
            fix=msg("write what belongs there, or take the sentence out"),
        )


@needs(_FOREIGN + "?\u3099\u309a\ufffd" + UNSEEN + "".join(_INVISIBLE))
def characters(text: str, reading: Reading) -> Iterator[Finding]:
    """E15: what is broken, and what cannot be seen."""
    for start, found in _mojibake(text):
        yield _broken(
            start, found, msg("'{found}' reads like text in a wrong encoding", found=found)
        )
    for match in _DECOMPOSED.finditer(text):
        whole = unicodedata.normalize("NFC", match[0])
        if whole == match[0]:
            continue  # か゚ and あ゙ have no other spelling
        yield _broken(
            match.start(),
            match[0],
            msg("'{found}' is written in two characters (NFD)", found=whole),
            msg("type {found} again", found=whole),
        )
    for start, character in enumerate(text):
        # Some that cannot be seen are letters to Unicode: the fillers of Hangul.
        if character.isalnum() and character not in _INVISIBLE:
            continue
        if message := _unseen(text, start, character):
            yield _broken(start, character, message)


def _mojibake(text: str) -> Iterator[tuple[int, str]]:
    if text.isascii():
        return
    seen = list(_MOJIBAKE.finditer(text))
    for pattern, encoding in _MISREAD:
        seen += [m for m in pattern.finditer(text) if _is_misread(m[0], encoding)]
    end = 0
    for match in sorted(seen, key=lambda m: (m.start(), -m.end())):
        if match.start() >= end:
            yield match.start(), match[0]
            end = match.end()


def _is_misread(run: str, encoding: str) -> bool:
    """Whether the bytes behind `run` are Japanese in UTF-8; of right text they never are."""
    try:
        meant = b"".join(_bytes_of(c, encoding) for c in run).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False
    return len(meant) < len(run) and bool(_JAPANESE.fullmatch(meant))


def _bytes_of(character: str, encoding: str) -> bytes:
    """Of one character; what the table leaves open came through as it was."""
    if encoding == "cp1252" and "\x80" <= character <= "\x9f":
        return character.encode("latin-1")
    return character.encode(encoding)


def _unseen(text: str, start: int, character: str) -> Message | None:
    code = f"U+{ord(character):04X}"
    if character == "\ufffd":
        return msg("a character was lost here (U+FFFD)")
    if character in _BIDI:
        return msg("an invisible mark turns the direction of reading ({code})", code=code)
    if character in _INVISIBLE or (character == _JOINER and not _joins(text, start)):
        return msg("an invisible character stands here ({code})", code=code)
    if (
        unicodedata.category(character) in ("Cc", "Co", "Cs") and character not in "\n\t"
    ) or _is_no_character(character):
        return msg("a control character stands here ({code})", code=code)
    return None


def _is_no_character(character: str) -> bool:
    """A code point that will never be one; what is only unknown here may be a new emoji."""
    return "\ufdd0" <= character <= "\ufdef" or ord(character) & 0xFFFE == 0xFFFE


def _joins(text: str, start: int) -> bool:
    """Whether a zero-width joiner sits between two emoji, where it is part of one sign."""
    before = text[max(0, start - 2) : start].rstrip(_SELECTOR)[-1:]
    after = text[start + 1 : start + 2]
    return all(one and _is_sign(one) for one in (before, after))


def _is_sign(character: str) -> bool:
    """Emoji and arrows; Cn: emoji that are younger than Python's Unicode."""
    return unicodedata.category(character) in ("So", "Sk", "Sm", "Cn")


def _broken(start: int, found: str, message: Message, fix: Message | None = None) -> Finding:
    fix = fix or msg("delete it and type the word again; do not paste it")
    return Finding(rule="E15", start=start, found=found, message=message, fix=fix)
