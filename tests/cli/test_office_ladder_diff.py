# SPDX-License-Identifier: Apache-2.0
"""`ceyuan ladder` and `ceyuan diff`: rows that can be read, in two languages; JSON.

Three firms: sales of 2024 and 2025 of 1, 5 and 5 亿元; 60, 60 and 600 persons. A
technology SME has at most 2 亿元 and 500 persons. Firm 1 holds a high-tech certificate.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store import Statement, write_statement
from ceyuan.office.memory import open_memory
from ceyuan.office.running import run
from tests.office.remembered import (
    CODES,
    NAMES,
    ORGS,
    YI,
    add,
    certificate,
    figures,
    registered,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from tests.cli.conftest import Ceyuan

DAY = date(2026, 11, 21)
MARK = "※ 虚构样例数据，不是真实企业 (synthetic data)"


@pytest.fixture(name="office")
def _office(office_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(office_folder)
    with open_memory(office_folder, actor="tester") as memory:
        since = date(2015, 1, 1)
        add(memory, [registered(n, since) for n in range(3)], source="registry")
        add(
            memory,
            [
                figures(n, year, revenue=sales * YI, employees=staff * 100)
                for year in (2024, 2025)
                for n, (sales, staff) in enumerate(((1, 60), (5, 60), (5, 600)))
            ],
            source="firm",
        )
        add(
            memory,
            [certificate(1, "hnte", date(2023, 6, 1), date(2026, 5, 31))],
            source="certificates",
            record="certificate",
            complete=True,
        )
    return office_folder


def _rule(memory: Memory, firm: int, sales: int) -> None:
    with memory.transaction() as conn:
        write_statement(
            conn,
            Statement(
                record="firm", source="ruling", org=ORGS[firm], attribute="revenue",
                value=Fraction(sales * YI), year=2025, valid_from=date(2025, 1, 1),
                actor="officer", reason="凭证为准",
            ),
        )  # fmt: skip


def _runs(office: Path) -> tuple[str, str]:
    """Return two runs: between them the sales of firms 0 and 1 were ruled on."""
    with open_memory(office, actor="tester") as memory:
        before = run(memory, as_of=DAY).id
        _rule(memory, 0, 3)
        _rule(memory, 1, 1)
        return before, run(memory, as_of=DAY).id


def _row(table: list[list[str]], head: str) -> list[str]:
    (row,) = [line for line in table if line[0] == head and len(line) > 1][:1]
    return row


# --- ladder -------------------------------------------------------------------------


def test_ladder_says_tiers_climbs_and_who_is_near(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("ladder", "--year", 2025, "--quiet")

    assert (said.code, said.err) == (0, "")
    lines, table = said.out.splitlines(), said.table
    assert lines[:2] == ["2025 年末的梯度，2025-12-31：3 家企业", MARK]
    assert table[2] == ["层级", "持有", "上年末", "不知道", ""]
    assert _row(table, "高新技术企业") == ["高新技术企业", "1", "1", "0", "█" * 24]
    assert _row(table, "科技型中小企业") == ["科技型中小企业", "0", "0", "0", ""]
    assert _row(table, "独角兽企业") == ["独角兽企业", "—", "—", "3", ""]
    at = lines.index("流动（行：上年末；列：年末）")
    assert table[at + 1 : at + 4] == [
        ["", "无层级", "高新技术企业"],
        ["无层级", "2", "·"],
        ["高新技术企业", "·", "1"],
    ]
    at = lines.index("只差一条的，和只缺数据的")
    assert table[at + 1] == [
        "层级", "政策", "只差一条", "差得最多的一条", "只缺数据", "缺得最多的一项",
    ]  # fmt: skip
    assert table[at + 2][:4] == [
        "科技型中小企业", "科技型中小企业评价", "1", "年销售收入不超限",
    ]  # fmt: skip
    assert f"    科技型中小企业 ← {NAMES[1]} {CODES[1]}：年销售收入不超限" in lines


def test_ladder_in_english_has_english_rows(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("ladder", "--year", 2025, "--quiet", "--locale", "en")

    lines, table = said.out.splitlines(), said.table
    assert lines[:2] == ["The ladder of 2025, 2025-12-31: 3 firms", MARK]
    assert table[2] == ["tier", "held", "a year before", "not known", ""]
    assert _row(table, "High-tech enterprise")[1:4] == ["1", "1", "0"]
    at = lines.index("from (rows) to (columns)")
    assert table[at + 1] == ["", "no tier", "High-tech enterprise"]
    at = lines.index("one clause away; only data missing")
    assert table[at + 1] == [
        "tier", "policy", "one clause away", "which clause most often",
        "only data missing", "which fact most often",
    ]  # fmt: skip
    assert table[at + 2][0] == "Technology SME"
    near = [line for line in lines if " ← " in line]
    assert near[0].startswith(f"    Technology SME ← {NAMES[1]} {CODES[1]}: ")
    # Of a firm only its name is Chinese, and the mark.
    rest = [li.partition("有限公司")[2] if "有限公司" in li else li for li in lines]
    rest.remove(MARK)
    assert [line for line in rest if any("一" <= c <= "鿿" for c in line)] == []


def test_ladder_lists_no_more_than_the_limit(office: Path, ceyuan: Ceyuan) -> None:
    none = ceyuan("ladder", "--year", 2025, "--quiet", "--limit", 0)
    some = ceyuan("ladder", "--year", 2025, "--quiet", "--limit", 9)

    assert none.out.count(" ← ") == 0
    assert some.out.count("科技型中小企业 ← ") == 1


def test_ladder_of_a_year_that_runs_says_so(office: Path, ceyuan: Ceyuan) -> None:
    year = date.today().year  # noqa: DTZ011 - the year of the desk

    zh = ceyuan("ladder", "--year", year, "--quiet").out.splitlines()[0]
    en = ceyuan("ladder", "--year", year, "--quiet", "--locale", "en").out

    assert f"（{year} 年还没有过完）" in zh
    assert f"({year} is not over)" in en.splitlines()[0]


def test_ladder_json_has_counts_and_climbs(office: Path, ceyuan: Ceyuan) -> None:
    document = ceyuan("ladder", "--year", 2025, "--json").json

    assert (document["schema"], document["synthetic"], document["firms"]) == (
        "ceyuan.ladder/1", True, 3,
    )  # fmt: skip
    tiers = {t["tier"]: (t["yes"], t["no"], t["unknown"]) for t in document["tiers"]}
    assert (tiers["hnte"], tiers["tech_sme"], tiers["unicorn"]) == (
        (1, 2, 0), (0, 3, 0), (0, 0, 3),
    )  # fmt: skip
    assert sorted((t["from"], t["to"], t["firms"]) for t in document["transitions"]) == [
        ("hnte", "hnte", 1), ("none", "none", 2),
    ]  # fmt: skip


def test_ladder_of_a_year_to_come_exits_2(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("ladder", "--year", 2999, "--quiet")

    assert (said.code, said.out) == (2, "")
    assert "2999" in said.err


# --- diff ---------------------------------------------------------------------------


def test_diff_says_who_changed_and_because_of_what(
    office: Path, ceyuan: Ceyuan
) -> None:
    before, after = _runs(office)

    said = ceyuan("diff", before, after, "--quiet")

    assert (said.code, said.err) == (0, "")
    lines, table = said.out.splitlines(), said.table
    assert lines[:2] == [
        f"{before}（判定日 2026-11-21） → {after}（判定日 2026-11-21）", MARK,
    ]  # fmt: skip
    assert table[2] == ["政策", "先前", "后来", "对象"]
    sme = [row for row in table if row[0] == "科技型中小企业评价 tech_sme_2017"]
    assert sorted(row[1:] for row in sme) == sorted(
        [["缺数据", "不符合", "1"], ["不符合", "缺数据", "1"]]
    )
    assert "    科技型中小企业评价：事实变了 2" in lines
    at = lines.index(f"{NAMES[0]} {CODES[0]}  科技型中小企业评价  缺数据 → 不符合")
    assert lines[at + 1].startswith("    营业收入（2025） 1.00 亿元 → 3.00 亿元（")


def test_diff_in_english_has_english_rows(office: Path, ceyuan: Ceyuan) -> None:
    before, after = _runs(office)

    said = ceyuan("diff", before, after, "--quiet", "--locale", "en")

    lines, table = said.out.splitlines(), said.table
    assert lines[0] == f"{before}（as of 2026-11-21） → {after}（as of 2026-11-21）"
    assert table[2] == ["policy", "before", "after", "subjects"]
    assert any(line.startswith("Causes (") for line in lines)
    (fact,) = {line for line in lines if "1.00 亿元 → 3.00 亿元" in line}
    assert fact.startswith("    Operating revenue (2025) 1.00 亿元 → 3.00 亿元（")
    units = str.maketrans("", "", "亿万元")
    rest = [li.translate(units) for li in lines if "虚构" not in li]
    assert [li for li in rest if any("一" <= c <= "鿿" for c in li)] == []


def test_diff_lists_no_more_than_the_limit_and_says_how_many_more(
    office: Path, ceyuan: Ceyuan
) -> None:
    before, after = _runs(office)
    causes = len(ceyuan("diff", before, after, "--json").json["causes"])

    zh = ceyuan("diff", before, after, "--quiet", "--limit", 1).out.splitlines()
    en = ceyuan(
        "diff", before, after, "--quiet", "--limit", 1, "--locale", "en"
    ).out.splitlines()

    assert causes > 1
    assert zh[-1] == f"……另有 {causes - 1} 处；--limit 多列几处，--json 全部"
    assert en[-1] == f"... and {causes - 1} more; --limit lists more, --json all"


def test_diff_of_a_run_with_itself_is_nothing(office: Path, ceyuan: Ceyuan) -> None:
    before, _ = _runs(office)

    text = ceyuan("diff", before, before, "--quiet")
    document = ceyuan("diff", before, before, "--json").json

    assert text.code == 0
    assert text.out.splitlines()[-1] == "没有任何变化 (nothing differs)"
    assert (document["equal"], document["causes"]) == (True, [])


def test_diff_json_counts_by_policy(office: Path, ceyuan: Ceyuan) -> None:
    before, after = _runs(office)

    document = ceyuan("diff", before, "last", "--json").json

    assert (document["schema"], document["synthetic"], document["equal"]) == (
        "ceyuan.diff/1", True, False,
    )  # fmt: skip
    assert (document["a"]["run"], document["b"]["run"]) == (before, after)
    one = document["policies"]["tech_sme_2017"]
    assert (one["changed"], one["causes"]) == (2, {"facts": 2})


def test_diff_of_a_run_that_is_not_there_exits_2(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("diff", "r19990101", "last", "--quiet")

    assert (said.code, said.out) == (2, "")
    assert "没有判定 `r19990101`" in said.err
