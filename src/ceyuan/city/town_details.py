# SPDX-License-Identifier: Apache-2.0
"""What follows from a firm's size, trade and titles: taxes, marks, rights, rent.

These facts hang together with the model: a firm with a high-tech certificate pays
15 %, the parts of its R&D cost add up to it, a specialised firm has a good mark and
years in its niche. Units as in `town_model`: fen, heads, hundredths of a per cent or
of a point, tenths of a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ceyuan.city.town_edges import WAN
from ceyuan.city.town_model import Cells, year_of
from ceyuan.city.town_names import LOW, TRADES

if TYPE_CHECKING:
    from ceyuan.city.town_draws import Bits
    from ceyuan.city.town_model import Firms

WAN_DOLLARS = 1_000_000
"""Cents of 万美元."""
_STARS = ("none", "core_tech", "national_award", "national_project", "patents_50")
_DIRECT = (
    "none",
    "hnte_valid",
    "national_award",
    "rd_institution",
    "standard_lead",
)
_RIGHTS = ("ownership", "exclusive_licence", "nonexclusive_licence")
_STAGES = ("startup", "growth", "stable", "by_revenue")
_KINDS = ("none", "centre", "independent", "global", "platform")


def add_details(firms: Firms, *, last_year: int) -> None:
    """Add the facts that follow from the others."""
    for year in firms.years:
        _taxes(firms, year)
    _marks(firms, last_year)
    _rights(firms)
    _money(firms, last_year)
    _abroad(firms)


def _taxes(firms: Firms, year: int) -> None:
    """Add what a yearly tax return says beyond the accounts."""
    lots, cells, has = firms.lots.of(year), firms.years[year], firms.has
    revenue, rd = cells["revenue"].values, cells["rd_expense"].values
    makes = np.array([t.section == "C" for t in TRADES])[firms.trade]
    low = np.array([t.keen == LOW for t in TRADES])[firms.trade]
    spent = rd // 1000
    outside = np.where(lots.chance(2500, "outside"), lots.below(250, "out"), 0)
    overseas = np.where(lots.chance(400, "overseas"), lots.below(150, "sea"), 0)
    other = lots.between(20, 140, "other")
    amortised = np.where(lots.chance(1500, "amortised"), lots.below(80, "am"), 0)
    main = np.maximum(980 - outside - overseas - other - amortised, 100)
    subsidy = np.where(lots.chance(900, "subsidy"), lots.below(60, "sub"), 0)
    special = np.where(lots.chance(500, "special"), lots.below(30, "spec"), 0)
    sold = firms.lots.shaped(
        ((0, 10), (600_000, 200), (900_000, 900), (10**6, 6000)), "transfers"
    )
    sold = sold * WAN + lots.below(WAN, "odd sale")
    negative = np.where(lots.chance(np.where(low, 6000, 300), "negative"), 100, 0)
    rate = np.where(revenue < 300 * WAN, 500, 2500)
    made = {
        "cit_rate": np.where(has["hnte"], 1500, rate),
        "manufacturing_share": np.where(
            makes, lots.between(7000, 10_000, "made"), lots.below(8, "a little") * 125
        ),
        "negative_industry_revenue": revenue
        // 100
        * np.minimum(negative, lots.between(10, 100, "how negative")),
        "rd_cost_main": spent * main,
        "rd_cost_other": spent * other,
        "rd_cost_other_by_project": spent
        * (other * lots.between(60, 100, "by") // 100),
        "rd_amortisation": spent * amortised,
        "rd_outsourced_domestic": spent * outside,
        "rd_outsourced_overseas": spent * overseas,
        "rd_nontaxed_subsidy": spent * subsidy,
        "rd_special_income": spent * special,
        "rd_q4_base": spent * lots.between(180, 330, "quarter"),
        "transfer_revenue": sold,
        "transfer_cost": sold // 100 * lots.between(5, 60, "sale cost"),
        "transfer_taxes": sold // 100 * lots.between(0, 6, "sale tax"),
        "transfer_period_cost": sold // 100 * lots.between(0, 12, "sale share"),
    }
    cells |= {name: Cells(values) for name, values in made.items()}


def _marks(firms: Firms, last_year: int) -> None:
    """Add what offices have found, and what judges have (mostly not) said."""
    lots, merit, has, edge = firms.lots, firms.merit, firms.has, firms.edge
    facts = firms.facts
    score = np.minimum(merit * 60 + lots.between(1200, 3800, "score"), 10_000)
    score = np.where(has["zjtx"], np.maximum(score, 5600), score)
    score = edge.put("score", score)
    rated = has["does_rd"] & (lots.chance(6000, "rated") | has["zjtx"] | edge.any)
    age = last_year - year_of(firms.born)
    niche = np.minimum(lots.between(4, 160, "niche"), age * 10 + 5)
    niche = np.where(has["zjtx"], np.maximum(niche, 25), niche)
    facts |= {
        "gradient_score": Cells(score, rated),
        "gradient_score_before": Cells(
            np.clip(score - lots.between(-300, 900, "before"), 0, 10_000), rated
        ),
        "zjtx_score_2022": Cells(
            np.clip(score + lots.between(-500, 500, "2022"), 0, 10_000), rated
        ),
        "niche_years": Cells(edge.put("niche", niche)),
        "points_tech": Cells(lots.between(merit * 50, 10_000, "points tech"), rated),
        "points_growth": Cells(lots.between(500, 10_000, "points growth"), rated),
        "points_aux": Cells(lots.between(0, 10_000, "points aux"), rated),
        "points_stage": Cells(lots.weighed((3, 4, 2, 1), "stage"), rated, _STAGES),
        "tech_sme_in_tax_year": Cells(
            (has["tech_sme"] & lots.chance(9500, "in year")).astype(np.int64)
        ),
        "new_gradient_title": Cells(
            np.where(lots.chance(3000, "new title"), has["zjtx"] + 0 + has["xjr"], 0),
            None,
            ("none", "zjtx", "xjr"),
        ),
        "is_key_little_giant": Cells(
            (has["xjr"] & lots.chance(5000, "key")).astype(np.int64)
        ),
        "star_sector": Cells(
            np.where(firms.keen > LOW, 0, 1 + lots.chance(4000, "barred")),
            None,
            ("allowed", "restricted", "barred"),
        ),
        "star_exception": Cells(
            lots.weighed((9500, 150, 100, 150, 100), "star"), None, _STARS
        ),
        "tech_sme_direct": Cells(
            np.where(has["hnte"], 1, lots.weighed((960, 0, 5, 20, 15), "direct")),
            None,
            _DIRECT,
        ),
        "is_software_firm": Cells(
            (_in(firms, "I") & lots.chance(7500, "software")).astype(np.int64)
        ),
    }
    judged = lots.chance(2500, "judged")
    for name, most in (
        ("hnte_ip_points", 30),
        ("hnte_results_points", 30),
        ("hnte_management_points", 20),
    ):
        low = most * merit // 125 + most // 10
        facts[name] = Cells(lots.between(low, np.full_like(low, most), name), judged)


def _rights(firms: Firms) -> None:
    """Add registered rights that are no patents, and the place in the market."""
    lots, merit, has, facts = firms.lots, firms.merit, firms.has, firms.facts
    soft = _in(firms, "I") | _in(firms, "M")
    top = np.where(soft & has["does_rd"], 40, 5)
    leads = has["zjtx"] | lots.chance(300, "leads")
    share = np.where(leads, lots.between(300, 4500, "share"), lots.below(400, "share"))
    other = np.where(
        has["does_rd"] & lots.chance(300 + merit * 10, "layouts"), 1 + merit // 30, 0
    )
    own = np.where(has["does_rd"], merit // 25, 0)
    facts |= {
        "software_copyrights": Cells(
            np.where(
                has["does_rd"] | lots.chance(800, "one"), lots.below(top, "soft"), 0
            )
        ),
        "ip_class1_other": Cells(other),
        "ip_class1_self": Cells(own),
        "ip_class1_high_value": Cells(np.minimum(own, lots.below(3, "high"))),
        "market_share": Cells(share),
        "national_rank": Cells(
            np.where(leads, lots.between(1, 12, "rank"), lots.between(9, 900, "rank"))
        ),
    }


def _money(firms: Firms, last_year: int) -> None:
    """Add what investors say: valuation, planned investment; and a sold technology."""
    lots, has, facts = firms.lots, firms.has, firms.facts
    invested = facts["had_private_investment"].values > 0
    revenue = firms.years[last_year]["revenue"].values
    dollars = lots.shaped(
        (
            (0, 100),
            (500_000, 1500),
            (900_000, 12_000),
            (985_000, 90_000),
            (999_000, 600_000),
            (10**6, 2_500_000),
        ),
        "worth",
    )
    facts |= {
        "valuation": Cells((dollars + revenue // (30 * WAN)) * WAN_DOLLARS, invested),
        "planned_investment": Cells(
            lots.between(300, 9000, "plan") * WAN, has["zjtx"] | has["xjr"]
        ),
        "transfer_right": Cells(lots.weighed((5, 3, 2), "right"), None, _RIGHTS),
        "licence_years": Cells(lots.between(10, 120, "licence")),
    }


def _abroad(firms: Firms) -> None:
    """Add the research centres of foreign firms, and the rent they pay."""
    lots, has, facts = firms.lots, firms.has, firms.facts
    centre = has["foreign"] & has["does_rd"]
    kind = np.where(centre, lots.weighed((30, 25, 20, 15, 10), "centre"), 0)
    facts |= {
        "foreign_rd_kind": Cells(kind, None, _KINDS),
        "rent_years_subsidised": Cells(lots.below(5, "rent years"), kind > 0),
        "rd_input_usd": Cells(lots.between(20, 2500, "dollars") * WAN_DOLLARS, centre),
        "rented_area": Cells(lots.between(150, 4200, "area"), centre),
        "rent_price": Cells(lots.between(200, 1400, "rent"), centre),
        "rent_days": Cells(lots.between(90, 365, "rent days"), centre),
    }


def _in(firms: Firms, section: str) -> Bits:
    return np.array([t.section == section for t in TRADES])[firms.trade]
