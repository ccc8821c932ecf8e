# SPDX-License-Identifier: Apache-2.0
"""`ceyuan demo`: an invented park and public figures, each checked, each named so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.sheets import read_tables

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan


@pytest.mark.slow
def test_demo_checks_both_samples_and_says_what_is_invented(
    tmp_path: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("demo", tmp_path / "demo", "--firms", "100")

    assert said.code == 0
    assert sorted(p.name for p in (tmp_path / "demo").iterdir()) == [
        "上市公司公开年报数据.csv",
        "上市公司公开年报数据.体检.xlsx",
        "上市公司公开年报数据.体检单页",
        "合并数据（虚构样例）",
        "园区企业（虚构样例）.xlsx",
        "园区企业（虚构样例）.体检.xlsx",
        "园区企业（虚构样例）.体检单页",
    ]
    for path in (tmp_path / "demo").iterdir():
        assert str(path) in said.err
    # The listed firms are real, and are not called invented; the others are.
    invented = "虚构样例数据，不是真实企业"
    for page in (tmp_path / "demo").glob("*单页/*.html"):
        text = page.read_text(encoding="utf-8")
        assert (invented in text) is ("虚构样例" in page.parent.name)
    listed = read_tables(tmp_path / "demo/上市公司公开年报数据.体检.xlsx").sheets[0]
    assert sum(row[0] is not None for row in listed.rows) == 41
