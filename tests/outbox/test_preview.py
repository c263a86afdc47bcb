"""Preview: what sync would do is what it then does, and looking changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.outbox.given import Office, dump
from tests.workspace import make_workspace, run_cli, tree_digest, write_file, write_post

from jposocial import desk_work
from jposocial.app import open_workspace
from jposocial.errors import Refused
from jposocial.outbox.preview import Preview
from jposocial.outbox.sync import SyncReport

KEYS = ["created", "replaced", "cancelled", "unchanged", "refused", "details"]
DETAIL = [
    "action", "id", "post", "moment", "account", "due", "old", "new", "diff", "voids_approval_by",
]  # fmt: skip


def shape(report: SyncReport) -> tuple[object, ...]:
    """What of a report is known before it is carried out."""
    return (
        len(report.created), [r.old for r in report.replaced], report.cancelled, report.unchanged,
        report.refused,
    )  # fmt: skip


def foreseen(found: Preview) -> tuple[object, ...]:
    return (
        len(found.of("create")), [c.id for c in found.of("replace")],
        [c.id for c in found.of("cancel")], found.unchanged, found.refused,
    )  # fmt: skip


def settle(office: Office, *names: str) -> None:
    for name in names:
        office.write(name)
    office.approve(*office.sync().created)


CHANGES: dict[str, Callable[[Office], object]] = {
    "nothing": lambda o: None,
    "a new file": lambda o: o.write("c"),
    "an edit": lambda o: o.write("a", "書き直しました。"),
    "an edit nobody reads": lambda o: o.write("a", body="別の本文"),
    "a later time within the day": lambda o: o.write("a", publish="2027-01-13 16:00"),
    "another day": lambda o: o.write("a", publish="2027-01-20 10:00"),
    "another kind of urgency": lambda o: o.write("a", category="emergency"),
    "another round": lambda o: o.write("a", moved_from=["2027-01-12 10:00"]),
    "a file gone": lambda o: (o.root / "posts/notices/a.md").unlink(),
    "a draft": lambda o: o.write("a", ready=False),
    "an error": lambda o: o.write("a", "2月30日に開きます。"),
    "no YAML": lambda o: write_file(o.root, "posts/notices/a.md", "---\nid: [\n---\n"),
    "cancelled by a person": lambda o: desk_work.cancel(o.workspace, 1),
    "beyond the horizon": lambda o: o.write("c", publish="2027-12-01 10:00"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_it_says_is_what_sync_does(office: Office, change: Callable[[Office], object]):
    """The same decisions; nothing is written by looking, not a single byte of the database."""
    settle(office, "a", "b")
    change(office)
    before = dump(office.database)
    found = office.workspace.preview()
    assert before == dump(office.database)
    assert foreseen(found) == shape(office.sync())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["write", "edit", "move", "break", "delete", "draft", "sync"]), max_size=8))  # fmt: skip
def test_always_the_same_decisions(tmp_path_factory, steps: list[str]):
    """After any edits, in any order, with syncs between them."""
    office = Office(tmp_path_factory.mktemp("office"))
    try:
        for number, step in enumerate(steps):
            do(office, step, f"post-{number % 3}")
        assert foreseen(office.workspace.preview()) == shape(office.sync())
    finally:
        office.close()


def do(office: Office, step: str, name: str) -> None:
    if step == "sync":
        office.sync()
    elif step == "delete":
        (office.root / f"posts/notices/{name}.md").unlink(missing_ok=True)
    else:
        fields = {
            "write": {}, "edit": {"text": f"{name}を直しました。"}, "draft": {"ready": False},
            "move": {"publish": "2027-01-15 11:00"}, "break": {"text": "2月30日に開きます。"},
        }[step]  # fmt: skip
        office.write(name, **({"text": f"{name}です。"} | fields))


def test_what_differs(office: Office):
    """The text as a unified diff, the time from and to, and whose approval is void."""
    settle(office, "a", "b")
    office.write("a", "お知らせです。\n書き足しました。", publish="2027-01-20 10:00")
    (change,) = office.workspace.preview().changes
    assert ("replace", 1, "a", "announce", "x", "chief") == (
        change.action, change.id, change.post, change.moment, change.account, change.voids,
    )  # fmt: skip
    assert ["due", "expires", "parts"] == list(change.old) == list(change.new)
    assert ("@@ -1 +1,2 @@", " お知らせです。", "+書き足しました。") == change.text


def test_a_cancellation_voids_an_approval(office: Office):
    """Deleting a file takes back what was approved; what nobody approved voids nothing."""
    settle(office, "a")
    office.write("b", text="まだ承認されていません。")
    office.sync()
    for name in ("a", "b"):
        (office.root / f"posts/notices/{name}.md").unlink()
    assert {"a": "chief", "b": None} == {
        c.post: c.voids for c in office.workspace.preview().changes
    }


def test_another_handle(office: Office):
    """An account that is another one now would have all its rows replaced."""
    settle(office, "a")
    text = (office.root / "jposocial.toml").read_text("utf-8")
    write_file(office.root, "jposocial.toml", text.replace("@example_center", "@other_center"))
    office.reopen()
    (change,) = office.workspace.preview().changes
    assert ("@example_center", "@other_center") == (change.old["handle"], change.new["handle"])


def test_an_accident_is_refused(office: Office):
    """Where sync would refuse, so does the look at it; `yes` shows what would then happen."""
    settle(office, *[f"post-{n}" for n in range(6)])
    for path in (office.root / "posts/notices").glob("*.md"):
        path.unlink()
    with pytest.raises(Refused, match="no longer there"):
        office.workspace.preview()
    assert 6 == len(office.workspace.preview(yes=True).of("cancel"))
    assert 6 == len(office.alive())


def test_without_a_database(tmp_path):
    """All is new, and no database comes of asking."""
    root = make_workspace(tmp_path)
    write_post(root, "hello", "本文です。")
    before = tree_digest(root)
    ran = run_cli(["plan", "--diff", "--json", "--now", "2026-12-01 09:00"], root)
    assert 0 == ran.code
    assert [None, None] == json.loads(ran.out)["created"]
    assert before == tree_digest(root)


def test_nobody_is_waited_for(office: Office):
    """While a sync holds its lock and writes, the look goes on."""
    from jposocial.locks import exclusive

    settle(office, "a")
    engine = office.workspace.engine
    with exclusive(office.workspace.var / "sync.lock", wait=True), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = 'x'")
        assert 1 == open_workspace(office.root, clock=office.clock).preview().unchanged


def test_json(office: Office):
    """The keys of `sync --json`, and the details; `plan --diff` and `sync --dry-run` are one."""
    settle(office, "a", "b")
    office.write("a", "書き直しました。")
    office.write("c")
    (office.root / "posts/notices/b.md").unlink()
    ran = run_cli(["sync", "--dry-run", "--json"], office.root)
    found = json.loads(ran.out)
    assert KEYS == list(found)
    assert [DETAIL] * 3 == [list(one) for one in found["details"]]
    assert ([None], [{"old": 1, "new": None}], [2], 0, []) == tuple(found[k] for k in KEYS[:5])
    assert ran == run_cli(["plan", "--diff", "--json"], office.root)


def test_for_people(office: Office):
    """Each change with its number, its time and what differs; then the sum."""
    settle(office, "a", "b")
    office.write("a", "書き直しました。", publish="2027-01-20 10:00")
    office.write("c", publish="2027-01-14 10:00")
    (office.root / "posts/notices/b.md").unlink()
    ran = run_cli(["sync", "--dry-run"], office.root)
    assert [
        "~ 1  2027-01-20 (Wed) 10:00  x  announce  a",
        "    time: 2027-01-13 (Wed) 10:00 → 2027-01-20 (Wed) 10:00",
        "    end of its time: 2027-01-14 (Thu) 10:00 → 2027-01-21 (Thu) 10:00",
        "    text:",
        "    @@ -1 +1 @@",
        "    -お知らせです。",
        "    +書き直しました。",
        "    the approval by chief would be void",
        "- 2  2027-01-13 (Wed) 10:00  x  announce  b",
        "    the approval by chief would be void",
        "+ 2027-01-14 (Thu) 10:00  x  announce  c",
        "would be: 1 new, 1 replaced, 1 cancelled, 0 unchanged, 0 problems",
        "approvals that would be void: 1, 2",
    ] == ran.out.splitlines()
    assert ran == run_cli(["plan", "--diff"], office.root)


def test_a_file_with_an_error(office: Office):
    """What is refused is said with its fix, its rows stay, and the exit code is 1."""
    settle(office, "a", "b")
    office.write("a", "2月30日に開きます。")
    ran = run_cli(["plan", "--diff"], office.root)
    assert 1 == ran.code
    assert "posts/notices/a.md" in ran.err
    assert "would be: 0 new, 0 replaced, 0 cancelled, 2 unchanged, 1 problems" in ran.out


@pytest.mark.parametrize("args", [["--from", "2027-01-01"], ["--to", "2027-01-01"], ["--list"], ["--month"]])  # fmt: skip
def test_it_stands_alone(office: Office, args: list[str]):
    """Sync knows no range: half of what it would do is not what it would do."""
    assert 2 == run_cli(["plan", "--diff", *args], office.root).code
