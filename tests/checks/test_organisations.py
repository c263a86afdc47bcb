"""W05, W06, W07, W13: official names, retired words, figures of the register, facts that aged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.checks.office import BOOK, EMPTY_BOOK, at, findings, found, on, post, problems
from tests.workspace import checked, make_workspace, write_file, write_post

from jposocial.checks.organisations import acronyms, official_names
from jposocial.checks.terms import aged, figures, retired
from jposocial.posts.registers import Organisation, Registers

UNOFFICIAL = [
    ("国際児童基金で働く", "国際児童基金", "国連児童基金"),
    ("国連自童基金", "国連自童基金", "国連児童基金"),
    ("国際子ども基金", "国際子ども基金", "国連児童基金"),
    ("世界保健機構（WHO）", "世界保健機構", "世界保健機関"),
    ("世界貿易機構", "世界貿易機構", "世界貿易機関"),
    ("国際労働機構", "国際労働機構", "国際労働機関"),
    ("国連食料農業機関", "国連食料農業機関", "国連食糧農業機関"),
    ("世界食料計画の職員", "世界食料計画", "国連世界食糧計画"),
    ("国連世界食料計画", "国連世界食料計画", "国連世界食糧計画"),
    ("国連移住機関", "国連移住機関", "国際移住機関"),
    ("国連難民高等弁務官務所", "国連難民高等弁務官務所", "国連難民高等弁務官事務所"),
    ("経済協力開発機関", "経済協力開発機関", "経済協力開発機構"),
    ("国連難民高等弁務官事務局", "国連難民高等弁務官事務局", "国連難民高等弁務官事務所"),
    ("World Food Program staff", "World Food Program", "World Food Programme"),
    ("the World Health Organisation", "World Health Organisation", "World Health Organization"),
    ("International Labor Organization", "International Labor Organization", "International Labour Organization"),
    ("Organization for Economic Cooperation and Development", "Organization for Economic Cooperation and Development", "Organisation for Economic Co-operation and Development"),
    ("United Nations Childrens Fund", "United Nations Childrens Fund", "United Nations Children's Fund"),
]  # fmt: skip
OFFICIAL = [
    "国連児童基金（UNICEF）",
    "国際連合児童基金",
    "国連環境計画と国連開発計画",
    "世界保健機関の職員",
    "国際刑事裁判所",
    "国際司法裁判所",
    "国連大学と国際大学",
    "国際協力機構",
    "国際機関人事センター",
    "国連難民高等弁務官を務めた方",
    "国連児童基金会議",
    "国連世界食糧計画（WFP）",
    "United Nations Children’s Fund",
    "world food programme",
    "the World Food Programmes of the past",
    "https://example.go.jp/World-Food-Program",
    "国際社会と開発計画",
    "国連事務局と国際事務局",
]


@pytest.mark.parametrize(("text", "name", "right"), UNOFFICIAL)
def test_unofficial(text: str, name: str, right: str) -> None:
    """What the register calls wrong, and slips near to an official name."""
    seen = findings(text, official_names)
    assert [(name, f"write {right}")] == [(one.found, one.fix) for one in seen]


@pytest.mark.parametrize("text", OFFICIAL)
def test_official(text: str) -> None:
    """Official names, their long forms, and other organisations' names."""
    assert [] == found(text, official_names)
    assert [] == found(text, official_names, book=EMPTY_BOOK)


def test_only_listed_spellings_are_certain() -> None:
    """`check --fix` replaces what the register lists, not what only comes near."""
    assert ["国連世界食糧計画"] == [f.replacement for f in findings("世界食料計画", official_names)]
    assert [None] == [f.replacement for f in findings("国際児童基金", official_names)]


def test_two_registered_names_near_each_other() -> None:
    """One registered name is never a slip of another."""
    pair = (
        Organisation(short="AB", ja="国際貿易機関", en="A"),
        Organisation(short="CD", ja="国連貿易機関", en="B"),
        Organisation(short="EF", ja="国際貿易機構", en="C"),
    )
    book = replace(BOOK, registers=Registers(organisations=pair))
    assert [] == found("国際貿易機関と国連貿易機関と国際貿易機構", official_names, book=book)


