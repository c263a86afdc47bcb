"""Sync: what the files say now is what is promised now, and what was approved stays approved."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy.exc import IntegrityError
from tests.outbox.given import HERE, NOW, Office, dump, events, raw
from tests.workspace import write_file, write_post

from jposocial import desk_work
from jposocial.app import Workspace
from jposocial.dispatch.desk import Tally
from jposocial.errors import Refused, Rejected, Unavailable
from jposocial.locks import exclusive
from jposocial.model import Status
from jposocial.outbox import claims, record
from jposocial.outbox.meta import FINGERPRINT, get_meta
from jposocial.outbox.sync import Replaced, SyncReport
from jposocial.publishing import sync_if_changed
from jposocial.survey import Survey
from jposocial.users import user_name

CANCELLED, SCHEDULED = Status.CANCELLED, Status.SCHEDULED


def settle(office: Office, *names: str, **fields: object) -> list[int]:
    """A file for each name, synced and approved; the rows' ids."""
    for name in names:
        office.write(name, **fields)
    made = office.sync().created
    office.approve(*made)
    return made


def unchanged(office: Office) -> list[str]:
    """All that sync must leave as it is where nothing has changed."""
    return dump(office.database, without=["meta"])


def claim(office: Office, delivery: int):
    claimed = claims.claim(
        office.workspace.engine, delivery, office.workspace.house, HERE, now=office.clock(), actor="a"
    )  # fmt: skip
    assert claimed is not None
    return claimed


# A file comes, stays, changes, moves, goes.


def test_a_new_file_is_promised(office: Office):
    """One row a moment and account: scheduled, unapproved, as the plan says."""
    path = office.write("hello", owner="hanako")
    assert SyncReport(created=[1]) == office.sync()
    (row,) = office.rows()
    assert ("hello", "notice", "announce", "x", "sandbox", "@example_center") == (
        row.post, row.kind, row.moment, row.account, row.mode, row.handle,
    )  # fmt: skip
    assert (SCHEDULED, NOW, NOW, NOW + timedelta(hours=24)) == (
        row.status, row.due, row.nominal, row.expires,
    )  # fmt: skip
    assert ["お知らせです。"] == [part.text for part in row.parts]
    assert path.relative_to(office.root).as_posix() == row.path
    assert ["approval"] == office.blockers(1)
    assert ["delivery.created"] == [e.event for e in events(office.workspace.engine)]


def test_the_authors_are_the_owner_and_the_files_owner(office: Office):
    """Who wrote it is the `owner` of the file's head, and the file's in the operating system."""
    path = office.write("hello", owner="hanako")
    office.sync()
    assert sorted({"hanako", user_name(path.stat().st_uid)}) == office.row(1).authors


def test_authors_are_never_forgotten(office: Office):
    """Taking one's name out of the file, the text unchanged, gives no right to approve it."""
    office.write("hello", owner="hanako")
    office.sync()
    office.write("hello", owner="taro")
    assert 1 == office.sync().unchanged
    with pytest.raises(Refused, match="hanako is an author"):
        office.approve(1, by="hanako")


def test_nothing_changed_changes_nothing(office: Office):
    """A second sync writes no row, no event, no other value."""
    settle(office, "a", "b")
    before = unchanged(office)
    assert SyncReport(unchanged=2) == office.sync()
    assert before == unchanged(office)


def test_an_edit_makes_a_new_row(office: Office):
    """The approved text is gone, the new one waits: a new id, and the old row names it."""
    settle(office, "a", "b")
    office.write("a", "書き直しました。")
    assert SyncReport(replaced=[Replaced(old=1, new=3)], unchanged=1) == office.sync()
    old, new = office.row(1), office.row(3)
    assert (CANCELLED, "sync", 3) == (old.status, old.cancelled_by, old.replaced_by)
    assert (SCHEDULED, ["書き直しました。"]) == (new.status, [p.text for p in new.parts])
    assert (["approval"], []) == (office.blockers(3), office.blockers(2))
    assert old.key != new.key


