"""What readers have seen not long ago, for E07."""

from __future__ import annotations

from tests.outbox.given import NOW, Outbox

from jposocial.errors import Rejected
from jposocial.outbox import record
from jposocial.outbox.sent import sent_texts


def texts(outbox: Outbox) -> list[str]:
    return [sent.text for sent in sent_texts(outbox.engine, outbox.clock())]


def test_what_is_out_or_may_be(outbox: Outbox):
    """Not what is to come, and not what was refused."""
    outbox.approved("to-come", texts=("これから",))
    outbox.unconfirmed("doubt", texts=("たぶん",))
    outbox.clock.move(hours=3)
    claimed = outbox.claimed(outbox.approved("refused", texts=("だめ",)))
    record.stopped(outbox.engine, claimed, Rejected("403"), now=outbox.clock(), actor="a")
    assert ["たぶん"] == texts(outbox)


def test_of_half_a_thread_what_is_out(outbox: Outbox):
    """Readers have seen its first part, whatever became of the rest."""
    claimed = outbox.claimed(outbox.approved(texts=("一つ目", "二つ目")))
    journal = outbox.journal(claimed)
    journal.begin("part:0")
    journal.prove("part:0", id="1", url="u")
    record.stopped(outbox.engine, claimed, Rejected("403"), now=NOW, actor="a")
    assert ["一つ目"] == texts(outbox)
