"""The queue for people: groups, the command that ends each wait, filters, one screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.dispatch.office import DUE, Office, opened
from tests.workspace import write_voice

from jposocial.cli import output
from jposocial.cli.queue import BLOCKER_NAMES
from jposocial.model import BLOCKERS


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def seen(office: Office, *args: object) -> dict[str, list[str]]:
    """Title → its lines; what stands before any title and the totals are left out."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in office.cli("queue", *args).out.splitlines():
        title = re.fullmatch(r"(\w.*) \((\d+)\)", line)
        if title:
            lines = found[title[1]] = []
        else:
            lines.append(line)
    return found


def ids(lines: list[str]) -> list[int]:
    return [int(line.partition(":")[0]) for line in lines if re.match(r"\d+:[0-9a-f]{8} ", line)]


def test_every_delivery_stands_in_its_group(office: Office):
    """What wants somebody first, what is out last; each with what ends its wait."""
    (unapproved,) = office.promise(
        "x", id="a", text="一", at=DUE + timedelta(days=1), approve=False
    )
    (held,) = office.promise("x", id="b", text="二", at=DUE + timedelta(days=2))
    (ready,) = office.promise("x", id="c", text="三", at=DUE + timedelta(days=3))
    (out,) = office.promise("x", id="d", text="四")
    (lost,) = office.promise("facebook", id="e", text="五")
    (late,) = office.promise("facebook", id="f", text="六", approve=False)
    office.cli("hold", "--post", "b", "--reason", "r")
    office.misbehave("reset_after", path="*/feed")
    office.clock.now = DUE
    office.publish()
    found = seen(office)
    assert {
        "Wants somebody": [lost], "Due, and waits for a person": [late], "On hold": [held],
        "Waits for approval": [unapproved], "Goes next": [ready], "Out, the last ones": [out],
    } == {title: ids(lines) for title, lines in found.items()}  # fmt: skip
    digest = office.row(unapproved)["payload_hash"][:8]
    for title, command in (
        ("Wants somebody", f"jposocial resolve {lost} --published URL, or --absent"),
        ("On hold", "→ jposocial release 1"),
        ("Waits for approval", f"→ jposocial approve {unapproved}:{digest}"),
        ("Out, the last ones", office.row(out)["receipt"]["url"]),
    ):
        assert command in found[title][0]
    assert found["Goes next"][0].rstrip().endswith("scheduled")


def test_totals(office: Office):
    """What is not listed is counted."""
    office.promise("x", id="a", text="一")
    (gone,) = office.promise("x", id="b", text="二")
    office.cli("cancel", gone)
    assert office.cli("queue").out.endswith(
        "1 scheduled, 0 published, 1 cancelled; one status only: jposocial queue --status published\n"
    )


def test_of_what_is_out_the_last_ones(office: Office):
    """Newest first; the rest is there with `--status published`."""
    made = [
        office.promise("x", id=f"p-{n}", text=f"その{'あ' * n}", at=DUE + timedelta(minutes=n))[0]
        for n in range(7)
    ]
    for n in range(7):
        office.clock.now = DUE + timedelta(minutes=n)
        office.publish()
    assert made[:1:-1] == ids(seen(office)["Out, the last ones"])
    assert made == ids(office.cli("queue", "--status", "published").out.splitlines())


@pytest.mark.parametrize("name", BLOCKERS)
def test_every_blocker_has_a_name(name: str):
    """Nobody reads a word of the program's own."""
    assert name in BLOCKER_NAMES


FILTERS: dict[str, tuple[list[Any], set[str]]] = {
    "account": (["--account", "facebook"], {"b"}),
    "post": (["--post", "c"], {"c"}),
    "days": (["--days", 2], {"a", "b"}),
    "due": (["--due"], {"a"}),
    "both": (["--account", "x", "--days", 9], {"a", "c"}),
    "a status and an account": (["--status", "scheduled", "--account", "x"], {"a", "c"}),
    "nothing like it": (["--post", "z"], set()),
}


