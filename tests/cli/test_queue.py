"""sync, queue, post, approve, reject, cancel, retry, resolve: what they print and how they end."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from jposocial.app import open_workspace
from jposocial.host import effective_user, this_process
from jposocial.locks import exclusive
from jposocial.model import Receipt, Status
from jposocial.outbox import claims, record
from jposocial.outbox.delivery import Delivery
from tests.outbox.given import TOKYO, run_as
from tests.workspace import Ran, make_workspace, run_cli, write_file, write_post

#: Another person than the one the tests run as.
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming somebody else takes root")


def at(hours: float) -> str:
    """So many hours from now, as staff write it."""
    return f"{datetime.now(TOKYO) + timedelta(hours=hours):%Y-%m-%d %H:%M}"


def notice(root: Path, name: str = "hello", text: str = "お知らせです。", **fields: Any) -> Path:
    """A notice for X, due tomorrow."""
    fields = {"publish": at(24), "accounts": ["x"], "text": {"x": text}} | fields
    return write_post(root, name, **fields)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace in which who writes may approve, and the night is no matter."""
    return make_workspace(
        tmp_path, approval={"self_approval": True}, calendar={"quiet_hours": ""}
    )


@pytest.fixture
def shared() -> Iterator[Path]:
    """A workspace that everybody on the machine may write in; nobody approves their own."""
    folder = Path(mkdtemp(prefix="jposocial-test-"))
    folder.chmod(0o755)
    root = make_workspace(folder, calendar={"quiet_hours": ""})
    root.chmod(0o777)
    yield root
    shutil.rmtree(folder)


def queued(root: Path, *args: str) -> list[dict[str, Any]]:
    ran = run_cli(["queue", "--json", *args], root)
    assert 0 == ran.code, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def wanted(root: Path, delivery: int, digits: int = 8) -> str:
    (row,) = [row for row in queued(root) if row["id"] == delivery]
    return f"{delivery}:{row['payload_hash'][:digits]}"


def approved(root: Path, name: str = "hello", **fields: Any) -> int:
    """A post that is synced and approved; its one row's id."""
    notice(root, name, **fields)
    (made,) = json.loads(run_cli(["sync", "--json"], root).out)["created"]
    assert 0 == run_cli(["approve", wanted(root, made)], root).code
    return int(made)


def claimed(root: Path, delivery: int) -> tuple[Any, Delivery, datetime]:
    """The row as this process has claimed it, when it is due."""
    workspace = open_workspace(root)
    now = datetime.now(UTC) + timedelta(hours=24)
    row = claims.claim(
        workspace.engine, delivery, workspace.house, this_process(), now=now, actor="jposocial"
    )
    assert row is not None
    return workspace, row, now


def settled(root: Path, delivery: int, status: str) -> None:
    """Bring an approved row into `status`, as a run would."""
    workspace, row, now = claimed(root, delivery)
    engine = workspace.engine
    if status == "unconfirmed":
        claims.doubt_orphans(engine, [row], now=now, actor="jposocial")
    elif status == "failed":
        from jposocial.errors import Rejected

        record.stopped(engine, row, Rejected("403"), now=now, actor="jposocial")
    elif status == "published":
        receipt = Receipt(part=0, id="17", url="https://x.com/a/status/17", accepted_at=now)
        claims.doubt_orphans(engine, [row], now=now, actor="jposocial")
        record.confirm(engine, delivery, [receipt], now=now, actor="jposocial", how="timeline")
    engine.dispose()


# Sync.


def test_sync_json(root: Path):
    """The contract's keys: created and cancelled are ids, unchanged a number."""
    for name in ("a", "b", "c"):
        notice(root, name)
    run_cli(["sync"], root)
    notice(root, "b", "書き直しました。")
    (root / "posts/notices/c.md").unlink()
    notice(root, "d")
    write_file(root, "posts/notices/e.md", "---\nid: e\nkind: notice\ntitel: 題\n---\n")
    ran = run_cli(["sync", "--json"], root)
    found = json.loads(ran.out)
    assert ["created", "replaced", "cancelled", "unchanged", "refused"] == list(found)
    assert ([4], [{"old": 2, "new": 5}], [3], 1) in [
        (sorted(found["created"]), found["replaced"], found["cancelled"], found["unchanged"]),
        ([4], [{"old": 2, "new": 5}], [3], found["unchanged"]),
    ] or ([5], [{"old": 2, "new": 4}], [3], 1) == (
        found["created"],
        found["replaced"],
        found["cancelled"],
        found["unchanged"],
    )
    problem = found["refused"][0]
    assert {"rule", "severity", "path", "line", "post", "account", "message", "fix"} <= set(problem)
    assert ("posts/notices/e.md", "error") == (problem["path"], problem["severity"])
    assert 1 == ran.code
