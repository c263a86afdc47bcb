"""`run` itself under kills: real processes, a real clock, platforms that misbehave all the time.

python -m tests.soak --minutes 30 --seed 7

Posts of every shape fall due while `jposocial run` publishes them. It is killed, stopped and ended at
random, the sandbox is killed, and every request may go wrong in every way that the sandbox knows.
What a reader sees in the end is held against what was promised; then a person ends every row that is
still open, by the commands that `queue` names.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from tests.workspace import make_workspace, run_cli, write_post

from jposocial.app import Workspace, open_workspace
from jposocial.publishing import embedded_sandbox
from jposocial.sandbox import Entry, Sandbox
from jposocial.store.audit import verify
from jposocial.store.engine import reading

TOKYO = ZoneInfo("Asia/Tokyo")

#: How long a whole request may take there: a lease is over soon after.
TIMEOUT = "2s"

#: A person who settles rows gives up on one that does not end in so many rounds.
ROUNDS = 40

#: What goes wrong with one request, and how often among them.
FAULTS: list[tuple[int, dict[str, Any]]] = [
    (4, {"kind": "status", "status": 400}),
    (4, {"kind": "status", "status": 503}),
    (2, {"kind": "status", "status": 401}),
    (2, {"kind": "status", "status": 403}),
    (2, {"kind": "status", "status": 408}),
    (6, {"kind": "posted_but"}),
    (5, {"kind": "reset_before"}),
    (6, {"kind": "reset_after"}),
    (4, {"kind": "broken_body"}),
    (4, {"kind": "cut_body"}),
    (2, {"kind": "redirect"}),
    (3, {"kind": "hang"}),
    (3, {"kind": "hang_after"}),
    (2, {"kind": "drip", "interval": 0.05}),
]

#: How `run` or the sandbox is treated, and how often.
BLOWS = {"killed": 6, "ended": 3, "stopped": 3, "sandbox killed": 2}

SHAPES = ("text", "one image", "four images", "thread of three")

_WORDS = "青白赤緑山川海空森丘橋駅港町村春夏秋冬朝昼夕夜雨雪風雲星月花鳥魚"


@dataclass
class Promised:
    """A post as it was written; one delivery an account."""

    id: str
    #: Account → its parts.
    texts: dict[str, list[str]]
    images: int


@dataclass
class Soak:
    """The office, its processes, and what befell them."""

    root: Path
    dice: random.Random
    port: int
    run: subprocess.Popen[bytes] | None = None
    sandbox: subprocess.Popen[bytes] | None = None
    befell: Counter[str] = field(default_factory=Counter)
    promised: list[Promised] = field(default_factory=list)
    said: Path = field(init=False)

    def __post_init__(self) -> None:
        self.said = self.root.parent / "run.log"

    # Processes.

    def start(self) -> None:
        self.start_sandbox()
        self.start_run()

    def start_sandbox(self) -> None:
        self.sandbox = self._program("sandbox", "--port", str(self.port))
        until(lambda: listens(self.port), "the sandbox never listened")

    def start_run(self) -> None:
        self.run = self._program("run", "--every", "1s", "--log", "json")

    def _program(self, *words: str) -> subprocess.Popen[bytes]:
        with self.said.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "jposocial", *words], cwd=self.root, stdout=log, stderr=log
            )

    def stop(self) -> None:
        for process in (self.run, self.sandbox):
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            if process:
                process.wait()

    def blow(self) -> None:
        """Something happens to a process; it is there again when this ends."""
        (name,) = self.dice.choices(list(BLOWS), list(BLOWS.values()))
        self.befell[name] += 1
        assert self.run
        assert self.sandbox
        if name == "sandbox killed":
            self.sandbox.kill()
            self.sandbox.wait()
            self.start_sandbox()
        elif name == "stopped":
            # As a laptop's lid does: past its lease, and then it goes on.
            self.run.send_signal(signal.SIGSTOP)
            time.sleep(self.dice.uniform(0.5, 6))
            self.run.send_signal(signal.SIGCONT)
        else:
            self.run.send_signal(signal.SIGTERM if name == "ended" else signal.SIGKILL)
            code = self.run.wait(60)
            assert code == (0 if name == "ended" else -signal.SIGKILL), f"run ended with {code}"
            self.start_run()

    # What people do meanwhile.

    def write(self, number: int) -> None:
        """A post that is due at once, on one account or both."""
        shape = self.dice.choice(SHAPES)
        accounts = self.dice.choice([["x"], ["facebook"], ["x", "facebook"]])
        made = Promised(f"2026-soak-{number}", {}, {"one image": 1, "four images": 4}.get(shape, 0))
        for account in accounts:
            parts = 3 if shape == "thread of three" and account == "x" else 1
            made.texts[account] = [self._sentence() for _ in range(parts)]
        media = [self._image(number, n) for n in range(made.images)]
        write_post(
            self.root, made.id, kind="notice", title=self._sentence(), accounts=accounts,
            publish=f"{datetime.now(TOKYO):%Y-%m-%d %H:%M}", media=media or None,
            text={name: "\n---part---\n".join(texts) for name, texts in made.texts.items()},
        )  # fmt: skip
        self.promised.append(made)
        self.befell[shape] += 1

    def _sentence(self) -> str:
        """One that nothing else reads like."""
        return "".join(self.dice.choices(_WORDS, k=24)) + "。"

    def _image(self, number: int, n: int) -> dict[str, str]:
        path = self.root / "posts" / "media" / f"{number}-{n}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40 + number % 200, 30 + n), "navy").save(path)
        return {
            "file": f"posts/media/{path.name}",
            "alt": f"紺色の四角形（{number}番、{n + 1}枚目）",
            "credit": "見本",
        }

    def sync_and_approve(self) -> None:
        cli(self.root, "sync")
        waiting = [
            f"{row['id']}:{row['payload_hash'][:12]}"
            for row in self.rows()
            if "approval" in row["blockers"]
        ]
        if waiting:
            cli(self.root, "approve", *waiting)

    def rows(self) -> list[dict[str, Any]]:
        return list(json.loads(cli(self.root, "queue", "--json")))

    def misfortune(self) -> None:
        """One or two of the next requests go wrong."""
        for _ in range(self.dice.randint(1, 2)):
            (fault,) = self.dice.choices([f for _, f in FAULTS], [often for often, _ in FAULTS])
            method = self.dice.choice(["POST", "POST", "POST", "GET"])
            given = {**fault, "method": method, "skip": self.dice.choice([0, 0, 1, 2])}
            self.befell[f"{fault['kind']} {fault.get('status', '')}".strip()] += 1
            with suppress(OSError, HTTPException):
                self._ask("faults", given)

    def behave(self) -> None:
        with suppress(OSError, HTTPException):
            self._ask("faults", None)

    def _ask(self, what: str, given: dict[str, Any] | None) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        with closing(connection):
            body = json.dumps(given).encode() if given else None
            connection.request("POST" if given else "DELETE", f"/__sandbox__/{what}", body)
            assert connection.getresponse().status < 300

    def play(self, seconds: float, tell: Any) -> None:
        end, blow, number = time.monotonic() + seconds, time.monotonic() + 3, 0
        while (left := end - time.monotonic()) > 0:
            for _ in range(self.dice.randint(0, 3)):
                number += 1
                self.write(number)
            self.misfortune()
            self.sync_and_approve()
            if any("account" in row["blockers"] for row in self.rows()):
                # As `queue` says of a stopped account.
                self.befell["accounts check"] += 1
                run_cli(["accounts", "check"], self.root)
            if time.monotonic() > blow:
                self.blow()
                blow = time.monotonic() + self.dice.uniform(1, 9)
            tell(
                f"{left:.0f} s left, {len(self.promised)} posts, {sum(self.befell.values())} events"
            )
            time.sleep(self.dice.uniform(0.2, 2))


def cli(root: Path, *words: str) -> str:
    ran = run_cli(list(words), root)
    assert ran.code in (0, 1), ran.err
    return ran.out


def until(true: Any, otherwise: str, patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def office(folder: Path, port: int) -> Path:
    """No quiet hours, gap or cap, and one person who writes and approves."""
    free = {
        "min_gap": "0s", "daily_cap": 99_999, "timeout": TIMEOUT, "base_url": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    return make_workspace(
        folder,
        accounts={"x": free, "facebook": free},
        approval={"self_approval": True},
        calendar={"quiet_hours": "", "closed": [], "holidays": []},
    )


# What is left in the end, and what a person does about it.


def violations(soak: Soak, sandbox: Sandbox) -> Iterator[str]:
    """What must never be: each as a sentence."""
    seen = {name: Counter(e.text for e in sandbox.entries(name)) for name in ("x", "facebook")}
    wanted = {
        name: {text for made in soak.promised for text in made.texts.get(name, ())} for name in seen
    }
    for name, texts in seen.items():
        yield from (f"{name}: out {n} times: {t}" for t, n in texts.items() if n > 1)
        yield from (f"{name}: nobody wrote: {t}" for t in texts if t not in wanted[name])
    rows = soak.rows()
    posts = {row["post"] for row in rows}
    yield from (f"{made.id} has no row" for made in soak.promised if made.id not in posts)
    yield from (f"{r['id']} is still publishing" for r in rows if r["status"] == "publishing")
    with open_engine(soak.root) as engine, reading(engine) as connection:
        if not verify(connection).ok:
            yield "the record is broken"


@contextmanager
def open_engine(root: Path) -> Iterator[Any]:
    engine = open_workspace(root).engine
    try:
        yield engine
    finally:
        engine.dispose()


class Person:
    """Ends what is open, by what `queue` says, on a clock that is put forward."""

    #: By the person's clock too.
    sandbox: Sandbox

    def __init__(self, soak: Soak) -> None:
        self.soak = soak
        self.ahead = timedelta()
        self.did: Counter[str] = Counter()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def settle(self) -> list[dict[str, Any]]:
        """Rounds of publishing and settling; gives what is still open after them."""
        for _ in range(ROUNDS):
            run_cli(["publish"], self.soak.root)
            rows = [r for r in self.soak.rows() if r["status"] not in ("published", "cancelled")]
            if not rows:
                return []
            commands = self._commands()
            for row in rows:
                self._end(row, commands.get(row["id"], ""))
            if any("account" in row["blockers"] for row in rows):
                run_cli(["accounts", "check"], self.soak.root)
            self.soak.sync_and_approve()
            self.ahead += timedelta(minutes=6)
        return rows

    def _commands(self) -> dict[int, str]:
        """Delivery → what its line of `queue` says to do."""
        lines = cli(self.soak.root, "--lang", "en", "queue", "--all").splitlines()
        found = (re.match(r"(\d+):[0-9a-f]{8} .*→ (.*)", line) for line in lines)
        return {int(match[1]): match[2] for match in found if match}

    def _end(self, row: dict[str, Any], said: str) -> None:
        if row["status"] == "unconfirmed" and self.did[f"looked at {row['id']}"] < 2:
            # The program looks itself, twice some minutes apart, before a person is needed.
            self.did[f"looked at {row['id']}"] += 1
        elif row["status"] == "unconfirmed":
            assert "jposocial resolve" in said, said
            there = self._there(row)
            self._do("resolve", row["id"], *(["--published", there] if there else ["--absent"]))
        elif row["status"] in ("failed", "missed"):
            match = re.search(rf"jposocial retry {row['id']}( --at)?", said)
            assert match, said
            at = f"{self.now().astimezone(TOKYO) + timedelta(minutes=2):%Y-%m-%d %H:%M}"
            self._do("retry", row["id"], *(["--at", at] if match[1] else []))

    def _do(self, command: str, *words: Any) -> None:
        ran = run_cli([command, *map(str, words)], self.soak.root)
        assert ran.code == 0, f"{command} {words}: {ran.err}"
        self.did[command] += 1

    def _there(self, row: dict[str, Any]) -> str | None:
        """The address of a part that is out and has no receipt."""
        receipts = {r["id"] for r in row["receipts"]}
        (made,) = (m for m in self.soak.promised if m.id == row["post"])
        found = [
            entry
            for entry in self.sandbox.entries(row["account"])
            if entry.text in made.texts[row["account"]] and entry.id not in receipts
        ]
        assert len(found) <= 1
        return address(found[0]) if found else None


def address(entry: Entry) -> str:
    """What a browser shows above it."""
    page, _, post = entry.id.partition("_")
    if entry.platform == "x":
        return f"https://x.com/example_center/status/{entry.id}"
    return f"https://www.facebook.com/{page}/posts/{post}"


@contextmanager
def clock_of(person: Person) -> Iterator[None]:
    """Every command of this process goes by the person's clock."""
    ways = Workspace.__init__.__kwdefaults__
    assert ways
    before = ways["clock"]
    ways["clock"] = person.now
    try:
        yield
    finally:
        ways["clock"] = before


