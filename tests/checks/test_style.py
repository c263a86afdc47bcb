"""W02, W03, W04, W10 and W15: characters, hashtags, widths, noon and midnight, decoration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.checks.office import BOOK, NOW, findings, found, messages, post, problems
from tests.workspace import checked, make_workspace, write_file, write_post

from jposocial.checks.hashtags import hashtags, tag_fields
from jposocial.checks.noon import muddles
from jposocial.checks.style import decoration, dependent, widths
from jposocial.posts.registers import Hashtag

WRITTEN = [
    ("①応募", "①", "(1)"),
    ("㈱見本社", "㈱", "株式会社"),
    ("㈲見本社", "㈲", "有限会社"),
    ("第Ⅲ回", "Ⅲ", "III"),
    ("ⅳ章", "ⅳ", "iv"),
    ("℡03-0000-1234", "℡", "電話"),
    ("㍻30年", "㍻", "平成"),
    ("㋿9年", "㋿", "令和"),
    ("20㎡", "㎡", "平方メートル"),
    ("5㎏", "㎏", "kg"),
    ("№5", "№", "No."),
    ("ｾﾐﾅｰ開催", "ｾﾐﾅｰ", "セミナー"),
    ("ｶﾞｲﾄﾞ", "ｶﾞｲﾄﾞ", "ガイド"),
    ("㊤から", "㊤", "上"),
    ("⑳番", "⑳", "(20)"),
]


@pytest.mark.parametrize(("text", "what", "plain"), WRITTEN)
def test_dependent_characters(text: str, what: str, plain: str) -> None:
    """W02 with the characters to type, which the program may write by itself."""
    seen = findings(text, dependent)
    assert [(what, f"write {plain}", plain)] == [(f.found, f.fix, f.replacement) for f in seen]


@pytest.mark.parametrize(
    "text",
    [
        "(1)応募、(2)面接",
        "第3回",
        "髙橋 﨑子",
        "〒100-0000",
        "→ ※ ℃ §",
        "㊗️",
        "全角カナ",
        "「引用」",
    ],
)
def test_characters_that_every_device_has(text: str) -> None:
    """Signs of JIS X 0208, emoji, and kanji of names, which E13 knows of."""
    assert [] == found(text, dependent)


def test_each_character_once() -> None:
    """A list of ① and ① says it once."""
    assert ["①", "②"] == found("①応募 ②面接 ①と②", dependent)


TAGS = post(tags=("国際機関", "JPO"), text={"x": {"announce": "# JPO"}})

BAD_TAGS = [
    ("詳細は#JPO", ["#JPO"], "stands against"),
    ("詳細は＃国際機関", ["＃国際機関"], "stands against"),
    ("#JPOに応募", ["#JPOに応募"], "'に応募'"),
    ("#国際機関に応募する方へ", ["#国際機関に応募する方へ"], "'に応募する方へ'"),
    ("#UNを知る", ["#UNを知る"], "'を知る'"),
    ("# JPO", ["#"], "without a word"),
    ("文 # です", ["#"], "without a word"),
    ("#2027", ["#2027"], "digits only"),
    ("#国連・国際協力", ["#国連・国際協力"], "a mark"),
    ("#国連〜", ["#国連〜"], "a mark"),
    ("#a #b #c #d #e", ["#e"], "5 hashtags"),
    ("#国連#国際協力", ["#国連"], "runs into"),
]

GOOD_TAGS = [
    "#JPO #国際機関で働く",
    "（#JPO）「#国連」",
    "#JPO。#国連、",
    "＃JPO",
    "# 見出し\n## 小見出し",
    "C#の経験がある方",
    "求人番号 #1234、Vacancy #5678",
    "https://example.go.jp/#top を見る",
    "#a #b #c #d",
    "#JPO2027 #世界を変える",
    "&#39;",
    "#️⃣1",
    "第#3回から#5まで",
]


@pytest.mark.parametrize(("text", "what", "said"), BAD_TAGS)
def test_hashtags_that_do_not_work(text: str, what: list[str], said: str) -> None:
    """W03: glued, swallowing, empty, digits, with marks, too many."""
    assert what == found(text, hashtags, of=TAGS)
    assert said in messages(findings(text, hashtags, of=TAGS))[0]


@pytest.mark.parametrize("text", GOOD_TAGS)
def test_hashtags_that_work(text: str) -> None:
    """Spaces, brackets and line ends part a tag; a number sign and a heading are none."""
    assert [] == found(text, hashtags, of=TAGS)


def test_the_register_of_hashtags() -> None:
    """One slip off a registered tag is told of, a new tag is not; width and case do not matter."""
    tags = (Hashtag(tag="#JPO"), Hashtag(tag="国際機関で働く"))
    book = replace(BOOK, registers=replace(BOOK.registers, hashtags=tags))
    assert [] == found("#ｊｐｏ #国際機関で働く", hashtags, book=book)
    seen = findings("#JOP #国際機関で働", hashtags, book=book)
    assert ["#JOP", "#国際機関で働"] == [one.found for one in seen]
    assert "write #国際機関で働く" == seen[1].fix
    assert [] == found("#国連 #国際協力 #JPO説明会 #国際機関で働く人", hashtags, book=book)
    assert ["JPA"] == [p.found for p in problems(post(tags=("JPA", "国連")), tag_fields, book=book)]


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        (("国連・国際協力",), ["国連・国際協力"]),
        (("2027",), ["2027"]),
        (("a", "b", "c", "d", "e"), ["e"]),
        (("JPO", "国際機関で働く"), []),
        (("#JPO",), []),
        ((), []),
    ],
)
def test_tags_of_a_file(tags: tuple[str, ...], what: list[str]) -> None:
    """W03 in `tags`; in the texts that a template makes they are not told of again."""
    of = post(tags=tags)
    assert what == [p.found for p in problems(of, tag_fields)]
    text = " ".join(f"#{tag.lstrip('#')}" for tag in tags if not tag.isdecimal())
    assert [] == found(text, hashtags, of=of)


MIXED = [
    ("２０２７年1月", "２０２７", "2027"),
    ("1月２１日", "２１", "21"),
    ("２０26年", "２０26", "2026"),
    ("ＪＰＯとJPO", "ＪＰＯ", "JPO"),
    ("ＪＰO", "ＪＰO", "JPO"),
    ("ＪＰＯ派遣は2027年", "ＪＰＯ", "JPO"),
    ("Ａ4判", "Ａ4", "A4"),
    ("UN\u3000Women", "UN\u3000Women", "UN Women"),
    ("United\u3000Nations", "United\u3000Nations", "United Nations"),
]

ONE_WIDTH = [
    "２０２７年１月２１日",
    "2027年1月21日 JPO",
    "ＪＰＯ２０２７",
    "第３回JPOセミナー",
    "第３回 https://example.go.jp/2027",
    "氏\u3000UNICEF ジャカルタ事務所",
    "UNDP\u3000WFP\u3000FAO",
    "Ａ会場は10:00から",
    "お問い合わせ center2027@example.go.jp（２階）",
]


@pytest.mark.parametrize(("text", "what", "plain"), MIXED)
def test_mixed_widths(text: str, what: str, plain: str) -> None:
    """W04 names the first that is full-width, and what to type."""
    assert [(what, plain)] == [(one.found, one.replacement) for one in findings(text, widths)]


@pytest.mark.parametrize("text", ONE_WIDTH)
def test_one_width(text: str) -> None:
    """A text that keeps to one width is not told of, nor what is an address."""
    assert [] == found(text, widths)


def test_widths_of_a_variant_are_those_of_its_file() -> None:
    """A template's digits are half-width, whatever the file's own."""
    assert [] == found("第３回 2027年1月21日", widths, due=NOW)


MUDDLED = [
    ("午前12時", "午前12時"),
    ("午後12時30分から", "午後12時30分"),
    ("午後12時半", "午後12時半"),
    ("午後0時30分", "午後0時30分"),
    ("午前１２：００", "午前１２：００"),
    ("正午12時", "正午12時"),
    ("夜12時まで", "夜12時"),
    ("午後13時", "午後13時"),
    ("0時まで受け付けます", "0時"),
    ("午前0時から", "午前0時"),
    ("0:00に公開します", "0:00"),
]

CLEAR = [
    "正午から午後1時まで",
    "12時(正午)、正午（12:00）",
    "1月21日(木)午前0時から",
    "2月5日0時",
    "2月5日(金) 22:00〜0:00",
    "翌0:00まで",
    "10時、20:00、午前10時、午後1時",
    "0時間、100時間",
    "毎日0時に更新します",
    "動画の0:45から",
    "12:30",
]


@pytest.mark.parametrize(("text", "what"), MUDDLED)
def test_muddles(text: str, what: str) -> None:
    """W10: nobody knows for certain which time or day is meant."""
    assert [what] == found(text, muddles)


@pytest.mark.parametrize("text", CLEAR)
def test_clear_times(text: str) -> None:
    """正午, a midnight with its day, and the clock of twenty-four hours."""
    assert [] == found(text, muddles)


def test_the_fix_says_both() -> None:
    """Noon and midnight, each as it is to be typed."""
    assert "write 12:30 in the middle" in findings("午後12時30分", muddles)[0].fix
    assert "0:30 with the day" in findings("午後12時30分", muddles)[0].fix


DECORATED = [
    ("★☆お知らせ", ["★☆"]),
    ("♪♪ご参加ください", ["♪♪"]),
    ("◆◇◆募集◆◇◆", ["◆◇◆", "◆◇◆"]),
    ("★お知らせ★", ["★お知らせ★"]),
    ("お知らせ\n━━━━━━", ["━━━━━━"]),
    ("＊＊＊", ["＊＊＊"]),
    ("〜〜〜", ["〜〜〜"]),
    ("お楽しみに・・・", ["・・・"]),
    ("▼▼▼申込はこちら", ["▼▼▼"]),
    ("ありがとうございます(^^)", ["(^^)"]),
    ("お願いします m(_ _)m", ["m(_ _)m"]),
    ("（´・ω・｀）", ["（´・ω・｀）"]),
    ("🎉🎉🎉🎉", ["🎉🎉🎉🎉"]),
    ("【重 要】", ["重 要"]),
    ("お 知 ら せ", ["お 知 ら せ"]),
    ("日\u3000時：1月21日", ["日\u3000時"]),
    ("S E M I N A R", ["S E M I N A R"]),
]

PLAIN = [
    "■日時\u30001月21日\n■会場\u3000オンライン",
    "●対象\n・国際機関に関心のある方",
    "【重要】応募の締切",
    "◆日程 ◆会場",
    "※1 前年の実績 ※2 予定",
    "ご参加ください♪",
    "国際機関で働く……その先へ",
    "職員の一日――現場から",
    "10:00〜12:00",
    "😊 ぜひご参加ください🎉✨",
    "林 誠氏、森 薫氏",
    "月 火 水 木 金",
    "(1) (土) (a) （UN） (笑)",
    "東 京、第1部\u3000第2部",
    "---\n\n**太字** と ***強調***",
    "ああーー、そうです",
]


@pytest.mark.parametrize(("text", "what"), DECORATED)
def test_decoration(text: str, what: list[str]) -> None:
    """W15: signs in a row, lines of signs, faces, rows of emoji, spaced letters."""
    assert what == found(text, decoration)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_marks(text: str) -> None:
    """A mark at the head of a line, brackets, dashes, one emoji or three, and names."""
    assert [] == found(text, decoration)


def test_markdown_has_a_use_for_its_signs() -> None:
    """A rule of hyphens is one in Markdown, and decoration in a text that goes out as it is."""
    of = post(text={"x": {"announce": "お知らせ\n-----\n本文\n---part---\n続き"}})
    assert [] == found("お知らせ\n-----\n本文", decoration)
    assert ["-----"] == found(of.text["x"]["announce"], decoration, of=of)


def test_lines_in_a_file(tmp_path: Path) -> None:
    """Each stands at its own line of the file, as a warning, and is not repeated per account."""
    root = make_workspace(tmp_path)
    body = "①応募\n詳細は#JPO\n２０２７年と2028年\n午後12時から\n★☆★"
    write_post(root, "2027-01-style", body, tags=["国連・国際協力"], accounts=["x", "facebook"])
    seen = [(p["line"], p["rule"]) for p in checked(root) if p["rule"].startswith("W")]
    assert [(5, "W03"), (9, "W02"), (10, "W03"), (11, "W04"), (12, "W10"), (13, "W15")] == seen


def test_the_register_in_a_workspace(tmp_path: Path) -> None:
    """`posts/registers/hashtags.yaml` is what tags are held against."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/registers/hashtags.yaml", "- {tag: JPO}\n")
    write_post(root, "2027-01-tags", "本文です。", tags=["JOP", "国連"], accounts=["x"])
    assert [("W03", 5)] == [(p["rule"], p["line"]) for p in checked(root)]
