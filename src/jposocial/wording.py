"""How states, reasons and hours are called, on every surface that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from jposocial.messages import Message, msg

if TYPE_CHECKING:
    from datetime import datetime

STATUS_NAMES = {
    "scheduled": msg("scheduled"),
    "publishing": msg("publishing"),
    "published": msg("published"),
    "failed": msg("failed"),
    "unconfirmed": msg("unconfirmed"),
    "missed": msg("missed"),
    "cancelled": msg("cancelled"),
    "deferred": msg("deferred"),
}

BLOCKER_NAMES = {
    "approval": msg("waits for approval"),
    "hold": msg("on hold"),
    "cap": msg("daily cap reached"),
    "gap": msg("too soon after the last one"),
    "quiet": msg("quiet hours"),
    "account": msg("the account is stopped"),
    "file": msg("its file has an error, or an image of it is missing"),
    "budget": msg("the month's budget is used up"),
    "link": msg("a link in it is dead"),
    "clock": msg("the machine's clock is wrong"),
    "disk": msg("the disk is full"),
}

#: What the program itself writes as the reason of a state; a platform's words stay its own.
DETAIL_NAMES = {
    "": msg("no reason was given"),
    "expired": msg("its time passed"),
    "claimer gone": msg("the process that was sending it ended"),
    "hold": msg("it fell due under a hold"),
    "file": msg("an image of it is gone or was changed; jposocial sync puts it back"),
    "nothing begun": msg("nothing of it had been sent"),
    "the rest is to come": msg("a part was found; the rest is to come"),
    "person": msg("a person looked for it"),
    "retracted": msg("what was out of it was retracted"),
}


#: Why a moment is not planned.
REASONS: Final[Mapping[str, Message]] = {
    "late": msg("its time was past when the file first came"),
    "past": msg("its event, deadline or consent would be over"),
    "no_anchor": msg("the date it hangs on is not in the file"),
    "no_room": msg("no free time was found on the account"),
    "cancelled": msg("cancelled"),
    "full": msg("the event is full"),
    "over": msg("the event is over"),
    "tentative": msg("the event is still tentative"),
    "empty": msg("there is nothing that the series may use"),
    "dated": msg("a post of that kind has its own announcement on that day"),
    "same_day": msg("closed days brought it onto the day of the one before"),
    "next_digest": msg("it did not fit any more; it is in the next digest"),
    "closing": msg("it closes too soon for the next digest"),
    "file": msg("a file that it uses has an error"),
    "newsletter": msg("a date for the newsletter; it is prepared, not posted"),
    "no_file": msg("the newsletter of that date has no file yet"),
    "blackout": msg("its day is in a blackout"),
}

#: Reason → what a person does where the moment was wanted.
FIXES: Final[Mapping[str, Message]] = {
    "late": msg("if it is still wanted: give it an exact time with publish:, or jposocial post"),
    "past": msg("mend the date in the file, or leave the moment out with skip:"),
    "no_anchor": msg("write that date in the file, or leave the moment out with skip:"),
    "blackout": msg("if it must go all the same, give it an exact time with publish:"),
    "no_room": msg("leave out or move another post, or raise daily_cap or lower min_gap"),
    "cancelled": msg(
        "nothing is to be done; what a person cancelled comes back by jposocial retry"
    ),
    "over": msg("if the date is wrong, mend it; else nothing is to be done"),
    "tentative": msg("when it is certain, write status: confirmed"),
}

#: Why a day would not do.
SHIFTS: Final[Mapping[str, Message]] = {
    "blackout": msg("{day} is in a blackout"),
    "holiday": msg("{day} is a holiday"),
    "closed": msg("{day} is a closed day"),
    "weekend": msg("{day} is a weekend"),
    "full": msg("{day} is full"),
    "quiet": msg("{day}: in the quiet hours"),
    "late": msg("{day} is past"),
    "kept": msg("{day} is its own day; it stands in the queue like this"),
}

MONTHS: Final = (
    msg("January"), msg("February"), msg("March"), msg("April"), msg("May"), msg("June"),
    msg("July"), msg("August"), msg("September"), msg("October"), msg("November"),
    msg("December"),
)  # fmt: skip

#: What kinds of post are called.
KIND_NAMES: Final[Mapping[str, Message]] = {
    "seminar": msg("seminar"),
    "testimonial": msg("testimonial"),
    "exam_notice": msg("examination notice"),
    "vacancy": msg("vacancy"),
    "statistics": msg("statistics"),
    "video": msg("video"),
    "site_update": msg("site update"),
    "roster_info": msg("roster"),
    "event_report": msg("event report"),
    "notice": msg("notice"),
    "newsletter": msg("newsletter"),
}

#: What the moments of the delivered configuration are called; others keep their own names.
MOMENT_NAMES: Final[Mapping[str, Message]] = {
    "announce": msg("announcement"),
    "reminder": msg("reminder"),
    "last_call": msg("last call"),
    "today": msg("on the day"),
    "report": msg("report"),
    "digest": msg("digest"),
    "notice": msg("first notice"),
    "opens": msg("applications open"),
    "closing_14": msg("14 days to the deadline"),
    "closing_7": msg("7 days to the deadline"),
    "closing_3": msg("3 days to the deadline"),
    "closing_1": msg("1 day to the deadline"),
    "closing_day": msg("day of the deadline"),
    "moved": msg("change of date"),
    "cancelled": msg("called off"),
    "full": msg("fully booked"),
    "issue": msg("issue"),
}


#: How far an issue of the newsletter is.
ISSUE_STATUS: Final[Mapping[str, Message]] = {
    "draft": msg("draft"),
    "frozen": msg("frozen"),
    "approved": msg("approved"),
    "sending": msg("sending"),
    "paused": msg("paused"),
    "finished": msg("finished"),
    "cancelled": msg("cancelled"),
}

#: What became of a mail.
RECIPIENT_STATE: Final[Mapping[str, Message]] = {
    "pending": msg("to come"),
    "sending": msg("sending"),
    "deferred": msg("not taken now"),
    "accepted": msg("taken by the mail server"),
    "refused": msg("refused"),
    "in_doubt": msg("in doubt"),
    "suppressed": msg("left"),
}


def moment(value: datetime, zone: Any) -> Message:
    """`2027-01-21 (Thu) 19:00`, local."""
    from jposocial.values import WEEKDAYS

    local = value.astimezone(zone)
    return msg(
        "{day} ({weekday}) {time}",
        day=f"{local:%Y-%m-%d}",
        weekday=WEEKDAYS[local.weekday()],
        time=f"{local:%H:%M}",
    )
