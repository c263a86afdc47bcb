"""`measure` for X: against the grapheme pattern alone, and against a peer in an environment of its own."""

from __future__ import annotations

import itertools
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import regex

import jposocial
from bench.measuring import Row, alternated

_PEER = Path(__file__).resolve().parents[1] / "build" / "peers" / "bin" / "python"

#: Texts a round; each is another one, because what was measured once is remembered.
TEXTS = 500

# Emoji that the peer knows: its list ends before Unicode 14, and counts newer ones twice.
_TEXT = (
    "【セミナー】国際機関で働くには👍🏽 その{n}\n\n1月21日(木)19:00から、オンラインで開きます。"
    "JPO経験者が仕事と暮らしを語ります👨‍👩‍👧‍👦🇯🇵\n申込みは https://example.go.jp/seminar/{n} へ。"
    "\n資料は example.org/a{n} にあります。\n#国際機関 #JPO"
)
_CLUSTER = regex.compile(r"\X")

#: Reads texts, measures them, and says how long that took and what came of it.
_PEER_PROGRAM = """
import json, sys, time
from twitter_text import parse_tweet
for line in sys.stdin:
    texts = json.loads(line)
    start = time.perf_counter()
    found = [parse_tweet(text).asdict() for text in texts]
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, [[one["weightedLength"], one["valid"]] for one in found]]), flush=True)
"""


def measure() -> Iterator[Row]:
    numbers = itertools.count()
    yield alternated(
        f"`measure` of {TEXTS} Japanese texts with emoji and URLs", 4.0, r"`regex` `\X`",
        lambda: _ours(_texts(numbers)), lambda: _clusters(_texts(numbers)), rounds=15,
    )  # fmt: skip
    yield _against_peer(numbers)


def _texts(numbers: Iterator[int]) -> list[str]:
    return [_TEXT.format(n=n) for n in itertools.islice(numbers, TEXTS)]


def _ours(texts: Sequence[str]) -> list[list[object]]:
    found = [jposocial.measure(text, "x") for text in texts]
    return [[one.length, one.valid] for one in found]


def _clusters(texts: Sequence[str]) -> None:
    assert all(len(_CLUSTER.findall(text)) > 50 for text in texts)


def _against_peer(numbers: Iterator[int], rounds: int = 5) -> Row:
    """Both measure the same texts in turns; what they find must be the same."""
    peer = subprocess.Popen(
        [_PEER, "-c", _PEER_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert peer.stdin
    assert peer.stdout
    mine, theirs = [], []
    with peer:
        for _ in range(rounds):
            texts = _texts(numbers)
            peer.stdin.write(json.dumps(texts) + "\n")
            peer.stdin.flush()
            seconds, found = json.loads(peer.stdout.readline())
            start = time.perf_counter()
            assert found == _ours(texts)
            mine.append(time.perf_counter() - start)
            theirs.append(seconds)
        peer.stdin.close()
    return Row(
        work="the same, with the same verdicts", goal=0.1, against="twitter-text-parser",
        ours=sorted(mine)[rounds // 2], floor=sorted(theirs)[rounds // 2],
    )  # fmt: skip
