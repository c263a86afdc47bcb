"""Workspaces for tests: making one, writing content into it, running the program on it.

root = make_workspace(tmp_path, approval={"required": False})
write_post(root, "2027-01-hello", "本文です。", title="お知らせ", publish="2027-01-13 10:00")
code, out, err = run_cli(["check", "--now", NOW], root)
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from jposocial.cli.root import run

REPOSITORY = Path(__file__).parents[1]

#: A Tuesday before everything that the samples announce.
NOW = "2026-12-01 09:00"

#: The least configuration: one account on X, one page on Facebook, both in the sandbox.
DEFAULT_TOML: Mapping[str, Any] = {
    "workspace": {"name": "見本", "language": "en"},
    "accounts": {
        "x": {"platform": "x", "handle": "@example_center"},
        "facebook": {"platform": "facebook", "handle": "example.center"},
    },
}

_PLAIN = re.compile(r"[\w./@+ :-]*")


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def make_workspace(
    folder: Path, name: str = "workspace", *, templates: bool = True, **toml: Mapping[str, Any]
) -> Path:
    """A workspace below `folder` without posts; `toml` sections are laid over `DEFAULT_TOML`.

    A value of None takes a key out: `make_workspace(tmp_path, accounts={"facebook": None})`.
    """
    root = folder / name
    (root / "posts").mkdir(parents=True)
    if templates:
        shutil.copytree(REPOSITORY / "templates", root / "templates")
    (root / "jposocial.toml").write_text(toml_text(merged(DEFAULT_TOML, toml)), encoding="utf-8")
    return root


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `base`, table by table."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def toml_text(tables: Mapping[str, Any]) -> str:
    """TOML of nested tables; lists of tables are written inline."""
    return "\n".join(_toml_lines(tables, "")) + "\n"


def _toml_lines(table: Mapping[str, Any], path: str) -> list[str]:
    lines = [f"[{path}]"] if path else []
    lines += [f"{k} = {_toml_value(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += _toml_lines(value, f"{path}.{key}" if path else key)
    return lines


def _toml_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {_toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def write_file(root: Path, path: str, content: str | bytes) -> Path:
    """A file of the workspace, its folders made; texts in UTF-8 with plain line ends."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    return target


def write_post(
    root: Path,
    id: str,
    body: str = "",
    *,
    kind: str = "notice",
    path: str | None = None,
    **fields: Any,
) -> Path:
    """A content file, by default `posts/<kind>s/<id>.md`; a field that is None is left out."""
    fields = {"title": "見本のお知らせ"} | fields
    if kind == "notice" and "publish" not in fields:
        fields["publish"] = "2027-01-13 10:00"
    return write_file(
        root, path or f"posts/{kind}s/{id}.md", post_text(body, id=id, kind=kind, **fields)
    )


def write_voice(root: Path, id: str, person: str, *, consent: str = "", **fields: Any) -> Path:
    """A testimonial without a date of its own, agreed to for X until the end of 2027."""
    lines = {
        "id": id,
        "kind": "testimonial",
        "title": f"{person}の話",
        "owner": "author",
        "person": f"{{name: {person}, as_of: 2026-12-01}}",
        "quote": f"{person}が話した大切なことです。",
        "consent": f"{{id: C-{id}, scope: [x], from: 2026-01-01, until: 2027-12-31{consent}}}",
    } | fields
    text = "\n".join(["---", *(f"{key}: {value}" for key, value in lines.items()), "---", ""])
    return write_file(root, f"posts/testimonials/{id}.md", text)


def post_text(body: str = "", **fields: Any) -> str:
    """The text of a content file with one line a field."""
    head = [f"{key}: {_yaml_value(value)}" for key, value in fields.items() if value is not None]
    return "\n".join(["---", *head, "---", body, ""])


def _yaml_value(value: Any) -> str:
    """A plain scalar where that is safe, else JSON, which YAML reads too."""
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and ": " not in f"{value} "
    return value if plain else json.dumps(value, ensure_ascii=False)


def run_cli(args: Sequence[str], cwd: Path) -> Ran:
    """The command line in this process, as from `cwd`; what it does to the environment is undone."""
    out, err = _stream(), _stream()
    before = dict(os.environ)
    try:
        with (
            contextlib.chdir(cwd),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run([str(a) for a in args])
    finally:
        os.environ.clear()
        os.environ.update(before)
    return Ran(code, _written(out), _written(err))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


def run_program(
    args: Sequence[str],
    cwd: Path,
    *,
    env: Mapping[str, str] | None = None,
    input: str | None = None,
    user: int | None = None,
) -> Ran:
    """`python -m jposocial` as a process of its own; `env` is laid over this one's."""
    done = subprocess.run(
        [sys.executable, "-m", "jposocial", *(str(a) for a in args)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=input,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        user=user,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def checked(root: Path, *args: str, now: str = NOW) -> list[dict[str, Any]]:
    """What `check --json` finds."""
    ran = run_cli(["check", "--json", "--now", now, *args], root)
    assert ran.code in (0, 1), ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def tree_digest(root: Path) -> str:
    """Changes when any name, kind, content, mode or time of change below `root` does."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        digest.update(repr((str(path), status.st_mode, status.st_mtime_ns)).encode())
        if path.is_symlink():
            digest.update(str(path.readlink()).encode())
        elif path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
