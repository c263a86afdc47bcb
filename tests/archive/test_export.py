"""audit export: what an archivist gets, and what can be checked in it without the program."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.dispatch.office import DUE, TOKYO, Office, opened
from tests.media.pictures import picture
from tests.outbox.given import raw
from tests.workspace import Ran, tree_digest, write_file

TEXT = 'お知らせ,\n「引用」 "二つ" <b>&amp; 👩‍💻 https://example.go.jp/a?x=1&copy=2'


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(tmp_path, monkeypatch) as office:
        yield office


def published(office: Office, *accounts: str, **values: object) -> list[int]:
    """Posts that went out at `DUE`, with an image."""
    write_file(office.root, "posts/media/a.png", picture())
    media = [{"file": "posts/media/a.png", "alt": "講師の写真 <一>", "credit": "見本"}]
    ids = office.promise(*(accounts or ("x",)), media=media, **({"text": TEXT} | values))
    office.clock.now = max(office.clock.now, DUE)
    assert 0 == office.publish()[0]
    return ids


def export(office: Office, *args: str, out: Path) -> Ran:
    return office.cli(
        "audit", "export", "--from", "2026-12-01", "--to", "2026-12-31", "--out", out, *args
    )


def table(folder: Path, name: str = "posts.csv") -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table(office: Office, tmp_path: Path):
    """Text to the letter, instant, author, approver, account, address, images and their digests."""
    (delivery,) = published(office)
    assert 0 == export(office, out=tmp_path / "a").code
    (row,) = table(tmp_path / "a")
    receipt = office.row(delivery)["receipt"]
    assert (TEXT, "approver", receipt["url"], receipt["id"], "x", "@example_center") == (
        row["text"], row["approver"], row["url"], row["remote_id"], row["account"], row["handle"],
    )  # fmt: skip
    assert DUE == datetime.fromisoformat(row["published_at"])
    assert "2026-12-01T09:00:00+09:00" == row["approved_at"]
    assert ("sandbox", "1", "講師の写真 <一>", "") == (
        row["mode"], row["part"], row["media_alt"], row["retracted_at"],
    )  # fmt: skip
    data = (tmp_path / "a" / row["media"]).read_bytes()
    assert row["media_sha256"] == hashlib.sha256(data).hexdigest()
    (entry,) = office.sandbox.entries("x")
    assert row["media_sha256"] == entry.media[0]["digest"]


def test_the_author(office: Office, tmp_path: Path):
    """Who owns the post and who wrote the file, as at the approval."""
    published(office, owner="見本 花子")
    assert 0 == export(office, out=tmp_path / "a").code
    assert "見本 花子" in table(tmp_path / "a")[0]["author"].split(", ")


def test_the_page(office: Office, tmp_path: Path):
    """The same in one file that asks for nothing; an image used twice is in it once."""
    published(office, "x", "facebook")
    assert 0 == export(office, out=tmp_path / "a").code
    page = (tmp_path / "a" / "index.html").read_text(encoding="utf-8")
    assert 2 == page.count(html.escape(TEXT))
    assert 1 == page.count('src="data:image/png;base64,')
    assert [] == re.findall(r"<script|<link|\b(?:src|href)=\"(?!data:|#)", page)
    assert all(html.escape(row["url"]) in page for row in table(tmp_path / "a"))
    assert 2 == page.count("practice: readers never saw it")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs coreutils")
def test_it_is_checked_without_the_program(office: Office, tmp_path: Path):
    """`sha256sum -c` finds every file, and any byte that was changed since."""
    published(office)
    folder = tmp_path / "a"
    said = json.loads(export(office, "--json", out=folder).out)
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    listed = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    assert files - {"SHA256SUMS"} == {line.split("  ", 1)[1] for line in listed}
    assert (
        said["manifest_sha256"] == hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    )
    assert 0 == summed(folder)
    for name in sorted(files - {"SHA256SUMS"}):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert 1 == summed(folder), name
        (folder / name).write_bytes(whole)


def summed(folder: Path) -> int:
    return subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    ).returncode


def test_the_readme_explains_every_column_and_file(office: Office, tmp_path: Path):
    """In Japanese, whatever the workspace's language; with the record's head."""
    published(office)
    folder = tmp_path / "a"
    said = json.loads(export(office, "--json", out=folder).out)
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    explained = set(re.split(r"[\s,]+", readme))
    assert set(table(folder)[0]) <= explained
    assert {path.name for path in folder.iterdir()} <= {word.rstrip("/") for word in explained}
    assert f"jposocial audit verify --head {said['head']}" in readme
    assert "記録に欠けや書き換えはなく" in readme
    assert 0 == office.cli("audit", "verify", "--head", said["head"]).code


def test_the_record_of_each_post(office: Office, tmp_path: Path):
    """Who did what when with it; nothing of a post that is not in the folder."""
    (delivery,) = published(office)
    office.promise("x", id="later", text="あとで", at=DUE + timedelta(days=60))
    assert 0 == export(office, out=tmp_path / "a").code
    rows = table(tmp_path / "a", "record.csv")
    assert {str(delivery)} == {row["delivery"] for row in rows}
    names = [row["event"] for row in rows]
    assert names.index("delivery.approved") < names.index("delivery.published")
    assert all(isinstance(json.loads(row["detail"]), dict) for row in rows)


def test_a_thread_is_a_row_a_part(office: Office, tmp_path: Path):
    """Each with its own address, in reading order."""
    published(office, text="一つ目です。\n---part---\n二つ目です。", thread=["x"])
    assert 0 == export(office, out=tmp_path / "a").code
    rows = table(tmp_path / "a")
    assert [("1", "一つ目です。"), ("2", "二つ目です。")] == [(r["part"], r["text"]) for r in rows]
    assert 2 == len({row["url"] for row in rows})


def test_what_was_retracted_was_published(office: Office, tmp_path: Path, monkeypatch):
    """It stays in the folder, with when and by whom it was taken back."""
    (delivery,) = published(office)
    office.configure(approval={"self_approval": True})
    assert 0 == office.cli("retract", delivery, "--reason", "誤り").code
    assert 0 == export(office, out=tmp_path / "a").code
    (row,) = table(tmp_path / "a")
    assert (TEXT, "approver") == (row["text"], row["retracted_by"])
    assert DUE == datetime.fromisoformat(row["retracted_at"])


@pytest.mark.parametrize(
    ("at", "first", "last", "count"),
    [
        pytest.param("2026-12-02 00:00", "2026-12-02", "2026-12-02", 1, id="the first minute"),
        pytest.param("2026-12-02 23:59", "2026-12-02", "2026-12-02", 1, id="the last minute"),
        pytest.param("2026-12-03 00:00", "2026-12-02", "2026-12-02", 0, id="the next midnight"),
        pytest.param("2026-12-02 08:00", "2026-12-03", "2026-12-31", 0, id="UTC would say the 1st"),
    ],
)
def test_days_are_the_offices(office: Office, tmp_path: Path, at, first, last, count):
    """Both days included, from midnight to midnight where the office is."""
    when = datetime.fromisoformat(at).replace(tzinfo=TOKYO)
    office.clock.now = when - timedelta(hours=1)
    office.promise("x", text="お知らせです。", at=when)
    office.clock.now = when
    assert 0 == office.publish()[0]
    out = tmp_path / "a"
    ran = office.cli("audit", "export", "--from", first, "--to", last, "--out", out)
    assert (0, count) == (ran.code, len(table(out)))


def test_what_did_not_go_out_is_not_in_it(office: Office, tmp_path: Path):
    """Scheduled or waiting: nothing was published."""
    office.promise("x", text="お知らせです。", approve=False)
    ran = export(office, "--json", out=tmp_path / "a")
    assert (0, 0, []) == (ran.code, json.loads(ran.out)["published"], table(tmp_path / "a"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE parts SET text = '別の本文'", id="the text"),
        pytest.param(
            """UPDATE parts SET media = replace(media, '"alt": "', '"alt": "x')""",
            id="an image's text",
        ),
        pytest.param("UPDATE parts SET url = 'https://example.org/other'", id="the address"),
        pytest.param("UPDATE parts SET remote_id = '1'", id="the number there"),
        pytest.param("UPDATE deliveries SET handle = '@other'", id="the account"),
        pytest.param("UPDATE deliveries SET payload_hash = hex(zeroblob(32))", id="the hash"),
    ],
)
def test_what_was_altered_is_told(office: Office, tmp_path: Path, change: str):
    """Exit 1, on the terminal and in the folder's README; the folder is written all the same."""
    published(office)
    triggers = ("parts_payload", "parts_accepted", "deliveries_payload", "deliveries_hash")
    raw(
        office.root / "var" / "jposocial.db",
        *(f"DROP TRIGGER {name}" for name in triggers),
        change,
    )
    ran = export(office, out=tmp_path / "a")
    assert (1, "1: what is stored of it is not what is on record\n") == (ran.code, ran.err)
    readme = (tmp_path / "a" / "README.txt").read_text(encoding="utf-8")
    assert "データベースにある内容が、記録と合いません" in readme


