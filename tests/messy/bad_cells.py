# SPDX-License-Identifier: Apache-2.0
"""Sheets with wrong or odd cells and rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import xlsxwriter

from tests.messy.sound import CODES, NAMES, Bad, firm, five_firms, write_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.messy.body import Written


def text_in_numbers(folder: Path) -> Bad:
    path = write_sheet(
        folder / "文字数.xlsx",
        five_firms(
            (2, 3, "约5000万"), (3, 3, "一千多"), (4, 2, "若干"), (5, 4, "#REF!")
        ),
    )
    return Bad(
        path=path,
        is_rejected=False,
        says="不是确数，不采用",
        places=((2, "D"), (3, "D"), (4, "C"), (5, "E")),
        good=(6,),
    )


def odd_but_clear_numbers(folder: Path) -> Bad:
    """Full-width digits, separators, spaces, units: all can be read, all as in `firm`."""
    path = write_sheet(
        folder / "怪数.xlsx",
        five_firms(
            (2, 3, "１０００"),
            (3, 3, "1,001.00"),
            (4, 3, " 1002\u00a0"),
            (5, 3, "1003万元"),
            (6, 3, "10040000元"),
            (2, 2, "40人"),
            (3, 2, "41 "),
        ),
    )
    return Bad(
        path=path, is_rejected=False, says="都能读，不算问题", good=(2, 3, 4, 5, 6)
    )


def percents(folder: Path) -> Bad:
    """A share of 30 % in five styles; the sixth row's 1 may be 1 % or 100 %."""
    shares: list[Written] = ["境内研发费用占比", "0.3", 30, "30%", "３０％", 1]
    rows = [[*row, share] for row, share in zip(five_firms(), shares, strict=True)]
    path = write_sheet(folder / "百分比.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="第6行的1是1%还是100%？",
        places=((6, "G"),),
        good=(2, 3, 4, 5),
    )


def totals_rows(folder: Path) -> Bad:
    """A total on top, a subtotal in the middle, a total and a signature at the end."""
    rows = five_firms()
    rows.insert(1, ["合计", None, 210, 5010, 410, None])
    rows.insert(4, ["小计", None, 81, 2001, 161, None])
    rows += [["总  计", None, 210, 5010, 410, None], ["制表人：样例员（虚构）"]]
    path = write_sheet(folder / "合计行.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="第2、5、9行是合计，第10行是签注，不是企业",
        good=(3, 4, 6, 7, 8),
    )


def negative_staff(folder: Path) -> Bad:
    path = write_sheet(
        folder / "负人数.xlsx", five_firms((3, 2, -41), (5, 2, Decimal("43.5")))
    )
    return Bad(
        path=path,
        is_rejected=False,
        says="人数不能为负，也不能有小数",
        places=((3, "C"), (5, "C")),
        good=(2, 4, 6),
    )


def off_by_10000(folder: Path) -> Bad:
    path = write_sheet(folder / "差一万倍.xlsx", five_firms((4, 3, 10_020_000)))
    return Bad(
        path=path,
        is_rejected=False,
        says="第4行营业收入比同表高一万倍，像是以元填在万元栏",
        places=((4, "D"),),
        good=(2, 3, 5, 6),
    )


def wrong_codes(folder: Path) -> Bad:
    """Wrong check, 17 places, letter O for 0, and 18 digits that became a number."""
    wrong = CODES[0][:-1] + ("1" if CODES[0][-1] != "1" else "2")
    path = write_sheet(
        folder / "信用代码.xlsx",
        five_firms(
            (2, 1, wrong),
            (3, 1, CODES[1][:-1]),
            (4, 1, CODES[2].replace("0", "O")),
            (5, 1, 913199990000000000),
        ),
    )
    return Bad(
        path=path,
        is_rejected=False,
        says="校验码不对；少一位；有字母O；被存成了数值，末几位已丢",
        places=((2, "B"), (3, "B"), (4, "B"), (5, "B")),
        good=(6,),
    )


def rows_that_disagree(folder: Path) -> Bad:
    rows = five_firms()
    rows.append([NAMES[1], CODES[1], 66, 1001, 81, date(2015, 3, 2)])
    path = write_sheet(folder / "两行不一.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="第3行和第7行是同一家企业，从业人数一写41一写66，以哪一行为准？",
        places=((3, "C"), (7, "C")),
        good=(2, 4, 5, 6),
    )


def rows_that_repeat(folder: Path) -> Bad:
    rows = [*five_firms(), firm(1)]
    path = write_sheet(folder / "重复行.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="第7行与第3行完全相同，只算一次",
        places=((7, ""),),
        good=(2, 3, 4, 5, 6),
    )


def dates_of_1900(folder: Path) -> Bad:
    """Serials 0, 1 and 60 in date format: empty, a default, a day that never was."""
    path = folder / "1900.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for top, row in enumerate(five_firms()):
        for left, value in enumerate(row):
            if left == 5 and top:
                sheet.write_number(top, left, (0, 1, 60, 42_067, 42_068)[top - 1], day)
            else:
                sheet.write(top, left, value)
    book.close()
    return Bad(
        path=path,
        is_rejected=False,
        says="1900年前后的日期是空单元格或默认值造成的，不采用",
        places=((2, "F"), (3, "F"), (4, "F")),
        good=(5, 6),
    )


def dates_from_1904(folder: Path) -> Bad:
    """A workbook that counts days from 1904: the same dates, other serials."""
    path = write_sheet(folder / "1904.xlsx", five_firms(), is_1904=True)
    return Bad(
        path=path,
        is_rejected=False,
        says="日期与1900制工作簿相同，不可差四年零一天",
        good=(2, 3, 4, 5, 6),
    )


def far_cell(folder: Path) -> Bad:
    """One forgotten space in the last cell of the sheet: 17 thousand million cells."""
    path = folder / "远格.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    for top, row in enumerate(five_firms()):
        sheet.write_row(top, 0, row[:5])
    sheet.write_string(1_048_575, 16_383, " ")
    book.close()
    return Bad(
        path=path,
        is_rejected=False,
        says="只读有内容的格，内存不随空格增长",
        good=(2, 3, 4, 5, 6),
    )
