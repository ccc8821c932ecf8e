# SPDX-License-Identifier: Apache-2.0
"""Single cells."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from ceyuan.declarations.facts import Code
from ceyuan.facts.values import (
    Codes,
    Fault,
    Number,
    read_day,
    read_flag,
    read_number,
)
from ceyuan.sheets import CellError


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (12, 12),
        (Decimal("1.50"), Decimal("1.50")),
        ("12", 12),
        (" 1,234.5 ", Decimal("1234.5")),
        ("５７６３１．７４", Decimal("57631.74")),
        ("1，234", 1234),
        ("-3.5", Decimal("-3.5")),
        ("−3", -3),
        ("(1,234)", -1234),
        ("+12.5%", Number(Decimal("12.5"), "%")),
        ("¥5000", 5000),
        ("5000万", Number(5000, "万元")),
        ("1.2亿", Number(Decimal("1.2"), "亿元")),
        ("3,000万元", Number(3000, "万元")),
        ("人民币300万元整", Number(300, "万元")),
        ("43人", Number(43, "人")),
        ("30%", Number(30, "%")),
        ("无", Number(0, "无")),
        *[(blank, None) for blank in (None, "", " ", "-", "/", "—", "N/A", "不详")],
    ],
)
def test_number_is_read(cell, value):
    assert value == read_number(cell)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("约5000万", "R231"),
        ("5000万左右", "R231"),
        (">500", "R231"),
        ("500以上", "R231"),
        ("500-1000", "R232"),
        ("500万~1000万", "R232"),
        ("1.2E+08", "R233"),
        ("NaN", "R234"),
        ("inf", "R234"),
        (Decimal("NaN"), "R234"),
        (Decimal("Infinity"), "R234"),
        (CellError("#REF!"), "R234"),
        ("12,34", "R230"),
        ("亏损", "R230"),
        ("见附件", "R230"),
        ("1_000", "R230"),
        (True, "R230"),
        (date(2020, 1, 1), "R230"),
        ("500 台", "R236"),
    ],
)
def test_number_that_is_not_exact_is_a_fault(cell, code):
    reading = read_number(cell)

    assert isinstance(reading, Fault)
    assert code == reading.code


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2019, 3, 5), date(2019, 3, 5)),
        (datetime(2019, 3, 5, 8), date(2019, 3, 5)),  # noqa: DTZ001 - a sheet's own
        ("2019-3-5", date(2019, 3, 5)),
        ("2019/03/05", date(2019, 3, 5)),
        ("2019.3.5", date(2019, 3, 5)),
        ("2019年3月5日", date(2019, 3, 5)),
        ("２０１９年３月５日", date(2019, 3, 5)),
        ("20190305", date(2019, 3, 5)),
        (20190305, date(2019, 3, 5)),
        ("2019-03-05 00:00:00", date(2019, 3, 5)),
        ("二〇一九年十二月三十一日", date(2019, 12, 31)),
        ("Mar 5, 2019", date(2019, 3, 5)),
        ("13/05/2019", date(2019, 5, 13)),
        (43831, date(2020, 1, 1)),
        ("43831", date(2020, 1, 1)),
        ("-", None),
        (None, None),
    ],
)
def test_day_is_read(cell, day):
    assert day == read_day(cell)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2019", "R241"),
        ("2019年", "R241"),
        (2019, "R241"),
        ("2019.03", "R241"),
        ("2019年3月", "R241"),
        (Decimal("2019.03"), "R241"),
        (0, "R242"),
        (date(1900, 1, 1), "R242"),
        ("1899-12-30", "R240"),
        ("03/05/2019", "R244"),
        ("2019-02-30", "R240"),
        ("三年前", "R240"),
        (CellError("#N/A"), "R234"),
    ],
)
def test_day_that_is_not_told_is_a_fault(cell, code):
    reading = read_day(cell)

    assert isinstance(reading, Fault)
    assert code == reading.code


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        *[(yes, True) for yes in ("是", "有", "√", "Y", "yes", "1", 1, "TRUE", "已")],
        *[(no, False) for no in ("否", "无", "×", "N", "0", 0, "未", "没有", False)],
        *[(blank, None) for blank in (None, "", "-", "/", "不详")],
    ],
)
def test_flag_is_read(cell, flag):
    assert read_flag(cell) is flag


def test_flag_of_other_words_is_a_fault():
    fault = read_flag("GR202331000001")

    assert isinstance(fault, Fault)
    assert "R250" == fault.code


def test_address_is_read_by_its_beginning_but_a_street_is_no_city():
    codes = Codes(
        {
            "shanghai": Code(zh="上海市", en="Shanghai", synonyms=("上海",)),
            "other": Code(zh="其他", en="other", synonyms=("江苏",)),
        },
        prefix=True,
    )

    assert "shanghai" == codes.read("上海市浦东新区张江路1号")
    assert "shanghai" == codes.read("上海浦东张江路1号")
    assert "other" == codes.read("江苏省南京市上海路88号")
    assert isinstance(codes.read("上海路88号"), Fault)
    assert isinstance(codes.read("张江路1号"), Fault)


def test_codes_of_a_cell_are_a_set():
    codes = Codes(
        {"a": Code(zh="甲", en="A"), "b": Code(zh="乙", en="B")}, prefix=False
    )

    assert frozenset("ab") == codes.read_many("甲、乙")
    assert frozenset() == codes.read_many("无")
    assert codes.read_many("") is None


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("已核验", True),
        ("已登记", True),
        ("未核验", False),
        ("待核验", False),
        ("未登记", False),
        ("未发生", False),
    ],
)
def test_flag_is_read_from_the_words_of_an_office(word, wanted):
    assert read_flag(word) is wanted
