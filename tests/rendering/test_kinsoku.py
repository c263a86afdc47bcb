from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.rendering.kinsoku import columns, fold

#: What may not begin a line, and what may not end one (JIS X 4051, domain of the office).
NOT_FIRST = "、。）」』】・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
NOT_LAST = "（「『【"

PIECES = (
    *("国際機関", "人事", "センター", "の", "で", "す", "調整", "ー", "っ", "ャ", "・"),
    *("、", "。", "（", "）", "「", "」", "『", "』", "【", "】"),
    *("JPO", "2027年1月21日(木)", "19:00", "120名", "花子氏", "見本さん", "(", ")", ","),
    *("https://example.go.jp/seminar", "か\u3099", "👩\u200d💻", "ｶﾅ"),
)
japanese = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
with_spaces = st.lists(st.sampled_from([*PIECES, " ", "  ", "\n"]), max_size=30).map("".join)
widths = st.integers(1, 40)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        pytest.param("国際機関人事", 3, ["国際機", "関人事"], id="by width"),
        pytest.param("国際機、関", 3, ["国際", "機、関"], id="no line begins with a comma"),
        pytest.param("国際（機関）", 3, ["国際", "（機", "関）"], id="brackets keep to their text"),
        pytest.param("国際ネット", 3, ["国際", "ネット"], id="no line begins with a small kana"),
        pytest.param("調整データ", 3, ["調整", "データ"], id="no line begins with a long vowel"),
        pytest.param("国際JPO機関", 3, ["国際", "JPO機", "関"], id="a word stays whole"),
        pytest.param("詳細 https://example.go.jp/a", 3, ["詳細", "https://example.go.jp/a"], id="a URL stays whole"),
        pytest.param("来年1月21日(木)に", 5, ["来年", "1月21日(木)", "に"], id="a day with its weekday"),
        pytest.param("定員は120名です", 5, ["定員は", "120名です"], id="a number with its unit"),
        pytest.param("約2,000万円を", 4, ["約", "2,000万円", "を"], id="a long number with its unit"),
        pytest.param("講師は見本花子氏", 7, ["講師は見本花", "子氏"], id="a title keeps to its name"),
        pytest.param("短い", 10, ["短い"], id="short"),
        pytest.param("", 10, [""], id="empty"),
        pytest.param("一\n\n二", 10, ["一", "", "二"], id="its own line ends"),
        pytest.param("国際 、機関", 3, ["国", "際 、", "機関"], id="a space does not hide what may not begin"),
        pytest.param("国（ 機関", 3, ["国", "（ 機", "関"], id="a space does not hide what may not end"),
        pytest.param("働く 人 びと", 3, ["働く", "人 び", "と"], id="spaces end with their line"),
        pytest.param("  字下げの行", 4, ["  字下げ", "の行"], id="an indent stays"),
    ],
)  # fmt: skip
def test_fold(text, width, expected):
    """Lines of at most that many full-width columns, broken where Japanese may be."""
    assert expected == fold(text, width).split("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("国際", 4, id="wide"),
        pytest.param("JPO", 3, id="narrow"),
        pytest.param("ｶﾅ", 2, id="half-width kana"),
        pytest.param("※①", 4, id="ambiguous: as in Japanese mail"),
        pytest.param("か\u3099", 2, id="a mark on the kana before it"),
    ],
)
def test_columns(text, expected):
    """Full-width characters take two columns."""
    assert expected == columns(text)


@given(text=japanese, width=widths)
def test_folding_loses_nothing(text, width):
    """The lines, joined, are the text."""
    assert text == fold(text, width).replace("\n", "")


@given(text=with_spaces, width=widths)
def test_folding_loses_spaces_at_line_ends_alone(text, width):
    """Nothing but spaces is lost where there are some."""
    without = str.maketrans("", "", " \n")
    assert text.translate(without) == fold(text, width).translate(without)


@given(text=with_spaces, width=widths)
def test_no_line_begins_or_ends_wrongly(text, width):
    """A line begins and ends with a forbidden character only where the text's own line does."""
    for line in text.split("\n"):
        folded = fold(line, width).split("\n")
        assert [] == [one for one in folded[1:] if one.lstrip(" ")[:1] in tuple(NOT_FIRST)]
        assert [] == [one for one in folded[:-1] if one.rstrip(" ")[-1:] in tuple(NOT_LAST)]


@given(text=japanese, width=widths)
def test_lines_are_long_only_where_they_cannot_be_broken(text, width):
    """A line that is too long has no place in it where it could end."""
    for line in fold(text, width).split("\n"):
        if columns(line) > 2 * width:
            assert [line] == fold(line, 1).split("\n")
