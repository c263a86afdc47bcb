"""E17: addresses and numbers of people; a text gives the office's own ones only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.folding import plain_numbers
from jposocial.checks.links import addresses
from jposocial.checks.reading import Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.messages import Message, joined, msg
from jposocial.posts.registers import Contact

_AT: Final = (
    r"(?:\s?[(\[{<]\s?(?:at|@|アットマーク|アット)\s?[)\]}>]\s?|_at_| ?@ ?|アットマーク|[★☆■●])"
)
_DOT: Final = r"(?:\.|\s?[(\[{]\s?(?:dot|ドット|\.)\s?[)\]}]\s?)"
#: With a sign against harvesting too: taro(at)example(dot)jp.
_MAIL: Final = re.compile(
    rf"(?<![\w.%+@/-])[a-z0-9][a-z0-9._%+-]{{0,63}}{_AT}[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{2,63}}){{1,5}}",
    re.IGNORECASE | re.ASCII,
)
#: What stands at the sign of any of them; found quickly.
_AT_SIGN: Final = re.compile(rf"[A-Za-z0-9._%+-](?i:{_AT})[A-Za-z0-9-]", re.ASCII)
#: Where people have mail boxes of their own.
_PRIVATE_HOSTS: Final = re.compile(
    r"@(?:[\w-]+\.)*(?:gmail\.com|googlemail\.com|yahoo\.(?:co\.jp|com)|ymail\.ne\.jp|icloud\.com|me\.com|mac\.com"
    r"|outlook\.(?:com|jp)|hotmail\.(?:com|co\.jp)|live\.jp|msn\.com|docomo\.ne\.jp|ezweb\.ne\.jp|au\.com"
    r"|softbank\.ne\.jp|i\.softbank\.jp|vodafone\.ne\.jp|ymobile\.ne\.jp|nifty\.com|biglobe\.ne\.jp|so-net\.ne\.jp"
    r"|ocn\.ne\.jp|plala\.or\.jp|proton(?:mail)?\.(?:me|com)|aol\.(?:com|jp)|gmx\.\w+|qq\.com|163\.com|naver\.com)\Z",
    re.IGNORECASE,
)

_GAP: Final = r"[ ()-]{1,2}"
_JAPANESE: Final = (
    rf"\(?0\d{{1,4}}{_GAP}\d{{1,4}}{_GAP}\d{{3,4}}"
    r"|0[5789]0\d{8}|0(?:120|800|570)\d{6,7}"
)
_ABROAD: Final = r"\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,5}"
_PHONE: Final = re.compile(
    rf"(?:(?<![\w/.#=+-])|(?<=tel)|(?<=fax)|(?<=phone))(?:{_JAPANESE}|{_ABROAD})(?![\d/:-]*\d)(?![年月%円人])",
    re.ASCII | re.IGNORECASE,
)
#: Ten digits in a row are a telephone number where somebody says so.
_SAID: Final = re.compile(
    r"(?:tel|phone|fax|電話|ファックス|ファクス|携帯|℡|☎|📞)[^\d\n+]{0,8}(?P<number>0\d{9,10})(?!\d)",
    re.IGNORECASE,
)
#: Behind these a number counts something else, if nobody says that it is for calling.
_OTHER_NUMBER: Final = re.compile(
    r"(?:公募|空席|募集|受験|整理|管理|文書|登録|口座|受付|注文|案件|会員|ミーティング|会議|ISBN|ISSN|JAN|DOI|ID|VN|VA|JO|JR|Ref|No|№|Vacancy)"
    r"[^\d\n]{0,10}\Z",
    re.IGNORECASE,
)
_CALLED: Final = re.compile(r"(?:tel|phone|fax|電話|携帯|℡|☎|📞)[^\d\n]{0,10}\Z", re.IGNORECASE)
_DIGITS: Final = {9, 10, 11}
#: What any of them looks like, of at least nine digits.
_CALLABLE: Final = re.compile(r"[0+][\d ().-]{8}")
_ABROAD_DIGITS: Final = range(9, 16)
_MOBILE: Final = re.compile(r"0[789]0\d{8}")


@needs("@tト★☆■●" + DIGIT, ".dド" + DIGIT)
def contacts(text: str, reading: Reading) -> Iterator[Finding]:
    """Without a register of contacts, only what is plainly somebody's own."""
    register = reading.book.registers.contact
    plain = plain_numbers(text)
    for match in _MAIL.finditer(plain) if _AT_SIGN.search(plain) else ():
        if not _linked(text, match) and _is_strange_mail(match[0], register):
            yield _finding(text, match.span(), _mails(register))
    for start, end in _phones(plain):
        inside = any(a.start <= start < a.end for a in addresses(text))
        if not inside and _is_strange_phone(plain[start:end], register):
            yield _finding(text, (start, end), _numbers(register))


