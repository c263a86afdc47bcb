"""Series in the outbox: a row from the cutoff on, what it used, and when it is composed anew.

The office's clock stands at 10:00 on Tuesday 2027-01-12, two hours before Wednesday's cutoff.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from tests.outbox.given import Office, raw
from tests.workspace import write_file, write_post, write_voice

from jposocial import desk_work
from jposocial.errors import Refused
from jposocial.model import Status
from jposocial.outbox.meta import FINGERPRINT, get_meta
from jposocial.outbox.sync import Replaced

SERIES: dict[str, Any] = {
    "testimonial_weekly": {"accounts": ["x"]},
    "testimonial_fortnightly": {"accounts": []},
    "vacancy_digest": {"accounts": ["x"]},
    "vacancy_weekly": {"accounts": []},
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(
        tmp_path, series=SERIES, accounts={"x": {"min_gap": "0s"}}, links={"allow": ["go.jp"]}
    )
    yield made
    made.close()


def voice(office: Office, id: str, person: str, **fields: Any) -> Path:
    return write_voice(office.root, id, person, **fields)


def vacancy(office: Office, id: str, deadline: str = "2027-02-15 17:00", **fields: Any) -> Path:
    return write_post(
        office.root,
        id,
        kind="vacancy",
        **{
            "title": id, "organisation": "UNDP", "post_title": f"担当官{id}", "accounts": ["x"],
            "deadline": deadline, "url": f"https://example.go.jp/{id}", "owner": "author",
        }
        | fields,
    )  # fmt: skip


def to_cutoff(office: Office) -> None:
    """12:00 on the Tuesday."""
    office.clock.move(hours=2)


def used(office: Office) -> list[list[str]]:
    return [list(row.used) for row in office.alive()]


@pytest.fixture
def two(office: Office) -> Office:
    """Two testimonials, and the Wednesday's row of the first of them."""
    voice(office, "one", "見本 一郎")
    voice(office, "two", "例野 太郎")
    to_cutoff(office)
    assert [1] == office.sync().created
    return office


def test_no_row_before_the_cutoff(office: Office) -> None:
    """The plan shows what would be picked; the queue has it from the cutoff on, unapproved."""
    voice(office, "one", "見本 一郎")
    assert [] == office.sync().created
    shown = [p for p in office.workspace.plan().placements if p.post == "testimonial_weekly"]
    assert ("2027-01-13", ("one",)) == (shown[0].occurrence, shown[0].used)
    to_cutoff(office)
    assert [1] == office.sync().created
    (row,) = office.rows()
    assert ("testimonial_weekly", "announce", "2027-01-13", 0, "testimonial", ["one"]) == (
        row.post, row.moment, row.occurrence, row.round, row.kind, row.used,
    )  # fmt: skip
    assert "author" in row.authors
    assert ["approval"] == office.blockers(1)
    assert "見本 一郎さん" in row.parts[0].text


def test_the_cutoff_is_a_reason_to_sync(office: Office) -> None:
    """The beat reads the files again once a cutoff has passed, though no file has changed."""
    voice(office, "one", "見本 一郎")
    office.sync()
    assert get_meta(office.workspace.engine, FINGERPRINT) == office.workspace.fingerprint()
    assert timedelta(hours=2) == (office.workspace.next_cutoff() or office.clock()) - office.clock()
    to_cutoff(office)
    assert get_meta(office.workspace.engine, FINGERPRINT) != office.workspace.fingerprint()
    office.sync()
    assert get_meta(office.workspace.engine, FINGERPRINT) == office.workspace.fingerprint()


def test_a_new_file_changes_nothing(two: Office) -> None:
    """What is synced is fixed, approved or not."""
    voice(two, "0-earlier-by-name", "手本 さくら")
    assert ([], [], [], 1) == _counts(two)
    two.approve(1)
    assert ([], [], [], 1) == _counts(two)
    assert [] == two.blockers(1)


def _counts(office: Office) -> tuple[list[int], list[Replaced], list[int], int]:
    report = office.sync()
    return report.created, report.replaced, report.cancelled, report.unchanged


