"""What people are mailed: every cause once to each of them, and never in the way of publishing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, MORNING, Office, opened
from tests.notify import post_office
from tests.notify.post_office import PostOffice, bad_server, free_port, open_office
from tests.workspace import write_post

from jposocial.store.tables import instant_text

DESK = "desk@example.org"
HEAD = "head@example.org"


@pytest.fixture
def mail() -> Iterator[PostOffice]:
    with open_office() as office:
        yield office


@pytest.fixture
def office(tmp_path: Path, mail: PostOffice, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        notifying(office, mail.port)
        yield office


def notifying(office: Office, port: int, **values: object) -> None:
    """The configuration with `[notify]`; without the evening's list and the watch unless they are given."""
    office.configure(
        notify={
            "to": [DESK],
            "smtp": f"127.0.0.1:{port}",
            "evening": "",
            "stopped": "0",
            "timeout": "1s",
            **values,
        },
        accounts={"x": {"timeout": "1s"}, "facebook": {"timeout": "1s"}},
    )


def sql(office: Office, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(office.root / "var" / "jposocial.db")) as database, database:
        return database.execute(statement, values).fetchall()


def in_doubt(office: Office, account: str = "x") -> int:
    """A delivery whose answer never came."""
    (delivery,) = office.promise(account)
    office.clock.now = DUE
    office.misbehave("posted_but", method="POST")
    assert [delivery] == office.publish()[1]["unconfirmed"]
    return delivery


def refused(office: Office, account: str = "x") -> int:
    (delivery,) = office.promise(account)
    office.clock.now = DUE
    office.misbehave("status", status=400, method="POST")
    assert [delivery] == office.publish()[1]["failed"]
    return delivery


def too_late(office: Office, account: str = "x") -> int:
    (delivery,) = office.promise(account)
    office.clock.now = DUE + timedelta(days=3)
    assert [delivery] == office.publish()[1]["missed"]
    return delivery


ENDS = {
    "unconfirmed": (in_doubt, ["resolve {id} --published", "resolve {id} --absent"]),
    "failed": (refused, ["retry {id}", "cancel {id}"]),
    "missed": (too_late, ["retry {id} --at", "cancel {id}"]),
}


@pytest.mark.parametrize("kind", ENDS)
def test_an_alarm_says_what_and_what_to_do(kind: str, office: Office, mail: PostOffice) -> None:
    """The run itself mails it, with the commands that end it; the exit code is that of the run."""
    end, commands = ENDS[kind]
    delivery = end(office)
    (alarm,) = mail.taken
    assert f"[Action needed] 1 {kind} (見本)" == alarm.subject
    assert "2026-12-hello" in alarm.text
    for command in commands:
        assert f"jposocial {command.format(id=delivery)}" in alarm.text


@pytest.mark.parametrize("kind", ENDS)
def test_a_cause_is_said_once(kind: str, office: Office, mail: PostOffice) -> None:
    """No later run, nor another process, says it again."""
    ENDS[kind][0](office)
    office.clock.move(seconds=1)
    for command in (["notify"], ["publish"], ["notify"]):
        assert office.cli(*command).code in (0, 1)
    assert 1 == len(mail.taken)


