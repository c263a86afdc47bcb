"""What every publisher keeps, against the sandbox over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import timedelta
from typing import cast

import pytest
from tests.publishers.rigs import RIGS, STARTED, WHO, Clock, Diary, Rig, variant

from jposocial.errors import Interrupted, OutcomeUnknown, Rejected, Unauthorized
from jposocial.model import Identity, Part
from jposocial.platforms import platform
from jposocial.protocols import Reconciler
from jposocial.publishers import PUBLISHERS, publisher
from jposocial.sandbox import Entry, Fault, Sandbox
from jposocial.settings import PLATFORM_KEYS

SINCE = STARTED - timedelta(minutes=5)


def found(rig: Rig, sandbox: Sandbox, text: str) -> list[str]:
    """The ids of what reads like `text`."""
    line = cast(Reconciler, rig.publisher(sandbox.url))
    return [receipt.id for receipt in line.find(Part(text=text), WHO, SINCE)]


def test_every_platform_has_a_publisher_and_a_rig() -> None:
    """What the configuration knows can be published, and is held to this suite."""
    assert PLATFORM_KEYS.keys() == PUBLISHERS.keys() == RIGS.keys()


def test_a_text_is_accepted_once_exactly_as_it_stands(rig: Rig, sandbox: Sandbox) -> None:
    """One visible request; the receipt names the post that is on the timeline."""
    text = "１月のセミナー 👩🏽‍💻 & <保健>\n\nhttps://example.go.jp/a?x=1&y=2 #国連"
    (receipt,) = rig.publisher(sandbox.url).publish(variant(text), Diary())
    (entry,) = sandbox.entries()
    assert (text, rig.platform) == (entry.text, entry.account)
    assert (0, entry.id) == (receipt.part, receipt.id)
    assert 1 == sandbox.requests()[rig.visible]


def test_the_receipt_has_the_address_of_the_post(rig: Rig, sandbox: Sandbox) -> None:
    """As a person would open it."""
    (receipt,) = rig.publisher(sandbox.url).publish(variant(), Diary())
    assert rig.url.replace("7_41", "41").replace("41", receipt.id) == receipt.url


def test_the_order_is_begin_send_prove(rig: Rig, sandbox: Sandbox) -> None:
    """`begin` stands in the journal before any visible byte, `prove` after the answer."""
    seen: list[tuple[str, int]] = []
    diary = Diary(at=lambda call: seen.append((call, sandbox.requests().get(rig.visible, 0))))
    (receipt,) = rig.publisher(sandbox.url).publish(variant(), diary)
    assert [("begin part:0", 0), ("prove part:0", 1)] == seen
    assert {"part:0": {"id": receipt.id, "url": receipt.url}} == diary.ids


def test_a_stop_at_begin_sends_nothing(rig: Rig, sandbox: Sandbox) -> None:
    """What the journal raises comes out as it is, before any byte."""

    def stop(call: str) -> None:
        raise Interrupted("hold")

    with pytest.raises(Interrupted):
        rig.publisher(sandbox.url).publish(variant(), Diary(at=stop))
    assert {} == sandbox.requests()


def test_a_proved_part_is_not_sent_again(rig: Rig, sandbox: Sandbox) -> None:
    """Its receipt comes from the journal."""
    known = {"part:0": {"id": "41", "url": rig.url}}
    (receipt,) = rig.publisher(sandbox.url).publish(variant(), Diary(ids=dict(known)))
    assert ("41", rig.url) == (receipt.id, receipt.url)
    assert {} == sandbox.requests()


def test_a_thread_hangs_together(threading: Rig, sandbox: Sandbox) -> None:
    """Each part is a reply to the one before it, in their order, each with its own receipt."""
    texts = ("一つ目", "二つ目", "三つ目")
    receipts = threading.publisher(sandbox.url).publish(variant(*texts), Diary())
    entries = sandbox.entries()
    assert list(texts) == [entry.text for entry in entries]
    assert [None, entries[0].id, entries[1].id] == [entry.parent for entry in entries]
    assert [(n, entry.id) for n, entry in enumerate(entries)] == [(r.part, r.id) for r in receipts]


def test_the_next_part_goes_after_the_proved_ones(threading: Rig, sandbox: Sandbox) -> None:
    """An interrupted publication goes on where it stood, below what is out."""
    line = threading.publisher(sandbox.url)
    (first,) = line.publish(variant("一つ目"), Diary())
    diary = Diary(ids={"part:0": {"id": first.id, "url": first.url}})
    receipts = line.publish(variant("一つ目", "二つ目"), diary)
    assert [("一つ目", None), ("二つ目", first.id)] == [
        (entry.text, entry.parent) for entry in sandbox.entries()
    ]
    assert [0, 1] == [receipt.part for receipt in receipts]
    assert ["begin part:1", "prove part:1"] == diary.calls


def test_a_thread_is_refused_where_there_are_none(sandbox: Sandbox) -> None:
    """Not a byte is sent, rather than the first part alone."""
    for rig in RIGS.values():
        assert rig.threads == platform(rig.platform).threads
        if not rig.threads:
            with pytest.raises(Rejected):
                rig.publisher(sandbox.url).publish(variant("一つ目", "二つ目"), Diary())
    assert {} == sandbox.requests()


PARENTS = {
    "a reply to the part before": ("first", True),
    "a reply to another post": ("other", False),
    "no reply": (None, False),
}


@pytest.mark.parametrize(("parent", "ours"), PARENTS.values(), ids=PARENTS)
def test_a_part_is_found_below_the_one_before(
    parent: str | None, ours: bool, threading: Rig, sandbox: Sandbox
) -> None:
    """The same words elsewhere are not this thread's; and no reply is its beginning."""
    line = threading.publisher(sandbox.url)
    posted = {
        name: line.publish(variant(name), Diary())[0].id for name in ("first", "other")
    }  # fmt: skip
    part = Entry(
        account=threading.platform, platform=threading.platform, text="二つ目",
        created_at=STARTED, parent=posted.get(parent or ""),
    )  # fmt: skip
    stored = sandbox.timeline.append(part, lambda number: str(9 * 10**17 + number))
    seen = cast(Reconciler, line)
    below = seen.find(Part(text="二つ目"), WHO, SINCE, posted["first"])
    assert ([stored.id] if ours else []) == [receipt.id for receipt in below]
    on_top = seen.find(Part(text="二つ目"), WHO, SINCE)
    assert ([stored.id] if parent is None else []) == [receipt.id for receipt in on_top]


