"""E03, E10, W08, W09, W20: ways into meetings, where links lead, and how they stand in a text."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from tests.checks.office import BOOK, EMPTY_BOOK, at, findings, found, messages, on, post, problems
from tests.workspace import checked, make_workspace, write_file, write_post

from jposocial.checks.links import expired, glued, link_fields, links
from jposocial.checks.pointers import pointing, relative_days
from jposocial.checks.private_links import private_fields, private_links

JOIN = "https://meeting.example.org/j/sample-0001?pwd=abcd"

PRIVATE = [
    ("https://zoom.us/j/1234567890", "https://zoom.us/j/1234567890"),
    ("参加は https://us02web.zoom.us/j/123?pwd=abc から", "us02web.zoom.us/j/123?pwd=abc"),
    ("https://example.zoom.us/w/123?tk=abc", "example.zoom.us/w/123?tk=abc"),
    ("https://zoom.us/my/hanako", "zoom.us/my/hanako"),
    ("https://zoom.us/s/1234567890", "zoom.us/s/1234567890"),
    ("https://example.zoomgov.com/j/1600000000", "example.zoomgov.com/j/1600000000"),
    ("https://zoom.us/wc/join/123", "zoom.us/wc/join/123"),
    ("zoom.us/j/1234567890", "zoom.us/j/1234567890"),
    ("https://teams.microsoft.com/l/meetup-join/19%3ameeting", "teams.microsoft.com/l/meetup-join/19%3ameeting"),
    ("https://teams.microsoft.com/meet/123?p=abc", "teams.microsoft.com/meet/123?p=abc"),
    ("https://teams.live.com/meet/9300000", "teams.live.com/meet/9300000"),
    ("https://meet.google.com/abc-defg-hij", "meet.google.com/abc-defg-hij"),
    ("https://example.webex.com/meet/hanako", "example.webex.com/meet/hanako"),
    ("https://example.webex.com/example/j.php?MTID=m1", "example.webex.com/example/j.php?MTID=m1"),
    ("https://global.gotomeeting.com/join/123456789", "global.gotomeeting.com/join/123456789"),
    ("https://meet.goto.com/123456789", "meet.goto.com/123456789"),
    ("https://example.go.jp/room?id=1&pwd=abc", "example.go.jp/room?id=1&pwd=abc"),
    ("zoommtg://zoom.us/join?confno=1", "zoommtg://zoom.us/join?confno=1"),
    ("ミーティングID: 123 4567 8901", "123 4567 8901"),
    ("ミーティングＩＤ：１２３　４５６７　８９０１", "１２３　４５６７　８９０１"),
    ("Meeting ID: 812-3456-7890", "812-3456-7890"),
    ("会議番号は 2554 123 4567 です", "2554 123 4567"),
    ("ID：123 456 7890", "123 456 7890"),
    ("パスコード：a1b2c3", "a1b2c3"),
    ("パスコード　８１２３４５", "８１２３４５"),
    ("パスワードは「jpo2027」です", "jpo2027"),
    ("パスワード: himitsu", "himitsu"),
    ("Passcode: 448120", "448120"),
    ("PW：Jpo#27", "Jpo#27"),
    ("ホストキー: 654321", "654321"),
]  # fmt: skip

PUBLIC = [
    "https://zoom.us/webinar/register/WN_abc",
    "https://us02web.zoom.us/meeting/register/tZabc",
    "https://zoom.us/download のページから入手できます",
    "https://support.zoom.us/hc/ja/articles/1",
    "https://events.teams.microsoft.com/event/abc@def",
    "https://meet.google.com/",
    "https://example.webex.com/weblink/register/r123",
    "https://attendee.gotowebinar.com/register/123",
    "https://example.go.jp/join",
    "パスコードは、お申込みの方にメールでお送りします。",
    "ミーティングIDとパスコードは前日にお送りします。",
    "パスワードは8文字以上で設定してください。",
    "パスワードは半角英数8-16桁です。",
    "パスワード：お申込み時に設定したもの",
    "パスコード：Zoomの招待メールに記載",
    "Password: sent by e-mail",
    "The passcode will be sent on 2027-01-20.",
    "パスワードの再設定 https://example.go.jp/reset",
    "パスワードは2027年1月にお送りします",
    "公募番号 ID: 2027-0012",
    "受験番号 1234567890",
    "会議は12:30から",
]


@pytest.mark.parametrize(("text", "expected"), PRIVATE)
def test_private(text: str, expected: str) -> None:
    """A way into a meeting is found in any text, whatever the width of its letters."""
    assert [expected.removeprefix("https://")] == [
        one.removeprefix("https://") for one in found(text, private_links)
    ]


@pytest.mark.parametrize("text", PUBLIC)
def test_not_private(text: str) -> None:
    """Pages for registering, and words about a passcode, are for everybody."""
    assert [] == found(text, private_links)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://meeting.example.org/j/sample-0001?pwd=abcd", True),
        ("https://meeting.example.org/j/sample-0001 です", True),
        ("meeting.example.org/j/sample-0001", True),
        ("HTTPS://MEETING.EXAMPLE.ORG/j/sample-0001/", True),
        ("https://meeting.example.org/j/sample-00012", False),
        ("https://meeting.example.org/j/sample-0001/register", False),
        ("https://meeting.example.org/j", False),
        ("https://example.org/j/sample-0001", False),
    ],
)
def test_own_room(text: str, shown: bool) -> None:
    """The post's own `join_url` is private with its key and without; pages beside it are not."""
    assert shown == bool(found(text, private_links, of=post("seminar", join_url=JOIN)))


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"apply_url": JOIN}, ["apply_url leads into the meeting"]),
        ({"links": ({"url": JOIN},)}, ["links.0.url leads into the meeting"]),
        ({"materials_url": "https://zoom.us/j/1"}, ["materials_url leads into the meeting"]),
        ({"apply_url": "https://meeting.example.org/j/sample-0001"}, ["apply_url leads into the meeting"]),
        ({"apply_url": "https://example.go.jp/apply"}, []),
        ({"apply_url": "https://zoom.us/webinar/register/WN_1"}, []),
    ],
)  # fmt: skip
def test_private_field(fields: dict[str, object], lines: list[str]) -> None:
    """A public field that holds the way into the meeting is named; `join_url` itself is not."""
    of = post("seminar", join_url=JOIN, **fields)
    assert lines == messages(problems(of, private_fields))