@pytest.mark.parametrize("by", ["the program", "a person"])
def test_what_was_found_later_is_on_record_too(office: Office, tmp_path: Path, by: str):
    """A post of unknown outcome that was then found, by whoever looked, fits the record."""
    (delivery,) = office.promise("x", text="お知らせです。")
    office.clock.now = DUE
    office.misbehave("posted_but", status=500, method="POST")
    assert 1 == office.publish()[0]
    (entry,) = office.sandbox.entries("x")
    if by == "a person":
        url = f"https://example.org/posts/{entry.id}"
        assert 0 == office.cli("resolve", delivery, "--published", url).code
    else:
        office.clock.move(minutes=4)
        assert 0 == office.publish()[0]
    assert 0 == export(office, out=tmp_path / "a").code
    (row,) = table(tmp_path / "a")
    assert (entry.id, "approver") == (row["remote_id"], row["approver"])


def test_what_was_brought_back_is_on_record_too(office: Office, tmp_path: Path):
    """Missed, given another time and approved again: the second approval is the one that counts."""
    (delivery,) = office.promise("x", text="お知らせです。")
    office.clock.now = DUE + timedelta(days=2)
    assert 1 == office.publish()[0]
    at = f"{office.clock.now.astimezone(TOKYO) + timedelta(hours=1):%Y-%m-%d %H:%M}"
    assert 0 == office.cli("retry", delivery, "--at", at).code
    office.clock.move(minutes=30)
    office.approve([office.row(delivery)])
    office.clock.move(minutes=30)
    assert 0 == office.publish()[0]
    assert 0 == export(office, out=tmp_path / "a").code
    (row,) = table(tmp_path / "a")
    assert office.clock.now - timedelta(minutes=30) == datetime.fromisoformat(row["approved_at"])


