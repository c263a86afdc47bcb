"""The browser that tests look with sees what people see, and complains of what they would."""

from __future__ import annotations

from tests.browser import accessible, shot, watch

GOOD = """<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>見本</title></head>
<body><main><h1>見本</h1><p>本文です。</p></main></body></html>"""


def test_a_page_is_seen(page):
    """Text is laid out and painted, and axe has nothing against a sound page."""
    page.set_content(GOOD)
    assert "見本" == page.inner_text("h1")
    assert [] == accessible(page)
    assert shot(page, "good").startswith(b"\x89PNG")


def test_axe_finds_what_is_wrong(page):
    """An image without an alternative text is named, with the rule."""
    page.set_content(GOOD.replace("<p>", '<img src="data:,"><p>'))
    assert any(found.startswith("image-alt") for found in accessible(page))


def test_what_a_page_complains_of_is_noted(chromium):
    """An error on the console, an exception, a request to another machine."""
    context, complaints = chromium.new_context(), []
    tab = context.new_page()
    watch(tab, complaints)
    tab.set_content("<script>console.error('one'); throw new Error('two')</script>")
    tab.set_content('<img src="https://image.invalid/3.png">')
    context.close()
    assert {"one", "two", "asks another machine: https://image.invalid/3.png"} <= set(complaints)
