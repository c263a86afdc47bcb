"""What `sync` must know of the files, out of a survey."""

from __future__ import annotations

from jposocial.outbox.sync import Tree
from jposocial.survey import Survey


def tree_of(survey: Survey) -> Tree:
    errors = [p for p in survey.problems if p.severity == "error"]
    return Tree(
        promises=survey.promises,
        broken_ids={p.post for p in errors if p.post},
        broken_paths={p.path for p in errors},
        ids={loaded.id for loaded in survey.files if loaded.id},
        unread={loaded.path for loaded in survey.files if loaded.id is None},
        problems=errors,
        held=survey.held,
    )
