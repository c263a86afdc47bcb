"""Where a finding in a variant comes from: the line of the file that says so, or the template."""

from __future__ import annotations

from collections.abc import Iterator

from jposocial.checks.findings import Finding, Spot, problem, spots
from jposocial.model import Post, Problem, Variant


def in_variant(finding: Finding, post: Post, variant: Variant, text: str) -> Problem:
    """The problem, at the line of the file where its words stand, else where the text is from."""
    line = _line_in_file(finding, post, text)
    path = post.path if line else variant.source
    return problem(
        finding,
        path=path,
        line=line or variant.source_line,
        post=variant.post,
        account=variant.account,
    )


def _line_in_file(finding: Finding, post: Post, text: str) -> int | None:
    """The first line of the file's texts that holds the very line of the variant."""
    begin = text.rfind("\n", 0, finding.start) + 1
    end = text.find("\n", finding.start)
    row = text[begin : end if end >= 0 else len(text)].strip()
    for spot in _texts(post):
        at = spot.text.find(row)
        if at < 0 and finding.found in spot.text and spot.text.strip() in row:
            at = spot.text.find(finding.found)
        if row and at >= 0:
            return spot.line + spot.text.count("\n", 0, at)
    return None


def _texts(post: Post) -> Iterator[Spot]:
    return (spot for spot in spots(post) if spot.text.strip())
