"""E13: names as the people register has them, with one honorific."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from jposocial.checks.findings import Finding, at_field
from jposocial.checks.folding import plain_kanji
from jposocial.checks.name_kanji import taken_for, written_otherwise
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import needs
from jposocial.messages import Message, msg
from jposocial.model import Post, Problem
from jposocial.posts.registers import Person

_SPACES: Final = re.compile(r"[\s　・･]+")
#: Between the letters of a name: a space, or the mark that picks one form of a kanji.
_SELECTOR: Final = "[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_SELECTORS: Final = re.compile(_SELECTOR)
_BETWEEN: Final = f"{_SELECTOR}?[ 　]?"

#: Instead of a name, until the speaker is known.
_NOBODY: Final = re.compile(
    r"調整中|未定|選考中|ほか|他|複数|非公開|匿名|T\.?B\.?[ACD]", re.IGNORECASE
)

_HONORIFIC: Final = r"(?:氏|さん|様|さま|先生|博士|教授|殿|職員|君|くん|ちゃん|女史)"
#: What stands behind a name instead of an honorific: a bracket, a post, or what is no address.
_BEHIND: Final = re.compile(
    rf"[ 　]?(?:{_HONORIFIC}|[(（［\[〔【]|の(?:顔)?写真|の肖像|の似顔絵|のプロフィール"
    r"|[^。\n]{0,40}?(?:両氏|各氏|諸氏|両名|両職員|の皆さ[んま]|の皆様)"
    r"|(?!、講師)[、,]?[A-Za-z一-鿿ァ-ヺー・&＆ 　]{0,24}?"
    r"(?:官|員|長|家|教授|講師|博士|顧問|代表|次席|補佐|主任|担当|大使|領事|公使|大臣|研究者|看護師|医師"
    r"|弁護士|記者|助手|マネージャー|オフィサー|アナリスト|コンサルタント|スペシャリスト|アシスタント|コーディネーター"
    r"|ディレクター|アドバイザー|インターン|アソシエイト|プロデューサー|エンジニア)(?![一-鿿々ァ-ヺー]))"
)
_HONOURED: Final = re.compile(_HONORIFIC)
_NAMED_SO: Final = re.compile(rf"{_HONORIFIC}\Z")

#: So alike are two Latin spellings of one name.
_SAME_LATIN: Final = 0.9

#: In a list, a credit, a tag or a bracket nobody is addressed.
_LISTED: Final = re.compile(
    r"(?:撮影|写真|提供|文|文責|聞き手|取材|執筆|筆者|編集|訳|翻訳|作成|出典|氏名|名前|©|ⓒ|\(c\)|Photo|Photo by)"
    r"[ 　]*[:：／/・]?[ 　]*\Z|[#＃@＠(（]\Z",
    re.IGNORECASE,
)
_TWICE: Final = re.compile(
    r"(?:(?<!彼)氏|様|さん|さま|先生|博士|教授|殿)"
    r"(?:氏(?![名族神子姓家])|さん(?!ざん|さん)|様(?![々式子相態方])|さま(?!ざま|よ)|殿(?![堂下])|先生)"
)
#: Words: the sun shines さんさん, 殿様.
_NO_TWICE: Final = frozenset(
    {"さんさん", "さまさま", "様様", "さん先生", "さま先生", "さん殿", "殿様", "殿さま"}
)
_TWICE_NAMED: Final = re.compile(r"[ 　]?(?P<twice>さんさん|さん先生|様様|氏[ 　]氏)")

#: A kanji or kana before or behind a short name: it is a part of a word there.
_LETTER: Final = re.compile(r"[一-鿿々]")
_SHORT: Final = 3
#: As far before a name as a word that makes it a list or a credit may begin.
_NEAR: Final = 20


class _Named(NamedTuple):
    """A place where a text has a registered name, in whatever spelling."""

    start: int
    text: str
    person: Person

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def names(post: Post, book: Book) -> Iterator[Problem]:
    """E13 where a field names a person."""
    people = book.registers.people
    for path, name in _name_fields(post) if people else ():
        if not _NOBODY.search(name) and (finding := _unlike(name, people)):
            message, fix = finding
            yield at_field(post, "E13", path, message, fix, found=name)


def _name_fields(post: Post) -> Iterator[tuple[str, str]]:
    for number, speaker in enumerate(post.fields.get("speakers") or ()):
        if speaker.get("name"):
            yield f"speakers.{number}.name", speaker["name"]
    person = post.fields.get("person")
    if person and person.get("name"):
        yield "person.name", person["name"]


def _unlike(name: str, people: tuple[Person, ...]) -> tuple[Message, Message] | None:
    bare = _bare(name)
    if bare in _spellings(people):
        return None
    for person in people:
        if plain_kanji(bare) == plain_kanji(_bare(person.name)):
            return _variant(name, person)
    return _mistyped(name, bare, people)


def _mistyped(name: str, bare: str, people: tuple[Person, ...]) -> tuple[Message, Message] | None:
    """A registered name with an honorific in it, or with a letter that is taken for another.

    A name that is merely not registered is somebody new.
    """
    known = _spellings(people)
    near = [_NAMED_SO.sub("", bare)] if _NAMED_SO.sub("", bare) in known else []
    near += [one for one in _slips(people) if bare in _slips(people)[one]][:1]
    if not near and bare.isascii():
        near = difflib.get_close_matches(bare, known, n=1, cutoff=_SAME_LATIN)
    if not near:
        return None
    return msg("'{name}' is not in the people register", name=name), msg(
        "write {name} if that is who is meant, or add the person to posts/registers/people.yaml",
        name=known[near[0]],
    )


@lru_cache(maxsize=64)
def _slips(people: tuple[Person, ...]) -> dict[str, frozenset[str]]:
    """Every right Japanese spelling without spaces → what it is mistaken for."""
    known = _spellings(people)
    found = {
        _bare(p.name): frozenset(_mistaken(p.name)) - known.keys()
        for p in people
        if not p.name.isascii()
    }
    return {name: slips for name, slips in found.items() if slips}


def _mistaken(name: str) -> Iterator[str]:
    letters = _bare(name)
    for at, letter in enumerate(letters if len(letters) >= _SHORT else ""):
        yield from (letters[:at] + other + letters[at + 1 :] for other in taken_for(letter))
    surname, *given = _SPACES.split(name)
    for one in given[:1]:
        yield from (surname + other for other in written_otherwise(one))


@lru_cache(maxsize=64)
def _spellings(people: tuple[Person, ...]) -> dict[str, str]:
    """Every right spelling without spaces → as the register writes it."""
    return {_bare(name): name for person in people for name in (person.name, person.en) if name}


def _bare(name: str) -> str:
    return _SPACES.sub("", name).casefold()


def _variant(found: str, person: Person) -> tuple[Message, Message]:
    return (
        msg("'{found}': the register has {name}", found=found, name=person.name),
        msg("write {name}", name=person.name),
    )


def spelled_names(text: str, reading: Reading) -> Iterator[Finding]:
    """E13 in a text: a registered name in another spelling, or without an honorific."""
    people = reading.book.registers.people
    if not people:
        return
    seen = [*_found(text, people)]
    for named in seen:
        if _bare(named.text) not in _spellings(people):
            yield replace(
                _misspelt(named.start, named.text, named.person), replacement=named.person.name
            )
        elif _lacks_honorific(text, named):
            yield _unhonoured(named)
    if _HONOURED.search(text):
        slips = (*_near(text, reading, seen), *_slipped(text, people))
        yield from {finding.start: finding for finding in slips}.values()
    yield from _slipped_latin(text, people)


def _slipped(text: str, people: tuple[Person, ...]) -> Iterator[Finding]:
    """A name that is taken for a registered one, with an honorific or a field's end behind it."""
    pattern, by_slip = _slip_pattern(people)
    for match in pattern.finditer(text):
        yield _misspelt(match.start(), match["name"], by_slip[_bare(match["name"])])


