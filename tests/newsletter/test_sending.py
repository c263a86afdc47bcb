"""Sending an issue: each reader once, every misfortune sorted, the sum always right."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from tests.newsletter.post_office import NOW, POST, PostOffice
from tests.newsletter.relay_server import RelayServer

from jposocial.errors import Refused
from jposocial.newsletter import issues, ledger
from jposocial.newsletter.relay import RelayDown
from jposocial.newsletter.throttle import Throttle
from jposocial.outbox import holds


@pytest.fixture
def office(tmp_path: Path):
    office = PostOffice(root=tmp_path)
    yield office
    office.engine.dispose()


def reader(number: int) -> str:
    return f"reader{number:06}@example.org"


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
def test_each_reader_gets_it_once(office: PostOffice, pipelining: bool):
    """Over several lines, each recipient one envelope, the content as it was written."""
    office.released()
    with RelayServer(pipelining=pipelining) as relay:
        sent = office.send(relay.port, connections=4)
    assert Counter(reader(n) for n in range(20)) == Counter(relay.taken)
    assert (20, 0) == (sent.totals.accepted, sent.totals.pending)
    assert all(b"\r\n..a line\r\n" in content for content in relay.contents)
    assert relay.most <= 4


@pytest.mark.parametrize(
    ("fault", "state", "came"),
    [
        pytest.param("rcpt:550 5.1.1 no such user", "refused", 0, id="unknown user"),
        pytest.param("rcpt:450 4.2.0 greylisted", "deferred", 0, id="greylisting"),
        pytest.param("rcpt:452 4.2.2 mailbox full", "deferred", 0, id="full"),
        pytest.param("data:451 later", "deferred", 0, id="no data now"),
        pytest.param("data:421 closing", "deferred", 0, id="closing"),
        pytest.param("end:554 5.7.1 spam", "refused", 1, id="refused after the mail"),
        pytest.param("end:451 4.3.0 later", "deferred", 1, id="put off after the mail"),
        pytest.param("end:999 what", "in_doubt", 1, id="an answer that is none"),
        pytest.param("end:drop", "in_doubt", 1, id="dropped after the mail"),
        pytest.param("end:hang", "in_doubt", 1, id="silent after the mail"),
        pytest.param("data:drop", "deferred", 0, id="dropped before the mail"),
        pytest.param("rcpt:drop", "deferred", 0, id="dropped at the recipient"),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
def test_misfortunes_are_sorted(
    office: PostOffice, fault: str, state: str, came: int, pipelining: bool
):
    """Surely not sent: put off or refused; after the mail without an answer: in doubt. The others go."""
    office.number = 6
    office.released()
    with RelayServer(pipelining=pipelining) as relay:
        relay.faults[reader(2)] = [fault]
        office.send(relay.port, connections=2, timeout=0.5)
    states = office.states()
    assert state == states.pop(reader(2))
    assert {"accepted"} == set(states.values())
    assert came == relay.came.count(reader(2))
    assert office.totals().holds


def test_who_is_in_doubt_is_not_mailed_again(office: PostOffice):
    """Neither by the next run nor by the tenth; a person's word ends it."""
    office.number = 3
    office.released()
    with RelayServer() as relay:
        relay.faults[reader(1)] = ["end:drop"]
        for _ in range(3):
            office.send(relay.port, connections=1)
            office.shift += timedelta(hours=1)
    assert 1 == relay.came.count(reader(1))
    assert 1 == office.totals().in_doubt
    with office.engine.begin() as connection:
        ledger.settle(connection, office.issue().id, reader(1), accepted=True, now=NOW, by="chief")
    assert 3 == office.totals().accepted


def test_who_is_absent_is_mailed_again(office: PostOffice):
    """A person has looked at the relay's log: the mail never came."""
    office.number = 2
    office.released()
    with RelayServer() as relay:
        relay.faults[reader(0)] = ["end:drop"]
        office.send(relay.port, connections=1)
        with office.engine.begin() as connection:
            ledger.settle(
                connection, office.issue().id, reader(0), accepted=False, now=NOW, by="chief"
            )
        office.send(relay.port, connections=1)
    assert [reader(0)] == [one for one in relay.taken if one == reader(0)]


def test_who_is_put_off_is_tried_again(office: PostOffice):
    """After a pause, not at once; in the end it is a refusal."""
    office.number = 2
    office.released()
    with RelayServer() as relay:
        relay.faults[reader(0)] = ["rcpt:450 later"] * 20
        office.send(relay.port, connections=1)
        office.send(relay.port, connections=1)
        assert 19 == len(relay.faults[reader(0)])
        for _ in range(8):
            office.shift += timedelta(days=1)
            office.send(relay.port, connections=1)
    assert {reader(0): "refused", reader(1): "accepted"} == office.states()
    assert 12 == len(relay.faults[reader(0)])


