"""`check`, `plan` and `show` as people and scripts call them."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import (
    NOW,
    REPOSITORY,
    checked,
    make_workspace,
    run_cli,
    run_program,
    tree_digest,
    write_file,
    write_post,
)

from jposocial.posts.files import load_posts

KEYS = {"rule", "severity", "path", "line", "post", "account", "message", "fix"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A good post, one with an error, one with a warning, in folders of their own."""
    root = make_workspace(tmp_path)
    write_post(root, "good", "本文です。", path="posts/good/good.md")
    write_post(root, "wrong", "2月5日(木)に開きます。", path="posts/wrong/wrong.md")
    write_post(root, "draft", "○○です。", path="posts/draft/draft.md", ready="false")
    return root


def found(root: Path, *args: str) -> list[tuple[str, str]]:
    """(post, rule) of what `check` finds, of the rules that are about this file's posts."""
    return [(p["post"], p["rule"]) for p in checked(root, *args) if p["rule"] in ("E01", "E09")]


def test_keys(root: Path) -> None:
    """Every problem has exactly the keys of the contract, with their types."""
    write_file(root, "templates/notice/announce.facebook.txt", "{{ titel }}")
    problems = checked(root)
    assert problems
    for problem in problems:
        assert KEYS == set(problem)
        assert isinstance(problem["line"], int)
        assert problem["severity"] in {"error", "warning"}
        assert all(isinstance(problem[key], str) for key in ("rule", "path", "message", "fix"))
        assert all(isinstance(problem[key], str | None) for key in ("post", "account"))
        assert (root / problem["path"]).is_file()
        assert not problem["path"].startswith("/")
    assert {"x", "facebook", None} >= {p["account"] for p in problems}


def test_one_document(root: Path) -> None:
    """With --json standard output is one document and nothing else, even without a problem."""
    for path in ("posts", "posts/good"):
        json.loads(run_cli(["check", "--json", "--now", NOW, path], root).out)
    shutil.rmtree(root / "posts")
    (root / "posts").mkdir()
    ran = run_cli(["check", "--json", "--now", NOW], root)
    assert (0, [], "") == (ran.code, json.loads(ran.out), ran.err)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param([], 1, id="an error"),
        pytest.param(["posts/draft"], 0, id="warnings alone"),
        pytest.param(["posts/draft", "--strict"], 1, id="warnings alone, strict"),
        pytest.param(["posts/wrong"], 1, id="the folder with the error"),
        pytest.param(["posts/wrong/wrong.md"], 1, id="the file with the error"),
        pytest.param(["--frobnicate"], 2, id="unknown option"),
        pytest.param(["posts/none.md"], 2, id="no such file"),
        pytest.param([".."], 2, id="outside"),
        pytest.param(["/etc/passwd"], 2, id="far outside"),
        pytest.param(["--now", "tomorrow"], 2, id="no moment"),
        pytest.param(["--now", "2026-13-01 09:00"], 2, id="an impossible moment"),
        pytest.param(["--now", "0001-01-01 00:00"], 2, id="a moment before all time"),
        pytest.param(["--now", "2026-12-01"], 2, id="a day"),
    ],
)
def test_exit_code(root: Path, args: list[str], code: int) -> None:
    """0 without an error, 1 with one, 2 for wrong usage; and the same as a process."""
    now = [] if "--now" in args else ["--now", NOW]
    for run in (run_cli, run_program):
        ran = run(["check", *args, *now], root)
        assert code == ran.code
        assert "Traceback" not in ran.err
        assert bool(ran.err) == (code == 2)


def test_paths(root: Path) -> None:
    """Files and folders choose; several are added up; relative to where one stands."""
    assert [("draft", "E09"), ("wrong", "E01")] == found(root)
    assert [("wrong", "E01")] == found(root, "posts/wrong/wrong.md")
    assert [("draft", "E09"), ("wrong", "E01")] == found(root, "posts/wrong", "posts/draft")
    assert [] == found(root, "posts/good")
    ran = run_cli(["check", "--json", "--now", NOW, "wrong.md"], root / "posts" / "wrong")
    assert ["wrong"] == [p["post"] for p in json.loads(ran.out) if p["rule"] == "E01"]
    assert [("wrong", "E01")] == found(root, str(root / "posts" / "wrong"))


def test_workspace_option(root: Path, tmp_path: Path) -> None:
    """`--workspace DIR` serves from anywhere; without one the nearest upwards is taken."""
    ran = run_cli(["--workspace", root, "check", "--json", "--now", NOW], tmp_path)
    assert checked(root) == json.loads(ran.out)
    inside = run_cli(["check", "--json", "--now", NOW], root / "posts" / "good")
    assert checked(root) == json.loads(inside.out)


