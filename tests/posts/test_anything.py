"""Whatever a file holds, checking it gives problems and never an exception."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workspace import make_workspace, post_text, tree_digest, write_file

from jposocial.app import open_workspace

NOW = datetime(2026, 12, 1, tzinfo=UTC)

#: What a content file is made of, and what may stand where something else should.
PIECES = (
    *("---\n", "\n", " ", "  ", "\t", ": ", "- ", "{", "}", "[", "]", ",", "#", "&a", "*a", "|\n"),
    *("id", "case", "kind", "seminar", "notice", "testimonial", "title", "publish", "starts"),
    *("ends", "text", "x", "speakers", "name", "accounts", "ready", "false", "allow", "E01"),
    *("2027-01-13", "2027-02-30 24:00", "2027-03-28 02:30 Europe/Paris", "0001-01-01 00:00"),
    *(
        "2月5日(木)",
        "○○",
        "{{",
        "---part---",
        "<!-- en -->",
        "お知らせ",
        "\ufeff",
        "\r\n",
        "'",
        '"',
    ),
    *("person", "consent", "until", "9999-12-31", "media", "links", "url", "https://a.jp", "😀"),
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            *("starts", "ends", "publish", "text", "accounts", "ready", "links", "media", "person"),
            *("quote", "speakers", "apply_deadline", "tags", "allow", "skip", "moved_from", "en"),
            *("status", "consent", "capacity", "timezone", "format", "category", "owner"),
        ]
    ),
    st.recursive(
        st.sampled_from(PIECES) | st.text(max_size=5),
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(st.sampled_from(PIECES), below, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=8,
)


def check(content: bytes) -> None:
    """Check a workspace with that one file, by everything that `check` does."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_workspace(Path(folder))
        write_file(root, "posts/x.md", content)
        before = tree_digest(root)
        workspace = open_workspace(root)
        for problem in workspace.check(now=NOW):
            assert problem.line >= 1
            assert problem.message
            assert problem.fix
        workspace.plan(now=NOW)
        assert before == tree_digest(root)


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_bytes(content: bytes) -> None:
    """Arbitrary bytes."""
    check(content)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=100, deadline=None)
def test_any_pieces(text: str) -> None:
    """Pieces of content files in any order."""
    check(("---\n" + text).encode())


@given(st.sampled_from(["seminar", "testimonial", "notice", "vacancy", "", "none"]), FIELDS)
@settings(max_examples=150, deadline=None)
def test_any_fields(kind: str, fields: dict[str, object]) -> None:
    """Well-formed files with any value in any field."""
    text = post_text("本文です。", id="case", kind=kind, title="お知らせ", **fields)
    check(text.encode("utf-8", "replace"))


@given(st.text(max_size=100))
@settings(max_examples=50, deadline=None)
def test_any_body(body: str) -> None:
    """Any text as the body of a post that is otherwise right."""
    text = post_text(body, id="case", kind="notice", title="お知らせ", publish="2027-01-13 10:00")
    check(text.encode("utf-8", "replace"))
