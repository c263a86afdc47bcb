"""W09: words that point at nothing — 「こちら」 for a link, 本日 in a text that goes out twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jposocial.checks.findings import Finding, Spot, line_at, problem
from jposocial.checks.folding import caseless
from jposocial.checks.reading import Book, Reading
from jposocial.checks.signs import needs
from jposocial.messages import msg
from jposocial.model import Post, Problem
from jposocial.posts.kinds import KINDS

#: Arrows, pointing hands and closing signs between a pointing word and its link or line end.
_ON: Final = r"[ \t　:：→⇒▶►▼▽↓👇👉⬇➡🔗⤵︎️。.！!）)」』】>＞]*"
_TO_LINK: Final = rf"{_ON}(?:https?://|www\.|\n|\Z)"
_DO: Final = r"、?(?:ご?(?:覧|確認|参照|利用|登録|応募|視聴|閲覧)|お?(?:申し?込み?|読み|進み)|クリック|タップ|アクセス|ダウンロード|見られ|見て|どうぞ)"

#: 「こちら」 where a link is meant; こちらの会場 and こちらは第二会場です mean a place or a thing.
_POINTING: Final = re.compile(
    rf"\[[^\[\]\n]{{0,40}}?(?:こちら|ここ|コチラ)(?:から|へ|まで)?[^\]\n]{{0,4}}\]\("
    rf"|(?:^|(?<=[はもを、，：:「\s→⇒▶👉↓▼（(]))(?:こちら|コチラ)(?:から|より|へ|です|を|に|で)?(?:{_TO_LINK})"
    rf"|\A(?:こちら|コチラ|ここ)(?:から|より|へ)?{_ON}\Z"
    rf"|(?:こちら|コチラ)(?:から|より|へ|を|で|に)?{_DO}"
    r"|(?:こちら|コチラ)の(?:リンク|URL|ＵＲＬ|ページ|フォーム|サイト|ウェブサイト|ホームページ|HP|記事|動画から)"
    rf"|ここ(?:から|を|に|で)(?:クリック|タップ|アクセス|ご覧|お申し?込み|申し?込|ダウンロード)"
    rf"|(?<=は)ここ(?:から|です)?{_ON}(?:https?://|www\.)"
    rf"|(?:(?<=詳細は)|(?<=詳しくは)|(?<=込みは)|(?<=込は)|(?<=応募は))、?ここ(?:から)?(?:{_TO_LINK})",
    re.MULTILINE,
)
_HERE: Final = re.compile(
    r"\[(?:click )?here\]\(|\bclick here\b|\b(?:register|apply|more|details?|read|sign up|information)"
    r"\b[^.\n]{0,20}\bhere\b(?=\s*(?:[:：→↓]|https?://|\n|\Z))",
    re.IGNORECASE,
)

_EVENT: Final = (
    r"(?:(?:オンライン|就職|応募|キャリア)?(?:開催|開始|開講|締め?切|〆切|受付|配信|実施|公開|放送|セミナー|説明会|講演|相談会|イベント|申し?込)"
    r"|最終日|[0-9０-９]{1,2}(?:時|[:：])|[（(][0-9０-９]{1,2}[月/／])"
)
#: Days that are counted from the day of reading. 今日 and 明日 also mean an age, so they
#: need an event behind them: 今日の国際社会, 明日の世界を語るセミナー.
_RELATIVE: Final = re.compile(
    r"(?<![一-鿿])本日(?![程本米中露英独仏系誌記])"
    rf"|(?<![一-鿿])[明今]日(?=(?:の|は|が|、|から|まで|に|も|\s)?{_EVENT})"
    rf"|(?<![一-鿿])明日(?=[はが、][^。\n「」のを]{{0,8}}{_EVENT})"
    r"|(?<![一-鿿])[明今]日(?=(?:が最終日|です))"
    r"|(?:切り?|受付|込み?)[は、]{1,2}[明今]日(?=まで)"
    r"|(?<![一-鿿])今週(?!刊)"
)


@needs("こコh", "こチr")
def pointing(text: str, reading: Reading) -> Iterator[Finding]:
    """A link's words must say where it leads, also where they are read aloud alone."""
    for pattern in _pointers(text):
        for match in pattern.finditer(text):
            found = match[0].strip()
            yield Finding(
                rule="W09",
                start=match.start() + len(match[0]) - len(match[0].lstrip()),
                found=found,
                message=msg("'{found}' does not say what is there", found=found),
                fix=msg("name the page: 募集要項, お申込みフォーム"),
            )


def _pointers(text: str) -> Iterator[re.Pattern[str]]:
    if any(word in text for word in ("こちら", "ここ", "コチラ")):
        yield _POINTING
    if "here" in caseless(text):
        yield _HERE


def relative_days(post: Post, book: Book) -> Iterator[Problem]:
    """In the title and the body, which go out on more than one day."""
    if _one_day(post):
        return
    for name, text in (("title", post.title), ("body", post.body)):
        spot = Spot(text=text, line=post.lines.get(name, 1))
        for match in _RELATIVE.finditer(text):
            finding = Finding(
                rule="W09",
                start=match.start(),
                found=match[0],
                message=msg("'{found}' is another day in each post that is made of this text", found=match[0]),
                fix=msg("write the date; for one day alone write a text of its own under 'text:'"),
            )  # fmt: skip
            yield problem(finding, path=post.path, line=line_at(spot, finding), post=post.id)


def _one_day(post: Post) -> bool:
    """Whether the day is known, so that the variant is held against it (E20)."""
    if not post.publish:
        return False
    kind = KINDS.get(post.kind)
    return bool(post.publish.exact or (kind and not kind.events))
