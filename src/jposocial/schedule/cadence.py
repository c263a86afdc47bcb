"""A post's moments on one account, and when each would go by cadence and calendar alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from jposocial.model import MAIL, Account, Cadence, Calendar, Moment, Post, Publish
from jposocial.schedule.business_days import (
    add_business_days,
    after_quiet,
    at,
    before_quiet,
    blackout,
    business_day,
    day_start,
    is_quiet,
    local_day,
    opening,
)

#: What a kind without a cadence has: one moment, on the day of `publish`.
ANNOUNCE = Moment(name="announce", anchor="publish", grace=timedelta(hours=24))
_ONCE = (ANNOUNCE,)
_EXACTLY = (Moment(name="announce", anchor="publish", shift="keep", grace=ANNOUNCE.grace),)

#: The phase of an exam notice that has a closing day to count down to.
_APPLICATIONS = "受付開始"

#: Seminars in these states have nothing more to announce but that.
WITHDRAWN = frozenset({"cancelled", "full"})

#: The moments that bring a post's first news: a kind's `announce`, an exam notice's `notice`.
ANNOUNCING = frozenset({"announce", "notice"})

#: What the announcement of a post is called that has a `moved_from`.
MOVED = "moved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A moment of a post; `nominal` is None where its anchor is not there."""

    moment: Moment
    kind: str = ""
    #: By the cadence alone, if every hour of every day would do; None where that is no such time.
    wanted: datetime | None = None
    nominal: datetime | None
    #: The post's event that this moment comes before.
    event: datetime | None = None
    #: That event, or the consent's end.
    not_after: datetime | None
    #: Why it is not to be placed though it has a time; empty where it is.
    reason: str = ""
    #: It keeps to the office's hours, not only out of the quiet ones.
    in_office: bool = False


def target_accounts(
    post: Post, cadence: Cadence | None, accounts: Mapping[str, Account]
) -> Sequence[str]:
    """The accounts a post goes to, `mail` left out: its own, the kind's, or all.

    One whose language the post does not have is none of them.
    """
    names = post.accounts
    if names is None:
        names = cadence.accounts if cadence and cadence.accounts is not None else tuple(accounts)
    known = [name for name in dict.fromkeys(names) if name != MAIL and name in accounts]
    return [name for name in known if is_told(post, accounts[name])]


def is_told(post: Post, account: Account) -> bool:
    """Whether `post` has something to say in the account's language.

    An English account takes what has English: `lang` en or both, or a text of its own for it.
    """
    if account.lang != "en" or post.lang in ("en", "both"):
        return True
    english = (post.fields.get("en") or {}).get("text") or {}
    return account.name in post.text or account.name in english


def timed_moments(
    post: Post, cadence: Cadence | None, account: str, calendar: Calendar, events: Sequence[str]
) -> Iterator[Timed]:
    """Every moment of `post` on `account`, in the order of the cadence."""
    yield from _timed(post, _moments(post, cadence, account), calendar, events)


def timed_on(
    post: Post,
    cadence: Cadence | None,
    accounts: Iterable[str],
    calendar: Calendar,
    events: Sequence[str],
) -> Iterator[tuple[str, Sequence[Timed]]]:
    """Every account with its moments; accounts that share a row of the cadence share them."""
    made: list[tuple[Sequence[Moment], Sequence[Timed]]] = []
    for account in accounts:
        row = _moments(post, cadence, account)
        timed = next((timed for known, timed in made if known is row), None)
        if timed is None:
            timed = tuple(_timed(post, row, calendar, events))
            made.append((row, timed))
        yield account, timed


def _timed(
    post: Post, row: Sequence[Moment], calendar: Calendar, events: Sequence[str]
) -> Iterator[Timed]:
    for moment in row:
        if moment.name in post.skip or _of_another_phase(post, moment):
            continue
        wanted = _wanted(post, moment, calendar)
        if wanted is None:
            yield Timed(
                moment=moment, kind=post.kind, nominal=None, not_after=None, reason="no_anchor"
            )
            continue
        nominal = _shifted(wanted, moment, calendar)
        ahead = _ahead(post, moment, wanted, events)
        yield Timed(
            moment=moment,
            kind=post.kind,
            wanted=wanted,
            nominal=nominal,
            event=min(ahead, default=None),
            not_after=min([*ahead, *consent_end(post, calendar)], default=None),
            reason=withdrawn(post, moment) or _outlived(wanted, nominal, ahead, calendar),
        )


