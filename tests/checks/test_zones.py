"""E12: times without a zone in English, and local times that are not the right ones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.checks.office import at, findings, found, on, post
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.local_times import local_times
from jposocial.checks.zoneless import zoneless
from jposocial.checks.zones import local_clocks
from jposocial.cities import CITIES
from jposocial.model import Post

NEW_YORK = ZoneInfo("America/New_York")


def seminar(starts: str = "2027-01-21 19:00", **fields: Any) -> Post:
    """A seminar with a speaker in Jakarta."""
    base = {
        "starts": at(starts),
        "speakers": ({"name": "見本 花子", "city": "Jakarta", "timezone": "Asia/Jakarta"},),
    }
    return post("seminar", **(base | fields))


FULL = seminar(ends=at("2027-01-21 20:30"), apply_deadline=at("2027-01-20 17:00"))

RIGHT = [
    "19:00（ジャカルタ時間17:00）",
    "日本時間19:00〜20:30（ジャカルタ時間17:00〜18:30）",
    "1月21日(木)19:00〜20:30（日本時間）\n（現地時間17:00〜18:30）",
    "17:00 Jakarta time / 19:00 Tokyo time",
    "東京19:00／ジャカルタ17:00／ジュネーブ11:00",
    "ニューヨーク時間5:00",
    "申込締切1月20日17:00（ジャカルタ時間15:00）",
    "受付18:45、開始19:00（ジャカルタ時間17:00）",
    "現地時間では午後5時",
    "ジュネーブでは11:00です",
    "19:00 JST / 5:00 EST / 11:00 CET",
    "1月22日(金)8:00（ニューヨーク時間 前日18:00）",
    "1月22日(金)8:00（ニューヨーク時間21日(木)18:00）",
    "ニューヨーク時間1月21日(木)5:00から",
    "19:00 (11 a.m. Geneva time)",
    "見本 花子氏（ジャカルタ） 19:00",
    "所要時間1時間30分、勤務時間は9:00からです",
]

WRONG = [
    ("19:00（ジャカルタ時間16:00）", ["16:00"]),
    ("日本時間19:00〜20:30（ジャカルタ時間17:00〜18:00）", ["18:00"]),
    ("1月21日(木)19:00〜20:30（日本時間）\n（現地時間18:00〜19:30）", ["18:00", "19:30"]),
    ("18:00 Jakarta time / 19:00 Tokyo time", ["18:00"]),
    ("東京19:00／ジャカルタ17:00／ジュネーブ12:00", ["12:00"]),
    ("ＮＹ時間６：００", ["６：００"]),
    ("現地時間16時", ["16時"]),
    ("19:00 JST / 6:00 EST", ["6:00"]),
    ("16:00（ジャカルタ時間）", ["16:00"]),
    ("19:00 (noon Geneva time)", ["noon"]),
    ("ジュネーブでは12:00です", ["12:00"]),
    ("1月22日(金)8:00（ニューヨーク時間18:00）", ["18:00"]),
    ("1月22日(金)8:00（ニューヨーク時間 同日18:00）", ["18:00"]),
    ("ニューヨーク時間1月20日(水)5:00から", ["5:00"]),
]


@pytest.mark.parametrize("text", RIGHT)
def test_local_times_that_are_right(text: str) -> None:
    """A local time is passed over that is the one of a field, or of the time beside it."""
    assert [] == found(text, local_clocks, of=FULL)


@pytest.mark.parametrize(("text", "what"), WRONG)
def test_local_times_that_are_wrong(text: str, what: list[str]) -> None:
    """Another time, another day, and a day that is not said though it is another."""
    assert what == found(text, local_clocks, of=FULL)


@pytest.mark.parametrize(
    ("starts", "new_york", "paris"),
    [
        ("2026-03-06 20:00", "6:00", "12:00"),
        ("2026-03-09 20:00", "7:00", "12:00"),
        ("2026-03-30 20:00", "7:00", "13:00"),
        ("2026-10-23 20:00", "7:00", "13:00"),
        ("2026-10-26 20:00", "7:00", "12:00"),
        ("2026-11-02 20:00", "6:00", "12:00"),
    ],
)
def test_the_weeks_around_the_change_of_clocks(starts: str, new_york: str, paris: str) -> None:
    """Each continent changes on its own Sunday, and Japan never does."""
    right = {"ニューヨーク時間": new_york, "パリ時間": paris}
    for name, clock in right.items():
        for said in ("6:00", "7:00", "12:00", "13:00"):
            seen = findings(f"20:00（{name}{said}）", local_clocks, of=seminar(starts))
            assert [] == seen if said == clock else [said] == [one.found for one in seen]


def test_the_fix_is_the_time_to_type() -> None:
    """As the text has it, with the day where that is another."""
    assert "write 17:00" == findings("19:00（ジャカルタ時間16:00）", local_clocks, of=FULL)[0].fix
    day = findings("1月22日(金)8:00（ニューヨーク時間18:00）", local_clocks, of=FULL)[0].fix
    assert "write 1月21日(木)18:00" == day


VACANCY = post(
    "vacancy",
    deadline=datetime(2027, 2, 19, 23, 59, tzinfo=NEW_YORK),
    duty_station={"city": "ジュネーブ"},
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("締切：2月20日(土)14:59（日本時間）", ["14:59"]),
        ("締切：2月19日23:59", ["23:59"]),
        ("応募締切 2月19日23:59（日本時間）", ["23:59"]),
        ("2月20日(土)13:59（ニューヨーク時間23:59）", ["23:59"]),
        ("2月19日(金)23:59まで応募できます", ["23:59"]),
        ("Apply by 23:59 JST on 19 February", ["23:59"]),
        ("締切：2月20日(土)13:59（日本時間）", []),
        ("締切：2月19日23:59（ニューヨーク時間）", []),
        ("2月20日(土)13:59（ニューヨーク時間2月19日(金)23:59）", []),
        ("2月20日(土)13:59（現地時間2月19日(金)23:59）", []),
        ("締切は現地時間の2月19日(金)23:59", []),
        ("説明の動画は10:30に公開します", []),
    ],
)
def test_a_deadline_that_was_given_abroad(text: str, what: list[str]) -> None:
    """Its time there is not Japan's; both are shown, or it is converted."""
    assert what == found(text, local_clocks, of=VACANCY)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("2月5日(金)19:00（ジュネーブ時間12:00）", ["12:00"]),
        ("3月29日(月)19:00（ジュネーブ時間11:00）", ["11:00"]),
        ("2月5日(金)19:00（ジュネーブ時間11:00）", []),
        ("3月29日(月)19:00（ジュネーブ時間12:00）", []),
        ("現地時間17:00に始まります", []),
        ("ジュネーブ時間11:00に始まります", []),
    ],
)
def test_a_notice_without_fields(text: str, what: list[str]) -> None:
    """What the text itself converts is computed; a local time alone has nothing to go by."""
    assert what == found(text, local_clocks, of=post(publish=on("2027-02-01")))


