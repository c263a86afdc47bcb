"""A text is made once for all accounts on which it reads the same, and for no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.rendering.given import DUE, FACEBOOK, X, post, templates

from jposocial.model import Account
from jposocial.rendering.render import Renderer, render
from jposocial.rendering.templates import Rendered, Templates

ACCOUNTS = (
    X,
    replace(X, name="x2"),
    replace(X, name="x-en", lang="en"),
    FACEBOOK,
    replace(FACEBOOK, name="facebook2"),
)

#: Template → how often it is rendered for these accounts; English has a file of its own.
TEMPLATES = {
    "nothing of the account": ("{{ title }}", 2),
    "account": ("{{ title }} {{ account }}", 5),
    "platform": ("{{ title }} {{ platform }}", 3),
    "language": ("{{ title }} {{ lang }}", 2),
    "language, in a filter": ("{{ starts|jst }}", 2),
    "account, in a condition": ("{% if account == 'x' %}{{ title }}{% else %}別{% endif %}", 5),
    "account, behind a condition": ("{% if platform == 'x' %}{{ account }}{% else %}別{% endif %}", 5),
    "account, included": ("{{ title }}{% include 'seminar/_tail.txt' %}", 5),
    "account, in a block that fits": ("題{% optional 1 %}{{ account }}{% endoptional %}", 5),
}  # fmt: skip


class Counting(Templates):
    """Templates that know how often they were rendered."""

    count = 0

    def rendered(self, name: str, values, level: int) -> Rendered:
        self.count += 1
        return super().rendered(name, values, level)


def folder(root: Path, template: str) -> Counting:
    given = {"seminar/_tail.txt": " {{ account }}", "seminar/announce.en.txt": template}
    templates(root, text=template, **given)
    return Counting(root)


def texts(found: Renderer, accounts: tuple[Account, ...]) -> list[str]:
    return [found.variant("announce", DUE, one).parts[0].text for one in accounts]


@pytest.mark.parametrize(("template", "times"), TEMPLATES.values(), ids=TEMPLATES)
def test_rendered_once(tmp_path, template, times):
    """So often as the accounts differ in what the template uses."""
    counting = folder(tmp_path, template)
    texts(Renderer(post(), counting), ACCOUNTS)
    assert times == counting.count


@pytest.mark.parametrize("template", [t for t, _ in TEMPLATES.values()], ids=TEMPLATES)
@pytest.mark.parametrize("accounts", [ACCOUNTS, ACCOUNTS[::-1]], ids=["forwards", "backwards"])
def test_reads_as_alone(tmp_path, template, accounts):
    """Rendered with the others or alone, a variant is the same."""
    counting = folder(tmp_path, template)
    alone = [render(post(), "announce", DUE, one, counting) for one in accounts]
    found = Renderer(post(), counting)
    assert alone == [found.variant("announce", DUE, one) for one in accounts]


def test_dropped_for_one_platform(tmp_path):
    """What X has no room for is kept on Facebook."""
    text = "題{% optional 1 %}" + 150 * "長" + "{% endoptional %}"
    found = texts(Renderer(post(), folder(tmp_path, text)), ACCOUNTS)
    assert ["題"] * 3 + ["題" + 150 * "長"] * 2 == found


def test_nothing_to_drop(tmp_path):
    """A text that is too long, and has no optional blocks, is not rendered again."""
    counting = folder(tmp_path, 150 * "長")
    assert [150 * "長"] == texts(Renderer(post(), counting), (X,))
    assert 1 == counting.count


def test_another_day(tmp_path):
    """A text of another moment in time is another text."""
    found = Renderer(post(), folder(tmp_path, "あと{{ starts|days_left }}日"))
    later = DUE.replace(day=DUE.day - 1)
    both = [found.variant("announce", due, X).parts[0].text for due in (DUE, later)]
    assert both[0] != both[1]
