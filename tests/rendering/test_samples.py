"""The sample posts as readers will see them, held against tests/rendering/golden/.

After a change that is meant: `python -m tests.rendering.samples`, and read the difference.
"""

from __future__ import annotations

import re

import pytest
from tests.rendering.samples import GOLDEN, REPOSITORY, samples, variants

from jposocial import entities, measure, open_workspace

GOLDENS = {path.name: path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.txt"))}


@pytest.fixture(scope="module")
def rendered():
    return samples()


@pytest.fixture(scope="module")
def all_variants():
    workspace = open_workspace(REPOSITORY)
    found = [v for post in workspace.posts() for v in variants(post, workspace.settings)]
    assert len(found) > 20
    return found


def test_every_sample_has_its_golden_file(rendered):
    """There is a golden file for each sample that goes somewhere, and no other."""
    assert list(GOLDENS) == sorted(rendered)


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(rendered, name):
    """Readers see what somebody has read and found good."""
    assert GOLDENS[name] == rendered.get(name)


def test_every_sample_fits(all_variants):
    """No sample is too long for its account, and each says something."""
    for variant in all_variants:
        for part in variant.parts:
            assert measure(part.text, variant.platform).valid


def test_addresses_stand_alone(all_variants):
    """Whatever is linked as an address is a line of its own, so that nothing is swallowed."""
    for variant in all_variants:
        for part in variant.parts:
            found = [e.text for e in entities(part.text, variant.platform) if e.kind == "url"]
            assert [] == [url for url in found if url not in part.text.split("\n")]


def test_hashtags_stand_in_the_last_line(all_variants):
    """Tags are together in the last line, and all of them are linked."""
    for variant in all_variants:
        for part in variant.parts:
            tags = [e.text for e in entities(part.text, variant.platform) if e.kind == "hashtag"]
            assert tags == [] or " ".join(tags) == part.text.split("\n")[-1]


def test_no_secret_is_in_a_sample(all_variants):
    """No join link and no consent number stands in what readers see."""
    for variant in all_variants:
        for part in variant.parts:
            assert None is re.search(r"meeting\.example|\bC-\d{4}\b", part.text)
