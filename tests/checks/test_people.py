"""E13 and E17: names as the register has them, honorifics, and whose address or number it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.checks.office import BOOK, EMPTY_BOOK, findings, found, post, problems
from tests.workspace import checked, make_workspace, write_file, write_post

from jposocial.checks.contacts import contacts
from jposocial.checks.people import doubled, names, spelled_names
from jposocial.posts.registers import Person, Registers

#: 祐 as one of Unicode's compatibility characters, which look the same.
YU = "\ufa4f"


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("髙崎 祐子", "'髙崎 祐子': the register has 高崎 祐子", "write 高崎 祐子"),
        ("高﨑祐子", "'高﨑祐子': the register has 高崎 祐子", "write 高崎 祐子"),
        (f"高崎 {YU}子", f"'高崎 {YU}子': the register has 高崎 祐子", "write 高崎 祐子"),
        ("渡邊 德男", "'渡邊 德男': the register has 渡辺 德男", "write 渡辺 德男"),
        ("渡邉 徳男", "'渡邉 徳男': the register has 渡辺 德男", "write 渡辺 德男"),
        ("渡辺 徳男", "'渡辺 徳男': the register has 渡辺 德男", "write 渡辺 德男"),
        ("見本 花子氏", "'見本 花子氏' is not in the people register", "見本 花子"),
        ("Hanako Mihonn", "'Hanako Mihonn' is not in the people register", "Hanako Mihon"),
    ],
)
def test_unlike(name: str, message: str, fix: str) -> None:
    """A field's name must be the register's, to the letter."""
    for of in (
        post("seminar", speakers=({"name": name},)),
        post("testimonial", person={"name": name}),
    ):
        seen = problems(of, names)
        assert [message] == [p.message for p in seen]
        assert fix in seen[0].fix


@pytest.mark.parametrize(
    "name",
    [
        "見本 花子",
        "見本花子",
        "見本　花子",
        "渡辺德男",
        "Hanako Mihon",
        "調整中",
        "講師調整中",
        "未定",
        "TBD",
        "林 実",
        "見本 三郎",
        "別人 五郎",
    ],
)
def test_like(name: str) -> None:
    """Spaces are free; a speaker that is not known yet is none."""
    assert [] == problems(post("seminar", speakers=({"name": name},)), names)


def test_no_register() -> None:
    """Without a register of people nothing is said of names."""
    of = post("seminar", speakers=({"name": "別人 五郎"},))
    assert [] == problems(of, names, book=EMPTY_BOOK)
    assert [] == found("見本 花子が話します", spelled_names, book=EMPTY_BOOK)


MISSPELT = [
    ("髙崎 祐子氏が登壇します", "髙崎 祐子"),
    ("高﨑祐子さん", "高﨑祐子"),
    ("講師：渡邊　德男氏", "渡邊　德男"),
    ("渡邉徳男先生", "渡邉徳男"),
    (f"高崎{YU}子氏", f"高崎{YU}子"),
    ("「髙﨑 祐子」さんの話", "髙﨑 祐子"),
    ("見本 花\U000e0100子氏", "見本 花\U000e0100子"),
]


@pytest.mark.parametrize(("text", "name"), MISSPELT)
def test_misspelt(text: str, name: str) -> None:
    """A registered name in another form of its kanji, in any text, is mended by the register."""
    seen = findings(text, spelled_names)
    assert [name] == [one.found for one in seen]
    assert seen[0].replacement in {p.name for p in BOOK.registers.people}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("見本 華子氏が話します", ["見本 華子"]),
        ("見木 花子さん", ["見木 花子"]),
        ("見本 花子氏", []),
        ("見本 一郎氏も加わります", []),
        ("手本 さくら氏", []),
        ("見本 華子の絵", []),
        ("日本 花子氏", ["日本 花子"]),
        ("見本花子氏と例野太郎氏", []),
        ("見本 次郎氏", []),
    ],
)
def test_near_the_speaker(text: str, expected: list[str]) -> None:
    """One letter off the name of whom the post is about; other people are other people."""
    of = post("seminar", speakers=({"name": "見本 花子"},))
    seen = findings(text, spelled_names, of=of)
    assert expected == [one.found for one in seen]
    assert all(one.replacement is None for one in seen)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("髙崎氏に聞きました", ["髙崎"]),
        ("高﨑さん", ["高﨑"]),
        ("高崎氏に聞きました", []),
        ("渡邊氏", []),
        ("高﨑市では", []),
    ],
)
def test_surname_of_the_speaker(text: str, expected: list[str]) -> None:
    """The surname alone, where the post is about that person."""
    assert expected == found(text, spelled_names, of=post(speakers=({"name": "高崎 祐子"},)))
    assert [] == found(text, spelled_names)


UNHONOURED = [
    "見本 花子が話します",
    "講師：見本 花子",
    "講師は見本花子です。",
    "例野 太郎と話す夕べ",
    "見本 花子、例野 太郎氏",
    "司会は手本 さくら、講師は未定です",
    "「見本 花子のキャリア」",
    "見本 花子\n例野 太郎氏",
]
HONOURED = [
    "見本 花子氏が話します",
    "見本 花子さん",
    "見本　花子　様",
    "見本花子先生",
    "見本 花子博士の講演",
    "見本 花子（UNICEF ジャカルタ事務所）",
    "見本 花子 保健担当官が話します",
    "見本 花子UNICEF職員",
    "見本 花子、国連児童基金ジャカルタ事務所長",
    "見本 花子 プログラム・オフィサー",
    "見本 花子・例野 太郎の両氏",
    "見本 花子、例野 太郎両氏が登壇",
    "撮影：見本 花子",
    "（写真提供　見本花子）",
    "見本 花子",
    "#見本花子 をつけて投稿してください",
    "見本 花子の顔写真",
    "氏名：見本 花子",
    "森林実習に参加しました",
    "林実は知りません",
    "見本市を開きます",
    "林実氏が話します",
]


@pytest.mark.parametrize("text", UNHONOURED)
def test_honorific_missing(text: str) -> None:
    """A registered name in a sentence needs an honorific, a post or a bracket behind it."""
    seen = findings(text, spelled_names)
    assert 1 == len(seen)
    assert "stands without an honorific" in seen[0].message


@pytest.mark.parametrize("text", HONOURED)
def test_honorific_there(text: str) -> None:
    """With one, in a list, in a credit, in a tag, or where the letters are a part of a word."""
    assert [] == found(text, spelled_names)


def test_honorific_of_the_register() -> None:
    """The fix gives the person's own honorific."""
    assert ["write 手本 さくらさん"] == [
        f.fix for f in findings("手本 さくらが話す", spelled_names)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("見本 花子氏さん", ["氏さん"]),
        ("見本先生様", ["先生様"]),
        ("別人五郎さん様", ["さん様"]),
        ("教授先生のお話", ["教授先生"]),
        ("見本 花子さんさん", ["さんさん"]),
        ("見本博士氏", ["博士氏"]),
        ("見本 花子様様", ["様様"]),
        ("見本 花子氏氏", ["氏氏"]),
        ("見本先生さん", ["先生さん"]),
        ("皆さん様々な経験", []),
        ("お客様氏名", []),
        ("たくさん氏名を書く", []),
        ("太陽がさんさんと", []),
        ("殿様の話", []),
        ("おかげさまさまざまな方に", []),
        ("見本氏、例野さん", []),
        ("彼氏さん", []),
        ("職員さん", []),
        ("先生方、教授の皆さん", []),
    ],
)
def test_doubled(text: str, expected: list[str]) -> None:
    """Two honorifics in a row, behind whatever name; words that only look so are words."""
    assert expected == found(text, doubled)


