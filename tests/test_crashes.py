"""Killed, stopped or interrupted at any point, a post goes out at most once and is not lost.

The publishing process is a real one on the real clock; the platforms are a sandbox over real
HTTP. What comes after the crash is the program in this process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import HANDLES, POST, Office, opened
from tests.dispatch.stopping import POINTS

SCRIPT = Path(__file__).parent / "dispatch" / "stopping.py"

#: The total time of a request, and so half a lease, where a test waits for it.
TIMEOUT = 1.0

#: No test waits so long; it only ends one that would never end.
PATIENCE = 60.0


@pytest.fixture(params=HANDLES)
def account(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `publish` in a process of its own, which stops at `point` where one is named."""
    started: list[subprocess.Popen[str]] = []

    def start(office: Office, point: str = "") -> subprocess.Popen[str]:
        program = [sys.executable, SCRIPT, point] if point else [sys.executable, "-m", "jposocial"]
        process = subprocess.Popen(
            [*program, "publish", "--json"],
            cwd=office.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


Start = Callable[..., subprocess.Popen[str]]


def due_now(office: Office, account: str, *, timeout: str = "20s", **post: str) -> int:
    """A post that fell due within this minute, synced and approved an hour ago."""
    office.configure(accounts={account: {"timeout": timeout}})
    now = datetime.now(UTC)
    office.clock.now = now - timedelta(hours=1)
    (delivery,) = office.promise(account, at=now.replace(second=0, microsecond=0), **post)
    office.clock.now = now
    return delivery


def later(office: Office, **by: float) -> None:
    """This process's clock is that of the day, put forward."""
    office.clock.now = datetime.now(UTC) + timedelta(**(by or {"seconds": 1}))


def stopped(process: subprocess.Popen[str]) -> None:
    """Wait until the process has stopped itself."""
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        process.returncode = os.waitstatus_to_exitcode(status)
        _, said = process.communicate()
        pytest.fail(f"it ended with {process.returncode} before it stopped: {said}")


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert -signal.SIGKILL == process.wait(PATIENCE)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something becomes true; fail when it does not."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.005)


def settle(office: Office, delivery: int) -> str:
    """Publish until nothing changes any more, some minutes apart; the state at the end."""
    for minutes in (0, 2, 6, 10):
        later(office, minutes=minutes, seconds=1)
        code, _ = office.publish()
        assert code in (0, 1)
    return office.status(delivery)


#: Point → the state the next run leaves, and what readers see.
AFTER_KILL = {
    "before the claim": ("published", 1),
    "claimed": ("published", 1),
    "begun": ("unconfirmed", 0),
    "answered": ("published", 1),
    "proved": ("published", 1),
    "recorded": ("published", 1),
}


def test_every_point_is_tried() -> None:
    """A point that is added is crashed at."""
    assert POINTS.keys() == AFTER_KILL.keys()


@pytest.mark.parametrize("point", AFTER_KILL)
def test_killed_at_a_point(point: str, account: str, office: Office, start: Start) -> None:
    """The next runs settle it without sending it twice; only real doubt is left to a person."""
    status, accepted = AFTER_KILL[point]
    delivery = due_now(office, account)
    process = start(office, point)
    stopped(process)
    killed(process)
    assert status == settle(office, delivery)
    assert accepted == len(office.texts(account)) == office.asked(POST[account])
    assert office.json("audit", "verify")["ok"]


#: Point → the state after a thread of three was killed there, and how many parts are out.
AFTER_KILL_IN_A_THREAD = {
    "claimed@2": ("published", 3),
    "begun@2": ("unconfirmed", 1),
    "answered@2": ("published", 3),
    "proved@2": ("published", 3),
    "begun@3": ("unconfirmed", 2),
    "answered@3": ("published", 3),
    "proved@3": ("published", 3),
}


@pytest.mark.parametrize("point", AFTER_KILL_IN_A_THREAD)
def test_killed_in_a_thread(point: str, office: Office, start: Start) -> None:
    """It goes on after the last proved part, found on the timeline or not; no part is sent twice."""
    status, out = AFTER_KILL_IN_A_THREAD[point]
    texts = ["一つ目", "二つ目", "三つ目"]
    delivery = due_now(office, "x", text="\n---part---\n".join(texts))
    process = start(office, point)
    stopped(process)
    killed(process)
    assert status == settle(office, delivery)
    assert texts[:out] == office.texts("x")
    if status == "unconfirmed":
        assert 0 == office.cli("resolve", delivery, "--absent").code
        assert "published" == settle(office, delivery)
    entries = office.sandbox.entries("x")
    assert texts == [entry.text for entry in entries]
    assert [None, entries[0].id, entries[1].id] == [entry.parent for entry in entries]
    assert 3 == office.asked(POST["x"])
    assert office.json("audit", "verify")["ok"]


def test_a_stopped_sender_of_a_thread_sends_nothing_more(office: Office, start: Start) -> None:
    """It wakes with the second part's answer under a hold: kept, and the third waits for a person."""
    texts = ["一つ目", "二つ目", "三つ目"]
    delivery = due_now(office, "x", timeout=f"{TIMEOUT:.0f}s", text="\n---part---\n".join(texts))
    process = start(office, "answered@2")
    stopped(process)
    lease_over(office)
    process.send_signal(signal.SIGCONT)
    ended(process)
    assert "scheduled" == settle(office, delivery)
    assert ["hold"] == office.row(delivery)["blockers"]
    assert texts[:2] == office.texts("x")
    office.configure(approval={"self_approval": True})
    (hold,) = office.json("hold", "--list")
    assert 0 == office.cli("release", hold["id"]).code
    assert "failed" == office.status(delivery), "half a thread does not go on by itself"
    assert f"jposocial retry {delivery}" in office.cli("queue").out
    assert 0 == office.cli("retry", delivery).code
    assert "published" == settle(office, delivery)
    assert texts == office.texts("x")
    assert 3 == office.asked(POST["x"])
    assert "delivery.doubled" not in office.events()


def test_what_was_never_begun_is_sent_by_the_next_run(office: Office, start: Start) -> None:
    """No byte was ever allowed: that is a proof, and the post is not lost."""
    account = "x"
    delivery = due_now(office, account)
    process = start(office, "claimed")
    stopped(process)
    killed(process)
    assert ("publishing", 0) == (office.status(delivery), office.asked(POST[account]))
    later(office)
    assert [delivery] == office.publish()[1]["published"]
    assert ["delivery.unconfirmed", "delivery.disproved", "delivery.claimed"] == [
        event
        for event in office.events()
        if event in ("delivery.unconfirmed", "delivery.disproved", "delivery.claimed")
    ][1:]


def test_what_was_begun_and_never_sent_waits_for_a_person(office: Office, start: Start) -> None:
    """Nothing on the timeline is no proof; a person's word is, now that the sender is dead."""
    account = "facebook"
    delivery = due_now(office, account)
    process = start(office, "begun")
    stopped(process)
    assert 1 == office.cli("resolve", delivery, "--absent").code, "it is not even in doubt yet"
    killed(process)
    assert "unconfirmed" == settle(office, delivery)
    assert 0 == office.cli("resolve", delivery, "--absent").code
    later(office, minutes=30)
    assert [delivery] == office.publish()[1]["published"]
    assert 1 == len(office.texts(account)) == office.asked(POST[account])


@pytest.mark.parametrize(("kind", "status"), [("hang", "unconfirmed"), ("hang_after", "published")])
def test_killed_while_the_platform_is_silent(
    kind: str, status: str, account: str, office: Office, start: Start
) -> None:
    """The bytes are out: it is looked for, and never sent again."""
    delivery = due_now(office, account)
    office.misbehave(kind, method="POST")
    process = start(office)
    accepted = int(kind == "hang_after")
    eventually(lambda: (1, accepted) == (office.asked(POST[account]), len(office.texts(account))))
    killed(process)
    assert status == settle(office, delivery)
    assert (1, accepted) == (office.asked(POST[account]), len(office.texts(account)))


def test_what_kills_its_sender_again_and_again_waits(office: Office, start: Start) -> None:
    """The first time it is tried at once, then after a pause; it still goes out once."""
    account = "facebook"
    delivery = due_now(office, account)
    for _ in range(2):
        process = start(office, "claimed")
        stopped(process)
        killed(process)
    assert 0 == office.asked(POST[account])
    _, out, err = ended(start(office))
    assert [delivery] == json.loads(out)["deferred"], err
    assert ("scheduled", 2) == (office.status(delivery), office.row(delivery)["attempts"])
    forget_the_pause(office)
    assert 0 == ended(start(office))[0]
    assert ("published", 3) == (office.status(delivery), office.row(delivery)["attempts"])
    assert 1 == len(office.texts(account)) == office.asked(POST[account])


def forget_the_pause(office: Office) -> None:
    """As if the minutes until the next attempt had passed."""
    import sqlite3

    database = sqlite3.connect(office.root / "var" / "jposocial.db")
    with database:
        database.execute("UPDATE deliveries SET retry_at = NULL")
    database.close()


def test_two_at_once_post_once(office: Office, start: Start) -> None:
    """One publishes; the other ends with 3, says who does, and sends nothing."""
    account = "x"
    delivery = due_now(office, account)
    office.misbehave("hang_after", method="POST")
    first = start(office)
    eventually(lambda: 1 == len(office.texts(account)))
    code, out, err = ended(start(office))
    assert (3, "") == (code, out)
    assert str(first.pid) in err
    killed(first)
    assert "published" == settle(office, delivery)
    assert 1 == office.asked(POST[account])


def test_many_at_once_post_once(office: Office, start: Start) -> None:
    """Started in the same moment: every one ends with 0 or 3, and each post is out once."""
    for name in HANDLES:
        due_now(office, name, id=f"2026-12-{name}")
    codes = [ended(process)[0] for process in [start(office) for _ in range(4)]]
    assert set(codes) <= {0, 3}
    assert 0 in codes
    later(office)
    office.publish()
    assert ["published"] * 2 == [row["status"] for row in office.rows()]
    assert [1, 1] == [len(office.texts(name)) for name in HANDLES]


def lease_over(office: Office) -> None:
    """Another process on this host finds that the lease is over; here `hold`, which waits."""
    eventually(lambda: publishing_is_late(office))
    later(office)
    ran = office.cli("hold", "--all", "--reason", "drill")
    assert 0 == ran.code, ran.err


def publishing_is_late(office: Office) -> bool:
    import sqlite3

    database = sqlite3.connect(office.root / "var" / "jposocial.db")
    ((lease,),) = database.execute("SELECT lease_until FROM deliveries").fetchall()
    database.close()
    return lease is not None and datetime.now(UTC) > parsed(lease)


def parsed(instant: str) -> datetime:
    found = datetime.fromisoformat(instant)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def test_stopped_before_the_bytes_and_late_it_sends_nothing(office: Office, start: Start) -> None:
    """It wakes, finds that it was given up, and leaves; an event tells of it."""
    account = "facebook"
    delivery = due_now(office, account, timeout=f"{TIMEOUT:.0f}s")
    process = start(office, "claimed")
    stopped(process)
    lease_over(office)
    assert "unconfirmed" == office.status(delivery)
    refused = office.cli("resolve", delivery, "--absent")
    assert (1, True) == (refused.code, str(process.pid) in refused.err)
    process.send_signal(signal.SIGCONT)
    ended(process)
    assert "delivery.stale_worker" in office.events()
    assert 0 == office.asked(POST[account])
    assert "published" != office.status(delivery)


def test_stopped_after_begin_and_late_it_counts_once(office: Office, start: Start) -> None:
    """Its bytes go out late; its own receipt settles the doubt."""
    account = "x"
    delivery = due_now(office, account, timeout=f"{TIMEOUT:.0f}s")
    process = start(office, "begun")
    stopped(process)
    lease_over(office)
    assert "unconfirmed" == office.status(delivery)
    process.send_signal(signal.SIGCONT)
    ended(process)
    assert "published" == settle(office, delivery)
    assert 1 == len(office.texts(account)) == office.asked(POST[account])


def test_stopped_with_the_answer_and_late_it_counts_once(office: Office, start: Start) -> None:
    """Meanwhile the timeline has settled it: the late receipt is the same, and nothing doubles."""
    account = "facebook"
    delivery = due_now(office, account, timeout=f"{TIMEOUT:.0f}s")
    process = start(office, "answered")
    stopped(process)
    lease_over(office)
    process.send_signal(signal.SIGCONT)
    ended(process)
    assert "published" == settle(office, delivery)
    assert 1 == len(office.texts(account)) == office.asked(POST[account])
    assert "delivery.doubled" not in office.events()


def test_ctrl_c_waits_for_what_is_under_way(office: Office, start: Start) -> None:
    """Exit 130 within the request's time-out; the request that is out ends in its right state."""
    account = "x"
    delivery = due_now(office, account, timeout=f"{TIMEOUT:.0f}s")
    office.misbehave("hang_after", method="POST")
    process = start(office)
    eventually(lambda: 1 == len(office.texts(account)))
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert (130, "") == (code, out)
    assert "Traceback" not in err
    assert "unconfirmed" == office.status(delivery)
    assert "published" == settle(office, delivery)
    assert 1 == office.asked(POST[account])


def test_ctrl_c_lets_a_good_answer_count(office: Office, start: Start) -> None:
    """What was sent before is recorded as published, and nothing more is begun."""
    account = "facebook"
    delivery = due_now(office, account)
    process = start(office, "begun")
    stopped(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    code, _, err = ended(process)
    assert (130, "published") == (code, office.status(delivery)), err
    assert 1 == len(office.texts(account))


def test_ctrl_c_before_anything_is_sent_leaves_it_queued(office: Office, start: Start) -> None:
    """While the platform is asked who we are."""
    account = "x"
    delivery = due_now(office, account, timeout=f"{TIMEOUT:.0f}s")
    office.misbehave("hang", method="GET")
    process = start(office)
    eventually(lambda: 1 == sum(office.sandbox.requests().values()))
    process.send_signal(signal.SIGINT)
    assert 130 == ended(process)[0]
    assert ("scheduled", 0) == (office.status(delivery), office.row(delivery)["attempts"])
    later(office)
    assert [delivery] == office.publish()[1]["published"]


def test_a_sandbox_of_its_own_outlives_its_publisher(
    office: Office, start: Start, tmp_path: Path
) -> None:
    """`jposocial sandbox` is a process too: killed after it accepted, it still knows the post."""
    account = "x"
    office.configure(accounts={account: {"base_url": None}})
    with served(office) as url:
        office.configure(accounts={account: {"base_url": url}})
        now = datetime.now(UTC)
        office.clock.now = now - timedelta(hours=1)
        (delivery,) = office.promise(account, at=now.replace(second=0, microsecond=0))
        process = start(office, "answered")
        stopped(process)
        killed(process)
    with served(office) as url:
        office.configure(accounts={account: {"base_url": url}})
        assert "published" == settle(office, delivery)
    timeline = office.root / "var" / "sandbox" / "timeline.jsonl"
    assert 1 == len(timeline.read_text(encoding="utf-8").splitlines())


class served:  # noqa: N801  reads like `open`
    """`jposocial sandbox --port 0` as a process; gives its address and kills it in the end."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def __enter__(self) -> str:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jposocial", "sandbox", "--port", "0"],
            cwd=self._office.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