def _moments(post: Post, cadence: Cadence | None, account: str) -> Sequence[Moment]:
    if post.publish and post.publish.exact:
        return _EXACTLY
    if not cadence or not cadence.rows:
        return _ONCE
    return cadence.rows.get(account, cadence.rows.get(cadence.other or "", _ONCE))


def _of_another_phase(post: Post, moment: Moment) -> bool:
    """`closing_*` count down to the end of applications: other phases of an exam have none."""
    phase = post.fields.get("phase")
    return moment.name.startswith("closing_") and phase not in (None, _APPLICATIONS)


def withdrawn(post: Post, moment: Moment) -> str:
    """Why the state of the post's event leaves the moment out; empty where it does not."""
    status = post.fields.get("status")
    if status in WITHDRAWN:
        return str(status)
    if status == "tentative" and moment.name != ANNOUNCE.name:
        # Two steps: the date first; what calls for applications waits for the details.
        return "tentative"
    return "over" if status == "over" and moment.anchor != "ends" else ""


def _wanted(post: Post, moment: Moment, calendar: Calendar) -> datetime | None:
    """When the moment would go if every hour of every day would do."""
    anchor = anchor_of(post, moment.anchor)
    if anchor is None:
        return None
    if moment.anchor == "publish" and post.publish and post.publish.exact:
        return post.publish.exact.astimezone(UTC)
    if moment.before is not None and isinstance(anchor, datetime):
        return anchor.astimezone(UTC) - moment.before
    day = local_day(anchor, calendar) if isinstance(anchor, datetime) else anchor
    day = (
        add_business_days(day, moment.offset, calendar)
        if moment.business
        else day + timedelta(days=moment.offset)
    )
    return at(day, moment.at, calendar)


def anchor_of(post: Post, name: str) -> datetime | date | None:
    """The post's own date under that name, or None."""
    if name == "publish":
        found: Publish | None = post.publish
        return found.exact or found.day if found else None
    value = post.fields.get(name)
    return value if isinstance(value, date) else None


def _precedes(moment: Moment, event: str) -> bool:
    """Whether the moment hangs on that event and is no later than its day."""
    return moment.anchor == event and (moment.offset <= 0 or moment.before is not None)


def _shifted(due: datetime, moment: Moment, calendar: Calendar) -> datetime:
    """`due` on a business day out of the quiet hours; a deadline's reminder only earlier."""
    if moment.shift == "keep":
        return due
    if moment.shift == "previous":
        return _earlier(before_quiet(due, calendar), moment, calendar)
    due = after_quiet(due, calendar)
    day = business_day(local_day(due, calendar), calendar, 1)
    return due if day == local_day(due, calendar) else clocked(day, moment, calendar)


def _earlier(due: datetime, moment: Moment, calendar: Calendar) -> datetime:
    day = business_day(local_day(due, calendar), calendar, -1)
    if day == local_day(due, calendar):
        return due
    return clocked(day, moment, calendar)


def clocked(day: date, moment: Moment, calendar: Calendar) -> datetime:
    """The moment's time on another day, at the office's opening where that time is quiet."""
    due = at(day, moment.at, calendar)
    return opening(day, calendar) if is_quiet(due, calendar) else due


def _ahead(post: Post, moment: Moment, wanted: datetime, events: Sequence[str]) -> list[datetime]:
    """The post's events that the moment comes before."""
    return [
        value
        for name in events
        if isinstance(value := post.fields.get(name), datetime)
        and (value > wanted or _precedes(moment, name))
    ]


def _outlived(
    wanted: datetime, nominal: datetime, ahead: Sequence[datetime], calendar: Calendar
) -> str:
    """An event that is over when the calendar lets the moment go: its news is none any more."""
    if not any(event <= nominal for event in ahead):
        return ""
    return "blackout" if blackout(local_day(wanted, calendar), calendar) else "over"


def consent_end(post: Post, calendar: Calendar) -> list[datetime]:
    """The instant at which the consent of the person in it is over."""
    until = (post.fields.get("consent") or {}).get("until")
    return [day_start(until + timedelta(days=1), calendar)] if until else []
