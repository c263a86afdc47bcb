from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.platforms.facebook import LIMIT, Facebook

facebook = Facebook()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("国際機関", 4, id="Japanese"),
        pytest.param("https://example.jp/", 19, id="a URL is no shorter"),
        pytest.param("🫶🏽", 2, id="code points of an emoji"),
        pytest.param("か\u3099", 2, id="as spelled"),
    ],
)
def test_length_is_in_code_points(text: str, length: int) -> None:
    """Every code point counts one."""
    assert length == facebook.measure(text).length


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        pytest.param("の" * LIMIT, True, id="full"),
        pytest.param("の" * (LIMIT + 1), False, id="one more"),
        pytest.param("", False, id="empty"),
        pytest.param(" \n　", False, id="nothing but space"),
        pytest.param("国際\ud83d", False, id="half a character"),
    ],
)
def test_valid(text: str, valid: bool) -> None:
    """A page takes 63,206 code points with something to read in them."""
    measure = facebook.measure(text)

    assert valid is measure.valid
    assert 63_206 == measure.limit


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        pytest.param("詳細はhttps://example.jp/aまで", ["https://example.jp/a"], id="URL"),
        pytest.param("HTTP://EXAMPLE.JP", ["HTTP://EXAMPLE.JP"], id="capitals"),
        pytest.param("詳細はexample.jpへ", [], id="no bare domain"),
        pytest.param("#国際機関 ＃JPO #2026", ["#国際機関", "＃JPO"], id="hashtags"),
        pytest.param("https://example.jp/#JPO", ["https://example.jp/#JPO"], id="overlap"),
        pytest.param("@example $ABC", [], id="no mention, no cashtag"),
    ],
)
def test_entities(text: str, entities: list[str]) -> None:
    """A page's text has URLs with a scheme and hashtags in it."""
    assert entities == [e.text for e in facebook.entities(text)]


@given(st.text(st.characters()) | st.text("#＃国際 https://example.jp/@"))
def test_entities_are_slices_in_order(text: str) -> None:
    """Every entity is a slice of the text, and none overlaps the next."""
    entities = facebook.entities(text)

    assert all(e.text == text[e.start : e.end] for e in entities)
    assert all(a.end <= b.start for a, b in pairwise(entities))


@given(st.text(), st.text())
def test_lengths_add_up(first: str, second: str) -> None:
    """Two texts together are as long as their sum."""
    together = facebook.measure(first + second).length

    assert facebook.measure(first).length + facebook.measure(second).length == together


def test_posting_is_free() -> None:
    """A URL makes no difference to the price."""
    assert 0 == facebook.price("https://example.jp/")
