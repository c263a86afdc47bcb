"""The Japanese catalogue: whole, compiled, and passed by no sentence."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from tests.workspace import REPOSITORY, run_cli, run_program

from jposocial import messages
from jposocial.cli.base import Option
from jposocial.cli.root import cli
from jposocial.messages import LOCALE_DIR, joined, localised, msg
from jposocial.model import Status

SRC = REPOSITORY / "src" / "jposocial"
PO = Path(LOCALE_DIR) / "ja" / "LC_MESSAGES" / "jposocial.po"
CLICK = Path(click.__file__).parent

#: What a translation keeps as it is: placeholders, options, rules, the form of an instant.
KEPT = re.compile(r"\{\w+(?:![rs])?\}|%\(\w+\)s|--[a-z]+|\b[EFW]\d\d\b|YYYY-MM-DD HH:MM")

#: A word for people: two letters or more, of any script.
WORD = re.compile(r"[^\W\d_]{2,}")
JAPANESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")

#: What is called with a text that people read; `print` and `note` where the command line does.
SAYS = frozenset({"confirm", "echo", "fail", "notice", "prompt"})
SAYS_IN_CLI = SAYS | {"note", "print"}
SAYING_KEYWORDS = frozenset({"epilog", "fix", "help", "message", "prompt", "short_help"})

#: Errors whose argument is no sentence: what the platform answered, or one word of the record.
DETAIL_ERRORS = frozenset(
    {"Interrupted", "OutcomeUnknown", "RateLimited", "Rejected", "Unauthorized", "Unavailable"}
)

#: (file, literal) → why nobody has to translate it.
NO_SENTENCE = {
    ("cli/root.py", "%(prog)s %(version)s"): "placeholders alone",
    ("rendering/templates.py", "templates/"): "the beginning of a path",
    ("cli/mail_view.py", "payload "): "the word of the command's own form",
    ("cli/mail_view.py", "  audience "): "the word of the command's own form",
    ("newsletter/dkim.py", "rsa"): "the name of a key",
    ("newsletter/dkim.py", "ed25519"): "the name of a key",
    ("newsletter/relay.py", "endless line"): "stands where a server's own words would",
    ("newsletter/relay.py", "endless reply"): "stands where a server's own words would",
    ("newsletter/relay.py", "no SMTP reply"): "stands where a server's own words would",
    (
        "newsletter/relay.py",
        "the server closed the connection",
    ): "stands where a server's own words would",
    (
        "rendering/templates.py",
        "optional takes 1 to ",
    ): "one of jinja2's syntax errors, which are English: the {detail} of a message",
}


@cache
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="ja", domain=messages.DOMAIN)


def entries() -> list[Message]:
    return [message for message in catalogue() if message.id]


def in_sources() -> Iterator[str | tuple[str, ...]]:
    """What the sources say, and what Click says: it asks the same catalogue."""
    for _, _, found, _, _ in extract_from_dir(SRC, keywords={"msg": (1,)}):
        yield found
    for _, _, found, _, _ in extract_from_dir(CLICK, keywords={"_": (1,), "ngettext": (1, 2)}):
        yield found


def test_everything_said_is_in_the_catalogue():
    """What `make catalogues` would take from the sources is what the catalogue has: nothing new."""
    assert set(in_sources()) <= {message.id for message in entries()}


def test_the_catalogue_has_nothing_else():
    """No entry is left of a sentence that nobody says any more."""
    assert {message.id for message in entries()} <= set(in_sources())
    assert {} == catalogue().obsolete


def test_everything_is_translated():
    """No translation is empty, or only guessed by Babel."""
    strings = {m.id: [m.string] if isinstance(m.string, str) else m.string for m in entries()}

    assert [] == [source for source, found in strings.items() if not all(s.strip() for s in found)]
    assert [] == [message.id for message in entries() if message.fuzzy]


def test_translations_keep_what_is_no_word():
    """A translation has the placeholders, options and rules of its source, and no others."""
    for message in entries():
        # A plural stands for both forms: Japanese has one.
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for string in [message.string] if isinstance(message.string, str) else message.string:
            assert set(KEPT.findall(source)) == set(KEPT.findall(string)), source


def test_the_compiled_catalogue_is_that_of_the_text():
    """The .mo that is read is the .po that people edit."""
    compiled = BytesIO()
    write_mo(compiled, catalogue())

    assert compiled.getvalue() == PO.with_suffix(".mo").read_bytes()


# Nothing passes the catalogue by.


def sources() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield name, node


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def said_by(file: str, node: ast.AST) -> Iterator[ast.expr]:
    """The arguments of `node` that people read."""
    in_cli = file.startswith("cli/")
    if isinstance(node, ast.Call):
        if name_of(node.func) in (SAYS_IN_CLI if in_cli else SAYS):
            yield from node.args
        yield from (k.value for k in node.keywords if k.arg in SAYING_KEYWORDS)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        # Python's own errors are for programmers, those of other packages for our tables.
        raised = node.exc.func
        ours = isinstance(raised, ast.Name) or name_of(getattr(raised, "value", raised)) == "click"
        if ours and name_of(raised) not in DETAIL_ERRORS and not hasattr(builtins, name_of(raised)):
            yield from node.exc.args
    elif isinstance(node, ast.Yield) and node.value and in_cli:
        yield node.value


def literals(node: ast.AST) -> Iterator[str]:
    """The words that stand in an expression itself, not in what it calls."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and WORD.search(node.value):
            yield node.value
    elif isinstance(node, ast.Call):
        if name_of(node.func) in ("format", "format_map", "join"):
            yield from literals(node.func)
    elif isinstance(node, ast.Subscript):
        yield from literals(node.value)
    else:
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


