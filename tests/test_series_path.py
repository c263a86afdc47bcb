"""A series from its files to its readers, and a consent that is withdrawn on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import Office, opened
from tests.workspace import write_post, write_voice

#: A Monday, 09:00 in Tokyo.
MONDAY = datetime.fromisoformat("2027-01-11T09:00+09:00")
OFF = {"accounts": []}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    series = {"testimonial_fortnightly": OFF, "vacancy_digest": OFF, "vacancy_weekly": OFF}
    with opened(tmp_path, monkeypatch, series=series) as office:
        office.clock.now = MONDAY
        yield office


def voice(office: Office, id: str, person: str, *, consent: str = "") -> None:
    write_voice(office.root, id, person, consent=consent)


def at(office: Office, text: str) -> None:
    office.clock.now = datetime.fromisoformat(f"{text}+09:00")


def test_from_the_files_to_the_readers(office: Office) -> None:
    """Planned, composed at the cutoff, approved, withdrawn, composed anew, approved, published."""
    voice(office, "one", "見本 一郎")
    voice(office, "two", "例野 太郎")
    placements = office.json("plan")["placements"]
    assert [("testimonial_weekly", "2027-01-13", ["one"]), ("testimonial_weekly", "2027-01-20", ["two"])] == [
        (p["post"], p["occurrence"], p["used"]) for p in placements[:2]
    ]  # fmt: skip
    shown = office.json("show", "testimonial_weekly", "--account", "x")
    assert ["2027-01-13", "2027-01-20"] == [v["occurrence"] for v in shown[:2]]

    office.publish()
    assert [] == office.rows()
    at(office, "2027-01-12 12:00")
    office.publish()
    (row,) = office.rows()
    assert ("2027-01-13", ["one"], ["approval"]) == (
        row["occurrence"],
        row["used"],
        row["blockers"],
    )
    office.approve([row])

    voice(office, "one", "見本 一郎", consent=", withdrawn: 2027-01-12")
    at(office, "2027-01-13 12:00")
    _, said = office.publish()
    assert ([], []) == (said["published"], office.texts("x"))
    rows = {r["status"]: r for r in office.rows()}
    assert ({"cancelled", "scheduled"}, ["two"]) == (set(rows), rows["scheduled"]["used"])
    assert ["approval"] == rows["scheduled"]["blockers"]

    office.approve([rows["scheduled"]])
    _, said = office.publish()
    assert [rows["scheduled"]["id"]] == said["published"]
    (text,) = office.texts("x")
    assert "例野 太郎さん" in text
    assert "見本 一郎" not in text


def test_what_is_out_is_named_when_the_consent_is_withdrawn(office: Office) -> None:
    """E08 says where it is still to be seen: day, account, address. The next week is another's."""
    voice(office, "one", "見本 一郎")
    at(office, "2027-01-12 12:00")
    assert 0 == office.cli("sync").code
    office.approve(office.rows())
    at(office, "2027-01-13 12:00")
    _, said = office.publish()
    (published,) = said["published"]
    url = office.row(published)["receipt"]["url"]

    voice(office, "one", "見本 一郎", consent=", withdrawn: 2027-01-15")
    office.clock.now += timedelta(days=3)
    (problem,) = [p for p in office.json("check") if p["rule"] == "E08"]
    assert ("one", "error") == (problem["post"], problem["severity"])
    assert f"2027-01-13 on x: {url}" in problem["message"]


def test_a_week_off_for_whoever_was_on(office: Office) -> None:
    """The record says who was used when: nobody comes again within sixty days."""
    voice(office, "one", "見本 一郎")
    for week in range(3):
        office.clock.now = MONDAY + timedelta(weeks=week, days=1, hours=3)
        office.cli("sync")
        if waiting := [r for r in office.rows() if "approval" in r["blockers"]]:
            office.approve(waiting)
        office.clock.now += timedelta(days=1)
        office.publish()
    assert 1 == len(office.texts("x"))
    said = {(u["reason"], u["occurrence"]) for u in office.json("plan")["unplaced"] if "due" in u}
    assert ("empty", "2027-02-03") in said
    assert ("empty", "2027-03-17") not in said


def test_the_same_words_on_their_own(office: Office) -> None:
    """E07: what went out in a series does not go out again on its own a week later."""
    voice(office, "one", "見本 一郎")
    at(office, "2027-01-12 12:00")
    office.cli("sync")
    office.approve(office.rows())
    at(office, "2027-01-13 12:00")
    office.publish()
    template = (office.root / "templates/series/testimonial_weekly/announce.txt").read_text()
    (office.root / "templates/testimonial/announce.txt").write_text(template)
    write_voice(office.root, "one", "見本 一郎", publish="2027-01-20", accounts="[x]")
    found = {p["rule"]: p for p in office.json("check")}
    assert "testimonial_weekly" in found["E07"]["message"]


def test_digests_are_much_alike(office: Office) -> None:
    """Two lists in nearly the same words both go out: each names other vacancies."""
    office.configure(
        series={"testimonial_weekly": OFF, "vacancy_weekly": OFF}, links={"allow": ["go.jp"]}
    )
    for turn, day in enumerate(("2027-01-12", "2027-01-15")):
        write_post(
            office.root, f"v{turn}", kind="vacancy", title="UNDP", organisation="UNDP",
            post_title=f"プログラム担当官{turn}", accounts=["x"], deadline="2027-02-15 17:00",
            url=f"https://example.go.jp/{turn}", vacancy_no=f"N-{turn}",
        )  # fmt: skip
        at(office, f"{day} 09:00")
        office.cli("sync")
        office.approve([r for r in office.rows() if "approval" in r["blockers"]])
        at(office, f"{day} 12:00")
        office.publish()
    first, second = office.texts("x")
    assert "担当官0" in first
    assert "担当官1" in second
    assert "担当官0" not in second
