"""How an issue and its ledger read."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from jposocial.cli import output
from jposocial.cli.base import Call
from jposocial.messages import Message, msg
from jposocial.wording import ISSUE_STATUS, RECIPIENT_STATE

if TYPE_CHECKING:
    from jposocial.mail_desk import Standing
    from jposocial.newsletter.issues import Issue
    from jposocial.newsletter.ledger import Totals
    from jposocial.newsletter.relay import Answer

#: What a person does next.
_NEXT: Final = {
    "draft": msg("→ jposocial newsletter freeze {post}"),
    "frozen": msg("→ another person: jposocial newsletter approve {post}:{payload}:{audience}"),
    "approved": msg("→ jposocial newsletter send {post} --count {frozen}"),
    "sending": msg("→ it goes on with 'run', 'publish' or: jposocial newsletter send {post}"),
    "paused": msg("→ jposocial newsletter resume {post}, or cancel"),
}


def standing_json(found: Standing) -> dict[str, Any]:
    totals, issue = found.totals, found.issue
    return {
        "issue": found.post,
        "status": found.status,
        "frozen": totals.frozen,
        "accepted": totals.accepted,
        "refused": totals.refused,
        "suppressed": totals.suppressed,
        "in_doubt": totals.in_doubt,
        "pending": totals.pending,
        "payload_hash": issue.payload_hash if issue else None,
        "audience_hash": issue.audience_hash if issue else None,
        "due": issue.promise.due.isoformat() if issue else None,
        "go_at": issue.go_at.isoformat() if issue and issue.go_at else None,
        "reason": issue.reason if issue else "",
    }


def standing_lines(call: Call, found: Standing) -> Iterator[str]:
    """The issue in a few lines, and what to do next."""
    yield f"{found.post}  {call.say(ISSUE_STATUS[found.status])}"
    if found.issue:
        yield from (f"  {line}" for line in issue_lines(call, found))
    if step := _next(found):
        yield f"  {call.say(step)}"


def issue_lines(call: Call, found: Standing) -> Iterator[str]:
    issue, totals = found.issue, found.totals
    if issue is None:
        return
    zone = call.workspace.settings.calendar.zone
    yield output.moment(issue.promise.due, zone)
    for line in issue.promise.parts[0].text.splitlines():
        if not line:
            break
        yield line
    yield f"payload {issue.payload_hash[:16]}  audience {issue.audience_hash[:16]}"
    yield call.say(
        msg(
            "{frozen} frozen = {accepted} accepted + {refused} refused + {suppressed} left + {in_doubt} in doubt + {pending} pending",
            frozen=totals.frozen,
            accepted=totals.accepted,
            refused=totals.refused,
            suppressed=totals.suppressed,
            in_doubt=totals.in_doubt,
            pending=totals.pending,
        )
    )
    if issue.go_at and found.status == "approved":
        yield call.say(msg("goes out from {when}", when=output.moment(issue.go_at, zone)))
    if issue.reason:
        yield call.say(msg("reason: {reason}", reason=issue.reason))
    if totals.in_doubt:
        yield call.say(
            msg(
                "look for them in the mail server's log, then: jposocial newsletter resolve {post} ADDRESS --accepted or --absent (newsletter status {post} --recipients --status in_doubt names them)",
                post=issue.post,
            )
        )


def _next(found: Standing) -> Message | None:
    step = _NEXT.get(found.status)
    issue = found.issue
    if step is None or (found.status == "approved" and issue and issue.counted is not None):
        return None
    return step.filled(
        post=found.post,
        payload=issue.payload_hash[:8] if issue else "",
        audience=issue.audience_hash[:8] if issue else "",
        frozen=found.totals.frozen,
    )


def test_lines(call: Call, found: Iterable[tuple[str, str, Answer]]) -> Iterator[str]:
    for address, lang, answer in found:
        yield f"{address}  {lang}  {call.say(RECIPIENT_STATE[answer.state])}  {answer.reply}"


class Progress:
    """A line on a terminal with rate and time left; elsewhere a line now and then."""

    _EVERY = 10.0

    def __init__(self, call: Call) -> None:
        self._call = call
        self._terminal = sys.stderr.isatty()
        self._first: int | None = None
        self._said_at = float("-inf")
        self._waiting = False

    def __call__(self, issue: Issue, totals: Totals, seconds: float) -> None:
        """`seconds` since the start; negative: so long until it begins."""
        line = self._line(issue, totals, seconds)
        if self._terminal:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        elif seconds - self._said_at >= self._EVERY or (seconds < 0) != self._waiting:
            self._said_at, self._waiting = seconds, seconds < 0
            output.note(line)

    def close(self) -> None:
        if self._terminal:
            print(file=sys.stderr)

    def _line(self, issue: Issue, totals: Totals, seconds: float) -> str:
        if seconds < 0:
            return self._call.say(
                msg(
                    "{post}: {frozen} mails go out in {left}; Ctrl-C keeps them here",
                    post=issue.post,
                    frozen=totals.frozen,
                    left=_clock(-seconds),
                )
            )
        done = totals.frozen - totals.pending
        self._first = done if self._first is None else self._first
        rate = (done - self._first) / seconds if seconds else 0.0
        left = _clock(totals.pending / rate) if rate else "–"
        share = done * 20 // max(totals.frozen, 1)
        return self._call.say(
            msg(
                "[{bar}] {done}/{frozen}  {rate}/s  {left} left  refused {refused}, in doubt {in_doubt}",
                bar="#" * share + "." * (20 - share),
                done=done,
                frozen=totals.frozen,
                rate=f"{rate:.0f}",
                left=left,
                refused=totals.refused,
                in_doubt=totals.in_doubt,
            )
        )


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
