"""`publish`: what it says, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, KEYS, MORNING, Office, opened

from jposocial.locks import exclusive

NOTHING: dict[str, list[int]] = {key: [] for key in (*KEYS, "blocked")}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def blocked(delivery: int, *blockers: str) -> dict[str, object]:
    return NOTHING | {"blocked": [{"id": delivery, "blockers": list(blockers)}]}


def test_with_nothing_due_it_says_so(office: Office) -> None:
    """Every key of the document is there, and the run is a good one."""
    office.promise("x")
    assert (0, NOTHING) == office.publish()
    assert {} == office.sandbox.requests()


def test_the_document_is_all_there_is_on_standard_output(office: Office) -> None:
    """What happens meanwhile is told on standard error."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    ran = office.cli("publish", "--json")
    assert NOTHING | {"published": [delivery]} == json.loads(ran.out)
    assert f"{delivery}: published\n" == ran.err


@pytest.mark.parametrize("language", ["en", "ja"])
def test_people_read_a_summary_in_their_language(language: str, office: Office) -> None:
    """One line of totals."""
    office.promise("x")
    office.clock.now = DUE
    ran = office.cli("--lang", language, "publish")
    assert 0 == ran.code
    assert 1 == len(ran.out.splitlines())
    assert ("published" in ran.out) == (language == "en")
    assert "1" in ran.out


def test_an_unapproved_post_waits_without_alarm(office: Office) -> None:
    """Approval is a person's affair: exit 0."""
    (delivery,) = office.promise("x", approve=False)
    office.clock.now = DUE
    assert (0, blocked(delivery, "approval")) == office.publish()
    assert {} == office.sandbox.requests()


def test_a_hold_stops_it_without_alarm(office: Office) -> None:
    """Nothing is asked and nothing is sent."""
    (delivery,) = office.promise("x")
    assert 0 == office.cli("hold", "--account", "x", "--reason", "drill").code
    office.clock.now = DUE
    assert (0, blocked(delivery, "hold")) == office.publish()
    assert {} == office.sandbox.requests()


def test_quiet_hours_are_waited_for(office: Office) -> None:
    """Due at night, it goes in the morning."""
    office.configure(calendar={"quiet_hours": "09:30-10:30"})
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    assert (0, blocked(delivery, "quiet")) == office.publish()
    office.clock.move(minutes=30)
    assert (0, NOTHING | {"published": [delivery]}) == office.publish()


def test_the_gap_is_kept_and_then_the_next_one_goes(office: Office) -> None:
    """After an outage posts do not burst."""
    office.configure(accounts={"x": {"min_gap": "2h"}})
    (first,) = office.promise("x", id="2026-12-first", text="一つ目")
    (second,) = office.promise("x", id="2026-12-second", text="二つ目", at=DUE + timedelta(hours=2))
    office.clock.now = DUE + timedelta(hours=3)
    report = NOTHING | {"published": [first]} | {"blocked": [{"id": second, "blockers": ["gap"]}]}
    assert (0, report) == office.publish()
    office.clock.move(hours=2)
    assert (0, NOTHING | {"published": [second]}) == office.publish()


def test_the_days_cap_is_kept_and_tomorrow_the_rest_goes(office: Office) -> None:
    """A day is the office's day."""
    office.configure(accounts={"x": {"daily_cap": 1}})
    (first,) = office.promise("x", id="2026-12-first", text="一つ目")
    (second,) = office.promise("x", id="2026-12-second", text="二つ目", at=DUE + timedelta(days=1))
    office.clock.now = DUE
    assert [first] == office.publish()[1]["published"]
    office.clock.move(days=1)
    assert [second] == office.publish()[1]["published"]
    office.configure(accounts={"x": {"daily_cap": 0}})
    (third,) = office.promise(
        "x", id="2026-12-third", text="三つ目", at=office.clock.now + timedelta(days=1)
    )
    office.clock.move(days=1)
    assert (0, blocked(third, "cap")) == office.publish()


def test_what_is_too_late_is_missed_and_never_sent(office: Office) -> None:
    """Exit 1: somebody must decide; `queue` says how."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE + timedelta(hours=24)
    assert (1, NOTHING | {"missed": [delivery]}) == office.publish()
    assert f"jposocial retry {delivery} --at" in office.cli("queue").out
    assert (0, NOTHING) == office.publish()
    assert {} == office.sandbox.requests()


def test_a_moment_before_it_is_too_late_it_goes(office: Office) -> None:
    """`expires` is the first instant at which it may not."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE + timedelta(hours=24) - timedelta(seconds=1)
    assert (0, NOTHING | {"published": [delivery]}) == office.publish()


