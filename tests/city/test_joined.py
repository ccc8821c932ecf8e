# SPDX-License-Identifier: Apache-2.0
"""The further files agree with the sheet's firms."""

import csv
from collections import Counter
from datetime import date
from fractions import Fraction

import pytest
from python_calamine import CalamineWorkbook

from ceyuan.city import make_joined, make_tenants


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return make_tenants(tmp_path_factory.mktemp("park") / "tenants.xlsx")


@pytest.fixture(scope="module")
def joined(truth, tmp_path_factory):
    return make_joined(tmp_path_factory.mktemp("with"), truth)


def _sheet(joined, name):
    book = CalamineWorkbook.from_path(str(joined.folder / joined.files[name]))
    return book.get_sheet_by_index(0).to_python()


def _csv(joined, name):
    text = (joined.folder / joined.files[name]).read_bytes().decode("gb18030")
    return list(csv.reader(text.splitlines()))


def test_joined_same_firms_give_same_bytes(tmp_path, truth, joined):
    make_joined(tmp_path, truth)

    for name in joined.files.values():
        assert (joined.folder / name).read_bytes() == (tmp_path / name).read_bytes()


def test_certificates_are_those_of_the_model(truth, joined):
    rows = _sheet(joined, "certificates")
    held = {row[2]: (row[3], row[4]) for row in rows[3:]}

    assert "（完整名单，" in rows[0][0]
    assert held == {
        f.uscc: (f.hnte.number, f.hnte.issued) for f in truth.firms if f.hnte
    }
    assert held == {code: (c[0], c[1]) for code, c in joined.certificates.items()}
    assert {"三年"} == {row[5] for row in rows[3:]}


def test_certificate_expires_three_years_after_its_issue(joined):
    for _, issued, expires in joined.certificates.values():
        assert (issued.year + 3, issued.month, issued.day) == (
            expires.year,
            expires.month,
            expires.day,
        )


def test_certificates_incomplete_list_says_so_and_lacks_some(truth, tmp_path):
    part = make_joined(tmp_path, truth, is_complete=False)
    held = sum(f.hnte is not None for f in truth.firms)

    assert "非完整名单" in _sheet(part, "certificates")[0][0]
    assert (held + 1) // 2 == len(part.certificates)


def test_patents_in_force_are_as_many_as_the_model_has(truth, joined):
    head, *rows = _csv(joined, "patents")
    code, kind, state = (
        head.index(c) for c in ("统一社会信用代码", "类型", "法律状态")
    )
    found = Counter((r[code], r[kind]) for r in rows if r[state] == "有效")

    assert found == {
        (f.uscc, kind): count
        for f in truth.firms
        for kind, count in (
            ("发明专利", f.inventions),
            ("实用新型", f.utility_models),
            ("外观设计", f.designs),
        )
        if count
    }
    assert found == {
        (c, k): n for c, kinds in joined.valid_patents.items() for k, n in kinds.items()
    }
    assert {"有效", "审中", "失效"} == {r[state] for r in rows}


def test_patents_pending_have_no_grant_and_others_were_granted_after_filing(joined):
    for row in _csv(joined, "patents")[1:]:
        filed, granted, state = row[3], row[4], row[5]
        assert (granted == "") == (state == "审中")
        if granted:
            assert date.fromisoformat(filed) < date.fromisoformat(granted)
        assert row[0].startswith("ZL" + filed[:4])


def test_earlier_years_are_in_yuan_and_equal_to_the_model(truth, joined):
    rows = _sheet(joined, "yearly")
    firm = next(f for f in truth.firms if f.edge.startswith("三年研发占比恰为4%"))
    years = {row[2]: row for row in rows[3:] if row[1] == firm.uscc}

    assert "单位：元、人" == rows[1][0]
    # 16,000, 18,000 and 20,000 万元; R&D 640, 720 and 800 万元.
    assert {2023.0: 160e6, 2024.0: 180e6, 2025.0: 200e6} == {
        y: row[3] for y, row in years.items()
    }
    assert [6.4e6, 7.2e6, 8e6] == [years[y][10] for y in (2023.0, 2024.0, 2025.0)]
    assert 720_000_000 == joined.yearly[firm.uscc]["rd_expense", 2024]


def test_earlier_years_do_not_precede_the_firm(truth, joined):
    born = {f.uscc: f.founded.year for f in truth.firms}

    for row in _sheet(joined, "yearly")[3:]:
        assert row[2] >= born[row[1]]


def test_copyrights_are_as_many_as_the_model_has(truth, joined):
    rows = _csv(joined, "copyrights")[1:]

    assert Counter(r[3] for r in rows) == joined.copyrights
    assert joined.copyrights == {
        f.uscc: f.copyrights for f in truth.firms if f.copyrights
    }


def _told(joined, name, code):
    head, *rows = _sheet(joined, name)[2:]
    row = next(row for row in rows if row[2] == code)
    return dict(zip(head[3:], row[3:], strict=True))