def test_two_people_alike() -> None:
    """Where both spellings are registered, both are right."""
    both = (Person(name="高崎 祐子"), Person(name="髙崎 祐子"))
    book = replace(BOOK, registers=Registers(people=both))
    for name in ("高崎 祐子", "髙崎 祐子"):
        assert [] == found(f"{name}氏", spelled_names, book=book)
        assert [] == problems(post("seminar", speakers=({"name": name},)), names, book=book)


PERSONAL = [
    ("hanako.mihon@example.go.jp まで", "hanako.mihon@example.go.jp"),
    ("ｈａｎａｋｏ＠ｇｍａｉｌ．ｃｏｍ", "ｈａｎａｋｏ＠ｇｍａｉｌ．ｃｏｍ"),
    ("taro(at)example.jp", "taro(at)example.jp"),
    ("taro[at]example[dot]jp", "taro[at]example[dot]jp"),
    ("taro＠example.co.jp", "taro＠example.co.jp"),
    ("taro★example.co.jp", "taro★example.co.jp"),
    ("mailto:taro@example.org", "taro@example.org"),
    ("携帯は090-1234-5678です", "090-1234-5678"),
    ("０９０－１２３４－５６７８", "０９０－１２３４－５６７８"),
    ("09012345678", "09012345678"),
    ("電話 03-5501-8000", "03-5501-8000"),
    ("電話：03-5501-8000（内線2345）", "03-5501-8000"),
    ("ＴＥＬ０３（５５０１）８０００", "０３（５５０１）８０００"),
    ("03(5501)8000", "03(5501)8000"),
    ("（03）5501-8000", "（03）5501-8000"),
    ("03ー5501ー8000", "03ー5501ー8000"),
    ("03 5501 8000", "03 5501 8000"),
    ("+81-3-5501-8000", "+81-3-5501-8000"),
    ("+81 (0)90 1234 5678", "+81 (0)90 1234 5678"),
    ("+41 22 730 1234", "+41 22 730 1234"),
    ("TEL：0355018000", "0355018000"),
    ("0120-123-456", "0120-123-456"),
    ("☎ 0422-12-3456", "0422-12-3456"),
]