def test_an_edit_taken_back_is_approved_again(office: Office):
    """What was cancelled does not come to life: the old text is a third row, unapproved."""
    settle(office, "a")
    office.write("a", "書き直しました。")
    office.sync()
    office.write("a")
    assert [Replaced(old=2, new=3)] == office.sync().replaced
    assert office.row(1).payload_hash == office.row(3).payload_hash
    assert ["approval"] == office.blockers(3)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"category": "emergency"}, id="category"),
        pytest.param({"moved_from": ["2027-01-12 10:00"]}, id="another round"),
    ],
)
def test_what_else_makes_a_new_row(office: Office, fields: dict[str, object]):
    """Not only the text is promised."""
    settle(office, "a")
    office.write("a", **fields)
    office.sync()
    assert [CANCELLED, SCHEDULED] == [row.status for row in office.rows()]
    assert ["approval"] == office.blockers(2)


def test_another_kind_makes_a_new_row(office: Office):
    """A post that becomes another kind is another promise, though it reads the same."""
    settle(office, "a")
    office.write(
        "a",
        kind="site_update",
        url="https://example.go.jp/a",
        what="更新",
        path="posts/notices/a.md",
    )
    office.sync()
    assert [("notice", CANCELLED), ("site_update", SCHEDULED)] == [
        (row.kind, row.status) for row in office.rows()
    ]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"body": "本文だけを書き直しました。"}, id="body"),
        pytest.param({"title": "別の題"}, id="title"),
        pytest.param({"tags": ["国際機関"]}, id="tags"),
    ],
)
def test_an_edit_that_nobody_reads_leaves_the_approval(office: Office, fields: dict[str, object]):
    """What is not in the variant changes nothing: same id, same hash, still approved."""
    settle(office, "a")
    before = unchanged(office)
    office.write("a", **fields)
    assert SyncReport(unchanged=1) == office.sync()
    assert before == unchanged(office)


def test_an_edited_template_makes_a_new_row(office: Office):
    """The text comes from there, so it must be approved again."""
    office.write("a", text=None, body="本文です。")
    write_file(office.root, "templates/notice/announce.txt", "{{ title }}")
    office.approve(*office.sync().created)
    write_file(office.root, "templates/notice/announce.txt", "【新】{{ title }}")
    assert [Replaced(old=1, new=2)] == office.sync().replaced


@pytest.mark.parametrize("to", ["posts/notices/other.md", "posts/2027/deep/a.md"])
def test_a_rename_does_nothing(office: Office, to: str):
    """The id is who it is: same row, same approval, under its new path."""
    settle(office, "a")
    before = office.row(1)
    path = office.root / to
    path.parent.mkdir(parents=True, exist_ok=True)
    (office.root / "posts/notices/a.md").rename(path)
    assert SyncReport(unchanged=1) == office.sync()
    assert replace(before, path=to) == office.row(1)
    assert [] == office.blockers(1)


def test_a_deletion_cancels(office: Office):
    """What is not yet out is cancelled, other posts are none of it."""
    settle(office, "a", "b")
    (office.root / "posts/notices/a.md").unlink()
    assert SyncReport(cancelled=[1], unchanged=1) == office.sync()
    assert (CANCELLED, "sync", None) == (
        office.row(1).status, office.row(1).cancelled_by, office.row(1).replaced_by,
    )  # fmt: skip
    assert [] == office.blockers(2)


def test_a_file_that_comes_back_is_a_new_row(office: Office):
    """With a new id, and to be approved again."""
    settle(office, "a")
    path = office.root / "posts/notices/a.md"
    text = path.read_text("utf-8")
    for number in (2, 3):
        path.unlink()
        assert [number - 1] == office.sync().cancelled
        path.write_text(text, "utf-8")
        assert SyncReport(created=[number]) == office.sync()
        assert ["approval"] == office.blockers(number)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda o: None, id="its file unchanged"),
        pytest.param(lambda o: o.write("a", "書き直しました。"), id="its file edited"),
        pytest.param(
            lambda o: ((o.root / "posts/notices/a.md").unlink(), o.sync(), o.write("a")),
            id="its file deleted and written again",
        ),
    ],
)
def test_what_a_person_cancelled_stays_cancelled(
    office: Office, change: Callable[[Office], object]
):
    """No sync brings it back, whatever becomes of its file."""
    settle(office, "a")
    desk_work.cancel(office.workspace, 1)
    for _ in range(2):
        change(office)
        assert [] == office.sync().created
    assert [CANCELLED] == [row.status for row in office.rows()]


