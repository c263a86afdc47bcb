"""retract: who may, what goes, what the record says, and what becomes of the rest."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.dispatch.office import DUE, Office

from jposocial.app import Workspace, open_workspace
from jposocial.errors import Rejected
from jposocial.host import this_process
from jposocial.outbox import claims, record
from jposocial.outbox.delivery import load_one
from jposocial.outbox.journal import DatabaseJournal
from jposocial.publishers import PUBLISHERS
from jposocial.store.engine import reading

As = Callable[[str], None]


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> As:
    """Act as somebody else from now on."""

    def become(name: str) -> None:
        ways = Workspace.__init__.__kwdefaults__
        monkeypatch.setitem(ways, "identity", lambda: name)

    return become


@pytest.fixture
def out(office: Office, account: str, become: As) -> int:
    """A delivery that is out; who comes now has not approved it."""
    (delivery,) = office.promise(account)
    office.clock.now = DUE
    office.publish()
    assert "published" == office.status(delivery)
    become("somebody")
    return delivery


def retract(office: Office, delivery: int) -> tuple[int, dict[str, Any]]:
    ran = office.cli("retract", delivery, "--reason", "数字の誤り", "--json")
    assert ran.out, ran.err
    return ran.code, json.loads(ran.out)


def said(office: Office, name: str) -> list[dict[str, Any]]:
    """The details of the record's events of that name, with who did it."""
    with closing(sqlite3.connect(office.root / "var" / "jposocial.db")) as database:
        rows = database.execute("SELECT actor, detail FROM events WHERE event = ?", (name,))
        return [{"actor": actor} | json.loads(detail) for actor, detail in rows]


def test_what_is_retracted_is_gone_and_recorded(office: Office, account: str, out: int):
    """Deleted, `published` for ever, with who, why, what and how in the record."""
    receipt = office.row(out)["receipt"]
    code, found = retract(office, out)
    assert (0, True, ["deleted"]) == (
        code, found["retracted"], [part["outcome"] for part in found["parts"]],
    )  # fmt: skip
    assert [] == office.texts(account)
    row = office.row(out)
    assert ("published", "done", "somebody") == (
        row["status"], row["retraction"]["state"], row["retraction"]["by"],
    )  # fmt: skip
    assert receipt == row["receipt"]
    (begun,) = said(office, "retract.begun")
    assert ("somebody", "数字の誤り") == (begun["actor"], begun["reason"])
    (part,) = said(office, "retract.part")
    assert (receipt["id"], receipt["url"], "deleted") == (part["id"], part["url"], part["outcome"])
    assert ["somebody"] == [one["actor"] for one in said(office, "delivery.retracted")]
    assert 0 == office.cli("audit", "verify").code


def test_who_approved_it_does_not_retract_it(office: Office, account: str, out: int, become: As):
    """Refused, 1; nothing is asked of the platform."""
    become("approver")
    ran = office.cli("retract", out, "--reason", "r")
    assert (1, "") == (ran.code, ran.out)
    assert "approver approved it; another person retracts it" in ran.err
    assert 1 == len(office.texts(account))
    assert "retract.begun" not in office.events()


def test_with_self_approval_who_approved_it_may(office: Office, account: str, out: int, become: As):
    """The office has decided that one person is enough."""
    become("approver")
    office.configure(approval={"self_approval": True})
    assert 0 == retract(office, out)[0]
    assert [] == office.texts(account)


def test_retracting_again_asks_nobody(office: Office, out: int):
    """0, and said; no second request, no second draft."""
    retract(office, out)
    before = (office.sandbox.requests(), office.events())
    ran = office.cli("retract", out, "--reason", "r")
    assert (0, f"{out}: it was retracted before\n") == (ran.code, ran.out)
    assert before == (office.sandbox.requests(), office.events())


def test_what_somebody_deleted_by_hand_counts_as_deleted(office: Office, account: str, out: int):
    """It is gone: that was wanted."""
    office.sandbox.timeline.delete(office.row(out)["receipt"]["id"], office.clock())
    code, found = retract(office, out)
    assert (0, ["gone"]) == (code, [part["outcome"] for part in found["parts"]])