WRONG_LINKS = [
    ("http://example.go.jp/a", "'http://example.go.jp/a' is not https"),
    ("ftp://example.go.jp/a", "'ftp://example.go.jp/a' is not https"),
    ("https://bit.ly/3abc", "'https://bit.ly/3abc' is a shortener: nobody sees where it leads"),
    ("bit.ly/3abc をご覧ください", "'bit.ly/3abc' is a shortener: nobody sees where it leads"),
    ("https://lin.ee/abc", "'https://lin.ee/abc' is a shortener: nobody sees where it leads"),
    ("https://x.gd/abc", "'https://x.gd/abc' is a shortener: nobody sees where it leads"),
    ("https://jpo.page.link/a", "'https://jpo.page.link/a' is a shortener: nobody sees where it leads"),
    ("https://evil.com/a", "links may lead to go.jp, un.org, example.org, 日本語.jp, not to evil.com"),
    ("evil.com をご覧ください", "links may lead to go.jp, un.org, example.org, 日本語.jp, not to evil.com"),
    ("https://go.jp.evil.com/", "go.jp.evil.com only looks like go.jp: its owner is another"),
    ("https://mofa-go.jp/", "mofa-go.jp only looks like go.jp: its owner is another"),
    ("https://example.org.co/", "example.org.co only looks like example.org: its owner is another"),
    ("https://mofa.go.jp@evil.com/a", "'https://mofa.go.jp@evil.com/a' leads to evil.com: what stands before @ is no host"),
    ("https://mofa.go.jp:8443/a", "'https://mofa.go.jp:8443/a' has a port or a stray dot behind its host"),
    ("https://mofa.go.jp./a", "'https://mofa.go.jp./a' has a port or a stray dot behind its host"),
    ("https://mofа.jp/", "links may lead to go.jp, un.org, example.org, 日本語.jp, not to xn--mof-8cd.jp"),
    ("https://mofа.go.jp/", "the host of 'https://mofа.go.jp/' mixes the letters of two alphabets"),
    ("https://192.168.0.1/a", "links may lead to go.jp, un.org, example.org, 日本語.jp, not to 192.168.0.1"),
    ("[募集要項](https://evil.com/a)", "links may lead to go.jp, un.org, example.org, 日本語.jp, not to evil.com"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG_LINKS)
def test_wrong_link(text: str, message: str) -> None:
    """Every link of a text is held against the rules of the office, bare domains too."""
    assert [message] == messages(findings(text, links))


@pytest.mark.parametrize(
    "text",
    [
        "https://www.mofa.go.jp/mofaj/",
        "https://MOFA.GO.JP/A",
        "https://mofa.go.jp:443/a",
        "https://careers.un.org/lbw",
        "https://example.org",
        "詳細は https://mofa.go.jp.",
        "（https://example.go.jp/a）",
        "https://日本語.jp/",
        "https://xn--wgv71a119e.jp/",
        "mofa-irc.go.jp で検索してください",
        "info@evil.com",
        "taro(at)evil.com",
        "@user@mastodon.social",
        "ASP.NETとNode.jsの経験",
        "応募書類.zip と guide.zip",
        "M.Sc.とPh.D.",
        "10:00-12.30",
        "ver.2.0 と No.5",
    ],
)
def test_right_link(text: str) -> None:
    """Allowed hosts and their subdomains, addresses of mail boxes and names of files pass."""
    assert [] == found(text, links)


def test_hosts_not_configured() -> None:
    """Without [links] allow any host passes, but never a shortener, plain http or a trick."""
    assert [] == found("https://anything.example.com/", links, book=EMPTY_BOOK)
    assert ["https://t.co/a"] == found("https://t.co/a", links, book=EMPTY_BOOK)
    assert ["http://a.com"] == found("http://a.com", links, book=EMPTY_BOOK)
    assert ["https://go.jp@a.com"] == found("https://go.jp@a.com", links, book=EMPTY_BOOK)


def test_private_link_is_one_finding() -> None:
    """What is E03 is not E10 too."""
    assert [] == found("https://zoom.us/j/123", links)


def test_link_fields() -> None:
    """The fields that hold an address are checked, `join_url` apart; fixes give the address."""
    of = post(
        "seminar",
        apply_url="http://example.go.jp/a",
        join_url="https://evil.com/j",
        links=({"url": "https://bit.ly/a"}, {"url": "https://un.org/a"}),
        source="https://mofa.go.jp:8080/x?y#z",
    )
    seen = problems(of, link_fields)
    assert ["E10"] * 3 == [p.rule for p in seen]
    assert [
        "write https://example.go.jp/a",
        "open it, and write the address to which it leads",
        "write https://mofa.go.jp/x?y#z",
    ] == [p.fix for p in seen]


def test_variant_does_not_repeat_fields() -> None:
    """What a field's address has been told is not said again of every variant."""
    of = post("seminar", apply_url="https://evil.com/a")
    assert ["https://evil.com/a"] == found("https://evil.com/a", links, of=of)
    assert [] == found("https://evil.com/a", links, of=of, due=at("2027-01-01 09:00"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.go.jp/aをご覧ください", ["https://example.go.jp/aを"]),
        ("https://example.go.jpまで", ["https://example.go.jpま"]),
        ("https://example.go.jp/a。", ["https://example.go.jp/a。"]),
        ("https://example.go.jp/a、または", ["https://example.go.jp/a、"]),
        ("https://example.go.jp/a（外部サイト）", ["https://example.go.jp/a（"]),
        ("www.example.go.jpへ", ["www.example.go.jpへ"]),
        ("example.go.jp/aからお申込み", ["example.go.jp/aか"]),
        ("https://example.go.jp/検索", ["https://example.go.jp/検"]),
        ("https://example.go.jp/a をご覧ください", []),
        ("https://example.go.jp/a\nをご覧ください", []),
        ("https://example.go.jp/a　詳細", []),
        ("（https://example.go.jp/a）", []),
        ("「https://example.go.jp/a」", []),
        ("[要項](https://example.go.jp/a)をご覧ください", []),
        ("center@example.go.jpまで", []),
        ("example.go.jpで検索", []),
        ("詳細はhttps://example.go.jp/a", []),
        ("https://example.go.jp/a\u3000\n", []),
    ],
)
def test_glued(text: str, expected: list[str]) -> None:
    """W08: a sentence goes on right behind an address."""
    assert expected == found(text, glued)


POINTING = [
    "詳細はこちら",
    "詳細はこちら↓\nhttps://example.go.jp/a",
    "お申込みはこちらから",
    "こちらをご覧ください",
    "[こちら](https://example.go.jp/a)",
    "[詳細はこちらから](https://example.go.jp/a)",
    "詳しくはここをクリック",
    "詳細はここ\n",
    "こちらのリンクから",
    "お申し込みはこちらへ\nhttps://example.go.jp/a",
    "▼こちら\nhttps://example.go.jp/a",
    "こちらからご応募ください",
    "Click here",
    "こちら→ https://example.go.jp/a",
    "[here](https://example.go.jp/a)",
    "Register here: https://example.go.jp/a",
]
NOT_POINTING = [
    "こちらは第二会場です",
    "こちらの会場へお越しください",
    "ここ数年、応募者が増えています",
    "ここで学んだことが役に立っています",
    "私のキャリアはここから始まりました",
    "こちらこそありがとうございました",
    "私の原点はここ。",
    "東京よりこちらの方が暖かい",
    "ここに来てよかった",
    "こちらで用意したパソコンを使います",
    "She has worked here for years.",
    "お問い合わせはこちらまで\ncenter@example.go.jp",
    "お申込みフォーム\nhttps://example.go.jp/a",
]


@pytest.mark.parametrize("text", POINTING)
def test_pointing(text: str) -> None:
    """W09: 「こちら」 and 「ここ」 for a link say nothing of where it leads."""
    assert 1 == len(found(text, pointing))


@pytest.mark.parametrize("text", NOT_POINTING)
def test_not_pointing(text: str) -> None:
    """A place that is meant as a place is none."""
    assert [] == found(text, pointing)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("本日開催します。", 1),
        ("明日19時から始まります。", 1),
        ("明日の説明会にご参加ください。", 1),
        ("今週末に開催します。", 1),
        ("締切は今日までです。", 1),
        ("明日（1/21）です。", 1),
        ("今日のセミナーでは\n本日の資料を使います。", 2),
        ("今日の国際社会では協力が欠かせません。", 0),
        ("明日の世界を担う人へ。", 0),
        ("基本日程は次のとおりです。", 0),
        ("本日程は変わることがあります。", 0),
        ("創設から今日まで続いています。", 0),
        ("今日、国際機関で働く道は広がっています。", 0),
        ("日本日系人の歴史", 0),
        ("明日を変える仕事です。", 0),
        ("明日の世界を語るセミナーです。", 0),
        ("締切は明日までです。", 1),
        ("明日は、会場で開催します。", 1),
    ],
)
def test_relative_day(body: str, expected: int) -> None:
    """W09: a seminar's body goes out on several days, and 本日 is right on one of them."""
    of = post("seminar", body=body, starts=at("2027-01-21 19:00"))
    assert expected == len(problems(of, relative_days))


