# SPDX-License-Identifier: Apache-2.0
"""Amounts, days and moments as each language writes them; nothing is computed with.

Chinese counts by ten thousands, English by thousands: 6,496.79 亿元 is CNY 649.68
billion. The unit is chosen from the rounded figure, as in `kernel.show_money`.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from django.conf import settings as django

from ceyuan.kernel import show_money
from ceyuan.ledger.sealing import OFFICE_TIME

NOTHING = "—"
_ENGLISH = (("", 1), (" million", 10**6), (" billion", 10**9))
_TINY = 10**6


def money_text(fen: int | Fraction | None, locale: str) -> str:
    """Return an amount with its unit; `—` where there is none."""
    if fen is None:
        return NOTHING
    if locale == "zh":
        return show_money(fen).replace(" ", "\u00a0")
    yuan = Fraction(fen) / 100
    for name, size in _ENGLISH:
        hundredths = _round(yuan / size * 100)
        # 999,999.995 reads 1.00 million, not 1,000,000.00.
        if abs(hundredths) < (_TINY if size == 1 else 1000) * 100 or size == 10**9:
            whole, part = divmod(abs(hundredths), 100)
            sign = "−" if hundredths < 0 else ""
            return f"{sign}CNY\u00a0{whole:,}.{part:02d}{name}".replace(" ", "\u00a0")
    raise AssertionError


def _round(value: Fraction) -> int:
    half = (abs(value) * 2 + 1) // 2
    return int(-half if value < 0 else half)


def day_text(value: date | None, locale: str) -> str:
    """Return a day: 2025-11-21, or 21 Nov 2025."""
    if value is None:
        return NOTHING
    if locale == "zh":
        return f"{value:%Y-%m-%d}"
    return f"{value.day} {value:%b %Y}"


def moment_text(value: datetime, locale: str) -> str:
    """Return a moment to the minute."""
    return f"{day_text(value, locale)} {value:%H:%M}"


def today() -> date:
    """Return the office's day; of a demonstration, the day that it stands at."""
    said = django.CEYUAN.today
    return date.fromisoformat(said) if said else datetime.now(OFFICE_TIME).date()
