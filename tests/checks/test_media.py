"""E14: an image has an alternative text that says something, and a credit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.checks.office import post, problems
from tests.workspace import checked, make_workspace, write_post

from jposocial.checks.media import media

FILE = "media/2027-01-seminar.png"
CREDIT = "国際機関人事センター"


def said(alt: str | None, credit: str | None = CREDIT, file: str = FILE) -> list[str]:
    """What is wrong with one image, in a word or two."""
    seen = problems(post("notice", media=({"file": file, "alt": alt, "credit": credit},)), media)
    assert {"E14"} >= {p.rule for p in seen}
    assert all(p.fix for p in seen)
    return [str(p.message).removeprefix(f"{file}: ") for p in seen]


@pytest.mark.parametrize("alt", [None, "", "  ", "\u3000"])
def test_missing_alt(alt: str | None) -> None:
    """Blank is missing."""
    assert ["the alternative text ('alt') is missing"] == said(alt)


@pytest.mark.parametrize(
    "alt",
    [
        "画像",
        "写真",
        "写真1",
        "画像①",
        "「写真」",
        "イラスト",
        "バナー画像",
        "image",
        "Photo 2",
        "IMG_1234",
        "DSC00012.JPG",
        "2027-01-seminar.png",
        "2027-01-seminar",
        "media/2027-01-seminar.png",
        "ｉｍａｇｅ",
        "図１",
        "なし",
        "---",
    ],
)
def test_alt_that_says_nothing(alt: str) -> None:
    """The name of the file, or that it is an image, is no alternative text."""
    assert [f"'{alt}' does not say what the image shows"] == said(alt)


@pytest.mark.parametrize(
    "alt",
    [
        "セミナーの会場で話す職員",
        "JPOの応募者数のグラフ。2020年度325人、2021年度352人",
        "国際機関人事センターのロゴ",
        "写真：ジャカルタの病院で働く職員",
        "ポスター「オンライン国際機関就職セミナー 1月21日(木)」",
        "A health officer at work in Jakarta",
        "会場",
    ],
)
def test_alt(alt: str) -> None:
    """A sentence, or a word for what can be seen."""
    assert [] == said(alt)


@pytest.mark.parametrize("credit", [None, "", " ", "\u3000\n", "\t", "  "])
def test_missing_credit(credit: str | None) -> None:
    """Blank is missing."""
    assert ["the credit is missing"] == said("会場の様子", credit)


@pytest.mark.parametrize(
    "credit", ["外務省", "UN Photo/見本", "撮影：見本 花子", "©UNICEF", "提供写真", "センター職員"]
)
def test_credit(credit: str) -> None:
    """Any credit will do."""
    assert [] == said("会場の様子", credit)


def test_both_are_missing() -> None:
    """Each is named, of each image."""
    two = post(
        "notice",
        media=({"file": "a.png"}, {"file": "b.png", "alt": "会場の様子", "credit": "外務省"}),
    )
    assert 2 == len(problems(two, media))


@pytest.mark.parametrize("fields", [{}, {"media": None}, {"media": ()}])
def test_no_media(fields: dict[str, Any]) -> None:
    """Without images there is nothing to say."""
    assert [] == problems(post("notice", **fields), media)


def test_lines(tmp_path: Path) -> None:
    """The line is that of the image in the file."""
    root = make_workspace(tmp_path)
    write_post(
        root,
        "n",
        "本文です。",
        publish="2027-01-13",
        media=[{"file": "media/a.png", "alt": "画像", "credit": "外務省"}],
    )
    assert [("E14", 6)] == [(p["rule"], p["line"]) for p in checked(root) if p["rule"] == "E14"]
