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
from tests.outbox.given import TOKYO, run_as
from tests.workspace import Ran, make_workspace, run_cli, write_file, write_post

from jposocial.app import open_workspace
from jposocial.errors import Rejected
from jposocial.host import effective_user, this_process
from jposocial.locks import exclusive
from jposocial.model import Receipt, Status
from jposocial.outbox import claims, record
from jposocial.outbox.delivery import Delivery

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
    return make_workspace(tmp_path, approval={"self_approval": True}, calendar={"quiet_hours": ""})


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
    assert {
        "created": [5],
        "replaced": [{"old": 2, "new": 4}],
        "cancelled": [3],
        "unchanged": 1,
    } == {key: found[key] for key in list(found)[:4]}
    problem = found["refused"][0]
    assert {"rule", "severity", "path", "line", "post", "account", "message", "fix"} <= set(problem)
    assert ("posts/notices/e.md", "error") == (problem["path"], problem["severity"])
    assert 1 == ran.code


def test_sync_says_what_it_did(root: Path):
    """For people: one line of totals; each problem on standard error with how to mend it."""
    notice(root)
    assert Ran(0, "1 new, 0 replaced, 0 cancelled, 0 unchanged, 0 problems\n", "") == run_cli(
        ["sync"], root
    )
    write_file(root, "posts/notices/e.md", "---\nid: e\nkind: [\n---\n")
    ran = run_cli(["sync"], root)
    assert (1, "0 new, 0 replaced, 0 cancelled, 1 unchanged, 1 problems\n") == (ran.code, ran.out)
    assert "posts/notices/e.md:" in ran.err
    assert "F02" in ran.err
    assert "    → " in ran.err


def test_sync_refuses_an_accident(root: Path):
    """posts/ is not there: exit 1, the reason on standard error, nothing on standard output."""
    notice(root)
    run_cli(["sync"], root)
    (root / "posts").rename(root / "elsewhere")
    ran = run_cli(["sync", "--json"], root)
    assert (1, "") == (ran.code, ran.out)
    assert "posts/ is not there" in ran.err


def test_sync_of_what_has_vanished(root: Path):
    """Five of five gone: refused until the person says that it is meant so."""
    for number in range(5):
        notice(root, f"p-{number}")
    run_cli(["sync"], root)
    for path in (root / "posts/notices").iterdir():
        path.unlink()
    ran = run_cli(["sync"], root)
    assert (1, "") == (ran.code, ran.out)
    assert "jposocial sync --yes" in ran.err
    ran = run_cli(["sync", "--yes", "--json"], root)
    assert (0, [1, 2, 3, 4, 5]) == (ran.code, json.loads(ran.out)["cancelled"])


# Queue.


def test_queue_json(root: Path):
    """The contract's keys, in its order, with values of their types."""
    made = approved(root)
    workspace = open_workspace(root)
    zone = workspace.settings.calendar.zone
    (row,) = queued(root)
    due = datetime.fromisoformat(row["due"])
    assert at(24)[:13] == f"{due.astimezone(zone):%Y-%m-%d %H}"
    assert timedelta(hours=24) == datetime.fromisoformat(row["expires"]) - due
    assert 64 == len(row["payload_hash"])
    assert isinstance(row["cost_usd"], float)
    del row["due"], row["expires"], row["payload_hash"], row["cost_usd"]
    assert {
        "id": made, "post": "hello", "moment": "announce", "account": "x", "platform": "x",
        "mode": "sandbox", "status": "scheduled", "approved_by": effective_user(), "blockers": [],
        "attempts": 0, "receipt": None, "receipts": [],
    } == row  # fmt: skip
    assert [
        "id", "post", "moment", "account", "platform", "mode", "status", "due", "expires",
        "payload_hash", "approved_by", "blockers", "attempts", "cost_usd", "receipt", "receipts",
    ] == list(queued(root)[0])  # fmt: skip


def test_queue_json_of_what_is_out(root: Path):
    """The proof of each part; `receipt` is the first of them."""
    made = approved(root)
    settled(root, made, "published")
    (row,) = queued(root)
    receipt = {"id": "17", "url": "https://x.com/a/status/17"}
    assert ("published", 1, []) == (row["status"], row["attempts"], row["blockers"])
    assert datetime.fromisoformat(row["receipt"].pop("accepted_at")).tzinfo
    assert row["receipts"][0].pop("accepted_at")
    assert receipt == row["receipt"]
    assert [{"part": 0} | receipt] == row["receipts"]


