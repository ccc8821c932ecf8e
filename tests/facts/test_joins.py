# SPDX-License-Identifier: Apache-2.0
"""Further files joined to a table of firms."""

from datetime import date

from ceyuan.facts import ColumnMap, SheetMap

A, B, C = "91319999MA00000X2E", "91319999MA00000Y3J", "91319999MA0000123B"
HEAD = ["企业名称", "统一社会信用代码"]
FIRMS = [
    [*HEAD, "职工总数"],
    ["甲公司", A, 3],
    ["乙公司", B, 4],
    ["丙公司", C[:-1] + "0", 5],
]
CERTIFICATE = {
    "certificate": "hnte",
    "issued_on": date(2024, 11, 8),
    "valid_until": date(2027, 11, 8),
}


def _list(book, title, *rows, file="名单.xlsx"):
    return book(
        [title],
        ["企业名称", "统一社会信用代码", "发证日期", "有效期"],
        *rows,
        name="名单",
        file=file,
    )


def test_complete_list_tells_who_holds_and_who_does_not(read, join, book):
    listed = _list(
        book,
        "高新技术企业证书完整名单",
        ["甲公司", A, "2024-11-08", "三年"],
        ["别的公司", "91319999MA00000A41", "2024-11-08", "三年"],
    )

    table = join(read(*FIRMS), listed)

    # The third firm's code is wrong: it is not joined and nothing is known.
    records = table.records["certificates"]
    assert [(CERTIFICATE,), (), None] == records.records
    assert ({"hnte"}, False) == (records.complete_codes, records.complete)
    assert [None, False, None] == table.columns["hnte_valid", None].values
    assert "2 行中有 1 行对上" in table.notes[-1].message


def test_list_that_does_not_say_so_is_not_complete(read, join, book):
    listed = _list(book, "高新技术企业名单", ["甲公司", A, "2024-11-08", "2027-11-08"])

    table = join(read(*FIRMS), listed)

    assert [(CERTIFICATE,), None, None] == table.records["certificates"].records
    assert frozenset() == table.records["certificates"].complete_codes
    assert ("hnte_valid", None) not in table.columns
    assert "R275" in [note.code for note in table.notes]


def test_list_that_says_it_is_not_complete_is_not(read, join, book):
    listed = _list(
        book, "高新技术企业名单（不完整）", ["甲公司", A, "2024-11-08", "三年"]
    )

    table = join(read(*FIRMS), listed)

    assert frozenset() == table.records["certificates"].complete_codes


def test_map_says_that_a_list_is_complete(read, join, book):
    listed = _list(book, "名单", ["甲公司", A, "2024-11-08", "三年"], file="a.xlsx")
    fixed = ColumnMap(files={"a.xlsx": SheetMap(complete=True, kind="hnte")})

    table = join(read(*FIRMS), listed, columns=fixed)

    assert {"hnte"} == table.records["certificates"].complete_codes


def test_list_of_no_known_kind_is_not_used(read, join, book, codes):
    listed = _list(book, "名单", ["甲公司", A, "2024-11-08", "三年"])

    table = join(read(*FIRMS), listed)

    assert ["R203", "R277"] == codes(table)
    assert {} == table.records


def test_official_list_outranks_the_sheets_own_flag(read, join, book, codes):
    table = read([*HEAD, "是否高企"], ["甲公司", A, "否"], ["乙公司", B, "是"])
    listed = _list(
        book, "高新技术企业证书完整名单", ["甲公司", A, "2024-11-08", "三年"]
    )

    join(table, listed)

    assert [None, False] == table.columns["hnte_valid", None].values
    assert ["R273", "R273"] == codes(table)
    assert "（企业!C2）" in table.problems[0].message
    assert "名单.xlsx" in table.problems[0].message


def test_official_list_replaces_the_sheets_own_certificate(read, join, book):
    table = read(
        [*HEAD, "高企有效期至"],
        ["甲公司", A, "2026-12-31"],
        ["乙公司", B, "2026-12-31"],
    )
    listed = _list(book, "高新技术企业名单", ["甲公司", A, "2024-11-08", "三年"])

    join(table, listed)

    own = {"certificate": "hnte", "valid_until": date(2026, 12, 31)}
    assert [(CERTIFICATE,), (own,)] == table.records["certificates"].records


def test_list_of_several_kinds_tells_them_apart(read, join, book):
    listed = book(
        ["资质名单（全量）"],
        [*HEAD, "资质名称", "发证日期"],
        ["甲公司", A, "科技型中小企业", "2026-03-01"],
        ["甲公司", A, "高新技术企业", "2024-11-08"],
        name="名单",
    )

    table = join(read(*FIRMS), listed)

    records = table.records["certificates"]
    assert [
        (
            {"certificate": "tech_sme", "issued_on": date(2026, 3, 1)},
            {"certificate": "hnte", "issued_on": date(2024, 11, 8)},
        ),
        (),
        None,
    ] == records.records
    assert records.complete


