"""Every template can be used with the least that its kind requires."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workspace import checked, make_workspace

_LEAST = {
    "seminar": "starts: 2027-01-21 19:00\nends: 2027-01-21 20:30\nspeakers: [{name: 見本 花子}]",
    "testimonial": (
        "publish: 2027-01-13\nperson: {name: 見本 花子}\nquote: 数字を読む力です。\n"
        "consent: {id: C-1, scope: [x, facebook]}"
    ),
    "exam_notice": "exam_year: 2027\nphase: 予告\npublish: 2027-01-13 10:00",
    "vacancy": (
        "organisation: UNHCR\npost_title: 保護担当官\ndeadline: until_filled\n"
        "url: https://example.go.jp/v\npublish: 2027-01-13"
    ),
    "statistics": (
        "figure: 約960\nunit: 人\nas_of: 2026-09-30\nsource: https://example.go.jp/s\n"
        "publish: 2027-01-13"
    ),
    "video": "url: https://example.go.jp/v\npublish: 2027-01-13",
    "site_update": "url: https://example.go.jp/v\npublish: 2027-01-13",
    "roster_info": "url: https://example.go.jp/v\npublish: 2027-01-13",
    "event_report": "url: https://example.go.jp/v\npublish: 2027-01-13",
    "notice": "publish: 2027-01-13",
}


@pytest.mark.parametrize("exact", [False, True], ids=["by its cadence", "at an exact time"])
@pytest.mark.parametrize("kind", _LEAST)
def test_the_least(tmp_path: Path, kind: str, exact: bool) -> None:
    """No field that may be left out is needed, by cadence or at an exact time."""
    root = make_workspace(tmp_path)
    lines = [
        line for line in _LEAST[kind].split("\n") if not line.startswith("publish") or not exact
    ]
    lines += ["publish: 2027-01-06 10:00"] if exact else []
    text = "\n".join(
        ["---", "id: a-post", f"kind: {kind}", "title: お知らせ", *lines, "---", "本文。"]
    )
    (root / "posts" / "a.md").write_text(text + "\n", encoding="utf-8")
    assert [] == [p for p in checked(root) if p["severity"] == "error"]
