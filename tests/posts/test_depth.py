"""Lists and groups within each other: as deep as a field can be, and no deeper."""

from __future__ import annotations

import pytest

from jposocial.posts.front_matter import MAX_DEPTH, BadYaml, parse_front_matter

#: What makes one level more of a value, before it and behind it.
LEVELS = {"lists": ("[", "]"), "groups": ("{a: ", "}"), "both": ("[{a: ", "}]")}


def content(opening: str, closing: str = "", more: str = "") -> str:
    return f"---\nid: case\ntags: {opening}x{closing}\n{more}---\n本文です。\n"


def refused(text: str) -> tuple[int, str]:
    with pytest.raises(BadYaml) as caught:
        parse_front_matter(text)
    return caught.value.line, str(caught.value)


@pytest.mark.parametrize(("opening", "closing"), LEVELS.values(), ids=LEVELS)
def test_the_deepest(opening: str, closing: str) -> None:
    """The fields themselves are the first level."""
    times = (MAX_DEPTH - 1) // len(closing)
    assert parse_front_matter(content(opening * times, closing * times)).values["tags"]


@pytest.mark.parametrize("more", ["", "a: b\n", "a: " + ": " * 600 + "\n"])
@pytest.mark.parametrize(("opening", "closing"), LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("times", [MAX_DEPTH, 400, 30_000])
def test_too_deep(opening: str, closing: str, times: int, more: str) -> None:
    """Refused where it becomes too deep, whatever else is in the file."""
    line, said = refused(content(opening * times, closing * times, more))
    assert (3, "lists or groups stand in each other too often") == (line, said)


@pytest.mark.parametrize("times", [MAX_DEPTH, 400, 30_000])
def test_never_closed(times: int) -> None:
    """Brackets that are never closed are what is said, at the line where they are."""
    line, said = refused(content("[" * times))
    assert (3, "lists or groups stand in each other too often") == (line, said)


def test_deep_blocks() -> None:
    """Indented groups count as brackets do."""
    rows = [f"{'  ' * n}a{n}:" for n in range(MAX_DEPTH + 1)]
    line, said = refused("---\n" + "\n".join(rows) + " x\n---\n")
    assert (MAX_DEPTH + 2, "lists or groups stand in each other too often") == (line, said)
    deepest = "---\n" + "\n".join(rows[:-1]) + " x\n---\n"
    assert parse_front_matter(deepest).lines[".".join(f"a{n}" for n in range(MAX_DEPTH))] == 21
