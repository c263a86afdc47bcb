"""Subscribers: the CSV read strictly, consent kept, and whoever left stays away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.newsletter.post_office import NOW, PostOffice, addressees
from tests.workspace import Ran, make_workspace, run_cli

from jposocial.app import open_workspace
from jposocial.newsletter import subscribers
from jposocial.newsletter.addresses import parse_address
from jposocial.newsletter.subscribers import Consent
from jposocial.newsletter.suppression import why_suppressed
from jposocial.store.engine import open_engine, reading, require_schema

NEWSLETTER = {
    "monthly": {
        "from": "news@example.go.jp", "list": "monthly", "purpose": "the newsletter",
        "publisher": "見本", "address": "見本市1-1", "contact": "office@example.go.jp",
    }
}  # fmt: skip
HEAD = "address,name,lang,consented_at,source,wording\n"
GOOD = "hanako@example.org,見本 花子,ja,2026-10-01,窓口,同意します\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(
        tmp_path, newsletter=NEWSLETTER, web={"base_url": "https://mail.example.go.jp"}
    )


def imported(root: Path, content: str | bytes, *more: str) -> Ran:
    path = root.parent / "list.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return run_cli(["subscribers", "import", str(path), "--list", "monthly", *more], root)


def report(root: Path, content: str | bytes, *more: str) -> dict:
    return json.loads(imported(root, content, "--json", *more).out)


def listed(root: Path) -> dict[str, str]:
    found = json.loads(run_cli(["subscribers", "list", "--json"], root).out)
    return {one["address"]: one["status"] for one in found}


def token_of(root: Path, address: str) -> str:
    with reading(open_workspace(root).engine) as connection:
        found = subscribers.find(connection, "monthly", parse_address(address).key)
    assert found
    return found.token


def test_an_import_is_a_dry_run_first(root: Path):
    """Without --apply nothing changes, and it says so; with it the good lines come in."""
    ran = imported(root, HEAD + GOOD)
    assert (0, {}) == (ran.code, listed(root))
    assert "nothing was changed" in ran.out
    assert 0 == imported(root, HEAD + GOOD, "--apply").code
    assert {"hanako@example.org": "active"} == listed(root)
    assert {"accepted": 0, "already": 1, "suppressed": 0, "rejected": []} == report(
        root, HEAD + GOOD
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings_of_the_office(root: Path, encoding: str):
    """UTF-8 and Shift_JIS come in without mojibake, Windows' own signs included."""
    line = GOOD.replace("見本 花子", "髙橋①㈱見本")
    imported(root, (HEAD + line).encode(encoding), "--apply")
    found = json.loads(run_cli(["subscribers", "list", "--json"], root).out)
    assert ["髙橋①㈱見本"] == [one["name"] for one in found]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a@example.org,broken\n", "2 values, 6 columns"),
        ('a@example.org,"open,ja,2026-10-01,窓口,ok\n', "cannot be read"),
        ("a@example.org b@example.org,,ja,2026-10-01,窓口,ok\n", "more than one"),
        (GOOD, "the same address as in line 2"),
        ("HANAKO@EXAMPLE.ORG,,ja,2026-10-01,窓口,ok\n", "the same address as in line 2"),
        ("a@example.org,,ja,,窓口,ok\n", "consented_at is empty"),
        ("a@example.org,,ja,2026-10-01,,ok\n", "source is empty"),
        ("a@example.org,,ja,2026-10-01,窓口,\n", "wording is empty"),
        ("a@example.org,,ja,2030-01-01,窓口,ok\n", "in the future"),
        ("a@example.org,,fr,2026-10-01,窓口,ok\n", "lang is 'fr'"),
        ("a@example.org,,ja,1st of May,窓口,ok\n", "consented_at is"),
        ('a@example.org,"x\x07",ja,2026-10-01,窓口,ok\n', "control character"),
    ],
)
def test_a_bad_line_is_rejected_with_its_reason(root: Path, line: str, said: str):
    """The others come in all the same; exit 1."""
    ran = imported(root, HEAD + GOOD + line, "--apply")
    assert 1 == ran.code
    assert "line 3: " in ran.out
    assert said in ran.out
    assert {"hanako@example.org": "active"} == listed(root)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("address;name\n", "not separated by commas"),
        ("adress,consented_at,source,wording\n", "did you mean 'address'"),
        ("address,source,wording\n", "consented_at are missing"),
        ("address,address,consented_at,source,wording\n", "there twice"),
        (HEAD.encode() + b"\xff\xfe\x80", "neither UTF-8 nor Shift_JIS"),
    ],
)
def test_a_file_that_is_none_is_refused(root: Path, content: str | bytes, said: str):
    """At once, before any line."""
    ran = imported(root, content)
    assert 1 == ran.code
    assert said in ran.err


