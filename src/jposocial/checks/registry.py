"""Every rule: its id, its severity, and what it is about. The one literal list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jposocial.messages import Message, msg
from jposocial.model import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    title: Message
    severity: Severity = "error"


RULES: Mapping[str, Rule] = {
    "F01": Rule(msg("the file cannot be read")),
    "F02": Rule(msg("the fields are no valid YAML")),
    "F03": Rule(msg("a field that does not exist")),
    "F04": Rule(msg("a value of the wrong form")),
    "F05": Rule(msg("an id that is taken")),
    "F06": Rule(msg("a template or register that cannot be used")),
    "E01": Rule(msg("the weekday is not that of the date")),
    "E02": Rule(msg("the event or deadline is past when the post goes out")),
    "E06": Rule(msg("too long for the account")),
    "E09": Rule(msg("a required field is missing, or a placeholder is left")),
    "E11": Rule(msg("a date or time that cannot be, or a wrong order")),
    "E15": Rule(msg("broken or invisible characters")),
    "E21": Rule(msg("the account cannot carry it")),
}