NO_CONTACT = [
    "center@example.go.jp",
    "CENTER@EXAMPLE.GO.JP",
    "ｃｅｎｔｅｒ＠ｅｘａｍｐｌｅ．ｇｏ．ｊｐ",
    "center(at)example.go.jp",
    "news@example.go.jp までどうぞ",
    "03-0000-1234",
    "０３－００００－１２３４",
    "03(0000)1234（内線 2345）",
    "+81-3-0000-1234",
    "+81 (0)3-0000-5678",
    "内線 2345",
    "2027-01-21",
    "2027/01/21 10:00-12:00",
    "〒100-8919",
    "公募番号 02-2026-1234",
    "空席番号 2027-0012-3456",
    "ISBN 978-4-00-000000-0",
    "JR-0312345678",
    "3,000,000円",
    "0312345678円",
    "@example_center",
    "@user@mastodon.social",
    "https://example.go.jp/tel/03-1234-5678",
    "https://mofa.go.jp@evil.com/",
    "info at example.go.jp",
    "UTC+09:00",
    "令和9年1月21日 10時00分",
    "2026-27-2028",
    "応募者は 090 人",
    "100-0013 東京都千代田区霞が関3-1-1",
    "1.5~2.0 +5% 3.1415926535",
]


@pytest.mark.parametrize(("text", "expected"), PERSONAL)
def test_personal(text: str, expected: str) -> None:
    """E17: what is not in the register of contacts, however it is written."""
    assert [expected] == found(text, contacts)


@pytest.mark.parametrize("text", NO_CONTACT)
def test_no_contact(text: str) -> None:
    """The office's own contacts in any spelling, and numbers that count something else."""
    assert [] == found(text, contacts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hanako@gmail.com", 1),
        ("hanako@yahoo.co.jp", 1),
        ("hanako＠docomo.ne.jp", 1),
        ("090-1234-5678", 1),
        ("+81 80 1234 5678", 1),
        ("０７０１２３４５６７８", 1),
        ("info@example.go.jp", 0),
        ("03-5501-8000", 0),
        ("0120-123-456", 0),
    ],
)
def test_without_a_register(text: str, expected: int) -> None:
    """Without a register only what is plainly somebody's own is found."""
    assert expected == len(found(text, contacts, book=EMPTY_BOOK))


