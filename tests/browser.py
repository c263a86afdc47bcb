"""One Chromium for the tests that look at pages as people do.

`page` is a tab of its own: what it writes to the console as an error, what it throws, and what it
asks of any other machine fails the test. `accessible(page)` lists what axe finds.
`JPOSOCIAL_SHOTS=FOLDER` keeps the pictures that tests take with `shot`, to be looked at.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: As Debian, Ubuntu and others name it.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

HOW_TO_GET_IT: Final = (
    "Chromium is not installed. On Debian and Ubuntu: sudo apt-get install chromium; "
    "elsewhere set JPOSOCIAL_CHROMIUM to the program"
)

#: What a page may ask of: itself.
_HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})

#: Rules of axe that are about whole sites, not about one mail or report.
_AXE: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def find_chromium() -> str | None:
    """The program, or None where there is none."""
    named = os.environ.get("JPOSOCIAL_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    program = find_chromium()
    if program is None:
        pytest.skip(HOW_TO_GET_IT)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Debian's wrapper adds what is not wanted here; JPOSOCIAL runs as root in containers.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--lang=ja"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab that must have nothing to complain of, and asks no other machine for anything."""
    context = chromium.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": 900}
    )
    complaints: list[str] = []
    tab = context.new_page()
    watch(tab, complaints)
    yield tab
    context.close()
    assert [] == complaints


def watch(tab: Page, complaints: list[str]) -> None:
    """Note in `complaints` what the tab has to complain of, and what it asks of others."""

    def asked(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname not in _HERE:
            complaints.append(f"asks another machine: {url}")

    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: asked(request.url))


def accessible(page: Page, context: str | None = None) -> list[str]:
    """What axe finds wrong with the page, or with the part that `context` selects."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=context, options={**_AXE, "resultTypes": ["violations"]})
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


def shot(page: Page, name: str) -> bytes:
    """A picture of the whole page; kept where somebody wants to look at it."""
    picture = page.screenshot(full_page=True)
    if folder := os.environ.get("JPOSOCIAL_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(picture)
    return picture