def test_a_list_that_no_newsletter_has(root: Path):
    """Exit 2, and the lists that there are."""
    ran = run_cli(["subscribers", "import", "x.csv", "--list", "roster"], root)
    assert (2, True) == (ran.code, "known are: monthly" in ran.err)


def test_a_list_is_for_one_purpose_for_ever(root: Path):
    """E18: the configuration cannot make it another's."""
    imported(root, HEAD + GOOD, "--apply")
    toml = root / "jposocial.toml"
    toml.write_text(toml.read_text("utf-8").replace("the newsletter", "the roster"), "utf-8")
    ran = imported(root, HEAD + GOOD)
    assert (1, True) == (ran.code, "E18" in ran.err)


def test_no_import_brings_back_who_left(root: Path):
    """By the reader's own hand, the office's, or an erasure (listmonk 2008)."""
    imported(root, HEAD + GOOD, "--apply")
    assert 0 == run_cli(
        ["subscribers", "remove", "hanako@example.org", "--list", "monthly", "--reason", "電話で"], root
    ).code  # fmt: skip
    assert {"accepted": 0, "already": 0, "suppressed": 1, "rejected": []} == report(
        root, HEAD + GOOD, "--apply"
    )
    assert {"hanako@example.org": "left"} == listed(root)
    assert 0 == run_cli(["subscribers", "erase", "hanako@example.org", "--yes"], root).code
    assert {} == listed(root)
    assert 1 == report(root, HEAD + GOOD, "--apply")["suppressed"]


def test_double_opt_in(root: Path):
    """Asked is not subscribed; the link's token makes it so, and the evidence is kept."""
    ran = run_cli(
        ["subscribers", "add", "taro@example.org", "--list", "monthly", "--source", "web",
         "--wording", "同意します"], root,
    )  # fmt: skip
    assert ran.out.startswith("https://mail.example.go.jp/c/")
    assert {"taro@example.org": "pending"} == listed(root)
    assert 0 == run_cli(["subscribers", "confirm", ran.out.strip()], root).code
    assert {"taro@example.org": "active"} == listed(root)
    with reading(open_workspace(root).engine) as connection:
        found = subscribers.by_token(connection, ran.out.strip().rpartition("/")[2])
        assert found
        steps = [(c.step, c.wording) for c in subscribers.consents(connection, found.id)]
    assert [("asked", "同意します"), ("confirmed", "同意します")] == steps


def test_only_the_person_lifts_a_suppression(root: Path):
    """Who left may ask again; their own confirmation counts, and nothing else."""
    imported(root, HEAD + GOOD, "--apply")
    run_cli(
        ["subscribers", "remove", "hanako@example.org", "--list", "monthly", "--reason", "x"], root
    )
    ran = run_cli(
        ["subscribers", "add", "hanako@example.org", "--list", "monthly", "--source", "web",
         "--wording", "ok"], root,
    )  # fmt: skip
    assert {"hanako@example.org": "left"} == listed(root)
    run_cli(["subscribers", "confirm", ran.out.strip()], root)
    assert {"hanako@example.org": "active"} == listed(root)


