"""What is shipped: the wheel and its starter, both installations, the pinned requirements."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STARTER = ("posts", "templates", "jposocial.toml")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation")

# In pieces, so that this file does not name what no file may name.
DOWNLOADS = re.compile(
    "|".join(
        (
            r"\b(?:\w+\.)*" + "py" + r"pi\.org\b",
            "python" + r"hosted\.org\b",
            "npm" + r"js\.(?:com|org)\b",
            "--(?:extra-)?index" + "-url|--find" + "-links|PIP_" + "INDEX_URL",
            r"\b(?:https?|file|ftp)://[^\s\"'<>)]+\.(?:whl|tgz|tar\.\w+|zip|deb|exe|dmg)\b",
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The program in an environment of its own, the dependencies being this one's."""

    python: Path
    program: Path

    def run(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the console script in `cwd`; what it said, whatever its exit code."""
        return finished(self.program, *arguments, cwd=cwd)


def finished(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run to the end, whatever the exit code; no variable lets it see this checkout."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def succeeded(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run and give the standard output; the test fails with what was said on an exit code."""
    process = finished(*command, cwd=cwd)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """`folder`, made by `make` in whichever worker comes first; the others wait for it."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".done"
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder


def build_wheel(source: Path, folder: Path) -> None:
    succeeded(*PIP, "wheel", *OFFLINE, "--wheel-dir", folder, source)


def install(folder: Path, *what: str | Path) -> None:
    """Make an environment that sees this one's packages, and install `what` before them."""
    succeeded(sys.executable, "-m", "venv", "--without-pip", folder)
    here, there = (
        Path(sysconfig.get_path("purelib", vars={"base": base} if base else None))
        for base in ("", str(folder))
    )
    (there / "dependencies.pth").write_text(f"{here}\n", encoding="utf-8")
    succeeded(*PIP, "--python", folder / "bin" / "python", "install", *OFFLINE, *what)


def installation(folder: Path) -> Installation:
    return Installation(python=folder / "bin" / "python", program=folder / "bin" / "jposocial")


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def wheel(shared) -> Path:
    """The wheel, built from the checkout."""
    folder = once(shared / "wheel", lambda folder: build_wheel(ROOT, folder))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def sdist(shared) -> Path:
    """The source distribution, built from the checkout."""
    build = (sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory")
    folder = once(shared / "sdist", lambda folder: succeeded(*build, folder))
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def from_wheel(shared, wheel) -> Installation:
    """The program as the wheel installs it."""
    return installation(once(shared / "from_wheel", lambda folder: install(folder, wheel)))


@pytest.fixture(scope="session")
def editable(shared) -> Installation:
    """The program as `make setup` installs it: it reads the checkout."""
    return installation(
        once(shared / "editable", lambda folder: install(folder, "--editable", ROOT))
    )


def kept_files(*places: str) -> Iterator[Path]:
    """The checkout's files that git keeps, or would keep; outside git, all but the ignored."""
    if (ROOT / ".git").exists():
        options = ("--cached", "--others", "--exclude-standard", "-z")
        # A checkout may belong to somebody else than the one who tests it.
        git = ("git", "-c", "safe.directory=*", "ls-files", *options, "--", *places)
        paths = (ROOT / name for name in succeeded(*git).split("\0") if name)
    else:
        paths = (path for place in places or (".",) for path in walk(ROOT / place))
    return (path for path in paths if path.is_file())


def walk(place: Path) -> Iterator[Path]:
    made = {".venv", "build", "dist", "__pycache__", ".hypothesis", "var"}
    if place.is_file():
        yield place
        return
    for path in sorted(place.iterdir()):
        if path.name not in made and not path.name.endswith(("_cache", ".pyc", ".pot")):
            yield from walk(path)


def starter_of_checkout() -> dict[str, bytes]:
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in kept_files(*STARTER)}


def starter_of_wheel(wheel: Path) -> dict[str, bytes]:
    prefix = "jposocial/starter/"
    with zipfile.ZipFile(wheel) as archive:
        return {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(prefix)
        }


def members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_the_starter(wheel):
    """posts/, templates/ and jposocial.toml are in the wheel, byte for byte the checkout's."""
    expected = starter_of_checkout()
    assert set(STARTER) <= {name.split("/")[0] for name in expected}
    assert expected == starter_of_wheel(wheel)


def test_the_wheel_carries_the_whole_package(wheel):
    """Every kept file of the package is in the wheel: code, catalogues, defaults, migrations."""
    expected = {str(path.relative_to(ROOT / "src")) for path in kept_files("src/jposocial")}
    assert "jposocial/defaults.toml" in expected
    assert "jposocial/store/migrations/env.py" in expected
    assert expected <= members(wheel)


def test_the_wheel_carries_nothing_else(wheel):
    """Beside the package and its starter the wheel holds its metadata alone."""
    assert {"jposocial", "jposocial-0.1.0.dist-info"} == {
        name.split("/")[0] for name in members(wheel)
    }


def test_the_source_distribution_builds_the_same_wheel(sdist, wheel, tmp_path):
    """What is unpacked from the source distribution builds a wheel with the same files."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    build_wheel(next(tmp_path.iterdir()), tmp_path / "again")
    again = next((tmp_path / "again").glob("*.whl"))
    assert members(wheel) == members(again)
    assert starter_of_wheel(wheel) == starter_of_wheel(again)


WHERE = "import jposocial; print(jposocial.__file__)"


def test_the_wheel_runs_without_the_checkout(from_wheel, tmp_path):
    """Installed from the wheel, the package is the environment's own and not the checkout's."""
    place = Path(succeeded(from_wheel.python, "-c", WHERE, cwd=tmp_path).strip())
    assert from_wheel.python.parents[1] in place.parents


def test_the_editable_installation_reads_the_checkout(editable, tmp_path):
    """Installed as `make setup` does, the package is the checkout's, without a second starter."""
    place = Path(succeeded(editable.python, "-c", WHERE, cwd=tmp_path).strip())
    assert ROOT / "src" / "jposocial" / "__init__.py" == place
    assert not (place.parent / "starter").exists()


@pytest.mark.parametrize("way", ["from_wheel", "editable"])
def test_the_program_starts(way, request, tmp_path):
    """Both installations have the console script, and it answers --help with exit code 0."""
    process = request.getfixturevalue(way).run("--help", cwd=tmp_path)
    assert (0, "") == (process.returncode, process.stderr)


@pytest.mark.parametrize("way", ["from_wheel", "editable"])
def test_init_copies_the_starter(way, request, tmp_path):
    """Both installations make a workspace whose files are those of the checkout, and sound."""
    installed = request.getfixturevalue(way)
    made = installed.run("init", "office", cwd=tmp_path)
    assert 0 == made.returncode, made.stderr
    office = tmp_path / "office"
    files = {str(p.relative_to(office)): p.read_bytes() for p in walk(office)}
    ignored = files.pop(".gitignore")
    assert b"var/\n" == ignored
    assert starter_of_checkout() == files
    checked = installed.run("--lang", "ja", "check", "--now", "2026-12-01 09:00", cwd=office)
    assert 0 == checked.returncode, checked.stdout
    assert "投稿原稿" in checked.stdout


@pytest.mark.parametrize("name", ["run", "test"])
def test_every_requirement_is_pinned_with_hashes(name):
    """Each entry has one exact version and at least one SHA-256."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    pin = re.compile(
        r"[\w.-]+(\[[\w,-]+\])?==[\w.+!]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+ *"
    )
    entries = text.splitlines()
    assert entries
    assert [] == [entry[:60] for entry in entries if not pin.fullmatch(entry)]


def test_the_tests_run_with_what_is_shipped():
    """Every pin of requirements/run.txt is in requirements/test.txt, version and hashes alike.

    The tests may need on every machine what the program needs on some.
    """
    run, test = (
        {
            re.sub(r" ; [^\\\n]*", " ", pin)
            for pin in re.findall(r"^\S[^\n]*(?:\\\n[^\n]+)*", text, flags=re.MULTILINE)
        }
        for text in (
            (ROOT / "requirements" / name).read_text(encoding="utf-8")
            for name in ("run.txt", "test.txt")
        )
    )
    assert set() == run - test


def test_no_file_names_where_packages_come_from():
    """The machine says where packages come from: no kept file names a registry or a download."""
    found = []
    for path in kept_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in DOWNLOADS.finditer(text)]
    assert [] == found


def test_no_file_has_the_marks_of_a_merge():
    """What two changes disagreed on was settled, in docstrings and texts too."""
    marks = re.compile("^[ \t]*(?:" + "<" * 7 + "|" + ">" * 7 + ") .*", re.MULTILINE)
    found = []
    for path in kept_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in marks.finditer(text)]
    assert [] == found


def lay_out_alone(folder):
    """What holds for every test, with what it imports, in a folder without any other test."""
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    shutil.copy(ROOT / "tests" / "browser.py", folder / "tests")


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(("asked", "code"), [("1", 1), ("", 0)])
def test_a_skip_fails_where_every_test_is_asked_for(asked, code, workers, tmp_path, monkeypatch):
    """With JPOSOCIAL_TEST_ALL=1 a skip fails, by mark or by call; an expected failure does not."""
    lay_out_alone(tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n"
        "def test_runs():\n    pass\n\n"
        "@pytest.mark.xfail\ndef test_expected():\n    raise ValueError\n\n"
        "@pytest.mark.skip(reason='by mark')\ndef test_marked():\n    pass\n\n"
        "def test_called():\n    pytest.skip('by call')\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("JPOSOCIAL_TEST_ALL", asked)
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", workers)
    process = finished(*command, tmp_path, cwd=tmp_path)
    assert code == process.returncode, process.stdout
    expected = (
        "1 failed, 1 passed, 1 xfailed, 1 error" if asked else "1 passed, 2 skipped, 1 xfailed"
    )
    assert expected in process.stdout


def test_a_file_that_skips_fails_where_every_test_is_asked_for(tmp_path, monkeypatch):
    """With JPOSOCIAL_TEST_ALL=1 a file that skips as a whole is an error that gives its reason."""
    lay_out_alone(tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import pytest\npytest.importorskip('no_such_module')\n", encoding="utf-8"
    )
    monkeypatch.setenv("JPOSOCIAL_TEST_ALL", "1")
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2")
    process = finished(*command, tmp_path, cwd=tmp_path)
    assert process.returncode != 0, process.stdout
    assert "no_such_module" in process.stdout