def test_ledger_complete_splits_the_books_as_the_tax_rules_do(truth, joined):
    firm = next(f for f in truth.firms if f.edge == "营业收入与资产恰为2亿元")

    # Of 1,200 万元 of R&D 842 thousandths are the first five groups, 104 other costs,
    # 54 do not count; 13 came back for trial pieces. No high-tech firm, not small: 25 %.
    assert {
        "是否查账征收": "是",
        "能否准确归集研发费用": "是",
        "是否列入集成电路或工业母机企业清单": "否",
        "负面清单行业收入占比（%）": 0,
        "前五项研发费用小计": 10_104_000,
        "其他相关费用合计": 1_248_000,
        "委托境内研发费用": 0,
        "委托境外机构研发费用": 0,
        "特殊收入": 156_000,
        "不征税财政资金用于研发的支出": 0,
        "自研无形资产本年摊销额": 0,
        "适用所得税税率（%）": 25,
    } == _told(joined, "ledger", firm.uscc)
    assert {
        ("audited_collection", None): True,
        ("rd_accounted", None): True,
        ("on_ic_machine_list", None): False,
        ("negative_industry_share", 2025): Fraction(0),
        ("rd_cost_main", 2025): 1_010_400_000,
        ("rd_cost_other", 2025): 124_800_000,
        ("rd_outsourced_domestic", 2025): 0,
        ("rd_outsourced_overseas", 2025): 0,
        ("rd_special_income", 2025): 15_600_000,
        ("rd_nontaxed_subsidy", 2025): 0,
        ("rd_amortisation", 2025): 0,
        ("cit_rate", 2025): Fraction(1, 4),
    } == joined.ledger[firm.uscc]


def test_ledger_unsigned_has_its_figures_and_a_blank_declaration(truth, joined):
    firm = next(f for f in truth.firms if f.edge.startswith("三年研发占比恰为5%且"))

    # 250 万元: 700 thousandths, 71 other, 110 outsourced at home, 119 do not count;
    # 20 thousandths are written off beside them.
    assert {
        "是否查账征收": "是",
        "能否准确归集研发费用": "",
        "是否列入集成电路或工业母机企业清单": "否",
        "负面清单行业收入占比（%）": 0,
        "前五项研发费用小计": 1_750_000,
        "其他相关费用合计": 177_500,
        "委托境内研发费用": 275_000,
        "委托境外机构研发费用": 0,
        "特殊收入": 0,
        "不征税财政资金用于研发的支出": 0,
        "自研无形资产本年摊销额": 50_000,
        "适用所得税税率（%）": 25,
    } == _told(joined, "ledger", firm.uscc)
    assert joined.ledger[firm.uscc]["rd_accounted", None] is None


def test_ledgers_a_third_each_is_complete_unsigned_and_short_of_a_figure(joined):
    blanks = Counter(
        tuple(name for (name, _), value in facts.items() if value is None)
        for facts in joined.ledger.values()
    )

    assert {
        (): 24,
        ("rd_accounted",): 12,
        ("audited_collection",): 11,
        ("cit_rate",): 8,
        ("rd_cost_other",): 8,
        ("rd_outsourced_overseas",): 7,
    } == blanks


def test_ledger_costs_never_exceed_the_books(truth, joined):
    books = {f.uscc: f.last.rd_expense for f in truth.firms}
    parts = (
        "rd_cost_main",
        "rd_cost_other",
        "rd_outsourced_domestic",
        "rd_outsourced_overseas",
    )

    for code, facts in joined.ledger.items():
        costs = [facts[name, 2025] or 0 for name in parts]
        assert min(costs) >= 0
        assert 0 < sum(costs) < books[code]


def test_ledger_and_transfers_say_in_their_cells_what_their_truth_says(joined):
    for name, truth in (("ledger", joined.ledger), ("transfers", joined.transfers)):
        rows = _sheet(joined, name)[3:]
        assert len(truth) == len(rows)
        for row in rows:
            facts = truth[row[2]].values()
            assert row[3:].count("") == sum(value is None for value in facts)
            assert row[3:].count("是") == sum(value is True for value in facts)


def test_transfer_is_a_part_of_the_revenue_in_yuan(truth, joined):
    firm = next(f for f in truth.firms if f.edge.startswith("三年研发占比恰为4%"))

    # 5 % of 20,000 万元; 22 %, 3 % and 7 % of it are cost, taxes and shared costs.
    assert {
        "是否有技术转让": "是",
        "技术转让方式": "所有权",
        "技术是否属于优惠范围": "是",
        "转让合同是否登记": "是",
        "受让方是否全资关联方": "否",
        "技术转让是否单独核算": "",
        "技术转让收入": 10_000_000,
        "技术转让成本": 2_200_000,
        "技术转让相关税费": 300_000,
        "应分摊期间费用": 700_000,
    } == _told(joined, "transfers", firm.uscc)
    assert len(joined.transfers) == 6


def test_joined_files_say_that_they_are_invented(joined):
    assert all("虚构样例" in name for name in joined.files.values())
    assert "虚构" in _sheet(joined, "certificates")[0][0]
    assert "虚构" in _sheet(joined, "yearly")[0][0]
    assert "虚构" in _sheet(joined, "ledger")[0][0]
    assert "虚构" in _sheet(joined, "transfers")[0][0]
    assert all("（虚构）" in row[1] for row in _csv(joined, "patents")[1:])
    assert all("（虚构）" in row[1] for row in _csv(joined, "copyrights")[1:])
