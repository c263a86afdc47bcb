from __future__ import annotations

import pytest
from tests.rendering.given import STARTS, post, said, templates

from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.templates import MAX_OUTPUT

LEVELS = """\
題
{% optional 1 %}
一
{% endoptional %}
{% optional 3 %}
三
{% endoptional %}
{% optional 2 %}
二{% optional 3 %}と三{% endoptional %}

{% endoptional %}
終わり
"""


def failure(root, template, **ways):
    with pytest.raises(BadTemplate) as caught:
        said(root, template, **ways)
    return caught.value


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param(9, "題\n一\n三\n二と三\n終わり", id="all"),
        pytest.param(3, "題\n一\n三\n二と三\n終わり", id="up to three"),
        pytest.param(2, "題\n一\n二\n終わり", id="up to two"),
        pytest.param(1, "題\n一\n終わり", id="up to one"),
        pytest.param(0, "題\n終わり", id="none"),
    ],
)
def test_optional_levels(tmp_path, level, expected):
    """A block is shown while the level is at least its number, blocks within blocks too."""
    found = templates(tmp_path, text=LEVELS).render("seminar/announce.txt", {}, level)
    assert expected == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("{% optional 0 %}a{% endoptional %}", 1, id="zero"),
        pytest.param("\n{% optional 10 %}a{% endoptional %}", 2, id="ten"),
        pytest.param("{% optional %}a{% endoptional %}", 1, id="no number"),
        pytest.param("{% optional two %}a{% endoptional %}", 1, id="no digits"),
        pytest.param("a\n{% optional 2 %}\nb", 3, id="never ends"),
        pytest.param("a\n\n{{ title }", 3, id="a bracket is missing"),
        pytest.param("{% if title %}a", 1, id="an if never ends"),
        pytest.param("{{ title | shout }}", 1, id="no such filter"),
    ],
)
def test_mistakes_of_writing(tmp_path, text, line):
    """What cannot be read names the file and the line."""
    bad = failure(tmp_path, text)
    assert ("templates/seminar/announce.txt", line) == (bad.path, bad.line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("{{ titel }}", 1, id="a name"),
        pytest.param("\n\n{{ starts.hours }}", 3, id="an attribute"),
        pytest.param("{% for s in speakers %}\n{{ s.nam }}\n{% endfor %}", 2, id="a field of a list"),
        pytest.param("{% if statsu %}a{% endif %}", 1, id="in a condition"),
        pytest.param("{% for s in speekers %}a{% endfor %}", 1, id="in a loop"),
    ],
)  # fmt: skip
def test_unknown_names(tmp_path, text, line):
    """An unknown name is an error everywhere: nothing is left out silently."""
    bad = failure(tmp_path, text, of=post(speakers=({"name": "見本 花子"},)))
    assert "the template names an unknown field" in bad.message
    assert line == bad.line


def test_an_absent_field_is_not_written(tmp_path):
    """A field that the post does not have can be asked for, not written: no post says None."""
    assert "ある" == said(tmp_path, "{% if venue %}{{ venue }}{% else %}ある{% endif %}")
    bad = failure(tmp_path, "会場：\n{{ venue }}")
    assert ("a field that the post does not have is written here", 2) == (bad.message, bad.line)


@pytest.mark.parametrize("value", [0, False, ""], ids=["zero", "false", "empty"])
def test_empty_values_are_written(tmp_path, value):
    """Only what is absent is refused."""
    assert f"。{value}" == said(tmp_path, "。{{ fee }}", of=post(fee=value))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ ''.__class__ }}", id="a class"),
        pytest.param("{{ title.__class__.__mro__ }}", id="a class's parents"),
        pytest.param("{{ title['__class__'] }}", id="by subscript"),
        pytest.param("{{ (title | attr('__class__')).__mro__ }}", id="by the attr filter"),
        pytest.param("{{ '{0.__class__}'.format(title) }}", id="by format"),
        pytest.param("{{ '{x.__class__}'.format_map({'x': title}) }}", id="by format_map"),
        pytest.param("{{ starts.__reduce__() }}", id="a method"),
        pytest.param("{{ self.__init__.__globals__ }}", id="the template itself"),
        pytest.param("{{ cycler.__init__.__globals__ }}", id="a global"),
        pytest.param("{{ title.format.__globals__ }}", id="a function's globals"),
        pytest.param("{{ tags.append('a') }}", id="a list is changed"),
        pytest.param("{{ links.clear() }}", id="a table is changed"),
    ],
)
def test_no_way_out(tmp_path, text):
    """A template reaches values and filters, not the program behind them."""
    failure(tmp_path, text, of=post(tags=["JPO"], links={"a": 1}))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{% for n in range(10 ** 9) %}a{% endfor %}", id="a power"),
        pytest.param("{% for n in range(1000000) %}a{% endfor %}", id="a long range"),
        pytest.param("{{ 'a' * 1000000000 }}", id="a text times a number"),
        pytest.param("{{ 1000000000 * 'a' }}", id="a number times a text"),
        pytest.param("{{ [title] * 1000000000 }}", id="a list times a number"),
        pytest.param(
            "{% for n in range(9999) %}{% for m in range(9999) %}{{ title }}{% endfor %}{% endfor %}",
            id="loops in loops",
        ),
        pytest.param("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", id="without end"),
        pytest.param("{% include 'seminar/announce.txt' %}", id="itself"),
        pytest.param("{{ 1 // 0 }}", id="divided by zero"),
        pytest.param("{{ '%0999999999d' % 1 }}", id="a wide number"),
        pytest.param("{{ '{:>999999999}'.format(1) }}", id="a wide format"),
        pytest.param("{{ 'a' | center(999999999) }}", id="a wide filter"),
        pytest.param("{{ 'a'.ljust(999999999) }}", id="a wide method"),
        pytest.param(
            "{% set all = namespace(x='aa') %}"
            "{% for n in range(99) %}{% set all.x = all.x ~ all.x %}{% endfor %}",
            id="doubled in a loop",
        ),
    ],
)
def test_no_running_away(tmp_path, text):
    """What would write without end, or fill the memory, is refused in good time."""
    failure(tmp_path, text)


