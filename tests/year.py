"""A year of the sample posts as `plan --list` shows it.

python -m tests.year        writes tests/golden/year.txt anew: read the difference
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.workspace import REPOSITORY, run_cli

GOLDEN = Path(__file__).parent / "golden" / "year.txt"

FIRST, LAST = "2026-12-01", "2027-11-30"
ASKED = ["--from", FIRST, "--to", LAST, "--now", f"{FIRST} 09:00"]


def year(*options: str, folder: Path) -> str:
    """What `plan` answers in a workspace with the samples and nothing else."""
    for name in ("posts", "templates"):
        shutil.copytree(REPOSITORY / name, folder / name)
    shutil.copy(REPOSITORY / "jposocial.toml", folder)
    done = run_cli(["--lang", "ja", "plan", *options, *ASKED], folder)
    assert 0 == done.code, done.err
    return done.out


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        GOLDEN.write_text(year("--list", folder=Path(made)), encoding="utf-8")
