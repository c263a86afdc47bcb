from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial import platforms
from jposocial.errors import UsageError
from jposocial.platforms.x import X

x = X()

#: What posts are made of, and what may go wrong where two of them meet.
PIECES = (
    *("国際機関", "セミナー", "が", "か\u3099", "ー", "・", "〜", "。", "、", "（", "）"),
    *("https://", "http://", "example", ".com", ".co.jp", ".みんな", "t.co", "/", "?q=1"),
    *("(a)", "(", ")", "-", "_", ".", ":", "2027", "é", "e\u0301", "ü", "Я", "𠮷"),
    *("#", "＃", "@", "＠", "$", "JPO", " ", "　", "\n", "\ufeff", "\u200d"),
    *("🫶🏽", "❤️‍🔥", "🇯🇵", "👨‍👩‍👧", "1️⃣", "🏽", "\ufe0f", "\ufe0e", "©"),
)
posts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
#: Lone surrogates too.
anything = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("JPO", 3, id="latin"),
        pytest.param("国際機関", 8, id="kanji"),
        pytest.param("ｶﾅ", 4, id="half-width kana are no lighter"),
        pytest.param("ＪＰＯ", 6, id="full-width latin"),
        pytest.param("\u10ff\u1100", 3, id="the light range ends at U+10FF"),
        pytest.param("“–”…", 5, id="quotes and dash are light, the ellipsis is not"),
        pytest.param("\u200d\u200e\u2010\u2020\u2032\u2038", 9, id="the edges of the light ranges"),
        pytest.param("\r\n", 2, id="line ends"),
        pytest.param("か\u3099", 2, id="composed before it is counted"),
        pytest.param("e\u0301", 1, id="accent composed"),
        pytest.param("𠮷", 2, id="kanji beyond the basic plane"),
        pytest.param("https://example.go.jp/seminar/2027-01", 23, id="long URL"),
        pytest.param("http://a.jp", 23, id="short URL"),
        pytest.param("詳細はexample.comへ", 6 + 23 + 2, id="bare domain within Japanese"),
        pytest.param("example.com example.jp", 47, id="two URLs"),
        pytest.param("http://no-tld", 13, id="no URL"),
        pytest.param(f"{'a' * 64}.com", 68, id="a label too long is no URL"),
        pytest.param("#国際機関 @example", 9 + 1 + 8, id="tags and mentions count as text"),
    ],
)
def test_weighted_length(text: str, length: int) -> None:
    """Latin counts 1, the rest 2, every URL 23, after composition."""
    assert length == x.measure(text).length


