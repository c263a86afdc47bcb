"""How the page says days, hours, names and money, in its language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from jposocial import wording
from jposocial.markup import Html, el
from jposocial.messages import localised, msg
from jposocial.model import Calendar
from jposocial.rehearsal.pack import Title
from jposocial.values import WEEKDAYS

PLATFORM_NAMES = {"x": "X", "facebook": "Facebook"}


@dataclass(frozen=True, slots=True)
class Voice:
    """Says everything of one page."""

    language: str
    calendar: Calendar

    def __call__(self, text: str) -> str:
        return localised(text, self.language)

    def weekday(self, day: date) -> str:
        return self(WEEKDAYS[day.weekday()])

    def day(self, day: date) -> str:
        """`1月7日(木)`, `7 January (Thu)`."""
        return self(
            msg(
                "{day} {month} ({weekday})",
                day=day.day,
                month=wording.MONTHS[day.month - 1],
                weekday=WEEKDAYS[day.weekday()],
            )
        )

    def full_day(self, day: date) -> str:
        return self(
            msg(
                "{day} {month} {year} ({weekday})",
                day=day.day,
                month=wording.MONTHS[day.month - 1],
                year=day.year,
                weekday=WEEKDAYS[day.weekday()],
            )
        )

    def month(self, day: date) -> str:
        return self(msg("{month} {year}", month=wording.MONTHS[day.month - 1], year=day.year))

    def local(self, when: datetime) -> datetime:
        return when.astimezone(self.calendar.zone)

    def clock(self, when: datetime) -> str:
        return f"{self.local(when):%H:%M}"

    def time(self, when: datetime, text: str) -> Html:
        machine = self.local(when).isoformat(timespec="minutes")
        return el("time", text, datetime=machine)

    def title(self, title: Title, name: str = "span", **attributes: str) -> Html:
        """In an element that says its language where that is not the page's."""
        lang = title.lang if title.lang != self.language else None
        return el(name, title.text, lang=lang, **attributes)

    def moment(self, name: str) -> str:
        return self(wording.MOMENT_NAMES.get(name, name))

    def kind(self, name: str) -> str:
        return self(wording.KIND_NAMES.get(name, name))

    def platform(self, name: str) -> str:
        return PLATFORM_NAMES.get(name, name)


def dollars(amount: float) -> str:
    return f"${amount:,.3f}"
