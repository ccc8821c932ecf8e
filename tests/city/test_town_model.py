# SPDX-License-Identifier: Apache-2.0
"""The invented firms of a town hold together, whoever writes about them."""

import numpy as np
import pytest

from ceyuan.city.town_details import add_details
from ceyuan.city.town_draws import Lots
from ceyuan.city.town_edges import EDGES, WAN
from ceyuan.city.town_lists import counts, lived
from ceyuan.city.town_model import NEVER, day, make_firms, year_of
from ceyuan.city.town_names import HIGH, LOW

LAST = 2025


def made(numbers):
    firms = make_firms(Lots(7, numbers), last_year=LAST)
    add_details(firms, last_year=LAST)
    return firms


@pytest.fixture(scope="module")
def firms():
    return made(np.arange(30_000, dtype=np.int64))


def test_make_firms_of_some_numbers_equals_them_among_others(firms):
    some = made(np.arange(12_345, 12_400, dtype=np.int64))
    among = slice(12_345, 12_400)

    for year, cells in some.years.items():
        for name, cell in cells.items():
            assert (
                cell.values.tolist() == firms.years[year][name].values[among].tolist()
            )
    for name, cell in some.facts.items():
        assert cell.values.tolist() == firms.facts[name].values[among].tolist()
    for name, held in some.has.items():
        assert held.tolist() == firms.has[name][among].tolist()


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("main_revenue", "revenue"),
        ("hitech_income", "main_revenue"),
        ("revenue", "total_income"),
        ("rd_domestic", "rd_expense"),
        ("rd_expense", "cost_expense"),
        ("tech_staff", "employees"),
        ("rd_staff", "tech_staff"),
        ("rd_staff_with_degree", "rd_staff"),
        ("rd_cost_main", "rd_expense"),
        ("negative_industry_revenue", "revenue"),
    ],
)
def test_parts_never_exceed_their_whole(firms, part, whole):
    for cells in firms.years.values():
        assert (cells[part].values >= 0).all()
        assert (cells[part].values <= cells[whole].values).all()


def test_figures_cover_two_to_five_years_and_end_with_the_firm(firms):
    length = firms.last - firms.first + 1

    assert {2, 3, 4, 5} == set(length.tolist())
    assert (firms.first >= year_of(firms.born)).all()
    gone = firms.died != NEVER
    assert (firms.last[gone] < year_of(firms.died[gone])).all()
    assert (firms.died[gone] <= day(LAST + 1, 3, 1)).all()
    assert 0.02 < gone.mean() < 0.08


def test_sizes_have_a_long_tail_and_many_small_firms(firms):
    revenue = np.sort(firms.years[LAST]["revenue"].values)
    middle, tenth, thousandth = revenue[[15_000, 27_000, 29_970]]

    assert 0 == revenue[0]
    assert 200 * WAN < middle < 1000 * WAN
    assert tenth > 10 * middle
    assert thousandth > 10 * tenth


def test_rd_follows_the_trade(firms):
    cells = firms.years[LAST]
    revenue = np.maximum(cells["revenue"].values, 1)
    share = cells["rd_expense"].values * 100 // revenue

    assert np.median(share[firms.keen == HIGH]) >= 5
    assert 0 == np.median(share[firms.keen == LOW])


def test_titles_stand_on_one_another(firms):
    has = firms.has

    assert (has["zjtx"] <= has["hnte"]).all()
    assert (has["xjr"] <= has["zjtx"]).all()
    assert 10 < has["xjr"].sum() < has["zjtx"].sum() < has["hnte"].sum()
    assert not (has["hnte"] & ~has["alive"]).any()


@pytest.mark.parametrize("name", EDGES)
def test_edges_have_firms_on_and_on_both_sides(firms, name):
    on = firms.edge.on(name)

    assert {-1, 0, 1} == set(firms.edge.side[on].tolist())
    assert set(EDGES[name]) == set(firms.edge.target[on].tolist())


def test_edge_of_revenue_is_kept_to_the_fen(firms):
    on = firms.edge.on("revenue")
    off = firms.years[LAST]["revenue"].values[on] - firms.edge.target[on]

    assert firms.edge.side[on].tolist() == off.tolist()


@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [
        ("rd_share", "rd_expense", "revenue"),
        ("main_share", "main_revenue", "revenue"),
        ("debt", "liabilities", "assets"),
        ("staff", "tech_staff", "employees"),
    ],
)
def test_edge_of_a_share_is_one_beside_the_line_at_most(firms, name, part, whole):
    cells, on = firms.years[LAST], firms.edge.on(name)
    line = cells[whole].values[on] * firms.edge.target[on]
    off = cells[part].values[on] * 100 - line

    assert (firms.edge.side[on] * 100).tolist() == off.tolist()


def test_edge_of_growth_is_one_fen_beside_the_line_at_most(firms):
    on = firms.edge.on("growth") & (firms.years[LAST - 1]["revenue"].values > 0)
    now, before = (firms.years[y]["revenue"].values[on] for y in (LAST, LAST - 1))

    off = now * 100 - before * (100 + firms.edge.target[on])

    assert (firms.edge.side[on] * 100).tolist() == off.tolist()


def test_patents_fit_the_years_that_a_firm_has_lived(firms):
    for kind in range(3):
        found = counts(firms, kind, LAST)

        assert (found >= 0).all()
        assert (found <= 5 * lived(firms, LAST)).all()
        assert found.max() > 20
