"""Whatever a platform does, a post is accepted at most once and its state says what is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.dispatch.office import DUE, KEYS, POST, Office


@dataclass(frozen=True, kw_only=True)
class End:
    """How a run ends that meets a fault."""

    fault: dict[str, Any]
    listed: str
    status: str
    accepted: int
    code: int = 1
    blockers: tuple[str, ...] = ()
    timeout: str = "20s"


def doubtful(kind: str, accepted: int, *, slow: bool = False, **more: Any) -> End:
    return End(
        fault={"kind": kind, "interval": 0.05, **more},
        listed="unconfirmed",
        status="unconfirmed",
        accepted=accepted,
        timeout="1s" if slow else "20s",
    )


DOUBTFUL = {
    "hang": doubtful("hang", 0, slow=True),
    "hang_after": doubtful("hang_after", 1, slow=True),
    "drip": doubtful("drip", 1, slow=True),
    "reset_before": doubtful("reset_before", 0),
    "reset_after": doubtful("reset_after", 1),
    "posted_but 500": doubtful("posted_but", 1),
    "posted_but 408": doubtful("posted_but", 1, status=408),
    "broken_body": doubtful("broken_body", 1),
    "cut_body": doubtful("cut_body", 1),
    "redirect": doubtful("redirect", 0),
    "status 500": doubtful("status", 0, status=500),
    "status 503": doubtful("status", 0, status=503),
    "status 408": doubtful("status", 0, status=408),
    "status 499": doubtful("status", 0, status=499),
}
DEFINITE = {
    "status 400": End(
        fault={"kind": "status", "status": 400}, listed="failed", status="failed", accepted=0
    ),
    "status 401": End(
        fault={"kind": "status", "status": 401}, listed="deferred", status="scheduled", accepted=0,
        blockers=("account",),
    ),
    "status 429": End(
        fault={"kind": "status", "status": 429}, listed="deferred", status="scheduled", accepted=0,
        blockers=("account",),
    ),
}  # fmt: skip
ENDS = DOUBTFUL | DEFINITE


def run_into(office: Office, account: str, end: End) -> int:
    """A due post and a publish that meets the fault; the delivery's id."""
    office.configure(accounts={account: {"timeout": end.timeout}})
    (delivery,) = office.promise(account)
    office.clock.now = DUE
    office.misbehave(**end.fault, method="POST")
    code, report = office.publish()
    assert {key: [delivery] if key == end.listed else [] for key in KEYS} == {
        key: report[key] for key in KEYS
    }
    expected = [{"id": delivery, "blockers": list(end.blockers)}] if end.blockers else []
    assert expected == report["blocked"]
    assert end.code == code
    assert end.status == office.status(delivery)
    assert 1 == office.asked(POST[account])
    assert end.accepted == len(office.texts(account))
    return delivery


@pytest.mark.parametrize("end", DEFINITE.values(), ids=DEFINITE)
def test_a_definite_refusal_is_no_doubt(end: End, account: str, office: Office) -> None:
    """Nothing is out, and nothing is tried again in the same run."""
    run_into(office, account, end)


@pytest.mark.parametrize("end", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_in_doubt_is_looked_for_and_never_sent_again(
    end: End, account: str, office: Office
) -> None:
    """Found: published. Not found twice, three minutes apart: it stays for a person."""
    delivery = run_into(office, account, end)
    office.clock.move(minutes=1)
    code, report = office.publish()
    assert 0 == code
    if end.accepted:
        assert [delivery] == report["published"]
        row = office.row(delivery)
        assert ("published", office.sandbox.entries(account)[0].id) == (
            row["status"],
            row["receipt"]["id"],
        )
    else:
        nothing: dict[str, list[int]] = {key: [] for key in (*KEYS, "blocked")}
        assert nothing == report
        for minutes in (4, 24 * 60):
            office.clock.move(minutes=minutes)
            assert (0, nothing) == office.publish()
        assert "unconfirmed" == office.status(delivery)
        assert 2 == office.events().count("delivery.looked_for")
    assert 1 == office.asked(POST[account])
    assert end.accepted == len(office.texts(account))
