"""What each field of a content file is for, in one line, with an example: for `new`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jposocial.messages import Message, msg

#: Field → (what it is for, an example as it would be written).
FIELD_HELP: Final[Mapping[str, tuple[Message, str]]] = {
    "id": (msg("its name for ever; a-z, 0-9 and hyphens"), "2027-01-career-seminar"),
    "title": (msg("as readers see it"), "オンライン国際機関就職セミナー"),
    "publish": (msg("the day it goes out, or the exact time"), "2027-01-13 12:00"),
    "accounts": (msg("where it goes; left out: everywhere"), "[x, facebook, mail]"),
    "ready": (msg("false while it is a draft: checked, never planned"), "false"),
    "owner": (msg("who answers for it; cannot approve it"), "mihon"),
    "category": (msg("emergency passes quiet hours and holds on routine"), "emergency"),
    "links": (msg("further links"), "[{url: https://example.go.jp/, label: 案内}]"),
    "source": (msg("the authoritative page"), "https://example.go.jp/source"),
    "tags": (msg("hashtags, without the sign"), "[国際機関, JPO]"),
    "lang": (msg("ja, en or both"), "both"),
    "text": (msg("the text itself, instead of the template"), "{x: 本文}"),
    "skip": (msg("moments that are left out"), "[reminder]"),
    "moved_from": (msg("the earlier dates of what was postponed"), "[2027-01-14 19:00]"),
    "starts": (msg("day and time; with a zone if it is not ours"), "2027-01-21 19:00"),
    "ends": (msg("day and time of the end"), "2027-01-21 20:30"),
    "format": (msg("online, onsite or hybrid"), "online"),
    "venue": (msg("where, if people come"), "見本会館 3階"),
    "speakers": (
        msg("who speaks, shown as of a date"),
        "[{name: 見本 花子, honorific: 氏, org: UNICEF, as_of: 2026-12-01}]",
    ),
    "target": (msg("for whom"), "国際機関で働くことに関心のある方"),
    "capacity": (msg("how many can take part"), "120"),
    "fee": (msg("what it costs"), "無料"),
    "apply_url": (msg("where to apply"), "https://example.go.jp/seminar/apply"),
    "apply_opens": (msg("from when one can apply"), "2027-01-05 10:00"),
    "apply_deadline": (msg("until when one can apply"), "2027-01-20 17:00"),
    "join_url": (
        msg("the way in for participants; never published"),
        "https://meeting.example.org/j/1",
    ),
    "video_url": (msg("the recording, for the report"), "https://example.go.jp/video"),
    "status": (msg("tentative, confirmed, full, cancelled or over"), "confirmed"),
    "contact": (msg("whom to ask, as the register has it"), "人事センター"),
    "person": (
        msg("who speaks, and the post as of a date"),
        "{name: 見本 次郎, org: UNDP, post: 財務担当官, as_of: 2026-11-01}",
    ),
    "quote": (msg("what the person says"), "数字を読む力が土台になっています。"),
    "consent": (
        msg("the written consent: for which accounts, from when to when"),
        "{id: C-0001, scope: [x], from: 2026-11-01, until: 2027-10-31}",
    ),
    "exam_year": (msg("the year of the examination"), "2027"),
    "era_label": (msg("the official label, as it is; never computed"), "2027年度(令和9年度)"),
    "phase": (msg("the stage of the examination"), "受付開始"),
    "opens": (msg("when applications open"), "2027-02-01 10:00"),
    "closes": (msg("when applications close"), "2027-03-05 18:00"),
    "guideline_url": (msg("the page with the guideline"), "https://example.go.jp/jpo/2027"),
    "organisation": (msg("the organisation, by its register name"), "UNHCR"),
    "post_title": (msg("the title of the post"), "保護担当官"),
    "grade": (msg("the grade"), "P-3"),
    "duty_station": (msg("city and country"), "{city: ナイロビ, country: ケニア}"),
    "vacancy_no": (msg("the organisation's own number"), "SAMPLE-0001"),
    "deadline": (
        msg("day and time with its zone, or until_filled"),
        "2027-01-15 23:59 Europe/Zurich",
    ),
    "url": (msg("the page it is about"), "https://example.go.jp/page"),
    "figure": (msg("the number as it reads"), "約960"),
    "unit": (msg("of what it is a number"), "人"),
    "as_of": (msg("the day the figure was right"), "2026-09-30"),
    "what": (msg("what is new, in a sentence"), "よくある質問を追加しました。"),
    "length": (msg("how long it is"), "12分"),
    "captions": (msg("whether it has captions"), "true"),
    "number": (msg("the number of the issue"), "1"),
    "date": (msg("the day of the issue"), "2027-01-14"),
    "sections": (msg("the sections, in their order"), "[seminars, deadlines]"),
    "preface": (msg("the words before the sections"), "新しい年の最初の号です。"),
    "footer": (msg("the words after the sections"), "毎月第2木曜日に発行しています。"),
}
