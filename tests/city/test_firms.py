# SPDX-License-Identifier: Apache-2.0
"""Invented firms hold together: parts below wholes, shapes like a real park's."""

from datetime import date

import pytest

from ceyuan.city.codes import credit_code, patent_number, years_later
from ceyuan.city.draws import Draw
from ceyuan.city.firms import make_firms


@pytest.fixture(scope="module")
def firms():
    return make_firms(400, seed=11)


def test_firms_parts_never_exceed_their_whole(firms):
    for firm in firms:
        for year in firm.years:
            assert year.tech_staff <= year.employees
            assert year.rd_staff <= year.tech_staff
            assert 0 <= year.hitech_revenue <= year.revenue
            assert 0 <= year.main_revenue <= year.revenue
            assert 0 <= year.rd_expense <= year.total_cost
            assert year.year >= firm.founded.year


def test_firms_most_are_small_and_a_few_are_large(firms):
    revenues = sorted(f.last.revenue for f in firms)
    median, top = revenues[200], revenues[-20]

    # Below 2,000 万元 in the middle, over 2 亿元 in the top twentieth.
    assert 0 == revenues[0]
    assert median < 2_000_000_000
    assert top > 20_000_000_000


def test_firms_rd_intensity_follows_the_industry(firms):
    def median(codes):
        shares = sorted(
            y.rd_expense * 10_000 // y.revenue
            for f in firms
            if f.industry in codes and (y := f.last).revenue
        )
        return shares[len(shares) // 2]

    assert median({"L72", "F51", "H62", "K70"}) < median({"C34", "C35", "C38"})
    assert median({"C34", "C35", "C38"}) < median({"I65", "C39", "C27"})


def test_credit_code_of_two_numbers_differs():
    assert 2000 == len({credit_code(n) for n in range(2000)})


def test_patent_number_check_digit_worked_by_hand():
    # 2 0 2 1 1 9 9 0 0 0 0 1 with weights 2..9, 2..5:
    # 4+0+8+5+6+63+72+0+0+0+0+5 = 163; 163 mod 11 = 9.
    assert "ZL202119900001.9" == patent_number(1, date(2021, 5, 4), 1)


def test_years_later_from_leap_day_is_the_day_before():
    assert date(2027, 2, 28) == years_later(date(2024, 2, 29), 3)


def test_draw_shaped_stays_between_its_points():
    shape = ((0, 5), (5000, 10), (10_000, 100))
    drawn = [Draw(1).shaped(shape, n) for n in range(500)]

    assert min(drawn) >= 5
    assert max(drawn) <= 100
    assert 190 < sum(value <= 10 for value in drawn) < 310


def test_draw_of_another_label_is_independent_of_the_first():
    one, two = Draw(1, ("a",)), Draw(1, ("b",))

    assert [one.below(9, n) for n in range(40)] != [two.below(9, n) for n in range(40)]
    assert [one.below(9, n) for n in range(40)] == [
        Draw(1, ("a",)).below(9, n) for n in range(40)
    ]
