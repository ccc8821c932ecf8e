# SPDX-License-Identifier: Apache-2.0
"""A park of invented firms with the shapes of a real one.

Most are small, a few are large; R&D per revenue follows the industry; some have no
revenue yet; some stand exactly on a threshold (`edges`). The same seed gives the same
firms on every machine, because nothing here is a binary float.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from ceyuan.city.codes import credit_code, years_later
from ceyuan.city.draws import Draw, Quantiles
from ceyuan.city.edges import EDGES, Edge
from ceyuan.city.model import LAST_YEAR, WAN, YEARS, YI, Certificate, Firm, Year
from ceyuan.city.names import DISTRICTS, INDUSTRIES, Industry, firm_name, industry_of

# 万元; three of a hundred have no revenue yet.
_REVENUE: Quantiles = (
    (0, 0),
    (300, 0),
    (301, 6),
    (1000, 70),
    (2500, 290),
    (5000, 1150),
    (7500, 4300),
    (9000, 15_000),
    (9700, 58_000),
    (10_000, 210_000),
)
# 1/1000 a year.
_GROWTH: Quantiles = (
    (0, -350),
    (1500, -60),
    (5000, 110),
    (8000, 300),
    (9500, 720),
    (10_000, 1600),
)
_AGE_DAYS: Quantiles = (
    (0, 400),
    (2500, 1300),
    (6000, 2900),
    (9000, 5600),
    (10_000, 9800),
)
_PATENTS: Quantiles = (
    (0, 0),
    (3500, 0),
    (6000, 2),
    (8500, 7),
    (9700, 24),
    (10_000, 64),
)
_CENT = WAN // 100  # 0.01 万元, the sheet's own precision


def make_firms(count: int, *, seed: int) -> tuple[Firm, ...]:
    """Return invented firms; those on a threshold are spread among the others."""
    draw = Draw(seed, ("city",))
    places = draw.shuffled(range(count), "edges")
    edges = dict(zip(places, EDGES, strict=False))
    return tuple(
        _firm(number, edges.get(number), draw.of("firm", number))
        for number in range(count)
    )


def fen(text: str) -> int:
    """Return the fen of an amount in 万元, e.g. `249.99`."""
    return int(Decimal(text) * WAN)


def _firm(number: int, edge: Edge | None, draw: Draw) -> Firm:
    industry = industry_of(draw)
    if edge is not None and edge.industry is not None:
        industry = next(i for i in INDUSTRIES if i.code == edge.industry)
    founded = _founded(draw)
    if edge is not None:
        founded = edge.founded or min(founded, date(2022, 6, 30))
    years = _years(industry, founded, edge, draw)
    firm = Firm(
        number=number,
        name=firm_name(number, industry, draw),
        uscc=credit_code(number),
        founded=founded,
        district=draw.pick(DISTRICTS, "district"),
        address=(
            f"样例路{draw.between(1, 99, 'road')}号样例园"
            f"{draw.pick('ABCDEF', 'block')}{draw.between(1, 9, 'house')}栋"
            f"{draw.between(1, 12, 'floor')}{draw.between(1, 20, 'room'):02d}室"
        ),
        industry=industry.code,
        industry_label=industry.label,
        is_listed=False,
        hnte=None,
        tech_sme_number="",
        title="无",
        **_rights(industry, years[-1], draw),
        equity_raised=_equity(draw),
        edge="",
        years=years,
    )
    firm = _titled(firm, draw)
    return firm if edge is None else _placed(firm, edge, draw)


def _founded(draw: Draw) -> date:
    return date(2026, 6, 30) - timedelta(draw.shaped(_AGE_DAYS, "age"))


def _revenues(
    founded: date, industry: Industry, edge: Edge | None, draw: Draw
) -> dict[int, int]:
    if edge is not None and edge.revenues is not None:
        return {y: fen(t) for y, t in zip(YEARS, edge.revenues, strict=True)}
    last = draw.shaped(_REVENUE, "revenue") * WAN + draw.below(100, "odd") * _CENT
    age = LAST_YEAR - founded.year
    if age < 3:
        last = last * (age + 1) // 12
    if last < 10 * WAN and industry.rd[-1][1] < 1000:
        last += 40 * WAN  # a canteen without income is closed
    revenues = {LAST_YEAR: last // _CENT * _CENT}
    for year in (2024, 2023):
        growth = 1000 + draw.shaped(_GROWTH, "growth", year)
        revenues[year] = revenues[year + 1] * 1000 // growth // _CENT * _CENT
    return revenues


def _years(
    industry: Industry, founded: date, edge: Edge | None, draw: Draw
) -> tuple[Year, ...]:
    revenues = _revenues(founded, industry, edge, draw)
    alive = [year for year in YEARS if year >= founded.year] or [LAST_YEAR]
    years = [_year(industry, year, revenues[year], draw) for year in alive]
    if edge is not None and edge.rd is not None:
        rd = {y: fen(t) for y, t in zip(YEARS, edge.rd, strict=True)}
        years = [
            replace(
                y,
                rd_expense=rd[y.year],
                total_cost=max(y.total_cost, rd[y.year] * 5 // 4),
            )
            for y in years
        ]
    return tuple(years)


def _year(industry: Industry, year: int, revenue: int, draw: Draw) -> Year:
    """Return one year; what belongs to the firm's habits is drawn once for all."""
    own = draw.of(year)
    high = industry.rd[-1][1]
    rate = draw.shaped(industry.rd, "rd") + own.between(-15, 15, "rd")
    rd = revenue * max(rate, 0) // 10_000
    if revenue < 300 * WAN and high > 2000:
        rd += draw.between(20, 400, "start") * WAN
    rd = rd // _CENT * _CENT
    employees = max(3, revenue // (draw.between(28, 105, "head") * WAN)) + draw.below(
        9, "few"
    )
    low, top = (30, 82) if high > 2000 else (7, 42) if high > 1000 else (0, 9)
    tech = employees * draw.between(low, top, "tech") // 100
    cost = revenue * own.between(66, 104, "cost") // 100 + rd // 2
    cost = (cost + employees * 2 * WAN) // _CENT * _CENT
    cost = max(cost, rd * 5 // 4 // _CENT * _CENT)
    assets = revenue * draw.between(45, 230, "assets") // 100
    assets = (assets + draw.between(60, 2500, "more") * WAN) // WAN * WAN
    liabilities = assets * draw.between(9, 86, "debt") // 100
    main = revenue * own.between(78, 100, "main") // 100 // _CENT * _CENT
    share = own.between(35, 99, "hitech") if high > 1000 else own.below(12, "hitech")
    return Year(
        year=year,
        revenue=revenue,
        main_revenue=main,
        hitech_revenue=main * share // 100 // _CENT * _CENT,
        total_cost=cost,
        net_profit=(revenue - cost) * 87 // 100 + own.below(100_000, "odd"),
        assets=assets,
        liabilities=liabilities + own.below(1_000_000, "odd debt"),
        rd_expense=rd,
        rd_domestic_percent=100
        if draw.chance(75, "home")
        else draw.between(61, 99, "abroad"),
        employees=employees,
        tech_staff=tech,
        rd_staff=tech * draw.between(60, 100, "rd staff") // 100,
    )


def _rights(industry: Industry, year: Year, draw: Draw) -> dict[str, int]:
    keen = 100 if industry.rd[-1][1] > 1000 else 5
    size = 60 if year.employees < 20 else 130
    most = 1 + year.employees // 4
    inventions = draw.shaped(_PATENTS, "inventions") * keen * size // 10_000
    utility_models = draw.shaped(_PATENTS, "utility") * keen * size // 8_000
    software = industry.code in {"I65", "M73", "M75"}
    return {
        "inventions": min(inventions, most),
        "utility_models": min(utility_models, most),
        "designs": draw.below(5, "designs") if draw.chance(20, "design") else 0,
        "copyrights": min(draw.between(2, 40, "soft"), most + 3)
        if software
        else draw.below(6, "soft"),
    }


def _equity(draw: Draw) -> int:
    if not draw.chance(28, "equity"):
        return 0
    return draw.between(2, 120, "round") * 50 * WAN


def _certificate(number: int, issued: date) -> Certificate:
    return Certificate(
        number=f"GR{issued.year}3199{number:04d}",
        issued=issued,
        expires=years_later(issued, 3),
    )


def _titled(firm: Firm, draw: Draw) -> Firm:
    """Give the titles that such a firm would have won."""
    last = firm.last
    keen = last.revenue > 0 and last.rd_expense * 100 >= last.revenue * 4
    old = firm.founded < date(2022, 1, 1)
    if keen and old and draw.chance(58, "hnte"):
        issued = date(draw.pick((2023, 2024, 2025), "issued"), 11, 1)
        issued += timedelta(draw.between(0, 50, "day"))
        firm = replace(firm, hnte=_certificate(firm.number, issued))
    small = last.employees <= 500 and last.revenue <= 2 * YI
    if small and keen and draw.chance(55, "sme"):
        code = f"2025319999B8{firm.number + 1:06d}"
        firm = replace(firm, tech_sme_number=code)
    if firm.hnte is not None and last.revenue > 1500 * WAN:
        at = draw.below(100, "title")
        title = "创新型中小企业" if at < 50 else "专精特新中小企业" if at < 80 else "无"
        if last.revenue > 6000 * WAN and at >= 92:
            title = "专精特新小巨人"
        firm = replace(firm, title=title)
    if last.revenue > 60_000 * WAN and draw.chance(30, "listed"):
        firm = replace(firm, is_listed=True)
    return firm


def _placed(firm: Firm, edge: Edge, draw: Draw) -> Firm:
    """Put a firm where the edge wants it."""
    people = {
        name: value
        for name in ("employees", "tech_staff", "rd_staff", "rd_domestic_percent")
        if (value := getattr(edge, name)) is not None
    }
    if edge.employees is not None and edge.tech_staff is None:
        tech = firm.last.tech_staff * edge.employees // firm.last.employees
        people["tech_staff"] = tech
    if edge.tech_staff is not None and edge.rd_staff is None:
        people["rd_staff"] = min(firm.last.rd_staff, edge.tech_staff)
    money = {
        name: fen(text)
        for name in ("assets", "liabilities", "hitech_revenue", "main_revenue")
        if (text := getattr(edge, name)) is not None
    }
    if edge.assets is not None and edge.liabilities is None:
        money["liabilities"] = fen(edge.assets) * draw.between(20, 60, "debt") // 100
    last = replace(firm.last, **people, **money)
    last = replace(
        last,
        hitech_revenue=min(last.hitech_revenue, last.revenue),
        tech_staff=min(last.tech_staff, last.employees),
        rd_staff=min(last.rd_staff, last.tech_staff, last.employees),
    )
    rights = {
        name: value
        for name in ("inventions", "utility_models", "designs", "copyrights", "title")
        if (value := getattr(edge, name)) is not None
    }
    firm = replace(firm, **rights, years=(*firm.years[:-1], last), edge=edge.label)
    if edge.equity is not None:
        firm = replace(firm, equity_raised=fen(edge.equity))
    if edge.hnte_issued is not None:
        firm = replace(firm, hnte=_certificate(firm.number, edge.hnte_issued))
    if edge.is_listed is not None:
        firm = replace(firm, is_listed=edge.is_listed)
    return firm
