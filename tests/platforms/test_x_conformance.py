"""X's own public conformance cases, see `conformance/README.md`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from jposocial import entities, measure
from jposocial.model import Entity

FOLDER: Final = Path(__file__).parent / "conformance"

#: Counted by version 2 of the configuration, which knew no emoji as a whole: the cases of
#: version 3 (`WeightedTweetsWithDiscountedEmojiCounterTest`) have the same sequences.
VERSION_2: Final = {
    "Count a mix of single byte single word, and double word unicode characters": 7,
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers": 4,
}

#: A text of 140 characters was the longest before weights.
BEFORE_WEIGHTS: Final = (
    "Invalid Tweet: 141 characters",
    "Invalid Tweet: 141 characters (due to newline)",
)


def cases(file: str, *groups: str) -> list[Any]:
    """Every case of those groups."""
    tests = yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))["tests"]
    return [case for group in groups for case in tests[group]]


def described(case: Mapping[str, Any]) -> str:
    return case["description"]


def linked(kind: str, text: str) -> list[Entity]:
    return [entity for entity in entities(text, "x") if entity.kind == kind]


def names(kind: str) -> Callable[[str], list[str]]:
    """What is named: without its sign, a mention without its list."""
    return lambda text: [e.text[1:].partition("/")[0] for e in linked(kind, text)]


def placed(kind: str, key: str) -> Callable[[str], list[Mapping[str, Any]]]:
    return lambda text: [{key: e.text[1:], "indices": [e.start, e.end]} for e in linked(kind, text)]


def placed_urls(text: str) -> list[Mapping[str, Any]]:
    return [{"url": e.text, "indices": [e.start, e.end]} for e in linked("url", text)]


def lists(text: str) -> list[Mapping[str, Any]]:
    found = []
    for e in linked("mention", text):
        name, slash, slug = e.text[1:].partition("/")
        found.append({"screen_name": name, "list_slug": slash + slug, "indices": [e.start, e.end]})
    return found


#: A group of extract.yml → what answers it.
EXTRACTED: Final[Mapping[str, Callable[[str], list[Any]]]] = {
    "mentions": names("mention"),
    "mentions_with_indices": placed("mention", "screen_name"),
    "mentions_or_lists_with_indices": lists,
    "urls": lambda text: [e.text for e in linked("url", text)],
    "urls_with_indices": placed_urls,
    "urls_with_directional_markers": placed_urls,
    "tco_urls_with_params": lambda text: [e.text for e in linked("url", text)],
    "hashtags": names("hashtag"),
    "hashtags_from_astral": names("hashtag"),
    "hashtags_with_indices": placed("hashtag", "hashtag"),
    "cashtags": names("cashtag"),
    "cashtags_with_indices": placed("cashtag", "cashtag"),
}


@pytest.mark.parametrize("group", EXTRACTED)
def test_entities(group: str):
    """X links what its own cases say, where they say it."""
    found = cases("extract.yml", group)
    expected = [(case["description"], case["expected"] or []) for case in found]
    assert expected == [(c["description"], EXTRACTED[group](c["text"])) for c in found]


@pytest.mark.parametrize(
    "case",
    cases(
        "validate.yml", "WeightedTweetsCounterTest",
        "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest",
    ),
    ids=described,
)  # fmt: skip
def test_counts(case: Mapping[str, Any]):
    """X's weights, with an emoji of whatever parts as one."""
    found = measure(case["text"], "x")
    length = VERSION_2.get(case["description"], case["expected"]["weightedLength"])
    assert (length, case["expected"]["valid"]) == (found.length, found.valid)


@pytest.mark.parametrize("case", cases("validate.yml", "tweets"), ids=described)
def test_what_may_be_posted(case: Mapping[str, Any]):
    """What X takes and what it refuses."""
    expected = case["expected"] or case["description"] in BEFORE_WEIGHTS
    assert expected is measure(case["text"], "x").valid


@pytest.mark.parametrize(
    ("group", "kind", "slash"),
    [
        ("usernames", "mention", False),
        ("lists", "mention", True),
        ("urls_without_protocol", "url", None),
    ],
    ids=["usernames", "lists", "urls_without_protocol"],
)
def test_a_whole_text_as_one_entity(group: str, kind: str, slash: bool | None):
    """A valid name, list or bare domain is linked as a whole; what is none is not."""
    found = cases("validate.yml", group)
    assert [(case["text"], case["expected"]) for case in found] == [
        (
            c["text"],
            any(
                e.text == c["text"] and slash in (None, "/" in e.text)
                for e in linked(kind, c["text"])
            ),
        )
        for c in found
    ]


def test_top_level_domains():
    """Every one of X's own list, also those that are given up since."""
    texts = [f"https://twitter.{name}" for name in (FOLDER / "tlds.txt").read_text("utf-8").split()]
    assert len(texts) > 1500
    assert [] == [t for t in texts if [t] != [e.text for e in linked("url", t)]]