def test_retry_brings_back_what_a_person_cancelled(office: Office):
    """As a new row with a new id, unapproved; and then its file counts again."""
    settle(office, "a")
    desk_work.cancel(office.workspace, 1)
    assert 2 == desk_work.retry(office.workspace, 1, None)
    assert SyncReport(unchanged=1) == office.sync()
    assert (["approval"], 2) == (office.blockers(2), office.row(1).replaced_by)
    office.write("a", "書き直しました。")
    assert [Replaced(old=2, new=3)] == office.sync().replaced


def test_a_draft_is_withdrawn(office: Office):
    """`ready: false` takes what is to come out again."""
    settle(office, "a")
    office.write("a", ready=False)
    assert [1] == office.sync().cancelled


def test_skipped_moments_are_withdrawn(office: Office):
    """`skip:` takes out one moment."""
    settle(office, "a")
    office.write("a", skip=["announce"])
    assert [1] == office.sync().cancelled


# Time.


@pytest.mark.parametrize(
    ("publish", "kept"),
    [
        pytest.param("2027-01-13 08:00", True, id="earlier on the day"),
        pytest.param("2027-01-13 16:00", True, id="later on the day"),
        pytest.param("2027-01-14 09:59", True, id="to the end of the window"),
        pytest.param("2027-01-14 10:00", False, id="after the window"),
        pytest.param("2027-01-12 23:59", False, id="before the window"),
    ],
)
def test_the_window_of_an_approval(office: Office, publish: str, kept: bool):
    """From 00:00 of the due day to the first expiry a time may move; outside it is a new row."""
    settle(office, "a")
    before = office.row(1)
    office.write("a", publish=publish)
    report = office.sync()
    if kept:
        assert SyncReport(unchanged=1) == report
        after = office.row(1)
        assert (
            publish
            == f"{after.due.astimezone(office.workspace.settings.calendar.zone):%Y-%m-%d %H:%M}"
        )
        assert (before.payload_hash, before.expires) == (after.payload_hash, after.expires)
        assert "approval" not in office.blockers(1)
    else:
        assert [Replaced(old=1, new=2)] == report.replaced
        assert "approval" in office.blockers(2)


def test_a_text_that_names_a_day_ends_with_it(office: Office):
    """本日 is wrong after midnight: the window ends there, and the next day is a new row."""
    (made,) = settle(office, "a", text="本日の受付は17時までです。")
    assert NOW.replace(hour=15) == office.row(made).expires
    office.write("a", "本日の受付は17時までです。", publish="2027-01-14 09:00")
    assert [Replaced(old=1, new=2)] == office.sync().replaced


def day_only(office: Office, id: str) -> None:
    """A notice whose time the cadence gives: 12:00, or the next free time after it."""
    office.write(id, publish="2027-01-14", text=f"お知らせ {id} です。")


def test_a_new_file_moves_no_approved_row(office: Office):
    """It is planned around what a person has seen, though it would come first."""
    day_only(office, "b")
    office.approve(*office.sync().created)
    before = office.row(1)
    day_only(office, "a")
    report = office.sync()
    assert (before, [2], 1) == (office.row(1), report.created, report.unchanged)
    assert before.due + timedelta(hours=2) == office.row(2).due


def test_an_unapproved_row_makes_room(office: Office):
    """Before anybody has approved it, a row has no right to its time."""
    day_only(office, "b")
    office.sync()
    due = office.row(1).due
    day_only(office, "a")
    office.sync()
    assert (due + timedelta(hours=2), due) == (office.row(1).due, office.row(2).due)


def test_beyond_the_horizon_nothing_is_promised(office: Office):
    """A row is made when its time comes nearer, and stays where it is then."""
    office.write("far", publish="2027-06-01 10:00")
    assert SyncReport() == office.sync()
    office.clock.move(days=60)
    assert [1] == office.sync().created
    office.clock.move(days=-60)
    assert SyncReport(unchanged=1) == office.sync()


def test_what_was_approved_keeps_its_row_when_its_time_has_come(office: Office):
    """Between the due time and the beat, a sync leaves the row as it is."""
    settle(office, "a")
    for hours in (25, 23):
        office.clock.move(hours=hours)
        assert SyncReport(unchanged=1) == office.sync()
    assert (SCHEDULED, NOW) == (office.row(1).status, office.row(1).due)


