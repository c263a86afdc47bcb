"""The pack as one JSON document: for `--json`, and beside the page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from jposocial.messages import localised
from jposocial.rehearsal.pack import Issue, Pack, Piece, ShownPart, Withheld


def document(pack: Pack) -> Mapping[str, Any]:
    """Instants in ISO 8601 with the workspace's offset; nothing of the machine or of today."""
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for piece in pack.published:
        costs[piece.account.name] += Decimal(str(piece.cost_usd))
    return {
        "from": pack.first.isoformat(),
        "to": pack.last.isoformat(),
        "content": pack.content,
        "counts": dict(sorted(Counter(str(piece.status) for piece in pack.pieces).items())),
        "cost_usd": {name: float(cost) for name, cost in sorted(costs.items())},
        "deliveries": [_piece(pack, piece) for piece in pack.pieces],
        "withheld": [_withheld(pack, one) for one in pack.withheld],
        "newsletter": [_issue(pack, issue) for issue in pack.issues],
        "problems": [
            {
                name: getattr(problem, name)
                for name in (
                    "rule",
                    "severity",
                    "path",
                    "line",
                    "post",
                    "account",
                    "message",
                    "fix",
                )
            }
            for problem in pack.problems
        ],
        "drafts": len(pack.drafts),
        "taken_as_out": pack.before,
        "edited": pack.edited,
    }


def _at(pack: Pack, when: datetime | None) -> str | None:
    return when.astimezone(pack.calendar.zone).isoformat() if when else None


def _piece(pack: Pack, piece: Piece) -> Mapping[str, Any]:
    names = ("id", "post", "kind", "moment", "occurrence", "cost_usd")
    return {name: getattr(piece, name) for name in names} | {
        "used": list(piece.used),
        "account": piece.account.name,
        "platform": piece.account.platform,
        "status": str(piece.status),
        "due": _at(pack, piece.due),
        "out_at": _at(pack, piece.out_at),
        "parts": [_part(part) for part in piece.parts],
    }


def _part(part: ShownPart) -> Mapping[str, Any]:
    media = [{"file": picture.file, "alt": picture.alt} for picture in part.pictures]
    return {"text": part.text, "length": part.length, "limit": part.limit, "media": media}


def _withheld(pack: Pack, one: Withheld) -> Mapping[str, Any]:
    names = ("post", "moment", "account", "occurrence", "reason")
    return {name: getattr(one, name) for name in names} | {
        "due": _at(pack, one.when),
        "message": localised(one.said, pack.language),
        "fix": localised(one.fix, pack.language) if one.fix else None,
    }


def _issue(pack: Pack, issue: Issue) -> Mapping[str, Any]:
    return {
        "series": issue.series,
        "due": _at(pack, issue.when),
        "post": issue.post or None,
        "missing": issue.missing,
    }