def test_products_of_numbers(tmp_path):
    """Numbers can be multiplied."""
    assert "12" == said(tmp_path, "{{ 3 * 4 }}")


def test_most_output(tmp_path):
    """A long text is let through up to a limit far above every platform's."""
    assert MAX_OUTPUT == len(said(tmp_path, "{{ body }}", of=post(body="国" * MAX_OUTPUT)))
    failure(tmp_path, "{{ body }}", of=post(body="国" * (MAX_OUTPUT + 1)))


@pytest.mark.parametrize(
    "name",
    ["../jposocial.toml", "/etc/passwd", "seminar/../../jposocial.toml", "none.txt"],
    ids=["a level up", "a path", "levels down and up", "not there"],
)
def test_includes_stay_in_the_folder(tmp_path, name):
    """Only templates can be included."""
    (tmp_path / "jposocial.toml").write_text("secret", encoding="utf-8")
    assert "there is no template" in failure(tmp_path, f"{{% include '{name}' %}}").message


def test_an_include(tmp_path):
    """A template can take in another, with the same fields and levels."""
    templates(
        tmp_path, name="seminar/_end.txt", text="{% optional 2 %}{{ title }}{% endoptional %}"
    )
    assert "終：題" == said(tmp_path, "終：{% include 'seminar/_end.txt' %}")


def test_a_mistake_in_an_include(tmp_path):
    """A mistake of writing in an included file names that file."""
    templates(tmp_path, name="seminar/_end.txt", text="\n{{ title }")
    bad = failure(tmp_path, "{% include 'seminar/_end.txt' %}")
    assert ("templates/seminar/_end.txt", 2) == (bad.path, bad.line)


def test_nothing_is_escaped(tmp_path):
    """Posts are plain text: a sign stays the sign it is."""
    text = """<b>"A & B"</b> 'x' &amp;"""
    assert text == said(tmp_path, "{{ body }}", of=post(body=text))


def test_what_a_post_writes_is_no_template(tmp_path):
    """Braces in a post's own text are text."""
    assert "{{ title }} {% if %}" == said(
        tmp_path, "{{ body }}", of=post(body="{{ title }} {% if %}")
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("一  \n二　\n", "一\n二", id="spaces at line ends"),
        pytest.param("一\n\n\n\n二\n", "一\n\n二", id="empty lines in a row"),
        pytest.param("\n\n一\n\n", "一", id="empty lines around"),
        pytest.param("一\r\n\r\n二\r\n", "一\n\n二", id="line ends of Windows"),
        pytest.param("\ufeff一\n", "一", id="a byte order mark"),
        pytest.param("  一", "  一", id="an indent stays"),
        pytest.param("{% if title %}\n一\n{% endif %}\n二", "一\n二", id="lines of tags alone vanish"),
    ],
)  # fmt: skip
def test_tidying(tmp_path, template, expected):
    """A text has no spaces at line ends, and at most one empty line in a row."""
    assert expected == said(tmp_path, template)


def test_a_template_in_another_encoding(tmp_path):
    """A template that is not UTF-8 is a problem of that file."""
    bad = failure(tmp_path, "お知らせ".encode("shift_jis"))
    assert "templates/seminar/announce.txt" == bad.path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"seminar/announce.txt": ""}, "seminar/announce.txt", id="for all"),
        pytest.param(
            {"seminar/announce.txt": "", "seminar/announce.x.txt": ""},
            "seminar/announce.x.txt",
            id="the platform's own",
        ),
        pytest.param(
            {"seminar/announce.txt": "", "seminar/announce.facebook.txt": ""},
            "seminar/announce.txt",
            id="another platform's",
        ),
    ],
)
def test_which_template(tmp_path, files, expected):
    """A platform's own template comes before the one for all."""
    assert expected == templates(tmp_path, **files).find("seminar", "announce", "x")


def test_no_template(tmp_path):
    """Where there is none, the message says which to write."""
    with pytest.raises(BadTemplate) as caught:
        templates(tmp_path).find("seminar", "today", "x")
    assert "templates/seminar/today.txt" == caught.value.path
    assert "templates/seminar/today.txt" in caught.value.fix


def test_dates_can_be_compared(tmp_path):
    """A template can ask whether something is still to come."""
    template = "{{ 'まだ' if starts > due else 'もう' }}"
    assert "まだ" == said(tmp_path, template)
    assert "もう" == said(tmp_path, template, due=STARTS)
