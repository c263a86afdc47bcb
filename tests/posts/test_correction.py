"""The draft of a correction: its facts are right, and only what a person knows is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import checked, make_workspace

from jposocial.posts.correction import Fact, draft

TOKYO = ZoneInfo("Asia/Tokyo")

FACT = Fact(
    delivery=12,
    title="オンライン国際機関就職セミナー 保健分野",
    account="x",
    platform="x",
    lang="ja",
    out=datetime(2027, 1, 7, 12, 0, tzinfo=TOKYO),
    retracted=datetime(2027, 1, 7, 13, 10, tzinfo=TOKYO),
    by="mihon",
    reason="締切の日付の\n誤り",
    urls=("https://x.com/example_center/status/17",),
    gone=True,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(
        tmp_path,
        accounts={"en": {"platform": "x", "handle": "@example_en", "lang": "en"}},
        links={"allow": ["go.jp"]},
    )


def test_the_draft(root: Path):
    """The whole of it, as staff find it."""
    path = draft(root, FACT)
    assert path == "posts/notices/2027-01-07-correction-12.md"
    assert (
        (root / path).read_text("utf-8")
        == """\
---
# 訂正の下書きです。# の行は投稿されません。
# 投稿予定 12（x）「オンライン国際機関就職セミナー 保健分野」、2027-01-07 12:00 に投稿
# 2027-01-07 13:10 に mihon が撤回: 締切の日付の 誤り
#   https://x.com/example_center/status/17
# することは三つ: 誤りと正しい内容を書く。「publish: 日時」を書き足す。「ready: false」の行を消す。
id: 2027-01-07-correction-12
kind: notice
ready: false
title: 【訂正】オンライン国際機関就職セミナー 保健分野
text:
  x: |-
    【訂正】1月7日(木)に投稿した「オンライン国際機関就職セミナー 保健分野」は、内容に誤りがあったため削除しました。
    誤：○○
    正：○○
    お詫びして訂正します。
accounts:
- x
---
"""
    )


FACTS = {
    "deleted": FACT,
    "not deleted": replace(FACT, gone=False),
    "facebook": replace(FACT, account="facebook", platform="facebook"),
    "a title that does not fit": replace(FACT, title="長い題名です" * 30),
    "a title of signs": replace(FACT, title="「題」: {x} & <b> — 50%"),
    "English": replace(FACT, account="en", lang="en", title="Online seminar on health"),
    "English, not deleted": replace(FACT, account="en", lang="en", title="A seminar", gone=False),
    "English that does not fit": replace(FACT, account="en", lang="en", title="long title " * 40),
}


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_only_what_a_person_knows_is_open(root: Path, fact: Fact):
    """As a draft it has no error; E09 names the places to fill in and the day, nothing else is wrong."""
    draft(root, fact)
    found = checked(root, now="2027-01-07 14:00")
    assert {"E09"} == {problem["rule"] for problem in found}
    assert {"warning"} == {problem["severity"] for problem in found}
    assert any("publish" in problem["message"] for problem in found)


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_filled_in_it_is_a_post(root: Path, fact: Fact):
    """A person writes the three things, and it passes every check."""
    path = root / draft(root, fact)
    text = path.read_text("utf-8").replace("ready: false", "publish: 2027-01-08 12:00")
    right = {"ja": ("1月20日です", "1月21日です"), "en": ("20 January", "21 January")}[fact.lang]
    for words in right:
        text = text.replace("○○", words, 1)
    path.write_text(text, "utf-8")
    found = checked(root, now="2027-01-07 14:00")
    assert [] == [problem for problem in found if problem["severity"] == "error"]


def test_a_draft_that_is_there_stays(root: Path):
    """What somebody has written into it is not overwritten."""
    path = root / draft(root, FACT)
    path.write_text("書きかけ", "utf-8")
    assert draft(root, FACT) == path.relative_to(root).as_posix()
    assert "書きかけ" == path.read_text("utf-8")
