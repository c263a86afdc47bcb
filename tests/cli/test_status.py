"""`status`: whether the office works, and what it costs to ask."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.dispatch.office import DUE, MORNING, Office, opened
from tests.workspace import make_workspace, run_cli, tree_digest

STATUSES = ("scheduled", "publishing", "published", "failed", "unconfirmed", "missed", "cancelled")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def status(office: Office) -> dict[str, Any]:
    """The document; to ask always ends well."""
    ran = office.cli("status", "--json")
    assert (0, "") == (ran.code, ran.err)
    found: dict[str, Any] = json.loads(ran.out)
    return found


def counts(**of: int) -> dict[str, int]:
    return dict.fromkeys(STATUSES, 0) | of


def test_before_anything_there_is_nothing(tmp_path: Path) -> None:
    """No beat, nothing overdue; to look makes no database, nor anything else."""
    root = make_workspace(tmp_path)
    before = tree_digest(root)
    code, out, _ = run_cli(["status", "--json"], root)
    nothing = {"beat_age_seconds": None, "oldest_overdue_seconds": None, "holds": []}
    assert (0, nothing | {"counts": counts()}) == (code, json.loads(out))
    assert before == tree_digest(root)


def test_every_publish_leaves_its_beat(office: Office) -> None:
    """The age is that of the last beat, whether it found anything or not."""
    office.promise("x")
    assert status(office)["beat_age_seconds"] is None
    office.publish()
    office.clock.move(seconds=90)
    assert 90 == status(office)["beat_age_seconds"]
    office.publish()
    assert 0 == status(office)["beat_age_seconds"]


def test_a_beat_that_does_not_end_is_none(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What raises on the way leaves the age of the one before."""
    from jposocial.dispatch import beat

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    office.promise("x")
    office.publish()
    office.clock.move(minutes=5)
    with monkeypatch.context() as patched:
        patched.setattr(beat.claims, "due", broken)
        assert 1 == office.cli("publish").code
    assert 300 == status(office)["beat_age_seconds"]


def test_a_clock_set_back_makes_no_negative_age(office: Office) -> None:
    """A beat of the future was just now."""
    office.publish()
    office.clock.move(hours=-1)
    assert 0 == status(office)["beat_age_seconds"]


def test_the_oldest_overdue_counts_whatever_it_waits_for(office: Office) -> None:
    """Unapproved too: it is somebody's to see."""
    office.promise("x", id="2026-12-first", approve=False)
    office.promise("x", id="2026-12-second", text="二つ目", at=DUE + timedelta(hours=1))
    office.clock.now = DUE - timedelta(seconds=1)
    assert status(office)["oldest_overdue_seconds"] is None
    office.clock.now = DUE + timedelta(hours=2)
    assert 7200 == status(office)["oldest_overdue_seconds"]
    ran = office.cli("status")
    assert "overdue: for 2 hours, 1 2026-12-first" in ran.out
    assert "waits for approval" in ran.out


def test_it_counts_every_state(office: Office) -> None:
    """Each delivery under its own."""
    office.promise("x", "facebook", at=MORNING + timedelta(hours=1))
    (later,) = office.promise("x", id="2026-12-later", text="後で", at=DUE + timedelta(hours=5))
    office.cli("cancel", later)
    assert counts(scheduled=2, cancelled=1) == status(office)["counts"]
    office.clock.now = DUE
    office.publish()
    assert counts(published=2, cancelled=1) == status(office)["counts"]


def test_it_names_the_holds(office: Office) -> None:
    """As `hold --list` does."""
    office.cli("hold", "--account", "x", "--reason", "drill")
    office.cli("hold", "--category", "routine", "--reason", "quake")
    assert office.json("hold", "--list") == status(office)["holds"]
    assert ["account:x", "category:routine"] == [h["scope"] for h in status(office)["holds"]]


def test_it_names_the_holds_of_flags(tmp_path: Path) -> None:
    """They hold though there is no database yet."""
    root = make_workspace(tmp_path)
    (root / "var" / "holds").mkdir(parents=True)
    (root / "var" / "holds" / "stop").touch()
    _, out, _ = run_cli(["status", "--json"], root)
    assert [(None, "all")] == [(h["id"], h["scope"]) for h in json.loads(out)["holds"]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["last beat: completed 0 seconds ago", "overdue: nothing", "missed 1", "holds: 1"]),
        ("ja", ["最後の巡回: 0秒前", "遅れている投稿: ありません", "期限切れ 1", "停止: 1件"]),
    ],
)
def test_people_read_one_screen(language: str, words: list[str], office: Office) -> None:
    """In their language, and what is theirs to settle is named."""
    office.promise("x")
    office.clock.now = DUE + timedelta(days=2)
    office.publish()
    office.cli("hold", "--all", "--reason", "drill")
    ran = office.cli("--lang", language, "status")
    assert (0, "") == (ran.code, ran.err)
    assert [] == [word for word in words if word not in ran.out]
    assert "jposocial queue --status missed" in ran.out
    assert len(ran.out.splitlines()) < 24


def test_it_loads_no_migrations(office: Office) -> None:
    """Monitoring asks every minute: Alembic, templates and platforms stay where they are."""
    office.promise("x")
    code = (
        "import sys\n"
        "from jposocial.cli.root import run\n"
        "code = run(['status', '--json'])\n"
        "heavy = {'alembic', 'jinja2', 'requests', 'tweepy', 'apscheduler', 'PIL'}\n"
        "print(sorted(heavy & sys.modules.keys()), code, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=office.root, capture_output=True, text=True, check=True
    )
    assert "[] 0\n" == done.stderr
    assert counts(scheduled=1) == json.loads(done.stdout)["counts"]