def test_relative_day_where_it_is_known() -> None:
    """Where a post goes out once the variant is held against its day instead."""
    assert [] == problems(post(body="本日公開しました。", publish=on("2027-01-21")), relative_days)


def test_relative_day_in_the_title() -> None:
    """The title goes into every text too."""
    assert 1 == len(problems(post("seminar", title="本日開催"), relative_days))


def link(expires: datetime) -> tuple[dict[str, object], ...]:
    """`links` with one that ends."""
    return ({"url": "https://example.go.jp/a", "label": "要項", "expires": expires},)


@pytest.mark.parametrize(
    ("kind", "publish", "expires", "expected"),
    [
        ("testimonial", None, "2026-11-30 00:00", 1),
        ("testimonial", "2027-02-01", "2027-01-15 00:00", 1),
        ("video", None, "2026-11-30 00:00", 1),
        ("roster_info", None, "2020-01-01 00:00", 1),
        ("statistics", "2027-03-01", "2027-02-28 23:59", 1),
        ("event_report", None, "2026-12-01 09:00", 1),
        ("testimonial", None, "2026-12-01 09:01", 0),
        ("testimonial", "2027-02-01", "2027-03-15 00:00", 0),
        ("notice", "2020-01-01", "2026-01-01 00:00", 0),
        ("seminar", None, "2026-01-01 00:00", 0),
        ("exam_notice", None, "2026-01-01 00:00", 0),
        ("video", "2027-02-01", "2027-02-01 00:01", 0),
    ],
)
def test_expired(kind: str, publish: str | None, expires: str, expected: int) -> None:
    """W20 in what is used again: a link that ends before the next time."""
    of = post(kind, publish=on(publish) if publish else None, links=link(at(expires)))
    assert expected == len(problems(of, expired))