@pytest.mark.parametrize(("args", "posts"), FILTERS.values(), ids=FILTERS)
def test_filters(office: Office, args: list[Any], posts: set[str]):
    """The same rows for people and for scripts."""
    office.promise("x", id="a", text="一")
    office.promise("facebook", id="b", text="二", at=DUE + timedelta(days=1))
    office.promise("x", id="c", text="三", at=DUE + timedelta(days=5))
    office.clock.now = DUE
    rows = office.json("queue", *args)
    assert posts == {row["post"] for row in rows}
    shown = ids(office.cli("queue", *args).out.splitlines())
    assert {row["id"] for row in rows} == set(shown)


def test_wrong_days(office: Office):
    """2."""
    assert 2 == office.cli("queue", "--days", "-1").code


@pytest.fixture
def many(office: Office) -> Office:
    """Thirty that wait for approval, on two accounts."""
    for n in range(30):
        account = ("x", "facebook")[n % 2]
        office.promise(
            account, id=f"a-post-{n}", text=f"その{'あ' * n}", at=DUE + timedelta(days=n), approve=False
        )  # fmt: skip
    return office


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
def test_a_terminal_is_never_too_narrow(
    many: Office, monkeypatch: pytest.MonkeyPatch, columns: int, language: str
):
    """No line is broken by the terminal, and every command can be copied whole."""
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    lines = many.cli("--lang", language, "queue", "--all").out.splitlines()
    rows = lines[1:-1]
    assert 30 == len(ids(rows))
    assert 30 == sum(bool(re.search(r"→ jposocial approve \d+:[0-9a-f]{8}$", row)) for row in rows)
    assert max(map(output.width, rows)) <= columns


@pytest.mark.parametrize("height", [24, 40, 60])
def test_one_screen(many: Office, monkeypatch: pytest.MonkeyPatch, height: int):
    """What does not fit is counted; with `--all`, or into a file, everything is there."""
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", str(height))
    lines = many.cli("queue").out.splitlines()
    assert len(lines) <= height
    shown = len(ids(lines))
    assert f"  … and {30 - shown} more: jposocial queue --all" in lines
    assert 30 == len(ids(many.cli("queue", "--all").out.splitlines()))
    monkeypatch.setattr(output, "is_terminal", lambda: False)
    assert 30 == len(ids(many.cli("queue").out.splitlines()))


def test_what_wants_somebody_is_never_left_out(office: Office, monkeypatch: pytest.MonkeyPatch):
    """However small the screen is."""
    for n in range(12):
        office.promise("x", id=f"p-{n}", text=f"その{'あ' * n}")
    office.clock.now = DUE + timedelta(days=3)
    office.publish()
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("LINES", "10")
    assert 12 == len(ids(seen(office)["Wants somebody"]))


def test_a_file_with_an_error_names_its_check(office: Office):
    """The command has the file in it."""
    office.promise("x", id="a", text="一")
    path = office.root / "posts/notices/a.md"
    path.write_text(path.read_text("utf-8").replace("title:", "titel:"), "utf-8")
    office.cli("sync")
    (line,) = seen(office)["Wants somebody"][:1]
    assert line.endswith("→ jposocial check posts/notices/a.md")


def test_of_a_series_what_it_picked_is_found(office: Office):
    """`--post` with the post's id finds the occurrence that shows it."""
    office.clock.move(hours=4)
    for name, person in (("voice-a", "見本 花子"), ("voice-b", "例野 太郎")):
        write_voice(office.root, name, person)
    office.cli("sync")
    rows = office.json("queue")
    assert rows, "an occurrence is composed"
    used = rows[0]["used"][0]
    assert [rows[0]["id"]] == [row["id"] for row in office.json("queue", "--post", used)]
    assert rows[0]["id"] in {r["id"] for r in office.json("queue", "--post", rows[0]["post"])}
