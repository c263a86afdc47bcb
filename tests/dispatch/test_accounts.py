"""Who we are is asked before anything goes out; an account that is not well keeps its posts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, POST, WHOAMI, Office, opened
from tests.net.wire import closed_port

from jposocial.publishers.credentials import sandbox_secret

SECRETS = {
    "x": ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
    "facebook": ("page_token",),
}


def due(office: Office, *accounts: str, **post: str) -> list[int]:
    ids = office.promise(*accounts, **post)
    office.clock.now = max(office.clock.now, DUE)
    return ids


def test_both_platforms_are_served_in_one_run(office: Office) -> None:
    """Each post is on its own timeline, once, as it was approved."""
    ids = due(office, "x", "facebook")
    code, report = office.publish()
    assert (0, sorted(ids)) == (code, report["published"])
    for account in ("x", "facebook"):
        assert ["お知らせです。 https://example.go.jp/a?x=1&copy=2"] == office.texts(account)


def test_whoami_is_asked_once_a_day(account: str, office: Office) -> None:
    """On X every answer costs: the next post of the day does not ask again, tomorrow's does."""
    for day, asked in ((0, 1), (0, 1), (1, 2)):
        office.clock.now = DUE + timedelta(days=day, hours=1) if day else office.clock.now
        name = f"2026-12-post-{len(office.rows())}"
        (delivery,) = due(
            office, account, id=name, at=office.clock.now + timedelta(hours=1), text=name
        )
        office.clock.move(hours=1)
        _, report = office.publish()
        assert ([delivery], asked) == (report["published"], office.asked(WHOAMI[account]))


def test_where_nothing_is_due_nobody_is_asked(office: Office) -> None:
    """Nor where nothing may go."""
    office.promise("x")
    assert 0 == office.publish()[0]
    office.promise("facebook", id="2026-12-other", approve=False)
    office.clock.now = DUE - timedelta(seconds=1)
    assert 0 == office.publish()[0]
    assert {} == office.sandbox.requests()


def test_the_wrong_account_gets_nothing(account: str, office: Office) -> None:
    """The credentials are somebody else's: no visible request, and staff are told."""
    office.configure(accounts={account: {"handle": "@official"}})
    (delivery,) = due(office, account)
    ran = office.cli("publish", "--json")
    assert 1 == ran.code
    assert "@official" in ran.err
    assert 0 == office.asked(POST[account])
    assert ["account"] == office.row(delivery)["blockers"]


def test_the_wrong_account_is_not_asked_again_and_again(account: str, office: Office) -> None:
    """A `publish` every minute would pay X for the same answer; after an hour it may be mended."""
    office.configure(accounts={account: {"handle": "@official"}})
    due(office, account)
    for _ in range(5):
        assert 1 == office.publish()[0]
        office.clock.move(minutes=10)
    assert 1 == office.asked(WHOAMI[account])
    office.clock.move(minutes=10)
    office.publish()
    assert 2 == office.asked(WHOAMI[account])


def test_with_the_right_handle_it_goes(account: str, office: Office) -> None:
    """Another handle is another promise: it is approved again, and goes at once."""
    office.configure(accounts={account: {"handle": "@official"}})
    due(office, account)
    assert 1 == office.publish()[0]
    office.configure()
    office.cli("sync")
    (row,) = [row for row in office.rows() if row["status"] == "scheduled"]
    office.approve([row])
    code, report = office.publish()
    assert (0, [row["id"]]) == (code, report["published"])


def test_handles_are_compared_without_case_and_sign(office: Office) -> None:
    """@Example_Center is example_center."""
    office.configure(
        accounts={"x": {"handle": "Example_Center"}, "facebook": {"handle": "@EXAMPLE.center"}}
    )
    ids = due(office, "x", "facebook")
    assert sorted(ids) == office.publish()[1]["published"]


def test_refused_credentials_suspend_the_account(account: str, office: Office) -> None:
    """401 at whoami: nothing is sent, the post waits, and once mended it goes."""
    office.misbehave("status", status=401, path="*/me", method="GET", times=2)
    (delivery,) = due(office, account)
    for _ in range(2):
        code, report = office.publish()
        assert (1, [{"id": delivery, "blockers": ["account"]}]) == (code, report["blocked"])
    assert 0 == office.asked(POST[account])
    code, report = office.publish()
    assert (0, [delivery]) == (code, report["published"])
    assert 1 == office.events().count("account.suspended"), "one alarm, not one a run"


def test_credentials_refused_at_the_post_suspend_too(account: str, office: Office) -> None:
    """The row goes back to the queue, unharmed, and is sent once the account is well."""
    office.misbehave("status", status=401, method="POST")
    (delivery,) = due(office, account)
    code, report = office.publish()
    assert (1, [{"id": delivery, "blockers": ["account"]}]) == (code, report["blocked"])
    assert ("scheduled", 1) == (office.status(delivery), office.row(delivery)["attempts"])
    code, report = office.publish()
    assert (0, [delivery]) == (code, report["published"])
    assert 1 == len(office.texts(account))


