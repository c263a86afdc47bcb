"""E09 and E15 within texts: what is left over, broken or unseen, and what only looks so."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks.texts import found

CLEAN = """
二〇二七年一月二〇日、定員一〇〇名、〇歳児から
仮想空間と仮説、仮名と真仮名、仮に、仮設住宅、仮面
○×クイズ、○か×か、◎印、△印
○日時：1月20日(水)19:00〜20:30
●名称：見本会館
○月曜日を除く
◯分野：保健
　○年齢は35歳以下
(1)○質疑応答
■対象　■□■　★☆★　◆◇◆　→→→　====　----　・・・
XXI世紀、XIX、Xの公式アカウント、FAX、max、Box
TODOリスト、TBS、STBC、todo
python 3.11、1/2、0.5、1,000円、24時間365日、1:24:30
「〜」と「～」、－と—と―と‐
①㈱Ⅲ℡㍻ ﾊﾝｶｸ
髙橋、﨑、𠮷野家、辻、葛\U000e0100、葛󠄀飾
👨‍👩‍👧‍👦 🏳️‍🌈 🏴‍☠️ 👩🏽‍⚕️ ❤️‍🔥 🐦‍🔥 🙂‍↔️ 🧑‍🤝‍🧑 ⛓️‍💥
1️⃣ #️⃣ *️⃣ ©️ ™️ ☎️ ☕︎ ✉︎ 🇯🇵 🩷 🫨 🫩
か゚き゚く゚、あ゙、セ゚ツ゚ト゚、ﾊﾟ、ガギグ
café naïve Ærø château São Paulo Ñandú Zürich Łódź
Москва Ελλάδα ไทย हिन्दी العربية עברית 한국어 中文
https://example.go.jp/a_b__c?x=1&y=%E3%81%82#top
@example_center #国際機関 $100 100% a&b <a> {a} [a] (案) `a`
__init__ snake_case ＿ _
令和9年度、第27回、19時30分、定員120名、3名様、10円
"""


@pytest.mark.parametrize("text", CLEAN.strip("\n").split("\n"))
def test_clean(text: str) -> None:
    """Nothing is found in what people write on purpose."""
    assert [] == found(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("○○大学", ["○○"]),
        ("〇〇様", ["〇〇"]),
        ("◯◯センター", ["◯◯"]),
        ("●●大学と△△省と××国", ["●●", "△△", "××"]),
        ("□□□-□□□□", ["□□□", "□□□□"]),
        ("○月○日(○)", ["○", "○"]),
        ("●月●日", ["●", "●"]),
        ("1月○日", ["○"]),
        ("令和○年度", ["○"]),
        ("第○回", ["○"]),
        ("19時○分", ["○"]),
        ("定員○名", ["○"]),
        ("参加費○円", ["○"]),
        ("○時から", ["○"]),
        ("(金)○時○分", ["○", "○"]),
        ("20XX年", ["20XX年"]),
        ("202X年", ["202X年"]),
        ("XX名", ["XX"]),
        ("ＸＸ株式会社", ["ＸＸ"]),
        ("090-xxxx-xxxx", ["xxxx", "xxxx"]),
        ("TBD", ["TBD"]),
        ("会場TBA。", ["TBA"]),
        ("TODO: 直す", ["TODO"]),
        ("（仮）", ["（仮）"]),
        ("【仮】題名", ["【仮】"]),
        ("題名(仮)", ["(仮)"]),
        ("仮題", ["仮題"]),
        ("講演名 仮", ["仮"]),
        ("{{ title }}", ["{{", "}}"]),
        ("{% if %}", ["{%", "%}"]),
        ("____", ["____"]),
        ("＿＿＿", ["＿＿＿"]),
        ("Lorem ipsum", ["Lorem ipsum"]),
    ],
)
def test_placeholder(text: str, left: list[str]) -> None:
    """E09: what stands where something is still to be written."""
    assert [("E09", part) for part in left] == found(text)


UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
UNSEEN += "\u2060\u2061\u2064\u2066\u2067\u2068\u2069\u206a\u3164\ufeff\uffa0\ufff9\ufffd"
CONTROL = (
    "\x00\x01\x07\x08\x0b\x0c\x1b\x7f\x80\x85\x9f\ue000\uf8ff\ufdd0\ufffe\uffff\U0001fffe\U0010fffd"
)


@pytest.mark.parametrize("character", [*UNSEEN, *CONTROL], ids=lambda c: f"U+{ord(c):04X}")
def test_unseen(character: str) -> None:
    """E15: a character that cannot be seen or cannot be, wherever it stands."""
    for text in (character, f"国際{character}機関", f"a{character}", f"👩{character}👧"):
        assert [("E15", character)] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u200d", id="alone"),
        pytest.param("国\u200d際", id="between kanji"),
        pytest.param("👩\u200d", id="at the end"),
        pytest.param("\u200d👩", id="at the beginning"),
        pytest.param("👩\u200d花", id="before a letter"),
    ],
)
def test_joiner(text: str) -> None:
    """E15: a zero-width joiner that joins no two emoji."""
    assert [("E15", "\u200d")] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("縺薙ｓ縺ｫ縺｡縺ｯ", id="UTF-8 read as Shift_JIS"),
        pytest.param("蝗ｽ髫帶ｩ滄未縺ｧ縺ｮ縺秘≡", id="the same, kanji among it"),
        pytest.param("ã\u0081\u0082ã\u0081\u0084".replace("\u0081", "‚"), id="kana read as Latin"),
        pytest.param("Ã©Ã¨Ãª", id="accents read as Latin"),
        pytest.param("ï¿½", id="the lost character, read as Latin"),
    ],
)
def test_mojibake(text: str) -> None:
    """E15: a text that was read in a wrong encoding."""
    assert {"E15"} == {rule for rule, _ in found(text)}


@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x30FE), min_size=1))
def test_decomposed_kana(text: str) -> None:
    """E15: kana in NFD are found exactly where NFC would write them in one character."""
    split = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text))
    marks = len(split) - len(unicodedata.normalize("NFC", split))
    assert marks == sum(rule == "E15" for rule, _ in found(split))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Any text can be read; what is found is really there."""
    found(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("👩\u200d" * 60_000, id="joiners"),
        pytest.param("2027年" + " " * 200_000, id="spaces"),
        pytest.param("2027年(" * 40_000, id="brackets"),
        pytest.param("1/" * 100_000, id="strokes"),
        pytest.param("縺" * 2 + "あ" * 200_000, id="kana"),
        pytest.param("Mon " * 50_000, id="weekdays"),
        pytest.param("2月13日(土)・" * 20_000, id="dates"),
    ],
)
def test_long_text(text: str) -> None:
    """A long text takes no longer than its length asks for: seconds at the very most."""
    begun = time.process_time()
    found(text)
    assert time.process_time() - begun < 20