def test_whoami_names_the_owner_and_shows_nothing_to_readers(rig: Rig, sandbox: Sandbox) -> None:
    """One request, nothing on the timeline."""
    who = rig.publisher(sandbox.url).whoami()
    assert Identity(id="7", handle="example_center", name="見本センター") == who
    assert ({rig.asked: 1}, ()) == (sandbox.requests(), sandbox.entries())


def test_the_server_keeps_no_key_of_ours(rig: Rig, sandbox: Sandbox) -> None:
    """So an unknown outcome is never repeated by itself."""
    assert rig.publisher(sandbox.url).key_window() is None


def test_wrong_credentials_are_a_definite_refusal(rig: Rig, sandbox: Sandbox) -> None:
    """For the visible step and for whoami alike."""
    wrong = dict.fromkeys(rig.secrets, "somebody-else")
    line = publisher(rig.account(sandbox.url), wrong)
    with pytest.raises(Unauthorized):
        line.whoami()
    with pytest.raises(Unauthorized):
        line.publish(variant(), Diary())
    assert () == sandbox.entries()


FAULTS: dict[str, int] = {
    "hang": 0, "hang_after": 1, "drip": 1, "reset_before": 0, "reset_after": 1,
    "posted_but": 1, "broken_body": 1, "cut_body": 1, "redirect": 0,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "posted"), FAULTS.items(), ids=FAULTS)
def test_what_breaks_after_the_bytes_is_unknown_and_not_repeated(
    kind: str, posted: int, rig: Rig, sandbox: Sandbox
) -> None:
    """Whatever the server did, there is one visible request and no claim about its outcome."""
    sandbox.misbehave(Fault(kind=kind, method="POST", interval=0.05))
    slow = kind in ("hang", "hang_after", "drip")
    with pytest.raises(OutcomeUnknown):
        rig.publisher(sandbox.url, 0.5 if slow else 20).publish(variant(), Diary())
    assert 1 == sandbox.requests()[rig.visible]
    assert posted == len(sandbox.entries())