_LATIN_NAME: Final = re.compile(r"(?<![A-Za-z])[A-Z][a-z]+[ ][A-Z][a-z]+(?![A-Za-z])")
#: A shorter name is one letter off too many words.
_LATIN_SHORT: Final = 8


def _slipped_latin(text: str, people: tuple[Person, ...]) -> Iterator[Finding]:
    """Hanako Mihom for Hanako Mihon: one letter off a registered name, either order."""
    known = _latin_names(people)
    if not known or not _LATIN_NAME.search(text):
        return
    from rapidfuzz.distance import OSA

    for match in _LATIN_NAME.finditer(text):
        found = match[0].casefold()
        if found in known or len(found) < _LATIN_SHORT:
            continue
        near = [name for name in known if OSA.distance(found, name, score_cutoff=1) == 1]
        if near:
            person = known[near[0]]
            message = msg("'{found}': the register has {name}", found=match[0], name=person.en)
            fix = msg("write {name}", name=person.en)
            yield Finding(rule="E13", start=match.start(), found=match[0], message=message, fix=fix)


@lru_cache(maxsize=64)
def _latin_names(people: tuple[Person, ...]) -> dict[str, Person]:
    return {name.casefold(): p for p in people if p.en for name in (p.en, _turned(p.en))}


def _turned(name: str) -> str:
    return " ".join(reversed(name.split()))


