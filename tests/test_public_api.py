"""The public Python of the product: what scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import (
    NOW,
    REPOSITORY,
    make_workspace,
    run_cli,
    tree_digest,
    write_file,
    write_post,
)

import jposocial
from jposocial.errors import JposocialError, Refused, UsageError

TOKYO = ZoneInfo("Asia/Tokyo")

HEAVY = (
    *("sqlalchemy", "alembic", "tweepy", "requests", "urllib3", "jinja2", "yaml", "click"),
    *("regex", "apscheduler", "feedparser", "publicsuffixlist"),
)


@pytest.fixture
def root(tmp_path):
    """Three notices on the afternoons of 13, 14 and 15 January, on X alone."""
    root = make_workspace(tmp_path)
    for day in (13, 14, 15):
        write_post(root, f"day-{day}", "本文です。", accounts=["x"], publish=f"2027-01-{day} 15:00")
    return root


def loaded_by(statement: str) -> list[str]:
    """The heavy modules that a fresh process has after `statement`."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    names = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    return sorted(names & set(HEAVY))


def test_importing_loads_nothing_heavy():
    """`import jposocial` is cheap."""
    assert [] == loaded_by("import jposocial")


def test_the_version():
    """The package says its version, as the command line does."""
    ran = run_cli(["--version"], REPOSITORY)
    assert jposocial.__version__ in ran.out


@pytest.mark.parametrize(
    ("text", "platform", "expected"),
    [
        pytest.param("国際機関で働く", "x", (14, 280, True), id="x"),
        pytest.param("国際機関で働く", "facebook", (7, 63206, True), id="facebook"),
        pytest.param("国" * 141, "x", (282, 280, False), id="too long"),
        pytest.param("", "x", (0, 280, False), id="empty text is not valid"),
        pytest.param(" \n", "facebook", (2, 63206, False), id="nor is nothing but space"),
        pytest.param("https://example.go.jp/a/very/long/path", "x", (23, 280, True), id="a URL"),
    ],
)
def test_measure(text, platform, expected):
    """A text's length in the platform's own unit, with its limit."""
    found = jposocial.measure(text, platform)
    assert expected == (found.length, found.limit, found.valid)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "詳細は example.org へ #JPO",
            [("url", 4, 15, "example.org"), ("hashtag", 18, 22, "#JPO")],
            id="a bare domain and a tag",
        ),
        pytest.param("@example さん", [("mention", 0, 8, "@example")], id="a mention"),
        pytest.param("👩‍💻 $UN", [("cashtag", 4, 7, "$UN")], id="code points, not UTF-16"),
        pytest.param("何もない", [], id="none"),
    ],
)
def test_entities(text, expected):
    """What X links, sign included, at offsets in code points."""
    found = jposocial.entities(text, "x")
    assert expected == [(e.kind, e.start, e.end, e.text) for e in found]
    assert [e.text for e in found] == [text[e.start : e.end] for e in found]


@pytest.mark.parametrize("ask", [jposocial.measure, jposocial.entities])
def test_unknown_platforms(ask):
    """A platform that is not known is an error that names those that are."""
    with pytest.raises(UsageError, match=r"facebook.*x"):
        ask("国際", "myspace")


def test_no_workspace(tmp_path):
    """A folder without a jposocial.toml is none; nothing is searched upwards."""
    make_workspace(tmp_path)
    with pytest.raises(UsageError):
        jposocial.open_workspace(tmp_path)
    with pytest.raises(UsageError):
        jposocial.open_workspace(tmp_path / "workspace" / "posts")


@pytest.mark.parametrize("form", [str, lambda path: path], ids=["text", "path"])
def test_open_workspace(root, form):
    """A workspace is opened by its path, in either form."""
    assert root == jposocial.open_workspace(form(root)).root


def test_posts(root):
    """Every post that can be read; what cannot is left to `check`."""
    write_file(root, "posts/notices/broken.md", "no front matter")
    found = jposocial.open_workspace(root).posts()
    assert ["day-13", "day-14", "day-15"] == [post.id for post in found]
    assert ("notice", "見本のお知らせ", "posts/notices/day-13.md", "本文です。") == (
        found[0].kind, found[0].title, found[0].path, found[0].body
    )  # fmt: skip


