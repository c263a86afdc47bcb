"""retract as another user of the machine: who approved it is who the operating system says."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tests.outbox.given import TOKYO, run_as
from tests.workspace import make_workspace, run_cli, write_post

from jposocial.host import effective_user
from jposocial.sandbox import Timeline

NOBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="becoming somebody else takes root")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A workspace that everybody on the machine may write in; a post of `nobody` is out in it."""
    folder = Path(mkdtemp(prefix="jposocial-test-"))
    folder.chmod(0o755)
    root = make_workspace(folder, calendar={"quiet_hours": "", "closed": []})
    root.chmod(0o777)
    now = datetime.now(TOKYO)
    path = write_post(
        root, "hello", publish=f"{now:%Y-%m-%d %H:%M}", accounts=["x"], text={"x": "お知らせです。"}
    )
    os.chown(path, NOBODY, NOBODY)
    (root / "posts" / "notices").chmod(0o777)
    run_cli(["sync"], root)
    (row,) = json.loads(run_cli(["queue", "--json"], root).out)
    assert 0 == run_cli(["approve", f"1:{row['payload_hash']}"], root).code
    assert 0 == run_cli(["publish"], root).code
    yield root
    shutil.rmtree(folder)


def standing(root: Path) -> int:
    with closing(Timeline(root / "var" / "sandbox" / "timeline.jsonl")) as timeline:
        return len(timeline.entries())


def test_who_approved_it_is_refused(shared: Path):
    """Exit 1, by name; readers still see it."""
    ran = run_cli(["retract", "1", "--reason", "r"], shared)
    assert (1, "") == (ran.code, ran.out)
    assert f"{effective_user()} approved it; another person retracts it" in ran.err
    assert 1 == standing(shared)


@pytest.mark.parametrize("variable", ["USER", "LOGNAME", "SUDO_USER"])
def test_no_variable_says_who_retracts(
    shared: Path, variable: str, monkeypatch: pytest.MonkeyPatch
):
    """The approver does not become somebody else by the environment."""
    monkeypatch.setenv(variable, "nobody")
    assert 1 == run_cli(["retract", "1", "--reason", "r"], shared).code
    assert 1 == standing(shared)


def test_another_user_retracts(shared: Path):
    """Even who wrote it; in the record under their own name."""
    ran = run_as(NOBODY, ["retract", "1", "--reason", "r"], shared)
    assert (0, "retracted: 1 hello, announce on x") == (ran.code, ran.out.splitlines()[1]), ran.err
    assert 0 == standing(shared)
    (row,) = json.loads(run_cli(["queue", "--json"], shared).out)
    assert ("done", "nobody") == (row["retraction"]["state"], row["retraction"]["by"])