@pytest.mark.parametrize("command", [["check"], ["plan"], ["show", "a"], ["check", "--json"]])
def test_no_workspace(tmp_path: Path, command: list[str]) -> None:
    """Without a workspace: exit 2, a word on standard error, nothing on the other."""
    for run in (run_cli, run_program):
        ran = run(command, tmp_path)
        assert (2, "") == (ran.code, ran.out)
        assert "jposocial.toml" in ran.err
        assert "init" in ran.err
    assert [] == list(tmp_path.iterdir())


def test_lines_for_people(root: Path) -> None:
    """Each problem is path:line, rule, what and how to mend it; the sum comes last."""
    out = run_cli(["--lang", "en", "check", "--now", NOW, "posts/wrong"], root).out.split("\n")
    [place] = [line for line in out if "E01" in line]
    assert place.startswith("posts/wrong/wrong.md:7: E01 error: ")
    assert "2月5日(木)" in place
    assert "金" in out[out.index(place) + 1]


def test_allowed_reason_is_kept(root: Path) -> None:
    """What a post allows is no problem of it."""
    write_post(root, "wrong", "2月5日(木)", path="posts/wrong/wrong.md", allow={"E01": "引用"})
    assert [("draft", "E09")] == found(root)


def test_language(root: Path) -> None:
    """`--lang` chooses the language of messages and fixes, never what is found."""
    texts = [checked(root, "--lang", language) for language in ("ja", "en")]
    stripped = [
        sorted((p["rule"], p["path"], p["line"], p["account"]) for p in found) for found in texts
    ]
    assert stripped[0] == stripped[1]


@pytest.mark.parametrize("command", [["check"], ["check", "--json"], ["plan"], ["show", "good"]])
def test_nothing_is_written(root: Path, command: list[str]) -> None:
    """Looking changes nothing on the disk, not even a folder for the database."""
    before = tree_digest(root)
    run_cli([*command, "--now", NOW], root)
    assert before == tree_digest(root)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"])
