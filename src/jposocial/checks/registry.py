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
    "E04": Rule(msg("an exam's label, its year, 和暦 or a link disagree")),
    "E06": Rule(msg("too long for the account")),
    "E07": Rule(msg("nearly the same text went out already")),
    "E09": Rule(msg("a required field is missing, or a placeholder is left")),
    "E11": Rule(msg("a date or time that cannot be, or a wrong order")),
    "E12": Rule(msg("a time without its zone, or a local time that is not the right one")),
    "E15": Rule(msg("broken or invisible characters")),
    "E20": Rule(msg("today, tomorrow or the days left are wrong on the day it goes out")),
    "E21": Rule(msg("the account cannot carry it")),
    "W01": Rule(msg("outside the office hours, or on a holiday"), severity="warning"),
    "W02": Rule(msg("a character that not every device shows"), severity="warning"),
    "W03": Rule(msg("a hashtag that does not work"), severity="warning"),
    "W04": Rule(msg("full-width and half-width letters in one text"), severity="warning"),
    "W10": Rule(msg("noon and midnight are muddled"), severity="warning"),
    "W12": Rule(msg("more posts on the account than its cap and gap allow"), severity="warning"),
    "W15": Rule(msg("decoration that screen readers read aloud"), severity="warning"),
    "W17": Rule(msg("an account of this kind is missing"), severity="warning"),
    "W19": Rule(msg("the Japanese and the English text disagree"), severity="warning"),
}