ACRONYMS = [
    ("UNICEFで働く職員が話します。", "UNICEF"),
    ("講師は WHO の職員です。", "WHO"),
    ("ILOとIOMの採用について", "ILO"),
    ("詳しくは #UNICEF の投稿で。UNICEFは募集中です。", "UNICEF"),
    ("職員の皆さんがUNDPで学んだこと", "UNDP"),
    ("https://example.go.jp/WFP\nWFPの募集です。", "WFP"),
]
EXPLAINED = [
    "国連児童基金（UNICEF）で働く職員が話します。",
    "UNICEF（国連児童基金）の職員です。UNICEFは広く募集しています。",
    "UNICEFの仕事です。国連児童基金は子どもの権利を守ります。",
    "国際連合児童基金、UNICEFの仕事です。",
    "見本 花子氏（UNICEF ジャカルタ事務所）が話します。",
    "講師：見本 花子氏　UNICEF 保健担当官",
    "UNICEF、UNDP、WFPなどの国際機関で働く職員が話します。",
    "国際機関であるUNICEFの仕事です。",
    "#UNICEF #WHO",
    "https://example.go.jp/UNICEF",
    "WHOLE と ICCAT と UNDPX",
    "WHO: World Health Organization",
    "働く人の声です。",
]


@pytest.mark.parametrize(("body", "short"), ACRONYMS)
def test_acronym(body: str, short: str) -> None:
    """W05: an acronym of the register that nothing in the title or the body explains."""
    seen = problems(post(body=body), acronyms)
    assert f"'{short}' is not explained where it comes first" == seen[0].message


@pytest.mark.parametrize("body", EXPLAINED)
def test_explained(body: str) -> None:
    """Beside its name, behind a speaker, in a list of examples, in a tag or an address."""
    assert [] == problems(post(body=body), acronyms)
    assert [] == problems(post(body="UNICEFの仕事"), acronyms, book=EMPTY_BOOK)


def test_explained_by_the_title() -> None:
    """The title is read first."""
    assert [] == problems(post(title="国連児童基金の仕事", body="UNICEFの職員です"), acronyms)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Twitterで配信します", ["Twitter"]),
        ("ツイッターアカウント", ["ツイッター"]),
        ("OIEの職員", ["OIE"]),
        ("国際獣疫事務局（OIE）", ["OIE"]),
        ("公式twitter", ["twitter"]),
        ("後進国の支援", ["後進国"]),
        ("#Twitter", ["Twitter"]),
        ("看護婦として", ["看護婦"]),
        ("X（旧Twitter）", []),
        ("X (formerly Twitter)", []),
        ("旧ツイッター", []),
        ("Twitter（現X）", []),
        ("WOAH（旧：OIE）", []),
        ("https://twitter.com/example", []),
        ("twitter.com", []),
        ("@Twitter", []),
        ("COIEL と OIEA", []),
        ("開発途上国の子ども", []),
        ("途上国の支援", ["途上国"]),
        ("看護師", []),
    ],
)
def test_retired(text: str, expected: list[str]) -> None:
    """W06: the office's list and the words that are retired everywhere."""
    assert expected == found(text, retired)


def test_retired_without_a_register() -> None:
    """Twitter and OIE need no register."""
    assert ["Twitter", "OIE"] == found("TwitterとOIE", retired, book=EMPTY_BOOK)
    assert [] == found("後進国", retired, book=EMPTY_BOOK)


FIGURES_WRONG = [
    ("国連関係機関の日本人職員は約920人です。", "920人"),
    ("国連関係機関の日本人職員は、およそ９００名になりました。", "９００名"),
    ("JPO経験者のうち約8割が残ります。", "8割"),
    ("JPO経験者のうち80%が残ります。", "80%"),
    ("JPO派遣制度の開始は1975年です。", "1975年"),
    ("2023年度の応募者は1,340人でした。", "1,340人"),
    ("2023年度の応募者は325人、2023年度の派遣者は55人です。", "325人"),
    ("約1万人の国連関係機関の日本人職員", "1万人"),
    ("派遣先の国は120か国です。", "120か国"),
]
FIGURES_RIGHT = [
    "JPO経験者のうち、女性は6割です。",
    "国連関係機関の日本人職員を1,000人にする目標です。",
    "国連関係機関の日本人職員は約960人です。",
    "国連関係機関の日本人職員は960名です。",
    "国連関係機関の日本人職員は９６０人です。",
    "JPO経験者のうち約7割が残ります。",
    "JPO経験者のうち70%が残ります。",
    "2023年度の応募者は340人、2023年度の派遣者は55人です。",
    "定員は120人です。国連関係機関の日本人職員が話します。",
    "国連関係機関の日本人職員が話します。定員は50人です。",
    "JPO派遣制度の開始は1974年です。",
    "JPO派遣制度の開始から50年間、2年度にわたり",
    "JPO経験者のうち半数あまりが残ります。",
    "参加者は80人でした。",
    "国連関係機関の日本人職員に3回の研修を行います。",
]