def test_an_export_comes_back(root: Path, tmp_path: Path):
    """Readable by its owner alone; imported again, everybody is there already."""
    imported(
        root,
        HEAD + GOOD + 'b@example.org,"=1+1, 名",en,2026-10-02 10:00,web,"a ""b"""\n',
        "--apply",
    )
    out = tmp_path / "export.csv"
    assert (
        0 == run_cli(["subscribers", "export", "--list", "monthly", "--out", str(out)], root).code
    )
    assert 0o600 == out.stat().st_mode & 0o777
    assert "'=1+1" in out.read_text("utf-8-sig")
    assert {"accepted": 0, "already": 2, "suppressed": 0, "rejected": []} == report(
        root, out.read_bytes()
    )


def test_an_erasure_leaves_nothing_personal(root: Path):
    """Not in the table, not in the ledgers, not in the record: a mark alone."""
    imported(root, HEAD + GOOD, "--apply")
    run_cli(["subscribers", "erase", "hanako@example.org", "--yes"], root)
    with reading(open_workspace(root).engine) as connection:
        for table in ("subscribers", "consents", "ledger", "events", "suppressions"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  a literal
            assert "hanako" not in str(rows)
            assert "花子" not in str(rows)
        assert "erased" == why_suppressed(connection, "monthly", "hanako@example.org")


def test_an_erasure_blanks_the_ledger_and_keeps_its_sum(tmp_path: Path):
    """Who was to get it is suppressed; the row stays, without the address."""
    office = PostOffice(root=tmp_path, number=3)
    office.released()
    with office.engine.begin() as connection:
        subscribers.erase(connection, parse_address(addressees(1)[0].address), by="a", at=NOW)
    assert {"": "suppressed"} == {a: s for a, s in office.states().items() if not a}
    assert (1, 2) == (office.totals().suppressed, office.totals().pending)
    office.engine.dispose()


@pytest.mark.parametrize(
    ("bounces", "status"),
    [([True], "bounced"), ([False] * 4, "active"), ([False] * 5, "bounced")],
    ids=["dead", "away four times", "away five times"],
)
def test_bounces_end_a_subscription(root: Path, bounces: list[bool], status: str):
    """A dead address at once, one that is away after five times in a row."""
    imported(root, HEAD + GOOD, "--apply")
    token = token_of(root, "hanako@example.org")
    with open_workspace(root).engine.begin() as connection:
        for hard in bounces:
            subscribers.note_bounce(connection, token, hard=hard, by="a", at=NOW)
    assert {"hanako@example.org": status} == listed(root)


ADDRESS = parse_address("a@example.org")
STEPS = st.lists(st.sampled_from(["import", "leave", "confirm", "erase", "bounce"]), max_size=12)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(STEPS)
def test_nobody_is_mailed_against_their_will(tmp_path_factory, steps: list[str]):
    """Whatever the order: who left last by their own hand is in no audience."""
    engine = open_engine("sqlite:///x.db", tmp_path_factory.mktemp("list"))
    require_schema(engine)
    willing = None
    with engine.begin() as connection:
        subscribers.open_list(connection, "monthly", "news", NOW)
        for step in steps:
            found = subscribers.find(connection, "monthly", ADDRESS.key)
            gone = why_suppressed(connection, "monthly", ADDRESS.key)
            if step == "import" and not found and not gone:
                subscribers.enter(
                    connection, "monthly", ADDRESS,
                    Consent(step="declared", at=NOW, source="s", wording="w"),
                    person="", lang="ja", status="active", by="a", at=NOW,
                )  # fmt: skip
                willing = True
            elif step == "erase":
                subscribers.erase(connection, ADDRESS, by="a", at=NOW)
                willing = False
            elif found and step == "leave":
                subscribers.leave(connection, found.token, by="reader", at=NOW)
                willing = False
            elif found and step == "confirm":
                subscribers.confirm(connection, found.token, source="s", by="reader", at=NOW)
                willing = True
            elif found and step == "bounce":
                subscribers.note_bounce(connection, found.token, hard=True, by="a", at=NOW)
                willing = False
        audience = [one.key for one in subscribers.audience(connection, "monthly")]
    engine.dispose()
    assert ([ADDRESS.key] if willing else []) == audience
