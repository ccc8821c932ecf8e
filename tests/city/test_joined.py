# SPDX-License-Identifier: Apache-2.0
"""The further files agree with the sheet's firms."""

import csv
from collections import Counter
from datetime import date

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


def test_joined_files_say_that_they_are_invented(joined):
    assert all("虚构样例" in name for name in joined.files.values())
    assert "虚构" in _sheet(joined, "certificates")[0][0]
    assert "虚构" in _sheet(joined, "yearly")[0][0]
    assert all("（虚构）" in row[1] for row in _csv(joined, "patents")[1:])
    assert all("（虚构）" in row[1] for row in _csv(joined, "copyrights")[1:])
