# SPDX-License-Identifier: Apache-2.0
"""What each office says of the firms: left out, rounded, late, or wrong.

The model knows what is true; nobody hands that in. A tax return has every fen and is
late or missing for a few; a statistical survey asks the larger firms and counts in
千元; a firm cuts its own figures short and sometimes copies last year's; a park's list
is a year old. Where two of them state one fact they differ now and then, and then it
is known which is believed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ceyuan.city.town_edges import WAN
from ceyuan.city.town_model import Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ceyuan.city.town_draws import Bits, Ints, Lots
    from ceyuan.city.town_model import Firms

TAX = (
    "revenue",
    "main_revenue",
    "total_income",
    "cost_expense",
    "net_profit",
    "investment_income",
    "assets",
    "liabilities",
    "rd_expense",
    "cit_rate",
    "manufacturing_share",
    "negative_industry_revenue",
    "operating_months",
    "operating_months_q4",
)
RESEARCH = (
    "rd_cost_main",
    "rd_cost_other",
    "rd_cost_other_by_project",
    "rd_amortisation",
    "rd_outsourced_domestic",
    "rd_outsourced_overseas",
    "rd_nontaxed_subsidy",
    "rd_special_income",
    "rd_q4_base",
)
TRANSFER = (
    "transfer_revenue",
    "transfer_cost",
    "transfer_taxes",
    "transfer_period_cost",
)
SURVEY = ("revenue", "main_revenue", "rd_expense", "employees", "rd_staff")
OWN = (
    "revenue",
    "main_revenue",
    "hitech_income",
    "rd_expense",
    "rd_domestic",
    "employees",
    "tech_staff",
    "rd_staff",
    "rd_staff_with_degree",
)
REGISTRY = (
    "reg_date",
    "district",
    "province",
    "gb_section",
    "gb_division",
    "real_estate_class",
    "registrar_class",
    "is_foreign_invested",
)
FINANCE = (
    "equity_2y",
    "equity_3y",
    "had_private_investment",
    "valuation",
    "is_listed",
)
RIGHTS = ("software_copyrights", "ip_class1_other")
PARK = ("revenue", "employees")
_MONEY = frozenset(
    {"revenue", "main_revenue", "hitech_income", "rd_expense", "rd_domestic"}
)
_CENT = 10_000
"""Fen of 0.01 万元; what is less, a firm drops from its figures."""


class Rows(NamedTuple):
    """What a sheet says of some firms: their places in the chunk, and the cells.

    A column is `Cells`, or an array of texts as it is written.
    """

    at: Ints
    cells: Mapping[str, Any]


def some(
    firms: Firms, which: Bits, cells: Mapping[str, Cells], *, blank: int, lots: Lots
) -> Rows:
    """Return the rows of some firms, with a share of the cells left empty."""
    at = np.flatnonzero(which)
    draws = lots.only(which)
    calm = firms.edge.any[at]
    made = {}
    for name, (values, known, codes) in cells.items():
        there = np.ones(len(at), np.bool_) if known is None else known[at]
        if blank:
            there = there & (calm | ~draws.chance(blank, f"blank {name}"))
        made[name] = Cells(values[at], there, codes)
    return Rows(at, made)


def said_by_registry(firms: Firms) -> Rows:
    """What was entered when the firm was founded, of every firm."""
    cells = {name: firms.facts[name] for name in REGISTRY}
    every = np.ones(len(firms.born), dtype=np.bool_)
    return some(firms, every, cells, blank=20, lots=firms.lots.of("registry"))


def said_of_organisations(firms: Firms) -> Rows:
    """When each firm began, and when it ended."""
    gone = ~firms.has["alive"]
    cells = {
        "kind": Cells(np.zeros_like(firms.born), None, ("enterprise",)),
        "registered_on": Cells(firms.born),
        "ended_on": Cells(firms.died, gone),
    }
    every = np.ones(len(gone), dtype=np.bool_)
    return some(firms, every, cells, blank=0, lots=firms.lots.of("orgs"))


def filed(firms: Firms, year: int) -> Bits:
    """Return who filed the return of a year."""
    return firms.alive(year) & firms.lots.of(year).chance(9850, "files")


def claims(firms: Firms, year: int) -> Bits:
    """Who claims the R&D deduction; who has none says so in a row of zeros or not."""
    does = firms.has["does_rd"] | firms.lots.of(year).chance(4000, "zeros")
    return filed(firms, year) & does


def sells(firms: Firms, year: int) -> Bits:
    """Return who filed the annex on the transfer of technology."""
    return filed(firms, year) & (firms.facts["transfers_technology"].values > 0)


def said_by_tax(
    year: int, names: tuple[str, ...], who: Callable[[Firms, int], Bits]
) -> Callable[[Firms], Rows]:
    """What stands in a return or its annex, to the fen."""

    def told(firms: Firms) -> Rows:
        cells = {name: firms.years[year][name] for name in names}
        return some(
            firms, who(firms, year), cells, blank=30, lots=firms.lots.of(year).of("tax")
        )

    return told


def said_by_survey(year: int) -> Callable[[Firms], Rows]:
    """Who is above the line, and a sample of the rest; 2 of 100 rows are amiss."""

    def told(firms: Firms) -> Rows:
        lots = firms.lots.of(year).of("survey")
        revenue = firms.years[year]["revenue"].values
        asked = (revenue >= 500 * WAN) | lots.chance(2500, "sample")
        amiss = lots.chance(200, "amiss")
        by = lots.between(80, 119, "by")
        cells = {}
        for name in SURVEY:
            values, known, codes = firms.years[year][name]
            if name in _MONEY:
                values = np.where(amiss, values // 100 * by, values)
            cells[name] = Cells(values, known, codes)
        return some(firms, asked & firms.alive(year), cells, blank=80, lots=lots)

    return told


def said_by_firm(year: int, names: tuple[str, ...]) -> Callable[[Firms], Rows]:
    """The firm's own, cut short: 3 of 100 copy last year's, 1 counts the tax in.

    Who stands on a threshold knows it to the fen.
    """

    def told(firms: Firms) -> Rows:
        lots = firms.lots.of(year).of("own")
        calm = firms.edge.any
        before = firms.years.get(year - 1, firms.years[year])
        stale = lots.chance(300, "stale") & firms.alive(year - 1) & ~calm
        gross = lots.chance(100, "gross") & ~calm
        cells = {}
        for name in names:
            values, known, codes = firms.years[year][name]
            if name in OWN:
                values = np.where(stale, before[name].values, values)
            if name == "revenue":
                values = np.where(gross, values // 100 * 113, values)
            if name in _MONEY:
                values = np.where(calm, values, values // _CENT * _CENT)
            cells[name] = Cells(values, known, codes)
        here = firms.lots.chance(9300, "hands in") | calm
        return some(firms, here & firms.alive(year), cells, blank=150, lots=lots)

    return told


def said_by_park(year: int) -> Callable[[Firms], Rows]:
    """A park's list: for three of five firms the figures are the year before's."""

    def told(firms: Firms) -> Rows:
        lots = firms.lots.of("park")
        stale = lots.chance(6000, "stale") & firms.alive(year - 1)
        cells = {
            name: Cells(
                np.where(
                    stale,
                    firms.years[year - 1][name].values,
                    firms.years[year][name].values,
                )
            )
            for name in PARK
        }
        there = lots.chance(3000, "in a park") & firms.alive(year)
        return some(firms, there, cells, blank=400, lots=lots)

    return told


def said_once(
    label: str, names: tuple[str, ...], share: int, blank: int
) -> Callable[[Firms], Rows]:
    """What is said once, of `share` in 10,000 of the firms that are alive."""

    def told(firms: Firms) -> Rows:
        lots = firms.lots.of(label)
        cells = {name: firms.facts[name] for name in names}
        here = firms.lots.chance(share, "hands in") | firms.edge.any
        return some(firms, here & firms.has["alive"], cells, blank=blank, lots=lots)

    return told


def said_by_judges(names: tuple[str, ...]) -> Callable[[Firms], Rows]:
    """What judges said, of one firm in three that does research."""

    def told(firms: Firms) -> Rows:
        lots = firms.lots.of("judged")
        cells = {name: firms.facts[name] for name in names}
        here = firms.lots.chance(3300, "judged at all") & firms.has["does_rd"]
        return some(firms, here & firms.has["alive"], cells, blank=500, lots=lots)

    return told