@lru_cache(maxsize=64)
def _slip_pattern(people: tuple[Person, ...]) -> tuple[re.Pattern[str], dict[str, Person]]:
    by_name = {_bare(person.name): person for person in people}
    by_slip = {slip: by_name[name] for name, slips in _slips(people).items() for slip in slips}
    spelled = "|".join(_BETWEEN.join(map(re.escape, slip)) for slip in sorted(by_slip))
    return re.compile(rf"(?P<name>{spelled or '(?!)'})(?=[ 　]?{_HONORIFIC})"), by_slip


@needs("氏んま様殿生")
def doubled(text: str, reading: Reading) -> Iterator[Finding]:
    """E13: 氏さん, 先生様, 教授氏 — behind whatever name."""
    for match in _TWICE.finditer(text):
        if match[0] not in _NO_TWICE:
            yield _doubled(match.start(), match[0])
    for named in _found(text, reading.book.registers.people):
        if behind := _TWICE_NAMED.match(text, named.end):
            yield _doubled(behind.start("twice"), behind["twice"])


def _doubled(start: int, found: str) -> Finding:
    return Finding(
        rule="E13",
        start=start,
        found=found,
        message=msg("'{found}': two honorifics in a row", found=found),
        fix=msg("keep one of them"),
    )


def _found(text: str, people: tuple[Person, ...]) -> Iterator[_Named]:
    """Registered names in order; where one is a part of another, the longer."""
    if not people:
        return
    pattern, by_name = _pattern(people)
    for match in pattern.finditer(plain_kanji(text)):
        person = by_name[_SELECTORS.sub("", _SPACES.sub("", match[0]))]
        named = _Named(match.start(), text[match.start() : match.end()], person)
        if not _in_word(text, named):
            yield named


def _in_word(text: str, named: _Named) -> bool:
    """林実 in 森林実習: a short name needs its space, or signs around it and an honorific."""
    if len(named.text) > _SHORT or _SPACES.search(named.text):
        return False
    before = _LETTER.match(text[named.start - 1 : named.start])
    return bool(before) or not re.match(_HONORIFIC, text[named.end :])


@lru_cache(maxsize=64)
def _pattern(people: tuple[Person, ...]) -> tuple[re.Pattern[str], dict[str, Person]]:
    by_name = {plain_kanji(_SPACES.sub("", p.name)): p for p in people if not p.name.isascii()}
    longest = sorted(by_name, key=len, reverse=True)
    spelled = "|".join(_BETWEEN.join(map(re.escape, name)) for name in longest)
    return re.compile(spelled or r"(?!)"), by_name


#: 講師：例野 太郎（WFP）: a line of the announcement, where the person is presented.
_PRESENTED: Final = re.compile(r"(?:講師|登壇者?|スピーカー|ゲスト|講演者?)[:：][ 　]*\Z")
_BRACKET: Final = re.compile(r"[ 　]?[(（]")


