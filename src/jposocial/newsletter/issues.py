"""Issues: frozen with their audience, promised in the outbox, released to their ledger.

An issue's promise is a delivery like any other, on the account `mail`: the same approval, brake,
window and record. To publish it means to release the issue to its ledger, in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select, update

from jposocial.errors import Refused
from jposocial.messages import Message, msg
from jposocial.model import (
    MAIL,
    Account,
    Calendar,
    Change,
    Part,
    Placement,
    Post,
    Status,
    Variant,
    canonical_json,
)
from jposocial.newsletter import ledger
from jposocial.newsletters import Newsletter
from jposocial.outbox.blockers import approved_by, circumstances
from jposocial.outbox.delivery import Delivery, load_one
from jposocial.outbox.notes import note
from jposocial.outbox.promise import Promise, insert_delivery, new_id, part_values, row_values
from jposocial.outbox.states import advance
from jposocial.store.engine import reading
from jposocial.store.mail_tables import ISSUES, LEDGER, MAILS
from jposocial.store.tables import PARTS
from jposocial.wording import ISSUE_STATUS

#: The one moment of an issue.
MOMENT: Final = "issue"

#: In these an issue cannot be frozen again: readers have it, or may.
_OUT: Final = ("sending", "paused", "finished")


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One frozen edition; the fields are the columns of the table, and its promise."""

    id: int
    post: str
    newsletter: str
    list: str
    mode: str
    #: frozen, approved, sending, paused, finished or cancelled.
    status: str
    payload_hash: str
    audience_hash: str
    frozen: int
    frozen_at: datetime
    frozen_by: str
    corrects: int | None
    counted: int | None
    counted_by: str | None
    go_at: datetime | None
    finished_at: datetime | None
    reason: str
    promise: Delivery


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressee:
    """Who gets the issue, as the list knows them at the freeze."""

    subscriber: int
    address: str
    key: str
    domain: str
    name: str
    lang: str
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """What is frozen: the issue's words in each language, and when it goes."""

    post: Post
    newsletter: Newsletter
    due: datetime
    subjects: Mapping[str, str]
    #: Language → the mail, serialised once.
    mails: Mapping[str, bytes]
    corrects: int | None = None


def mail_account(newsletter: Newsletter) -> Account:
    """The newsletter as the outbox sees it: an account without cap and gap."""
    return Account(
        name=MAIL, platform=MAIL, handle=newsletter.sender, mode=newsletter.mode,
        daily_cap=1_000_000, min_gap=timedelta(),
    )  # fmt: skip


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def payload_hash_of(edition: Edition) -> str:
    """SHA-256 (hex) of all that a reader gets that is the same for everybody, and of its sender."""
    newsletter = edition.newsletter
    payload = {
        "mode": newsletter.mode,
        "newsletter": newsletter.name,
        "from": newsletter.sender,
        "due": edition.due.isoformat(),
        "mails": {lang: digest(mail) for lang, mail in edition.mails.items()},
    }
    return hashlib.sha256(canonical_json(payload)).hexdigest()


def audience_hash_of(addressees: Iterable[Addressee]) -> str:
    """SHA-256 (hex) of who gets it, in which language, in the order of the addresses."""
    found = hashlib.sha256()
    for one in addressees:
        found.update(canonical_json([one.key, one.address, one.lang, one.name]))
    return found.hexdigest()


def freeze(
    engine: Engine,
    edition: Edition,
    addressees: Sequence[Addressee],
    calendar: Calendar,
    message_id: Any,
    *,
    by: str,
    now: datetime,
) -> Issue:
    """Write down what is sent and to whom; what was frozen before and is not out is cancelled.

    `message_id` makes the Message-ID of an addressee's key. Raises Refused where the issue is
    out already, nobody is on the list, or its time is past.
    """
    if not addressees:
        raise Refused(
            msg(
                "nobody is on the list '{name}': there is no one to send it to",
                name=edition.newsletter.list,
            )
        )
    _refuse_late(edition, now)
    with engine.begin() as connection:
        _withdraw_earlier(connection, edition.post.id, by, now)
        delivery = _promise(connection, edition, addressees, calendar)
        issue = _insert(connection, edition, addressees, delivery, by, now)
        ledger.enter(connection, _rows(issue, edition, addressees, message_id))
        found = required(connection, edition.post.id)
        ledger.totals(connection, issue)
        note(
            connection, "issue.frozen", found.promise, at=now, actor=by, issue=issue,
            frozen=found.frozen, payload=found.payload_hash, audience=found.audience_hash,
            payload_hash=found.promise.payload_hash, authors=list(edition.post.authors),
        )  # fmt: skip
    return found


