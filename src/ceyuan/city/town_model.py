# SPDX-License-Identifier: Apache-2.0
"""What is true of the invented firms: their birth, size, people, money, titles.

Everything is a column of whole numbers, one per firm: money in fen, people in heads,
days since 1970, shares in hundredths of a per cent. Offices do not see this: they see
what `town_said` says of it, rounded, late, or wrong.

The size of a firm is drawn for its last year and walked back by its growth, so a long
tail of large firms stays one; what belongs to a firm's habits (its R&D rate, its
people) is drawn once for all years, and a little noise for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ceyuan.city.town_edges import WAN, Edge, edge_of
from ceyuan.city.town_names import DISTRICTS, HIGH, LOW, MIDDLE, TRADES

if TYPE_CHECKING:
    from ceyuan.city.town_draws import Bits, Ints, Lots, Shape

YUAN = 100
YI = 10_000 * WAN
SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
ESTATES = (
    "property_management",
    "real_estate_agency",
    "real_estate_leasing",
    "other_real_estate",
    "real_estate_development",
)
NEVER = 2**31
"""A day that does not come: the firm is alive."""

_SIZE: Shape = (
    (0, 0),
    (45_000, 0),
    (45_001, 20_000),
    (150_000, 300_000),
    (350_000, 1_800_000),
    (550_000, 6_000_000),
    (750_000, 24_000_000),
    (880_000, 80_000_000),
    (950_000, 280_000_000),
    (985_000, 1_100_000_000),
    (997_000, 4_500_000_000),
    (999_500, 18_000_000_000),
    (999_950, 70_000_000_000),
    (1_000_000, 240_000_000_000),
)
"""元 of revenue in the last year."""
_GROWTH: Shape = (
    (0, -300),
    (150_000, -60),
    (500_000, 80),
    (800_000, 250),
    (950_000, 600),
    (1_000_000, 1400),
)
"""1/1000 a year."""
_AGE: Shape = (
    (0, 366),
    (120_000, 900),
    (300_000, 1700),
    (600_000, 3400),
    (900_000, 6600),
    (1_000_000, 11_000),
)
"""Days at the end of the last year."""
_RATE: dict[int, Shape] = {
    HIGH: ((0, 150), (200_000, 550), (500_000, 1000), (800_000, 1900), (10**6, 5000)),
    MIDDLE: ((0, 80), (200_000, 320), (500_000, 520), (800_000, 780), (10**6, 1900)),
    LOW: ((0, 20), (600_000, 120), (900_000, 300), (10**6, 600)),
}
"""1/10,000 of revenue."""
_SIDELINES: Shape = (
    (0, 0),
    (400_000, 400),
    (750_000, 1500),
    (950_000, 4000),
    (1_000_000, 9000),
)
"""1/10,000 of revenue that is no main revenue."""
_DOES_RD = (800, 5500, 9000)
_PEOPLE = ((2, 40), (6, 45), (25, 85))
"""Per cent of technology staff, by how keen a trade is."""


class Cells(NamedTuple):
    """A column: values, which of them there are (None: all), and their code words."""

    values: Ints
    known: Bits | None = None
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class Firms:
    """A chunk of the town.

    Args:
        lots: The firms.
        edge: On which threshold they stand.
        trade: Places in `TRADES`.
        keen: How much their trade lives on technology.
        merit: 0 to 99; what is good in a firm goes together.
        born: Day of registration.
        died: Day of deregistration, or `NEVER`.
        first: First year with figures.
        last: Last year with figures.
        has: Titles in force at the end of the last year, by certificate.
        facts: What has one value.
        years: What has a value per year.
    """

    lots: Lots
    edge: Edge
    trade: Ints
    keen: Ints
    merit: Ints
    born: Ints
    died: Ints
    first: Ints
    last: Ints
    has: dict[str, Bits] = field(default_factory=dict)
    facts: dict[str, Cells] = field(default_factory=dict)
    years: dict[int, dict[str, Cells]] = field(default_factory=dict)

    def alive(self, year: int) -> Bits:
        """Return which firms have figures of a year."""
        return (self.first <= year) & (year <= self.last)


def day(year: int, month: int = 1, date: int = 1) -> int:
    """Return a day as days since 1970."""
    return int(np.datetime64(f"{year:04d}-{month:02d}-{date:02d}", "D").astype(int))


def year_of(days: Ints) -> Ints:
    """Return the years of days."""
    found = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    return found + 1970


def make_firms(lots: Lots, *, last_year: int) -> Firms:
    """Return the firms with these numbers, with five years up to the last."""
    trade = lots.weighed(tuple(t.weight for t in TRADES), "trade")
    keen = np.array([t.keen for t in TRADES], dtype=np.int64)[trade]
    edge = edge_of(lots.of("edge"))
    merit = lots.below(100, "merit")
    merit = np.where(edge.any, np.maximum(merit, 60 + merit * 2 // 5), merit)
    born = day(last_year, 12, 31) - lots.shaped(_AGE, "age")
    first = np.maximum(year_of(born), last_year - 4)
    dies = lots.chance(450, "dies") & ~edge.any
    when = np.maximum(last_year - lots.below(3, "death year") + 1, first + 2)
    spread = np.where(when > last_year, 50, 360)
    new_year = np.array([day(y) for y in range(last_year - 5, last_year + 2)])
    died = new_year[when - last_year + 5] + lots.below(spread, "death day")
    firms = Firms(
        lots=lots,
        edge=edge,
        trade=trade,
        keen=keen,
        merit=merit,
        born=born,
        died=np.where(dies, died, NEVER),
        first=first,
        last=np.where(dies, np.minimum(when - 1, last_year), last_year),
    )
    _revenues(firms, last_year)
    _habits(firms, last_year)
    _register(firms, last_year)
    return firms


def _revenues(firms: Firms, last_year: int) -> None:
    """Walk the revenue back from the last year."""
    lots, edge = firms.lots, firms.edge
    size = lots.shaped(_SIZE, "size") * lots.between(900, 1100, "smooth") // 1000
    age = last_year - year_of(firms.born)
    size = size * np.minimum(age + 1, 6) // 6 * YUAN
    odd = lots.below(YUAN * 1000, "odd")
    revenue = np.where(size > 0, size + odd, 0)
    # Who stands on the edge of a share has a revenue that divides evenly.
    even = np.maximum(revenue // WAN, 60) * WAN
    revenue = edge.put("revenue", np.where(edge.any, even, revenue))
    habit = lots.shaped(_GROWTH, "growth")
    for year in range(last_year, last_year - 5, -1):
        firms.years[year] = {"revenue": Cells(revenue)}
        growth = habit + lots.between(-120, 120, f"growth {year}")
        before = revenue * 1000 // np.maximum(1000 + growth, 400)
        before = np.where(edge.any, before // WAN * WAN, before)
        revenue = np.maximum(before, 0)
    last, prior = (firms.years[last_year - back]["revenue"].values for back in (0, 1))
    line = prior * (100 + edge.target) // 100 + edge.side
    grown = np.where(edge.on("growth") & (prior > 0), line, last)
    firms.years[last_year]["revenue"] = Cells(grown)


def _habits(firms: Firms, last_year: int) -> None:
    """Fill every year from the revenue and the firm's habits."""
    lots, keen = firms.lots, firms.keen
    does = lots.chance(np.array(_DOES_RD)[keen], "does rd")
    does |= firms.edge.any & (keen > LOW)
    firms.has["does_rd"] = does
    for year, cells in firms.years.items():
        own = lots.of(year)
        is_last = year == last_year
        revenue = cells["revenue"].values
        rd = _research(firms, own, revenue, is_last=is_last)
        made = rd | _people(firms, own, revenue, is_last=is_last)
        made |= _incomes(firms, own, revenue)
        made |= _accounts(firms, own, revenue, made, is_last=is_last)
        cells |= {name: Cells(values) for name, values in made.items()}


