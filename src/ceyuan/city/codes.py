# SPDX-License-Identifier: Apache-2.0
"""Identifiers that are well formed and belong to nobody.

319999 is no administrative division, so a credit code that starts with `91319999MA`
is valid by its check characters (GB 11714 inside, GB 32100 at the end) and can never
be a real firm's. Patent numbers use the serials from 9900000 up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdnum.cn import uscc

if TYPE_CHECKING:
    from datetime import date

FICTITIOUS_PREFIX = "91319999MA"
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_PATENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def credit_code(number: int) -> str:
    """Return the credit code of the firm with this number (from 0)."""
    body = "MA"
    for place in reversed(range(6)):
        body += _ALPHABET[(number * 7919 + 104_729) // 31**place % 31]
    total = sum(
        int(letter, 36) * weight
        for letter, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = (11 - total % 11) % 11
    text = "91319999" + body + ("X" if check == 10 else str(check))
    return text + uscc.calc_check_digit(text)


def patent_number(kind: int, filed: date, serial: int) -> str:
    """Return a patent number; kind 1 invention, 2 utility model, 3 design."""
    digits = f"{filed.year}{kind}{9_900_000 + serial:07d}"
    total = sum(int(d) * w for d, w in zip(digits, _PATENT_WEIGHTS, strict=True))
    check = total % 11
    return f"ZL{digits}.{'X' if check == 10 else check}"


def years_later(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes the 28th."""
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year + years)
