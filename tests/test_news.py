"""What readers were told and is so no longer, through the real outbox: E19, moved, cancelled, full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.outbox.fakes import Clock
from tests.workspace import make_workspace, write_post

from jposocial.app import Workspace, open_workspace
from jposocial.model import Status
from jposocial.outbox.delivery import Delivery, load
from jposocial.publishing import publish
from jposocial.store.engine import reading
from jposocial.store.tables import DELIVERIES

#: A Wednesday in Tokyo, 10:00; the seminar is announced an hour ago.
NOW = datetime(2027, 1, 13, 1, 0, tzinfo=UTC)

SEMINAR: Mapping[str, Any] = {
    "kind": "seminar", "title": "国際機関就職セミナー 保健分野", "format": "online",
    "starts": "2027-01-27 19:00", "ends": "2027-01-27 20:30",
    "apply_url": "https://example.go.jp/s", "apply_deadline": "2027-01-26 17:00",
    "target": "どなたでも", "publish": None, "sample": True, "capacity": "100",
    "speakers": [{"name": "見本 花子", "org": "UNICEF", "post": "保健担当官", "as_of": "2027-01-05"}],
}  # fmt: skip
LATER = {"starts": "2027-02-10 19:00", "ends": "2027-02-10 20:30", "apply_deadline": "2027-02-09 17:00"}  # fmt: skip
EXAM: Mapping[str, Any] = {
    "kind": "exam_notice", "title": "JPO派遣候補者選考試験", "exam_year": "2027", "phase": "受付開始",
    "publish": "2027-01-13", "opens": "2027-01-12 10:00", "closes": "2027-02-26 18:00",
    "guideline_url": "https://example.go.jp/exam", "sample": True,
}  # fmt: skip


_LIVE = {
    "x": "secrets = {"
    + ", ".join(
        f'{key} = "env:NO_SUCH"'
        for key in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    )
    + "}",
    "facebook": 'page_id = "1"\nsecrets = {page_token = "env:NO_SUCH"}',
}


class Office:
    """An office without approvals; what is announced at noon is out."""

    def __init__(self, folder: Path, fields: Mapping[str, Any]) -> None:
        self.root = make_workspace(folder, approval={"required": False})
        self.clock = Clock(NOW)
        self.fields = fields
        self.write()
        self.workspace: Workspace = open_workspace(self.root, clock=self.clock)

    def write(self, **changed: Any) -> None:
        fields = {k: v for k, v in {**self.fields, **changed}.items() if v is not None}
        write_post(self.root, "s", "本文です。", **fields)

    def announce(self) -> None:
        self.workspace.sync()
        self.clock.move(hours=2)
        assert 2 == len(publish(self.workspace).published)

    def told_and_changed(self, **changed: Any) -> None:
        """Announced, then edited in the afternoon."""
        self.announce()
        self.clock.move(hours=2)
        self.write(**changed)

    def rules(self) -> list[str]:
        return [p.rule for p in self.workspace.check() if p.severity == "error"]

    def waiting(self) -> dict[tuple[str, str], Delivery]:
        with reading(self.workspace.engine) as connection:
            rows = load(connection, select(DELIVERIES).order_by(DELIVERIES.c.id))
        return {(r.account, r.moment): r for r in rows if r.status is Status.SCHEDULED}

    def times(self) -> dict[tuple[str, str], str]:
        zone = self.workspace.settings.calendar.zone
        return {k: f"{r.due.astimezone(zone):%m-%d %H:%M}" for k, r in self.waiting().items()}

    def text(self, account: str, moment: str) -> str:
        return self.waiting()[account, moment].parts[0].text


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, SEMINAR)


@pytest.fixture
def exam(tmp_path: Path) -> Office:
    return Office(tmp_path, EXAM)


def test_another_date_and_no_word_of_it(office: Office) -> None:
    """E19 says what readers were told, where, and the line to type; the queue stays as it is."""
    office.told_and_changed(**LATER)
    before = office.times()
    (found,) = [p for p in office.workspace.check() if p.rule == "E19"]
    assert "2027-02-10 (Wed) 19:00" in found.message
    assert "2027-01-27 (Wed) 19:00" in found.message
    assert "x was told" in found.message
    assert "moved_from: [2027-01-27 19:00]" in found.fix
    lines = (office.root / found.path).read_text(encoding="utf-8").splitlines()
    assert lines[found.line - 1].startswith("starts:")
    assert ["E19"] == [p.rule for p in office.workspace.sync().refused]
    assert before == office.times()


def test_the_line_that_it_names_mends_it(office: Office) -> None:
    """With that line the file is right."""
    office.told_and_changed(**LATER, moved_from=["2027-01-27 19:00"])
    assert [] == office.rules()


def test_moved(office: Office) -> None:
    """Readers hear of it at once where they heard of the first date; reminders come again."""
    office.told_and_changed(**LATER, moved_from=["2027-01-27 19:00"])
    office.workspace.sync()
    assert {
        ("x", "moved"): "01-13 14:00",
        ("facebook", "moved"): "01-13 14:00",
        ("x", "reminder"): "02-03 12:00",
        ("facebook", "reminder"): "02-08 12:00",
        ("x", "last_call"): "02-08 12:00",
        ("x", "today"): "02-10 09:00",
        ("x", "report"): "02-12 12:00",
    } == office.times()
    assert {1} == {row.round for row in office.waiting().values()}
    assert "1月27日(水)から2月10日(水)に変更" in office.text("x", "moved")


def test_moved_is_said_once(office: Office) -> None:
    """It keeps its time while the clock goes on, and once it is out it is not said again."""
    office.told_and_changed(**LATER, moved_from=["2027-01-27 19:00"])
    office.workspace.sync()
    for _ in range(3):
        office.clock.move(minutes=20)
        office.workspace.sync()
        assert "01-13 14:00" == office.times()["x", "moved"]
    assert 2 == len(publish(office.workspace).published)
    office.clock.move(days=1)
    assert {"reminder", "last_call", "today", "report"} == {m for _, m in office.times()}


def test_moved_twice(office: Office) -> None:
    """The second time it is E19 again until that date is named too; then it is a round of its own."""
    office.told_and_changed(**LATER, moved_from=["2027-01-27 19:00"])
    office.workspace.sync()
    publish(office.workspace)
    third = {"starts": "2027-02-17 19:00", "ends": "2027-02-17 20:30"}
    office.write(**LATER | third, moved_from=["2027-01-27 19:00"])
    (found,) = [p for p in office.workspace.check() if p.rule == "E19"]
    assert "moved_from: [2027-01-27 19:00, 2027-02-10 19:00]" in found.fix
    office.write(**LATER | third, moved_from=["2027-01-27 19:00", "2027-02-10 19:00"])
    office.clock.move(days=1)
    office.workspace.sync()
    assert {2} == {row.round for row in office.waiting().values()}
    assert "2月10日(水)から2月17日(水)に変更" in office.text("x", "moved")


def test_the_last_entry_is_what_it_was_before(office: Office) -> None:
    """The date that holds now cannot be the one it was moved from."""
    office.write(moved_from=["2027-01-27 19:00"])
    (found,) = [p for p in office.workspace.check() if p.rule == "E19"]
    assert "moved_from" in found.message


def test_another_end_is_no_other_date(office: Office) -> None:
    """`starts` alone is asked for; the rest of an edit is an edit."""
    office.told_and_changed(ends="2027-01-27 21:00", title="国際機関就職セミナー 保健と栄養")
    assert [] == office.rules()


def test_nothing_is_out_yet(office: Office) -> None:
    """Whatever nobody has seen changes as it likes."""
    office.workspace.sync()
    office.write(**LATER)
    assert [] == office.rules()
    office.workspace.sync()
    assert "01-27 12:00" == office.times()["x", "announce"]


def test_moved_before_anything_is_out(office: Office) -> None:
    """The announcement says that it was moved, at the time of an announcement."""
    office.write(**LATER, moved_from=["2027-01-27 19:00"])
    office.workspace.sync()
    assert "01-27 12:00" == office.times()["x", "moved"]
    assert ("x", "announce") not in office.times()


@pytest.mark.parametrize(("status", "word"), [("cancelled", "中止"), ("full", "満席")])
def test_it_is_off(office: Office, status: str, word: str) -> None:
    """Readers hear it at the next time in office hours; nothing else of it goes out any more."""
    office.told_and_changed(status=status)
    office.workspace.sync()
    assert {("x", status): "01-13 14:00", ("facebook", status): "01-13 14:00"} == office.times()
    assert word in office.text("x", status)


def test_it_is_off_in_the_evening(office: Office) -> None:
    """After the office has closed it waits for the morning."""
    office.announce()
    office.clock.move(hours=7)
    office.write(status="cancelled")
    office.workspace.sync()
    assert {"01-14 08:30"} == set(office.times().values())


def test_only_who_was_told_hears_it(office: Office) -> None:
    """Where nothing of it went out there is nothing to take back."""
    office.write(accounts=["x"])
    office.workspace.sync()
    office.clock.move(hours=2)
    publish(office.workspace)
    office.write(status="cancelled", accounts=["x", "facebook"])
    office.workspace.sync()
    assert [("x", "cancelled")] == list(office.waiting())


def test_off_before_anything_is_out(office: Office) -> None:
    """Nothing goes out, and `plan` says why."""
    office.write(status="cancelled")
    office.workspace.sync()
    assert {} == office.times()
    assert {"cancelled"} == {u.reason for u in office.workspace.plan().unplaced}


def test_it_is_on_again(office: Office) -> None:
    """A status taken back before the news is out takes the news back, and the rest comes again."""
    office.told_and_changed(status="cancelled")
    office.workspace.sync()
    office.write()
    office.workspace.sync()
    assert {"reminder", "last_call", "today", "report"} == {m for _, m in office.waiting()}


def test_too_late_to_say(office: Office) -> None:
    """After the event nobody needs to hear that it was full."""
    office.told_and_changed()
    office.clock.move(days=14, hours=8)
    office.write(status="full")
    office.workspace.sync()
    assert {} == office.times()
    reasons = {(u.moment, u.reason) for u in office.workspace.plan().unplaced}
    assert ("full", "over") in reasons


def test_another_closing_date(exam: Office) -> None:
    """An exam's `closes` is asked for like a seminar's `starts`."""
    exam.told_and_changed(closes="2027-03-01 18:00")
    (found,) = [p for p in exam.workspace.check() if p.rule == "E19"]
    assert "moved_from: [2027-02-26 18:00]" in found.fix
    exam.write(closes="2027-03-01 18:00", moved_from=["2027-02-26 18:00"])
    exam.workspace.sync()
    assert "01-13 14:00" == exam.times()["x", "moved"]
    assert "2月26日(金)18:00から3月1日(月)18:00" in exam.text("x", "moved")


def test_what_went_to_the_sandbox_binds_no_live_account(office: Office) -> None:
    """A rehearsal told nobody anything."""
    office.announce()
    office.write(**LATER)
    configuration = office.root / "jposocial.toml"
    text = configuration.read_text(encoding="utf-8")
    for name, more in _LIVE.items():
        text = text.replace(f"[accounts.{name}]", f'[accounts.{name}]\nmode = "live"\n{more}')
    configuration.write_text(text, encoding="utf-8")
    office.workspace = open_workspace(office.root, clock=office.clock)
    assert [] == office.rules()


def test_a_time_is_written_with_its_offset_where_it_must(office: Office) -> None:
    """The line to type is read back as the very instant, in a night with an hour twice too."""
    configuration = office.root / "jposocial.toml"
    text = configuration.read_text(encoding="utf-8")
    zone = 'language = "en"\ntimezone = "Europe/Zurich"'
    configuration.write_text(text.replace('language = "en"', zone), encoding="utf-8")
    start = {"starts": "2027-10-31 02:30 +01:00", "ends": "2027-10-31 04:00"}
    office.write(**start, apply_deadline=None, publish="2027-01-13 10:00")
    office.workspace = open_workspace(office.root, clock=office.clock)
    office.clock.move(hours=8)
    office.workspace.sync()
    assert office.waiting()
    publish(office.workspace)
    office.write(
        starts="2027-11-02 19:00", ends="2027-11-02 20:30", apply_deadline=None,
        publish="2027-01-13 10:00",
    )  # fmt: skip
    (found,) = [p for p in office.workspace.check() if p.rule == "E19"]
    assert "moved_from: [2027-10-31 02:30:00+01:00]" in found.fix
