"""The images of a workspace, each looked at once as long as its file stays the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jposocial.media.encoding import prepared, refuse_false_name
from jposocial.media.errors import BadImage
from jposocial.media.places import opened
from jposocial.media.store import Facts, MediaStore, facts_of


class Images:
    """Original → what goes out of it. Nothing is written unless it is asked for."""

    def __init__(self, root: Path, store: MediaStore) -> None:
        self._root = root
        self._store = store
        self._known: dict[tuple[str, tuple[int, ...]], Facts | BadImage] = {}

    def facts(self, file: str, *, keep: bool = False) -> Facts:
        """Of the image that a content file names; `keep` writes it to the store.

        Raises BadImage for one that cannot go out, OSError where it cannot be kept.
        """
        with opened(self._root, file) as source:
            key = (file, source.mark)
            found = self._known.get(key)
            if found is None or self._is_lost(found, keep):
                found = self._known[key] = self._made(source.read(), file, keep)
        if isinstance(found, BadImage):
            raise BadImage(found.rule, found.message, found.fix)
        return found

    def _is_lost(self, found: Facts | BadImage, keep: bool) -> bool:
        return keep and isinstance(found, Facts) and not self._store.intact(found.digest)

    def _made(self, raw: bytes, file: str, keep: bool) -> Facts | BadImage:
        source = hashlib.sha256(raw).hexdigest()
        try:
            facts = self._store.made_of(source)
            if facts is None:
                image = prepared(raw, file)
                facts = facts_of(image)
                if keep:
                    self._store.keep(image)
                    self._store.note_source(source, facts)
            refuse_false_name(file, facts.type)
        except BadImage as bad:
            return bad
        return facts
