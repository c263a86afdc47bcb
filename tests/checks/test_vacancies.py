"""E07: one vacancy once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.checks.office import post
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.vacancies import normalised_page, same_vacancy
from jposocial.model import Post

_PAGE = "https://example.org/jobs/1"


def _vacancy(name: str, **fields: str) -> Post:
    given = {"organisation": "UNHCR", "post_title": "保護担当官", "url": _PAGE} | fields
    return post("vacancy", id=name, path=f"posts/{name}.md", **given)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/jobs/1/",
        "http://EXAMPLE.org/jobs/1",
        "https://www.example.org/jobs/1#apply",
        "https://example.org/jobs/1?utm_source=mail&utm_medium=x",
        "https://example.org:443/jobs/1?lang=en",
    ],
)
def test_one_page_by_many_addresses(url: str) -> None:
    """Scheme, www., case of the host, a last stroke and tracking make no other page."""
    assert "example.org/jobs/1" == normalised_page(url)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://example.org/jobs?id=1", "https://example.org/jobs?id=2"),
        ("https://example.org/jobs/1", "https://example.org/jobs/2"),
        ("https://a.example.org/jobs/1", "https://example.org/jobs/1"),
        ("https://example.org/Jobs/1", "https://example.org/jobs/1"),
    ],
)
def test_other_pages(url: str, other: str) -> None:
    """A path, its case, a host and an id in the query tell pages apart."""
    assert normalised_page(url) != normalised_page(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"vacancy_no": "V-1"}, {"vacancy_no": "Ｖ-1"}, True),
        ({"vacancy_no": "V-1"}, {"vacancy_no": "V-2"}, False),
        ({"vacancy_no": "V-1"}, {"vacancy_no": "V-1", "url": "https://example.org/x"}, True),
        (
            {"vacancy_no": "V-1"},
            {"vacancy_no": "V-1", "url": "https://example.org/x", "organisation": "WFP"},
            False,
        ),
        ({}, {}, True),
        ({}, {"post_title": "広報担当官"}, False),
        ({"vacancy_no": "V-1"}, {}, True),
        ({}, {"url": "https://example.org/jobs/1/?utm_source=x"}, True),
        ({}, {"url": "https://example.org/jobs/2"}, False),
    ],
    ids=[
        "number, in another width",
        "two numbers on a page",
        "number, on another page",
        "a number of two organisations",
        "page and title",
        "two titles on a page",
        "a number that one lacks",
        "one page by two addresses",
        "two pages",
    ],
)
def test_same_vacancy(one: dict[str, str], other: dict[str, str], same: bool) -> None:
    """By number within an organisation, else by page and title; both files are named."""
    posts = [_vacancy("a", **one), _vacancy("b", **other)]
    assert (["a", "b"] if same else []) == [p.post for p in same_vacancy(posts, ())]
    assert (["b"] if same else []) == [p.post for p in same_vacancy(posts, {"a"})]


def test_drafts_and_other_kinds_do_not_count() -> None:
    """What is never planned is no second time, and a page about a vacancy is no vacancy."""
    draft = post("vacancy", id="b", ready=False, url=_PAGE, post_title="保護担当官")
    page = post("site_update", id="c", url=_PAGE)
    assert [] == list(same_vacancy([_vacancy("a"), draft, page], ()))


def test_in_a_workspace(tmp_path: Path) -> None:
    """Both files are errors, until one says why it is another vacancy."""
    root = make_workspace(tmp_path)
    fields = {"kind": "vacancy", "organisation": "UNHCR", "post_title": "保護担当官",
              "deadline": "2027-02-26 23:59", "url": _PAGE, "publish": "2027-01-18"}  # fmt: skip
    write_post(root, "a", "本文です。", **fields)
    write_post(root, "b", "本文です。", **fields)
    seen = [(p["rule"], p["post"], p["severity"]) for p in checked(root) if p["rule"] == "E07"]
    assert [("E07", "a", "error"), ("E07", "b", "error")] == seen
    write_post(root, "b", "本文です。", **fields, allow={"E07": "二つの所属先の募集です"})
    assert [] == [p["post"] for p in checked(root) if p["rule"] == "E07"]
