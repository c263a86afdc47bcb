"""What would not go out and why, the problems of the files, and the newsletter's dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from jposocial import wording
from jposocial.markup import Html, el
from jposocial.messages import Message, joined, msg
from jposocial.model import Problem
from jposocial.rehearsal.pack import Issue, Pack, Withheld
from jposocial.rehearsal.saying import Voice


def withheld(pack: Pack, say: Voice) -> Html:
    """A table: one line for what has the same reason on several accounts and days."""
    lines = list(_together(pack.withheld))
    rows = [_row(line, pack, say) for line in lines]
    names = (msg("when"), msg("post"), msg("why not"), msg("what helps"))
    head = el("thead", el("tr", [el("th", say(name), scope="col") for name in names]))
    table = el("table", head, el("tbody", rows), class_="withheld")
    nothing = el("p", say(msg("Everything that the files ask for goes out.")))
    drafts = _drafts(pack, say)
    return el(
        "section",
        el("h2", say(msg("What does not go out")), id="h-withheld"),
        table if rows else nothing,
        drafts,
        aria_labelledby="h-withheld",
        id="withheld",
    )


def _drafts(pack: Pack, say: Voice) -> Html | None:
    if not pack.drafts:
        return None
    names = [el("li", say.title(title)) for title in pack.drafts]
    return el(
        "div", el("p", say(msg("Drafts (ready: false), never planned:"))), el("ul", names), class_="drafts"
    )  # fmt: skip


def _together(found: Sequence[Withheld]) -> Iterator[list[Withheld]]:
    together: dict[tuple[object, ...], list[Withheld]] = {}
    for one in found:
        key = (one.alarm, one.post, one.moment, one.reason, str(one.said))
        together.setdefault(key, []).append(one)
    yield from together.values()


def _row(line: Sequence[Withheld], pack: Pack, say: Voice) -> Html:
    first = line[0]
    days = list(dict.fromkeys(say.day(say.local(o.when).date()) for o in line if o.when))
    accounts = list(dict.fromkeys(_account(one.account, pack, say) for one in line))
    return el(
        "tr",
        el("td", [el("span", day, " ") for day in days] or "–", class_="when"),
        el(
            "td",
            say.title(first.title, class_="name"), " ",
            el("span", say.moment(first.moment), class_="moment"), " ",
            el("span", _listed(accounts, say), class_="handle"),
        ),
        el("td", el("b", say(msg("stopped")), class_="badge bad") if first.alarm else None, " ", say(first.said)),
        el("td", say(first.fix) if first.fix else "–"),
        class_="alarm" if first.alarm else None,
    )  # fmt: skip


def _account(name: str, pack: Pack, say: Voice) -> str:
    account = pack.accounts.get(name)
    return say.platform(account.platform) if account else name


def _listed(items: Iterable[str], say: Voice) -> str:
    return say(joined(items))


def problems(pack: Pack, say: Voice) -> Html:
    """By file; those with an error first."""
    order = list(dict.fromkeys(p.path for p in pack.problems))
    found = sorted(pack.problems, key=lambda p: order.index(p.path))
    files = [_file(path, list(of), say) for path, of in groupby(found, key=lambda p: p.path)]
    nothing = el("p", say(msg("No problem was found.")))
    return el(
        "section",
        el("h2", say(msg("Problems in the files")), id="h-problems"),
        files or nothing,
        aria_labelledby="h-problems",
        id="problems",
    )


def _file(path: str, found: Sequence[Problem], say: Voice) -> Html:
    items = [_problem(problem, say) for problem in found]
    return el("section", el("h3", el("code", path)), el("ul", items), class_="file")


_SEVERITIES = {"error": (msg("error"), "bad"), "warning": (msg("warning"), "warn")}


def _problem(problem: Problem, say: Voice) -> Html:
    name, mark = _SEVERITIES[problem.severity]
    line: Message = msg("line {number}", number=problem.line)
    return el(
        "li",
        el("b", say(name), class_=f"badge {mark}"), " ",
        el("span", problem.rule, class_="rule"), " ",
        el("span", say(line), f" · {problem.account}" if problem.account else None, class_="handle"),
        el("p", problem.message),
        el("p", "→ ", problem.fix, class_="fix"),
    )  # fmt: skip


def newsletter(pack: Pack, say: Voice) -> Html:
    return el(
        "section",
        el("h2", say(msg("Newsletter")), id="h-newsletter"),
        el("ul", [_issue(issue, say) for issue in pack.issues], class_="issues"),
        aria_labelledby="h-newsletter",
        id="newsletter",
    )


def _issue(issue: Issue, say: Voice) -> Html:
    when = say.time(issue.when, f"{say.full_day(issue.day)} {say.clock(issue.when)}")
    missing = el("span", say(wording.REASONS["no_file"]), class_="badge warn")
    title = say.title(issue.title, class_="name") if issue.title else missing
    preview = el("div", Html(issue.preview), class_="preview") if issue.preview else None
    return el("li", when, " ", title, preview)
