"""The pack as one HTML page that needs nothing but itself: no script, no request, no wall time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Final

from jposocial import __version__
from jposocial.markup import Html, el, join
from jposocial.messages import msg
from jposocial.model import Account
from jposocial.rehearsal import posts_part, rest_part
from jposocial.rehearsal.calendar_part import months
from jposocial.rehearsal.pack import Pack, Piece
from jposocial.rehearsal.saying import Voice, dollars

_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render(pack: Pack) -> str:
    """The page, in the pack's language."""
    say = Voice(pack.language, pack.calendar)
    title = say(
        msg(
            "Rehearsal {first} – {last}",
            first=say.full_day(pack.first),
            last=say.full_day(pack.last),
        )
    )
    body = el("body", _header(pack, say), el("main", _main(pack, say)), _footer(pack, say))
    return "<!DOCTYPE html>\n" + el("html", _head(title), body, lang=pack.language) + "\n"


def _head(title: str) -> Html:
    style = resources.files("jposocial.rehearsal").joinpath("page.css").read_text("utf-8")
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("title", title),
        el("style", Html(style)),
    )


def _header(pack: Pack, say: Voice) -> Html:
    span = join(
        el("time", say.full_day(pack.first), datetime=pack.first.isoformat()),
        el("span", " – ", class_="dash"),
        el("time", say.full_day(pack.last), datetime=pack.last.isoformat()),
    )
    return el(
        "header",
        el("p", say(msg("Rehearsal: nothing on this page was published.")), class_="notice"),
        el("p", pack.name, class_="office", lang="ja"),
        el("h1", el("span", say(msg("What will be posted")), class_="what"), " ", el("span", span, class_="span")),
    )  # fmt: skip


def _main(pack: Pack, say: Voice) -> Iterator[Html]:
    yield _summary(pack, say)
    yield _contents(pack, say)
    groups = posts_part.groups(pack)
    yield el(
        "section",
        el("h2", say(msg("Calendar")), id="h-calendar"),
        months(pack, groups, say),
        aria_labelledby="h-calendar",
        id="calendar",
    )
    yield rest_part.withheld(pack, say)
    yield rest_part.problems(pack, say)
    yield posts_part.posts(pack, groups, say)
    if pack.issues:
        yield rest_part.newsletter(pack, say)


def _contents(pack: Pack, say: Voice) -> Html:
    entries = [
        ("calendar", say(msg("Calendar"))),
        ("withheld", f"{say(msg('What does not go out'))} ({len(pack.withheld)})"),
        ("problems", f"{say(msg('Problems in the files'))} ({len(pack.problems)})"),
        ("posts", f"{say(msg('The posts'))} ({len(pack.pieces)})"),
    ]
    if pack.issues:
        entries.append(("newsletter", f"{say(msg('Newsletter'))} ({len(pack.issues)})"))
    links = [el("li", el("a", text, href=f"#{name}")) for name, text in entries]
    return el("nav", el("ul", links), aria_label=say(msg("Contents")), class_="contents")


def _summary(pack: Pack, say: Voice) -> Html:
    alarms = sum(one.alarm for one in pack.withheld)
    figures = [
        (say(msg("posts go out")), f"{len(pack.published)}", ""),
        (say(msg("fail or are left waiting")), f"{alarms}", "bad" if alarms else ""),
        (say(msg("errors in files")), f"{pack.count('error')}", "bad" if pack.count("error") else ""),
        (say(msg("warnings")), f"{pack.count('warning')}", "warn" if pack.count("warning") else ""),
        (say(msg("cost (US$)")), dollars(float(_cost(pack.published))), ""),
    ]  # fmt: skip
    boxes = [
        el("div", el("dt", name), el("dd", figure), class_=f"figure {mark}".strip())
        for name, figure, mark in figures
    ]
    return el(
        "section",
        el("h2", say(msg("At a glance")), id="h-glance"),
        el("dl", boxes, class_="figures"),
        _edited(pack, say),
        _accounts(pack, say),
        aria_labelledby="h-glance",
        id="glance",
    )


def _edited(pack: Pack, say: Voice) -> Html | None:
    if not pack.edited:
        return None
    text = msg("Files were changed while this was played: rehearse again before you rely on it.")
    return el("p", say(text), class_="alarm")


def _cost(pieces: Sequence[Piece]) -> Decimal:
    return sum((Decimal(str(piece.cost_usd)) for piece in pieces), Decimal())


def _accounts(pack: Pack, say: Voice) -> Html:
    """One line an account and month: how many posts, what they cost, and the budget if any."""
    by_month: dict[tuple[str, date], list[Piece]] = defaultdict(list)
    for piece in pack.published:
        by_month[piece.account.name, say.local(piece.due).date().replace(day=1)].append(piece)
    budgeted = any(a.monthly_budget_usd is not None for a in pack.accounts.values())
    rows = [
        _account_row(account, month, by_month[name, month], say, budgeted)
        for name, account in pack.accounts.items()
        for month in sorted(month for at, month in by_month if at == name)
    ]
    columns = [
        (msg("account"), None), (msg("month"), None), (msg("posts"), "number"),
        (msg("cost (US$)"), "number"), (msg("budget (US$)"), "number"),
    ]  # fmt: skip
    head = [
        el("th", say(text), scope="col", class_=mark)
        for text, mark in (columns if budgeted else columns[:-1])
    ]
    caption = el("caption", say(msg("By account and month")))
    return el("table", caption, el("thead", el("tr", head)), el("tbody", rows), class_="accounts")


def _account_row(
    account: Account, month: date, pieces: Sequence[Piece], say: Voice, budgeted: bool
) -> Html:
    name = say.platform(account.platform)
    budget = account.monthly_budget_usd
    amount = dollars(budget) if budget is not None else "–"
    return el(
        "tr",
        el("th", name, " ", el("span", account.handle, class_="handle"), scope="row"),
        el("td", say.month(month)),
        el("td", f"{len(pieces)}", class_="number"),
        el("td", dollars(float(_cost(pieces))), class_="number"),
        el("td", amount, class_="number") if budgeted else None,
    )


def _footer(pack: Pack, say: Voice) -> Html:
    lines = [
        msg("Played by jposocial {version} on a clock of its own: the same files give this page again, byte for byte.", version=__version__),
        msg("The files that were played (SHA-256): {digest}", digest=pack.content),
        msg("Taken as out before the first day, as the files say: {count} posts. Series begin anew on the first day.", count=pack.before),
        msg("The record of the rehearsal holds {rows} events and is whole.", rows=pack.record_rows)
        if pack.record_whole
        else msg("The record of the rehearsal is broken."),
    ]  # fmt: skip
    return el("footer", [el("p", say(line)) for line in lines])
