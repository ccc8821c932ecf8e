# SPDX-License-Identifier: Apache-2.0
"""`ceyuan demo`: an invented park, public figures, an invented city, each named so."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from ceyuan.cli import showing
from ceyuan.ledger import book_of, verify_book
from ceyuan.office.entitlements import listed as entitlements
from ceyuan.office.memory import open_memory
from ceyuan.office.runs import find, listed
from ceyuan.sheets import read_tables

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

CITY = 120
MARK = "※ 虚构样例数据，不是真实企业 (synthetic data)"


@pytest.mark.slow
def test_demo_tells_the_whole_story_and_says_what_is_invented(
    office_folder: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "CITY", CITY)
    folder = office_folder

    said = ceyuan("demo", folder, "--firms", "100")

    assert said.code == 0
    assert {p.name for p in folder.iterdir()} == {
        ".ceyuan",
        "上市公司公开年报数据.csv",
        "上市公司公开年报数据.体检.xlsx",
        "上市公司公开年报数据.体检单页",
        "合并数据（虚构样例）",
        "合成城市",
        "园区企业（虚构样例）.xlsx",
        "园区企业（虚构样例）.体检.xlsx",
        "园区企业（虚构样例）.体检单页",
        "示例改革（虚构）.yaml",
        "银行代付（虚构）.csv",
        "银行回单（虚构）.csv",
        "对账页（虚构）.html",
    }
    for path in folder.iterdir():
        assert str(path) in said.err
    _checked(folder)
    _remembered(folder, said.out.splitlines(), said.err.splitlines())
    _pasted(folder, said.err.splitlines())


def _checked(folder: Path) -> None:
    """The listed firms are real, and are not called invented; the others are."""
    invented = "虚构样例数据，不是真实企业"
    for page in folder.glob("*单页/*.html"):
        text = page.read_text(encoding="utf-8")
        assert (invented in text) is ("虚构样例" in page.parent.name)
    listed_firms = read_tables(folder / "上市公司公开年报数据.体检.xlsx").sheets[0]
    assert sum(row[0] is not None for row in listed_firms.rows) == 41


def _remembered(folder: Path, out: list[str], err: list[str]) -> None:
    """A city was made, decided, decided again, and a reform was tried on it."""
    with open_memory(folder, actor="tester") as memory:
        again, stored = listed(memory)
        stored = find(memory, stored.id)
        with memory.transaction() as conn:
            book = verify_book(book_of(conn))
            paid = entitlements(conn, state="paid")
    assert (stored.synthetic, stored.subjects["firm"]) == (True, CITY)
    steps = [
        m[1] for line in err if (m := re.match("([一二三四五六七八九十]+)、", line))
    ]
    tens = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
    assert steps == [*tens, "十一", "十二", "十三", "十四", "十五"]
    assert (book.ok, again.settings) == (True, ("service_scale.reward_offered=是",
        "sh_voucher_2025.firm_yearly_cap=30万元",
        "sh_voucher_issue_2025.issue_quota=10万元"))  # fmt: skip
    commands = [line.partition("ceyuan ")[2] for line in err if "ceyuan " in line]
    for verb in ("city make --firms 120", "run --as-of", "replay last", "ladder",
                 "disagreements", "simulate"):  # fmt: skip
        assert any(command.startswith(verb) for command in commands)
    assert any(line.startswith(f"合成城市：{CITY} 家虚构企业，") for line in out)
    decided = f"判定 {stored.id} 已存下：快照 {stored.snapshot[:12]}"
    assert any(line.startswith(decided) for line in out)
    every = sum(stored.subjects.values())
    assert f"{stored.id}：{every} 个对象全部重算，与存下的完全相同 (equal)" in out
    assert any(line.startswith("2025 年末的梯度，2025-12-31：") for line in out)
    assert (
        f"自检：没有改动的改革，{CITY} 个对象无一变化；"
        f"现行一侧与存下的判定 {stored.id} 相同"
    ) in out
    # City, run, replay, disagreements, ladder, reform and all that is shown of money.
    assert out.count(MARK) >= 14
    assert {one.policy for one in paid} >= {"sh_voucher_issue_2025"}
    assert "没有新的应享：该承诺的都在账上 (nothing is left to do)" in out
    assert "✓ 每一行、每个封印、每个余额和界限都算得出来 (the book is whole)" in out
    # The provider of the one voucher is all that is payable in so small a city.
    assert any("到账 1 笔 5.00 万元，失败 0 笔" in line for line in out)


def _pasted(folder: Path, err: list[str]) -> None:
    """What stands at the end works as it stands, in a shell that knows no `ceyuan`."""
    at = next(n for n, line in enumerate(err) if "打开门户" in line)
    lines = [line.strip() for line in err[at:] if f" -C {folder} " in line]
    verbs = [line.split(f" -C {folder} ")[1].split()[0] for line in lines]
    assert verbs == ["serve", "decision", "receipt", "entitlement", "ledger", "doctor"]
    bare = {**os.environ, "PATH": "/usr/bin:/bin"}
    for line in lines[1:]:
        done = subprocess.run(  # noqa: S602 - as it would be pasted
            line, shell=True, check=False, capture_output=True, text=True, env=bare
        )
        assert (done.returncode, done.stdout != "") == (0, True), (line, done.stderr)
    serve = subprocess.run(  # noqa: S602 - it would go on serving
        f"{lines[0]} --help", shell=True, check=False, capture_output=True, env=bare
    )
    assert serve.returncode == 0
