from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

import jposocial.sandbox.timeline
from jposocial.sandbox.timeline import Entry, Timeline

NOON = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
SOURCE = str(Path(jposocial.sandbox.timeline.__file__).parents[2])


def entry(text: str, account: str = "x") -> Entry:
    return Entry(account=account, platform="x", text=text, created_at=NOON)


def name(number: int) -> str:
    return f"{number:04}"


def texts(timeline: Timeline, account: str | None = None) -> list[str]:
    return [e.text for e in timeline.entries(account)]


def test_an_entry_comes_back_from_the_file_as_it_went_in(tmp_path: Path) -> None:
    """Another timeline on the same file reads what the first one stored, every field of it."""
    path = tmp_path / "timeline.jsonl"
    given = Entry(
        account="page",
        platform="facebook",
        text="改行\nと\u2028区切り & <b>",
        created_at=NOON + timedelta(microseconds=5),
        parent="1",
        link="https://example.org/",
        marks={"key": "値"},
    )
    stored = Timeline(path).append(given, name)
    assert stored.id == "0001"
    assert Timeline(path).entries() == (stored,)


def test_a_record_is_one_line_of_json_with_the_promised_names(tmp_path: Path) -> None:
    """The file can be read by anything that reads JSON lines."""
    path = tmp_path / "timeline.jsonl"
    Timeline(path).append(entry("一\n二"), name)
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "id": "0001",
        "account": "x",
        "platform": "x",
        "text": "一\n二",
        "created_at": "2026-12-01T03:00:00+00:00",
        "parent": None,
        "link": None,
        "marks": {},
        "media": [],
    }


def test_the_same_posts_on_the_same_clock_give_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in the file is random or taken from the wall clock."""
    for folder in ("a", "b"):
        timeline = Timeline(tmp_path / folder / "timeline.jsonl")
        for text in ("一", "二"):
            timeline.append(entry(text), name)
        timeline.delete("0001", NOON)
    first, second = (tmp_path / folder / "timeline.jsonl" for folder in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_record_is_synced_before_append_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment of the sync the whole line is in the file, and the caller still waits."""
    path = tmp_path / "timeline.jsonl"
    timeline = Timeline(path)
    seen: list[bytes] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        seen.append(path.read_bytes())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    timeline.append(entry("一"), name)
    assert [line.endswith(b"}\n") for line in seen] == [True]