def test_patent_export_gives_one_record_a_line(read, join, book):
    export = book(
        ["专利号", "类型", "法律状态", "授权公告日", "申请人", "统一社会信用代码"],
        ["1", "发明专利", "有效", "2020-01-02", "甲公司", A],
        ["2", "发明专利", "有效", "2020-01-02", "甲公司", A],
        ["2", "发明专利", "有效", "2020-01-02", "甲公司", A],
        ["3", "实用新型", "审中", None, "甲公司", A],
        name="专利",
        file="专利导出（全量）.csv",
    )

    table = join(read(*FIRMS), export)

    granted = {
        "patent_type": "invention",
        "legal_status": "valid",
        "granted_on": date(2020, 1, 2),
    }
    pending = {"patent_type": "utility_model", "legal_status": "pending"}
    # The third line repeats the second; 1 and 2 are two patents alike.
    assert [(granted, granted, pending), (), None] == table.records["patents"].records
    assert table.records["patents"].complete


def test_software_lines_are_counted_where_the_list_is_complete(read, join, book):
    rows = [["登记号", "软件名称", "著作权人", "统一社会信用代码", "登记日期"]]
    rows += [[str(n), f"软件{n}", "甲公司", A, "2025-10-05"] for n in range(3)]
    full = book(*rows, name="软著", file="软著完整清单.csv")
    partly = book(*rows, name="软著", file="软著.csv")

    table = join(read(*FIRMS), full)
    other = join(read(*FIRMS), partly)

    assert [3, 0, None] == table.columns["software_copyrights", None].values
    assert ("software_copyrights", None) not in other.columns
    assert ("reg_date", None) not in table.columns


def test_earlier_years_are_joined_with_their_cells(read, join, book, codes):
    years = book(
        ["单位：元"],
        [*HEAD, "年度", "营业收入", "职工总数"],
        ["甲公司", A, "2024", 800, 2],
        ["甲公司", A, "2025", 900, 9],
        name="历年",
        file="历年.xlsx",
    )

    table = join(read(*FIRMS), years)

    assert [80_000, None, None] == table.columns["revenue", 2024].values
    assert [90_000, None, None] == table.columns["revenue", 2025].values
    assert "历年!D3" == str(table.cell(0, ("revenue", 2024)))
    assert "历年.xlsx" == table.cell(0, ("revenue", 2024)).file
    # The firm's own figure of employees stays; the difference is said once.
    assert [3, 4, 5] == table.columns["employees", 2025].values
    assert ["R203", "R272"] == codes(table)
    assert "（企业!C2）" in table.problems[-1].message
    assert "历年.xlsx 历年!E4 是 9" in table.problems[-1].message


def test_join_by_name_alone_is_a_listed_doubt(read, join, book, codes):
    named = book(
        ["企业名称", "资产总额（元）"], ["甲公司", 700], ["丁公司", 8], name="资产"
    )

    table = join(read(*FIRMS), named)

    assert [70_000, None, None] == table.columns["assets", 2025].values
    assert ["R203", "R271"] == codes(table)


def test_wrong_code_is_not_joined_even_by_name(read, join, book):
    named = book(["企业名称", "资产总额（元）"], ["丙公司", 700], name="资产")

    table = join(read(*FIRMS), named)

    assert ("assets", 2025) not in table.columns


def test_file_that_is_not_understood_is_reported_and_skipped(read, join, book):
    table = join(read(*FIRMS), book(["天气", "温度"], ["晴", 3], file="x.csv"))

    assert ["R270"] == [n.code for n in table.notes if n.file == "x.csv"]
    assert [("x.csv", "企业")] == [
        (s.file, s.sheet) for s in table.skipped if s.file == "x.csv"
    ]


def test_words_about_all_firms_do_not_make_a_list_complete(read, join, book):
    listed = _list(
        book,
        "高新技术企业名单（全部企业与数据均为虚构）",
        ["甲公司", A, "2024-11-08", "三年"],
    )

    table = join(read(*FIRMS), listed)

    assert frozenset() == table.records["certificates"].complete_codes


def test_list_with_codes_joins_a_sheet_without_codes_by_name(read, join, book, codes):
    table = read(["企业名称", "职工总数"], ["甲公司", 3], ["乙公司", 4])
    listed = _list(book, "高新技术企业名单", ["甲公司", A, "2024-11-08", "三年"])

    join(table, listed)

    assert [(CERTIFICATE,), None] == table.records["certificates"].records
    assert ["R271"] == codes(table)