@pytest.mark.parametrize(
    "change",
    [
        lambda office: voice(office, "one", "見本 一郎", consent=", withdrawn: 2027-01-12"),
        lambda office: voice(office, "one", "見本 一郎", ready="false"),
        lambda office: (office.root / "posts/testimonials/one.md").unlink(),
        lambda office: voice(office, "one", "見本 一郎", accounts="[facebook]"),
        lambda office: voice(office, "one", "見本 一郎", skip="[announce]"),
    ],
    ids=["withdrawn", "a draft again", "deleted", "no longer for the account", "skipped"],
)
def test_it_is_composed_anew_and_unapproved(two: Office, change: Any) -> None:
    """The row is replaced by another with the next post, which nobody has approved yet."""
    two.approve(1)
    change(two)
    assert [Replaced(old=1, new=2)] == two.sync().replaced
    (row,) = two.alive()
    assert (["two"], "2027-01-13", two.row(1).due) == (row.used, row.occurrence, row.due)
    assert ["approval"] == two.blockers(row.id)


def test_nobody_is_left(two: Office) -> None:
    """Without another post the occurrence is taken back."""
    (two.root / "posts/testimonials/two.md").unlink()
    voice(two, "one", "見本 一郎", consent=", withdrawn: 2027-01-12")
    assert ([], [], [1], 0) == _counts(two)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda path: path.write_text(path.read_text() + "\n2月5日(水)の話です。\n"),
        lambda path: path.write_text("---\nid: one\nkind: testimonial\n  title: [\n---\n"),
        lambda path: path.write_text("---\n: [\n---\n"),
    ],
    ids=["a rule's error", "no YAML", "not even an id"],
)
def test_a_file_to_be_mended(two: Office, break_it: Any) -> None:
    """Its occurrence waits with blocker `file`, approval and all; mended, it goes on."""
    path = two.root / "posts/testimonials/one.md"
    good = path.read_text()
    two.approve(1)
    break_it(path)
    assert ([], [], [], 1) == _counts(two)
    assert ["file"] == two.blockers(1)
    path.write_text(good)
    assert ([], [], [], 1) == _counts(two)
    assert [] == two.blockers(1)


def test_an_edit_is_an_edit(two: Office) -> None:
    """Other words are another payload, for the same post in the same slot."""
    two.approve(1)
    voice(two, "one", "見本 一郎", quote="あとから直した言葉です。")
    assert [Replaced(old=1, new=2)] == two.sync().replaced
    assert [["one"]] == used(two)
    assert ["approval"] == two.blockers(2)


def test_the_template_is_the_series_own(two: Office) -> None:
    """`templates/series/NAME/` comes before the kind's, and an edit of it is an edit of the row."""
    write_file(
        two.root, "templates/series/testimonial_weekly/announce.x.txt", "連載 {{ post.quote }}"
    )
    assert [Replaced(old=1, new=2)] == two.sync().replaced
    assert "連載 見本 一郎が話した大切なことです。" == two.row(2).parts[0].text


def test_a_template_of_no_use(two: Office) -> None:
    """The rows wait: a slip in a template takes nothing back."""
    two.approve(1)
    write_file(two.root, "templates/series/testimonial_weekly/announce.txt", "{{ nothing }}")
    report = two.sync()
    assert {"F06"} == {problem.rule for problem in report.refused}
    assert ([], [], ["file"]) == (report.replaced, report.cancelled, two.blockers(1))


def test_the_author_of_any_post_does_not_approve(two: Office) -> None:
    """Whoever wrote the words that go out."""
    with pytest.raises(Refused):
        two.approve(1, by="author")
    assert ["approval"] == two.blockers(1)


def test_a_hold_on_the_post_reaches_the_series(two: Office) -> None:
    """`hold --post one` stops what would use it."""
    two.approve(1)
    desk_work.hold(two.workspace, "post", "one", "確認中")
    assert ["hold"] == two.blockers(1)


def test_a_person_cancelled_the_week(two: Office) -> None:
    """It stays so; what it had picked is free for the next."""
    desk_work.cancel(two.workspace, 1)
    assert [] == two.sync().created
    two.clock.move(days=7)
    two.sync()
    assert [["one"]] == used(two)


def test_brought_back_by_a_person(two: Office) -> None:
    """`retry` of a cancelled occurrence keeps what it used."""
    desk_work.cancel(two.workspace, 1)
    again = desk_work.retry(two.workspace, 1, None)
    two.sync()
    assert ["one"] == two.row(again).used
    assert Status.SCHEDULED is two.row(again).status


