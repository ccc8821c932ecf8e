# SPDX-License-Identifier: Apache-2.0
"""Files of records that people hand in: what goes in, what does not, and why."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from ceyuan.declarations import Attribute, Code, Headings, RecordType
from ceyuan.facts import ColumnMap
from ceyuan.facts.store.handles import handle_of_code, handle_of_name
from ceyuan.kernel import InputRejected
from tests.facts.intake.conftest import AS_OF

CODE = "91310000MA1FL1234Q"
OTHER = "91310115MA1K35XT08"
HEADING = "企业名称,统一社会信用代码,年度,营业收入（万元）,研发费用（万元）,所属区"


def codes(problems):
    return [(p.code, p.row, p.column) for p in problems]


def said(frame, *columns):
    return frame.select(columns).rows()


@pytest.fixture
def xlsx_file(tmp_path):
    def write(*rows, name="表.xlsx", sheet="表"):
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet(sheet)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    page.write(at, column, cell)
        return path

    return write


def test_row_states_a_record_of_its_year_and_one_of_none(csv_file, read):
    found = read(csv_file(HEADING, f'上海虚构甲公司,{CODE},2024,"1,200.5",30,徐汇区'))
    org = handle_of_code(CODE)
    name = "上海虚构甲公司"
    assert [
        {
            "org": org, "code": CODE, "name": name, "key": "", "year": 2024,
            "valid_from": date(2024, 1, 1), "valid_to": None, "district": None,
            "rd_expense": 30_000_000, "revenue": 1_200_500_000, "exact": None,
            "file": 0, "row": 2,
        },
        {
            "org": org, "code": CODE, "name": name, "key": "", "year": None,
            "valid_from": AS_OF, "valid_to": None, "district": "徐汇区",
            "rd_expense": None, "revenue": None, "exact": None, "file": 0, "row": 2,
        },
    ] == found.frame.to_dicts()  # fmt: skip
    assert [] == found.problems
    assert (1, 0) == (found.seen, found.rejected)


def test_workbook_states_the_years_of_its_headings(xlsx_file, read):
    path = xlsx_file(
        ["企业名称", "2023年营业收入（元）", "2024年营业收入（元）"],
        ["上海虚构甲公司", 0.1, 250],
        ["上海虚构乙公司", "", 20],
    )
    found = read(path)
    assert [
        ("上海虚构甲公司", 2023, 10, 2),
        ("上海虚构甲公司", 2024, 25_000, 2),
        ("上海虚构乙公司", 2024, 2_000, 3),
    ] == said(found.frame, "name", "year", "revenue", "row")


def test_row_that_names_nobody_is_refused_and_the_rest_goes_in(csv_file, read):
    found = read(csv_file(HEADING, ",,2024,5,1,", "上海虚构甲公司,,2024,500,10,"))
    assert [("R205", 2, "")] == codes(found.problems)
    assert (2, 1) == (found.seen, found.rejected)
    assert [handle_of_name("上海虚构甲公司")] == found.frame["org"].to_list()


def test_bad_cells_are_named_and_the_rest_of_the_row_goes_in(csv_file, read):
    found = read(csv_file(HEADING, f"上海虚构甲公司,{CODE},2024,约500,12人,徐汇区"))
    assert [("R231", 2, "D"), ("R236", 2, "E")] == codes(found.problems)
    assert [("徐汇区",)] == said(found.frame, "district")


def test_year_that_is_not_closed_is_refused(csv_file, read):
    found = read(csv_file(HEADING, f"上海虚构甲公司,{CODE},2026,500,10,徐汇区"))
    assert [("R216", 2, "C")] == codes(found.problems)
    assert [(None, "徐汇区")] == said(found.frame, "year", "district")


def test_equal_repeat_goes_in_once_and_is_noted(csv_file, read):
    line = f"上海虚构甲公司,{CODE},2024,500,10,徐汇区"
    found = read(csv_file(HEADING, line, line))
    assert [2, 2] == found.frame["row"].to_list()
    assert ["R283"] == [n.code for n in found.notes]
    assert ([], 0) == (found.problems, found.rejected)


def test_repeat_that_contradicts_an_earlier_row_is_refused(csv_file, read):
    found = read(
        csv_file(
            HEADING,
            f"上海虚构甲公司,{CODE},2024,500,10,",
            f"上海虚构甲公司,{CODE},2024,501,10,",
        )
    )
    assert [("R282", 3, "")] == codes(found.problems)
    assert (2, 1) == (found.seen, found.rejected)
    assert "第 3 行与第 2 行" in found.problems[0].message
    assert "501.00 万元，前面是 500.00 万元" in found.problems[0].message
    assert [(2, 500_000_000)] == said(found.frame, "row", "revenue")


def test_repeat_that_only_adds_is_taken_over(csv_file, read):
    found = read(
        csv_file(
            HEADING,
            f"上海虚构甲公司,{CODE},2024,500,,",
            f"上海虚构甲公司,{CODE},2024,,10,",
        )
    )
    assert [(2, 500_000_000, 10_000_000)] == said(
        found.frame, "row", "revenue", "rd_expense"
    )
    assert [] == found.problems


def test_unknown_column_is_noted_with_what_it_nearly_is(csv_file, read):
    found = read(csv_file("企业名称,营业收人,备用三", "上海虚构甲公司,5,x"))
    assert [
        ("R284", "B 列“营业收人”不认识，没有使用；是不是“营业收入”？"),
        ("R284", "C 列“备用三”不认识，没有使用"),
    ] == [(n.code, n.message) for n in found.notes if n.code == "R284"]


def test_number_that_does_not_fit_its_column_is_kept_exactly(csv_file, read):
    found = read(csv_file("企业名称,年度,职工总数", "上海虚构甲公司,2024,12.345"))
    assert [(None, '{"employees": "2469/200"}')] == said(
        found.frame, "employees", "exact"
    )


def test_file_in_gb18030_with_total_and_blank_rows_reads_like_any(csv_file, read):
    lines = (
        "填报表",
        HEADING,
        "",
        f"上海虚构甲公司,{CODE},2024,500,10,",
        "合计,,,500,10,",
    )
    found = read(csv_file(*lines, encoding="gb18030"))
    assert [(4, 500_000_000)] == said(found.frame, "row", "revenue")
    assert ["R260"] == [n.code for n in found.notes]


CUT = f"上海虚构甲公司,{CODE},2024,500,10,徐汇区"


@pytest.mark.parametrize(
    "tail",
    ["上海虚构丙公", "上海虚构丙公司,9131", "\0" * 40],
    ids=["name", "code", "zeros"],
)
def test_text_file_that_breaks_off_is_refused(csv_file, read, tail):
    with pytest.raises(InputRejected) as caught:
        read(csv_file(HEADING, CUT, CUT, tail, end=""))
    assert ["R106"] == [p.code for p in caught.value.problems]


@pytest.mark.parametrize("end", ["\n", ""])
def test_last_line_without_a_break_or_a_remark_is_whole(csv_file, read, end):
    assert 2 == read(csv_file(HEADING, CUT, end=end)).frame.height
    assert 2 == read(csv_file(HEADING, CUT, CUT, "填表人：虚构", end=end)).frame.height


def test_parquet_and_workbook_that_break_off_are_refused(tmp_path, read, xlsx_file):
    whole = xlsx_file(["企业名称", "年度"], ["上海虚构甲公司", 2024])
    for path in (whole, tmp_path / "表.parquet"):
        if path.suffix == ".parquet":
            import polars as pl

            pl.DataFrame({"企业名称": ["上海虚构甲公司"] * 9}).write_parquet(path)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(InputRejected) as caught:
            read(path)
        assert ["R106"] == [p.code for p in caught.value.problems]


def test_file_without_such_a_table_is_refused_with_the_reason(csv_file, read):
    with pytest.raises(InputRejected, match="没有找到"):
        read(csv_file("一,二", "三,四"))


# --- other types


def test_list_of_titles_takes_its_kind_from_its_title(csv_file, read):
    found = read(
        csv_file(
            "高新技术企业认定名单（完整名单）,,",
            "企业名称,证书编号,发证日期",
            "上海虚构甲公司,GR001,2024-12-04",
            "上海虚构乙公司,GR002,2024年",
            name="名单.csv",
        ),
        "certificate",
    )
    assert [
        ("hnte\x1f", "hnte", "GR002", None, date(2026, 11, 21)),
        ("hnte\x1f2024-12-04", "hnte", "GR001", date(2024, 12, 4), date(2024, 12, 4)),
    ] == said(
        found.frame.sort("key"),
        "key",
        "certificate",
        "certificate_number",
        "issued_on",
        "valid_from",
    )
    # A day that cannot be read is not known; the certificate is there all the same.
    assert [("R241", 4, "C")] == codes(found.problems)
    assert (2, 0) == (found.seen, found.rejected)
    assert (False, frozenset({"hnte"})) == (found.complete, found.complete_codes)


MEETING = RecordType(
    zh="会议",
    en="Meeting",
    organisation=False,
    key=("meeting_number",),
    person="host",
    attributes={
        "meeting_number": Attribute(zh="会议编号", en="Number", kind="text"),
        "seats": Attribute(zh="席位数", en="Seats", kind="number", unit="个"),
        "fee": Attribute(
            zh="会务费", en="Fee", kind="number", unit="元", sensitivity="personal"
        ),
        "host": Attribute(
            zh="主持人",
            en="Host",
            kind="code",
            codes={"a": Code(zh="甲某", en="A")},
            sensitivity="personal",
            headings=Headings(zh=("会议主持",)),
        ),
    },
)


def test_type_without_organisation_is_known_by_its_key(csv_file, read):
    lines = (
        "会议编号,席位数,会务费（元）,备注",
        "M-1,20,1,x",
        ",30,2,x",
        "M-2,4个,3,x",
    )
    found = read(csv_file(*lines), MEETING)
    assert [(None, None, "M-1", 20), (None, None, "M-2", 4)] == said(
        found.frame, "org", "name", "key", "seats"
    )
    assert [("R205", 3, "")] == codes(found.problems)


def test_personal_cells_are_never_quoted(csv_file, read):
    found = read(
        csv_file(
            "会议编号,会务费（元）,会议主持",
            "M-1,约４４４４,乙某某",
            "M-2,20,甲某",
            "M-2,21,甲某",
            "M-3,20,甲某",
            "M-4,20,甲某",
        ),
        MEETING,
    )
    words = " ".join(f"{p.message}{p.mend}" for p in (*found.problems, *found.notes))
    assert [("R231", 2, "B"), ("R251", 2, "C"), ("R282", 4, "")] == codes(
        found.problems
    )
    assert not [w for w in ("４４４４", "4444", "乙某某", "21", "20") if w in words]


def test_column_map_settles_what_a_column_is(csv_file, read):
    columns = ColumnMap.model_validate(
        {"columns": {"B": {"fact": "revenue", "unit": "亿元", "year": 2023}}}
    )
    found = read(csv_file("企业名称,数", "上海虚构甲公司,1.5"), columns=columns)
    assert [(2023, 15_000_000_000)] == said(found.frame, "year", "revenue")


def test_year_that_is_handed_in_is_that_of_undated_columns(csv_file, read):
    found = read(csv_file("企业名称,营业收入（元）", "上海虚构甲公司,1.5"), year=2022)
    assert [(2022, 150)] == said(found.frame, "year", "revenue")


def test_samples_of_the_project_are_read_as_firms(read):
    path = Path(__file__).parents[3] / "src/ceyuan/samples/listed_companies.csv"
    found = read(path)
    assert found.frame.height > 0
    assert [] == [p for p in found.problems if p.code in {"R205", "R281", "R282"}]
    assert Decimal(0) <= found.rejected == 0
