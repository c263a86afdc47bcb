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
    "E03": Rule(msg("a way into a meeting that is not for the public")),
    "E04": Rule(msg("an exam's label, its year, 和暦 or a link disagree")),
    "E06": Rule(msg("too long for the account")),
    "E07": Rule(msg("nearly the same text went out already")),
    "E08": Rule(msg("the consent does not cover it")),
    "E09": Rule(msg("a required field is missing, or a placeholder is left")),
    "E10": Rule(msg("a link that is not https, a shortener, or to a host that is not allowed")),
    "E11": Rule(msg("a date or time that cannot be, or a wrong order")),
    "E12": Rule(msg("a time without its zone, or a local time that is not the right one")),
    "E13": Rule(msg("a name unlike the register, or its honorific")),
    "E14": Rule(msg("an image without its alternative text or credit")),
    "E15": Rule(msg("broken or invisible characters")),
    "E17": Rule(msg("an address or telephone number that is not the office's own")),
    "E18": Rule(msg("a mail without its publisher, without a way to leave, or of another list")),
    "E19": Rule(msg("another date than readers were told, and no 'moved_from'")),
    "E20": Rule(msg("today, tomorrow or the days left are wrong on the day it goes out")),
    "E21": Rule(msg("the account cannot carry it")),
    "W01": Rule(msg("outside the office hours, or on a holiday"), severity="warning"),
    "W02": Rule(msg("a character that not every device shows"), severity="warning"),
    "W03": Rule(msg("a hashtag that does not work"), severity="warning"),
    "W04": Rule(msg("full-width and half-width letters in one text"), severity="warning"),
    "W05": Rule(
        msg("an organisation's name that is not official, or an acronym unexplained"),
        severity="warning",
    ),
    "W06": Rule(msg("a word that is retired"), severity="warning"),
    "W07": Rule(msg("a figure that the register does not have, or an old one"), severity="warning"),
    "W08": Rule(msg("text right behind a link"), severity="warning"),
    "W09": Rule(msg("a word that points at nothing"), severity="warning"),
    "W10": Rule(msg("noon and midnight are muddled"), severity="warning"),
    "W12": Rule(msg("more posts on the account than its cap and gap allow"), severity="warning"),
    "W13": Rule(
        msg("a fact about a person, or a figure, that nobody has looked up for a year"),
        severity="warning",
    ),
    "W15": Rule(msg("decoration that screen readers read aloud"), severity="warning"),
    "W17": Rule(msg("an account of this kind is missing"), severity="warning"),
    "W19": Rule(msg("the Japanese and the English text disagree"), severity="warning"),
    "W20": Rule(msg("a link that ends before the text does"), severity="warning"),
}
