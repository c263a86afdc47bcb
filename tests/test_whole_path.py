"""One post, from its file to its readers; and what an edit, a rename or a deletion does on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.dispatch.office import DUE, Office, opened
from tests.workspace import write_post

SEMINAR = "2027-01-career-seminar-health"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def write_seminar(office: Office) -> Path:
    return write_post(
        office.root,
        SEMINAR,
        "国際保健の仕事と応募のしかたを、現役の職員が話します。",
        kind="seminar",
        title="オンライン国際機関就職セミナー 保健分野",
        starts="2027-01-21 19:00",
        ends="2027-01-21 20:30",
        format="online",
        apply_url="https://example.go.jp/seminar/2027-01",
        apply_deadline="2027-01-20 17:00",
        accounts=["x", "facebook"],
    )


def test_the_whole_path(office: Office) -> None:
    """files → check → plan → show → sync → queue → approve → publish → record → readers."""
    write_seminar(office)
    assert [p for p in office.json("check") if p["severity"] == "error"] == []

    planned = {(p["account"], p["moment"]): p for p in office.json("plan")["placements"]}
    assert {("x", "announce"), ("facebook", "announce"), ("x", "reminder")} <= planned.keys()
    assert "2027-01-07T12:00:00+09:00" == local(planned["x", "announce"]["due"])

    shown = {
        (v["account"], v["moment"]): [part["text"] for part in v["parts"]]
        for v in office.json("show", SEMINAR)
    }
    assert planned.keys() == shown.keys()
    assert "オンライン国際機関就職セミナー 保健分野" in shown["x", "announce"][0]

    synced = office.json("sync")
    assert len(planned) == len(synced["created"])
    assert ([], 0) == (synced["refused"], office.json("sync")["created"].__len__())

    rows = {(row["account"], row["moment"]): row for row in office.rows()}
    assert {k: (p["due"], p["expires"]) for k, p in planned.items()} == {
        k: (row["due"], row["expires"]) for k, row in rows.items()
    }
    assert all(row["blockers"] == ["approval"] for row in rows.values())

    office.approve(list(rows.values()))
    assert {"approver"} == {row["approved_by"] for row in office.rows()}

    for row in sorted(rows.values(), key=lambda row: row["due"]):
        office.clock.now = datetime.fromisoformat(row["due"])
        code, report = office.publish()
        assert (0, True) == (code, row["id"] in report["published"] or is_out(office, row))

    for (account, moment), row in rows.items():
        done = office.row(row["id"])
        (entry,) = [e for e in office.sandbox.entries(account) if e.id == done["receipt"]["id"]]
        assert ("published", row["payload_hash"]) == (done["status"], done["payload_hash"])
        assert shown[account, moment] == [entry.text]
        assert entry.id in done["receipt"]["url"]
    assert len(rows) == len(office.sandbox.entries())
    assert office.json("audit", "verify")["ok"]


def local(instant: str) -> str:
    from tests.dispatch.office import TOKYO

    return datetime.fromisoformat(instant).astimezone(TOKYO).isoformat()


def is_out(office: Office, row: dict[str, Any]) -> bool:
    """Another row of the same instant took it along."""
    return office.status(row["id"]) == "published"


def notice(office: Office) -> Path:
    return office.root / "posts" / "notices" / "2026-12-hello.md"


def test_an_edit_before_it_goes_out_needs_a_new_approval(office: Office) -> None:
    """What readers get is the text that was approved last, once."""
    (old,) = office.promise("x", text="古い本文です。")
    notice(office).write_text(
        notice(office).read_text(encoding="utf-8").replace("古い", "新しい"), encoding="utf-8"
    )
    synced = office.json("sync")
    ((pair,),) = (synced["replaced"],)
    assert old == pair["old"]
    office.clock.now = DUE
    assert [{"id": pair["new"], "blockers": ["approval"]}] == office.publish()[1]["blocked"]
    office.approve([office.row(pair["new"])])
    assert [pair["new"]] == office.publish()[1]["published"]
    assert ["新しい本文です。"] == office.texts("x")


def test_an_approval_of_what_it_was_before_the_edit_is_refused(office: Office) -> None:
    """The hash that was looked at is not the one that would go."""
    (old,) = office.promise("x", text="古い本文です。", approve=False)
    seen = office.row(old)["payload_hash"]
    notice(office).write_text(
        notice(office).read_text(encoding="utf-8").replace("古い", "新しい"), encoding="utf-8"
    )
    new = office.json("sync")["replaced"][0]["new"]
    for delivery in (old, new):
        assert 1 == office.cli("approve", f"{delivery}:{seen}").code
    office.clock.now = DUE
    assert [] == office.publish()[1]["published"]


def test_an_edit_after_it_went_out_changes_nothing_for_readers(office: Office) -> None:
    """What stands on the timeline stays; nothing is sent again."""
    (delivery,) = office.promise("x", text="古い本文です。")
    office.clock.now = DUE
    office.publish()
    notice(office).write_text(
        notice(office).read_text(encoding="utf-8").replace("古い", "新しい"), encoding="utf-8"
    )
    office.publish()
    assert ("published", ["古い本文です。"]) == (office.status(delivery), office.texts("x"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rename_is_nothing(when: str, office: Office) -> None:
    """A post is its id, wherever its file lies; its approval stays."""
    (delivery,) = office.promise("x", text="本文です。")
    office.clock.now = DUE
    if when == "after":
        office.publish()
    folder = office.root / "posts" / "notices" / "2026"
    folder.mkdir()
    notice(office).rename(folder / "another-name.md")
    synced = office.json("sync")
    assert ([], [], []) == (synced["created"], synced["replaced"], synced["cancelled"])
    office.publish()
    assert ("published", ["本文です。"]) == (office.status(delivery), office.texts("x"))


def test_a_deletion_before_it_goes_out_cancels_it(office: Office) -> None:
    """Nothing is sent; the row stays as a memory."""
    (delivery,) = office.promise("x")
    notice(office).unlink()
    office.clock.now = DUE
    code, report = office.publish()
    assert (0, [], []) == (code, report["published"], report["blocked"])
    assert ("cancelled", []) == (office.status(delivery), office.texts("x"))


def test_a_deletion_after_it_went_out_changes_nothing(office: Office) -> None:
    """Published stays published; the file that comes back is not sent again."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    office.publish()
    content = notice(office).read_text(encoding="utf-8")
    notice(office).unlink()
    office.publish()
    notice(office).write_text(content, encoding="utf-8")
    office.publish()
    assert ("published", 1) == (office.status(delivery), len(office.texts("x")))


