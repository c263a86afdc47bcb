"""Composing: what an issue takes from the posts, and how it reads in HTML and in text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.workspace import REPOSITORY, make_workspace, run_cli, write_post

from jposocial.app import Workspace, open_workspace
from jposocial.composing import Composed, compose
from jposocial.newsletter.letter import TOKEN_MARK
from jposocial.rendering.kinsoku import columns

GOLDEN = REPOSITORY / "tests" / "golden"
ISSUE = "2027-01-14-newsletter"
BEFORE = datetime(2027, 1, 12, tzinfo=UTC)
NEWSLETTER = {
    "monthly": {
        "from": "news@example.go.jp", "list": "monthly", "purpose": "the newsletter",
        "publisher": "見本センター", "address": "見本市1-1", "contact": "office@example.go.jp",
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("samples")
    for name in ("posts", "templates"):
        shutil.copytree(REPOSITORY / name, root / name)
    shutil.copy(REPOSITORY / "jposocial.toml", root)
    return open_workspace(root)


@pytest.fixture(scope="module")
def sample(samples: Workspace) -> Composed:
    return compose(samples, ISSUE, now=BEFORE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(
        tmp_path, newsletter=NEWSLETTER, web={"base_url": "https://mail.example.go.jp"}
    )


def issue(root: Path, name: str = "issue", **fields: object) -> Path:
    fields = {"kind": "newsletter", "number": 1, "date": "2027-01-14"} | fields
    return write_post(root, name, **fields)


def composed(root: Path, name: str = "issue") -> Composed:
    return compose(open_workspace(root), name, now=BEFORE)


def rules(found: Composed) -> set[str]:
    return {problem.rule for problem in found.problems}


@pytest.mark.parametrize(
    ("lang", "form"), [("ja", "txt"), ("en", "txt"), ("ja", "html"), ("en", "html")]
)
def test_the_sample_reads_as_the_golden_file(sample: Composed, lang: str, form: str):
    """What readers will see of the sample issue, to the letter."""
    letter = sample.letters[lang]
    found = letter.html if form == "html" else letter.text
    golden = GOLDEN / f"newsletter.{lang}.{form}"
    if os.environ.get("JPOSOCIAL_WRITE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == found


def test_the_sample_has_nothing_wrong(sample: Composed):
    """And all that belongs in it, with a calendar entry for its seminar."""
    assert [] == [p for p in sample.problems if p.severity == "error"]
    assert {"2027-01-seminar-health", "2027-01-vacancy-fao-statistics", "2027-01-site-faq"} <= set(
        sample.used
    )
    assert ["2027-01-seminar-health.ics"] == [a.name for a in sample.letters["ja"].attachments]


def test_a_line_is_no_wider_than_a_telephone(sample: Composed):
    """34 full-width columns, and one more for a sign that must not begin a line; addresses whole."""
    for line in sample.letters["ja"].text.splitlines():
        assert columns(line) <= 70 or line.startswith("https://")
    assert "\n" + f"https://mail.example.go.jp/u/{TOKEN_MARK}" + "\n" in sample.letters["ja"].text


def test_nothing_secret_and_nothing_remote(sample: Composed):
    """No way into a meeting, no image, no style and no script from elsewhere."""
    for letter in sample.letters.values():
        assert "meeting.example.org" not in letter.html + letter.text
        assert not re.search(r"<(img|script|link|iframe)|url\(|@import|src=", letter.html)


class Used(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.styles += [value or "" for name, value in attrs if name == "style"]


def properties(styles: list[str]) -> Iterator[str]:
    for style in styles:
        for declaration in style.split(";"):
            if declaration.strip():
                yield declaration.partition(":")[0].strip()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_client_draws_it(sample: Composed, lang: str):
    """Only elements, attributes and properties that each of the named mail programs knows."""
    table = tomllib.loads((Path(__file__).parent / "clients.toml").read_text("utf-8"))
    used = Used()
    used.feed(sample.letters[lang].html)
    assert set() == used.elements - set(table["elements"])
    assert set() == used.attributes - set(table["attributes"])
    assert set() == set(properties(used.styles)) - set(table["properties"])


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_checker_of_html_finds_nothing(sample: Composed, lang: str, tmp_path: Path):
    """Valid to an HTML checker, whatever mail programs would forgive."""
    if shutil.which("tidy") is None:
        pytest.skip("tidy is not installed")
    path = tmp_path / "issue.html"
    path.write_text(sample.letters[lang].html, encoding="utf-8")
    # The width of a table stands in an attribute for Outlook, which reads no other.
    ran = subprocess.run(
        ["tidy", "-quiet", "-errors", "-utf8", "--warn-proprietary-attributes", "no", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [] == [line for line in ran.stderr.splitlines() if "Error" in line or "missing" in line]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def inverted(colour: str) -> str:
    return "#" + "".join(f"{255 - int(colour[i : i + 2], 16):02x}" for i in (1, 3, 5))


def test_colours_survive_inversion(sample: Composed):
    """Every colour of letters has a contrast of 4.5 on the ground, inverted as well (WCAG 1.4.3)."""
    html = sample.letters["ja"].html
    colours = set(re.findall(r"(?<!-)\bcolor: ?(#[0-9a-f]{6})", html))
    assert colours
    for colour in colours:
        assert contrast(colour, "#ffffff") >= 4.5
        assert contrast(inverted(colour), inverted("#ffffff")) >= 4.5


def seminar(root: Path, name: str, **fields: object) -> None:
    write_post(
        root, name, kind="seminar", title=f"セミナー {name}", starts="2027-01-28 19:00",
        ends="2027-01-28 20:00", status="tentative", accounts=["x", "mail"], **fields,
    )  # fmt: skip


def test_who_is_a_member(root: Path):
    """`mail` among the accounts, or no accounts at all; no draft, and no file with an error."""
    issue(root)
    seminar(root, "in")
    write_post(root, "notice", publish="2027-01-13", text={"x": "お知らせ"})
    write_post(root, "not-mail", publish="2027-01-13", accounts=["x"], text={"x": "お知らせ二"})
    write_post(root, "draft", publish="2027-01-13", ready=False)
    write_post(root, "broken", publish="2027-01-13", body="締切は2月5日(日)です。")
    assert {"in", "notice"} == set(composed(root).used)


def test_news_are_those_since_the_issue_before(root: Path):
    """Neither what an earlier issue had, nor what is still to come."""
    issue(root, "first", date="2027-01-07")
    issue(root)
    for name, day in (("old", "2027-01-07"), ("new", "2027-01-08"), ("late", "2027-01-15")):
        write_post(root, name, publish=day, text={"x": f"お知らせ{name}"})
    assert ("new",) == composed(root).used


def test_a_testimonial_by_turns(root: Path):
    """One an issue, whose consent covers mail on that day; the one that was longest away."""
    for name, scope in (("a", ["mail"]), ("b", ["mail"]), ("c", ["x"])):
        write_post(
            root, name, kind="testimonial", title=f"声 {name}", person={"name": "見本 花子"},
            quote=f"言葉{name}です。", accounts=["mail"] if "mail" in scope else ["x"],
            consent={"id": name, "scope": scope, "from": "2026-01-01", "until": "2027-12-31"},
        )  # fmt: skip
    issue(root, "first", date="2027-01-07")
    issue(root)
    assert ("a",) == composed(root, "first").used
    assert ("b",) == composed(root).used


def test_staff_have_the_last_word(root: Path):
    """Order, headings and words of a section, which posts, how many."""
    seminar(root, "one")
    seminar(root, "two")
    issue(
        root,
        sections=[{"section": "seminars", "title": "わたしの見出し", "intro": "ひとこと。", "posts": ["two", "one"]}],
    )  # fmt: skip
    found = composed(root)
    assert ("two", "one") == found.used
    assert "■ わたしの見出し\n\nひとこと。" in found.letters["ja"].text
    issue(root, sections=[{"section": "seminars", "exclude": ["one"]}])
    assert ("two",) == composed(root).used


def test_a_cancelled_seminar_is_said_once_it_was_announced(root: Path):
    """Readers who have it in their calendar are told, with an entry that takes it out."""
    issue(root, "first", date="2027-01-07")
    issue(root)
    write_post(
        root, "gone", kind="seminar", title="中止のセミナー", starts="2027-01-28 19:00",
        ends="2027-01-28 20:00", status="cancelled", accounts=["mail"],
    )  # fmt: skip
    letter = composed(root).letters["ja"]
    assert "【中止】中止のセミナー" in letter.text
    assert b"METHOD:CANCEL" in letter.attachments[0].content


def test_an_unknown_field_in_a_template(root: Path):
    """F06 with the file and the line; `check` says it too, and nothing can be frozen."""
    issue(root)
    template = root / "templates" / "newsletter" / "issue.ja.txt"
    template.write_text(template.read_text("utf-8") + "\n{{ nonsense }}\n", encoding="utf-8")
    (problem,) = [p for p in composed(root).problems if p.rule == "F06"]
    assert ("templates/newsletter/issue.ja.txt", True) == (problem.path, problem.line > 60)
    ran = run_cli(["check", "--now", "2027-01-12 09:00"], root)
    assert (1, True) == (ran.code, "F06" in ran.out)
    assert 1 == run_cli(["newsletter", "freeze", "issue"], root).code


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("{{ unsubscribe }}", "txt"),
        ("{{ newsletter.address }}", "txt"),
        ("{{ newsletter.contact }}", "html"),
        ('<a href="{{ unsubscribe }}">{{ unsubscribe }}</a>', "html"),
    ],
)
def test_a_mail_without_its_publisher_is_refused(root: Path, line: str, form: str):
    """E18, in HTML and in text: what the law asks is no matter of taste."""
    issue(root)
    template = root / "templates" / "newsletter" / f"issue.ja.{form}"
    before = template.read_text("utf-8")
    template.write_text(before.replace(line, ""), encoding="utf-8")
    assert before != template.read_text("utf-8")
    assert {"E18"} == rules(composed(root))


def test_a_newsletter_must_be_named_where_there_are_two(root: Path):
    """E18, with the names that there are."""
    toml = root / "jposocial.toml"
    toml.write_text(
        toml.read_text("utf-8") + toml.read_text("utf-8")[toml.read_text("utf-8").index("[newsletter.monthly]") :]
        .split("[web]")[0].replace("newsletter.monthly", "newsletter.other"), "utf-8",
    )  # fmt: skip
    issue(root)
    assert {"E18"} == rules(composed(root))
    issue(root, newsletter="other")
    assert set() == rules(composed(root))


def test_too_long_for_gmail(root: Path):
    """E06: what would be cut, and the link to leave with it."""
    issue(root, preface="長い文章です。" * 8000)
    assert "E06" in rules(composed(root))


def test_composing_again_gives_the_same(samples: Workspace, sample: Composed):
    """Byte for byte, at another hour too: what was approved can be compared."""
    again = compose(samples, ISSUE, now=datetime(2027, 1, 13, 12, tzinfo=UTC))
    assert sample.letters == again.letters


def test_show_is_what_readers_get(root: Path):
    """`show` of an issue is its plain text in each language."""
    issue(root, preface="はじめに。")
    ran = run_cli(["show", "issue", "--now", "2027-01-12 09:00"], root)
    assert 0 == ran.code
    assert "はじめに。" in ran.out
    assert "https://mail.example.go.jp/u/" in ran.out
