"""`Delivery`: one row of the outbox with its parts, as a plain value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, select

from jposocial.model import Media, Part, PastRow, Receipt, Slot, Status, Variant
from jposocial.store.tables import DELIVERIES, PARTS


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPart:
    number: int
    text: str
    media: Sequence[Mapping[str, str]]
    #: none, begun (its bytes may be out) or accepted (the platform gave proof).
    state: str
    remote_id: str | None
    url: str | None
    accepted_at: datetime | None

    @property
    def receipt(self) -> Receipt | None:
        if self.remote_id is None or self.accepted_at is None:
            return None
        return Receipt(
            part=self.number, id=self.remote_id, url=self.url or "", accepted_at=self.accepted_at
        )

    def content(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "media": [{"digest": m["digest"], "alt": m["alt"]} for m in self.media],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The promise to publish one variant once. The fields are the columns of the table."""

    id: int
    mode: str
    account: str
    post: str
    moment: str
    occurrence: str
    round: int
    platform: str
    handle: str
    kind: str
    category: str
    path: str
    authors: Sequence[str]
    #: Of a series' occurrence: the posts it picked.
    used: Sequence[str]
    cost_usd: float
    status: Status
    due: datetime
    nominal: datetime
    window_start: datetime
    expires: datetime
    not_after: datetime | None
    event_at: datetime | None
    ended_epoch: int | None
    grace_seconds: int
    names_day: bool
    retry_at: datetime | None
    by_retry: bool
    payload_hash: str
    key: str
    epoch: int
    started: datetime | None
    out_at: datetime | None
    lease_until: datetime | None
    claim_host: str | None
    claim_pid: int | None
    claim_process: str | None
    file_problem: bool
    looks: int
    look_after: datetime | None
    detail: str
    cancelled_by: str | None
    replaced_by: int | None
    #: Empty, `begun` (a person has decided) or `done` (every proved part is gone).
    retraction: str
    retracted_at: datetime | None
    retracted_by: str | None
    parts: tuple[StoredPart, ...]

    @property
    def slot(self) -> Slot:
        return Slot(
            mode=self.mode,
            account=self.account,
            post=self.post,
            moment=self.moment,
            occurrence=self.occurrence,
            round=self.round,
        )

    @property
    def of_series(self) -> bool:
        return self.occurrence != "-"

    @property
    def posts(self) -> tuple[str, ...]:
        """The posts whose words it carries: its own, or those that its series picked."""
        return tuple(self.used) or (self.post,)

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)

    @property
    def has_accepted(self) -> bool:
        return any(part.state == "accepted" for part in self.parts)

    @property
    def has_begun(self) -> bool:
        """Whether bytes of some part may be out without a proof."""
        return any(part.state == "begun" for part in self.parts)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        return tuple(part.receipt for part in self.parts if part.receipt)

    def content(self) -> list[dict[str, Any]]:
        return [part.content() for part in self.parts]

    def variant(self) -> Variant:
        """What is published: exactly the stored parts."""
        return Variant(
            post=self.post,
            kind=self.kind,
            moment=self.moment,
            account=self.account,
            platform=self.platform,
            parts=tuple(
                Part(text=p.text, media=tuple(_media(m) for m in p.media)) for p in self.parts
            ),
            cost_usd=self.cost_usd,
            occurrence=self.occurrence,
        )

    def past_row(self, approved: bool) -> PastRow:
        accepted = [part.accepted_at for part in self.parts if part.accepted_at]
        return PastRow(
            slot=self.slot,
            status=self.status,
            due=self.due,
            nominal=self.nominal,
            expires=self.expires,
            fixed=approved or self.by_retry or self.of_series,
            by_person=self.status is Status.CANCELLED and self.cancelled_by == "person",
            accepted_at=max(accepted) if accepted else None,
            used=tuple(self.used),
            url=self.receipts[0].url if self.receipts else "",
            kind=self.kind,
            event_at=self.event_at,
            retracted=self.retraction == "done",
        )


def _media(stored: Mapping[str, str]) -> Media:
    return Media(file=stored["file"], alt=stored["alt"], digest=stored["digest"])


# Made once: to make a statement anew costs as much as to run it.
_ONE: Final = select(DELIVERIES).where(DELIVERIES.c.id == bindparam("wanted"))
_PARTS_OF: Final = (
    select(PARTS)
    .where(PARTS.c.delivery.in_(bindparam("wanted", expanding=True)))
    .order_by(PARTS.c.delivery, PARTS.c.number)
)


def load(connection: Connection, query: Select[Any]) -> list[Delivery]:
    """The deliveries that `query` (a select of DELIVERIES) yields, in its order."""
    return _loaded(connection, connection.execute(query).all())


def _loaded(connection: Connection, rows: Sequence[Row[Any]]) -> list[Delivery]:
    parts = _parts(connection, [row.id for row in rows])
    return [_delivery(row, parts[row.id]) for row in rows]


def load_one(connection: Connection, delivery_id: int) -> Delivery | None:
    found = _loaded(connection, connection.execute(_ONE, {"wanted": delivery_id}).all())
    return found[0] if found else None


def _delivery(row: Row[Any], parts: Iterable[StoredPart]) -> Delivery:
    values = dict(row._mapping) | {"status": Status(row.status), "parts": tuple(parts)}
    return Delivery(**values)


def _parts(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[StoredPart]]:
    found: dict[int, list[StoredPart]] = defaultdict(list)
    # In slices: SQLite takes a limited number of parameters in one statement.
    for start in range(0, len(ids), 500):
        for row in connection.execute(_PARTS_OF, {"wanted": ids[start : start + 500]}):
            values = {key: value for key, value in row._mapping.items() if key != "delivery"}
            found[row.delivery].append(StoredPart(**values))
    return found
