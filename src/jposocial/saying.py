"""Problems as they are said to people: in their language, of the files they asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jposocial.messages import localised
from jposocial.model import Problem


def is_under(problem: Problem, paths_of: Mapping[str, Path], wanted: Sequence[Path]) -> bool:
    """Whether a problem is in one of the `wanted` places, or of a post that is."""
    places = [Path(problem.path), paths_of.get(problem.post or "", Path(problem.path))]
    return any(place.is_relative_to(one) for place in places for one in wanted)


def said(problem: Problem, language: str) -> Problem:
    """The problem with its message and fix in `language`."""
    return replace(
        problem, message=localised(problem.message, language), fix=localised(problem.fix, language)
    )
