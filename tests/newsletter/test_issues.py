"""Freezing, approving, counting, releasing: the issue is a promise like any other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.newsletter.post_office import DUE, NOW, POST, PostOffice
from tests.workspace import make_workspace, run_cli

from jposocial.errors import Refused
from jposocial.model import Status
from jposocial.newsletter import issues
from jposocial.outbox import claims, rescue
from jposocial.outbox.blockers import blockers, circumstances
from jposocial.store import audit
from jposocial.store.engine import reading


@pytest.fixture
def office(tmp_path: Path):
    office = PostOffice(root=tmp_path)
    office.subscribe()
    yield office
    office.engine.dispose()


def blocked(office: PostOffice) -> list[str]:
    with reading(office.engine) as connection:
        row = issues.required(connection, POST).promise
        return blockers(connection, row, office.house, circumstances(connection, row.id), DUE)


def test_an_issue_waits_for_two_words(office: PostOffice):
    """The approval of another person than the author, and the typed count."""
    issue = office.freeze()
    assert ("frozen", ["approval"]) == (office.issue().status, blocked(office))
    with pytest.raises(Refused, match="another person"):
        office.approve(issue, by="writer")
    office.approve(issue)
    assert ("approved", ["approval"]) == (office.issue().status, blocked(office))
    issues.count(office.engine, POST, 20, go_at=DUE, by="chief", now=NOW)
    assert [] == blocked(office)


@pytest.mark.parametrize(
    ("number", "go_at", "said"),
    [
        (19, DUE, "20 recipients are frozen"),
        (20, DUE + timedelta(hours=6), "too late"),
    ],
)
def test_a_wrong_count_or_a_late_start_is_refused(office: PostOffice, number, go_at, said):
    """The count is typed to the last reader, and the issue is fresh when it goes."""
    office.approve(office.freeze())
    with pytest.raises(Refused, match=said):
        issues.count(office.engine, POST, number, go_at=go_at, by="chief", now=NOW)


def test_what_is_not_approved_is_not_counted(office: PostOffice):
    """First the approval."""
    office.freeze()
    with pytest.raises(Refused, match="not approved"):
        issues.count(office.engine, POST, 20, go_at=DUE, by="chief", now=NOW)


def test_a_second_freeze_replaces_the_first(office: PostOffice):
    """The approval was of the first, and is worth nothing for the second."""
    first = office.freeze()
    office.approve(first)
    second = office.freeze()
    assert ("frozen", True) == (office.issue().status, first.id != second.id)
    with reading(office.engine) as connection:
        before = issues.by_id(connection, first.id)
    assert ("cancelled", Status.CANCELLED) == (before.status, before.promise.status)


def test_what_is_out_is_not_frozen_again(tmp_path: Path):
    """A mistake is mended by a correction, to those who got it."""
    office = PostOffice(root=tmp_path)
    office.released()
    with pytest.raises(Refused, match="correction"):
        office.freeze()
    with pytest.raises(Refused, match="published"):
        rescue.cancel(office.engine, office.issue().promise.id, by="chief", now=NOW)
    office.engine.dispose()


def test_an_issue_past_its_time_is_missed(office: PostOffice):
    """Never late: it lapses like any delivery, and only a new freeze brings it back."""
    office.approve(office.freeze())
    late = DUE + timedelta(hours=6)
    assert [1] == claims.lapse_expired(office.engine, late, "cron")
    assert Status.MISSED is office.issue().promise.status
    with pytest.raises(Refused, match="newsletter freeze"):
        rescue.retry(office.engine, 1, office.house, at=late, by="chief", now=late)


def test_a_release_is_a_published_delivery(tmp_path: Path):
    """One transaction: the promise is published, its ledger open, the record chained."""
    office = PostOffice(root=tmp_path)
    issue = office.released()
    assert ("sending", Status.PUBLISHED) == (issue.status, issue.promise.status)
    assert [f"issue-{issue.id}"] == [r.id for r in issue.promise.receipts]
    with reading(office.engine) as connection:
        assert audit.verify(connection).ok
        events = connection.execute(text("SELECT event, detail FROM events")).all()
    assert {"issue.frozen", "delivery.approved", "issue.counted", "delivery.published"} <= {
        e.event for e in events
    }
    assert "reader0" not in str(events)
    office.engine.dispose()


def test_nobody_on_the_list_is_no_issue(office: PostOffice):
    """There is no one to send it to."""
    office.number = 0
    with pytest.raises(Refused, match="nobody is on the list"):
        office.freeze()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET message_id = 'x' WHERE id = 1",
        "UPDATE ledger SET state = 'accepted' WHERE id = 1",
        "DELETE FROM ledger WHERE id = 1",
        "UPDATE issues SET payload_hash = 'x'",
        "UPDATE issues SET frozen = 3",
        "UPDATE mails SET content = x'00'",
        "DELETE FROM issues",
    ],
)
def test_the_database_keeps_what_was_frozen(office: PostOffice, statement: str):
    """What was approved is what is sent: nothing of it changes, whoever writes."""
    office.freeze()
    with pytest.raises(IntegrityError), office.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_paused_issue_goes_on_or_ends(tmp_path: Path):
    """Pause and resume as often as one likes; cancelled is final."""
    office = PostOffice(root=tmp_path)
    office.released()
    assert "paused" == issues.pause(office.engine, POST, "why", by="a", now=NOW).status
    assert "sending" == issues.resume(office.engine, POST, by="a", now=NOW).status
    assert not issues.finish(office.engine, POST, by="a", now=NOW)
    assert "cancelled" == issues.cancel(office.engine, POST, "wrong", by="a", now=NOW).status
    with pytest.raises(Refused):
        issues.resume(office.engine, POST, by="a", now=NOW)
    office.engine.dispose()


def test_a_mail_cannot_be_taken_back(tmp_path: Path):
    """Said at once, with what mends it: before anything is asked or deleted."""
    root = make_workspace(tmp_path)
    office = PostOffice(root=root)
    office.released()
    ran = run_cli(["retract", "1", "--reason", "wrong"], root)
    assert (1, True) == (ran.code, f"corrects: {POST}" in ran.err)
    office.engine.dispose()