@pytest.mark.parametrize(
    "emoji",
    [
        pytest.param("😀", id="plain"),
        pytest.param("☀", id="text by default"),
        pytest.param("☀️", id="with the emoji selector"),
        pytest.param("©️", id="copyright with the selector"),
        pytest.param("👍🏽", id="skin tone"),
        pytest.param("☝️🏽", id="selector and skin tone"),
        pytest.param("🏽", id="skin tone alone"),
        pytest.param("🫶🏽", id="Unicode 14 with skin tone"),
        pytest.param("🫩", id="Unicode 16"),
        pytest.param("🫪", id="Unicode 17"),
        pytest.param("❤️‍🔥", id="joined"),
        pytest.param("❤‍🔥", id="joined without its selector"),
        pytest.param("👨‍👩‍👧‍👦", id="family"),
        pytest.param("🧑🏽‍🤝‍🧑🏿", id="joined with skin tones"),
        pytest.param("🏃🏽‍♀️‍➡️", id="joined with a direction"),
        pytest.param("🏴‍☠️", id="joined flag"),
        pytest.param("🇯🇵", id="flag"),
        pytest.param("🏴󠁧󠁢󠁳󠁣󠁴󠁿", id="flag of a subdivision"),
        pytest.param("1️⃣", id="keycap"),
        pytest.param("#⃣", id="keycap without its selector"),
    ],
)
def test_emoji_count_two(emoji: str) -> None:
    """An emoji counts 2, whatever it is composed of."""
    assert 2 == x.measure(emoji).length
    assert 8 == x.measure(f"の{emoji}{emoji}の").length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("2027#*", 6, id="digits and signs"),
        pytest.param("©®", 2, id="no selector"),
        pytest.param("🍕🏽", 4, id="nothing that has a skin"),
        pytest.param("☀\ufe0e", 4, id="text selector"),
        pytest.param("👩\u200d", 3, id="joined to nothing"),
        pytest.param("🇯🇵🇺🇳", 4, id="two flags"),
        pytest.param("🇯🇵🇺", 4, id="a flag and a half"),
        pytest.param("👩example.com\u200d💻", 2 + 23 + 1 + 2, id="a URL between"),
    ],
)
def test_what_is_no_single_emoji(text: str, length: int) -> None:
    """Only what Unicode calls one sequence is counted as one."""
    assert length == x.measure(text).length


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        pytest.param("の" * 140, True, id="140 kana"),
        pytest.param("の" * 141, False, id="141 kana"),
        pytest.param("の" * 128 + "\nhttps://example.jp/", True, id="280 with a URL"),
        pytest.param("の" * 129 + "\nhttps://example.jp/", False, id="282 with a URL"),
        pytest.param("👨‍👩‍👧‍👦" * 140, True, id="140 families"),
        pytest.param("か\u3099" * 140, True, id="140 kana, decomposed"),
        pytest.param("", False, id="empty"),
        pytest.param(" \n　", False, id="nothing but space"),
        pytest.param("国際\ufffe", False, id="U+FFFE"),
        pytest.param("\ufeff国際", False, id="byte order mark"),
        pytest.param("国際\uffff", False, id="U+FFFF"),
        pytest.param("国際\ud83d", False, id="half a character"),
        pytest.param("\u2066国際\u2069", True, id="directional marks"),
    ],
)
def test_valid(text: str, valid: bool) -> None:
    """X takes up to 280, something to read, and no code point that is no character."""
    measure = x.measure(text)

    assert valid is measure.valid
    assert 280 == measure.limit


@pytest.mark.parametrize(
    ("text", "usd"),
    [
        pytest.param("募集が始まりました", 0.015, id="text"),
        pytest.param("募集 https://example.jp", 0.2, id="URL"),
        pytest.param("募集はexample.jpで", 0.2, id="bare domain"),
        pytest.param("info@example.jp", 0.015, id="mail address"),
    ],
)
def test_price(text: str, usd: float) -> None:
    """A post with anything that X links as a URL is the dearer one."""
    assert usd == x.price(text)


@given(posts)
def test_composed_and_decomposed_count_alike(text: str) -> None:
    """How a file spells が makes no difference."""
    lengths = {x.measure(unicodedata.normalize(form, text)).length for form in ("NFC", "NFD")}

    assert 1 == len(lengths)


@given(posts, posts)
def test_lines_add_up(first: str, second: str) -> None:
    """Nothing reaches over a line end, so two lines count their sum and one."""
    together = x.measure(f"{first}\n{second}").length

    assert x.measure(first).length + 1 + x.measure(second).length == together


@given(st.text("国際機関のJPO派遣、。 "), st.characters(codec="utf-8"))
def test_longer_text_never_counts_less(text: str, more: str) -> None:
    """Where no URL can arise, a further line never lowers the count."""
    assert x.measure(text).length <= x.measure(f"{text}\n{more}").length


@given(anything)
def test_any_text_has_a_length(text: str) -> None:
    """No text is beyond measuring; without a URL none counts more than 2 a character."""
    measure = x.measure(text)

    assert measure.length <= 2 * len(unicodedata.normalize("NFC", text)) + 23 * text.count(".")
    assert not measure.valid or 0 < measure.length <= measure.limit


def test_known_by_name() -> None:
    """The functions of the package find X by its name, once."""
    assert 4 == platforms.measure("国際", "x").length
    assert ["url"] == [e.kind for e in platforms.entities("example.jp", "x")]
    assert platforms.platform("x") is platforms.platform("x")


def test_every_name_has_its_class() -> None:
    """What the registry calls a platform calls itself by the same name."""
    assert list(platforms.PLATFORMS) == [platforms.platform(n).name for n in platforms.PLATFORMS]


def test_an_unknown_platform_names_the_known_ones() -> None:
    """A wrong name is wrong usage, and the message says what would be right."""
    with pytest.raises(UsageError, match=r"no platform twitter; known: .*\bfacebook\b.*\bx\b"):
        platforms.measure("国際", "twitter")
