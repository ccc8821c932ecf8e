# SPDX-License-Identifier: Apache-2.0
"""Facts that need no model of their own: declared flags, marks, and all the rest.

`FLAGS` says how often a flag is true of a firm without merit and of the best, so what
is good in a firm goes together. A fact that nobody has thought of (a new policy reads
it) is drawn from what the dictionary says of it: its kind, its bounds, its codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ceyuan.city.town_model import Cells, day
from ceyuan.kernel import unit

if TYPE_CHECKING:
    from ceyuan.city.town_draws import Ints, Lots
    from ceyuan.declarations.facts import Fact

FLAGS: dict[str, tuple[int, int]] = {
    "abnormal_or_dishonest": (300, 40),
    "audited_collection": (9000, 9950),
    "class1_in_use": (6000, 9800),
    "core_business_it": (4000, 9500),
    "first_time_above_scale": (300, 500),
    "foreign_rd_global_role": (2000, 6000),
    "foreign_rd_grant_paid": (3000, 3000),
    "foreign_rd_natural_science": (7000, 9500),
    "foreign_rd_open_role": (3000, 7000),
    "has_core_ip": (5000, 9800),
    "hnte_field_match": (6000, 9900),
    "hnte_incident": (200, 40),
    "in_strategic_industry": (3000, 8000),
    "innovation_title": (50, 600),
    "is_legal_person": (9800, 9990),
    "key_chain_link": (1000, 8800),
    "little_giant_management": (3000, 9600),
    "little_giant_organisation": (4000, 9700),
    "little_giant_service_line": (2000, 5000),
    "maker_china_50": (10, 200),
    "maker_china_500": (20, 400),
    "management_certified": (3000, 9600),
    "market_front": (1500, 9000),
    "national_award_top3_3y": (10, 250),
    "on_ic_machine_list": (50, 250),
    "own_brand": (3000, 9600),
    "prohibited_product": (150, 20),
    "provincial_award_top3_3y": (30, 600),
    "provincial_rd_unit": (20, 900),
    "rd_accounted": (6500, 9900),
    "rd_unit_2022": (1500, 9300),
    "risk_flag": (300, 60),
    "science_award_3y": (20, 400),
    "science_credit_good": (9700, 9980),
    "serious_dishonesty": (250, 50),
    "star_fifth_standard": (20, 120),
    "star_patents_used": (3000, 9300),
    "star_sector_accepted": (4000, 8000),
    "transfer_contract_registered": (6500, 9300),
    "transfer_object_in_scope": (7000, 9500),
    "transfer_related_100pct": (900, 300),
    "transfer_separate_accounts": (6000, 9700),
    "transfers_technology": (250, 1400),
    "unicorn_within_3_years": (10, 300),
    "unicorn_within_5_years": (20, 700),
    "violation_or_accident": (150, 40),
    # of loans, contracts, incubators and the like
    "achievement_excluded": (300, 300),
    "contract_recognised": (8500, 8500),
    "contract_same_invoice": (7000, 7000),
    "contract_tied": (6500, 6500),
    "empowerment_unit": (7500, 7500),
    "has_valid_agreement": (7000, 7000),
    "instrument_public_money": (7500, 7500),
    "operator_independent": (9300, 9300),
    "order_verified": (8500, 8500),
    "other_fees_charged": (500, 500),
    "proceeds_agreed": (8500, 8500),
    "renewal_without_repayment": (2500, 2500),
    "team_in_carrier": (7500, 7500),
    "team_incorporated": (1500, 1500),
}
"""How often a flag is true, in 10,000: without merit, and with all of it."""


def digits_of(fact: Fact) -> int:
    """Return how many decimal places of its unit a fact's whole number carries."""
    if fact.kind != "number":
        return 0
    measure = fact.measure
    if any(base in {"fen", "cent"} and power > 0 for base, power in measure.dims):
        return len(str(int(measure.scale))) - 1
    if measure == unit("%"):
        return 2
    if measure == unit("年"):
        return 1 if fact.decimals else 0
    return 2 if measure == unit("分") and fact.decimals else 0


def flag(name: str, lots: Lots, merit: Ints) -> Cells:
    """Return a declared flag; half and half when nothing is said of it."""
    low, high = FLAGS.get(name, (5000, 5000))
    return Cells(lots.chance(low + (high - low) * merit // 99, name).astype(np.int64))


def plain(name: str, fact: Fact, lots: Lots, merit: Ints, *, last_year: int) -> Cells:
    """Return a fact drawn from what the dictionary says of it."""
    match fact.kind:
        case "flag":
            return flag(name, lots, merit)
        case "code" | "codes":
            words = tuple(fact.codes)
            return Cells(lots.below(len(words), name), None, words)
        case "date":
            return Cells(lots.between(day(last_year - 2), day(last_year, 12, 31), name))
        case "number":
            scale = 10 ** digits_of(fact)
            least = int((fact.min or 0) * scale)
            top = least + 100 * scale
            if fact.max is not None:
                top = min(top, int(fact.max * scale))
            place = lots.below(10_000, name)
            return Cells(np.maximum(least, 0) + (top - max(least, 0)) * place // 10_000)
    return Cells(np.zeros_like(merit), np.zeros(len(merit), dtype=np.bool_))
