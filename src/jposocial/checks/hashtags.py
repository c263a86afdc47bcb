"""W03: hashtags that no platform links, or that link more than was meant.

What X takes for a hashtag is asked of its own rules; the others take the same or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from jposocial.checks.findings import Finding, at_field
from jposocial.checks.folding import half_width
from jposocial.checks.links import addresses
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import needs
from jposocial.checks.style import is_plain
from jposocial.messages import Message, msg
from jposocial.model import Post, Problem

#: More tags than this hide what the text says.
MOST: Final = 4

_SIGN: Final = re.compile(r"[#＃](?![\ufe0f\u20e3])")
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}(?=[ \t])", re.MULTILINE)
_TAG: Final = re.compile(r"[\w・〜～·]+")
_WORD: Final = re.compile(r"[\w・〜～·ー]\Z")
_TAG_BEFORE: Final = re.compile(r"[#＃][\w・〜～·]+\Z")
#: C# and F#, and the number sign: Vacancy #1234, 求人番号 #1234.
_LANGUAGE: Final = re.compile(r"(?<![A-Za-z])[CFJ]\Z")
_NUMBERED: Final = re.compile(
    r"(?:番号|求人|公募|案件|[Nn]o\.?|(?<![#＃\w])[A-Za-z]+)[:：]?[ \u3000]?\Z"
)
_MARKS: Final = re.compile(r"[・〜～·]")

_PARTICLE: Final = r"(?:から|まで|より|について|での|への|に(?!ゃ)|を|は|が|へ|も|の)"
_LATIN_THEN: Final = re.compile(rf"[A-Za-z][A-Za-z0-9_]*(?={_PARTICLE})")
_SENTENCE: Final = re.compile(
    r"(?:ください|下さい|します|しました|ませんか|ましょう|ます|です|でした|ました|まで|から|より|について|を|は|に|へ|が)\Z"
)
#: A tag of more letters than this is half a sentence.
_LONG: Final = 24
#: A tag of fewer letters is near to too many others.
_SLIP: Final = 3


@needs("#")
def hashtags(text: str, reading: Reading) -> Iterator[Finding]:
    """W03 in any text; the tags of the `tags` field are `tag_fields`' matter."""
    if ("#" not in text and "＃" not in text) or text in _field_tags(reading.post):
        return
    bare = _bare(text)
    linked = _tags(bare)
    headings = tuple(_HEADING.finditer(bare))
    if headings and is_plain(text, reading):
        headings = ()
    for sign in _SIGN.finditer(bare):
        at = sign.start()
        if any(h.start() <= at < h.end() for h in headings):
            continue
        end = linked.get(at)
        said = _linked(text[at:end], reading) if end else _unlinked(bare, at, reading)
        if said:
            yield _finding(text, *said_at(text, at, end, said))
    yield from _too_many(text, sorted(linked.items()), reading)


Said = tuple[Message, Message, str | None]


def said_at(text: str, at: int, end: int | None, said: Said) -> tuple[int, str, Said]:
    """Where the tag stands: its sign and all that runs on behind it."""
    if end is None:
        rest = _TAG.match(text, at + 1)
        end = rest.end() if rest else at + 1
    return at, text[at:end], said


def _tags(text: str) -> dict[int, int]:
    from jposocial.platforms.x_entities import hashtags as linked

    return {entity.start: entity.end for entity in linked(text)}


def _bare(text: str) -> str:
    """Without addresses: a # in one is its own."""
    for address in addresses(text):
        tail = re.match(r"[!-~]*", text[address.end :])
        end = address.end + (tail.end() if tail else 0)
        text = text[: address.start] + " " * (end - address.start) + text[end:]
    return text


def _against_word(tag: str, known: list[str]) -> Said:
    message = msg("'{tag}' stands against the word before it and is no hashtag", tag=tag)
    if meant := _swallowing(tag[1:], known):
        if rest := tag[1 + len(meant) :]:
            spaced = f" #{meant} {rest}"
            return message, msg("put spaces around {tag}", tag=f"#{meant}"), spaced
        return message, msg("put a space before it, and one where the hashtag ends"), None
    certain = not re.search("[ぁ-ん]", tag) or _folded(tag) in {_folded(one) for one in known}
    return message, msg("put a space before {tag}", tag=tag), " " + tag if certain else None


def _unlinked(text: str, at: int, reading: Reading) -> Said | None:
    """A sign that makes no tag: after a word, before nothing, before digits alone."""
    before, rest = text[:at], _TAG.match(text, at + 1)
    if before.endswith("&") or _LANGUAGE.search(before):
        return None
    if rest is None:
        if text.startswith(("#", "＃"), at + 1) or before.endswith(("#", "＃")):
            return None
        return msg("a hashtag without a word"), msg("write the word behind it, or take # out"), None
    tag = text[at] + rest[0]
    # Where a tag runs into this one, it is told of there.
    against = _WORD.search(before) and not _TAG_BEFORE.search(before)
    if against and not rest[0][0].isdecimal():
        return _against_word(tag, _known(reading))
    if rest[0].isdecimal():
        if _WORD.search(before) or _NUMBERED.search(before):
            return None
        return (
            msg("'{tag}' has digits only and is no hashtag", tag=tag),
            msg("add a word: {tag}", tag=f"#JPO{half_width(rest[0])}"),
            None,
        )
    if text.startswith(("#", "＃"), rest.end()) and not rest[0][0].isdecimal():
        return (
            msg("'{tag}' runs into the next hashtag, and neither is linked", tag=tag),
            msg("put a space behind {tag}", tag=tag),
            tag + " ",
        )
    return None


