"""How long the command line takes to answer: `--help`, `status` and `queue`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bench.measuring import Row, alternated
from jposocial.cli.root import cli

_BIN = Path(sys.executable).parent
_PROGRAM = str(_BIN / "jposocial")

#: Of `make bench`: another command line that people use for the same, in an environment of its own.
_TOOT = Path(__file__).resolve().parents[1] / "build" / "peers" / "bin" / "toot"

_ROUNDS = 15


def measure() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "office"
        _run([_PROGRAM, "init", str(root)])
        _run([_PROGRAM, "--workspace", str(root), "sync"])
        bare = Path(folder) / "bare.py"
        bare.write_text("\n".join(_bare(cli)) + "\n", encoding="utf-8")
        yield _row(
            "`jposocial --help`", 1.15, "a bare click program of the same commands",
            [_PROGRAM, "--help"], [sys.executable, str(bare), "--help"],
        )  # fmt: skip
        for name in ("status", "queue"):
            mine = [_PROGRAM, "--workspace", str(root), name]
            yield _row(f"`jposocial {name}`", 1.2, "`toot --help`", mine, [str(_TOOT), "--help"])


def _row(work: str, goal: float, against: str, mine: Sequence[str], peer: Sequence[str]) -> Row:
    return alternated(work, goal, against, lambda: _run(mine), lambda: _run(peer), rounds=_ROUNDS)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, env=_environment(), check=True)
    assert done.stdout


def _environment() -> dict[str, str]:
    """With compiled modules: without them everything takes two to four times as long."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _bare(program: click.Group) -> Iterator[str]:
    """The source of a click program with the same commands and options, and nothing behind them."""
    yield "import click"
    yield "@click.group()"
    yield "def cli(): pass"
    yield from _commands(program, "cli")
    yield "cli()"


def _commands(group: click.Group, of: str) -> Iterator[str]:
    context = click.Context(group)
    for number, word in enumerate(group.list_commands(context)):
        command = group.get_command(context, word)
        assert command
        name = f"{of}_{number}"
        decorator = "group" if isinstance(command, click.Group) else "command"
        yield f"@{of}.{decorator}({command.name!r}, help={str(command.help)!r})"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                flag = ", is_flag=True" if parameter.is_flag else ""
                yield f"@click.option({', '.join(map(repr, parameter.opts))}, help={str(parameter.help)!r}{flag})"
            else:
                yield f"@click.argument({parameter.name!r}, nargs={parameter.nargs})"
        yield f"def {name}(**_): pass"
        if isinstance(command, click.Group):
            yield from _commands(command, name)
