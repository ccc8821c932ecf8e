# SPDX-License-Identifier: Apache-2.0
"""What tests of the lab have in common: reforms, and how a page is read."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

DAY = "2026-11-21"
HEAD = "reform: {name}\nzh: 示例（虚构）\nen: Sample (invented)\nchange:\n"
SCORE = "  - {policy: tech_sme_2017, parameter: score_min, value: 40}\n"
RATE = "  - {policy: rd_super_2023, parameter: general_rate, value: 120}\n"


def text_of(name: str = "sample", *changes: str) -> str:
    """Return a reform's text."""
    return HEAD.format(name=name) + "".join(changes or (SCORE, RATE))


def posted(**more: str) -> dict[str, str]:
    """Return what the editor sends in the view of YAML."""
    return {"view": "yaml", "as_of": DAY, "by": "", "params": "", "once": "", **more}


def save(client: Any, text: str, *, go: str = "save", **more: str) -> str:
    """Save a reform; return where that leads."""
    answer = client.post("/lab/new", posted(body=text, go=go, **more))
    assert answer.status_code == 302, words(answer)
    return str(answer.headers["Location"])


def page(answer: Any) -> str:
    """Return a page's markup."""
    return str(answer.content.decode())


def words(answer: Any) -> str:
    """Return what a page says, without its markup."""
    body = page(answer).partition("<main")[2].partition("</main>")[0]
    text = re.sub(r"<svg.*?</svg>", " ", body, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def element(answer: Any, name: str) -> str:
    """Return the text of the element of an id."""
    found = re.search(rf'id="{name}"[^>]*>(.*?)</', page(answer), re.DOTALL)
    assert found, name
    return unescape(found[1])