def _linked(text: str, match: re.Match[str]) -> bool:
    """Inside an address of a page: what stands before @ there is E10's."""
    return any(a.scheme and a.start <= match.start() < a.end for a in addresses(text))


def _phones(plain: str) -> Iterator[tuple[int, int]]:
    if not _CALLABLE.search(plain):
        return
    found = {match.span("number") for match in _SAID.finditer(plain)}
    for match in _PHONE.finditer(plain):
        before = plain[: match.start()][-24:]
        counts = len(_digits(match[0])) in (_ABROAD_DIGITS if "+" in match[0] else _DIGITS)
        if counts and (_CALLED.search(before) or not _OTHER_NUMBER.search(before)):
            found.add(match.span())
    yield from sorted(found)


def _is_strange_mail(found: str, register: tuple[Contact, ...]) -> bool:
    address = _mail(found)
    if address in _known(register)[0]:
        return False
    has_mails = any(contact.mail for contact in register)
    return has_mails or bool(_PRIVATE_HOSTS.search(address))


def _mail(found: str) -> str:
    at = re.sub(_AT, "@", found, flags=re.IGNORECASE)
    return re.sub(_DOT, ".", at, flags=re.IGNORECASE).lower().strip(".")


def _is_strange_phone(found: str, register: tuple[Contact, ...]) -> bool:
    number = _digits(found)
    if number in _known(register)[1]:
        return False
    has_phones = any(contact.phone for contact in register)
    return has_phones or bool(_MOBILE.fullmatch(number))


def _digits(number: str) -> str:
    """As it is dialled within Japan: +81 (0)3 1234 5678 → 0312345678."""
    number = re.sub(r"\+81[ -]?\(0\)", "+81", number)
    digits = re.sub(r"\D", "", number)
    return "0" + digits[2:].lstrip("0") if number.lstrip(" (").startswith("+81") else digits


@lru_cache(maxsize=64)
def _known(register: tuple[Contact, ...]) -> tuple[frozenset[str], frozenset[str]]:
    mails = {_mail(plain_numbers(contact.mail)) for contact in register if contact.mail}
    phones = {_digits(plain_numbers(contact.phone)) for contact in register if contact.phone}
    return frozenset(mails), frozenset(phones)


def _mails(register: tuple[Contact, ...]) -> list[str]:
    return [contact.mail for contact in register if contact.mail]


def _numbers(register: tuple[Contact, ...]) -> list[str]:
    return [contact.phone for contact in register if contact.phone]


def _finding(text: str, span: tuple[int, int], known: list[str]) -> Finding:
    found = text[slice(*span)]
    return Finding(
        rule="E17",
        start=span[0],
        found=found,
        message=msg("'{found}' is none of the office's own contacts", found=found),
        fix=_fix(known),
    )


def _fix(known: list[str]) -> Message:
    if known:
        return msg("write {known}, or take it out", known=joined(known))
    return msg("take it out; the office's contacts are in posts/registers/contact.yaml")
