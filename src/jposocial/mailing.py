"""What a person does with an issue: freeze, approve, count, send; and the sending itself.

Each takes the workspace and acts under the person's own name. What was composed at the freeze is
composed again before it goes: an issue whose file, posts or templates were edited since is not sent.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Final

from jposocial.composing import Composed, compose
from jposocial.errors import LockHeld, Refused
from jposocial.host import process_start, this_process
from jposocial.issue_time import issue_time
from jposocial.locks import exclusive
from jposocial.mail_door import door_of, signer_of
from jposocial.messages import localised, msg
from jposocial.model import Post, Status
from jposocial.newsletter import issues, ledger, subscribers
from jposocial.newsletter.addresses import envelope as envelope_address
from jposocial.newsletter.brake import Brake
from jposocial.newsletter.hot import HotStatements
from jposocial.newsletter.issues import Addressee, Edition, Issue
from jposocial.newsletter.ledger import Recipient, Totals
from jposocial.newsletter.letter import Reader
from jposocial.newsletter.mailroom import Envelope, Office, Sent, send
from jposocial.newsletter.mould import Mould, envelope_sender, make_mould, message_id
from jposocial.newsletter.relay import Line
from jposocial.newsletter.throttle import Throttle
from jposocial.newsletter.verify import ReadBack
from jposocial.newsletters import Newsletter
from jposocial.outbox import approvals
from jposocial.outbox.blockers import blockers, circumstances
from jposocial.outbox.holds import lock_brake
from jposocial.store import Connection
from jposocial.store.engine import reading
from jposocial.wording import ISSUE_STATUS

if TYPE_CHECKING:
    from jposocial.app import Workspace

#: The count is held against that of so many issues before.
_EARLIER: Final = 3

Hearer = Callable[[Issue, Totals, float], None]


# Freezing and approving.


def freeze(
    workspace: Workspace, post_id: str, progress: Callable[[int, int], None] = lambda *_: None
) -> Issue:
    """Compose the issue, build and read back every mail, and write down what goes to whom.

    `progress` is told how many mails of how many were read back. Raises Refused.
    """
    now = workspace.clock()
    composed = composed_or_refused(workspace, post_id, now)
    newsletter = composed.newsletter
    when = issue_time(workspace.settings, composed.post)
    moulds = moulds_of(composed, when)
    with reading(workspace.engine) as connection:
        corrected = _corrected(connection, composed.post)
        people = [
            Addressee(
                subscriber=one.id, address=one.address, key=one.key, domain=one.domain,
                name=one.name, lang=one.lang, token=one.token,
            )
            for one in subscribers.audience(connection, newsletter.list)
            if corrected is None or one.key in corrected.keys
        ]  # fmt: skip
    edition = Edition(
        post=composed.post, newsletter=newsletter, due=when,
        subjects={lang: letter.subject for lang, letter in composed.letters.items()},
        mails={lang: mould.to_bytes() for lang, mould in moulds.items()},
        corrects=corrected.issue if corrected else None,
    )  # fmt: skip
    _refuse_other_purpose(workspace, newsletter)
    read_every(composed, moulds, people, edition.post.id, progress)
    domain = newsletter.sender.rpartition("@")[2]
    return issues.freeze(
        workspace.engine, edition, people, workspace.settings.calendar,
        lambda key: message_id(post_id, key, domain), by=workspace.identity(), now=now,
    )  # fmt: skip


def read_every(
    composed: Composed,
    moulds: Mapping[str, Mould],
    people: Sequence[Addressee],
    post_id: str,
    progress: Callable[[int, int], None],
) -> None:
    """Build each mail as it would go out, and have it read by another parser. Raises Refused."""
    checks = {
        lang: ReadBack(letter, composed.newsletter) for lang, letter in composed.letters.items()
    }
    domain = composed.newsletter.sender.rpartition("@")[2]
    for number, one in enumerate(people):
        lang = one.lang if one.lang in moulds else next(iter(moulds))
        reader = Reader(
            address=one.address, name=one.name, token=one.token,
            message_id=message_id(post_id, one.key, domain),
        )  # fmt: skip
        if found := checks[lang].differences(moulds[lang].fill(reader), reader):
            raise Refused(
                msg(
                    "a built mail is not what was composed ({reason}), for subscriber {id}: nothing is frozen",
                    reason=found[0],
                    id=one.subscriber,
                )
            )
        if number % 100 == 0:
            progress(number, len(people))


def composed_or_refused(workspace: Workspace, post_id: str, now: datetime) -> Composed:
    """Raises Refused with every error that keeps the issue from going out."""
    composed = compose(workspace, post_id, now=now)
    errors = [problem for problem in composed.problems if problem.severity == "error"]
    if errors:
        language = workspace.settings.language
        lines = [
            f"{p.path}:{p.line} {p.rule} {localised(p.message, language)} — {localised(p.fix, language)}"
            for p in errors
        ]
        raise Refused(
            msg("{post} cannot go out:\n{problems}", post=post_id, problems="\n".join(lines))
        )
    return composed


def moulds_of(composed: Composed, when: datetime, *, test: bool = False) -> dict[str, Mould]:
    """Language → the mail serialised once, dated at the issue's own time."""
    return {
        lang: make_mould(letter, composed.newsletter, date=when, test=test)
        for lang, letter in composed.letters.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Corrected:
    issue: int
    keys: set[str]


def _corrected(connection: Connection, post: Post) -> _Corrected | None:
    """The issue that this one corrects, and whoever got it."""
    wrong = post.fields.get("corrects")
    if not wrong:
        return None
    found = issues.find(connection, wrong)
    if found is None or found.status not in ("sending", "paused", "finished"):
        raise Refused(msg("{post} was not sent: there is nothing to correct", post=wrong))
    return _Corrected(issue=found.id, keys=issues.those_who_got(connection, found.id))


def _refuse_other_purpose(workspace: Workspace, newsletter: Newsletter) -> None:
    """E18: a list is for one purpose, for ever."""
    with reading(workspace.engine) as connection:
        subscribers.require_purpose(connection, newsletter.list, newsletter.purpose)


_APPROVAL: Final = re.compile(r"([^:\s]+):([0-9A-Fa-f]{8,64}):([0-9A-Fa-f]{8,64})")


def approve(workspace: Workspace, text: str) -> Issue:
    """`ISSUE:PAYLOAD:AUDIENCE`, at least 8 hex digits each. Raises Refused."""
    match = _APPROVAL.fullmatch(text)
    if not match:
        raise Refused(
            msg(
                "'{text}' is not ISSUE:PAYLOAD:AUDIENCE with at least 8 digits each; 'jposocial newsletter status' shows them",
                text=text,
            )
        )
    post, payload, audience = match.groups()
    with reading(workspace.engine) as connection:
        issue = issues.required(connection, post)
    for given, wanted in ((payload, issue.payload_hash), (audience, issue.audience_hash)):
        if not wanted.startswith(given.lower()):
            raise Refused(
                msg(
                    "the hash is {hash}…, not {given}: look at the issue again before you approve",
                    hash=wanted[: len(given)],
                    given=given,
                )
            )
    approvals.approve(
        workspace.engine, [(issue.promise.id, issue.promise.payload_hash)],
        by=workspace.identity(), now=workspace.clock(),
        self_approval=workspace.settings.self_approval,
    )  # fmt: skip
    with reading(workspace.engine) as connection:
        return issues.required(connection, post)


# The count, and the release.


def unusual(workspace: Workspace, issue: Issue) -> int | None:
    """The usual count, where this issue's differs from it by more than is configured."""
    newsletter = workspace.settings.newsletters[issue.newsletter]
    if issue.corrects is not None:
        return None
    with reading(workspace.engine) as connection:
        counts = issues.latest_counts(connection, issue.newsletter, issue.mode, _EARLIER)
    if not counts:
        return None
    usual = median(counts)
    return int(usual) if abs(issue.frozen - usual) > newsletter.count_change * usual else None


def count(workspace: Workspace, post_id: str, number: int) -> Issue:
    """The typed count: from now on the issue goes by itself, after the hold window.

    Raises Refused where the files say something else than what was frozen, or the relay is down.
    """
    with reading(workspace.engine) as connection:
        issue = issues.required(connection, post_id)
    newsletter = newsletter_of(workspace, issue)
    now = workspace.clock()
    if changed(workspace, issue):
        raise Refused(
            msg(
                "{post} was edited since it was frozen, or what it takes from other posts was: freeze it and have it approved again; nothing is sent",
                post=post_id,
            )
        )
    with opened_door(workspace, newsletter) as connect:
        connect().close()
    go_at = max(issue.promise.due, now + newsletter.hold_window)
    return issues.count(
        workspace.engine, post_id, number, go_at=go_at, by=workspace.identity(), now=now
    )


def newsletter_of(workspace: Workspace, issue: Issue) -> Newsletter:
    """Raises Refused where the configuration has no such newsletter any more."""
    found = workspace.settings.newsletters.get(issue.newsletter)
    if found is None or found.mode != issue.mode or found.sender != issue.promise.handle:
        raise Refused(
            msg(
                "[newsletter.{name}] is not what it was when the issue was frozen: freeze it again",
                name=issue.newsletter,
            )
        )
    return found


def changed(workspace: Workspace, issue: Issue) -> bool:
    """Whether what the files say now is other than what was frozen."""
    composed = compose(workspace, issue.post, now=issue.frozen_at)
    if any(problem.severity == "error" for problem in composed.problems):
        return True
    fresh = moulds_of(composed, issue_time(workspace.settings, composed.post))
    with reading(workspace.engine) as connection:
        kept = issues.mails_of(connection, issue.id)
    return {lang: mould.to_bytes() for lang, mould in fresh.items()} != kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Withheld:
    """An issue whose time has come and that does not go; why."""

    issue: Issue
    reason: str


def release_due(workspace: Workspace) -> list[Withheld]:
    """Open the ledger of every issue whose hold window is over; what does not go, and why."""
    with reading(workspace.engine) as connection:
        waiting = issues.in_state(connection, "frozen")
    held = []
    for issue in waiting:
        if issue.status == "approved" and issue.go_at and issue.go_at <= workspace.clock():
            reason = _release(workspace, issue)
            held += [Withheld(issue=issue, reason=reason)] if reason else []
    return held


def _release(workspace: Workspace, issue: Issue) -> str:
    """Empty where it was released."""
    if changed(workspace, issue):
        return str(msg("edited since it was frozen"))
    claimer = this_process()
    with workspace.engine.begin() as connection:
        lock_brake(connection, share=True)
        fresh = issues.find(connection, issue.post)
        now = workspace.clock()
        if fresh is None or fresh.id != issue.id or fresh.status != "approved":
            return str(msg("it is not approved any more"))
        promise = fresh.promise
        if promise.status is not Status.SCHEDULED or promise.expires <= now:
            return str(msg("it is too late"))
        found = blockers(
            connection, promise, workspace.house, circumstances(connection, promise.id), now
        )
        if found:
            return ", ".join(found)
        issues.release(
            connection, fresh,
            {"claim_host": claimer.host, "claim_pid": claimer.pid, "claim_process": claimer.process},
            now=now, actor=workspace.identity(),
        )  # fmt: skip
    return ""


# Sending.


def pump_all(
    workspace: Workspace, hear: Hearer, *, patient: bool, halted: threading.Event
) -> list[Sent]:
    """Send what was released, one issue after the other. The caller has the publishing lock."""
    with reading(workspace.engine) as connection:
        open_issues = issues.in_state(connection, "sending")
    return [
        pump(workspace, issue, hear, patient=patient, halted=halted)
        for issue in open_issues
        if not halted.is_set()
    ]


def pump(
    workspace: Workspace, issue: Issue, hear: Hearer, *, patient: bool, halted: threading.Event
) -> Sent:
    """Send one issue as far as it goes. What a dead process was sending is in doubt first."""
    newsletter, claimer = newsletter_of(workspace, issue), this_process()
    with workspace.engine.begin() as connection:
        living = _living(connection, issue.id)
        ledger.doubt_dead(connection, issue.id, claimer.host, living, workspace.clock())
        ledger.totals(connection, issue.id)
    with reading(workspace.engine) as connection:
        moulds = {
            lang: Mould.from_bytes(mail)
            for lang, mail in issues.mails_of(connection, issue.id).items()
        }
    relay = newsletter.relay
    with opened_door(workspace, newsletter) as connect:
        office = Office(
            engine=workspace.engine, clock=workspace.clock, monotonic=time.monotonic,
            claimer={
                "by_host": claimer.host, "by_pid": claimer.pid, "by_process": claimer.process,
            },
            connect=connect, envelope=_enveloping(workspace, newsletter, moulds),
            brake=Brake(workspace.house, issue, HotStatements(workspace.engine)),
            connections=relay.connections if relay else 2,
            throttle=Throttle(
                per_domain=relay.per_domain, per_window=relay.per_window,
                window=relay.window.total_seconds(),
            ) if relay else Throttle(),
            hear=partial(hear, issue),
        )  # fmt: skip
        sent = send(office, issue.id, patient=patient, halted=halted)
    _ended(workspace, issue, sent)
    return sent


def _ended(workspace: Workspace, issue: Issue, sent: Sent) -> None:
    by, now = workspace.identity(), workspace.clock()
    if sent.stop and sent.stop.pause:
        with reading(workspace.engine) as connection:
            fresh = issues.find(connection, issue.post)
        if fresh and fresh.status == "sending":
            issues.pause(workspace.engine, issue.post, sent.stop.reason, by=by, now=now)
    elif not sent.totals.pending:
        issues.finish(workspace.engine, issue.post, by=by, now=now)


def _living(connection: Connection, issue: int) -> frozenset[tuple[int, str]]:
    return frozenset(
        (row.pid, row.process)
        for row in ledger.under_way(connection, issue)
        if process_start(row.pid) == row.process
    )


def _enveloping(
    workspace: Workspace, newsletter: Newsletter, moulds: dict[str, Mould]
) -> Callable[[Recipient], Envelope]:
    signer = signer_of(newsletter, workspace.root)

    def envelope(recipient: Recipient) -> Envelope:
        reader = Reader(
            address=recipient.address, name=recipient.name, token=recipient.token,
            message_id=recipient.message_id,
        )  # fmt: skip
        return Envelope(
            sender=envelope_sender(newsletter, recipient.token),
            recipient=envelope_address(recipient.address),
            message=moulds[recipient.lang].fill(reader, signer),
        )

    return envelope


@contextmanager
def opened_door(workspace: Workspace, newsletter: Newsletter) -> Iterator[Callable[[], Line]]:
    """What opens a line to the relay; in sandbox mode to the embedded sandbox."""
    with door_of(workspace, newsletter) as door:
        yield partial(Line, door)


def send_now(
    workspace: Workspace, post_id: str, hear: Hearer, *, halted: threading.Event
) -> Sequence[Sent] | None:
    """Wait for the hold window, then send; None where another process does it."""
    try:
        with exclusive(workspace.var / "jposocial.lock", wait=False):
            _wait_for(workspace, post_id, hear, halted)
            for held in release_due(workspace):
                if held.issue.post == post_id:
                    raise Refused(
                        msg("{post} does not go: {reason}", post=post_id, reason=held.reason)
                    )
            return pump_all(workspace, hear, patient=True, halted=halted)
    except LockHeld:
        return None


#: So often the wait for the hold window looks at the clock, in seconds.
_LOOK: Final = 0.5


def _wait_for(workspace: Workspace, post_id: str, hear: Hearer, halted: threading.Event) -> None:
    """Until the hold window is over, or the issue is no more to be sent."""
    while not halted.is_set():
        with reading(workspace.engine) as connection:
            issue = issues.find(connection, post_id)
            if issue is None or issue.status != "approved" or issue.go_at is None:
                return
            left = (issue.go_at - workspace.clock()).total_seconds()
            if left <= 0:
                return
            hear(issue, ledger.totals(connection, issue.id), -left)
        halted.wait(min(left, _LOOK))


def follow(workspace: Workspace, post_id: str, hear: Hearer, *, halted: threading.Event) -> Issue:
    """Tell how far the process that sends the issue is, until it has ended."""
    while True:
        with reading(workspace.engine) as connection:
            issue = issues.required(connection, post_id)
            hear(issue, ledger.totals(connection, issue.id), 0.0)
        if issue.status not in ("approved", "sending") or halted.wait(_LOOK):
            return issue


def standing_issue(workspace: Workspace, post_id: str) -> Issue:
    """Raises Refused where it is not frozen."""
    with reading(workspace.engine) as connection:
        return issues.required(connection, post_id)


def require_sendable(issue: Issue) -> None:
    """Raises Refused where sending would do nothing, with what is to be done first."""
    if issue.status == "frozen":
        raise Refused(
            msg(
                "{post} waits for its approval; 'jposocial newsletter status {post}' says how; nothing is sent",
                post=issue.post,
            )
        )
    if issue.status == "paused":
        raise Refused(msg("{post} is paused: jposocial newsletter resume {post}", post=issue.post))
    if issue.status in ("finished", "cancelled"):
        raise Refused(
            msg(
                "{post} is {status}; there is nothing to send",
                post=issue.post,
                status=ISSUE_STATUS[issue.status],
            )
        )
