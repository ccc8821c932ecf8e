# SPDX-License-Identifier: Apache-2.0
"""Every code in the room has its paragraph, and every paragraph its code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_codes_in_source_and_in_the_docs_are_the_same():
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "src/ceyuan/sheets").glob("*.py"))
    )
    page = (ROOT / "docs/errors/sheets.md").read_text(encoding="utf-8")

    documented = re.findall(r"^## (R1\d\d)$", page, re.MULTILINE)

    assert sorted(set(re.findall(r'"(R1\d\d)"', source))) == documented


def test_each_code_has_a_chinese_and_an_english_line():
    page = (ROOT / "docs/errors/sheets.md").read_text(encoding="utf-8")

    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        code, chinese, english = section.strip().split("\n")
        assert re.search(r"[\u4e00-\u9fff]{4}", chinese), code
        assert not re.search(r"[\u4e00-\u9fff]", english), code
