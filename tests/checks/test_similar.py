"""E07: nearly the same text as one that went out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.checks.office import at, post

from jposocial.checks.similar import Sent, normalised, repeated, resembling
from jposocial.model import Part, Variant

NOW = at("2027-01-21 12:00")
TEXT = (
    "【お知らせ】国際機関で働く方のための情報登録制度のページを新しくしました。"
    "経歴に合う募集をお知らせします。ぜひご登録ください。\nhttps://example.go.jp/roster\n#JPO"
)


def sent(text: str = TEXT, **over: Any) -> Sent:
    base: dict[str, Any] = {
        "post": "old", "account": "x", "mode": "sandbox", "moment": "announce",
        "text": text, "instant": NOW - timedelta(days=10),
    }  # fmt: skip
    return Sent(**(base | over))


def candidate(text: str = TEXT, **over: Any) -> Sent:
    return sent(text, **({"post": "new", "instant": NOW} | over))


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("https://example.go.jp/roster", "https://example.go.jp/roster/2027"),
        TEXT.replace("#JPO", "#国際機関 #国連"),
        TEXT.replace("ぜひご登録", "ぜひ、ご登録"),
        TEXT.replace("新しくしました", "新しくいたしました"),
        "  " + TEXT.replace("。", "。\n"),
        TEXT.replace("お知らせします", "ご案内します"),
        "1月21日(木)更新 " + TEXT,
    ],
)
def test_nearly_the_same(text: str) -> None:
    """Links, tags, dates, signs and a word or two make no new text."""
    assert sent() == resembling(candidate(text), [sent()])


@pytest.mark.parametrize(
    "history",
    [
        [],
        [sent(instant=NOW - timedelta(days=31))],
        [sent(account="facebook")],
        [sent(mode="live")],
        [sent(post="new", moment="announce")],
        [sent("【お知らせ】メールマガジンの第12号を配信しました。ご覧ください。")],
        [sent("【空席情報】UNDPが計画担当官を募集しています。ご応募をお待ちしています。")],
    ],
)
def test_nothing_like_it(history: list[Sent]) -> None:
    """Long ago, elsewhere, its own moment, or other words."""
    assert resembling(candidate(), history) is None


def test_the_last_day_that_counts() -> None:
    """Thirty days, to the instant; the limits are arguments."""
    old = sent(instant=NOW - timedelta(days=30))
    assert old == resembling(candidate(), [old])
    assert resembling(candidate(), [old], within=timedelta(days=29)) is None


def test_one_posts_own_moments() -> None:
    """Another moment of the same post is found only where it is the very text."""
    reminder = candidate(post="old", moment="reminder")
    assert sent() == resembling(reminder, [sent()])
    edited = candidate(TEXT + "!", post="old", moment="reminder")
    assert resembling(edited, [sent()]) is None


TODAY = "【本日開催】{}\n\n本日19:00〜20:30に開催します。\nオンラインの参加方法は、お申込みの方にメールでお送りしています。\n\n#国際機関"


def test_a_series_says_the_same_of_different_things() -> None:
    """The title tells two seminars apart whose template is one."""
    old = sent(TODAY.format("オンライン国際機関就職セミナー 保健分野"))
    new = candidate(TODAY.format("オンライン国際機関就職セミナー 教育分野"))
    assert resembling(new, [old], title="オンライン国際機関就職セミナー 教育分野") is None
    assert old == resembling(new, [old], title="")


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("#JPO", "#国連", False),
        ("https://example.go.jp/1", "https://example.go.jp/2", False),
        ("公開しました。", "公開しました！", True),
        ("ご覧ください。", "ご覧になれます。", False),
        ("", "", False),
        ("１月２１日（木）に開きます", "2月5日(金)に開きます", True),
    ],
)
def test_short_texts(one: str, other: str, found: bool) -> None:
    """Short texts are alike by chance: only the same words count, and no words are none."""
    assert found == bool(resembling(candidate(one), [sent(other)]))


def test_what_is_compared() -> None:
    """Only the words, in one width."""
    text = "【ＪＰＯ】1月21日(木)19:00〜 説明会を開きます！ https://example.go.jp/a #JPO"
    assert "jpo説明会を開きます" == normalised(text)


def test_the_problem() -> None:
    """It names what went out and when, at the text's own place."""
    variant = Variant(
        post="new", kind="notice", moment="announce", account="x", platform="x",
        parts=(Part(text="別の話題です。まったく違う文章を書きました。"), Part(text=TEXT)),
        source="posts/new.md", source_line=7,
    )  # fmt: skip
    seen = list(repeated(post(id="new"), variant, "sandbox", NOW, [sent()]))
    assert [("E07", "error", "posts/new.md", 7, "x")] == [
        (p.rule, p.severity, p.path, p.line, p.account) for p in seen
    ]
    assert "on x on 2027-01-11: old" in seen[0].message
    assert [] == list(repeated(post(id="new"), variant, "live", NOW, [sent()]))
