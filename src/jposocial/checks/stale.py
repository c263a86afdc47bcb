"""E02 in a text: what it calls for, or says will be, is past on the day it goes out.

`2月8日(月)までにお願いします` on 10 February, `1月16日(土)に開きます` on the 18th.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from jposocial.checks.findings import Finding
from jposocial.checks.reading import Reading
from jposocial.checks.signs import DIGIT, needs
from jposocial.checks.written import bare, days, near
from jposocial.messages import msg
from jposocial.values import WEEKDAYS

#: Of what was, a text tells without calling for it.
_NARRATIVE: Final = frozenset({"testimonial", "event_report"})

_CLOCK: Final = r"(?:午[前後])?\d{1,2}(?::\d\d|時(?:\d{1,2}分)?)"
_ASIDE: Final = rf"(?:\s?\([^()\n]{{1,8}}\)|曜日?)?(?:の?\s?{_CLOCK}(?:\s?[〜~～-]\s?{_CLOCK})?)?"
#: What stands behind a date that readers are to act by, or that is still to come.
_TO_COME: Final = re.compile(
    rf"{_ASIDE}\s?(?:"
    r"(?:必着|締切|〆切)?まで(?:に)?、?[^。\n]{0,24}?(?:お願い|ください|下さい|お申し?込み|ご応募|応募でき|受け付けます|募集します|提出)"
    r"|(?:に|より|から)?、?[^。\n]{0,24}?(?:開きます|開催します|開催いたします|行います|実施します|始まります|開始します|ご参加ください|お越しください)"
    r"|の(?:説明会|セミナー|相談会|締切|開催)まで)"
)
_MAY_CALL: Final = re.compile(
    "まで|開きます|開催|行います|実施します|始まります|開始します|参加|お越し"
)
_PAST: Final = re.compile(r"[^。\n]*?(?:ました|でした|ております|ています)")

#: Longer ago, another year may be meant.
_LONGEST: Final = timedelta(days=150)


@needs("ま開行実始参越", DIGIT)
def stale_dates(text: str, reading: Reading) -> Iterator[Finding]:
    """E02; a date without a year is taken nearest to the day on which it goes out."""
    if reading.due is None or reading.post.kind in _NARRATIVE:
        return
    if not _MAY_CALL.search(text):
        return
    today = reading.due.astimezone(reading.book.calendar.zone).date()
    narrow = bare(text)
    for day in days(text):
        meant = near(day, today)
        if not meant or not timedelta() < today - meant <= _LONGEST:
            continue
        if _TO_COME.match(narrow, day.end) and not _PAST.match(narrow, day.end):
            found = text[day.start : day.end]
            yield Finding(
                rule="E02",
                start=day.start,
                found=found,
                message=msg(
                    "'{found}' is past when it goes out on {day}",
                    found=found,
                    day=msg(
                        "{day} ({weekday})",
                        day=f"{today:%Y-%m-%d}",
                        weekday=WEEKDAYS[today.weekday()],
                    ),
                ),
                fix=msg("mend the date, or the day it goes out"),
            )
