"""A workspace of many posts, nine variants each, for measuring."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import jposocial

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
    starter = Path(jposocial.__file__).resolve().parents[2]
    (root / "templates" / "notice").mkdir(parents=True)
    template = starter / "templates" / "notice" / "announce.txt"
    (root / "templates" / "notice" / "announce.txt").write_bytes(template.read_bytes())
    (root / "jposocial.toml").write_text(_configuration(), encoding="utf-8")
    first = date(2027, 1, 4)
    for n in range(posts):
        folder = root / "posts" / f"{n // 500:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        day = first + timedelta(days=n % 360)
        text = _POST.format(n=n, day=day, month=day.month, dom=day.day)
        (folder / f"post-{n:05d}.md").write_text(text, encoding="utf-8")


def _configuration() -> str:
    lines = ['[links]\nallow = ["go.jp"]\n']
    lines += [
        f'[accounts.{name}]\nplatform = "{platform}"\nhandle = "{name}"\n'
        'daily_cap = 100000\nmin_gap = "0"\n'
        for name, platform in _ACCOUNTS
    ]
    return "\n".join(lines)