@pytest.mark.parametrize(
    ("kind", "values", "outcome"),
    [
        pytest.param("reset_after", {}, "unknown", id="answer lost"),
        pytest.param("posted_but", {}, "unknown", id="5xx though deleted"),
        pytest.param("reset_before", {}, "unknown", id="reset"),
        pytest.param("status", {"status": 403}, "refused", id="refused"),
        pytest.param("status", {"status": 429}, "refused", id="too many"),
    ],
)
def test_what_is_not_certain_is_said_and_can_be_done_again(
    office: Office, account: str, out: int, kind: str, values: dict[str, Any], outcome: str
):
    """1, in the record, and the queue names the command; the second time it is done."""
    office.misbehave(kind, method="DELETE", **values)
    ran = office.cli("retract", out, "--reason", "r")
    assert 1 == ran.code
    assert f"try again: jposocial retract {out} --reason …" in ran.out
    assert [outcome] == [part["outcome"] for part in said(office, "retract.part")]
    assert "begun" == office.row(out)["retraction"]["state"]
    queue = office.cli("queue").out
    assert f"Wants somebody (1)\n{out}:" in queue
    assert f"→ jposocial retract {out} --reason …" in queue
    assert 0 == retract(office, out)[0]
    assert ([], "done") == (office.texts(account), office.row(out)["retraction"]["state"])


class ForGood:
    """A publisher of a platform on which nothing can be deleted."""

    def __init__(self, *_: object) -> None:
        self.platform = "for good"


def test_a_platform_that_deletes_nothing(
    office: Office, account: str, out: int, monkeypatch: pytest.MonkeyPatch
):
    """Said and recorded, a correction is drafted; 1, because readers still see it."""
    monkeypatch.setitem(PUBLISHERS, account, f"{__name__}:ForGood")  # type: ignore[arg-type]
    code, found = retract(office, out)
    assert (1, ["impossible"]) == (code, [part["outcome"] for part in found["parts"]])
    assert "誤りがありました" in (office.root / found["correction"]).read_text("utf-8")


def test_an_account_that_is_another_one_now(office: Office, account: str, out: int):
    """Nothing is asked of an account on which it is not."""
    office.configure(accounts={account: {"handle": "somebody-else"}})
    ran = office.cli("retract", out, "--reason", "r")
    assert 1 == ran.code
    assert f"the account '{account}' is another one now" in ran.err
    assert "retract.begun" not in office.events()


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(["retract"], id="nothing"),
        pytest.param(["retract", "1"], id="no reason"),
        pytest.param(["retract", "1", "--reason", " "], id="an empty reason"),
    ],
)
def test_wrong_usage(office: Office, args: list[str]):
    """2; nothing happens."""
    ran = office.cli(*args)
    assert (2, "") == (ran.code, ran.out)


# What is not simply published.


def thread(office: Office, *, proved: int, error: Exception | None) -> int:
    """Three parts on X of which so many are out; `error` ended it, None: its process died."""
    (delivery,) = office.promise("x")
    office.clock.now = DUE
    engine = open_workspace(office.root).engine
    # Until files can ask for threads, one is made of a row's parts here.
    with closing(sqlite3.connect(office.root / "var" / "jposocial.db")) as database:
        for number in (1, 2):
            database.execute(
                "INSERT INTO parts (delivery, number, text, media) VALUES (?, ?, ?, '[]')",
                (delivery, number, f"続き {number}"),
            )
        database.execute("DROP TRIGGER deliveries_hash")
        database.commit()
    _rehash(office, delivery)
    claimed = claims.claim(
        engine, delivery, open_workspace(office.root).house, this_process(), now=DUE, actor="jposocial"
    )  # fmt: skip
    assert claimed is not None
    journal = DatabaseJournal(
        engine, claimed, timeout=timedelta(seconds=20), clock=office.clock, monotonic=lambda: 0.0, actor="j"
    )  # fmt: skip
    for number in range(proved):
        journal.begin(f"part:{number}")
        entry = office.post_by_hand("x", claimed.parts[number].text)
        journal.prove(f"part:{number}", id=entry.id, url=f"https://x.com/a/status/{entry.id}")
    if error:
        record.stopped(engine, claimed, error, now=DUE, actor="j")
    else:
        if proved < 3:
            journal.begin(f"part:{proved}")
        claims.doubt_orphans(engine, [claimed], now=DUE, actor="j")
    engine.dispose()
    return delivery


