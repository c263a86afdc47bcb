from __future__ import annotations

from pathlib import Path

import pytest
from tests.rendering.given import DUE, FACEBOOK, X, post, rendered, said, templates

from jposocial.model import Media, Post
from jposocial.platforms import platform
from jposocial.rendering.errors import BadTemplate
from jposocial.rendering.render import render
from jposocial.rendering.templates import Templates

#: A workspace without templates.
NOWHERE = Path("/nowhere")

SECRETS = ("join_url", "consent")


def own(text, *, on=X, moment="announce", root=NOWHERE, **fields):
    """A post with a text of its own, in a workspace without templates."""
    return render(post(text={on.name: {moment: text}}, **fields), moment, DUE, on, Templates(root))


def test_a_variant(tmp_path):
    """A variant says what it is of, what it reads, its count, its cost and its source."""
    found = rendered(tmp_path, "{{ title }}\nhttps://example.go.jp/", on=X)
    assert ("p", "seminar", "announce", "x", "x") == (
        found.post, found.kind, found.moment, found.account, found.platform
    )  # fmt: skip
    (part,) = found.parts
    assert ("題\nhttps://example.go.jp/", 26, 280) == (part.text, part.length, part.limit)
    assert 0.2 == found.cost_usd
    assert ("templates/seminar/announce.txt", 1) == (found.source, found.source_line)


def test_what_a_template_sees(tmp_path):
    """The post's fields, and what it is about to become."""
    template = "{{ id }},{{ kind }},{{ moment }},{{ account }},{{ platform }},{{ lang }},{{ body }}"
    assert "p,seminar,announce,x,x,ja,本文" == said(tmp_path, template, on=X)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ NAME }}", id="by name"),
        pytest.param("{% if NAME %}ある{% endif %}", id="in a condition"),
        pytest.param("{{ self._TemplateReference__context['NAME'] }}", id="from the context"),
        pytest.param("{{ media[0].NAME }}", id="of a picture"),
        pytest.param("{{ speakers[0]['NAME'] }}", id="of a speaker"),
    ],
)
def test_secrets_are_out_of_reach(tmp_path, name, template):
    """No template reaches the join link or a consent, wherever it stands."""
    secret = {"join_url": "https://meeting.example.org/j/secret", "consent": "C-9"}
    of = post(media=({"file": "a.png", "alt": "絵", **secret},), speakers=(secret,))
    with pytest.raises(BadTemplate):
        said(tmp_path, template.replace("NAME", name), of=of)


def test_secrets_are_not_written_with_the_rest(tmp_path):
    """A list that is written as it is shows none of it either."""
    of = post(media=({"file": "a.png", "alt": "絵", "consent": "C-9"},))
    assert "C-9" not in said(tmp_path, "{{ media }}", of=of)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        pytest.param(135, ["二", "三", "一"], id="all fits"),
        pytest.param(137, ["一", "二"], id="without the third"),
        pytest.param(138, ["一"], id="without the second and the third"),
        pytest.param(139, [], id="without any"),
    ],
)
def test_fitting(tmp_path, length, expected):
    """The highest numbers are dropped first, wherever they stand, until the text fits."""
    template = (
        "{{ body }}\n{% optional 2 %}\n二\n{% endoptional %}\n"
        "{% optional 3 %}\n三\n{% endoptional %}\n{% optional 1 %}\n一\n{% endoptional %}\n"
    )
    found = said(tmp_path, template, of=post(body="国" * length), on=X)
    assert sorted(expected) == sorted(found.split("\n")[1:])
    assert platform("x").measure(found).valid


def test_too_long_is_never_cut(tmp_path):
    """What does not fit without its optional blocks stays whole, and says how long it is."""
    found = rendered(
        tmp_path, "{{ body }}{% optional 1 %}一{% endoptional %}", of=post(body="国" * 141), on=X
    )
    (part,) = found.parts
    assert ("国" * 141, 282, 280) == (part.text, part.length, part.limit)


def test_each_part_is_fitted(tmp_path):
    """A thread's parts have room each: nothing is dropped for the whole being long."""
    template = "{{ body }}\n---part---\n{{ body }}{% optional 1 %}終{% endoptional %}"
    found = rendered(tmp_path, template, of=post(body="国" * 130), on=X)
    assert ["国" * 130, "国" * 130 + "終"] == [part.text for part in found.parts]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ title }} {% if %} {# #}", id="braces"),
        pytest.param("一\n\n\n  二", id="empty lines and indents"),
        pytest.param("100% #JPO ＆ <b>", id="signs"),
    ],
)
def test_a_text_of_ones_own(text):
    """`text:` goes out as it is: no template, no tidying."""
    found = own(text)
    assert [text] == [part.text for part in found.parts]


def test_a_text_of_ones_own_is_found_in_the_file():
    """Problems of such a text point to its line in the content file."""
    found = own("本文", lines={"id": 2, "text.x": 5, "text.x.announce": 6})
    assert ("posts/p.md", 6) == (found.source, found.source_line)
    assert 5 == own("本文", lines={"id": 2, "text.x": 5}).source_line


def test_a_text_of_ones_own_is_for_its_moment_and_account(tmp_path):
    """Other moments and accounts have their templates."""
    of = post(text={"x": {"announce": "自分の文"}})
    known = templates(
        tmp_path, text="型", **{"seminar/today.txt": "当日", "seminar/announce.facebook.txt": "頁"}
    )
    found = [
        render(of, moment, DUE, on, known).parts[0].text
        for moment, on in (("announce", X), ("today", X), ("announce", FACEBOOK))
    ]
    assert ["自分の文", "当日", "頁"] == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("一\n---part---\n二", ["一", "二"], id="two"),
        pytest.param("一\n\n---part---\n\n二\n ---part--- \n三", ["一", "二", "三"], id="spaces around"),
        pytest.param("一---part---二", ["一---part---二"], id="not on its own line"),
        pytest.param("一\n---part---", ["一", ""], id="nothing behind: an empty part, for check"),
    ],
)  # fmt: skip
def test_parts(text, expected):
    """A line `---part---` makes a thread."""
    assert expected == [part.text for part in own(text).parts]


def test_cost_and_count_are_each_parts():
    """Each part is counted; the cost is that of all."""
    found = own("国際\n---part---\nhttps://example.go.jp/")
    assert [4, 23] == [part.length for part in found.parts]
    assert 0.215 == found.cost_usd


def test_media_go_with_the_first_part():
    """Pictures, with their alternative texts, are the first part's."""
    pictures = ({"file": "a.png", "alt": "講師の写真"}, {"file": "b.png", "alt": None})
    found = own("一\n---part---\n二", media=pictures)
    expected = (Media(file="a.png", alt="講師の写真"), Media(file="b.png", alt=""))
    assert [expected, ()] == [part.media for part in found.parts]


def test_a_post_of_another_kind(tmp_path):
    """A kind's templates are in its folder."""
    of = Post(id="n", kind="notice", title="年末", path="posts/n.md")
    known = templates(tmp_path, name="notice/announce.txt", text="【お知らせ】{{ title }}")
    assert "【お知らせ】年末" == render(of, "announce", DUE, FACEBOOK, known).parts[0].text


def test_the_same_values_give_the_same_text(tmp_path):
    """Rendering depends on nothing but its arguments."""
    assert rendered(tmp_path, "{{ starts | jst }}") == rendered(tmp_path, "{{ starts | jst }}")
