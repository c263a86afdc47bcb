"""The fields of a content file: what each takes, and what is said of all that it does not."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.workspace import NOW, checked, make_workspace, run_cli, write_file, write_post

from jposocial.model import Post, Publish
from jposocial.posts.files import Loaded, load_post

TOKYO = ZoneInfo("Asia/Tokyo")
ACCOUNTS = ("x", "facebook", "mail")


def loaded(tmp_path: Path, *lines: str, body: str = "") -> Loaded:
    """A file with those lines as its front matter."""
    text = "\n".join(["---", *lines, "---", body])
    path = write_file(tmp_path, "posts/x.md", text)
    return load_post(tmp_path, path, TOKYO, ACCOUNTS)


def post(tmp_path: Path, *lines: str, body: str = "") -> Post:
    """The post that those lines make, without a problem."""
    found = loaded(tmp_path, *lines, body=body)
    assert () == found.problems
    assert found.post
    return found.post


NOTICE = ("id: case", "kind: notice", "title: お知らせ", "publish: 2027-01-13")
SEMINAR = (
    *("id: case", "kind: seminar", "title: セミナー"),
    *("starts: 2027-02-13 14:00", "ends: 2027-02-13 15:30", "format: online"),
)
TESTIMONIAL = (
    *("id: case", "kind: testimonial", "title: 声", "publish: 2027-01-13"),
    *("person: {name: 見本 花子}", "quote: 学びの多い日々です。"),
)


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ("lang: both", "lang", "both"),
        ("accounts: [x, mail]", "accounts", ("x", "mail")),
        ("accounts: x", "accounts", ("x",)),
        ("ready: false", "ready", False),
        ("ready: いいえ", "ready", False),
        ("ready: 'No'", "ready", False),
        ("ready: on", "ready", True),
        ("owner: 012", "owner", "012"),
        ("skip: [reminder, today]", "skip", ("reminder", "today")),
        ("moved_from: 2027-01-06 10:00", "moved_from", (datetime(2027, 1, 6, 10, tzinfo=TOKYO),)),
        ("allow: {E01: 原文のまま}", "allow", {"E01": "原文のまま"}),
        ("category: emergency", "category", "emergency"),
        ("text: {x: 本文です。}", "text", {"x": {"announce": "本文です。"}}),
        (
            "text: {x: {announce: あ, reminder: い}, facebook: う}",
            "text",
            {"x": {"announce": "あ", "reminder": "い"}, "facebook": {"announce": "う"}},
        ),
        ("text: {x: 19:00}", "text", {"x": {"announce": "19:00"}}),
    ],
)
def test_common_attribute(tmp_path: Path, line: str, attribute: str, value: Any) -> None:
    """Each common field becomes what the product works with."""
    assert value == getattr(post(tmp_path, *NOTICE, line), attribute)


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("thread: [x]", "thread", ("x",)),
        ("en: {title: Notice}", "en", {"title": "Notice", "text": None}),
        ("source: https://example.go.jp/a", "source", "https://example.go.jp/a"),
        ("tags: [JPO, no, 012, 19:00, ~]", "tags", ("JPO", "no", "012", "19:00", "~")),
        ("sample: true", "sample", True),
    ],
)
def test_further_common_field(tmp_path: Path, line: str, field: str, value: Any) -> None:
    """The further common fields are typed; scalars are text, whatever YAML makes of them."""
    assert value == post(tmp_path, *NOTICE, line).fields[field]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("series: 保健", "series", "保健"),
        ("timezone: Europe/Paris", "timezone", "Europe/Paris"),
        ("tool: 019", "tool", "019"),
        ("venue: 見本会館", "venue", "見本会館"),
        ("organiser: センター", "organiser", "センター"),
        ("language: no", "language", "no"),
        ("target: どなたでも", "target", "どなたでも"),
        ("capacity: 0120", "capacity", 120),
        ("fee: 無料", "fee", "無料"),
        ("apply_url: https://example.go.jp/a", "apply_url", "https://example.go.jp/a"),
        ("apply_opens: 2027-01-10 09:00", "apply_opens", datetime(2027, 1, 10, 9, tzinfo=TOKYO)),
        (
            "apply_deadline: 2027-02-10 17:00:30 America/New_York",
            "apply_deadline",
            datetime(2027, 2, 10, 17, 0, 30, tzinfo=ZoneInfo("America/New_York")),
        ),
        (
            "join_url: https://meeting.example.org/j/1",
            "join_url",
            "https://meeting.example.org/j/1",
        ),
        ("materials_url: https://example.go.jp/m", "materials_url", "https://example.go.jp/m"),
        ("video_url: https://example.go.jp/v", "video_url", "https://example.go.jp/v"),
        ("contact: 国際機関人事センター", "contact", "国際機関人事センター"),
        *(
            (f"status: {status}", "status", status)
            for status in ("tentative", "confirmed", "full", "cancelled", "over")
        ),
    ],
)
def test_seminar_field(tmp_path: Path, line: str, field: str, value: Any) -> None:
    """Each field of a seminar is read and typed."""
    assert value == post(tmp_path, *SEMINAR, line).fields[field]


def test_speakers(tmp_path: Path) -> None:
    """Speakers have every field of the contract, in flow or in block style."""
    flow = (
        "speakers: [{name: 見本 花子, kana: みほん はなこ, honorific: 氏, org: UNICEF, office: 事務所, "
        "city: Jakarta, timezone: Asia/Jakarta, post: 担当官, jpo_year: 2019, as_of: 2026-12-01}]"
    )
    [speaker] = post(tmp_path, *SEMINAR, flow).fields["speakers"]
    assert {
        "name": "見本 花子",
        "kana": "みほん はなこ",
        "honorific": "氏",
        "org": "UNICEF",
        "office": "事務所",
        "city": "Jakarta",
        "timezone": "Asia/Jakarta",
        "post": "担当官",
        "jpo_year": 2019,
        "as_of": date(2026, 12, 1),
    } == speaker
    block = ("speakers:", "  - name: 見本 花子", "  - name: 例野 太郎")
    found = post(tmp_path, *SEMINAR, *block).fields["speakers"]
    assert ["見本 花子", "例野 太郎"] == [one["name"] for one in found]


def test_testimonial_fields(tmp_path: Path) -> None:
    """A testimonial has a person, a quote, snippets, a consent with its scope and days."""
    fields = post(
        tmp_path,
        *TESTIMONIAL,
        "snippets: [学び, 日々]",
        "theme: 保健",
        "photo: media/a.jpg",
        "consent: {id: 007, scope: [x, mail], from: 2026-11-01, until: 2027-10-31, withdrawn: 2027-02-01}",
    ).fields
    assert ("学び", "日々") == fields["snippets"]
    assert "保健" == fields["theme"]
    assert "media/a.jpg" == fields["photo"]
    assert {
        "id": "007",
        "scope": ("x", "mail"),
        "from": date(2026, 11, 1),
        "until": date(2027, 10, 31),
        "withdrawn": date(2027, 2, 1),
    } == fields["consent"]


@pytest.mark.parametrize(
    ("written", "publish"),
    [
        ("2027-01-13", Publish(day=date(2027, 1, 13))),
        (
            "2027-01-13 10:00",
            Publish(day=date(2027, 1, 13), exact=datetime(2027, 1, 13, 10, tzinfo=TOKYO)),
        ),
        (
            "2027-01-13 20:00 America/New_York",
            Publish(
                day=date(2027, 1, 14),
                exact=datetime(2027, 1, 13, 20, tzinfo=ZoneInfo("America/New_York")),
            ),
        ),
    ],
)
def test_publish(tmp_path: Path, written: str, publish: Publish) -> None:
    """A day anchors the cadence, a time replaces it; the day is that of the workspace."""
    found = post(tmp_path, *NOTICE[:3], f"publish: {written}").publish
    assert publish == found


@pytest.mark.parametrize(
    ("body", "japanese", "english"),
    [
        ("本文です。\n", "本文です。", ""),
        ("\n\n本文です。\n\n続きです。\n\n", "本文です。\n\n続きです。", ""),
        ("本文です。\n<!-- en -->\nText.\n", "本文です。", "Text."),
        ("本文です。\n\n  <!--en-->  \n\nText.\n", "本文です。", "Text."),
        ("<!-- en -->\nText.", "", "Text."),
        ("本文 <!-- en --> です。", "本文 <!-- en --> です。", ""),
        ("本文です。\n---\nid: x", "本文です。\n---\nid: x", ""),
    ],
)
def test_bodies(tmp_path: Path, body: str, japanese: str, english: str) -> None:
    """The body is Japanese up to a line `<!-- en -->` and English behind it."""
    found = post(tmp_path, *NOTICE, body=body)
    assert (japanese, english) == (found.body, found.body_en)


def test_all_at_once(tmp_path: Path) -> None:
    """Every problem of a file is reported in one run, each on its own line."""
    lines = (
        *("id: My Post", "kind: seminar", "titel: セミナー", "starts: 2027-02-30 14:00"),
        *("ends: 2027-02-13 24:00", "format: onlin", "capacity: 百", "speakers:"),
        *("  - {name: 見本 花子, age: 30}", "  - org: UNICEF", "apply_url: example.go.jp"),
        *("apply_deadline: 2027-02-10 17:00 Asia/Tokio", "accounts: [x, twiter]"),
    )
    found = loaded(tmp_path, *lines)
    assert [
        (1, "E09"),
        (2, "F04"),
        (4, "F03"),
        (5, "E11"),
        (6, "E11"),
        (7, "F04"),
        (8, "F04"),
        (10, "F03"),
        (11, "E09"),
        (12, "F04"),
        (13, "F04"),
        (14, "F04"),
    ] == sorted((p.line, p.rule) for p in found.problems)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("titel: a", "title"),
        ("publsh: 2027-01-13", "publish"),
        ("account: x", "accounts"),
        ("Tags: [a]", "tags"),
        ("categry: routine", "category"),
        ("allow: {e01: a}", "E01"),
        ("category: emergancy", "emergency"),
        ("accounts: facebok", "facebook"),
        ("text: {facebok: a}", "facebook"),
        ("links: [{url: https://example.go.jp, lable: a}]", "label"),
    ],
)
def test_nearest_name(tmp_path: Path, written: str, meant: str) -> None:
    """What is misspelt is answered with the name that is most like it."""
    [problem] = loaded(tmp_path, *NOTICE, written).problems
    assert f"did you mean '{meant}'?" == problem.fix


def test_no_kind_blames_no_field(tmp_path: Path) -> None:
    """Without a kind, or with one that is not known, the other fields are not called unknown."""
    for kind in ("kind:", "kind: seminer", "kind: [seminar]"):
        found = loaded(tmp_path, "id: case", kind, "title: a", "starts: 2027-02-13 14:00")
        assert {3 if ": " in kind else 1} == {p.line for p in found.problems}


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("2026-03-29 01:30 Europe/Paris", True),
        ("2026-03-29 02:30 Europe/Paris", False),
        ("2026-03-29 02:30 +02:00", True),
        ("2026-03-29 03:00 Europe/Paris", True),
        ("2026-10-25 01:59 Europe/Paris", True),
        ("2026-10-25 02:30 Europe/Paris", False),
        ("2026-10-25 02:30 +01:00", True),
        ("2026-10-25 02:30+02:00", True),
        ("2026-10-25 03:00 Europe/Paris", True),
        ("2026-11-01 01:30 America/New_York", False),
        ("2026-11-01 01:30 -04:00", True),
        ("2026-03-08 02:00 America/New_York", False),
        ("2026-03-08 19:00", True),
    ],
)
def test_change_of_clocks(tmp_path: Path, written: str, clean: bool) -> None:
    """A local time that is skipped is E11, one that happens twice needs its offset."""
    found = loaded(tmp_path, *NOTICE, f"moved_from: {written}")
    assert ([] if clean else [("E11", 6)]) == [(p.rule, p.line) for p in found.problems]


def test_clocks_of_the_workspace(tmp_path: Path) -> None:
    """The workspace's own zone may change its clocks too."""
    root = make_workspace(tmp_path, workspace={"timezone": "Europe/Paris"})
    write_post(root, "case", "本文です。", publish="2027-03-28 02:30")
    assert [("E11", 5)] == [(p["rule"], p["line"]) for p in checked(root)]