def test_queue_of_one_status(root: Path):
    """`--status` shows that one only, in the order of their due times."""
    notice(root, "later", publish=at(48))
    notice(root, "sooner", publish=at(24))
    run_cli(["sync"], root)
    assert ["sooner", "later"] == [row["post"] for row in queued(root)]
    first = queued(root)[0]["id"]
    run_cli(["cancel", str(first)], root)
    assert ["later"] == [row["post"] for row in queued(root, "--status", "scheduled")]
    assert ["sooner"] == [row["post"] for row in queued(root, "--status", "cancelled")]
    assert [] == queued(root, "--status", "missed")


def test_queue_for_people(root: Path):
    """A line with id and hash as `approve` takes them, what it waits for, and what ends that."""
    notice(root)
    run_cli(["sync"], root)
    title, line, cost, totals = run_cli(["queue"], root).out.splitlines()
    assert "Waits for approval (1)" == title
    assert line.startswith(wanted(root, 1))
    assert line.endswith(f"waits for approval  → jposocial approve {wanted(root, 1)}")
    assert totals.startswith("1 scheduled, 0 published")
    assert cost.endswith("$0.015 to come")


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("unconfirmed", "jposocial resolve 1 --published URL, or --absent"),
        ("failed", "jposocial retry 1, or jposocial cancel 1"),
    ],
)
def test_queue_says_what_to_do(root: Path, status: str, step: str):
    """What waits for a person comes with the command that settles it."""
    settled(root, approved(root), status)
    assert step in run_cli(["queue"], root).out


# Approve and reject.


def test_approve(root: Path):
    """Said what was approved, exit 0."""
    notice(root)
    run_cli(["sync"], root)
    assert Ran(0, "approved: 1 hello, announce on x\n", "") == run_cli(
        ["approve", wanted(root, 1)], root
    )
    assert (effective_user(), []) == (queued(root)[0]["approved_by"], queued(root)[0]["blockers"])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda root: wanted(root, 2, 7), id="seven digits"),
        pytest.param(lambda root: "2:00000000", id="another hash"),
        pytest.param(lambda root: "99:00000000", id="no such delivery"),
        pytest.param(lambda root: "2:xyz", id="no hash at all"),
    ],
)
def test_approve_all_or_none(root: Path, other):
    """One mismatch approves nothing: exit 1, nothing on standard output."""
    for name in ("a", "b"):
        notice(root, name)
    run_cli(["sync"], root)
    ran = run_cli(["approve", wanted(root, 1), other(root)], root)
    assert (1, "") == (ran.code, ran.out)
    assert ran.err
    assert [["approval"]] * 2 == [row["blockers"] for row in queued(root)]


def test_approve_several(root: Path):
    """Each with its hash, in one call."""
    for name in ("a", "b"):
        notice(root, name)
    run_cli(["sync"], root)
    ran = run_cli(["approve", wanted(root, 1), wanted(root, 2, 64)], root)
    assert (0, 2) == (ran.code, len(ran.out.splitlines()))
    assert [[], []] == [row["blockers"] for row in queued(root)]


def test_approve_without_a_hash_and_without_a_terminal(root: Path):
    """There is nobody who has looked at it: wrong usage."""
    notice(root)
    run_cli(["sync"], root)
    ran = run_cli(["approve", "1"], root)
    assert (2, ["approval"]) == (ran.code, queued(root)[0]["blockers"])


@pytest.mark.parametrize(
    ("answer", "code", "blockers"), [("y", 0, []), ("n", 1, ["approval"]), ("", 1, ["approval"])]
)
def test_approve_on_a_terminal(root: Path, answer: str, code: int, blockers: list[str]):
    """The variant is shown as it will be, and asked for; anything but yes approves nothing."""
    notice(root, text="端末で読むお知らせです。")
    run_cli(["sync"], root)
    terminal, end = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "jposocial", "approve", "1"], cwd=root, stdin=end,
            capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(terminal)
        os.close(end)
    assert code == done.returncode, done.stderr
    assert "端末で読むお知らせです。" in done.stdout
    assert "approve exactly this?" in done.stdout + done.stderr
    assert blockers == queued(root)[0]["blockers"]


def test_approval_is_voided_by_an_edit(root: Path):
    """The old hash is of no use for the new text."""
    made = approved(root)
    old = wanted(root, made)
    notice(root, text="書き直しました。")
    run_cli(["sync"], root)
    assert 1 == run_cli(["approve", old], root).code
    assert 1 == run_cli(["approve", f"2:{old.partition(':')[2]}"], root).code
    assert ["approval"] == queued(root, "--status", "scheduled")[0]["blockers"]


