# SPDX-License-Identifier: Apache-2.0
"""What firms take part in: loans, voucher orders, contracts, projects, instruments.

Every subject that a policy can decide about gets some records, each of one firm (its
handle, so the firm's titles are known), with a number of its own. Shares add up,
parts stay below their whole, and many stand near the line that their policy draws.
A fact that is not modelled here is drawn from what the dictionary says of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ceyuan.city.town_edges import WAN
from ceyuan.city.town_lists import numbered
from ceyuan.city.town_model import Cells, day, year_of
from ceyuan.city.town_plain import plain
from ceyuan.city.town_said import Rows
from ceyuan.city.town_sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ceyuan.city.town_draws import Ints, Lots
    from ceyuan.city.town_model import Firms
    from ceyuan.declarations.facts import Fact


@dataclass(frozen=True, slots=True)
class Kind:
    """How many records of a type there are, and who hands them in.

    Args:
        file: Name of the file.
        mark: Letters in the record's number.
        share: Firms of 10,000 that have one; twice as many where they do R&D.
        source: Who says it.
        number: Attribute that holds the record's number.
        on: Attribute that holds the record's day; "" when it has none.
    """

    file: str
    mark: str
    share: int
    source: str
    number: str
    on: str = ""


SUBJECTS: dict[str, Kind] = {
    "loan": Kind("贷款_融资担保与保费", "DK", 300, "finance", "loan_number", "lent_on"),
    "order": Kind("创新券_订单", "CX", 250, "firm", "order_number", "ordered_on"),
    "contract": Kind(
        "技术合同_登记", "HT", 350, "contract_registry", "contract_number", "signed_on"
    ),
    "project": Kind("科技项目_经费与转化", "XM", 200, "firm", "project_number"),
    "achievement": Kind("科技成果_赋权", "CG", 120, "firm", "achievement_number"),
    "instrument": Kind("科学仪器_共享", "YQ", 120, "firm", "instrument_number"),
    "incubator": Kind("孵化器_备案", "FH", 40, "certificates", "incubator_number"),
}


def subject_sheets(
    last_year: int, facts: Mapping[str, Mapping[str, Fact]]
) -> Iterable[Sheet]:
    """Yield the sheets about what firms take part in.

    Args:
        last_year: The last year with figures.
        facts: Per type the facts to state.
    """
    stated = date(last_year + 1, 3, 1)
    for name, wanted in facts.items():
        kind = SUBJECTS[name]
        flat = {n: f for n, f in wanted.items() if not f.yearly}
        split = kind.source not in {"certificates", "contract_registry"}
        office = {n: f for n, f in flat.items() if f.supplied_by == "office" and split}
        own = {n: f for n, f in flat.items() if n not in office}
        yearly = {n: f for n, f in wanted.items() if f.yearly}
        keys = (kind.number, kind.on) if kind.on else (kind.number,)
        yield Sheet(
            kind.file,
            name,
            kind.source,
            stated,
            (*keys, *own),
            _told(name, own, last_year, dated=bool(kind.on)),
        )
        if office:
            yield Sheet(
                f"{kind.file}_核验",
                name,
                "certificates",
                stated,
                (kind.number, *office),
                _told(name, office, last_year, dated=False),
            )
        for year in (last_year - 1, last_year) if yearly else ():
            yield Sheet(
                f"{kind.file}_{year}",
                name,
                kind.source,
                date(year + 1, 3, 1),
                (kind.number, *yearly),
                _told(name, yearly, last_year, dated=False, year=year),
                year=year,
            )


def _told(
    name: str,
    facts: Mapping[str, Fact],
    last_year: int,
    *,
    dated: bool,
    year: int | None = None,
) -> Callable[[Firms], Rows]:
    kind = SUBJECTS[name]

    def told(firms: Firms) -> Rows:
        # Whom such policies are for takes part four times as often as others.
        share = np.where(firms.has["does_rd"], 2 * kind.share, kind.share // 2)
        which = firms.lots.chance(share, f"has {name}") & firms.has["alive"]
        which &= firms.first <= last_year - 1
        at = np.flatnonzero(which)
        lots = firms.lots.only(which).of(name)
        merit = np.maximum(firms.merit[at], 40)
        made = _MODELS[name](lots, firms, at)
        cells: dict[str, Any] = {}
        when = day(last_year - 1, 7, 1) + lots.below(500, "when")
        cells[kind.number] = numbered(kind.mark, year_of(when), lots.numbers)
        if dated:
            cells[kind.on] = Cells(when)
        own = lots if year is None else lots.of(year)
        for fact, said in facts.items():
            cell = (
                made[fact]
                if fact in made
                else plain(fact, said, own, merit, last_year=last_year)
            )
            there = ~own.chance(100, f"blank {fact}")
            known = there if cell.known is None else there & cell.known
            cells[fact] = Cells(cell.values, known, cell.codes)
        return Rows(at, cells)

    return told


Made = dict[str, Cells]


def _near(lots: Lots, line: int, spread: int, label: str, step: int = 1) -> Ints:
    """Return numbers about a line: one in five exactly on it, or one step beside it."""
    about = np.maximum(line + lots.between(-spread, spread * 2, label) * step, 0)
    on = line + (lots.below(3, f"{label} side") - 1) * step
    return np.where(lots.chance(2000, f"{label} on"), np.maximum(on, 0), about)


def _loan(lots: Lots, firms: Firms, at: Ints) -> Made:
    amount = lots.between(5, 300, "amount") * 10 * WAN
    amount = np.where(lots.chance(1000, "at 500"), 500 * WAN, amount)
    has = firms.has
    order = ("xjr", "zjtx", "hnte", "tech_sme", "innovative_sme")
    best = np.select(
        [has[name][at] for name in order], list(range(len(order))), len(order)
    )
    classes = ("little_giant", "zjtx", "hnte", "tech_sme", "innovative_sme", "none")
    cap = np.array((4000, 4000, 3500, 3000, 3000, 3000), dtype=np.int64)[best]
    bank = np.where(lots.chance(8500, "bank"), 2000, lots.between(15, 40, "bank") * 100)
    province = np.where(
        lots.chance(8800, "prov"), 2000, lots.between(10, 25, "prov") * 100
    )
    fund = np.minimum(
        np.where(lots.chance(1200, "beyond"), cap + 100, cap), 10_000 - bank - province
    )
    local = 10_000 - bank - province - fund
    local = np.where(lots.chance(100, "amiss"), local + 100, local)
    first = day(2024, 8, 1)
    return {
        "enterprise_classes": Cells(best, None, classes),
        "loan_amount": Cells(amount),
        "client_balance_after": Cells(
            np.where(
                lots.chance(600, "at 3000"),
                3000 * WAN + lots.below(3, "beside") - 1,
                amount + lots.below(200, "more") * 10 * WAN,
            )
        ),
        "loan_loss": Cells(
            np.where(lots.chance(500, "lost"), amount // 100 * lots.below(90, "l"), 0)
        ),
        "bank_share": Cells(bank),
        "fund_share": Cells(fund),
        "provincial_share": Cells(province),
        "local_share": Cells(local),
        "reguarantee_fee": Cells(lots.between(10, 52, "fee")),
        "premium_paid": Cells(amount // 1000 * lots.between(5, 20, "premium")),
        "loan_product": Cells(
            lots.weighed((30, 25, 15, 10, 10, 10), "product"),
            None,
            ("lvyue", "weidai", "zhuli", "xiaojuren", "gaoqi", "other"),
        ),
        "repayment_date": Cells(first + lots.between(-30, 430, "repaid")),
        "previous_contract_end": Cells(first + lots.between(-30, 430, "ended")),
        "account_confirmed_workdays": Cells(_near(lots, 3, 2, "days")),
    }


def _order(lots: Lots, firms: Firms, at: Ints) -> Made:
    del firms, at
    total = lots.between(10, 800, "total") * WAN // 10
    return {
        "order_total": Cells(total),
        "voucher_requested": Cells(total // 100 * lots.between(30, 70, "asked")),
        "voucher_used": Cells(lots.below(300, "used") * WAN // 10),
        "voucher_user": Cells(lots.weighed((8, 2), "user"), None, ("firm", "team")),
        "team_members": Cells(_near(lots, 3, 2, "team")),
    }


def _contract(lots: Lots, firms: Firms, at: Ints) -> Made:
    del firms, at
    total = lots.between(5, 4000, "total") * WAN
    words = ("development", "transfer", "licence", "consulting", "service")
    return {
        "contract_kind": Cells(lots.weighed((45, 10, 8, 12, 25), "kind"), None, words),
        "contract_total": Cells(total),
        "contract_nontech_cost": Cells(total // 100 * lots.below(60, "hardware")),
        "licence_years": Cells(_near(lots, 50, 30, "licence")),
    }


def _project(lots: Lots, firms: Firms, at: Ints) -> Made:
    del firms, at
    direct = lots.between(20, 1500, "direct") * WAN
    equipment = direct // 100 * lots.below(50, "equipment")
    base = direct - equipment
    cap = np.minimum(base, 500 * WAN) // 10 * 3
    cap += np.clip(base - 500 * WAN, 0, 500 * WAN) // 4
    cap += np.maximum(base - 1000 * WAN, 0) // 5
    asked = cap // 100 * lots.between(50, 115, "asked")
    asked = np.where(lots.chance(1500, "on"), cap + lots.below(3, "beside") - 1, asked)
    return {
        "direct_cost": Cells(direct),
        "equipment_cost": Cells(equipment),
        "requested_indirect": Cells(np.maximum(asked, 0)),
        "project_kind": Cells(
            lots.weighed((75, 10, 15), "kind"),
            None,
            ("ordinary", "pure_theory", "lump_sum"),
        ),
        "agreed_share": Cells(_near(lots, 50, 25, "agreed") * 100),
        "result_equity_stake": Cells(lots.between(1, 40, "stake") * 100),
        "result_mode": Cells(
            lots.weighed((35, 25, 20, 20), "mode"),
            None,
            ("transfer", "licence", "equity", "own_use"),
        ),
        "result_net_income": Cells(lots.between(-20, 900, "income") * WAN),
        "result_unit_type": Cells(
            lots.weighed((4, 6), "unit"), None, ("public", "enterprise")
        ),
        "result_years_in_operation": Cells(lots.below(80, "years")),
    }


def _achievement(lots: Lots, firms: Firms, at: Ints) -> Made:
    del firms, at
    return {
        "empowerment_notice_days": Cells(_near(lots, 15, 4, "notice")),
        "use_right_years": Cells(_near(lots, 10, 3, "use")),
    }


def _instrument(lots: Lots, firms: Firms, at: Ints) -> Made:
    home = firms.has["home"][at]
    words = ("excellent", "good", "qualified", "failed")
    return {
        "province": Cells(np.where(home, 0, 1), None, ("shanghai", "other")),
        "instrument_unit_value": Cells(_near(lots, 30 * WAN, 200, "value", WAN // 10)),
        "instrument_sharing_income": Cells(lots.below(800, "income") * WAN // 10),
        "instrument_grade": Cells(lots.weighed((15, 35, 35, 15), "grade"), None, words),
    }


def _incubator(lots: Lots, firms: Firms, at: Ints) -> Made:
    del firms, at
    area = _near(lots, 10_000, 25, "area", 250)
    count = np.maximum(_near(lots, 50, 30, "many"), 5)
    team = lots.between(5, 40, "team")

    def part(low: int, top: int, label: str) -> Cells:
        return Cells(count * lots.between(low, top, label) // 100)

    income = lots.between(100, 6000, "income") * WAN
    return {
        "incubator_area": Cells(area),
        "incubatee_area": Cells(area * lots.between(60, 98, "used") // 100),
        "incubatees": Cells(count),
        "incubatees_funded": part(0, 40, "funded"),
        "incubatees_fund_backed": part(0, 25, "backed"),
        "incubatees_invested": part(5, 50, "invested"),
        "incubatees_growing": part(10, 70, "growing"),
        "incubatees_ip_applied": part(20, 95, "applied"),
        "incubatees_ip_owned": part(10, 70, "owned"),
        "incubator_income": Cells(income),
        "incubator_rent_income": Cells(income // 100 * lots.between(25, 95, "rent")),
        "funding_cases": Cells(_near(lots, 3, 3, "cases")),
        "graduates": Cells(_near(lots, 20, 12, "graduates")),
        "liaison_officers": Cells(count * lots.between(5, 25, "liaison") // 100 + 1),
        "mentors": Cells(count * lots.between(5, 30, "mentors") // 100 + 1),
        "operated_years": Cells(lots.between(5, 180, "operated")),
        "statistics_years": Cells(_near(lots, 2, 2, "statistics")),
        "seed_fund": Cells(_near(lots, 500 * WAN, 300, "fund", WAN)),
        "service_team": Cells(team),
        "service_team_professional": Cells(
            team * lots.between(60, 100, "trained") // 100
        ),
        "incubator_kind": Cells(
            lots.weighed((7, 3), "kind"), None, ("general", "specialised")
        ),
    }


_MODELS = {
    "loan": _loan,
    "order": _order,
    "contract": _contract,
    "project": _project,
    "achievement": _achievement,
    "instrument": _instrument,
    "incubator": _incubator,
}
