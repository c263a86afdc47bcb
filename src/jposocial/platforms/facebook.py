"""A Facebook page: a long text, counted in code points, posted without charge."""

from __future__ import annotations

import re
from typing import ClassVar

from jposocial.model import Entity, Measure, MediaLimits
from jposocial.platforms.x_entities import hashtags, urls, without_overlaps

# Not in the reference of https://developers.facebook.com/docs/graph-api/reference/page/feed/;
# it is the limit that the form on the page has.
LIMIT = 63_206

# https://developers.facebook.com/docs/graph-api/reference/page/photos/ recommends no more than
# 4 MB and names JPEG, PNG, GIF, TIFF and BMP. That 10 MB are refused, ten images go into one
# post, and how long an alternative text may be is in no document: taken on the safe side.
MEDIA = MediaLimits(
    count=10,
    size=10_000_000,
    alt=1000,
    types=frozenset({"image/jpeg", "image/png"}),
)

# Meta does not publish its rule: X's grammar stands in for it, which stops where Japanese
# begins; bare domains are left out.
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_UNSENDABLE = re.compile("[\ud800-\udfff]")


class Facebook:
    """The rules of a page."""

    name: ClassVar[str] = "facebook"
    media: ClassVar[MediaLimits] = MEDIA
    threads: ClassVar[bool] = False

    def measure(self, text: str) -> Measure:
        """`length` is in code points."""
        length = len(text)
        valid = length <= LIMIT and bool(text.strip()) and not _UNSENDABLE.search(text)
        return Measure(length=length, limit=LIMIT, valid=valid)

    def entities(self, text: str) -> list[Entity]:
        """URLs and hashtags; naming a page by @ takes a permission of its own."""
        found = [url for url in urls(text) if _SCHEME.match(url.text)]
        return without_overlaps([*found, *hashtags(text)])

    def price(self, text: str, described: int = 0) -> float:
        """Nothing, whatever is posted."""
        return 0.0
