"""The table of states, and that nothing changes a delivery but along it."""

from __future__ import annotations

from itertools import product

import pytest
from tests.outbox.given import Outbox

from jposocial.errors import TransitionError
from jposocial.model import TRANSITIONS, Change, Status
from jposocial.outbox.states import advance, after

#: The table of the design, written out by hand.
TABLE = {
    ("scheduled", "claim"): "publishing",
    ("scheduled", "lapse"): "missed",
    ("scheduled", "cancel"): "cancelled",
    ("publishing", "accept"): "published",
    ("publishing", "defer"): "scheduled",
    ("publishing", "refuse"): "failed",
    ("publishing", "doubt"): "unconfirmed",
    ("unconfirmed", "confirm"): "published",
    ("unconfirmed", "disprove"): "scheduled",
    ("unconfirmed", "lapse"): "missed",
    ("failed", "retry"): "scheduled",
    ("failed", "cancel"): "cancelled",
    ("missed", "retry"): "scheduled",
    ("missed", "cancel"): "cancelled",
}

EVERY = [pytest.param(s, c, id=f"{s}-{c}") for s, c in product(Status, Change)]


def test_the_table_is_the_designs():
    """`TRANSITIONS` is exactly the table of the design."""
    assert dict(TRANSITIONS) == TABLE


@pytest.mark.parametrize(("status", "change"), EVERY)
def test_everything_else_raises(status: Status, change: Change):
    """A pair leads where the table says, or raises TransitionError, which ends with exit 1."""
    if (status, change) in TABLE:
        assert TABLE[status, change] == after(status, change)
    else:
        with pytest.raises(TransitionError) as caught:
            after(status, change)
        assert 1 == caught.value.exit_code


@pytest.mark.parametrize("final", [Status.PUBLISHED, Status.CANCELLED])
def test_final_states_lead_nowhere(final: Status):
    """What is published or cancelled stays so."""
    assert [] == [change for status, change in TRANSITIONS if status is final]


def test_a_row_that_has_changed_since_is_left_alone(outbox: Outbox):
    """A change applies to the row as it was read: by state and by epoch."""
    made = outbox.approved()
    seen = outbox.row(made)
    outbox.claimed(made)
    with outbox.engine.begin() as connection:
        assert not advance(connection, seen, Change.CANCEL)
    assert Status.PUBLISHING is outbox.status(made)


def test_nobody_has_what_is_not_publishing(outbox: Outbox):
    """Leaving `publishing` takes the lease and the claimer with it."""
    made = outbox.approved()
    claimed = outbox.claimed(made)
    with outbox.engine.begin() as connection:
        advance(connection, claimed, Change.DEFER)
    row = outbox.row(made)
    assert (None, None, None, None) == (
        row.lease_until,
        row.claim_host,
        row.claim_pid,
        row.claim_process,
    )
