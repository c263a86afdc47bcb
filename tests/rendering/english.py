"""A post of each kind in both languages, as readers of the English accounts will see it.

python -m tests.rendering.english        writes tests/rendering/golden_en/ anew: read the difference
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.workspace import make_workspace, write_post

from jposocial import app, open_workspace
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates
from jposocial.survey import moments

GOLDEN = Path(__file__).parent / "golden_en"

BODY = "日本語の本文です。\n<!-- en -->\nThis is the long form in English."
URL = "https://example.go.jp/page"

#: Kind → its fields beside those that all have.
KINDS = {
    "seminar": {
        "starts": "2027-02-05 19:00", "ends": "2027-02-05 20:30", "format": "online",
        "speakers": [{"name": "見本 花子", "honorific": "氏", "org": "UNICEF", "city": "New York",
                      "timezone": "America/New_York", "as_of": "2026-12-01"}],
        "apply_url": "https://example.go.jp/seminar", "apply_deadline": "2027-02-04 17:00",
        "video_url": "https://example.go.jp/seminar/video", "status": "confirmed",
    },
    "testimonial": {
        "publish": "2027-01-13", "person": {"name": "見本 花子", "org": "UNICEF", "as_of": "2026-12-01"},
        "quote": "数字を読む力です。",
        "consent": {"id": "C-1", "scope": ["x", "facebook"], "from": "2026-11-01", "until": "2027-10-31"},
    },
    "exam_notice": {
        "publish": "2027-01-20", "exam_year": "2027", "phase": "受付開始", "opens": "2027-02-01 10:00",
        "closes": "2027-03-01 18:00", "guideline_url": "https://example.go.jp/exam",
    },
    "vacancy": {
        "publish": "2027-01-20", "organisation": "UNHCR", "post_title": "保護担当官", "grade": "P-3",
        "deadline": "2027-02-19 23:59 America/New_York", "url": "https://example.org/vacancy",
    },
    "statistics": {
        "publish": "2027-01-20", "figure": "約960", "unit": "人", "as_of": "2026-09-30",
        "source": "https://example.go.jp/figures",
    },
    "video": {"publish": "2027-01-20", "url": URL},
    "site_update": {"publish": "2027-01-20", "url": URL},
    "roster_info": {"publish": "2027-01-20", "url": URL},
    "event_report": {"publish": "2027-01-20", "url": URL},
    "notice": {"publish": "2027-01-20", "links": [{"url": URL, "label": "案内"}]},
}  # fmt: skip


#: What readers must hear soon: golden file → the kind and what its file then says.
CHANGES = {
    "seminar-moved-day.txt": ("seminar", {"moved_from": ["2027-01-28 19:00"]}),
    "seminar-moved-hour.txt": ("seminar", {"moved_from": ["2027-02-05 18:00"]}),
    "seminar-cancelled.txt": ("seminar", {"status": "cancelled"}),
    "seminar-full.txt": ("seminar", {"status": "full"}),
    "exam_notice-moved.txt": ("exam_notice", {"moved_from": ["2027-02-22 18:00"]}),
}

#: Before all of it.
NOW = datetime(2027, 1, 4, 3, tzinfo=UTC)


def office(folder: Path, *kinds: str, accounts: dict[str, dict[str, str]] | None = None) -> Path:
    """A workspace whose accounts are in English, with a post of each of `kinds`."""
    root = make_workspace(
        folder,
        accounts=accounts or {"x": {"lang": "en"}, "facebook": {"lang": "en"}},
        links={"allow": ["go.jp", "example.org"]},
    )
    for kind in kinds or KINDS:
        write_bilingual(root, kind)
    return root


def write_bilingual(root: Path, kind: str, **over: object) -> Path:
    fields = {"title": "見本の題", "lang": "both", "en": {"title": "A sample title"}}
    own = {"tags": ["JPO", "国際機関"], "sample": True}
    return write_post(root, f"the-{kind}".replace("_", "-"), BODY, kind=kind, **(fields | own | KINDS[kind] | over))  # fmt: skip


def changed(folder: Path, name: str) -> str:
    """What the accounts then say beside, or instead of, the moments of the cadence."""
    kind, fields = CHANGES[name]
    root = office(folder, kind)
    write_bilingual(root, kind, **fields)
    workspace = app.open_workspace(root, clock=lambda: NOW)
    (post,) = workspace.posts()
    moment = str(fields.get("status", "moved"))
    found = workspace.render(post.id, moment=moment)
    return "\n".join(
        f"── {v.account} · {v.moment} · {p.length}/{p.limit}\n{p.text}\n"
        for v in found
        for p in v.parts
    )


def shown(root: Path) -> dict[str, str]:
    """File name → the post of that kind at each of its moments on each account."""
    workspace = open_workspace(root)
    templates = Templates(root)
    found = {}
    for post in workspace.posts():
        variants = [
            render(post, timed.moment.name, timed.nominal, account, templates)
            for account, timed in moments(post, workspace.settings)
            if timed.nominal and not timed.reason
        ]
        found[f"{post.kind}.txt"] = "\n".join(
            f"── {v.account} · {v.moment} · {p.length}/{p.limit}\n{p.text}\n"
            for v in variants
            for p in v.parts
        )
    return found


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        for name, text in shown(office(Path(folder))).items():
            (GOLDEN / name).write_text(text, encoding="utf-8")
    (GOLDEN / "changed").mkdir(exist_ok=True)
    for name in CHANGES:
        with TemporaryDirectory() as folder:
            (GOLDEN / "changed" / name).write_text(changed(Path(folder), name), encoding="utf-8")
