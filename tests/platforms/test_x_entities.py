from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jposocial.platforms.x import X
from jposocial.platforms.x_links import MAX_URL

x = X()

#: What goes wrong goes wrong where two of these meet.
PIECES = (
    *("国際機関", "セミナー", "が", "か\u3099", "ー", "・", "〜", "。", "、", "（", "）"),
    *("https://", "http://", "example", ".com", ".co.jp", ".みんな", "t.co", "/", "?q=1"),
    *("(a)", "(", ")", "-", "_", ".", ":", "2027", "é", "e\u0301", "ü", "Я", "𠮷"),
    *("#", "＃", "@", "＠", "$", "JPO", " ", "　", "\n", "\ufeff", "\u200d"),
    *("🫶🏽", "❤️‍🔥", "🇯🇵", "👨‍👩‍👧", "1️⃣", "🏽", "\ufe0f", "\ufe0e", "©"),
)
posts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def found(kind: str, text: str) -> list[str]:
    return [entity.text for entity in x.entities(text) if entity.kind == kind]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        pytest.param(
            "詳細は https://example.go.jp/a まで", ["https://example.go.jp/a"], id="spaced"
        ),
        pytest.param("詳細はhttps://example.go.jp/aまで", ["https://example.go.jp/a"], id="glued"),
        pytest.param("HTTPS://EXAMPLE.GO.JP", ["HTTPS://EXAMPLE.GO.JP"], id="capitals"),
        pytest.param("「https://example.jp/」", ["https://example.jp/"], id="brackets"),
        pytest.param("（https://example.jp）", ["https://example.jp"], id="wide parentheses"),
        pytest.param("(https://example.jp/a)", ["https://example.jp/a"], id="parentheses around"),
        pytest.param("https://example.jp/a_(b)", ["https://example.jp/a_(b)"], id="balanced"),
        pytest.param("https://a.jp/b(c(d)e)", ["https://a.jp/b(c(d)e)"], id="balanced within"),
        pytest.param("https://example.jp/a_(b", ["https://example.jp/a_"], id="unbalanced"),
        pytest.param("https://example.jp/a。", ["https://example.jp/a"], id="full stop"),
        pytest.param("https://example.jp/a.", ["https://example.jp/a"], id="period"),
        pytest.param("https://a.jp/b?c=d&e=f#g", ["https://a.jp/b?c=d&e=f#g"], id="query"),
        pytest.param("https://a.jp?q=1!", ["https://a.jp?q=1"], id="query ends in a letter"),
        pytest.param("https://a.jp:8080/b", ["https://a.jp:8080/b"], id="port"),
        pytest.param("https://a.jp/@user/1", ["https://a.jp/@user/1"], id="@ within a path"),
        pytest.param("https://a.jp/Русский", ["https://a.jp/Русский"], id="Cyrillic path"),
        pytest.param("https://a.jp/日本", ["https://a.jp/"], id="a path stops at Japanese"),
        pytest.param("https://日本語.jp/a", ["https://日本語.jp/a"], id="Japanese host"),
        pytest.param(
            "https://例え.みんな", ["https://例え.みんな"], id="Japanese top-level domain"
        ),
        pytest.param("https://xn--wgv71a.jp", ["https://xn--wgv71a.jp"], id="punycode"),
        pytest.param("https://example.xn--p1ai", ["https://example.xn--p1ai"], id="punycode TLD"),
        pytest.param("https://xn--日本.jp", [], id="punycode that is none"),
        pytest.param(
            "https://xn--日本.example.jp", ["https://xn--日本.example.jp"], id="a later host"
        ),
        pytest.param(f"https://{'日本語' * 30}.jp", [], id="a Japanese label too long"),
        pytest.param(
            "https://国連。日本.jp", ["https://国連。日本.jp"], id="ideographic full stop"
        ),
        pytest.param("https://a_b.example.jp", ["https://a_b.example.jp"], id="subdomain with _"),
        pytest.param("https://a_b.jp", [], id="name with _"),
        pytest.param("https://-a.jp https://a-.jp", [], id="hyphen at the edge"),
        pytest.param("https://a..jp", [], id="empty label"),
        pytest.param("http://example.invalidtld", [], id="unknown TLD"),
        pytest.param("http://example.com-and-more", [], id="hyphenated TLD"),
        pytest.param("http://example.com_more", ["http://example.com"], id="TLD before _"),
        pytest.param("xhttps://example.jp", [], id="glued to a letter"),
        pytest.param("ftp://example.jp", [], id="another scheme"),
        pytest.param("https://t.co/abc123's", ["https://t.co/abc123"], id="t.co has no path"),
        pytest.param("https://t.co/abc?amp=1", ["https://t.co/abc?amp=1"], id="t.co with a query"),
        pytest.param(f"https://t.co/{'a' * 41}", [], id="t.co too long"),
        pytest.param(f"https://a.jp/{'a' * MAX_URL}", [], id="URL too long"),
    ],
)
def test_urls_with_scheme(text: str, urls: list[str]) -> None:
    """A URL with a scheme may have any host and ends where its path cannot go on."""
    assert urls == found("url", text)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        pytest.param("詳細はexample.comへ", ["example.com"], id="glued"),
        pytest.param("example.co.jp/aまで", ["example.co.jp/a"], id="path"),
        pytest.param("example.jp?a=b", ["example.jp"], id="no query without a path"),
        pytest.param("example.jp:80", ["example.jp"], id="no port without a path"),
        pytest.param("です。www.un.org、unv.org。", ["www.un.org", "unv.org"], id="two of them"),
        pytest.param("a.jpとb.jp/c", ["a.jp", "b.jp/c"], id="only the last has the path"),
        pytest.param("国際.jp", [], id="Japanese host"),
        pytest.param("国際.example.jp", ["example.jp"], id="only its ASCII part"),
        pytest.param("セミナー" * 20 + "example.jp", ["example.jp"], id="after a long sentence"),
        pytest.param("example.みんなの", ["example.みんな"], id="Japanese top-level domain"),
        pytest.param("zürich.ch", ["zürich.ch"], id="accents"),
        pytest.param("1.5倍、2027.1.21、19.00", [], id="numbers"),
        pytest.param("U.S. e.g. v1.2", [], id="abbreviations"),
        pytest.param("要項.pdf guide.docx", [], id="file names"),
        pytest.param("テスト.md test.md", ["test.md"], id="file names that are domains"),
        pytest.param("info@example.jp", [], id="mail address"),
        pytest.param("name.jp@example.com", [], id="mail address with a TLD"),
        pytest.param("@example.jp #example.jp $example.jp", [], id="after a sign"),
        pytest.param("-example.jp _example.jp .example.jp /example.jp", [], id="after a mark"),
        pytest.param(f"{'a' * 64}.jp", [], id="label too long"),
        pytest.param(f"example.jp/{'a' * MAX_URL}", [], id="URL too long"),
        pytest.param("example.jp\nexample.com", ["example.jp", "example.com"], id="lines"),
    ],
)
def test_bare_domains(text: str, urls: list[str]) -> None:
    """Without a scheme X links ASCII hosts of a known top-level domain."""
    assert urls == found("url", text)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        pytest.param("#国際機関 ＃JPO", ["#国際機関", "＃JPO"], id="both signs"),
        pytest.param("詳細は#JPO", [], id="glued to what stands before"),
        pytest.param("詳細は、#JPO", ["#JPO"], id="after a comma"),
        pytest.param("（#JPO）", ["#JPO"], id="in parentheses"),
        pytest.param("#JPOに応募", ["#JPOに応募"], id="swallows what follows"),
        pytest.param("#JPO、応募", ["#JPO"], id="ends at a comma"),
        pytest.param("#国際・機関〜入門", ["#国際・機関〜入門"], id="middle dot and wave dash"),
        pytest.param("#2026 #2026年", ["#2026年"], id="digits alone are none"),
        pytest.param("#・ #_", [], id="marks alone are none"),
        pytest.param("#か\u3099", ["#か\u3099"], id="decomposed"),
        pytest.param("#𠮷野", ["#𠮷野"], id="beyond the basic plane"),
        pytest.param("#JPO#UN", [], id="two without a space"),
        pytest.param("#http://example.jp", [], id="a URL"),
        pytest.param("&#x3042;", [], id="an entity of HTML"),
        pytest.param("#️⃣JPO", [], id="keycap"),
        pytest.param("☀️#JPO", ["#JPO"], id="after an emoji"),
        pytest.param("https://example.jp/#JPO", [], id="within a URL"),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    """A tag has a letter in it and nothing of a word before it."""
    assert tags == found("hashtag", text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("講師は@example_jpさん", ["@example_jp"], id="glued"),
        pytest.param("＠example", ["＠example"], id="wide sign"),
        pytest.param("RT@example RT:@other", ["@example", "@other"], id="reposted"),
        pytest.param("@example/list-1", ["@example/list-1"], id="list"),
        pytest.param(f"@{'a' * 21}", [f"@{'a' * 20}"], id="no longer than 20"),
        pytest.param("info@example.jp", [], id="mail address"),
        pytest.param("@example@social.example", [], id="an address elsewhere"),
        pytest.param("@éxample @exampleé", [], id="accents"),
        pytest.param("@http://example.jp", [], id="a URL"),
        pytest.param("!@example #@example", [], id="after a sign"),
    ],
)
def test_mentions(text: str, names: list[str]) -> None:
    """A name is ASCII and may stand within Japanese."""
    assert names == found("mention", text)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        pytest.param("$ABC $ABC.D　$XYZ", ["$ABC", "$ABC.D", "$XYZ"], id="after spaces"),
        pytest.param("株$ABC $ABCDEFG $100 $ABC円", [], id="none"),
    ],
)
def test_cashtags(text: str, symbols: list[str]) -> None:
    """A ticker symbol has up to six letters and stands alone."""
    assert symbols == found("cashtag", text)


def test_offsets_are_code_points_of_the_text_as_given() -> None:
    """Characters beyond the basic plane, and decomposed ones, do not move an entity."""
    text = "🫶🏽か\u3099 #国際 https://example.jp"

    first, second = x.entities(text)

    assert ("hashtag", 5, 8) == (first.kind, first.start, first.end)
    assert ("url", 9, 27) == (second.kind, second.start, second.end)


def test_what_begins_first_wins() -> None:
    """Of overlapping entities only the first is linked."""
    assert ["hashtag"] == [e.kind for e in x.entities("#国際example.jp")]
    assert ["url"] == [e.kind for e in x.entities("https://example.jp/@example")]


@given(posts | st.text(st.characters()))
def test_entities_are_slices_in_order(text: str) -> None:
    """Every entity is a slice of the text, and none overlaps the next."""
    entities = x.entities(text)

    assert all(e.text == text[e.start : e.end] for e in entities)
    assert all(e.start < e.end for e in entities)
    assert all(a.end <= b.start for a, b in pairwise(entities))
