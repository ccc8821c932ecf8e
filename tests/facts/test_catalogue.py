# SPDX-License-Identifier: Apache-2.0
"""The dictionary as data, and the codes as pages."""

import json
import re
from pathlib import Path

from ceyuan.facts import dictionary_json, read

ROOT = Path(__file__).parents[2]


def test_dictionary_is_json_with_every_fact_in_order(dictionary):
    listed = json.loads(json.dumps(dictionary_json(dictionary)))

    assert list(dictionary) == [entry["name"] for entry in listed]
    revenue = next(e for e in listed if e["name"] == "revenue")
    assert ("营业收入", "Operating revenue", "number", "元", "firm", True) == tuple(
        revenue[key] for key in ("zh", "en", "kind", "unit", "by", "yearly")
    )
    assert "销售收入" in revenue["headings"]["zh"]
    assert revenue["meaning"]["zh"]


def test_every_code_of_the_room_has_a_paragraph_in_both_languages():
    used = set()
    for path in Path(read.__file__).parent.rglob("*.py"):
        used |= set(re.findall(r'"(R2\d\d)"', path.read_text(encoding="utf-8")))
    page = (ROOT / "docs" / "errors" / "facts.md").read_text(encoding="utf-8")
    told = dict(
        re.findall(r"^## (R2\d\d)\n(.+?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    )

    assert used == set(told)
    for code, text in told.items():
        assert re.search(r"[\u4e00-\u9fff]", text), code
        assert re.search(r"^[A-Z][ -~]+$", text, re.MULTILINE), code
