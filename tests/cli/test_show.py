from __future__ import annotations

import json

import pytest
from tests.workspace import NOW, make_workspace, run_cli, tree_digest, write_file, write_post

VARIANT = ["post", "moment", "account", "platform", "cost_usd", "parts"]
PART = ["text", "length", "limit", "media"]


@pytest.fixture
def root(tmp_path):
    """A notice, and a seminar that has a picture and a text of its own for X."""
    root = make_workspace(tmp_path)
    write_post(root, "hello", "本文です。")
    write_post(
        root, "talk", "本文です。", kind="seminar", title="題", format="online", tags="JPO",
        starts="2027-01-21 19:00", ends="2027-01-21 20:30", apply_deadline="2027-01-20 17:00",
        join_url="https://meeting.example.org/j/secret",
        media=[{"file": "posts/media/a.png", "alt": "講師の写真", "credit": "見本"}],
        text={"x": "{{ 自分の文 }}\nhttps://example.go.jp/"},
    )  # fmt: skip
    return root


def shown(root, *args):
    ran = run_cli(["show", "--json", *args], root)
    assert (0, "") == (ran.code, ran.err)
    return json.loads(ran.out)


def test_json(root):
    """`show --json` has the keys that scripts rely on, and no others."""
    found = shown(root, "talk")
    assert [VARIANT] * 7 == [list(one) for one in found]
    assert [[PART]] * 7 == [[list(part) for part in one["parts"]] for one in found]


def test_every_moment_on_every_account(root):
    """Every moment of the cadence, account by account."""
    assert [
        *[("x", name) for name in ("announce", "reminder", "last_call", "today", "report")],
        *[("facebook", name) for name in ("announce", "reminder")],
    ] == [(one["account"], one["moment"]) for one in shown(root, "talk")]


def test_what_it_says(root):
    """The text as it goes out, its count, its limit, its price and its pictures."""
    (found,) = shown(root, "talk", "--account", "x", "--moment", "announce")
    assert {
        "post": "talk",
        "moment": "announce",
        "account": "x",
        "platform": "x",
        "cost_usd": 0.205,
        "parts": [
            {
                "text": "{{ 自分の文 }}\nhttps://example.go.jp/",
                "length": 38,
                "limit": 280,
                "media": [{"file": "posts/media/a.png", "alt": "講師の写真"}],
            }
        ],
    } == found


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param(["--account", "facebook"], 2, id="one account"),
        pytest.param(["--moment", "reminder"], 2, id="one moment"),
        pytest.param(["--account", "facebook", "--moment", "today"], 0, id="nothing there"),
    ],
)
def test_choosing(root, args, expected):
    """`--account` and `--moment` choose."""
    assert expected == len(shown(root, "talk", *args))


def test_as_of_an_instant(root):
    """`--now`: what the plan of that instant holds, at the times it has then."""
    assert 7 == len(shown(root, "talk"))
    assert 7 == len(shown(root, "talk", "--now", NOW))
    late = shown(root, "talk", "--now", "2027-01-19 10:00")
    assert [("x", "last_call"), ("x", "today"), ("x", "report")] == [
        (one["account"], one["moment"]) for one in late
    ]
    assert [] == shown(root, "talk", "--now", "2027-02-01 09:00")


def test_a_late_announcement(root):
    """One that the plan puts on another day reads as on that day: the days that are left."""
    write_file(root, "templates/site_update/announce.txt", "{{ due | jst }}")
    write_post(root, "page", kind="site_update", url="https://example.go.jp/", publish="2027-01-13", accounts=["x"])  # fmt: skip
    (as_dated,) = shown(root, "page")
    assert "1月13日(水)12:00" == as_dated["parts"][0]["text"]
    (late,) = shown(root, "page", "--now", "2027-01-14 10:00")
    assert "1月14日(木)12:00" == late["parts"][0]["text"]


def test_a_draft_as_of_an_instant(root):
    """What is never planned is shown at its own time while that is to come."""
    write_post(root, "draft", "下書きです。", ready="false", accounts=["x"])
    assert 1 == len(shown(root, "draft", "--now", NOW))
    assert 0 == len(shown(root, "draft", "--now", "2027-02-01 09:00"))


def test_by_its_path(root):
    """A post can be named by its file, too."""
    assert shown(root, "hello") == shown(root, "posts/notices/hello.md")


def test_a_draft_and_a_broken_text(root):
    """What is not ready, or wrong, can still be looked at: that is what it is for."""
    write_post(root, "draft", "2月30日に開きます。", ready="false", accounts=["x"])
    (found,) = shown(root, "draft")
    assert "2月30日に開きます。" in found["parts"][0]["text"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param(["nowhere"], 1, id="no such post"),
        pytest.param(["hello", "--account", "myspace"], 1, id="no such account"),
        pytest.param([], 2, id="no post named"),
        pytest.param(["hello", "--now", "noon"], 2, id="no instant"),
    ],
)
def test_exit_codes(root, args, code):
    """What is refused is 1, wrong usage is 2; standard output stays empty."""
    ran = run_cli(["show", *args], root)
    assert (code, "") == (ran.code, ran.out)
    assert ran.err


def test_a_template_of_no_use(root):
    """A template that cannot be used is 1, with its file and line."""
    write_file(root, "templates/notice/announce.txt", "一\n{{ titel }}\n")
    ran = run_cli(["show", "hello"], root)
    assert 1 == ran.code
    assert "templates/notice/announce.txt:2" in ran.err


def test_too_long(root):
    """What is too long is shown whole, and said to be too long."""
    write_post(root, "long", "本文です。", accounts=["x"], text={"x": "国" * 141})
    (found,) = shown(root, "long")
    assert ("国" * 141, 282) == (found["parts"][0]["text"], found["parts"][0]["length"])
    assert "part 1: 282/280 — too long" in run_cli(["show", "long"], root).out


def test_for_people(root):
    """A heading with account, moment and price, the count, and the text with a margin."""
    assert [
        "── x (x) · announce · hello · $0.015",
        "part 1: 38/280",
        "  │ 【お知らせ】見本のお知らせ",
        "  │ ",
        "  │ 本文です。",
    ] == run_cli(["show", "hello", "--account", "x"], root).out.splitlines()


def test_nothing_secret(root):
    """The join link is in no variant of the seminar."""
    assert "meeting.example.org" not in json.dumps(shown(root, "talk"))


def test_it_creates_nothing(root):
    """Showing a post leaves the workspace as it is."""
    before = tree_digest(root)
    shown(root, "talk")
    assert 0 == run_cli(["show", "hello", "--now", NOW], root).code
    assert before == tree_digest(root)
