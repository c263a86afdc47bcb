"""What the English accounts say: templates of their own, the file's English, no Japanese."""

from __future__ import annotations

import re

import pytest
from tests.rendering.english import CHANGES, GOLDEN, KINDS, changed, office, shown, write_bilingual
from tests.workspace import REPOSITORY, checked, make_workspace, run_cli, write_post

from jposocial import open_workspace

GOLDENS = {path.name: path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.txt"))}

#: A Japanese account beside an English one, on the same platform.
BOTH = {"english": {"platform": "facebook", "handle": "page.en", "lang": "en"}}


def targets(root, post):
    """The accounts that the post has something planned on."""
    plan = open_workspace(root).plan()
    found = {p.account for p in plan.placements if p.post == post}
    return found | {u.account for u in plan.unplaced if u.post == post}


def accounts_of(root, post):
    return {v.account for v in open_workspace(root).render(post)}


def test_every_kind_has_its_golden_file():
    """There is one for each kind that goes out, and no other."""
    assert sorted(f"{kind}.txt" for kind in KINDS) == list(GOLDENS)


@pytest.mark.parametrize("kind", KINDS)
def test_golden(tmp_path, kind):
    """Readers see what somebody has read and found good."""
    assert GOLDENS[f"{kind}.txt"] == shown(office(tmp_path, kind))[f"{kind}.txt"]


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed(tmp_path, name):
    """What is moved, full or cancelled reads as somebody has read it, without a letter of Japanese."""
    text = (GOLDEN / "changed" / name).read_text(encoding="utf-8")
    assert text == changed(tmp_path, name)
    assert [] == re.findall(r"[ぁ-ゖァ-ヺ一-鿿]", text)


@pytest.mark.parametrize("kind", KINDS)
def test_no_japanese(kind):
    """No letter of Japanese is in what the templates and the fields make."""
    assert [] == re.findall(r"[ぁ-ゖァ-ヺ一-鿿]", GOLDENS[f"{kind}.txt"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_checks_agree(tmp_path, kind):
    """No error and no W19 in a post whose two languages say the same."""
    found = checked(office(tmp_path, kind))
    assert [] == [p for p in found if p["severity"] == "error" or p["rule"] == "W19"]


@pytest.mark.parametrize(
    ("english", "rules"),
    [
        pytest.param("Come on Fri 5 February.", set(), id="right"),
        pytest.param("Come on Thu 4 February.", {"W19"}, id="another day than in Japanese"),
        pytest.param("Come on Thu 5 February.", {"E01"}, id="a wrong weekday"),
        pytest.param("Please come at 19:00 on Fri 5 February.", {"E12", "W19"}, id="a time without its zone"),
    ],
)  # fmt: skip
def test_dates_in_english(tmp_path, english, rules):
    """The rules read the English as they read the Japanese."""
    root = office(tmp_path, "notice")
    write_post(
        root, "dated", f"2月5日(金)にお越しください。\n<!-- en -->\n{english}", publish="2027-01-20",
        title="題", lang="both", en={"title": "A title"},
    )  # fmt: skip
    found = {p["rule"] for p in checked(root) if p["post"] == "dated"}
    assert rules == found & {"E01", "E12", "W19"}


def test_every_template_has_an_english_one():
    """Whatever moment can be written in Japanese can be written in English."""
    folder = REPOSITORY / "templates"
    japanese = {
        path.relative_to(folder).as_posix().removesuffix(".txt").removesuffix(".ja")
        for path in folder.rglob("*.txt")
        if not path.name.endswith(".en.txt")
        and path.relative_to(folder).parts[0] in (*KINDS, "newsletter")
    }
    english = {
        path.relative_to(folder).as_posix().removesuffix(".en.txt")
        for path in folder.rglob("*.en.txt")
    }
    assert set() == {name for name in japanese if "." not in name} - english
    assert set() == english - japanese


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, {"x", "facebook"}, id="Japanese alone"),
        pytest.param({"lang": "ja"}, {"x", "facebook"}, id="said to be Japanese"),
        pytest.param({"lang": "both", "en": {"title": "A title"}}, {"x", "facebook", "english"}, id="both"),
        pytest.param({"lang": "en"}, {"x", "facebook", "english"}, id="English alone"),
        pytest.param({"text": {"english": "A text."}}, {"x", "facebook", "english"}, id="a text of its own"),
        pytest.param({"en": {"text": {"english": "A text."}}}, {"x", "facebook", "english"}, id="an English text of its own"),
        pytest.param({"lang": "both", "en": {"title": "A title"}, "accounts": ["english"]}, {"english"}, id="there alone"),
    ],
)  # fmt: skip
def test_who_is_told(tmp_path, fields, expected):
    """An English account takes what has English, a Japanese one everything as ever."""
    root = make_workspace(tmp_path, accounts=BOTH)
    write_post(root, "hello", "本文です。", **fields)
    assert expected == accounts_of(root, "hello") == targets(root, "hello")
    assert [] == [p for p in checked(root) if p["severity"] == "error" or p["rule"] == "W17"]