def test_a_story_announces_nothing() -> None:
    """In a testimonial times are told, not announced."""
    story = post("testimonial", publish=on("2027-02-01"))
    text = "ジュネーブ時間9:00に出勤し、日本時間17:30に会議があります。We start at 9:00 in the morning."
    assert [] == found(text, local_clocks, zoneless, of=story)


def test_every_city_has_a_zone() -> None:
    """Names are known in Japanese and in English, each by a zone that exists."""
    assert {ZoneInfo(zone).key for zone in CITIES.values()} == set(CITIES.values())
    for name in (
        "ジュネーブ",
        "Geneva",
        "ニューヨーク",
        "NY",
        "ナイロビ",
        "Nairobi",
        "バンコク",
        "Bangkok",
    ):
        assert name.lower() in CITIES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("19:00（ジャカルタ時間17:00）", [("ジャカルタ", ["17:00"])]),
        ("7:00-8:30 p.m. JST", [("jst", ["7:00", "8:30 p.m."])]),
        ("JST 19:00, Jakarta time 17:00", [("jst", ["19:00"]), ("jakarta", ["17:00"])]),
        ("19:00 (12:00 in Geneva)", [("geneva", ["12:00"])]),
        ("2月19日23:59（ニューヨーク時間）", [("ニューヨーク", ["23:59"])]),
    ],
)
def test_whose_time_it_is(text: str, said: list[tuple[str, list[str]]]) -> None:
    """A label stands before its time in Japanese and behind it in English or in brackets."""
    seen = [(one.name, [text[c.start : c.end] for c in one.clocks]) for one in local_times(text)]
    assert said == seen


ZONELESS = [
    ("The seminar starts at 19:00 on Friday.", "19:00"),
    ("Join us at 7 pm.", "7 pm"),
    ("受付は9:00から\n\nWe answer the phone from 9:00 to 17:00.", "9:00"),
    ("Date: Thu 21 Jan, 19:00", "19:00"),
    ("Please apply by noon on 5 February.", "noon"),
    ("The Japan seminar starts at 19:00.", "19:00"),
    ("Registration closes on 20 January at 5:00 p.m.", "5:00 p.m"),
]

ZONED = [
    "The seminar starts at 19:00 (Japan time).",
    "All times are JST. We start at 19:00 and end at 20:30.",
    "Join us at 7 p.m. JST",
    "Open 9:00 to 17:00 in Tokyo",
    "We meet at 11:00 Geneva time.",
    "The seminar starts at 10:00 UTC.",
    "受付は9:00から17:00までです。",
    "Zoom Webinar 19:00",
    "UN Career Seminar の 19:00",
    "We are open 24/7, and 3 in 10 apply.",
    "See https://example.go.jp/at/19:00 for the time",
]


@pytest.mark.parametrize(("text", "what"), ZONELESS)
def test_english_without_a_zone(text: str, what: str) -> None:
    """An English time needs its zone, said once."""
    assert [what] == [one.rstrip(".") for one in found(text, zoneless)]


@pytest.mark.parametrize("text", ZONED)
def test_english_with_a_zone(text: str) -> None:
    """A zone, a city in the sentence, or no English at all."""
    assert [] == found(text, zoneless)


def test_lines_in_a_file(tmp_path: Path) -> None:
    """Each stands at its own line of the file, as an error, and once."""
    root = make_workspace(tmp_path)
    write_post(
        root,
        "2027-01-seminar",
        "職員が話します。\n現地時間16:00から\n<!-- en -->\nJoin us.\nThe seminar starts at 19:00.",
        kind="seminar",
        lang="both",
        starts="2027-01-21 19:00",
        ends="2027-01-21 20:30",
        speakers=[{"name": "見本 花子", "city": "Jakarta", "timezone": "Asia/Jakarta"}],
    )
    seen = [p for p in checked(root) if p["rule"] == "E12"]
    assert [11, 14] == [p["line"] for p in seen]
    assert {"error"} == {p["severity"] for p in seen}