def test_fix_of_contacts() -> None:
    """The fix gives the contacts that may be written."""
    assert ["write center@example.go.jp, news@example.go.jp, or take it out"] == [
        one.fix for one in findings("a@example.com", contacts)
    ]


def test_lines(tmp_path: Path) -> None:
    """Names and contacts are found on their lines, in fields, texts and templates' variants."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/registers/people.yaml", "- {name: 高崎 祐子}\n- {name: 見本 花子}\n")
    write_file(
        root,
        "posts/registers/contact.yaml",
        "- {name: c, mail: c@example.go.jp, phone: 03-0000-0000}\n",
    )
    lines = [
        "---",
        "id: s",
        "kind: seminar",
        "title: 見本 花子が語る仕事",
        "starts: 2027-01-21 19:00",
        "ends: 2027-01-21 20:30",
        "speakers:",
        "  - {name: 見本 花子, honorific: 氏, org: UNICEF}",
        "  - {name: 髙崎 祐子, honorific: 氏さん, org: UNDP}",
        "apply_url: https://example.go.jp/a",
        "---",
        "お問い合わせは",
        "taro@example.com または 03-1234-5678 へ。",
        "",
    ]
    write_file(root, "posts/s.md", "\n".join(lines))
    seen = sorted((p["rule"], p["line"]) for p in checked(root) if p["rule"] in ("E13", "E17"))
    assert [("E13", 4), ("E13", 9), ("E13", 9), ("E17", 13), ("E17", 13)] == seen


def test_sample_templates_honour(tmp_path: Path) -> None:
    """A speaker without `honorific` is given one by the templates."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/registers/people.yaml", "- {name: 見本 花子}\n")
    write_post(root, "s", "本文です。", kind="seminar", starts="2027-01-21 19:00", ends="2027-01-21 20:30",
               speakers=[{"name": "見本 花子", "org": "UNICEF"}], apply_url="https://example.go.jp/a")  # fmt: skip
    assert [] == [p for p in checked(root) if p["rule"] == "E13"]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("見本 華子", "見本 花子"),
        ("見木 花子", "見本 花子"),
        ("例野 太朗", "例野 太郎"),
        ("例野 大郎", "例野 太郎"),
        ("手元 さくら", "手本 さくら"),
        ("手本 桜", "手本 さくら"),
    ],
)
def test_taken_for_another(name: str, right: str) -> None:
    """A kanji that is read or looks alike, or kana written in kanji: in a field and in a text."""
    of = post("seminar", speakers=({"name": name},))
    seen = problems(of, names)
    assert [name] == [p.found for p in seen]
    assert right in seen[0].fix
    assert [name] == found(f"講師は{name}氏です", spelled_names)


@pytest.mark.parametrize("name", ["見本 三郎", "例野 ひとみ", "手本 健一", "見本 花江", "林 誠"])
def test_somebody_new(name: str) -> None:
    """Another name is another person."""
    assert [] == problems(post("seminar", speakers=({"name": name},)), names)
    assert [] == found(f"講師は{name}氏です", spelled_names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ms. Hanako Mihom talks about her work.", ["Hanako Mihom"]),
        ("Hanako Mihon talks about her work.", []),
        ("Mihon Hanako talks about her work.", []),
        ("United Nations and Hanako Sample", []),
    ],
)
def test_a_latin_name_in_a_text(text: str, expected: list[str]) -> None:
    """One letter off a registered name is a slip; the surname may come first."""
    assert expected == found(text, spelled_names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("講師：例野 太郎（WFP ローマ本部）", ["例野 太郎"]),
        ("講師：例野 太郎氏（WFP ローマ本部）", []),
        ("職員の声　例野 太郎（WFP）", []),
    ],
)
def test_who_is_presented_has_an_honorific(text: str, expected: list[str]) -> None:
    """In the line of the speakers a bracket does not stand for it."""
    assert expected == found(text, spelled_names)


def test_two_speakers_of_one_surname() -> None:
    """Who is named in the file is not a slip of the other who is."""
    of = post("seminar", speakers=({"name": "見本 一郎"}, {"name": "見本 三郎"}))
    assert [] == found("見本 一郎氏と見本 三郎氏が話します", spelled_names, of=of)