def test_a_broken_record_is_told(office: Office, tmp_path: Path):
    """Exit 1, with the event."""
    published(office)
    raw(
        office.root / "var" / "jposocial.db",
        "DROP TRIGGER events_no_update",
        "UPDATE events SET actor = 'somebody' WHERE seq = 2",
    )
    ran = export(office, out=tmp_path / "a")
    assert (1, "the record is broken at event 2\n") == (ran.code, ran.err)


def test_an_image_that_is_gone_is_told(office: Office, tmp_path: Path):
    """Exit 1; its digest stays on record, the page says that it is gone."""
    published(office)
    shutil.rmtree(office.root / "var" / "media")
    ran = export(office, out=tmp_path / "a")
    (row,) = table(tmp_path / "a")
    assert (1, "", 64) == (ran.code, row["media"], len(row["media_sha256"]))
    assert f"1: the image {row['media_sha256']} is gone\n" == ran.err
    page = (tmp_path / "a" / "index.html").read_text(encoding="utf-8")
    assert "The bytes of this image are gone." in page


def test_another_folder_is_never_written_over(office: Office, tmp_path: Path):
    """Exit 1, and not a byte is touched; an empty folder is filled."""
    published(office)
    out = tmp_path / "a"
    out.mkdir()
    assert 0 == export(office, out=out).code
    before = tree_digest(out)
    ran = export(office, out=out)
    assert (1, "") == (ran.code, ran.out)
    assert "is there already" in ran.err
    assert before == tree_digest(out)
    assert [] == list(tmp_path.glob(".*.new"))


def test_the_same_twice(office: Office, tmp_path: Path):
    """The same period at the same moment makes the same bytes."""
    published(office, "x", "facebook")
    for name in ("a", "b"):
        assert 0 == export(office, out=tmp_path / name).code
    kept = [
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in ("a", "b")
    ]
    assert kept[0] == kept[1]
    assert Path("index.html") in kept[0]


def test_the_folder_has_a_name_of_its_own(office: Office):
    """Without --out it is in the workspace, under the period's name."""
    published(office)
    ran = office.cli("audit", "export", "--from", "2026-12-01", "--to", "2026-12-31")
    folder = office.root / "var" / "archive" / "2026-12-01_2026-12-31"
    assert (0, f"1 published, in {folder}") == (ran.code, ran.out.splitlines()[0])
    assert (folder / "index.html").is_file()


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(("--from", "2026-12-01"), id="no end"),
        pytest.param(("--from", "2026-12-02", "--to", "2026-12-01"), id="the wrong way round"),
        pytest.param(("--from", "2026-12-32", "--to", "2027-01-01"), id="no day"),
    ],
)
def test_wrong_days(office: Office, tmp_path: Path, days: tuple[str, ...]):
    """Exit 2; nothing is written."""
    ran = office.cli("audit", "export", *days, "--out", tmp_path / "a")
    assert (2, False) == (ran.code, (tmp_path / "a").exists())


def test_a_folder_that_cannot_be_made(office: Office, tmp_path: Path):
    """Exit 1 with the reason."""
    (tmp_path / "file").write_text("")
    ran = export(office, out=tmp_path / "file" / "a")
    assert (1, "") == (ran.code, ran.out)
    assert "cannot be written" in ran.err