def _rehash(office: Office, delivery: int) -> None:
    """Approved as it stands now."""
    from jposocial.model import payload_hash
    from jposocial.store.tables import DELIVERIES

    workspace = open_workspace(office.root)
    with reading(workspace.engine) as connection:
        row = load_one(connection, delivery)
    assert row is not None
    new = payload_hash(
        workspace.settings.accounts["x"], row.content(), row.window_start, row.expires
    )
    with workspace.engine.begin() as connection:
        connection.execute(
            update(DELIVERIES).where(DELIVERIES.c.id == delivery).values(payload_hash=new)
        )
    assert 0 == office.cli("approve", f"{delivery}:{new}").code


def test_a_thread_goes_from_its_end(office: Office, become: As):
    """Readers never see an answer to a post that is gone."""
    delivery = thread(office, proved=3, error=None)
    office.publish()
    assert "published" == office.status(delivery)
    become("somebody")
    ids = [receipt["id"] for receipt in office.row(delivery)["receipts"]]
    code, found = retract(office, delivery)
    assert (0, [2, 1, 0]) == (code, [part["part"] for part in found["parts"]])
    assert [*reversed(ids)] == [part["id"] for part in said(office, "retract.part")]
    assert [] == office.texts("x")


def test_what_a_refused_thread_left_behind(office: Office, become: As):
    """Its receipts are deleted, it stays failed, `retry` is refused and the queue asks for nothing."""
    delivery = thread(office, proved=2, error=Rejected("403 not permitted"))
    become("somebody")
    queue = office.cli("queue").out
    assert f"take it back: jposocial retract {delivery} --reason …" in queue
    assert 0 == retract(office, delivery)[0]
    assert ([], "failed") == (office.texts("x"), office.status(delivery))
    ran = office.cli("retry", delivery)
    assert 1 == ran.code
    assert "it was retracted" in ran.err
    assert "Wants somebody" not in office.cli("queue").out
    office.publish()
    assert [] == office.texts("x")


def test_an_unconfirmed_thread(office: Office, become: As, monkeypatch: pytest.MonkeyPatch):
    """What is proved goes at once; of the part in doubt a person says whether it is there."""
    delivery = thread(office, proved=1, error=None)
    become("somebody")
    code, _ = retract(office, delivery)
    assert (1, "unconfirmed", []) == (code, office.status(delivery), office.texts("x"))
    assert f"jposocial resolve {delivery}" in office.cli("queue").out
    gone(monkeypatch)
    assert 0 == office.cli("resolve", delivery, "--absent").code
    assert "failed" == office.status(delivery)
    assert 0 == retract(office, delivery)[0]
    assert "Wants somebody" not in office.cli("queue").out
    office.publish()
    assert [] == office.texts("x")


def test_a_part_that_turns_up_later_is_retracted_too(office: Office, become: As):
    """`resolve --published`, then `retract` again, as the program says."""
    delivery = thread(office, proved=2, error=None)
    become("somebody")
    ran = office.cli("retract", delivery, "--reason", "r")
    assert "a further part may be out" in ran.out
    late = office.post_by_hand("x", "続き 2")
    url = f"https://x.com/a/status/{late.id}"
    assert 0 == office.cli("resolve", delivery, "--published", url).code
    assert "begun" == office.row(delivery)["retraction"]["state"]
    code, found = retract(office, delivery)
    assert (0, ["deleted", "gone", "gone"]) == (code, [p["outcome"] for p in found["parts"]])
    assert [] == office.texts("x")


