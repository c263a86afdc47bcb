"""The page for whoever runs the machine: its units and lines are right to the letter."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.workspace import REPOSITORY

from jposocial.cli.root import COMMANDS
from jposocial.settings import parse_settings

PAGE = (REPOSITORY / "docs" / "operating.md").read_text("utf-8")

#: Name → text of each unit.
UNITS = {
    Path(path).name: text
    for path, text in re.findall(
        r"`(/etc/systemd/system/[\w.-]+)`\n\n```ini\n(.*?)```", PAGE, re.DOTALL
    )
}
COMMAND = "/opt/jposocial/.venv/bin/jposocial"


def read(unit: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit)
    return parser


def test_the_units_are_there() -> None:
    """A service for each way, and a timer for each service that ends."""
    assert {
        "jposocial.service",
        "jposocial-publish.service",
        "jposocial-publish.timer",
        "jposocial-notify.service",
        "jposocial-notify.timer",
    } == set(UNITS)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_one(name: str, tmp_path: Path) -> None:
    """Of the right sections; systemd itself finds nothing wrong with it, where it is there."""
    kind = "Service" if name.endswith(".service") else "Timer"
    assert kind in read(UNITS[name]).sections()
    if shutil.which("systemd-analyze"):
        for unit, text in UNITS.items():
            here = text.replace(COMMAND, sys.executable)
            (tmp_path / unit).write_text(re.sub("(User|Group)=.*", r"\1=root", here))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / name],
            capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        )  # fmt: skip
        assert (0, "") == (done.returncode, done.stderr)


def test_every_command_exists() -> None:
    """What the page runs, the program knows."""
    words = re.findall(rf"(?:{re.escape(COMMAND)}|`jposocial) ([a-z]+)", PAGE)
    assert {"publish", "notify", "run", "status"} <= set(words)
    assert [] == [word for word in words if word not in COMMANDS]


def test_the_configuration_is_right() -> None:
    """The example of `[notify]` can be taken over as it is."""
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert {"notify"} == set(tomllib.loads(text))
    found = parse_settings(text).notify
    assert found is not None
    assert ("mail.example.go.jp", 587, "starttls") == (found.host, found.port, found.tls)


def test_the_cron_lines_have_five_fields_and_a_command() -> None:
    """And go where the workspace is."""
    (text,) = re.findall(r"```crontab\n(.*?)```", PAGE, re.DOTALL)
    for line in text.splitlines():
        *when, command = line.split(maxsplit=5)
        assert all(re.fullmatch(r"[\d*/,-]+", one) for one in when)
        assert command.startswith(f"cd /srv/jposocial && {COMMAND} ")
