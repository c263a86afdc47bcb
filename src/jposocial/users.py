"""Who somebody is on this machine."""

from __future__ import annotations

import pwd
from functools import lru_cache


@lru_cache(maxsize=256)
def user_name(uid: int) -> str:
    """The operating system's name for `uid`, or `uid:N` where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid:{uid}"
