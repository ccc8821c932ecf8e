# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: DTZ001 - the times of a sheet have no zone
"""Which formats are dates or percentages; which serial is which day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from ceyuan.sheets.formats import DateError, Kind, day_of, kind_of


@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [
        (0, None, Kind.NUMBER),
        (9, None, Kind.PERCENT),
        (10, None, Kind.PERCENT),
        (14, None, Kind.DATE),
        (20, None, Kind.NUMBER),
        (22, None, Kind.DATE),
        (31, None, Kind.DATE),
        (32, None, Kind.NUMBER),
        (46, None, Kind.NUMBER),
        (57, None, Kind.DATE),
        (164, "yyyy-mm-dd", Kind.DATE),
        (164, 'yyyy"年"m"月"d"日";@', Kind.DATE),
        (164, "[$-804]yyyy\\-m\\-d;@", Kind.DATE),
        (164, 'm"月"', Kind.DATE),
        (164, "[$-804]aaaa;@", Kind.DATE),
        (164, "h:mm:ss", Kind.NUMBER),
        (164, "[h]:mm", Kind.NUMBER),
        (164, "mm:ss.0", Kind.NUMBER),
        (164, "[$-F400]h:mm:ss AM/PM", Kind.NUMBER),
        (164, "yyyy/m/d h:mm", Kind.DATE),
        (164, "0.00%", Kind.PERCENT),
        (164, '0.0"%"', Kind.NUMBER),
        (164, "0\\%", Kind.NUMBER),
        (164, "[Red]0.0%;[Blue]-0.0%", Kind.PERCENT),
        (164, "[Red]#,##0.00", Kind.NUMBER),
        (164, '#,##0"万元/day"', Kind.NUMBER),
        (164, "General", Kind.NUMBER),
        (164, "G/通用格式", Kind.NUMBER),
        (164, "0.00E+00", Kind.NUMBER),
        (164, "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ @_ ", Kind.NUMBER),
        (164, "@", Kind.NUMBER),
    ],
)
def test_kind_of_format_is_known(number, code, kind):
    assert kind is kind_of(number, code)


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        ("1", date(1900, 1, 1)),
        ("59", date(1900, 2, 28)),
        ("61", date(1900, 3, 1)),
        ("45659", date(2025, 1, 2)),
        ("45659.5", datetime(2025, 1, 2, 12)),
        ("45659.999999999", date(2025, 1, 3)),
        ("45659.000000001", date(2025, 1, 2)),
        ("2958465", date(9999, 12, 31)),
    ],
)
def test_day_of_serial_counts_from_1900(serial, day):
    assert day == day_of(Decimal(serial))


@pytest.mark.parametrize(
    "serial", ["60", "60.5", "0", "-1", "2958466", "1E+300", "-1E+300"]
)
def test_day_of_serial_that_is_no_day_is_refused(serial):
    with pytest.raises(DateError):
        day_of(Decimal(serial))


@pytest.mark.parametrize(
    ("serial", "day"),
    [("0", date(1904, 1, 1)), ("60", date(1904, 3, 1)), ("44197", date(2025, 1, 2))],
)
def test_day_of_serial_in_a_1904_workbook(serial, day):
    assert day == day_of(Decimal(serial), from_1904=True)
