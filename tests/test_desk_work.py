"""What people do at the queue: through the workspace, under their own names."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests.outbox.given import NOW, Office, another_process, events

from jposocial import desk_work
from jposocial.errors import Refused
from jposocial.host import this_process
from jposocial.model import Status
from jposocial.outbox import claims, record
from jposocial.outbox.delivery import Delivery


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[bytes], claims.Claimer]]:
    with another_process() as found:
        yield found


def claimed(office: Office, claimer: claims.Claimer, name: str = "a") -> Delivery:
    """An approved post that `claimer` is publishing since now."""
    office.write(name)
    office.approve(*office.sync().created)
    office.clock.now = NOW
    delivery = next(row.id for row in office.alive() if row.post == name)
    row = claims.claim(
        office.workspace.engine, delivery, office.workspace.house, claimer, now=NOW, actor="jposocial"
    )  # fmt: skip
    assert row is not None
    return row


def given_up(office: Office, claimer: claims.Claimer) -> int:
    """The same, its lease over: nobody knows whether it is out."""
    row = claimed(office, claimer)
    claims.doubt_orphans(office.workspace.engine, [row], now=NOW, actor="jposocial")
    return row.id


# Post.


def test_post_writes_a_file_and_queues_it(office: Office):
    """A content file like any other, one delivery an account, waiting for approval."""
    at = NOW + timedelta(hours=5)
    done = desk_work.post(office.workspace, "お知らせです。", ["x", "facebook"], at)
    assert (office.root / done.path).is_file()
    assert [("facebook", at, ["approval"]), ("x", at, ["approval"])] == [
        (q.delivery.account, q.delivery.due, q.blockers) for q in done.deliveries
    ]
    assert [done.post] * 2 == [q.delivery.post for q in done.deliveries]
    assert [] == list(done.problems)


def test_post_with_an_error_leaves_nothing(office: Office):
    """What a check refuses is neither kept nor queued."""
    done = desk_work.post(office.workspace, "あ" * 500, ["x"], NOW + timedelta(hours=5))
    assert ["E06"] == [problem.rule for problem in done.problems]
    assert ([], False) == (list(done.deliveries), (office.root / done.path).exists())
    assert [] == office.rows()


def test_post_to_an_unknown_account(office: Office):
    """Refused, the known ones are named, and nothing is written."""
    with pytest.raises(Refused, match="no account 'twitter'; known are: x, facebook"):
        desk_work.post(office.workspace, "お知らせです。", ["twitter"], NOW)
    assert [] == list((office.root / "posts").rglob("*.md"))


def test_post_twice(office: Office):
    """The same text at the same time is one post; at another time it is another."""
    at = NOW + timedelta(hours=5)
    first = desk_work.post(office.workspace, "お知らせです。", ["x"], at)
    with pytest.raises(Refused, match="queued for that time already"):
        desk_work.post(office.workspace, "お知らせです。", ["x"], at)
    second = desk_work.post(office.workspace, "お知らせです。", ["x"], at + timedelta(days=1))
    assert first.post != second.post
    assert 2 == len(office.rows())


def test_who_posts_does_not_approve(office: Office):
    """An ad-hoc post is approved like any other: by somebody else."""
    done = desk_work.post(office.workspace, "お知らせです。", ["x"], NOW + timedelta(hours=5))
    (row,) = done.deliveries
    author = row.delivery.authors[0]
    with pytest.raises(Refused, match=f"{author} is an author"):
        office.approve(row.delivery.id, by=author)
    office.approve(row.delivery.id, by="chief")


# Approve.


@pytest.mark.parametrize(
    "wanted", ["1", "1:", ":00000000", "1:xyz", "a:00000000", "1:0000 0000", "1:0:0", "-1:00000000", ""]
)  # fmt: skip
def test_what_is_no_id_with_a_hash(office: Office, wanted: str):
    """Refused before anything is looked up; nothing is approved."""
    office.write("a")
    office.sync()
    with pytest.raises(Refused, match="not ID:HASH"):
        desk_work.approve(office.workspace, [wanted])
    assert ["approval"] == office.blockers(1)


def test_people_act_under_their_own_names(office: Office):
    """Each step is on record with who took it."""
    office.write("a")
    office.sync()
    office.approve(1, by="chief")
    with office.acting("deputy"):
        desk_work.reject(office.workspace, 1, "数字")
        made = desk_work.hold(office.workspace, "account", "x", "様子を見る")
        desk_work.release(office.workspace, made.hold.id)
        desk_work.cancel(office.workspace, 1)
    office.clock.now = NOW
    with office.acting("hanako"):
        desk_work.retry(office.workspace, 1, None)
    assert [
        ("delivery.created", "author"), ("delivery.approved", "chief"),
        ("delivery.rejected", "deputy"), ("hold.set", "deputy"), ("hold.released", "deputy"),
        ("delivery.cancelled", "deputy"), ("delivery.retried", "hanako"),
    ] == [(e.event, e.actor) for e in events(office.workspace.engine)]  # fmt: skip


# Hold.


def test_hold_on_an_unknown_account(office: Office):
    """A slip of the pen holds nothing, and says so."""
    with pytest.raises(Refused, match="no account 'y'"):
        desk_work.hold(office.workspace, "account", "y", "理由")
    assert [] == desk_work.active_holds(office.workspace)


def test_hold_returns_when_what_was_claimed_has_ended(office: Office):
    """It waits for this process's own worker, and finds nothing under way when it returns."""
    row = claimed(office, this_process())
    done = threading.Event()

    def hold() -> desk_work.HoldSet:
        try:
            return desk_work.hold(office.workspace, "all", "", "地震")
        finally:
            done.set()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        while not desk_work.active_holds(office.workspace):
            assert not done.is_set()
        assert not done.is_set()
        record.accepted(office.workspace.engine, row, (), now=NOW, actor="jposocial")
        assert [] == holding.result(20).under_way


