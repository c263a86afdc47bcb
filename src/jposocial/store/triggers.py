"""What a constraint cannot see, because it compares a row with what it was (SQLite)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jposocial.model import TRANSITIONS
from jposocial.store.mail_tables import LEDGER_MOVES

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
    refuse |= _mail_triggers()
    for table in ("attempts", "decisions", "events", "suppressions"):
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            refuse[name] = _refuse(verb, table, f"{table} are append-only")
    return {name: f"CREATE TRIGGER {name} {ddl}" for name, ddl in refuse.items()}


#: What a recipient gets never changes; who it was may be erased.
_LEDGER_PAYLOAD = ("issue", "lang", "message_id", "payload_hash")

_ISSUE_PAYLOAD = (
    "post", "newsletter", "list", "mode", "delivery", "payload_hash", "audience_hash", "frozen",
    "corrects",
)  # fmt: skip


def _mail_triggers() -> dict[str, str]:
    moves = ", ".join(f"'{before}>{after}'" for before, after in LEDGER_MOVES)
    return {
        "consents_no_update": _refuse("UPDATE", "consents", "a consent is evidence"),
        "mails_no_update": _refuse("UPDATE", "mails", "the payload never changes"),
        "mails_no_delete": _refuse("DELETE", "mails", "a mail is never deleted"),
        "issues_no_delete": _refuse("DELETE", "issues", "an issue is never deleted"),
        "issues_payload": _unchanged("issues", _ISSUE_PAYLOAD),
        "ledger_no_delete": _refuse("DELETE", "ledger", "a ledger keeps every recipient"),
        "ledger_payload": _unchanged("ledger", _LEDGER_PAYLOAD),
        "ledger_transition": _refuse(
            "UPDATE", "ledger", "no such transition",
            f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({moves})",
        ),
    }  # fmt: skip


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
