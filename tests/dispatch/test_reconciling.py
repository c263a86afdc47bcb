"""What is unconfirmed is settled by the account's own timeline, or by a person."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dispatch.office import DUE, KEYS, POST, Office

TEXT = "お知らせです。 https://example.go.jp/a?x=1&copy=2"


#: The very words go out a second time, and somebody has said why.
SAME = {"E07": "同じ文面を再掲します"}


def doubt(office: Office, account: str, *, posted: bool, **post: Any) -> int:
    """A delivery whose outcome is unknown; whether readers see it."""
    (delivery,) = office.promise(account, **post)
    office.clock.now = max(office.clock.now, DUE)
    office.misbehave("posted_but" if posted else "status", status=500, method="POST")
    code, report = office.publish()
    assert (1, [delivery]) == (code, report["unconfirmed"])
    return delivery


@pytest.fixture
def sender_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process that sent were another one, and had ended since."""
    monkeypatch.setattr("jposocial.desk_work.lives", lambda host, pid, process: False)


def publish_again(office: Office, **later: float) -> list[int]:
    office.clock.move(**(later or {"minutes": 4}))
    _, report = office.publish()
    found: list[int] = report["published"]
    return found


def test_nothing_is_looked_for_in_the_run_that_doubted(account: str, office: Office) -> None:
    """A timeline may lag behind: what is not there yet is asked for later."""
    doubt(office, account, posted=True)
    assert "delivery.looked_for" not in office.events()
    assert 2 == sum(office.sandbox.requests().values()), "whoami and the post"


def test_two_looks_are_three_minutes_apart(account: str, office: Office) -> None:
    """A second run at once does not count as a second look."""
    doubt(office, account, posted=False)
    for minutes in (1, 1, 1):
        office.clock.move(minutes=minutes)
        office.publish()
    assert 1 == office.events().count("delivery.looked_for")
    office.clock.move(minutes=1)
    office.publish()
    assert 2 == office.events().count("delivery.looked_for")


def test_a_post_that_shows_up_between_the_looks_is_found(account: str, office: Office) -> None:
    """Not found once proves nothing."""
    delivery = doubt(office, account, posted=False)
    assert [] == publish_again(office)
    entry = office.post_by_hand(account, TEXT)
    assert [delivery] == publish_again(office)
    assert entry.id == office.row(delivery)["receipt"]["id"]


def test_queue_names_the_command_that_settles_it(account: str, office: Office) -> None:
    """For the person who has to look."""
    delivery = doubt(office, account, posted=False)
    said = office.cli("queue").out
    assert f"jposocial resolve {delivery} --published URL, or --absent" in said


def test_two_matches_are_for_a_person(account: str, office: Office) -> None:
    """Which of them is ours the program does not guess, now or later."""
    delivery = doubt(office, account, posted=True)
    twin = office.post_by_hand(account, TEXT)
    for _ in range(3):
        assert [] == publish_again(office)
    assert "unconfirmed" == office.status(delivery)
    url = f"https://example.com/posts/{twin.id}"
    assert 0 == office.cli("resolve", delivery, "--published", url).code
    row = office.row(delivery)
    assert ("published", twin.id) == (row["status"], row["receipt"]["id"])


def test_a_receipt_of_another_delivery_is_not_proof(account: str, office: Office) -> None:
    """The same words went out before, as another delivery: that post is taken."""
    (first,) = office.promise(account, id="2026-12-first")
    office.clock.now = DUE
    assert [first] == publish_again(office, seconds=0)
    second = doubt(office, account, posted=False, id="2026-12-second", allow=SAME)
    for _ in range(3):
        assert [] == publish_again(office)
    assert "unconfirmed" == office.status(second)
    assert 1 == len(office.texts(account))


def test_of_two_equal_posts_the_one_that_is_free_is_found(account: str, office: Office) -> None:
    """The other has its delivery already."""
    (first,) = office.promise(account, id="2026-12-first")
    office.clock.now = DUE
    assert [first] == publish_again(office, seconds=0)
    office.post_by_hand(account, "ほかのお知らせ")
    second = doubt(office, account, posted=False, id="2026-12-second", allow=SAME)
    entry = office.post_by_hand(account, TEXT)
    assert [second] == publish_again(office)
    assert entry.id == office.row(second)["receipt"]["id"]


def test_a_timeline_that_cannot_be_read_is_not_a_look(account: str, office: Office) -> None:
    """The platform is down: nothing is concluded, and the next run looks again."""
    delivery = doubt(office, account, posted=True)
    office.misbehave("status", status=503, method="GET")
    office.clock.move(minutes=4)
    ran = office.cli("publish")
    assert 0 == ran.code
    assert "503" in ran.err
    assert "delivery.looked_for" not in office.events()
    assert [delivery] == publish_again(office)


