"""The outbox: claiming and finishing, the idle beat, and a thousand posts in one minute."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from bench.measuring import Row, alternated
from bench.recording import Statement, player, recorded
from jposocial.app import Workspace, open_workspace
from jposocial.model import Identity, Part, Placement, Post, Receipt, Variant
from jposocial.outbox import approvals, claims, health, record
from jposocial.outbox.delivery import load_one
from jposocial.outbox.promise import Promise, insert_delivery, part_values, row_values
from jposocial.publishing import WORKERS, Lines, at_work
from jposocial.store.engine import reading

NOW = datetime(2027, 1, 13, 1, 0, tzinfo=UTC)
ME = claims.Claimer(host="bench", pid=1, process="bench")
DELIVERIES = 50
ANSWERS_IN = 0.1


def measure() -> Iterator[Row]:
    yield claim_and_finish()
    yield idle_beat()
    yield one_minute()


def claim_and_finish(rounds: int = 7) -> Row:
    """One delivery after the other, SQLite FULL."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = _workspace(Path(folder), 1)
        todo = iter(_approved(workspace, "a0", DELIVERIES * (rounds + 1)))
        copy = Path(folder) / "copy.db"
        # The last connection that closes brings the log into the file.
        workspace.engine.dispose()
        shutil.copyfile(workspace.var / "jposocial.db", copy)
        tape, play = recorded(workspace.engine), player(copy)

        def ours() -> None:
            tape.clear()
            for _ in range(DELIVERIES):
                _claim_and_finish(workspace, next(todo))

        row = alternated(
            f"claim + finish {DELIVERIES} deliveries, one at a time, SQLite FULL", 2.5,
            "the same SQL with the same commits", ours, lambda: _played(play, tape), rounds=rounds,
        )  # fmt: skip
        workspace.engine.dispose()
        return row


def _played(play: Callable[[list[Statement]], None], tape: list[Statement]) -> None:
    assert sum(sql == "COMMIT" for sql, _ in tape) >= 2 * DELIVERIES
    play(tape)


def _claim_and_finish(workspace: Workspace, delivery: int) -> None:
    claimed = claims.claim(
        workspace.engine, delivery, workspace.house, ME, now=NOW, actor="jposocial"
    )
    assert claimed
    proof = Receipt(
        part=0, id=str(delivery), url=f"https://x.com/a0/status/{delivery}", accepted_at=NOW
    )
    record.accepted(workspace.engine, claimed, [proof], now=NOW, actor="jposocial")


def idle_beat(few: int = 100, many: int = 100_000, rounds: int = 31) -> Row:
    """Nothing is due; what is promised for later costs nothing."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        large, small = _workspace(Path(one), 1), _workspace(Path(other), 1)
        for workspace, rows in ((large, many), (small, few)):
            _multiplied(workspace.engine, _promised(workspace, "a0", 1, ahead=30)[0], rows)
        with at_work(large) as (_, busy), at_work(small) as (_, idle):
            row = alternated(
                f"an idle beat with {many:,} rows to come", 1.5, f"the beat with {few} rows",
                lambda: _found_nothing(busy.beat()), lambda: _found_nothing(idle.beat()),
                rounds=rounds,
            )  # fmt: skip
        large.engine.dispose()
        small.engine.dispose()
        return row


def _found_nothing(found: bool) -> None:
    assert not found


def one_minute(accounts: int = 1000) -> Row:
    """One delivery an account, all due at once, to a server on this machine."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.answering", str(ANSWERS_IN)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            return _one_minute(_workspace(Path(folder), accounts, url), accounts)
    finally:
        server.kill()
        server.communicate()


def _one_minute(workspace: Workspace, accounts: int) -> Row:
    lines = Lines(workspace)
    for account in workspace.settings.accounts.values():
        _approved(workspace, account.name, 1)
        who = Identity(id=account.name, handle=account.handle)
        health.verified(
            workspace.engine, account, lines.line(account).fingerprint, who, now=NOW, actor="j"
        )
    start = time.perf_counter()
    with at_work(workspace) as (desk, dispatcher):
        while dispatcher.beat():
            dispatcher.rest_a_little(0.5)
        assert accounts == len(desk.tally.lists()["published"])
    seconds = time.perf_counter() - start
    workspace.engine.dispose()
    return Row(
        work=f"{accounts:,} deliveries due in one minute, one an account, {WORKERS} workers",
        goal=1.2, against=f"{ANSWERS_IN:g} s an answer, divided by the workers",
        ours=seconds, floor=accounts * ANSWERS_IN / WORKERS,
    )  # fmt: skip


def _workspace(root: Path, accounts: int, url: str = "") -> Workspace:
    """Without posts, at `NOW`; its accounts have no caps and gaps."""
    for folder in ("posts", "templates"):
        (root / folder).mkdir()
    address = f'base_url = "{url}"\n' if url else ""
    lines = ['[calendar]\nquiet_hours = ""\n'] + [
        f'[accounts.a{n}]\nplatform = "x"\nhandle = "a{n}"\nmin_gap = "0"\ndaily_cap = 100000\n{address}'
        for n in range(accounts)
    ]
    (root / "jposocial.toml").write_text("\n".join(lines), encoding="utf-8")
    workspace = open_workspace(root, clock=lambda: NOW, identity=lambda: "chief")
    workspace.sync()
    return workspace


def _approved(workspace: Workspace, account: str, number: int) -> list[int]:
    made = _promised(workspace, account, number)
    with reading(workspace.engine) as connection:
        found = [load_one(connection, one) for one in made]
    exactly = [(row.id, row.payload_hash) for row in found if row]
    approvals.approve(workspace.engine, exactly, by="chief", now=NOW, self_approval=False)
    return made


def _promised(workspace: Workspace, account: str, number: int, ahead: int = 0) -> list[int]:
    """Rows as a sync makes them, due after so many days."""
    with workspace.engine.begin() as connection:
        made = [_promise(workspace, account, n, NOW + timedelta(days=ahead)) for n in range(number)]
        return [
            insert_delivery(
                connection,
                row_values(one, workspace.settings.calendar),
                part_values(one.variant),
            )
            for one in made
        ]


def _promise(workspace: Workspace, account: str, number: int, due: datetime) -> Promise:
    to = workspace.settings.accounts[account]
    post, day = f"post-{account}-{number}", timedelta(hours=24)
    return Promise(
        post=Post(id=post, kind="notice", title="題", path=f"posts/{post}.md", owner="author"),
        account=to,
        placement=Placement(
            post=post, kind="notice", moment="announce", account=account, due=due, nominal=due,
            expires=due + day, not_after=None, grace=day,
        ),
        variant=Variant(
            post=post, kind="notice", moment="announce", account=account, platform="x",
            parts=(Part(text=f"お知らせ {account} {number}"),),
        ),
    )  # fmt: skip


def _multiplied(engine: Engine, delivery: int, rows: int) -> None:
    """So many like this one, each of another post."""
    with engine.begin() as connection:
        columns = [row.name for row in connection.execute(text("PRAGMA table_info(deliveries)"))]
        taken = ", ".join(name for name in columns if name != "id")
        values = taken.replace("post,", "post || '-' || n,", 1)
        connection.execute(
            text(
                f"INSERT INTO deliveries ({taken}) "  # noqa: S608  the table's own columns
                "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count "
                f"WHERE n < {rows - 1}) SELECT {values} FROM count, deliveries WHERE id = {delivery}"
            )
        )
        count = connection.execute(text("SELECT count(*) FROM deliveries")).scalar()
    assert rows == count