# Files with an error.


GOOD = "posts/notices/a.md"

BROKEN = {
    "an unknown key": lambda text: text.replace("title:", "titel:"),
    "YAML that cannot be read": lambda text: text.replace("title:", "title: ["),
    "no id to be guessed": lambda text: "---\ntitle: [\n---\n",
    "no text at all": lambda text: b"\xff\xfe\x00",
    "empty": lambda text: "",
    "an error of its content": lambda text: text.replace(
        "お知らせです。", "2月30日のお知らせです。"
    ),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize(
    "to", [GOOD, "posts/notices/renamed.md"], ids=["where it was", "renamed too"]
)
def test_a_broken_file_holds_back_its_own_rows(office: Office, how: str, to: str):
    """They stay, approved, with blocker `file`; others go on; mended, they go as approved."""
    settle(office, "a", "b")
    good = (office.root / GOOD).read_text("utf-8")
    (office.root / GOOD).unlink()
    write_file(office.root, to, BROKEN[how](good))
    report = office.sync()
    assert ([], [], [], 2) == (report.created, report.replaced, report.cancelled, report.unchanged)
    assert {to} == {problem.path for problem in report.refused}
    assert (["file"], []) == (office.blockers(1), office.blockers(2))
    assert [SCHEDULED, SCHEDULED] == [row.status for row in office.rows()]
    write_file(office.root, to, good)
    assert SyncReport(unchanged=2) == office.sync()
    assert ([], []) == (office.blockers(1), office.blockers(2))


def test_a_new_file_goes_on_beside_a_broken_one(office: Office):
    """What can be read is promised, edited and deleted as ever."""
    settle(office, "a", "b", "c")
    write_file(office.root, GOOD, "---\nid: a\nkind: [\n---\n")
    office.write("b", "書き直しました。")
    (office.root / "posts/notices/c.md").unlink()
    office.write("d")
    report = office.sync()
    assert ([5], [Replaced(old=2, new=4)], [3]) == (
        sorted(report.created), report.replaced, report.cancelled,
    )  # fmt: skip


def test_a_broken_new_file_promises_nothing(office: Office):
    """And what it would say is not known."""
    write_file(office.root, GOOD, "---\nid: a\nkind: notice\ntitel: 題\n---\n")
    report = office.sync()
    assert ([], ["F03"]) == (office.rows(), [p.rule for p in report.refused if p.rule == "F03"])


def test_an_id_twice_holds_back_both(office: Office):
    """F05: which file is meant only a person knows; both keep their rows, neither goes."""
    settle(office, "a", "b", "c")
    good = (office.root / "posts/notices/b.md").read_text("utf-8")
    office.write("a", "お知らせです。", path="posts/notices/b.md")
    report = office.sync()
    assert {"F05"} == {problem.rule for problem in report.refused}
    assert [["file"], ["file"], []] == [office.blockers(i) for i in (1, 2, 3)]
    write_file(office.root, "posts/notices/b.md", good)
    office.sync()
    assert [[], [], []] == [office.blockers(i) for i in (1, 2, 3)]


def test_an_id_published_under_another_kind(office: Office):
    """F05: the post is out; a file that takes its id for something else is refused."""
    settle(office, "a")
    office.clock.now = NOW
    record.accepted(office.workspace.engine, claim(office, 1), (), now=NOW, actor="a")
    office.write("a", kind="site_update", url="https://example.go.jp/a", what="更新", path=GOOD)
    report = office.sync()
    assert ["F05"] == [problem.rule for problem in report.refused]
    assert [Status.PUBLISHED] == [row.status for row in office.rows()]


def test_a_broken_template_holds_back_what_reads_it(office: Office):
    """F06: every post that uses it waits, a post with its own text does not."""
    office.write("a", text=None, body="本文です。")
    office.write("b")
    write_file(office.root, "templates/notice/announce.txt", "{{ title }}")
    office.approve(*office.sync().created)
    write_file(office.root, "templates/notice/announce.txt", "{{ titel }}")
    office.sync()
    held = {row.post: office.blockers(row.id) for row in office.rows()}
    assert {"a": ["file"], "b": []} == held


# Accidents.


def test_without_posts_nothing_is_changed(office: Office):
    """A folder that is not there is an accident, until a person says that it is not."""
    settle(office, "a", "b")
    (office.root / "posts").rename(office.root / "elsewhere")
    before = unchanged(office)
    with pytest.raises(Refused, match="posts/ is not there") as caught:
        office.sync()
    assert (1, before) == (caught.value.exit_code, unchanged(office))


def test_without_posts_all_is_cancelled_where_it_is_meant_so(office: Office):
    """`sync --yes`: the person means it."""
    settle(office, "a", "b")
    (office.root / "posts").rename(office.root / "elsewhere")
    assert SyncReport(cancelled=[1, 2]) == office.sync(yes=True)


@pytest.mark.parametrize(
    ("there", "gone", "refused"),
    [
        pytest.param(5, 5, True, id="five of five"),
        pytest.param(9, 5, True, id="five of nine"),
        pytest.param(10, 5, False, id="five of ten, not more than half"),
        pytest.param(4, 4, False, id="four of four"),
    ],
)
def test_many_gone_at_once(office: Office, there: int, gone: int, refused: bool):
    """More than half of the posts with something to come, at least five: refused until `--yes`."""
    names = [f"p-{number}" for number in range(there)]
    settle(office, *names)
    for name in names[:gone]:
        (office.root / f"posts/notices/{name}.md").unlink()
    if refused:
        before = unchanged(office)
        with pytest.raises(Refused, match=f"{gone} of {there}.*--yes"):
            office.sync()
        assert before == unchanged(office)
    assert gone == len(office.sync(yes=refused).cancelled)


def test_many_renamed_at_once(office: Office):
    """A folder that is moved as a whole takes nothing away."""
    settle(office, *(f"p-{number}" for number in range(6)))
    (office.root / "posts/notices").rename(office.root / "posts/archive")
    assert SyncReport(unchanged=6) == office.sync()


def test_a_sync_is_one_transaction(office: Office):
    """Where it fails half-way nothing has changed, and the next beat tries it again."""
    settle(office, "a", "b")
    office.write("a", "書き直しました。")
    (office.root / "posts/notices/b.md").unlink()
    before, known = unchanged(office), get_meta(office.workspace.engine, FINGERPRINT)
    raw(
        office.database,
        "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.event = 'delivery.cancelled'"
        " BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    with pytest.raises(IntegrityError, match="disk full"):
        office.sync()
    raw(office.database, "DROP TRIGGER full")
    assert before == unchanged(office)
    assert known == get_meta(office.workspace.engine, FINGERPRINT) != office.workspace.fingerprint()


def test_two_syncs_come_one_after_the_other(office: Office):
    """The lock is held from the first file to the commit: who comes second waits."""
    settle(office, "a")
    office.write("a", "書き直しました。")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(office.root / "var" / "sync.lock", wait=False):
            held.set()
            assert done.wait(20)

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        assert held.wait(20)
        syncing = pool.submit(office.sync)
        assert [SCHEDULED] == [row.status for row in office.rows()]
        done.set()
        holding.result(20)
        assert [Replaced(old=1, new=2)] == syncing.result(20).replaced


# The configuration.


def configure(office: Office, before: str, after: str) -> None:
    path = office.root / "jposocial.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    office.reopen()


LIVE = """handle = "@example_center"
mode = "live"
secrets = { consumer_key = "env:A", consumer_secret = "env:B", access_token = "env:C", access_token_secret = "env:D" }"""


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        pytest.param('"@example_center"', '"@other_center"', "handle", id="handle"),
        pytest.param('handle = "@example_center"', LIVE, "mode", id="mode"),
        pytest.param('platform = "x"', 'platform = "facebook"', "platform", id="platform"),
    ],
)
def test_another_account_is_another_promise(office: Office, before: str, after: str, column: str):
    """Handle, mode or platform changed: open rows are cancelled, new ones wait for approval."""
    (made,) = settle(office, "a")
    configure(office, before, after)
    office.sync()
    old, new = office.rows()
    assert (made, CANCELLED, SCHEDULED) == (old.id, old.status, new.status)
    assert getattr(old, column) != getattr(new, column)
    assert ["approval"] == office.blockers(new.id)


