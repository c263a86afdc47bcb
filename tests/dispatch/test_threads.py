"""A thread on X, from its content file to what readers see, and what people are told on the way."""

from __future__ import annotations

import pytest
from tests.dispatch.office import DUE, POST, Office

TEXTS = ["一つ目です。 https://example.go.jp/", "二つ目です。", "三つ目です。"]
THREAD = "\n---part---\n".join(TEXTS)


@pytest.fixture
def sender_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process that sent were another one, and had ended since."""
    monkeypatch.setattr("jposocial.desk_work.lives", lambda host, pid, process: False)


def due(office: Office, **post: object) -> int:
    (delivery,) = office.promise("x", text=THREAD, thread=["x"], **post)
    office.clock.now = DUE
    return delivery


def test_readers_see_a_thread(office: Office) -> None:
    """Three posts, each below the one before; three receipts, in the order of the parts."""
    delivery = due(office)
    code, report = office.publish()
    assert (0, [delivery]) == (code, report["published"])
    entries = office.sandbox.entries("x")
    assert [(TEXTS[0], None), (TEXTS[1], entries[0].id), (TEXTS[2], entries[1].id)] == [
        (entry.text, entry.parent) for entry in entries
    ]
    row = office.row(delivery)
    assert [(n, entry.id) for n, entry in enumerate(entries)] == [
        (receipt["part"], receipt["id"]) for receipt in row["receipts"]
    ]
    assert entries[0].id == row["receipt"]["id"]


def test_a_thread_costs_what_its_parts_cost(office: Office) -> None:
    """One part with a link, two without."""
    delivery = due(office)
    assert 0.23 == office.row(delivery)["cost_usd"]
    (shown,) = office.json("show", "2026-12-hello")
    assert (0.23, TEXTS) == (shown["cost_usd"], [part["text"] for part in shown["parts"]])


def test_the_queue_names_the_part_in_doubt(office: Office) -> None:
    """How much is out, which part to look for, and with which command it is settled."""
    delivery = due(office)
    office.misbehave("reset_before", method="POST", path="/2/tweets", skip=1)
    assert [delivery] == office.publish()[1]["unconfirmed"]
    said = office.cli("queue", "--lang", "en").out
    assert "unconfirmed 1/3" in said
    assert "look whether part 2 of 3 is on the account's timeline" in said
    assert f"jposocial resolve {delivery} --published URL, or --absent" in said


@pytest.mark.usefixtures("sender_ended")
@pytest.mark.parametrize("there", [True, False], ids=["published", "absent"])
def test_a_person_settles_one_part_and_the_rest_follows(there: bool, office: Office) -> None:
    """What was said of the second part holds for it alone; the third goes out after it."""
    delivery = due(office)
    office.misbehave("reset_before", method="POST", path="/2/tweets", skip=1)
    office.publish()
    if there:
        office.post_by_hand("x", "二つ目を手で投稿しました。")
        entry = office.sandbox.entries("x")[-1]
        url = f"https://x.com/example_center/status/{entry.id}"
        assert 0 == office.cli("resolve", delivery, "--published", url).code
    else:
        assert 0 == office.cli("resolve", delivery, "--absent").code
    assert "scheduled" == office.status(delivery)
    office.clock.move(minutes=1)
    assert [delivery] == office.publish()[1]["published"]
    entries = office.sandbox.entries("x")
    assert [TEXTS[0], TEXTS[2]] == [entries[0].text, entries[-1].text]
    assert entries[-2].id == entries[-1].parent
    assert (3 if there else 4) == office.asked(POST["x"])


def test_the_first_parts_address_does_not_settle_the_second(office: Office) -> None:
    """It is a receipt already: the person has copied the wrong one."""
    delivery = due(office)
    office.misbehave("reset_before", method="POST", path="/2/tweets", skip=1)
    office.publish()
    first = office.row(delivery)["receipt"]["url"]
    ran = office.cli("resolve", delivery, "--published", first, "--lang", "en")
    assert (1, True) == (ran.code, "already the proof" in ran.err)
    assert "unconfirmed" == office.status(delivery)


def test_half_a_thread_that_was_refused(office: Office) -> None:
    """It is failed with its receipts; `cancel` is refused, `retry` goes on."""
    delivery = due(office)
    office.misbehave("status", status=400, method="POST", path="/2/tweets", skip=1)
    code, report = office.publish()
    assert (1, [delivery]) == (code, report["failed"])
    said = office.cli("queue", "--lang", "en").out
    assert "failed 1/3" in said
    assert f"part 2 of 3 is next; mend the cause, then: jposocial retry {delivery}" in said
    assert 1 == office.cli("cancel", delivery).code
    assert 0 == office.cli("retry", delivery).code
    assert [delivery] == office.publish()[1]["published"]
    assert TEXTS == office.texts("x")


def test_half_a_thread_whose_time_is_past(office: Office) -> None:
    """Only with a new time and a new approval."""
    delivery = due(office)
    office.misbehave("status", status=400, method="POST", path="/2/tweets", skip=1)
    office.publish()
    office.clock.move(days=2)
    assert f"jposocial retry {delivery} --at" in office.cli("queue").out
    assert 1 == office.cli("retry", delivery).code
    assert 0 == office.cli("retry", delivery, "--at", "2026-12-03 12:00").code
    office.clock.move(hours=9)
    assert [{"id": delivery, "blockers": ["approval"]}] == office.publish()[1]["blocked"]
    office.approve([office.row(delivery)])
    assert [delivery] == office.publish()[1]["published"]
    assert TEXTS == office.texts("x")


def test_an_edit_changes_nothing_of_a_thread_that_has_begun(office: Office) -> None:
    """Its rest goes out as it was approved: sync leaves a row with an accepted part alone."""
    delivery = due(office)
    office.misbehave("status", status=400, method="POST", path="/2/tweets", skip=1)
    office.publish()
    office.promise("x", text=THREAD.replace("二つ目", "別の二つ目"), approve=False)
    assert 0 == office.cli("retry", delivery).code
    office.publish()
    assert TEXTS == office.texts("x")


def test_the_page_shows_the_thread_in_reading_order(office: Office) -> None:
    """As a reader would see it: from the first part to the last, with another post around it."""
    due(office)
    office.publish()
    office.post_by_hand("x", "あとの投稿です。")
    from jposocial.sandbox import render_page

    page = render_page(
        office.sandbox.accounts, office.sandbox.entries(), "ja", office.sandbox._control.zone
    )
    places = [page.index(text) for text in ("あとの投稿", "一つ目です", "二つ目です", "三つ目です")]
    assert sorted(places) == places
    assert 2 == page.count('<article class="reply">')
