"""`jposocial run` as a process of its own, and what it says on standard error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "misfortunes.py"

#: No test waits so long; it only ends one that would never end.
PATIENCE = 60.0


class Service:
    """A `run` that has started; what it writes is read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def events(self, *names: str) -> list[dict[str, Any]]:
        """The events so far, of `--log json`; those of some names."""
        found = [json.loads(line) for line in list(self.lines) if line.startswith("{")]
        return [event for event in found if not names or event["event"] in names]

    def until(self, true: Callable[[], object]) -> None:
        """Wait until something becomes true while it runs."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert self.process.poll() is None, f"it ended: {self.lines}"
            assert time.monotonic() < end, f"it never became true: {self.lines}"
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


@contextmanager
def serving(
    root: Path,
    *options: str,
    misfortune: str = "",
    form: str = "json",
    env: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """A `run` on `root` with a beat every second, which has begun; killed in the end."""
    program = (
        [sys.executable, str(SCRIPT), misfortune]
        if misfortune
        else [sys.executable, "-m", "jposocial"]
    )
    process = subprocess.Popen(
        [*program, *options, "run", "--every", "1s", "--log", form],
        cwd=root, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=env,
    )  # fmt: skip
    service = Service(process)
    try:
        service.until(lambda: any("run.started" in line for line in service.lines))
        yield service
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        service.ended()
        assert process.stderr is not None
        process.stderr.close()