def bypassing(file: str, node: ast.AST) -> Iterator[tuple[str, str]]:
    for argument in said_by(file, node):
        yield from ((file, text) for text in literals(argument))


def test_nothing_is_said_without_the_catalogue():
    """No text for people is a bare literal: what is shown, raised or given as help is a msg()."""
    found = {one for file, node in sources() for one in bypassing(file, node)}

    assert set(NO_SENTENCE) == found


@pytest.mark.parametrize(
    "source",
    [
        "click.echo('three posts')",
        "output.note(f'{n} posts')",
        "raise Refused('there is no post')",
        "raise click.UsageError('say what' if x else '')",
        "option('--all', help='all of it')",
        "problem(rule='E01', message=msg('a'), fix='mend it')",
        "click.echo(', '.join(ids) or 'none of them')",
        "click.echo('{n} posts'.format(n=3))",
        "print('error: ' + text)",
    ],
)
def test_the_walk_sees_a_bare_literal(source):
    """The walk over the sources finds what it is there to find."""
    assert any([*bypassing("cli/x.py", node)] for node in ast.walk(ast.parse(source)))


def test_templates_are_literals():
    """Every msg() begins with the sentence itself: Babel finds no other."""
    calls = [
        (file, node.lineno, node.args)
        for file, node in sources()
        if isinstance(node, ast.Call) and name_of(node.func) == "msg"
    ]

    assert [] == [
        (file, line)
        for file, line, args in calls
        if len(args) != 1 or not isinstance(args[0], ast.Constant)
    ]


# The command line speaks one language at a time.


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def command_at(path: tuple[str, ...]) -> click.Command:
    found: click.Command = cli
    for name in path:
        assert isinstance(found, click.Group)
        below = found.get_command(click.Context(found), name)
        assert below
        found = below
    return found


def helps_of(command: click.Command) -> list[str]:
    """The source of all that `--help` says about a command."""
    options = [p.help for p in command.params if isinstance(p, click.Option)]
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return [text or "" for text in (command.help, *options, *(c.help for c in below))]


def unwrapped(text: str) -> str:
    return "".join(text.split())


every_command = pytest.mark.parametrize("path", [*commands()], ids=" ".join)


@every_command
def test_help_in_japanese(path, tmp_path):
    """`--lang ja … --help` says the help of the command and of each option in Japanese."""
    ran = run_program(["--lang", "ja", *path, "--help"], tmp_path)

    assert (0, "") == (ran.code, ran.err)
    for source in helps_of(command_at(path)):
        said = localised(source, "ja")
        assert said != source
        assert unwrapped(said) in unwrapped(ran.out)
        assert unwrapped(source) not in unwrapped(ran.out)
    usage, *lines = ran.out.splitlines()
    assert usage.startswith("使い方: jposocial")
    assert [] == [line for line in lines if re.search(r"\b[a-z]+ [a-z]+ [a-z]+\b", line)]


@every_command
def test_help_in_english(path, tmp_path):
    """`--lang en … --help` has no Japanese, in a Japanese locale and workspace too."""
    (tmp_path / "jposocial.toml").write_text('[workspace]\nlanguage = "ja"\n', encoding="utf-8")
    ran = run_program(
        ["--lang", "en", *path, "--help"], tmp_path, env={"LANG": "ja_JP.UTF-8", "LANGUAGE": "ja"}
    )

    assert (0, "") == (ran.code, ran.err)
    assert all(unwrapped(source) in unwrapped(ran.out) for source in helps_of(command_at(path)))
    assert [] == JAPANESE.findall(ran.out)


def test_every_option_can_be_said():
    """Every option is of the class that says its help in the reader's language."""
    options = [p for path in commands() for p in command_at(path).params]

    assert [] == [p for p in options if isinstance(p, click.Option) and not isinstance(p, Option)]


def test_one_process_speaks_both_languages(tmp_path):
    """What Click keeps from an earlier run does not keep its language."""
    said = [run_cli(["--lang", lang, "check", "--help"], tmp_path).out for lang in ("ja", "en")]

    assert "この説明を表示して終わります。" in said[0]
    assert "Show this message and exit." in said[1]
    assert [] == JAPANESE.findall(said[1])