def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that claimed is dead."""
    from jposocial import desk_work

    monkeypatch.setattr(desk_work, "lives", lambda host, pid, process: False)


def test_what_is_not_out_is_not_retracted(office: Office, become: As):
    """Scheduled, cancelled: there is nothing."""
    (delivery,) = office.promise("x")
    become("somebody")
    assert "nothing of it is out" in office.cli("retract", delivery, "--reason", "r").err
    office.cli("cancel", delivery)
    assert "nothing of it is out" in office.cli("retract", delivery, "--reason", "r").err
    assert "retract.begun" not in office.events()


def test_what_nobody_knows_is_settled_first(office: Office, account: str, become: As):
    """Unconfirmed without a proof: the message says how."""
    (delivery,) = office.promise(account)
    office.clock.now = DUE
    office.misbehave("reset_after", method="POST")
    office.publish()
    become("somebody")
    ran = office.cli("retract", delivery, "--reason", "r")
    assert 1 == ran.code
    assert f"settle it first: jposocial resolve {delivery} --published URL" in ran.err


# What it means for other posts.


def test_what_was_retracted_may_be_said_again(office: Office, account: str, out: int):
    """E07 knows of texts that readers can see; put right under a new id, it may go out."""
    text = office.texts(account)[0]
    again = {"at": DUE + timedelta(days=1), "id": "2026-12-again", "text": text}
    office.cli("sync")
    from tests.workspace import write_post

    write_post(
        office.root, "2026-12-again", publish="2026-12-02 10:00", accounts=[account],
        text={account: text},
    )  # fmt: skip
    assert "E07" in [p["rule"] for p in office.json("check")]
    retract(office, out)
    assert "E07" not in [p["rule"] for p in office.json("check")]
    (delivery,) = office.promise(account, **again)
    assert "scheduled" == office.status(delivery)


def test_saving_and_syncing_publishes_nothing_again(office: Office, account: str, out: int):
    """The post's file is still there; its place in the queue stays taken."""
    retract(office, out)
    path = office.root / "posts/notices/2026-12-hello.md"
    path.write_text(path.read_text("utf-8").replace("お知らせです", "書き直しました"), "utf-8")
    assert 0 == office.cli("sync").code
    office.clock.move(hours=1)
    office.publish()
    assert [] == office.texts(account)
    assert 1 == len([row for row in office.rows() if row["post"] == "2026-12-hello"])


def test_show_says_that_it_is_retracted(office: Office, account: str, out: int):
    """With the variant as it read; in `--json` too."""
    assert "published" in office.cli("show", "2026-12-hello").out
    retract(office, out)
    assert "published (retracted)" in office.cli("show", "2026-12-hello").out
    (shown,) = office.json("show", "2026-12-hello")
    assert {"id": out, "status": "published", "retraction": "done"} == shown["delivery"]


# On a terminal.


@pytest.mark.parametrize(
    ("answer", "code", "left"), [("y", 0, 0), ("n", 1, 1), ("", 1, 1)], ids=["yes", "no", "enter"]
)
def test_a_person_is_asked(tmp_path: Path, answer: str, code: int, left: int):
    """On a terminal what readers see is shown, and asked for; anything but yes deletes nothing."""
    root, delivery = published(tmp_path)
    terminal, end = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "jposocial", "retract", str(delivery), "--reason", "r"],
            cwd=root, stdin=end, capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(terminal)
        os.close(end)
    assert code == done.returncode, done.stderr
    assert "端末で読むお知らせです。" in done.stderr
    assert "take this back from x?" in done.stderr
    assert left == len(standing(root))


def published(folder: Path) -> tuple[Path, int]:
    """A workspace with one post out in its own sandbox, by the program itself."""
    from datetime import datetime

    from tests.dispatch.office import TOKYO
    from tests.workspace import make_workspace, run_cli, write_post

    root = make_workspace(
        folder, approval={"self_approval": True}, calendar={"quiet_hours": "", "closed": []}
    )
    now = datetime.now(TOKYO)
    write_post(
        root, "hello", publish=f"{now:%Y-%m-%d %H:%M}", accounts=["x"],
        text={"x": "端末で読むお知らせです。"},
    )  # fmt: skip
    run_cli(["sync"], root)
    (row,) = json.loads(run_cli(["queue", "--json"], root).out)
    run_cli(["approve", f"{row['id']}:{row['payload_hash']}"], root)
    assert 0 == run_cli(["publish"], root).code
    assert 1 == len(standing(root))
    return root, row["id"]


def standing(root: Path) -> list[str]:
    """What readers of the workspace's own sandbox see."""
    from jposocial.sandbox import Timeline

    with closing(Timeline(root / "var" / "sandbox" / "timeline.jsonl")) as timeline:
        return [entry.text for entry in timeline.entries()]


def test_parts_are_named(office: Office, out: int):
    """For people: each part, the whole, and where the draft is."""
    ran = office.cli("--lang", "ja", "retract", out, "--reason", "r")
    lines = ran.out.splitlines()
    assert 0 == ran.code
    assert lines[0].startswith("本文1: 削除しました https://")
    assert lines[1].startswith(f"撤回しました: {out} 2026-12-hello")
    assert lines[2] == f"訂正の下書きがあります: posts/notices/2026-12-01-correction-{out}.md"


def test_a_receipt_stays(office: Office, out: int):
    """What was out, when and where, is not forgotten."""
    before = office.row(out)["receipts"]
    retract(office, out)
    assert before == office.row(out)["receipts"]
