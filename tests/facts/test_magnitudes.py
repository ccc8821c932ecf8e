# SPDX-License-Identifier: Apache-2.0
"""Units told from the figures, and the one figure that is off."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ceyuan.facts.magnitudes import (
    judge_money,
    judge_percent,
    median,
    mixed,
    places,
    suspects,
)

HEADS = [10, 20, 30, 40, 50, 60, 70, 80] * 3
YUAN = [h * 300_000 for h in HEADS]  # 300,000 元 a head
WAN = [h * 30 for h in HEADS]


def test_median_of_an_even_count_is_the_upper_middle():
    assert 3 == median([Fraction(n) for n in (1, 3, 2, 4)])


def test_unit_is_told_by_figures_per_head():
    # 300,000 元 a head; as 万元 it would be 3,000,000,000.
    assert "元" == judge_money(YUAN, heads=HEADS, others=[]).unit
    # 30 万元 a head; as 元 it would be 30.
    assert "万元" == judge_money(WAN, heads=HEADS, others=[]).unit


def test_unit_reason_names_the_figures():
    reason = judge_money(YUAN, heads=HEADS, others=[]).reason

    # The upper middle of 10..80 is 50; 50 x 300,000.
    assert "中位数 15,000,000" in reason
    assert "若是万元，人均会是 30.00 亿元" in reason


def test_unit_that_is_plausible_twice_is_a_question():
    verdict = judge_money([35_000] * 24, heads=None, others=[])

    assert ("", ("元", "万元")) == (verdict.unit, verdict.options)


def test_unit_is_told_by_another_column_of_known_unit():
    revenue = [n * 100 for n in YUAN]
    rd = [n // 20 for n in YUAN]

    verdict = judge_money(rd, heads=None, others=[("营业收入", revenue)])

    assert "元" == verdict.unit


def test_unit_of_yuan_is_excluded_by_parts_of_a_fen():
    numbers = [Decimal("35000.123456")] * 24

    verdict = judge_money(numbers, heads=None, others=[])

    assert "万元" == verdict.unit


def test_decimal_places_do_not_count_trailing_zeros():
    assert (0, 2, 0) == (places(12), places(Decimal("1.250")), places(Decimal("5.00")))


def test_column_that_mixes_units_is_a_question():
    numbers = WAN[:16] + YUAN[16:]

    verdict = mixed("万元", numbers, heads=HEADS)

    assert verdict is not None
    assert "" == verdict.unit


def test_column_of_one_unit_is_not_mixed():
    assert mixed("万元", WAN, heads=HEADS) is None


def test_one_amount_that_is_too_large_is_a_suspect():
    amounts = [n * 100 for n in YUAN]
    amounts[3] *= 10_000

    found = suspects(amounts, unit_name="万元", heads=HEADS, others=[])

    assert [(3, "元")] == [(one.index, one.likely) for one in found]


def test_one_amount_that_is_too_small_is_a_suspect():
    amounts = [n * 100 for n in YUAN]
    assets = [n * 2 for n in amounts]
    amounts[3] //= 10_000

    found = suspects(
        amounts, unit_name="元", heads=HEADS, others=[("资产总额", assets)]
    )

    assert [(3, "万元")] == [(one.index, one.likely) for one in found]


def test_firm_that_is_tiny_in_everything_is_no_suspect():
    amounts = [n * 100 for n in YUAN]
    assets = [n * 2 for n in amounts]
    amounts[3] //= 10_000
    assets[3] //= 10_000

    assert [] == suspects(
        amounts, unit_name="元", heads=HEADS, others=[("资产总额", assets)]
    )


def test_percent_is_told_by_figures_above_one():
    assert "%" == judge_percent([30, 12, Decimal("4.5")], is_stated=False).unit


def test_percent_of_figures_up_to_one_is_a_question():
    small: list[int | Decimal] = [Decimal("0.3"), Decimal("0.12"), 1]

    for is_stated in (False, True):
        verdict = judge_percent(small, is_stated=is_stated)
        assert ("", ("%", "1")) == (verdict.unit, verdict.options)


@given(
    st.lists(st.integers(5, 500), min_size=25, max_size=60),
    st.integers(20_000, 2_000_000),
    st.sampled_from(["元", "万元"]),
)
def test_unit_of_ordinary_firms_is_never_told_wrongly(heads, each, written):
    # 20,000 to 2,000,000 元 a head, written in either unit.
    step = Decimal(1) if written == "元" else Decimal(10_000)
    numbers = [Decimal(h * each) / step for h in heads]

    assert judge_money(numbers, heads=heads, others=[]).unit == written