def test_one_sick_account_does_not_hold_up_the_other(office: Office) -> None:
    """Facebook goes while X is suspended."""
    office.misbehave("status", status=401, account="x", times=0)
    x, facebook = due(office, "x", "facebook")
    code, report = office.publish()
    assert (1, [facebook], [x]) == (code, report["published"], [b["id"] for b in report["blocked"]])


def test_a_limit_on_x_is_waited_for_to_the_second(office: Office) -> None:
    """429 names its time: until then the whole account waits and nobody is asked anything."""
    until = DUE + timedelta(minutes=7)
    office.misbehave(
        "status", status=429, method="POST",
        headers={"x-rate-limit-reset": str(int(until.timestamp()))},
    )  # fmt: skip
    (first,) = due(office, "x")
    assert [first] == office.publish()[1]["deferred"]
    (second,) = due(office, "x", id="2026-12-second", at=DUE + timedelta(minutes=1), text="二つ目")
    before = office.sandbox.requests()
    for office.clock.now in (DUE + timedelta(minutes=2), until - timedelta(seconds=1)):
        blocked = {b["id"]: b["blockers"] for b in office.publish()[1]["blocked"]}
        assert {first: ["account"], second: ["account"]} == blocked
    assert before == office.sandbox.requests()
    office.clock.now = until
    code, report = office.publish()
    assert (0, [first, second]) == (code, report["published"])


def test_a_limit_that_is_past_by_our_clock_is_not_tried_again_at_once(office: Office) -> None:
    """The platform's clock is behind ours: one request a minute, not as many as fit into one run."""
    office.misbehave(
        "status", status=429, method="POST", times=0,
        headers={"x-rate-limit-reset": str(int((DUE - timedelta(minutes=7)).timestamp()))},
    )  # fmt: skip
    (delivery,) = due(office, "x")
    assert [delivery] == office.publish()[1]["deferred"]
    assert 1 == office.row(delivery)["attempts"]
    asked = office.sandbox.requests()
    office.clock.move(seconds=59)
    office.publish()
    assert asked == office.sandbox.requests()


def test_a_limit_without_a_time_is_waited_for_a_quarter_of_an_hour(
    account: str, office: Office
) -> None:
    """Graph does not say until when."""
    office.misbehave("status", status=429, method="POST")
    (delivery,) = due(office, account)
    assert [delivery] == office.publish()[1]["deferred"]
    office.clock.move(minutes=14)
    assert [] == office.publish()[1]["published"]
    office.clock.move(minutes=1)
    assert [delivery] == office.publish()[1]["published"]


def test_a_limit_at_whoami_is_waited_for_too(account: str, office: Office) -> None:
    """Asking again at once would only lengthen it."""
    office.misbehave("status", status=429, path="*/me", method="GET")
    (delivery,) = due(office, account)
    code, report = office.publish()
    assert (1, [{"id": delivery, "blockers": ["account"]}]) == (code, report["blocked"])
    office.clock.move(minutes=14)
    office.publish()
    assert 1 == office.asked(WHOAMI[account])
    office.clock.move(minutes=1)
    assert [delivery] == office.publish()[1]["published"]


def nowhere() -> str:
    return f"http://127.0.0.1:{closed_port()}"


def test_without_a_network_nothing_is_lost(account: str, office: Office) -> None:
    """Not even whoami gets through: the post is deferred, no harm is told, and it goes later."""
    url = office.sandbox.url
    office.configure(accounts={account: {"base_url": nowhere()}})
    (delivery,) = due(office, account)
    for _ in range(2):
        code, report = office.publish()
        assert (0, [delivery], []) == (code, report["deferred"], report["blocked"])
        assert ("scheduled", 0) == (office.status(delivery), office.row(delivery)["attempts"])
    office.configure(accounts={account: {"base_url": url}})
    assert [delivery] == office.publish()[1]["published"]
    assert 1 == len(office.texts(account))


def test_a_network_lost_before_the_post_defers_it(
    tmp_path: Path, account: str, office: Office
) -> None:
    """Nobody listened, so surely nothing was sent: it is tried again after a minute."""
    (known,) = due(office, account)
    assert [known] == office.publish()[1]["published"]
    (delivery,) = due(
        office,
        account,
        id="2026-12-second",
        text="二つ目",
        at=office.clock.now + timedelta(minutes=1),
    )
    office.clock.move(minutes=1)
    port = int(office.sandbox.url.rpartition(":")[2])
    office.sandbox.stop()
    code, report = office.publish()
    assert (0, [delivery], []) == (code, report["deferred"], report["unconfirmed"])
    assert 1 == office.row(delivery)["attempts"]
    office.sandbox._address = ("127.0.0.1", port)
    office.sandbox.start()
    assert [] == office.publish()[1]["published"], "not before its time"
    office.clock.move(minutes=1.25)
    assert [delivery] == office.publish()[1]["published"]
    assert ["二つ目"] == office.texts(account)[1:]