@pytest.mark.parametrize("reaped", [True, False], ids=["ended", "ended, its parent has not looked"])
def test_hold_does_not_wait_for_a_dead_process(office: Office, other, reaped: bool):
    """What it had claimed becomes unconfirmed, and the hold returns."""
    process, claimer = other
    row = claimed(office, claimer)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | (0 if reaped else os.WNOWAIT))
    assert [] == desk_work.hold(office.workspace, "all", "", "地震").under_way
    assert Status.UNCONFIRMED is office.row(row.id).status


def test_hold_names_who_does_not_end(office: Office, other, monkeypatch: pytest.MonkeyPatch):
    """A claimer that is stopped lives: after the wait it is named, and the hold stands."""
    process, claimer = other
    monkeypatch.setattr(desk_work, "HOLD_WAIT", timedelta())
    row = claimed(office, claimer)
    os.kill(process.pid, signal.SIGSTOP)
    done = desk_work.hold(office.workspace, "all", "", "地震")
    assert [row.id] == [left.id for left in done.under_way]
    assert [done.hold] == desk_work.active_holds(office.workspace)


def test_release_all_takes_another_person(office: Office):
    """Who holds everything does not end it alone."""
    with office.acting("chief"):
        made = desk_work.hold(office.workspace, "all", "", "地震")
        with pytest.raises(Refused, match="another person"):
            desk_work.release(office.workspace, made.hold.id)
    with office.acting("deputy"):
        desk_work.release(office.workspace, made.hold.id)
    assert [] == desk_work.active_holds(office.workspace)


# Resolve.


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
def test_absent_is_refused_while_the_claimer_lives(office: Office, other, stopped: bool):
    """A process that was stopped before its bytes would send them when it goes on."""
    process, claimer = other
    delivery = given_up(office, claimer)
    if stopped:
        os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(Refused, match=f"pid {process.pid}"):
        desk_work.resolve(office.workspace, delivery, url=None)
    assert Status.UNCONFIRMED is office.row(delivery).status
    process.kill()
    process.wait(20)
    assert Status.SCHEDULED is desk_work.resolve(office.workspace, delivery, url=None).status


def test_absent_is_refused_for_another_host(office: Office):
    """Whether a process there still lives cannot be told from here."""
    elsewhere = claims.Claimer(host="elsewhere.invalid", pid=os.getpid(), process="p")
    delivery = given_up(office, elsewhere)
    with pytest.raises(Refused, match="on elsewhere"):
        desk_work.resolve(office.workspace, delivery, url=None)


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("https://x.com/example_center/status/1899", "1899"),
        ("https://x.com/example_center/status/1899?s=20", "1899"),
        ("https://x.com/example_center/status/1899/photo/1", "1899"),
        ("https://twitter.com/i/web/status/1899#m", "1899"),
        ("https://www.facebook.com/1001_2002", "1001_2002"),
        ("https://www.facebook.com/example.center/posts/pfbid02aBc/", "pfbid02aBc"),
        ("https://www.facebook.com/example.center/posts/2002?ref=embed", "2002"),
        ("https://www.facebook.com/permalink.php?story_fbid=2002&id=1001", "1001_2002"),
        ("https://m.facebook.com/story.php?id=1001&story_fbid=2002&x=1", "1001_2002"),
        ("http://127.0.0.1:8090/example_center/status/1899", "1899"),
    ],
)
def test_published_by_its_address(office: Office, url: str, remote: str):
    """The address that a browser shows is proof; its id is kept as the platform gives it."""
    delivery = given_up(office, this_process())
    done = desk_work.resolve(office.workspace, delivery, url=url)
    (receipt,) = office.row(delivery).receipts
    assert Status.PUBLISHED is done.status is office.row(delivery).status
    assert (remote, url, NOW) == (receipt.id, receipt.url, receipt.accepted_at)


@pytest.mark.parametrize(
    "url",
    ["1899", "https://x.com", "https://x.com/", "x.com/a/status/1", "https://x.com/a b", "ftp://x.com/1",
     "https://www.facebook.com/photo.php?fbid=12"],
)  # fmt: skip
def test_what_is_no_address_of_a_post(office: Office, url: str):
    """Refused, and it stays unconfirmed."""
    delivery = given_up(office, this_process())
    with pytest.raises(Refused, match="not the address of a post"):
        desk_work.resolve(office.workspace, delivery, url=url)
    assert Status.UNCONFIRMED is office.row(delivery).status


def test_the_state_is_said(office: Office):
    """What a person is told after settling."""
    delivery = given_up(office, this_process())
    done = desk_work.resolve(office.workspace, delivery, url="https://x.com/a/status/1")
    assert "1 is now published" == desk_work.state_message(done)
