"""`jposocial sandbox`: the stand-in as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.workspace import make_workspace


@pytest.mark.parametrize(
    ("ended_by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["Ctrl-C", "SIGTERM"]
)
def test_it_serves_until_it_is_ended(tmp_path: Path, ended_by: signal.Signals, code: int) -> None:
    """It says its address on a line of its own, shows its timelines, and ends as documented."""
    root = make_workspace(tmp_path)
    command = [sys.executable, "-m", "jposocial", "sandbox", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        assert ("http", "127.0.0.1") == (address.scheme, address.hostname)
        connection = HTTPConnection(address.netloc, timeout=20)
        connection.request("GET", "/__sandbox__/timeline")
        assert [] == json.loads(connection.getresponse().read())
        connection.close()
        process.send_signal(ended_by)
        assert code == process.wait(timeout=20)
    finally:
        process.kill()
        process.communicate()
