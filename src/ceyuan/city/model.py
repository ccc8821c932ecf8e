# SPDX-License-Identifier: Apache-2.0
"""What is known of an invented firm: the model behind every sample sheet.

Money is integer fen. Yearly figures stand in `Year`; a year before the firm was
founded has none. Everything that a sheet, a certificate list or a patent export says
about a firm is written from here, and so is what a reader ought to find there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

YUAN = 100
WAN = 10_000 * YUAN
YI = 10_000 * WAN
LAST_YEAR = 2025
YEARS = (2023, 2024, 2025)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year of one firm; money in fen, people in heads."""

    year: int
    revenue: int
    main_revenue: int
    hitech_revenue: int
    total_cost: int
    net_profit: int
    assets: int
    liabilities: int
    rd_expense: int
    rd_domestic_percent: int
    employees: int
    tech_staff: int
    rd_staff: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A high-tech certificate; valid for three years from its issue."""

    number: str
    issued: date
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """One invented firm.

    Args:
        number: Its place in the model, from 0.
        industry: Section letter and division of GB/T 4754, e.g. `I65`.
        title: 专精特新小巨人, 专精特新中小企业, 创新型中小企业 or 无.
        edge: Why its figures are as they are, when it was put on a threshold.
        years: Its years, the earliest first.
    """

    number: int
    name: str
    uscc: str
    founded: date
    district: str
    address: str
    industry: str
    industry_label: str
    is_listed: bool
    hnte: Certificate | None
    tech_sme_number: str
    title: str
    inventions: int
    utility_models: int
    designs: int
    copyrights: int
    equity_raised: int
    edge: str
    years: tuple[Year, ...]

    def in_year(self, year: int) -> Year | None:
        """Return the figures of a year; None before the firm was founded."""
        return next((y for y in self.years if y.year == year), None)

    @property
    def last(self) -> Year:
        """Return the last closed year."""
        return self.years[-1]
