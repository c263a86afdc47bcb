"""The registers: read with their lines, good entries kept, and silent where there are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import (
    NOW,
    REPOSITORY,
    checked,
    make_workspace,
    run_cli,
    write_file,
    write_post,
)

from jposocial.posts.registers import (
    Contact,
    Figure,
    Hashtag,
    Organisation,
    Person,
    Registers,
    Term,
    load_registers,
)

TOKYO = ZoneInfo("Asia/Tokyo")


def load(root: Path, name: str, text: str | bytes) -> Registers:
    """The registers of a workspace with one of them."""
    write_file(root, f"posts/registers/{name}.yaml", text)
    return load_registers(root, TOKYO)


@pytest.mark.parametrize(
    ("name", "text", "entry"),
    [
        (
            "organisations",
            "- {short: UNICEF, ja: 国連児童基金, en: United Nations Children's Fund, wrong: [国際児童基金]}",
            Organisation(short="UNICEF", ja="国連児童基金", en="United Nations Children's Fund", wrong=("国際児童基金",)),
        ),
        ("people", "- {name: 見本 花子}", Person(name="見本 花子", honorific="氏")),
        (
            "people",
            "# 架空の人\n- name: 見本 花子\n  kana: みほん はなこ\n  en: Hanako Mihon\n  honorific: さん\n",
            Person(name="見本 花子", kana="みほん はなこ", en="Hanako Mihon", honorific="さん"),
        ),
        ("contact", "- {name: 窓口, mail: c@example.go.jp}", Contact(name="窓口", mail="c@example.go.jp")),
        ("contact", "- {name: 窓口, phone: 03-0000-0000}", Contact(name="窓口", phone="03-0000-0000")),
        ("hashtags", "- {tag: JPO}", Hashtag(tag="JPO")),
        ("terms", "- {use: X, wrong: [Twitter, ツイッター]}", Term(use="X", wrong=("Twitter", "ツイッター"))),
        (
            "figures",
            "- {text: 約960人, about: 日本人職員, as_of: 2026-06-30, source: 'https://example.go.jp/'}",
            Figure(text="約960人", about="日本人職員", as_of=date(2026, 6, 30), source="https://example.go.jp/"),
        ),
    ],
)  # fmt: skip
def test_entry(tmp_path: Path, name: str, text: str, entry: object) -> None:
    """Each register has its own fields."""
    registers = load(tmp_path, name, text)
    assert ((entry,), ()) == (getattr(registers, name), registers.problems)


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("people", "- {name: 見本 花子, nmae: 見本}", 1, "register: unknown field '0.nmae'"),
        ("people", "- {name: 見本 花子}\n- {kana: みほん}", 2, "register: the field '1.name' is missing or empty"),
        ("people", "- 見本 花子", 1, "register: 0: named values are wanted here"),
        ("people", "name: 見本 花子", 1, "this is no list of entries"),
        ("organisations", "- {short: UN, ja: 国連}", 1, "register: the field '0.en' is missing or empty"),
        ("figures", "- text: 5人\n  about: 職員\n  as_of: 昨日\n  source: https://a.jp/\n", 3, "register: 0.as_of: '昨日' is not a day"),
        ("figures", "- text: 5人\n  about: 職員\n  as_of: 2026-01-01\n  source: 広報\n", 4, "register: 0.source: '広報' is not an address"),
        ("terms", "- {use: X}", 1, "register: the field '0.wrong' is missing or empty"),
        ("contact", "- {name: [a, b]}", 1, "register: 0.name: one value is wanted here"),
    ],
)  # fmt: skip
def test_problem(tmp_path: Path, name: str, text: str, line: int, message: str) -> None:
    """F06 with the register's own line."""
    problems = load(tmp_path, name, text).problems
    found = [(p.rule, p.severity, p.path, p.line, p.message) for p in problems]
    assert ("F06", "error", f"posts/registers/{name}.yaml", line, message) in found


@pytest.mark.parametrize(
    "text",
    [
        "- {name: 見本",
        "- [[[[[[[[[[[[[[[[[[[[[[[[",
        b"\x83\x41",
        "a: &b *b",
        "- {name: a, name: b}",
    ],
)
def test_unreadable(tmp_path: Path, text: str | bytes) -> None:
    """What is no YAML, or not in UTF-8, is F06 and an empty register."""
    registers = load(tmp_path, "people", text)
    assert (["F06"], ()) == ([p.rule for p in registers.problems], registers.people)


def test_good_entries_count(tmp_path: Path) -> None:
    """One wrong entry does not silence the others."""
    registers = load(
        tmp_path, "people", "- {name: 見本 花子}\n- {kana: みほん}\n- {name: 例野 太郎}\n"
    )
    assert ["見本 花子", "例野 太郎"] == [person.name for person in registers.people]


@pytest.mark.parametrize("text", ["", "# まだありません\n", "[]\n"])
def test_empty(tmp_path: Path, text: str) -> None:
    """An empty register is like none."""
    assert Registers() == load(tmp_path, "people", text)


def test_missing(tmp_path: Path) -> None:
    """A workspace without registers has empty ones."""
    assert Registers() == load_registers(tmp_path, TOKYO)


def test_rules_are_silent_without_registers(tmp_path: Path) -> None:
    """Names, organisations and figures are held against nothing where nothing is registered."""
    root = make_workspace(tmp_path)
    write_post(root, "s", "国際児童基金、UNICEFの職員5人が話します。", kind="seminar", starts="2027-01-21 19:00",
               ends="2027-01-21 20:30", speakers=[{"name": "別人 五郎"}], apply_url="https://example.go.jp/a")  # fmt: skip
    assert [] == [p for p in checked(root) if p["rule"] in ("E13", "W05", "W07")]


def test_problems_are_shown_by_check(tmp_path: Path) -> None:
    """`check` shows what is wrong with a register, at its own line, and ends with 1."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/registers/people.yaml", "- {name: 見本 花子}\n- {kana: みほん}\n")
    assert [("F06", "posts/registers/people.yaml", 2)] == [
        (p["rule"], p["path"], p["line"]) for p in checked(root)
    ]
    assert 1 == run_cli(["check", "--now", NOW], root).code


def test_registers_reach_the_rules(tmp_path: Path) -> None:
    """What is registered is what texts are held against."""
    root = make_workspace(tmp_path)
    write_post(root, "n", "髙崎 祐子氏のお話です。")
    assert [] == checked(root)
    write_file(root, "posts/registers/people.yaml", "- {name: 高崎 祐子}\n")
    assert ["E13"] == [p["rule"] for p in checked(root)]


def test_a_register_is_no_content_file(tmp_path: Path) -> None:
    """Nothing below posts/registers is taken for a post."""
    root = make_workspace(tmp_path)
    write_file(root, "posts/registers/README.md", "# 登録簿\n")
    assert [] == checked(root)


def test_samples() -> None:
    """The samples are right, and name the organisations that the centre sends people to."""
    registers = load_registers(REPOSITORY, TOKYO)
    assert () == registers.problems
    wanted = {
        "UNDP",
        "UNFPA",
        "UNHCR",
        "UNICEF",
        "WFP",
        "FAO",
        "ILO",
        "UNESCO",
        "WHO",
        "IOM",
        "OECD",
        "UNIDO",
        "ICC",
    }
    assert set() == wanted - {o.short for o in registers.organisations}
    for name in ("people", "contact", "hashtags", "terms", "figures"):
        assert getattr(registers, name), name
    addresses = [c.mail for c in registers.contact]
    assert all(mail.endswith("@example.go.jp") for mail in addresses)