def test_check(root):
    """Every problem, its attributes named as in `check --json`."""
    write_post(root, "bad", "2月30日に開きます。", accounts=["x"])
    (problem,) = jposocial.open_workspace(root).check(now=at(NOW))
    ran = run_cli(["check", "--json", "--now", NOW], root)
    (said,) = json.loads(ran.out)
    assert ("E11", "error", "posts/notices/bad.md", "bad") == (
        problem.rule, problem.severity, problem.path, problem.post
    )  # fmt: skip
    assert said == {name: getattr(problem, name) for name in said}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(date(2027, 1, 13), date(2027, 1, 15), [13, 14, 15], id="the last day is in"),
        pytest.param(date(2027, 1, 14), date(2027, 1, 14), [14], id="one day"),
        pytest.param(date(2027, 1, 16), date(2027, 1, 31), [], id="nothing there"),
        pytest.param(date(2027, 1, 15), date(2027, 1, 13), [], id="the wrong way round"),
        pytest.param(at("2027-01-13 15:00"), at("2027-01-14 15:00"), [13], id="instants: the end is out"),
        pytest.param(at("2027-01-13 15:01"), date(2027, 1, 14), [14], id="one of each"),
        pytest.param(at("2027-01-13 15:00").astimezone(ZoneInfo("America/New_York")), at("2027-01-13 15:01"), [13], id="another zone"),
    ],
)  # fmt: skip
def test_plan(root, start, end, expected):
    """What goes where from `start` to `end`: days count whole, instants to the second."""
    workspace = jposocial.open_workspace(root)
    found = workspace.plan(start, end, now=at("2026-12-01 09:00"))
    assert [f"day-{day}" for day in expected] == [p.post for p in found.placements]


def test_the_days_of_a_plan_are_the_workspaces(tmp_path):
    """A day begins at the workspace's midnight."""
    root = make_workspace(tmp_path, workspace={"timezone": "America/New_York"})
    write_post(root, "late", "本文です。", accounts=["x"], publish="2027-01-13 23:30")
    workspace = jposocial.open_workspace(root)
    now = at("2026-12-01 09:00")
    day = date(2027, 1, 13)
    assert 1 == len(workspace.plan(day, day, now=now).placements)
    assert 0 == len(workspace.plan(day + timedelta(days=1), now=now).placements)


def test_the_horizon_ends_a_plan(root):
    """Without an end the plan reaches as far as the configured horizon."""
    workspace = jposocial.open_workspace(root)
    now = at("2027-01-14 15:00") - timedelta(days=92)
    assert ["day-13"] == [p.post for p in workspace.plan(now=now).placements]


def test_a_plan_is_that_of_the_command_line(root):
    """The attributes of a plan are named as the keys of `plan --json`."""
    write_post(
        root, "talk", kind="seminar", title="題", format="online", accounts=["x"], tags="JPO",
        starts="2027-01-21 19:00", ends="2027-01-21 20:30",
    )  # fmt: skip
    found = jposocial.open_workspace(root).plan(now=at(NOW))
    said = json.loads(run_cli(["plan", "--json", "--now", NOW], root).out)
    for name in ("placements", "unplaced"):
        values = [
            {key: value_of(one, key) for key in said[name][0]} for one in getattr(found, name)
        ]
        assert said[name] == values


def value_of(one: object, key: str) -> object:
    value = getattr(one, key)
    return value.isoformat() if isinstance(value, datetime) else value


def test_render(root):
    """How a post reads: attributes named as the keys of `show --json`."""
    (found,) = jposocial.open_workspace(root).render("day-13")
    (said,) = json.loads(run_cli(["show", "day-13", "--json"], root).out)
    parts = said.pop("parts")
    assert said == {key: getattr(found, key) for key in said}
    (part,) = found.parts
    assert parts == [{"text": part.text, "length": part.length, "limit": part.limit, "media": []}]
    assert "【お知らせ】見本のお知らせ\n\n本文です。" == part.text


def test_render_what_is_not_there(root):
    """A post that does not exist is refused, not an empty list."""
    with pytest.raises(Refused, match="nowhere"):
        jposocial.open_workspace(root).render("nowhere")


def test_render_with_a_template_of_no_use(root):
    """A template that cannot be used is refused with its place."""
    write_file(root, "templates/notice/announce.txt", "一\n{{ titel }}\n")
    with pytest.raises(JposocialError, match=r"F06 templates/notice/announce\.txt:2: "):
        jposocial.open_workspace(root).render("day-13")


def test_looking_writes_nothing(root):
    """`posts`, `check`, `plan` and `render` leave the workspace as it is."""
    before = tree_digest(root)
    workspace = jposocial.open_workspace(root)
    workspace.posts()
    workspace.check()
    workspace.plan()
    workspace.render("day-13")
    assert before == tree_digest(root)