def test_who_left_since_the_freeze_gets_nothing(office: PostOffice):
    """An unsubscribe is honoured per envelope."""
    office.released()
    office.leave(5)
    with RelayServer() as relay:
        sent = office.send(relay.port)
    assert (1, 19) == (sent.totals.suppressed, sent.totals.accepted)
    assert reader(4) not in relay.came


def test_a_relay_that_refuses_us_pauses_the_issue(office: PostOffice):
    """Its refusal of the sender is nobody's own: they stay pending, and it stops at once."""
    office.released()
    with RelayServer(always="mail:550 5.7.515 not authenticated") as relay:
        sent = office.send(relay.port, connections=2)
    assert sent.stop
    assert sent.stop.pause
    assert (20, 0) == (sent.totals.pending, sent.totals.refused)


def test_many_refusals_in_a_row_pause_the_issue(office: PostOffice):
    """Nobody's list is wrong twenty times running."""
    office.number = 60
    office.released()
    with RelayServer(always="rcpt:550 5.7.1 blocked") as relay:
        sent = office.send(relay.port, connections=1)
    assert sent.stop
    assert sent.stop.pause
    assert 20 == sent.totals.refused


def test_a_relay_that_is_down_changes_nothing(office: PostOffice):
    """After a few tries it is said; nobody is marked as sent (django-newsletter 210)."""
    office.released()
    with RelayServer() as relay:
        port = relay.port
    sent = office.send(port, connections=1)
    assert sent.stop
    assert (True, 20) == (sent.stop.pause, sent.totals.pending)
    with pytest.raises(RelayDown):
        office.office(port).connect()


@pytest.mark.parametrize("how", ["pause", "hold"])
def test_it_stops_between_two_envelopes(office: PostOffice, how: str):
    """Paused or under a hold, no envelope begins any more; afterwards it goes on where it was."""
    office.number = 40
    office.released()
    taken_then = []
    with RelayServer(slow=0.02) as relay:
        stopper = threading.Timer(0.3, lambda: stop(office, how, relay, taken_then))
        stopper.start()
        sent = office.send(relay.port, connections=2)
        stopper.join()
        assert 0 < len(relay.taken) < 40
        assert len(relay.taken) <= taken_then[0] + 2
        assert sent.stop
        assert {"pause": "paused", "hold": "hold"}[how] == sent.stop.reason
        go_on(office, how)
        office.send(relay.port, connections=2)
    assert Counter(reader(n) for n in range(40)) == Counter(relay.taken)


def stop(office: PostOffice, how: str, relay: RelayServer, taken_then: list[int]) -> None:
    if how == "pause":
        issues.pause(office.engine, POST, "a mistake", by="chief", now=NOW)
    else:
        holds.set_hold(office.engine, "all", "", reason="quake", by="chief", now=NOW)
    taken_then.append(len(relay.taken))


def go_on(office: PostOffice, how: str) -> None:
    if how == "pause":
        issues.resume(office.engine, POST, by="chief", now=NOW)
    else:
        holds.release(office.engine, 1, by="other", now=NOW, self_approval=False)


def test_a_limit_per_domain_is_kept(office: PostOffice):
    """So many to one domain within the window, and then no more until it is over."""
    office.number = 6
    office.released()
    with RelayServer() as relay:
        office.send(relay.port, throttle=Throttle(per_domain=4, window=60.0))
        assert 4 == len(relay.taken)
    assert 2 == office.totals().pending


def test_limits_leave_other_domains_alone():
    """A domain at its limit does not keep the next one waiting."""
    throttle = Throttle(per_domain=1, window=10.0)
    throttle.note("a.example", 0.0)
    assert 1 == throttle.first_free(["a.example", "b.example"], 5.0)
    assert 10.0 == throttle.free_at("a.example", 5.0)
    assert 0 == throttle.first_free(["a.example", "b.example"], 10.0)


def test_a_dead_process_leaves_its_envelopes_in_doubt(office: PostOffice):
    """Named, one a line; the next run does not send them."""
    office.number = 4
    office.released()
    claimer = {"by_host": "h", "by_pid": 999_999, "by_process": "gone"}
    with office.engine.begin() as connection:
        from jposocial.newsletter.hot import HotStatements

        hot = HotStatements(office.engine)
        assert [True, True, False] == [hot.take(connection, n, NOW, claimer) for n in (1, 2, 2)]
        assert 2 == ledger.doubt_dead(connection, office.issue().id, "h", frozenset(), NOW)
    with RelayServer() as relay:
        office.send(relay.port)
    assert {reader(2), reader(3)} == set(relay.came)
    assert 2 == office.totals().in_doubt


def test_a_ledger_that_does_not_add_up_stops_everything(office: PostOffice):
    """A row that is gone, or one too many, is not a rounding error."""
    office.released()
    with office.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_no_delete")
        connection.exec_driver_sql("DELETE FROM ledger WHERE id = 1")
    with pytest.raises(Refused, match="does not add up"):
        office.totals()
