"""Japan's national holidays, by the `holidays` library.

It knows the substitute holidays and the citizens' holidays between two others. The law names no
day for the equinoxes: the cabinet announces them in February of the year before, until then they
are computed. Before 1949 and after 2099 there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

#: Language of the program → of the library.
_LANGUAGES: Final[Mapping[str, str]] = {"ja": "ja", "en": "en_US"}


def is_national(day: date) -> bool:
    return day in _holidays(day.year, "ja")


def holiday_name(day: date, language: str) -> str | None:
    """What a national holiday is called in `language` (ja, en); None on any other day."""
    return _holidays(day.year, language).get(day)


@lru_cache(maxsize=512)
def _holidays(year: int, language: str) -> Mapping[date, str]:
    # Imported here: it costs as much as the rest of the program, and the queue needs no calendar.
    from holidays import country_holidays

    found = country_holidays("JP", years=year, language=_LANGUAGES.get(language, "ja"))
    return dict(found.items())