def test_each_failure_waits_longer_than_the_last(account: str, office: Office) -> None:
    """One, two, four minutes: a platform that is down is not hammered."""
    office.promise(account, id="2026-12-known", text="一つ目")
    office.clock.now = DUE
    office.publish()
    (delivery,) = due(office, account, at=DUE + timedelta(minutes=1))
    office.clock.move(minutes=1)
    office.sandbox.stop()
    for minutes in (1, 2, 4):
        assert [delivery] == office.publish()[1]["deferred"]
        office.clock.move(minutes=minutes, seconds=-1)
        assert [] == office.publish()[1]["deferred"]
        # Up to a quarter longer, so that what failed together does not come back together.
        office.clock.move(minutes=minutes / 4, seconds=1)
    assert 3 == office.row(delivery)["attempts"]


# Live accounts: real secrets, at a given address.


@pytest.fixture
def live(account: str, office: Office) -> dict[str, str]:
    """What the office's real secrets are, by name; the sandbox knows the token."""
    return {name: sandbox_secret(account, name) for name in SECRETS[account]}


def go_live(office: Office, account: str, places: dict[str, str], **more: str) -> list[int]:
    page = {"page_id": office.sandbox.accounts[1].remote_id} if account == "facebook" else {}
    office.configure(accounts={account: {"mode": "live", "secrets": places, **page, **more}})
    return due(office, account)


def test_secrets_from_the_environment(
    account: str, office: Office, live: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`env:NAME`."""
    for name, value in live.items():
        monkeypatch.setenv(f"OFFICE_{name}", value)
    ids = go_live(office, account, {name: f"env:OFFICE_{name}" for name in live})
    assert ids == office.publish()[1]["published"]
    assert 1 == len(office.texts(account))


def test_secrets_from_files(account: str, office: Office, live: dict[str, str]) -> None:
    """`file:PATH`, 0600 and ours; with any other mode nothing is sent, and staff are told."""
    for name, value in live.items():
        path = office.root / f"{name}.secret"
        path.write_text(value, encoding="utf-8")
        path.chmod(0o640)
    ids = go_live(office, account, {name: f"file:{name}.secret" for name in live})
    ran = office.cli("publish")
    assert 1 == ran.code
    assert "chmod 600" in ran.err
    assert {} == office.sandbox.requests()
    for name in live:
        (office.root / f"{name}.secret").chmod(0o600)
    assert ids == office.publish()[1]["published"]


def test_secrets_from_the_credentials_directory(
    account: str,
    office: Office,
    live: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`cred:NAME`."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    for name, value in live.items():
        (folder / f"office_{name}").write_text(value, encoding="utf-8")
    ids = go_live(office, account, {name: f"cred:office_{name}" for name in live})
    assert ids == office.publish()[1]["published"]


def test_missing_secrets_block_the_account(account: str, office: Office) -> None:
    """It is due and cannot go: somebody must mend it, so the run says so and ends with 1."""
    places = {name: f"env:NOT_SET_{name}" for name in SECRETS[account]}
    (delivery,) = go_live(office, account, places)
    ran = office.cli("publish", "--json")
    assert 1 == ran.code
    assert f'"id": {delivery}' in ran.out.partition('"blocked"')[2]
    assert "NOT_SET" in ran.err
    assert {} == office.sandbox.requests()


def test_no_secret_stays_anywhere(
    account: str, live: dict[str, str], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on a screen, not in the database, not in the record, whatever the platform echoes."""
    for name, value in live.items():
        monkeypatch.setenv(f"OFFICE_{name}", value)
    echo = " ".join(live.values())
    body = json.dumps({"error": {"message": echo}, "detail": echo})
    office.misbehave("status", status=400, method="POST", body=body)
    (delivery,) = go_live(office, account, {name: f"env:OFFICE_{name}" for name in live})
    ran = office.cli("publish")
    assert (1, "failed") == (ran.code, office.status(delivery))
    shown = ran.out + ran.err + office.cli("queue").out
    kept = b"".join(p.read_bytes() for p in (office.root / "var").rglob("*") if p.is_file())
    assert [] == [value for value in live.values() if value in shown or value.encode() in kept]


def test_an_embedded_sandbox_serves_accounts_without_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`publish` starts it, its timelines are in the workspace, and it ends with the run."""
    with opened(tmp_path / "embedded", monkeypatch) as office:
        office.configure(accounts={name: {"base_url": None} for name in SECRETS})
        ids = due(office, "x", "facebook")
        code, report = office.publish()
        assert (0, sorted(ids)) == (code, report["published"])
        assert {} == office.sandbox.requests()
        assert (office.root / "var" / "sandbox" / "timeline.jsonl").read_text(encoding="utf-8")