def test_expired_in_a_variant(tmp_path: Path) -> None:
    """W20 where a notice's link ends before its day; one that lasts, or is not shown, passes."""
    root = make_workspace(tmp_path)
    url = "https://example.go.jp/a"
    early = [{"url": url, "expires": "2027-01-12 17:00"}]
    write_post(root, "early", "本文です。", links=early)
    write_post(
        root,
        "late",
        "お知らせの本文。",
        links=[{"url": url, "expires": "2027-01-14 17:00"}],
        publish="2027-01-13 14:00",
    )
    write_post(root, "hidden", "別の本文です。", links=early, text={"x": "短い文", "facebook": "長い文"}, publish="2027-01-12 18:00")  # fmt: skip
    seen = [p for p in checked(root) if p["rule"] == "W20"]
    assert [("posts/notices/early.md", 5)] == [(p["path"], p["line"]) for p in seen]
    assert "warning" == seen[0]["severity"]


def test_lines(tmp_path: Path) -> None:
    """Each finding has its line in the file, in fields, texts and the body."""
    root = make_workspace(tmp_path, links={"allow": ["go.jp"]})
    lines = [
        "---",
        "id: case",
        "kind: notice",
        "title: 見本のお知らせ",
        "publish: 2027-01-13 10:00",
        "links:",
        "  - {url: 'https://evil.com/a'}",
        "text:",
        "  x: |",
        "    見本です。",
        "    https://example.go.jp/aをご覧ください",
        "accounts: [x, facebook]",
        "---",
        "本文です。",
        "詳細はこちら",
        "http://example.go.jp/b",
        "パスコード：a1b2c3",
        "",
    ]
    write_file(root, "posts/case.md", "\n".join(lines))
    seen = {(p["rule"], p["line"]) for p in checked(root)}
    assert {("E10", 7), ("W08", 11), ("W09", 15), ("E10", 16), ("E03", 17)} == seen


