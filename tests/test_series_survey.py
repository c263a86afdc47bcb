"""Series over files on disk: each post is checked as its series would use it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.workspace import checked, make_workspace, run_cli, write_file, write_post, write_voice

from jposocial import open_workspace
from jposocial.model import Problem
from jposocial.posts.registers import Person
from jposocial.series_survey import subjects
from jposocial.survey import Survey

NOW = "2027-01-11 09:00"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(tmp_path, links={"allow": ["go.jp"]})


def surveyed(root: Path) -> Survey:
    return open_workspace(root).survey(datetime.fromisoformat(f"{NOW}+09:00"))


def vacancy(root: Path, id: str, **fields: Any) -> Path:
    values = {
        "title": id, "organisation": "UNDP", "post_title": f"担当官{id}", "accounts": ["x"],
        "deadline": "2027-02-15 17:00", "url": f"https://example.go.jp/{id}",
    }  # fmt: skip
    return write_post(root, id, kind="vacancy", **values | fields)


def errors(root: Path) -> list[tuple[str, str, str | None]]:
    found: list[Problem] = [p for p in surveyed(root).problems if p.severity == "error"]
    return [(p.rule, p.path, p.post) for p in found]


def used(root: Path, series: str) -> list[str]:
    return [
        name for p in surveyed(root).promises if p.slot.post == series for name in p.placement.used
    ]


def test_a_quote_too_long_for_x(root: Path) -> None:
    """E06 of its file, long before its turn comes; the others take the turns."""
    write_voice(root, "long", "見本 一郎", quote="とても長い話です。" * 40)
    write_voice(root, "short", "例野 太郎")
    assert [("E06", "posts/testimonials/long.md", "long")] == errors(root)
    assert {"short"} == set(used(root, "testimonial_weekly"))


def test_a_word_of_the_template(root: Path) -> None:
    """What a digest's template says wrong is said of the template, and nothing goes out."""
    write_file(
        root, "templates/series/vacancy_digest/digest.txt", "○月○日の空席 {{ posts[0].url }}"
    )
    vacancy(root, "one")
    found = errors(root)
    assert {"E09"} == {rule for rule, _, _ in found}
    assert "templates/series/vacancy_digest/digest.txt" in {path for _, path, _ in found}
    assert [] == used(root, "vacancy_digest")


def test_what_a_post_allows_is_not_said_of_the_digest(root: Path) -> None:
    """A finding in the file is said there, or allowed there, and not again of the digest."""
    vacancy(root, "one", post_title="仮契約の担当官", allow={"E09": "契約の名前"})
    assert [] == errors(root)
    assert ["one"] == used(root, "vacancy_digest")


def test_without_a_template(tmp_path: Path) -> None:
    """F06 names the file to write."""
    root = make_workspace(tmp_path, templates=False)
    vacancy(root, "one")
    assert ("F06", "templates/series/vacancy_digest/digest.txt", "one") in errors(root)


def test_a_template_that_fails_for_several(root: Path) -> None:
    """What is of no use for two at once is F06 of both, and neither goes out by halves."""
    text = "{% if posts | length > 1 %}{{ nothing }}{% endif %}{{ posts[0].post_title }}"
    write_file(root, "templates/series/vacancy_digest/digest.txt", text)
    vacancy(root, "one")
    vacancy(root, "two")
    path = "templates/series/vacancy_digest/digest.txt"
    assert [("F06", path, "one"), ("F06", path, "two")] == sorted(errors(root))
    assert [] == used(root, "vacancy_digest")


def test_a_broken_file_gives_its_turn(root: Path) -> None:
    """A file with an error is not picked; the others are."""
    write_voice(root, "bad", "見本 一郎", quote="2月5日(水)の話です。")
    write_voice(root, "good", "例野 太郎")
    assert {"E01"} == {rule for rule, _, _ in errors(root)}
    assert {"good"} == set(used(root, "testimonial_weekly"))


def test_the_text_of_the_file(root: Path) -> None:
    """`text:` for the account is used as it is, in the series too."""
    write_voice(root, "one", "見本 一郎", text="{x: 見本 一郎さんの話です。}")
    promises = [p for p in surveyed(root).promises if p.slot.post == "testimonial_weekly"]
    texts = {part.text for promise in promises for part in promise.variant.parts}
    assert {"見本 一郎さんの話です。"} == texts


def test_a_series_and_a_post_of_one_name(tmp_path: Path) -> None:
    """F05: the queue could not tell them apart."""
    films = {"kind": "video", "every": "fri 12:00"}
    root = make_workspace(tmp_path, series={"films": films})
    write_post(root, "films")
    assert [("F05", "posts/notices/films.md", "films")] == errors(root)


def test_who_a_person_is(root: Path) -> None:
    """A person is who the register says, by the Japanese or the English name; others by the letters."""
    posts = [
        write_voice(root, str(n), name)
        for n, name in enumerate(["見本 一郎", "Ichiro Mihon", "例野 太郎"])
    ]
    assert 3 == len(posts)
    people = [Person(name="見本 一郎", en="Ichiro Mihon")]
    found = dict(subjects(open_workspace(root).posts(), people))
    assert found["0"] == found["1"] != found["2"]


def test_show_and_plan(root: Path) -> None:
    """`show NAME` reads the next occurrences out; `plan` names what each has, and the empty days."""
    write_voice(root, "one", "見本 一郎")
    ran = run_cli(["show", "testimonial_weekly", "--now", NOW], root)
    assert (0, True) == (ran.code, "announce 2027-01-13 · testimonial_weekly" in ran.out)
    plan = run_cli(["plan", "--now", NOW, "--to", "2027-02-28"], root).out
    assert "testimonial_weekly (one)" in plan
    line = next(line for line in plan.splitlines() if "testimonial_weekly, announce" in line)
    assert "2027-01-20 (Wed), 2027-01-27 (Wed), 2027-02-03 (Wed), 2027-02-10 (Wed) and" in line
    assert line.endswith("there is nothing that the series may use")


def test_show_of_a_series_with_nothing(root: Path) -> None:
    """Nothing to show is no mistake."""
    assert (0, "") == run_cli(["show", "vacancy_digest", "--now", NOW], root)[:2]


def test_a_consent_that_is_over_is_not_awaited(root: Path) -> None:
    """E08 of the file at once, and of no series."""
    write_voice(root, "one", "見本 一郎", consent=", withdrawn: 2027-01-10")
    assert {"E08"} == {p["rule"] for p in checked(root, now=NOW) if p["severity"] == "error"}
    assert [] == used(root, "testimonial_weekly")