def test_a_crash_in_sync(office: Office) -> None:
    """Nothing of a sync that fails is left; the next one makes the row, once."""
    voice(office, "one", "見本 一郎")
    office.sync()
    to_cutoff(office)
    raw(
        office.database,
        "CREATE TRIGGER crash BEFORE INSERT ON parts BEGIN SELECT RAISE(ABORT, 'crash'); END",
    )
    with pytest.raises(IntegrityError):
        office.sync()
    assert [] == office.rows()
    raw(office.database, "DROP TRIGGER crash")
    assert 1 == len(office.sync().created)
    assert 1 == office.sync().unchanged
    assert [["one"]] == used(office)


def test_the_mode_is_part_of_it(two: Office) -> None:
    """An account that goes live starts its rotation anew, unapproved."""
    two.approve(1)
    keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    secrets = "".join(f'{key} = "env:{key.upper()}"\n' for key in keys)
    configuration = two.root / "jposocial.toml"
    text = configuration.read_text().replace("[accounts.x]", '[accounts.x]\nmode = "live"')
    configuration.write_text(f"{text}\n[accounts.x.secrets]\n{secrets}")
    two.reopen()
    assert ([2], [], [1], 0) == _counts(two)
    assert ("live", ["one"]) == (two.row(2).mode, two.row(2).used)
    assert ["approval"] == two.blockers(2)


def test_turned_off(two: Office) -> None:
    """Without accounts there is no series, and its rows are taken back."""
    text = (two.root / "jposocial.toml").read_text()
    (two.root / "jposocial.toml").write_text(
        text.replace(
            '[series.testimonial_weekly]\naccounts = ["x"]',
            "[series.testimonial_weekly]\naccounts = []",
        )
    )
    two.reopen()
    assert ([], [], [1], 0) == _counts(two)


# Digests. Tuesday's, composed on Friday, is due at 12:00; Friday's is composed on Thursday.


def test_a_digest(office: Office) -> None:
    """All that is open, the nearest deadline first; its authors are those of all of it."""
    vacancy(office, "later", owner="hanako")
    vacancy(office, "sooner", "2027-02-01 17:00", owner="jiro")
    assert [1] == office.sync().created
    (row,) = office.rows()
    assert ("vacancy_digest", "digest", "2027-01-12", ["sooner", "later"]) == (
        row.post, row.moment, row.occurrence, row.used,
    )  # fmt: skip
    assert {"hanako", "jiro"} <= set(row.authors)
    text = row.parts[0].text
    assert text.index("担当官sooner") < text.index("担当官later")
    assert office.clock().date() == date(2027, 1, 12)


def test_a_vacancy_that_is_filled(office: Office) -> None:
    """Its file is deleted: the digest is composed anew without it, and must be approved again."""
    vacancy(office, "one")
    path = vacancy(office, "two")
    office.sync()
    office.approve(1)
    path.unlink()
    assert [Replaced(old=1, new=2)] == office.sync().replaced
    assert [["one"]] == used(office)
    assert ["approval"] == office.blockers(2)


def test_a_deadline_that_comes_nearer(office: Office) -> None:
    """Fewer than three business days are left when it goes: it is left out."""
    vacancy(office, "one")
    vacancy(office, "two")
    office.sync()
    vacancy(office, "two", "2027-01-14 17:00")
    assert [Replaced(old=1, new=2)] == office.sync().replaced
    assert [["one"]] == used(office)


def test_what_does_not_fit_waits_for_the_next(office: Office) -> None:
    """X has room for a few; the rest is said, and goes on Friday."""
    for number in range(6):
        vacancy(office, f"number-{number}")
    waiting = {u.post for u in office.workspace.plan().unplaced if u.reason == "next_digest"}
    office.sync()
    (first,) = used(office)
    assert 2 <= len(first) <= 4
    assert {f"number-{n}" for n in range(6)} - set(first) == waiting
    office.clock.move(days=2, hours=2)
    office.sync()
    second = next(row for row in office.rows() if row.occurrence == "2027-01-15")
    assert not set(first) & set(second.used)


def test_one_too_long_for_the_account(office: Office) -> None:
    """It is E06 of its own file, and the others go without it."""
    vacancy(office, "one")
    vacancy(office, "long", post_title="とても長い職名" * 20)
    report = office.sync()
    assert {("E06", "long")} == {(problem.rule, problem.post) for problem in report.refused}
    assert [["one"]] == used(office)
