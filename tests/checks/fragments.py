"""Texts of every rule: what the tests of the checks have in quotes, and what looks like it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from hypothesis import strategies as st

_HERE: Final = Path(__file__).parent


def _quoted(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and 0 < len(value) < 200}


#: Whoever adds a trigger to a rule adds it to the rule's tests, and so to this.
QUOTED: Final = sorted(
    {text for path in _HERE.glob("test_*.py") for text in _quoted(path)}
    | {
        line
        for path in sorted(_HERE.glob("cases/*/*.md"))
        for line in path.read_bytes().decode("utf-8", "replace").splitlines()
        if line.strip()
    }
)

_WIDE: Final = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000})
_CHANGES: Final = (str, str.upper, str.lower, str.swapcase, lambda text: text.translate(_WIDE))
_NOISE: Final = st.text(
    alphabet=st.one_of(
        st.sampled_from("0123456789１２月日時分年一二十:：/／.．-() （）【】「」。、\n \u3000@#+*=_★☆■ABhttpsnoonあこさ氏様"),
        st.characters(),
    ),
    max_size=6,
)  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """A few fragments, whole or cut, in whatever width and case, with noise between them."""
    whole = st.sampled_from(QUOTED)
    cut = st.builds(
        lambda text, a, b: text[a : a + b], whole, st.integers(0, 40), st.integers(1, 60)
    )
    piece = st.builds(lambda text, change: change(text), whole | cut, st.sampled_from(_CHANGES))
    return st.lists(piece | _NOISE, min_size=1, max_size=4).map("".join)
