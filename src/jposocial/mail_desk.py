"""Issues under a person's eye: how far they are, pausing and ending them, settling doubts, tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jposocial.errors import Refused
from jposocial.host import lives
from jposocial.mail_door import signer_of
from jposocial.mailing import composed_or_refused, moulds_of, opened_door
from jposocial.messages import msg
from jposocial.newsletter import issues, ledger
from jposocial.newsletter.addresses import envelope as envelope_address
from jposocial.newsletter.addresses import parse_address
from jposocial.newsletter.issues import Issue
from jposocial.newsletter.ledger import Totals
from jposocial.newsletter.letter import TEST_TOKEN, Reader
from jposocial.newsletter.mould import envelope_sender, message_id
from jposocial.newsletter.relay import Answer
from jposocial.outbox.notes import note
from jposocial.store import audit
from jposocial.store.engine import reading

if TYPE_CHECKING:
    from jposocial.app import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How an issue stands; `issue` None where it was never frozen."""

    post: str
    status: str
    totals: Totals
    issue: Issue | None


def standing(workspace: Workspace, post_id: str) -> Standing:
    """Raises Refused where there is neither such an issue nor such a post."""
    with reading(workspace.engine) as connection:
        issue = issues.find(connection, post_id) or issues.last_cancelled(connection, post_id)
        if issue:
            return Standing(
                post=post_id, status=issue.status, issue=issue,
                totals=ledger.totals(connection, issue.id),
            )  # fmt: skip
    if post_id not in {post.id for post in workspace.posts() if post.kind == "newsletter"}:
        raise Refused(msg("there is no issue '{id}'", id=post_id))
    return Standing(post=post_id, status="draft", totals=Totals(), issue=None)


def every_standing(workspace: Workspace) -> list[Standing]:
    """Of each issue that has a file or was frozen, in the order of their ids."""
    known = {post.id for post in workspace.posts() if post.kind == "newsletter"}
    with reading(workspace.engine) as connection:
        known |= issues.every_post(connection)
    return [standing(workspace, post) for post in sorted(known)]


def recipients(
    workspace: Workspace, post_id: str, status: str | None = None
) -> Iterator[ledger.Row]:
    """Each recipient in the order of the ledger, read in slices."""
    with reading(workspace.engine) as connection:
        issue = issues.required(connection, post_id)
        yield from ledger.rows(connection, issue.id, status)


def pause(workspace: Workspace, post_id: str, reason: str) -> Issue:
    return issues.pause(
        workspace.engine, post_id, reason, by=workspace.identity(), now=workspace.clock()
    )


def resume(workspace: Workspace, post_id: str) -> Issue:
    return issues.resume(workspace.engine, post_id, by=workspace.identity(), now=workspace.clock())


def cancel(workspace: Workspace, post_id: str, reason: str) -> Issue:
    return issues.cancel(
        workspace.engine, post_id, reason, by=workspace.identity(), now=workspace.clock()
    )


def resolve(workspace: Workspace, post_id: str, address: str, *, accepted: bool) -> Standing:
    """A person's word on somebody in doubt, after a look at the relay's log.

    `absent` sends again, and is refused while the process that sent may still be alive.
    """
    key, by, now = parse_address(address).key, workspace.identity(), workspace.clock()
    with workspace.engine.begin() as connection:
        issue = issues.required(connection, post_id)
        alive = [
            row
            for row in ledger.under_way(connection, issue.id)
            if lives(row.host or "", row.pid or 0, row.process or "")
        ]
        if alive and not accepted:
            raise Refused(msg("{post} is being sent right now: pause it first", post=post_id))
        ledger.settle(connection, issue.id, key, accepted=accepted, now=now, by=by)
        if not accepted and issue.status == "finished":
            issues.reopen(connection, issue)
        note(
            connection, "issue.resolved", issue.promise, at=now, actor=by, issue=issue.id,
            accepted=accepted,
        )  # fmt: skip
    return standing(workspace, post_id)


def test(
    workspace: Workspace, post_id: str, addresses: Sequence[str]
) -> list[tuple[str, str, Answer]]:
    """Send the issue as it stands now to each address, marked as a test: (address, language, answer).

    In no ledger; the record has the number. Raises Refused, RelayDown.
    """
    wanted = [parse_address(address) for address in addresses]
    now = workspace.clock()
    composed = composed_or_refused(workspace, post_id, now)
    newsletter = composed.newsletter
    signer = signer_of(newsletter, workspace.root)
    moulds = moulds_of(composed, now, test=True)
    domain = newsletter.sender.rpartition("@")[2]
    found = []
    with opened_door(workspace, newsletter) as connect:
        line = connect()
        for number, one in enumerate(wanted):
            for lang, mould in moulds.items():
                key = f"test {now.isoformat()} {number} {lang} {one.key}"
                reader = Reader(
                    address=one.address, name="", token=TEST_TOKEN,
                    message_id=message_id(post_id, key, domain),
                )  # fmt: skip
                answer = line.send(
                    envelope_sender(newsletter, TEST_TOKEN),
                    envelope_address(one.address),
                    mould.fill(reader, signer),
                )
                found.append((one.address, lang, answer))
                if answer.broken:
                    line = connect()
        line.close()
    with workspace.engine.begin() as connection:
        audit.append(
            connection, "issue.tested", at=now, actor=workspace.identity(), post=post_id,
            sent=sum(answer.state == "accepted" for _, _, answer in found), asked=len(found),
        )  # fmt: skip
    return found