@pytest.mark.usefixtures("sender_ended")
def test_absent_by_a_person_sends_it_again(account: str, office: Office) -> None:
    """The one way by which it goes out after doubt."""
    delivery = doubt(office, account, posted=False)
    assert 0 == office.cli("resolve", delivery, "--absent").code
    assert [delivery] == publish_again(office)
    assert 2 == office.asked(POST[account])
    assert [TEXT] == office.texts(account)


def test_absent_while_the_process_lives(account: str, office: Office) -> None:
    """The attempt has ended, and said so: that its process goes on with others is no reason."""
    delivery = doubt(office, account, posted=False)
    assert 0 == office.cli("resolve", delivery, "--absent").code
    assert "scheduled" == office.status(delivery)


@pytest.mark.usefixtures("sender_ended")
def test_a_duplicate_after_doubt_is_doubt(office: Office) -> None:
    """X says 403 to a text it has; after an earlier attempt that may well be ours."""
    delivery = doubt(office, "x", posted=False)
    assert 0 == office.cli("resolve", delivery, "--absent").code
    entry = office.post_by_hand("x", TEXT)
    office.clock.move(minutes=4)
    code, report = office.publish()
    assert (1, [delivery]) == (code, report["unconfirmed"])
    assert [delivery] == publish_again(office)
    assert entry.id == office.row(delivery)["receipt"]["id"]


def test_a_duplicate_at_the_first_attempt_is_a_refusal(account: str, office: Office) -> None:
    """Somebody posted the same by hand; staff read the platform's words and E07."""
    (delivery,) = office.promise(account)
    office.post_by_hand(account, TEXT)
    office.clock.now = DUE
    ran = office.cli("publish")
    assert 1 == ran.code
    assert "E07" in ran.err
    assert "uplicate" in ran.err
    assert "failed" == office.status(delivery)
    assert [TEXT] == office.texts(account)


def test_a_post_long_before_is_not_ours(account: str, office: Office) -> None:
    """The look begins five minutes before the first attempt."""
    office.post_by_hand(account, TEXT)
    office.post_by_hand(account, "ほかのお知らせ")
    delivery = doubt(office, account, posted=False)
    assert [] == publish_again(office)
    assert "unconfirmed" == office.status(delivery)


def test_clocks_may_differ_by_minutes(account: str, office: Office) -> None:
    """The platform's clock is four minutes behind ours."""
    delivery = doubt(office, account, posted=False)
    office.clock.move(minutes=-4)
    office.post_by_hand(account, TEXT)
    office.clock.move(minutes=4)
    assert [delivery] == publish_again(office)


@pytest.mark.parametrize("change", ["handle", "mode"])
def test_an_account_that_changed_is_not_looked_into(change: str, office: Office) -> None:
    """Another account's timeline proves nothing about this one's post."""
    delivery = doubt(office, "x", posted=True)
    secrets = {
        name: f"env:{name.upper()}"
        for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    }
    office.configure(
        accounts={"x": {"handle": "@another"} if change == "handle" else {"mode": "live", "secrets": secrets}}
    )  # fmt: skip
    before = office.sandbox.requests()
    assert [] == publish_again(office)
    assert "unconfirmed" == office.status(delivery)
    assert before == office.sandbox.requests()


def test_published_is_final(account: str, office: Office) -> None:
    """Running, editing, renaming: nothing of it goes out again."""
    (delivery,) = office.promise(account)
    office.clock.now = DUE
    assert [delivery] == publish_again(office, seconds=0)
    path = office.root / "posts" / "notices" / "2026-12-hello.md"
    for _ in range(2):
        path = path.rename(path.with_name(f"renamed-{path.name}"))
        path.write_text(path.read_text(encoding="utf-8") + "\n追記\n", encoding="utf-8")
        _, report = office.publish()
        assert {key: [] for key in KEYS} == {key: report[key] for key in KEYS}
    assert 1 == office.asked(POST[account])


def test_every_doubt_of_an_account_is_looked_into_in_one_run(account: str, office: Office) -> None:
    """One after the other; each finds its own."""
    texts = {
        f"2026-12-{number}": text for number, text in enumerate(("一つ目", "二つ目", "三つ目"))
    }
    ids = [office.promise(account, id=post, text=text)[0] for post, text in texts.items()]
    office.clock.now = DUE
    office.misbehave("posted_but", method="POST", times=len(ids))
    assert ids == office.publish()[1]["unconfirmed"]
    assert ids == publish_again(office)
    found = [office.row(delivery)["receipt"]["id"] for delivery in ids]
    assert sorted(found) == sorted(entry.id for entry in office.sandbox.entries(account))
    by_id = {entry.id: entry.text for entry in office.sandbox.entries(account)}
    assert list(texts.values()) == [by_id[remote] for remote in found]
