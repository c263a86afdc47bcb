"""Workspaces of many posts for measuring: notices, and every kind of post as it is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import jposocial

_STARTER = Path(jposocial.__file__).resolve().parents[2]
_ACCOUNTS = [(f"x{n}", "x") for n in range(5)] + [(f"facebook{n}", "facebook") for n in range(4)]

_POST = """---
id: post-{n:05d}
kind: notice
title: 業務のお知らせ その{n}
publish: {day}
links:
  - {{url: https://example.go.jp/notice/{n}, label: 案内}}
tags: [国際機関, JPO]
sample: true
---
{month}月{dom}日から、窓口の受付時間が変わります。受付は9:00から17:00までです。
ご不明の点は、案内のページをご覧ください。ご不便をおかけします。
"""


def make_tree(root: Path, posts: int) -> None:
    """`posts` notices, spread over a year, for nine accounts without caps and gaps."""
    (root / "templates" / "notice").mkdir(parents=True)
    template = _STARTER / "templates" / "notice" / "announce.txt"
    (root / "templates" / "notice" / "announce.txt").write_bytes(template.read_bytes())
    (root / "jposocial.toml").write_text(_configuration(_ACCOUNTS), encoding="utf-8")
    first = date(2027, 1, 4)
    for n in range(posts):
        folder = root / "posts" / f"{n // 500:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        day = first + timedelta(days=n % 360)
        text = _POST.format(n=n, day=day, month=day.month, dom=day.day)
        (folder / f"post-{n:05d}.md").write_text(text, encoding="utf-8")


def make_mix(root: Path, posts: int) -> None:
    """`posts` posts of every kind: the samples again and again, no two with the same words."""
    shutil.copytree(_STARTER / "templates", root / "templates")
    shutil.copytree(_STARTER / "posts" / "registers", root / "posts" / "registers")
    shutil.copytree(_STARTER / "posts" / "media", root / "posts" / "media")
    both = [("x", "x"), ("facebook", "facebook")]
    # Hundreds of vacancies for one day: with a cap most would go out when it is too late.
    uncapped = "[cadence.vacancy]\ndaily_cap = 100000\n"
    configuration = f"{_configuration(both)}\n{uncapped}"
    (root / "jposocial.toml").write_text(configuration, encoding="utf-8")
    samples = [p.read_text(encoding="utf-8") for p in sorted(_STARTER.glob("posts/*/*.md"))]
    for n in range(posts):
        folder = root / "posts" / f"{n // 500:03d}"
        folder.mkdir(exist_ok=True)
        text = _renewed(samples[n % len(samples)], n)
        (folder / f"post-{n:05d}.md").write_text(text, encoding="utf-8")


def _renewed(sample: str, n: int) -> str:
    """The sample under another id, with another title, other addresses and more to say."""
    sample = re.sub(r"(?m)^id: .*", rf"\g<0>-n{n:05d}", sample, count=1)
    sample = re.sub(r"(?m)^title: .*", rf"\g<0> その{n}", sample, count=1)
    sample = re.sub(r"https://[a-z.]+/", rf"\g<0>n{n:05d}/", sample)
    sample = sample.replace("SAMPLE-", f"SAMPLE-{n:05d}-")
    return f"{sample}お問い合わせの際は、案内の番号({n})をお知らせください。\n"


def _configuration(accounts: Iterable[tuple[str, str]]) -> str:
    lines = ['[links]\nallow = ["go.jp", "example.org"]\n']
    lines += [
        f'[accounts.{name}]\nplatform = "{platform}"\nhandle = "{name}"\n'
        'daily_cap = 100000\nmin_gap = "0"\n'
        for name, platform in accounts
    ]
    return "\n".join(lines)