def test_template_that_shows_the_way_in(tmp_path: Path) -> None:
    """A template that has a way into the meeting is caught in every variant that it makes."""
    root = make_workspace(
        tmp_path, accounts={"facebook": None}, links={"allow": ["go.jp", "zoom.us"]}
    )
    write_file(root, "templates/seminar/announce.txt", "{{ title }}\n\nhttps://{{ tool }}/j/123\n")
    write_post(root, "s", "本文です。", kind="seminar", starts="2027-01-21 19:00", ends="2027-01-21 20:00",
               tool="zoom.us", apply_url="https://example.go.jp/a")  # fmt: skip
    seen = [p for p in checked(root) if p["rule"] == "E03"]
    assert [("templates/seminar/announce.txt", "x")] == [(p["path"], p["account"]) for p in seen]


def test_allowed(tmp_path: Path) -> None:
    """A link may be allowed for one post with a reason; a way into a meeting never."""
    root = make_workspace(tmp_path, links={"allow": ["go.jp"]})
    write_post(root, "a", "https://evil.com/a", allow={"E10": "主催者のページ"})
    assert [] == [p["rule"] for p in checked(root)]
    write_post(root, "a", "パスコード：a1b2c3", allow={"E03": "見本"})
    assert {"F04", "E03"} == {p["rule"] for p in checked(root)}


def test_many_links_take_no_time() -> None:
    """A text of nothing but dots, brackets and signs is read in one go, not in hours."""
    start = time.process_time()
    for text in ("https://a.go.jp/(" * 300, "a." * 2000, "パスコード：" * 500, "id:1 " * 500):
        found(text, links, private_links, glued, pointing, book=BOOK)
    # It takes well under a second; what backtracks without end takes minutes.
    assert 20 > time.process_time() - start
