"""Messages: English sentences that remember how they were made."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from jposocial import messages
from jposocial.messages import joined, localised, msg

TRANSLATIONS = {
    "{count} posts in {place}": "{place}に{count}件",
    "the folder": "フォルダ",
    "Mon": "月",
    "no braces {here": "波括弧{なし",
}


@pytest.fixture
def japanese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of these few sentences."""
    catalogue = Catalog(locale="ja")
    for source, target in TRANSLATIONS.items():
        catalogue.add(source, target)
    folder = tmp_path / "ja" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "jposocial.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(messages, "LOCALE_DIR", str(tmp_path))
    messages.catalogue.cache_clear()
    yield
    messages.catalogue.cache_clear()


def test_english_is_the_value() -> None:
    """A message is its English sentence."""
    message = msg("{count} posts in {place}", count=3, place="posts/")
    assert "3 posts in posts/" == message
    assert "3 posts in posts/" == message.localised("en")
    assert "{count} posts in {place}" == message.template


@pytest.mark.usefixtures("japanese")
def test_japanese() -> None:
    """The translation may turn the parameters round; messages among them are said too."""
    message = msg("{count} posts in {place}", count=3, place=msg("the folder"))
    assert "3 posts in the folder" == message
    assert "フォルダに3件" == message.localised("ja")
    assert "フォルダに3件" == localised(message, "ja")


@pytest.mark.usefixtures("japanese")
def test_without_translation() -> None:
    """What has no translation, and a language that has no catalogue, say the English."""
    assert "a new sentence, 1" == msg("a new sentence, {n}", n=1).localised("ja")
    assert "the folder" == msg("the folder").localised("fr")


@pytest.mark.usefixtures("japanese")
def test_plain_text_stays() -> None:
    """Text that is no message is nobody's to translate."""
    assert "the folder" == localised("the folder", "ja")
    assert "the folder" == msg("{what}", what="the folder").localised("ja")


@pytest.mark.usefixtures("japanese")
def test_joined() -> None:
    """A list is said item by item."""
    assert "フォルダ, x, 月" == joined([msg("the folder"), "x", msg("Mon")]).localised("ja")
    assert "the folder / x" == joined([msg("the folder"), "x"], " / ")
    assert "" == joined([])


def test_filled() -> None:
    """A template that was passed along is filled later."""
    assert "3 in x" == msg("{count} in {place}").filled(count=3, place="x")


@given(st.text(), st.text())
def test_parameters_are_never_templates(first: str, second: str) -> None:
    """Whatever a parameter holds, braces and percent signs too, it is said as it is."""
    message = msg("«{first}» and «{second}»", first=first, second=second)
    assert f"«{first}» and «{second}»" == message
    for language in ("ja", "en"):
        assert f"«{first}» and «{second}»" == message.localised(language)


def test_shipped_catalogue_can_be_read() -> None:
    """The catalogue that is in the package, where there is one, is a catalogue."""
    assert isinstance(messages.catalogue("ja"), gettext.NullTranslations)
