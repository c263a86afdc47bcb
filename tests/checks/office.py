"""An office with registers, for rules that are asked about one text or one post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jposocial.checks.findings import Finding
from jposocial.checks.reading import Book, PostRule, Reading, TextRule
from jposocial.model import Account, Calendar, Post, Problem, Publish
from jposocial.posts.registers import Contact, Figure, Organisation, Person, Registers, Term

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=TOKYO)

ORGANISATIONS = tuple(
    Organisation(short=short, ja=ja, en=en, wrong=tuple(wrong))
    for short, ja, en, *wrong in (
        ("UNICEF", "国連児童基金", "United Nations Children's Fund", "国際子ども基金"),
        ("UNDP", "国連開発計画", "United Nations Development Programme"),
        ("UNEP", "国連環境計画", "United Nations Environment Programme"),
        ("UNHCR", "国連難民高等弁務官事務所", "Office of the United Nations High Commissioner for Refugees"),
        ("WFP", "国連世界食糧計画", "World Food Programme", "世界食料計画"),
        ("FAO", "国連食糧農業機関", "Food and Agriculture Organization of the United Nations"),
        ("ILO", "国際労働機関", "International Labour Organization"),
        ("WHO", "世界保健機関", "World Health Organization"),
        ("WTO", "世界貿易機関", "World Trade Organization"),
        ("IOM", "国際移住機関", "International Organization for Migration"),
        ("ICC", "国際刑事裁判所", "International Criminal Court"),
        ("OECD", "経済協力開発機構", "Organisation for Economic Co-operation and Development"),
    )
)  # fmt: skip
PEOPLE = (
    Person(name="見本 花子", en="Hanako Mihon"),
    Person(name="見本 一郎"),
    Person(name="例野 太郎"),
    Person(name="高崎 祐子"),
    Person(name="手本 さくら", honorific="さん"),
    Person(name="渡辺 德男"),
    Person(name="林 実"),
)
CONTACTS = (
    Contact(name="センター", mail="center@example.go.jp", phone="03-0000-1234"),
    Contact(name="メールマガジン", mail="news@example.go.jp", phone="+81-3-0000-5678"),
)
TERMS = (
    Term(use="開発途上国", wrong=("後進国", "途上国")),
    Term(use="看護師", wrong=("看護婦",)),
)
FIGURES = tuple(
    Figure(text=text, about=about, as_of=as_of, source="https://example.go.jp/figures")
    for text, about, as_of in (
        ("約960人", "国連関係機関の日本人職員", date(2026, 6, 30)),
        ("約7割", "JPO経験者のうち", date(2026, 9, 30)),
        ("1974年", "JPO派遣制度の開始", date(2026, 9, 30)),
        ("340人", "2023年度の応募者", date(2026, 4, 1)),
        ("55人", "2023年度の派遣者", date(2026, 4, 1)),
        ("120か国", "派遣先の国", date(2024, 3, 31)),
    )
)
REGISTERS = Registers(
    organisations=ORGANISATIONS, people=PEOPLE, contact=CONTACTS, terms=TERMS, figures=FIGURES
)
BOOK = Book(
    now=NOW,
    calendar=Calendar(zone=TOKYO),
    accounts={
        "x": Account(name="x", platform="x", handle="@example_center"),
        "facebook": Account(name="facebook", platform="facebook", handle="example.center"),
    },
    registers=REGISTERS,
    hosts=("go.jp", "un.org", "example.org", "日本語.jp"),
)
EMPTY_BOOK = replace(BOOK, registers=Registers(), hosts=())


def post(kind: str = "notice", **fields: Any) -> Post:
    """A post; what a `Post` has no attribute for becomes one of its fields."""
    own = {"id": "case", "title": "", "path": "posts/case.md"}
    own |= {key: fields.pop(key) for key in [*fields] if key in Post.__dataclass_fields__}
    return Post(kind=kind, fields=fields, **own)


def on(day: str) -> Publish:
    """`publish:` of a day."""
    return Publish(day=date.fromisoformat(day))


def at(text: str) -> datetime:
    """An instant in Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def found(
    text: str,
    *rules: TextRule,
    book: Book = BOOK,
    of: Post | None = None,
    due: datetime | None = None,
) -> list[str]:
    """What the rules find in a text, in its order."""
    return [one.found for one in findings(text, *rules, book=book, of=of, due=due)]


def findings(
    text: str,
    *rules: TextRule,
    book: Book = BOOK,
    of: Post | None = None,
    due: datetime | None = None,
) -> list[Finding]:
    """The findings of the rules in a text; each stands where it says, with a message and a fix."""
    reading = Reading(book=book, post=of or post(), due=due)
    seen = [finding for rule in rules for finding in rule(text, reading)]
    for one in seen:
        assert text[one.start :].startswith(one.found)
        assert one.found
        assert one.message
        assert one.fix
    return sorted(seen, key=lambda one: one.start)


def problems(of: Post, *rules: PostRule, book: Book = BOOK) -> list[Problem]:
    """What the rules find in a post as a whole."""
    return [problem for rule in rules for problem in rule(of, book)]


def messages(seen: Sequence[Problem | Finding]) -> list[str]:
    """What is said of each."""
    return [str(one.message) for one in seen]