def _refuse_late(edition: Edition, now: datetime) -> None:
    if now >= edition.due + edition.newsletter.latest_start:
        raise Refused(
            msg(
                "the issue's time was {due}: that is too long ago; change its date",
                due=f"{edition.due:%Y-%m-%d %H:%M}",
            )
        )


def _withdraw_earlier(connection: Connection, post: str, by: str, now: datetime) -> None:
    earlier = find(connection, post)
    if earlier is None:
        return
    if earlier.status in _OUT:
        raise Refused(
            msg(
                "{post} is {status} already; write a correction: a new file with corrects: {post}",
                post=post,
                status=ISSUE_STATUS[earlier.status],
            )
        )
    withdraw(connection, earlier, by=by, now=now, reason="replaced")


def withdraw(connection: Connection, issue: Issue, *, by: str, now: datetime, reason: str) -> None:
    """Cancel an issue that is not out, and its promise with it."""
    promise = issue.promise
    if promise.status in (Status.SCHEDULED, Status.MISSED, Status.FAILED):
        advance(connection, promise, Change.CANCEL, cancelled_by="sync", detail=reason)
        note(connection, "delivery.cancelled", promise, at=now, actor=by, reason=reason)
    _set(connection, issue.id, status="cancelled", reason=reason)


def _promise(
    connection: Connection, edition: Edition, addressees: Sequence[Addressee], calendar: Calendar
) -> int:
    """The delivery. Its one part names what the approval binds: both hashes and the count."""
    text = "\n".join(
        (
            *edition.subjects.values(),
            "",
            f"payload {payload_hash_of(edition)}",
            f"audience {audience_hash_of(addressees)} {len(addressees)}",
        )
    )
    account, expires = (
        mail_account(edition.newsletter),
        edition.due + edition.newsletter.latest_start,
    )
    promise = Promise(
        post=edition.post,
        account=account,
        placement=Placement(
            post=edition.post.id, kind=edition.post.kind, moment=MOMENT, account=MAIL,
            due=edition.due, nominal=edition.due, expires=expires, not_after=expires,
            grace=edition.newsletter.latest_start,
        ),
        variant=Variant(
            post=edition.post.id, kind=edition.post.kind, moment=MOMENT, account=MAIL,
            platform=MAIL, parts=(Part(text=text),),
        ),
    )  # fmt: skip
    return insert_delivery(connection, row_values(promise, calendar), part_values(promise.variant))


def _insert(
    connection: Connection,
    edition: Edition,
    addressees: Sequence[Addressee],
    delivery: int,
    by: str,
    now: datetime,
) -> int:
    newsletter = edition.newsletter
    result = connection.execute(
        insert(ISSUES).values(
            post=edition.post.id, newsletter=newsletter.name, list=newsletter.list,
            mode=newsletter.mode, delivery=delivery, status="frozen",
            payload_hash=payload_hash_of(edition), audience_hash=audience_hash_of(addressees),
            frozen=len(addressees), frozen_at=now, frozen_by=by, corrects=edition.corrects,
        )
    )  # fmt: skip
    issue = new_id(result)
    connection.execute(
        insert(MAILS),
        [
            {"issue": issue, "lang": lang, "content": mail, "digest": digest(mail)}
            for lang, mail in edition.mails.items()
        ],
    )
    return issue


def _rows(
    issue: int, edition: Edition, addressees: Iterable[Addressee], message_id: Any
) -> Iterable[dict[str, Any]]:
    digests = {lang: digest(mail) for lang, mail in edition.mails.items()}
    for one in addressees:
        lang = one.lang if one.lang in digests else next(iter(digests))
        yield {
            "issue": issue, "subscriber": one.subscriber, "address": one.address, "key": one.key,
            "domain": one.domain, "name": one.name, "lang": lang, "token": one.token,
            "message_id": message_id(one.key), "payload_hash": digests[lang],
        }  # fmt: skip


# Looking them up.


def find(connection: Connection, post: str) -> Issue | None:
    """The issue of that post that stands; None where none was frozen, or it was cancelled."""
    query = select(ISSUES).where(ISSUES.c.post == post, ISSUES.c.status != "cancelled")
    row = connection.execute(query).first()
    return _issue(connection, row) if row else None