def _linked(tag: str, reading: Reading) -> Said | None:
    """A tag that is linked, and yet not as it was meant."""
    word, folded = tag[1:], _folded(tag[1:])
    if any(folded == _folded(one) for one in _field_tags(reading.post)):
        return None
    known = _known(reading)
    if any(folded == _folded(one) for one in known):
        return None
    if meant := _swallowing(word, known):
        rest = word[len(meant) :]
        return (
            msg("'{tag}' takes '{rest}' into the hashtag", tag=tag, rest=rest) if rest
            else msg("'{tag}' takes the sentence into the hashtag", tag=tag),
            msg("put a space behind {tag}", tag=f"#{meant}") if rest
            else msg("put a space where the hashtag ends"),
            f"#{meant} {rest}" if rest else None,
        )  # fmt: skip
    return _of_tag(word, reading.book)


def _swallowing(word: str, known: list[str]) -> str:
    """The tag that was meant where a sentence goes on behind it; else nothing."""
    folded = _folded(word)
    for one in sorted(known, key=len, reverse=True):
        if one and folded.startswith(_folded(one)) and re.match(_PARTICLE, word[len(one) :]):
            return word[: len(one)]
    if match := _LATIN_THEN.match(word):
        return match[0]
    if _SENTENCE.search(word) or len(word) > _LONG:
        match = re.match(r"[^ぁ-ん]+(?=[ぁ-ん])", word)
        return match[0] if match and len(match[0]) < len(word) else word
    return ""


def _of_tag(word: str, book: Book) -> Said | None:
    """What is wrong with a tag wherever it stands."""
    if _MARKS.search(word):
        parts = " ".join(f"#{part}" for part in _MARKS.split(word) if part)
        return (
            msg("'{tag}' has a mark in it that some platforms end the tag at", tag=f"#{word}"),
            msg("write {tags}", tags=parts),
            None,
        )
    if meant := _slip_of(_folded(word), _register(book)):
        return (
            msg("'{tag}' is nearly '{meant}' of the register", tag=f"#{word}", meant=f"#{meant}"),
            msg("write {text}", text=f"#{meant}"),
            None,
        )
    return None


def _slip_of(word: str, register: list[str]) -> str | None:
    """The registered tag that `word` is one slip off; one that is merely new is no mistake."""
    known = {_folded(one): one for one in register}
    if word in known or len(word) < _SLIP:
        return None
    return next((one for tag, one in known.items() if len(tag) >= _SLIP and _off(word, tag)), None)


def _off(word: str, tag: str) -> bool:
    """One letter is another, missing, too many or changed places; what goes on is a new word."""
    from rapidfuzz.distance import OSA

    return not word.startswith(tag) and OSA.distance(word, tag, score_cutoff=1) == 1


def _too_many(text: str, linked: list[tuple[int, int]], reading: Reading) -> Iterator[Finding]:
    if len(linked) <= MOST or len(_field_tags(reading.post)) > MOST:
        return
    start, end = linked[MOST]
    yield _finding(text, start, text[start:end], (*_count(len(linked)), None))


def _count(number: int) -> tuple[Message, Message]:
    return (
        msg("{number} hashtags in one text", number=number),
        msg("keep the {most} that people follow", most=MOST),
    )


def tag_fields(post: Post, book: Book) -> Iterator[Problem]:
    """W03 in the `tags` of a file."""
    tags = _field_tags(post)
    for number, tag in enumerate(tags):
        word = tag.lstrip("#＃")
        said = _of_tag(word, book)
        if half_width(word).isdecimal():
            said = (
                msg("'{tag}' has digits only and is no hashtag", tag=f"#{word}"),
                msg("add a word: {tag}", tag=f"#JPO{half_width(word)}"),
                None,
            )
        if said:
            yield at_field(post, "W03", f"tags.{number}", said[0], said[1], found=tag)
    if len(tags) > MOST:
        yield at_field(post, "W03", f"tags.{MOST}", *_count(len(tags)), found=tags[MOST])


def _field_tags(post: Post) -> tuple[str, ...]:
    return tuple(post.fields.get("tags") or ())


def _register(book: Book) -> list[str]:
    return [one.tag.lstrip("#＃") for one in book.registers.hashtags]


def _known(reading: Reading) -> list[str]:
    """The tags that a text can mean: of the register and of the file."""
    return [*_register(reading.book), *(tag.lstrip("#＃") for tag in _field_tags(reading.post))]


@lru_cache(maxsize=4096)
def _folded(tag: str) -> str:
    return half_width(tag.lstrip("#＃")).casefold()


def _finding(text: str, start: int, found: str, said: Said) -> Finding:
    message, fix, replacement = said
    return Finding(
        rule="W03", start=start, found=found, message=message, fix=fix, replacement=replacement
    )