def test_no_warning_for_an_account_that_is_not_told(tmp_path):
    """W17 does not ask for an English account where the post has no English; else it does."""
    cadence = {"notice": {name: [{"moment": "announce", "at": "publish"}] for name in ("x", "facebook", "english")}}  # fmt: skip
    root = make_workspace(tmp_path, accounts=BOTH, cadence=cadence)
    write_post(root, "hello", "本文です。", accounts=["x", "facebook"])
    assert [] == [p for p in checked(root) if p["rule"] == "W17"]
    write_post(root, "hello", "本文です。", accounts=["x", "facebook"], lang="both", en={"title": "A title"})  # fmt: skip
    assert ["W17"] == [p["rule"] for p in checked(root) if p["rule"] == "W17"]


@pytest.mark.parametrize(
    ("fields", "line", "account"),
    [
        pytest.param({"lang": "both"}, "en.title", "english", id="no title"),
        pytest.param({"lang": "both", "en": {"text": {"x": "A text."}}}, "en.title", "english", id="a text for another account"),
        pytest.param({"accounts": ["x", "english"]}, "no English", "english", id="named, and no English at all"),
    ],
)  # fmt: skip
def test_english_that_is_missing(tmp_path, fields, line, account):
    """E09 where the file sends to an English account what it does not have."""
    root = make_workspace(tmp_path, accounts=BOTH)
    write_post(root, "hello", "本文です。", **fields)
    (found,) = [p for p in checked(root) if p["rule"] == "E09"]
    assert "error" == found["severity"]
    assert line in found["message"]
    assert account in found["message"]


@pytest.mark.parametrize("title", [None, "A title"])
def test_no_english_account_no_rule(tmp_path, title):
    """Where all accounts are Japanese, English is for the newsletter and nobody asks for it."""
    root = make_workspace(tmp_path)
    write_post(root, "hello", "本文です。", lang="both", en={"title": title} if title else None)
    assert [] == [p for p in checked(root) if p["rule"] == "E09"]


def test_no_japanese_template_instead(tmp_path):
    """Where the English template is missing it is F06, however good the Japanese one is."""
    root = make_workspace(tmp_path, accounts=BOTH)
    (root / "templates/notice/announce.en.txt").unlink()
    write_bilingual(root, "notice")
    (found,) = [p for p in checked(root) if p["rule"] == "F06"]
    assert ("english", "templates/notice/announce.en.txt") == (found["account"], found["path"])
    assert 1 == run_cli(["show", "the-notice", "--account", "english"], root).code


def test_which_text_goes_first(tmp_path):
    """`en.text` before `text` before the template, on an English account alone."""
    root = make_workspace(tmp_path, accounts=BOTH)
    texts = {"text": {"english": "Second.", "x": "日本語。"}, "en": {"title": "T", "text": {"english": "First."}}}  # fmt: skip
    write_post(root, "hello", "本文です。", lang="both", **texts)
    found = {v.account: v.parts[0].text for v in open_workspace(root).render("hello")}
    assert ("First.", "日本語。") == (found["english"], found["x"])
    assert found["facebook"].startswith("【お知らせ】")


def test_english_alone(tmp_path):
    """A file that is all in English has its title and its body in the usual places."""
    root = make_workspace(tmp_path, accounts=BOTH)
    write_post(root, "hello", "The body.", title="The title", lang="en", accounts=["english"])
    (found,) = open_workspace(root).render("hello")
    assert "Notice: The title\n\nThe body." == found.parts[0].text


def test_a_moment_that_there_is_not(tmp_path):
    """A slip in the name of a moment under `en.text` is as wrong as under `text`."""
    root = make_workspace(tmp_path, accounts=BOTH)
    write_post(root, "hello", "本文です。", en={"text": {"english": {"anounce": "A text."}}})
    assert ["F04"] == [p["rule"] for p in checked(root) if p["severity"] == "error"]
