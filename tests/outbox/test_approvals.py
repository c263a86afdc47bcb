"""Approving and rejecting: consent bound to a hash, by somebody who did not write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.outbox.given import NOW, Outbox, events, raw

from jposocial.errors import Refused
from jposocial.model import Status, payload_hash
from jposocial.outbox import approvals


def approve(
    outbox: Outbox, *wanted: tuple[int, str], by: str = "chief", self_approval: bool = False
) -> list[int]:
    rows = approvals.approve(
        outbox.engine, list(wanted), by=by, now=outbox.clock(), self_approval=self_approval
    )
    return [row.id for row in rows]


@pytest.mark.parametrize(
    "digits",
    [
        pytest.param(lambda whole: whole, id="all of it"),
        pytest.param(lambda whole: whole[:8], id="eight digits"),
        pytest.param(lambda whole: whole[:8].upper(), id="capitals"),
    ],
)
def test_the_hash_approves(outbox: Outbox, digits: Callable[[str], str]):
    """Eight leading digits or more of the payload's hash are consent to exactly this payload."""
    made = outbox.promise()
    assert ["approval"] == outbox.blockers(made)
    approve(outbox, (made, digits(outbox.row(made).payload_hash)))
    assert [] == outbox.blockers(made)
    assert ["delivery.approved"] == outbox.events(made)


@pytest.mark.parametrize(
    "digits",
    [
        pytest.param(lambda whole: whole[:7], id="seven digits"),
        pytest.param(lambda whole: "", id="none"),
        pytest.param(lambda whole: whole[1:], id="not from the start"),
        pytest.param(lambda whole: whole + "0", id="one too many"),
        pytest.param(lambda whole: "0" * 64 if whole[0] != "0" else "1" * 64, id="another"),
    ],
)
def test_another_hash_approves_nothing(outbox: Outbox, digits: Callable[[str], str]):
    """Too few digits, or those of something else: refused, exit 1, and it still waits."""
    made = outbox.promise()
    with pytest.raises(Refused) as caught:
        approve(outbox, (made, digits(outbox.row(made).payload_hash)))
    assert 1 == caught.value.exit_code
    assert ["approval"] == outbox.blockers(made)
    assert [] == outbox.events()


