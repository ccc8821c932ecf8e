# SPDX-License-Identifier: Apache-2.0
"""`ceyuan check`: results on stdout, talk on stderr, files beside the sheet."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from ceyuan.sheets import read_tables
from tests.park import DAY, HEADINGS, NAMES, ROWS, USCCS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

ONE = ("--as-of", DAY, "--policy", "tech_sme_2017")
HEAD = [
    "政策",
    "可享",
    "只差确认",
    "只差一步",
    "缺数据",
    "待判断",
    "不符合",
    "不适用",
    "可享金额",
    "编号",
]


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_check_through_a_pipe_prints_tsv_and_nothing_else(
    desk: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("check", "park.csv", *ONE, "--policy", "tech_transfer_cit")

    assert said.code == 0
    # Of six firms: one of each group, two lack figures, one fails by points.
    assert said.table == [
        HEAD,
        ["科技型中小企业评价", *"1112010", "—", "tech_sme_2017"],
        ["技术转让所得减免企业所得税", *"1000005", "137.50 万元", "tech_transfer_cit"],
    ]
    assert "\x1b" not in said.out + said.err
    assert "已读 6 行" in said.err
    assert "hint: 共性短板" in said.err


def test_check_units_are_shown_with_their_reason(desk: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("check", "park.csv", *ONE)

    assert "“研发费用（万元）” → 研发费用（万元）：表头写明万元" in said.err
    assert "没有写年度的列按 2025 年" in said.err


def test_check_quiet_says_nothing_on_stderr(desk: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("check", "park.csv", *ONE, "--quiet")

    assert (said.code, said.err) == (0, "")
    assert len(said.table) == 2


def test_check_json_is_one_document_with_the_keys_agreed(
    desk: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("check", "park.csv", "--as-of", DAY, "--json")

    document = said.json
    assert said.code == 0
    assert (document["schema"], document["as_of"]) == ("ceyuan.check/1", DAY)
    assert [row["row"] for row in document["rows"]] == [2, 3, 4, 5, 6, 7]
    for row in document["rows"]:
        assert {"sheet", "row", "name", "uscc", "facts", "policies"} <= set(row)
        for fact in row["facts"].values():
            assert {"value", "unit", "cell"} <= set(fact)
        for policy in row["policies"].values():
            assert {"outcome", "missing", "amount_fen", "nearest"} <= set(policy)
            for missing in policy["missing"]:
                assert {"fact", "by"} <= set(missing)
    for problem in document["problems"]:
        assert {"code", "sheet", "row", "column", "message", "mend"} <= set(problem)


def test_check_json_names_only_facts_of_the_dictionary(
    desk: Path, ceyuan: Ceyuan
) -> None:
    entries = ceyuan("facts", "list", "--json").json["facts"]

    document = ceyuan("check", "park.csv", "--as-of", DAY, "--json", "-q").json

    known = {entry["name"] for entry in entries}
    named: set[str] = set()
    for row in document["rows"]:
        named |= set(row["facts"])
        for policy in row["policies"].values():
            named |= {missing["fact"] for missing in policy["missing"]}
    assert len(named) > 50
    assert named - known == set()


def test_check_writes_the_workbook_and_a_page_each_beside_the_sheet(
    desk: Path, ceyuan: Ceyuan
) -> None:
    ceyuan("check", "park.xlsx", *ONE)

    names = sorted(p.name for p in (desk / "park.体检单页").iterdir())
    assert [name[:4] for name in names] == [
        *(f"{n:04d}" for n in range(1, 7)),
        "inde",
    ]
    assert (desk / "park.体检.xlsx").is_file()


def test_check_out_puts_the_results_there(desk: Path, ceyuan: Ceyuan) -> None:
    ceyuan("check", "park.csv", *ONE, "--out", "结果/今天")

    assert sorted(p.name for p in (desk / "结果/今天").iterdir()) == [
        "park.体检.xlsx",
        "park.体检单页",
    ]
    assert not (desk / "park.体检.xlsx").exists()


@pytest.mark.parametrize("name", ["park.csv", "park.xlsx"])
def test_check_never_changes_a_byte_of_the_input(
    desk: Path, ceyuan: Ceyuan, name: str
) -> None:
    before = _digests(desk)

    assert ceyuan("check", name, *ONE).code == 0

    after = _digests(desk)
    assert {path: after[path] for path in before} == before


def test_check_dry_run_answers_and_writes_nothing(desk: Path, ceyuan: Ceyuan) -> None:
    wet = ceyuan("check", "park.csv", *ONE, "--out", "elsewhere").out
    before = _digests(desk)

    dry = ceyuan("check", "park.csv", *ONE, "--dry-run")

    assert dry.code == 0
    assert dry.out == wet
    assert _digests(desk) == before


def test_check_by_gap_lists_gaps_with_who_supplies_them(
    desk: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("check", "park.csv", *ONE, "--by", "gap", "--dry-run")

    assert said.table[:3] == [
        ["共性短板", "谁提供", "家数", "只差此项", "解锁金额"],
        ["研发费用", "企业数据", "1", "1", "—"],
        ["科技人员数", "企业数据", "1", "1", "—"],
    ]
    assert said.table[3][0] == "科技型中小企业评价：职工总数不超限"


def test_check_columns_map_mends_a_unit_and_is_remembered(
    desk: Path, ceyuan: Ceyuan
) -> None:
    (desk / "map.yaml").write_text(
        "columns:\n  G: {fact: rd_expense, unit: 元}\n", encoding="utf-8"
    )

    def answers(*more: str) -> list[tuple[int, str]]:
        document = ceyuan("check", "park.csv", *ONE, "--json", *more).json
        first = document["rows"][0]
        return [
            (
                first["facts"]["rd_expense"]["value"],
                first["policies"]["tech_sme_2017"]["outcome"],
            )
        ]

    # 60 元 of R&D instead of 60 万元: no points for it, 20 + 0 + 30 = 50 < 60.
    assert answers() == [(60_000_000, "eligible")]
    assert answers("--columns", "map.yaml") == [(6000, "ineligible")]
    assert answers() == [(6000, "ineligible")]


def test_check_param_sets_what_an_office_decides(desk: Path, ceyuan: Ceyuan) -> None:
    (desk / "orders.csv").write_text(
        "企业名称,用户类型,是否上海注册,是否科技型中小企业,订单已核验,"
        "订单总额（万元）,申请用券金额（万元）,本年已用券额（万元）\n"
        f"{NAMES[0]},科技型中小企业,是,是,是,10,8,1\n",
        encoding="utf-8",
    )
    asked = ("check", "orders.csv", "--as-of", DAY, "--subject", "order", "--json")
    cap = "sh_voucher_2025.firm_yearly_cap"

    open_ = ceyuan(*asked).json["rows"][0]["policies"]["sh_voucher_2025"]
    given = ceyuan(*asked, "--param", f"{cap}=3万元")
    told = given.json["rows"][0]["policies"]["sh_voucher_2025"]

    assert open_["outcome"] == "unknown"
    assert open_["missing"] == [{"fact": cap, "by": "office"}]
    # Least of: half of the order 5, asked for 8, left of the cap 3 − 1 = 2 (万元).
    assert (told["outcome"], told["amount_fen"]) == ("eligible", 2_000_000)


def test_check_with_joins_a_list_by_credit_code(desk: Path, ceyuan: Ceyuan) -> None:
    folder = desk / "名单"
    folder.mkdir()
    (folder / "科研项目.csv").write_text(
        f"统一社会信用代码,研发费用（万元）\n{USCCS[4]},60\n", encoding="utf-8"
    )

    document = ceyuan("check", "park.csv", *ONE, "--json", "--with", "名单").json

    # Firm 湫洄: 30 % staff 20 + R&D 6 % of sales 50 = 70 without any IP.
    row = document["rows"][4]
    assert row["policies"]["tech_sme_2017"]["outcome"] == "eligible"
    assert row["facts"]["rd_expense"]["value"] == 60_000_000
    assert row["facts"]["rd_expense"]["file"] == "科研项目.csv"


def test_check_in_another_folder_reads_and_writes_there(
    desk: Path, ceyuan: Ceyuan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "mine.csv").write_bytes((desk / "park.csv").read_bytes())

    said = ceyuan("-C", elsewhere, "check", "mine.csv", *ONE, "-q")

    assert said.code == 0
    assert (elsewhere / "mine.体检.xlsx").is_file()
    assert (elsewhere / ".ceyuan/last/last.json").is_file()
    assert not (desk / ".ceyuan").exists()


def test_check_headings_without_firms_are_rejected(desk: Path, ceyuan: Ceyuan) -> None:
    head = ",".join(HEADINGS)
    (desk / "none.csv").write_text(head + "\n", encoding="utf-8")

    said = ceyuan("check", "none.csv", *ONE, "--json")

    # More likely the wrong file, or rows filtered away, than a park without firms.
    assert (said.code, said.out) == (3, "")
    assert "R201" in said.err
    assert not (desk / "none.体检.xlsx").exists()


def test_check_returned_csv_is_a_workbook_with_the_users_cells(
    desk: Path, ceyuan: Ceyuan
) -> None:
    ceyuan("check", "park.csv", *ONE, "-q")

    rows = read_tables(desk / "park.体检.xlsx").sheets[0].rows
    assert tuple(rows[0][: len(HEADINGS)]) == HEADINGS
    assert [str(row[0]) for row in rows[1:]] == [row[0] for row in ROWS]
