"""Secrets come from three places, are refused where others may read them, and stay unsaid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jposocial.errors import UsageError
from jposocial.model import Account
from jposocial.publishers.credentials import fingerprint, read_secrets, redact


def page(place: str | None) -> Account:
    secrets = {"page_token": place} if place else {}
    return Account(name="page", platform="facebook", handle="example.center", secrets=secrets)


def read(place: str | None, root: Path) -> str:
    return read_secrets(page(place), root)["page_token"]


def private(path: Path, content: str | bytes = "canary-in-a-file\n", mode: int = 0o600) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def test_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`env:NAME`; white space around it is not part of it."""
    monkeypatch.setenv("PAGE_TOKEN", " canary-in-env\n")
    assert "canary-in-env" == read("env:PAGE_TOKEN", tmp_path)


def test_from_a_file_of_ours(tmp_path: Path) -> None:
    """`file:PATH`, relative to the workspace, or absolute."""
    path = private(tmp_path / "token")
    assert "canary-in-a-file" == read("file:token", tmp_path)
    assert "canary-in-a-file" == read(f"file:{path}", tmp_path / "elsewhere")


def test_from_the_credentials_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cred:NAME` is what systemd hands over."""
    private(tmp_path / "page", "canary-in-cred")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "canary-in-cred" == read("cred:page", tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777], ids=oct)
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    """The message names the file and what to do, not what is in it."""
    private(tmp_path / "token", mode=mode)
    with pytest.raises(UsageError, match="chmod 600") as caught:
        read("file:token", tmp_path)
    assert "canary" not in str(caught.value)


def test_a_file_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its mode is right."""
    private(tmp_path / "token")
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    with pytest.raises(UsageError, match="must be yours"):
        read("file:token", tmp_path)


@pytest.mark.parametrize(
    "place", ["env:NO_SUCH_NAME", "file:nowhere", "cred:nowhere", "env:EMPTY", "file:folder"]
)
def test_a_secret_that_is_not_there_is_named(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Account, name and place, so that staff know what to mend."""
    monkeypatch.setenv("EMPTY", " ")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as caught:
        read(place, tmp_path)
    assert f"page: the secret 'page_token' is not at {place}" == str(caught.value)


def test_without_a_credentials_directory_there_is_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside systemd `cred:` finds nothing."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(UsageError, match="is not at cred:page"):
        read("cred:page", tmp_path)


MALFORMED = {
    "two lines": "canary\nsecond",
    "a space": "canary second",
    "full width": "ｃａｎａｒｙ",
    "a control character": "canary\x01",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_what_no_header_can_carry_is_refused_unquoted(content: str, tmp_path: Path) -> None:
    """The HTTP client would refuse it too, with the whole secret in its message."""
    private(tmp_path / "token", content)
    with pytest.raises(UsageError, match="not one word of ASCII") as caught:
        read("file:token", tmp_path)
    assert content not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_bytes_that_are_no_text_are_no_secret(tmp_path: Path) -> None:
    """A wrong file is told like a missing one."""
    private(tmp_path / "token", b"\xff\xfe\x00canary")
    with pytest.raises(UsageError, match="is not at file:token"):
        read("file:token", tmp_path)


def test_a_sandbox_account_needs_none(tmp_path: Path) -> None:
    """What is not configured is a stand-in that only the sandbox knows."""
    assert "sandbox-page-page_token" == read(None, tmp_path)


def test_what_was_read_is_redacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longer one first, so that nothing of it is left."""
    for value in ("canary-long", "canary-long-and-longer"):
        monkeypatch.setenv("PAGE_TOKEN", value)
        read("env:PAGE_TOKEN", tmp_path)
    assert "token … or …!" == redact("token  canary-long-and-longer or\ncanary-long!")


def test_the_fingerprint_changes_with_what_it_stands_for() -> None:
    """Secrets, handle, address and mode; nothing of them is in it."""
    account = page(None)
    given = {"page_token": "canary"}
    prints = {
        fingerprint(account, given),
        fingerprint(account, {"page_token": "canary2"}),
        *(
            fingerprint(Account(name="page", platform="facebook", **other), given)  # type: ignore[arg-type]
            for other in (
                {"handle": "another"},
                {"handle": "example.center", "mode": "live"},
                {"handle": "example.center", "base_url": "http://127.0.0.1:1"},
            )
        ),
    }
    assert 5 == len(prints)
    assert fingerprint(account, given) == fingerprint(account, dict(given))
    assert "canary" not in "".join(prints)