TEXTS = {
    "plain": "お知らせです。",
    "a link": "見る https://example.go.jp/seminar/2027-01?a=1&b=2#top です",
    "a link with what looks like HTML": "https://example.go.jp/?a=1&copy=2&lt=3",
    "a bare domain": "くわしくは example.go.jp へ",
    "an address without a path": "くわしくは https://example.go.jp/ へ",
    "two links": "https://example.go.jp/a と https://example.go.jp/ab",
    "signs of HTML": "5 < 6 & 7 > 6 &amp; &lt;b&gt;",
    "decomposed kana": unicodedata.normalize("NFD", "ガギグ パピプ é"),
    "emoji": "👩🏽‍💻🇯🇵",
    "lines and spaces": "一行目\n\n  二行目　三行目",
    "mention and tag": "@example_center #国連 $UN",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_was_posted_is_found(text: str, rig: Rig, sandbox: Sandbox) -> None:
    """Whatever the platform makes of links, signs and code points."""
    line = rig.publisher(sandbox.url)
    (receipt,) = line.publish(variant(text), Diary())
    line.publish(variant("ほかのお知らせ"), Diary())
    assert [receipt.id] == found(rig, sandbox, text)


OTHERS = {
    "another text": "ほかのお知らせ",
    "a longer one": "お知らせです。 https://example.go.jp/a 追記",
    "a shorter one": "お知らせです。",
    "another link": "お知らせです。 https://example.go.jp/b",
    "another case": "お知らせです。 https://example.go.jp/A",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_texts_are_not_taken_for_ours(text: str, rig: Rig, sandbox: Sandbox) -> None:
    """Alike is not the same."""
    rig.publisher(sandbox.url).publish(variant(text), Diary())
    assert [] == found(rig, sandbox, "お知らせです。 https://example.go.jp/a")


def test_the_look_begins_at_the_instant_it_is_given(
    rig: Rig, sandbox: Sandbox, clock: Clock
) -> None:
    """The same words of last month are not this delivery."""
    line = rig.publisher(sandbox.url)
    clock.now = STARTED - timedelta(days=31)
    line.publish(variant(), Diary())
    line.publish(variant("ほかのお知らせ"), Diary())
    clock.now = STARTED
    assert [] == found(rig, sandbox, "お知らせです。")
    (now,) = line.publish(variant(), Diary())
    assert [now.id] == found(rig, sandbox, "お知らせです。")


def test_a_long_timeline_is_read_page_by_page(rig: Rig, sandbox: Sandbox) -> None:
    """Ours is found beneath many later posts."""
    line = rig.publisher(sandbox.url)
    (ours,) = line.publish(variant(), Diary())
    for number in range(32):
        line.publish(variant(f"ほかのお知らせ {number}"), Diary())
    assert [ours.id] == found(rig, sandbox, "お知らせです。")
    assert sandbox.requests()[rig.listed] > 1


def test_the_same_text_twice_is_found_twice(rig: Rig, sandbox: Sandbox, clock: Clock) -> None:
    """It is for a person to say which of them is ours."""
    line = rig.publisher(sandbox.url)
    ids = []
    for day in (0, 2):
        clock.now = STARTED + timedelta(days=day)
        ids += [receipt.id for receipt in line.publish(variant(), Diary())]
        line.publish(variant(f"ほかのお知らせ {day}"), Diary())
    assert sorted(ids) == sorted(found(rig, sandbox, "お知らせです。"))


def test_tweepy_is_loaded_by_x_alone() -> None:
    """A command that posts nothing, or to Facebook only, does not pay for it."""
    script = """
import sys
from datetime import timedelta
from jposocial.model import Account
from jposocial.publishers import publisher
import jposocial.cli.root, jposocial.publishing
for name in ("facebook", "x"):
    print("tweepy" in sys.modules)
    secrets = dict.fromkeys(("page_token", "consumer_key", "consumer_secret", "access_token",
                             "access_token_secret"), "a")
    publisher(Account(name=name, platform=name, handle="a"), secrets)
print("tweepy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "False\nFalse\nTrue\n" == done.stdout