def incomplete(soak: Soak, sandbox: Sandbox) -> Iterator[str]:
    """Everything that was promised is out in the end: part by part, in order, with its images."""
    for made in soak.promised:
        for account, texts in made.texts.items():
            entries = [e for e in sandbox.entries(account) if e.text in texts]
            if [e.text for e in entries] != texts:
                yield f"{made.id} on {account}: {len(entries)} of {len(texts)} are out"
            elif len(entries[0].media) != made.images:
                yield f"{made.id} on {account}: {len(entries[0].media)} images"
            elif [e.parent for e in entries] != [None, *(e.id for e in entries[:-1])]:
                yield f"{made.id} on {account}: the parts do not hang together"


@dataclass
class Result:
    seed: int
    posts: int
    #: State → rows, when the last process was killed.
    left: dict[str, int]
    befell: dict[str, int]
    did: dict[str, int]
    wrong: list[str]


def soak(folder: Path, *, seconds: float, seed: int, tell: Any = lambda _: None) -> Result:
    """Play, kill, look, settle; `wrong` is empty where every promise was kept."""
    port = free_port()
    found = Soak(office(folder, port), random.Random(seed), port)  # noqa: S311
    try:
        found.start()
        found.play(seconds, tell)
    finally:
        found.stop()
    tell("a person ends what is open")
    person = Person(found)
    with clock_of(person):
        sandbox = embedded_sandbox(open_workspace(found.root), port).start()
        person.sandbox = sandbox
        try:
            run_cli(["publish"], found.root)
            left = Counter(row["status"] for row in found.rows())
            wrong = list(violations(found, sandbox))
            wrong += [
                f"{row['id']} is {row['status']}: {row['blockers']}" for row in person.settle()
            ]
            wrong += [*violations(found, sandbox), *incomplete(found, sandbox)]
        finally:
            sandbox.stop()
            sandbox.timeline.close()
    did = {name: n for name, n in person.did.items() if not name.startswith("looked")}
    return Result(seed, len(found.promised), dict(left), dict(found.befell), did, wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description="`jposocial run` under kills")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"seed {given.seed}, {given.minutes:g} minutes, in {folder}", flush=True)  # noqa: T201

    def tell(text: str) -> None:
        print(f"\r\x1b[K{text}" if sys.stderr.isatty() else "", end="", file=sys.stderr, flush=True)  # noqa: T201

    result = soak(folder, seconds=given.minutes * 60, seed=given.seed, tell=tell)
    print(f"\n{json.dumps(result.__dict__, ensure_ascii=False, indent=1)}")  # noqa: T201
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