@as_root
def test_who_wrote_it_does_not_approve(shared: Path):
    """The file's owner in the operating system is an author, whatever the file says."""
    notice(shared, owner="somebody")
    run_cli(["sync"], shared)
    ran = run_cli(["approve", wanted(shared, 1)], shared)
    assert 1 == ran.code
    assert f"{effective_user()} is an author" in ran.err


@as_root
def test_another_user_approves(shared: Path):
    """Who approves is who the operating system says, not who a variable says."""
    notice(shared)
    run_cli(["sync"], shared)
    ran = run_as(NOBODY, ["approve", wanted(shared, 1)], shared)
    assert (0, "approved: 1 hello, announce on x\n") == (ran.code, ran.out), ran.err
    assert ("nobody", []) == (queued(shared)[0]["approved_by"], queued(shared)[0]["blockers"])


@as_root
def test_another_user_does_not_approve_their_own(shared: Path):
    """A file that `nobody` owns is approved by anybody else."""
    os.chown(notice(shared), NOBODY, NOBODY)
    run_cli(["sync"], shared)
    assert 1 == run_as(NOBODY, ["approve", wanted(shared, 1)], shared).code
    assert 0 == run_cli(["approve", wanted(shared, 1)], shared).code


@as_root
@pytest.mark.parametrize("variable", ["USER", "LOGNAME", "SUDO_USER"])
def test_no_variable_says_who_approves(
    shared: Path, variable: str, monkeypatch: pytest.MonkeyPatch
):
    """An author does not become somebody else by the environment."""
    notice(shared)
    run_cli(["sync"], shared)
    monkeypatch.setenv(variable, "somebody")
    assert 1 == run_cli(["approve", wanted(shared, 1)], shared).code


@as_root
def test_another_user_syncs(shared: Path):
    """Whoever may write in the workspace may sync it, whoever did so first."""
    run_cli(["sync"], shared)
    ran = run_as(NOBODY, ["sync"], shared)
    assert 0 == ran.code, ran.err


def test_reject(root: Path):
    """The approval is gone, the row waits and can be approved again."""
    made = approved(root)
    assert Ran(0, "rejected: 1 hello, announce on x\n", "") == run_cli(
        ["reject", str(made), "--reason", "数字"], root
    )
    row = queued(root)[0]
    assert ("scheduled", None, ["approval"]) == (row["status"], row["approved_by"], row["blockers"])
    assert 0 == run_cli(["approve", wanted(root, made)], root).code
    assert [] == queued(root)[0]["blockers"]


# Cancel, retry, resolve.


def test_cancel_and_retry(root: Path):
    """Out for good; back only as a new row that waits for approval."""
    made = approved(root)
    assert Ran(0, "cancelled: 1 hello, announce on x\n", "") == run_cli(["cancel", str(made)], root)
    assert 1 == run_cli(["cancel", str(made)], root).code
    assert Ran(0, "scheduled again: 2; see 'jposocial queue'\n", "") == run_cli(
        ["retry", str(made)], root
    )
    assert [("cancelled", []), ("scheduled", ["approval"])] == [
        (row["status"], row["blockers"]) for row in sorted(queued(root), key=lambda row: row["id"])
    ]


def test_retry_at(root: Path):
    """A new time, as staff write it, with a new hash to approve."""
    made = approved(root)
    before = wanted(root, made)
    settled(root, made, "failed")
    when = at(50)
    assert 0 == run_cli(["retry", str(made), "--at", when], root).code
    (row,) = queued(root)
    assert when == f"{datetime.fromisoformat(row['due']).astimezone(TOKYO):%Y-%m-%d %H:%M}"
    assert ["approval"] == row["blockers"]
    assert 1 == run_cli(["approve", before], root).code
    assert 0 == run_cli(["approve", wanted(root, made)], root).code


def test_retry_of_what_is_out(root: Path):
    """What is published is final: exit 1."""
    made = approved(root)
    settled(root, made, "published")
    assert 1 == run_cli(["retry", str(made)], root).code
    assert 1 == run_cli(["retry", str(made), "--at", at(50)], root).code
    assert ["published"] == [row["status"] for row in queued(root)]


