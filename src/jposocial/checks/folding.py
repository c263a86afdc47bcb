"""Spellings that count as one while texts are compared; nothing folded is ever shown.

Both functions keep the length: a place in the folded text is the place in the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

#: Kanji of names that are written in more than one way; the first of a row stands for all.
#: What Unicode holds for one character itself (祐 and U+FA4F) NFKC folds.
_VARIANTS: Final = (
    "高髙", "崎﨑嵜碕", "辺邉邊", "斎斉齋齊", "浜濱濵", "徳德", "柳栁", "橋槗", "吉𠮷", "静靜",
    "沢澤", "広廣", "国國", "島嶋嶌", "富冨", "桜櫻", "竜龍", "滝瀧", "真眞", "恵惠", "鉄鐵",
    "関關", "栄榮", "亀龜", "黒黑", "清淸", "青靑", "郎郞", "瀬瀨", "桑桒", "内內", "緑綠",
    "横橫", "曽曾", "児兒", "礼禮", "与與", "宝寶", "実實", "寿壽", "豊豐", "沖冲", "峰峯",
    "館舘", "条條", "巌巖", "万萬", "弥彌", "円圓", "遥遙", "満滿", "来來", "学學", "県縣",
    "渕淵", "涼凉", "蔵藏", "双雙", "検檢", "凜凛", "鶴靏", "土圡", "隆𨺓", "芦蘆", "塩鹽", "尭堯",
    "桧檜", "槙槇", "薮藪", "籠篭", "頼賴", "闘鬪", "辻辻", "祷禱", "掴摑", "ケヶ",
)  # fmt: skip
_OTHERS: Final = re.compile("[" + "".join(row[1:] for row in _VARIANTS) + "]")
_STANDS_FOR: Final = {ord(other): row[0] for row in _VARIANTS for other in row[1:]}

#: Hyphens and dashes as they are typed between digits.
_HYPHENS: Final = re.compile("[‐‑‒–—―−－ー⁃﹣ｰ]")


def any_of(*words: str) -> re.Pattern[str]:
    """What finds that one of the words is in a text: quicker than to look for each."""
    return re.compile("|".join(map(re.escape, words)) or r"(?!)")


@lru_cache(maxsize=4096)
def half_width(text: str) -> str:
    """`ＡＢＣ１２３＠（）` as `ABC123@()`, letter by letter."""
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(map(_compatible, text))


@lru_cache(maxsize=4096)
def caseless(text: str) -> str:
    """In lower case, as a pattern without regard to case takes it; the length may change."""
    # Such a pattern takes the Turkish ı for an i, and İ too.
    return text.casefold().replace("ı", "i").replace("i\u0307", "i")


@lru_cache(maxsize=4096)
def plain_kanji(text: str) -> str:
    """`髙﨑` as `高崎`."""
    narrow = half_width(text)
    return narrow.translate(_STANDS_FOR) if _OTHERS.search(narrow) else narrow


@lru_cache(maxsize=4096)
def plain_numbers(text: str) -> str:
    """Half-width, and every dash a hyphen."""
    return half_width(_HYPHENS.sub("-", text))


@cache
def _compatible(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
