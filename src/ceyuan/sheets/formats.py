# SPDX-License-Identifier: Apache-2.0
"""What a number format makes of a number: a date, a percentage, or itself.

A spreadsheet stores dates as numbers of days; only the cell's format tells. Chinese
Excel and WPS use format numbers 27 to 36 and 50 to 58, which are not written out in
the file, for `2025年1月2日` and its like; they are known here. The other trap is
serial 60: Lotus 1-2-3 took 1900 for a leap year, Excel copied it, so serials below
60 are one day off and 60 itself, 1900-02-29, never was.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

# ECMA-376 part 1, §18.8.30: formats given by number only; 27 to 58 as in zh-cn.
_DATES = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58}
_PERCENTS = {9, 10}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKET = re.compile(r"\[[^\]]*\]")
_AM_PM = re.compile(r"am/pm|a/p|上午/下午|general|g/通用格式", re.IGNORECASE)
_DAY = timedelta(days=1)
_LAST_SERIAL = 2_958_465  # 9999-12-31


class Kind(Enum):
    """How a cell's number is meant."""

    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"


class DateError(ValueError):
    """The number stands for no day."""


def kind_of(number: int, code: str | None = None) -> Kind:
    """Return how a number under this format is meant.

    Args:
        number: The format's number (`numFmtId`).
        code: The format written out, when the file holds it.

    A time of day or a duration stays a number, the fraction of a day.
    """
    if code is None:
        if number in _DATES:
            return Kind.DATE
        return Kind.PERCENT if number in _PERCENTS else Kind.NUMBER
    # Only the first section (positive numbers) decides.
    text = _LITERAL.sub("", code).split(";")[0]
    if _ELAPSED.search(text):
        return Kind.NUMBER
    text = _AM_PM.sub("", _BRACKET.sub("", text)).lower()
    if "%" in text:
        return Kind.PERCENT
    if any(letter in text for letter in ("y", "d", "aaa")):
        return Kind.DATE
    # A lone m is a month, beside h or s it is minutes.
    is_month = "m" in text and "h" not in text and "s" not in text
    return Kind.DATE if is_month else Kind.NUMBER


def day_of(serial: Decimal, *, from_1904: bool = False) -> date | datetime:
    """Return the day of a serial number, with its time if it has a fraction.

    Raises:
        DateError: The serial lies outside 1900 to 9999, or is the day
            1900-02-29 that Excel believes in.
    """
    if not 0 <= serial < _LAST_SERIAL + 1:
        raise DateError(str(serial))
    days = int(serial)
    fraction = serial - days
    if from_1904:
        origin, first = date(1904, 1, 1), 0
    elif days == 60:
        msg = "1900-02-29"
        raise DateError(msg)
    else:
        origin = date(1899, 12, 30) if days > 60 else date(1899, 12, 31)
        first = 1
    if not first <= days <= _LAST_SERIAL - (1462 if from_1904 else 0):
        msg = str(serial)
        raise DateError(msg)
    day = origin + days * _DAY
    # Milliseconds: what a float of this size still holds, and what Excel shows.
    milliseconds = int((fraction * 86_400_000).to_integral_value())
    if not milliseconds:
        return day
    if milliseconds == 86_400_000:
        return day + _DAY
    start = datetime(day.year, day.month, day.day)  # noqa: DTZ001 a sheet has no zone
    return start + timedelta(milliseconds=milliseconds)
