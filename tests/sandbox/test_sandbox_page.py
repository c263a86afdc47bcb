from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from jposocial.sandbox import Entry, SandboxAccount, render_page
from jposocial.sandbox.timeline import Deleted

TOKYO = ZoneInfo("Asia/Tokyo")
CENTER = SandboxAccount(
    name="x", platform="x", handle="@example_center", token="token-x", display_name="見本センター"
)
PAGE = SandboxAccount(name="page", platform="facebook", handle="example.center", token="token-page")


def entry(
    text: str,
    *,
    id: str = "1",
    account: SandboxAccount = CENTER,
    parent: str | None = None,
    link: str | None = None,
) -> Entry:
    return Entry(
        id=id,
        account=account.name,
        platform=account.platform,
        text=text,
        created_at=datetime(2026, 12, 1, 23, 5, tzinfo=UTC),
        parent=parent,
        link=link,
    )


def page(*posts: Entry, language: str = "en") -> str:
    return render_page([CENTER, PAGE], posts, language, TOKYO)


class Outline(HTMLParser):
    """The tags that are opened and closed, the attributes, and the text."""

    VOID = frozenset({"meta", "!doctype"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_title_says_practice_in_both_languages(language: str) -> None:
    """Whatever the language of the page, nobody takes it for the real thing."""
    text = page(language=language)
    assert "<title>練習 / Sandbox</title>" in text
    assert "<h1>練習 / Sandbox</h1>" in text
    assert f'<html lang="{language}">' in text


def test_a_post_reads_as_a_reader_sees_it() -> None:
    """Name, handle, text with its line break, and the local time with its weekday."""
    text = page(entry("一\n見本 花子さん"))
    assert '見本センター <span class="handle">@example_center · X</span>' in text
    assert '<p class="text" dir="auto">一\n見本 花子さん</p>' in text
    assert '<time datetime="2026-12-02T08:05:00+09:00">Wed 2026-12-02 08:05 JST</time>' in text


def test_what_is_linked_is_styled_and_leads_nowhere() -> None:
    """Links, hashtags and mentions are marked; the page has no anchor to click."""
    text = page(entry("詳細 https://example.org/a?b=1&c=2 #国際機関 @example_en"))
    assert '<span class="url">https://example.org/a?b=1&amp;c=2</span>' in text
    assert '<span class="hashtag">#国際機関</span>' in text
    assert '<span class="mention">@example_en</span>' in text
    assert "a" not in outline(text).tags


HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=y> &amp; ]]> -->"


def test_nothing_that_was_posted_becomes_markup() -> None:
    """Text, link, name, handle, platform and language are all escaped."""
    account = SandboxAccount(
        name="x", platform="x", handle=f"@{HOSTILE}", token="t", display_name=HOSTILE
    )
    text = render_page([account], [entry(HOSTILE, link=HOSTILE)], '"><script>', TOKYO)
    seen = outline(text)
    assert not seen.tags & {"script", "img"}
    assert not any(name.startswith("on") for name in seen.attributes)
    assert seen.text.count(HOSTILE) == 4
    inside = outline(page(entry(f"https://example.org/{HOSTILE} #<b>見本</b>")))
    assert not inside.tags & {"script", "img", "b"}


def test_the_page_asks_for_nothing_else() -> None:
    """No script, no address to load from, and a policy that forbids both; images are in the page."""
    seen = outline(page(entry("https://example.org/ を見る")))
    assert not seen.tags & {"script", "link", "img", "iframe", "a", "form"}
    assert not seen.attributes & {"src", "href", "style", "action"}
    text = page(entry("一"))
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in text
    assert not re.search(r"url\(|@import|//", text.partition("</style>")[0])
    assert 'name="viewport"' in text


def test_each_account_shows_its_own_newest_first() -> None:
    """Accounts keep their order; one without posts says so."""
    posts = [entry("古い", id="1"), entry("新しい", id="2")]
    text = page(*posts)
    assert text.index("新しい") < text.index("古い") < text.index("example.center · Facebook")
    assert text.count("Nothing was posted here.") == 1
    assert "Nothing was posted here." in text.partition("Facebook")[2]


def test_a_thread_stays_together_in_reading_order() -> None:
    """Its parts follow their first post, indented, though another post came between."""
    posts = [
        entry("その1", id="1"),
        entry("別の話", id="2"),
        entry("その2", id="3", parent="1"),
        entry("その3", id="4", parent="3"),
        entry("返信", id="5", parent="999"),
    ]
    text = page(*posts)
    order = [text.index(t) for t in ("返信", "別の話", "その1", "その2", "その3")]
    assert order == sorted(order)
    assert text.count('<article class="reply">') == 3


def test_a_link_beside_the_text_is_shown() -> None:
    """Facebook's link is under the message."""
    text = page(entry("一", account=PAGE, link="https://example.org/?a&b"))
    assert '<span class="url">https://example.org/?a&amp;b</span>' in text


def test_the_same_posts_give_the_same_page() -> None:
    """There is no wall-clock time on it."""
    posts = [entry("一")]
    assert page(*posts) == page(*posts)
    assert set(re.findall(r"\d\d:\d\d", page(*posts))) == {"08:05", "09:00"}


@pytest.mark.parametrize(("language", "words"), [("en", "Deleted Wed"), ("ja", "削除されました")])
def test_what_was_deleted_is_struck_out(language: str, words: str) -> None:
    """On its own account, with when; no reader sees it, so it is no part of the timeline."""
    gone = Deleted(entry("誤り <b>"), datetime(2026, 12, 2, 1, 0, tzinfo=UTC))
    text = render_page([CENTER, PAGE], [], language, TOKYO, deleted=[gone])
    first, second = text.split("</section>")[:2]
    assert 1 == first.count('<article class="deleted">')
    assert "誤り &lt;b&gt;" in first
    assert words in first
    assert "deleted" not in second.partition("</h2>")[2]