def last_cancelled(connection: Connection, post: str) -> Issue | None:
    query = select(ISSUES).where(ISSUES.c.post == post).order_by(ISSUES.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return _issue(connection, row) if row else None


def every_post(connection: Connection) -> set[str]:
    """The posts of which an issue was ever frozen."""
    return set(connection.execute(select(ISSUES.c.post)).scalars())


def required(connection: Connection, post: str) -> Issue:
    """Raises Refused where no issue of that post stands."""
    found = find(connection, post)
    if found is None:
        raise Refused(
            msg(
                "{post} is not frozen: first 'jposocial newsletter freeze {post}'",
                post=post,
            )
        )
    return found


def by_id(connection: Connection, issue: int) -> Issue:
    return _issue(connection, connection.execute(select(ISSUES).where(ISSUES.c.id == issue)).one())


def of_delivery(connection: Connection, delivery: int) -> Issue | None:
    row = connection.execute(select(ISSUES).where(ISSUES.c.delivery == delivery)).first()
    return _issue(connection, row) if row else None


def any_open(connection: Connection) -> bool:
    """Whether an issue is to be released or sent: one look, for each beat."""
    query = (
        select(ISSUES.c.id)
        .where(
            (ISSUES.c.status == "sending")
            | (ISSUES.c.counted.is_not(None) & (ISSUES.c.status == "frozen"))
        )
        .limit(1)
    )
    return connection.execute(query).first() is not None


def in_state(connection: Connection, *states: str) -> list[Issue]:
    """The issues whose own state is one of `states`, oldest first."""
    query = select(ISSUES).where(ISSUES.c.status.in_(states)).order_by(ISSUES.c.id)
    return [_issue(connection, row) for row in connection.execute(query).all()]


def latest_counts(connection: Connection, newsletter: str, mode: str, number: int) -> list[int]:
    """How many got each of the last finished issues, the newest first; no corrections."""
    query = (
        select(ISSUES.c.frozen)
        .where(
            ISSUES.c.newsletter == newsletter, ISSUES.c.mode == mode,
            ISSUES.c.status == "finished", ISSUES.c.corrects.is_(None),
        )
        .order_by(ISSUES.c.id.desc())
        .limit(number)
    )  # fmt: skip
    return list(connection.execute(query).scalars())


def mails_of(connection: Connection, issue: int) -> dict[str, bytes]:
    """Language → the frozen mail. Raises Refused where one is not what was frozen."""
    rows = connection.execute(select(MAILS).where(MAILS.c.issue == issue)).all()
    if any(digest(row.content) != row.digest for row in rows):
        raise Refused(msg("a frozen mail is not what was frozen; nothing is sent"))
    return {row.lang: row.content for row in rows}


def _issue(connection: Connection, row: Row[Any]) -> Issue:
    promise = load_one(connection, row.delivery)
    if promise is None:
        raise Refused(msg("the promise of {post} is gone from the queue", post=row.post))
    values = {key: value for key, value in row._mapping.items() if key != "delivery"}
    values["status"] = _status(connection, row.status, promise)
    return Issue(promise=promise, **values)


def _status(connection: Connection, own: str, promise: Delivery) -> str:
    """Approved is what its promise is; a promise that a person cancelled cancels the issue."""
    if own != "frozen":
        return own
    if promise.status is Status.CANCELLED:
        return "cancelled"
    known = circumstances(connection, promise.id)
    return "approved" if approved_by(promise, known) is not None else own


# Going on.


def count(
    engine: Engine, post: str, number: int, *, go_at: datetime, by: str, now: datetime
) -> Issue:
    """A person's word that so many shall get it: the last before the hold window.

    Raises Refused for another count, an issue that is not approved, or a window too late.
    """
    with engine.begin() as connection:
        issue = required(connection, post)
        _refuse_uncountable(issue, number, go_at)
        _set(connection, issue.id, counted=number, counted_by=by, go_at=go_at)
        note(
            connection, "issue.counted", issue.promise, at=now, actor=by, issue=issue.id,
            frozen=number, go_at=go_at.isoformat(),
        )  # fmt: skip
        return required(connection, post)


def _refuse_uncountable(issue: Issue, number: int, go_at: datetime) -> None:
    if issue.status != "approved":
        raise Refused(
            msg(
                "{post} is {status}, not approved: nothing is sent",
                post=issue.post,
                status=ISSUE_STATUS[issue.status],
            )
        )
    if number != issue.frozen:
        raise Refused(
            msg(
                "{frozen} recipients are frozen, not {number}: nothing is sent",
                frozen=issue.frozen,
                number=number,
            )
        )
    if go_at >= issue.promise.expires:
        raise Refused(
            msg(
                "it would begin at {go_at}, which is too late for an issue of {due}: freeze it again with another date",
                go_at=f"{go_at:%Y-%m-%d %H:%M}",
                due=f"{issue.promise.due:%Y-%m-%d %H:%M}",
            )
        )


def release(
    connection: Connection, issue: Issue, claimer: Mapping[str, Any], *, now: datetime, actor: str
) -> None:
    """The promise is published, the ledger is open: in the caller's transaction, brake locked."""
    row = issue.promise
    advance(
        connection, row, Change.CLAIM, epoch=row.epoch + 1, started=row.started or now, out_at=now,
        retry_at=None, lease_until=now + timedelta(minutes=1), detail="", **claimer,
    )  # fmt: skip
    note(
        connection, "delivery.claimed", row, at=now, actor=actor, epoch=row.epoch + 1,
        payload_hash=row.payload_hash,
    )  # fmt: skip
    claimed = load_one(connection, row.id) or row
    _accept(connection, claimed, issue, now)
    advance(connection, claimed, Change.ACCEPT, ended_epoch=claimed.epoch, out_at=now)
    _set(connection, issue.id, status="sending", reason="")
    note(
        connection, "delivery.published", row, at=now, actor=actor, issue=issue.id,
        receipts=[{"part": 0, "id": _receipt(issue), "url": ""}], frozen=issue.frozen,
    )  # fmt: skip


def _receipt(issue: Issue) -> str:
    """The proof of a release: which ledger it opened."""
    return f"issue-{issue.id}"


def _accept(connection: Connection, row: Delivery, issue: Issue, now: datetime) -> None:
    connection.execute(
        update(PARTS)
        .where(PARTS.c.delivery == row.id)
        .values(state="accepted", remote_id=_receipt(issue), url="", accepted_at=now)
    )


def pause(engine: Engine, post: str, reason: str, *, by: str, now: datetime) -> Issue:
    """No further envelope; what is under way ends."""
    return _move(engine, post, ("sending",), "paused", reason, by, now)


def resume(engine: Engine, post: str, *, by: str, now: datetime) -> Issue:
    return _move(engine, post, ("paused",), "sending", "", by, now)


def cancel(engine: Engine, post: str, reason: str, *, by: str, now: datetime) -> Issue:
    """For good: whoever has not got it will not get it."""
    with engine.begin() as connection:
        issue = required(connection, post)
        if issue.status in ("frozen", "approved"):
            withdraw(connection, issue, by=by, now=now, reason=reason)
            return issue
    return _move(engine, post, ("sending", "paused"), "cancelled", reason, by, now)


def finish(engine: Engine, post: str, *, by: str, now: datetime) -> bool:
    """Finished is an issue only when nobody is pending, and the sum holds."""
    with engine.begin() as connection:
        issue = find(connection, post)
        if issue is None or issue.status not in ("sending", "paused"):
            return False
        found = ledger.totals(connection, issue.id)
        if found.pending:
            return False
        _set(connection, issue.id, status="finished", finished_at=now, reason="")
        note(
            connection, "issue.finished", issue.promise, at=now, actor=by, issue=issue.id,
            accepted=found.accepted, refused=found.refused, suppressed=found.suppressed,
            in_doubt=found.in_doubt,
        )  # fmt: skip
    return True


def reopen(connection: Connection, issue: Issue) -> None:
    """Somebody who seemed to have it has not: it is finished no more."""
    _set(connection, issue.id, status="sending", finished_at=None)


def _move(
    engine: Engine,
    post: str,
    before: Sequence[str],
    after: str,
    reason: str,
    by: str,
    now: datetime,
) -> Issue:
    with engine.begin() as connection:
        issue = required(connection, post)
        if issue.status not in before:
            raise Refused(_not_possible(issue, after))
        _set(connection, issue.id, status=after, reason=reason)
        note(
            connection, f"issue.{after}", issue.promise, at=now, actor=by, issue=issue.id,
            reason=reason,
        )  # fmt: skip
    with reading(engine) as connection:
        return by_id(connection, issue.id)


def _not_possible(issue: Issue, after: str) -> Message:
    return msg(
        "{post} is {status}: it cannot become {after}",
        post=issue.post,
        status=ISSUE_STATUS[issue.status],
        after=ISSUE_STATUS[after],
    )


def _set(connection: Connection, issue: int, **values: Any) -> None:
    connection.execute(update(ISSUES).where(ISSUES.c.id == issue).values(**values))


def those_who_got(connection: Connection, issue: int) -> set[str]:
    """The keys of whoever has the issue, or may: to them alone goes a correction."""
    query = select(LEDGER.c.key).where(
        LEDGER.c.issue == issue, LEDGER.c.state.in_(("accepted", "in_doubt"))
    )
    return set(connection.execute(query).scalars())