def test_in_japanese(office: Office, mail: PostOffice) -> None:
    """The workspace's language is that of its mails."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    office.misbehave("posted_but", method="POST")
    office.cli("--lang", "ja", "publish")
    (alarm,) = mail.taken
    assert "【要対応】未確認 1 件（見本）" == alarm.subject
    assert "もう一度投稿しないでください" in alarm.text
    assert f"出ていなければ: jposocial resolve {delivery} --absent" in alarm.text


def test_each_person_gets_it_alone(office: Office, mail: PostOffice) -> None:
    """One recipient an envelope; whom the server refuses is tried again, the others not."""
    notifying(office, mail.port, to=[DESK, HEAD])
    mail.refuse[HEAD] = "450 busy"
    refused(office)
    assert (1, 0) == (len(mail.of(DESK)), len(mail.of(HEAD)))
    mail.refuse.clear()
    ran = office.cli("notify")
    assert (0, "1 mailed, 0 left\n") == (ran.code, ran.out)
    assert (1, 1) == (len(mail.of(DESK)), len(mail.of(HEAD)))


def test_the_same_trouble_later_is_another_cause(office: Office, mail: PostOffice) -> None:
    """Brought back by a person and refused again."""
    delivery = refused(office)
    assert 0 == office.cli("retry", delivery).code
    office.misbehave("status", status=400, method="POST")
    assert [delivery] == office.publish()[1]["failed"]
    assert 2 == len(mail.taken)


def test_one_account_one_alarm(office: Office, mail: PostOffice) -> None:
    """Not one a post; and again only when it went in between."""
    deliveries = [office.promise("x", id=f"2026-12-{n}", text=f"第{n}回")[0] for n in range(3)]
    office.clock.now = DUE
    office.misbehave("status", status=401, times=0)
    for _ in range(3):
        assert deliveries == [row["id"] for row in office.publish()[1]["blocked"]]
        office.clock.move(minutes=65)
    (alarm,) = mail.taken
    assert "[Action needed] 1 accounts stopped (見本)" == alarm.subject
    assert "jposocial accounts check" in alarm.text
    office.sandbox.behave()
    assert deliveries == office.publish()[1]["published"]
    at = office.clock.now + timedelta(minutes=5)
    office.promise("x", id="2026-12-later", text="その後", at=at)
    office.clock.now = at
    office.misbehave("status", status=401, times=0)
    office.publish()
    assert 2 == len(mail.taken)


def test_what_was_settled_before_it_could_be_mailed_is_not_said(
    office: Office, mail: PostOffice
) -> None:
    """The server was down; meanwhile somebody has cancelled it."""
    notifying(office, free_port())
    delivery = refused(office)
    assert 0 == office.cli("cancel", delivery).code
    notifying(office, mail.port)
    assert "0 mailed, 0 left\n" == office.cli("notify").out
    assert [] == mail.taken


@pytest.mark.parametrize(
    "behave",
    [
        post_office.silent,
        post_office.dripping,
        post_office.silent_after_data,
        post_office.hanging_up,
    ],
    ids=lambda behave: behave.__name__,
)
def test_a_bad_mail_server_is_in_nobodys_way(
    behave: object, office: Office, mail: PostOffice
) -> None:
    """What is due goes out, the run's exit code is its own, and the alarm comes with the next."""
    first, second = office.promise("x")[0], office.promise("facebook", id="2026-12-page")[0]
    office.clock.now = DUE
    office.misbehave("status", status=400, path="/2/tweets")
    with bad_server(behave) as port:  # type: ignore[arg-type]
        notifying(office, port)
        ran = office.cli("publish")
        assert 1 == ran.code
        assert "an alarm could not be mailed" in ran.err
    assert ("failed", "published") == (office.status(first), office.status(second))
    notifying(office, mail.port)
    assert 0 == office.cli("publish").code
    assert 1 == len(mail.taken)


def test_a_run_without_trouble_succeeds_though_mail_fails(office: Office) -> None:
    """Exit 0: that the evening's list could not be mailed fails no publishing."""
    notifying(office, free_port(), evening="00:00")
    office.promise("x")
    office.clock.now = DUE
    code, report = office.publish()
    assert (0, 1) == (code, len(report["published"]))


def test_the_record_keeps_what_was_mailed_without_addresses(
    office: Office, mail: PostOffice
) -> None:
    """Which cause, and when; the chain stays whole."""
    refused(office)
    assert "alarm.mailed" in office.events()
    assert office.json("audit", "verify")["ok"]
    (detail,) = sql(office, "SELECT detail FROM events WHERE event = 'alarm.mailed'")
    assert "@" not in str(detail)
    assert 1 == len(mail.taken)


