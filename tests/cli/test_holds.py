"""hold and release: what they print, whom they wait for, how they end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from tests.outbox.given import TOKYO, run_as
from tests.workspace import Ran, make_workspace, run_cli, write_post

from jposocial import desk_work
from jposocial.app import open_workspace
from jposocial.host import effective_user, this_process
from jposocial.outbox import claims

NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming somebody else takes root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(tmp_path, approval={"self_approval": True}, calendar={"quiet_hours": ""})


@pytest.fixture
def shared() -> Iterator[Path]:
    """A workspace that everybody on the machine may write in."""
    folder = Path(mkdtemp(prefix="jposocial-test-"))
    folder.chmod(0o755)
    root = make_workspace(folder)
    root.chmod(0o777)
    yield root
    shutil.rmtree(folder)


def holds(root: Path) -> list[dict[str, Any]]:
    ran = run_cli(["hold", "--list", "--json"], root)
    assert 0 == ran.code, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def publishing(root: Path) -> int:
    """A delivery that this very process has claimed and not yet ended."""
    tomorrow = datetime.now(TOKYO) + timedelta(hours=24)
    write_post(
        root, "hello", publish=f"{tomorrow:%Y-%m-%d %H:%M}", accounts=["x"], text={"x": "お知らせです。"}
    )  # fmt: skip
    run_cli(["sync"], root)
    (row,) = json.loads(run_cli(["queue", "--json"], root).out)
    assert 0 == run_cli(["approve", f"{row['id']}:{row['payload_hash']}"], root).code
    workspace = open_workspace(root)
    now = datetime.now(UTC) + timedelta(hours=24)
    assert claims.claim(
        workspace.engine, row["id"], workspace.house, this_process(), now=now, actor="jposocial"
    )
    workspace.engine.dispose()
    return int(row["id"])


@pytest.mark.parametrize(
    ("args", "scope"),
    [
        pytest.param(["--all"], "all", id="all"),
        pytest.param(["--account", "x"], "account:x", id="account"),
        pytest.param(["--category", "routine"], "category:routine", id="category"),
        pytest.param(["--post", "hello"], "post:hello", id="post"),
    ],
)
def test_hold_json(root: Path, args: list[str], scope: str):
    """The contract's keys, the same as those of the list."""
    before = datetime.now(UTC)
    ran = run_cli(["hold", *args, "--reason", "地震", "--json"], root)
    (found,) = json.loads(ran.out)
    assert (0, ["id", "scope", "reason", "by", "since"]) == (ran.code, list(found))
    assert (1, scope, "地震", effective_user()) == (
        found["id"], found["scope"], found["reason"], found["by"],
    )  # fmt: skip
    assert before <= datetime.fromisoformat(found["since"]) <= datetime.now(UTC)
    assert [found] == holds(root)


def test_no_holds(root: Path):
    """An empty list, and nothing for people to read."""
    assert [] == holds(root)
    assert Ran(0, "", "") == run_cli(["hold", "--list"], root)


def test_holds_for_people(root: Path):
    """One line each, oldest first: number, scope, since when, by whom, why."""
    run_cli(["hold", "--account", "x", "--reason", "様子を見る"], root)
    run_cli(["hold", "--post", "hello", "--reason", "数字を確かめる"], root)
    first, second = run_cli(["hold", "--list"], root).out.splitlines()
    assert first.startswith("hold 1: account:x, since ")
    assert second.endswith(f"by {effective_user()}: 数字を確かめる")


def test_a_hold_is_seen_in_the_queue(root: Path):
    """Every row that it covers has the blocker."""
    tomorrow = datetime.now(TOKYO) + timedelta(hours=24)
    write_post(root, "hello", publish=f"{tomorrow:%Y-%m-%d %H:%M}", text={"x": "お知らせです。"}, accounts=["x"])  # fmt: skip
    run_cli(["sync"], root)
    run_cli(["hold", "--account", "x", "--reason", "r"], root)
    (row,) = json.loads(run_cli(["queue", "--json"], root).out)
    assert ["approval", "hold"] == row["blockers"]


