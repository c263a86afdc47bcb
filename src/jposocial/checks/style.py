"""W02 機種依存文字, W04 mixed widths and W15 decoration, in any text."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import regex

from jposocial.checks.findings import Finding, line_at, problem, spots
from jposocial.checks.folding import half_width
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import BLANK, SYMBOL, UNSEEN, needs
from jposocial.messages import Message, msg
from jposocial.model import PART_LINE, Post, Problem

#: What NEC and IBM added to JIS X 0208, without the kanji, which are a matter of names (E13),
#: and without ㊗ and ㊙, which are emoji.
_DEPENDENT: Final = re.compile(
    "[\u2460-\u249b\u24b6-\u24ff\u2776-\u2793\u2160-\u217f\u2116\u2121\u213b"
    "\u3220-\u3243\u3251-\u325f\u3280-\u3296\u3298\u329a-\u32cb\u32ff\u3300-\u33ff\u301d\u301f\u2211\u221f\u222e\u22bf]|[\uff61-\uff9f]+"
)

#: Where the compatible spelling of Unicode is not what an official writes.
_PLAIN: Final = {
    "№": "No.", "℡": "電話", "℻": "FAX", "㈱": "株式会社", "㈲": "有限会社", "㈹": "代表", "㈳": "一般社団法人",
    "㈶": "一般財団法人", "㈻": "学校法人", "㉂": "自", "㉃": "至", "㏍": "株式会社", "㎡": "平方メートル",
    "㎥": "立方メートル", "㎞": "km", "㎏": "kg", "㊤": "上", "㊥": "中", "㊦": "下", "㊧": "左", "㊨": "右",
    "〝": "「", "〟": "」",
}  # fmt: skip


@needs("".join(chr(n) for n in range(0x2100, 0x10000) if _DEPENDENT.match(chr(n))))
def dependent(text: str, reading: Reading) -> Iterator[Finding]:
    """W02; each character once a text."""
    return iter(_dependent(text))


@lru_cache(maxsize=4096)
def _dependent(text: str) -> tuple[Finding, ...]:
    return () if text.isascii() else tuple(_dependents(text))


def _dependents(text: str) -> Iterator[Finding]:
    said = set()
    for match in _DEPENDENT.finditer(text):
        found = match[0]
        if found in said or found in ("･", "｡", "､"):
            continue
        said.add(found)
        plain = _plain(found)
        half_kana = found[0] >= "\uff61"
        yield Finding(
            rule="W02",
            start=match.start(),
            found=found,
            message=msg("'{found}' is half-width kana", found=found)
            if half_kana
            else msg("'{found}' is a character that not every device shows", found=found),
            fix=msg("write {text}", text=plain),
            replacement=plain,
        )


def _plain(found: str) -> str:
    if found in _PLAIN:
        return _PLAIN[found]
    plain = unicodedata.normalize("NFKC", found)
    if unicodedata.category(found[0]) == "No" and plain.isdecimal():
        return f"({plain})"
    return plain


#: Letters and digits in one run, whatever their width; signs that hold numbers together too.
_RUN: Final = re.compile(r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]+")
_FULL_WIDTH: Final = re.compile("[Ａ-Ｚａ-ｚ０-９]")
#: Between two words of a name; between acronyms it parts the items of a list.
_WIDE_SPACE: Final = re.compile(
    r"(?<![A-Za-z])[A-Za-z]*[a-z]\u3000+[A-Za-z]{2,}|(?<![A-Za-z])[A-Za-z]{2,}\u3000+[A-Z]?[a-z]{2,}"
)
#: Not written by the author as words: addresses, mail boxes, hashtags, mentions, names of files.
_NO_WORDS: Final = re.compile(
    r"https?://[!-~]+|[\w.+-]+@[\w.-]+|[#@][A-Za-z0-9_]+|[\w-]+\.(?:pdf|docx?|xlsx?)"
)


#: Letters and digits of full width, and the full-width space.
_WIDE: Final = "\u3000" + "".join(
    chr(ord(c) + 0xFEE0) for c in string.ascii_letters + string.digits
)


@needs(_WIDE)
def widths(text: str, reading: Reading) -> Iterator[Finding]:
    """W04, each run once a text, as it stands in its file; a template's digits are no author's."""
    if reading.due is not None or text.isascii():
        return
    words = _words(text)
    runs = {run[0]: run for run in reversed(_mixed(words))}
    for found, run in sorted(runs.items(), key=lambda one: one[1].start()):
        yield _full_width(found, run.start())
    if not runs and (space := _WIDE_SPACE.search(words)):
        found = space[0]
        plain = re.sub("\u3000+", " ", found)
        yield Finding(
            rule="W04",
            start=space.start(),
            found=found,
            message=msg("a full-width space stands between the words of '{found}'", found=found),
            fix=msg("write {text}", text=plain),
            replacement=plain,
        )


def widths_across(post: Post, book: Book) -> Iterator[Problem]:
    """W04 over the texts of a file: ＪＰＯ in the title and JPO in the body."""
    if not any(_FULL_WIDTH.search(spot.text) for spot in spots(post)):
        return
    texts = [(spot, _words(spot.text)) for spot in spots(post) if spot.text]
    narrow = {run for _, words in texts for run in _RUN.findall(words) if run.isascii()}
    digits = any(run[0].isdigit() or run[-1].isdigit() for run in narrow)
    for spot, words in texts:
        if words.isascii() or _mixed(words):
            continue  # said of the text itself
        for run in _RUN.finditer(words):
            if run[0].isascii() or not (_is_number(run[0], digits) or half_width(run[0]) in narrow):
                continue
            finding = _full_width(run[0], run.start())
            yield problem(finding, path=post.path, line=line_at(spot, finding), post=post.id)
            break


def _is_number(run: str, digits: bool) -> bool:
    return digits and half_width(run).isdecimal()


def _words(text: str) -> str:
    return _NO_WORDS.sub(lambda match: "\n" * len(match[0]), text)


def _full_width(found: str, start: int) -> Finding:
    plain = half_width(found)
    return Finding(
        rule="W04",
        start=start,
        found=found,
        message=msg("'{found}' is full-width, and others in this text are not", found=found),
        fix=msg("write {text}", text=plain),
        replacement=plain,
    )


def _mixed(words: str) -> list[re.Match[str]]:
    """The runs with full-width letters or digits where the text has half-width ones too."""
    runs = list(_RUN.finditer(words))
    narrow = "".join(run[0] for run in runs if run[0].isascii())
    digits = any(c.isdigit() for c in narrow)
    letters = any(c.isalpha() for c in narrow)
    return [run for run in runs if _clashes(run[0], digits=digits, letters=letters)]


def _clashes(run: str, *, digits: bool, letters: bool) -> bool:
    """Whether a run is not of the width of the text, which has `digits` or `letters` in half width."""
    wide = [c for c in run if not c.isascii()]
    wide_letters = sum(c.isalpha() for c in wide)
    against = (digits and len(wide) > wide_letters) or (letters and wide_letters > 0)
    # ＪＰＯ in 2027; Ａ会場 is a label, as good as any other.
    return bool(wide) and (against or len(wide) < len(run) or (digits and wide_letters > 1))


_SIGNS: Final = "★☆✩✪✫✬✭✮✯✰♪♫♬♩■□◆◇●◎▲△▼▽▶▷◀◁▪▫♥♡❤❀✿❁✾※＊*"
#: Two decorative signs or more; circles and crosses alone are placeholders (E09).
_RUNS: Final = re.compile(
    rf"[★☆✩-✰♪♫♬♩■□◆◇◎▶▷◀◁▪▫♥♡❀✿❁✾▼▽](?:[ \u3000]?[{_SIGNS}])+"
    rf"|[●▲△※＊]{{1,2}}(?=[★☆♪■□◆◇])[{_SIGNS}]+|[＊※]{{3,}}|[♪★☆]{{2,}}"
)
#: The same sign before and behind what a line says: ★お知らせ★.
_WRAPPED: Final = re.compile(
    r"^[ \u3000]*([★☆♪◆◇✿❀■□●▼▽＊])[^\n★☆♪◆◇✿❀■□●▼▽＊]{1,40}\1[ \u3000]*$", re.MULTILINE
)
_RULES: Final = re.compile(
    r"[━─═―﹏‐–—＝−－]{3,}|[〜～~]{3,}|[＋＃＠※]{3,}|[・･.．。]{4,}|・{3,}|…{3,}|[＜<]{3,}|[＞>]{3,}"
    r"|[┏┓┗┛┌┐└┘├┤]+|[┃│]{2,}"
)
#: Signs of feeling, brackets of another trade, and rows of mixed signs.
_FEELING: Final = re.compile(
    r"[!！]{3,}|？{3,}|[≪≫]|（(?:笑|爆|汗|泣)）|ｗｗ+"
    r"|(?:[-=~*+.・°ﾟ｡]{1,2}[=~*+°ﾟ｡]|[=~*+°ﾟ｡][-=~*+.・°ﾟ｡]{1,2}){3,}[-=~*+.・°ﾟ｡]*"
)
#: In plain text only: Markdown has a use for these.
_ASCII_RULES: Final = re.compile(r"(?<![-=*~+\w/])(?:-{3,}|={3,}|\*{3,}|\+{3,})(?![-=*~+\w/])")
_MOUTH: Final = r"[_＿▽∀ω△Дд∇◇o〇.．\-ー^＾皿人v]"
_EYE: Final = r"[\^＾≧≦>＞<＜;；・´｀`°゜◕╹◠‾￣]"
_KAOMOJI: Final = re.compile(
    rf"[(（][*＊。ﾟ;；ｏo]?{_EYE}[*＊;；]?{_MOUTH}?[*＊;；]?{_EYE}[^\s()（）\w]{{0,2}}[)）]"
    r"|[(（][TＴxX;；QoO][_＿▽∀ωД][TＴxX;；QoO][)）]|[(（]´?[・･][^\w\s()（）]{0,1}ω[^\w\s()（）]{0,1}[・･]`?[^()（）\w]?[)）]"
    r"|[mｍ][(（]_ ?_[)）][mｍ]|(?<![\w^])\^[_oOー.-]?\^[;；]?(?![\w^])|(?<![A-Za-z])orz(?![A-Za-z])"
)
_EMOJI: Final = regex.compile(
    r"(?:(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|(?![\u2190-\u21ff★☆♪♫©®™〰〽])\p{Extended_Pictographic})"
    r"[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d\p{Extended_Pictographic}[\ufe0f\U0001f3fb-\U0001f3ff]*)*[ \u3000]?){4,}"
)

_LETTER: Final = "一-鿿々ぁ-ゖァ-ヺー"
_SPACED: Final = re.compile(
    rf"(?<![{_LETTER}A-Za-z0-9・])[{_LETTER}](?:(?P<gap>[ \u3000]{{1,4}})[{_LETTER}])(?:(?P=gap)[{_LETTER}])*(?![{_LETTER}A-Za-z0-9])"
)
_SPACED_LATIN: Final = re.compile(
    r"(?<![\w&/-] )(?<![\w&/-])[A-Z](?: [A-Z]){3,}(?![\w] ?)(?! [A-Z])"
)
_CAPITALS: Final = re.compile("[A-Z] [A-Z] [A-Z] [A-Z]")
_WEEK: Final = frozenset("月火水木金土日祝")
_NUMERALS: Final = frozenset("一二三四五六七八九十")
_BLANKS: Final = frozenset("年月日時分")
#: Of two letters, a name looks the same: 林 誠.
_TWO: Final = frozenset(
    [
        "重要",
        "募集",
        "注意",
        "至急",
        "延期",
        "中止",
        "締切",
        "開催",
        "案内",
        "日時",
        "会場",
        "対象",
        "講師",
        "定員",
        "費用",
        "内容",
        "場所",
        "連絡",
        "公募",
        "速報",
        "告知",
        "急募",
        "訂正",
        "主催",
        "共催",
        "後援",
        "期間",
        "期日",
        "期限",
        "時間",
        "資格",
        "参加",
        "申込",
        "応募",
        "受付",
        "備考",
        "題名",
        "件名",
        "日程",
        "職種",
        "勤務",
        "給与",
        "会費",
        "無料",
        "必見",
        "必読",
        "限定",
        "再掲",
        "更新",
        "緊急",
        "新着",
        "発表",
        "結果",
        "試験",
        "面接",
        "登壇",
        "司会",
        "形式",
        "言語",
        "方法",
        "概要",
        "目的",
        "趣旨",
        "次第",
        "演題",
    ]
)


#: What a decoration needs to be one: each of the patterns is slow beside a look for its signs.
_DOUBLED: Final = re.compile(
    r"[━─═―﹏‐–—＝−－〜～~＋＃＠※・･.．。…＜<＞>┃│][━─═―﹏‐–—＝−－〜～~＋＃＠※・･.．。…＜<＞>┃│]"
)
_CORNERS: Final = re.compile("[┏┓┗┛┌┐└┘├┤]")
_SIGN: Final = re.compile(f"[{_SIGNS}]")
_TWO_SIGNS: Final = re.compile(rf"[{_SIGNS}][ \u3000]?[{_SIGNS}]")
# A class first, and what may stand behind each of its signs: a class alone is found quickly.
_MAY_FEEL: Final = re.compile(
    r"[!！？≪≫（ｗ=~*+.・°ﾟ｡-](?:(?<=[!！])[!！]{2}|(?<=？)？{2}|(?<=[≪≫])|(?<=（)[笑爆汗泣]|(?<=ｗ)ｗ"
    r"|(?<=[=~*+.・°ﾟ｡-])[=~*+.・°ﾟ｡-]{5})"
)
_MAY_SMILE: Final = re.compile(
    rf"[(（^o](?:(?<=[(（])(?:[*＊。ﾟ;；ｏo´]?(?:{_EYE}|[・･])|[TＴxX;；QoO][_＿▽∀ωД]|_)"
    r"|(?<=\^)[_oOー.-]?\^|(?<=o)rz)"
)
_MAY_BE_SPACED: Final = re.compile(
    rf"[ \u3000](?<=[{_LETTER}][ \u3000])[ \u3000]{{0,3}}[{_LETTER}]"
)
_PICTURE: Final = re.compile("[\u203c-\u2bff\u3297\u3299\U0001f000-\U0001ffff]")


@needs(
    _SIGNS
    + "━─═―﹏‐–—＝−－〜～~＋＃＠※・･.．。…＜<＞>┃│-=*+(^z‼⁉\u20e3!？≪≫笑爆汗泣ｗ°"
    + "┏┓┗┛┌┐└┘├┤"
    + SYMBOL
    + UNSEEN
    + BLANK
)
def decoration(text: str, reading: Reading) -> Iterator[Finding]:
    """W15: what a screen reader reads sign by sign, or takes for single letters."""
    return iter(_decorated(text, is_plain(text, reading)))


@lru_cache(maxsize=4096)
def _decorated(text: str, plain: bool) -> tuple[Finding, ...]:
    return tuple(_kept(text, plain))


def _kept(text: str, plain: bool) -> Iterator[Finding]:
    taken: list[range] = []
    for start, found, message, fix in _decorations(text, plain):
        if not any(start in place for place in taken):
            taken.append(range(start, start + len(found)))
            yield Finding(rule="W15", start=start, found=found, message=message, fix=fix)


def _decorations(text: str, plain: bool) -> Iterator[tuple[int, str, Message, Message]]:
    for pattern in _rows(text, plain):
        for match in pattern.finditer(text):
            if not _is_part_line(text, match):
                yield _signs(match.start(), match[0].strip())
    for match in _KAOMOJI.finditer(text) if _MAY_SMILE.search(text) else ():
        yield (
            match.start(),
            match[0],
            msg("the face '{found}' is read sign by sign", found=match[0]),
            msg("take it out"),
        )
    for row in _EMOJI.finditer(text) if _PICTURE.search(text) else ():
        yield (
            row.start(),
            row[0],
            msg("'{found}': each of the emoji is read by its name", found=row[0].strip()),
            msg("keep one"),
        )
    yield from _letter_spaced(text)


def _rows(text: str, plain: bool) -> Iterator[re.Pattern[str]]:
    """The patterns of rows of signs that may be in the text."""
    if _SIGN.search(text):
        yield _WRAPPED
    if _TWO_SIGNS.search(text):
        yield _RUNS
    if _DOUBLED.search(text) or _CORNERS.search(text):
        yield _RULES
    if _MAY_FEEL.search(text):
        yield _FEELING
    if plain and any(3 * sign in text for sign in "-=*+"):
        yield _ASCII_RULES


def _signs(start: int, found: str) -> tuple[int, str, Message, Message]:
    return (
        start,
        found,
        msg("'{found}' is decoration: it is read sign by sign", found=found),
        msg("take it out, or begin the line with 【…】 or ■"),
    )


def _is_part_line(text: str, match: re.Match[str]) -> bool:
    begin = text.rfind("\n", 0, match.start()) + 1
    return text.startswith(PART_LINE, begin)


def _letter_spaced(text: str) -> Iterator[tuple[int, str, Message, Message]]:
    latin = _SPACED_LATIN.finditer(text) if _CAPITALS.search(text) else ()
    spaced = _SPACED.finditer(text) if _MAY_BE_SPACED.search(text) else ()
    for match in (*spaced, *latin):
        letters = re.sub(r"[ \u3000]", "", match[0])
        listed = any(set(letters) <= row for row in (_WEEK, _NUMERALS, _BLANKS))
        if letters in _TWO or (len(letters) > 2 and not listed):
            yield (
                match.start(),
                match[0],
                msg("'{found}' is read letter by letter, and no search finds it", found=match[0]),
                msg("write {text}", text=letters),
            )


def is_plain(text: str, reading: Reading) -> bool:
    """Whether `text` goes out as the file has it under `text:`, not as Markdown."""
    english = (reading.post.fields.get("en") or {}).get("text") or {}
    texts = (*reading.post.text.values(), *english.values())
    return any(text in own for moments in texts for own in moments.values())
