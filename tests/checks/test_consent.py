"""E08: a person's words go out on the days and the accounts that the person has agreed to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.checks.office import BOOK, at, on, post, problems
from tests.workspace import NOW, checked, make_workspace, run_cli, write_post

from jposocial.checks.consent import consent, consent_then
from jposocial.checks.reading import Reading
from jposocial.model import Part, Variant

GIVEN: dict[str, Any] = {
    "id": "C-1",
    "scope": ("x", "facebook", "mail"),
    "from": date(2026, 12, 1),
    "until": date(2027, 3, 31),
    "withdrawn": None,
}


def story(publish: str | None = "2027-01-13", **fields: Any) -> Any:
    """A testimonial with a consent that covers it."""
    fields = {"consent": GIVEN} | fields
    return post(
        "testimonial",
        publish=on(publish) if publish else None,
        person={"name": "見本 花子"},
        **fields,
    )


BAD = [
    ("missing", {"consent": None}, "the consent of the person is missing"),
    ("empty", {"consent": {}}, "the consent of the person is missing"),
    ("too early", {"publish": "2026-11-30"}, "the consent begins on 2026-12-01; the post is for 2026-11-30"),
    ("too late", {"publish": "2027-04-01"}, "the consent ended on 2027-03-31; the post is for 2027-04-01"),
    ("withdrawn", {"consent": GIVEN | {"withdrawn": date(2027, 1, 1)}}, "the consent was withdrawn on 2027-01-01; the post is for 2027-01-13"),
    ("withdrawn that day", {"consent": GIVEN | {"withdrawn": date(2027, 1, 13)}}, "the consent was withdrawn on 2027-01-13; the post is for 2027-01-13"),
    ("no scope", {"consent": GIVEN | {"scope": None}}, "the consent names no accounts"),
    ("no mail", {"accounts": ("x", "mail"), "consent": GIVEN | {"scope": ("x", "facebook")}}, "the consent does not cover mail, only x, facebook"),
    ("no facebook", {"accounts": ("x", "facebook"), "consent": GIVEN | {"scope": ("x",)}}, "the consent does not cover facebook, only x"),
    ("without a day", {"publish": None, "consent": GIVEN | {"from": date(2026, 1, 1), "until": date(2026, 11, 30)}}, "the consent ended on 2026-11-30; the post is for 2026-12-01"),
]  # fmt: skip

GOOD = [
    ("in the midst", {}),
    ("first day", {"publish": "2026-12-01"}),
    ("last day", {"publish": "2027-03-31"}),
    ("withdrawn later", {"consent": GIVEN | {"withdrawn": date(2027, 1, 14)}}),
    ("no dates", {"consent": {"id": "C-1", "scope": ("x",)}}),
    ("a part of the accounts", {"accounts": ("x",), "consent": GIVEN | {"scope": ("x",)}}),
    (
        "without a day, begins later",
        {"publish": None, "consent": GIVEN | {"from": date(2027, 1, 1)}},
    ),
    ("mail in the scope", {"accounts": ("x", "facebook", "mail")}),
]


@pytest.mark.parametrize(("fields", "message"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
def test_not_covered(fields: dict[str, Any], message: str) -> None:
    """What the consent does not cover is an error, with the days and the accounts."""
    seen = problems(story(**fields), consent)
    assert [("E08", "error", message)] == [(p.rule, p.severity, p.message) for p in seen]
    assert seen[0].fix


@pytest.mark.parametrize("fields", [case[1] for case in GOOD], ids=[case[0] for case in GOOD])
def test_covered(fields: dict[str, Any]) -> None:
    """Both ends count, and what was withdrawn later had been right."""
    assert [] == problems(story(**fields), consent)


def test_other_kinds() -> None:
    """Only testimonials stand or fall with a consent."""
    assert [] == problems(post("seminar"), consent)


def variant(account: str) -> Variant:
    """A rendered testimonial."""
    return Variant(
        post="case",
        kind="testimonial",
        moment="announce",
        account=account,
        platform=account,
        parts=(Part(text="本文"),),
    )


@pytest.mark.parametrize(
    ("account", "due", "scope", "expected"),
    [
        ("x", "2027-03-31 23:59", ("x",), 0),
        ("x", "2027-04-01 00:00", ("x",), 1),
        ("x", "2026-11-30 12:00", ("x",), 1),
        ("facebook", "2027-01-14 12:00", ("x",), 1),
        ("x", "2027-01-14 12:00", ("x", "facebook"), 0),
        ("facebook", "2027-05-01 12:00", ("x",), 2),
        ("x", "2027-01-13 12:00", ("x",), 0),
    ],
)
def test_variant(account: str, due: str, scope: tuple[str, ...], expected: int) -> None:
    """A variant is held against its own local day and its own account."""
    of = story(consent=GIVEN | {"scope": scope})
    reading = Reading(book=BOOK, post=of, due=at(due))
    assert expected == len([*consent_then(reading, variant(account))])


def write(root: Path, **fields: Any) -> None:
    """A testimonial's file."""
    fields = {
        "title": "見本の声",
        "publish": "2027-01-13",
        "person": {"name": "見本 花子", "org": "UNICEF"},
        "quote": "見本です。",
        "consent": {
            "id": "C-1",
            "scope": ["x", "facebook"],
            "from": "2026-12-01",
            "until": "2027-12-31",
        },
    } | fields
    write_post(root, "t", "本文です。", kind="testimonial", **fields)


def test_lines(tmp_path: Path) -> None:
    """The line is that of the consent, or of the person where there is none."""
    root = make_workspace(tmp_path)
    write(root)
    assert [] == checked(root)
    write(root, consent=None)
    assert [("E08", 6)] == [(p["rule"], p["line"]) for p in checked(root)]
    write(root, consent={"id": "C-1", "scope": ["x", "facebook"], "until": "2026-12-31"})
    assert [("E08", 8)] == [(p["rule"], p["line"]) for p in checked(root)]


def test_account_of_the_kind(tmp_path: Path) -> None:
    """Where the file names no accounts, those of the kind are held against the scope."""
    root = make_workspace(tmp_path)
    write(root, consent={"id": "C-1", "scope": ["x"]})
    assert ["E08"] == [p["rule"] for p in checked(root)]
    write(root, consent={"id": "C-1", "scope": ["x"]}, accounts=["x"])
    assert [] == checked(root)


def test_draft_only_warns(tmp_path: Path) -> None:
    """A draft without consent is no error: the form may still be on its way."""
    root = make_workspace(tmp_path)
    write(root, consent=None, ready="false")
    assert [("E08", "warning")] == [(p["rule"], p["severity"]) for p in checked(root)]


def test_nothing_goes_out(tmp_path: Path) -> None:
    """What is not covered is not planned, and cannot be allowed."""
    root = make_workspace(tmp_path)
    write(root, consent=None)
    assert '"placements": []' in run_cli(["plan", "--json", "--now", NOW], root).out
    write(root, consent=None, allow={"E08": "見本"})
    assert {"E08", "F04"} == {p["rule"] for p in checked(root)}