def test_a_file_that_comes_back_is_a_new_promise(office: Office) -> None:
    """Deleted by accident and restored before its time: approved again, it goes once."""
    (old,) = office.promise("x")
    content = notice(office).read_text(encoding="utf-8")
    notice(office).unlink()
    office.cli("sync")
    notice(office).write_text(content, encoding="utf-8")
    office.cli("sync")
    (new,) = [row for row in office.rows() if row["status"] == "scheduled"]
    assert (True, ["approval"]) == (new["id"] != old, new["blockers"])
    office.approve([new])
    office.clock.now = DUE
    assert [new["id"]] == office.publish()[1]["published"]
    assert 1 == len(office.texts("x"))


BREAKS = {
    "no YAML": ("title:", "title: [\ntitle2:"),
    "an unknown key": ("title:", "titel:"),
    "no kind": ("kind: notice", "kind: notize"),
    "an end that is missing": ("\n---\n", "\n"),
}


@pytest.mark.parametrize(("good", "bad"), BREAKS.values(), ids=BREAKS)
def test_a_broken_file_waits_with_what_it_promised(good: str, bad: str, office: Office) -> None:
    """Nothing of it is changed or sent; mended, it goes with the approval that it had."""
    (delivery,) = office.promise("x", text="本文です。")
    content = notice(office).read_text(encoding="utf-8")
    notice(office).write_text(content.replace(good, bad, 1), encoding="utf-8")
    office.clock.now = DUE
    code, report = office.publish()
    assert (1, [{"id": delivery, "blockers": ["file"]}]) == (code, report["blocked"])
    assert [] == office.texts("x")
    notice(office).write_text(content, encoding="utf-8")
    code, report = office.publish()
    assert (0, [delivery], ["本文です。"]) == (code, report["published"], office.texts("x"))