def test_help_follows_the_workspace(tmp_path):
    """Without `--lang`, the language of the configuration is that of `--help` as well."""
    (tmp_path / "jposocial.toml").write_text('[workspace]\nlanguage = "ja"\n', encoding="utf-8")
    ran = run_program(["check", "--help"], tmp_path, env={"LC_ALL": "C.UTF-8"})

    assert "警告もエラーとして扱います" in ran.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check", "--nowhere"], "エラー: オプション '--nowhere' はありません。"),
        (["chek"], "エラー: コマンド 'chek' はありません。 'check' ではありませんか。"),
        (["reject", "1"], "エラー: 次のオプションが必要です: '--reason'."),
        (["release"], "エラー: 次の引数が必要です: 'HOLD_ID'."),
        (["release", "x"], "エラー: 'HOLD_ID' の値が正しくありません: "),
        (["release", "1", "2"], "エラー: 余分な引数があります（2）"),
        (["retry", "1", "--at"], "エラー: オプション '--at' には値が 1 個必要です。"),
        (["hold", "--category", "all"], "使えるのは 'routine', 'emergency' です。"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors_in_japanese(arguments, expected, tmp_path):
    """What Click itself has to say about the arguments is said in Japanese too."""
    ran = run_program(["--lang", "ja", *arguments], tmp_path)

    assert (2, "") == (ran.code, ran.out)
    assert expected in ran.err
    assert [] == re.findall(r"Usage|Error|Try|help\.", ran.err)


def test_usage_errors_in_english(tmp_path):
    """In English they are Click's own words."""
    ran = run_program(["--lang", "en", "check", "--nowhere"], tmp_path, env={"LANG": "ja_JP.UTF-8"})

    assert 2 == ran.code
    assert "Error: No such option '--nowhere'." in ran.err
    assert [] == JAPANESE.findall(ran.err)


# A message and its parameters.


def test_a_message_is_its_english_sentence():
    """It is a plain string in English, whatever it can say besides."""
    message = msg("{day} ({weekday})", day="2027-01-21", weekday=msg("Thu"))

    assert "2027-01-21 (Thu)" == message == message.localised("en")


def test_parameters_are_said_too():
    """A message within a message is said in the language of the whole."""
    message = msg(
        "{message}: {fix}",
        message=msg("'{text}' is not a day", text="1月"),
        fix=msg("write 2027-01-21"),
    )

    assert "「1月」は日付として読めません。2027-01-21 のように書いてください" == message.localised(
        "ja"
    )
    assert "'1月' is not a day: write 2027-01-21" == message.localised("en")


@pytest.mark.parametrize("status", Status)
def test_a_status_is_said_as_a_parameter(status):
    """A word of the model is said by its own translation."""
    said = msg("{id} is now {status}", id=7, status=status).localised("ja")

    assert f"7は「{msg(status.value).localised('ja')}」になりました" == said
    assert status not in said


def test_lists_are_said_item_by_item():
    """A joined list says its items and what stands between them; a plain string stays."""
    found = joined([msg("quiet hours"), "x", msg("on hold")])

    assert "quiet hours, x, on hold" == found == found.localised("en")
    assert "投稿しない時間帯、x、停止中" == found.localised("ja")
    assert "7: 投稿しない時間帯、x、停止中" == msg(
        "{id}: {blockers}", id=7, blockers=found
    ).localised("ja")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_empty_list_is_empty(language):
    """Nothing is said of nothing; gettext has the catalogue's header under the empty string."""
    assert "" == joined([]).localised(language) == msg("").localised(language)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_braces_in_a_parameter_stay(language):
    """What people wrote is never read as a placeholder, at any depth."""
    text = "{day} {0} {{x}} {"
    message = msg(
        "{message}: {fix}", message=msg("{id}: {blockers}", id=1, blockers=text), fix=text
    )

    assert 2 == message.localised(language).count(text)
    assert text == joined([text]).localised(language)


def test_braces_of_a_sentence_without_parameters_stay():
    """A sentence that shows how to write something may show braces."""
    message = msg('write [{ moment = "announce", at = "starts-14" }]')

    assert 'write [{ moment = "announce", at = "starts-14" }]' == message
    assert (
        '[{ moment = "announce", at = "starts-14" }] のように書いてください'
        == message.localised("ja")
    )


def test_a_template_can_be_filled_later():
    """`filled` says the same sentence with other parameters, in both languages."""
    message = msg("{id}: {blockers}").filled(id=3, blockers=msg("on hold"))

    assert ("3: on hold", "3: 停止中") == (message, message.localised("ja"))


def test_an_unknown_language_gets_the_source():
    """What is not translated is said in English."""
    assert "on hold" == msg("on hold").localised("fr")
    assert "not in any catalogue" == localised("not in any catalogue", "ja")
