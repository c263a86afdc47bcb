"""config: the whole configuration, usable again, without a secret."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.test_settings import EVERY_KEY
from tests.workspace import make_workspace, run_cli, write_file

from jposocial.effective import duration, key_text, value_text
from jposocial.settings import load_settings, parse_settings
from jposocial.values import parse_duration

CANARY = "canary-that-nobody-may-see"

LEAST = """
[accounts.x]
platform = "x"
handle = "@example_center"
"""

FILES = {
    "every key": EVERY_KEY.replace("closes", "apply_deadline"),
    "the least": LEAST,
    "a series that is off": LEAST + "[series.vacancy_digest]\naccounts = []\n",
    "a series of its own": LEAST + '[series.jobs]\nkind = "vacancy"\nevery = "mon 10:00"\n',
    "a cadence of its own": LEAST
    + '[cadence.notice]\nx = [{moment="announce", at="publish", time="10:00", grace="90m"}]\n',
    "before instead of a time": LEAST
    + '[cadence.exam_notice]\nx = [{moment="last", at="closes", before="6h"}]\n',
    "days of its own": LEAST + '[calendar]\nholidays = [2027-01-04, "-2027-02-11"]\n'
    'blackout = [{from = "2027-02-01", to = 2027-02-03, reason = "監査 \\"外部\\""}]\n',
    "sections to come": LEAST + '[notify]\nto = ["a@example.org"]\n[notify.smtp]\nhost = "mail"\n',
}


def written(tmp_path: Path, text: str) -> Path:
    root = make_workspace(tmp_path)
    write_file(root, "jposocial.toml", text)
    return root


def shown(root: Path) -> str:
    ran = run_cli(["config"], root)
    assert 0 == ran.code, ran.err
    return ran.out


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_it_is_the_same_configuration(tmp_path: Path, text: str):
    """What it prints reads back as the same settings, and prints the same again."""
    root = written(tmp_path, text)
    found = shown(root)
    assert load_settings(root / "jposocial.toml") == parse_settings(found)
    write_file(root, "jposocial.toml", found)
    again = shown(root)
    assert tomllib.loads(found) == tomllib.loads(again)
    assert "# default" not in again


def test_what_is_a_default_is_said(tmp_path: Path):
    """Behind the value, in the reader's language; what the file says has no mark."""
    lines = shown(written(tmp_path, LEAST + "daily_cap = 9\n")).splitlines()
    assert "daily_cap = 9" in lines
    assert 'min_gap = "2h"  # 既定値' in lines
    assert 'timezone = "Asia/Tokyo"  # 既定値' in lines


def test_json(tmp_path: Path):
    """The tables as they are, and beside them where each value comes from."""
    root = written(tmp_path, LEAST)
    found = json.loads(run_cli(["config", "--json"], root).out)
    assert ("x", 4) == (found["accounts"]["x"]["platform"], found["accounts"]["x"]["daily_cap"])
    assert ("file", "default") == (
        found["sources"]["accounts.x.handle"], found["sources"]["accounts.x.daily_cap"],
    )  # fmt: skip
    assert tomllib.loads(shown(root)) == {k: v for k, v in found.items() if k != "sources"}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(f'[feeds.a]\npassword = "{CANARY}"\n', id="a password to come"),
        pytest.param(f'[feeds.a]\napi_key = "{CANARY}"\n', id="a key to come"),
        pytest.param(f'[feeds.a]\nsecrets = ["{CANARY}"]\n', id="in a list"),
        pytest.param(f'[feeds.a]\nurl = "https://me:{CANARY}@example.org/"\n', id="in an address"),
        pytest.param(
            f'[database]\nurl = "sqlite://me:{CANARY}@/var/jposocial.db"\n', id="of the database"
        ),
    ],
)
def test_no_secret_is_shown(tmp_path: Path, more: str):
    """Neither as TOML nor as JSON."""
    root = written(tmp_path, LEAST + more)
    for args in (["config"], ["config", "--json"]):
        ran = run_cli(args, root)
        assert (0, "") == (ran.code, ran.err)
        assert CANARY not in ran.out
        assert "…" in ran.out


def test_no_secret_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where they are is shown, what they are not; that a file is open to others is no matter."""
    monkeypatch.setenv("X_TOKEN", CANARY)
    text = LEAST + (
        "[accounts.x.secrets]\n"
        'access_token = "env:X_TOKEN"\nconsumer_key = "file:key"\nconsumer_secret = "cred:s"\n'
    )
    root = written(tmp_path, text)
    write_file(root, "key", CANARY).chmod(0o644)
    found = shown(root)
    assert CANARY not in found
    assert 'access_token = "env:X_TOKEN"' in found.splitlines()


def test_a_wrong_configuration_is_said(tmp_path: Path):
    """2, as everywhere."""
    ran = run_cli(["config"], written(tmp_path, LEAST + "colour = 1\n"))
    assert (2, "") == (ran.code, ran.out)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS
    | st.dates() | st.times() | st.datetimes(),
    lambda below: st.lists(below) | st.dictionaries(TEXTS, below),
)  # fmt: skip


@given(TEXTS, VALUES)
def test_every_value_reads_back(key: str, value: object):
    """Whatever TOML can hold."""
    assert {key: value} == tomllib.loads(f"{key_text(key)} = {value_text(value)}")


@given(st.integers(0, 10**7).map(lambda seconds: timedelta(seconds=seconds)))
def test_every_duration_reads_back(value: timedelta):
    """In the unit that is whole."""
    assert value == parse_duration(duration(value))