def test_release(root: Path):
    """Said which; it is not in the list any more, and cannot be released again."""
    run_cli(["hold", "--account", "x", "--reason", "r"], root)
    assert Ran(0, "released: hold 1\n", "") == run_cli(["release", "1"], root)
    assert [] == holds(root)
    ran = run_cli(["release", "1"], root)
    assert (1, "") == (ran.code, ran.out)
    assert "no hold 1 is in force" in ran.err


@as_root
def test_release_all_takes_another_person(shared: Path):
    """By the operating system's word: who set it is refused, somebody else ends it."""
    run_cli(["hold", "--all", "--reason", "地震"], shared)
    ran = run_cli(["release", "1"], shared)
    assert (1, "") == (ran.code, ran.out)
    assert "another person releases it" in ran.err
    assert 1 == len(holds(shared))
    assert Ran(0, "released: hold 1\n", "") == run_as(NOBODY, ["release", "1"], shared)
    assert [] == holds(shared)


@as_root
def test_another_user_holds(shared: Path):
    """Whoever may write in the workspace may stop it."""
    run_cli(["sync"], shared)
    ran = run_as(NOBODY, ["hold", "--all", "--reason", "地震", "--json"], shared)
    assert 0 == ran.code, ran.err
    assert "nobody" == holds(shared)[0]["by"]
    assert 0 == run_cli(["release", "1"], shared).code


def test_hold_names_what_does_not_end(root: Path, monkeypatch: pytest.MonkeyPatch):
    """Exit 1, who is still publishing what on standard error; the hold is in force."""
    monkeypatch.setattr(desk_work, "HOLD_WAIT", timedelta())
    delivery = publishing(root)
    ran = run_cli(["hold", "--all", "--reason", "地震", "--json"], root)
    assert (1, ["all"]) == (ran.code, [hold["scope"] for hold in json.loads(ran.out)])
    assert f"still being published: {delivery} hello on x (pid {os.getpid()}" in ran.err
    assert 1 == len(holds(root))


def test_hold_on_something_else_does_not_wait(root: Path):
    """What is published on X does not keep a hold on Facebook waiting."""
    publishing(root)
    assert 0 == run_cli(["hold", "--account", "facebook", "--reason", "r"], root).code


def test_ctrl_c_ends_the_wait_and_not_the_hold(root: Path):
    """130; what was set stays set."""
    publishing(root)
    with subprocess.Popen(
        [sys.executable, "-m", "jposocial", "hold", "--all", "--reason", "地震"],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as waiting:  # fmt: skip
        while not holds(root):
            assert waiting.poll() is None
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=60)
    assert (130, "") == (waiting.returncode, out)
    assert "stopped; nothing is left half done" in err
    assert 1 == len(holds(root))


@pytest.mark.parametrize(
    "args",
    [
        pytest.param([], id="nothing"),
        pytest.param(["--all"], id="no reason"),
        pytest.param(["--all", "--reason", ""], id="an empty reason"),
        pytest.param(["--reason", "r"], id="no scope"),
        pytest.param(["--all", "--account", "x", "--reason", "r"], id="two scopes"),
        pytest.param(["--list", "--all", "--reason", "r"], id="a list and a hold"),
        pytest.param(["--category", "urgent", "--reason", "r"], id="no such category"),
    ],
)
def test_wrong_usage(root: Path, args: list[str]):
    """Exit 2; nothing is held."""
    ran = run_cli(["hold", *args], root)
    assert (2, "") == (ran.code, ran.out)
    assert [] == holds(root)


def test_an_unknown_account(root: Path):
    """Exit 1; a hold that would hold nothing is none."""
    ran = run_cli(["hold", "--account", "twitter", "--reason", "r"], root)
    assert (1, "") == (ran.code, ran.out)
    assert "known are: x, facebook" in ran.err
    assert [] == holds(root)