def test_without_the_section_nobody_is_mailed(office: Office) -> None:
    """`notify` says that there is none: exit 2."""
    office.configure()
    refused(office)
    ran = office.cli("notify")
    assert (2, "") == (ran.code, ran.out)
    assert "[notify]" in ran.err


def test_a_test_mail_reaches_everybody(office: Office, mail: PostOffice) -> None:
    """So that it is known before it is needed; without a database too, and again when asked."""
    notifying(office, mail.port, to=[DESK, HEAD])
    for _ in range(2):
        assert {"mailed": 2, "left": 0} == office.json("notify", "--test")
    assert [DESK, HEAD] * 2 == [to for one in mail.taken for to in one.to]
    assert not (office.root / "var").exists()


def test_a_test_mail_that_fails_is_told(office: Office) -> None:
    """Exit 1, and why in one line."""
    notifying(office, free_port())
    ran = office.cli("notify", "--test")
    assert (1, "0 mailed, 1 left\n") == (ran.code, ran.out)
    assert "ConnectionRefusedError" in ran.err


def test_a_missing_password_is_named(office: Office, mail: PostOffice) -> None:
    """Where it should be, not what it is; the alarm waits."""
    notifying(office, mail.port, user="desk", secrets={"password": "file:var/smtp-password"})
    refused(office)
    ran = office.cli("notify")
    assert 1 == ran.code
    assert "file:var/smtp-password" in ran.err
    assert [] == mail.taken


def beaten(office: Office) -> None:
    """As if a beat had been completed now."""
    sql(office, "DELETE FROM meta WHERE name = 'beat'")
    sql(office, "INSERT INTO meta VALUES ('beat', ?)", instant_text(office.clock.now))


def test_a_beat_that_stopped_is_noticed_from_outside(office: Office, mail: PostOffice) -> None:
    """By a cron line that calls `notify`: nothing before its time, then once."""
    notifying(office, mail.port, stopped="15m")
    office.promise("x")
    beaten(office)
    office.clock.move(minutes=14)
    assert 0 == office.cli("notify").code
    assert [] == mail.taken
    for _ in range(3):
        office.clock.move(minutes=2)
        assert 0 == office.cli("notify").code
    (alarm,) = mail.taken
    assert "[Action needed] publishing stood still (見本)" == alarm.subject
    assert "2026-12-01 (Tue) 09:00" in alarm.text


def test_a_beat_that_had_stopped_is_noticed_by_the_next(office: Office, mail: PostOffice) -> None:
    """Where nobody watched: from when until when, though mail works only later."""
    notifying(office, mail.port, stopped="15m")
    office.promise("x")
    beaten(office)
    office.clock.move(hours=2)
    notifying(office, free_port(), stopped="15m")
    office.publish()
    beaten(office)
    notifying(office, mail.port, stopped="15m")
    for _ in range(2):
        assert 0 == office.cli("notify").code
    (alarm,) = mail.taken
    assert "from 2026-12-01 (Tue) 09:00 to 2026-12-01 (Tue) 11:00" in alarm.text


def test_what_was_said_from_outside_is_not_said_again_from_inside(
    office: Office, mail: PostOffice
) -> None:
    """It is one standstill, whoever notices it."""
    notifying(office, mail.port, stopped="15m")
    office.promise("x")
    beaten(office)
    office.clock.move(hours=2)
    office.cli("notify")
    office.publish()
    assert 1 == len(mail.taken)


def test_a_clock_set_back_is_no_proof_of_life(office: Office, mail: PostOffice) -> None:
    """A beat of the future was before the clock was set."""
    notifying(office, mail.port, stopped="15m")
    office.promise("x")
    office.clock.move(hours=1)
    beaten(office)
    office.clock.now = MORNING
    office.cli("notify")
    assert 1 == len(mail.taken)


def test_the_watch_can_be_switched_off(office: Office, mail: PostOffice) -> None:
    """For an office that publishes by hand."""
    notifying(office, mail.port, stopped="0")
    office.promise("x")
    beaten(office)
    office.clock.move(hours=20)
    office.cli("notify")
    assert [] == mail.taken


