# SPDX-License-Identifier: Apache-2.0
"""Money is an integer number of fen; this module only shows it.

The unit is chosen from the *rounded* figure, so 99,999,999.99 元 prints as
1.00 亿元 and never as 10,000.00 万元. Rounding is half up, for display only.
"""

from __future__ import annotations

from fractions import Fraction

_FEN = {"元": 10**2, "万元": 10**6, "亿元": 10**10}
_LIMIT = 10**4


def _hundredths(fen: int | Fraction, scale: int) -> int:
    """Return the figure in hundredths of a unit, rounded half away from zero."""
    if isinstance(fen, int):
        size = (abs(fen) * 200 + scale) // (2 * scale)
        return size if fen >= 0 else -size
    value = Fraction(fen) * 100 / scale
    size = (abs(value) * 2 + 1) // 2
    return int(size if value >= 0 else -size)


def money_unit(fen: int | Fraction) -> str:
    """Return the unit in which an amount reads best.

    >>> money_unit(9_999_999_999)
    '亿元'
    """
    for name in ("元", "万元"):
        if abs(_hundredths(fen, _FEN[name])) < _LIMIT * 100:
            return name
    return "亿元"


def show_money(
    fen: int | Fraction, *, unit: str = "auto", with_unit: bool = True
) -> str:
    """Return an amount with two decimals, thousands separators and its unit.

    >>> show_money(9_999_999_999)
    '1.00 亿元'
    >>> show_money(-1_234_567)
    '−1.23 万元'
    """
    chosen = money_unit(fen) if unit == "auto" else unit
    hundredths = _hundredths(fen, _FEN[chosen])
    whole, part = divmod(abs(hundredths), 100)
    sign = "−" if hundredths < 0 else ""
    text = f"{sign}{whole:,}.{part:02d}"
    return f"{text} {chosen}" if with_unit else text
