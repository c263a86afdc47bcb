"""Small facts about the outbox as a whole."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select

from jposocial.store.engine import reading
from jposocial.store.tables import META

#: Of the tree that the last sync read.
FINGERPRINT: Final = "fingerprint"

#: What that sync left behind it, where it had nothing to refuse: the record's last event and the
#: number of open rows. As long as both marks stand, another sync would find nothing to do.
SETTLED: Final = "settled"

#: When the last beat was completed.
BEAT: Final = "beat"


def get_meta(engine: Engine, name: str) -> str | None:
    with reading(engine) as connection:
        return connection.execute(select(META.c.value).where(META.c.name == name)).scalar()


def set_meta(connection: Connection, name: str, value: str) -> None:
    connection.execute(delete(META).where(META.c.name == name))
    connection.execute(insert(META).values(name=name, value=value))


def forget_files(connection: Connection) -> None:
    """The next beat reads the files again, whether they have changed or not."""
    connection.execute(delete(META).where(META.c.name == FINGERPRINT))