def test_an_account_less_is_a_promise_less(office: Office):
    """Taken out of the configuration, its rows are cancelled; the others stay approved."""
    office.write("a", accounts=None, text={"x": "お知らせです。", "facebook": "お知らせです。"})
    office.approve(*office.sync().created)
    path = office.root / "jposocial.toml"
    head, _, _ = path.read_text("utf-8").partition("[accounts.facebook]")
    path.write_text(head, "utf-8")
    office.write("a", accounts=None)
    office.reopen()
    office.sync()
    assert {"x": SCHEDULED, "facebook": CANCELLED} == {r.account: r.status for r in office.rows()}
    assert [] == office.blockers(next(r.id for r in office.rows() if r.account == "x"))


# What sync does not touch, and what it takes in later.


def published(office: Office) -> None:
    record.accepted(office.workspace.engine, claim(office, 1), (), now=NOW, actor="a")


def failed(office: Office) -> None:
    record.stopped(office.workspace.engine, claim(office, 1), Rejected("403"), now=NOW, actor="a")


def unconfirmed(office: Office) -> None:
    claims.doubt_orphans(office.workspace.engine, [claim(office, 1)], now=NOW, actor="a")


def missed(office: Office) -> None:
    office.clock.move(days=1)
    claims.lapse_expired(office.workspace.engine, office.clock(), "a")