def test_a_doubled_post_is_an_alarm(office: Office, mail: PostOffice) -> None:
    """Both addresses are kept in the record; the mail names them."""
    refused(office)
    mail.taken.clear()
    sql(
        office,
        "INSERT INTO events SELECT seq + 1, at, 'delivery.doubled', 1, 'x', 'p', actor, ?, hash, hash"
        " FROM events ORDER BY seq DESC LIMIT 1",
        '{"receipts": [{"part": 0, "id": "7", "url": "https://example.org/7"}]}',
    )
    for _ in range(2):
        office.cli("notify")
    (alarm,) = mail.taken
    assert "[Action needed] 1 out twice (見本)" == alarm.subject
    assert "https://example.org/7" in alarm.text


def test_many_at_once_are_one_mail(office: Office, mail: PostOffice) -> None:
    """An outage over a day's posts; the list ends where the queue shows more."""
    for n in range(59):
        write_post(office.root, f"2026-12-{n:02}", publish="2026-12-01 10:00", accounts=["x"],
                   text={"x": f"お知らせ {n}です。"})  # fmt: skip
    office.promise("x", approve=False)
    office.clock.now = DUE + timedelta(days=3)
    assert 60 == len(office.publish()[1]["missed"])
    (alarm,) = mail.taken
    assert "[Action needed] 60 missed (見本)" == alarm.subject
    assert "… and 10 more: jposocial queue --status missed" in alarm.text


# The evening's list.


def evening(office: Office, mail: PostOffice) -> None:
    notifying(office, mail.port, evening="17:00")


def test_the_evenings_list_comes_once_a_day(office: Office, mail: PostOffice) -> None:
    """Not before its hour; after it at the first round; the next day's is the next."""
    evening(office, mail)
    tomorrow = MORNING + timedelta(days=1, hours=3)
    (approved,) = office.promise("x", at=tomorrow, text="最初の行です。\n次の行です。")
    (waiting,) = office.promise("facebook", id="2026-12-page", at=tomorrow, approve=False)
    office.promise("x", id="2026-12-after", at=tomorrow + timedelta(days=1))
    office.clock.now = MORNING + timedelta(hours=7, minutes=59)
    office.cli("notify")
    assert [] == mail.taken
    for _ in range(3):
        office.clock.move(minutes=1)
        office.cli("notify")
    (found,) = mail.taken
    assert "Tomorrow, 2026-12-02 (Wed): 2 posts (見本)" == found.subject
    assert f"12:00  x  announce  2026-12-hello ({approved}:" in found.text
    assert f"12:00  facebook  announce  2026-12-page ({waiting}:" in found.text
    assert "waits for approval" in found.text
    assert "最初の行です。" in found.text
    assert "次の行です。" not in found.text
    assert "2026-12-after" not in found.text
    office.clock.move(days=1)
    office.cli("notify")
    assert "Tomorrow, 2026-12-03 (Thu): 1 posts (見本)" == mail.taken[-1].subject


def test_an_empty_evening_is_told_too(office: Office, mail: PostOffice) -> None:
    """A list that does not come means a machine that does not run."""
    evening(office, mail)
    office.promise("x")
    office.cli("hold", "--account", "facebook", "--reason", "drill")
    office.clock.now = MORNING + timedelta(hours=10)
    office.cli("notify")
    (found,) = mail.taken
    assert "Tomorrow, 2026-12-02 (Wed): 0 posts (見本)" == found.subject
    assert "Nothing is due tomorrow." in found.text
    assert "account:facebook: drill" in found.text


def test_a_late_evening_is_made_up_for_until_midnight(office: Office, mail: PostOffice) -> None:
    """The machine was off at five; after midnight its day is over."""
    evening(office, mail)
    office.promise("x")
    office.clock.now = MORNING + timedelta(hours=14, minutes=59)
    office.cli("notify")
    assert 1 == len(mail.taken)
    office.clock.move(minutes=2)
    office.cli("notify")
    assert 1 == len(mail.taken)
