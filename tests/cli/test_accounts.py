"""accounts check: whose credentials, until when, what they may do; and whom it waits for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.dispatch.office import (
    DUE,
    MORNING,
    WHOAMI,
    Office,
    opened,
    sandbox_accounts,
)
from tests.workspace import make_workspace, run_cli

from jposocial.locks import exclusive
from jposocial.sandbox import Sandbox, Timeline

KEYS = ["account", "platform", "mode", "handle", "whoami", "ok", "expires", "scopes"]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def checked(office: Office) -> tuple[int, dict[str, dict[str, Any]]]:
    ran = office.cli("accounts", "check", "--json")
    return ran.code, {one["account"]: one for one in json.loads(ran.out)}


def test_accounts_in_good_order(office: Office):
    """0; the contract's keys in its order, each account really asked."""
    code, found = checked(office)
    assert (0, [KEYS, KEYS]) == (code, [list(one) for one in found.values()])
    assert found["x"] == {
        "account": "x", "platform": "x", "mode": "sandbox", "handle": "@example_center",
        "whoami": "example_center", "ok": True, "expires": None, "scopes": ["read", "write"],
    }  # fmt: skip
    assert [1, 1] == [office.asked(line) for line in WHOAMI.values()]


def test_accounts_for_people(office: Office):
    """A line each, in Japanese too."""
    lines = office.cli("--lang", "ja", "accounts", "check").out.splitlines()
    assert 3 == len(lines)
    assert lines[1].split()[:6] == [
        "x",
        "x",
        "sandbox",
        "@example_center",
        "example_center",
        "問題なし",
    ]


def test_somebody_elses_credentials(office: Office):
    """1, who they are on standard error; the other account is asked all the same."""
    office.configure(accounts={"x": {"handle": "@other"}})
    code, found = checked(office)
    assert (1, False, True) == (code, found["x"]["ok"], found["facebook"]["ok"])
    ran = office.cli("accounts", "check")
    assert "x: the credentials are those of @example_center, not of @other" in ran.err


def test_secrets_that_are_not_there(office: Office):
    """1; the place is named, and nobody is asked."""
    office.configure(accounts={"x": {"secrets": {"access_token": "env:NOT_THERE_AT_ALL"}}})
    code, found = checked(office)
    assert (1, None, False) == (code, found["x"]["whoami"], found["x"]["ok"])
    assert "env:NOT_THERE_AT_ALL" in office.cli("accounts", "check").err
    assert 0 == office.asked(WHOAMI["x"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"expires": MORNING - timedelta(days=1)}, "expired on", id="expired"),
        pytest.param({"scopes": ("pages_read_engagement",)}, "pages_manage_posts", id="may not"),
    ],
)
def test_a_token_that_is_of_no_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str
):
    """It answers, and yet nothing could be posted with it."""
    with opened(tmp_path, monkeypatch) as office:
        told = [replace(a, **change) if a.name == "facebook" else a for a in sandbox_accounts()]
        with Sandbox(told, Timeline(tmp_path / "other.jsonl"), office.clock) as other:
            office.configure(accounts={"facebook": {"base_url": other.url}})
            code, found = checked(office)
            assert (1, False, "example.center") == (
                code, found["facebook"]["ok"], found["facebook"]["whoami"],
            )  # fmt: skip
            assert words in office.cli("accounts", "check").err


def test_when_a_token_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An instant with its offset; until then all is well."""
    end = datetime(2027, 1, 1, tzinfo=UTC)
    with opened(tmp_path, monkeypatch) as office:
        told = [replace(a, expires=end) for a in sandbox_accounts()]
        with Sandbox(told, Timeline(tmp_path / "other.jsonl"), office.clock) as other:
            office.configure(accounts={"facebook": {"base_url": other.url}})
            code, found = checked(office)
    assert (0, end) == (code, datetime.fromisoformat(found["facebook"]["expires"]))


def test_what_a_platform_does_not_say_is_not_held_against_it(office: Office):
    """The token's description fails: said, null, and still ok."""
    office.misbehave("status", path="*/debug_token", status=400)
    ran = office.cli("accounts", "check", "--json")
    assert 0 == ran.code
    assert "facebook: the platform answered: 400" in ran.err


def test_every_call_has_an_end(office: Office):
    """Two platforms that hang cost one time-out, not two."""
    office.configure(accounts={name: {"timeout": "1s"} for name in WHOAMI})
    for account in WHOAMI:
        office.misbehave("hang", account=account, times=1)
    begun = time.monotonic()
    code, found = checked(office)
    assert time.monotonic() - begun < 10
    assert (1, [False, False]) == (code, [one["ok"] for one in found.values()])


def test_it_waits_for_nobody_who_publishes(office: Office):
    """While another process holds the lock it answers all the same."""
    office.cli("sync")
    with exclusive(office.root / "var" / "jposocial.lock", wait=False):
        assert 3 == office.cli("publish").code
        assert 0 == office.cli("accounts", "check").code


def test_an_account_that_was_mended_goes_on(office: Office):
    """The queue names this command for a stopped account, and it ends the wait."""
    (delivery,) = office.promise("x")
    office.configure(accounts={"x": {"handle": "@other"}})
    office.cli("sync")
    office.configure()
    office.cli("sync")
    office.misbehave("status", path="/2/users/me", status=401, times=1)
    office.clock.now = DUE
    (row,) = [r for r in office.rows() if r["status"] == "scheduled"]
    office.approve([row])
    office.publish()
    assert ["account"] == office.row(row["id"])["blockers"]
    assert "→ jposocial accounts check" in office.cli("queue").out
    assert 0 == office.cli("accounts", "check").code
    assert [] == office.row(row["id"])["blockers"]
    office.publish()
    assert ("published", delivery < row["id"]) == (office.status(row["id"]), True)


def test_an_account_that_may_post_again_goes_on_at_once(office: Office):
    """Its credentials were good all along, so only a person can say it; the hour's pause ends."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    office.misbehave("status", path="/2/tweets", reason="suspended", times=1)
    office.publish()
    assert ["account"] == office.row(delivery)["blockers"]
    assert "then: jposocial accounts check" in office.cli("queue").out
    assert 0 == office.cli("accounts", "check").code
    assert [] == office.row(delivery)["blockers"]
    office.publish()
    assert "published" == office.status(delivery)


def test_a_limit_of_the_platform_is_not_lifted_by_asking(office: Office):
    """It names its own end, and whoever asks meanwhile does not shorten it."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    office.misbehave("status", path="/2/tweets", status=429, times=1)
    office.publish()
    assert 0 == office.cli("accounts", "check").code
    assert ["account"] == office.row(delivery)["blockers"]


def test_asking_makes_no_database(tmp_path: Path):
    """Neither does it sync anything; the sandbox of the workspace is started for it."""
    root = make_workspace(tmp_path)
    ran = run_cli(["accounts", "check"], root)
    assert 0 == ran.code, ran.err
    assert not (root / "var" / "jposocial.db").exists()
