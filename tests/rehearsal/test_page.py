"""The page of a rehearsal as people look at it: in a real Chromium, on a phone, on paper."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser import accessible, shot
from tests.workspace import run_cli

from jposocial.markup import Html, el

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: A week with a thread, images, both accounts and a date of the newsletter.
FIRST, LAST = date(2027, 1, 25), date(2027, 2, 5)


@pytest.fixture(scope="module", params=["ja", "en"])
def pack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    assert 0 == run_cli(["init", folder / "office"], folder).code
    ran = run_cli(
        ["--lang", request.param, "rehearse", "--from", FIRST, "--to", LAST, "--out", folder / request.param],
        folder / "office",
    )  # fmt: skip
    assert 0 == ran.code, ran.err
    return folder / request.param / "rehearsal.html"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)], ids=["phone", "desk"])
def test_it_is_read_on_every_screen(page: Page, pack: Path, width: int, height: int) -> None:
    """No sideways scrolling, nothing on the console, every image drawn, nothing axe minds."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(pack.as_uri())
    assert width == page.evaluate("document.documentElement.scrollWidth")
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert page.locator("img").count() > 0
    assert [] == page.evaluate("[...document.images].filter(i => !i.alt).map(i => i.outerHTML)")
    shot(page, f"rehearsal-{pack.parent.name}-{width}")
    assert [] == accessible(page)


def test_it_says_its_language_and_has_an_outline(page: Page, pack: Path) -> None:
    """`lang` on the page and on what is in another; one h1; no level of heading left out."""
    page.goto(pack.as_uri())
    assert pack.parent.name == page.get_attribute("html", "lang")
    assert "ja" == page.locator(".text").first.get_attribute("lang")
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])"
    )
    assert 1 == levels.count(1) == levels[0]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_links_in_the_page_lead_somewhere(page: Page, pack: Path) -> None:
    """Each entry of the calendar to its post; none out of the page."""
    page.goto(pack.as_uri())
    targets = page.evaluate("[...document.links].map(a => a.getAttribute('href'))")
    assert targets
    assert [] == [t for t in targets if not (t.startswith("#") and page.locator(f"[id='{t[1:]}']").count() == 1)]  # fmt: skip


def test_japanese_is_drawn(page: Page, pack: Path) -> None:
    """By a font that has the letters: two different kanji are two different pictures."""
    page.goto(pack.as_uri())
    drawn = page.evaluate(
        """() => ["見", "本", "セ"].map(letter => {
            const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
            pen.font = "40px " + getComputedStyle(document.body).fontFamily;
            pen.fillText(letter, 10, 60);
            return canvas.toDataURL();
        })"""
    )
    assert 3 == len(set(drawn))


def test_it_prints_on_a4_without_cutting_a_post(page: Page, pack: Path) -> None:
    """A4; and each card is told to stay whole."""
    page.goto(pack.as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed))
    assert {(595, 842)} == {(round(float(w)), round(float(h))) for w, h in boxes}
    page.emulate_media(media="print")
    rules = page.evaluate(
        "[...document.querySelectorAll('.card')].map(c => getComputedStyle(c).breakInside)"
    )
    assert {"avoid"} == set(rules)
    # 210 mm less both margins, at 96 to the inch: what is wider than the paper would be cut.
    page.set_viewport_size({"width": 695, "height": 1000})
    assert 695 == page.evaluate("document.documentElement.scrollWidth")


def test_the_page_needs_nothing_but_itself(pack: Path) -> None:
    """No script, no style sheet, font or picture from elsewhere, and its own policy forbids it."""
    text = pack.read_text(encoding="utf-8")
    assert [] == re.findall(r"<(?:script|link|iframe)|url\(|@import|@font-face", text)
    assert [] == [s for s in re.findall(r'src="([^"]*)"', text) if not s.startswith("data:image/")]
    assert "default-src &#x27;none&#x27;" in text


def test_text_is_escaped_and_markup_is_not() -> None:
    """Whatever staff write stays text."""
    made = el("p", "<b> & ", Html("<i>x</i>"), None, ["a", el("br")], title='"', class_="c")
    assert '<p title="&quot;" class="c">&lt;b&gt; &amp; <i>x</i>a<br></p>' == made
