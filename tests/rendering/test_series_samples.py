"""The samples' series as readers will see them, held against tests/rendering/golden/series/.

After a change that is meant: `python -m tests.rendering.series_samples`, and read the difference.
"""

from __future__ import annotations

from collections import Counter

import pytest
from tests.rendering.series_samples import GOLDEN, occurrences, samples

from jposocial import entities, measure

GOLDENS = {path.name: path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.txt"))}


@pytest.fixture(scope="module")
def rendered():
    return samples()


@pytest.fixture(scope="module")
def promised():
    return occurrences()


def test_every_series_has_its_golden_file(rendered):
    """There is one for each series that says something in the quarter, and no other."""
    assert list(GOLDENS) == sorted(rendered)


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(rendered, name):
    """Readers see what somebody has read and found good."""
    assert GOLDENS[name] == rendered.get(name)


def test_they_fit_and_their_addresses_stand_alone(promised):
    """Each text is within its account's limit; a line with an address has nothing else."""
    for promise in promised:
        for part in promise.variant.parts:
            assert measure(part.text, promise.variant.platform).valid
            found = [
                e.text for e in entities(part.text, promise.variant.platform) if e.kind == "url"
            ]
            assert [] == [url for url in found if url not in part.text.split("\n")]


def test_the_quarter_is_filled(promised):
    """Most Wednesdays have their testimonial, and every sample vacancy is in a digest once."""
    assert sum(p.slot.post == "testimonial_weekly" for p in promised) >= 10
    digests = [p for p in promised if p.slot.moment == "digest"]
    uses = Counter((p.slot.account, post.id) for p in digests for post in p.used)
    assert {1} == set(uses.values())
    assert {"x", "facebook"} == {account for account, _ in uses}