def test_a_broken_file_keeps_its_post_and_no_other(office: Office) -> None:
    """Exit 1 and where to mend it; mended, it goes."""
    (broken,) = office.promise("x", id="2026-12-broken", text="一つ目")
    (whole,) = office.promise("facebook", id="2026-12-whole", text="二つ目")
    path = office.root / "posts" / "notices" / "2026-12-broken.md"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("kind: notice", "kind: notize"), encoding="utf-8")
    office.clock.now = DUE
    ran = office.cli("publish", "--json")
    assert (1, blocked(broken, "file") | {"published": [whole]}) == (ran.code, json.loads(ran.out))
    assert "2026-12-broken.md:" in ran.err
    path.write_text(good, encoding="utf-8")
    assert (0, NOTHING | {"published": [broken]}) == office.publish()


def test_a_vanished_folder_is_an_alarm_and_not_a_wish(office: Office) -> None:
    """A share that is not mounted cancels nothing; what is approved and due goes all the same."""
    (delivery,) = office.promise("x")
    (office.root / "posts").rename(office.root / "elsewhere")
    office.clock.now = DUE
    code, report = office.publish()
    assert (1, [delivery]) == (code, report["published"])
    (office.root / "elsewhere").rename(office.root / "posts")
    assert (0, NOTHING) == office.publish()


def test_dry_run_names_what_would_go_and_sends_nothing(office: Office) -> None:
    """Also while another process publishes."""
    x, _ = office.promise("x", "facebook")
    office.cli("hold", "--account", "facebook", "--reason", "drill")
    assert [] == json.loads(office.cli("publish", "--dry-run", "--json").out)
    office.clock.now = DUE
    with exclusive(office.root / "var" / "jposocial.lock", wait=False):
        ran = office.cli("publish", "--dry-run", "--json")
    assert (0, [x]) == (ran.code, json.loads(ran.out))
    assert {} == office.sandbox.requests()
    assert "scheduled" == office.status(x)


def test_while_another_process_publishes_it_ends_with_3(office: Office) -> None:
    """Nothing is sent, and the message names the holder."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    with exclusive(office.root / "var" / "jposocial.lock", wait=False):
        ran = office.cli("publish", "--json")
    assert (3, "") == (ran.code, ran.out)
    assert str(os.getpid()) in ran.err
    assert {} == office.sandbox.requests()
    assert (0, NOTHING | {"published": [delivery]}) == office.publish()


def test_the_other_commands_never_wait_for_a_publisher(office: Office) -> None:
    """`sync`, `approve` and `hold` work while something is published."""
    assert [] == office.rows()
    with exclusive(office.root / "var" / "jposocial.lock", wait=False):
        office.promise("x")
        assert 0 == office.cli("hold", "--all", "--reason", "drill").code


def test_what_is_edited_after_approval_is_not_sent(office: Office) -> None:
    """The beat takes the edit in first: the new text waits to be approved."""
    (delivery,) = office.promise("x")
    path = office.root / "posts" / "notices" / "2026-12-hello.md"
    text = path.read_text(encoding="utf-8").replace("お知らせです。", "改めたお知らせです。")
    path.write_text(text, encoding="utf-8")
    office.clock.now = DUE
    code, report = office.publish()
    (new,) = [row["id"] for row in office.rows() if row["status"] == "scheduled"]
    assert (0, blocked(new, "approval")) == (code, report)
    assert "cancelled" == office.status(delivery)
    assert {} == office.sandbox.requests()


def test_the_record_tells_every_step(office: Office) -> None:
    """From the claim to the receipt, and it verifies."""
    office.promise("x")
    office.clock.now = DUE
    office.publish()
    steps = ["delivery.claimed", "step.begun", "step.proved", "delivery.published"]
    assert steps == [event for event in office.events() if event in steps]
    assert office.json("audit", "verify")["ok"]


def test_a_workspace_without_posts_is_no_trouble(office: Office) -> None:
    """The first run of a new installation."""
    office.clock.now = MORNING
    assert (0, NOTHING) == office.publish()