def _research(
    firms: Firms, own: Lots, revenue: Ints, *, is_last: bool
) -> dict[str, Ints]:
    """Return R&D, and what of it was spent at home."""
    lots, edge, keen = firms.lots, firms.edge, firms.keen
    rates = [lots.shaped(_RATE[k], "rate") for k in (LOW, MIDDLE, HIGH)]
    rate = np.select([keen == LOW, keen == MIDDLE], rates[:2], rates[2])
    rd = revenue // 10_000 * np.maximum(rate + own.between(-40, 40, "rate"), 0)
    start = (keen == HIGH) & (revenue < 300 * WAN)
    rd += np.where(start, own.between(20, 400, "start") * WAN, 0)
    # Hardly any R&D is not none either: who has so little has none.
    some = firms.has["does_rd"] & (rd >= WAN) & (rd * 400 >= revenue)
    rd = np.where(some, rd + own.below(10_000, "odd rd"), 0)
    if is_last:
        rd = edge.put("rd_amount", rd)
    rd = edge.put("rd_share", rd, of=revenue)
    rd = np.where(edge.on("rd_domestic"), rd // WAN * WAN, rd)
    abroad = np.where(lots.chance(1500, "abroad"), lots.between(5, 55, "far"), 0)
    domestic = edge.put("rd_domestic", rd - rd // 100 * abroad, of=rd)
    return {"rd_expense": rd, "rd_domestic": domestic}


def _people(
    firms: Firms, own: Lots, revenue: Ints, *, is_last: bool
) -> dict[str, Ints]:
    """Return the staff and its parts, each no larger than the one before."""
    lots, edge, keen = firms.lots, firms.edge, firms.keen
    head = lots.between(22, 110, "head") * np.where(keen == LOW, 2, 1) * WAN
    employees = revenue // head + 1 + lots.below(9, "few") + own.below(4, "people")
    if is_last:
        employees = edge.put("employees", employees)
    employees = np.where(edge.on("staff"), -(-employees // 20) * 20, employees)
    low, top = np.array(_PEOPLE, dtype=np.int64)[keen].T
    share = lots.between(low, top, "tech share")
    tech = edge.put("staff", employees * share // 100, of=employees)
    research = tech * lots.between(55, 100, "rd staff") // 100
    research = np.where(firms.has["does_rd"], research, research // 8)
    return {
        "employees": employees,
        "tech_staff": tech,
        "rd_staff": research,
        "rd_staff_with_degree": research * lots.between(40, 100, "degree") // 100,
    }


def _incomes(firms: Firms, own: Lots, revenue: Ints) -> dict[str, Ints]:
    """Return the parts of the income."""
    lots, edge, keen = firms.lots, firms.edge, firms.keen
    gain = revenue // 500 * own.below(20, "gain") // WAN * WAN
    total = revenue + np.where(own.chance(1800, "invests"), gain, 0)
    total = np.where(edge.on("hitech"), -(-total // WAN) * WAN, total)
    share = 10_000 - lots.shaped(_SIDELINES, "main") + own.between(-100, 100, "main")
    main = revenue // 10_000 * np.clip(share, 0, 10_000)
    main = edge.put("main_share", main, of=revenue)
    whole = edge.on("growth") | edge.on("revenue") | edge.on("hitech")
    main = np.where(whole, revenue, main)
    low, top = np.array((0, 20, 45))[keen], np.array((12, 92, 99))[keen]
    hitech = main // 100 * lots.between(low, top, "hitech")
    hitech = edge.put("hitech", hitech, of=total)
    return {
        "main_revenue": main,
        "hitech_income": np.minimum(hitech, main),
        "total_income": total,
        "investment_income": total - revenue,
    }


def _accounts(
    firms: Firms, own: Lots, revenue: Ints, known: dict[str, Ints], *, is_last: bool
) -> dict[str, Ints]:
    """Return cost, profit and balance."""
    lots, edge, rd = firms.lots, firms.edge, known["rd_expense"]
    cost = revenue // 100 * own.between(64, 108, "cost")
    cost = np.maximum(cost + rd // 4 + known["employees"] * 2 * WAN, rd * 5 // 4)
    profit = (revenue - cost) // 100 * 87 + own.below(WAN, "odd net")
    assets = revenue // 100 * lots.between(45, 230, "assets")
    assets += lots.between(20, 1500, "more") * WAN
    if is_last:
        assets = edge.put("assets", assets)
    assets = np.where(edge.on("debt"), assets // WAN * WAN, assets)
    # Hardly any profit would look as if it were written in another unit.
    size = np.maximum(revenue, assets)
    profit = np.where(abs(profit) * 500 < size, size // 400, profit)
    owed = assets // 100 * lots.between(8, 92, "debt") + own.below(10_000, "odd debt")
    return {
        "cost_expense": cost,
        "net_profit": profit,
        "assets": assets,
        "liabilities": edge.put("debt", owed, of=assets),
        "operating_months": np.full_like(rd, 12),
        "operating_months_q4": np.full_like(rd, 3),
    }


def _register(firms: Firms, last_year: int) -> None:
    """Say what the registry knows, and give the titles that such firms have won."""
    lots, edge, keen, merit = firms.lots, firms.edge, firms.keen, firms.merit
    last = {name: c.values for name, c in firms.years[last_year].items()}
    revenue, rd, people = last["revenue"], last["rd_expense"], last["employees"]
    foreign = lots.chance(500, "foreign")
    listed = (revenue > 6 * YI) & lots.chance(2500, "listed")
    home = lots.chance(9400, "home")
    section = np.array([ord(t.section) for t in TRADES], dtype=np.int64)[firms.trade]
    division = np.array([t.division for t in TRADES], dtype=np.int64)[firms.trade]
    districts = tuple(weight for _, weight in DISTRICTS)
    is_sme = (people < 1000) & (revenue < 4 * YI)
    years = last_year - year_of(firms.born)
    does = firms.has["does_rd"] & (keen > LOW) & (revenue > 0)
    alive = firms.died == NEVER
    hnte = does & (rd * 100 >= revenue * 3) & (years >= 2) & (merit >= 52) & alive
    small = is_sme & (people <= 500) & (revenue <= 2 * YI)
    sme = small & does & lots.chance(5500, "tech sme") & alive
    innovative = is_sme & does & (merit >= 50) & lots.chance(6500, "innovative") & alive
    zjtx = is_sme & hnte & (revenue >= 1000 * WAN) & (merit >= 62) & (years >= 3)
    xjr = zjtx & (revenue >= 5000 * WAN) & (merit >= 82) & lots.chance(5000, "xjr")
    giant = hnte & home & (revenue >= 3000 * WAN) & (merit >= 75)
    firms.has |= {
        "hnte": hnte,
        "tech_sme": sme,
        "innovative_sme": innovative,
        "zjtx": zjtx & lots.chance(7500, "zjtx"),
        "xjr": xjr & lots.chance(7500, "zjtx"),
        "sh_little_giant": giant & lots.chance(3500, "giant"),
        "is_sme": is_sme,
        "foreign": foreign,
        "listed": listed,
        "home": home,
        "alive": alive,
    }
    equity = np.where(
        lots.chance(500 + merit * 18, "equity"),
        lots.shaped(
            ((0, 50), (500_000, 900), (850_000, 6000), (10**6, 90_000)), "round"
        )
        * WAN,
        0,
    )
    equity = edge.put("equity", equity)
    recent = np.where(lots.chance(6500, "recent") | edge.on("equity"), equity, 0)
    firms.facts |= {
        "deregistered_on": Cells(firms.died, ~alive),
        "status": Cells((~alive).astype(np.int64), None, ("存续", "注销")),
        "reg_date": Cells(firms.born),
        "gb_section": Cells(section - ord("A"), None, SECTIONS),
        "gb_division": Cells(division),
        "real_estate_class": Cells(
            lots.weighed((55, 15, 15, 5, 10), "estate"), section == ord("K"), ESTATES
        ),
        "province": Cells(np.where(home, 0, 1), None, ("shanghai", "other")),
        "district": Cells(
            lots.weighed(districts, "district"), home, tuple(n for n, _ in DISTRICTS)
        ),
        "registrar_class": Cells(np.zeros_like(merit), None, ("91",)),
        "is_foreign_invested": Cells(foreign.astype(np.int64)),
        "is_listed": Cells(listed.astype(np.int64)),
        "is_sme": Cells(is_sme.astype(np.int64)),
        "equity_3y": Cells(equity),
        "equity_2y": Cells(recent),
        "had_private_investment": Cells((equity > 0).astype(np.int64)),
    }