def test_a_new_file_and_its_new_folders_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names of all that was created are on the disk, not only what is in the file."""
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))
    )
    Timeline(tmp_path / "var" / "sandbox" / "timeline.jsonl")
    assert set(synced) >= {str(tmp_path / "var" / "sandbox"), str(tmp_path / "var"), str(tmp_path)}


def test_a_line_torn_anywhere_loses_nothing_else(tmp_path: Path) -> None:
    """Wherever a crash cut the last line, what came before stays and what comes after is whole."""
    path = tmp_path / "timeline.jsonl"
    timeline = Timeline(path)
    timeline.append(entry("一"), name)
    kept = path.read_bytes()
    timeline.append(entry("二"), name)
    whole = path.read_bytes()
    for cut in range(len(kept) + 1, len(whole)):
        path.write_bytes(whole[:cut])
        again = Timeline(path)
        before = texts(again)
        assert before in (["一"], ["一", "二"])
        assert (before == ["一", "二"]) == (cut == len(whole) - 1)
        again.append(entry("三"), name)
        assert texts(again) == texts(Timeline(path)) == [*before, "三"]
        assert again.entries()[-1].id == name(len(before) + 1)


def test_a_torn_line_that_another_process_ends_is_skipped(tmp_path: Path) -> None:
    """A reader that saw the torn tail agrees with the one that wrote after it."""
    path = tmp_path / "timeline.jsonl"
    reader, writer = Timeline(path), Timeline(path)
    writer.append(entry("一"), name)
    with path.open("ab") as file:
        file.write('{"id":"0002","text":"途'.encode()[:-1])
    assert texts(reader) == ["一"]
    writer.append(entry("三"), name)
    assert texts(reader) == texts(writer) == ["一", "三"]


def test_noise_in_the_file_is_not_an_entry(tmp_path: Path) -> None:
    """Zero bytes, other JSON and records with other fields are passed over."""
    path = tmp_path / "timeline.jsonl"
    path.write_bytes(b'\0\0\0\n[1]\n"text"\n{"id":"1"}\n3\n\n')
    timeline = Timeline(path)
    assert timeline.entries() == ()
    assert timeline.append(entry("一"), name).id == "0001"


def test_a_deleted_entry_is_gone_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    """Deleting is a line of its own; the file keeps both."""
    path = tmp_path / "timeline.jsonl"
    timeline = Timeline(path)
    timeline.append(entry("一"), name)
    assert timeline.delete("0001", NOON)
    assert not timeline.delete("0001", NOON)
    assert timeline.get("0001") is None
    assert timeline.append(entry("二"), name).id == "0003"
    assert texts(Timeline(path)) == ["二"]


def test_a_guard_that_raises_leaves_the_file_alone(tmp_path: Path) -> None:
    """A refused entry is nowhere, and the lock is free again."""
    path = tmp_path / "timeline.jsonl"
    timeline = Timeline(path)

    def guard(own: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        timeline.append(entry("一"), name, guard)
    assert path.read_bytes() == b""
    assert timeline.append(entry("一"), name).id == "0001"


def test_of_equal_posts_at_once_one_gets_through(tmp_path: Path) -> None:
    """The guard looks under the lock, across threads and across timelines on one file."""
    path = tmp_path / "timeline.jsonl"

    def guard(own: object) -> None:
        if own:
            raise LookupError

    def post() -> None:
        try:
            Timeline(path).append(entry("一"), name, guard)
        except LookupError:
            refused.append(1)

    refused: list[int] = []
    threads = [Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (texts(Timeline(path)), len(refused)) == (["一"], 7)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from jposocial.sandbox.timeline import Entry, Timeline
timeline = Timeline(Path(sys.argv[1]))
for n in range(60):
    draft = Entry(account=sys.argv[2], platform="x", text=f"{sys.argv[2]} {n}",
                  created_at=datetime(2026, 12, 1, tzinfo=UTC))
    print(timeline.append(draft, str).id)
"""


def test_two_processes_share_one_file(tmp_path: Path) -> None:
    """Nothing is lost or torn, ids are given once and rise in the order of the file."""
    path = tmp_path / "timeline.jsonl"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), account],
            env={**os.environ, "PYTHONPATH": SOURCE},
            stdout=subprocess.PIPE,
            text=True,
        )
        for account in ("a", "b")
    ]
    printed = [writer.communicate()[0].split() for writer in writers]
    timeline = Timeline(path)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert [e.id for e in timeline.entries()] == [str(n) for n in range(1, 121)]
    for account, ids in zip(("a", "b"), printed, strict=True):
        assert texts(timeline, account) == [f"{account} {n}" for n in range(60)]
        assert [e.id for e in timeline.entries(account)] == ids


def test_a_full_disk_is_an_error_and_no_entry() -> None:
    """What could not be written is not shown either."""
    timeline = Timeline(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        timeline.append(entry("一"), name)
    assert timeline.entries() == ()


def test_a_closed_timeline_says_so(tmp_path: Path) -> None:
    """Closing twice is harmless; using it afterwards is an OSError."""
    timeline = Timeline(tmp_path / "timeline.jsonl")
    timeline.close()
    timeline.close()
    with pytest.raises(OSError, match="closed"):
        timeline.entries()


def test_what_was_deleted_is_remembered(tmp_path: Path) -> None:
    """In that order, with when; readers of the same file know it too, and nothing else is lost."""
    path = tmp_path / "timeline.jsonl"
    timeline = Timeline(path)
    first, second, third = (timeline.append(entry(text), name) for text in "一二三")
    timeline.delete(third.id, NOON + timedelta(hours=1))
    timeline.delete(first.id, NOON + timedelta(hours=2))
    assert timeline.delete(first.id, NOON + timedelta(hours=3)) is False
    for known in (timeline, Timeline(path)):
        assert [second] == list(known.entries())
        assert [(third, 1), (first, 2)] == [
            (one.entry, (one.at - NOON).seconds // 3600) for one in known.deleted()
        ]