def test_draft_lacks_fields(tmp_path: Path) -> None:
    """In a draft E09 warns, all else stays an error, and nothing of it is planned."""
    root = make_workspace(tmp_path)
    write_post(root, "bare", "○○です。", kind="seminar", ready="false")
    write_post(root, "wrong", "2月5日(木)", ready="false", owner=["a"])
    write_post(root, "whole", "本文です。", ready="false")
    found = {(p["post"], p["rule"], p["severity"]) for p in checked(root)}
    assert {
        ("bare", "E09", "warning"),
        ("wrong", "F04", "error"),
        ("wrong", "E01", "error"),
    } == {one for one in found if one[1][0] in "EF"}
    ran = run_cli(["plan", "--json", "--now", NOW], root)
    assert [] == json.loads(ran.out)["placements"]


def test_draft_with_warnings_only(tmp_path: Path) -> None:
    """A draft alone does not fail a check, unless warnings count."""
    root = make_workspace(tmp_path)
    write_post(root, "bare", "○○です。", kind="seminar", ready="false")
    assert 0 == run_cli(["check", "--now", NOW], root).code
    assert 1 == run_cli(["check", "--strict", "--now", NOW], root).code


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("E01", {"title": "2月5日(木)"}),
        ("E09", {"title": "○○について"}),
        ("E11", {"title": "2月30日"}),
        ("E15", {"title": "見本\u200b"}),
    ],
)
def test_allowed(tmp_path: Path, rule: str, fields: dict[str, str]) -> None:
    """A rule that a post allows, with a reason, finds nothing more in it; other rules do."""
    root = make_workspace(tmp_path)
    body = "本文です。\ufffd" if rule != "E15" else "2月30日"
    other = "E15" if rule != "E15" else "E11"
    write_post(root, "case", body, allow={rule: "原文のまま"}, **fields)
    found = {p["rule"] for p in checked(root)}
    assert rule not in found
    assert other in found


def test_long_form_fields_reach_no_secret(tmp_path: Path) -> None:
    """The address of the room is never in what goes out."""
    root = make_workspace(tmp_path)
    write_post(
        root,
        "case",
        "ご案内です。",
        kind="seminar",
        starts="2027-02-13 14:00",
        ends="2027-02-13 15:00",
        format="online",
        join_url="https://meeting.example.org/j/0001",
    )
    ran = run_cli(["show", "case", "--json", "--now", NOW], root)
    assert 0 == ran.code
    assert "meeting.example.org" not in ran.out