OUT_OF_REACH = [
    pytest.param(make, id=make.__name__) for make in (published, failed, unconfirmed, missed)
] + [pytest.param(lambda office: claim(office, 1), id="publishing")]


@pytest.mark.parametrize("make", OUT_OF_REACH)
@pytest.mark.parametrize("edit", [True, False], ids=["edited", "deleted"])
def test_sync_touches_only_what_is_scheduled(
    office: Office, make: Callable[[Office], object], edit: bool
):
    """What is under way, out, failed or missed stays as it is, and nothing stands beside it."""
    settle(office, "a")
    office.clock.now = NOW
    make(office)
    before = office.rows()
    office.write("a", "書き直しました。") if edit else (office.root / GOOD).unlink()
    assert SyncReport() == office.sync()
    assert before == office.rows()


def beat_sync(office: Office) -> None:
    """What a beat does first: sync, where something has changed."""
    sync_if_changed(office.workspace, Tally())


class Counting(Workspace):
    """Counts how often its files are read."""

    reads = 0

    def survey(self, *args: Any, **ways: Any) -> Survey:
        self.reads += 1
        return super().survey(*args, **ways)


def counting(office: Office) -> Counting:
    """The office's workspace, which counts from now on."""
    office.close()
    office.workspace = Counting(
        office.root, office.workspace.settings, clock=office.clock, identity=lambda: office.person
    )
    return office.workspace


def test_an_unchanged_tree_is_not_read_again(office: Office):
    """The report is what reading all of it would give."""
    settle(office, "a", "b")
    office.sync()
    workspace, before = counting(office), dump(office.database)
    assert SyncReport(unchanged=2) == office.sync()
    assert before == dump(office.database)
    assert 0 == workspace.reads


def _put_back(office: Office) -> None:
    """Another text in a file that looks as it did: its size and its time of writing."""
    path = office.root / GOOD
    was = path.stat()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("お知らせ", "お知らぜ"), encoding="utf-8")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_put_back, id="a file put back"),
        pytest.param(lambda o: o.approve(1), id="an approval"),
        pytest.param(lambda o: os.chown(o.root / GOOD, 12345, -1), id="another owner"),
        pytest.param(lambda o: o.clock.move(days=1), id="a new day"),
        pytest.param(
            lambda o: write_file(o.root, "posts/registers/terms.yaml", "[]\n"), id="a register"
        ),
    ],
)
def test_what_makes_it_read_again(office: Office, change: Callable[[Office], object]):
    """Whatever might make another plan of the same files, or another row of the same plan."""
    office.write("a")
    office.sync()
    workspace = counting(office)
    change(office)
    office.sync()
    assert 1 == workspace.reads


def test_an_error_is_said_every_time(office: Office):
    """A tree with a problem is never settled: each sync names it again."""
    office.write("a")
    (office.root / GOOD).write_text("---\nid: a\n", encoding="utf-8")
    first, second = office.sync(), office.sync()
    assert first.refused
    assert first.refused == second.refused


