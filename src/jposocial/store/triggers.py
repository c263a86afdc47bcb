"""What a constraint cannot see, because it compares a row with what it was (SQLite)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jposocial.model import TRANSITIONS

#: What was approved is what is sent: these never change once a delivery exists.
_IMMUTABLE = (
    "mode", "account", "post", "moment", "occurrence", "round", "platform", "handle", "kind",
    "category", "key",
)  # fmt: skip

#: The window, which only `retry --at` moves, together with the hash.
_WINDOW = ("window_start", "expires")


def triggers() -> Mapping[str, str]:
    """Name → DDL, as the newest migration leaves them."""
    refuse = {
        "deliveries_no_delete": _refuse("DELETE", "deliveries", "a delivery is never deleted"),
        "parts_no_delete": _refuse("DELETE", "parts", "a part is never deleted"),
        "parts_payload": _unchanged("parts", ("delivery", "number", "text", "media")),
        "parts_accepted": _refuse("UPDATE", "parts", "an accepted part is final", "OLD.state = 'accepted'"),
        "deliveries_payload": _unchanged("deliveries", _IMMUTABLE),
        "deliveries_used": _unchanged("deliveries", ("used",)),
        "deliveries_window": _refuse(
            "UPDATE", "deliveries", "a window moves with its hash only",
            f"({_differs(_WINDOW)}) AND OLD.payload_hash = NEW.payload_hash",
        ),
        "deliveries_hash": _refuse(
            "UPDATE", "deliveries", "a hash moves with its window only",
            f"OLD.payload_hash <> NEW.payload_hash AND NOT ({_differs(_WINDOW)})",
        ),
        "deliveries_transition": _refuse(
            "UPDATE", "deliveries", "no such transition",
            f"OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN ({_transitions()})",
        ),
    }  # fmt: skip
    for table in ("attempts", "decisions", "events"):
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            refuse[name] = _refuse(verb, table, f"{table} are append-only")
    return {name: f"CREATE TRIGGER {name} {ddl}" for name, ddl in refuse.items()}


def _refuse(verb: str, table: str, why: str, when: str = "") -> str:
    condition = f" WHEN {when}" if when else ""
    return f"BEFORE {verb} ON {table}{condition} BEGIN SELECT RAISE(ABORT, '{why}'); END"


def _unchanged(table: str, columns: Iterable[str]) -> str:
    return _refuse("UPDATE", table, "the payload never changes", _differs(columns))


def _differs(columns: Iterable[str]) -> str:
    return " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)


def _transitions() -> str:
    pairs = sorted({f"{before}>{after}" for (before, _), after in TRANSITIONS.items()})
    return ", ".join(f"'{pair}'" for pair in pairs)