def test_resolve_published(root: Path):
    """Settled by the address; the queue shows it from then on."""
    made = approved(root)
    settled(root, made, "unconfirmed")
    url = "https://x.com/example_center/status/1899"
    assert Ran(0, "1 is now published\n", "") == run_cli(
        ["resolve", str(made), "--published", url], root
    )
    assert ("1899", url) == (queued(root)[0]["receipt"]["id"], queued(root)[0]["receipt"]["url"])
    assert url in run_cli(["queue"], root).out


def test_resolve_absent_while_the_claimer_lives(root: Path):
    """This very process claimed it and lives: refused, exit 1."""
    made = approved(root)
    settled(root, made, "unconfirmed")
    ran = run_cli(["resolve", str(made), "--absent"], root)
    assert (1, "") == (ran.code, ran.out)
    assert str(os.getpid()) in ran.err
    assert ["unconfirmed"] == [row["status"] for row in queued(root)]


# Post.


def test_post(root: Path):
    """A content file is written, checked and queued; its keys in `--json`."""
    ran = run_cli(["post", "お知らせです。", "--account", "x", "--at", at(24), "--json"], root)
    found = json.loads(ran.out)
    assert (0, ["post", "path", "deliveries", "problems"]) == (ran.code, list(found))
    assert (root / found["path"]).is_file()
    assert queued(root) == found["deliveries"]
    assert ["approval"] == found["deliveries"][0]["blockers"]


def test_post_with_an_error(root: Path):
    """Exit 1, the rule on standard error, and nothing is left behind."""
    ran = run_cli(["post", "あ" * 500, "--account", "x", "--at", at(24), "--json"], root)
    found = json.loads(ran.out)
    assert (1, [], ["E06"]) == (
        ran.code, found["deliveries"], [p["rule"] for p in found["problems"]],
    )  # fmt: skip
    assert "nothing was written" in ran.err
    assert ([], []) == (queued(root), list((root / "posts").rglob("*.md")))


# How commands end.


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["approve"], id="approve nothing"),
        pytest.param(["reject", "1"], id="no reason"),
        pytest.param(["reject", "one", "--reason", "r"], id="no id"),
        pytest.param(["queue", "--status", "sent"], id="no such status"),
        pytest.param(["retry", "1", "--at", "tomorrow"], id="no instant"),
        pytest.param(["retry", "1", "--at", "2027-02-30 10:00"], id="no such day"),
        pytest.param(["resolve", "1"], id="neither there nor not"),
        pytest.param(["resolve", "1", "--absent", "--published", "u"], id="both"),
        pytest.param(["post", "t", "--at", "2027-01-13 10:00"], id="to no account"),
        pytest.param(["post", "t", "--account", "x"], id="at no time"),
        pytest.param(["sync", "--force"], id="no such option"),
    ],
)
def test_wrong_usage(root: Path, args: list[str]):
    """Exit 2; standard output stays empty."""
    ran = run_cli(args, root)
    assert (2, "") == (ran.code, ran.out)
    assert ran.err


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["approve", "99:00000000"], id="approve"),
        pytest.param(["reject", "99", "--reason", "r"], id="reject"),
        pytest.param(["cancel", "99"], id="cancel"),
        pytest.param(["retry", "99"], id="retry"),
        pytest.param(["resolve", "99", "--absent"], id="resolve"),
        pytest.param(["post", "t", "--account", "y", "--at", "2099-01-13 10:00"], id="post"),
    ],
)
def test_refused(root: Path, args: list[str]):
    """Exit 1; the reason on standard error."""
    ran = run_cli(args, root)
    assert (1, "") == (ran.code, ran.out)
    assert ran.err


def test_nobody_waits_for_who_publishes(root: Path):
    """While another process publishes, sync, queue and approve go on; `publish` ends with 3."""
    notice(root)
    run_cli(["sync"], root)
    with exclusive(root / "var" / "jposocial.lock", wait=False):
        assert 3 == run_cli(["publish"], root).code
        notice(root, "more")
        assert 0 == run_cli(["sync"], root).code
        assert 0 == run_cli(["approve", wanted(root, 2)], root).code
        assert 0 == run_cli(["reject", "2", "--reason", "r"], root).code
        assert 0 == run_cli(["hold", "--account", "x", "--reason", "r"], root).code
        assert 0 == run_cli(["cancel", "2"], root).code


def test_statuses_are_those_of_the_model():
    """Every state can be asked for."""
    from jposocial.cli.queue import STATUS_NAMES, STATUSES

    assert list(Status) == list(STATUSES)
    assert set(Status) <= set(STATUS_NAMES)