def test_an_image_that_is_gone_is_kept_again(office: Office):
    """What a row carries is looked for; without it the files are read and it is written anew."""
    path = office.root / "posts" / "media" / "a.png"
    path.parent.mkdir()
    Image.new("RGB", (64, 48), "navy").save(path)
    office.write("a", media=[{"file": "posts/media/a.png", "alt": "青い四角"}])
    office.sync()
    (kept,) = (office.root / "var" / "media").glob("*.png")
    kept.unlink()
    office.sync()
    assert kept.is_file()


@pytest.mark.parametrize("edit", [True, False], ids=["edited", "deleted"])
@pytest.mark.parametrize("how", ["deferred", "disproved", "retried", "retried with a time"])
def test_an_edit_while_it_was_under_way_counts(office: Office, edit: bool, how: str):
    """A row that comes back is what its file says now, or gone with it, before it can go."""
    settle(office, "a")
    office.clock.now = NOW
    engine, claimed = office.workspace.engine, claim(office, 1)
    office.write("a", "書き直しました。") if edit else (office.root / GOOD).unlink()
    beat_sync(office)
    if how == "deferred":
        record.stopped(engine, claimed, Unavailable("no route"), now=NOW, actor="a")
    elif how == "disproved":
        claims.doubt_orphans(engine, [claimed], now=NOW, actor="a")
        record.disprove(engine, 1, now=NOW, actor="a", how="person")
    else:
        record.stopped(engine, claimed, Rejected("403"), now=NOW, actor="a")
        at = NOW + timedelta(hours=30) if how == "retried with a time" else None
        desk_work.retry(office.workspace, 1, at)
    beat_sync(office)
    assert CANCELLED is office.row(1).status
    assert [(["書き直しました。"], ["approval"])] * edit == [
        ([p.text for p in row.parts], office.blockers(row.id)) for row in office.alive()
    ]


def test_a_retried_time_stands(office: Office):
    """Whatever the cadence says, the time that a person gave is kept by later syncs."""
    settle(office, "a")
    office.clock.now = NOW
    missed(office)
    at = office.clock() + timedelta(hours=5)
    desk_work.retry(office.workspace, 1, at)
    office.approve(1)
    beat_sync(office)
    assert (SCHEDULED, at, []) == (office.row(1).status, office.row(1).due, office.blockers(1))


def test_a_beat_without_changes_reads_no_file(office: Office):
    """The tree's fingerprint is that of the last sync: nothing is loaded, nothing written."""
    settle(office, "a")
    before = dump(office.database)
    beat_sync(office)
    assert before == dump(office.database)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda o: o.write("a", "書き直しました。"), id="an edit"),
        pytest.param(lambda o: o.write("b"), id="a new file"),
        pytest.param(lambda o: (o.root / GOOD).unlink(), id="a deletion"),
        pytest.param(
            lambda o: write_file(o.root, "templates/notice/announce.txt", "新"), id="a template"
        ),
        pytest.param(lambda o: o.clock.move(days=1), id="a new day"),
    ],
)
def test_a_beat_takes_in_what_has_changed(office: Office, change: Callable[[Office], object]):
    """Any change of the tree makes the next beat sync; then it is known again."""
    settle(office, "a")
    before = get_meta(office.workspace.engine, FINGERPRINT)
    change(office)
    beat_sync(office)
    after = get_meta(office.workspace.engine, FINGERPRINT)
    assert before != after == office.workspace.fingerprint()


def test_a_seminar_is_promised_moment_by_moment(office: Office):
    """A whole cadence on two accounts; an edit of its date moves what is to come."""
    starts = {"starts": "2027-02-18 19:00", "ends": "2027-02-18 20:30"}
    write_post(
        office.root, "s", "本文です。", kind="seminar", title="セミナー", format="online",
        apply_deadline="2027-02-17 17:00", apply_url="https://example.go.jp/s", target="どなたでも",
        speakers=[{"name": "見本 花子", "org": "UNICEF", "post": "保健担当官", "as_of": "2027-01-05"}], **starts,
    )  # fmt: skip
    report = office.sync()
    assert [] == report.refused
    assert {
        ("x", "announce"), ("x", "reminder"), ("x", "last_call"), ("x", "today"), ("x", "report"),
        ("facebook", "announce"), ("facebook", "reminder"),
    } == {(row.account, row.moment) for row in office.rows()}  # fmt: skip
