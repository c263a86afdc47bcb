"""Kanji of names that are taken for each other: read alike, or looking alike.

A name that differs from a registered one in such a letter alone is more likely a slip than
another person. 太郎 and 太朗 are; 一郎 and 次郎 are two people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final

#: Each row is read alike at that place of a name (in names: 音 or 名乗り), or looks alike.
_ALIKE: Final = (
    "郎朗浪", "太汰多大犬", "花華", "次二治", "一市壱", "香佳加嘉", "美実未見", "江恵絵枝", "裕祐佑優悠勇雄友由有",
    "宏浩博洋寛紘弘広", "和一", "高孝隆貴敬崇", "義良吉芳好", "則典紀憲", "正昌雅政将", "健賢謙研", "光幸孝康",
    "真慎信伸新進", "明秋昭彰章晶", "俊敏利", "幸雪由紀", "朋友智知", "直尚", "文史", "清聖", "聡智哲悟", "誠真信",
    "薫香馨", "緑碧翠", "木本", "元本基", "樹希季木", "未末", "千干", "土士", "例列", "見貝", "手毛", "野之", "沢澤",
    "尾雄男夫", "川河", "坂阪", "田由", "人入", "綾彩", "綱網", "玉王", "萩荻", "縁緑", "祐裕", "静靖", "亮涼良",
    "京恭", "圭桂恵", "奈菜那", "子孜", "沙紗", "里理梨", "織詩", "葉陽", "夏菜",
)  # fmt: skip

#: Given names in kana, and how they are written in kanji.
_KANA: Final[Mapping[str, tuple[str, ...]]] = {
    "さくら": ("桜", "櫻", "咲良", "サクラ"),
    "みどり": ("緑", "翠", "碧", "美登里", "ミドリ"),
    "かおる": ("薫", "香", "馨", "郁", "かほる", "カオル"),
    "さとし": ("聡", "智", "哲", "悟", "敏", "聡志", "サトシ"),
    "はじめ": ("一", "肇", "始", "元", "創", "ハジメ"),
    "まこと": ("誠", "真", "信", "実", "マコト"),
    "ひかる": ("光", "輝", "ヒカル"),
    "ひろし": ("博", "浩", "宏", "弘", "寛", "洋", "ヒロシ"),
    "たかし": ("隆", "孝", "崇", "敬", "貴志", "タカシ"),
    "あきら": ("明", "晃", "彰", "章", "昭", "アキラ"),
    "しげる": ("茂", "繁", "滋", "シゲル"),
    "みのる": ("実", "稔", "穣", "ミノル"),
    "つばさ": ("翼", "ツバサ"),
    "あおい": ("葵", "碧", "蒼", "アオイ"),
    "ひなた": ("陽向", "日向", "ヒナタ"),
    "あゆみ": ("歩", "歩美", "亜由美", "アユミ"),
    "めぐみ": ("恵", "恵美", "愛", "メグミ"),
    "かずみ": ("和美", "一美", "和実", "カズミ"),
    "なおみ": ("直美", "尚美", "ナオミ"),
    "ゆかり": ("由香里", "縁", "ユカリ"),
    "けいこ": ("恵子", "圭子", "啓子", "敬子", "ケイコ"),
}


@cache
def _groups() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in _ALIKE:
        for letter in row:
            found[letter] |= set(row) - {letter}
    return {letter: frozenset(others) for letter, others in found.items()}


def taken_for(letter: str) -> frozenset[str]:
    """The letters that `letter` is mistaken for."""
    return _groups().get(letter, frozenset())


def written_otherwise(given: str) -> tuple[str, ...]:
    """A given name in kana → its kanji, and the other way round; nothing where it is not known."""
    if given in _KANA:
        return _KANA[given]
    return tuple(kana for kana, kanji in _KANA.items() if given in kanji)