def _lacks_honorific(text: str, named: _Named) -> bool:
    if text.strip() == named.text.strip():
        return False
    line = text[max(0, named.start - _NEAR) : named.start].rpartition("\n")[2]
    if _BRACKET.match(text, named.end) and _PRESENTED.search(line):
        return True
    return not _BEHIND.match(text, named.end) and not _LISTED.search(line)


def _unhonoured(named: _Named) -> Finding:
    honorific = named.person.honorific or "氏"
    return Finding(
        rule="E13",
        start=named.start,
        found=named.text,
        message=msg("'{name}' stands without an honorific", name=named.text),
        fix=msg("write {name}", name=named.text + honorific),
    )


def _misspelt(start: int, found: str, person: Person) -> Finding:
    message, fix = _variant(found, person)
    return Finding(rule="E13", start=start, found=found, message=message, fix=fix)


def _near(text: str, reading: Reading, seen: list[_Named]) -> Iterator[Finding]:
    """One letter off the name of somebody whom the post is about, with an honorific behind."""
    people = reading.book.registers.people
    about = _of_post(reading.post, people)
    if not about:
        return
    # Two speakers of one surname: each is one letter off the other.
    own = {plain_kanji(_SPACES.sub("", name)) for _, name in _name_fields(reading.post)}
    right = _pattern(people)[1].keys() | own
    for person in about:
        for match in _near_pattern(person.name).finditer(text):
            name = match["name"]
            other = plain_kanji(_SPACES.sub("", name)) not in right
            if other and all(match.start("name") != named.start for named in seen):
                yield _misspelt(match.start("name"), name, person)
        yield from _near_surname(text, person, people)


def _near_surname(text: str, person: Person, people: tuple[Person, ...]) -> Iterator[Finding]:
    """髙橋氏 in a post about 高橋 花子, where nobody in the register is 髙橋."""
    surname = _surname(person)
    if not surname or plain_kanji(surname) not in plain_kanji(text):
        return
    right = {_surname(other) for other in people}
    pattern = re.compile(rf"(?<![一-鿿]){re.escape(plain_kanji(surname))}(?=[ 　]?{_HONORIFIC})")
    for match in pattern.finditer(plain_kanji(text)):
        found = text[match.start() : match.end()]
        if found not in right:
            message = msg("'{found}': the register has {name}", found=found, name=person.name)
            yield Finding(
                rule="E13",
                start=match.start(),
                found=found,
                message=message,
                fix=msg("write {name}", name=surname),
                replacement=surname,
            )


def _surname(person: Person) -> str:
    first, *rest = _SPACES.split(person.name)
    return first if rest else ""


@lru_cache(maxsize=512)
def _near_pattern(name: str) -> re.Pattern[str]:
    letters = _SPACES.sub("", name)
    if len(letters) < 4 or name.isascii():
        return re.compile(r"(?P<name>(?!))")
    spelled = [
        _BETWEEN.join(_any_like(c) if n == at else re.escape(c) for n, c in enumerate(letters))
        for at in range(len(letters))
    ]
    return re.compile(rf"(?P<name>{'|'.join(spelled)})[ 　]?{_HONORIFIC}")


def _any_like(letter: str) -> str:
    """Any letter of the same script."""
    for script in ("[ぁ-ゖー]", "[ァ-ヺー]"):
        if re.fullmatch(script, letter):
            return script
    return "[一-鿿㐀-䶿\uf900-\ufaff\U00020000-\U0002ffff々]"


def _of_post(post: Post, people: tuple[Person, ...]) -> list[Person]:
    by_name = _by_name(people)
    named = dict.fromkeys(plain_kanji(_bare(name)) for _, name in _name_fields(post))
    return [person for name in named for person in by_name.get(name, ())]


@lru_cache(maxsize=64)
def _by_name(people: tuple[Person, ...]) -> Mapping[str, Sequence[Person]]:
    found: dict[str, list[Person]] = {}
    for person in people:
        found.setdefault(plain_kanji(_bare(person.name)), []).append(person)
    return found