@pytest.mark.parametrize(("text", "expected"), FIGURES_WRONG)
def test_wrong_figure(text: str, expected: str) -> None:
    """W07: another number than the register's about the same thing, or one that is old."""
    assert [expected] == found(text, figures)


@pytest.mark.parametrize("text", FIGURES_RIGHT)
def test_right_figure(text: str) -> None:
    """The register's number in any spelling, and numbers about something else."""
    assert [] == found(text, figures)
    assert [] == found("国連関係機関の日本人職員は5人", figures, book=EMPTY_BOOK)


@pytest.mark.parametrize(
    ("due", "expected"), [("2027-12-30 12:00", 0), ("2027-12-31 12:00", 1), ("2028-06-01 12:00", 1)]
)
def test_old_figure(due: str, expected: int) -> None:
    """Eighteen months after its day a figure is looked up again."""
    text = "国連関係機関の日本人職員は約960人です。"
    assert expected == len(found(text, figures, due=at(due)))


def test_old_figure_of_what_is_over() -> None:
    """Nobody looks up the figures of a post that is past."""
    assert [] == found("派遣先の国は120か国です。", figures, of=post(publish=on("2025-01-01")))


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"speakers": ({"name": "a", "as_of": date(2025, 11, 30)},)}, ["speakers.0.as_of"]),
        ({"person": {"name": "a", "as_of": date(2025, 11, 1)}}, ["person.as_of"]),
        ({"as_of": date(2024, 1, 1)}, ["as_of"]),
        ({"speakers": ({"name": "a", "as_of": date(2026, 1, 1)}, {"name": "b", "as_of": date(2025, 1, 1)})}, ["speakers.1.as_of"]),
        ({"speakers": ({"name": "a", "as_of": date(2025, 12, 1)},)}, []),
        ({"speakers": ({"name": "a"},)}, []),
        ({"person": {"name": "a", "as_of": date(2026, 11, 30)}}, []),
        ({"as_of": date(2026, 12, 1)}, []),
        ({}, []),
        ({"person": None, "speakers": None, "as_of": None}, []),
    ],
)  # fmt: skip
def test_aged(fields: dict[str, object], lines: list[str]) -> None:
    """W13: more than a year before now."""
    seen = problems(post("seminar", starts=at("2027-01-21 19:00"), **fields), aged)
    assert lines == [str(p.message).partition(" ")[0] for p in seen]


def test_aged_when_it_is_over() -> None:
    """A seminar of last year is not looked up again; a testimonial is used again."""
    person = {"name": "a", "as_of": date(2024, 1, 1)}
    assert [] == problems(post("seminar", starts=at("2025-01-21 19:00"), person=person), aged)
    assert 1 == len(problems(post("testimonial", publish=on("2025-01-01"), person=person), aged))


def test_aged_by_the_time(tmp_path: Path) -> None:
    """W13 once for a post whose speaker's facts will be a year old when it goes out."""
    root = make_workspace(tmp_path)
    for name, as_of in (("old", "2026-01-04"), ("new", "2026-01-25")):
        write_post(root, name, "本文です。", kind="seminar", starts="2027-01-21 19:00", ends="2027-01-21 20:30",
                   speakers=[{"name": "見本 花子", "as_of": as_of}], apply_url="https://example.go.jp/a")  # fmt: skip
    seen = [p for p in checked(root) if p["rule"] == "W13"]
    assert [("posts/seminars/old.md", "warning", None)] == [
        (p["path"], p["severity"], p["account"]) for p in seen
    ]


def test_lines(tmp_path: Path) -> None:
    """Every warning stands on its line."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/registers/organisations.yaml",
               "- {short: WHO, ja: 世界保健機関, en: World Health Organization}\n- {short: ILO, ja: 国際労働機関, en: International Labour Organization}\n")  # fmt: skip
    write_file(root, "posts/registers/figures.yaml",
               "- {text: 5人, about: 講師の数, as_of: 2026-11-01, source: 'https://example.go.jp'}\n")  # fmt: skip
    write_post(
        root, "n", "\n本文です。\n世界保健機構で働く。\nILOの職員\nTwitterでも配信\n講師の数は6人"
    )
    seen = [(p["rule"], p["line"], p["severity"]) for p in checked(root)]
    first = 9
    rules = ["W05", "W05", "W06", "W07"]
    assert [(rule, first + n, "warning") for n, rule in enumerate(rules)] == seen
