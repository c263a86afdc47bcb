"""`[series.NAME]` of the configuration: what it means, its defaults, and what is wrong with it."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from jposocial.errors import ConfigError
from jposocial.series import LAST, Cutoff, Every, Series
from jposocial.series_values import cutoff_value, every_value
from jposocial.settings import parse_settings

ACCOUNTS = """
[accounts.x]
platform = "x"
handle = "@a"
[accounts.facebook]
platform = "facebook"
handle = "b"
"""
OTHERS = """
[accounts.main]
platform = "x"
handle = "@a"
"""


def series(own: str = "", accounts: str = ACCOUNTS) -> dict[str, Series]:
    return dict(parse_settings(accounts + own).series)


def wrong(own: str, accounts: str = ACCOUNTS) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_settings(accounts + own)
    return [str(message) for message in caught.value.messages]


def test_the_defaults():
    """A testimonial a week and a fortnight, vacancies in digests, the newsletter's dates."""
    found = series()
    assert {
        "testimonial_weekly": ("testimonial", ("x",), "one"),
        "testimonial_fortnightly": ("testimonial", ("facebook",), "one"),
        "vacancy_digest": ("vacancy", ("x",), "all"),
        "vacancy_weekly": ("vacancy", ("facebook",), "all"),
        "newsletter": ("newsletter", ("mail",), "one"),
    } == {name: (s.kind, s.accounts, s.pick) for name, s in found.items()}
    assert Every(weekdays=(2,), at=time(12)) == found["testimonial_weekly"].every
    assert Every(weekdays=(3,), weeks=(2, 4), at=time(10)) == found["newsletter"].every
    assert {"previous"} == {s.shift for s in found.values()}
    assert {Cutoff(days=1, business=True, at=time(12))} == {s.cutoff for s in found.values()}


def test_a_default_for_an_account_that_is_not_there():
    """It is no mistake of an office with other names: it is left out."""
    assert {"newsletter"} == set(series(accounts=OTHERS))


def test_an_office_names_its_own():
    """What the file says is laid over the default, key by key."""
    found = series('[series.testimonial_weekly]\naccounts = ["main"]\n', OTHERS)
    assert ("main",) == found["testimonial_weekly"].accounts
    assert Every(weekdays=(2,), at=time(12)) == found["testimonial_weekly"].every


def test_no_accounts_turn_it_off():
    """An empty list is nobody, not everybody."""
    assert "vacancy_digest" not in series("[series.vacancy_digest]\naccounts = []\n")


def test_without_accounts_those_of_its_kind():
    """The kind's default accounts, else all, the newsletter's left out."""
    own = '[series.films]\nkind = "video"\nevery = "last fri 10:00"\n'
    assert ("x", "facebook") == series(own)["films"].accounts
    kind = '[cadence.video]\naccounts = ["facebook", "mail"]\n'
    assert ("facebook",) == series(own + kind)["films"].accounts


def test_a_kinds_name_is_its_kind():
    """`[series.vacancy]` needs no `kind`."""
    found = series('[series.vacancy]\nevery = "mon 09:00"\npick = "all"\napart = "0"\n')["vacancy"]
    assert ("vacancy", "digest", timedelta()) == (found.kind, found.moment, found.apart)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wed 12:00", Every(weekdays=(2,), at=time(12))),
        ("FRI,tue 09:30", Every(weekdays=(1, 4), at=time(9, 30))),
        ("2nd,4th thu 10:00", Every(weekdays=(3,), weeks=(2, 4), at=time(10))),
        ("last,1st mon 10:00", Every(weekdays=(0,), weeks=(LAST, 1), at=time(10))),
        ("wed/2 12:00", Every(weekdays=(2,), interval=2, at=time(12))),
        ("wed/3+2 12:00", Every(weekdays=(2,), interval=3, phase=2, at=time(12))),
        ("day 1,15,last 12:00", Every(days=(LAST, 1, 15), at=time(12))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every(text: str, expected: Every):
    """The forms of `every`."""
    assert expected == every_value(text)


def test_cutoff():
    """Business days with b, else calendar days."""
    assert Cutoff(days=1, business=True, at=time(12)) == cutoff_value("-1b 12:00")
    assert Cutoff(days=2, business=False, at=time(9)) == cutoff_value("-2 09:00")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ('kind = "testimonial"', "'every' is missing"),
        ('every = "wed 12:00"', "'kind' is missing"),
        ('kind = "testimonial"\nevery = "wednesday 12:00"', "does not say when"),
        ('kind = "testimonial"\nevery = "wed"', "does not say when"),
        ('kind = "testimonial"\nevery = "2th wed 12:00"', "does not say when"),
        ('kind = "testimonial"\nevery = "wed 25:00"', "is not a time of day"),
        ('kind = "testimonial"\nevery = "wen 12:00"', "'wen' is no weekday"),
        ('kind = "testimonial"\nevery = "wed/1 12:00"', "every 1 weeks is not to be had"),
        ('kind = "testimonial"\nevery = "2nd wed/2 12:00"', "every 2 weeks is not to be had"),
        ('kind = "testimonial"\nevery = "wed/2+2 12:00"', "+2 is a whole round"),
        ('kind = "testimonial"\nevery = "day 31 12:00"', "not every month has that day"),
        ('kind = "testimonial"\nevery = "wed 12:00"\ncutoff = "1b"', "'1b' is no cutoff"),
        ('kind = "testimonial"\nevery = "wed 12:00"\naccounts = ["y"]', "'y' is not known here"),
        ('kind = "testimonial"\nevery = "wed 12:00"\npick = "two"', "'two' is not known here"),
        ('kind = "testimonial"\nevery = "wed 12:00"\nevry = 1', "unknown key"),
        ('kind = "seminar"\nevery = "wed 12:00"', "a series picks no seminar"),
        ('kind = "semniar"\nevery = "wed 12:00"', "did you mean 'seminar'?"),
    ],
)
def test_what_is_wrong(own: str, said: str):
    """Each mistake is named, with its place and what to write."""
    (found,) = wrong(f"[series.mine]\n{own}\n")
    assert said in found
    assert "series.mine" in found
    assert " — " in found


def test_a_name_that_cannot_be():
    """A series' name is not a post's id: it has no hyphens."""
    (found,) = wrong('[series.the-weekly]\nkind = "testimonial"\nevery = "wed 12:00"\n')
    assert "a series cannot have this name" in found


def test_an_edited_default_that_reaches_nobody():
    """Who changes a default for accounts that are not there is told to name his own."""
    (found,) = wrong('[series.testimonial_weekly]\nevery = "thu 12:00"\n', OTHERS)
    assert 'add accounts = ["…"]' in found