def test_any_zone(root: Path, zone: str) -> None:
    """The zone and the locale of the machine change nothing."""
    env = {"TZ": zone, "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}
    for command in ("check", "plan"):
        here = run_cli([command, "--json", "--now", NOW], root)
        there = run_program([command, "--json", "--now", NOW], root, env=env)
        assert json.loads(here.out) == json.loads(there.out)
        assert "" == there.err


def test_now(tmp_path: Path) -> None:
    """`--now` is the moment of the check, in the workspace's zone unless it names another."""
    root = make_workspace(tmp_path)
    times = {"starts": "2027-02-13 14:00", "ends": "2027-02-13 15:00", "format": "online"}
    write_post(root, "case", "ご案内です。", kind="seminar", **times)

    def rules(now: str) -> list[str]:
        return [p["rule"] for p in checked(root, now=now) if p["rule"] == "E02"]

    assert [] == rules("2027-02-12 12:00")
    assert [] == rules("2027-02-13 13:59:59")
    assert ["E02"] == rules("2027-02-13 14:00")
    assert [] == rules("2027-02-12 23:59 America/New_York")
    assert ["E02"] == rules("2027-02-13 00:00 America/New_York")


def months(until: datetime) -> list[datetime]:
    """1 December 2026 and the first of every month after it, before `until`."""
    tokyo = ZoneInfo("Asia/Tokyo")
    firsts = (
        datetime(2026 + (11 + n) // 12, (11 + n) % 12 + 1, 1, 9, tzinfo=tokyo) for n in range(12)
    )
    return [first for first in firsts if first < until]


def test_samples(tmp_path: Path) -> None:
    """The samples that are shipped have no error in any month until their event passes."""
    for name in ("posts", "templates"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    shutil.copyfile(REPOSITORY / "jposocial.toml", tmp_path / "jposocial.toml")
    end = datetime(2027, 12, 1, tzinfo=UTC)
    loaded = load_posts(tmp_path, ZoneInfo("Asia/Tokyo"), ["x", "facebook", "mail"])
    kinds = {"seminar", "testimonial", "notice"}
    samples = [one.post for one in loaded if one.post and one.post.kind in kinds]
    assert kinds == {post.kind for post in samples}
    until = {p.id: p.fields.get("apply_deadline") or p.fields.get("starts") or end for p in samples}
    for now in months(end):
        problems = checked(tmp_path, now=f"{now:%Y-%m-%d %H:%M}")
        errors = [p for p in problems if p["severity"] == "error"]
        assert [] == [p for p in errors if p["post"] in until and now < until[p["post"]]]


def test_all_samples_in_december(tmp_path: Path) -> None:
    """At the samples' own beginning nothing of them is wrong."""
    assert 0 == run_cli(["init", "office"], tmp_path).code
    errors = [p for p in checked(tmp_path / "office") if p["severity"] == "error"]
    assert [] == errors


def test_plan_of_what_is_sound(root: Path) -> None:
    """`plan` has the keys of the contract and only what has no error and is no draft."""
    plan = json.loads(run_cli(["plan", "--json", "--now", NOW], root).out)
    assert {"placements", "unplaced"} == set(plan)
    assert {"good"} == {p["post"] for p in plan["placements"]}
    for placement in plan["placements"]:
        keys = {"post", "kind", "moment", "account", "occurrence", "due", "expires", "cost_usd"}
        assert keys == set(placement)
        assert datetime.fromisoformat(placement["due"]).tzinfo
        assert datetime.fromisoformat(placement["expires"]) > datetime.fromisoformat(
            placement["due"]
        )


@pytest.mark.parametrize(
    ("args", "posts"),
    [
        ([], {"a", "b"}),
        (["--from", "2027-01-14"], {"b"}),
        (["--to", "2027-01-13"], {"a"}),
        (["--to", "2027-01-12"], set()),
        (["--from", "2027-01-13", "--to", "2027-01-20"], {"a", "b"}),
    ],
)
def test_plan_days(tmp_path: Path, args: list[str], posts: set[str]) -> None:
    """`--from` and `--to` are days of the workspace, both included."""
    root = make_workspace(tmp_path)
    write_post(root, "a", "一つ目です。", publish="2027-01-13 10:00")
    write_post(root, "b", "二つ目です。", publish="2027-01-20 10:00")
    plan = json.loads(run_cli(["plan", "--json", "--now", NOW, *args], root).out)
    assert posts == {p["post"] for p in plan["placements"]}


def test_plan_needs_days(tmp_path: Path) -> None:
    """What is no day is wrong usage."""
    root = make_workspace(tmp_path)
    for day in ("2027-02-30", "tomorrow", "2027-01-13 10:00", "9999-12-31"):
        ran = run_cli(["plan", "--from", day, "--now", NOW], root)
        assert (2, "") == (ran.code, ran.out)
        assert day in ran.err


def test_unplaced(tmp_path: Path) -> None:
    """What does not go out is listed with the reason, as a word that scripts can use."""
    root = make_workspace(tmp_path, accounts={"facebook": None})
    times = {"starts": "2027-01-13 14:00", "ends": "2027-01-13 15:00", "format": "online"}
    write_post(root, "case", "ご案内です。", kind="seminar", status="cancelled", **times)
    plan = json.loads(run_cli(["plan", "--json", "--now", NOW], root).out)
    assert [] == plan["placements"]
    assert {"post", "moment", "account", "reason"} == set(plan["unplaced"][0])
    assert "cancelled" in {u["reason"] for u in plan["unplaced"]}


def shown(root: Path, *args: str) -> list[dict[str, Any]]:
    """What `show --json` gives."""
    ran = run_cli(["show", "--json", "--now", NOW, *args], root)
    assert ran.code == 0, ran.err
    variants: list[dict[str, Any]] = json.loads(ran.out)
    return variants


def test_show(root: Path) -> None:
    """`show` has the keys of the contract; account and moment choose."""
    variants = shown(root, "good")
    assert ["x", "facebook"] == [v["account"] for v in variants]
    for variant in variants:
        assert {"post", "moment", "account", "platform", "cost_usd", "parts"} == set(variant)
        [part] = variant["parts"]
        assert {"text", "length", "limit", "media"} == set(part)
        assert "本文です。" in part["text"]
        assert part["length"] <= part["limit"]
    assert ["x"] == [v["account"] for v in shown(root, "good", "--account", "x")]
    assert [] == shown(root, "good", "--moment", "reminder")


def test_show_own_text(tmp_path: Path) -> None:
    """A text in the file goes out as it is, braces and all; a bare one is for `announce`."""
    root = make_workspace(tmp_path)
    text = "一行目\n\n  { 二行目 } <a> & 100%"
    write_post(root, "case", text={"x": text, "facebook": {"announce": "別の文です。"}})
    assert {"x": text, "facebook": "別の文です。"} == {
        v["account"]: v["parts"][0]["text"] for v in shown(root, "case")
    }


def test_show_unknown(root: Path) -> None:
    """A post that is not there is refused, exit 1."""
    ran = run_cli(["show", "nobody"], root)
    assert (1, "") == (ran.code, ran.out)
    assert "nobody" in ran.err


def test_show_what_has_errors(root: Path) -> None:
    """A post with an error can still be looked at."""
    assert "2月5日(木)" in shown(root, "wrong", "--account", "x")[0]["parts"][0]["text"]