def test_several_are_approved_together(outbox: Outbox):
    """Each with a hash of its own, in one go."""
    made = [outbox.promise("a"), outbox.promise("b")]
    assert made == approve(outbox, *((i, outbox.row(i).payload_hash[:8]) for i in made))
    assert [[], []] == [outbox.blockers(i) for i in made]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda i, whole: (i, "00000000"), id="a wrong hash"),
        pytest.param(lambda i, whole: (99, whole), id="no such delivery"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_all_or_none(outbox: Outbox, bad: Callable[[int, str], tuple[int, str]], first: bool):
    """One that is refused takes the others with it, whichever stands first."""
    good, other = outbox.promise("good"), outbox.promise("other")
    pairs = [
        (good, outbox.row(good).payload_hash),
        bad(other, outbox.row(other).payload_hash),
    ]
    with pytest.raises(Refused):
        approve(outbox, *(reversed(pairs) if first else pairs))
    assert [["approval"]] * 2 == [outbox.blockers(i) for i in (good, other)]


def test_an_author_does_not_approve(outbox: Outbox):
    """Whoever wrote it is refused; another person's word counts."""
    made = outbox.promise(owner="author")
    whole = outbox.row(made).payload_hash
    with pytest.raises(Refused, match="author is an author"):
        approve(outbox, (made, whole), by="author")
    approve(outbox, (made, whole), by="chief")
    assert [] == outbox.blockers(made)


def test_self_approval_is_a_setting(outbox: Outbox):
    """Where the configuration allows it, an author may approve."""
    made = outbox.promise(owner="author")
    approve(outbox, (made, outbox.row(made).payload_hash), by="author", self_approval=True)
    assert [] == outbox.blockers(made)


@pytest.mark.parametrize(
    ("mode", "allowed"), [pytest.param("sandbox", True), pytest.param("live", False)]
)
def test_a_rehearsal_approves_for_sandboxes_only(outbox: Outbox, mode: str, allowed: bool):
    """The identity `rehearsal` is no person: nothing goes out live on its word."""
    outbox.change("x", mode=mode)
    made = outbox.promise()
    wanted = (made, outbox.row(made).payload_hash)
    if allowed:
        approve(outbox, wanted, by=approvals.REHEARSAL)
    else:
        with pytest.raises(Refused, match="sandbox"):
            approve(outbox, wanted, by=approvals.REHEARSAL, self_approval=True)
    assert ([] if allowed else ["approval"]) == outbox.blockers(made)


def test_there_is_nothing_to_approve_once_it_is_under_way(outbox: Outbox):
    """Only what is scheduled is approved or rejected."""
    made = outbox.approved()
    outbox.claimed(made)
    with pytest.raises(Refused, match="publishing"):
        approve(outbox, (made, outbox.row(made).payload_hash))
    with pytest.raises(Refused, match="publishing"):
        reject(outbox, made)


def reject(outbox: Outbox, made: int, reason: str = "数字が違います") -> None:
    approvals.reject(outbox.engine, made, reason=reason, by="chief", now=outbox.clock())


def test_rejecting_keeps_the_reason(outbox: Outbox):
    """The row waits again, stays scheduled, and the reason is on record."""
    made = outbox.approved()
    reject(outbox, made)
    assert (Status.SCHEDULED, ["approval"]) == (outbox.status(made), outbox.blockers(made))
    assert ["delivery.approved", "delivery.rejected"] == outbox.events(made)
    assert {"reason": "数字が違います"} == events(outbox.engine)[-1].detail


def test_what_was_rejected_can_be_approved_again(outbox: Outbox):
    """The last word counts, however often it changes."""
    made = outbox.approved()
    for _ in range(2):
        reject(outbox, made)
        assert ["approval"] == outbox.blockers(made)
        outbox.approve(made)
        assert [] == outbox.blockers(made)


def test_a_rejected_row_is_not_claimed(outbox: Outbox):
    """The claim asks again, in its own transaction."""
    made = outbox.approved()
    reject(outbox, made)
    assert outbox.claim(made) is None


def test_no_approval_is_needed_where_none_is_required(outbox: Outbox):
    """`[approval] required = false`: the row goes without one."""
    outbox.house = replace(outbox.house, approval_required=False)
    made = outbox.promise()
    assert [] == outbox.blockers(made)


HASHED = {
    "account": lambda o: o.house.accounts["x"],
    "content": lambda o: [{"text": "a", "media": [{"digest": "d", "alt": "絵"}]}],
    "start": lambda o: NOW,
    "expires": lambda o: NOW + timedelta(hours=1),
}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"account": lambda a: replace(a, mode="live")}, id="mode"),
        pytest.param({"account": lambda a: replace(a, name="y")}, id="account"),
        pytest.param({"account": lambda a: replace(a, handle="@other")}, id="handle"),
        pytest.param({"content": lambda c: [{"text": "b", "media": c[0]["media"]}]}, id="text"),
        pytest.param({"content": lambda c: [*c, c[0]]}, id="one more part"),
        pytest.param(
            {"content": lambda c: [{"text": "a", "media": [{"digest": "e", "alt": "絵"}]}]},
            id="picture",
        ),
        pytest.param(
            {"content": lambda c: [{"text": "a", "media": [{"digest": "d", "alt": "図"}]}]},
            id="alternative text",
        ),
        pytest.param({"start": lambda t: t - timedelta(days=1)}, id="from when"),
        pytest.param({"expires": lambda t: t + timedelta(seconds=1)}, id="until when"),
    ],
)
def test_the_hash_covers_all_that_is_approved(outbox: Outbox, other: dict[str, Callable]):
    """Who, what, and from when to when: any other value has another hash."""
    values = {name: make(outbox) for name, make in HASHED.items()}
    changed = {name: change(values[name]) for name, change in other.items()}
    assert payload_hash(**values) == payload_hash(**values)
    assert payload_hash(**values) != payload_hash(**{**values, **changed})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"mode": "live"}, id="mode"),
        pytest.param({"handle": "@other"}, id="handle"),
    ],
)
def test_an_approval_does_not_outlive_its_account(outbox: Outbox, change: dict[str, str]):
    """E05: what was approved for one account is approved for no other."""
    made = outbox.approved()
    outbox.change("x", **change)
    assert ["approval", "account"] == outbox.blockers(made)
    assert outbox.claim(made) is None


def test_altered_content_is_not_what_was_approved(outbox: Outbox):
    """A text that somebody changed in the database, past its trigger, goes nowhere."""
    made = outbox.approved()
    raw(
        outbox.database,
        "DROP TRIGGER parts_payload",
        "UPDATE parts SET text = 'すり替え' WHERE delivery = 1",
    )
    assert ["approval"] == outbox.blockers(made)
    assert outbox.claim(made) is None


def test_an_added_part_is_not_what_was_approved(outbox: Outbox):
    """A second part behind the approved one is another payload."""
    made = outbox.approved()
    raw(
        outbox.database,
        "INSERT INTO parts (delivery, number, text, media) VALUES (1, 1, 'さらに', '[]')",
    )
    assert ["approval"] == outbox.blockers(made)


def test_the_window_begins_with_the_local_day(outbox: Outbox):
    """Approved is the whole due day of the office, up to the moment of expiry."""
    made = outbox.promise(due=NOW, grace=timedelta(hours=6))
    row = outbox.row(made)
    assert "2027-01-12T15:00:00+00:00" == row.window_start.isoformat()
    assert NOW + timedelta(hours=6) == row.expires
